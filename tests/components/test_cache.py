"""The Valkey cache: what is registered, what is refused, when it complains."""

from typing import Any

import pytest

from components.cache import Cache, CacheArgs
from tests.support.data import KEY, KEYS, TARGET, alarms, subnets
from tests.support.recorder import Recording, record

pytestmark = pytest.mark.feature("C1")
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"


def args(**changes: Any) -> CacheArgs:
    return CacheArgs(
        **{
            "vpc_id": "vpc-1",
            "subnet_ids": subnets(),
            "node_type": "cache.r7g.large",
            "keys": KEYS,
            "alarms": TARGET,
            "replicas": 2,
            **changes,
        }
    )


def recorded(**changes: Any) -> Recording:
    return record(lambda: Cache("cache", args(**changes)))


def test_everything_that_is_registered() -> None:
    recording = recorded()
    nodes = ("001", "002", "003")
    subjects = ("cpu", "memory", "evictions", "connections", "authentication", "lag")
    assert {(r.type.split(":")[-1], r.name) for r in recording.resources} == {
        ("Cache", "cache"),
        ("SecurityGroup", "cache"),
        ("User", "cache-app"),
        ("UserGroup", "cache"),
        ("SubnetGroup", "cache"),
        ("ParameterGroup", "cache"),
        ("LogGroup", "cache-slow-log"),
        ("LogGroup", "cache-engine-log"),
        ("ReplicationGroup", "cache"),
        ("Alarms", "cache-alarms"),
        *(("MetricAlarm", f"cache-alarms-{node}-{subject}") for node in nodes for subject in subjects),
    }
    assert {r.urn for r in recording.resources} == {
        r.urn for r in record(lambda: Cache("cache", args()), preview=True).resources
    }


def test_replication_group() -> None:
    group = recorded().only(GROUP)
    assert group.inputs == {
        "replicationGroupId": "test-unit-cache",
        "description": "Cache cache",
        "engine": "valkey",
        "engineVersion": "8.0",
        "nodeType": "cache.r7g.large",
        "numCacheClusters": 3,
        "automaticFailoverEnabled": True,
        "multiAzEnabled": True,
        "parameterGroupName": "cache.name",
        "subnetGroupName": "cache.name",
        "securityGroupIds": ["cache.id"],
        "port": 6379,
        "atRestEncryptionEnabled": True,
        "kmsKeyId": KEY,
        "transitEncryptionEnabled": True,
        "transitEncryptionMode": "required",
        "userGroupIds": ["test-unit-cache"],
        "autoMinorVersionUpgrade": True,
        "applyImmediately": False,
        "maintenanceWindow": "sun:05:30-sun:06:30",
        "snapshotWindow": "02:00-03:00",
        "snapshotRetentionLimit": 7,
        "finalSnapshotIdentifier": "test-unit-cache-final",
        "logDeliveryConfigurations": [
            {
                "logType": log_type,
                "logFormat": "json",
                "destinationType": "cloudwatch-logs",
                "destination": f"cache-{log_type}.name",
            }
            for log_type in ("slow-log", "engine-log")
        ],
    }
    assert group.protect
    assert group.delete_before_replace


def test_single_node_without_protection() -> None:
    recording = recorded(replicas=0, protect=False, snapshot_retention_days=0, subnet_ids=subnets(zones="a"))
    group = recording.only(GROUP)
    assert (group.inputs["numCacheClusters"], group.inputs["automaticFailoverEnabled"]) == (1, False)
    assert group.inputs["multiAzEnabled"] is False
    assert "finalSnapshotIdentifier" not in group.inputs
    assert not group.protect
    assert recording.value(recording.result.reader_endpoint) == "cache.primaryEndpointAddress"
    assert set(alarms(recording)) == {
        f"cache-alarms-001-{s}" for s in ("cpu", "memory", "evictions", "connections", "authentication")
    }


