"""The loss of a whole region: who takes over, with how many tasks, after how long, and without which data."""

from collections.abc import Iterator

from breakwater.analysis.limits import Limit, limit
from breakwater.analysis.model import Platform, Region, Role, Workload
from breakwater.analysis.resilience.alarms import watches
from breakwater.analysis.resilience.model import AtRisk, Kind, Scenario
from breakwater.analysis.resilience.recovery import Chain, Part, Recovery, fact, led_elsewhere, unknown, welcome
from breakwater.analysis.resilience.tasks import CPU_UNITS, Left, left_of, running

_BACK = "nothing elsewhere takes over: the region has to come back"


def lost(platform: Platform, region: Region) -> Scenario:
    """What a region's loss means for the stack."""
    heirs = heirs_of(platform, region)
    serves = region.role != Role.STANDBY
    left = _left(platform, region, heirs) if serves else ()
    return Scenario(
        kind=Kind.REGION,
        region=region.name,
        what=f"{region.role}; " + _what(heirs, serves=serves),
        urns=tuple(urn for urn in (region.network.urn if region.network else "",) if urn),
        left=left,
        recovery=Recovery(tuple(_chains(platform, region, heirs, left)) if serves else ()),
        data=tuple(_data(platform, region, heirs)),
        by_hand=tuple(_by_hand(platform, region, heirs)),
    )


def heirs_of(platform: Platform, region: Region) -> tuple[Region, ...]:
    """The regions that names lead to then: those that serve anyway, else the first standby."""
    others = [other for other in platform.regions if other.name != region.name]
    serving = tuple(other for other in others if other.role != Role.STANDBY)
    return serving or tuple(others[:1])


def _what(heirs: tuple[Region, ...], *, serves: bool) -> str:
    names = ", ".join(heir.name for heir in heirs)
    if not serves:
        return "requests do not notice; until it is back, nothing can take over"
    return f"{names} takes over" if heirs else "there is no other region"


def _chains(platform: Platform, region: Region, heirs: tuple[Region, ...], left: tuple[Left, ...]) -> Iterator[Chain]:
    if not heirs:
        yield Chain(name="answers", parts=(unknown("the region is back", _BACK),))
        return
    moved = led_elsewhere(platform.names)
    yield Chain(name="answers", parts=moved)
    if _writes(region):
        yield Chain(name="writing", parts=_promotion(platform, region, heirs, moved[0]))
    more = _scale_out(heirs, left)
    if more:
        short = any(one.target_share is not None and one.target_share < 1 for one in left)
        yield Chain(name="enough tasks", parts=(*moved, *more), counts=short)


def _writes(region: Region) -> bool:
    connects = [user.connects for user in region.workloads] + [function.connects for function in region.functions]
    return region.database is not None and region.database.is_writer and any("database" in c for c in connects)


def copies_of(platform: Platform, region: Region) -> tuple[Region, ...]:
    """The regions with a copy of its database that can be promoted, the heirs first."""
    heirs = heirs_of(platform, region)
    others = (*heirs, *(other for other in platform.regions if other.name != region.name and other not in heirs))
    return tuple(other for other in others if other.database is not None)


def _promotion(platform: Platform, region: Region, heirs: tuple[Region, ...], checks: Part) -> tuple[Part, ...]:
    decision = fact("an operator decides", "assumptions", "decision_s")
    copies = copies_of(platform, region)
    if not copies:
        if any(other.backup_copy for other in platform.regions):
            return (checks, decision, unknown("the database is restored", "from copied backups: hours for a large one"))
        return (unknown("the region is back", "no other region has a copy of the database"),)
    parts = [checks, decision, fact(f"{copies[0].name}'s replica is promoted", "rds_postgres", "promotion_s")]
    if copies[0] not in heirs or copies[0].role == Role.ACTIVE:
        # Tasks of an active region write to the primary region's database until the stack file says otherwise.
        parts.append(fact("the roles are exchanged in the stack file, and it is updated", "assumptions", "update_s"))
    return tuple(parts)


def _scale_out(heirs: tuple[Region, ...], left: tuple[Left, ...]) -> tuple[Part, ...]:
    missing = max((one.after - one.left for one in left), default=0)
    if missing <= 0:
        return ()
    rate = limit("ecs", "tasks_launched_per_service_per_min")
    what = "1 more task of a service is" if missing == 1 else f"{missing} more tasks of a service are"
    launch = Part(
        name=f"{what} launched ({rate.value} a minute)",
        seconds=missing * 60 / rate.value,
        source=rate.source,
        status=rate.status,
    )
    checks = [welcome(workload.health) for heir in heirs for workload in heir.services]
    slowest = max(checks, key=lambda parts: sum(part.seconds or 0 for part in parts), default=())
    react = fact("autoscaling asks for more tasks", "autoscaling", "reaction_s")
    return (react, launch, fact("the tasks start", "fargate", "task_start_s"), *slowest)


