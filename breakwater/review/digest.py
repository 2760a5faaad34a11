"""A digest of what a change does and to what: the same for the same change, whoever previews it and when."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from breakwater.graph import Resource, ResourceGraph
from breakwater.review.model import Step
from breakwater.review.values import ABSENT
from breakwater.values import Secret


def digest(steps: Iterable[Step], before: ResourceGraph) -> str:
    """Of all steps with what becomes of each resource, and of the state that they start from.

    Left out is what differs from one look to the next: order, times, messages, lines of the program, and outputs,
    of which an engine gives more or less.
    """
    document = {
        "steps": sorted((_step(step) for step in steps), key=lambda step: (str(step["urn"]), str(step["op"]))),
        "state": sorted((_state(r, before) for r in before), key=lambda state: str(state["urn"])),
    }
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _step(step: Step) -> Mapping[str, Any]:
    after = step.after
    return {
        "op": step.op.value,
        "urn": step.resource.urn,
        "from": step.before.urn if step.before else None,
        "forced_by": sorted(step.forced_by),
        "changes": [[c.path, _plain(c.before), _plain(c.after)] for c in sorted(step.changes, key=lambda c: c.path)],
        "inputs": _plain(after.inputs) if after and step.before is None else None,
        "options": [after.parent, after.provider.rpartition("::")[0], after.protect, after.retain_on_delete]
        if after
        else None,
    }


def _state(resource: Resource, graph: ResourceGraph) -> Mapping[str, Any]:
    return {
        "urn": resource.urn,
        "id": graph.normalise(resource.id),
        "inputs": _plain(graph.normalise(resource.inputs)),
        "options": [resource.protect, resource.retain_on_delete],
    }


def _plain(value: Any) -> Any:
    if value is ABSENT:
        return {"absent": True}
    if isinstance(value, Secret):
        return {"secret": value.digest}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
