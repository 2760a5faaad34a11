"""`breakwater exposure` as people and programs read it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from breakwater.analysis.exposure import Change, Direction, Exposure, Path, exposure
from breakwater.analysis.exposure.model import hops
from breakwater.analysis.exposure.ranges import told
from breakwater.graph import ResourceGraph
from breakwater.tables.figures import Wide
from breakwater.values import printable


@dataclass(frozen=True, slots=True)
class Paths:
    """Every network path of a stack."""

    found: Exposure

    @property
    def problems(self) -> Sequence[str]:
        """None: what may be open, policies decide."""
        return ()

    def to_json(self) -> dict[str, Any]:
        """Every path with all that it needs, each target's distance from the internet, and rules without effect."""
        return {
            "paths": [path_json(path) for path in self.found.paths],
            "hops": dict(sorted(hops(self.found.paths).items())),
            "remarks": [asdict(remark.rule) | {"why": remark.why} for remark in self.found.remarks],
        }

    def render(self) -> RenderableType:
        """A table for each direction, then what cannot be decided, and the rules without effect."""
        if not self.found.paths and not self.found.remarks:
            return Text("Nothing in this graph can be reached over a network, or reaches anything.")
        return Group(*self._tables(), *self._undecidable(), *self._remarks())

    def _tables(self) -> Iterator[RenderableType]:
        sure = [path for path in self.found.paths if not path.undecidable]
        inward = [path for path in sure if path.direction is Direction.INWARD]
        table = _table("From the internet", "to", "ports", "from", "lets in", "through")
        for path in inward:
            _add(table, path.target, str(path.ports), told(path.ranges), path.access or "everybody", _through(path))
        yield from (Wide(table), Text())
        distance = hops(sure)
        between = [path for path in sure if path.direction is Direction.BETWEEN]
        table = _table("Between tiers", "to", "ports", "from", "through", "connections from the internet")
        for (target, ports, through), sources in _grouped(between, _way_between):
            _add(table, target, ports, sources, through, str(distance.get(target, "not reached")))
        yield from (Wide(table), Text())
        outward = [path for path in sure if path.direction is Direction.OUTWARD]
        table = _table("To the internet", "ports", "to", "from", "through")
        for (ports, to, through), sources in _grouped(outward, _way_out):
            _add(table, ports, to, sources, through)
        yield from (Wide(table), Text())

    def _undecidable(self) -> Iterator[RenderableType]:
        paths = [path for path in self.found.paths if path.undecidable]
        if paths:
            table = _table("Perhaps open", "from", "to", "ports", "addresses", "not decidable, because")
            for path in paths:
                _add(table, path.source, path.target, str(path.ports), told(path.ranges), path.undecidable)
            yield from (Wide(table), Text())

    def _remarks(self) -> Iterator[RenderableType]:
        if self.found.remarks:
            yield Text("Rules that let nothing through", "bold")
        for remark in self.found.remarks:
            yield Text(printable(f"  {remark.rule.name}: {remark.why}"), "dim")


def assess(graph: ResourceGraph) -> Paths:
    """The paths of a graph."""
    return Paths(exposure(graph))


def path_json(path: Path) -> dict[str, Any]:
    """A path as an object."""
    return {
        "direction": str(path.direction),
        "source": path.source,
        "target": path.target,
        "ports": [{"protocol": name, "first": first, "last": last} for name, first, last in path.ports.listed()],
        "ranges": list(path.ranges),
        "access": path.access,
        "through": [asdict(step) for step in path.through],
        "undecidable": path.undecidable or None,
    }


def change_json(change: Change) -> dict[str, Any]:
    """A change as an object."""
    by = [asdict(step) for step in change.by]
    return {"kind": str(change.kind), "weight": change.weight, "path": path_json(change.path), "by": by}


def _through(path: Path) -> str:
    """Each name once: several resources of a way are called the same."""
    return " → ".join(dict.fromkeys(step.name for step in path.through))


def _way_between(path: Path) -> tuple[str, ...]:
    return path.target, str(path.ports), _gateways(path)


def _way_out(path: Path) -> tuple[str, ...]:
    return str(path.ports), told(path.ranges), _gateways(path)


def _gateways(path: Path) -> str:
    """What it goes through but the rules, which differ from source to source."""
    names = (step.name for step in path.through if "ecurityGroup" not in step.label)
    return ", ".join(dict.fromkeys(name for name in names if name not in (path.source, path.target)))


def _grouped(paths: Iterable[Path], key: Callable[[Path], tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is alike in all but its source, with the sources."""
    found: dict[tuple[str, ...], dict[str, None]] = {}
    for path in paths:
        found.setdefault(key(path), {})[path.source] = None
    yield from sorted((alike, ", ".join(sources)) for alike, sources in found.items())


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(printable(cell)) for cell in cells))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", header_style="dim")
    return table
