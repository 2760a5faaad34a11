"""What alarms say of a region's health, as Route 53 health checks that join the check from outside.

Children: one health check for each alarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, route53


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """An alarm, and what its silence means."""

    alarm: cloudwatch.MetricAlarm
    """Alarm on one metric and a plain statistic, all of whose periods must breach: Route 53 follows the metric itself,
    and takes neither percentiles nor metric math nor M of N (its developer guide)."""
    silence_is_healthy: bool = True
    """Whether the region counts as healthy while there are no data; default yes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthSignalsArgs:
    """Which alarms of which region count."""

    region: str
    """Region of the alarms."""
    signals: Mapping[str, Signal]
    """Name -> alarm; 1 to 255."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.signals) <= 255:
            raise ValueError(f"signals: {len(self.signals)}; give 1 to 255, as many as a region's check can join")


class HealthSignals(pulumi.ComponentResource):
    """Health checks that follow alarms. USD 0.50 a month each after the first fifty of an account."""

    check_ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: HealthSignalsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:health_signals:HealthSignals", name, None, opts)
        self.check_ids = {
            key: route53.HealthCheck(
                f"{name}-{key}",
                type="CLOUDWATCH_METRIC",
                cloudwatch_alarm_name=signal.alarm.name,
                cloudwatch_alarm_region=args.region,
                insufficient_data_health_status="Healthy" if signal.silence_is_healthy else "Unhealthy",
                # Route 53 copies the alarm's settings; a change of these makes it copy them again.
                triggers=_copied(signal.alarm),
                tags={"Name": f"{name}-{key}"},
                opts=pulumi.ResourceOptions(parent=self),
            ).id
            for key, signal in args.signals.items()
        }
        self.register_outputs({"check_ids": self.check_ids})


def _copied(alarm: cloudwatch.MetricAlarm) -> dict[str, pulumi.Output[str]]:
    return {
        "threshold": alarm.threshold.apply(str),
        "period": alarm.period.apply(str),
        "periods": alarm.evaluation_periods.apply(str),
        "comparison": alarm.comparison_operator.apply(str),
    }
