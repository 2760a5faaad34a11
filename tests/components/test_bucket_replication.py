"""components.bucket_replication: copies of a bucket in other regions."""

import json
from typing import Any

import pytest

from components.bucket_replication import BucketReplication, BucketReplicationArgs, ReplicaBucket
from tests.support.data import ACCOUNT
from tests.support.recorder import Recording, record

pytestmark = pytest.mark.feature("S10")

SOURCE, CONFIG = "arn:aws:s3:::files-us", "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
EU = ReplicaBucket(arn="arn:aws:s3:::files-eu", kms_key_arn="key-eu")
WEST = ReplicaBucket(arn="arn:aws:s3:::files-west", kms_key_arn="key-west")


def arguments(**changes: Any) -> BucketReplicationArgs:
    return BucketReplicationArgs(
        **{
            "bucket_name": "files-us",
            "bucket_arn": SOURCE,
            "kms_key_arn": "key-us",
            "region": "us-east-1",
            "account_id": ACCOUNT,
            "replicas": {"us-west-2": WEST, "eu-west-1": EU},
            **changes,
        }
    )


@pytest.fixture(scope="module")
def replication() -> Recording:
    return record(lambda: BucketReplication("files", arguments()))


def test_registers_exactly(replication: Recording) -> None:
    assert replication.counts() == {"aws:iam/role:Role": 1, "aws:iam/rolePolicy:RolePolicy": 1, CONFIG: 1}
    assert replication.only(CONFIG).depends_on("files")


def test_everything_is_copied_and_encrypted_with_the_key_of_its_region(replication: Recording) -> None:
    inputs = replication.only(CONFIG).inputs
    assert (inputs["bucket"], inputs["role"]) == ("files-us", "files.arn")
    assert inputs["rules"] == [
        {
            "id": region,
            "status": "Enabled",
            "priority": priority,
            "filter": {"prefix": ""},
            "deleteMarkerReplication": {"status": "Enabled"},
            "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}},
            "destination": {"bucket": replica.arn, "encryptionConfiguration": {"replicaKmsKeyId": replica.kms_key_arn}},
        }
        for priority, (region, replica) in enumerate([("eu-west-1", EU), ("us-west-2", WEST)])
    ]


def test_s3_may_read_here_and_write_there_on_behalf_of_this_bucket(replication: Recording) -> None:
    trust = json.loads(replication.only("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "s3.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": SOURCE},
    }
    policy = json.loads(replication.only("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    assert [(s["Action"], s["Resource"], s.get("Condition")) for s in policy["Statement"]] == [
        (["s3:GetReplicationConfiguration", "s3:ListBucket"], SOURCE, None),
        (
            ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
            f"{SOURCE}/*",
            None,
        ),
        ("kms:Decrypt", "key-us", {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}),
        (
            ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
            [f"{EU.arn}/*", f"{WEST.arn}/*"],
            None,
        ),
        (
            ["kms:Encrypt", "kms:GenerateDataKey"],
            "key-eu",
            {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
        ),
        (
            ["kms:Encrypt", "kms:GenerateDataKey"],
            "key-west",
            {"StringEquals": {"kms:ViaService": "s3.us-west-2.amazonaws.com"}},
        ),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"replicas": {}}, "^replicas: no bucket takes copies"), ({"region": "eu-west-1"}, "^replicas: eu-west-1 is the")],
)
def test_arguments_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        arguments(**changes)


def test_a_long_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^name: .* a role"):
        record(lambda: BucketReplication("f" * 57, arguments()))
