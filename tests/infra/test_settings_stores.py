"""Rules about database, cache and queues."""

import pytest

from tests.infra.sample import Case, assert_only

CASES = {
    "small pool": Case(
        "target: writer",
        "max_connections_percent: 1\n        max_idle_connections_percent: 1",
        "database.proxy.max_connections_percent",
        "        max_connections_percent",
        "a pool of",
        "or more, or take a larger instance_class",
    ),
    "instance class": Case(
        "db.r7g.large", "db.r7g.larg", "database.instance_class", "db.r7g.larg", "'db.r7g.larg'", "choose"
    ),
    "node type": Case(
        "cache.r7g.large", "db.r7g.large", "cache.node_type", "      node_type", "'db.r7g.large'", "choose"
    ),
    "no room to grow": Case(
        "maximum_gib: 500",
        "maximum_gib: 105",
        "database.storage.maximum_gib",
        "storage:",
        "too little",
        "write 111 or more",
    ),
    "zone without subnet": Case(
        "replicas: [us-east-1b]",
        "replicas: [us-east-1c]",
        "database.replicas[0]",
        "us-east-1c",
        "no zone us-east-1c",
        "choose one",
    ),
    "zone twice": Case(
        "replicas: [us-east-1b]",
        "replicas: [us-east-1b, us-east-1b]",
        "database.replicas[1]",
        "      replicas: [us",
        "replica before",
        "another zone",
    ),
    "writer's zone unknown": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      multi_az: false',
        "database.writer_zone",
        "    database:",
        "one outage would take both",
        "add `writer_zone`",
    ),
    "writer's zone fixed": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      writer_zone: us-east-1a',
        "database.writer_zone",
        "writer_zone",
        "moves between zones",
        "remove it",
    ),
    "replica in no region": Case(
        "        eu-west-1: {}\n",
        "        eu-west-1: {}\n        eu-west-2: {}\n",
        "database.remote_replicas.eu-west-2",
        "eu-west-2",
        "no region eu-west-2",
        "write eu-west-1",
    ),
    "replica in the primary region": Case(
        "        eu-west-1: {}\n",
        "        eu-west-1: {}\n        us-east-1: {}\n",
        "database.remote_replicas.us-east-1",
        "        us-east-1: {}",
        "us-east-1 is the primary region",
        "zones under `replicas`",
    ),
    "standby without database": Case(
        "      remote_replicas:\n        eu-west-1: {}\n",
        "",
        "database.remote_replicas",
        "    database:",
        "eu-west-1 has none",
        "add `eu-west-1: {}`",
    ),
    "proxy before a replica": Case(
        "target: writer", "target: replica", "database.proxy.target", "target: replica", "none of", "write"
    ),
    "idle pool": Case(
        "target: writer",
        "max_connections_percent: 40",
        "database.proxy.max_idle_connections_percent",
        "      proxy:",
        "50 percent is more than the 40",
        "write 40 or less",
    ),
    "no backups": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      backup_retention_days: 0',
        "database.backup_retention_days",
        "backup_retention_days",
        "greater than or equal to 7",
        "write for example 30",
    ),
    "no snapshots": Case(
        "      replicas: 1",
        "      snapshot_retention_days: 0",
        "cache.snapshot_retention_days",
        "snapshot_",
        "no snapshots",
        "write 1 or more",
    ),
    "dead letters": Case(
        "retention_seconds: 345600",
        "dead_letter_retention_seconds: 345600",
        "queues.orders.dead_letter_retention_seconds",
        "dead_letter",
        "age counts from its first sending",
        "write 1209600",
    ),
    "hidden until gone": Case(
        "visibility_timeout_seconds: 60\n        retention_seconds: 345600",
        "visibility_timeout_seconds: 90\n        retention_seconds: 90",
        "queues.orders.visibility_timeout_seconds",
        "visibility",
        "expire before",
        "raise retention",
    ),
}


@pytest.mark.feature("Q2")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_refused_at_its_place_with_a_remedy(case: Case) -> None:
    assert_only(case)
