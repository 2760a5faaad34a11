"""A cache with shards, and one in several regions: what is registered, what a secondary leaves to its primary."""

from typing import Any

import pytest

from components._cache_nodes import node_numbers
from components.cache import Cache
from tests.components.test_cache import GROUP, args, recorded
from tests.support.data import alarms, subnets
from tests.support.recorder import Recording, record

GLOBAL = "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"
PARAMETERS = "aws:elasticache/parameterGroup:ParameterGroup"


@pytest.mark.feature("C2")
def test_shards() -> None:
    recording = recorded(shards=2, replicas=1)
    inputs = recording.only(GROUP).inputs
    assert (inputs["clusterMode"], inputs["numNodeGroups"], inputs["replicasPerNodeGroup"]) == ("enabled", 2, 1)
    assert "numCacheClusters" not in inputs
    assert (inputs["automaticFailoverEnabled"], inputs["multiAzEnabled"]) == (True, True)
    cache = recording.result
    assert recording.value(cache.primary_endpoint) == "cache.configurationEndpointAddress"
    assert recording.value(cache.reader_endpoint) == "cache.configurationEndpointAddress"


@pytest.mark.feature("C2")
def test_shards_have_a_parameter_group_of_their_own() -> None:
    recording = recorded(shards=1, eviction_policy="allkeys-lru")
    group = recording.only(PARAMETERS)
    assert group.name == "cache-cluster"
    assert group.inputs["family"] == "valkey8"
    assert group.inputs["parameters"] == [
        {"name": "cluster-enabled", "value": "yes"},
        {"name": "maxmemory-policy", "value": "allkeys-lru"},
    ]
    assert recording.only(GROUP).inputs["parameterGroupName"] == "cache-cluster.name"


@pytest.mark.feature("C2")
def test_shards_fail_over_even_without_replicas() -> None:
    inputs = recorded(shards=3, replicas=0, subnet_ids=subnets(zones="a")).only(GROUP).inputs
    assert (inputs["automaticFailoverEnabled"], inputs["multiAzEnabled"]) == (True, False)


@pytest.mark.feature("C2")
def test_alarms_name_the_nodes_of_each_shard() -> None:
    recording = recorded(shards=2, replicas=1)
    found = alarms(recording)
    nodes = {inputs.inputs["dimensions"]["CacheClusterId"] for inputs in found.values()}
    assert nodes == {f"test-unit-cache-000{shard}-00{node}" for shard in (1, 2) for node in (1, 2)}
    assert "cache-alarms-0002-001-memory" in found


@pytest.mark.feature("C2")
def test_another_shard_leaves_everything_else_as_it_is() -> None:
    def without_group(recording: Recording) -> dict[str, Any]:
        return {r.urn: r.inputs for r in recording.resources if r.type != GROUP}

    two, three = recorded(shards=2), recorded(shards=3)
    assert two.only(GROUP).urn == three.only(GROUP).urn
    before, after = without_group(two), without_group(three)
    assert {urn: after[urn] for urn in before} == before
    assert all("-0003-" in urn for urn in after.keys() - before.keys())


@pytest.mark.feature("C2")
def test_names_of_nodes() -> None:
    assert node_numbers(None, 2) == ["001", "002", "003"]
    assert node_numbers(12, 0)[-1] == "0012-001"


@pytest.mark.feature("C3")
def test_primary_of_a_global_datastore() -> None:
    recording = recorded(replicated=True)
    datastore, group = recording.only(GLOBAL), recording.only(GROUP)
    assert datastore.inputs == {
        "globalReplicationGroupIdSuffix": "test-unit-cache",
        "globalReplicationGroupDescription": "Cache cache in several regions",
        "primaryReplicationGroupId": "test-unit-cache",
        "engine": "valkey",
        "engineVersion": "8.0",
        "cacheNodeType": "cache.r7g.large",
    }
    assert datastore.protect
    assert datastore.ignore_changes == ("primaryReplicationGroupId",)
    assert group.ignore_changes == ("nodeType", "numNodeGroups")
    assert group.inputs == recorded().only(GROUP).inputs
    assert recording.value(recording.result.global_id) == "cache-global.globalReplicationGroupId"


