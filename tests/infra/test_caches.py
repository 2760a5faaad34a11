"""The stack's caches: whose users they have, their shards, copies in standbys, and caches without nodes."""

import json
from typing import Any

import pytest

from tests.infra.platforms import STANDBY, THIRD_REGION, built, environment
from tests.infra.sample import SAMPLE, Case, assert_only, edited, refusal, settings_of
from tests.support.recorder import Recording

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
GLOBAL = "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"
SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"
USER = "aws:elasticache/user:User"
NODES = "      node_type: cache.r7g.large\n      replicas: 1\n"
OWN = (
    "        connects: [database, cache]\n",
    "        connects: [database, cache]\n        cache_access: {commands: read-write, key_prefixes: ['session:']}\n",
)
JOB = (
    "        timezone: Europe/Dublin\n",
    "        timezone: Europe/Dublin\n        connects: [cache]\n        cache_access: {commands: read-only}\n",
)


# A service and a job with a cache, without the rest of the sample, which takes long to build.
SMALL = (
    (SAMPLE[SAMPLE.index("      web:\n") : SAMPLE.index("    jobs:\n")], ""),
    (SAMPLE[SAMPLE.index("    database:\n") : SAMPLE.index("    cache:\n")], ""),
    (SAMPLE[SAMPLE.index("    queues:\n") :], ""),
    ("        produces: [orders]\n", ""),
)


def cached(*changes: tuple[str, str]) -> Recording:
    text = edited(*SMALL, *changes)
    return built(settings_of(text.replace("connects: [database, cache]", "connects: [cache]")))


def users(recording: Recording, region: str = "us-east-1") -> dict[str, str]:
    found = {r.name: r.inputs["accessString"] for r in recording.of(USER)}
    prefix = f"{region}-cache-"
    return {name.removeprefix(prefix): access for name, access in found.items() if name.startswith(prefix)}


@pytest.mark.feature("C1")
def test_tasks_share_a_user_where_nothing_else_is_said() -> None:
    recording = cached()
    assert users(recording) == {"app": "on ~* &* +@all -@dangerous"}
    assert environment(recording, "us-east-1-api")["CACHE_USER"].endswith("-cache-app")
    assert "CACHE_MODE" not in environment(recording, "us-east-1-api")


@pytest.mark.feature("C1")
def test_each_workload_with_an_access_of_its_own_has_its_own_user() -> None:
    recording = cached(OWN, JOB)
    found = users(recording)
    assert set(found) == {"api", "sweep"}
    assert found["api"].startswith("on ~session:* -@all +@read +@write ")
    assert found["sweep"].startswith("on ~* -@all +@read +@connection ")
    assert environment(recording, "us-east-1-api")["CACHE_USER"].endswith("-cache-api")
    group = recording.get("aws:elasticache/userGroup:UserGroup", "us-east-1-cache").inputs
    assert [name.rpartition("-")[2] for name in group["userIds"]] == ["api", "sweep"]
    for workload, user in (("api", "api"), ("sweep", "sweep")):
        resources = _connected(recording, f"us-east-1-{workload}-task")
        assert resources == ["us-east-1-cache.arn", f"us-east-1-cache-{user}.arn"]


def _connected(recording: Recording, role_policy: str) -> Any:
    policy = json.loads(recording.get("aws:iam/rolePolicy:RolePolicy", role_policy).inputs["policy"])
    return next(s["Resource"] for s in policy["Statement"] if s["Action"] == "elasticache:Connect")


@pytest.mark.feature("C1")
def test_who_has_no_access_of_its_own_goes_on_sharing() -> None:
    assert set(users(cached(JOB))) == {"app", "sweep"}


@pytest.mark.feature("C2")
def test_shards() -> None:
    recording = cached((NODES, NODES + "      shards: 3\n"))
    for region in ("us-east-1", "eu-west-1"):
        inputs = recording.get(GROUP, f"{region}-cache").inputs
        assert (inputs["numNodeGroups"], inputs["replicasPerNodeGroup"], inputs["clusterMode"]) == (3, 1, "enabled")
    told = environment(recording, "us-east-1-api")
    assert told["CACHE_MODE"] == "cluster"
    assert told["CACHE_HOST"] == told["CACHE_READER_HOST"] == "us-east-1-cache.configurationEndpointAddress"


@pytest.mark.feature("C3")
def test_standbys_have_copies_of_the_primary_regions_cache() -> None:
    recording = cached((NODES, NODES + "      global_datastore: true\n"))
    store = recording.only(GLOBAL)
    assert store.name == "us-east-1-cache-global"
    assert "us-east-1" in store.provider
    primary, standby = (recording.get(GROUP, f"{region}-cache") for region in ("us-east-1", "eu-west-1"))
    assert "globalReplicationGroupId" not in primary.inputs
    assert standby.inputs["globalReplicationGroupId"] == "us-east-1-cache-global.globalReplicationGroupId"
    assert "eu-west-1" in standby.provider
    # Each region lets in the users of its own tasks.
    assert users(recording) == users(recording, "eu-west-1")
    assert environment(recording, "eu-west-1-api")["CACHE_HOST"] == "eu-west-1-cache.primaryEndpointAddress"


