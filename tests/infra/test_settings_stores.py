"""Rules about database, cache and queues."""

import pytest

from tests.infra.sample import Case, assert_among, assert_only, edited, line_of, refusal

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


DATABASE_CASES = {
    "version out of support": Case(
        'engine_version: "17"',
        'engine_version: "12"',
        "database.engine_version",
        "engine_version",
        "no PostgreSQL 12",
        'write "17"',
    ),
    "IOPS of a small disk": Case(
        "maximum_gib: 500}",
        "maximum_gib: 500, iops: 12000}",
        "database.storage.iops",
        "storage:",
        "100 GiB of gp3 have 3000 IOPS",
        "write `initial_gib: 400`",
    ),
    "throughput without IOPS": Case(
        "{initial_gib: 100, maximum_gib: 500}",
        "{initial_gib: 400, maximum_gib: 500, throughput_mibps: 600}",
        "database.storage.throughput_mibps",
        "storage:",
        "600 MiB/s without `iops`",
        "write `iops: 12000`",
    ),
    "throughput past the IOPS": Case(
        "{initial_gib: 100, maximum_gib: 500}",
        "{initial_gib: 400, maximum_gib: 500, iops: 12000, throughput_mibps: 3500}",
        "database.storage.throughput_mibps",
        "storage:",
        "3500 MiB/s with 12000 IOPS",
        "write `iops: 14000`",
    ),
    "parameter of the platform's": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      parameters: {rds.force_ssl: "0"}',
        "database.parameters",
        "parameters",
        "rds.force_ssl is set by the component",
        "remove it",
    ),
    "too few connections": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      parameters: {max_connections: "5"}',
        "database.parameters",
        "parameters",
        "max_connections 5 is outside",
        "change this parameter",
    ),
    "backups while it is maintained": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      backup_window: "04:00-05:00"\n'
        "      replica_maintenance_window: sat:06:00-sat:07:00",
        "database.maintenance_window",
        "    database:",
        "'04:00-05:00' overlaps",
        "move one of the two",
    ),
    "replicas' backups while they are maintained": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      replica_maintenance_window: sat:02:30-sat:03:30',
        "database.replica_maintenance_window",
        "replica_maintenance_window",
        "'03:00-04:00' overlaps",
        "move one of the two",
    ),
    "no window": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      replica_maintenance_window: saturday night',
        "database.replica_maintenance_window",
        "replica_maintenance_window",
        "is no weekly window",
        "move",
    ),
    "replicas after the writer": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      replica_maintenance_window: mon:04:30-mon:05:30',
        "database.replica_maintenance_window",
        "replica_maintenance_window",
        "comes after maintenance_window",
        "move it to a day before",
    ),
    "major upgrade in the window": Case(
        'engine_version: "17"',
        'engine_version: "18"\n      allow_major_version_upgrade: true',
        "database.allow_major_version_upgrade",
        "allow_major",
        "version and parameter group must change at once",
        "add `apply_immediately: true`",
    ),
    "managed password raised": Case(
        'engine_version: "17"\n      storage: {initial_gib: 100, maximum_gib: 500}\n      replicas: [us-east-1b]\n'
        "      remote_replicas:\n        eu-west-1: {}\n",
        'engine_version: "17"\n      managed_master_password: true\n      master_password_version: 2\n',
        "database.master_password_version",
        "master_password_version",
        "RDS changes a password that it manages by itself",
        "remove it",
    ),
    "copy in the primary region": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      backup_copies: {us-east-1: {}}',
        "database.backup_copies.us-east-1",
        "us-east-1: {}",
        "us-east-1 is the primary region",
        "name a standby region",
    ),
    "copy in no region": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      backup_copies: {eu-west-2: {}}',
        "database.backup_copies.eu-west-2",
        "eu-west-2",
        "no region eu-west-2",
        "write eu-west-1",
    ),
    "no such interval": Case(
        'engine_version: "17"',
        'engine_version: "17"\n      monitoring_interval_seconds: 20',
        "database.monitoring_interval_seconds",
        "monitoring",
        "none of",
        "write",
    ),
}


@pytest.mark.feature("D10")
@pytest.mark.parametrize("case", DATABASE_CASES.values(), ids=DATABASE_CASES.keys())
def test_database_refused_at_its_place_with_a_remedy(case: Case) -> None:
    if case.path == "database.master_password_version":
        # The standby's tasks need a replica, which a managed password forbids: told too.
        assert_among(case)
    else:
        assert_only(case)


@pytest.mark.feature("D10")
@pytest.mark.parametrize(
    ("option", "forbidden"),
    [
        ("managed_master_password", ["`replicas`", "`remote_replicas`"]),
        ("blue_green_updates", ["`replicas`", "`remote_replicas`", "`proxy`"]),
    ],
)
def test_what_replicas_and_proxies_forbid_is_refused_with_each_of_them(option: str, forbidden: list[str]) -> None:
    """`managed_master_password` with replicas; `blue_green_updates` with replicas or a proxy."""
    text = edited(('engine_version: "17"', f'engine_version: "17"\n      {option}: true'))
    problems = refusal(text).problems
    assert {problem.location for problem in problems} == {f"config.breakwater:platform.database.{option}"}
    assert {problem.line for problem in problems} == {line_of(text, option)}
    assert len(problems) == len(forbidden)
    for name in forbidden:
        (problem,) = [problem for problem in problems if name in problem.message]
        assert f"remove {name}" in problem.remedy or "write `proxy: null`" in problem.remedy


@pytest.mark.feature("D10")
def test_blue_green_between_major_versions_needs_logical_replication() -> None:
    upgrade = "blue_green_updates: true\n      allow_major_version_upgrade: true\n      apply_immediately: true"
    text = edited(('engine_version: "17"', f'engine_version: "18"\n      {upgrade}'))
    assert any(
        "logical replication" in p.message and "rds.logical_replication" in p.remedy for p in refusal(text).problems
    )


@pytest.mark.feature("D10")
def test_more_replicas_in_other_regions_than_rds_promises() -> None:
    remote = "".join(f"        eu-west-{number}: {{}}\n" for number in range(1, 7))
    problems = refusal(edited(("        eu-west-1: {}\n", remote))).problems
    assert any("6 replicas in other regions" in p.message and p.allowed == "at most 5" for p in problems)


@pytest.mark.feature("D6")
def test_a_pool_is_counted_with_the_connections_that_are_set() -> None:
    text = edited(("target: writer", 'target: writer\n      parameters: {max_connections: "20"}'))
    (problem,) = refusal(text).problems
    assert problem.location.endswith("database.proxy.max_connections_percent")
    assert "90 percent of 20 connections are a pool of 18" in problem.message
    assert problem.remedy == "take a larger instance_class or raise `max_connections`"
