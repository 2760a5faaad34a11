"""What Lambda takes as code, limits and variables of a function; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components._containers import check_image, ecr_repository_arn

# Lambda API, CreateFunction; Lambda Developer Guide, quotas.
TIMEOUT_MAX_SECONDS = 900
MEMORY_MIN, MEMORY_MAX = 128, 10_240
ENVIRONMENT_MAX_BYTES = 4_096

_RUNTIME = re.compile(r"(nodejs|python|java|dotnet|ruby|provided)[a-z0-9.]*")
_HANDLER = re.compile(r"[^\s]{1,128}")
_VARIABLE = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
_BUCKET = re.compile(r"[0-9A-Za-z._-]{3,63}")
_SECRET = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^:]+")

# What the runtime sets itself (Lambda Developer Guide, reserved environment variables); begins with AWS_ or is one of:
_RESERVED = ("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR")


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageCode:
    """A container image that Lambda's runtime interface is built into."""

    image: str
    """Image in ECR, in the function's region, pinned by digest. Its repository must let Lambda pull it
    (`ImageRepositoryArgs.lambda_functions`)."""
    command: Sequence[str] = ()
    """Words that replace the image's own command; default none."""

    def __post_init__(self) -> None:
        check_image(self.image)
        if ecr_repository_arn(self.image) is None:
            raise ValueError(
                f"image: {self.image!r} is not in ECR, from where alone Lambda takes images; copy it there"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ZipCode:
    """A zip archive in S3, in one of its versions."""

    bucket: pulumi.Input[str]
    """Bucket in the function's region, with versions kept."""
    key: str
    """Key of the archive."""
    version: str
    """Id of the object's version: another one is another deployment."""
    runtime: str
    """Runtime of Lambda, such as python3.13 or provided.al2023."""
    handler: str
    """Entry point in the archive, such as app.handler."""

    def __post_init__(self) -> None:
        if isinstance(self.bucket, str) and not _BUCKET.fullmatch(self.bucket):
            raise ValueError(f"bucket: {self.bucket!r} is no name of a bucket")
        if not 1 <= len(self.key.encode()) <= 1_024:
            raise ValueError(f"key: {len(self.key.encode())} bytes; S3 takes 1 to 1024")
        if not self.version or self.version == "null":
            raise ValueError("version: the bucket must keep versions, and each deployment names one; give its id")
        if not _RUNTIME.fullmatch(self.runtime):
            raise ValueError(f"runtime: {self.runtime!r} is no runtime of Lambda; write it as python3.13")
        if not _HANDLER.fullmatch(self.handler):
            raise ValueError(f"handler: {self.handler!r} must be 1 to 128 characters without spaces, as app.handler")


def check_limits(timeout_seconds: int, memory: int, concurrency: int) -> None:
    """Refuse what Lambda does not sell."""
    if not 1 <= timeout_seconds <= TIMEOUT_MAX_SECONDS:
        raise ValueError(f"timeout_seconds: {timeout_seconds} s; Lambda takes 1 to {TIMEOUT_MAX_SECONDS}")
    if not MEMORY_MIN <= memory <= MEMORY_MAX:
        raise ValueError(f"memory: {memory} MiB; Lambda takes {MEMORY_MIN} to {MEMORY_MAX}")
    if concurrency < 1:
        raise ValueError(f"concurrency: {concurrency}; at least 1 is needed, 0 would switch the function off")


def check_environment(environment: Mapping[str, pulumi.Input[str]], secrets: Mapping[str, pulumi.Input[str]]) -> None:
    """Refuse names that Lambda keeps for itself, values that are too long together, and secrets that are none."""
    for name in (*environment, *secrets):
        if not _VARIABLE.fullmatch(name):
            raise ValueError(f"environment: {name!r} must be a letter, then letters, digits and _, two at least")
        if name.startswith("AWS_") or name in _RESERVED:
            raise ValueError(
                f"environment: {name} is set by Lambda itself; choose a name that does not begin with AWS_"
            )
    if both := sorted(set(environment) & set(secrets)):
        raise ValueError(f"secrets: {both[0]} is in environment too; give each variable once")
    size = sum(len(k.encode()) + len(v.encode()) for k, v in environment.items() if isinstance(v, str))
    if size > ENVIRONMENT_MAX_BYTES:
        raise ValueError(f"environment: {size} bytes of {ENVIRONMENT_MAX_BYTES}; put the values into a parameter")
    for name, arn in secrets.items():
        if isinstance(arn, str) and not _SECRET.fullmatch(arn):
            raise ValueError(f"secrets: {name} is no ARN of a secret; a value has no place here, put it in one")
