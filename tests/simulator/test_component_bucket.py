"""The bucket components in the simulated AWS: what boto3 sees, and that a balancer may deliver."""

import json

import pulumi
import pytest
from pulumi_aws import ec2, lb

from components.bucket import (
    ACCESS_LOGS_PREFIX,
    CONNECTION_LOGS_PREFIX,
    AccessLogBucket,
    AccessLogBucketArgs,
    Bucket,
    BucketArgs,
    ServerAccessLogs,
)
from components.bucket_replication import BucketReplication, BucketReplicationArgs, ReplicaBucket
from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
KEY = f"arn:aws:kms:{EU}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"


@pytest.mark.feature("L2")
def test_deployed(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        delivery = AccessLogBucket(
            "logs",
            AccessLogBucketArgs(account_id=ACCOUNT, region=EU, server_access_prefixes=["files"]),
            opts=_providers(on.eu),
        )
        Bucket(
            "files",
            BucketArgs(
                kms_key_arn=KEY, server_access_logs=ServerAccessLogs(bucket=delivery.bucket_name, prefix="files")
            ),
            opts=_providers(on.eu),
        )
        network = ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.eu)
        gateway = ec2.InternetGateway("net", vpc_id=network.id, opts=on.eu)
        zones = {
            zone: ec2.Subnet(
                zone, vpc_id=network.id, cidr_block=f"10.0.{i}.0/24", availability_zone=f"{EU}{zone}", opts=on.eu
            )
            for i, zone in enumerate("ab")
        }
        lb.LoadBalancer(
            "web",
            subnets=[subnet.id for subnet in zones.values()],
            access_logs={"bucket": delivery.bucket_name, "prefix": ACCESS_LOGS_PREFIX, "enabled": True},
            connection_logs={"bucket": delivery.bucket_name, "prefix": CONNECTION_LOGS_PREFIX, "enabled": True},
            opts=on.after(on.eu, gateway),
        )

    world = simulate(program)
    client = world.client("s3", EU)
    files, taken = ({"Bucket": world.get(BUCKET, name).id} for name in ("files", "logs"))
    assert client.get_bucket_versioning(**files)["Status"] == "Enabled"
    assert all(client.get_public_access_block(**files)["PublicAccessBlockConfiguration"].values())
    (encryption,) = client.get_bucket_encryption(**files)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert encryption["BucketKeyEnabled"] is True
    (encryption,) = client.get_bucket_encryption(**taken)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    for bucket in (files, taken):
        ownership = client.get_bucket_ownership_controls(**bucket)["OwnershipControls"]["Rules"]
        assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert client.get_bucket_logging(**files)["LoggingEnabled"] == {
        "TargetBucket": taken["Bucket"],
        "TargetPrefix": "files/",
    }
    lifecycle = {rule["ID"]: rule for rule in client.get_bucket_lifecycle_configuration(**taken)["Rules"]}
    assert lifecycle["expiration"]["Expiration"]["Days"] == 90
    balancer, _, tls = json.loads(client.get_bucket_policy(**taken)["Policy"])["Statement"]
    arn = f"arn:aws:s3:::{taken['Bucket']}"
    assert balancer["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert balancer["Resource"] == [f"{arn}/{prefix}/AWSLogs/{ACCOUNT}/*" for prefix in ("access", "connections")]
    assert (tls["Effect"], tls["Principal"]) == ("Deny", "*")
    shown = world.client("elbv2", EU).describe_load_balancer_attributes(
        LoadBalancerArn=world.only("aws:lb/loadBalancer:LoadBalancer").id
    )
    attributes = {entry["Key"]: entry["Value"] for entry in shown["Attributes"]}
    assert attributes["access_logs.s3.bucket"] == attributes["connection_logs.s3.bucket"] == taken["Bucket"]
    # The balancer waits for the policy, without which AWS refuses it.
    balancer_node = world.only("aws:lb/loadBalancer:LoadBalancer")
    assert any(POLICY in urn for urn in balancer_node.dependencies)


def _providers(options: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    assert options.provider is not None
    return pulumi.ResourceOptions(providers=[options.provider])


def test_copies_in_another_region(simulate: Simulate) -> None:
    other = KEY.replace(EU, US)

    def program(on: Where) -> None:
        source = Bucket("files", BucketArgs(kms_key_arn=other), opts=_providers(on.us))
        replica = Bucket("copies", BucketArgs(kms_key_arn=KEY), opts=_providers(on.eu))
        BucketReplication(
            "files-replication",
            BucketReplicationArgs(
                bucket_name=source.bucket_name,
                bucket_arn=source.arn,
                kms_key_arn=other,
                region=US,
                account_id=ACCOUNT,
                replicas={EU: ReplicaBucket(arn=replica.arn, kms_key_arn=KEY)},
                needs=[source, replica],
            ),
            opts=_providers(on.us),
        )

    world = simulate(program)
    files, copies = (world.get(BUCKET, name) for name in ("files", "copies"))
    found = world.client("s3", US).get_bucket_replication(Bucket=files.id)["ReplicationConfiguration"]
    (rule,) = found["Rules"]
    assert found["Role"].startswith(f"arn:aws:iam::{ACCOUNT}:role/files-replication-")
    assert (rule["ID"], rule["Status"], rule["Priority"]) == (EU, "Enabled", 0)
    assert rule["Destination"]["Bucket"] == copies.outputs["arn"]
