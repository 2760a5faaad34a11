"""Models of stacks made by hand: one region with everything, and changes of it."""

from dataclasses import replace
from typing import Any

from breakwater.analysis.model import (
    Balancer,
    Cache,
    Database,
    Deployment,
    HealthCheck,
    Instance,
    Job,
    Network,
    Platform,
    Proxy,
    PublicName,
    Queue,
    Region,
    Role,
    Targets,
    Work,
    Workload,
)
from breakwater.graph import ResourceGraph
from tests.breakwater.graphs import graph

ROLLING = Deployment(
    strategy="ROLLING", bake_minutes=0, minimum_healthy_percent=100, maximum_percent=200, rolls_back=True
)
HEALTH = HealthCheck(interval_seconds=10, healthy_threshold=2, unhealthy_threshold=5, grace_seconds=60)
WORK = Work(cpu_milliseconds=20, milliseconds=100)
NAME = PublicName(fqdn="api.example.com", ttl_seconds=60, check_interval_seconds=10, check_threshold=3)


def service(name: str = "api", **changes: Any) -> Workload:
    """A service with three tasks of one vCPU in three zones, that connects to everything."""
    plain = Workload(
        urn=f"urn:{name}", name=name, is_worker=False, minimum=3, maximum=24, cpu=1024,
        spot_share=0, on_demand_base=0, zones=3, cpu_target_percent=50, requests_per_target=None, backlog_per_task=None,
        connects=frozenset({"database", "cache"}), pool=10, deployment=ROLLING, health=HEALTH,
        deregistration_seconds=60,
    )  # fmt: skip
    return replace(plain, **changes)


def worker(name: str = "deliver", queue: str = "orders", **changes: Any) -> Workload:
    """A worker with two tasks."""
    fields: dict[str, Any] = {
        "is_worker": True, "minimum": 2, "maximum": 20, "health": None, "deregistration_seconds": None, "queue": queue,
        "connects": frozenset({"database"}),
    }  # fmt: skip
    return service(name, **(fields | changes))


def instance(name: str = "database", **changes: Any) -> Instance:
    """A database instance with a standby in another zone."""
    plain = Instance(
        urn=f"urn:{name}", name=name, instance_class="db.r7g.large", multi_az=True, zone=None, storage_gib=100,
        iops=None,
    )  # fmt: skip
    return replace(plain, **changes)


def writer(**changes: Any) -> Database:
    """A writer with its proxy."""
    proxy = Proxy(urn="urn:proxy", max_connections_percent=90, borrow_timeout_seconds=120)
    return replace(Database(urn="urn:database", main=instance(), is_writer=True, proxy=proxy), **changes)


def remote_replica(**changes: Any) -> Database:
    """What a standby promotes."""
    return Database(urn="urn:replica", main=instance("replica", **({"multi_az": False} | changes)), is_writer=False)


def cache(**changes: Any) -> Cache:
    """A primary with two replicas."""
    plain = Cache(
        urn="urn:cache", node_type="cache.r7g.large", shards=1, replicas=2, automatic_failover=True, zones=3,
        global_member=False,
    )  # fmt: skip
    return replace(plain, **changes)


def queue(name: str = "orders", **changes: Any) -> Queue:
    """A queue that keeps messages for four days."""
    plain = Queue(
        urn=f"urn:{name}", name=name, fifo=False, high_throughput=False, visibility_seconds=180,
        retention_seconds=345600, has_dead_letters=True, max_receive_count=5,
    )  # fmt: skip
    return replace(plain, **changes)


def job(name: str = "report") -> Job:
    """A job that runs daily."""
    return Job(
        urn=f"urn:{name}", name=name, schedule="rate(1 day)", enabled=True, cpu=256,
        connects=frozenset(), pool=0,
    )  # fmt: skip


def network(zones: int = 3, nat: str | None = "per-zone") -> Network:
    """A network with NAT gateways per zone, a single one, or none."""
    names = tuple(f"zone-{letter}" for letter in "abcdefgh"[:zones])
    ways = {zone: {"per-zone": zone, "single": names[0], None: None}[nat] for zone in names}
    return Network(urn="urn:network", cidr="10.0.0.0/16", zones=names, subnets=(), nat_of_zone=ways)


def region(name: str = "us-east-1", role: Role = Role.PRIMARY, **changes: Any) -> Region:
    """A region with everything."""
    plain = Region(
        name=name, role=role, network=network(), firewall=True,
        balancer=Balancer(urn="urn:lb", zones=3, rules=1, idle_timeout_seconds=60),
        workloads=(service(), worker()), jobs=(job(),), database=writer(), cache=cache(),
        queues=(queue(),),
    )  # fmt: skip
    return replace(plain, **changes)


def standby(name: str = "eu-west-1", **changes: Any) -> Region:
    """A standby with fewer tasks and a replica of the database."""
    fields: dict[str, Any] = {
        "workloads": (service(minimum=2), worker(minimum=1)), "database": remote_replica(), "jobs": (),
    }  # fmt: skip
    return region(name, Role.STANDBY, **(fields | changes))


def platform(
    *regions: Region, of: ResourceGraph | None = None, names: tuple[PublicName, ...] = (NAME,), **targets: Any
) -> Platform:
    """A stack of these regions, of the one with everything by default."""
    return Platform(graph=of or graph(), regions=regions or (region(),), names=names, targets=Targets(**targets))
