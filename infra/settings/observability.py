"""Rules about alarms on programs' own metrics, and about dashboards."""

from collections.abc import Iterator

from components._alarm_definitions import Severity
from components._metric_alarms import MetricAlarm as Component
from infra.settings._rules import component_rule, listed, nearest, problem
from infra.settings.models import MetricAlarm, Settings
from infra.settings.problems import Path, Problem, from_rule

COMPARISONS = {
    "above": "GreaterThanThreshold",
    "at-least": "GreaterThanOrEqualToThreshold",
    "below": "LessThanThreshold",
    "at-most": "LessThanOrEqualToThreshold",
}
"""The settings' words, and CloudWatch's."""

# Where a component's field is found in the settings, if it has another name there.
_FIELDS = {"metric_name": "metric", "extended_statistic": "statistic", "periods": "evaluation_periods"}
_REMEDIES = {
    "dimensions": "correct or remove it",
    "per_second": "write `statistic: Sum`, or remove per_second",
    "datapoints": "write a smaller number, or remove it",
    "periods": "write fewer, or a shorter period_seconds",
    "period_seconds": "write 60 or a multiple of it",
    "extended_statistic": "write Sum, Average, Maximum, Minimum, SampleCount or for example p99",
}
# Dashboard -> sections of which it shows what is there.
_SHOWN = {
    "messages": ("queues", "topics", "buses"),
    "api": ("services", "http_apis"),
    "database": ("database", "cache"),
}
# A namespace that is good, for alarms whose own depends on the stack's name or is wrong by itself.
_ANY = "Any"


def observability_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of these."""
    for name, alarm in settings.metric_alarms.items():
        yield from _alarm(("metric_alarms", name), alarm, settings)
    yield from _dashboards(settings)


def metric_alarm(alarm: MetricAlarm, namespace: str) -> Component:
    """The component's alarm on a metric of this namespace."""
    return Component(
        summary=alarm.summary,
        namespace=namespace,
        metric_name=alarm.metric,
        dimensions=alarm.dimensions,
        statistic=alarm.statistic,
        threshold=alarm.threshold,
        per_second=alarm.per_second,
        comparison=COMPARISONS[alarm.comparison],  # type: ignore[arg-type]  # a dict's values are plain text
        period_seconds=alarm.period_seconds,
        periods=alarm.evaluation_periods,
        datapoints=alarm.datapoints,
        missing=alarm.treat_missing_data,
        severity=Severity(alarm.severity),
        runbook=alarm.runbook,
    )


def _alarm(path: Path, alarm: MetricAlarm, settings: Settings) -> Iterator[Problem]:
    yield from _source(path, alarm, settings)
    try:
        metric_alarm(alarm, _ANY)
    except ValueError as error:
        field = str(error).partition(": ")[0]
        yield from_rule((*path, _FIELDS.get(field, field)), error, remedy=_REMEDIES.get(field, "correct it"))


def _source(path: Path, alarm: MetricAlarm, settings: Settings) -> Iterator[Problem]:
    """A metric is found by the program that sends it or by its namespace."""
    program: Path = (*path, "program")
    programs = {**settings.services, **settings.workers}
    if (alarm.program is None) == (alarm.namespace is None):
        both = alarm.program is not None
        yield problem(
            program,
            "it has a program and a namespace" if both else "nothing says where the metric comes from",
            "either program or namespace",
            "remove one of the two" if both else "name the service or worker that sends it, or its namespace",
            (*path, "namespace"),
        )
    elif alarm.namespace is not None:
        place: Path = (*path, "namespace")
        yield from component_rule(place, "correct the namespace", Component, summary="Checked.", threshold=0,
                                  namespace=alarm.namespace, metric_name="any", statistic="Sum")  # fmt: skip
    elif alarm.program not in programs:
        meant = nearest(str(alarm.program), programs)
        remedy = f"write {meant}" if meant else "name one of these, or write the metric's `namespace`"
        message = f"there is no service or worker {alarm.program}"
        yield problem(program, message, listed(programs), remedy, ("services",), ("workers",))
    elif settings.telemetry is None:
        remedy = "add `telemetry`, or write the metric's `namespace` instead"
        message = f"{alarm.program} has no collector that could send its metrics"
        yield problem(program, message, "where the stack has `telemetry`", remedy, ("telemetry",))


def _dashboards(settings: Settings) -> Iterator[Problem]:
    """AWS bills a dashboard that shows nothing like any other."""
    for position, kind in enumerate(settings.dashboards):
        place: Path = ("dashboards", position)
        if kind in settings.dashboards[:position]:
            yield problem(place, f"{kind} is listed twice", "each once", "remove one of the two")
            continue
        sections = _SHOWN.get(kind, ())
        if sections and not any(getattr(settings, section) for section in sections):
            missing = " and no ".join(sections)
            yield problem(
                place,
                f"{kind} would be empty: the stack has no {missing}",
                "dashboards of what the stack has",
                f"remove it, or add `{sections[0]}`",
                *((section,) for section in sections),
            )
        if kind == "global" and len(settings.regions) == 1:
            message, allowed = "the stack has one region", "a stack of several regions"
            yield problem(place, message, allowed, "remove it: the others show the region", ("regions",))
