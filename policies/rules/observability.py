"""Logs end some day, and alarms reach somebody."""

from collections.abc import Iterable

from ._model import Properties, Rule, absent, block


def _retention(properties: Properties) -> Iterable[str]:
    if properties.get("retentionInDays") in (None, 0):
        yield "retentionInDays is not set: logs are kept, and paid for, for ever"


def _actions(properties: Properties) -> Iterable[str]:
    if absent(properties.get("alarmActions")):
        yield "alarmActions is empty: nobody hears of it"
    if properties.get("actionsEnabled") in (False, "false"):
        yield "actionsEnabled is false: nobody hears of it"


def _machine_log(properties: Properties) -> Iterable[str]:
    logging = properties.get("loggingConfiguration")
    if block(logging or {}, "level") in (None, "OFF"):
        yield "loggingConfiguration has no level: failed executions leave no log"


RULES = (
    Rule(
        name="log-group-retention",
        description="Log groups have a retention.",
        remedy="Set retention_in_days.",
        types=frozenset({"aws:cloudwatch/logGroup:LogGroup"}),
        check=_retention,
    ),
    Rule(
        name="alarm-has-actions",
        description="Alarms notify somebody.",
        remedy="Give it the topic of its region in alarm_actions.",
        types=frozenset({"aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"}),
        check=_actions,
    ),
    Rule(
        name="state-machine-logs",
        description="State machines log their errors.",
        remedy="Set logging_configuration with a level and a log group.",
        controls=("StepFunctions.1",),
        types=frozenset({"aws:sfn/stateMachine:StateMachine"}),
        check=_machine_log,
    ),
)
