"""The body of a CloudWatch dashboard: graphs and lists of alarms under headings, laid out on its grid; pure.

The form is that of "Dashboard body structure and syntax" in the CloudWatch User Guide.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pulumi

# The grid: 24 columns; a widget is 1 to 1000 rows high.
COLUMNS = 24
GRAPH_WIDTH, GRAPH_HEIGHT = 8, 6
# Room for the alarms of a list, below its title; one that is too small scrolls.
ALARMS_IN_A_ROW = 6

# Limits of dashboards: widgets, alarms of one list, metrics of one graph.
WIDGETS_MAX, ALARMS_MAX, METRICS_MAX = 500, 100, 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A metric in a graph."""

    label: str
    """What the legend calls it."""
    namespace: str
    """Metric's namespace."""
    metric_name: str
    """Metric's name."""
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Metric's dimensions; default none."""
    statistic: str = "Average"
    """Average (default), Sum, p99 …"""
    per_second: bool = False
    """Divide it by the seconds of the period; default no."""
    region: str | None = None
    """Region of the metric; default the dashboard's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """A horizontal line, such as an alarm's threshold."""

    label: str
    """What it says."""
    value: float
    """Where it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """Metrics over time."""

    title: str
    """What it shows, with its unit."""
    lines: Sequence[Line]
    """The metrics; a graph without any is left out."""
    level: Level | None = None
    """A level to compare them with; default none."""
    period_seconds: int = 60
    """Seconds to a point; default 60."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmList:
    """The states of alarms."""

    title: str
    """What they have in common."""
    arns: Sequence[pulumi.Input[str]]
    """The alarms; a list without any is left out."""


Widget: TypeAlias = Graph | AlarmList


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """Widgets under a heading."""

    title: str
    """The heading."""
    widgets: Sequence[Widget]
    """What is shown; without any there is no heading either."""


def dashboard_body(title: str, sections: Sequence[Section], region: str) -> dict[str, Any]:
    """The document, in which names of resources are still outputs."""
    # AWS recommends to say so (PutDashboard, API reference).
    note = f"# {title}\nMade from the stack file: what is changed here is lost with the next deployment."
    widgets, row = [_text(note, 0, 2)], 2
    for section in sections:
        shown = list(_shown(section))
        if not shown:
            continue
        widgets.append(_text(f"## {section.title}", row, 1))
        placed, row = _placed(shown, row + 1, region)
        widgets += placed
    if len(widgets) > WIDGETS_MAX:
        raise ValueError(f"sections: {len(widgets)} widgets; a dashboard holds {WIDGETS_MAX}, so show fewer")
    # Each graph keeps the period that its numbers are meant for, however long a time is looked at.
    return {"start": "-PT6H", "periodOverride": "inherit", "widgets": widgets}


def is_empty(sections: Sequence[Section]) -> bool:
    """Whether there is nothing to be shown."""
    return not any(any(_shown(section)) for section in sections)


def _shown(section: Section) -> Iterator[Widget]:
    """Widgets that show something; a list of too many alarms as several."""
    for widget in section.widgets:
        if isinstance(widget, Graph):
            if widget.lines:
                yield widget
            continue
        parts = [widget.arns[start : start + ALARMS_MAX] for start in range(0, len(widget.arns), ALARMS_MAX)]
        for number, part in enumerate(parts, 1):
            title = widget.title if len(parts) == 1 else f"{widget.title} ({number} of {len(parts)})"
            yield AlarmList(title=title, arns=part)


def _placed(widgets: Sequence[Widget], row: int, region: str) -> tuple[list[dict[str, Any]], int]:
    """Graphs three to a row, lists of alarms as wide as the grid; and the next free row."""
    placed: list[dict[str, Any]] = []
    column, next_row = 0, row
    for widget in widgets:
        wide = isinstance(widget, AlarmList)
        width = COLUMNS if wide else GRAPH_WIDTH
        height = _list_height(widget) if isinstance(widget, AlarmList) else GRAPH_HEIGHT
        if column + width > COLUMNS:
            column, row = 0, next_row
        properties = _alarms(widget) if isinstance(widget, AlarmList) else _graph(widget, region)
        kind = "alarm" if wide else "metric"
        placed.append(_widget(kind, (column, row, width, height), properties))
        column, next_row = column + width, max(next_row, row + height)
    return placed, next_row


def _list_height(alarms: AlarmList) -> int:
    return 1 + math.ceil(len(alarms.arns) / ALARMS_IN_A_ROW)


def _widget(kind: str, place: tuple[int, int, int, int], properties: Mapping[str, Any]) -> dict[str, Any]:
    column, row, width, height = place
    return {"type": kind, "x": column, "y": row, "width": width, "height": height, "properties": dict(properties)}


def _text(markdown: str, row: int, height: int) -> dict[str, Any]:
    return _widget("text", (0, row, COLUMNS, height), {"markdown": markdown})


def _alarms(alarms: AlarmList) -> dict[str, Any]:
    # Those that ring come first.
    return {"title": alarms.title, "alarms": list(alarms.arns), "sortBy": "stateUpdatedTimestamp"}


def _graph(graph: Graph, region: str) -> dict[str, Any]:
    metrics = [entry for number, line in enumerate(graph.lines) for entry in _metrics(number, line, region)]
    if len(metrics) > METRICS_MAX:
        raise ValueError(f"lines: {graph.title} has {len(metrics)} metrics; a graph holds {METRICS_MAX}, so split it")
    properties = {
        "title": graph.title,
        "view": "timeSeries",
        "region": region,
        "period": graph.period_seconds,
        "metrics": metrics,
        "yAxis": {"left": {"min": 0, "showUnits": False}},
    }
    if graph.level is not None:
        properties["annotations"] = {"horizontal": [{"label": graph.level.label, "value": graph.level.value}]}
    return properties


def _metrics(number: int, line: Line, region: str) -> Iterator[list[Any]]:
    """The line, or what it is computed from and the expression."""
    elsewhere = {"region": line.region} if line.region not in (None, region) else {}
    dimensions = [part for name, value in line.dimensions.items() for part in (name, value)]
    metric = [line.namespace, line.metric_name, *dimensions]
    if not line.per_second:
        yield [*metric, {"label": line.label, "stat": line.statistic, **elsewhere}]
        return
    yield [*metric, {"id": f"m{number}", "stat": line.statistic, "visible": False, **elsewhere}]
    yield [{"expression": f"m{number} / PERIOD(m{number})", "id": f"e{number}", "label": line.label, **elsewhere}]
