"""Parameters of Systems Manager."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError

_VALUES = ("value", "insecureValue", "valueWo")


def _parameter(c: Creation) -> Mapping[str, Any]:
    given = [name for name in _VALUES if c.inputs.get(name) is not None]
    if len(given) != 1:
        raise MappingError(f"{', '.join(_VALUES)}: one is needed, {len(given)} are given")
    return {"Overwrite": c.inputs.get("overwrite", False)}


HANDLERS = (
    Handler(
        type="aws:ssm/parameter:Parameter",
        calls=(
            Call(
                operation="ssm:PutParameter",
                rename={"insecureValue": "Value", "valueWo": "Value"},
                parameters=_parameter,
                consumes=frozenset({"overwrite"}),
            ),
        ),
        id=lambda c: str(c.inputs["name"]),
        outputs=lambda c: {
            "arn": c.arn("ssm", f"parameter/{c.id.removeprefix('/')}"),
            "version": c.answers[0]["Version"],
            "tier": c.inputs.get("tier", "Standard"),
            "dataType": c.inputs.get("dataType", "text"),
            "hasValueWo": "valueWo" in c.inputs,
        },
        held={
            "arn": "the provider ignores it",
            "valueWoVersion": "what the provider compares, in place of the value",
        },
    ),
)
