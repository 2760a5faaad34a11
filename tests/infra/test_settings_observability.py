"""Rules about alarms on programs' own metrics, levels of alarms, and dashboards."""

import pytest

from tests.infra.platforms import ONE_REGION
from tests.infra.sample import Case, assert_only, edited, refusal, settings_of

TOP = "    services:\n      api:"
COLLECTOR = "public.ecr.aws/aws-observability/aws-otel-collector@sha256:" + "0" * 64
ALARM = {
    "summary": "Sending fails.", "namespace": "Chat", "metric": "failed", "statistic": "Sum", "threshold": "0.1",
}  # fmt: skip


def alarm(path: str, message: str, remedy: str, **changes: str | None) -> Case:
    """An alarm with fields that are changed, or removed (None), and what is said of the field at `path`."""
    fields = {name: value for name, value in {**ALARM, **changes}.items() if value is not None}
    lines = "".join(f"        {name}: {value}\n" for name, value in fields.items())
    at = f"        {path}:" if path in fields else "      fails:\n"
    return Case(
        TOP, f"    metric_alarms:\n      fails:\n{lines}{TOP}", f"metric_alarms.fails.{path}", at, message, remedy
    )


def top(text: str, path: str, message: str, remedy: str) -> Case:
    return Case(TOP, f"    {text}\n{TOP}", path, text.partition(":")[0], message, remedy)


CASES = {
    "neither program nor namespace": alarm("program", "nothing says where", "name the service", namespace=None),
    "program and namespace": alarm("program", "a program and a namespace", "remove one", program="packer"),
    "no such program": alarm(
        "program", "no service or worker packet", "write packer", program="packet", namespace=None
    ),
    "a program without telemetry": alarm(
        "program", "packer has no collector", "add `telemetry`", program="packer", namespace=None
    ),
    "a job": alarm("program", "no service or worker sweep", "name one of these", program="sweep", namespace=None),
    "a namespace that begins with a colon": alarm("namespace", "':Chat'", "correct the namespace", namespace="':Chat'"),
    "a sentence without its end": alarm("summary", "form that is needed", "Sending fails more", summary="It fails"),
    "no such statistic": alarm("statistic", "'Total' is none", "write Sum, Average", statistic="Total"),
    "a rate of an average": alarm(
        "per_second", "Average is no count", "statistic: Sum", statistic="Average", per_second="true"
    ),
    "more datapoints than periods": alarm("datapoints", "6 of 5 periods", "smaller number", datapoints="6"),
    "a period that CloudWatch has not": alarm("period_seconds", "90 s", "multiple of it", period_seconds="90"),
    "looking back for too long": alarm(
        "evaluation_periods", "look back further", "write fewer", evaluation_periods="1441"
    ),
    "a dimension without a value": alarm("dimensions", "''", "correct or remove", dimensions="{OTelLib: ''}"),
    "another word for above": alarm("comparison", "over", "write", comparison="over"),
    "no threshold": alarm("threshold", "missing", "add `threshold", threshold=None),
    "a dashboard twice": top("dashboards: [api, api]", "dashboards[1]", "listed twice", "remove one"),
    "no such dashboard": top("dashboards: [cost]", "dashboards[0]", "cost", "write"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
@pytest.mark.feature("O1", "O2")
def test_refused_at_its_place_with_a_remedy(case: Case) -> None:
    assert_only(case)


@pytest.mark.parametrize(
    ("kind", "message", "remedy"),
    [
        ("messages", "no queues and no topics and no buses", "add `queues`"),
        ("database", "no database and no cache", "add `database`"),
        ("global", "the stack has one region", "the others show"),
    ],
)
@pytest.mark.feature("O2")
def test_a_dashboard_that_would_be_empty_is_refused(kind: str, message: str, remedy: str) -> None:
    (problem,) = refusal(f"{ONE_REGION}    dashboards: [health, {kind}]\n").problems
    assert problem.location == "config.breakwater:platform.dashboards[1]"
    assert message in problem.message
    assert remedy in problem.remedy


@pytest.mark.feature("O2")
def test_a_dashboard_of_an_api_needs_one() -> None:
    services = ONE_REGION[ONE_REGION.index("    services:\n") :]
    problems = refusal(ONE_REGION.replace(services, "    dashboards: [api]\n")).problems
    assert "config.breakwater:platform.dashboards[0]" in {problem.location for problem in problems}


@pytest.mark.feature("O1")
def test_a_program_with_telemetry_is_taken() -> None:
    text = f"    telemetry: {{image: '{COLLECTOR}'}}\n" + alarm("", "", "", program="packer", namespace=None).new
    assert settings_of(edited((TOP, text))).metric_alarms["fails"].program == "packer"


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("visibility_timeout_seconds: 60", "depth_alarm_messages: 0", "queues.orders.depth_alarm_messages"),
        ("        port: 5555\n", "        port: 5555\n        response_time_alarm_seconds: 0\n",
         "services.api.response_time_alarm_seconds"),
        ("        port: 5555\n", "        port: 5555\n        error_alarm_percent: 101\n",
         "services.api.error_alarm_percent"),
    ],
)  # fmt: skip
@pytest.mark.feature("O3")
def test_levels_that_no_metric_reaches_are_refused(old: str, new: str, path: str) -> None:
    assert f"config.breakwater:platform.{path}" in {p.location for p in refusal(edited((old, new))).problems}
