"""EventBridge Scheduler."""

import json
from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._ecs_network import awsvpc
from breakwater.simulator.handlers._store import refuse

_DEFAULT_GROUP = "default"
# API reference, Target: for these the input must be JSON.
_JSON_TARGETS = ("events", "lambda", "states")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _schedule(inputs: dict[str, Any]) -> dict[str, Any]:
    target = dict(inputs["target"])
    if any(f":{service}:" in target["arn"] for service in _JSON_TARGETS) and not _is_json(target.get("input", "{}")):
        raise refuse("scheduler:CreateSchedule", "ValidationException", "the target's input is no well-formed JSON")
    if "ecsParameters" in target:
        target["ecsParameters"] = _ecs(target["ecsParameters"])
    return inputs | {"target": target}


def _ecs(block: Mapping[str, Any]) -> dict[str, Any]:
    shaped = dict(block)
    if "networkConfiguration" in block:
        shaped["networkConfiguration"] = awsvpc(block["networkConfiguration"])
    if "tags" in block:
        # Each tag is a map of its own here, with the words key and value in it.
        shaped["tags"] = [{"key": k, "value": v} for k, v in block["tags"].items()]
    return shaped


def _group_outputs(c: Creation) -> Mapping[str, Any]:
    group = c.call("scheduler:GetScheduleGroup", {"Name": c.id})
    return {"arn": group["Arn"], "state": group["State"]}


HANDLERS = (
    Handler(
        type="aws:scheduler/schedule:Schedule",
        calls=(
            Call(
                operation="scheduler:CreateSchedule",
                reshape=_schedule,
                rename={"target.sagemakerPipelineParameters.pipelineParameters": "PipelineParameterList"},
                parameters=lambda c: {
                    "GroupName": c.inputs.get("groupName", _DEFAULT_GROUP),
                    "ScheduleExpressionTimezone": c.inputs.get("scheduleExpressionTimezone", "UTC"),
                    "State": c.inputs.get("state", "ENABLED"),
                },
            ),
        ),
        id=lambda c: f"{c.inputs.get('groupName', _DEFAULT_GROUP)}/{c.inputs['name']}",
        outputs=lambda c: {"arn": c.answers[0]["ScheduleArn"], "groupName": c.inputs.get("groupName", _DEFAULT_GROUP)},
    ),
    Handler(
        type="aws:scheduler/scheduleGroup:ScheduleGroup",
        calls=(Call(operation="scheduler:CreateScheduleGroup"),),
        id=lambda c: str(c.inputs["name"]),
        outputs=_group_outputs,
    ),
)
