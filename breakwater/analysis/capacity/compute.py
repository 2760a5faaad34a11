"""Services and workers: tasks, the rates they carry, how long an answer takes, users and spikes."""

import math
from collections.abc import Iterator, Mapping

from breakwater.analysis.capacity.queueing import mean_wait
from breakwater.analysis.capacity.rates import Bound, Carried, bounds, cost, missing, smallest
from breakwater.analysis.capacity.terms import (
    compared,
    counted,
    launch_seconds,
    reaction_seconds,
    setting,
    shown,
    tasks_setting,
    vcpu,
)
from breakwater.analysis.figures import Figure, least_sure
from breakwater.analysis.limits import limit
from breakwater.analysis.model import Platform, Region, Role, Spike, Work, Workload

AFTER_FAILOVER = " after a failover"


def compute_figures(platform: Platform, region: Region, rates: Mapping[str, Carried]) -> Iterator[Figure]:
    """All figures of a region's services and workers."""
    for workload in region.workloads:
        yield from _sizes(region, workload)
        if workload.is_worker:
            yield _messages(region, rates[workload.name])
        else:
            yield from _service(platform, region, rates[workload.name])


def _sizes(region: Region, workload: Workload) -> Iterator[Figure]:
    each = vcpu(workload.cpu)
    for name, size in (("tasks", 1.0), ("vCPU", each)):
        yield Figure(
            region=region.name,
            part=workload.name,
            name=name,
            value=workload.maximum * size,
            lowest=workload.minimum * size,
            status="declared",
        )


def _messages(region: Region, rate: Carried) -> Figure:
    return Figure(
        region=region.name,
        part=rate.workload.name,
        name=f"messages handled{_when(region)}",
        value=rate.at_maximum,
        lowest=_lowest(rate),
        unit="/s",
        limited_by=rate.limited_by,
        status=_status(rate),
    )


def _service(platform: Platform, region: Region, rate: Carried) -> Iterator[Figure]:
    workload, targets = rate.workload, platform.targets
    yield compared(
        Figure(
            region=region.name,
            part=workload.name,
            name=f"requests{_when(region)}",
            value=rate.at_maximum,
            lowest=_lowest(rate),
            unit="/s",
            target=targets.requests_per_second.get(workload.name),
            limited_by=rate.limited_by,
            status=_status(rate),
        ),
        more(region, rate, targets.requests_per_second.get(workload.name, 0)),
    )
    if workload.work is not None:
        yield _answer(region, rate, workload.work)
    if workload.users is not None or workload.name in targets.concurrent_users:
        yield _users(region, rate, targets.concurrent_users.get(workload.name))
    spike = targets.spikes.get(workload.name)
    if spike is not None and region.role is not Role.STANDBY:
        yield _spike(region, rate, spike)


def more(region: Region, rate: Carried, wanted: float) -> str:
    """What to change, so that a rate is reached."""
    if rate.alone is None or rate.at_maximum is None or rate.bound is None:
        return missing(rate.workload)
    tasks = tasks_setting(region, rate.workload, "max")
    if rate.by_database:
        factor = f" for {shown(wanted / rate.at_maximum)} times the connections" if rate.at_maximum else ""
        lower = setting(rate.workload, f"{cost(rate.workload)}.transactions")
        return f"raise {' or '.join(rate.bound.remedy)}{factor}, or lower {lower}"
    if rate.alone <= 0 or tasks not in rate.bound.remedy:
        return f"raise {' or '.join(rate.bound.remedy)}"
    needed = math.ceil(wanted * rate.workload.maximum / rate.alone - 1e-9)
    others = [path for path in rate.bound.remedy if path != tasks]
    return " or ".join([f"raise {tasks} to {needed}", *others])


def _answer(region: Region, rate: Carried, work: Work) -> Figure:
    """How long an answer takes when the fewest tasks have all they are meant for: what a queue for the CPU adds."""
    each = vcpu(rate.workload.cpu)
    lanes = max(1, int(each))
    service = work.cpu_milliseconds / 1000 / (each / lanes)
    wait = mean_wait(rate.workload.minimum * lanes, _lowest(rate) or 0.0, service)
    return Figure(
        region=region.name,
        part=rate.workload.name,
        name="mean time to answer",
        value=None if wait is None else work.milliseconds + 1000 * wait,
        lowest=work.milliseconds,
        unit="ms",
        limited_by=f"with {counted(rate.workload.minimum, 'task')} at what they carry; lower end: without load",
    )


