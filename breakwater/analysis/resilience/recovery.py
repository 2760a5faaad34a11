"""How long something takes to recover: named parts, each with its range and its source, one after the other."""

from collections.abc import Iterable
from dataclasses import dataclass

from breakwater.analysis.figures import least_sure
from breakwater.analysis.limits import Limit, limit
from breakwater.analysis.model import HealthCheck, PublicName, Workload

SETTINGS = "the stack's settings"
"""Source of what the stack file decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One wait within a recovery."""

    name: str
    seconds: float | None
    """At most, or typically where AWS promises nothing; None where it cannot be known."""
    lowest: float | None = None
    """At least."""
    source: str = SETTINGS
    status: str = "declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Waits that follow each other; chains of one recovery run side by side."""

    name: str
    """What is there again at its end."""
    parts: tuple[Part, ...]
    counts: bool = True
    """Whether requests fail until its end; else only reserves are missing."""

    @property
    def seconds(self) -> float | None:
        """The sum of the parts; None where one is not known."""
        return _sum(part.seconds for part in self.parts)

    @property
    def lowest(self) -> float | None:
        """The sum of what the parts take at least."""
        return _sum(part.lowest if part.lowest is not None else part.seconds for part in self.parts)


@dataclass(frozen=True, slots=True)
class Recovery:
    """The time until requests are answered again, and until everything is as before."""

    chains: tuple[Chain, ...] = ()

    @property
    def seconds(self) -> float | None:
        """Until requests are answered again: the longest chain that counts; 0 without any."""
        return _longest(chain.seconds for chain in self.chains if chain.counts)

    @property
    def lowest(self) -> float | None:
        """The same, at least."""
        return _longest(chain.lowest for chain in self.chains if chain.counts)

    @property
    def whole(self) -> float | None:
        """Until everything is as before."""
        return _longest(chain.seconds for chain in self.chains)

    @property
    def longest(self) -> Chain | None:
        """The chain that decides when requests are answered again; the first of which the end is not known."""
        counted = [chain for chain in self.chains if chain.counts]
        return max(counted, key=lambda chain: float("inf") if chain.seconds is None else chain.seconds, default=None)

    @property
    def status(self) -> str:
        """How sure `seconds` is."""
        return least_sure(part.status for part in (self.longest.parts if self.longest else ()))


def _sum(values: Iterable[float | None]) -> float | None:
    found = list(values)
    return None if None in found else sum(value for value in found if value is not None)


def _longest(values: Iterable[float | None]) -> float | None:
    found = list(values)
    return None if None in found else max((value for value in found if value is not None), default=0)


def fact(name: str, area: str, key: str) -> Part:
    """A wait that AWS decides."""
    found = limit(area, key)
    lowest, seconds = ends(found)
    return Part(name=name, seconds=seconds, lowest=lowest, source=found.source, status=found.status)


def ends(found: Limit) -> tuple[float, float]:
    """The ends of a range; twice the same of a number."""
    value = found.value
    return (float(value[0]), float(value[1])) if isinstance(value, list) else (float(value), float(value))


def unknown(name: str, why: str) -> Part:
    """A wait of which nobody knows the end."""
    return Part(name=name, seconds=None, source=why, status="recalled")


def noticed(workload: Workload) -> Part:
    """Until a task that hangs gets no requests any more, or is replaced where nothing asks it from outside."""
    check = workload.health
    if check is None:
        return fact("ECS notices that the task has ended", "ecs", "replacement_notice_s")
    return Part(
        name=f"health checks fail ({_plain(check.interval_seconds)} s × {check.unhealthy_threshold})",
        seconds=check.interval_seconds * check.unhealthy_threshold,
        # The first check may be due at once.
        lowest=check.interval_seconds * (check.unhealthy_threshold - 1),
    )


def replaced(workload: Workload) -> tuple[Part, ...]:
    """From then until another task takes its place."""
    first = () if workload.health is None else (fact("ECS starts another task", "ecs", "replacement_notice_s"),)
    return (*first, fact("the task starts", "fargate", "task_start_s"), *welcome(workload.health))


def welcome(check: HealthCheck | None) -> tuple[Part, ...]:
    """Until a task that runs gets requests."""
    if check is None:
        return ()
    name = f"health checks pass ({_plain(check.interval_seconds)} s × {check.healthy_threshold})"
    return (Part(name=name, seconds=check.interval_seconds * check.healthy_threshold),)


def leaves(workload: Workload) -> tuple[Part, ...]:
    """Until an old task is gone from its target group."""
    if workload.deregistration_seconds is None:
        return ()
    return (Part(name="the old task's requests end", seconds=workload.deregistration_seconds, lowest=0),)


def led_elsewhere(names: tuple[PublicName, ...]) -> tuple[Part, ...]:
    """Until clients are led to another region: the slowest of the names."""
    checked = [name for name in names if name.check_interval_seconds and name.check_threshold]
    if not names or len(checked) < len(names):
        why = "nothing checks the regions: an operator has to change the record"
        return (unknown("the name leads elsewhere", why),)
    slowest = max(checked, key=lambda name: (name.check_interval_seconds or 0) * (name.check_threshold or 0))
    interval, threshold = slowest.check_interval_seconds or 0, slowest.check_threshold or 0
    return (
        Part(name=f"Route 53's checks fail ({_plain(interval)} s × {threshold})", seconds=interval * threshold),
        Part(name="the old answer lives in caches (TTL)", seconds=max(n.ttl_seconds for n in names), lowest=0),
    )


def writer_failover(*, proxy: bool) -> Part:
    """Until a writer with a standby in another zone takes writes again."""
    found = limit("rds_postgres", "failover_multi_az_instance_s")
    lowest, seconds = ends(found)
    if not proxy:
        return Part(name="RDS fails over", seconds=seconds, lowest=lowest, source=found.source, status=found.status)
    less = limit("rds_proxy", "failover_reduction_up_to_pct")
    return Part(
        name=f"RDS fails over, and the proxy connects anew (up to {less.value} % sooner)",
        seconds=seconds,
        lowest=lowest * (100 - less.value) / 100,
        source=f"{found.source}; {less.source}",
        status=least_sure((found.status, less.status)),
    )


def _plain(seconds: float) -> str:
    return f"{seconds:g}"
