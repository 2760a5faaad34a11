"""AWS's limits, durations and SLAs as data: area → name, each with its source, its date and how sure it is.

What components compute with too (connections of a class, messages in flight) is in `components._thresholds` and
`components/data/instance_classes.json`, once for both.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure about AWS."""

    value: Any
    """A number, or a mapping or list of numbers; its unit is in its name (`_s` seconds, `_percent` percent)."""
    status: str
    """doc, measured, derived or recalled."""
    source: str
    """Where it was found."""
    date: str
    """When that was written."""


def limit(area: str, name: str) -> Limit:
    """The figure; KeyError where the data file has none."""
    return Limit(**_data()[area][name])


@cache
def _data() -> Mapping[str, Any]:
    text = files("breakwater.analysis").joinpath("data/limits.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found
