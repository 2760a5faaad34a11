"""The alarms of services, as definitions; pure.

Thresholds and periods are those CloudWatch recommends for AWS/ECS and ECS/ContainerInsights, unless a comment says why.
"""

from collections.abc import Mapping, Sequence

import pulumi

from components._deployment import ALARM_MINUTES
from components.alarms import AlarmDefinition, MetricQuery, Severity

# AWS recommends 80 %. Where scaling aims higher, the alarm stays above what scaling holds.
UTILISATION_PERCENT = 80
ABOVE_TARGET_PERCENT = 10

ECS = "AWS/ECS"
INSIGHTS = "ECS/ContainerInsights"
BALANCER = "AWS/ApplicationELB"


def cpu_threshold(target_percent: int) -> int:
    """Percent of CPU at which scaling has not kept up; never at or below what it aims at."""
    return max(UTILISATION_PERCENT, min(target_percent + ABOVE_TARGET_PERCENT, 99))


def service_alarms(
    *,
    cluster_name: pulumi.Input[str],
    service_name: pulumi.Input[str],
    tasks_min: int,
    cpu_target_percent: int,
) -> list[AlarmDefinition]:
    """Alarms on the tasks of a service."""
    dimensions = {"ClusterName": cluster_name, "ServiceName": service_name}
    return [
        AlarmDefinition(
            role="cpu",
            summary="The tasks use more CPU than scaling could bring down.",
            severity=Severity.WARNING,
            runbook="service-cpu",
            namespace=ECS,
            metric_name="CPUUtilization",
            dimensions=dimensions,
            statistic="Average",
            comparison="GreaterThanThreshold",
            threshold=cpu_threshold(cpu_target_percent),
            datapoints=5,
            periods=5,
            missing="breaching",
        ),
        AlarmDefinition(
            role="memory",
            summary="The tasks are close to their memory limit, at which they are killed.",
            severity=Severity.WARNING,
            runbook="service-memory",
            namespace=ECS,
            metric_name="MemoryUtilization",
            dimensions=dimensions,
            statistic="Average",
            comparison="GreaterThanThreshold",
            threshold=UTILISATION_PERCENT,
            datapoints=5,
            periods=5,
            missing="breaching",
        ),
        AlarmDefinition(
            role="running-tasks",
            summary=f"Fewer tasks run than the minimum of {tasks_min}.",
            severity=Severity.CRITICAL,
            runbook="service-running-tasks",
            namespace=INSIGHTS,
            metric_name="RunningTaskCount",
            dimensions=dimensions,
            statistic="Average",
            comparison="LessThanThreshold",
            threshold=tasks_min,
            datapoints=5,
            periods=5,
            # AWS recommends notBreaching, but a service without tasks may send nothing at all.
            missing="breaching",
        ),
    ]


def traffic_alarms(
    *,
    load_balancer: pulumi.Input[str],
    target_groups: Sequence[pulumi.Input[str]],
    error_percent: float,
    response_time_seconds: float,
) -> list[AlarmDefinition]:
    """Alarms on what the load balancer sees of a service; AWS recommends none, so the numbers are the caller's.

    Each group has its own: in a rate over both, a canary that answers nothing but errors would hardly show.
    """
    return [
        definition
        for suffix, target_group in zip(("", "-b"), target_groups, strict=False)
        for definition in _group_alarms(load_balancer, target_group, error_percent, response_time_seconds, suffix)
    ]


def _group_alarms(
    load_balancer: pulumi.Input[str],
    target_group: pulumi.Input[str],
    error_percent: float,
    response_time_seconds: float,
    suffix: str,
) -> list[AlarmDefinition]:
    dimensions = {"LoadBalancer": load_balancer, "TargetGroup": target_group}
    return [
        AlarmDefinition(
            role=f"target-errors{suffix}",
            summary=f"More than {error_percent:g} % of the requests were answered with a server error.",
            severity=Severity.CRITICAL,
            runbook="service-target-errors",
            metrics=_error_rate(dimensions),
            comparison="GreaterThanThreshold",
            threshold=error_percent,
            # Shorter than the rest: a deployment waits for this alarm, and every minute serves errors.
            datapoints=ALARM_MINUTES,
            periods=ALARM_MINUTES,
            # The balancer reports only while requests flow.
            missing="notBreaching",
        ),
        AlarmDefinition(
            role=f"response-time{suffix}",
            summary=f"One request in a hundred waits longer than {response_time_seconds:g} s.",
            severity=Severity.WARNING,
            runbook="service-response-time",
            namespace=BALANCER,
            metric_name="TargetResponseTime",
            dimensions=dimensions,
            extended_statistic="p99",
            comparison="GreaterThanThreshold",
            threshold=response_time_seconds,
            datapoints=5,
            periods=5,
            missing="notBreaching",
        ),
        AlarmDefinition(
            role=f"unhealthy-hosts{suffix}",
            summary="At least one task has failed the load balancer's health check for five minutes.",
            severity=Severity.WARNING,
            runbook="service-unhealthy-hosts",
            namespace=BALANCER,
            metric_name="UnHealthyHostCount",
            dimensions=dimensions,
            statistic="Maximum",
            comparison="GreaterThanThreshold",
            threshold=0,
            datapoints=5,
            periods=5,
            missing="notBreaching",
        ),
    ]


def _error_rate(dimensions: Mapping[str, pulumi.Input[str]]) -> list[MetricQuery]:
    return [
        # Counts of zero are not reported: without FILL, a minute without errors would be a minute without data.
        MetricQuery(
            id="rate", expression="100 * FILL(errors, 0) / requests", label="Server errors, percent", returned=True
        ),
        MetricQuery(
            id="errors",
            namespace=BALANCER,
            metric_name="HTTPCode_Target_5XX_Count",
            dimensions=dimensions,
            statistic="Sum",
        ),
        MetricQuery(
            id="requests", namespace=BALANCER, metric_name="RequestCount", dimensions=dimensions, statistic="Sum"
        ),
    ]
