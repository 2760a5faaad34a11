"""Container definitions as ECS returns them, Fargate's sizes, what the address of an image says; pure.

AWS returns container definitions in a form of its own: sorted, with defaults filled in. A definition that is
sent in any other form shows as a change on every preview (pulumi-aws#4576), and each such change is a deployment.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import pulumi

# CPU units -> memory, MiB. AWS, ECS developer guide, "Task CPU and memory" for Fargate on Linux (read June 2023).
FARGATE_SIZES: Mapping[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}

# Fargate's limits, seconds (ECS API reference, ContainerDefinition).
STOP_TIMEOUT_MIN, STOP_TIMEOUT_MAX = 2, 120

# Without root or capabilities, Fargate lets no process listen below (containers-roadmap#1721).
LISTENING_PORTS = range(1024, 65536)

# Three failed checks, ten seconds apart, replace a container within half a minute; a slow start is no failure.
HEALTH_INTERVAL, HEALTH_TIMEOUT, HEALTH_RETRIES, HEALTH_START = 10, 5, 3, 60

# A sidecar that ended is started again, if it ran this long, seconds: 60 is the shortest that ECS takes. Exit code 0 is
# how it ends with its task.
RESTART_PERIOD, RESTART_NOT_AFTER = 60, (0,)

# Logs wait here while CloudWatch cannot be reached; AWS's default of 10m is soon full on a busy service.
LOG_BUFFER = "25m"

_IMAGE = re.compile(r"(?P<repository>[^@\s:]+(?::\d+/[^@\s:]+)?)(?::[\w][\w.-]{0,127})?@sha256:[0-9a-f]{64}")
_ECR = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?P<china>\.cn)?/(?P<name>.+)")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
# ECS API reference, PortMapping: also the alphabet of Service Connect's names.
_PORT_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Credentials come from the task role; ECS.8 of AWS's security standard refuses these names.
_FORBIDDEN_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA")


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltImage:
    """An image that the deployment itself builds: its digest is known only then."""

    reference: pulumi.Input[str]
    """Address, pinned by digest."""
    repository_arn: pulumi.Input[str]
    """ECR repository that holds it."""


Image: TypeAlias = str | BuiltImage
"""The address of an image, pinned by digest, or one that is built."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """One container of a task."""

    name: str
    """Name in the task; letters, digits, - and _."""
    image: Image
    """Address of the image, pinned by digest, or one that is built."""
    log_group: pulumi.Input[str]
    """Name of the log group."""
    region: str
    """Region of the log group."""
    command: Sequence[str] = ()
    """Words of the command; default the image's own."""
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variable -> value; nothing secret."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variable -> `valueFrom`, a secret's ARN with or without key and version."""
    port: int | None = None
    """TCP port it listens on, 1024 or more; default none."""
    port_name: str | None = None
    """Name of the port, by which Service Connect finds it; then the port speaks HTTP. Default none."""
    health_command: Sequence[str] = ()
    """`CMD` and words, or `CMD-SHELL` and one line; default no check."""
    user: str = "1000:1000"
    """User and group it runs as; never root."""
    writable_volumes: Mapping[str, str] = field(default_factory=dict)
    """Volume -> path in the container; all else is read-only."""
    stop_timeout_seconds: int = STOP_TIMEOUT_MAX
    """Seconds between SIGTERM and SIGKILL, 2 to 120; default 120."""
    sidecar: bool = False
    """Whether the task lives on without it; it is then started again where it ends. Default no."""
    cpu: int = 0
    """CPU units reserved of the task's; default 0, which beside one that reserves some is next to none."""
    memory: int | None = None
    """MiB of the task's memory above which it is killed; default none of its own."""
    depends_on: Mapping[str, Literal["START", "HEALTHY", "COMPLETE", "SUCCESS"]] = field(default_factory=dict)
    """Other container -> what it must have reached before this one starts; this one also stops before it."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"name: {self.name!r} may hold up to 255 letters, digits, hyphens and underscores only")
        check_image(self.image)
        check_variables(self.environment, self.secrets)
        check_health_command(self.health_command)
        check_user(self.user)
        check_volumes(self.writable_volumes)
        check_stop_timeout(self.stop_timeout_seconds)
        if self.port is not None:
            check_listening_port(self.port)
        if self.port_name is not None and (self.port is None or not _PORT_NAME.fullmatch(self.port_name)):
            raise ValueError(
                f"port_name: {self.port_name!r} must be up to 64 lower-case letters, digits, - and _, and needs a port"
            )


def container_definitions(containers: Sequence[Container]) -> pulumi.Output[str]:
    """The JSON text for a task definition, in AWS's own form."""
    if not containers:
        raise ValueError("containers: a task needs at least one container")
    names = [container.name for container in containers]
    for container in containers:
        if not set(container.depends_on) <= set(names) - {container.name}:
            raise ValueError(f"depends_on: {container.name} can wait for other containers of its task only")
    if len(set(names)) < len(names):
        raise ValueError(f"containers: two have one name, {', '.join(sorted(names))}; give each its own")
    rendered = [_rendered(container) for container in sorted(containers, key=lambda container: container.name)]
    return pulumi.Output.json_dumps(rendered, sort_keys=True, separators=(",", ":"))


