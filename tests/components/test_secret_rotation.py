"""Rotation of secrets: by a function of somebody's, by one of the stack's own; alarms; what is refused."""

import json
from typing import Any

import pytest

from components._secret_args import check_rotation
from components.secret import Secret, SecretArgs
from components.secret_rotation import SecretRotation, SecretRotationArgs
from tests.support.data import ACCOUNT, KEY, TARGET, TOPIC, alarms
from tests.support.recorder import Recording, record

pytestmark = pytest.mark.feature("K2")

ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
RULE = "aws:cloudwatch/eventRule:EventRule"
PERMISSION = "aws:lambda/permission:Permission"
POLICY = "aws:iam/rolePolicy:RolePolicy"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:rotate"
OWN = {"role_name": "rotate-role", "kms_key_arn": KEY}


def rotate(value: str | None = None, **changes: Any) -> SecretRotation:
    arguments = SecretArgs(description="Key of the mail API", region="us-east-1", kms_key_arn=KEY, value=value)
    secret = Secret("mail", arguments)
    given = {"secret": secret, "function_arn": FUNCTION, "alarms": TARGET, **changes}
    return SecretRotation("mail-rotation", SecretRotationArgs(**given))


def recorded(preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: rotate(**changes), preview=preview)


def test_registers_exactly_and_the_same_in_a_preview() -> None:
    alone = {
        "aws:secretsmanager/secret:Secret": 1,
        "aws:secretsmanager/secretPolicy:SecretPolicy": 1,
        ROTATION: 1,
        RULE: 1,
        "aws:cloudwatch/eventTarget:EventTarget": 1,
        "aws:cloudwatch/metricAlarm:MetricAlarm": 2,
    }
    assert recorded().counts() == alone
    assert recorded(**OWN).counts() == {**alone, PERMISSION: 1, POLICY: 1}
    urns = [[r.urn for r in recorded(preview=preview, **OWN).resources] for preview in (False, True)]
    assert urns[0] == urns[1]


def test_rotation() -> None:
    rotation = recorded().only(ROTATION)
    assert rotation.inputs == {
        "secretId": "mail.arn",
        "rotationLambdaArn": FUNCTION,
        "rotateImmediately": False,
        "rotationRules": {"scheduleExpression": "rate(30 days)"},
    }
    assert rotation.depends_on("mail-policy")
    rotation = recorded(schedule="cron(0 4 1 * ? *)", window_hours=3, immediately=True).only(ROTATION)
    assert rotation.inputs["rotationRules"] == {"scheduleExpression": "cron(0 4 1 * ? *)", "duration": "3h"}
    assert rotation.inputs["rotateImmediately"] is True


def test_an_own_function_may_rotate_this_secret_only() -> None:
    recording = recorded(**OWN)
    assert recording.only(PERMISSION).inputs == {
        "function": FUNCTION,
        "action": "lambda:InvokeFunction",
        "principal": "secretsmanager.amazonaws.com",
        "sourceArn": "mail.arn",
    }
    policy = recording.only(POLICY)
    assert policy.inputs["role"] == "rotate-role"
    statements = {s["Sid"]: s for s in json.loads(policy.inputs["policy"])["Statement"]}
    assert {sid: statement["Resource"] for sid, statement in statements.items()} == {
        "Rotate": "mail.arn",
        "DrawPassword": "*",
        "UseKey": KEY,
    }
    assert statements["Rotate"]["Action"] == [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    ]
    via = statements["UseKey"]["Condition"]["StringEquals"]["kms:ViaService"]
    assert via == "secretsmanager.us-east-1.amazonaws.com"
    rotation = recording.only(ROTATION)
    assert {recording.only(PERMISSION).urn, policy.urn} <= set(rotation.dependencies)


def test_alarms() -> None:
    recording = recorded(function_arn=f"{FUNCTION}:live")
    found = alarms(recording)
    measured = {
        name: (a.inputs["namespace"], a.inputs["metricName"], a.inputs["dimensions"]) for name, a in found.items()
    }
    assert measured == {
        "mail-rotation-alarms-failed": ("AWS/Events", "TriggeredRules", {"RuleName": "mail-rotation.name"}),
        "mail-rotation-alarms-errors": ("AWS/Lambda", "Errors", {"FunctionName": "rotate"}),
    }
    for alarm in found.values():
        assert (alarm.inputs["statistic"], alarm.inputs["comparisonOperator"]) == ("Sum", "GreaterThanThreshold")
        assert (alarm.inputs["threshold"], alarm.inputs["treatMissingData"]) == (0, "notBreaching")
    assert json.loads(recording.only(RULE).inputs["eventPattern"]) == {
        "source": ["aws.secretsmanager"],
        "detail-type": ["AWS Service Event via CloudTrail"],
        "detail": {
            "eventName": ["RotationFailed", "TestRotationFailed"],
            "additionalEventData": {"SecretId": ["mail.arn"]},
        },
    }
    target = recording.only("aws:cloudwatch/eventTarget:EventTarget")
    assert target.inputs == {"rule": "mail-rotation.name", "arn": TOPIC}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": "x"}, "secret: the program's value would come back over a rotated one"),
        ({"function_arn": "rotate"}, "function_arn: 'rotate' is no ARN of a Lambda function"),
        ({"function_arn": FUNCTION.replace("us-east-1", "eu-west-1")}, "function_arn: the function is in eu-west-1"),
        ({"role_name": "rotate-role"}, "role_name: .* give role_name and kms_key_arn"),
        ({"schedule": "rate(1 hour)"}, "schedule: "),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        recorded(**changes)


@pytest.mark.parametrize(
    ("schedule", "window_hours", "message"),
    [
        ("daily", None, "schedule: 'daily' is neither"),
        ("rate(300 minutes)", None, "Secrets Manager counts in hours or days"),
        ("rate(3 hours)", None, "runs 10800 s apart; Secrets Manager needs four hours"),
        ("cron(0 0,2 * * ? *)", None, "runs 7200 s apart"),
        ("rate(30 days)", 0, "window_hours: 0; give 1 to 24"),
        ("rate(30 days)", 25, "window_hours: 25; give 1 to 24"),
        ("rate(4 hours)", 5, "window_hours: 5 reaches into the next window"),
    ],
)
def test_schedule_refused(schedule: str, window_hours: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_rotation(schedule, window_hours)


def test_shortest_schedule() -> None:
    check_rotation("rate(4 hours)", 4)
