"""What a program needs of buckets, and the statements that its task role gets for it; pure.

Each bucket has statements of its own; its key is used through S3 only, never directly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components._iam import Statement


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketNeed:
    """A bucket that a program uses."""

    arn: pulumi.Input[str]
    """The bucket."""
    kms_key_arn: pulumi.Input[str] | None
    """Key that encrypts what is in it; none: S3's own, which asks for no permission."""


def reader_statements(buckets: Mapping[str, BucketNeed], region: str) -> list[Statement]:
    """List a bucket, without which a missing object looks forbidden, and get its objects."""
    found: list[Statement] = []
    for name, bucket in sorted(buckets.items()):
        found += [
            _statement("List", name, ["s3:ListBucket"], [bucket.arn]),
            _statement("Read", name, ["s3:GetObject"], [_objects(bucket)]),
        ]
    return [*found, *_key_use("DecryptObjects", buckets, ["kms:Decrypt"], region)]


def writer_statements(buckets: Mapping[str, BucketNeed], region: str) -> list[Statement]:
    """Put and delete objects, in parts too; parts of an upload are decrypted when S3 joins them."""
    actions = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]
    return [
        *(_statement("Write", name, actions, [_objects(bucket)]) for name, bucket in sorted(buckets.items())),
        *_key_use("EncryptObjects", buckets, ["kms:Decrypt", "kms:GenerateDataKey"], region),
    ]


def _statement(verb: str, name: str, actions: Sequence[str], resources: Sequence[pulumi.Input[str]]) -> Statement:
    # A sid takes letters and digits only.
    sid = verb + "".join(part.capitalize() for part in name.replace("_", "-").split("-"))
    return Statement(sid=sid, actions=actions, resources=resources)


def _objects(bucket: BucketNeed) -> pulumi.Output[str]:
    return pulumi.Output.concat(bucket.arn, "/*")


def _key_use(sid: str, buckets: Mapping[str, BucketNeed], actions: Sequence[str], region: str) -> list[Statement]:
    """One statement for the keys of all, each key once."""
    keys: list[pulumi.Input[str]] = []
    for _, need in sorted(buckets.items()):
        key = need.kms_key_arn
        # Outputs are compared by identity: their values are not known yet.
        if key is not None and not any(key is known or (isinstance(key, str) and key == known) for known in keys):
            keys.append(key)
    if not keys:
        return []
    return [
        Statement(
            sid=sid,
            actions=actions,
            resources=keys,
            conditions={"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}},
        )
    ]
