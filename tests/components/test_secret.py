"""Secrets: copies, policy, the value that is only written."""

import json
from typing import Any

import pytest

from components.secret import Secret, SecretArgs
from tests.support.data import ACCOUNT, KEY
from tests.support.recorder import Recording, record

pytestmark = pytest.mark.feature("K2")

SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"

US, EU = "us-east-1", "eu-west-1"
EU_KEY = KEY.replace(US, EU)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/api-*"


def args(**changes: Any) -> SecretArgs:
    return SecretArgs(**{"description": "Key of the mail API", "region": US, "kms_key_arn": KEY, **changes})


def recorded(preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: Secret("mail", args(**changes)), preview=preview)


def test_everything_that_is_registered() -> None:
    recording = recorded()
    assert {(r.type, r.name) for r in recording.resources} == {
        ("breakwater:secret:Secret", "mail"),
        (SECRET, "mail"),
        (POLICY, "mail-policy"),
    }
    assert {(r.type, r.name) for r in recorded(value="x", value_version=3).resources} == {
        ("breakwater:secret:Secret", "mail"),
        (SECRET, "mail"),
        (POLICY, "mail-policy"),
        (VERSION, "mail-v3"),
    }
    urns = [[r.urn for r in recorded(preview=preview, value="x").resources] for preview in (False, True)]
    assert urns[0] == urns[1]


def test_secret() -> None:
    recording = recorded(replicas={EU: EU_KEY})
    secret = recording.only(SECRET)
    assert secret.inputs == {
        "description": "Key of the mail API",
        "kmsKeyId": KEY,
        "replicas": [{"region": EU, "kmsKeyId": EU_KEY}],
        "recoveryWindowInDays": 30,
    }
    assert secret.protect
    assert secret.parent == recording.get("breakwater:secret:Secret", "mail").urn
    assert "replicas" not in recorded().only(SECRET).inputs


@pytest.mark.parametrize(
    ("changes", "days"),
    [({"protect": False}, 0), ({"protect": False, "recovery_days": 7}, 7), ({"recovery_days": 10}, 10)],
)
def test_recovery(changes: dict[str, Any], days: int) -> None:
    secret = recorded(**changes).only(SECRET)
    assert (secret.inputs["recoveryWindowInDays"], secret.protect) == (days, changes.get("protect", True))


def test_secret_that_nobody_gave_a_value() -> None:
    secret = record(lambda: Secret("mail", args(replicas={EU: EU_KEY}))).result
    assert list(secret.arns) == [US, EU]
    assert secret.version_id is None


def test_policy() -> None:
    recording = recorded()
    policy = recording.only(POLICY)
    assert (policy.inputs["secretArn"], policy.inputs["blockPublicPolicy"]) == ("mail.arn", True)
    (tls,) = json.loads(policy.inputs["policy"])["Statement"]
    assert tls == {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "secretsmanager:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    _, readers = json.loads(recorded(readers=[ROLE]).only(POLICY).inputs["policy"])["Statement"]
    assert readers == {
        "Sid": "ReadersOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "secretsmanager:GetSecretValue",
        # The copies get the same text, and an ARN would be the primary's.
        "Resource": "*",
        "Condition": {
            "ArnNotLike": {"aws:PrincipalArn": ROLE},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }


def test_value_is_secret_and_only_written() -> None:
    recording = record(lambda: Secret("mail", args(value="hidden")).version_id)
    version = recording.get(VERSION, "mail-v1")
    assert version.inputs == {"secretId": "mail.id", "secretStringWo": "hidden", "secretStringWoVersion": 1}
    assert version.secret_inputs == {"secretStringWo"}
    assert version.depends_on("mail-policy")
    assert recording.value(recording.result) == "mail-v1.versionId"
    assert "hidden" not in json.dumps(recording.outputs)


def test_new_value_is_a_new_version() -> None:
    version = recorded(value="new", value_version=2).only(VERSION)
    assert (version.name, version.inputs["secretStringWoVersion"]) == ("mail-v2", 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"description": ""}, "description: 0 characters; give 1 to 2048"),
        ({"value": ""}, "value: empty, which Secrets Manager does not take"),
        ({"value_version": 0}, "value_version: 0; count from 1"),
        ({"readers": ["*"]}, r"readers: '\*' is no role or user"),
        ({"readers": [f"arn:aws:iam::{ACCOUNT}:root"]}, "readers: .* is no role or user"),
        ({"region": "virginia"}, "region: 'virginia' is no region's name"),
        ({"replicas": {"europe": EU_KEY}}, "replicas: 'europe' is no region's name"),
        ({"replicas": {US: KEY}}, "replicas: us-east-1 is the secret's own region; leave it out"),
        ({"replicas": {EU: KEY}}, "replicas: .* is no key of eu-west-1; give the ARN of a key in that region"),
        ({"kms_key_arn": EU_KEY}, "kms_key_arn: .* is no key of us-east-1"),
        ({"kms_key_arn": "alias/main"}, "kms_key_arn: 'alias/main' is no key of us-east-1"),
        ({"recovery_days": 3}, "recovery_days: 3; give 7 to 30, or 0"),
        ({"recovery_days": 0}, "recovery_days: 0 deletes at once, against protect"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)


@pytest.mark.parametrize("name", ["a b", "x" * 505])
def test_name_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must be 1 to 504 letters"):
        record(lambda: Secret(name, args()))
