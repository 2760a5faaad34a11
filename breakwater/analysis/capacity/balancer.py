"""The load balancer: the capacity units that its load takes. It grows into them by itself, and they are billed."""

from collections.abc import Iterator, Mapping

from breakwater.analysis.capacity.rates import Carried
from breakwater.analysis.capacity.terms import listed
from breakwater.analysis.figures import Figure
from breakwater.analysis.limits import limit
from breakwater.analysis.model import Balancer, Platform, Region, Workload

BALANCER = "balancer"


def balancer_figures(platform: Platform, region: Region, rates: Mapping[str, Carried]) -> Iterator[Figure]:
    """All figures of a region's load balancer."""
    balancer = region.balancer
    if balancer is None:
        return
    high = {w: rates[w.name].at_maximum for w in region.services}
    low = {w: rates[w.name].at_minimum for w in region.services}
    yield _units(region, balancer, "capacity units at autoscaling's maximum", high, low)
    targets = {w: platform.targets.requests_per_second.get(w.name) for w in region.services}
    if any(targets.values()):
        yield _units(region, balancer, "capacity units at the target", {w: r for w, r in targets.items() if r}, None)


def capacity_units(balancer: Balancer, services: Mapping[Workload, float]) -> dict[str, float]:
    """Dimension → capacity units at these rates; the largest is what is billed.

    Users that come again before the idle timeout keep their connection; where nothing is declared of them, or they come
    later, every request is taken to open one.
    """
    sizes = limit("alb", "lcu_dimensions").value
    opened = active = gigabytes = requests = 0.0
    for service, rate in services.items():
        requests += rate
        between = service.users.seconds_between_requests if service.users else None
        if between is not None and between < balancer.idle_timeout_seconds:
            active += rate * between
        else:
            opened += rate
            active += rate * 60
        if service.work is not None and service.work.kilobytes is not None:
            gigabytes += rate * service.work.kilobytes * 3600 / 1e6
    rules = max(0.0, balancer.rules - float(sizes["free_rules"]))
    return {
        "new connections": opened / float(sizes["new_connections_per_s"]),
        "active connections": active / float(sizes["active_connections_per_min"]),
        "bytes": gigabytes / float(sizes["processed_gb_per_h"]),
        "rules": requests * rules / float(sizes["rule_evaluations_per_s"]),
    }


def _units(
    region: Region,
    balancer: Balancer,
    name: str,
    high: Mapping[Workload, float | None],
    low: Mapping[Workload, float | None] | None,
) -> Figure:
    known = {w: rate for w, rate in high.items() if rate is not None}
    unknown = [w.name for w, rate in high.items() if rate is None]
    value = lowest = None
    cause = "no service declares its request"
    if known:
        units = capacity_units(balancer, known)
        dimension = max(units, key=lambda key: (units[key], key))
        value = units[dimension]
        assumed = [w.name for w in known if w.users is None]
        cause = dimension
        if assumed and dimension in ("new connections", "active connections"):
            cause += f": each request of {listed(assumed)} is taken to open one"
        if unknown:
            cause += f"; without {listed(unknown)}, which declares no request"
        if low is not None:
            lowest = max(capacity_units(balancer, {w: r for w, r in low.items() if r is not None}).values())
            lowest = min(lowest, value)
    return Figure(
        region=region.name,
        part=BALANCER,
        name=name,
        value=value,
        lowest=lowest,
        unit="LCU",
        limited_by=cause,
    )
