"""What a deployment costs: the tasks of both versions run until the old ones are gone."""

from dataclasses import dataclass

from breakwater.analysis.cost.item import Estimate, Item, estimate
from breakwater.analysis.figures import least_sure
from breakwater.analysis.limits import limit
from breakwater.analysis.model import Platform, Workload
from breakwater.analysis.prices import HOURS

_SERVICE = "aws:ecs/service:Service"


@dataclass(frozen=True, slots=True)
class Deploying:
    """What one deployment of a service or worker costs."""

    region: str
    name: str
    seconds: float
    """For which each new task runs beside an old one, at most."""
    minimum: Estimate
    """With the tasks of autoscaling's minimum."""
    maximum: Estimate
    """With the tasks of its maximum."""
    priced: bool
    """Whether all of it has a price."""


def deployments(platform: Platform, fixed: list[Item]) -> list[Deploying]:
    """Of all services and workers."""
    tasks: dict[str, list[Item]] = {}
    for item in fixed:
        if item.resource.type == _SERVICE:
            tasks.setdefault(item.resource.parent, []).append(item)
    return [
        _deploying(region.name, workload, tasks.get(workload.urn, []))
        for region in platform.regions
        for workload in region.workloads
    ]


def _deploying(region: str, workload: Workload, tasks: list[Item]) -> Deploying:
    seconds = overlap_seconds(workload)
    share = seconds / 3_600 / HOURS
    start = limit("fargate", "task_start_s").status
    least, most = (
        estimate(
            (None if usd is None else usd * share, least_sure((item.status, start)) if item.status else "")
            for item in tasks
            for usd in (item.usd(side),)
        )
        for side in ("minimum", "maximum")
    )
    return Deploying(region, workload.name, seconds, least, most, bool(tasks) and all(i.price for i in tasks))


def overlap_seconds(workload: Workload) -> float:
    """Seconds for which a new task runs beside an old one: start, health checks, bake time, draining.

    None with a rolling deployment that stops a task before it starts another.
    """
    how = workload.deployment
    if how.strategy == "ROLLING" and how.maximum_percent <= 100:
        return 0
    checks = workload.health.interval_seconds * workload.health.healthy_threshold if workload.health else 0
    start: float = max(limit("fargate", "task_start_s").value)
    return start + checks + how.bake_minutes * 60 + (workload.deregistration_seconds or 0)
