"""Losses within a region: a task, a zone, a NAT gateway, a node of a store, a queue's consumer."""

from collections.abc import Iterable, Iterator

from breakwater.analysis.limits import limit
from breakwater.analysis.model import Cache, Database, Platform, Queue, Region, Workload
from breakwater.analysis.resilience.model import AtRisk, Kind, Scenario
from breakwater.analysis.resilience.recovery import (
    Chain,
    Part,
    Recovery,
    fact,
    noticed,
    replaced,
    unknown,
    writer_failover,
)
from breakwater.analysis.resilience.tasks import Left, in_one_zone, left_of, per_second, running, wanted

DATABASE, CACHE = "database", "cache"
_RESTORE = "from a backup, by an operator: hours for a large database"


def within(platform: Platform, region: Region) -> Iterator[Scenario]:
    """The region's losses, the small ones first; what it does not have, it cannot lose."""
    if region.workloads:
        yield _task(platform, region)
    yield from _zone(platform, region)
    yield from _nat(platform, region)
    yield from _writer(platform, region)
    yield from _replica(platform, region)
    yield from _cache(platform, region)
    for queue in region.queues:
        yield from _consumer(platform, region, queue)


def _all(platform: Platform, region: Region, lost: Iterable[tuple[Workload, int, int]]) -> tuple[Left, ...]:
    """What is left when each loses so many tasks, of which so many stay away."""
    found = []
    for workload, gone, missing in lost:
        before = running(workload, region, platform)
        left, after = max(before - gone, 0), max(before - missing, 0)
        found.append(left_of(workload, region, platform, before=before, left=left, after=after))
    return tuple(found)


def _slowest(workloads: Iterable[Workload]) -> tuple[Part, ...]:
    """Noticing and replacing a task of the service that takes longest."""
    chains = [(noticed(workload), *replaced(workload)) for workload in workloads]
    return max(chains, key=lambda parts: sum(part.seconds or 0 for part in parts), default=())


def _out_of_the_way(region: Region) -> list[Chain]:
    """Until the balancer sends no request to tasks that hang."""
    checks = sorted((noticed(w) for w in region.services if w.health is not None), key=lambda part: part.seconds or 0)
    return [Chain(name="no request meets them", parts=(checks[-1],))] if checks else []


def _task(platform: Platform, region: Region) -> Scenario:
    left = _all(platform, region, ((workload, 1, 0) for workload in region.workloads))
    none_left = {one.name for one in left if not one.left}
    alone = [workload for workload in region.workloads if workload.name in none_left]
    chains = _out_of_the_way(region)
    if alone:
        chains.append(Chain(name=f"{_names(alone)}: the only task is replaced", parts=_slowest(alone)))
    chains.append(Chain(name="as many tasks as before", parts=_slowest(region.workloads), counts=False))
    return Scenario(
        kind=Kind.TASK,
        region=region.name,
        what="of each service and worker",
        urns=tuple(workload.urn for workload in region.workloads),
        left=left,
        recovery=Recovery(tuple(chains)),
    )


def _zone(platform: Platform, region: Region) -> Iterator[Scenario]:
    network, database = region.network, region.database
    if network is None or not network.zones:
        return
    nat = _only_nat(region)
    writer = database.main.zone if database is not None and database.main.zone in network.zones else None
    left = _all(platform, region, (_zone_loss(platform, region, workload) for workload in region.workloads))
    chains, data, by_hand = _zone_tasks(region, left), [], []
    if any(workload.zones < 2 for workload in region.workloads):
        by_hand.append("tasks that run in this zone alone: wait for it, or add a zone")
    if nat and len(network.zones) > 1:
        why = "with the zone, or a way out by another one, made by an operator"
        chains.append(Chain(name="calls to the outside", parts=(unknown("the NAT gateway is back", why),)))
        by_hand.append("the single NAT gateway: the other zones have no way out until it is replaced")
    if database is not None and database.is_writer:
        chain, risk = _writer_loss(database, whole_zone=True)
        chains.append(chain)
        data.append(risk)
        if not database.main.multi_az:
            by_hand.append("the database: restore it in another zone (docs/operations/database-after-failover.md)")
    if region.cache is not None and region.cache.nodes:
        chain, risk = _cache_loss(region.cache, whole_zone=True)
        chains.append(chain)
        data.append(risk)
    yield Scenario(
        kind=Kind.ZONE,
        region=region.name,
        what=f"{nat or writer or network.zones[0]}, as if writer and cache's primary were there",
        urns=(network.urn,),
        left=left,
        recovery=Recovery(tuple(chains)),
        data=tuple(data),
        by_hand=tuple(by_hand),
    )


