"""Alarms on metrics that programs send themselves."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings._types import Name
from infra.settings.models._model import Model

Dashboard = Literal["health", "messages", "api", "database", "errors", "global"]


class MetricAlarm(Model):
    """An alarm in each region on a metric of a program's own, or on any other of CloudWatch's."""

    summary: Annotated[str, StringConstraints(pattern=r"^[^\s].*[.]$", max_length=300)] = Field(
        examples=["Sending fails more often than once in ten seconds."]
    )
    """What has happened, one sentence for the person who is told, with its full stop."""
    program: Name | None = Field(default=None, examples=["deliver"])
    """Service or worker that sends the metric by OpenTelemetry (`telemetry`); default none, which `namespace` wants."""
    namespace: Annotated[str, StringConstraints(max_length=255)] | None = Field(default=None, examples=["Shop/Orders"])
    """Namespace of the metric, where it comes in another way; default that of the `program`."""
    metric: Annotated[str, StringConstraints(min_length=1, max_length=255)] = Field(examples=["messages.failed"])
    """Name of the metric."""
    dimensions: Mapping[str, str] = Field(default_factory=dict, max_length=30, examples=[{"OTelLib": "deliver"}])
    """All dimensions of the metric, up to 30: with OpenTelemetry its attributes, and as OTelLib the name of its meter.
    Each set of dimensions is a metric of its own. Default none."""
    statistic: str = Field(max_length=100, examples=["Sum"])
    """Sum, Average, Maximum, Minimum, SampleCount, or a percentile such as p99, which needs single values or an
    exponential histogram."""
    threshold: float = Field(examples=[0.1])
    """What the statistic is compared with, in the metric's unit."""
    per_second: bool = False
    """Sum only: whether `threshold` is a number per second; default false: one per period."""
    comparison: Literal["above", "at-least", "below", "at-most"] = "above"
    """How the statistic stands to the threshold when it is bad; default above."""
    period_seconds: int = Field(default=60, ge=10, le=86_400)
    """Seconds of a period, a multiple of 60, or 10, 20 or 30 for high-resolution metrics; default 60."""
    evaluation_periods: int = Field(default=5, ge=1)
    """Periods that are looked at, up to a day of them; default 5."""
    datapoints: int | None = Field(default=None, ge=1, examples=[3])
    """How many of these periods must be bad, at most all; default all."""
    treat_missing_data: Literal["breaching", "notBreaching", "ignore", "missing"] = "notBreaching"
    """What a period without data counts as; default notBreaching."""
    severity: Literal["critical", "warning"] = "warning"
    """`critical`: somebody must look at any hour; `warning`: in working hours. Default warning."""
    runbook: Name | None = Field(default=None, examples=["sending-fails"])
    """Page below `alarms.runbooks_url`, without .md; default program-metric, which is for all such alarms."""
