"""Buckets: what is registered, what is refused."""

import json
from typing import Any

import pulumi
import pytest

from components._iam import Statement
from components.bucket import (
    AccessLogBucket,
    AccessLogBucketArgs,
    Bucket,
    BucketArgs,
    ServerAccessLogs,
)
from tests.support.data import ACCOUNT, KEY
from tests.support.recorder import Recording, record

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


def args(**changes: Any) -> BucketArgs:
    return BucketArgs(**{"kms_key_arn": KEY, **changes})


def recorded(**changes: Any) -> Recording:
    return record(lambda: Bucket("files", args(**changes)))


def log_args(**changes: Any) -> AccessLogBucketArgs:
    return AccessLogBucketArgs(**{"account_id": ACCOUNT, "region": "us-east-1", **changes})


def logs(**changes: Any) -> Recording:
    return record(lambda: AccessLogBucket("logs", log_args(**changes)))


def statements(recording: Recording) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(recording.only(POLICY).inputs["policy"])["Statement"]
    return found


def rules(recording: Recording) -> dict[str, dict[str, Any]]:
    found = recording.only(LIFECYCLE).inputs["rules"]
    return {rule["id"]: {key: value for key, value in rule.items() if key != "id"} for rule in found}


def test_everything_that_is_registered() -> None:
    recording = recorded()
    assert {(r.type, r.name) for r in recording.resources} == {
        ("breakwater:bucket:Bucket", "files"),
        (BUCKET, "files"),
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "files-public-access"),
        ("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "files-ownership"),
        (ENCRYPTION, "files-encryption"),
        (VERSIONING, "files-versioning"),
        (LIFECYCLE, "files-lifecycle"),
        (POLICY, "files-policy"),
    }
    component = recording.get("breakwater:bucket:Bucket", "files")
    assert all(r.parent == component.urn for r in recording.resources if r.custom)
    assert {r.urn for r in recording.resources} == {
        r.urn for r in record(lambda: Bucket("files", args()), preview=True).resources
    }
    assert set(recording.outputs[component.urn]) == {"bucket_name", "arn", "regional_domain_name"}


def test_closed_to_the_public_and_to_acls() -> None:
    recording = recorded()
    assert recording.only("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs == {
        "bucket": "files.id",
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    ownership = recording.only("aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs
    assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    assert recording.only(POLICY).depends_on("files-public-access")


def test_protection() -> None:
    assert recorded().only(BUCKET).protect
    assert recorded().only(BUCKET).inputs == {"forceDestroy": False}
    scratch = recorded(protect=False, force_destroy=True).only(BUCKET)
    assert (scratch.protect, scratch.inputs) == (False, {"forceDestroy": True})


def test_encryption() -> None:
    (with_key,) = recorded().only(ENCRYPTION).inputs["rules"]
    assert with_key == {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
        "bucketKeyEnabled": True,
    }
    (without,) = recorded(kms_key_arn=None).only(ENCRYPTION).inputs["rules"]
    assert without == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}


def test_tls_only_after_the_given_statements() -> None:
    tls = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["files.arn", "files.arn/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    assert statements(recorded()) == [tls]

    def reader(arn: pulumi.Output[str]) -> list[Statement]:
        principals = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"}
        return [Statement(actions=["s3:GetObject"], resources=[pulumi.Output.concat(arn, "/*")], principals=principals)]

    assert statements(recorded(statements=reader)) == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"},
            "Action": "s3:GetObject",
            "Resource": "files.arn/*",
        },
        tls,
    ]


