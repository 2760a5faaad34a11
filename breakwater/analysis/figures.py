"""What an analysis comes to: figures, each with its limit, its target and how sure it is, and what must change."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_SURENESS = ("list", "doc", "declared", "measured", "list-old", "derived", "recalled")
"""From the surest: the status of a result is that of its least sure part."""


class Verdict(StrEnum):
    """What a figure says of its target or limit."""

    MET = "met"
    MISSED = "missed"
    """The target is not met, or a limit would be exceeded: the stack is refused."""
    UNKNOWN = "unknown"
    """There is a target, and what it depends on is not known."""
    NONE = ""
    """There is nothing to compare with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number about a part of the stack."""

    region: str
    """AWS region; "" for what spans them."""
    part: str
    """What it is about: api, database, cache, quota …"""
    name: str
    """What was computed, such as `requests per second`."""
    value: float | None
    """None where it cannot be known."""
    unit: str = ""
    lowest: float | None = None
    """Where it is a range (autoscaling), its lower end; `value` is the upper one."""
    limit: float | None = None
    """What it may not exceed."""
    target: float | None = None
    """What it must reach."""
    limited_by: str = ""
    """What stands in the way of more, in words."""
    verdict: Verdict = Verdict.NONE
    remedy: str = ""
    """What to change in the stack file, where the verdict is MISSED or UNKNOWN."""
    status: str = "derived"
    """How sure it is: the status of its least sure part."""

    @property
    def is_problem(self) -> bool:
        """Whether the stack is refused for it."""
        return self.verdict in (Verdict.MISSED, Verdict.UNKNOWN)


def least_sure(statuses: Iterable[str]) -> str:
    """The status of a result that rests on figures of these."""
    return max(statuses, key=_SURENESS.index, default="declared")
