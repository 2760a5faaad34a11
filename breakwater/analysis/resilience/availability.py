"""How available a request's or a message's way is, by the SLAs of what it needs; pure arithmetic.

An SLA is a line below which AWS refunds, not a forecast. One after the other: the product. Side by side:
1 − [(1−c)·Π(1−aᵢ) + c·(1−min aᵢ)], where c is the share of failures that hit all of them together.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from breakwater.analysis.figures import least_sure
from breakwater.analysis.limits import limit
from breakwater.analysis.model import Cache, Database, Platform, Region, Role, Workload
from breakwater.analysis.resilience.regional import heirs_of, lost

MINUTES = 30 * 24 * 60
"""Of the month that minutes are told for."""


class Way(StrEnum):
    """What travels."""

    REQUEST = "request"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Something that a request or a message needs."""

    name: str
    availability: float
    sla: str
    """Its name among the SLAs."""
    source: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The way of a service's requests or a worker's messages in one region."""

    way: Way
    name: str
    region: str
    components: tuple[Component, ...]

    @property
    def availability(self) -> float:
        """0 to 1."""
        return series(component.availability for component in self.components)

    @property
    def weakest(self) -> Component | None:
        """What costs most."""
        return min(self.components, key=lambda component: component.availability, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """A service or HTTP API over all regions that can answer its requests."""

    name: str
    paths: tuple[Path, ...]
    """Where it is answered first, then where it fails over to."""
    redundant: float
    """Before the failovers' own time."""
    failover_seconds: float | None
    """What a failover takes; None without one, or where it is not known: such a one saves nothing."""
    availability: float
    """After it; never less than that of the first region alone."""
    status: str


def series(availabilities: Iterable[float]) -> float:
    """Of parts that are all needed."""
    return math.prod(availabilities)


def redundant(availabilities: Iterable[float], common: float) -> float:
    """Of parts of which one is enough; a part that would make it worse is left out."""
    ordered = sorted(availabilities, reverse=True)
    best, all_down = 0.0, 1.0
    for availability in ordered:
        all_down *= 1 - availability
        best = max(best, availability, 1 - ((1 - common) * all_down + common * (1 - availability)))
    return best


def minutes_down(availability: float) -> float:
    """Minutes a month."""
    return (1 - availability) * MINUTES


