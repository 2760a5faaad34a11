"""The alarms of a queue and its dead-letter queue; makes no resource."""

import pulumi

from components import _thresholds
from components.alarms import AlarmDefinition, MetricQuery, Severity

# CloudWatch User Guide, metric math: an alarm on FILL must look at M of N periods. SQS's numbers come minutes late.
ARRIVAL_PERIODS = 5


def queue_alarms(
    queue_name: pulumi.Output[str], dead_letter_name: pulumi.Output[str], *, age_seconds: float, depth_messages: int
) -> list[AlarmDefinition]:
    """SQS sends nothing for a queue unused for six hours, so missing data is good news in each."""
    queue, dead_letters = {"QueueName": queue_name}, {"QueueName": dead_letter_name}
    return [
        AlarmDefinition(
            role="dead-letter-arrival",
            summary="A message failed every try and has just become a dead letter.",
            severity=Severity.WARNING,
            runbook="queue-dead-letters",
            metrics=_arrivals(dead_letters),
            comparison="GreaterThanThreshold",
            threshold=0,
            # One of the last five minutes, because the newest one often has no data yet: there FILL puts its 0 and the
            # difference is never a rise, so that an alarm on that minute alone would stay OK for ever.
            datapoints=1,
            periods=ARRIVAL_PERIODS,
            missing="notBreaching",
        ),
        AlarmDefinition(
            role="dead-letter-depth",
            summary="Dead letters are waiting to be looked at; they are deleted when their retention ends.",
            severity=Severity.WARNING,
            runbook="queue-dead-letters",
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions=dead_letters,
            statistic="Maximum",
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            datapoints=15,
            periods=15,
            missing="notBreaching",
        ),
        AlarmDefinition(
            role="age",
            summary="The oldest message has waited longer than its handling should ever take.",
            severity=Severity.CRITICAL,
            runbook="queue-age",
            namespace="AWS/SQS",
            metric_name="ApproximateAgeOfOldestMessage",
            dimensions=queue,
            statistic="Maximum",
            comparison="GreaterThanOrEqualToThreshold",
            threshold=age_seconds,
            datapoints=15,
            periods=15,
            missing="notBreaching",
        ),
        AlarmDefinition(
            role="depth",
            summary="More messages are waiting than the consumers are meant to have before them.",
            severity=Severity.WARNING,
            runbook="queue-depth",
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions=queue,
            statistic="Average",
            comparison="GreaterThanThreshold",
            threshold=depth_messages,
            datapoints=15,
            periods=15,
            missing="notBreaching",
        ),
        AlarmDefinition(
            role="in-flight",
            summary="Almost as many messages are in flight as SQS allows; past the limit no consumer receives any.",
            severity=Severity.CRITICAL,
            runbook="queue-in-flight",
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesNotVisible",
            dimensions=queue,
            statistic="Maximum",
            comparison="GreaterThanOrEqualToThreshold",
            threshold=_thresholds.queue_in_flight(),
            datapoints=5,
            periods=5,
            missing="notBreaching",
        ),
    ]


def _arrivals(dead_letters: dict[str, pulumi.Output[str]]) -> list[MetricQuery]:
    """How many more dead letters there are than a minute ago.

    NumberOfMessagesSent does not count what SQS itself moves here; and a depth alone stays in ALARM, so it cannot
    tell of the second arrival. FILL makes the first one after a silence a rise from zero.
    """
    metrics = {
        "waiting": "ApproximateNumberOfMessagesVisible",
        "taken": "ApproximateNumberOfMessagesNotVisible",
    }
    return [
        *(
            MetricQuery(id=query, namespace="AWS/SQS", metric_name=metric, dimensions=dead_letters, statistic="Maximum")
            for query, metric in metrics.items()
        ),
        MetricQuery(
            id="arrived",
            expression="DIFF(FILL(waiting, 0) + FILL(taken, 0))",
            label="Dead letters arrived",
            returned=True,
        ),
    ]
