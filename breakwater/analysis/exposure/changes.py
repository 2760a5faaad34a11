"""What a change opens, widens, narrows and closes, with the resources that do it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from breakwater.analysis.exposure.finding import Finder
from breakwater.analysis.exposure.model import Direction, Path, Step, step
from breakwater.analysis.exposure.regions import Region, cuts_of, less, overlap, region, steps_of, together, told
from breakwater.graph import Resource, ResourceGraph


class Kind(StrEnum):
    """What happens to a path."""

    OPENED = "opened"
    WIDENED = "widened"
    NARROWED = "narrowed"
    CLOSED = "closed"


_GAINS = (Kind.OPENED, Kind.WIDENED)
_WEIGHTS = {Direction.INWARD: 3, Direction.BETWEEN: 2, Direction.OUTWARD: 1}
_NETWORK = ("aws:ec2/", "aws:vpc/", "aws:lb/", "aws:alb/")
"""Types that open or close paths without being part of them, such as the rules of ACLs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One path that is there to another extent than before."""

    kind: Kind
    path: Path
    """Only the ports and addresses that come or go."""
    by: tuple[Step, ...]
    """The resources whose change does it; none where that cannot be told."""

    @property
    def is_gain(self) -> bool:
        """Whether somebody can reach more than before."""
        return self.kind in _GAINS

    @property
    def weight(self) -> int:
        """How much to look at it: 3 from the internet, 2 between tiers, 1 to the internet; 0 where a path goes."""
        return _WEIGHTS[self.path.direction] if self.is_gain else 0


def exposure_changes(
    before: ResourceGraph, after: ResourceGraph, renamed: Mapping[str, str] | None = None
) -> tuple[Change, ...]:
    """The difference, what weighs most first; nothing for the same paths by other resources or under other names.

    `renamed` has labels before → now, of what only has another name; without it aliases tell.
    """
    new = together(Finder(after).paths())
    names = _names(_renamed(before, after) if renamed is None else renamed, new)
    old = [_relabelled(path, names) for path in Finder(before).paths()]
    by_key: dict[tuple[str, ...], tuple[list[Path], list[Path]]] = {}
    for side, paths in ((0, together(old)), (1, new)):
        for path in paths:
            by_key.setdefault(path.key, ([], []))[side].append(path)
    changed = _Changed(before, after)
    found = [change for sides in by_key.values() for change in _changes(*sides, changed)]
    return tuple(sorted(found, key=_order))


def _order(change: Change) -> tuple[int, int, tuple[str, ...], bool, object, object]:
    path, kind = change.path, list(Kind).index(change.kind)
    return -change.weight, kind, path.key, bool(path.undecidable), path.ports.spans, path.ranges


def _changes(before: Sequence[Path], after: Sequence[Path], changed: "_Changed") -> Iterator[Change]:
    cuts = cuts_of((*before, *after))
    sure_before, sure_after = (region([p for p in side if not p.undecidable], cuts) for side in (before, after))
    all_before, all_after = (region(side, cuts) for side in (before, after))
    certain = less(sure_after, sure_before)
    gained = Kind.WIDENED if before else Kind.OPENED
    lost = Kind.NARROWED if after else Kind.CLOSED
    yield from _told(gained, certain, [p for p in after if not p.undecidable], changed)
    yield from _told(gained, less(less(all_after, all_before), certain), after, changed)
    yield from _told(lost, less(all_before, all_after), before, changed)


def _told(kind: Kind, found: Region, paths: Sequence[Path], changed: "_Changed") -> Iterator[Change]:
    for ranges, ports in told(found):
        parts = [path for path in paths if overlap(path, ranges, ports)]
        why = "; ".join(sorted({part.undecidable for part in parts} - {""}))
        path = replace(parts[0], ports=ports, ranges=ranges, through=steps_of(parts), undecidable=why)
        yield Change(kind=kind, path=path, by=changed.by(path, gain=kind in _GAINS))


class _Changed:
    """Which resources are other than before."""

    def __init__(self, before: ResourceGraph, after: ResourceGraph) -> None:
        self._graphs = before, after
        self._by_label = tuple({r.label: r for r in graph.cloud} for graph in self._graphs)

    def by(self, path: Path, *, gain: bool) -> tuple[Step, ...]:
        """Those of a path, or else its ends and those of the network."""
        own = [s for s in path.through if self._is_changed(s.label)]
        if own:
            return tuple(own)
        here, there = self._by_label[::-1] if gain else self._by_label
        about = {label: r for label, r in (there | here).items() if _is_about(r, path) and self._is_changed(label)}
        ends = (path.source, path.target)
        return tuple(step(r) for _, r in sorted(about.items(), key=lambda item: (item[1].name not in ends, item[0])))

    def _is_changed(self, label: str) -> bool:
        one, other = (side.get(label) for side in self._by_label)
        if one is None or other is None:
            return True
        if one.inputs == other.inputs:
            return False
        return bool(self._graphs[0].normalise(one.inputs) != self._graphs[1].normalise(other.inputs))


def _is_about(resource: Resource, path: Path) -> bool:
    ends = resource.name in (path.source, path.target)
    return ends or resource.type.startswith(_NETWORK) or resource.type.endswith("PublicAccessBlock")


def _renamed(before: ResourceGraph, after: ResourceGraph) -> dict[str, str]:
    """Labels before → labels after, by the aliases of what is still there."""
    found = {}
    for resource in after:
        for alias in resource.aliases:
            if resource.urn not in before.by_urn and alias in before.by_urn:
                found[before.by_urn[alias].label] = resource.label
    return found


def _names(renamed: Mapping[str, str], after: Sequence[Path]) -> dict[str, str]:
    """Names before → names after, but of what still has its name: the renamed resource only shared it."""
    still = {end for path in after for end in (path.source, path.target)}
    pairs = ((old.partition("::")[2], new.partition("::")[2]) for old, new in renamed.items())
    return {old: new for old, new in pairs if old not in still}


def _relabelled(path: Path, names: Mapping[str, str]) -> Path:
    source, target = (names.get(end, end) for end in (path.source, path.target))
    return replace(path, source=source, target=target)
