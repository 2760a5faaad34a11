"""Rules about deployments."""

import pytest

from infra.settings.deployments import deployment_in
from tests.infra.sample import Case, assert_only, edited, settings_of

WEB = "        routes:\n          - priority: 30\n"
WORKER = "        seconds_per_message: 10\n"
API = "        routes:\n          - priority: 10\n"


def web(deployment: str, *more: str) -> tuple[str, str]:
    """An edit that gives the service `web` a deployment, and more lines."""
    return WEB, "".join(f"        {line}\n" for line in (f"deployment: {deployment}", *more)) + WEB


def case(edit: tuple[str, str], path: str, at: str, message: str, remedy: str) -> Case:
    return Case(*edit, path, at, message, remedy)


BAKE = "{strategy: CANARY, bake_minutes: 3}"
LEAVE_OUT = "leave it out for the default"
CASES = {
    "bake without a second group": case(
        web("{bake_minutes: 5}"), "services.web.deployment.bake_minutes", "{bake", "ROLLING has no use", LEAVE_OUT
    ),
    "bake shorter than the alarm": case(
        web(BAKE), "services.web.deployment.bake_minutes", "{strategy", "which needs 3 full minutes", LEAVE_OUT
    ),
    "step too small": case(
        web("{strategy: LINEAR, step_percent: 1}"),
        "services.web.deployment.step_percent",
        "{strategy",
        "1.0 %",
        LEAVE_OUT,
    ),
    "two rules to move": case(
        (API, "        deployment: {strategy: BLUE_GREEN}\n" + API),
        "services.api.routes",
        "        routes:\n          - priority: 10",
        "2 routes, but ECS moves the requests of a single rule",
        LEAVE_OUT,
    ),
    "tests after the route": case(
        web("{strategy: BLUE_GREEN, test: {priority: 31}}"),
        "services.web.deployment.test",
        "{strategy",
        "comes after the route's, 30",
        LEAVE_OUT,
    ),
    "priority of another rule": case(
        web("{strategy: BLUE_GREEN, test: {priority: 10}}"),
        "services.web.deployment.test.priority",
        "{strategy",
        "priority 10 belongs to a rule of api already",
        "another that is free",
    ),
    "no range": case(
        web("{strategy: BLUE_GREEN, test: {priority: 9, source_ranges: [10.0.0.1/8]}}"),
        "services.web.deployment.test.source_ranges",
        "{strategy",
        "10.0.0.1/8 has host bits set",
        LEAVE_OUT,
    ),
    "too many values": case(
        web("{strategy: BLUE_GREEN, test: {priority: 9, source_ranges: [10.0.0.0/8, 192.0.2.0/24, 198.51.100.0/24]}}"),
        "services.web.deployment.test",
        "{strategy",
        # A host is matched under its regional name too.
        "would hold 6 values",
        LEAVE_OUT,
    ),
    "prepared twice": case(
        web("{strategy: LINEAR, prepared: true}"),
        "services.web.deployment.prepared",
        "{strategy",
        "LINEAR has its second target group anyway",
        LEAVE_OUT,
    ),
    "no room with one task": case(
        web("{maximum_percent: 150}"),
        "services.web.deployment.maximum_percent",
        "{maximum",
        "with 1 task 150 % is 1",
        "raise maximum_percent",
    ),
    "sessions": case(
        web("{strategy: BLUE_GREEN}", "stickiness_seconds: 3600"),
        "services.web.stickiness_seconds",
        "stickiness_seconds",
        "only if the rule keeps clients to their group too",
        LEAVE_OUT,
    ),
    "nobody left": case(
        web("{minimum_healthy_percent: 0}"),
        "services.web.deployment.minimum_healthy_percent",
        "{minimum",
        "0 % would leave no task",
        LEAVE_OUT,
    ),
    "a worker in steps": case(
        (WORKER, "        deployment: {strategy: LINEAR}\n" + WORKER),
        "workers.packer.deployment.strategy",
        "strategy: LINEAR",
        "a worker gets none",
        LEAVE_OUT,
    ),
    "grace too short": case(
        ("interval_seconds: 10", "grace_seconds: 19"),
        "services.api.health.grace_seconds",
        "grace_seconds",
        "2 good answers 10 s apart",
        "check more often",
    ),
    "Spot cut off": case(
        (WEB, "        deregistration_seconds: 121\n        spot_weight: 1\n" + WEB),
        "services.web.deregistration_seconds",
        "deregistration_seconds",
        "killed after 120 s",
        "write 120 or less",
    ),
}


@pytest.mark.feature("S1", "S2")
@pytest.mark.parametrize("refused", CASES.values(), ids=CASES.keys())
def test_refused_at_its_place_with_a_remedy(refused: Case) -> None:
    assert_only(refused)


@pytest.mark.feature("S2")
def test_percents_hold_for_the_tasks_of_each_region() -> None:
    alone = ("api: {min: 2, max: 4}", "web: {min: 4, max: 8}")
    # Four tasks in one region are enough for 150 %; the single one in the other is not.
    assert_only(
        case(
            web("{maximum_percent: 150}"),
            "services.web.deployment.maximum_percent",
            "{maximum",
            "with 1 task",
            "raise maximum_percent",
        )
    )
    settings_of(edited(alone, ("tasks: {min: 1, max: 3}", "tasks: {min: 4, max: 9}"), web("{maximum_percent: 150}")))


@pytest.mark.feature("S1")
def test_a_name_leaves_room_for_the_second_group() -> None:
    name = "the-front"
    renamed = ("      web:\n", f"      {name}-x:\n")
    settings_of(edited(renamed))
    assert_only(
        Case(
            "      web:\n",
            f"      {name}-end:\n        deployment: {{strategy: BLUE_GREEN}}\n",
            f"services.{name}-end",
            f"{name}-end",
            "has 25 characters",
            "or deploy by ROLLING",
        )
    )


@pytest.mark.feature("S1")
def test_a_hook_asks_the_function_of_its_region() -> None:
    hooks = "[{function: arn:aws:lambda:us-east-1:111122223333:function:smoke, stages: [POST_SCALE_UP]}]"
    settings = settings_of(edited(web(f"{{strategy: BLUE_GREEN, hooks: {hooks}}}")))
    (hook,) = deployment_in("eu-west-1", settings.services["web"].deployment).hooks
    assert hook.function_arn == "arn:aws:lambda:eu-west-1:111122223333:function:smoke"
