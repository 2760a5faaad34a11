"""AWS's prices as data: region → service → item, each with its source, its date and how sure it is.

`data/prices.json` says in `_meta` what it leaves out and what each status means.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

HOURS = 730
"""Hours of a month, as AWS's calculators count."""
GLOBAL = "global"
"""In place of a region, for what costs the same everywhere."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs."""

    usd: float
    """US dollars."""
    unit: str
    """What is counted, such as hour or GB-month."""
    status: str
    """list, list-old, measured, derived or recalled."""
    source: str
    """Where the figure was found."""
    date: str
    """When."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """How far the real price may be from one of a status."""

    percent: float
    """Of the price, up and down."""
    why: str


@cache
def _data() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(files("breakwater.analysis").joinpath("data/prices.json").read_text("utf-8"))
    return found


def regions() -> tuple[str, ...]:
    """The regions with prices."""
    return tuple(sorted(name for name in _data() if name not in ("_meta", GLOBAL)))


def price(region: str, service: str, item: str) -> Price | None:
    """The price of an item; None where none is known."""
    found = _data().get(region, {}).get(service, {}).get(item)
    if not isinstance(found, dict) or "usd" not in found:
        return None
    return Price(
        usd=float(found["usd"]),
        unit=found["unit"],
        status=found["status"],
        source=found["source"],
        date=found["date"],
    )


def uncertainty(status: str) -> Uncertainty:
    """That of a status; KeyError where the data tell none."""
    return uncertainties()[status]


@cache
def uncertainties() -> Mapping[str, Uncertainty]:
    """Those of all statuses, the surest first."""
    return {status: Uncertainty(**found) for status, found in _data()["_meta"]["uncertainty"].items()}