def _rendered(container: Container) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "name": container.name,
        "image": container.image.reference if isinstance(container.image, BuiltImage) else container.image,
        "essential": not container.sidecar,
        "user": container.user,
        "readonlyRootFilesystem": True,
        # Fargate lets a container add SYS_PTRACE only, and drop anything; a non-root process needs none.
        # The init process reaps children and passes signals on.
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True},
        "stopTimeout": container.stop_timeout_seconds,
        "environment": [{"name": name, "value": value} for name, value in sorted(container.environment.items())],
        "mountPoints": [
            {"sourceVolume": volume, "containerPath": path, "readOnly": False}
            for volume, path in sorted(container.writable_volumes.items())
        ],
        "portMappings": [],
        "logConfiguration": _log_configuration(container),
        # Defaults that ECS fills in: left out, each would show as a difference.
        "cpu": container.cpu,
        "systemControls": [],
        "volumesFrom": [],
    }
    if container.port is not None:
        definition["portMappings"] = [_port_mapping(container)]
    # ECS leaves these out of what it returns where they are empty.
    if container.memory is not None:
        definition["memory"] = container.memory
    if container.depends_on:
        definition["dependsOn"] = [
            {"containerName": name, "condition": condition} for name, condition in sorted(container.depends_on.items())
        ]
    if container.sidecar:
        definition["restartPolicy"] = {
            "enabled": True,
            "ignoredExitCodes": list(RESTART_NOT_AFTER),
            "restartAttemptPeriod": RESTART_PERIOD,
        }
    if container.command:
        definition["command"] = list(container.command)
    if container.secrets:
        definition["secrets"] = [
            {"name": name, "valueFrom": source} for name, source in sorted(container.secrets.items())
        ]
    if container.health_command:
        definition["healthCheck"] = {
            "command": list(container.health_command),
            "interval": HEALTH_INTERVAL,
            "timeout": HEALTH_TIMEOUT,
            "retries": HEALTH_RETRIES,
            "startPeriod": HEALTH_START,
        }
    return definition


def _port_mapping(container: Container) -> dict[str, Any]:
    mapping: dict[str, Any] = {"containerPort": container.port, "hostPort": container.port, "protocol": "tcp"}
    return mapping if container.port_name is None else mapping | {"name": container.port_name, "appProtocol": "http"}


def _log_configuration(container: Container) -> dict[str, Any]:
    return {"logDriver": "awslogs", "options": log_options(container.log_group, container.region, "ecs")}


def log_options(log_group: pulumi.Input[str], region: str, prefix: str) -> dict[str, pulumi.Input[str]]:
    """Options of the awslogs driver; streams are named prefix/container/task."""
    return {
        "awslogs-group": log_group,
        "awslogs-region": region,
        # Fargate requires one.
        "awslogs-stream-prefix": prefix,
        # Blocking mode stops the program when CloudWatch cannot be reached.
        "mode": "non-blocking",
        "max-buffer-size": LOG_BUFFER,
    }


def ecr_repository_arn(image: Image) -> pulumi.Input[str] | None:
    """ARN of the ECR repository that holds an image; None for an image of another registry."""
    if isinstance(image, BuiltImage):
        return image.repository_arn
    match = _IMAGE.fullmatch(image)
    ecr = _ECR.fullmatch(match["repository"]) if match else None
    if ecr is None:
        return None
    partition = "aws-cn" if ecr["china"] else "aws"
    return f"arn:{partition}:ecr:{ecr['region']}:{ecr['account']}:repository/{ecr['name']}"


