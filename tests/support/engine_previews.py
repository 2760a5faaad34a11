"""What of a preview of the engine is worth keeping: a few steps, without what differs from run to run."""

import re
from typing import Any

KEPT = (
    "pulumi:pulumi:Stack::",
    "aws:ec2/vpc:Vpc::",
    "aws:ec2/subnet:Subnet::us-east-1-network-public-a",
    "aws:ecs/taskDefinition:TaskDefinition::us-east-1-api",
    "aws:rds/instance:Instance::",
)
_DROPPED = {"created", "modified", "sourcePosition", "stackTrace", "environment"}
_ID = re.compile(r"::[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def excerpt(document: dict[str, Any]) -> dict[str, Any]:
    """Steps of some resources, in the order of their URNs, with the ids of providers as zeros."""
    steps = [step for step in document["steps"] if any(part in step["urn"] for part in KEPT)]
    return {
        "config": {},
        "steps": [_plain(step) for step in sorted(steps, key=lambda step: str(step["urn"]))],
        "duration": 0,
        "changeSummary": document["changeSummary"],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key not in _DROPPED}
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        # The engine lists dependencies in any order.
        return sorted(items) if all(isinstance(i, str) and i.startswith("urn:pulumi:") for i in items) else items
    return _ID.sub("::00000000-0000-0000-0000-000000000000", value) if isinstance(value, str) else value
