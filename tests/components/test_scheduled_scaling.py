"""components._scheduled_scaling, and the other ways in which a service scales."""

from typing import Any

import pytest

from components.service import WebService
from components.service_options import ScheduledTasks
from tests.support.recorder import Recording, record
from tests.support.workloads import web_arguments

pytestmark = pytest.mark.feature("S3")

ACTION, POLICY = "aws:appautoscaling/scheduledAction:ScheduledAction", "aws:appautoscaling/policy:Policy"
DAY = ScheduledTasks(schedule="cron(0 7 ? * MON-FRI *)", timezone="Europe/Dublin", min=6, max=40)
NIGHT = ScheduledTasks(schedule="cron(0 20 * * ? *)", min=1, max=6)


def web(**changes: Any) -> Recording:
    return record(lambda: WebService("api", web_arguments(**changes)))


def test_tasks_change_by_the_clock() -> None:
    recording = web(schedules={"night": NIGHT, "day": DAY})
    assert {action.name: action.inputs for action in recording.of(ACTION)} == {
        "api-at-day": {
            "serviceNamespace": "ecs",
            "scalableDimension": "ecs:service:DesiredCount",
            "resourceId": "service/main/api.name",
            "schedule": "cron(0 7 ? * MON-FRI *)",
            "timezone": "Europe/Dublin",
            "scalableTargetAction": {"minCapacity": 6, "maxCapacity": 40},
        },
        "api-at-night": {
            "serviceNamespace": "ecs",
            "scalableDimension": "ecs:service:DesiredCount",
            "resourceId": "service/main/api.name",
            "schedule": "cron(0 20 * * ? *)",
            "timezone": "UTC",
            "scalableTargetAction": {"minCapacity": 1, "maxCapacity": 6},
        },
    }
    target = recording.only("aws:appautoscaling/target:Target")
    assert all(target.urn in action.dependencies for action in recording.of(ACTION))


def test_nothing_changes_by_the_clock_by_default_and_a_schedule_touches_nothing_else() -> None:
    without, with_ = web(), web(schedules={"night": NIGHT, "day": DAY})
    assert without.of(ACTION) == []
    assert {r.urn: r.inputs for r in without.resources}.items() <= {r.urn: r.inputs for r in with_.resources}.items()


def test_memory_is_a_target_by_choice() -> None:
    assert [policy.name for policy in web().of(POLICY)] == ["api-cpu", "api-requests"]
    policy = web(memory_target_percent=75).get(POLICY, "api-memory")
    assert policy.inputs["policyType"] == "TargetTrackingScaling"
    assert policy.inputs["targetTrackingScalingPolicyConfiguration"] == {
        "targetValue": 75,
        "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageMemoryUtilization"},
        "scaleOutCooldown": 60,
        "scaleInCooldown": 120,
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schedule": "rate(1 hour)"}, r"^schedule: 'rate\(1 hour\)' must be a cron expression"),
        ({"schedule": "cron(0 25 * * ? *)"}, r"^schedule: "),
        ({"timezone": "Dublin time"}, r"^timezone: 'Dublin time'"),
        ({"min": 0}, r"^min, max: 0 to 6 tasks"),
        ({"min": 7}, r"^min, max: 7 to 6 tasks"),
        ({"max": 5001}, r"^min, max: 1 to 5001 tasks"),
    ],
)
def test_a_time_is_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ScheduledTasks(**{"schedule": NIGHT.schedule, "min": 1, "max": 6, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schedules": {"night": NIGHT}}, r"^schedules: after night nothing changes the numbers back"),
        ({"schedules": {"Night!": NIGHT, "day": DAY}}, r"^schedules: 'Night!'"),
        ({"memory_target_percent": 95}, r"^memory_target_percent: 95 %"),
    ],
)
def test_scaling_is_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        web_arguments(**changes)
