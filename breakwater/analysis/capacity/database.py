"""The database: connections at autoscaling's maximum and in deployments, transactions at once, clients of its entry.

A task may open its whole pool to the name for writing and as many connections to the name for reading. Without replicas
the latter leads to the writer itself, and in a standby both lead to its replica.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from breakwater.analysis.capacity.connections import (
    DATABASE,
    Clients,
    clients,
    held_apart,
    instance_connections,
    larger_class,
    room,
    share_percent,
    with_headroom,
    writing_regions,
)
from breakwater.analysis.capacity.rates import Carried, missing, transactions_each
from breakwater.analysis.capacity.terms import compared, counted, headroom, listed, setting, shown
from breakwater.analysis.figures import Figure, least_sure
from breakwater.analysis.limits import limit
from breakwater.analysis.model import Database, Instance, Platform, Region, Role, Workload

_FIT = "derived"
"""max_connections is a fit over measured classes."""


@dataclass(frozen=True, slots=True)
class _Busy:
    """Transactions under way at once when all workloads carry what they can."""

    value: float | None
    unknown: tuple[Workload, ...]
    longest_seconds: float
    """Of one transaction."""


def database_figures(
    platform: Platform, region: Region, rates: Mapping[str, Mapping[str, Carried]]
) -> Iterator[Figure]:
    """All figures of a region's database; `rates`: region → workload → what it carries."""
    database = region.database
    if database is None:
        return
    if region.role is Role.ACTIVE:
        yield from _direct(region, database.main, "reading", clients([region]), clients([region], deploying=True), 1)
    elif region.role is Role.STANDBY:
        yield from _direct(region, database.main, "reading and writing", clients([region]), None, 2)
    else:
        yield from _primary(platform, region, database, rates)


def _primary(
    platform: Platform, region: Region, database: Database, rates: Mapping[str, Mapping[str, Carried]]
) -> Iterator[Figure]:
    writing = writing_regions(platform)
    now, deploying = clients(writing), clients(writing, deploying=True)
    near, near_deploying = clients([region]), clients([region], deploying=True)
    busy = _busy(writing, rates)
    for replica in database.replicas:
        yield from _direct(region, replica, "reading", near, near_deploying, 1, len(database.replicas))
    if database.proxy is None:
        purpose = "writing"
        if not database.replicas:
            purpose = "reading and writing"
            now, deploying = _plus(now, near), _plus(deploying, near_deploying)
        yield from _direct(region, database.main, purpose, now, deploying, 1, settings=_pools(writing))
    else:
        yield _proxy_clients(region, now, deploying)
        yield _transactions(region, database, busy, now)
        if not database.replicas:
            yield _beside_proxy(region, database, busy, near)
    if platform.targets.database_clients is not None:
        yield _target(region, database, busy, platform.targets.database_clients)


def _direct(
    region: Region,
    instance: Instance,
    purpose: str,
    now: Clients,
    deploying: Clients | None,
    names: int,
    sharing: int = 1,
    settings: str = "",
) -> Iterator[Figure]:
    """Connections that lead to an instance without a proxy: `names` per pool slot, spread over `sharing` instances."""
    most = instance_connections(instance)
    cases = [("connections at autoscaling's maximum", now, most and with_headroom(most), _HEADROOM)]
    if deploying is not None:
        cases.append(("connections during a deployment", deploying, most, "all services and workers deployed at once"))
    for name, found, allowed, remark in cases:
        total = found.total
        value = None if total is None else math.ceil(total * names / sharing)
        cause = f"{instance.instance_class or 'class not known'}: {remark}"
        if found.unknown:
            cause = f"not known: {listed(list(found.unknown))}"
        figure = Figure(
            region=region.name,
            part=instance.name,
            name=f"{name}, {purpose}",
            value=value,
            limit=allowed,
            limited_by=cause,
            status=_FIT,
        )
        wanted = (value or 0) * (headroom() if allowed != most else 1)
        each = 0 if allowed is None or not found.programs else allowed * sharing // (found.programs * names)
        parts = [f"lower {settings or _pools([region])}" + (f", to {each} if all are the same" if each else "")]
        if larger := larger_class(instance.instance_class, wanted):
            parts.append(f"set database.instance_class: {larger}")
        if region.role is not Role.PRIMARY:
            parts.append("lower the most tasks there")
        elif allowed:
            parts.append(_elsewhere(purpose, math.ceil((total or 0) / allowed)))
        yield compared(figure, ", or ".join(parts))


_HEADROOM = "30 % of its connections are left"


def _elsewhere(purpose: str, instances: int) -> str:
    """What takes connections off an instance of the primary region."""
    return {
        "reading": f"have {counted(instances, 'replica')} in database.replicas",
        "writing": "add database.proxy",
    }.get(purpose, "add database.replicas and database.proxy")


def _pools(regions: list[Region]) -> str:
    """The settings of the pools that have most connections."""
    sizes = {
        setting(w, "pool.connections"): w.maximum * (w.pool or 0)
        for region in regions
        for w in region.workloads
        if DATABASE in w.connects and w.pool
    }
    return listed(sorted(sizes, key=lambda path: (-sizes[path], path)), most=2) or "the pools"


