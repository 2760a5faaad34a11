"""Alarms on metrics that programs send themselves, as definitions; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from components._alarm_definitions import AlarmDefinition, Comparison, MetricQuery, MissingData, Severity, Statistic

# Limits of the PutMetricAlarm API.
DIMENSIONS_MAX, NAME_MAX = 30, 255
_NAMESPACE = re.compile(r"[A-Za-z0-9._/#-][A-Za-z0-9._/#: -]*")
_DIMENSION = re.compile(rf"(?!:)[!-~][ -~]{{0,{NAME_MAX - 1}}}")


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricAlarm:
    """An alarm on one metric, whatever sends it."""

    summary: str
    """What has happened, one sentence for the person who is told."""
    namespace: str
    """Metric's namespace; of a program with telemetry `<namespace>/<service_name>` of its Telemetry."""
    metric_name: str
    """Metric's name."""
    statistic: str
    """Sum, Average, Maximum, Minimum, SampleCount, or a percentile and its kin such as p99."""
    threshold: float
    """Compared with the statistic, in the metric's unit; per second with per_second."""
    dimensions: Mapping[str, str] = field(default_factory=dict)
    """All of the metric's dimensions, up to 30: CloudWatch takes each set of them for a metric of its own. Default
    none."""
    comparison: Comparison = "GreaterThanThreshold"
    """How the value stands to the threshold when it is bad; default above it."""
    per_second: bool = False
    """Sum only: divide it by the seconds of the period; default no."""
    period_seconds: int = 60
    """Length of a period, 10, 20, 30 or a multiple of 60 s; default 60. Less than 60 needs a high-resolution metric."""
    periods: int = 5
    """How many periods are looked at; default 5."""
    datapoints: int | None = None
    """How many of them must be bad; default all."""
    missing: MissingData = "notBreaching"
    """What a period without data counts as; default notBreaching, because a counter that counts nothing sends none."""
    severity: Severity = Severity.WARNING
    """How soon a person must look; default warning."""
    runbook: str | None = None
    """File stem in docs/runbooks; default the page for all alarms of this kind."""

    def __post_init__(self) -> None:
        if len(self.namespace) > NAME_MAX or not _NAMESPACE.fullmatch(self.namespace):
            raise ValueError(
                f"namespace: {self.namespace!r}; give up to {NAME_MAX} letters, digits, spaces and . - _ / # : "
                "that begin with no space or colon"
            )
        if not 1 <= len(self.metric_name) <= NAME_MAX:
            raise ValueError(f"metric_name: {len(self.metric_name)} characters; give 1 to {NAME_MAX}")
        if len(self.dimensions) > DIMENSIONS_MAX:
            raise ValueError(f"dimensions: {len(self.dimensions)}; CloudWatch takes {DIMENSIONS_MAX} at most")
        for name, value in self.dimensions.items():
            if not (_DIMENSION.fullmatch(name) and _DIMENSION.fullmatch(value)):
                raise ValueError(
                    f"dimensions: {name!r}, {value!r}; give 1 to {NAME_MAX} ASCII characters to both, no colon first"
                )
        if self.per_second and self.statistic != "Sum":
            raise ValueError(f"per_second: {self.statistic} is no count; set statistic to Sum, or leave it out")
        # The rest is what any alarm must fulfil.
        self.definition("checked")

    def definition(self, role: str) -> AlarmDefinition:
        """The alarm of this role."""
        return AlarmDefinition(
            role=role,
            summary=self.summary,
            severity=self.severity,
            runbook="program-metric" if self.runbook is None else self.runbook,
            comparison=self.comparison,
            threshold=self.threshold,
            periods=self.periods,
            datapoints=self.periods if self.datapoints is None else self.datapoints,
            missing=self.missing,
            **(self._rate() if self.per_second else self._metric()),
        )

    def _metric(self) -> dict[str, Any]:
        plain = self.statistic in get_args(Statistic)
        return {
            "namespace": self.namespace,
            "metric_name": self.metric_name,
            "dimensions": self.dimensions or None,
            "statistic" if plain else "extended_statistic": self.statistic,
            "period_seconds": self.period_seconds,
        }

    def _rate(self) -> dict[str, Any]:
        """Metric math, because no statistic is a rate."""
        counted = MetricQuery(id="counted", **self._metric())
        rate = MetricQuery(id="rate", expression="counted / PERIOD(counted)", label="Per second", returned=True)
        return {"metrics": [counted, rate]}
