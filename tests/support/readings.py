"""What the analyses read of a stack, held against its settings field by field."""

from collections.abc import Mapping
from dataclasses import asdict
from ipaddress import ip_network
from typing import Any

from breakwater.analysis.model import Cache, Database, Function, Instance, Job, Platform, Queue, Region, Workload
from infra.settings import Settings
from infra.settings.models import Container, Model, Serving


def check(platform: Platform, settings: Settings) -> None:
    """All that the settings say of what the model has."""
    assert platform.unread == ()
    assert fields_of(platform.targets) == _declared(settings.targets)
    assert [(r.name, str(r.role)) for r in platform.regions] == [
        (name, settings.regions[name].role) for name in settings.region_order
    ]
    checked = len(settings.regions) > 1
    assert {n.fqdn: n.check_interval_seconds is not None for n in platform.names} == dict.fromkeys(
        _hosts(settings), checked
    )
    for region in platform.regions:
        _check_region(region, settings)


def _hosts(settings: Settings) -> set[str]:
    hosts = {route.host or settings.domain.name for s in settings.services.values() for route in s.routes}
    return hosts | {api.host for api in settings.http_apis.values()}


def _check_region(region: Region, settings: Settings) -> None:
    own = settings.regions[region.name]
    assert {w.name: (w.is_worker, fields(w)) for w in region.workloads} == {
        **{name: (False, workload(name, region.name, settings)) for name in settings.services},
        **{name: (True, workload(name, region.name, settings)) for name in settings.workers},
    }
    assert {job.name: _job_fields(job) for job in region.jobs} == {
        name: (job.schedule, own.role == "primary", job.cpu, set(job.connects), _pool(job))
        for name, job in settings.jobs.items()
    }
    assert {function.name: _function_fields(function) for function in region.functions} == {
        name: (
            f.concurrency,
            set(f.connects),
            int("database" in f.connects),
            bool(f.connects) or f.in_network,
        )
        for name, f in settings.functions.items()
    }
    assert set(region.http_apis) == set(settings.http_apis)
    assert {queue.name: _queue_fields(queue) for queue in region.queues} == {
        name: (q.fifo, q.high_throughput, q.visibility_timeout_seconds, q.retention_seconds, q.max_receive_count)
        for name, q in settings.queues.items()
    }
    assert region.balancer is not None
    assert (region.balancer.zones, region.balancer.idle_timeout_seconds) == (
        len(own.zones),
        settings.load_balancer.idle_timeout_seconds,
    )
    assert region.balancer.rules == sum(
        len(service.routes) + (service.deployment.test is not None) for service in settings.services.values()
    )
    assert region.firewall == (settings.waf is not None)
    _check_network(region, settings)
    _check_database(region, settings)
    _check_cache(region.cache, len(own.zones), settings)


def _pool(container: Container) -> int:
    return container.pool.connections if "database" in container.connects else 0


def _declared(model: Model | None) -> dict[str, Any] | None:
    """What the settings declare, without what is not set."""
    return None if model is None else _without_none(model.model_dump(exclude={"transaction_milliseconds"}))


def fields_of(found: Any) -> dict[str, Any] | None:
    """The same of a part of the model."""
    if found is None:
        return None
    return _without_none({k: v for k, v in asdict(found).items() if k != "transaction_milliseconds"})


def _without_none(value: dict[str, Any]) -> dict[str, Any]:
    return {k: _without_none(v) if isinstance(v, dict) else v for k, v in value.items() if v is not None}


def workload(name: str, region: str, settings: Settings) -> dict[str, Any]:
    """What the settings say of a service or worker in a region."""
    served: Mapping[str, Serving] = {**settings.services, **settings.workers}
    tasks = settings.tasks_in(region, name, served[name])
    standby = settings.regions[region].role == "standby"
    limits = [tasks] + ([] if standby else [*served[name].schedules.values()])
    given = served[name]
    expected: dict[str, Any] = {
        "minimum": min(limit.min for limit in limits),
        "maximum": max(limit.max for limit in limits),
        "cpu": given.cpu,
        "spot": (given.spot_weight / (given.spot_weight + 1), tasks.min if given.spot_weight else 0),
        "zones": len(settings.regions[region].zones),
        "cpu_target_percent": given.cpu_target_percent,
        "connects": set(given.connects),
        "pool": _pool(given),
        "produces": set(given.produces) & set(settings.queues),
        "deployment": (
            given.deployment.strategy,
            given.deployment.bake_minutes or 0,
            given.deployment.minimum_healthy_percent,
            given.deployment.maximum_percent,
        ),
    }
    if name in settings.workers:
        worker = settings.workers[name]
        return expected | {
            "queue": worker.queue,
            "backlog_per_task": worker.backlog_per_task,
            "concurrency": worker.concurrency,
            "work": _declared(worker.message),
        }
    service, health = settings.services[name], settings.services[name].health
    return expected | {
        "requests_per_target": service.requests_per_target,
        "deregistration_seconds": service.deregistration_seconds,
        "work": _declared(service.request),
        "users": _declared(service.users),
        "health": (
            health.interval_seconds,
            health.healthy_threshold,
            health.unhealthy_threshold,
            health.grace_seconds,
        ),
    }


