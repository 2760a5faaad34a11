"""From the settings to buckets, and what tasks need of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from components.key import Keys
from components.service_options import BucketNeed
from infra.environment import Access, bucket_variable
from infra.place import Place
from infra.settings.models import Container

# S3's part of the SDK takes a third of a second to load: only stacks with buckets do.
if TYPE_CHECKING:
    from components.bucket import Bucket
    from components.bucket_replication import BucketReplication


def create_bucket(key: str, at: Place, opts: pulumi.ResourceOptions) -> "Bucket":
    """A private bucket with the key of the stack's data."""
    from components.bucket import Bucket, BucketArgs

    bucket = at.settings.buckets[key]
    return Bucket(
        at.name(f"{key}-bucket"),
        BucketArgs(
            kms_key_arn=at.keys.data,
            noncurrent_expiration_days=bucket.noncurrent_expiration_days,
            expiration_days=bucket.expiration_days,
            infrequent_access_days=bucket.infrequent_access_days,
            protect=at.settings.protect,
            force_destroy=not at.settings.protect,
        ),
        opts=opts,
    )


def bucket_access(container: Container, buckets: Mapping[str, "Bucket"]) -> Access:
    """The names of the buckets that a container uses."""
    used = sorted({*container.reads, *container.writes})
    return Access(variables={bucket_variable(key): buckets[key].bucket_name for key in used})


def bucket_needs(container: Container, buckets: Mapping[str, "Bucket"], at: Place) -> dict[str, Any]:
    """Arguments of a task: which buckets it reads and writes."""

    def needs(keys: tuple[str, ...]) -> dict[str, BucketNeed]:
        return {key: BucketNeed(arn=buckets[key].arn, kms_key_arn=at.keys.data) for key in keys}

    return {"reads": needs(container.reads), "writes": needs(container.writes)}


def create_bucket_replication(
    key: str, source: Place, buckets: Mapping[str, "Bucket"], keys: Mapping[str, Keys], opts: pulumi.ResourceOptions
) -> "BucketReplication":
    """From one region to all others; `buckets` and `keys` are those of each region."""
    from components.bucket_replication import BucketReplication, BucketReplicationArgs, ReplicaBucket

    return BucketReplication(
        source.name(f"{key}-bucket-replication"),
        BucketReplicationArgs(
            bucket_name=buckets[source.region].bucket_name,
            bucket_arn=buckets[source.region].arn,
            kms_key_arn=keys[source.region].data,
            region=source.region,
            account_id=source.account_id,
            replicas={
                region: ReplicaBucket(arn=bucket.arn, kms_key_arn=keys[region].data)
                for region, bucket in buckets.items()
                if region != source.region
            },
            needs=list(buckets.values()),
        ),
        opts=opts,
    )
