"""Requests and messages a second that each service and worker carries, and what stands in the way of more.

What several bounds allow is the smallest of them: CPU, what autoscaling aims at, pools, messages at once. A region's
workloads share the database's transactions: what targets need comes first, the rest is in proportion to what each could
use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from breakwater.analysis.capacity.connections import held_apart, raising, room, written_database
from breakwater.analysis.capacity.terms import counted, setting, shown, tasks_setting, vcpu
from breakwater.analysis.model import Platform, Region, Targets, Work, Workload


@dataclass(frozen=True, slots=True)
class Bound:
    """One of the things that limit a rate."""

    rate: float
    """Requests or messages a second."""
    cause: str
    remedy: tuple[str, ...]
    """Settings that raise it."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a workload carries."""

    workload: Workload
    at_minimum: float | None
    """With the fewest tasks; None where it is not declared what a request costs."""
    at_maximum: float | None
    alone: float | None
    """With the most tasks, if the database were no limit."""
    bound: Bound | None
    """What stands in the way of more at the maximum."""

    @property
    def limited_by(self) -> str:
        """The bound in words."""
        return self.bound.cause if self.bound else f"{setting(self.workload, cost(self.workload))} is not declared"

    @property
    def by_database(self) -> bool:
        """Whether more tasks would carry no more, because of the database."""
        return self.alone is not None and self.at_maximum is not None and self.at_maximum < self.alone


def missing(workload: Workload) -> str:
    """What to declare, so that a rate can be told."""
    return f"declare {setting(workload, cost(workload))}"


def transactions_each(work: Work) -> float:
    """Transactions under way at once for each request a second (Little's law)."""
    return work.transactions * work.transaction_milliseconds / 1000


def bounds(region: Region, workload: Workload, tasks: int, cpu_share: float | None = None) -> list[Bound]:
    """What limits so many tasks, besides the database; with a CPU share of one's own, without autoscaling's aims."""
    work = workload.work
    if work is None:
        return []
    target = workload.cpu_target_percent
    share = cpu_share if cpu_share is not None else (100.0 if target is None else target) / 100
    most, found = tasks_setting(region, workload, "max"), []
    if work.cpu_milliseconds > 0:
        rate = tasks * vcpu(workload.cpu) * share * 1000 / work.cpu_milliseconds
        cause = f"CPU: {counted(tasks, 'task')} × {shown(vcpu(workload.cpu))} vCPU at {shown(100 * share)} %"
        found.append(Bound(rate, cause, (most, setting(workload, "cpu"))))
    if workload.is_worker and work.milliseconds > 0:
        rate = tasks * workload.concurrency * 1000 / work.milliseconds
        cause = f"{counted(tasks, 'task')} × {counted(workload.concurrency, 'message')} at once"
        found.append(Bound(rate, cause, (most, setting(workload, "concurrency"))))
    if not workload.is_worker and workload.requests_per_target and cpu_share is None:
        rate = tasks * workload.requests_per_target / 60
        cause = f"autoscaling: {counted(tasks, 'task')} × {shown(workload.requests_per_target)} requests a minute"
        found.append(Bound(rate, cause, (most, setting(workload, "requests_per_target"))))
    each = transactions_each(work)
    if each > 0 and workload.pool:
        rate = tasks * workload.pool / each
        cause = f"pools: {counted(tasks, 'task')} × {counted(workload.pool, 'connection')}"
        found.append(Bound(rate, cause, (setting(workload, "pool.connections"), most)))
    return found


def smallest(found: Sequence[Bound]) -> Bound | None:
    """The bound that counts."""
    return min(found, key=lambda bound: bound.rate, default=None)


def shared(wanted: Sequence[float], claimed: Sequence[float], available: float) -> list[float]:
    """What each gets: all that it wants if there is enough; else claims first, and of the rest in proportion to wants.

    No claim is above its want.
    """
    total, first = sum(wanted), sum(claimed)
    if total <= available:
        return list(wanted)
    if first >= available:
        return [claim * available / first if first else 0.0 for claim in claimed]
    share = (available - first) / (total - first)
    return [claim + (want - claim) * share for want, claim in zip(wanted, claimed, strict=True)]


def carried(platform: Platform, region: Region) -> Mapping[str, Carried]:
    """Workload → what it carries, if the region takes all traffic alone."""
    lowest = {w.name: smallest(bounds(region, w, w.minimum)) for w in region.workloads}
    highest = {w.name: smallest(bounds(region, w, w.maximum)) for w in region.workloads}
    database = written_database(platform, region)
    available = None if database is None else _left(region, room(database))
    granted_low, granted_high = (_granted(region, platform.targets, found, available) for found in (lowest, highest))
    found: dict[str, Carried] = {}
    for workload in region.workloads:
        low, high = lowest[workload.name], highest[workload.name]
        if low is None or high is None:
            found[workload.name] = Carried(workload, None, None, None, None)
            continue
        by_low = min(low.rate, granted_low.get(workload.name, low.rate))
        by_high = min(high.rate, granted_high.get(workload.name, high.rate))
        bound = high
        if by_high < high.rate and database is not None:
            bound = Bound(by_high, _database_cause(region, available or 0), tuple(raising(database)))
        found[workload.name] = Carried(workload, by_low, by_high, high.rate, bound)
    return found


def target_rates(region: Region, targets: Targets) -> dict[str, float]:
    """Workload → requests or messages a second that its targets ask for; several workers of a queue share its."""
    found: dict[str, float] = {}
    for service in region.services:
        rate = targets.requests_per_second.get(service.name, 0.0)
        if spike := targets.spikes.get(service.name):
            rate = max(rate, spike.requests_per_second)
        number, between = (
            targets.concurrent_users.get(service.name),
            service.users and service.users.seconds_between_requests,
        )
        if number and between:
            rate = max(rate, number / between)
        if rate:
            found[service.name] = rate
    for queue, wanted in targets.messages.items():
        readers = [w for w in region.workers if w.queue == queue]
        total = sum(w.maximum for w in readers)
        for worker in readers:
            if wanted.per_second:
                found[worker.name] = wanted.per_second * worker.maximum / total
    return found


def _granted(
    region: Region, targets: Targets, own: Mapping[str, Bound | None], available: float | None
) -> dict[str, float]:
    """Workload → rate that the database allows."""
    claims = target_rates(region, targets)
    users = {
        w.name: transactions_each(w.work)
        for w in region.workloads
        if w.work is not None and transactions_each(w.work) > 0
    }
    if available is None or not users:
        return {}
    wanted = [each * _rate(own[name]) for name, each in users.items()]
    claimed = [
        min(want, each * claims.get(name, 0.0)) for want, (name, each) in zip(wanted, users.items(), strict=True)
    ]
    return {
        name: got / each for got, (name, each) in zip(shared(wanted, claimed, available), users.items(), strict=True)
    }


def _rate(bound: Bound | None) -> float:
    return 0.0 if bound is None else bound.rate


def _left(region: Region, available: float | None) -> float | None:
    if available is None:
        return None
    return max(0.0, available - held_apart(region))


def _database_cause(region: Region, available: float) -> str:
    users = [w.name for w in region.workloads if w.work is not None and transactions_each(w.work) > 0]
    among = f", shared by {', '.join(users)}" if len(users) > 1 else ""
    return f"database: {counted(int(available), 'transaction')} at once{among}"


def cost(workload: Workload) -> str:
    """The setting that says what a request or a message takes."""
    return "message" if workload.is_worker else "request"
