"""What the stack's targets for failures come to, and the settings that decide it."""

from collections.abc import Iterator

from breakwater.analysis.figures import Figure, Verdict, least_sure
from breakwater.analysis.limits import limit
from breakwater.analysis.model import Platform, Region, Role, Workload
from breakwater.analysis.resilience.availability import Overall, Path, overall
from breakwater.analysis.resilience.points import tasks_path
from breakwater.analysis.resilience.recovery import Recovery
from breakwater.analysis.resilience.regional import copies_of, database_loss, heirs_of, lost
from breakwater.analysis.resilience.versions import ROLLING, batches, going_back

_PROMISE = "lower the target, or need fewer of AWS's services: their SLAs allow no more"

_QUICKER = (
    "lower the target, or shorten the failover: the operator's decision, the promotion, and with an active region "
    "instead of a standby the exchange of roles"
)


def figures(platform: Platform) -> tuple[Figure, ...]:
    """One for each target that is declared, and each part that it is about."""
    return (
        *_availability(platform),
        *_recovery(platform),
        *_data_loss(platform),
        *_rollback(platform),
        *_retention(platform),
    )


def _verdict(value: float | None, *, met: bool) -> Verdict:
    if value is None:
        return Verdict.UNKNOWN
    return Verdict.MET if met else Verdict.MISSED


def _availability(platform: Platform) -> Iterator[Figure]:
    target = platform.targets.availability_percent
    for one in overall(platform) if target is not None else ():
        percent = one.availability * 100
        verdict = _verdict(percent, met=percent >= (target or 0))
        weakest = one.paths[0].weakest
        yield Figure(
            region="",
            part=one.name,
            name="availability",
            value=percent,
            unit="%",
            target=target,
            limited_by=f"{weakest.name} in {one.paths[0].region} ({weakest.availability:.3%})" if weakest else "",
            verdict=verdict,
            remedy=_more_available(platform, one) if verdict == Verdict.MISSED else "",
            status=one.status,
        )


def _more_available(platform: Platform, one: Overall) -> str:
    """The setting that would help most: what exists once, then another region, then what exists once there."""
    region = _region(platform, one.paths[0].region)
    if first := _twice(platform, one.paths[0]):
        return first
    if len(one.paths) == 1:
        return "regions: add a standby or an active region"
    if one.failover_seconds is None:
        return _sooner(platform, region, lost(platform, region).recovery)
    enough = one.redundant * 100 >= (platform.targets.availability_percent or 0)
    there = (_twice(platform, path) for path in one.paths[1:])
    return next(filter(None, there), _QUICKER if enough else _PROMISE)


def _twice(platform: Platform, path: Path) -> str:
    """The setting that would double the weakest part of which there is one; "" where there is none."""
    region = _region(platform, path.region)
    service = next((s for s in region.services if s.name == path.name), None)
    own = "database" if region.role == Role.PRIMARY else f"database.remote_replicas.{region.name}"
    remedies = {
        "rds_single_az": f"{own}.multi_az: true",
        "elasticache_single_az": "cache.replicas: 1 or more, in two zones",
        "fargate_single_task": f"{tasks_path(platform, region, service)}.min: 2, in two zones" if service else "",
        "alb_single_az": f"regions.{region.name}.zones: add one",
    }
    weakest = sorted(path.components, key=lambda component: component.availability)
    return next((remedies[component.sla] for component in weakest if component.sla in remedies), "")


def _region(platform: Platform, name: str) -> Region:
    return next(region for region in platform.regions if region.name == name)


def _recovery(platform: Platform) -> Iterator[Figure]:
    target = platform.targets.recovery_minutes
    scenarios = [(region, lost(platform, region)) for region in platform.serving()]
    if target is None or not scenarios:
        return
    region, worst = max(scenarios, key=lambda pair: _or_never(pair[1].recovery.seconds))
    seconds, longest = worst.recovery.seconds, worst.recovery.longest
    minutes = None if seconds is None else seconds / 60
    verdict = _verdict(minutes, met=minutes is not None and minutes <= target)
    if not heirs_of(platform, region):
        verdict = Verdict.MISSED
    lowest = worst.recovery.lowest
    yield Figure(
        region=region.name,
        part="region",
        name="recovery",
        value=minutes,
        unit="min",
        lowest=None if lowest is None else lowest / 60,
        target=target,
        limited_by="" if longest is None else f"{longest.name}: " + ", then ".join(part.name for part in longest.parts),
        verdict=verdict,
        remedy=_sooner(platform, region, worst.recovery) if verdict != Verdict.MET else "",
        status=worst.recovery.status,
    )


def _or_never(seconds: float | None) -> float:
    return float("inf") if seconds is None else seconds