@pytest.mark.feature("N8")
def test_ground() -> None:
    recording = recorded()
    assert recording.only("aws:ec2/securityGroup:SecurityGroup").inputs == {
        "vpcId": "vpc-1",
        "description": "Cache cache",
        "tags": {"Name": "cache"},
    }
    subnet_ids = recording.only("aws:elasticache/subnetGroup:SubnetGroup").inputs["subnetIds"]
    assert subnet_ids == ["subnet-a", "subnet-b", "subnet-c"]
    parameters = recording.only("aws:elasticache/parameterGroup:ParameterGroup").inputs
    assert (parameters["family"], parameters["parameters"]) == ("valkey8", [])
    for group in recording.of("aws:cloudwatch/logGroup:LogGroup"):
        assert group.inputs == {"kmsKeyId": KEYS.logs, "retentionInDays": 30}


def test_eviction_policy_and_version() -> None:
    recording = recorded(eviction_policy="allkeys-lfu", engine_version="7.2")
    parameters = recording.only("aws:elasticache/parameterGroup:ParameterGroup").inputs
    assert parameters["family"] == "valkey7"
    assert parameters["parameters"] == [{"name": "maxmemory-policy", "value": "allkeys-lfu"}]


def test_minor_version_keeps_the_parameter_group() -> None:
    """A changed description replaces the group, which fails while the cache still uses it."""
    old, new = (
        recorded(engine_version=version).only("aws:elasticache/parameterGroup:ParameterGroup").inputs
        for version in ("8.0", "8.1")
    )
    assert old == new


def test_users_authenticate_with_iam() -> None:
    recording = recorded(users={"api": "on ~* +@all", "reader": "on ~app::* +@read"}, identifier="shop")
    users = {u.name: u.inputs for u in recording.of("aws:elasticache/user:User")}
    assert users == {
        f"cache-{key}": {
            "userId": f"shop-{key}",
            "userName": f"shop-{key}",
            "engine": "valkey",
            "accessString": access,
            "authenticationMode": {"type": "iam"},
        }
        for key, access in (("api", "on ~* +@all"), ("reader", "on ~app::* +@read"))
    }
    assert recording.only("aws:elasticache/userGroup:UserGroup").inputs == {
        "userGroupId": "shop",
        "engine": "valkey",
        "userIds": ["shop-api", "shop-reader"],
    }


def test_default_user_may_do_nothing_dangerous() -> None:
    access = recorded().only("aws:elasticache/user:User").inputs["accessString"]
    assert access == "on ~* &* +@all -@dangerous"


def test_outputs() -> None:
    recording = recorded(port=6380)
    cache = recording.result
    assert recording.value(cache.primary_endpoint) == "cache.primaryEndpointAddress"
    assert recording.value(cache.reader_endpoint) == "cache.readerEndpointAddress"
    assert cache.port == 6380
    assert recording.only(GROUP).inputs["port"] == 6380
    assert recording.value(cache.security_group_id) == "cache.id"
    assert recording.value(cache.arn) == "cache.arn"
    assert recording.value(cache.replication_group_id) == "test-unit-cache"
    assert recording.value(cache.user_names["app"]) == "test-unit-cache-app"
    statement = cache.connect_statement("app")
    assert statement.actions == ["elasticache:Connect"]
    assert [recording.value(resource) for resource in statement.resources] == ["cache.arn", "cache-app.arn"]
    with pytest.raises(ValueError, match="user: the cache has no user 'nobody'; use one of app"):
        cache.connect_statement("nobody")


def test_alarm_on_refused_log_ins() -> None:
    inputs = alarms(recorded(authentication_failures_alarm=3))["cache-alarms-001-authentication"].inputs
    assert (inputs["metricName"], inputs["statistic"], inputs["threshold"]) == ("AuthenticationFailures", "Sum", 3)
    assert (inputs["period"], inputs["evaluationPeriods"]) == (300, 1)
    assert inputs["dimensions"] == {"CacheClusterId": "test-unit-cache-001"}
    assert "/cache-authentication.md" in inputs["alarmDescription"]