def check_image(image: Image) -> None:
    """Refuse an image that is not pinned: a tag can be moved, and two tasks of one service would then differ."""
    if isinstance(image, str) and not _IMAGE.fullmatch(image):
        raise ValueError(
            f"image: {image!r} is not pinned by digest; write repository@sha256:<64 hexadecimal digits>, "
            "as `docker buildx imagetools inspect` or the image's page in ECR shows it"
        )


def check_fargate_size(cpu: int, memory: int) -> None:
    """Refuse a pair of CPU and memory that Fargate does not sell."""
    if cpu not in FARGATE_SIZES:
        raise ValueError(f"cpu: {cpu} units; Fargate has {', '.join(str(size) for size in FARGATE_SIZES)}")
    if memory not in FARGATE_SIZES[cpu]:
        allowed = ", ".join(str(size) for size in FARGATE_SIZES[cpu])
        raise ValueError(f"memory: {memory} MiB does not go with {cpu} CPU units on Fargate; use one of {allowed}")


def check_listening_port(port: int) -> None:
    """Refuse a port that a program without privileges cannot open."""
    if port not in LISTENING_PORTS:
        raise ValueError(
            f"port: {port}; a program that is not root can listen on {LISTENING_PORTS.start} to "
            f"{LISTENING_PORTS.stop - 1}, such as 8080: have it listen there"
        )


def check_variables(environment: Mapping[str, Any], secrets: Mapping[str, Any]) -> None:
    """Refuse names that ECS or AWS's security standard refuses, and a variable that is set twice."""
    for label, names in (("environment", environment), ("secrets", secrets)):
        for name in names:
            if not _VARIABLE.fullmatch(name):
                raise ValueError(
                    f"{label}: {name!r} is no variable's name; use letters, digits and _, not first a digit"
                )
            if name in _FORBIDDEN_VARIABLES:
                raise ValueError(f"{label}: {name} is not allowed; the task role gives credentials: use `statements`")
    both = sorted(set(environment) & set(secrets))
    if both:
        raise ValueError(f"secrets: {', '.join(both)} is also in environment; keep it in one of them")


def check_health_command(command: Sequence[str]) -> None:
    """Refuse a health check that Docker would not run."""
    if isinstance(command, str) or (command and (command[0] not in ("CMD", "CMD-SHELL") or len(command) < 2)):
        raise ValueError(f"health_command: {command!r} must be a list of CMD and words, or of CMD-SHELL and one line")
    if command and command[0] == "CMD-SHELL" and len(command) != 2:
        raise ValueError(f"health_command: CMD-SHELL takes one line, not {len(command) - 1}; use CMD for several words")


def check_user(user: str) -> None:
    """Refuse root, and no user at all, which is root in most images."""
    name = user.partition(":")[0]
    if not re.fullmatch(r"[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?", user):
        raise ValueError(f"user: {user!r} must be a user or user:group, by name or number, such as 1000:1000")
    if name == "root" or (name.isdigit() and int(name) == 0):
        raise ValueError(f"user: {user!r} is root; use a user of the image's own, such as 1000:1000")


def check_volumes(volumes: Mapping[str, str]) -> None:
    """Refuse a writable root, and two volumes on one path."""
    for volume, path in volumes.items():
        if not _NAME.fullmatch(volume):
            raise ValueError(f"writable_volumes: {volume!r} may hold letters, digits, hyphens and underscores only")
        if not re.fullmatch(r"(/[^/\s]+)+", path):
            raise ValueError(f"writable_volumes: {path!r} of {volume} must be an absolute path below /, such as /tmp")
    if len(set(volumes.values())) < len(volumes):
        raise ValueError("writable_volumes: two volumes have the same path; give each its own")


def check_stop_timeout(seconds: int) -> None:
    """Refuse what Fargate refuses."""
    if not STOP_TIMEOUT_MIN <= seconds <= STOP_TIMEOUT_MAX:
        raise ValueError(
            f"stop_timeout_seconds: {seconds} s; Fargate allows {STOP_TIMEOUT_MIN} to {STOP_TIMEOUT_MAX} s"
        )
