"""Paths as sets of addresses and ports: putting together what belongs together, and comparing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from breakwater.analysis.exposure.model import Direction, Path, Step
from breakwater.analysis.exposure.ports import NOTHING, Ports
from breakwater.analysis.exposure.ranges import Atom, Network, atoms, by_ranges, network

Region = list[tuple[Atom | None, Ports]]
"""Addresses with the ports that are open to them; None stands for all there is within the stack."""


def together(paths: Iterable[Path]) -> list[Path]:
    """The same paths, each address and port once: from the internet first, to it last."""
    grouped: dict[tuple[str, ...], list[Path]] = {}
    for path in paths:
        grouped.setdefault(path.key, []).append(path)
    found = [path for same in grouped.values() for path in _together(same)]
    order = list(Direction)
    return sorted(found, key=lambda p: (order.index(p.direction), p.key, bool(p.undecidable), p.ports.spans, p.ranges))


def _together(same: Sequence[Path]) -> Iterator[Path]:
    cuts = cuts_of(same)
    certain = region([p for p in same if not p.undecidable], cuts)
    possible = less(region([p for p in same if p.undecidable], cuts), certain)
    for found, undecidable in ((certain, False), (possible, True)):
        for ranges, ports in told(found):
            parts = [p for p in same if bool(p.undecidable) == undecidable and overlap(p, ranges, ports)]
            through = {step: None for part in parts for step in part.through}
            why = "; ".join(sorted({part.undecidable for part in parts} - {""}))
            yield replace(same[0], ports=ports, ranges=ranges, through=tuple(through), undecidable=why)


def cuts_of(paths: Iterable[Path]) -> set[Network]:
    """Every network that one of the paths names."""
    return {n for path in paths for n in map(network, path.ranges) if n is not None}


def region(paths: Sequence[Path], cuts: set[Network]) -> Region:
    """What some paths with one key are open to, cut by these networks."""
    found: dict[tuple[Network, ...] | None, tuple[Atom | None, Ports]] = {}
    for path in paths:
        for own in map(network, path.ranges):
            for atom in atoms(own, cuts) if own is not None else ():
                key = (atom.network, *atom.holes)
                found[key] = atom, found.get(key, (None, NOTHING))[1] | path.ports
        if not path.ranges:
            found[None] = None, found.get(None, (None, NOTHING))[1] | path.ports
    return list(found.values())


def less(one: Region, other: Region) -> Region:
    """What is in one and not in the other; both are cut by the same networks."""
    taken = {_place(atom): ports for atom, ports in other}
    found = ((atom, ports - taken.get(_place(atom), NOTHING)) for atom, ports in one)
    return [(atom, ports) for atom, ports in found if ports]


def told(found: Region) -> Iterator[tuple[tuple[str, ...], Ports]]:
    """As ranges with the ports that are open to all of them."""
    inner = NOTHING
    for atom, ports in found:
        inner |= ports if atom is None else NOTHING
    if inner:
        yield (), inner
    for ranges, ports, _ in by_ranges([(atom, ports) for atom, ports in found if atom is not None]):
        yield ranges, ports


def overlap(path: Path, ranges: Sequence[str], ports: Ports) -> bool:
    """Whether a path is part of this."""
    if not path.ports & ports:
        return False
    if not ranges or not path.ranges:
        return not ranges and not path.ranges
    cuts = {n for n in map(network, (*ranges, *path.ranges)) if n is not None}
    own, other = (region([replace(path, ranges=tuple(r), ports=ports)], cuts) for r in (path.ranges, ranges))
    return bool({_place(a) for a, _ in own} & {_place(a) for a, _ in other})


def steps_of(paths: Iterable[Path]) -> tuple[Step, ...]:
    """What the paths need, each once."""
    return tuple({step: None for path in paths for step in path.through})


def _place(atom: Atom | None) -> tuple[Network, ...] | None:
    return None if atom is None else (atom.network, *atom.holes)
