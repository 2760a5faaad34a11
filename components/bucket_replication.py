"""Copies of a bucket in other regions: what is written to it from now on, and what is deleted.

Children: the role that S3 assumes, with its policy; the replication configuration of the source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, s3

from components._iam import Statement, policy_document, service_trust
from components._names import ROLE_MAX, check_auto_name


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplicaBucket:
    """A bucket that takes copies; versioning must be on, as it is in a Bucket."""

    arn: pulumi.Input[str]
    """The bucket."""
    kms_key_arn: pulumi.Input[str]
    """Key of the same region, which encrypts the copies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketReplicationArgs:
    """What is copied, and to where."""

    bucket_name: pulumi.Input[str]
    """Bucket that is copied; versioning must be on."""
    bucket_arn: pulumi.Input[str]
    """The same."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts what is in it."""
    region: str
    """Region of the bucket."""
    account_id: pulumi.Input[str]
    """Account of all the buckets."""
    replicas: Mapping[str, ReplicaBucket]
    """Region -> bucket that takes copies, at least one; not the bucket's own region."""
    needs: Sequence[pulumi.Resource] = ()
    """The buckets' components: S3 refuses replication until versioning is on in all of them. Default none."""

    def __post_init__(self) -> None:
        if not self.replicas:
            raise ValueError("replicas: no bucket takes copies; name one in another region, or replicate nothing")
        if self.region in self.replicas:
            raise ValueError(f"replicas: {self.region} is the region of the bucket itself; name others")


class BucketReplication(pulumi.ComponentResource):
    """Copies within minutes as a rule, without a promise of when; one way.

    Leaves out S3's promise of 15 minutes, which costs per GB, and what was there before: S3 Batch Replication copies
    that once. Costs S3's price of requests, storage and transfer between regions.
    """

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: BucketReplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:bucket_replication:BucketReplication", name, None, opts)
        check_auto_name(name, ROLE_MAX, "a role")
        child = pulumi.ResourceOptions(parent=self)
        trust = service_trust("s3.amazonaws.com", source_account=args.account_id, source_arn=args.bucket_arn)
        role = iam.Role(name, assume_role_policy=trust, opts=child)
        policy = iam.RolePolicy(name, role=role.name, policy=policy_document(_statements(args)), opts=child)
        replicas = enumerate(sorted(args.replicas.items()))
        s3.BucketReplicationConfig(
            name,
            bucket=args.bucket_name,
            role=role.arn,
            rules=[_rule(region, priority, replica) for priority, (region, replica) in replicas],
            # The first object may come at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, *args.needs]),
        )
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})


def _rule(region: str, priority: int, replica: ReplicaBucket) -> s3.BucketReplicationConfigRuleArgs:
    return s3.BucketReplicationConfigRuleArgs(
        id=region,
        status="Enabled",
        # Each rule needs its own; it decides only between rules with one destination.
        priority=priority,
        # All objects.
        filter=s3.BucketReplicationConfigRuleFilterArgs(prefix=""),
        delete_marker_replication=s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(status="Enabled"),
        # Without this S3 leaves out what a key of KMS encrypts.
        source_selection_criteria=s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
            sse_kms_encrypted_objects=s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(
                status="Enabled"
            )
        ),
        destination=s3.BucketReplicationConfigRuleDestinationArgs(
            bucket=replica.arn,
            encryption_configuration=s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                replica_kms_key_id=replica.kms_key_arn
            ),
        ),
    )


def _statements(args: BucketReplicationArgs) -> list[Statement]:
    """What S3 user guide lists for the replication of encrypted objects; labels go along."""
    found = [
        Statement(
            sid="ReadConfiguration",
            actions=["s3:GetReplicationConfiguration", "s3:ListBucket"],
            resources=[args.bucket_arn],
        ),
        Statement(
            sid="ReadObjects",
            actions=["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
            resources=[pulumi.Output.concat(args.bucket_arn, "/*")],
        ),
        Statement(
            sid="DecryptObjects",
            actions=["kms:Decrypt"],
            resources=[args.kms_key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"s3.{args.region}.amazonaws.com"}},
        ),
        Statement(
            sid="WriteCopies",
            actions=["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
            resources=[pulumi.Output.concat(replica.arn, "/*") for _, replica in sorted(args.replicas.items())],
        ),
    ]
    for region, replica in sorted(args.replicas.items()):
        found.append(
            Statement(
                actions=["kms:Encrypt", "kms:GenerateDataKey"],
                resources=[replica.kms_key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}},
            )
        )
    return found
