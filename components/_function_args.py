"""The arguments of Lambda functions, and what Lambda would refuse of them; makes no resource."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi

from components._connections import Connection
from components._function_rules import ImageCode, ZipCode, check_environment, check_limits
from components._iam import Statement
from components.alarms import AlarmTarget
from components.flow_log import check_retention
from components.key import Keys

# Lambda API: PutFunctionEventInvokeConfig, VpcConfig.
RETRIES_MAX = 2
EVENT_AGE_MIN, EVENT_AGE_MAX = 60, 21_600
SUBNETS_MAX = 16

LogLevel = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
LOG_LEVELS: tuple[LogLevel, ...] = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")


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
