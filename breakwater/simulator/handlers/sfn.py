"""Step Functions."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._states_language import faults
from breakwater.simulator.handlers._store import made_up, refuse

_CREATE = "stepfunctions:CreateStateMachine"


def _machine(inputs: dict[str, Any]) -> dict[str, Any]:
    if found := faults(str(inputs["definition"])):
        raise refuse(_CREATE, "InvalidDefinition", f"Invalid State Machine Definition: {'; '.join(found)}")
    shaped = {"type": "STANDARD", "publish": False} | inputs
    logging = inputs.get("loggingConfiguration")
    if logging is not None:
        shaped["loggingConfiguration"] = _logging(logging)
    return shaped


def _logging(block: Mapping[str, Any]) -> dict[str, Any]:
    destination = block.get("logDestination")
    shaped = {k: v for k, v in block.items() if k != "logDestination"}
    if destination is None:
        return shaped
    if not str(destination).endswith(":*"):
        raise refuse(_CREATE, "InvalidLoggingConfiguration", f"the log group's ARN must end with :*, not {destination}")
    return shaped | {"destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": destination}}]}


def _outputs(c: Creation) -> Mapping[str, Any]:
    return {
        "arn": c.id,
        "status": "ACTIVE",
        "revisionId": made_up(c.urn, 36),
        "stateMachineVersionArn": f"{c.id}:1" if c.inputs.get("publish") else "",
        "description": "",
    }


HANDLERS = (
    Handler(
        type="aws:sfn/stateMachine:StateMachine",
        calls=(Call(operation=_CREATE, reshape=_machine),),
        id="stateMachineArn",
        outputs=_outputs,
    ),
)