def _users(region: Region, rate: Carried, target: float | None) -> Figure:
    workload, users = rate.workload, rate.workload.users
    value, lowest, cause, remedy = None, None, rate.limited_by, f"declare {setting(workload, 'users')}"
    if users is not None and rate.at_maximum is not None:
        value, lowest = (r * users.seconds_between_requests for r in (rate.at_maximum, _lowest(rate) or 0.0))
        remedy = more(region, rate, (target or 0) / users.seconds_between_requests)
        if users.connections_per_task is not None:
            held = workload.maximum * users.connections_per_task
            lowest = min(lowest, float(workload.minimum * users.connections_per_task))
            if held < value:
                value, path = float(held), tasks_setting(region, workload, "max")
                cause = f"{counted(workload.maximum, 'task')} × {shown(users.connections_per_task)} client connections"
                needed = math.ceil((target or 0) / users.connections_per_task)
                remedy = f"raise {path} to {needed} or {setting(workload, 'users.connections_per_task')}"
    elif users is not None:
        remedy = missing(workload)
    else:
        cause = f"{setting(workload, 'users')} is not declared"
    return compared(
        Figure(
            region=region.name,
            part=workload.name,
            name=f"concurrent users{_when(region)}",
            value=value,
            lowest=lowest,
            target=target,
            limited_by=cause,
            status=_status(rate),
        ),
        remedy,
    )


def _spike(region: Region, rate: Carried, spike: Spike) -> Figure:
    """A spike is met by the tasks that run already: those that autoscaling adds come too late for its beginning.

    Load that rises slowly only has to be carried until the first new tasks answer, from when the fewest tasks have
    more than autoscaling aims at. Their room above that aim must be enough for what the load rises in the meantime;
    then it is enough later too, as more tasks have more room.
    """
    workload = rate.workload
    saturation, (reaction, sure) = limit("queueing", "saturation_share"), reaction_seconds()
    added = workload.maximum - workload.minimum
    health = workload.health.healthy_threshold * workload.health.interval_seconds if workload.health else 0.0
    reaction += health + launch_seconds({workload.name: added})
    ready = _at_once(region, rate, workload.minimum, float(saturation.value))
    most = _at_once(region, rate, workload.maximum, float(saturation.value))
    remedy, value, cause, target = missing(workload), None, rate.limited_by, spike.requests_per_second
    if ready is not None and most is not None and rate.at_minimum is not None:
        value, cause = ready.rate, f"the tasks that run; new ones answer after {shown(reaction)} s"
        slope, fewest = spike.requests_per_second / spike.seconds, max(1, workload.minimum)
        if most.rate < spike.requests_per_second:
            value, cause = most.rate, most.cause
            remedy = f"raise {' or '.join(most.remedy)}"
        else:
            target = min(spike.requests_per_second, rate.at_minimum + slope * reaction)
            needed = _tasks_for(spike, slope * reaction, ready.rate / fewest, rate.at_minimum / fewest)
            remedy = (
                f"raise {tasks_setting(region, workload, 'min')} to {needed}, "
                "or let requests only send messages to a queue"
            )
    return compared(
        Figure(
            region=region.name,
            part=workload.name,
            name=f"spike to {shown(spike.requests_per_second)}/s in {shown(spike.seconds)} s, carried",
            value=value,
            unit="/s",
            target=target,
            limited_by=cause,
            status=least_sure([_status(rate), saturation.status, sure]),
        ),
        remedy,
    )


def _tasks_for(spike: Spike, rise: float, carried_each: float, aimed_each: float) -> int:
    """Fewest tasks that carry a spike until there are more."""
    whole = math.ceil(spike.requests_per_second / carried_each - 1e-9)
    if carried_each <= aimed_each:
        return whole
    return min(whole, math.ceil(rise / (carried_each - aimed_each) - 1e-9))


def _at_once(region: Region, rate: Carried, tasks: int, cpu_share: float) -> Bound | None:
    """What so many tasks carry for a while: more CPU than autoscaling aims at, no more of the database."""
    found = bounds(region, rate.workload, tasks, cpu_share)
    if rate.by_database and rate.bound is not None:
        found.append(rate.bound)
    return smallest(found)


def _lowest(rate: Carried) -> float | None:
    if rate.at_minimum is None or rate.at_maximum is None:
        return None
    return min(rate.at_minimum, rate.at_maximum)


def _status(rate: Carried) -> str:
    return "derived" if rate.at_maximum is not None else "declared"


def _when(region: Region) -> str:
    return AFTER_FAILOVER if region.role is Role.STANDBY else ""