def _busy(regions: list[Region], rates: Mapping[str, Mapping[str, Carried]]) -> _Busy:
    total, longest, unknown = 0.0, 0.0, []
    for region in regions:
        for workload in region.workloads:
            if DATABASE not in workload.connects:
                continue
            alone = rates[region.name][workload.name].alone
            if workload.work is None or alone is None:
                unknown.append(workload)
                continue
            total += alone * transactions_each(workload.work)
            longest = max(longest, workload.work.transaction_milliseconds / 1000)
        total += held_apart(region)
    return _Busy(None if unknown else total, tuple(unknown), longest)


def _proxy_clients(region: Region, now: Clients, deploying: Clients) -> Figure:
    allowed = limit("rds_proxy", "client_connections_max")
    return Figure(
        region=region.name,
        part="proxy",
        name="clients during a deployment",
        value=deploying.total,
        lowest=now.total,
        limit=allowed.value,
        limited_by="the proxy documents no limit; lower end: at autoscaling's maximum",
        status=least_sure(["declared", allowed.status]),
    )


def _transactions(region: Region, database: Database, busy: _Busy, now: Clients) -> Figure:
    allowed = room(database)
    cause = (
        f"{shown(share_percent(database))} % of the connections of {database.main.instance_class}, 30 % of them left; "
        "a session that pins takes one as well"
    )
    if busy.unknown:
        cause = f"not declared: {listed([missing(w).removeprefix('declare ') for w in busy.unknown])}"
        if allowed is not None and now.total is not None and now.total <= allowed:
            cause += f"; but no more than {counted(now.total, 'client')}, for which there is room"
    figure = Figure(
        region=region.name,
        part="proxy",
        name="transactions at once at autoscaling's maximum",
        value=busy.value,
        limit=None if allowed is None else math.floor(allowed),
        limited_by=cause,
        status=_FIT,
    )
    if now.total is not None and allowed is not None and now.total <= allowed and busy.value is not None:
        figure = replace(figure, value=min(busy.value, now.total))  # never more than there are clients
    larger = larger_class(database.main.instance_class, (busy.value or 0) * headroom() * 100 / share_percent(database))
    most = instance_connections(database.main) or 1
    percent = math.ceil((busy.value or 0) * headroom() * 100 / most)
    bigger = f"set database.instance_class: {larger}, or " if larger else ""
    if percent <= 100:
        bigger = f"raise database.proxy.max_connections_percent to {percent}, or "
    return compared(figure, f"{bigger}lower what requests and messages take in transactions, or the most tasks")


def _beside_proxy(region: Region, database: Database, busy: _Busy, near: Clients) -> Figure:
    """Without a replica readers connect to the writer itself: beside the proxy, whose share they may not take."""
    most = instance_connections(database.main)
    left = None
    if most is not None and busy.value is not None:
        taken = min(most * share_percent(database) / 100, busy.value * headroom())
        left = math.floor(with_headroom(most) - taken / headroom())
    return compared(
        Figure(
            region=region.name,
            part=database.main.name,
            name="connections at autoscaling's maximum, reading beside the proxy",
            value=near.total,
            limit=left,
            limited_by="what the proxy leaves of the writer's connections; there is no replica to read from",
            status=_FIT,
        ),
        f"add database.replicas, or lower {_pools([region])}",
    )


def _target(region: Region, database: Database, busy: _Busy, target: int) -> Figure:
    """How many clients the entry takes: of a proxy, as many as could ask at the same time with none waiting in vain."""
    most, name = instance_connections(database.main), "clients that its entry takes"
    at = Figure(region=region.name, part=DATABASE, name=name, value=None, target=float(target), status=_FIT)
    if database.proxy is None:
        value = None if most is None else float(with_headroom(most))
        figure = replace(at, value=value, limited_by=f"{database.main.instance_class}: {_HEADROOM}")
        return compared(figure, "add database.proxy, or raise database.instance_class")
    allowed = room(database)
    if allowed is None or busy.longest_seconds <= 0:
        remedy = "declare transactions and transaction_milliseconds of the services' requests"
        return compared(replace(at, limited_by="how long a transaction takes is not declared"), remedy)
    waiting = database.proxy.borrow_timeout_seconds
    turns = max(1.0, waiting / busy.longest_seconds)
    cause = (
        f"the proxy: if all ask at once, each gets one of {shown(int(allowed))} connections within {shown(waiting)} s"
    )
    figure = replace(at, value=float(math.floor(allowed * turns)), limited_by=cause)
    return compared(figure, "raise database.proxy.borrow_timeout_seconds, or database.instance_class")


def _plus(one: Clients, other: Clients) -> Clients:
    return Clients(
        one.tasks + other.tasks,
        one.rest + other.rest,
        one.programs + other.programs,
        tuple(dict.fromkeys(one.unknown + other.unknown)),
    )