def _left(platform: Platform, region: Region, heirs: tuple[Region, ...]) -> tuple[Left, ...]:
    return tuple(_of(platform, region, workload, heirs) for workload in region.workloads)


def _of(platform: Platform, region: Region, workload: Workload, heirs: tuple[Region, ...]) -> Left:
    theirs = [(heir, other) for heir in heirs for other in heir.workloads if other.name == workload.name]
    serving = [(heir, other) for heir, other in theirs if heir.role != Role.STANDBY]
    before = running(workload, region, platform) + sum(running(other, heir, platform) for heir, other in serving)
    left = sum(running(other, heir, platform) for heir, other in theirs)
    most = sum(max(other.maximum, other.minimum) for _, other in theirs)
    return left_of(workload, region, platform, before=before, left=left, after=max(left, min(before, most)))


def _data(platform: Platform, region: Region, heirs: tuple[Region, ...]) -> Iterator[AtRisk]:
    if region.database is not None and region.database.is_writer:
        yield database_loss(platform, region)
    if region.cache is not None and region.role != Role.STANDBY:
        if region.cache.global_member and heirs:
            found = limit("elasticache", "global_datastore")
            lag = float(found.value["rpo_typ_s"])
            what = "the Global Datastore's lag, typically"
            yield AtRisk(store="cache", seconds=lag, what=what, source=found.source, status=found.status)
        else:
            yield AtRisk(store="cache", seconds=None, what="everything in it: programs fill another one again")
    if region.queues and region.role != Role.STANDBY:
        kept = min(queue.retention_seconds for queue in region.queues) / 3600
        what = f"none if the region comes back; out of reach until then, and kept for {kept:g} h or more"
        yield AtRisk(store="queues", seconds=0, what=what)


def database_loss(platform: Platform, region: Region) -> AtRisk:
    """What the writer's region takes with it."""
    copies = copies_of(platform, region)
    if copies:
        bounds = [w.threshold for w in watches(platform.graph, "ReplicaLag") if w.region == copies[0].name]
        known = [bound for bound in bounds if bound is not None]
        typical = limit("rds_postgres", "cross_region_lag_s")
        if not known:
            return AtRisk(store="database", seconds=None, what="the replica's lag, which no alarm watches")
        if min(known) <= typical.value:
            return _lost(f"the typical lag of {copies[0].name}'s replica, above which its alarm tells", typical)
        what = f"the lag of {copies[0].name}'s replica: seconds as a rule, and this while its alarm is silent"
        return AtRisk(store="database", seconds=min(known), what=what)
    if any(other.backup_copy for other in platform.regions if other.name != region.name):
        saved = limit("rds_postgres", "pitr_rpo_s")
        return _lost("what was written since the log was last saved, and what was still being copied", saved)
    return AtRisk(store="database", seconds=None, what="everything, until the region is back")


def _lost(what: str, found: Limit) -> AtRisk:
    return AtRisk(store="database", seconds=float(found.value), what=what, source=found.source, status=found.status)


def _by_hand(platform: Platform, region: Region, heirs: tuple[Region, ...]) -> Iterator[str]:
    if region.role == Role.STANDBY:
        return
    if _writes(region):
        how = "promote the replica" if copies_of(platform, region) else "restore it, if there is a copy"
        yield f"the database: {how} (docs/operations/database-after-failover.md)"
    if region.cache is not None and region.cache.global_member and heirs:
        yield "the cache: promote the Global Datastore's member"
    jobs = [job.name for job in region.jobs if job.enabled]
    if jobs and region.role == Role.PRIMARY:
        yield f"jobs ({', '.join(jobs)}): they run elsewhere when the roles are exchanged in the stack file"
    if region.queues:
        yield "messages in its queues: they wait there until the region is back"
    quota = limit("fargate", "vcpu_quota_default_on_demand")
    for heir in heirs:
        needed = sum(max(w.maximum, w.minimum) * w.cpu for w in heir.workloads) / CPU_UNITS
        if needed > quota.value:
            yield (
                f"{heir.name}: {needed:g} vCPUs of Fargate at autoscaling's maximum; the default quota is "
                f"{quota.value:g}, have it raised before"
            )
