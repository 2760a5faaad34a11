"""The alarms of Lambda functions, as definitions; pure.

The metrics are those for which CloudWatch recommends alarms; where it leaves the threshold to the owner, it is computed
from the function's own limits.
"""

from collections.abc import Mapping

import pulumi

from components.alarms import AlarmDefinition, MetricQuery, Severity

LAMBDA = "AWS/Lambda"

# At these shares of a limit there is still time to act.
TIMEOUT_SHARE = 0.8
CONCURRENCY_SHARE = 0.8


def duration_threshold(timeout_seconds: int) -> float:
    """Milliseconds at which executions come close to their timeout."""
    return 1_000 * TIMEOUT_SHARE * timeout_seconds


def concurrency_threshold(concurrency: int) -> float:
    """Executions at once that are close to what is reserved; all of it where that is one."""
    return max(1.0, CONCURRENCY_SHARE * concurrency)


def function_alarms(
    *,
    function_name: pulumi.Input[str],
    queue_name: pulumi.Input[str],
    timeout_seconds: int,
    concurrency: int,
    error_percent: float,
) -> list[AlarmDefinition]:
    """Alarms on a function and its dead letters. No data means that nothing was invoked."""
    function = {"FunctionName": function_name}
    return [
        AlarmDefinition(
            role="errors",
            summary=f"More than {error_percent:g} % of the executions ended in an error or a timeout.",
            severity=Severity.CRITICAL,
            runbook="function-errors",
            metrics=_error_rate(function),
            comparison="GreaterThanThreshold",
            threshold=error_percent,
            datapoints=3,
            periods=3,
            missing="notBreaching",
        ),
        AlarmDefinition(
            role="throttles",
            summary="Invocations are refused, because all the reserved executions are in use.",
            severity=Severity.CRITICAL,
            runbook="function-throttles",
            namespace=LAMBDA,
            metric_name="Throttles",
            dimensions=function,
            statistic="Sum",
            comparison="GreaterThanThreshold",
            threshold=0,
            datapoints=5,
            periods=5,
            missing="notBreaching",
        ),
        AlarmDefinition(
            role="duration",
            summary=f"One execution in a hundred takes more than {TIMEOUT_SHARE:.0%} of its {timeout_seconds} s.",
            severity=Severity.WARNING,
            runbook="function-duration",
            namespace=LAMBDA,
            metric_name="Duration",
            dimensions=function,
            extended_statistic="p99",
            comparison="GreaterThanThreshold",
            threshold=duration_threshold(timeout_seconds),
            datapoints=5,
            periods=5,
            missing="notBreaching",
        ),
        AlarmDefinition(
            role="concurrency",
            summary=f"Almost all of the {concurrency} reserved executions are in use; past them callers are refused.",
            severity=Severity.WARNING,
            runbook="function-concurrency",
            namespace=LAMBDA,
            metric_name="ConcurrentExecutions",
            dimensions=function,
            statistic="Maximum",
            comparison="GreaterThanOrEqualToThreshold",
            threshold=concurrency_threshold(concurrency),
            datapoints=10,
            periods=10,
            missing="notBreaching",
        ),
        _any(
            "dead-letters",
            "An event failed every try and is in the function's dead-letter queue.",
            "function-dead-letters",
            ("AWS/SQS", "NumberOfMessagesSent", {"QueueName": queue_name}),
        ),
        _any(
            "dead-letter-lost",
            "An event failed every try and could not be kept either.",
            "function-dead-letter-lost",
            (LAMBDA, "DestinationDeliveryFailures", function),
        ),
    ]


def _error_rate(function: Mapping[str, pulumi.Input[str]]) -> list[MetricQuery]:
    return [
        MetricQuery(id="rate", expression="100 * errors / invocations", label="Errors, percent", returned=True),
        MetricQuery(id="errors", namespace=LAMBDA, metric_name="Errors", dimensions=function, statistic="Sum"),
        MetricQuery(
            id="invocations", namespace=LAMBDA, metric_name="Invocations", dimensions=function, statistic="Sum"
        ),
    ]


def _any(
    role: str, summary: str, runbook: str, metric: tuple[str, str, Mapping[str, pulumi.Input[str]]]
) -> AlarmDefinition:
    """One occurrence is enough."""
    namespace, metric_name, dimensions = metric
    return AlarmDefinition(
        role=role,
        summary=summary,
        severity=Severity.CRITICAL,
        runbook=runbook,
        namespace=namespace,
        metric_name=metric_name,
        dimensions=dimensions,
        statistic="Sum",
        comparison="GreaterThanThreshold",
        threshold=0,
        datapoints=1,
        periods=1,
        missing="notBreaching",
    )
