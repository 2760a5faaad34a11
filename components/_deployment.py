"""How a new version of a service replaces the old one: the strategy and what ECS allows with it; pure."""

import ipaddress
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi

from components._rule_limits import PRIORITY_MAX, VALUES_PER_RULE

# ECS API reference, DeploymentConfiguration, CanaryConfiguration and LinearConfiguration.
BAKE_MINUTES = range(1_441)
CANARY_PERCENT, LINEAR_PERCENT = (0.1, 100.0), (3.0, 100.0)
DEFAULT_BAKE_MINUTES = 5
# AWS's defaults of percent and minutes.
CANARY_DEFAULTS, LINEAR_DEFAULTS = (5.0, 10), (10.0, 6)

# Below 100 % a deployment stops tasks first. Balancing over zones starts tasks first, which 100 % would forbid.
MINIMUM_HEALTHY, MAXIMUM = range(101), range(101, 201)

# Requests that carry it reach the version under test.
TEST_HEADER = "x-breakwater-test"

# The alarm on server errors looks at so many minutes; within them a bad version would not be noticed.
ALARM_MINUTES = 3

_LAMBDA_ARN = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]+)?")
_HEADER_VALUE = re.compile(r"[A-Za-z0-9_.-]{1,128}")


class Strategy(StrEnum):
    """In what way requests come to the new version."""

    ROLLING = "ROLLING"
    """Task by task, in the same target group."""
    BLUE_GREEN = "BLUE_GREEN"
    """All at once, when all new tasks are healthy in the other target group."""
    CANARY = "CANARY"
    """A share first, then the rest."""
    LINEAR = "LINEAR"
    """In equal steps."""


