"""How long AWS and the provider take to create resources, as data: each with its source, its date and how sure it is.

`data/creation_times.json` says in `_meta` what is counted and what each status means.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from breakwater.graph import Resource
from breakwater.values import reveal

ANYTHING = "*"
"""In a condition, and at the end of one: any value, any rest."""


@dataclass(frozen=True, slots=True)
class CreationTime:
    """Seconds from the request to create a resource until Pulumi holds it created."""

    low: float
    """When all goes well."""
    typical: float
    high: float
    """When AWS is slow, or there is much to do."""
    status: str
    """measured, derived or recalled."""
    source: str
    """Where the figures were found."""
    date: str
    """When."""


NOTHING = CreationTime(0, 0, 0, "declared", "nothing is created: Pulumi only notes it", "")
"""Of components and of the stack."""


@cache
def _data() -> Mapping[str, Any]:
    text = files("breakwater.analysis").joinpath("data/creation_times.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def known_types() -> frozenset[str]:
    """The types with a time."""
    return frozenset(_data()["types"])


def at_once_per_cpu() -> int:
    """How many resources Pulumi creates at once for each CPU core that it has, unless told otherwise."""
    return int(_data()["engine"]["resources_at_once_per_cpu"]["value"])


def creation_time(resource: Resource) -> CreationTime | None:
    """That of the first entry whose condition holds; None where none is known for the type."""
    if not resource.custom:
        return NOTHING
    for entry in _data()["types"].get(resource.type, ()):
        if all(_holds(_at(resource.inputs, path), wanted) for path, wanted in entry.get("when", {}).items()):
            return CreationTime(**{key: value for key, value in entry.items() if key not in ("when", "note")})
    return None


def _at(inputs: Any, path: str) -> Any:
    """The input at a path such as deploymentConfiguration.strategy; None where there is none."""
    found = reveal(inputs)
    for key in path.split("."):
        found = reveal(found.get(key)) if isinstance(found, Mapping) else None
    return found


def _holds(value: Any, wanted: Any) -> bool:
    if wanted == ANYTHING:
        return bool(value)
    if isinstance(wanted, str) and wanted.endswith(ANYTHING):
        return isinstance(value, str) and value.startswith(wanted.removesuffix(ANYTHING))
    return bool(value == wanted)
