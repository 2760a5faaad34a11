"""Buckets and their settings."""

import json
from typing import Any

from pulumi_aws import s3

from tests.simulator.support import ACCOUNT, EU, Simulate, Where, tags_of

KEY = f"arn:aws:kms:{EU}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"
BUCKET = "aws:s3/bucket:Bucket"


def test_a_bucket(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        s3.Bucket("Logs", force_destroy=True, tags={"Name": "logs"}, opts=on.eu)
        s3.Bucket("here", bucket="breakwater-here", opts=on.us)

    world = simulate(program)
    found = world.get(BUCKET, "Logs")
    # Names are lower case, whatever the logical name.
    assert found.id == found.outputs["bucket"]
    assert found.id.startswith("logs-")
    assert found.outputs["arn"] == f"arn:aws:s3:::{found.id}"
    assert found.outputs["bucketRegionalDomainName"] == f"{found.id}.s3.{EU}.amazonaws.com"
    client = world.client("s3")
    assert {b["Name"] for b in client.list_buckets()["Buckets"]} == {found.id, "breakwater-here"}
    assert client.get_bucket_location(Bucket=found.id)["LocationConstraint"] == EU
    assert client.get_bucket_location(Bucket="breakwater-here")["LocationConstraint"] is None
    assert tags_of(client.get_bucket_tagging(Bucket=found.id)["TagSet"]) == {"Name": "logs", "owner": "tests"}


def test_its_settings(simulate: Simulate) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def program(on: Where) -> None:
        bucket = s3.Bucket("data", bucket="breakwater-data", opts=on.eu)
        given: dict[str, Any] = {"bucket": bucket.id, "opts": on.eu}
        s3.BucketPublicAccessBlock("data", block_public_acls=True, block_public_policy=True, **given)
        s3.BucketPolicy("data", policy=policy, **given)
        s3.BucketVersioning("data", versioning_configuration={"status": "Enabled"}, **given)
        by_default = {"sse_algorithm": "aws:kms", "kms_master_key_id": KEY}
        s3.BucketServerSideEncryptionConfiguration(
            "data",
            rules=[{"apply_server_side_encryption_by_default": by_default, "bucket_key_enabled": True}],
            **given,
        )
        s3.BucketLifecycleConfiguration(
            "data",
            rules=[
                {"id": "parts", "status": "Enabled", "abort_incomplete_multipart_upload": {"days_after_initiation": 7}},
                {
                    "id": "old",
                    "status": "Enabled",
                    "filter": {"prefix": "logs/"},
                    "transitions": [{"days": 30, "storage_class": "STANDARD_IA"}],
                    "expiration": {"days": 365},
                    "noncurrent_version_expiration": {"noncurrent_days": 90},
                },
            ],
            **given,
        )
        s3.BucketOwnershipControls("data", rule={"object_ownership": "BucketOwnerEnforced"}, **given)

    world = simulate(program)
    client, name = world.client("s3"), {"Bucket": "breakwater-data"}
    block = client.get_public_access_block(**name)["PublicAccessBlockConfiguration"]
    assert block == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": False,
    }
    assert json.loads(client.get_bucket_policy(**name)["Policy"])["Statement"] == [statement]
    assert client.get_bucket_versioning(**name)["Status"] == "Enabled"
    (rule,) = client.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert rule["BucketKeyEnabled"] is True
    rules = {rule["ID"]: rule for rule in client.get_bucket_lifecycle_configuration(**name)["Rules"]}
    assert rules["parts"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert rules["old"]["Filter"] == {"Prefix": "logs/"}
    assert rules["old"]["Transitions"] == [{"Days": 30, "StorageClass": "STANDARD_IA"}]
    assert (rules["old"]["Expiration"], rules["old"]["NoncurrentVersionExpiration"]) == (
        {"Days": 365},
        {"NoncurrentDays": 90},
    )
    ownership = client.get_bucket_ownership_controls(**name)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    settings = [r for r in world.outcome.graph if r.type.startswith("aws:s3/") and r.type != BUCKET]
    assert len(settings) == 6
    assert {r.id for r in settings} == {"breakwater-data"}


def test_access_logs_and_a_bucket_that_was_never_versioned(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        bucket = s3.Bucket("data", bucket="breakwater-data", opts=on.us)
        logs = s3.Bucket("logs", bucket="breakwater-logs", opts=on.us)
        allow = {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::breakwater-logs/*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        delivery = s3.BucketPolicy("logs", bucket=logs.id, policy=policy, opts=on.us)
        s3.BucketLogging(
            "data",
            bucket=bucket.id,
            target_bucket=logs.id,
            target_prefix="data/",
            opts=on.after(on.us, delivery),
        )
        s3.BucketVersioning("data", bucket=bucket.id, versioning_configuration={"status": "Disabled"}, opts=on.us)

    world = simulate(program)
    client = world.client("s3")
    logging = client.get_bucket_logging(Bucket="breakwater-data")["LoggingEnabled"]
    assert (logging["TargetBucket"], logging["TargetPrefix"]) == ("breakwater-logs", "data/")
    assert "Status" not in client.get_bucket_versioning(Bucket="breakwater-data")
    assert world.only("aws:s3/bucketVersioning:BucketVersioning").id == "breakwater-data"


def test_what_is_refused(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        s3.Bucket("upper", bucket="Breakwater", opts=on.us)
        s3.Bucket("dots", bucket="break..water", opts=on.us)
        s3.Bucket("long-name-" + "x" * 50, opts=on.us)
        bucket = s3.Bucket("data", bucket="breakwater-data", opts=on.us)
        s3.Bucket("twice", bucket="breakwater-data", opts=on.eu)
        given: dict[str, Any] = {"bucket": bucket.id, "opts": on.us}
        s3.BucketPolicy("policy", policy="not json", **given)
        s3.BucketVersioning("status", versioning_configuration={"status": "On"}, **given)
        s3.BucketOwnershipControls("owner", rule={"object_ownership": "Mine"}, **given)
        s3.BucketPolicy("missing", bucket="breakwater-missing", policy="{}", opts=on.us)
        algorithm = {"apply_server_side_encryption_by_default": {"sse_algorithm": "ROT13"}}
        s3.BucketServerSideEncryptionConfiguration("algorithm", rules=[algorithm], **given)

    simulate(program, fails=True).assert_refused(
        {
            "upper": "InvalidBucketName",
            "dots": "InvalidBucketName",
            "long-name-" + "x" * 50: "AWS allows 63",
            "twice": "BucketAlready",
            "policy": "policy: not valid JSON",
            "status": "Status: 'On' is not one of Enabled, Suspended",
            "owner": "ObjectOwnership: 'Mine' is not one of",
            "missing": "NoSuchBucket",
            "algorithm": "SSEAlgorithm: 'ROT13' is not one of",
        }
    )
