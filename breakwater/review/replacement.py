"""Which changes force a resource to be replaced, and what a resource holds: facts from `data/replacement.json`.

Pulumi's engine asks the provider; from code alone this table says what may happen.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from breakwater.graph import Resource
from breakwater.review.values import Change


class Holds(StrEnum):
    """What is lost with a resource."""

    DATA = "data"
    COPY = "copy"
    """Data that is elsewhere too, such as that of a read replica."""
    RECORDS = "records"
    """What is written down about the past, such as logs."""
    SERVES = "serves"
    """Nothing, but requests or other resources go through it."""
    NOTHING = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is known of a type."""

    what: str = "resource"
    """In words, such as `database`."""
    holds: Holds = Holds.NOTHING
    loss: str = ""
    """What is lost with it, where that is more than what `holds` says."""
    replaced_by: frozenset[str] = frozenset()
    """Properties whose change forces a replacement."""
    below: Mapping[str, str]
    """Property → version of the engine below which its change forces a replacement."""
    downgrades: frozenset[str] = frozenset()
    """Versions that force a replacement where they become lower."""
    guards: Mapping[str, str]
    """Property that is true where AWS refuses the deletion or keeps a copy → what it does, in words."""
    source: str = ""
    status: str = ""


_NONE = Kind(below={}, guards={})


def kind_of(resource: Resource) -> Kind:
    """What is known of a resource's type; nothing of most."""
    return _table().get(resource.type, _NONE)


def holds(resource: Resource) -> Holds:
    """What is lost with a resource: of a read replica only a copy."""
    found = kind_of(resource).holds
    if found is Holds.DATA and (resource.inputs.get("replicateSourceDb") or resource.inputs.get("globalTableArn")):
        return Holds.COPY
    return found


def forcing(before: Resource, changes: Iterable[Change]) -> tuple[str, ...]:
    """The changed properties that force the replacement of a resource, in order."""
    kind = kind_of(before)
    listed = [change for change in changes if not change.path.startswith("options.")]
    found = [
        name
        for change in listed
        if is_forcing(kind, name := _property(change.path), before) or (name in kind.downgrades and _is_lower(change))
    ]
    return tuple(dict.fromkeys(found))


def is_forcing(kind: Kind, name: str, before: Resource) -> bool:
    """Whether a change of the property forces a replacement."""
    if name in kind.replaced_by:
        return True
    return name in kind.below and _version(before) < _numbers(kind.below[name])


def _is_lower(change: Change) -> bool:
    old, new = change.before, change.after
    return isinstance(old, str) and isinstance(new, str) and _numbers(new) < _numbers(old)


def _property(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _version(resource: Resource) -> tuple[int, ...]:
    """Of the engine; the newest where nothing says."""
    found = resource.outputs.get("engineVersionActual") or resource.inputs.get("engineVersion")
    return _numbers(found) if isinstance(found, str) and found[:1].isdigit() else (10**6,)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


@cache
def _table() -> Mapping[str, Kind]:
    text = files("breakwater.review").joinpath("data", "replacement.json").read_text(encoding="utf-8")
    return dict(_kinds(json.loads(text)))


def _kinds(document: Mapping[str, Any]) -> Iterator[tuple[str, Kind]]:
    for type_, entry in document["types"].items():
        yield (
            type_,
            Kind(
                what=entry["what"],
                holds=Holds(entry.get("holds", "")),
                loss=entry.get("loss", ""),
                replaced_by=frozenset(entry["replaced_by"]),
                downgrades=frozenset(entry.get("replaced_by_lower_version", ())),
                below=entry.get("replaced_by_below_version", {}),
                guards=entry.get("guards", {}),
                source=document["repository"] + entry["source"],
                status=entry["status"],
            ),
        )
