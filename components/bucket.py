"""Private buckets: the general one, and the one that load balancers and other buckets deliver their logs to.

Children: Bucket: the bucket, its public access block, ownership, encryption, versioning, lifecycle, policy and, by
choice, server access logging. AccessLogBucket: a Bucket whose policy lets log delivery write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components._bucket_args import BucketArgs, ServerAccessLogs, check_days, check_prefix
from components._bucket_parts import create_bucket, create_policy
from components._iam import Statement, Values
from components._names import check_auto_name

__all__ = [
    "ACCESS_LOGS_PREFIX",
    "CONNECTION_LOGS_PREFIX",
    "AccessLogBucket",
    "AccessLogBucketArgs",
    "Bucket",
    "BucketArgs",
    "ServerAccessLogs",
]

# Longest physical name, characters: S3 API.
NAME_MAX = 63

# Where a balancer's `access_logs` and `connection_logs` go in an AccessLogBucket.
ACCESS_LOGS_PREFIX = "access"
CONNECTION_LOGS_PREFIX = "connections"

# Elastic Load Balancing's principal for logs of application load balancers, in every region. The accounts of Elastic
# Load Balancing, another one in each region, are the legacy way of regions that were there before August 2022.
_BALANCER_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"
_SERVER_DELIVERY = "logging.s3.amazonaws.com"


class Bucket(pulumi.ComponentResource):
    """A bucket closed to the public, to ACLs and to plain HTTP.

    By itself it costs nothing; S3 bills storage and requests.
    """

    bucket_name: pulumi.Output[str]
    """Comes from the policy: what uses it waits until the policy is in place."""
    arn: pulumi.Output[str]
    regional_domain_name: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_auto_name(name, NAME_MAX, "the bucket")
        super().__init__("breakwater:bucket:Bucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket, block = create_bucket(name, args, child)
        statements = args.statements(bucket.arn) if args.statements is not None else ()
        self.bucket_name = create_policy(name, bucket, block, statements, child).bucket
        self.arn = bucket.arn
        self.regional_domain_name = bucket.bucket_regional_domain_name
        self.register_outputs(
            {
                "bucket_name": self.bucket_name,
                "arn": self.arn,
                "regional_domain_name": self.regional_domain_name,
            }
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessLogBucketArgs:
    """Whose logs a bucket takes, and for how long it keeps them."""

    account_id: pulumi.Input[str]
    """Account of the load balancers and buckets that are logged."""
    region: str
    """Region of the bucket, and so of those that deliver to it."""
    prefixes: Sequence[str] = (ACCESS_LOGS_PREFIX, CONNECTION_LOGS_PREFIX)
    """Prefixes of the balancers' logs; default access and connections."""
    source_conditions: bool = False
    """Whether balancers' deliveries must name one of the account's balancers as their source; default no, because
    load balancers have been refused with it: try it on a stack that may fail."""
    server_access_prefixes: Sequence[str] = ()
    """Prefixes of server access logs, one for each Bucket that is logged; default none."""
    expiration_days: int = 90
    """Days, 1 or more, that logs are kept; default 90."""
    noncurrent_expiration_days: int = 7
    """Days, 1 or more, that a log is kept after its deletion; default 7."""
    protect: bool = True
    """Whether Pulumi refuses to delete the bucket; default yes."""
    force_destroy: bool = False
    """Whether deleting the bucket deletes the logs; default no, and never with protect."""

    def __post_init__(self) -> None:
        for field, prefixes in (("prefixes", self.prefixes), ("server_access_prefixes", self.server_access_prefixes)):
            for prefix in prefixes:
                check_prefix(field, prefix)
        every = [*self.prefixes, *self.server_access_prefixes]
        if not every:
            raise ValueError("prefixes: without one, and without server_access_prefixes, nothing can deliver; give one")
        if twice := sorted({prefix for prefix in every if every.count(prefix) > 1}):
            raise ValueError(f"prefixes: {', '.join(twice)} is there twice; give each kind of log its own")
        check_days("expiration_days", self.expiration_days)
        check_days("noncurrent_expiration_days", self.noncurrent_expiration_days)
        if self.force_destroy and self.protect:
            raise ValueError("force_destroy: not together with protect; set protect=False or leave it out")


class AccessLogBucket(pulumi.ComponentResource):
    """A bucket for the logs of application load balancers and of other buckets.

    Encrypted by S3's own key: neither kind of delivery can write to a bucket that has a key of KMS. By itself it costs
    nothing; S3 bills storage and requests.
    """

    bucket_name: pulumi.Output[str]
    """Comes from the policy: a balancer that uses it waits until it may deliver."""
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: AccessLogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:bucket:AccessLogBucket", name, None, opts)
        bucket = Bucket(
            name,
            BucketArgs(
                kms_key_arn=None,
                statements=lambda arn: _deliveries(args, arn),
                expiration_days=args.expiration_days,
                noncurrent_expiration_days=args.noncurrent_expiration_days,
                protect=args.protect,
                force_destroy=args.force_destroy,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.bucket_name, self.arn = bucket.bucket_name, bucket.arn
        self.register_outputs({"bucket_name": self.bucket_name, "arn": self.arn})


def _deliveries(args: AccessLogBucketArgs, bucket_arn: pulumi.Output[str]) -> list[Statement]:
    found = []
    if args.prefixes:
        balancers = pulumi.Output.concat(
            f"arn:aws:elasticloadbalancing:{args.region}:", args.account_id, ":loadbalancer/*"
        )
        found.append(
            Statement(
                sid="BalancerLogs",
                principals={"Service": _BALANCER_DELIVERY},
                actions=["s3:PutObject"],
                # The account in the path is that of the balancer: it keeps other accounts' balancers out.
                resources=[
                    pulumi.Output.concat(bucket_arn, f"/{prefix}/AWSLogs/", args.account_id, "/*")
                    for prefix in args.prefixes
                ],
                conditions=_from(args.account_id, balancers) if args.source_conditions else None,
            )
        )
    found += [
        Statement(
            principals={"Service": _SERVER_DELIVERY},
            actions=["s3:PutObject"],
            resources=[pulumi.Output.concat(bucket_arn, f"/{prefix}/*")],
            conditions=_from(args.account_id, "arn:aws:s3:::*"),
        )
        for prefix in args.server_access_prefixes
    ]
    return found


def _from(account_id: pulumi.Input[str], source_arn: pulumi.Input[str]) -> Mapping[str, Mapping[str, Values]]:
    return {"ArnLike": {"aws:SourceArn": source_arn}, "StringEquals": {"aws:SourceAccount": account_id}}
