"""The alarms of a database proxy; makes no resource.

A proxy sends nothing before its first connection, so missing data is no alarm.
"""

import pulumi

from components import _thresholds
from components._alarm_definitions import AlarmDefinition, MetricQuery, Severity, Statistic


def proxy_alarms(proxy_name: pulumi.Output[str], query_latency_ms: float | None) -> list[AlarmDefinition]:
    """The pool used up, clients that wait for it, clients that are refused; slow queries where there is a level."""
    dimensions: dict[str, pulumi.Input[str]] = {"ProxyName": proxy_name}
    definitions = [
        _pool_alarm(dimensions),
        _alarm(
            dimensions,
            role="borrow-latency",
            summary="Clients wait for a database connection: the proxy's pool is exhausted.",
            severity=Severity.CRITICAL,
            runbook="proxy-borrow-latency",
            metric_name="DatabaseConnectionsBorrowLatency",
            threshold=_thresholds.PROXY_BORROW_MICROSECONDS,
        ),
        _alarm(
            dimensions,
            role="authentication",
            summary="The proxy refuses clients all the time: wrong tokens, missing permissions or no TLS.",
            severity=Severity.WARNING,
            runbook="proxy-authentication",
            metric_name="ClientConnectionsSetupFailedAuth",
            threshold=_thresholds.PROXY_AUTHENTICATION_FAILURES,
            statistic="Sum",
        ),
    ]
    if query_latency_ms is not None:
        definitions.append(
            _alarm(
                dimensions,
                role="query-latency",
                summary="The database answers queries more slowly than it should.",
                severity=Severity.WARNING,
                runbook="proxy-query-latency",
                metric_name="QueryDatabaseResponseLatency",
                threshold=query_latency_ms * _thresholds.MICROSECONDS_PER_MILLISECOND,
            )
        )
    return definitions


def _pool_alarm(dimensions: dict[str, pulumi.Input[str]]) -> AlarmDefinition:
    counts = {"connections": "DatabaseConnections", "allowed": "MaxDatabaseConnectionsAllowed"}
    return AlarmDefinition(
        role="connections",
        summary="The proxy's pool of database connections is almost used up.",
        severity=Severity.WARNING,
        runbook="proxy-connections",
        metrics=[
            *(
                MetricQuery(id=query, namespace="AWS/RDS", metric_name=metric, dimensions=dimensions, statistic="Sum")
                for query, metric in counts.items()
            ),
            MetricQuery(
                id="share", expression="100 * connections / allowed", label="Percent of the pool in use", returned=True
            ),
        ],
        comparison="GreaterThanThreshold",
        threshold=_thresholds.PROXY_CONNECTIONS_PERCENT,
        datapoints=5,
        periods=5,
        missing="notBreaching",
    )


def _alarm(
    dimensions: dict[str, pulumi.Input[str]],
    *,
    role: str,
    summary: str,
    severity: Severity,
    runbook: str,
    metric_name: str,
    threshold: float,
    statistic: Statistic = "Average",
) -> AlarmDefinition:
    """A metric above a level for five minutes."""
    return AlarmDefinition(
        role=role,
        summary=summary,
        severity=severity,
        runbook=runbook,
        namespace="AWS/RDS",
        metric_name=metric_name,
        dimensions=dimensions,
        statistic=statistic,
        comparison="GreaterThanThreshold",
        threshold=threshold,
        datapoints=5,
        periods=5,
        missing="notBreaching",
    )
