"""Secrets, deployed: the value in each region, the copies' keys, rotation."""

import json

import pulumi
import pytest

from components.secret import Secret, SecretArgs
from components.secret_rotation import SecretRotation, SecretRotationArgs
from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where
from tests.support.data import TARGET

pytestmark = pytest.mark.feature("K2")

SECRET = "aws:secretsmanager/secret:Secret"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/api"
FUNCTION = f"arn:aws:lambda:{US}:{ACCOUNT}:function:rotate"


def key(region: str) -> str:
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"


def test_a_secret_with_a_value_and_a_copy(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        arguments = SecretArgs(
            description="Key of the mail API",
            region=US,
            kms_key_arn=key(US),
            replicas={EU: key(EU)},
            value="hidden",
            value_version=2,
            readers=[ROLE],
        )
        secret = Secret("mail", arguments, opts=on.us)
        pulumi.export("arns", secret.arns)
        pulumi.export("version", secret.version_id)

    world = simulate(program)
    arn = world.only(SECRET).id
    client, away = world.client("secretsmanager"), world.client("secretsmanager", EU)
    shown = client.describe_secret(SecretId=arn)
    assert (shown["Description"], shown["KmsKeyId"]) == ("Key of the mail API", key(US))
    assert [(r["Region"], r["KmsKeyId"]) for r in shown["ReplicationStatus"]] == [(EU, key(EU))]
    copy = arn.replace(US, EU)
    assert away.describe_secret(SecretId=copy)["KmsKeyId"] == key(EU)
    assert client.get_secret_value(SecretId=arn)["SecretString"] == "hidden"
    assert away.get_secret_value(SecretId=copy)["SecretString"] == "hidden"
    component = world.only("breakwater:secret:Secret")
    assert component.outputs["arns"] == {US: arn, EU: copy}
    assert component.outputs["version_id"] == client.get_secret_value(SecretId=arn)["VersionId"]
    policy = json.loads(client.get_resource_policy(SecretId=arn)["ResourcePolicy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["TlsOnly", "ReadersOnly"]


def test_a_secret_that_is_filled_in_by_hand_and_rotated(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        arguments = SecretArgs(description="Mail", region=US, kms_key_arn=key(US), protect=False)
        rotation = SecretRotationArgs(
            secret=Secret("mail", arguments, opts=on.us),
            function_arn=FUNCTION,
            alarms=TARGET,
            schedule="rate(10 days)",
            window_hours=2,
        )
        SecretRotation("mail-rotation", rotation, opts=on.us)

    world = simulate(program)
    arn = world.only(SECRET).id
    client = world.client("secretsmanager")
    shown = client.describe_secret(SecretId=arn)
    assert (shown["RotationEnabled"], shown["RotationLambdaARN"]) == (True, FUNCTION)
    assert shown["RotationRules"] == {"ScheduleExpression": "rate(10 days)", "Duration": "2h"}
    assert not world.outcome.graph.of("aws:secretsmanager/secretVersion:SecretVersion")
    client.put_secret_value(SecretId=arn, SecretString="by hand")
    assert client.get_secret_value(SecretId=arn)["SecretString"] == "by hand"
    (rule,) = world.client("events").list_rules()["Rules"]
    assert json.loads(rule["EventPattern"])["detail"]["additionalEventData"] == {"SecretId": [arn]}
    found = world.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {(a["Namespace"], a["Dimensions"][0]["Value"]) for a in found} == {
        ("AWS/Events", rule["Name"]),
        ("AWS/Lambda", "rotate"),
    }
