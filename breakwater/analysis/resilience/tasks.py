"""How many tasks run, what they carry, and how many are left of them; pure arithmetic."""

import math
from dataclasses import dataclass

from breakwater.analysis.model import Platform, Region, Role, Workload

CPU_UNITS = 1024
"""Of a vCPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a service or worker."""

    region: str
    name: str
    urn: str
    before: int
    """Tasks that run: those of the target's load where it and its cost are declared, else autoscaling's minimum."""
    left: int
    """Tasks that still answer at once."""
    after: int
    """Tasks as soon as ECS or autoscaling have done what they can."""
    target_share: float | None = None
    """Share of the target that `left` carries, with its CPUs busy all the time; None without target or cost."""
    target_share_after: float | None = None

    @property
    def share(self) -> float:
        """Share of normal capacity that is left."""
        return self.left / self.before if self.before else 0.0


def per_second(workload: Workload) -> float | None:
    """Requests or messages a second of one task whose CPU is never idle; None where no cost is declared."""
    work = workload.work
    if work is None:
        return None
    by_cpu = workload.cpu / CPU_UNITS * 1000 / work.cpu_milliseconds if work.cpu_milliseconds > 0 else math.inf
    by_wait = workload.concurrency * 1000 / work.milliseconds if workload.is_worker and work.milliseconds else math.inf
    return min(by_cpu, by_wait) if min(by_cpu, by_wait) < math.inf else None


def wanted(workload: Workload, platform: Platform) -> float | None:
    """Requests or messages a second that the targets ask of it."""
    if not workload.is_worker:
        return platform.targets.requests_per_second.get(workload.name)
    target = platform.targets.messages.get(workload.queue or "")
    return target.per_second if target else None


def running(workload: Workload, region: Region, platform: Platform) -> int:
    """Tasks that run at the target's load; autoscaling's minimum where that is not known, and in a standby."""
    rate, each = wanted(workload, platform), per_second(workload)
    if region.role == Role.STANDBY or rate is None or each is None:
        return workload.minimum
    needed = rate / (each * (workload.cpu_target_percent or 100) / 100)
    if workload.requests_per_target:
        needed = max(needed, rate * 60 / workload.requests_per_target)
    return min(max(workload.minimum, math.ceil(needed)), max(workload.minimum, workload.maximum))


def in_one_zone(tasks: int, zones: int) -> int:
    """Tasks in the fullest zone: ECS spreads them evenly."""
    return math.ceil(tasks / max(zones, 1))


def left_of(workload: Workload, region: Region, platform: Platform, *, before: int, left: int, after: int) -> Left:
    """With the share of the target that they carry."""
    rate, each = wanted(workload, platform), per_second(workload)
    known = rate and each is not None
    return Left(
        region=region.name,
        name=workload.name,
        urn=workload.urn,
        before=before,
        left=left,
        after=after,
        target_share=left * (each or 0) / (rate or 1) if known else None,
        target_share_after=after * (each or 0) / (rate or 1) if known else None,
    )
