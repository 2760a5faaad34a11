"""What tests of databases, caches and queues share: a target for alarms, keys, subnets, a generated password."""

from typing import Any

from components.alarms import AlarmTarget
from components.key import Keys
from tests.support.recorder import Recording, Registration

ACCOUNT = "111122223333"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-1234"
KEYS = Keys(data=KEY, messages=f"{KEY}-messages", logs=f"{KEY}-logs", secrets=f"{KEY}-secrets")
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"
TARGET = AlarmTarget(topic_arn=TOPIC, runbooks_url="https://example.org/runbooks")

RANDOM_PASSWORD = "aws:secretsmanager/getRandomPassword:getRandomPassword"
INVOKES: dict[str, dict[str, Any]] = {RANDOM_PASSWORD: {"randomPassword": "generated"}}

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def subnets(region: str = "us-east-1", zones: str = "abc") -> dict[str, str]:
    """Zone -> subnet."""
    return {f"{region}{zone}": f"subnet-{zone}" for zone in zones}


def alarms(recording: Recording) -> dict[str, Registration]:
    """All metric alarms by name; each must be complete."""
    found = {alarm.name: alarm for alarm in recording.of(ALARM)}
    for alarm in found.values():
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [TOPIC], alarm.name
        assert alarm.inputs["actionsEnabled"] is True, alarm.name
        assert alarm.inputs["alarmDescription"].startswith(("critical: ", "warning: ")), alarm.name
        assert "Runbook: https://example.org/runbooks/" in alarm.inputs["alarmDescription"], alarm.name
        assert "treatMissingData" in alarm.inputs, alarm.name
    return found
