"""Connections to the database: how many a class takes, and how many each region's tasks may open."""

import math
from dataclasses import dataclass

from breakwater.analysis.capacity.terms import at_deployment, headroom
from breakwater.analysis.model import Database, Instance, Platform, Region, Role
from components._instance_classes import InstanceClass, classes
from components._thresholds import max_connections

DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Clients:
    """Connections that tasks, jobs and functions open at most, each to one name."""

    tasks: int
    rest: int
    """Of jobs, once each, and of functions, each execution."""
    programs: int = 0
    """How many tasks, jobs and executions there are at once."""
    unknown: tuple[str, ...] = ()
    """What is not known of whom, in words."""

    @property
    def total(self) -> int | None:
        """All of them; None where it cannot be known."""
        return None if self.unknown else self.tasks + self.rest


def clients(regions: list[Region], *, deploying: bool = False) -> Clients:
    """Connections at autoscaling's maximum; while new versions of all services are deployed, the old tasks' too."""
    workloads = [w for region in regions for w in region.workloads if DATABASE in w.connects]
    jobs = [job for region in regions for job in region.jobs if DATABASE in job.connects]
    functions = [f for region in regions for f in region.functions if DATABASE in f.connects]
    pools = [
        *((w.name, w.pool) for w in workloads),
        *((job.name, job.pool) for job in jobs),
        *((f.name, f.pool) for f in functions),
    ]
    return Clients(
        tasks=sum((at_deployment(w) if deploying else w.maximum) * (w.pool or 0) for w in workloads),
        rest=sum(job.pool or 0 for job in jobs) + sum((f.concurrency or 0) * (f.pool or 0) for f in functions),
        programs=sum(at_deployment(w) if deploying else w.maximum for w in workloads)
        + len(jobs)
        + sum(f.concurrency or 0 for f in functions),
        unknown=(
            *dict.fromkeys(f"pool of {name}" for name, pool in pools if pool is None),
            *dict.fromkeys(f"concurrency of {f.name}" for f in functions if f.concurrency is None),
        ),
    )


def held_apart(region: Region) -> int:
    """Transactions at once of jobs and of functions' executions: one each, as they do one thing after the other."""
    jobs = sum(1 for job in region.jobs if DATABASE in job.connects)
    return jobs + sum(f.concurrency or 0 for f in region.functions if DATABASE in f.connects)


def instance_connections(instance: Instance) -> int | None:
    """max_connections of an instance; None where its class is not known."""
    size = classes("database").get(instance.instance_class or "")
    return None if size is None else max_connections(size.memory_gib)


def share_percent(database: Database) -> float:
    """Percent of the connections that may be used through the entry."""
    return 100.0 if database.proxy is None else database.proxy.max_connections_percent


def room(database: Database) -> float | None:
    """Transactions that can be under way at once, with headroom; None where the class is not known."""
    most = instance_connections(database.main)
    return None if most is None else most * share_percent(database) / 100 / headroom()


def written_database(platform: Platform, region: Region) -> Database | None:
    """Where a region's tasks write: the primary region's writer, or after a failover the standby's own."""
    if region.role is Role.STANDBY:
        return region.database
    return platform.primary.database if platform.primary else region.database


def writing_regions(platform: Platform) -> list[Region]:
    """The regions whose tasks connect to the primary region's writer."""
    return [region for region in platform.regions if region.role is not Role.STANDBY]


def larger_class(name: str | None, connections: float) -> str | None:
    """The smallest class of the same family that takes so many connections; None where there is none."""
    family = (name or "").rpartition(".")[0]
    fitting: list[InstanceClass] = sorted(
        (
            size
            for size in classes("database").values()
            if size.name.rpartition(".")[0] == family and max_connections(size.memory_gib) >= connections
        ),
        key=lambda size: (size.memory_gib, size.vcpu),
    )
    return fitting[0].name if fitting else None


def raising(database: Database) -> list[str]:
    """The settings that give the entry more connections."""
    proxied = database.proxy is not None and database.proxy.max_connections_percent < 100
    return [*(["database.proxy.max_connections_percent"] if proxied else []), "database.instance_class"]


def with_headroom(connections: int) -> int:
    """Connections that may be planned with."""
    return math.floor(connections / headroom())
