"""Containers run without privileges, log, take secrets by reference only and are pinned to what was tested."""

import re
from collections.abc import Iterable, Iterator

from ._model import UNKNOWN, Properties, Rule, absent, block, document, items, off

_TASK_DEFINITIONS = frozenset({"aws:ecs/taskDefinition:TaskDefinition"})

_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")
_ROOT_USERS = frozenset({"root", "0"})
# By the last words of the name: TOKEN is a secret, TOKEN_TTL_SECONDS and PASSWORD_SECRET_ARN are not.
_SECRET_NAME = re.compile(
    r"(.*_)?(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SECRET_?KEY|CREDENTIALS?)"
    r"|AWS_ACCESS_KEY_ID|ECS_ENGINE_AUTH_DATA",
    re.IGNORECASE,
)
# A URL with a password in it, a private key, an access key id.
_SECRET_VALUE = re.compile(
    r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b"
)


def _containers(properties: Properties) -> Iterator[tuple[str, Properties]]:
    """Name and definition of each container; none while the definitions are unknown."""
    for container in items(document(properties.get("containerDefinitions"))):
        if isinstance(container, dict):
            yield f"container {container.get('name')}", container


def _privileges(properties: Properties) -> Iterable[str]:
    if properties.get("pidMode") == "host":
        yield "pidMode is host"
    if properties.get("networkMode") == "host":
        yield "networkMode is host"
    for name, container in _containers(properties):
        if container.get("privileged") is True:
            yield f"{name} is privileged"
        if off(container.get("readonlyRootFilesystem")):
            yield f"{name} can write to its root file system"
        user = container.get("user")
        if absent(user):
            yield f"{name} names no user, so the image decides, and most run as root"
        elif str(user).split(":")[0] in _ROOT_USERS:
            yield f"{name} runs as {user}"


def _logs(properties: Properties) -> Iterable[str]:
    for name, container in _containers(properties):
        if container.get("logConfiguration") != UNKNOWN and absent(block(container, "logConfiguration", "logDriver")):
            yield f"{name} has no log configuration"


def _environment(properties: Properties) -> Iterable[str]:
    for name, container in _containers(properties):
        for variable in items(container.get("environment")):
            key, value = block(variable, "name"), block(variable, "value")
            if absent(value) or value == UNKNOWN:
                continue
            if _SECRET_NAME.fullmatch(str(key)):
                yield f"{name} has {key} in clear"
            elif _SECRET_VALUE.search(str(value)):
                yield f"{name} has a credential in the value of {key}"


def _digest(properties: Properties) -> Iterable[str]:
    for name, container in _containers(properties):
        image = container.get("image")
        if image != UNKNOWN and not _DIGEST.fullmatch(str(image)):
            yield f"{name} runs {image}, which can change under the same name"


def _public_address(properties: Properties) -> Iterable[str]:
    for path in (("networkConfiguration",), ("target", "ecsParameters", "networkConfiguration")):
        if block(properties, *path, "assignPublicIp") in (True, "true", "ENABLED"):
            yield f"{'.'.join(path)}.assignPublicIp is true"


RULES = (
    Rule(
        name="container-privileges",
        description="Containers run unprivileged, as a named user other than root, on a read-only root file system.",
        remedy="Set user, readonlyRootFilesystem and, for what must be written, writable volumes.",
        controls=("ECS.3", "ECS.4", "ECS.5", "ECS.20"),
        types=_TASK_DEFINITIONS,
        check=_privileges,
    ),
    Rule(
        name="container-logs",
        description="Every container has a log configuration.",
        remedy="Set logConfiguration to the log group of the service.",
        controls=("ECS.9",),
        types=_TASK_DEFINITIONS,
        check=_logs,
    ),
    Rule(
        name="container-secrets",
        description="No secret stands in an environment variable's value.",
        remedy="Put it into Secrets Manager and pass its ARN in `secrets`.",
        controls=("ECS.8",),
        types=_TASK_DEFINITIONS,
        check=_environment,
    ),
    Rule(
        name="container-image-digest",
        description="Images are pinned by digest.",
        remedy="Write the image as repository@sha256:digest.",
        types=_TASK_DEFINITIONS,
        check=_digest,
    ),
    Rule(
        name="task-without-public-address",
        description="Tasks have no public address.",
        remedy="Leave assign_public_ip off, and use private subnets.",
        controls=("ECS.2",),
        types=frozenset({"aws:ecs/service:Service", "aws:ecs/taskSet:TaskSet", "aws:scheduler/schedule:Schedule"}),
        check=_public_address,
    ),
)
