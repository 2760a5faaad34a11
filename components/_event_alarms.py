"""The alarms of an event bus, its rules and what they could not deliver; makes no resource.

EventBridge reports these numbers only when they are not zero, so missing data is good news in each.
"""

import pulumi

from components._undelivered import waiting_alarm
from components.alarms import AlarmDefinition, Severity

EVENTS = "AWS/Events"


def rule_alarms(rule: str, bus_name: pulumi.Input[str], rule_name: pulumi.Input[str]) -> list[AlarmDefinition]:
    """Of one rule; on a custom bus EventBridge reports per bus and rule only."""
    on_rule = {"EventBusName": bus_name, "RuleName": rule_name}
    return [
        _any(
            f"{rule}-failed",
            "EventBridge has given up on delivering an event of the rule.",
            Severity.WARNING,
            "event-bus-failed-deliveries",
            ("FailedInvocations", on_rule),
        ),
        _any(
            f"{rule}-dead-letter-arrival",
            "An event that could not be delivered has been put into a dead-letter queue.",
            Severity.WARNING,
            "event-bus-dead-letters",
            ("InvocationsSentToDlq", on_rule),
        ),
        _any(
            f"{rule}-dead-letter-lost",
            "An event could neither be delivered nor be put into the dead-letter queue: it is lost.",
            Severity.CRITICAL,
            "event-bus-dead-letter-lost",
            ("InvocationsFailedToBeSentToDlq", on_rule),
        ),
    ]


def bus_alarms(dead_letter_name: pulumi.Input[str]) -> list[AlarmDefinition]:
    """Events that no rule got to see, because the key refused."""
    return [
        waiting_alarm(
            dead_letter_name,
            summary="The bus could not encrypt or decrypt events, and no rule has seen them.",
            runbook="event-bus-key-errors",
            severity=Severity.CRITICAL,
        )
    ]


def delivery_alarms(dead_letter_name: pulumi.Input[str]) -> list[AlarmDefinition]:
    """The rule's metrics do not say which of its targets failed; this does."""
    return [
        waiting_alarm(
            dead_letter_name,
            summary="Undelivered events of the delivery are waiting; they are deleted when their retention ends.",
            runbook="event-bus-dead-letters",
        )
    ]


def _any(
    role: str,
    summary: str,
    severity: Severity,
    runbook: str,
    metric: tuple[str, dict[str, pulumi.Input[str]]],
) -> AlarmDefinition:
    """One event is enough."""
    metric_name, dimensions = metric
    return AlarmDefinition(
        role=role,
        summary=summary,
        severity=severity,
        runbook=runbook,
        namespace=EVENTS,
        metric_name=metric_name,
        dimensions=dimensions,
        statistic="Sum",
        comparison="GreaterThanThreshold",
        threshold=0,
        datapoints=1,
        periods=1,
        missing="notBreaching",
    )
