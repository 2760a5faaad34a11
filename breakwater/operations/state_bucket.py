"""The bucket of Pulumi's state: versions kept, encrypted, private, by TLS only.

Pulumi locks a stack with an object below .pulumi/locks/ while it writes; the bucket needs no setting for that.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from breakwater.operations.errors import OperationError, code
from breakwater.operations.identities import Owner
from breakwater.operations.plan import Step, settled

KIND = "S3 bucket"
TLS_ONLY, OLD_VERSIONS = "TlsOnly", "old-versions"
_OLD_VERSION_DAYS = 365
_META = ".pulumi/meta.yaml"
_ABSENT = {
    *("NoSuchBucketPolicy", "NoSuchLifecycleConfiguration", "NoSuchPublicAccessBlockConfiguration"),
    *("OwnershipControlsNotFoundError", "ServerSideEncryptionConfigurationNotFoundError", "NoSuchTagSet"),
    *("404", "NoSuchKey", "NotFound"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the bucket: how it reads, and how it is written."""

    name: str
    wanted: Any
    found: Callable[[], Any]
    write: Callable[[], object]
    holds: Callable[[Any, Any], bool] = lambda found, wanted: found == wanted


@dataclass(frozen=True, slots=True)
class StateBucket:
    """The bucket, and the file that tells Pulumi its layout."""

    s3: Any
    owner: Owner

    def look(self) -> Step:
        """Compare it with what there is."""
        name = self.owner.bucket
        if not self._exists():
            details = [f"in {self.owner.region}", *(_told(setting) for setting in self._settings())]
            return Step(kind=KIND, name=name, action="create", details=details, apply=self._create)
        wrong = [(s, found) for s in self._settings() if not s.holds(found := s.found(), s.wanted)]
        differences = [f"{setting.name}: {_shown(found)} → {_shown(setting.wanted)}" for setting, found in wrong]
        return settled(KIND, name, differences, lambda: _write([setting for setting, _ in wrong]))

    def _exists(self) -> bool:
        bucket, owner = self.owner.bucket, self.owner
        try:
            answer = self.s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=owner.account)
        except ClientError as error:
            if code(error) in ("404", "NoSuchBucket"):
                return False
            if code(error) in ("403", "AccessDenied", "Forbidden"):
                raise OperationError(
                    f"bucket {bucket}: belongs to another account, or whoever is signed in may not look at it "
                    f"(account {owner.account}); names are taken worldwide: choose another with --bucket"
                ) from error
            if code(error) in ("301", "PermanentRedirect"):
                raise OperationError(
                    f"bucket {bucket}: is not in {owner.region}; name its region with --region"
                ) from error
            raise
        region = answer.get("BucketRegion") or answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
        if region and region != owner.region:
            raise OperationError(f"bucket {bucket}: is in {region}, not in {owner.region}; pass --region {region}")
        return True

    def _create(self) -> None:
        place = {"LocationConstraint": self.owner.region}
        more = {} if self.owner.region == "us-east-1" else {"CreateBucketConfiguration": place}
        try:
            self.s3.create_bucket(Bucket=self.owner.bucket, ObjectOwnership="BucketOwnerEnforced", **more)
        except ClientError as error:
            if code(error) in ("BucketAlreadyExists", "OperationAborted"):
                raise OperationError(
                    f"bucket {self.owner.bucket}: the name is taken by another account; choose another with --bucket"
                ) from error
            raise
        _write([setting for setting in self._settings() if not setting.holds(setting.found(), setting.wanted)])

    def _settings(self) -> list[Setting]:
        at = {"Bucket": self.owner.bucket}
        block = dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
        )
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        s3 = self.s3
        return [
            Setting(
                "public access",
                block,
                lambda: _read(s3.get_public_access_block, at, "PublicAccessBlockConfiguration"),
                lambda: s3.put_public_access_block(**at, PublicAccessBlockConfiguration=block),
            ),
            Setting(
                "ownership",
                ownership,
                lambda: _read(s3.get_bucket_ownership_controls, at, "OwnershipControls"),
                lambda: s3.put_bucket_ownership_controls(**at, OwnershipControls=ownership),
            ),
            Setting(
                "versioning",
                "Enabled",
                lambda: _read(s3.get_bucket_versioning, at, "Status"),
                lambda: s3.put_bucket_versioning(**at, VersioningConfiguration={"Status": "Enabled"}),
            ),
            Setting(
                "encryption",
                "AES256, or KMS",
                lambda: _read(s3.get_bucket_encryption, at, "ServerSideEncryptionConfiguration"),
                lambda: s3.put_bucket_encryption(**at, ServerSideEncryptionConfiguration={"Rules": [rule]}),
                lambda found, _: bool(found),
            ),
            Setting(
                "layout",
                "version: 1",
                self._layout,
                lambda: s3.put_object(**at, Key=_META, Body=b"version: 1\n"),
                lambda found, _: bool(found),
            ),
            Setting(
                "policy",
                self._tls_only(),
                self._policy,
                lambda: s3.put_bucket_policy(**at, Policy=json.dumps(_with(self._policy(), self._tls_only(), "Sid"))),
                _has("Sid"),
            ),
            Setting(
                "lifecycle",
                _LIFECYCLE,
                self._lifecycle,
                lambda: s3.put_bucket_lifecycle_configuration(
                    **at, LifecycleConfiguration={"Rules": _with(self._lifecycle(), _LIFECYCLE, "ID")}
                ),
                _has("ID"),
            ),
            Setting(
                "tags",
                {"project": self.owner.project},
                self._tags,
                lambda: s3.put_bucket_tagging(
                    **at,
                    Tagging={
                        "TagSet": [
                            {"Key": key, "Value": value}
                            for key, value in ((self._tags() or {}) | {"project": self.owner.project}).items()
                        ]
                    },
                ),
                lambda found, wanted: bool(found) and wanted.items() <= found.items(),
            ),
        ]

    def _tls_only(self) -> dict[str, Any]:
        return {
            "Sid": TLS_ONLY,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [self.owner.bucket_arn, f"{self.owner.bucket_arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }

    def _policy(self) -> Any:
        found = _read(self.s3.get_bucket_policy, {"Bucket": self.owner.bucket}, "Policy")
        return json.loads(found) if found else None

    def _lifecycle(self) -> Any:
        return _read(self.s3.get_bucket_lifecycle_configuration, {"Bucket": self.owner.bucket}, "Rules")

    def _tags(self) -> dict[str, str] | None:
        found = _read(self.s3.get_bucket_tagging, {"Bucket": self.owner.bucket}, "TagSet")
        return {tag["Key"]: tag["Value"] for tag in found} if found else None

    def _layout(self) -> str | None:
        """What Pulumi writes into an empty bucket, and a role that only reads cannot; old layouts have no such file."""
        listed = self.s3.list_objects_v2(Bucket=self.owner.bucket, Prefix=".pulumi/", MaxKeys=1)
        return "there" if listed.get("KeyCount") else None


_LIFECYCLE: Mapping[str, Any] = {
    "ID": OLD_VERSIONS,
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": _OLD_VERSION_DAYS},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}


def _write(settings: Sequence[Setting]) -> None:
    for setting in settings:
        setting.write()


def _read(call: Callable[..., Any], at: Mapping[str, str], member: str) -> Any:
    """A setting of the bucket; None where there is none."""
    try:
        return call(**at).get(member)
    except ClientError as error:
        if code(error) in _ABSENT:
            return None
        raise


def _items(found: Any) -> list[Any]:
    return list(found["Statement"] if isinstance(found, dict) else found or [])


def _has(key: str) -> Callable[[Any, Any], bool]:
    """Whether ours is among what is there; what others have put beside it is theirs."""

    def has(found: Any, wanted: Mapping[str, Any]) -> bool:
        mine = next((item for item in _items(found) if item.get(key) == wanted[key]), None)
        return mine is not None and {k: mine.get(k) for k in wanted} == dict(wanted)

    return has


def _with(found: Any, wanted: Mapping[str, Any], key: str) -> Any:
    items = [item for item in _items(found) if item.get(key) != wanted[key]] + [dict(wanted)]
    return {"Version": "2012-10-17", **(found or {}), "Statement": items} if key == "Sid" else items


def _told(setting: Setting) -> str:
    return f"{setting.name}: {_shown(setting.wanted)}"


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if value and (isinstance(value, list) or (isinstance(value, Mapping) and "Statement" in value)):
        return f"{len(_items(value))} of others, or changed"
    if isinstance(value, Mapping) and value.get("Sid") == TLS_ONLY:
        return "TLS only"
    if isinstance(value, Mapping) and value.get("ID") == OLD_VERSIONS:
        return f"old versions kept {_OLD_VERSION_DAYS} days"
    if isinstance(value, Mapping) and "BlockPublicAcls" in value:
        return "all blocked" if all(value.values()) else f"open: {', '.join(k for k, v in value.items() if not v)}"
    if isinstance(value, Mapping) and "Rules" in value and "ObjectOwnership" in str(value):
        return str(value["Rules"][0]["ObjectOwnership"])
    if isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values()):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
