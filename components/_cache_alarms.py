"""The alarms of a cache: the same for each node, because after a failover any of them may be the primary."""

from collections.abc import Mapping

import pulumi

from components import _thresholds
from components._cache_args import CacheArgs
from components._cache_nodes import NODE_ID, node_numbers
from components._instance_classes import cache_class
from components.alarms import AlarmDefinition, Severity

# These are counted; the others are levels.
COUNTED = ("AuthenticationFailures", "Evictions")


def cache_alarms(args: CacheArgs, replication_group_id: pulumi.Output[str]) -> list[AlarmDefinition]:
    """Five alarms for each node, one more where there are replicas and one more in a secondary."""
    return [
        alarm
        for number in node_numbers(args.shards, args.replicas)
        for alarm in _node_alarms(args, number, pulumi.Output.concat(replication_group_id, f"-{number}"))
    ]


def _node_alarms(args: CacheArgs, number: str, cluster_id: pulumi.Output[str]) -> list[AlarmDefinition]:
    cluster: dict[str, pulumi.Input[str]] = {"CacheClusterId": cluster_id}
    node: dict[str, pulumi.Input[str]] = {**cluster, "CacheNodeId": NODE_ID}
    cpu_metric, cpu_percent = _thresholds.cache_cpu(cache_class("node_type", args.node_type).vcpu)
    alarms = [
        _alarm(
            f"{number}-cpu",
            runbook="cache-cpu",
            summary=f"Cache node {number} does almost as much as its one thread can do.",
            metric=cpu_metric,
            dimensions=node if cpu_metric == "CPUUtilization" else cluster,
            threshold=cpu_percent,
            periods=5,
        ),
        _alarm(
            f"{number}-memory",
            runbook="cache-memory",
            summary=f"Cache node {number} is almost full and will soon evict keys.",
            metric="DatabaseMemoryUsagePercentage",
            dimensions=cluster,
            threshold=_thresholds.CACHE_MEMORY_PERCENT,
            periods=5,
        ),
        _alarm(
            f"{number}-evictions",
            runbook="cache-evictions",
            summary=f"Cache node {number} drops keys for lack of memory.",
            metric="Evictions",
            dimensions=cluster,
            threshold=args.evictions_alarm,
            periods=5,
        ),
        _alarm(
            f"{number}-connections",
            runbook="cache-connections",
            summary=f"Cache node {number} has almost as many connections as a node can have.",
            metric="CurrConnections",
            dimensions=node,
            threshold=_thresholds.cache_connections(),
            periods=10,
        ),
        _alarm(
            f"{number}-authentication",
            runbook="cache-authentication",
            summary=f"Cache node {number} keeps refusing log-ins.",
            metric="AuthenticationFailures",
            dimensions=cluster,
            threshold=args.authentication_failures_alarm,
            periods=1,
            period_seconds=300,
        ),
    ]
    if args.replicas:
        alarms.append(
            _alarm(
                f"{number}-lag",
                runbook="cache-lag",
                summary=f"Cache node {number} answers with data that is too old.",
                metric="ReplicationLag",
                dimensions=cluster,
                threshold=args.replication_lag_alarm_seconds,
                periods=15,
            )
        )
    if args.global_id is not None:
        alarms.append(
            _alarm(
                f"{number}-region-lag",
                runbook="cache-region-lag",
                summary=f"Cache node {number} is behind the primary region.",
                metric="GlobalDatastoreReplicationLag",
                dimensions=cluster,
                threshold=args.replication_lag_alarm_seconds,
                periods=15,
            )
        )
    return alarms


def _alarm(
    role: str,
    *,
    runbook: str,
    summary: str,
    metric: str,
    dimensions: Mapping[str, pulumi.Input[str]],
    threshold: float,
    periods: int,
    period_seconds: int = 60,
) -> AlarmDefinition:
    """AWS's recommendations for ElastiCache ask for every period to be bad and take missing data as missing."""
    return AlarmDefinition(
        role=role,
        summary=summary,
        severity=Severity.WARNING,
        runbook=runbook,
        namespace="AWS/ElastiCache",
        metric_name=metric,
        dimensions=dimensions,
        statistic="Sum" if metric in COUNTED else "Average",
        comparison="GreaterThanThreshold",
        threshold=float(threshold),
        period_seconds=period_seconds,
        datapoints=periods,
        periods=periods,
        missing="missing",
    )
