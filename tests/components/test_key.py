"""The region's key: who may use it, and that it cannot be lost by accident."""

import json
from typing import Any

import pytest

from components.key import DataClass, Key, KeyArgs
from tests.support.recorder import Recording, record

KEY, REPLICA, ALIAS = "aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:kms/alias:Alias"
PRIMARY_ARN = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"


def recorded(**changes: Any) -> Recording:
    arguments: dict[str, Any] = {
        "encrypts": DataClass.MESSAGES,
        "description": "Messages in us-east-1",
        "account_id": "111122223333",
        "region": "us-east-1",
    }
    return record(lambda: Key("key", KeyArgs(**(arguments | changes))))


def statements(policy: str) -> dict[str, dict[str, Any]]:
    document = json.loads(policy)
    assert document["Version"] == "2012-10-17"
    return {statement["Sid"]: statement for statement in document["Statement"]}


@pytest.mark.feature("K1")
def test_a_primary_key() -> None:
    recording = recorded()
    assert recording.counts() == {KEY: 1, ALIAS: 1}
    key = recording.get(KEY, "key")
    policy = key.inputs.pop("policy")
    assert key.inputs == {
        "description": "Messages in us-east-1",
        "multiRegion": True,
        "enableKeyRotation": True,
        "deletionWindowInDays": 30,
    }
    assert key.protect
    assert set(statements(policy)) == {
        "Account", "Alarms", "DatabaseEvents", "Events", "TopicsToQueues", "EventsToQueues", "BusesLookUp", "Buses",
    }  # fmt: skip
    component = recording.get("breakwater:key:Key", "key")
    assert key.parent == component.urn
    assert set(recording.outputs[component.urn]) == {"arn", "key_id", "alias_name"}
    assert recording.value(recording.result.arn) == "key.arn"


@pytest.mark.feature("K1")
def test_a_replica_has_the_primarys_material_and_a_policy_of_its_own_region() -> None:
    recording = recorded(replica_of=PRIMARY_ARN, region="eu-west-1", encrypts=DataClass.LOGS)
    assert recording.counts() == {REPLICA: 1, ALIAS: 1}
    replica = recording.get(REPLICA, "key")
    policy = statements(replica.inputs.pop("policy"))
    assert replica.inputs == {
        "description": "Messages in us-east-1",
        "primaryKeyArn": PRIMARY_ARN,
        "deletionWindowInDays": 30,
    }
    assert replica.protect
    assert policy["Logs"]["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    assert "us-east-1" not in json.dumps(policy)


def test_the_alias_is_the_stacks_own_and_points_at_the_key() -> None:
    alias = recorded().get(ALIAS, "key")
    assert alias.inputs == {"name": "alias/test-unit-key", "targetKeyId": "key.keyId"}


@pytest.mark.parametrize("encrypts", [DataClass.MESSAGES, DataClass.LOGS])
def test_the_account_delegates_to_its_iam_policies(encrypts: DataClass) -> None:
    account = statements(recorded(encrypts=encrypts).only(KEY).inputs["policy"])["Account"]
    assert account == {
        "Sid": "Account",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*",
        "Resource": "*",
    }


def test_cloudwatch_logs_may_encrypt_this_accounts_log_groups_only() -> None:
    policy = statements(recorded(encrypts=DataClass.LOGS).only(KEY).inputs["policy"])
    assert set(policy) == {"Account", "Logs", "LogDelivery"}
    assert policy["LogDelivery"] == {
        "Sid": "LogDelivery",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringLike": {"kms:EncryptionContext:SourceArn": "arn:aws:logs:us-east-1:111122223333:*"}},
    }
    logs = policy["Logs"]
    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert logs["Action"] == ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    assert logs["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111122223333:log-group:*"}
    }