def paths(platform: Platform) -> tuple[Path, ...]:
    """Of each service, each HTTP API, and each worker with a queue, in each region."""
    found = []
    for region in platform.regions:
        found += [request_path(platform, region, front) for front in fronts(region)]
        found += [message_path(platform, region, worker) for worker in region.workers if worker.queue]
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What answers requests of a name: a service, or an HTTP API with its functions."""

    name: str
    entry: tuple[Component, ...]
    """What stands before the programs, and what they run on."""
    connects: frozenset[str]
    produces: frozenset[str] = frozenset()


def fronts(region: Region) -> tuple[Front, ...]:
    """The region's. Which function an API's request ends at is not told: each API is taken to need them all."""
    balancer = [_sla("firewall", "waf")] if region.firewall else []
    if region.balancer is not None:
        balancer.append(_sla("balancer", "alb_multi_az" if region.balancer.zones > 1 else "alb_single_az"))
    services = [
        Front(name=s.name, entry=(*balancer, *_tasks(s)), connects=s.connects, produces=s.produces)
        for s in region.services
    ]
    stores = frozenset(store for function in region.functions for store in function.connects)
    entry = (_sla("HTTP API", "api_gateway"), _sla("functions", "lambda"))
    return (*services, *(Front(name=name, entry=entry, connects=stores) for name in region.http_apis))


def request_path(platform: Platform, region: Region, front: Front, *, alone: bool = False) -> Path:
    """Name, firewall, balancer, tasks, then what they connect to; `alone`: after the other regions are lost."""
    components = [_sla("name", "route53") for _ in platform.names[:1]]
    components += [*front.entry, *_stores(platform, region, front.connects, alone=alone), *_queues(front.produces)]
    return Path(way=Way.REQUEST, name=front.name, region=region.name, components=tuple(components))


def message_path(platform: Platform, region: Region, worker: Workload) -> Path:
    """Queues, tasks, then what they connect to."""
    queues = worker.produces | ({worker.queue} if worker.queue else set())
    components = [*_queues(queues), *_tasks(worker), *_stores(platform, region, worker.connects, alone=False)]
    return Path(way=Way.MESSAGE, name=worker.name, region=region.name, components=tuple(components))


def overall(platform: Platform) -> tuple[Overall, ...]:
    """Each service and HTTP API with the regions that answer for each other."""
    found: dict[str, list[Overall]] = {}
    for region in platform.serving():
        for front in fronts(region):
            found.setdefault(front.name, []).append(_from(platform, region, front))
    # As the users of the region see it that is worst off.
    return tuple(min(found[name], key=lambda one: one.availability) for name in sorted(found))


def _from(platform: Platform, home: Region, front: Front) -> Overall:
    first = request_path(platform, home, front)
    others = tuple(
        request_path(platform, heir, other, alone=True)
        for heir in heirs_of(platform, home)
        for other in fronts(heir)
        if other.name == front.name
    )
    common = limit("assumptions", "common_cause_share")
    together = redundant([first.availability, *(path.availability for path in others)], common.value)
    seconds = failover_seconds(platform, home, front) if others else None
    left = first.availability
    if seconds is not None:
        often = limit("assumptions", "failovers_per_month").value
        left = max(left, together - often * seconds / 60 / MINUTES)
    statuses = [component.status for path in (first, *others) for component in path.components]
    return Overall(
        name=front.name,
        paths=(first, *others),
        redundant=together,
        failover_seconds=seconds,
        availability=left,
        status=least_sure([*statuses, *([common.status] if others else [])]),
    )


def failover_seconds(platform: Platform, region: Region, front: Front) -> float | None:
    """Until its requests are answered by another region; who connects to the database needs it there, for writing."""
    wanted = {"answers"} | ({"writing"} if "database" in front.connects else set())
    chains = [chain for chain in lost(platform, region).recovery.chains if chain.name in wanted]
    seconds = [chain.seconds for chain in chains]
    return None if None in seconds else max((s for s in seconds if s is not None), default=None)


def _tasks(workload: Workload) -> list[Component]:
    spread = workload.zones > 1 and workload.minimum > 1
    return [_sla(f"tasks of {workload.name}", "ecs_fargate_region" if spread else "fargate_single_task")]


def _queues(names: Iterable[str]) -> list[Component]:
    """One service, and one SLA, however many there are of them."""
    ordered = ", ".join(sorted(names))
    return [_sla(f"queues {ordered}" if "," in ordered else f"queue {ordered}", "sqs")] if ordered else []


def _stores(platform: Platform, region: Region, connects: frozenset[str], *, alone: bool) -> list[Component]:
    found: list[Component] = []
    if "database" in connects:
        homes = [region]
        if region.role == Role.ACTIVE and not alone and platform.primary is not None:
            # It writes to the primary region's database and reads its own.
            homes.insert(0, platform.primary)
        for home in homes:
            found += _database(home.database, home.name) if home.database is not None else []
    if "cache" in connects and region.cache is not None:
        found.append(_sla("cache", "elasticache_multi_az" if _spread(region.cache) else "elasticache_single_az"))
    return found


def _database(database: Database, region: str) -> list[Component]:
    proxy = [_sla("proxy", "rds_proxy")] if database.proxy is not None else []
    return [*proxy, _sla(f"database in {region}", "rds_multi_az" if database.main.multi_az else "rds_single_az")]


def _spread(cache: Cache) -> bool:
    return not cache.nodes or (cache.replicas > 0 and cache.automatic_failover and cache.zones > 1)


def _sla(name: str, key: str) -> Component:
    found = limit("sla_monthly", key)
    return Component(name=name, availability=float(found.value), sla=key, source=found.source, status=found.status)
