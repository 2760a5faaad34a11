"""Which alarms of a graph watch a metric, and how: the model of a stack has none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.analysis.fixed_cost import region_of
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
        periods = list(_periods(alarm.inputs, metric))
        if periods and (not below or _is_below(alarm, below, graph)):
            points = alarm.inputs.get("datapointsToAlarm") or alarm.inputs.get("evaluationPeriods")
            known = isinstance(points, int | float) and all(isinstance(p, int | float) for p in periods)
            threshold = alarm.inputs.get("threshold")
            yield Watch(
                region_of(alarm, graph),
                float(threshold) if isinstance(threshold, int | float) else None,
                float(points * max(periods)) if known else None,
            )


def _periods(inputs: Mapping[str, Any], metric: str) -> Iterator[Any]:
    if inputs.get("metricName") == metric:
        yield inputs.get("period")
    queries = inputs.get("metricQueries")
    for query in queries if isinstance(queries, list) else ():
        of = query.get("metric") if isinstance(query, Mapping) else None
        if isinstance(of, Mapping) and of.get("metricName") == metric:
            yield of.get("period")


def _is_below(resource: Resource, urn: str, graph: ResourceGraph) -> bool:
    parent = graph.by_urn.get(resource.parent)
    while parent is not None:
        if parent.urn == urn:
            return True
        parent = graph.by_urn.get(parent.parent)
    return False
