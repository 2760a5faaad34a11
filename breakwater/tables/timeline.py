"""`breakwater timeline`: a first deployment as a table of its critical path, a chart of its components, and what is
waited for without need."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from breakwater.analysis.timeline import ComponentSpan, NeedlessWait, Step, Timeline, timeline
from breakwater.analysis.waits import Reason
from breakwater.graph import Resource, ResourceGraph

_CHART_MIN, _CHART_MAX, _NARROW = 20, 100, 60
"""Columns of a bar at least and at most; names are cut to what is left of this many."""
_REST = 3
"""Resources named one by one in a sentence."""


@dataclass(frozen=True, slots=True)
class TimelineAssessment:
    """A first deployment, as people and programs read it."""

    timeline: Timeline

    @property
    def problems(self) -> Sequence[str]:
        """The needless waits on the critical path."""
        return [_problem(found) for found in self.timeline.needless if found.on_critical_path]

    def to_json(self) -> dict[str, Any]:
        """Seconds throughout; resources by URN."""
        t = self.timeline
        return {
            "seconds": asdict(t.total),
            "status": t.status,
            "critical_path": [_step(step) for step in t.path],
            "components": [_component(component) for component in t.components],
            "needless_waits": [_needless(found) for found in t.needless],
            "unknown_types": list(t.unknown),
            "work_seconds": t.work,
            "seconds_by_cpu_cores": {str(cores): seconds for cores, seconds in t.by_cores.items()},
            "enough_at_once": t.enough_at_once,
        }

    def render(self) -> RenderableType:
        """The total, the critical path, the chart, and what is waited for without need."""
        parts: list[RenderableType] = [_summary(self.timeline)]
        if self.timeline.path:
            parts += [Text("Critical path", "bold"), _path_table(self.timeline), Text()]
            parts += [Text("By component", "bold"), _Chart(self.timeline), Text()]
        off_path = [found for found in self.timeline.needless if not found.on_critical_path]
        if off_path:
            parts += [Text("Waits without need, off the critical path", "bold"), _needless_table(off_path), Text()]
        return Group(*parts)


def assess(graph: ResourceGraph) -> TimelineAssessment:
    """What `breakwater timeline` says of a graph."""
    return TimelineAssessment(timeline(graph))


def duration(seconds: float) -> str:
    """Minutes and seconds, such as 14 min 05 s."""
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02} s" if whole >= 60 else f"{whole} s"


def _problem(found: NeedlessWait) -> str:
    names = _listed([wait.dependency.label for wait in found.waits])
    return (
        f"{found.resource.label} waits {duration(found.seconds)} for {names} without need, and the deployment takes "
        f"{duration(found.saves)} longer for it: {_remedy(found)}"
    )


def _remedy(found: NeedlessWait) -> str:
    return "; ".join(dict.fromkeys(wait.remedy for wait in found.waits[:_REST]))


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _REST} more" if len(names) > _REST else ""
    return ", ".join(names[:_REST]) + rest


def _step(step: Step) -> dict[str, Any]:
    wait, time = step.wait, step.time
    return {
        "urn": step.resource.urn,
        "type": step.resource.type,
        "name": step.resource.name,
        "start": step.span.start,
        "seconds": step.span.seconds,
        "status": time.status if time else None,
        "source": time.source if time else None,
        "waits_for": wait.dependency.urn if wait else None,
        "reason": wait.reason.value if wait else None,
        "properties": list(wait.properties) if wait else [],
        "needed": wait.needed if wait else None,
        "why": wait.why if wait else None,
        "why_status": wait.status if wait else None,
    }


def _component(found: ComponentSpan) -> dict[str, Any]:
    return {
        "urn": found.component.urn,
        "name": found.component.name,
        "level": found.level,
        "start": found.span.start,
        "end": found.span.end,
        "resources": found.resources,
    }


def _needless(found: NeedlessWait) -> dict[str, Any]:
    return {
        "urn": found.resource.urn,
        "waits_for": [wait.dependency.urn for wait in found.waits],
        "why": found.waits[0].why,
        "seconds": found.seconds,
        "on_critical_path": found.on_critical_path,
        "saves": found.saves,
        "remedy": _remedy(found),
    }


def _summary(t: Timeline) -> Text:
    text = Text()
    least = "at least " if t.unknown else ""
    text.append(f"{t.graph.stack or 'The stack'}: a first deployment takes {least}{duration(t.total.typical)}", "bold")
    text.append(f" ({t.status}; {duration(t.total.low)} to {duration(t.total.high)})\n")
    slower = [f"{duration(s)} on {cores}" for cores, s in t.by_cores.items() if s > t.total.typical + 1]
    if slower:
        text.append(
            f"Pulumi creates only so many resources at once, by the machine's CPU cores: {', '.join(slower)}. "
            f"With `pulumi up --parallel {t.enough_at_once}` any machine is as fast.\n"
        )
    if t.unknown:
        text.append(f"No time is known for {_listed(t.unknown)}: they count as nothing.\n", "yellow")
    return text


def _path_table(t: Timeline) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("starts", justify="right")
    table.add_column("takes", justify="right")
    table.add_column("resource", overflow="fold")
    table.add_column("waits for", overflow="fold")
    table.add_column("time is", style="dim")
    for step in t.path:
        table.add_row(
            duration(step.span.start),
            duration(step.span.seconds) if step.time else "?",
            _short(step.resource),
            _because(step),
            Text(step.time.status if step.time else "not known"),
        )
    return table


def _because(step: Step) -> Text:
    wait = step.wait
    if wait is None:
        return Text("")
    what = {
        Reason.PROVIDER: "its provider",
        Reason.PARENT: "its parent",
        Reason.VALUE: f"{', '.join(wait.properties)} from it",
        Reason.NAME: f"{', '.join(wait.properties)}: {wait.why}",
        Reason.ORDER: wait.why,
    }[wait.reason]
    return Text(what) if wait.needed else Text(f"without need: {what}", "red")


def _needless_table(needless: Sequence[NeedlessWait]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("waits", justify="right")
    table.add_column("resource", overflow="fold")
    table.add_column("what to do", overflow="fold")
    for found in needless:
        table.add_row(duration(found.seconds), _short(found.resource), Text(_remedy(found)))
    return table


def _short(resource: Resource) -> Text:
    return Text(resource.type.split(":")[-1]).append(f" {resource.name}", "bold")


@dataclass(frozen=True, slots=True)
class _Chart:
    """A bar for each component, from its first resource to its last, scaled to the terminal's width."""

    timeline: Timeline

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = [("  " * (c.level - 1)) + c.component.name for c in self.timeline.components]
        longest = max((len(name) for name in names), default=0)
        label = min(longest, _NARROW)
        width = max(_CHART_MIN, min(_CHART_MAX, options.max_width - label - len("  00 min 00 s")))
        for name, component in zip(names, self.timeline.components, strict=True):
            yield self._line(name if len(name) <= label else f"{name[: label - 1]}…", label, width, component)

    def _line(self, name: str, label: int, width: int, component: ComponentSpan) -> Text:
        total = self.timeline.total.typical or 1.0
        begin = min(int(component.span.start / total * width), width - 1)
        length = max(1, round(component.span.end / total * width) - begin)
        text = Text(f"{name:{label}}  ")
        text.append(" " * begin).append("█" * length, "cyan").append(" " * max(0, width - begin - length))
        return text.append(f" {duration(component.span.end)}", "dim")
