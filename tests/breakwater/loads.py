"""Models of stacks made by hand, with the load they carry: one region with one service unless more is asked for."""

from collections.abc import Iterable
from typing import Any

from breakwater.analysis.figures import Figure
from breakwater.analysis.model import (
    Balancer,
    Cache,
    Database,
    Deployment,
    Function,
    HealthCheck,
    Instance,
    Job,
    Network,
    Platform,
    Proxy,
    Queue,
    Region,
    Role,
    Subnet,
    Targets,
    Work,
    Workload,
)
from breakwater.graph import ResourceGraph

REGION = "us-east-1"
ROLLING = Deployment(
    strategy="ROLLING", bake_minutes=0, minimum_healthy_percent=100, maximum_percent=200, rolls_back=True
)
BLUE_GREEN = Deployment(
    strategy="BLUE_GREEN", bake_minutes=5, minimum_healthy_percent=100, maximum_percent=200, rolls_back=True
)
HEALTH = HealthCheck(interval_seconds=10, healthy_threshold=2, unhealthy_threshold=5, grace_seconds=60)
REQUEST = Work(cpu_milliseconds=5, milliseconds=40, kilobytes=8)
MESSAGE = Work(cpu_milliseconds=20, milliseconds=1000)
ON_DATABASE = frozenset({"database"})


def service(name: str = "api", **changes: Any) -> Workload:
    """3 to 24 tasks of one vCPU, 50 requests a second and task."""
    defaults: dict[str, Any] = {
        "urn": f"urn:{name}", "name": name, "is_worker": False, "minimum": 3, "maximum": 24, "cpu": 1024,
        "spot_share": 0.0, "on_demand_base": 3, "zones": 3, "cpu_target_percent": 70,
        "requests_per_target": 3000, "backlog_per_task": None, "connects": frozenset(),
        "pool": 0, "deployment": ROLLING, "health": HEALTH, "work": REQUEST,
    }  # fmt: skip
    return Workload(**(defaults | changes))


def worker(name: str = "deliver", **changes: Any) -> Workload:
    """2 to 20 tasks of half a vCPU, each 10 messages of a second at once."""
    defaults: dict[str, Any] = {
        "is_worker": True, "minimum": 2, "maximum": 20, "cpu": 512, "requests_per_target": None, "health": None,
        "backlog_per_task": 200, "queue": "deliveries", "concurrency": 10, "work": MESSAGE,
    }  # fmt: skip
    return service(name, **(defaults | changes))


def job(name: str = "report", **changes: Any) -> Job:
    defaults: dict[str, Any] = {
        "urn": f"urn:{name}", "name": name, "schedule": "rate(1 hour)", "enabled": True, "cpu": 1024,
        "connects": ON_DATABASE, "pool": 10,
    }  # fmt: skip
    return Job(**(defaults | changes))


def function(name: str = "hook", **changes: Any) -> Function:
    defaults: dict[str, Any] = {
        "urn": f"urn:{name}", "name": name, "concurrency": 5,
        "connects": ON_DATABASE, "pool": 1, "in_network": True,
    }  # fmt: skip
    return Function(**(defaults | changes))


def queue(name: str = "deliveries", **changes: Any) -> Queue:
    defaults: dict[str, Any] = {
        "urn": f"urn:{name}", "name": name, "fifo": False, "high_throughput": False, "visibility_seconds": 180,
        "retention_seconds": 345_600, "has_dead_letters": True, "max_receive_count": 5,
    }  # fmt: skip
    return Queue(**(defaults | changes))


def instance(name: str = "database", **changes: Any) -> Instance:
    """419 connections: 4 GiB."""
    defaults: dict[str, Any] = {
        "urn": f"urn:{name}", "name": name, "instance_class": "db.t4g.medium", "multi_az": False,
        "zone": "us-east-1a", "storage_gib": 100, "iops": None,
    }  # fmt: skip
    return Instance(**(defaults | changes))


def database(*, proxy: bool = False, replicas: int = 0, is_writer: bool = True, **changes: Any) -> Database:
    return Database(
        urn="urn:database",
        main=instance(**changes),
        is_writer=is_writer,
        replicas=tuple(instance(f"database-replica-{n}", **changes) for n in range(replicas)),
        proxy=Proxy(urn="urn:proxy", max_connections_percent=90, borrow_timeout_seconds=120) if proxy else None,
    )


def cache(**changes: Any) -> Cache:
    defaults: dict[str, Any] = {
        "urn": "urn:cache", "node_type": "cache.r7g.large", "shards": 1, "replicas": 2, "automatic_failover": True,
        "zones": 3, "global_member": False,
    }  # fmt: skip
    return Cache(**(defaults | changes))


def balancer(rules: int = 2) -> Balancer:
    return Balancer(urn="urn:balancer", zones=2, rules=rules, idle_timeout_seconds=60)


def network(**cidrs: str) -> Network:
    """Two zones; tier → the last two numbers and the prefix of its subnets differ by zone."""
    zones = ("us-east-1a", "us-east-1b")
    return Network(
        urn="urn:network",
        cidr="10.0.0.0/16",
        zones=zones,
        subnets=tuple(
            Subnet(tier=tier, zone=zone, cidr=cidr.format(index))
            for tier, cidr in cidrs.items()
            for index, zone in enumerate(zones)
        ),
        nat_of_zone=dict.fromkeys(zones, "us-east-1a"),
        interface_endpoints=("logs", "ecr.api"),
    )


def region(*workloads: Workload, name: str = REGION, role: Role = Role.PRIMARY, **changes: Any) -> Region:
    return Region(name=name, role=role, workloads=workloads or (service(),), **changes)


def platform(*regions: Region, targets: Targets | None = None) -> Platform:
    return Platform(graph=ResourceGraph([]), regions=regions or (region(),), targets=targets or Targets())


def one(figures: Iterable[Figure], part: str, name: str, region: str = REGION) -> Figure:
    """The figure of a part with that name, or else the one whose name begins so."""
    of_part = [f for f in figures if (f.region, f.part) == (region, part)]
    (found,) = [f for f in of_part if f.name == name] or [f for f in of_part if f.name.startswith(name)]
    return found
