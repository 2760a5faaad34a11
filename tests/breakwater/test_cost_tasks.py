"""What tasks cost: those of services between the ends of autoscaling, those of jobs by their schedules."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.analysis.cost.fixed import fixed_costs
from breakwater.analysis.cost.schedule import runs_a_month
from breakwater.graph import Resource
from tests.breakwater.bills import DEFINITION, SPOT, X86, graph, resource, service, usd


def test_a_service_costs_what_its_tasks_at_the_minimum_do() -> None:
    definition = resource("aws:ecs/taskDefinition:TaskDefinition", "t", cpu="512", memory="1024",
                          runtimePlatform={"cpuArchitecture": "ARM64"})  # fmt: skip
    service = resource("aws:ecs/service:Service", "s", {"taskDefinition": (definition.urn,)}, desiredCount=9)
    target = resource("aws:appautoscaling/target:Target", "s", {"resourceId": (service.urn,)}, minCapacity=3,
                      maxCapacity=3)  # fmt: skip
    expected = round(3 * 730 * (0.5 * 0.03238 + 1 * 0.00356), 2)
    assert usd(definition, service, target) == expected
    assert usd(definition, service) == round(9 * 730 * (0.5 * 0.03238 + 1 * 0.00356), 2)


def test_tasks_beyond_the_base_run_on_spot_for_their_share() -> None:
    mixed = service(2, 12, capacityProviderStrategies=[
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 4}])  # fmt: skip
    assert usd(*mixed) == round(730 * 2 * X86, 2)
    assert usd(*mixed, side="maximum") == round(730 * (4 * X86 + 8 * SPOT), 2)


def test_spot_without_a_price_is_listed() -> None:
    mixed = service(1, 2, capacityProviderStrategies=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}])
    items = fixed_costs(graph(*mixed, region="us-west-2"))
    assert {item.name for item in items if item.price is None} == {"spot_x86_vcpu_hour", "spot_x86_gb_hour"}


def test_scheduled_scaling_widens_the_range() -> None:
    definition, found, target = service(3, 6)
    night = resource("aws:appautoscaling/scheduledAction:ScheduledAction", "night", {"resourceId": (target.urn,)},
                     scalableTargetAction={"minCapacity": 1, "maxCapacity": 9})  # fmt: skip
    assert usd(definition, found, target, night) == round(730 * X86, 2)
    assert usd(definition, found, target, night, side="maximum") == round(730 * 9 * X86, 2)


def test_public_addresses_and_larger_disks_of_tasks_are_paid_for() -> None:
    larger = resource("aws:ecs/taskDefinition:TaskDefinition", "t", cpu="1024", memory="2048",
                      ephemeralStorage={"sizeInGib": 30})  # fmt: skip
    open_ = service(2, 2, networkConfiguration={"assignPublicIp": True})[1:]
    assert usd(larger, *open_) == round(730 * 2 * (X86 + 0.005 + 10 * 0.000111), 2)


def test_a_service_of_which_nothing_is_known_has_no_price() -> None:
    (item,) = fixed_costs(graph(resource("aws:ecs/service:Service", "s")))
    assert (item.name, item.price) == ("unknown_tasks", None)


STATES = {
    "StartAt": "Lock",
    "States": {
        "Lock": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:updateItem", "Next": "Alone"},
        "Alone": {"Type": "Choice", "Choices": [{"Next": "Skipped"}], "Default": "Run"},
        "Run": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Catch": [{"Next": "Failed"}],
                "Next": "Release"},
        "Release": {"Type": "Task", "End": True},
        "Skipped": {"Type": "Succeed"},
        "Failed": {"Type": "Fail"},
    },
}  # fmt: skip


def job(schedule: str, **inputs: Any) -> tuple[Resource, ...]:
    """A schedule with its state machine and its task."""
    machine = resource("aws:sfn/stateMachine:StateMachine", "j", {"definition": (DEFINITION.urn,)},
                       definition=json.dumps(STATES))  # fmt: skip
    return (
        DEFINITION,
        machine,
        resource("aws:scheduler/schedule:Schedule", "j", {"target": (machine.urn,)}, scheduleExpression=schedule,
                 **inputs),
    )  # fmt: skip


def test_a_job_costs_its_runs_the_states_on_its_way_and_a_minute_of_its_task() -> None:
    runs = 730 * 60
    assert usd(*job("rate(1 minute)")) == round(runs * (1 / 1_000_000 + 4 * 0.025 / 1_000 + X86 / 60), 2)
    assert usd(*job("rate(1 minute)", state="DISABLED")) == 0


@pytest.mark.parametrize(
    ("expression", "runs"),
    [
        ("rate(10 minutes)", 4_380),
        ("rate(1 hour)", 730),
        ("rate(2 days)", 730 / 48),
        ("cron(0 6 * * ? *)", 730 / 24),
        ("cron(0,30 8-17 ? * MON-FRI *)", 2 * 10 * 730 / 24 * 5 / 7),
        ("cron(0/15 * * * ? *)", 4 * 730),
        ("cron(0 0 1 * ? *)", 1),
        ("cron(0 0 L JAN,JUL ? *)", 2 / 12),
        ("cron(0 22-1 * * ? *)", 4 * 730 / 24),
        ("at(2030-01-01T00:00:00)", 0),
        ("cron(0 6 * *)", None),
        ("cron(x 6 * * ? *)", None),
        ("rate(0 minutes)", None),
    ],
)
def test_how_often_a_schedule_runs(expression: str, runs: float | None) -> None:
    assert runs_a_month(expression) == (None if runs is None else pytest.approx(runs))


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 10), st.integers(0, 5), st.integers(0, 5))
def test_more_tasks_cost_more_and_the_maximum_no_less(fewest: int, more: int, base: int, a: int, b: int) -> None:
    shares = [{"capacityProvider": "FARGATE", "base": base, "weight": a},
              {"capacityProvider": "FARGATE_SPOT", "weight": b}]  # fmt: skip
    tasks = service(fewest, fewest + more, capacityProviderStrategies=shares)
    one_more = service(fewest + 1, fewest + more + 1, capacityProviderStrategies=shares)
    assert 0 <= usd(*tasks) <= usd(*tasks, side="maximum")
    assert usd(*tasks) < usd(*one_more)
    assert usd(*tasks, side="maximum") < usd(*one_more, side="maximum")