@pytest.mark.parametrize(
    ("subject", "metric", "threshold", "statistic", "periods", "node_id"),
    [
        ("cpu", "CPUUtilization", 45, "Average", 5, True),
        ("memory", "DatabaseMemoryUsagePercentage", 80, "Average", 5, False),
        ("evictions", "Evictions", 0, "Sum", 5, False),
        ("connections", "CurrConnections", 58_500, "Average", 10, True),
        ("lag", "ReplicationLag", 10, "Average", 15, False),
    ],
)
def test_alarms(subject: str, metric: str, threshold: int, statistic: str, periods: int, node_id: bool) -> None:
    found = alarms(recorded())
    for node in ("001", "002", "003"):
        inputs = found[f"cache-alarms-{node}-{subject}"].inputs
        assert inputs["namespace"] == "AWS/ElastiCache"
        assert (inputs["metricName"], inputs["statistic"], inputs["threshold"]) == (metric, statistic, threshold)
        dimensions = {"CacheClusterId": f"test-unit-cache-{node}"}
        assert inputs["dimensions"] == (dimensions | {"CacheNodeId": "0001"} if node_id else dimensions)
        assert inputs["evaluationPeriods"] == inputs["datapointsToAlarm"] == periods
        assert inputs["comparisonOperator"] == "GreaterThanThreshold"
        assert f"/cache-{subject}.md" in inputs["alarmDescription"]


def test_larger_nodes_watch_the_engines_thread() -> None:
    inputs = alarms(recorded(node_type="cache.r7g.xlarge"))["cache-alarms-001-cpu"].inputs
    assert (inputs["metricName"], inputs["threshold"]) == ("EngineCPUUtilization", 90)
    assert inputs["dimensions"] == {"CacheClusterId": "test-unit-cache-001"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"node_type": "cache.r7g.huge"}, r"node_type: 'cache.r7g.huge' .* use cache\."),
        ({"replicas": 6}, "replicas: 6; ElastiCache takes 0 to 5"),
        ({"replicas": -1}, "replicas: -1"),
        ({"subnet_ids": subnets(zones="a")}, r"subnet_ids: 1 zone\(s\)"),
        ({"engine_version": "8"}, "engine_version: '8'"),
        ({"engine_version": "6.2"}, "engine_version: '6.2'; use one of Valkey's 7.2, 8.0, 8.1, 8.2, 9.0, 9.1"),
        ({"engine_version": "8.3"}, "engine_version: '8.3'"),
        ({"identifier": "Cache"}, "identifier: 'Cache'"),
        ({"identifier": "c" * 41}, "identifier: .* has 41 characters and AWS takes 40"),
        ({"eviction_policy": "lru"}, "eviction_policy: 'lru' is not one of volatile-lru"),
        ({"port": 0}, "port: 0"),
        ({"log_retention_days": 31}, "log_retention_days: 31"),
        ({"snapshot_retention_days": 36}, "snapshot_retention_days: 36; give 0 to 35"),
        ({"snapshot_retention_days": 0}, "snapshot_retention_days: a protected cache"),
        ({"snapshot_window": "02:00-02:30"}, "snapshot_window: '02:00-02:30' lasts 30 minutes; at least 60"),
        ({"maintenance_window": "sun:02:30-sun:03:30"}, "snapshot_window: .* overlaps maintenance_window"),
        ({"users": {}}, "users: nobody could connect"),
        ({"users": {"default": "on +@all"}}, "users: 'default'"),
        ({"users": {"App": "on +@all"}}, "users: 'App'"),
        ({"users": {"app": "~* +@all"}}, "users: the access string of app must begin with on or off"),
        ({"users": {"app": "on nopass ~* +@all"}}, "users: 'nopass' of app is about passwords"),
        ({"users": {"app": "on >secret ~* +@all"}}, "users: '>secret' of app"),
        ({"evictions_alarm": -1}, "evictions_alarm: -1"),
        ({"authentication_failures_alarm": -1}, "authentication_failures_alarm: -1"),
        ({"replication_lag_alarm_seconds": 0}, "replication_lag_alarm_seconds: 0"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)


def test_name_too_long() -> None:
    with pytest.raises(ValueError, match=r"identifier: .* AWS takes 40"):
        record(lambda: Cache("c" * 40, args()))
