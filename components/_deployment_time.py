"""How long a deployment may take, and how soon one that fails is stopped; pure."""

import math

from components._containers import HEALTH_INTERVAL, HEALTH_RETRIES, HEALTH_START, HEALTH_TIMEOUT
from components._deployment import ALARM_MINUTES, Deployment, kept_tasks

# The circuit breaker's default: half the tasks, within these bounds (ECS API reference, ThresholdConfiguration and
# ServiceDeploymentCircuitBreaker). The provider cannot set it otherwise.
BREAKER_MIN, BREAKER_MAX = 3, 200

# AWS publishes neither; generous for images of a few hundred MiB: from launch to RUNNING, and from a verdict to the
# next launch.
START_SECONDS, SCHEDULER_SECONDS = 60, 30
# A Lambda function runs this long at most; a hook may be asked again and then takes longer.
HOOK_SECONDS = 900
# The provider's own limit for creating and updating a service; it never waits for less.
PROVIDER_MINUTES, MARGIN_MINUTES = 20, 5


def container_notice_seconds() -> int:
    """Seconds from a container's start until failing health checks are told."""
    return HEALTH_START + HEALTH_RETRIES * HEALTH_INTERVAL + HEALTH_TIMEOUT


def failure_seconds(tasks: int, notice_seconds: int) -> int:
    """Seconds within which the circuit breaker stops a deployment of which no task becomes healthy.

    All tasks are started at once, and each that failed is started again until enough have failed. `notice_seconds`: how
    long a running task can be sick unnoticed.
    """
    threshold = min(max(math.ceil(tasks / 2), BREAKER_MIN), BREAKER_MAX)
    return math.ceil(threshold / tasks) * (START_SECONDS + notice_seconds + SCHEDULER_SECONDS)


def rollout_seconds(deployment: Deployment, tasks: int, notice_seconds: int, leave_seconds: int) -> int:
    """Seconds that a deployment without trouble takes at most; `leave_seconds`: how long an old task may take to go."""
    spare = deployment.maximum_percent * tasks // 100 - kept_tasks(deployment.minimum_healthy_percent, tasks)
    batches = 1 if deployment.shifts else math.ceil(tasks / max(spare, 1))
    asked = sum(len(hook.stages) for hook in deployment.hooks) * HOOK_SECONDS
    waiting = 60 * max(deployment.waiting_minutes, ALARM_MINUTES)
    return batches * (START_SECONDS + notice_seconds + SCHEDULER_SECONDS + leave_seconds) + asked + waiting


def timeout_minutes(deployment: Deployment, *, fewest: int, most: int, notice_seconds: int, leave_seconds: int) -> int:
    """Minutes for which an update waits for a deployment: a long bake must not look like a failure."""
    needed = max(
        failure_seconds(fewest, notice_seconds),
        *(rollout_seconds(deployment, tasks, notice_seconds, leave_seconds) for tasks in (fewest, most)),
    )
    return max(PROVIDER_MINUTES, math.ceil(needed / 60) + MARGIN_MINUTES)
