"""EventBridge buses, their archives and policies, rules and their targets."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._bag import document
from breakwater.simulator.handlers._ecs_network import awsvpc
from breakwater.simulator.handlers._store import backend

DEFAULT_BUS = "default"

_RENAMED = {
    "targetId": "Id",
    "appsyncTarget": "AppSyncParameters",
    "appsyncTarget.graphqlOperation": "GraphQLOperation",
    "batchTarget": "BatchParameters",
    "ecsTarget": "EcsParameters",
    "ecsTarget.orderedPlacementStrategies": "PlacementStrategy",
    "httpTarget": "HttpParameters",
    "inputTransformer.inputPaths": "InputPathsMap",
    "kinesisTarget": "KinesisParameters",
    "redshiftTarget": "RedshiftDataParameters",
    "redshiftTarget.secretsManagerArn": "SecretManagerArn",
    "runCommandTargets": "RunCommandParameters",
    "sagemakerPipelineTarget": "SageMakerPipelineParameters",
    "sqsTarget": "SqsParameters",
}


def _batch(block: Mapping[str, Any]) -> dict[str, Any]:
    shaped = {k: v for k, v in block.items() if k not in ("arraySize", "jobAttempts")}
    if "arraySize" in block:
        shaped["arrayProperties"] = {"size": block["arraySize"]}
    if "jobAttempts" in block:
        shaped["retryStrategy"] = {"attempts": block["jobAttempts"]}
    return shaped


def _ecs(block: Mapping[str, Any]) -> dict[str, Any]:
    # The provider sends its defaults.
    shaped = {"taskCount": 1, "enableEcsManagedTags": False, "enableExecuteCommand": False} | dict(block)
    if "networkConfiguration" in block:
        shaped["networkConfiguration"] = awsvpc(block["networkConfiguration"])
    return shaped


def _target(inputs: dict[str, Any]) -> dict[str, Any]:
    """One target, which the API has in a list beside the rule."""
    outer = {k: v for k, v in inputs.items() if k in ("rule", "eventBusName")}
    target = {k: v for k, v in inputs.items() if k not in outer}
    for name, change in (("ecsTarget", _ecs), ("batchTarget", _batch)):
        if name in target:
            target[name] = change(target[name])
    if "runCommandTargets" in target:
        target["runCommandTargets"] = {"runCommandTargets": target["runCommandTargets"]}
    return outer | {"targets": [target]}


def _on_bus(c: Creation, *parts: str) -> str:
    """An id of the provider: the bus is in it unless it is the default one."""
    bus = c.inputs.get("eventBusName", DEFAULT_BUS)
    return "-".join(parts if bus == DEFAULT_BUS else (bus, *parts))


def _rule_id(c: Creation) -> str:
    bus = c.inputs.get("eventBusName", DEFAULT_BUS)
    return str(c.inputs["name"] if bus == DEFAULT_BUS else f"{bus}/{c.inputs['name']}")


def _state(c: Creation) -> str:
    if "isEnabled" in c.inputs:
        return "ENABLED" if c.inputs["isEnabled"] else "DISABLED"
    return str(c.inputs.get("state", "ENABLED"))


def _policy(c: Creation) -> Mapping[str, Any]:
    document("policy", c.inputs["policy"])
    return {"EventBusName": c.inputs.get("eventBusName", DEFAULT_BUS)}


def _show_key(c: Creation) -> None:
    """moto forgets an archive's key."""
    if key := c.inputs.get("kmsKeyIdentifier"):
        archive = backend(c, "events").archives[c.id]
        described = archive.describe
        archive.describe = lambda: described() | {"KmsKeyIdentifier": key}


HANDLERS = (
    Handler(
        type="aws:cloudwatch/eventBus:EventBus",
        calls=(Call(operation="events:CreateEventBus"),),
        id=lambda c: str(c.inputs["name"]),
        outputs=lambda c: {"arn": c.answers[0]["EventBusArn"]},
    ),
    Handler(
        type="aws:cloudwatch/eventBusPolicy:EventBusPolicy",
        calls=(Call(operation="events:PutPermission", parameters=_policy),),
        id=lambda c: str(c.inputs.get("eventBusName", DEFAULT_BUS)),
    ),
    Handler(
        type="aws:cloudwatch/eventArchive:EventArchive",
        calls=(Call(operation="events:CreateArchive", rename={"name": "ArchiveName"}),),
        id=lambda c: str(c.inputs["name"]),
        amend=_show_key,
        outputs=lambda c: {"arn": c.answers[0]["ArchiveArn"]},
    ),
    Handler(
        type="aws:cloudwatch/eventRule:EventRule",
        calls=(
            Call(
                operation="events:PutRule",
                parameters=lambda c: {
                    "State": _state(c),
                    "EventBusName": c.inputs.get("eventBusName", DEFAULT_BUS),
                },
                consumes=frozenset({"isEnabled"}),
            ),
        ),
        id=_rule_id,
        outputs=lambda c: {"arn": c.answers[0]["RuleArn"]},
        held={"forceDestroy": "only for deletion, by the provider"},
    ),
    Handler(
        type="aws:cloudwatch/eventTarget:EventTarget",
        calls=(
            Call(
                operation="events:PutTargets",
                reshape=_target,
                rename={f"targets.{path}": member for path, member in _RENAMED.items()},
                parameters=lambda c: {"EventBusName": c.inputs.get("eventBusName", DEFAULT_BUS)},
            ),
        ),
        id=lambda c: _on_bus(c, c.inputs["rule"], c.inputs["targetId"]),
        held={"forceDestroy": "only for deletion, by the provider"},
    ),
)
