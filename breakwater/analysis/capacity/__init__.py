"""What a stack can carry: requests, messages, connections, memory and addresses, each against its target and limit."""

from breakwater.analysis.capacity.addresses import address_figures
from breakwater.analysis.capacity.balancer import balancer_figures
from breakwater.analysis.capacity.cache import cache_figures
from breakwater.analysis.capacity.compute import compute_figures
from breakwater.analysis.capacity.database import database_figures
from breakwater.analysis.capacity.queues import queue_figures
from breakwater.analysis.capacity.quotas import quota_figures, to_raise
from breakwater.analysis.capacity.rates import carried
from breakwater.analysis.figures import Figure
from breakwater.analysis.model import Platform

__all__ = ["capacity", "to_raise"]


def capacity(platform: Platform, backlog: int | None = None) -> tuple[Figure, ...]:
    """All figures, region by region; `backlog`: messages in each queue, of which the time to handle them is asked.

    A target is for each region with traffic by itself, and for a standby with its most tasks, after a failover.
    """
    rates = {region.name: carried(platform, region) for region in platform.regions}
    found: list[Figure] = []
    for region in platform.regions:
        own = rates[region.name]
        found += compute_figures(platform, region, own)
        found += queue_figures(platform, region, own, backlog)
        found += database_figures(platform, region, rates)
        found += cache_figures(region)
        found += balancer_figures(platform, region, own)
        found += quota_figures(region)
        found += address_figures(region)
    return tuple(found)
