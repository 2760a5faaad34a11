"""What an alarm is, before it is a resource: a metric or metric math, a threshold, what it means to people; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias, get_args

import pulumi

Statistic: TypeAlias = Literal["SampleCount", "Average", "Sum", "Minimum", "Maximum"]
Comparison: TypeAlias = Literal[
    "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
]
MissingData: TypeAlias = Literal["breaching", "notBreaching", "ignore", "missing"]

# Limits of the PutMetricAlarm API.
METRIC_QUERIES_MAX = 20
HOUR_SECONDS, DAY_SECONDS, WEEK_SECONDS = 3_600, 86_400, 604_800

_ROLE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_EXTENDED = re.compile(r"(p|tm|tc|ts|wm)\d{1,3}(\.\d{1,10})?|IQM|(PR|TC|TM|TS|WM)\([^()]+\)")
_QUERY_ID = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")


class Severity(StrEnum):
    """How soon a person must look."""

    CRITICAL = "critical"
    """Users are affected or data is at risk: now, at any hour."""
    WARNING = "warning"
    """It will become critical if nothing is done: in working hours."""


@dataclass(frozen=True, slots=True)
class AlarmRegister:
    """The alarms of a region as they are made, for a dashboard that shows them all."""

    arns: dict[Severity, list[pulumi.Output[str]]] = field(default_factory=lambda: {each: [] for each in Severity})
    """By severity, in the order in which they were made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmTarget:
    """Where the alarms of a region go, and where their runbooks are."""

    topic_arn: pulumi.Input[str]
    """SNS topic that gets ALARM and OK."""
    runbooks_url: str
    """Address of the folder of runbooks, such as https://github.com/example/breakwater/blob/main/docs/runbooks."""
    register: AlarmRegister | None = field(default=None, compare=False, repr=False)
    """Where each alarm is written down; default nowhere."""

    def __post_init__(self) -> None:
        if not self.runbooks_url.startswith("https://"):
            raise ValueError(f"runbooks_url: {self.runbooks_url!r} must be an https:// address that people can open")

    def runbook(self, stem: str) -> str:
        """The address of one runbook."""
        return f"{self.runbooks_url.rstrip('/')}/{stem}.md"


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricQuery:
    """One line of metric math: a metric (metric_name, namespace, statistic) or an expression over other lines."""

    id: str
    """Name that expressions use; starts with a lower-case letter."""
    expression: str | None = None
    """Metric math, such as `100 * m1 / m2`; default none: the line is a metric."""
    metric_name: str | None = None
    """Metric's name."""
    namespace: str | None = None
    """Metric's namespace, such as AWS/SQS."""
    dimensions: Mapping[str, pulumi.Input[str]] | None = None
    """Metric's dimensions; default none."""
    statistic: str | None = None
    """Average, Sum, p99 …"""
    period_seconds: int = 60
    """Metric's period, seconds."""
    unit: str | None = None
    """Only data points of this unit; default any."""
    label: str | None = None
    """What a graph calls the line; default none."""
    returned: bool = False
    """True on the one line that the threshold is compared with."""

    def __post_init__(self) -> None:
        if not _QUERY_ID.fullmatch(self.id):
            raise ValueError(f"id: {self.id!r} must start with a lower-case letter, then letters, digits or _")
        metric = (self.metric_name, self.namespace, self.statistic)
        if self.expression is not None and (any(metric) or self.dimensions):
            raise ValueError(f"expression: query {self.id} has an expression and a metric; split it into two queries")
        if self.expression is None and not all(metric):
            raise ValueError(
                f"metric_name: query {self.id} needs metric_name, namespace and statistic, or an expression"
            )
        _check_period("period_seconds", self.period_seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmDefinition:
    """One alarm: a metric (or metric math over several), when it is bad, and what that means. Makes no resource."""

    role: str
    """Child's suffix; stable, because it is the alarm's identity."""
    summary: str
    """What has happened, one sentence for the person who is woken."""
    severity: Severity
    """How soon a person must look."""
    runbook: str
    """File stem in docs/runbooks."""
    comparison: Comparison
    """How the value stands to the threshold when it is bad."""
    threshold: pulumi.Input[float]
    """Compared with the statistic, in the metric's unit."""
    datapoints: int
    """How many of the periods must be bad."""
    periods: int
    """How many periods are looked at."""
    missing: MissingData
    """What a period without data counts as."""
    metric_name: str | None = None
    """Metric's name; default none: metric math."""
    namespace: str | None = None
    """Metric's namespace, such as AWS/RDS; default none: metric math."""
    dimensions: Mapping[str, pulumi.Input[str]] | None = None
    """Metric's dimensions; default none."""
    statistic: Statistic | None = None
    """Plain statistic; give this or extended_statistic."""
    extended_statistic: str | None = None
    """Percentile and its kin, such as p99 or TM(10%:90%)."""
    period_seconds: int = 60
    """Length of a period, seconds; in metric math each query has its own."""
    unit: str | None = None
    """Only data points of this unit; default any."""
    metrics: Sequence[MetricQuery] = ()
    """Metric math, in place of metric_name and the rest; exactly one query is `returned`."""

    def __post_init__(self) -> None:
        for name in ("role", "runbook"):
            if not _ROLE.fullmatch(getattr(self, name)):
                raise ValueError(f"{name}: {getattr(self, name)!r} may hold lower-case words joined by hyphens only")
        if not self.summary.endswith("."):
            raise ValueError(f"summary: {self.summary!r} of {self.role} must be a sentence that ends with a full stop")
        _check_choice("comparison", self.comparison, get_args(Comparison))
        _check_choice("missing", self.missing, get_args(MissingData))
        if self.metrics:
            self._check_math()
        else:
            self._check_metric()
        if not 1 <= self.datapoints <= self.periods:
            raise ValueError(f"datapoints: {self.datapoints} of {self.periods} periods; give 1 to {self.periods}")
        self._check_span()

    def _check_metric(self) -> None:
        if not self.metric_name or not self.namespace:
            raise ValueError(f"metric_name: {self.role} needs metric_name and namespace, or metrics")
        if (self.statistic is None) == (self.extended_statistic is None):
            raise ValueError(f"statistic: {self.role} needs exactly one of statistic and extended_statistic")
        if self.statistic is not None:
            _check_choice("statistic", self.statistic, get_args(Statistic))
        elif not _EXTENDED.fullmatch(self.extended_statistic or ""):
            raise ValueError(f"extended_statistic: {self.extended_statistic!r} is none; write it as p99 or TM(10%:90%)")
        _check_period("period_seconds", self.period_seconds)

    def _check_math(self) -> None:
        if any((self.metric_name, self.namespace, self.dimensions, self.statistic, self.extended_statistic, self.unit)):
            raise ValueError(f"metrics: {self.role} has metric math and a metric; put the metric into a query")
        if len(self.metrics) > METRIC_QUERIES_MAX:
            raise ValueError(f"metrics: {len(self.metrics)} queries; CloudWatch takes {METRIC_QUERIES_MAX} at most")
        if len({query.id for query in self.metrics}) < len(self.metrics):
            raise ValueError(f"metrics: {self.role} uses an id twice; give each query its own")
        if sum(query.returned for query in self.metrics) != 1:
            raise ValueError(f"metrics: {self.role} must mark exactly one query as returned")

    def _check_span(self) -> None:
        period = max((q.period_seconds for q in self.metrics if q.metric_name), default=self.period_seconds)
        longest = WEEK_SECONDS if period >= HOUR_SECONDS else DAY_SECONDS
        if period * self.periods > longest:
            raise ValueError(
                f"periods: {self.periods} of {period} s look back further than the {longest} s CloudWatch allows; "
                "use fewer or (for a week) periods of an hour or more"
            )

    def description(self, target: AlarmTarget) -> str:
        """The text on the alarm: severity first, so that a subject line or a filter can use it."""
        return f"{self.severity}: {self.summary} Runbook: {target.runbook(self.runbook)}"


def _check_choice(field: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{field}: {value!r} is not one of {', '.join(allowed)}")


def _check_period(field: str, seconds: int) -> None:
    if seconds not in (10, 20, 30) and (seconds < 60 or seconds % 60):
        raise ValueError(f"{field}: {seconds} s; CloudWatch takes 10, 20, 30 or a multiple of 60")