@pytest.mark.feature("C3")
def test_a_third_region_changes_nothing_of_the_other_caches() -> None:
    globally = (NODES, NODES + "      global_datastore: true\n")
    two, three = cached(globally), cached(globally, THIRD_REGION)
    kinds = (GROUP, GLOBAL, USER)
    before = {r.urn: r.inputs for kind in kinds for r in two.of(kind)}
    after = {r.urn: r.inputs for kind in kinds for r in three.of(kind)}
    assert {urn: after[urn] for urn in before} == before
    assert three.get(GROUP, "us-west-2-cache").inputs["globalReplicationGroupId"]


SERVERLESS_CACHE = "      serverless: {storage_gb: 10, ecpu_per_second: 5000}\n"


@pytest.mark.feature("C4")
def test_a_serverless_cache_in_each_region() -> None:
    recording = cached((NODES, SERVERLESS_CACHE))
    assert {r.name for r in recording.of(SERVERLESS)} == {"us-east-1-cache", "eu-west-1-cache"}
    assert recording.of(GROUP) == []
    inputs = recording.get(SERVERLESS, "us-east-1-cache").inputs
    assert inputs["majorEngineVersion"] == "8"
    assert inputs["kmsKeyId"] == "us-east-1-data-key.arn"
    told = environment(recording, "us-east-1-api")
    assert (told["CACHE_MODE"], told["CACHE_PORT"]) == ("serverless", "6379")
    rules = recording.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {r.inputs["fromPort"] for r in rules if r.name.startswith("us-east-1-api-to-cache")} == {6379, 6380}
    assert recording.result["regions"]["us-east-1"]["cache"]["host"]


CASES = {
    "too small to be copied": Case(
        NODES,
        "      node_type: cache.t4g.medium\n      global_datastore: true\n",
        "cache.node_type",
        "      node_type: c",
        "too small for a Global Datastore",
        "choose a type",
    ),
    "nodes and none": Case(
        NODES,
        NODES + SERVERLESS_CACHE,
        "cache",
        "    cache:\n",
        "nodes and serverless limits",
        "remove one",
    ),
    "neither": Case(NODES, "      replicas: 1\n", "cache", "    cache:\n", "neither nodes nor", "add `node_type"),
    "shards without nodes": Case(
        NODES,
        SERVERLESS_CACHE + "      shards: 2\n",
        "cache.shards",
        "      shards",
        "a serverless cache has none",
        "remove it",
    ),
    "eviction without nodes": Case(
        NODES,
        SERVERLESS_CACHE + "      eviction_policy: noeviction\n",
        "cache.eviction_policy",
        "      eviction",
        "a serverless cache has none",
        "remove it",
    ),
    "a copy without nodes": Case(
        NODES,
        SERVERLESS_CACHE + "      global_datastore: true\n",
        "cache.global_datastore",
        "      global",
        "a serverless cache has none",
        "remove it",
    ),
    "too many nodes": Case(
        NODES,
        NODES + "      shards: 300\n",
        "cache.shards",
        "      shards",
        "are 600 nodes",
        "lower one",
    ),
    "an unknown version": Case(
        NODES,
        NODES + '      engine_version: "8.7"\n',
        "cache.engine_version",
        '      engine_version: "8.7',
        "none of",
        "write",
    ),
    "an access without a connection": Case(
        "        timezone: Europe/Dublin\n",
        "        timezone: Europe/Dublin\n        cache_access: {commands: read-only}\n",
        "jobs.sweep.cache_access",
        "        cache_access",
        "do not connect to the cache",
        "add `cache`",
    ),
    "a prefix that is a pattern": Case(
        OWN[0],
        OWN[1].replace("session:", "session:*"),
        "services.api.cache_access.key_prefixes[0]",
        "        cache_access",
        "does not have the form",
        "write",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
@pytest.mark.feature("C1", "C2", "C3", "C4")
def test_refused_at_its_place_with_a_remedy(case: Case) -> None:
    assert_only(case)


@pytest.mark.feature("C3")
def test_more_than_two_copies_are_refused() -> None:
    further = "".join(
        STANDBY.replace("eu-west-1", name).replace("10.1.", f"10.{number}.")
        for number, name in ((2, "us-west-2"), (3, "eu-west-2"))
    )
    text = edited(
        ("    services:\n      api:", further + "    services:\n      api:"),
        ("        eu-west-1: {}\n", "        eu-west-1: {}\n        us-west-2: {}\n        eu-west-2: {}\n"),
        (NODES, NODES + "      global_datastore: true\n"),
    )
    (problem,) = refusal(text).problems
    assert problem.location.endswith("cache.global_datastore")
    assert "3 regions would copy" in problem.message


def test_a_workload_called_like_the_shared_user_is_refused() -> None:
    text = SAMPLE.replace("      sweep:\n", "      app:\n").replace(*JOB)
    (problem,) = refusal(text).problems
    assert problem.location.endswith("jobs.app.cache_access")
