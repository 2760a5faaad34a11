"""How tasks find what they use: the variables they are given, the permissions, the connections. Makes no resources.

The variables are the interface between the platform and the programs it runs: docs/outputs.md lists them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components._iam import Statement
from components._job_machine import VARIABLES as JOB_VARIABLES

CACHE_USER = "app"
"""Cache user of all tasks without one of their own."""

RESERVED = frozenset(
    {
        "PORT",
        "QUEUE_URL",
        "WORKER_CONCURRENCY",
        "DATABASE_HOST",
        "DATABASE_PORT",
        "DATABASE_REGION",
        "DATABASE_READER_HOST",
        "DATABASE_READER_PORT",
        "DATABASE_NAME",
        "DATABASE_USER",
        "DATABASE_POOL_SIZE",
        "DATABASE_POOL_IDLE_SECONDS",
        "DATABASE_POOL_CONNECT_SECONDS",
        "CACHE_HOST",
        "CACHE_READER_HOST",
        "CACHE_PORT",
        "CACHE_NAME",
        "CACHE_USER",
        "CACHE_MODE",
        *JOB_VARIABLES,
    }
)
"""Variables that the platform sets; besides these, QUEUE_URL_<QUEUE>, TOPIC_ARN_<TOPIC> and BUS_NAME_<BUS> for whatever
a task may send to, BUCKET_<BUCKET> for each bucket it reads or writes, SERVICE_URL_<SERVICE> for each service it
calls."""

_VARIABLES = {"queues": "QUEUE_URL", "topics": "TOPIC_ARN", "buses": "BUS_NAME"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """What a task needs to use one thing."""

    variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Environment variables."""
    statements: Sequence[Statement] = ()
    """Permissions of the task role."""
    groups: Mapping[str, tuple[pulumi.Input[str], int]] = field(default_factory=dict)
    """Name of an edge -> security group and port to connect to."""
    ranges: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Name of an edge -> range of another region's network and port to connect to."""


def telemetry_namespace() -> str:
    """What all programs of the stack are part of; the metrics of each are in `<this>/<its name>`."""
    return f"{pulumi.get_project()}-{pulumi.get_stack()}"


def logical_name(region: str, role: str) -> str:
    """How everything of a region is named: with its region, so that regions come and go without touching each other."""
    return f"{region}-{role}"


def variable_of(section: str, name: str) -> str:
    """The variable that tells those who send to a queue, topic or bus where it is."""
    return f"{_VARIABLES[section]}_{_capitals(name)}"


def bucket_variable(bucket: str) -> str:
    """The variable that holds a bucket's name."""
    return f"BUCKET_{_capitals(bucket)}"


def service_variable(service: str) -> str:
    """The variable that holds the address of a service for those who call it."""
    return f"SERVICE_URL_{_capitals(service)}"


def _capitals(name: str) -> str:
    return name.upper().replace("-", "_")


def producer_access(
    queue: str, *, url: pulumi.Input[str], arn: pulumi.Input[str], kms_key_arn: pulumi.Input[str], region: str
) -> Access:
    """Sending to a queue."""
    return Access(
        variables={variable_of("queues", queue): url},
        statements=[
            Statement(
                actions=["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"],
                resources=[arn],
            ),
            _encrypting("sqs", kms_key_arn, region),
        ],
    )


def publisher_access(topic: str, *, arn: pulumi.Input[str], kms_key_arn: pulumi.Input[str], region: str) -> Access:
    """Publishing to a topic."""
    return Access(
        variables={variable_of("topics", topic): arn},
        statements=[Statement(actions=["sns:Publish"], resources=[arn]), _encrypting("sns", kms_key_arn, region)],
    )


def event_access(bus: str, *, bus_name: pulumi.Input[str], arn: pulumi.Input[str]) -> Access:
    """Sending events to a bus: EventBridge encrypts them as itself."""
    return Access(
        variables={variable_of("buses", bus): bus_name},
        statements=[Statement(actions=["events:PutEvents"], resources=[arn])],
    )


def _encrypting(service: str, kms_key_arn: pulumi.Input[str], region: str) -> Statement:
    """The service encrypts and, to take a message in, also decrypts with the key on the sender's behalf."""
    return Statement(
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=[kms_key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}},
    )


def combined(accesses: Sequence[Access]) -> Access:
    """All of several accesses; a permission that two of them need is stated once."""
    statements: list[Statement] = []
    for access in accesses:
        statements += [statement for statement in access.statements if statement not in statements]
    return Access(
        variables={name: value for access in accesses for name, value in access.variables.items()},
        statements=statements,
        groups={name: group for access in accesses for name, group in access.groups.items()},
        ranges={name: there for access in accesses for name, there in access.ranges.items()},
    )


def regional_image(image: str, region: str) -> str:
    """The same image in a region's own ECR: a standby must start without the primary region."""
    registry, slash, rest = image.partition("/")
    parts = registry.split(".")
    if parts[1:3] == ["dkr", "ecr"] and parts[4:] == ["amazonaws", "com"]:
        return f"{'.'.join([*parts[:3], region, *parts[4:]])}{slash}{rest}"
    return image


def regional_secret(arn: str, region: str) -> str:
    """The replica of a secret in a region: Secrets Manager keeps its name and suffix."""
    parts = arn.split(":")
    return ":".join([*parts[:3], region, *parts[4:]])


def secret_parts(reference: str) -> tuple[str, str, str]:
    """ARN, key and label of a reference to a secret: `ARN`, `ARN:key`, `ARN:key:AWSCURRENT`."""
    parts = reference.split(":")
    key, label = [*parts[7:], "", ""][:2]
    return ":".join(parts[:7]), key, label


def own_secret(reference: str) -> tuple[str, str] | None:
    """Name and key (or "") of a reference to a secret of the stack's own; None for an ARN."""
    if reference.startswith("arn:"):
        return None
    name, _, key = reference.partition(":")
    return name, key
