"""Alarms on programs' own metrics."""

from typing import Any

import pytest

from components._metric_alarms import MetricAlarm
from components.alarms import Alarms, AlarmsArgs, Severity
from tests.support.data import TARGET, alarms
from tests.support.recorder import record

FAILURES: dict[str, Any] = {
    "summary": "Sending fails.",
    "namespace": "shop-prod/deliver",
    "metric_name": "messages.failed",
    "statistic": "Sum",
    "threshold": 0.1,
    "dimensions": {"OTelLib": "deliver"},
}


def failures(**changes: Any) -> MetricAlarm:
    return MetricAlarm(**{**FAILURES, **changes})


def made(alarm: MetricAlarm) -> dict[str, Any]:
    args = AlarmsArgs(target=TARGET, definitions=[alarm.definition("failures")])
    return alarms(record(lambda: Alarms("own", args)))["own-failures"].inputs


@pytest.mark.feature("O1")
def test_a_rate_is_the_sum_over_the_seconds_of_its_period() -> None:
    inputs = made(failures(per_second=True, period_seconds=300))
    metric = {
        "namespace": "shop-prod/deliver",
        "metricName": "messages.failed",
        "dimensions": {"OTelLib": "deliver"},
        "stat": "Sum",
        "period": 300,
    }
    assert inputs["metricQueries"] == [
        {"id": "counted", "returnData": False, "metric": metric},
        {"id": "rate", "expression": "counted / PERIOD(counted)", "label": "Per second", "returnData": True},
    ]
    assert inputs["threshold"] == 0.1
    assert not {"namespace", "metricName", "dimensions", "statistic", "period"} & set(inputs)


@pytest.mark.feature("O1")
def test_a_statistic_is_looked_at_as_it_is() -> None:
    inputs = made(failures())
    assert "metricQueries" not in inputs
    assert (inputs["namespace"], inputs["metricName"]) == ("shop-prod/deliver", "messages.failed")
    assert (inputs["statistic"], inputs["period"], inputs["dimensions"]) == ("Sum", 60, {"OTelLib": "deliver"})
    assert (inputs["datapointsToAlarm"], inputs["evaluationPeriods"]) == (5, 5)
    assert (inputs["comparisonOperator"], inputs["treatMissingData"]) == ("GreaterThanThreshold", "notBreaching")
    assert inputs["alarmDescription"] == (
        "warning: Sending fails. Runbook: https://example.org/runbooks/program-metric.md"
    )


@pytest.mark.feature("O1")
def test_all_that_can_be_chosen_arrives() -> None:
    alarm = failures(
        statistic="p99",
        comparison="LessThanOrEqualToThreshold",
        periods=3,
        datapoints=2,
        missing="breaching",
        severity=Severity.CRITICAL,
        runbook="sending-fails",
        dimensions={},
    )
    inputs = made(alarm)
    assert inputs["extendedStatistic"] == "p99"
    assert not {"statistic", "dimensions"} & set(inputs)
    assert (inputs["datapointsToAlarm"], inputs["evaluationPeriods"]) == (2, 3)
    assert (inputs["comparisonOperator"], inputs["treatMissingData"]) == ("LessThanOrEqualToThreshold", "breaching")
    assert inputs["alarmDescription"].startswith("critical: ")
    assert inputs["alarmDescription"].endswith("/sending-fails.md")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"namespace": ":shop"}, "namespace: ':shop'"),
        ({"namespace": "x" * 256}, "namespace: "),
        ({"metric_name": ""}, "metric_name: 0 characters"),
        ({"dimensions": {f"d{n}": "x" for n in range(31)}}, "dimensions: 31"),
        ({"dimensions": {":d": "x"}}, "dimensions: ':d'"),
        ({"dimensions": {"d": ""}}, "dimensions: 'd', ''"),
        ({"dimensions": {"d": "x" * 256}}, "dimensions: 'd'"),
        ({"statistic": "Average", "per_second": True}, "per_second: Average"),
        ({"statistic": "p9x"}, "extended_statistic: 'p9x'"),
        ({"datapoints": 6}, "datapoints: 6 of 5"),
        ({"period_seconds": 61}, "period_seconds: 61"),
        ({"periods": 1441}, "periods: 1441 of 60 s"),
        ({"summary": "Sending fails"}, "summary: "),
        ({"runbook": "Sending fails"}, "runbook: "),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        failures(**changes)
