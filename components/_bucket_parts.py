"""A private bucket in two steps: the bucket with its settings, and its policy, which may name what comes in between."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import s3

from components._bucket_args import BucketArgs, check_statements
from components._iam import Statement, policy_document


def create_bucket(
    name: str, args: BucketArgs, child: pulumi.ResourceOptions
) -> tuple[s3.Bucket, s3.BucketPublicAccessBlock]:
    """The bucket with all its settings but the policy, and the public access block, which the policy comes after."""
    bucket = s3.Bucket(
        name,
        force_destroy=args.force_destroy,
        opts=_with(child, protect=args.protect),
    )
    block = s3.BucketPublicAccessBlock(
        f"{name}-public-access",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket.id,
        rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=child,
    )
    _create_encryption(name, args.kms_key_arn, bucket, child)
    versioning = _create_versioning(name, bucket, child) if args.versioning else None
    s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=bucket.id,
        rules=_rules(args),
        # The provider asks that versioning be on before there are rules for old versions.
        opts=_with(child, depends_on=[versioning]) if versioning else child,
    )
    if args.server_access_logs is not None:
        s3.BucketLogging(
            f"{name}-logging",
            bucket=bucket.id,
            target_bucket=args.server_access_logs.bucket,
            target_prefix=f"{args.server_access_logs.prefix}/",
            opts=child,
        )
    return bucket, block


def create_policy(
    name: str,
    bucket: s3.Bucket,
    block: s3.BucketPublicAccessBlock,
    statements: Sequence[Statement],
    child: pulumi.ResourceOptions,
) -> s3.BucketPolicy:
    """The statements, and that there is no access without TLS."""
    check_statements(statements)
    return s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.id,
        policy=policy_document([*statements, _tls_only(bucket.arn)]),
        # S3 refuses both at once (OperationAborted).
        opts=_with(child, depends_on=[block]),
    )


def _create_encryption(
    name: str, key: pulumi.Input[str] | None, bucket: s3.Bucket, child: pulumi.ResourceOptions
) -> None:
    by_default = s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="AES256" if key is None else "aws:kms", kms_master_key_id=key
    )
    s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.id,
        rules=[
            s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=by_default,
                # One request to KMS per bucket and while, not one per object.
                bucket_key_enabled=None if key is None else True,
            )
        ],
        opts=child,
    )


def _create_versioning(name: str, bucket: s3.Bucket, child: pulumi.ResourceOptions) -> s3.BucketVersioning:
    return s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket.id,
        versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=child,
    )


def _rules(args: BucketArgs) -> list[s3.BucketLifecycleConfigurationRuleArgs]:
    def rule(
        role: str,
        *,
        expiration: s3.BucketLifecycleConfigurationRuleExpirationArgs | None = None,
        transitions: list[s3.BucketLifecycleConfigurationRuleTransitionArgs] | None = None,
        old: s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs | None = None,
        uploads: s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs | None = None,
    ) -> s3.BucketLifecycleConfigurationRuleArgs:
        return s3.BucketLifecycleConfigurationRuleArgs(
            id=role,
            status="Enabled",
            # All objects.
            filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
            expiration=expiration,
            transitions=transitions,
            noncurrent_version_expiration=old,
            abort_incomplete_multipart_upload=uploads,
        )

    rules = [
        rule(
            "unfinished-uploads",
            uploads=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=args.abort_uploads_days
            ),
        )
    ]
    if args.versioning:
        rules.append(
            rule(
                "old-versions",
                # Lone delete markers; an expiration in days clears them away by itself.
                expiration=None
                if args.expiration_days
                else s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
                old=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                    noncurrent_days=args.noncurrent_expiration_days
                ),
            )
        )
    if args.infrequent_access_days:
        transition = s3.BucketLifecycleConfigurationRuleTransitionArgs(
            days=args.infrequent_access_days, storage_class="STANDARD_IA"
        )
        rules.append(rule("infrequent-access", transitions=[transition]))
    if args.expiration_days:
        days = s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.expiration_days)
        rules.append(rule("expiration", expiration=days))
    return rules


def _tls_only(bucket_arn: pulumi.Output[str]) -> Statement:
    return Statement(
        sid="TlsOnly",
        effect="Deny",
        principals={"*": "*"},
        actions=["s3:*"],
        resources=[bucket_arn, pulumi.Output.concat(bucket_arn, "/*")],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def _with(child: pulumi.ResourceOptions, **more: object) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(**more))  # type: ignore[arg-type]
