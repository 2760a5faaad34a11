"""What the exposure of a stack is: paths, and remarks on rules that open none."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from breakwater.analysis.exposure.ports import Ports
from breakwater.graph import Resource

INTERNET = "internet"


class Direction(StrEnum):
    """Which way a path goes."""

    INWARD = "from the internet"
    BETWEEN = "between tiers"
    OUTWARD = "to the internet"


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """A resource that a path needs: a gateway, a rule, a listener."""

    label: str
    """Type and name, as everywhere."""
    name: str
    source: str = ""
    """`file:line` in the program."""
    callers: tuple[str, ...] = ()
    """The calls that led there, innermost first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Who may open connections to whom."""

    direction: Direction
    source: str
    """`internet`, a component, or a range beyond a gateway."""
    target: str
    ports: Ports
    ranges: tuple[str, ...] = ()
    """Addresses of the internet that it is open to, or leads to; empty within the stack."""
    access: str = ""
    """Who else is kept out: `JWT`, `AWS_IAM`; empty where nobody asks."""
    through: tuple[Step, ...] = ()
    undecidable: str = ""
    """Why nobody can say whether it is open; empty where it is."""

    @property
    def key(self) -> tuple[str, ...]:
        """What stays the same while a path is widened or narrowed."""
        return self.direction, self.source, self.target, self.access


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Remark:
    """A rule that allows nothing."""

    rule: Step
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Every path of a stack."""

    paths: tuple[Path, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def of(self, direction: Direction) -> tuple[Path, ...]:
        """The paths of a direction."""
        return tuple(path for path in self.paths if path.direction is direction)


def step(resource: Resource) -> Step:
    """A resource as part of a path."""
    source = str(resource.source) if resource.source else ""
    return Step(resource.label, resource.name, source, tuple(map(str, resource.callers)))


def steps(resources: Iterable[Resource]) -> tuple[Step, ...]:
    """Each once, in order."""
    return tuple({resource.urn: step(resource) for resource in resources}.values())


def hops(paths: Iterable[Path]) -> dict[str, int]:
    """How many connections away from the internet each target is at least; what it does not reach is left out."""
    onward: dict[str, set[str]] = {}
    for path in paths:
        if not path.undecidable and path.direction is not Direction.OUTWARD:
            onward.setdefault(path.source, set()).add(path.target)
    found, reached = dict[str, int](), {INTERNET}
    for distance in range(1, len(onward) + 2):
        reached = {t for source in reached for t in onward.get(source, ())} - found.keys() - {INTERNET}
        found |= dict.fromkeys(reached, distance)
    return found
