"""Previews as `pulumi preview --json` writes them, made by hand."""

import json
from pathlib import Path
from typing import Any

from breakwater.review.previews import Preview, read_preview
from tests.breakwater.graphs import PREFIX, STACK_URN

PROVIDER_URN = f"{PREFIX}pulumi:providers:aws::us"
PROVIDER = f"{PROVIDER_URN}::04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
ROOT = Path("/project")


def state(type_: str, name: str, inputs: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A resource's state."""
    found: dict[str, Any] = {
        "urn": f"{PREFIX}{type_}::{name}",
        "custom": type_.startswith("aws:"),
        "type": type_,
        "parent": STACK_URN,
        "sourcePosition": "project:///infra/__main__.py#7",
    }
    if inputs is not None:
        found["inputs"] = inputs
    return found | more


def step(op: str, old: dict[str, Any] | None, new: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """A step; of an old state with an id the new one gets none, as in a preview."""
    found: dict[str, Any] = {"op": op, "urn": (new or old or {}).get("urn", ""), "detailedDiff": None}
    if old is not None:
        found["oldState"] = {"id": "some-id", **old}
    if new is not None:
        found["newState"] = new
    return found | more


STACK_STATE = {"urn": STACK_URN, "custom": False, "type": "pulumi:pulumi:Stack"}
SAME_STACK = step("same", STACK_STATE, STACK_STATE)


def text(*steps: dict[str, Any], **more: Any) -> str:
    """The whole preview."""
    return json.dumps({"steps": [SAME_STACK, *steps], "duration": 5, "changeSummary": {}} | more)


def preview(*steps: dict[str, Any], **more: Any) -> Preview:
    """The same, read."""
    return read_preview(text(*steps, **more), ROOT)