@pytest.mark.feature("C3")
def test_shards_of_a_global_datastore() -> None:
    assert recorded(replicated=True, shards=4).only(GLOBAL).inputs["numNodeGroups"] == 4


@pytest.mark.feature("C3")
def test_a_cache_on_its_own_has_no_global_datastore() -> None:
    recording = recorded()
    assert recording.of(GLOBAL) == []
    assert recording.result.global_id is None
    assert recording.only(GROUP).ignore_changes == ()


@pytest.mark.feature("C3")
def test_secondary_leaves_to_its_primary_what_aws_refuses_from_it() -> None:
    recording = recorded(global_id="abcde-shop")
    inputs = recording.only(GROUP).inputs
    assert inputs["globalReplicationGroupId"] == "abcde-shop"
    from_primary = {
        "engine", "engineVersion", "nodeType", "parameterGroupName", "atRestEncryptionEnabled",
        "transitEncryptionEnabled", "transitEncryptionMode", "numNodeGroups", "clusterMode",
    }  # fmt: skip
    assert not from_primary & inputs.keys()
    assert recording.of(PARAMETERS) == []
    own = {"kmsKeyId", "userGroupIds", "subnetGroupName", "securityGroupIds", "logDeliveryConfigurations"}
    assert own <= inputs.keys()
    assert inputs["numCacheClusters"] == 3
    assert inputs["multiAzEnabled"] is inputs["automaticFailoverEnabled"] is True


@pytest.mark.feature("C3")
def test_sharded_secondary_says_how_many_replicas_only() -> None:
    inputs = recorded(global_id="abcde-shop", shards=2, replicas=1).only(GROUP).inputs
    assert inputs["replicasPerNodeGroup"] == 1
    assert not {"numNodeGroups", "numCacheClusters", "clusterMode"} & inputs.keys()


@pytest.mark.feature("C3")
def test_secondary_says_how_far_it_is_behind() -> None:
    found = {name: a.inputs for name, a in alarms(recorded(global_id="abcde-shop")).items() if "region-lag" in name}
    assert set(found) == {f"cache-alarms-{node}-region-lag" for node in ("001", "002", "003")}
    inputs = found["cache-alarms-002-region-lag"]
    assert (inputs["metricName"], inputs["threshold"]) == ("GlobalDatastoreReplicationLag", 10)
    assert inputs["dimensions"] == {"CacheClusterId": "test-unit-cache-002"}
    assert not any("region-lag" in name for name in alarms(recorded(replicated=True)))


@pytest.mark.feature("C2")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shards": 0}, "shards: 0 with 2 replicas each"),
        ({"shards": 167}, "shards: 167 with 2 replicas each; .* 500 nodes in all"),
    ],
)
def test_shards_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)


@pytest.mark.feature("C3")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"replicated": True, "node_type": "cache.t4g.medium"}, "node_type: 'cache.t4g.medium' is too small"),
        ({"global_id": "abcde-shop", "node_type": "cache.t4g.micro"}, "node_type: 'cache.t4g.micro' is too small"),
        ({"replicated": True, "global_id": "abcde-shop"}, "global_id: a secondary cannot be a primary too"),
    ],
)
def test_global_datastores_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)


@pytest.mark.parametrize("changes", [{"shards": 2}, {"replicated": True}, {"global_id": "abcde-shop"}], ids=str)
def test_preview_registers_the_same(changes: dict[str, Any]) -> None:
    preview = record(lambda: Cache("cache", args(**changes)), preview=True)
    assert {r.urn for r in preview.resources} == {r.urn for r in recorded(**changes).resources}