def _zone_tasks(region: Region, left: tuple[Left, ...]) -> list[Chain]:
    chains = _out_of_the_way(region)
    stuck = [workload for workload in region.workloads if workload.zones < 2]
    if stuck:
        why = "with the zone: the tasks have no other"
        chains.append(Chain(name=f"{_names(stuck)}: answers", parts=(unknown("the zone is back", why),)))
    none_left = {one.name for one in left if not one.left}
    elsewhere = [w for w in region.workloads if w.name in none_left and w.zones > 1]
    if elsewhere:
        chains.append(Chain(name=f"{_names(elsewhere)}: answers", parts=_slowest(elsewhere)))
    if len(stuck) < len(region.workloads):
        chains.append(Chain(name="as many tasks as before", parts=_slowest(region.workloads), counts=False))
    return chains


def _zone_loss(platform: Platform, region: Region, workload: Workload) -> tuple[Workload, int, int]:
    gone = in_one_zone(running(workload, region, platform), workload.zones)
    return workload, gone, gone if workload.zones < 2 else 0


def _only_nat(region: Region) -> str | None:
    """The zone whose NAT gateway others leave by too."""
    ways = region.network.nat_of_zone if region.network else {}
    return next((way for zone, way in sorted(ways.items()) if way is not None and way != zone), None)


def _nat(platform: Platform, region: Region) -> Iterator[Scenario]:
    network = region.network
    ways = network.nat_of_zone if network else {}
    gateways = sorted({way for way in ways.values() if way is not None})
    if network is None or not gateways:
        return
    cut_off = {gateway: sum(way == gateway for way in ways.values()) for gateway in gateways}
    worst = max(gateways, key=lambda gateway: cut_off[gateway])

    def loss(workload: Workload) -> tuple[Workload, int, int]:
        tasks = running(workload, region, platform)
        # The fullest zones are those that lose their way out.
        gone = tasks if cut_off[worst] >= workload.zones else _in_zones(tasks, workload.zones, cut_off[worst])
        return workload, gone, gone

    others = f"{cut_off[worst]} of {len(network.zones)} zones leave by it"
    why = "AWS replaces what fails in a gateway within its zone; if the zone is lost, an operator makes another way out"
    yield Scenario(
        kind=Kind.NAT,
        region=region.name,
        what=f"{worst}: {others}; tasks there answer, and cannot call anything outside but private endpoints",
        urns=(network.urn,),
        left=_all(platform, region, map(loss, region.workloads)),
        recovery=Recovery((Chain(name="calls to the outside", parts=(unknown("the way out is back", why),)),)),
        by_hand=("route the zone's private subnets to another gateway if it stays away",),
    )


def _in_zones(tasks: int, zones: int, lost: int) -> int:
    """Tasks in the fullest of the zones."""
    each, over = divmod(tasks, max(zones, 1))
    return each * lost + min(over, lost)


def _writer(platform: Platform, region: Region) -> Iterator[Scenario]:
    database = region.database
    if database is None or not database.is_writer:
        return
    chain, risk = _writer_loss(database)
    yield Scenario(
        kind=Kind.WRITER,
        region=region.name,
        what=database.main.name,
        urns=(database.main.urn,),
        left=_users(platform, region, DATABASE),
        recovery=Recovery((chain,)),
        data=(risk,),
    )


def _writer_loss(database: Database, *, whole_zone: bool = False) -> tuple[Chain, AtRisk]:
    if database.main.multi_az:
        found = limit("rds_postgres", "failover_multi_az_instance_s")
        what = "nothing: the standby in the other zone has each transaction"
        risk = AtRisk(store=DATABASE, seconds=0, what=what, source=found.source, status=found.status)
        return Chain(name="writing", parts=(writer_failover(proxy=database.proxy is not None),)), risk
    found = limit("rds_postgres", "pitr_rpo_s")
    what = "what was written since the log was last saved" + ("" if whole_zone else "; nothing if the disk is whole")
    risk = AtRisk(store=DATABASE, seconds=float(found.value), what=what, source=found.source, status=found.status)
    if whole_zone:
        return Chain(name="writing", parts=(unknown("the database is restored", _RESTORE),)), risk
    part = fact("RDS starts it on another host", "rds_postgres", "single_az_recovery_s")
    return Chain(name="writing", parts=(part,)), risk


