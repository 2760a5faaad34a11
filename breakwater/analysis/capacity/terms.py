"""What the parts of the capacity model share: sizes of tasks, numbers during a deployment, paths of settings, words."""

import math
from collections.abc import Mapping
from dataclasses import replace

from breakwater.analysis.figures import Figure, Verdict, least_sure
from breakwater.analysis.limits import limit
from breakwater.analysis.model import Region, Role, Workload

CPU_UNITS = 1024
"""CPU units of a vCPU."""
ROLLING = "ROLLING"


def vcpu(cpu: int) -> float:
    """vCPUs of a task."""
    return cpu / CPU_UNITS


def deployed(workload: Workload, tasks: int) -> int:
    """Tasks while a new version replaces the old one: those of both.

    Task by task, up to `maximum_percent`, rounded down; with the other strategies all of both, until the bake is over.
    """
    if workload.deployment.strategy != ROLLING:
        return 2 * tasks
    return max(tasks, math.floor(tasks * workload.deployment.maximum_percent / 100))


def at_deployment(workload: Workload) -> int:
    """Tasks at autoscaling's maximum while a new version is deployed."""
    return deployed(workload, workload.maximum)


def setting(workload: Workload, path: str) -> str:
    """Where a setting of a workload stands in the stack file."""
    return f"{'workers' if workload.is_worker else 'services'}.{workload.name}.{path}"


def tasks_setting(region: Region, workload: Workload, end: str) -> str:
    """Where a region's smallest (min) or largest (max) number of tasks stands."""
    if region.role is Role.PRIMARY:
        return setting(workload, f"tasks.{end}")
    return f"regions.{region.name}.tasks.{workload.name}.{end}"


def headroom() -> float:
    """What connections are multiplied with, so that 30 % remain above the peak."""
    return 1 + float(limit("rds_proxy", "headroom_over_peak_pct").value) / 100


def launch_seconds(added: Mapping[str, int]) -> float:
    """Seconds in which ECS launches tasks, service → number: each service has a rate, and the account has one."""
    total = sum(added.values())
    burst, account = _number("ecs", "account_launch_burst"), _number("ecs", "account_launch_per_s")
    service = _number("ecs", "tasks_launched_per_service_per_min") / 60
    return max(0.0, (total - burst) / account, max(added.values(), default=0) / service)


def reaction_seconds() -> tuple[float, str]:
    """Seconds from a load until a task that autoscaling starts for it runs, the longest of what was seen; how sure."""
    seen, start = limit("autoscaling", "reaction_s"), limit("fargate", "task_start_s")
    return float(max(seen.value)) + float(max(start.value)), least_sure([seen.status, start.status])


def compared(figure: Figure, remedy: str) -> Figure:
    """The figure with its verdict: its target is to be reached, or its limit kept to; `remedy` where it is not."""
    if figure.value is None:
        if figure.target is None:
            return figure
        return replace(figure, verdict=Verdict.UNKNOWN, remedy=remedy)
    below = figure.target is not None and figure.value < figure.target * (1 - 1e-9)
    above = figure.limit is not None and figure.value > figure.limit * (1 + 1e-9)
    if below or above:
        return replace(figure, verdict=Verdict.MISSED, remedy=remedy)
    if figure.target is None and figure.limit is None:
        return figure
    return replace(figure, verdict=Verdict.MET)


def shown(value: float) -> str:
    """A number for people: whole ones whole, others with three digits."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def counted(number: float, noun: str) -> str:
    """Such as `1 task`, `24 tasks`."""
    return f"{shown(number)} {noun}{'' if number == 1 else 's'}"


def listed(words: list[str], most: int = 4) -> str:
    """Words in a sentence; of many the first ones."""
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")


def _number(area: str, name: str) -> float:
    return float(limit(area, name).value)