def test_lifecycle() -> None:
    assert recorded().only(VERSIONING).inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert recorded().only(LIFECYCLE).depends_on("files-versioning")
    everything = {"status": "Enabled", "filter": {"prefix": ""}}
    uploads = everything | {"abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}
    old = everything | {"noncurrentVersionExpiration": {"noncurrentDays": 90}}
    assert rules(recorded()) == {
        "unfinished-uploads": uploads,
        "old-versions": old | {"expiration": {"expiredObjectDeleteMarker": True}},
    }
    assert rules(recorded(expiration_days=400, infrequent_access_days=30)) == {
        "unfinished-uploads": uploads,
        "old-versions": old,
        "infrequent-access": everything | {"transitions": [{"days": 30, "storageClass": "STANDARD_IA"}]},
        "expiration": everything | {"expiration": {"days": 400}},
    }
    unversioned = recorded(versioning=False, abort_uploads_days=1)
    assert not unversioned.of(VERSIONING)
    assert rules(unversioned) == {
        "unfinished-uploads": everything | {"abortIncompleteMultipartUpload": {"daysAfterInitiation": 1}}
    }
    assert rules(recorded(noncurrent_expiration_days=5))["old-versions"]["noncurrentVersionExpiration"] == {
        "noncurrentDays": 5
    }


def test_server_access_logs() -> None:
    assert not recorded().of(LOGGING)
    logging = recorded(server_access_logs=ServerAccessLogs(bucket="logs", prefix="files")).only(LOGGING)
    assert logging.inputs == {"bucket": "files.id", "targetBucket": "logs", "targetPrefix": "files/"}


@pytest.mark.feature("L2")
def test_the_bucket_for_logs() -> None:
    recording = logs()
    assert {(r.type, r.name) for r in recording.resources if not r.custom} == {
        ("breakwater:bucket:AccessLogBucket", "logs"),
        ("breakwater:bucket:Bucket", "logs"),
    }
    # Load balancers cannot write to a bucket that KMS encrypts.
    (encryption,) = recording.only(ENCRYPTION).inputs["rules"]
    assert encryption == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    assert recording.only(BUCKET).protect
    assert rules(recording)["expiration"]["expiration"] == {"days": 90}
    assert rules(recording)["old-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 7}
    scratch = logs(protect=False, force_destroy=True, expiration_days=3, noncurrent_expiration_days=1)
    assert (scratch.only(BUCKET).protect, scratch.only(BUCKET).inputs) == (False, {"forceDestroy": True})
    assert rules(scratch)["expiration"]["expiration"] == {"days": 3}
    assert rules(scratch)["old-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 1}


@pytest.mark.feature("L2")
def test_who_may_deliver() -> None:
    delivery, tls = statements(logs())
    assert tls["Sid"] == "TlsOnly"
    assert delivery == {
        "Sid": "BalancerLogs",
        "Effect": "Allow",
        "Principal": {"Service": DELIVERY},
        "Action": "s3:PutObject",
        "Resource": [f"logs.arn/{prefix}/AWSLogs/{ACCOUNT}/*" for prefix in ("access", "connections")],
    }
    assert statements(logs(prefixes=["web"]))[0]["Resource"] == f"logs.arn/web/AWSLogs/{ACCOUNT}/*"
    assert statements(logs(source_conditions=True))[0]["Condition"] == {
        "ArnLike": {"aws:SourceArn": f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/*"},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }
    only_buckets = statements(logs(prefixes=(), server_access_prefixes=["files", "site"]))
    assert [s.get("Resource") for s in only_buckets[:-1]] == ["logs.arn/files/*", "logs.arn/site/*"]
    assert only_buckets[0]["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert only_buckets[0]["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noncurrent_expiration_days": 0}, "noncurrent_expiration_days: 0 days; S3 takes 1 or more"),
        ({"abort_uploads_days": 0}, "abort_uploads_days: 0 days"),
        ({"expiration_days": 0}, "expiration_days: 0 days"),
        ({"infrequent_access_days": 29}, "infrequent_access_days: 29 days; S3 takes 30 or more"),
        ({"infrequent_access_days": 30, "expiration_days": 30}, "expiration_days: 30 is not after"),
        ({"force_destroy": True}, "force_destroy: not together with protect"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prefixes": ()}, "prefixes: without one"),
        ({"prefixes": ["web", "web"]}, "prefixes: web is there twice"),
        ({"server_access_prefixes": ["access"]}, "prefixes: access is there twice"),
        ({"prefixes": ["AWSLogs"]}, "prefixes: 'AWSLogs' must be"),
        ({"prefixes": ["/web"]}, "prefixes: '/web' must be"),
        ({"server_access_prefixes": ["web/"]}, "server_access_prefixes: 'web/' must be"),
        ({"expiration_days": 0}, "expiration_days: 0 days"),
        ({"noncurrent_expiration_days": 0}, "noncurrent_expiration_days: 0 days"),
        ({"force_destroy": True}, "force_destroy: not together with protect"),
    ],
)
def test_refused_for_logs(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        log_args(**changes)


def test_refused_names_and_statements() -> None:
    with pytest.raises(ValueError, match="prefix: '' must be"):
        ServerAccessLogs(bucket="logs", prefix="")
    with pytest.raises(ValueError, match="use a name of at most 55 characters"):
        record(lambda: Bucket("x" * 56, args()))
    for principals, message in (({}, "names no principals"), ({"AWS": "*"}, "is allowed to everybody")):
        statement = Statement(actions=["s3:GetObject"], resources=["*"], principals=principals)
        with pytest.raises(ValueError, match=message):
            recorded(statements=lambda _, statement=statement: [statement])
