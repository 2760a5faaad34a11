"""Single points of failure: what exists once, what its loss takes along, and the setting that would change it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from breakwater.analysis.model import Platform, Region, Role, Workload

_ZONE = "aws:route53/zone:Zone"


class Scope(StrEnum):
    """How much has to fail."""

    PART = "part"
    """A task, a node, an instance, a gateway."""
    ZONE = "zone"
    REGION = "region"
    """The region, or AWS's service in it."""
    ACCOUNT = "account"
    """What no region can stand in for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinglePoint:
    """Something that exists once."""

    scope: Scope
    region: str
    """"" for what spans them."""
    name: str
    urn: str
    takes: str
    """What goes with it."""
    remedy: str
    """The setting that would remove it, or what can be done where there is none."""


def single_points(platform: Platform) -> tuple[SinglePoint, ...]:
    """Those within the regions, then those of the stack."""
    found = [point for region in platform.regions for point in _within(platform, region)]
    return (*found, *_across(platform))


def _within(platform: Platform, region: Region) -> Iterator[SinglePoint]:
    where = f"regions.{region.name}"
    network = region.network

    def point(scope: Scope, name: str, urn: str, takes: str, remedy: str) -> SinglePoint:
        return SinglePoint(scope=scope, region=region.name, name=name, urn=urn, takes=takes, remedy=remedy)

    if network is not None:
        if len(network.zones) == 1:
            yield point(Scope.ZONE, f"zone {network.zones[0]}", network.urn, "the region", f"{where}.zones: add one")
        shared = sorted({way for zone, way in network.nat_of_zone.items() if way is not None and way != zone})
        for way in shared:
            takes = "all calls to the outside"
            yield point(Scope.PART, f"NAT gateway in {way}", network.urn, takes, f"{where}.nat: per-zone")
    for workload in region.workloads:
        if workload.minimum < 2:
            remedy = f"{tasks_path(platform, region, workload)}.min: 2"
            takes = f"{workload.name}, until it is replaced"
            yield point(Scope.PART, f"the one task of {workload.name}", workload.urn, takes, remedy)
        elif workload.zones == 1 and network is not None and len(network.zones) > 1:
            yield point(Scope.ZONE, f"the zone of {workload.name}", workload.urn, workload.name, f"{where}.zones")
    yield from _stores(region)
    if region.balancer is not None:
        takes = "all requests of the region"
        yield point(Scope.REGION, "load balancer", region.balancer.urn, takes, "another region (regions)")


def _stores(region: Region) -> Iterator[SinglePoint]:
    def point(scope: Scope, name: str, urn: str, takes: str, remedy: str) -> SinglePoint:
        return SinglePoint(scope=scope, region=region.name, name=name, urn=urn, takes=takes, remedy=remedy)

    database, cache = region.database, region.cache
    if database is not None:
        main = database.main
        if not main.multi_az:
            own = "database" if database.is_writer else f"database.remote_replicas.{region.name}"
            takes = "writing" if database.is_writer else "reading here, and what would be promoted"
            yield point(Scope.PART, "database", main.urn, takes, f"{own}.multi_az: true")
        if database.is_writer and len(database.replicas) == 1:
            one = database.replicas[0]
            yield point(
                Scope.PART,
                f"read replica {one.name}",
                one.urn,
                "reading from replicas",
                "database.replicas: add a zone",
            )
        if database.proxy is not None:
            takes = "connections to the writer, if RDS Proxy fails in the region"
            remedy = "programs that connect to the writer itself (database.proxy: null)"
            yield point(Scope.REGION, "proxy", database.proxy.urn, takes, remedy)
    if cache is not None and cache.nodes:
        if not cache.replicas:
            yield point(Scope.PART, "cache", cache.urn, "all that is in it, or in a shard", "cache.replicas: 1")
        elif not cache.automatic_failover:
            yield point(
                Scope.PART, "cache's primary", cache.urn, "writing to it", "automatic failover (cache.replicas)"
            )
        elif cache.zones < 2:
            yield point(Scope.ZONE, "the cache's zone", cache.urn, "the cache", f"regions.{region.name}.zones: add one")


def tasks_path(platform: Platform, region: Region, workload: Workload) -> str:
    """Where the stack file says how many tasks run here."""
    primary = platform.primary
    same = [w for w in (primary.workloads if primary else ()) if w.name == workload.name]
    if (
        region.role != Role.PRIMARY
        and same
        and (same[0].minimum, same[0].maximum) != (workload.minimum, workload.maximum)
    ):
        return f"regions.{region.name}.tasks.{workload.name}"
    return f"{'workers' if workload.is_worker else 'services'}.{workload.name}.tasks"


def _across(platform: Platform) -> Iterator[SinglePoint]:
    def point(scope: Scope, name: str, urn: str, takes: str, remedy: str) -> SinglePoint:
        return SinglePoint(scope=scope, region="", name=name, urn=urn, takes=takes, remedy=remedy)

    primary = platform.primary
    if len(platform.regions) == 1:
        yield point(
            Scope.REGION,
            f"region {platform.regions[0].name}",
            "",
            "everything",
            "regions: add a standby or an active one",
        )
    elif primary is not None and primary.database is not None:
        takes = "writing, until another region's replica is promoted"
        remedy = "none: PostgreSQL has one writer; recovery_minutes says how long that may take"
        yield point(Scope.REGION, f"writer in {primary.name}", primary.database.main.urn, takes, remedy)
    for job in primary.jobs if primary is not None and len(platform.regions) > 1 else ():
        if job.enabled:
            takes = "its runs, until the roles of two regions are exchanged"
            yield point(Scope.REGION, f"job {job.name}", job.urn, takes, "regions: exchange the roles")
    for region in platform.regions:
        if region.role != Role.STANDBY:
            for queue in region.queues:
                takes = "its messages are out of reach until the region is back"
                remedy = "none: write what must not wait to the database first, from which a job sends it again"
                yield SinglePoint(
                    scope=Scope.REGION,
                    region=region.name,
                    name=f"queue {queue.name}",
                    urn=queue.urn,
                    takes=takes,
                    remedy=remedy,
                )
    zones = [zone for zone in platform.graph.of(_ZONE) if not zone.inputs.get("vpcs")]
    if zones or platform.names:
        name = f"public zone {zones[0].inputs.get('name', '')}".strip() if zones else "the public zone"
        remedy = "none: Route 53 promises to answer always; guard who may change it"
        yield point(Scope.ACCOUNT, name, zones[0].urn if zones else "", "all names", remedy)
    if platform.regions:
        remedy = "none within one stack: copies of what must survive in another account"
        yield point(Scope.ACCOUNT, "the AWS account", "", "everything", remedy)
