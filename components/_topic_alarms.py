"""The alarms of a topic and of what it could not deliver; makes no resource.

SNS reports most of these numbers only when something happens, so missing data is good news in each. Statistics are
AWS's recommendations; a single lost message is enough where AWS waits five minutes.
"""

import pulumi

from components._undelivered import waiting_alarm
from components.alarms import AlarmDefinition, Severity

SNS = "AWS/SNS"


def topic_alarms(topic_name: pulumi.Input[str]) -> list[AlarmDefinition]:
    """Deliveries that fail, whatever the subscription."""
    return [
        _any(
            topic_name,
            "failed",
            "SNS keeps failing to deliver the topic's messages.",
            Severity.CRITICAL,
            "topic-failed-deliveries",
            "NumberOfNotificationsFailed",
            periods=5,
        ),
        _any(
            topic_name,
            "dead-letter-arrival",
            "SNS has given up on delivering a message and put it into a subscription's dead-letter queue.",
            Severity.WARNING,
            "topic-dead-letters",
            "NumberOfNotificationsRedrivenToDlq",
        ),
        _any(
            topic_name,
            "dead-letter-lost",
            "SNS could neither deliver a message nor put it into the dead-letter queue: it is lost.",
            Severity.CRITICAL,
            "topic-dead-letter-lost",
            "NumberOfNotificationsFailedToRedriveToDlq",
        ),
        _any(
            topic_name,
            "invalid-attributes",
            "Messages are filtered out because their attributes are not valid.",
            Severity.WARNING,
            "topic-invalid-messages",
            "NumberOfNotificationsFilteredOut-InvalidAttributes",
            periods=5,
        ),
        _any(
            topic_name,
            "invalid-body",
            "Messages are filtered out because their body is no valid JSON.",
            Severity.WARNING,
            "topic-invalid-messages",
            "NumberOfNotificationsFilteredOut-InvalidMessageBody",
            periods=5,
        ),
    ]


def subscription_alarms(dead_letter_name: pulumi.Input[str]) -> list[AlarmDefinition]:
    """The topic's metrics do not say which subscription's letters are dead; this does."""
    return [
        waiting_alarm(
            dead_letter_name,
            summary="Undelivered messages of the subscription are waiting; they are deleted when their retention ends.",
            runbook="topic-dead-letters",
        )
    ]


def _any(
    topic_name: pulumi.Input[str],
    role: str,
    summary: str,
    severity: Severity,
    runbook: str,
    metric_name: str,
    *,
    periods: int = 1,
) -> AlarmDefinition:
    return AlarmDefinition(
        role=role,
        summary=summary,
        severity=severity,
        runbook=runbook,
        namespace=SNS,
        metric_name=metric_name,
        dimensions={"TopicName": topic_name},
        statistic="Sum",
        comparison="GreaterThanThreshold",
        threshold=0,
        datapoints=periods,
        periods=periods,
        missing="notBreaching",
    )
