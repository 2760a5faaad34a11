"""Buckets and their settings."""

import re
from collections.abc import Callable
from typing import Any

from breakwater.simulator.aws import GLOBAL_REGION
from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._store import refuse
from breakwater.simulator.mapping import json_value, without

_NAME = re.compile(r"(?!xn--)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]")
"""General purpose buckets' rules, which the service model does not hold."""


def _bucket_id(c: Creation) -> str:
    owner = c.inputs.get("expectedBucketOwner")
    return f"{c.inputs['bucket']},{owner}" if owner else str(c.inputs["bucket"])


def _bucket(c: Creation) -> dict[str, Any]:
    name = c.inputs["bucket"]
    if not _NAME.fullmatch(name):
        raise refuse("s3:CreateBucket", "InvalidBucketName", f"The specified bucket is not valid: {name!r}")
    return {
        "CreateBucketConfiguration": None if c.region == GLOBAL_REGION else {"LocationConstraint": c.region},
        "ObjectLockEnabledForBucket": c.inputs.get("objectLockEnabled"),
    }


_BUCKET = Handler(
    type="aws:s3/bucket:Bucket",
    calls=(
        Call(
            operation="s3:CreateBucket",
            parameters=_bucket,
            consumes=frozenset({"objectLockEnabled", "tags"}),
        ),
        Call(
            operation="s3:PutBucketTagging",
            parameters=lambda c: {
                "Bucket": c.id,
                "Tagging": {"TagSet": [{"Key": k, "Value": v} for k, v in c.tags.items()]},
            },
            consumes=frozenset({"tags"}),
            when=lambda c: bool(c.tags),
        ),
    ),
    id=lambda c: str(c.inputs["bucket"]),
    outputs=lambda c: {
        "arn": f"arn:aws:s3:::{c.id}",
        "bucketDomainName": f"{c.id}.s3.amazonaws.com",
        "bucketRegion": c.region,
        "bucketRegionalDomainName": f"{c.id}.s3.{c.region}.amazonaws.com",
    },
    held={"forceDestroy": "the provider's own: whether it empties the bucket before it deletes it"},
)


def _setting(
    name: str,
    operation: str,
    reshape: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    **held: str,
) -> Handler:
    """A setting of a bucket that one call makes."""
    return Handler(
        type=f"aws:s3/{name[:1].lower()}{name[1:]}:{name}",
        calls=(Call(operation=f"s3:{operation}", reshape=reshape),),
        id=_bucket_id,
        held=held,
    )


def _inside(*path: str, keep: tuple[str, ...] = ("bucket", "expectedBucketOwner")) -> Callable[..., dict[str, Any]]:
    """Puts all inputs but `keep` into structures of these names, the first outermost."""

    def reshape(given: dict[str, Any]) -> dict[str, Any]:
        inner: dict[str, Any] = without(given, keep)
        for name in reversed(path):
            inner = {name: inner}
        return {k: v for k, v in given.items() if k in keep} | inner

    return reshape


def _access_block(given: dict[str, Any]) -> dict[str, Any]:
    names = ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")
    return _inside("publicAccessBlockConfiguration")(dict.fromkeys(names, False) | given)


def _policy(given: dict[str, Any]) -> dict[str, Any]:
    json_value(given["policy"], "policy")
    return given


def _ownership(given: dict[str, Any]) -> dict[str, Any]:
    return {"bucket": given["bucket"], "ownershipControls": {"rules": [given["rule"]]}}


def _lifecycle(given: dict[str, Any]) -> dict[str, Any]:
    keep = ("bucket", "expectedBucketOwner", "transitionDefaultMinimumObjectSize")
    whole = {"filter": {"prefix": ""}}
    rules = [rule if "prefix" in rule or rule.get("filter") else rule | whole for rule in given["rules"]]
    return _inside("lifecycleConfiguration", keep=keep)(given | {"rules": rules})


_VERSIONING = Handler(
    type="aws:s3/bucketVersioning:BucketVersioning",
    calls=(
        Call(
            operation="s3:PutBucketVersioning",
            # A bucket that was never versioned is left alone.
            when=lambda c: c.inputs["versioningConfiguration"]["status"] != "Disabled",
            consumes=frozenset(),
        ),
        Call(
            operation="s3:GetBucketVersioning",
            inputs=frozenset({"bucket", "expectedBucketOwner"}),
            consumes=frozenset({"versioningConfiguration", "mfa"}),
        ),
    ),
    id=_bucket_id,
)

HANDLERS = (
    _BUCKET,
    _VERSIONING,
    _setting("BucketPolicy", "PutBucketPolicy", _policy),
    _setting(
        "BucketPublicAccessBlock",
        "PutPublicAccessBlock",
        _access_block,
        skipDestroy="the provider's own: whether it leaves the setting behind",
    ),
    _setting(
        "BucketServerSideEncryptionConfiguration",
        "PutBucketEncryption",
        _inside("serverSideEncryptionConfiguration"),
    ),
    _setting(
        "BucketLifecycleConfiguration",
        "PutBucketLifecycleConfiguration",
        _lifecycle,
        timeouts="the provider's own: how long it waits",
    ),
    _setting("BucketOwnershipControls", "PutBucketOwnershipControls", _ownership),
    _setting("BucketLogging", "PutBucketLogging", _inside("bucketLoggingStatus", "loggingEnabled")),
    _setting(
        "BucketReplicationConfig",
        "PutBucketReplication",
        _inside("replicationConfiguration", keep=("bucket", "token")),
    ),
)