class Stage(StrEnum):
    """Where a hook can run (pulumi-aws, ServiceDeploymentConfigurationLifecycleHook)."""

    RECONCILE_SERVICE = "RECONCILE_SERVICE"
    PRE_SCALE_UP = "PRE_SCALE_UP"
    POST_SCALE_UP = "POST_SCALE_UP"
    TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
    POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
    PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
    POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hook:
    """A Lambda function that a deployment asks whether to go on: it answers hookStatus SUCCEEDED or FAILED."""

    function_arn: pulumi.Input[str]
    """ARN of the function, in the service's region."""
    stages: Sequence[Stage]
    """When it is asked."""
    details: str | None = None
    """JSON that the function gets; default none."""

    def __post_init__(self) -> None:
        if isinstance(self.function_arn, str) and not _LAMBDA_ARN.fullmatch(self.function_arn):
            raise ValueError(f"function_arn: {self.function_arn!r} is no ARN of a Lambda function")
        if not self.stages:
            raise ValueError(f"stages: name at least one of {', '.join(Stage)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteForTests:
    """The way to the new version before others get it: the service's own requests with the header x-breakwater-test.

    The header is no secret; `source_ranges` keeps strangers from what is not released yet.
    """

    priority: int
    """Order among all rules of the listener, before the service's own route, 1 to 50000."""
    header_value: str = "green"
    """Value of the header; default green."""
    source_ranges: Sequence[str] = ()
    """CIDR ranges that the requests must come from; default anywhere."""

    def __post_init__(self) -> None:
        if not 1 <= self.priority <= PRIORITY_MAX:
            raise ValueError(f"priority: {self.priority}; a listener rule takes 1 to {PRIORITY_MAX}")
        if not _HEADER_VALUE.fullmatch(self.header_value):
            raise ValueError(f"header_value: {self.header_value!r} may hold 1 to 128 letters, digits, _ . and - only")
        for source in self.source_ranges:
            try:
                ipaddress.ip_network(source)
            except ValueError as error:
                raise ValueError(f"source_ranges: {error}; write it as 203.0.113.0/24") from None

    @property
    def values(self) -> int:
        """How many condition values its rule has besides the route's."""
        return 1 + len(self.source_ranges)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """How a new version replaces the old one; in every case ECS rolls back by itself what does not become healthy."""

    strategy: Strategy = Strategy.ROLLING
    """In what way requests come to the new version; default ROLLING."""
    bake_minutes: int | None = None
    """Minutes for which the old tasks stay after the last requests have moved, 0 to 1440: a rollback then only moves
    the requests back. Default 5; not for ROLLING."""
    step_percent: float | None = None
    """CANARY: the first share of the requests, 0.1 to 100, default 5. LINEAR: each step, 3 to 100, default 10."""
    step_bake_minutes: int | None = None
    """Minutes between steps, 0 to 1440; default 10 for CANARY, 6 for LINEAR."""
    minimum_healthy_percent: int = 100
    """Share of the tasks that stays healthy during a deployment, 0 to 100, rounded up; default 100."""
    maximum_percent: int = 200
    """Share of the tasks that runs at most during a deployment, 101 to 200, rounded down; default 200."""
    rollback_alarms: Sequence[pulumi.Input[str]] = ()
    """Names of further alarms that roll a deployment back; default only the service's own on server errors."""
    hooks: Sequence[Hook] = ()
    """Functions that are asked on the way; default none; not for ROLLING."""
    test: RouteForTests | None = None
    """Way to the new version before others get it; default none; needs a second target group."""
    prepared: bool = False
    """Whether ROLLING already has the second target group and its rules, as ECS wants before the strategy is changed;
    default no."""

    def __post_init__(self) -> None:
        self._check_fit()
        for field in ("bake_minutes", "step_bake_minutes"):
            minutes = getattr(self, field)
            if minutes is not None and minutes not in BAKE_MINUTES:
                raise ValueError(f"{field}: {minutes} min; ECS takes 0 to {BAKE_MINUTES.stop - 1}")
        self._check_step()
        for field, allowed in (("minimum_healthy_percent", MINIMUM_HEALTHY), ("maximum_percent", MAXIMUM)):
            if getattr(self, field) not in allowed:
                raise ValueError(f"{field}: {getattr(self, field)} %; give {allowed.start} to {allowed.stop - 1}")

    def _check_fit(self) -> None:
        """What the strategy has no use for would be believed to work."""
        stepped = self.strategy in (Strategy.CANARY, Strategy.LINEAR)
        for field, fits, who in (
            ("bake_minutes", self.shifts, "the other strategies"),
            ("hooks", self.shifts, "the other strategies"),
            ("step_percent", stepped, "CANARY and LINEAR"),
            ("step_bake_minutes", stepped, "CANARY and LINEAR"),
        ):
            if not fits and getattr(self, field) not in (None, (), []):
                raise ValueError(f"{field}: {self.strategy} has no use for it, only {who}; leave it out")
        if self.prepared and self.shifts:
            raise ValueError(f"prepared: {self.strategy} has its second target group anyway; leave it out")
        if self.test and not self.paired:
            raise ValueError("test: ROLLING has no second version to test; choose another strategy, or prepared")

    def _check_step(self) -> None:
        if self.step_percent is None:
            return
        low, high = CANARY_PERCENT if self.strategy is Strategy.CANARY else LINEAR_PERCENT
        if not low <= self.step_percent <= high or round(self.step_percent, 1) != self.step_percent:
            raise ValueError(f"step_percent: {self.step_percent} %; ECS takes {low:g} to {high:g} in tenths")

    @property
    def shifts(self) -> bool:
        """Whether ECS moves requests between two target groups."""
        return self.strategy is not Strategy.ROLLING

    @property
    def paired(self) -> bool:
        """Whether there are two target groups."""
        return self.shifts or self.prepared

    @property
    def bake(self) -> int:
        """Minutes for which the old tasks stay."""
        return DEFAULT_BAKE_MINUTES if self.bake_minutes is None else self.bake_minutes

    @property
    def step(self) -> tuple[float, int]:
        """Percent and minutes of a step."""
        percent, minutes = CANARY_DEFAULTS if self.strategy is Strategy.CANARY else LINEAR_DEFAULTS
        return (
            percent if self.step_percent is None else self.step_percent,
            minutes if self.step_bake_minutes is None else self.step_bake_minutes,
        )

    @property
    def waiting_minutes(self) -> int:
        """Minutes for which a deployment waits on purpose."""
        if not self.shifts:
            return 0
        percent, minutes = self.step
        waits = {Strategy.CANARY: 1, Strategy.LINEAR: math.ceil(round(100 / percent, 6)) - 1}.get(self.strategy, 0)
        return self.bake + waits * minutes


TASK_BY_TASK = Deployment()


def check_percents(minimum_healthy_percent: int, maximum_percent: int, fewest: int, most: int) -> None:
    """Refuse percents with which, after rounding, no task may start and none may stop: the deployment would hang."""
    for tasks in range(fewest, most + 1):
        kept, allowed = kept_tasks(minimum_healthy_percent, tasks), maximum_percent * tasks // 100
        if allowed <= kept:
            raise ValueError(
                f"maximum_percent: with {tasks} task{'s' * (tasks > 1)} {maximum_percent} % is {allowed} and "
                f"minimum_healthy_percent, {minimum_healthy_percent} %, is {kept}: none could start and none stop; "
                f"raise it to {math.ceil(100 * (kept + 1) / tasks)}"
                + (" or lower the minimum" if minimum_healthy_percent else "")
            )


def check_web(
    deployment: Deployment, *, routes: int, priority: int, values: int, stickiness_seconds: int | None
) -> None:
    """Refuse what a load balancer cannot do for a deployment; priority and condition values are the first route's."""
    if deployment.minimum_healthy_percent == 0:
        raise ValueError("minimum_healthy_percent: 0 % would leave no task to answer requests; give 1 to 100")
    _check_watched(deployment)
    if deployment.paired and routes != 1:
        raise ValueError(
            f"routes: {routes} routes, but ECS moves the requests of a single rule from one version to the next; "
            "put the hosts and paths into one route, or deploy by ROLLING"
        )
    if deployment.paired and stickiness_seconds is not None:
        raise ValueError(
            "stickiness_seconds: behind two target groups AWS takes it only if the rule keeps clients to their group "
            "too, and a new version would get none of them; leave it out, or deploy by ROLLING"
        )
    if deployment.test is None:
        return
    if deployment.test.priority >= priority:
        raise ValueError(
            f"test: priority {deployment.test.priority} comes after the route's, {priority}, which would take its "
            "requests; give a lower number"
        )
    total = values + deployment.test.values
    if total > VALUES_PER_RULE:
        raise ValueError(
            f"test: its rule would hold {total} values, the route's own, the header's and the ranges, but AWS takes "
            f"{VALUES_PER_RULE}; leave some out"
        )


def _check_watched(deployment: Deployment) -> None:
    for field, minutes, watched in (
        ("bake_minutes", deployment.bake, deployment.shifts),
        ("step_bake_minutes", deployment.step[1], deployment.strategy in (Strategy.CANARY, Strategy.LINEAR)),
    ):
        if watched and minutes <= ALARM_MINUTES:
            raise ValueError(
                f"{field}: {minutes} min are over before the alarm on server errors can ring, which needs "
                f"{ALARM_MINUTES} full minutes; give {ALARM_MINUTES + 1} or more"
            )


def check_grace(seconds: int, healthy_threshold: int, interval_seconds: int) -> None:
    """Refuse a grace period that ends before a task can have become healthy: it would be stopped for being new."""
    needed = healthy_threshold * interval_seconds
    if seconds < needed:
        raise ValueError(
            f"health_grace_seconds: {seconds} s are over before a task can have given {healthy_threshold} good answers "
            f"{interval_seconds} s apart; give {needed} or more, or check more often"
        )


def check_worker(deployment: Deployment) -> None:
    """Refuse what needs requests that can be moved."""
    if deployment.strategy not in (Strategy.ROLLING, Strategy.BLUE_GREEN):
        raise ValueError(
            f"strategy: {deployment.strategy} moves requests step by step and a worker gets none; "
            "use ROLLING or BLUE_GREEN, under which old and new tasks share the queue for a while"
        )
    for field in ("test", "prepared"):
        if getattr(deployment, field):
            raise ValueError(f"{field}: a worker has no target group; leave it out")


def kept_tasks(minimum_healthy_percent: int, tasks: int) -> int:
    """Tasks that must stay healthy."""
    return -(-minimum_healthy_percent * tasks // 100)
