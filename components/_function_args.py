"""The arguments of Lambda functions, and what Lambda would refuse of them; makes no resource."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi

from components._containers import check_image, ecr_repository_arn
from components._iam import Statement
from components._task_args import Connection
from components.alarms import AlarmTarget
from components.flow_log import check_retention
from components.key import Keys

# Lambda API: CreateFunction, PutFunctionEventInvokeConfig; Lambda Developer Guide, quotas.
TIMEOUT_MAX_SECONDS = 900
MEMORY_MIN, MEMORY_MAX = 128, 10_240
ENVIRONMENT_MAX_BYTES = 4_096
RETRIES_MAX = 2
EVENT_AGE_MIN, EVENT_AGE_MAX = 60, 21_600
SUBNETS_MAX = 16

LogLevel = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
LOG_LEVELS: tuple[LogLevel, ...] = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
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


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionNetwork:
    """The network that a function is connected to; all it sends then goes through it."""

    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets, one per zone, 1 to 16."""
    connects: Mapping[str, Connection] = field(default_factory=dict)
    """Name -> resource it connects to, besides HTTPS to anywhere; default none."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.subnet_ids) <= SUBNETS_MAX:
            raise ValueError(f"subnet_ids: {len(self.subnet_ids)} subnets; Lambda takes 1 to {SUBNETS_MAX}")


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionArgs:
    """What runs, how much of it at once, and what it may reach."""

    code: ImageCode | ZipCode
    """What runs. Nothing is built or uploaded here: the image or the archive must exist."""
    region: str
    """Region, such as us-east-1."""
    account_id: pulumi.Input[str]
    """Account of the function."""
    keys: Keys
    """The region's keys: of the log group, the environment, the secrets, the dead letters."""
    alarms: AlarmTarget
    """Where its alarms go."""
    concurrency: int
    """Executions reserved, and the most there can be at once, at least 1. It bounds what the function can do to those
    it calls; of the account's 1,000 in a region 100 must stay unreserved."""
    timeout_seconds: int = 25
    """Seconds until an execution is stopped, 1 to 900; default 25, within the 30 that an HTTP API waits."""
    memory: int = 512
    """MiB, 128 to 10240; CPU comes with it, a vCPU for each 1769. Default 512."""
    architecture: Literal["ARM64", "X86_64"] = "ARM64"
    """CPU architecture the code was built for; default ARM64, the cheaper."""
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variable -> value, 4 KB in all; encrypted with the key of data. Nothing secret. Default none."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variable -> ARN of a secret. The variable holds the ARN, and the function may read the value. Default none."""
    statements: Sequence[Statement] = ()
    """What the program may do in AWS; default nothing."""
    network: FunctionNetwork | None = None
    """Network it is connected to; default none."""
    retries: int = 2
    """Further attempts of an asynchronous invocation that failed, 0 to 2; default 2."""
    event_age_seconds: int = 21_600
    """Seconds after which an asynchronous event is given up, 60 to 21600; default 21600 (6 hours)."""
    log_level: LogLevel = "INFO"
    """Least level of the program's log lines that are kept, TRACE to FATAL; default INFO."""
    log_retention_days: int = 30
    """Days the log is kept; default 30."""
    error_percent: float = 5.0
    """Percent of invocations that end in errors, above which an alarm rings; default 5."""
    protect: bool = True
    """Refuse to delete the queue of dead letters."""

    def __post_init__(self) -> None:
        if not _REGION.fullmatch(self.region):
            raise ValueError(f"region: {self.region!r} is no region's name; write it as us-east-1")
        if isinstance(self.code, ImageCode) and f".ecr.{self.region}." not in self.code.image:
            raise ValueError(
                f"code: {self.code.image!r} is not in {self.region}; Lambda pulls from its own region only"
            )
        check_limits(self.timeout_seconds, self.memory, self.concurrency)
        if self.architecture not in ("ARM64", "X86_64"):
            raise ValueError(f"architecture: {self.architecture!r} is not one of ARM64, X86_64")
        check_environment(self.environment, self.secrets)
        if not 0 <= self.retries <= RETRIES_MAX:
            raise ValueError(f"retries: {self.retries}; Lambda takes 0 to {RETRIES_MAX}")
        if not EVENT_AGE_MIN <= self.event_age_seconds <= EVENT_AGE_MAX:
            raise ValueError(f"event_age_seconds: {self.event_age_seconds} s; give {EVENT_AGE_MIN} to {EVENT_AGE_MAX}")
        if self.log_level not in LOG_LEVELS:
            raise ValueError(f"log_level: {self.log_level!r} is not one of {', '.join(LOG_LEVELS)}")
        if not 0 < self.error_percent < 100:
            raise ValueError(f"error_percent: {self.error_percent:g}; give more than 0 and less than 100")
        check_retention("log_retention_days", self.log_retention_days)


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
