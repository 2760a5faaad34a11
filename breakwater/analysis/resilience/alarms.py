"""Which alarms of a graph watch a metric, and how: the model of a stack has none."""

from collections.abc import Iterator
from dataclasses import dataclass

from breakwater.analysis.properties import items, known, number, region_of, text
from breakwater.graph import Resource, ResourceGraph

_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


@dataclass(frozen=True, slots=True)
class Watch:
    """An alarm."""

    region: str
    threshold: float | None
    seconds: float | None
    """From the first bad value until it tells."""


def watches(graph: ResourceGraph, metric: str, *, below: str = "") -> Iterator[Watch]:
    """The alarms on a metric; with `below` only those of that component."""
    for alarm in graph.of(_ALARM):
        periods = list(_periods(alarm, metric))
        if periods and (not below or _is_below(alarm, below, graph)):
            points = number(known(alarm, "datapointsToAlarm")) or number(known(alarm, "evaluationPeriods"))
            longest = None if None in periods else max(period for period in periods if period is not None)
            seconds = None if points is None or longest is None else points * longest
            yield Watch(region_of(alarm, graph), number(known(alarm, "threshold")), seconds)


def _periods(alarm: Resource, metric: str) -> Iterator[float | None]:
    if text(known(alarm, "metricName")) == metric:
        yield number(known(alarm, "period"))
    for query in items(known(alarm, "metricQueries")):
        for of in items(query.get("metric")):
            if text(of.get("metricName")) == metric:
                yield number(of.get("period"))


def _is_below(resource: Resource, urn: str, graph: ResourceGraph) -> bool:
    parent = graph.by_urn.get(resource.parent)
    while parent is not None and parent.urn != urn:
        parent = graph.by_urn.get(parent.parent)
    return parent is not None