@pytest.mark.parametrize(
    ("sid", "service"),
    [
        ("Alarms", "cloudwatch.amazonaws.com"),
        ("DatabaseEvents", "events.rds.amazonaws.com"),
        ("Events", "events.amazonaws.com"),
    ],
)
def test_publishers_may_encrypt_for_this_accounts_topics_only(sid: str, service: str) -> None:
    assert statements(recorded().only(KEY).inputs["policy"])[sid] == {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": "arn:aws:sns:us-east-1:111122223333:*"}},
    }


@pytest.mark.feature("Q3")
@pytest.mark.parametrize(
    ("sid", "service"), [("TopicsToQueues", "sns.amazonaws.com"), ("EventsToQueues", "events.amazonaws.com")]
)
def test_topics_and_rules_may_encrypt_for_this_accounts_queues_only(sid: str, service: str) -> None:
    assert statements(recorded().only(KEY).inputs["policy"])[sid] == {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": "arn:aws:sqs:us-east-1:111122223333:*"}},
    }


@pytest.mark.feature("Q4")
def test_eventbridge_may_encrypt_this_accounts_buses_and_archives_only() -> None:
    policy = statements(recorded().only(KEY).inputs["policy"])
    bus = "arn:aws:events:us-east-1:111122223333:event-bus/*"
    assert policy["Buses"] == {
        "Sid": "Buses",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:events:event-bus:arn": bus}},
    }
    assert policy["BusesLookUp"]["Action"] == "kms:DescribeKey"


@pytest.mark.feature("K1")
@pytest.mark.parametrize(
    ("encrypts", "services"),
    [
        (DataClass.DATA, ["dynamodb", "ecr", "elasticache", "lambda", "rds", "s3"]),
        (DataClass.SECRETS, ["secretsmanager", "ssm"]),
    ],
)
def test_a_key_of_stores_is_used_through_them_only(encrypts: DataClass, services: list[str]) -> None:
    policy = statements(recorded(encrypts=encrypts).only(KEY).inputs["policy"])
    assert set(policy) == {"Administration", "Use", "Grants"}
    through = {"StringLike": {"kms:ViaService": [f"{service}.*.amazonaws.com" for service in services]}}
    assert policy["Use"]["Condition"] == through
    assert policy["Grants"]["Condition"] == {**through, "Bool": {"kms:GrantIsForAWSResource": "true"}}
    for statement in policy.values():
        assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    using = {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:CreateGrant", "kms:Create*"}
    assert not using & set(policy["Administration"]["Action"])
    assert {"kms:PutKeyPolicy", "kms:ReplicateKey", "kms:ScheduleKeyDeletion"} <= set(
        policy["Administration"]["Action"]
    )


@pytest.mark.parametrize("encrypts", list(DataClass))
def test_every_service_that_uses_the_key_has_a_condition(encrypts: DataClass) -> None:
    for statement in statements(recorded(encrypts=encrypts).only(KEY).inputs["policy"]).values():
        if "Service" in statement["Principal"] and statement["Action"] != "kms:DescribeKey":
            assert statement["Condition"]


def test_an_unprotected_key_of_a_development_stack() -> None:
    key = recorded(protect=False, deletion_window_days=7).only(KEY)
    assert not key.protect
    assert key.inputs["deletionWindowInDays"] == 7


@pytest.mark.parametrize("days", [6, 31])
def test_refuses_windows_that_kms_refuses(days: int) -> None:
    with pytest.raises(ValueError, match=rf"^deletion_window_days: {days}; KMS takes 7 to 30 days"):
        recorded(deletion_window_days=days)


@pytest.mark.parametrize("region", ["", "us-east", "us-east-1a", "US-EAST-1"])
def test_refuses_what_is_no_region(region: str) -> None:
    with pytest.raises(ValueError, match=r"^region: .*write it as us-east-1"):
        recorded(region=region)


@pytest.mark.parametrize("description", ["", "x" * 8193])
def test_refuses_descriptions_that_kms_refuses(description: str) -> None:
    with pytest.raises(ValueError, match=r"^description: .* 1 to 8192"):
        recorded(description=description)
