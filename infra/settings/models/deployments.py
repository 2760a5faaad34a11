"""How new versions of services and workers replace the old ones."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings.models._model import Model

FunctionArn = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?$"
    ),
]
AlarmName = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class Hook(Model):
    """A Lambda function that a deployment asks whether to go on."""

    function: FunctionArn = Field(examples=["arn:aws:lambda:us-east-1:111122223333:function:smoke"])
    """ARN of the function, which answers `hookStatus` SUCCEEDED or FAILED; each region uses its own of that name."""
    stages: tuple[
        Literal[
            "RECONCILE_SERVICE", "PRE_SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT",
            "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT",
        ],
        ...,
    ] = Field(min_length=1, examples=[["POST_TEST_TRAFFIC_SHIFT"]])  # fmt: skip
    """When it is asked."""


class RouteForTests(Model):
    """The way to the new version before others get it: requests of the service's route with x-breakwater-test."""

    priority: int = Field(ge=1, le=50000, examples=[9])
    """Priority of its rule, lower than the route's, 1 to 50000; no two rules of a stack share one."""
    header_value: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,128}$")] = "green"
    """Value of the header x-breakwater-test, which is no secret; default green."""
    source_ranges: tuple[str, ...] = Field(default=(), examples=[["203.0.113.0/24"]])
    """IP ranges that the requests must come from; default anywhere."""


class Deployment(Model):
    """How a new version replaces the old one; one that does not become healthy is rolled back in every case."""

    strategy: Literal["ROLLING", "BLUE_GREEN", "CANARY", "LINEAR"] = "ROLLING"
    """ROLLING: task by task. BLUE_GREEN: all requests at once, when all new tasks are healthy. CANARY: a share first,
    then the rest. LINEAR: in equal steps. Default ROLLING. To leave ROLLING, set `prepared` in an update before."""
    bake_minutes: int | None = Field(default=None, ge=0, le=1440, examples=[5])
    """Minutes for which the old tasks stay when the last requests have moved, 0 to 1440; default 5; not for ROLLING."""
    step_percent: float | None = Field(default=None, ge=0.1, le=100, examples=[5])
    """CANARY: the first share of the requests, 0.1 to 100, default 5. LINEAR: each step, 3 to 100, default 10."""
    step_bake_minutes: int | None = Field(default=None, ge=0, le=1440, examples=[10])
    """Minutes between steps, 0 to 1440; default 10 for CANARY, 6 for LINEAR."""
    minimum_healthy_percent: int = Field(default=100, ge=0, le=100)
    """Percent of the tasks that stay healthy meanwhile, 0 to 100, rounded up; default 100."""
    maximum_percent: int = Field(default=200, ge=101, le=200)
    """Percent of the tasks that run at most meanwhile, 101 to 200, rounded down; default 200."""
    alarms: tuple[AlarmName, ...] = Field(default=(), examples=[["orders-lost"]])
    """Further CloudWatch alarms, by name, that roll a deployment back, in each region; default only the service's own
    on server errors."""
    hooks: tuple[Hook, ...] = ()
    """Functions that are asked on the way; default none; not for ROLLING."""
    test: RouteForTests | None = None
    """Way to the new version before others get it; default none; services only."""
    prepared: bool = False
    """Whether ROLLING already has the second target group and its rules; default false."""
