"""The serverless cache: what is registered, what is refused, when it complains."""

from typing import Any

import pytest

from components.serverless_cache import ServerlessCache, ServerlessCacheArgs
from tests.support.data import KEY, TARGET, alarms, subnets
from tests.support.recorder import Recording, record

pytestmark = pytest.mark.feature("C4")
CACHE = "aws:elasticache/serverlessCache:ServerlessCache"


def args(**changes: Any) -> ServerlessCacheArgs:
    return ServerlessCacheArgs(
        **{
            "vpc_id": "vpc-1",
            "subnet_ids": subnets(),
            "storage_gb": 10,
            "ecpu_per_second": 5_000,
            "kms_key_arn": KEY,
            "alarms": TARGET,
            **changes,
        }
    )


def recorded(**changes: Any) -> Recording:
    return record(lambda: ServerlessCache("cache", args(**changes)))


def test_everything_that_is_registered() -> None:
    recording = recorded()
    assert {(r.type.split(":")[-1], r.name) for r in recording.resources} == {
        ("ServerlessCache", "cache"),
        ("SecurityGroup", "cache"),
        ("User", "cache-app"),
        ("UserGroup", "cache"),
        ("Alarms", "cache-alarms"),
        *(
            ("MetricAlarm", f"cache-alarms-{subject}")
            for subject in ("throttled", "ecpu", "storage", "evictions", "authentication")
        ),
    }
    preview = record(lambda: ServerlessCache("cache", args()), preview=True)
    assert {r.urn for r in preview.resources} == {r.urn for r in recording.resources}


def test_cache() -> None:
    cache = recorded(users={"api": "on ~* -@all +@read"}).only(CACHE)
    assert cache.inputs == {
        "name": "test-unit-cache",
        "description": "Cache cache",
        "engine": "valkey",
        "majorEngineVersion": "8",
        "cacheUsageLimits": {
            "dataStorage": {"maximum": 10, "unit": "GB"},
            "ecpuPerSeconds": [{"maximum": 5_000}],
        },
        "kmsKeyId": KEY,
        "securityGroupIds": ["cache.id"],
        "subnetIds": ["subnet-a", "subnet-b", "subnet-c"],
        "userGroupId": "test-unit-cache",
        "snapshotRetentionLimit": 7,
        "dailySnapshotTime": "02:00",
    }
    assert cache.protect
    assert cache.delete_before_replace
    assert cache.ignore_changes == ("subnetIds",)


def test_without_snapshots() -> None:
    cache = recorded(protect=False, snapshot_retention_days=0).only(CACHE)
    assert cache.inputs["snapshotRetentionLimit"] == 0
    assert "dailySnapshotTime" not in cache.inputs
    assert not cache.protect


def test_outputs() -> None:
    recording = recorded()
    cache = recording.result
    assert (cache.port, cache.reader_port) == (6379, 6380)
    assert recording.value(cache.cache_name) == "test-unit-cache"
    assert recording.value(cache.security_group_id) == "cache.id"
    statement = cache.connect_statement("app")
    assert statement.actions == ["elasticache:Connect"]
    assert [recording.value(resource) for resource in statement.resources] == ["cache.arn", "cache-app.arn"]
    with pytest.raises(ValueError, match="user: the cache has no user 'nobody'"):
        cache.connect_statement("nobody")


@pytest.mark.parametrize(
    ("subject", "metric", "threshold", "statistic", "period", "runbook"),
    [
        ("throttled", "ThrottledCmds", 0, "Sum", 60, "cache-throttled"),
        ("ecpu", "ElastiCacheProcessingUnits", 270_000, "Sum", 60, "cache-throttled"),
        ("storage", "BytesUsedForCache", 8_000_000_000, "Maximum", 60, "cache-memory"),
        ("evictions", "Evictions", 0, "Sum", 60, "cache-evictions"),
        ("authentication", "AuthenticationFailures", 10, "Sum", 300, "cache-authentication"),
    ],
)
def test_alarms(subject: str, metric: str, threshold: int, statistic: str, period: int, runbook: str) -> None:
    inputs = alarms(recorded())[f"cache-alarms-{subject}"].inputs
    assert (inputs["namespace"], inputs["metricName"], inputs["statistic"]) == ("AWS/ElastiCache", metric, statistic)
    assert (inputs["threshold"], inputs["period"]) == (threshold, period)
    assert inputs["dimensions"] == {"clusterId": "test-unit-cache"}
    assert inputs["treatMissingData"] == "notBreaching"
    assert f"/{runbook}.md" in inputs["alarmDescription"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subnet_ids": subnets(zones="a")}, r"subnet_ids: 1 zone\(s\)"),
        ({"storage_gb": 0}, "storage_gb: 0; ElastiCache takes 1 to 5000"),
        ({"storage_gb": 5_001}, "storage_gb: 5001"),
        ({"ecpu_per_second": 999}, "ecpu_per_second: 999; ElastiCache takes 1000 to 15000000"),
        ({"ecpu_per_second": 15_000_001}, "ecpu_per_second: 15000001"),
        ({"major_version": "8.0"}, "major_version: '8.0'; use one of Valkey's 7, 8, 9"),
        ({"identifier": "Cache"}, "identifier: 'Cache'"),
        ({"snapshot_retention_days": 36}, "snapshot_retention_days: 36; give 0 to 35"),
        ({"snapshot_retention_days": 0}, "snapshot_retention_days: a protected cache"),
        ({"snapshot_time": "2:00"}, "snapshot_time: '2:00'"),
        ({"users": {}}, "users: nobody could connect"),
        ({"authentication_failures_alarm": -1}, "authentication_failures_alarm: -1"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)
