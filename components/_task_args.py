"""What a task is made of: its arguments, checked before anything is created; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

import pulumi

from components._connections import Connection
from components._containers import (
    STOP_TIMEOUT_MAX,
    Image,
    check_fargate_size,
    check_health_command,
    check_image,
    check_stop_timeout,
    check_user,
    check_variables,
    check_volumes,
)
from components._iam import Statement
from components._needs import BucketNeed, reader_statements, writer_statements
from components.alarms import AlarmTarget
from components.flow_log import check_retention
from components.key import Keys

# Network configuration of ECS takes at most 16 subnets (ECS API reference, AwsVpcConfiguration).
SUBNETS_MAX = 16

_SECRET_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^:]+")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretVersion:
    """A secret, or one key of it, in a given version: a new version makes a new task definition and so deploys."""

    arn: pulumi.Input[str]
    """ARN of the secret."""
    json_key: str = ""
    """Key of a secret that is a JSON object; default the whole secret."""
    stage: str = ""
    """Staging label, such as AWSCURRENT: what has it at the start of each task. Default none; never with version_id."""
    version_id: pulumi.Input[str] = ""
    """Id of the version; default the current one at the start of each task."""

    def __post_init__(self) -> None:
        if self.stage and self.version_id != "":
            raise ValueError(f"stage: {self.stage} and a version_id name two versions; leave one of them out")

    @property
    def value_from(self) -> pulumi.Output[str]:
        """What a container definition names it by."""
        return pulumi.Output.concat(self.arn, ":", self.json_key, ":", self.stage, ":", self.version_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskArgs:
    """What runs, where, and what it may reach."""

    cluster_arn: pulumi.Input[str]
    """Cluster."""
    cluster_name: pulumi.Input[str]
    """Name of the same cluster."""
    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets, one per zone."""
    region: str
    """Region, such as us-east-1."""
    account_id: pulumi.Input[str]
    """Account; the roles can be assumed on its behalf only."""
    keys: Keys
    """The region's keys: of the log group, the secrets, the queues."""
    alarms: AlarmTarget
    """Where its alarms go."""
    image: Image
    """Image, pinned by digest: repository@sha256:…; or one that the deployment builds (`ImageBuild.image`)."""
    cpu: int
    """CPU units, 1024 to the vCPU; with memory a pair that Fargate offers."""
    memory: int
    """Memory, MiB."""
    architecture: Literal["ARM64", "X86_64"] = "ARM64"
    """CPU architecture the image was built for; default ARM64, the cheaper."""
    command: Sequence[str] = ()
    """Words of the command; default the image's own."""
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variable -> value; nothing secret."""
    secrets: Mapping[str, pulumi.Input[str] | SecretVersion] = field(default_factory=dict)
    """Variable -> ARN of a Secrets Manager secret, or a SecretVersion."""
    reads: Mapping[str, BucketNeed] = field(default_factory=dict)
    """Name -> bucket whose objects it may list and get; default none."""
    writes: Mapping[str, BucketNeed] = field(default_factory=dict)
    """Name -> bucket in which it may put and delete objects; default none."""
    statements: Sequence[Statement] = ()
    """What else the program may do in AWS; default nothing."""
    connects: Mapping[str, Connection] = field(default_factory=dict)
    """Name -> resource it connects to, besides HTTPS to anywhere."""
    dual_stack: bool = False
    """Whether its HTTPS goes to IPv6 addresses too; default no: the subnets have IPv4 only."""
    user: str = "1000:1000"
    """User and group in the container; never root."""
    writable_volumes: Mapping[str, str] = field(default_factory=dict)
    """Volume -> path. All else is read-only. The image must give the path to the user and declare it a VOLUME,
    or it belongs to root."""
    stop_timeout_seconds: int = STOP_TIMEOUT_MAX
    """Seconds between SIGTERM and SIGKILL, 2 to 120; default 120, so that work in hand can end."""
    health_command: Sequence[str] = ()
    """Container health check, `CMD` and words or `CMD-SHELL` and one line."""
    log_retention_days: int = 30
    """Days the log is kept; default 30."""

    def __post_init__(self) -> None:
        if not _REGION.fullmatch(self.region):
            raise ValueError(f"region: {self.region!r} is no region's name; write it as us-east-1")
        if not 1 <= len(self.subnet_ids) <= SUBNETS_MAX:
            raise ValueError(f"subnet_ids: {len(self.subnet_ids)} subnets; ECS takes 1 to {SUBNETS_MAX}")
        if self.architecture not in ("ARM64", "X86_64"):
            raise ValueError(f"architecture: {self.architecture!r} is not one of ARM64, X86_64")
        check_fargate_size(self.cpu, self.memory)
        check_image(self.image)
        check_variables(self.environment, self.secrets)
        for name, secret in self.secrets.items():
            arn = secret.arn if isinstance(secret, SecretVersion) else secret
            if isinstance(arn, str) and not _SECRET_ARN.fullmatch(arn):
                raise ValueError(f"secrets: {name} is no ARN of a secret; a value has no place here, put it in one")
        check_user(self.user)
        check_volumes(self.writable_volumes)
        check_stop_timeout(self.stop_timeout_seconds)
        check_health_command(self.health_command)
        check_retention("log_retention_days", self.log_retention_days)

    def role_statements(self) -> list[Statement]:
        """All that the task role allows, resource by resource."""
        return [
            *reader_statements(self.reads, self.region),
            *writer_statements(self.writes, self.region),
            *self.statements,
        ]


def with_additions(
    args: TaskArgs,
    *,
    environment: Mapping[str, pulumi.Input[str]] | None = None,
    statements: Sequence[Statement] = (),
    writable_volumes: Mapping[str, str] | None = None,
) -> TaskArgs:
    """The task's part of `args`, with variables, permissions and volumes that its owner adds."""
    values = {member.name: getattr(args, member.name) for member in fields(TaskArgs)}
    values["environment"] = {**args.environment, **(environment or {})}
    values["statements"] = [*args.statements, *statements]
    values["writable_volumes"] = {**args.writable_volumes, **(writable_volumes or {})}
    return TaskArgs(**values)
