"""Arguments of a bucket; refused here is what S3 would refuse later."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pulumi

from components._iam import Statement

# S3 moves nothing to STANDARD_IA earlier.
INFREQUENT_ACCESS_MIN_DAYS = 30

Statements: TypeAlias = Callable[[pulumi.Output[str]], Sequence[Statement]]
"""Statements of a bucket's policy, made from the bucket's ARN."""

_PREFIX = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerAccessLogs:
    """Where S3 writes down each request to a bucket."""

    bucket: pulumi.Input[str]
    """`bucket_name` of an AccessLogBucket in the same region."""
    prefix: str
    """One of its `server_access_prefixes`; a slash follows."""

    def __post_init__(self) -> None:
        check_prefix("prefix", self.prefix)


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketArgs:
    """How a Bucket is encrypted, who else may use it, and how long it keeps what."""

    kms_key_arn: pulumi.Input[str] | None
    """Key that encrypts the objects; none: S3's own (SSE-S3), where those who read or write can use no other."""
    statements: Statements | None = None
    """Makes further statements of the bucket's policy from its ARN; each names its principals. Default none."""
    versioning: bool = True
    """Whether S3 keeps what is overwritten or deleted; default yes. Switched off later, old versions stay."""
    noncurrent_expiration_days: int = 90
    """Days, 1 or more, that an old version is kept; default 90."""
    expiration_days: int | None = None
    """Days, 1 or more, after which an object is deleted; default never."""
    infrequent_access_days: int | None = None
    """Days, 30 or more, after which an object moves to STANDARD_IA; default never."""
    abort_uploads_days: int = 7
    """Days, 1 or more, after which an unfinished upload is dropped; default 7."""
    server_access_logs: ServerAccessLogs | None = None
    """Where requests are logged; default nowhere."""
    protect: bool = True
    """Whether Pulumi refuses to delete the bucket; default yes."""
    force_destroy: bool = False
    """Whether deleting the bucket deletes what is in it, old versions too; default no, and never with protect."""

    def __post_init__(self) -> None:
        check_days("noncurrent_expiration_days", self.noncurrent_expiration_days)
        check_days("abort_uploads_days", self.abort_uploads_days)
        if self.expiration_days is not None:
            check_days("expiration_days", self.expiration_days)
        if self.infrequent_access_days is not None:
            check_days("infrequent_access_days", self.infrequent_access_days, INFREQUENT_ACCESS_MIN_DAYS)
            if self.expiration_days is not None and self.expiration_days <= self.infrequent_access_days:
                raise ValueError(
                    f"expiration_days: {self.expiration_days} is not after infrequent_access_days "
                    f"({self.infrequent_access_days}), which S3 refuses; raise the former or leave the latter out"
                )
        if self.force_destroy and self.protect:
            raise ValueError("force_destroy: not together with protect; set protect=False or leave it out")


def check_days(field: str, days: int, least: int = 1) -> None:
    """Refuse ages that S3 lifecycle rules do not take."""
    if days < least:
        raise ValueError(f"{field}: {days} days; S3 takes {least} or more")


def check_prefix(field: str, prefix: str) -> None:
    """Refuse a prefix that is not plain names between slashes, or that holds AWSLogs, which load balancers refuse."""
    if not _PREFIX.fullmatch(prefix) or "AWSLogs" in prefix:
        raise ValueError(
            f"{field}: {prefix!r} must be names of letters, digits, dots, hyphens and underscores, with slashes only "
            "between them, and without AWSLogs, which AWS appends itself"
        )


def check_statements(statements: Sequence[Statement]) -> None:
    """Refuse statements that S3 does not take in a bucket's policy."""
    for statement in statements:
        actions = ", ".join(statement.actions)
        if not statement.principals:
            raise ValueError(f"statements: {actions} names no principals, which a bucket's policy must; name them")
        if statement.effect == "Allow" and "*" in (*statement.principals, *statement.principals.values()):
            raise ValueError(f"statements: {actions} is allowed to everybody; name the principals")