def _sooner(platform: Platform, region: Region, recovery: Recovery) -> str:
    heirs, longest = heirs_of(platform, region), recovery.longest
    if not heirs or longest is None:
        return "regions: add a standby or an active region"
    heir = heirs[0]
    if longest.name == "writing" and not copies_of(platform, region):
        return f"database.remote_replicas.{heir.name}: a replica that can be promoted"
    if longest.name == "writing":
        return "rehearse the promotion, which an operator decides, and raise targets.recovery_minutes to what it takes"
    if longest.name == "enough tasks":
        return f"regions.{heir.name}.tasks: a higher min, so that nothing has to be started"
    return "health checks for every name: give each service in each region a host"


def _data_loss(platform: Platform) -> Iterator[Figure]:
    target, primary = platform.targets.data_loss_seconds, platform.primary
    if target is None or primary is None:
        return
    if primary.database is None:
        why = "there is no database; messages wait in their queues until the region is back"
        yield _loss(primary, 0.0, target, why, Verdict.MET, "", "declared")
        return
    loss = database_loss(platform, primary)
    verdict = _verdict(loss.seconds, met=loss.seconds is not None and loss.seconds <= target)
    remedy = ""
    copies = copies_of(platform, primary)
    if not copies:
        verdict = verdict if verdict == Verdict.MET else Verdict.MISSED
        standby = next((r.name for r in platform.regions if r.name != primary.name), None)
        remedy = (
            f"database.remote_replicas.{standby}: a replica" if standby else "regions: add a standby, with a replica"
        )
    elif verdict != Verdict.MET and target < limit("rds_postgres", "cross_region_lag_s").value:
        remedy = "raise targets.data_loss_seconds: a replica in another region is seconds behind"
    elif verdict != Verdict.MET:
        remedy = (
            f"database.replica_lag_alarm_seconds: {target:g}; RDS reports up to 300 on an idle source, so only where "
            "writes are steady"
        )
    yield _loss(
        primary, loss.seconds, target, loss.what, verdict, remedy if verdict != Verdict.MET else "", loss.status
    )


def _loss(
    region: Region, value: float | None, target: float, why: str, verdict: Verdict, remedy: str, status: str
) -> Figure:
    return Figure(
        region=region.name, part="database", name="data loss", value=value, unit="s", target=target,
        limited_by=why, verdict=verdict, remedy=remedy, status=status,
    )  # fmt: skip


def _rollback(platform: Platform) -> Iterator[Figure]:
    target = platform.targets.rollback_seconds
    for region in platform.serving() if target is not None else ():
        for workload in region.workloads:
            parts = {tasks: going_back(workload, tasks) for tasks in (workload.minimum, workload.maximum)}
            slowest = max(parts.values(), key=lambda found: sum(part.seconds or 0 for part in found))
            quickest = [
                sum(p.seconds if p.lowest is None else p.lowest for p in f if p.seconds is not None)
                for f in parts.values()
            ]
            seconds = sum(part.seconds or 0 for part in slowest)
            verdict = _verdict(seconds, met=seconds <= (target or 0))
            yield Figure(
                region=region.name,
                part=workload.name,
                name="rollback, once decided",
                value=seconds,
                unit="s",
                lowest=min(quickest),
                target=target,
                limited_by=", then ".join(part.name for part in slowest),
                verdict=verdict,
                remedy=_back_sooner(workload) if verdict == Verdict.MISSED else "",
                status=least_sure(part.status for part in slowest),
            )


def _back_sooner(workload: Workload) -> str:
    where = f"{'workers' if workload.is_worker else 'services'}.{workload.name}"
    if workload.deployment.strategy != ROLLING:
        return "raise targets.rollback_seconds: the old tasks are there already"
    rounds = max(batches(workload, tasks) for tasks in (workload.minimum, workload.maximum))
    more = f"{where}.deployment.maximum_percent: 200, for one batch instead of {rounds}; or " if rounds > 1 else ""
    return (
        f"{more}{where}.deployment.strategy: BLUE_GREEN, which keeps the old tasks for the bake (first prepared: true)"
    )


def _retention(platform: Platform) -> Iterator[Figure]:
    for region in platform.serving():
        for queue in region.queues:
            target = platform.targets.messages.get(queue.name)
            hours = target.downtime_hours if target else None
            if hours is None:
                continue
            kept = queue.retention_seconds / 3600
            remedy = f"queues.{queue.name}.retention_seconds: {hours * 3600:.0f} or more (14 days at most)"
            yield Figure(
                region=region.name,
                part=queue.name,
                name="hours without a reader",
                value=kept,
                unit="h",
                target=hours,
                limited_by="its retention",
                verdict=_verdict(kept, met=kept >= hours),
                remedy="" if kept >= hours else remedy,
                status="declared",
            )
