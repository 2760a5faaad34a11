"""vCPUs and memory of RDS classes and cache node types, from data/instance_classes.json, which names its sources."""

import difflib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, TypeAlias

Family: TypeAlias = Literal["database", "cache"]


@dataclass(frozen=True, slots=True)
class InstanceClass:
    """Size of one instance."""

    name: str
    """db.r7g.large, cache.t4g.micro …"""
    vcpu: int
    """Virtual processors."""
    memory_gib: float
    """Nominal memory, GiB; the engine has less."""
    credits_per_hour: int | None = None
    """CPU credits a burstable class earns; None where a class always has all of its processors."""


def database_class(field: str, name: str) -> InstanceClass:
    """The size of an RDS class; a ValueError with the nearest names where the table lacks it."""
    return _find("database", field, name)


def cache_class(field: str, name: str) -> InstanceClass:
    """The size of a cache node type; a ValueError with the nearest names where the table lacks it."""
    return _find("cache", field, name)


@cache
def classes(family: Family) -> dict[str, InstanceClass]:
    """All known sizes of a family, by name."""
    text = resources.files("components").joinpath("data/instance_classes.json").read_text(encoding="utf-8")
    return {name: InstanceClass(name=name, **size) for name, size in json.loads(text)[family]["classes"].items()}


def _find(family: Family, field: str, name: str) -> InstanceClass:
    known = classes(family)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3) or sorted(known)
        raise ValueError(
            f"{field}: {name!r} is not in components/data/instance_classes.json, so no alarm could be computed for it; "
            f"use {', '.join(near)}, or add it there with its source"
        )
    return known[name]
