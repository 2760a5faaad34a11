"""The alarms of a serverless cache, computed from the limits it was given; makes no resource."""

from typing import Literal

import pulumi

from components import _thresholds
from components.alarms import AlarmDefinition, Severity

PERIOD_SECONDS = 60


def serverless_cache_alarms(
    cache_name: pulumi.Input[str], *, storage_gb: int, ecpu_per_second: int, refused_log_ins: int
) -> list[AlarmDefinition]:
    """ElastiCache reports a serverless cache under one dimension of its own, which is called clusterId."""
    return [
        _alarm(
            cache_name,
            "throttled",
            runbook="cache-throttled",
            summary="The cache refuses commands, because it cannot grow as fast as they come or has reached its limit.",
            metric="ThrottledCmds",
            statistic="Sum",
            threshold=0,
            periods=3,
        ),
        _alarm(
            cache_name,
            "ecpu",
            runbook="cache-throttled",
            summary="The cache works close to its limit, at which it refuses commands.",
            metric="ElastiCacheProcessingUnits",
            statistic="Sum",
            threshold=_thresholds.serverless_ecpu(ecpu_per_second, PERIOD_SECONDS),
            periods=5,
        ),
        _alarm(
            cache_name,
            "storage",
            runbook="cache-memory",
            summary="The cache holds almost as much as its limit and will soon evict keys.",
            metric="BytesUsedForCache",
            statistic="Maximum",
            threshold=_thresholds.serverless_storage_bytes(storage_gb),
            periods=5,
        ),
        _alarm(
            cache_name,
            "evictions",
            runbook="cache-evictions",
            summary="The cache drops keys for lack of storage.",
            metric="Evictions",
            statistic="Sum",
            threshold=0,
            periods=5,
        ),
        _alarm(
            cache_name,
            "authentication",
            runbook="cache-authentication",
            summary="The cache keeps refusing log-ins.",
            metric="AuthenticationFailures",
            statistic="Sum",
            threshold=refused_log_ins,
            periods=1,
            period_seconds=300,
        ),
    ]


def _alarm(
    cache_name: pulumi.Input[str],
    role: str,
    *,
    runbook: str,
    summary: str,
    metric: str,
    statistic: Literal["Maximum", "Sum"],
    threshold: float,
    periods: int,
    period_seconds: int = PERIOD_SECONDS,
) -> AlarmDefinition:
    """An unused cache reports nothing, so missing data is good news."""
    return AlarmDefinition(
        role=role,
        summary=summary,
        severity=Severity.WARNING,
        runbook=runbook,
        namespace="AWS/ElastiCache",
        metric_name=metric,
        dimensions={"clusterId": cache_name},
        statistic=statistic,
        comparison="GreaterThanThreshold",
        threshold=float(threshold),
        period_seconds=period_seconds,
        datapoints=periods,
        periods=periods,
        missing="notBreaching",
    )
