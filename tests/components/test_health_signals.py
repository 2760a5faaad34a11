"""Route 53 health checks that follow alarms."""

from typing import Any

import pytest
from pulumi_aws import cloudwatch

from components.health_signals import HealthSignals, HealthSignalsArgs, Signal
from tests.support.recorder import Recording, record

HEALTH_CHECK = "aws:route53/healthCheck:HealthCheck"


def recorded(*, preview: bool = False, **signal: Any) -> Recording:
    def program() -> HealthSignals:
        alarm = cloudwatch.MetricAlarm(
            "alarm", comparison_operator="GreaterThanThreshold", evaluation_periods=3, period=60, threshold=25
        )
        return HealthSignals(
            "us", HealthSignalsArgs(region="us-east-1", signals={"balancer": Signal(alarm=alarm, **signal)})
        )

    return record(program, preview=preview)


@pytest.mark.feature("R1")
def test_a_health_check_follows_an_alarm() -> None:
    recording = recorded()
    assert recording.only(HEALTH_CHECK).name == "us-balancer"
    assert recording.only(HEALTH_CHECK).inputs == {
        "type": "CLOUDWATCH_METRIC",
        "cloudwatchAlarmName": "alarm.name",
        "cloudwatchAlarmRegion": "us-east-1",
        "insufficientDataHealthStatus": "Healthy",
        "triggers": {"threshold": "25.0", "period": "60", "periods": "3", "comparison": "GreaterThanThreshold"},
        "tags": {"Name": "us-balancer"},
    }
    assert recording.value(recording.result.check_ids["balancer"]) == "us-balancer.id"


def test_silence_may_be_bad_news() -> None:
    check = recorded(silence_is_healthy=False).only(HEALTH_CHECK)
    assert check.inputs["insufficientDataHealthStatus"] == "Unhealthy"


def test_the_preview_registers_the_same() -> None:
    assert [r.urn for r in recorded(preview=True).resources] == [r.urn for r in recorded().resources]


@pytest.mark.parametrize("count", [0, 256])
def test_refuses_more_than_a_check_can_join(count: int) -> None:
    alarm: Any = None
    with pytest.raises(ValueError, match=rf"^signals: {count}; give 1 to 255"):
        HealthSignalsArgs(region="us-east-1", signals={str(n): Signal(alarm=alarm) for n in range(count)})