def _users(platform: Platform, region: Region, store: str) -> tuple[Left, ...]:
    """Who connects to a store has nothing left without it, until it is back."""
    everything = 1_000_000
    return _all(platform, region, ((w, everything, 0) for w in region.workloads if store in w.connects))


def _replica(platform: Platform, region: Region) -> Iterator[Scenario]:
    database = region.database
    if database is None or not database.replicas:
        return
    others = len(database.replicas) - 1
    part = fact("RDS starts it on another host", "rds_postgres", "single_az_recovery_s")
    stays = f"{others} of {others + 1} for reading" if others else "none for reading"
    yield Scenario(
        kind=Kind.REPLICA,
        region=region.name,
        what=f"{database.replicas[0].name}: {stays} left",
        urns=(database.replicas[0].urn,),
        left=() if others else _users(platform, region, DATABASE),
        recovery=Recovery((Chain(name="as many replicas as before", parts=(part,), counts=not others),)),
    )


def _cache(platform: Platform, region: Region) -> Iterator[Scenario]:
    cache = region.cache
    if cache is None or not cache.nodes:
        return
    chain, risk = _cache_loss(cache)
    yield Scenario(
        kind=Kind.CACHE,
        region=region.name,
        what="" if cache.shards < 2 else f"of one of {cache.shards} shards",
        urns=(cache.urn,),
        left=_users(platform, region, CACHE),
        recovery=Recovery((chain,)),
        data=(risk,),
    )


def _cache_loss(cache: Cache, *, whole_zone: bool = False) -> tuple[Chain, AtRisk]:
    if cache.replicas and cache.automatic_failover and (cache.zones > 1 or not whole_zone):
        key = "failover_s" if cache.shards > 1 else "failover_without_shards_s"
        lag = limit("elasticache", "replica_lag_s")
        risk = AtRisk(
            store=CACHE, seconds=float(lag.value), what="a replica's lag", source=lag.source, status=lag.status
        )
        return Chain(name="cache", parts=(fact("a replica is promoted", "elasticache", key),)), risk
    part = fact("ElastiCache replaces the node", "elasticache", "node_replacement_s")
    return Chain(name="cache", parts=(part,)), AtRisk(
        store=CACHE, seconds=None, what="everything in it, or in the shard"
    )


def _consumer(platform: Platform, region: Region, queue: Queue) -> Iterator[Scenario]:
    workers = [w for w in region.workers if w.queue == queue.name]
    if not workers:
        return
    target = platform.targets.messages.get(queue.name)
    down = (target.downtime_hours if target else None) or 0
    hours = down or queue.retention_seconds / 3600
    lost = max(hours * 3600 - queue.retention_seconds, 0)
    risk = AtRisk(
        store=f"queue {queue.name}",
        seconds=lost,
        what=f"kept for {queue.retention_seconds / 3600:g} h" + (", then lost" if lost else ", so all of it is there"),
    )
    yield Scenario(
        kind=Kind.CONSUMER,
        region=region.name,
        what=f"{queue.name}: nobody reads for {hours:g} h, {'its target' if down else 'as long as messages are kept'}",
        urns=(queue.urn,),
        left=_all(platform, region, ((w, running(w, region, platform), 0) for w in workers)),
        recovery=Recovery((Chain(name="the backlog is worked off", parts=_catching_up(platform, workers, hours)),)),
        data=(risk,),
    )


def _catching_up(platform: Platform, workers: list[Workload], hours: float) -> tuple[Part, ...]:
    more = (fact("autoscaling asks for more tasks", "autoscaling", "reaction_s"), *_slowest(workers)[1:])
    rate = wanted(workers[0], platform)
    each = [per_second(worker) for worker in workers]
    if rate is None or None in each:
        return (*more, unknown("the backlog", "neither the rate of messages nor what one costs is declared"))
    spare = sum((one or 0) * worker.maximum for one, worker in zip(each, workers, strict=True)) - rate
    name = f"the backlog of {rate * hours * 3600:,.0f} messages at autoscaling's maximum"
    if spare <= 0:
        return (*more, unknown(name, "at its maximum the worker is no faster than the messages come"))
    return (*more, Part(name=name, seconds=rate * hours * 3600 / spare, status="derived"))


def _names(workloads: Iterable[Workload]) -> str:
    return ", ".join(sorted(workload.name for workload in workloads))