def fields(w: Workload) -> dict[str, Any]:
    """The same of the model's."""
    d, health = w.deployment, w.health
    assert d.rolls_back
    found: dict[str, Any] = {
        "minimum": w.minimum,
        "maximum": w.maximum,
        "cpu": w.cpu,
        "spot": (w.spot_share, w.on_demand_base),
        "zones": w.zones,
        "cpu_target_percent": w.cpu_target_percent,
        "connects": w.connects,
        "pool": w.pool,
        "produces": w.produces,
        "deployment": (d.strategy, d.bake_minutes, d.minimum_healthy_percent, d.maximum_percent),
    }
    if w.is_worker:
        assert (health, w.deregistration_seconds, w.requests_per_target) == (None, None, None)
        return found | {
            "queue": w.queue,
            "backlog_per_task": w.backlog_per_task,
            "concurrency": w.concurrency,
            "work": fields_of(w.work),
        }
    assert health is not None
    assert (w.queue, w.backlog_per_task) == (None, None)
    return found | {
        "requests_per_target": w.requests_per_target,
        "deregistration_seconds": w.deregistration_seconds,
        "work": fields_of(w.work),
        "users": fields_of(w.users),
        "health": (
            health.interval_seconds,
            health.healthy_threshold,
            health.unhealthy_threshold,
            health.grace_seconds,
        ),
    }


def _job_fields(job: Job) -> tuple[Any, ...]:
    return job.schedule, job.enabled, job.cpu, job.connects, job.pool


def _function_fields(function: Function) -> tuple[Any, ...]:
    f = function
    return f.concurrency, f.connects, f.pool, f.in_network


def _queue_fields(queue: Queue) -> tuple[Any, ...]:
    assert queue.has_dead_letters
    return queue.fifo, queue.high_throughput, queue.visibility_seconds, queue.retention_seconds, queue.max_receive_count


def _check_network(region: Region, settings: Settings) -> None:
    own, network = settings.regions[region.name], region.network
    assert network is not None
    assert (network.cidr, network.zones) == (own.cidr, tuple(sorted(own.zones)))
    tiers = ("isolated", "private", "public")
    assert sorted((s.tier, s.zone) for s in network.subnets) == sorted((t, z) for t in tiers for z in own.zones)
    assert all(ip_network(s.cidr).subnet_of(ip_network(own.cidr)) for s in network.subnets)  # type: ignore[arg-type]
    leaves_by = {"none": None, "single": min(own.zones)}
    assert network.nat_of_zone == {zone: leaves_by.get(own.nat, zone) for zone in own.zones}
    assert set(network.interface_endpoints) == set(own.interface_endpoints)


def _check_database(region: Region, settings: Settings) -> None:
    given, found = settings.database, region.database
    assert given is not None
    assert region.backup_copy == (region.name in given.backup_copies)
    if region.name == settings.primary_region:
        assert found is not None
        assert found.is_writer
        _check_instance(found, found.main, settings, given.multi_az)
        assert [(r.zone, r.multi_az) for r in found.replicas] == [(zone, False) for zone in given.replicas]
        proxy = (found.proxy.max_connections_percent, found.proxy.borrow_timeout_seconds) if found.proxy else None
        assert proxy == (
            (given.proxy.max_connections_percent, given.proxy.borrow_timeout_seconds) if given.proxy else None
        )
    elif (remote := given.remote_replicas.get(region.name)) is not None:
        assert found is not None
        assert (found.is_writer, found.replicas, found.proxy) == (False, (), None)
        _check_instance(found, found.main, settings, remote.multi_az)
    else:
        assert found is None


def _check_instance(of: Database, instance: Instance, settings: Settings, multi_az: bool) -> None:
    given = settings.database
    assert given is not None
    assert {i.instance_class for i in (instance, *of.replicas)} == {given.instance_class}
    assert {i.storage_gib for i in (instance, *of.replicas)} == {given.storage.initial_gib}
    assert instance.name == "database"
    assert instance.multi_az == multi_az
    if given.storage.iops is not None:
        assert {i.iops for i in (instance, *of.replicas)} == {given.storage.iops}


def _check_cache(found: Cache | None, zones: int, settings: Settings) -> None:
    given = settings.cache
    assert given is not None
    assert found is not None
    assert (found.zones, found.global_member, found.node_type) == (zones, given.global_datastore, given.node_type)
    if given.serverless is not None:
        serverless = (given.serverless.storage_gb, given.serverless.ecpu_per_second)
        assert (found.serverless_gb, found.ecpu_per_second, found.nodes) == (*serverless, 0)
    else:
        assert (found.shards, found.replicas) == (given.shards or 1, given.replicas)
        assert found.automatic_failover == (given.replicas > 0 or given.shards is not None)
