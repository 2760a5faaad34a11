"""Quotas of the account in a region: what this stack takes of each. One that is hit must be raised before a deployment.

Other stacks of the account take from the same quotas. None of them refuses a stack: AWS raises each on request.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from breakwater.analysis.capacity.terms import ROLLING, at_deployment, launch_seconds, shown, vcpu
from breakwater.analysis.figures import Figure, least_sure
from breakwater.analysis.limits import Limit, limit
from breakwater.analysis.model import Balancer, Region, Workload

QUOTA = "quota"


def quota_figures(region: Region) -> Iterator[Figure]:
    """What a region takes of each quota, and how fast its tasks can start."""
    demand, spot = _fargate(region, at_deployment), _fargate(region, lambda w: w.minimum)
    jobs = sum(vcpu(job.cpu) for job in region.jobs)
    yield _quota(region, "Fargate vCPU on demand", demand[0] + jobs, spot[0], "vcpu_quota_default_on_demand", "fargate")
    yield _quota(region, "Fargate vCPU on Spot", demand[1], spot[1], "vcpu_quota_default_spot", "fargate")
    if region.network is not None:
        addresses = len({zone for zone in region.network.nat_of_zone.values() if zone is not None})
        yield _quota(region, "elastic IP addresses", addresses, None, "elastic_ips_quota_default", "vpc")
    yield _quota(region, "network interfaces", _interfaces(region), None, "network_interfaces_quota_default", "vpc")
    if region.database is not None and region.database.proxy is not None:
        yield _quota(region, "database proxies", 1, None, "proxies_per_account", "rds_proxy")
    if region.balancer is not None:
        yield from _balancer(region, region.balancer)
    if region.functions:
        executions = sum(function.concurrency or 0 for function in region.functions)
        yield _quota(region, "executions of functions", executions, None, "concurrency_quota_default", "lambda")
    if region.workloads:
        yield _launch(region)


def to_raise(figure: Figure) -> int | None:
    """The number to ask AWS for; None where the default is enough."""
    if figure.part != QUOTA or figure.value is None or figure.limit is None or figure.value <= figure.limit:
        return None
    return math.ceil(figure.value)


def spot_tasks(workload: Workload, tasks: int) -> float:
    """How many of so many tasks run on Spot: a share of those beyond the base."""
    return max(0, tasks - workload.on_demand_base) * workload.spot_share


def _fargate(region: Region, tasks: Callable[[Workload], int]) -> tuple[float, float]:
    """vCPUs of services and workers, on demand and on Spot."""
    demand = spot = 0.0
    for workload in region.workloads:
        number = tasks(workload)
        on_spot = spot_tasks(workload, number)
        demand += (number - on_spot) * vcpu(workload.cpu)
        spot += on_spot * vcpu(workload.cpu)
    return demand, spot


def _interfaces(region: Region) -> int:
    """One for each task, each endpoint and each function in a zone, each node of database, cache and balancer."""
    zones = len(region.network.zones) if region.network else 0
    tasks = sum(at_deployment(w) for w in region.workloads) + len(region.jobs)
    endpoints = len(region.network.interface_endpoints) if region.network else 0
    functions = sum(1 for function in region.functions if function.in_network)
    stores = region.cache.nodes if region.cache else 0
    if region.database is not None:
        stores += 1 + len(region.database.replicas)
    return tasks + zones * (endpoints + functions) + stores + (region.balancer.zones if region.balancer else 0)


def _balancer(region: Region, balancer: Balancer) -> Iterator[Figure]:
    """A group's targets are one version's, except where a service is deployed task by task."""
    quotas = limit("alb", "quotas")
    groups = [at_deployment(w) if w.deployment.strategy == ROLLING else w.maximum for w in region.services]
    for name, value, item in (
        ("load balancers", 1, "albs_per_region"),
        ("targets of the load balancer", sum(at_deployment(w) for w in region.services), "targets_per_alb"),
        ("targets of a target group", max(groups, default=0), "targets_per_target_group"),
        ("rules of the load balancer", balancer.rules, "rules"),
    ):
        yield _figure(region, name, value, None, replace(quotas, value=quotas.value[item]))


def _launch(region: Region) -> Figure:
    burst, rate = limit("ecs", "account_launch_burst"), limit("ecs", "account_launch_per_s")
    added = {w.name: w.maximum - w.minimum for w in region.workloads}
    return Figure(
        region=region.name,
        part="tasks",
        name="time to launch from minimum to maximum",
        value=launch_seconds(added),
        unit="s",
        limited_by=f"{shown(sum(added.values()))} tasks; the first {burst.value} at once, then {rate.value} a second",
        status=least_sure(["derived", burst.status, rate.status]),
    )


def _quota(region: Region, name: str, value: float, lowest: float | None, item: str, area: str) -> Figure:
    return _figure(region, name, value, lowest, limit(area, item))


def _figure(region: Region, name: str, value: float, lowest: float | None, quota: Limit) -> Figure:
    figure = Figure(
        region=region.name,
        part=QUOTA,
        name=name,
        value=value,
        lowest=lowest,
        limit=float(quota.value),
        status=least_sure(["derived", quota.status]),
    )
    number = to_raise(figure)
    return figure if number is None else replace(figure, limited_by=f"ask AWS for {number:,} before the deployment")
