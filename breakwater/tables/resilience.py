"""`breakwater resilience` as people and programs read it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from breakwater.analysis.figures import Figure, Verdict
from breakwater.analysis.reading import read
from breakwater.analysis.resilience import ASSUMPTIONS, Resilience, assess, assumption
from breakwater.analysis.resilience.availability import minutes_down
from breakwater.analysis.resilience.model import Kind, Scenario
from breakwater.analysis.resilience.points import SinglePoint
from breakwater.analysis.resilience.recovery import Chain
from breakwater.graph import ResourceGraph
from breakwater.tables._resilience_json import NEEDED, as_object
from breakwater.tables.figures import problem_line

_BAR = 12
"""Characters of a bar."""
_UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Report:
    """What a stack survives."""

    found: Resilience

    @property
    def problems(self) -> Sequence[str]:
        """The targets that are missed, or of which nobody can say."""
        return [problem_line(figure) for figure in self.found.figures if figure.is_problem]

    def to_json(self) -> dict[str, Any]:
        """Everything: seconds, shares of 1, and percent where the name says so."""
        return as_object(self.found)

    def render(self) -> RenderableType:
        """Losses, but within a standby, which are in the JSON; single points, availability, targets, assumptions."""
        if not self.found.scenarios:
            return Text("There is no region in this graph that could be judged.")
        parts: list[RenderableType] = []
        for scenario in self.found.scenarios:
            if scenario.region in self.found.serving or scenario.kind == Kind.REGION:
                parts += [*_loss(scenario), Text()]
        parts += [_title("What exists once"), _points(self.found.single_points), Text()]
        parts += [_title("Availability by AWS's SLAs"), _availability(self.found), Text()]
        if self.found.figures:
            parts += [_title("Targets"), _targets(self.found.figures), Text()]
        parts += [_title("Assumed, and left out"), *_assumptions()]
        parts += [Text(f"  not told enough by the graph: {urn}", style="yellow") for urn in self.found.unread]
        return Group(*parts)


def of(graph: ResourceGraph) -> Report:
    """Of a stack."""
    return Report(assess(read(graph)))


def duration(seconds: float | None) -> str:
    """Such as 90 s, 15 min, 4 h."""
    if seconds is None:
        return _UNKNOWN
    if seconds < 120:
        return f"{seconds:.1f} s" if 0 < seconds < 1 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.0f} h"


def bar(share: float) -> str:
    """A share of capacity, as a bar; none is empty, and only all of it is full."""
    filled = _BAR if share >= 1 else min(max(round(share * _BAR), 1 if share > 0 else 0), _BAR - 1)
    return "█" * filled + "░" * (_BAR - filled)


def _title(text: str) -> Text:
    return Text(text, style="bold")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _loss(scenario: Scenario) -> Iterator[RenderableType]:
    """What is lost, a bar for each service and worker, how long, which data, and what is left to do."""
    title = Text(f"{scenario.region}  {scenario.kind}", style="bold")
    yield title.append(f"  {scenario.what}", style="not bold") if scenario.what else title
    left = Table(box=None, show_header=False, pad_edge=False)
    for one in scenario.left:
        later = "" if one.after == one.left else f", then {one.after}"
        target = "" if one.target_share is None else f", {one.target_share:.0%} of its target"
        tasks = f"{one.left} of {one.before} tasks{later}{target}"
        left.add_row(f"  {one.name}", bar(one.share), f"{one.share:4.0%}", tasks)
    if scenario.left:
        yield left
    again = Table(box=None, show_header=False, pad_edge=False)
    for chain in scenario.recovery.chains:
        style = "" if chain.counts else "dim"
        again.add_row(Text(f"  {chain.name}", style=style), Text(_span(chain), style=style), _parts(chain))
    if len(scenario.recovery.chains) > 1:
        seconds, sure = duration(scenario.recovery.seconds), scenario.recovery.status
        told_status = Text("" if seconds == _UNKNOWN else sure, style="dim")
        again.add_row(Text("  in all"), Text(seconds, style="bold"), told_status)
    if scenario.recovery.chains:
        yield again
    for risk in scenario.data:
        amount = f"up to {duration(risk.seconds)}: " if risk.seconds else ""
        yield Text(f"  data, {risk.store}: {amount}{risk.what}")
    for step in scenario.by_hand:
        yield Text(f"  by hand: {step}", style="yellow")


def _span(chain: Chain) -> str:
    lowest, most = duration(chain.lowest), duration(chain.seconds)
    return most if chain.seconds is None or lowest == most else f"{lowest} to {most}"


def _parts(chain: Chain) -> Text:
    """What its time consists of."""
    told = []
    for part in chain.parts:
        doubt = f" ({part.status})" if part.status == "recalled" and part.seconds is not None else ""
        why = f": {part.source}" if part.seconds is None else ""
        told.append(f"{duration(part.seconds)} {part.name}{why}{doubt}")
    return Text(" + ".join(told), style="dim")


def _points(points: Iterable[SinglePoint]) -> Table:
    table = _table("fails with", "region", "what", "takes along", "setting")
    for point in points:
        table.add_row(point.scope, point.region or "all", Text(point.name), Text(point.takes), Text(point.remedy))
    return table


def _availability(found: Resilience) -> Table:
    table = _table("way", "region", "percent", "min a month", "needs")
    for path in found.paths:
        needs = " × ".join(f"{component.name} {component.availability * 100:g}" for component in path.components)
        table.add_row(f"{path.way} {path.name}", path.region, *_percent(path.availability), Text(needs))
    for one in found.overall:
        if len(one.paths) > 1:
            where = " or ".join(path.region for path in one.paths)
            spent = duration(one.failover_seconds)
            needs = f"{one.redundant * 100:.4f} % but for the failover itself: {spent}"
            table.add_row(f"request {one.name}", where, *_percent(one.availability), needs)
    return table


def _percent(availability: float) -> tuple[str, str]:
    return f"{availability * 100:.4f}", f"{minutes_down(availability):.1f}"


def _targets(figures: Iterable[Figure]) -> Table:
    table = _table("part", "target", "found", "", "decided by", "remedy")
    colours = {Verdict.MET: "green", Verdict.MISSED: "bold red", Verdict.UNKNOWN: "yellow"}
    for figure in figures:
        digits = 4 if figure.unit == "%" else 1
        value = _UNKNOWN if figure.value is None else f"{figure.value:.{digits}f} {figure.unit}"
        verdict = Text(figure.verdict, style=colours.get(figure.verdict, ""))
        part = " ".join(word for word in (figure.region, figure.part, figure.name) if word)
        target = f"{figure.target:g} {figure.unit}"
        table.add_row(Text(part), target, value, verdict, Text(figure.limited_by), Text(figure.remedy))
    return table


def _assumptions() -> list[Text]:
    lines = [f"  {assumption(name).value:g}: {what} ({assumption(name).source})" for name, what in ASSUMPTIONS.items()]
    return [Text(line, style="dim") for line in (*lines, f"  {NEEDED}")]
