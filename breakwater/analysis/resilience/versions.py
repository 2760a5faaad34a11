"""A bad version: how it is noticed, and how long going back takes."""

import math
from collections.abc import Iterator

from breakwater.analysis.limits import limit
from breakwater.analysis.model import Platform, Region, Workload
from breakwater.analysis.resilience.alarms import watches
from breakwater.analysis.resilience.model import Kind, Scenario
from breakwater.analysis.resilience.recovery import Chain, Part, Recovery, fact, noticed, unknown, welcome
from breakwater.analysis.resilience.tasks import Left, left_of, running

ROLLING = "ROLLING"
_ERRORS = "HTTPCode_Target_5XX_Count"


def bad_version(platform: Platform, region: Region) -> Iterator[Scenario]:
    """Of each service and worker one that becomes healthy and fails its requests, and one that never does."""
    if not region.workloads:
        return
    by_hand = [f"{w.name}: nothing rolls it back" for w in region.workloads if not w.deployment.rolls_back]
    chains: list[Chain] = []
    for workload in region.workloads:
        tasks = running(workload, region, platform)
        back = (_told(platform, workload), *going_back(workload, tasks))
        # Who sends messages does not notice what becomes of them.
        chains.append(Chain(name=f"{workload.name}: the version before", parts=back, counts=not workload.is_worker))
        chains.append(
            Chain(
                name=f"{workload.name}: one that never works is stopped", parts=_broken(workload, tasks), counts=False
            )
        )
    yield Scenario(
        kind=Kind.VERSION,
        region=region.name,
        what="of a service or worker; what is left are the old tasks when all requests are with the new ones",
        urns=tuple(workload.urn for workload in region.workloads),
        left=tuple(_old_tasks(platform, region, workload) for workload in region.workloads),
        recovery=Recovery(tuple(chains)),
        by_hand=tuple(by_hand),
    )


def going_back(workload: Workload, tasks: int) -> tuple[Part, ...]:
    """From the decision, an alarm's or an operator's, until the bad version gets no requests."""
    deployment = workload.deployment
    if deployment.strategy != ROLLING:
        shift = fact("the requests go back to the old tasks, which are kept for the bake", "ecs", "traffic_shift_s")
        return (shift,)
    rounds = batches(workload, tasks)
    starts = fact("ECS starts the version before", "ecs", "replacement_notice_s")
    once = (starts, fact("the tasks start", "fargate", "task_start_s"), *welcome(workload.health))
    parts = [_times(part, rounds) for part in once]
    wait = workload.deregistration_seconds or 0
    if rounds > 1 and wait:
        # Between two batches: room for the next is there when the old tasks are gone.
        parts.append(_times(Part(name="the bad tasks' requests end", seconds=wait, lowest=0), rounds - 1))
    return tuple(parts)


def batches(workload: Workload, tasks: int) -> int:
    """In how many steps a rolling deployment replaces the tasks."""
    deployment = workload.deployment
    kept = math.ceil(deployment.minimum_healthy_percent * tasks / 100)
    spare = math.floor(deployment.maximum_percent * tasks / 100) - kept
    return math.ceil(tasks / max(spare, 1)) if tasks else 1


def _times(part: Part, rounds: int) -> Part:
    if rounds == 1 or part.seconds is None:
        return part
    lowest = None if part.lowest is None else part.lowest * rounds
    name = f"{part.name}, {rounds} times"
    return Part(name=name, seconds=part.seconds * rounds, lowest=lowest, source=part.source, status=part.status)


def _told(platform: Platform, workload: Workload) -> Part:
    if not workload.deployment.rolls_back:
        return unknown("somebody notices", "neither alarm nor circuit breaker rolls it back")
    if workload.is_worker:
        return unknown("somebody notices", "a worker that runs and fails its messages raises no alarm that rolls back")
    times = [watch.seconds for watch in watches(platform.graph, _ERRORS, below=workload.urn)]
    known = [seconds for seconds in times if seconds is not None]
    if not known:
        return unknown("an alarm tells", "no alarm on its server errors was found")
    return Part(name="the alarm on its server errors tells", seconds=max(known))


def _broken(workload: Workload, tasks: int) -> tuple[Part, ...]:
    """Until the circuit breaker stops a deployment of which no task becomes healthy."""
    found = limit("ecs", "circuit_breaker")
    failures = min(max(math.ceil(tasks * found.value["share"]), found.value["minimum"]), found.value["maximum"])
    rounds = math.ceil(failures / max(tasks, 1))
    parts = (fact("a task starts", "fargate", "task_start_s"), *_sick(workload))
    breaker = Part(
        name=f"the circuit breaker counts {failures} failures", seconds=0, source=found.source, status=found.status
    )
    return (*(_times(part, rounds) for part in parts), breaker)


def _sick(workload: Workload) -> tuple[Part, ...]:
    if workload.health is None:
        return (noticed(workload),)
    grace = Part(name="its grace period ends", seconds=workload.health.grace_seconds)
    # The checks begin at once, and count when the grace is over.
    later = max(grace, noticed(workload), key=lambda part: part.seconds or 0)
    return (later, fact("ECS replaces it", "ecs", "replacement_notice_s"))


def _old_tasks(platform: Platform, region: Region, workload: Workload) -> Left:
    """The old version's tasks that still run when all requests are with the new one."""
    tasks = running(workload, region, platform)
    kept = 0 if workload.deployment.strategy == ROLLING else tasks
    return left_of(workload, region, platform, before=tasks, left=kept, after=tasks)
