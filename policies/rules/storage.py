"""Buckets are closed to the public and to plain HTTP."""

from collections.abc import Iterable, Sequence

from ._model import UNKNOWN, Resource, StackRule, block, document, items, off

_BUCKET = "aws:s3/bucket:Bucket"
_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
_FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _public_access(resources: Sequence[Resource]) -> Iterable[tuple[str, str]]:
    blocked = frozenset[str]().union(*(r.refers("bucket") for r in resources if r.type == _BLOCK))
    for resource in resources:
        if resource.type == _BUCKET and resource.urn not in blocked:
            yield resource.urn, "no BucketPublicAccessBlock"
        elif resource.type == _BLOCK:
            for flag in _FLAGS:
                if off(resource.properties.get(flag)):
                    yield resource.urn, f"{flag} is not true"


def _tls_only(resources: Sequence[Resource]) -> Iterable[tuple[str, str]]:
    closed = set[str]()
    for resource in resources:
        if resource.type == _POLICY and _denies_http(resource.properties.get("policy")):
            closed |= resource.refers("bucket")
    for resource in resources:
        if resource.type == _BUCKET and resource.urn not in closed:
            yield resource.urn, "no bucket policy refuses requests without TLS"


def _denies_http(policy: object) -> bool:
    """Whether the policy refuses plain HTTP to everybody; where something is unknown, it may."""
    statements = UNKNOWN if policy == UNKNOWN else block(document(policy), "Statement")
    if statements == UNKNOWN:
        return True
    return any(
        block(statement, "Effect") in ("Deny", UNKNOWN)
        and block(statement, "Condition", "Bool", "aws:SecureTransport") in ("false", False, UNKNOWN)
        and block(statement, "Principal") in ("*", {"AWS": "*"}, {"AWS": UNKNOWN}, UNKNOWN)
        for statement in items(statements)
    )


RULES = (
    StackRule(
        name="bucket-blocks-public-access",
        description="Every bucket blocks public access by all four settings.",
        remedy="Declare s3.BucketPublicAccessBlock for it with all four settings true.",
        controls=("S3.8",),
        check=_public_access,
    ),
    StackRule(
        name="bucket-requires-tls",
        description="Every bucket refuses requests without TLS.",
        remedy="Deny s3:* to everybody where aws:SecureTransport is false, in its s3.BucketPolicy.",
        controls=("S3.5",),
        check=_tls_only,
    ),
)
