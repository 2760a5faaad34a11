"""SQS and SNS take most settings as a bag of strings, about which their service models say nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.simulator.handler import MappingError


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the bag: its name, and what the API allows."""

    name: str
    span: tuple[int, int] | None = None
    allowed: tuple[str, ...] = ()
    json: bool = False


def bag(inputs: Mapping[str, Any], entries: Mapping[str, Entry]) -> dict[str, str]:
    """The inputs that are entries, checked, as the strings that the API takes."""
    return {
        entry.name: _text(name, entry, inputs[name]) for name, entry in entries.items() if inputs.get(name) is not None
    }


def _text(name: str, entry: Entry, value: Any) -> str:
    if entry.span is not None:
        least, most = entry.span
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise MappingError(f"{name}: {value!r} is no whole number from {least} to {most}")
    if entry.allowed and value not in entry.allowed:
        raise MappingError(f"{name}: {value!r} is not one of {', '.join(entry.allowed)}")
    if entry.json:
        document(name, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def document(name: str, text: str) -> dict[str, Any]:
    """The object in a JSON string; MappingError for anything else."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise MappingError(f"{name}: not valid JSON: {error}") from error
    if not isinstance(found, dict):
        raise MappingError(f"{name}: a JSON object is expected, not {text}")
    return found
