"""components._deployment, _deployment_time, _traffic: strategies, their rules and roles, and how long they may take."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._deployment import ALARM_MINUTES, Deployment, Hook, RouteForTests, Stage, Strategy, check_percents
from components._deployment_time import container_notice_seconds, failure_seconds, rollout_seconds, timeout_minutes
from components._routes import HealthCheck
from components._service_alarms import traffic_alarms
from components.service import Route, Tasks, WebService, Worker
from tests.support.recorder import Recording, Registration, record
from tests.support.workloads import LISTENER, web_arguments, worker_arguments

SERVICE = "aws:ecs/service:Service"
RULE = "aws:lb/listenerRule:ListenerRule"
GROUP = "aws:lb/targetGroup:TargetGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
HOOK = "arn:aws:lambda:us-east-1:111122223333:function:smoke"
SHIFTING = [Strategy.BLUE_GREEN, Strategy.CANARY, Strategy.LINEAR]
ROUTE = Route(priority=10, hosts=["api.example.com"], paths=["/v1/*"])


def web(deployment: Deployment, **changes: Any) -> Recording:
    return record(lambda: WebService("api", web_arguments(deployment=deployment, **changes)))


def service(recording: Recording) -> Registration:
    return recording.only(SERVICE)


def weights(rule: Registration) -> list[tuple[str, int]]:
    (action,) = rule.inputs["actions"]
    return [(group["arn"], group["weight"]) for group in action["forward"]["targetGroups"]]


# -- the strategies


@pytest.mark.feature("S1")
@pytest.mark.parametrize(
    ("deployment", "configuration"),
    [
        (Deployment(), {"strategy": "ROLLING"}),
        (Deployment(strategy=Strategy.BLUE_GREEN), {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "5"}),
        (
            Deployment(strategy=Strategy.CANARY, bake_minutes=7),
            {
                "strategy": "CANARY",
                "bakeTimeInMinutes": "7",
                "canaryConfiguration": {"canaryPercent": 5, "canaryBakeTimeInMinutes": "10"},
            },
        ),
        (
            Deployment(strategy=Strategy.LINEAR, step_percent=12.5, step_bake_minutes=4),
            {
                "strategy": "LINEAR",
                "bakeTimeInMinutes": "5",
                "linearConfiguration": {"stepPercent": 12.5, "stepBakeTimeInMinutes": "4"},
            },
        ),
    ],
)
def test_strategy(deployment: Deployment, configuration: dict[str, Any]) -> None:
    made = service(web(deployment))
    assert made.inputs["deploymentConfiguration"] == configuration
    # Never CODE_DEPLOY: a change of strategy would then replace the service.
    assert made.inputs["deploymentController"] == {"type": "ECS"}
    assert made.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


@pytest.mark.feature("S1")
@pytest.mark.parametrize("strategy", SHIFTING)
def test_a_strategy_that_moves_requests_adds_a_group_a_role_and_alarms(strategy: Strategy) -> None:
    rolling, shifting = web(Deployment()), web(Deployment(strategy=strategy))
    more = {type_: count - rolling.counts().get(type_, 0) for type_, count in shifting.counts().items()}
    assert {type_: count for type_, count in more.items() if count} == {
        "aws:iam/role:Role": 1,
        "aws:iam/rolePolicy:RolePolicy": 1,
        GROUP: 1,
        ALARM: 3,
    }
    first, second = (shifting.get(GROUP, name) for name in ("api", "api-b"))
    assert first.inputs == second.inputs
    # What a service that was rolling keeps.
    assert {r.urn for r in rolling.resources} < {r.urn for r in shifting.resources}


@pytest.mark.feature("S1")
@pytest.mark.parametrize("strategy", SHIFTING)
def test_the_service_knows_both_groups_and_the_rule_between_them(strategy: Strategy) -> None:
    recording = web(Deployment(strategy=strategy))
    (balancer,) = service(recording).inputs["loadBalancers"]
    assert balancer == {
        "targetGroupArn": "api.arn",
        "containerName": "api",
        "containerPort": 5555,
        "advancedConfiguration": {
            "alternateTargetGroupArn": "api-b.arn",
            "productionListenerRule": "api-route-main.arn",
            "roleArn": "api-traffic.arn",
        },
    }
    for needed in ("api-route-main", "api-traffic", "api-from-balancer-ingress", "api-b"):
        assert service(recording).depends_on(needed), needed
    # Both groups: ECS refuses one that no rule names, and a rule of which two groups have requests.
    assert weights(recording.get(RULE, "api-route-main")) == [("api.arn", 100), ("api-b.arn", 0)]


@pytest.mark.feature("S1")
@pytest.mark.parametrize("strategy", SHIFTING)
def test_weights_that_ecs_has_moved_are_never_reset(strategy: Strategy) -> None:
    recording = web(Deployment(strategy=strategy, test=RouteForTests(priority=9)))
    assert {rule.name: rule.ignore_changes for rule in recording.of(RULE)} == {
        "api-route-main": ("actions",),
        "api-test": ("actions",),
    }


@pytest.mark.feature("S1")
def test_a_rolling_service_still_follows_its_program() -> None:
    for deployment in (Deployment(), Deployment(prepared=True)):
        rule = web(deployment).get(RULE, "api-route-main")
        assert rule.ignore_changes == ()
    # A change of the group, the port or the strategy must reach the service under every strategy.
    assert service(web(Deployment(strategy=Strategy.CANARY))).ignore_changes == ("desiredCount",)


@pytest.mark.feature("S1")
def test_preparing_a_change_of_strategy() -> None:
    """ECS wants the second group in place under ROLLING before the strategy changes; then only the strategy does."""
    prepared, shifting = web(Deployment(prepared=True)), web(Deployment(strategy=Strategy.BLUE_GREEN))
    assert service(prepared).inputs["deploymentConfiguration"] == {"strategy": "ROLLING"}
    assert [r.urn for r in prepared.resources] == [r.urn for r in shifting.resources]
    changed = {
        key
        for one, two in zip(prepared.resources, shifting.resources, strict=True)
        for key in one.inputs
        if one.inputs[key] != two.inputs[key]
    }
    assert changed == {"deploymentConfiguration"}


@pytest.mark.feature("S1")
def test_the_second_group_is_an_output() -> None:
    for deployment, arn in ((Deployment(), None), (Deployment(strategy=Strategy.LINEAR), "api-b.arn")):
        recording = web(deployment)
        outputs = recording.outputs[recording.only("breakwater:service:WebService").urn]
        assert outputs.get("alternate_target_group_arn") == arn
        assert recording.value(recording.result.alternate_target_group_arn) == arn


# -- the role


@pytest.mark.feature("S1")
def test_the_role_moves_the_requests_of_this_service_only() -> None:
    recording = web(Deployment(strategy=Strategy.BLUE_GREEN, test=RouteForTests(priority=9)))
    role = recording.get("aws:iam/role:Role", "api-traffic")
    trust = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust == [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}}]
    policy = recording.get("aws:iam/rolePolicy:RolePolicy", "api-traffic")
    statements = {s["Sid"]: (s["Action"], s["Resource"]) for s in json.loads(policy.inputs["policy"])["Statement"]}
    elb = "elasticloadbalancing:"
    assert statements == {
        "Look": (
            [f"{elb}Describe{what}" for what in ("Listeners", "Rules", "TargetGroups", "TargetHealth")],
            "*",
        ),
        "Targets": ([f"{elb}DeregisterTargets", f"{elb}RegisterTargets"], ["api.arn", "api-b.arn"]),
        "Weights": (f"{elb}ModifyRule", ["api-route-main.arn", "api-test.arn"]),
        "Listener": (f"{elb}ModifyListener", LISTENER),
    }  # fmt: skip


# -- the way for tests


@pytest.mark.feature("S1")
def test_the_rule_for_tests() -> None:
    test = RouteForTests(priority=9, header_value="next", source_ranges=["203.0.113.0/24", "198.51.100.0/24"])
    recording = web(Deployment(strategy=Strategy.BLUE_GREEN, test=test), routes=[ROUTE])
    rule = recording.get(RULE, "api-test")
    assert rule.inputs == {
        "listenerArn": LISTENER,
        "priority": 9,
        "conditions": [
            {"hostHeader": {"values": ["api.example.com"]}},
            {"pathPattern": {"values": ["/v1/*"]}},
            {"httpHeader": {"httpHeaderName": "x-breakwater-test", "values": ["next"]}},
            {"sourceIp": {"values": ["198.51.100.0/24", "203.0.113.0/24"]}},
        ],
        "actions": [{"type": "forward", "targetGroupArn": "api-b.arn"}],
    }
    (balancer,) = service(recording).inputs["loadBalancers"]
    assert balancer["advancedConfiguration"]["testListenerRule"] == "api-test.arn"
    assert service(recording).depends_on("api-test")


# -- hooks


@pytest.mark.feature("S1")
def test_hooks() -> None:
    stages = [Stage.POST_SCALE_UP, Stage.POST_TEST_TRAFFIC_SHIFT]
    hook = Hook(function_arn=HOOK, stages=stages, details='{"path": "/"}')
    for recording in (
        web(Deployment(strategy=Strategy.BLUE_GREEN, hooks=[hook])),
        record(
            lambda: Worker("api", worker_arguments(deployment=Deployment(strategy=Strategy.BLUE_GREEN, hooks=[hook])))
        ),
    ):
        assert service(recording).inputs["deploymentConfiguration"]["lifecycleHooks"] == [
            {
                "hookTargetArn": HOOK,
                "roleArn": "api-hooks.arn",
                "lifecycleStages": ["POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT"],
                "hookDetails": '{"path": "/"}',
            }
        ]
        assert service(recording).depends_on("api-hooks")
        policy = recording.get("aws:iam/rolePolicy:RolePolicy", "api-hooks").inputs["policy"]
        assert json.loads(policy)["Statement"] == [
            {"Action": "lambda:InvokeFunction", "Effect": "Allow", "Resource": HOOK}
        ]
        trust = recording.get("aws:iam/role:Role", "api-hooks").inputs["assumeRolePolicy"]
        assert json.loads(trust)["Statement"][0]["Principal"] == {"Service": "ecs.amazonaws.com"}


# -- alarms and scaling follow both groups


@pytest.mark.feature("S1")
def test_errors_in_either_group_roll_back() -> None:
    recording = web(Deployment(strategy=Strategy.CANARY, rollback_alarms=["orders-lost"]))
    assert service(recording).inputs["alarms"] == {
        "alarmNames": [
            "api-traffic-alarms-target-errors.name",
            "api-traffic-alarms-target-errors-b.name",
            "orders-lost",
        ],
        "enable": True,
        "rollback": True,
    }


@pytest.mark.feature("S1")
@pytest.mark.parametrize("role", ["target-errors", "response-time", "unhealthy-hosts"])
def test_each_group_has_its_alarms(role: str) -> None:
    """A rate over both groups would hide a canary: 5 % of the requests, all errors, are 5 % of the whole."""
    recording = web(Deployment(strategy=Strategy.CANARY))
    first, second = (recording.get(ALARM, f"api-traffic-alarms-{role}{suffix}").inputs for suffix in ("", "-b"))
    assert first == web(Deployment()).get(ALARM, f"api-traffic-alarms-{role}").inputs
    text = json.dumps(first).replace("api.arnSuffix", "api-b.arnSuffix")
    assert json.loads(text) == second


@pytest.mark.feature("S1")
def test_scaling_follows_the_group_with_the_requests() -> None:
    policy = web(Deployment(strategy=Strategy.BLUE_GREEN)).get("aws:appautoscaling/policy:Policy", "api-requests")
    configuration = policy.inputs["targetTrackingScalingPolicyConfiguration"]
    assert configuration["targetValue"] == 3000
    busier, *loads = configuration["customizedMetricSpecification"]["metrics"]
    assert (busier["expression"], busier["returnData"]) == ("MAX([load_a, load_b])", True)
    for load, id_, group in zip(loads, ("load_a", "load_b"), ("api", "api-b"), strict=True):
        assert (load["id"], load["returnData"], load["metricStat"]["stat"]) == (id_, False, "Sum")
        assert load["metricStat"]["metric"] == {
            "namespace": "AWS/ApplicationELB",
            "metricName": "RequestCountPerTarget",
            "dimensions": [
                {"name": "LoadBalancer", "value": "app/main/1"},
                {"name": "TargetGroup", "value": f"{group}.arnSuffix"},
            ],
        }


def test_the_alarm_on_errors_rings_within_the_minutes_that_a_bake_must_exceed() -> None:
    errors, *_ = traffic_alarms(
        load_balancer="app/main/1", target_groups=["x"], error_percent=5, response_time_seconds=1
    )
    assert errors.role == "target-errors"
    assert errors.periods * max(query.period_seconds for query in errors.metrics) == 60 * ALARM_MINUTES


# -- workers


@pytest.mark.feature("S1")
def test_a_worker_takes_blue_green_without_traffic() -> None:
    deployment = Deployment(strategy=Strategy.BLUE_GREEN, bake_minutes=2, rollback_alarms=["dead-letters"])
    made = service(record(lambda: Worker("mail", worker_arguments(deployment=deployment))))
    assert made.inputs["deploymentConfiguration"] == {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "2"}
    assert made.inputs["alarms"] == {"alarmNames": ["dead-letters"], "enable": True, "rollback": True}
    assert "loadBalancers" not in made.inputs


@pytest.mark.feature("S1")
@pytest.mark.parametrize(
    ("deployment", "message"),
    [
        (Deployment(strategy=Strategy.CANARY), r"^strategy: CANARY moves requests .* use ROLLING or BLUE_GREEN"),
        (Deployment(strategy=Strategy.LINEAR), r"^strategy: LINEAR"),
        (Deployment(strategy=Strategy.BLUE_GREEN, test=RouteForTests(priority=1)), r"^test: a worker has no target"),
        (Deployment(prepared=True), r"^prepared: a worker has no target group"),
    ],
)
def test_a_worker_has_no_requests_to_move(deployment: Deployment, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        worker_arguments(deployment=deployment)


# -- impossible combinations


@pytest.mark.feature("S1")
@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"bake_minutes": 0}, r"^bake_minutes: ROLLING has no use for it, only the other strategies; leave it out"),
        ({"hooks": [Hook(function_arn=HOOK, stages=[Stage.PRE_SCALE_UP])]}, r"^hooks: ROLLING has no use"),
        ({"step_percent": 10.0}, r"^step_percent: ROLLING has no use for it, only CANARY and LINEAR"),
        ({"strategy": Strategy.BLUE_GREEN, "step_bake_minutes": 5}, r"^step_bake_minutes: BLUE_GREEN has no use"),
        ({"strategy": Strategy.BLUE_GREEN, "prepared": True}, r"^prepared: BLUE_GREEN has its second target group"),
        ({"test": RouteForTests(priority=1)}, r"^test: ROLLING has no second version to test"),
        ({"strategy": Strategy.BLUE_GREEN, "bake_minutes": 1441}, r"^bake_minutes: 1441 min; ECS takes 0 to 1440"),
        ({"strategy": Strategy.CANARY, "step_percent": 0.05}, r"^step_percent: 0.05 %; ECS takes 0.1 to 100 in tenths"),
        ({"strategy": Strategy.CANARY, "step_percent": 1.25}, r"^step_percent: 1.25 %"),
        ({"strategy": Strategy.LINEAR, "step_percent": 2.0}, r"^step_percent: 2.0 %; ECS takes 3 to 100"),
        ({"minimum_healthy_percent": 101}, r"^minimum_healthy_percent: 101 %; give 0 to 100"),
        ({"maximum_percent": 100}, r"^maximum_percent: 100 %; give 101 to 200"),
    ],
)
def test_a_deployment_is_checked(given_: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Deployment(**given_)


@pytest.mark.feature("S1")
@pytest.mark.parametrize(
    ("deployment", "changes", "message"),
    [
        (
            Deployment(strategy=Strategy.BLUE_GREEN),
            {"routes": [ROUTE, Route(key="b", priority=20, paths=["/b"])]},
            r"^routes: 2 routes, but ECS moves the requests of a single rule .* into one route",
        ),
        (
            Deployment(strategy=Strategy.BLUE_GREEN, bake_minutes=3),
            {},
            r"^bake_minutes: 3 min are over before .* give 4 or more",
        ),
        (
            Deployment(strategy=Strategy.CANARY, step_bake_minutes=0),
            {},
            r"^step_bake_minutes: 0 min are over .* give 4",
        ),
        (
            Deployment(strategy=Strategy.BLUE_GREEN, test=RouteForTests(priority=10)),
            {},
            r"^test: priority 10 comes after the route's, 10, .* lower number",
        ),
        (
            Deployment(strategy=Strategy.BLUE_GREEN, test=RouteForTests(priority=1)),
            {"routes": [Route(priority=10, hosts=["a.example.com", "b.example.com"], paths=["/a", "/b", "/c"])]},
            r"^test: its rule would hold 6 values, .* AWS takes 5",
        ),
        (Deployment(prepared=True), {"stickiness_seconds": 60}, r"^stickiness_seconds: behind two target groups"),
        (Deployment(minimum_healthy_percent=0), {}, r"^minimum_healthy_percent: 0 % would leave no task"),
    ],
)
def test_a_web_service_with_a_deployment_is_checked(
    deployment: Deployment, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        web_arguments(deployment=deployment, **changes)


@pytest.mark.feature("S1")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Hook(function_arn="smoke", stages=[Stage.PRE_SCALE_UP]), r"^function_arn: 'smoke' is no ARN"),
        (lambda: Hook(function_arn=HOOK, stages=[]), r"^stages: name at least one of RECONCILE_SERVICE"),
        (lambda: RouteForTests(priority=0), r"^priority: 0; a listener rule takes 1 to 50000"),
        (lambda: RouteForTests(priority=1, header_value="*"), r"^header_value: '\*' may hold"),
        (lambda: RouteForTests(priority=1, source_ranges=["203.0.113.9/24"]), r"^source_ranges: 203.0.113.9/24 has"),
    ],
)
def test_parts_of_a_deployment_are_checked(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.feature("S1")
def test_a_name_leaves_room_for_the_second_group() -> None:
    deployment = Deployment(strategy=Strategy.BLUE_GREEN)
    record(lambda: WebService("a" * 22, web_arguments(deployment=deployment)))
    with pytest.raises(ValueError, match=r"the target group .* at most 24 characters"):
        record(lambda: WebService("a" * 23, web_arguments(deployment=deployment)))


# -- percents


@pytest.mark.feature("S2")
def test_percents_reach_the_service() -> None:
    deployment = Deployment(minimum_healthy_percent=50, maximum_percent=150)
    inputs = service(web(deployment, tasks=Tasks(min=2, max=8))).inputs
    assert (inputs["deploymentMinimumHealthyPercent"], inputs["deploymentMaximumPercent"]) == (50, 150)


@pytest.mark.feature("S2")
@pytest.mark.parametrize(
    ("percents", "tasks", "message"),
    [
        # Rounding: half of one task is one, one and a half are one.
        ((50, 150), (1, 1), r"^maximum_percent: with 1 task 150 % is 1 and .* 50 %, is 1: .* raise it to 200 or lower"),
        ((100, 110), (2, 20), r"^maximum_percent: with 2 tasks 110 % is 2 .* raise it to 150"),
        ((0, 150), (1, 3), None),
        ((50, 101), (2, 20), None),
        ((100, 200), (1, 5000), None),
    ],
)
def test_percents_that_leave_no_room(percents: tuple[int, int], tasks: tuple[int, int], message: str | None) -> None:
    if message is None:
        check_percents(*percents, *tasks)
        return
    with pytest.raises(ValueError, match=message):
        check_percents(*percents, *tasks)
    deployment = Deployment(minimum_healthy_percent=percents[0], maximum_percent=percents[1])
    with pytest.raises(ValueError, match=message):
        worker_arguments(deployment=deployment, tasks=Tasks(min=tasks[0], max=tasks[1]))


@pytest.mark.feature("S2")
@given(st.integers(0, 100), st.integers(101, 200), st.integers(1, 60))
def test_accepted_percents_let_a_task_start_or_stop(minimum: int, maximum: int, tasks: int) -> None:
    stuck = not any(
        running * 100 <= maximum * tasks and kept * 100 >= minimum * tasks
        for running, kept in [(tasks + 1, tasks), (tasks, tasks - 1)]
    )
    try:
        check_percents(minimum, maximum, tasks, tasks)
    except ValueError:
        assert stuck
    else:
        assert not stuck


# -- times


@pytest.mark.feature("S2")
@pytest.mark.parametrize("tasks", [1, 2, 3, 10, 100, 1000])
def test_an_unhealthy_first_deployment_fails_within_ten_minutes_at_the_defaults(tasks: int) -> None:
    assert failure_seconds(tasks, web_arguments().notice_seconds()) < 600
    assert failure_seconds(tasks, worker_arguments().notice_seconds()) < 600


@pytest.mark.feature("S2")
def test_how_long_failures_take() -> None:
    # Three must fail: one task after the other, two at a time, or all at once; then half of them, all at once.
    assert [failure_seconds(tasks, 100) for tasks in (1, 2, 3, 6, 100, 1000)] == [570, 380, 190, 190, 190, 190]


@pytest.mark.feature("S2")
def test_a_sick_task_is_noticed_by_the_slowest_of_three() -> None:
    assert web_arguments().notice_seconds() == container_notice_seconds() == 95
    assert web_arguments(health_grace_seconds=300).notice_seconds() == 300
    slow = web_arguments(health_interval=30, unhealthy_threshold=10)
    assert slow.notice_seconds() == 305
    # Asked for by one of the systems to carry: checked every 5 s, a verdict within 60 s.
    assert HealthCheck(interval_seconds=5, timeout_seconds=4, unhealthy_threshold=10).unhealthy_seconds < 60


@pytest.mark.feature("S2")
def test_an_update_waits_for_a_deployment_to_end() -> None:
    quick = service(web(Deployment()))
    assert quick.timeouts == {"create": "20m", "update": "20m"}
    assert (quick.inputs["waitForSteadyState"], quick.inputs["sigintRollback"]) == (True, True)
    # 1 x 60 + 120 min on purpose, one hook of 15 min, 365 s for the tasks, 5 min to spare.
    hook = Hook(function_arn=HOOK, stages=[Stage.POST_SCALE_UP])
    long = Deployment(strategy=Strategy.CANARY, bake_minutes=120, step_bake_minutes=60, hooks=[hook])
    assert service(web(long)).timeouts["update"] == "207m"


@pytest.mark.feature("S2")
def test_waiting_on_purpose() -> None:
    assert Deployment().waiting_minutes == 0
    assert Deployment(strategy=Strategy.BLUE_GREEN).waiting_minutes == 5
    assert Deployment(strategy=Strategy.CANARY).waiting_minutes == 10 + 5
    # Ten steps wait nine times, and four of 30 % three times.
    assert Deployment(strategy=Strategy.LINEAR).waiting_minutes == 9 * 6 + 5
    assert Deployment(strategy=Strategy.LINEAR, step_percent=30, step_bake_minutes=4).waiting_minutes == 3 * 4 + 5


@pytest.mark.feature("S2")
def test_small_steps_take_longer() -> None:
    one_by_one = Deployment(minimum_healthy_percent=100, maximum_percent=110)
    all_at_once = Deployment()
    assert rollout_seconds(all_at_once, 10, 95, 180) == 1 * 365 + 180
    assert rollout_seconds(one_by_one, 10, 95, 180) == 10 * 365 + 180
    minutes = timeout_minutes(one_by_one, fewest=10, most=10, notice_seconds=95, leave_seconds=180)
    assert minutes == 64 + 5


@pytest.mark.feature("S2")
@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 900), st.integers(0, 3720), st.integers(4, 1440))
def test_an_update_outlasts_a_failure_and_a_rollout(few: int, more: int, notice: int, leave: int, bake: int) -> None:
    for deployment in (Deployment(), Deployment(strategy=Strategy.BLUE_GREEN, bake_minutes=bake)):
        minutes = timeout_minutes(deployment, fewest=few, most=few + more, notice_seconds=notice, leave_seconds=leave)
        assert 60 * minutes > failure_seconds(few, notice)
        for tasks in (few, few + more):
            assert 60 * minutes > rollout_seconds(deployment, tasks, notice, leave)
