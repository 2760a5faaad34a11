"""From the settings' services, workers and jobs to the components that run them, in one region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from components.cluster import Cluster
from components.dns import regional_name
from components.job import Connection, Job, JobArgs, LedgerEntry, Overlap
from components.load_balancer import LoadBalancer
from components.network import Network
from components.service import Algorithm, Route, Tasks, WebService, WebServiceArgs, Worker, WorkerArgs
from components.service_options import ScheduledTasks, Telemetry
from infra.buckets import bucket_access, bucket_needs
from infra.calls import call_access, connection
from infra.environment import CACHE_USER, Access, combined, regional_image, telemetry_namespace
from infra.images import container_image
from infra.messaging import Messaging
from infra.place import Place
from infra.secret_references import container_secret
from infra.secret_versions import SecretVersions
from infra.settings.deployments import deployment_in
from infra.settings.models import Container, Serving
from infra.settings.routing import priority, rule_key
from infra.stores import with_pool

if TYPE_CHECKING:
    from components.bucket import Bucket


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What the tasks of a region find there."""

    place: Place
    """The region."""
    network: Network
    """Where the tasks run."""
    cluster: Cluster
    """Cluster that runs them."""
    load_balancer: LoadBalancer
    """Where requests come from."""
    messaging: Messaging
    """The region's queues, topics and buses."""
    stores: Mapping[str, Access]
    """How `database` is used; without it where the region has none."""
    cache_users: Mapping[str, Access]
    """How the cache is used, by user; empty where there is none."""
    buckets: Mapping[str, "Bucket"]
    """The region's buckets."""
    secret_versions: SecretVersions
    """The versions of secrets that are current in the region."""
    services: Mapping[str, WebService]
    """The services that are there already: all that the next one calls."""


def create_service(key: str, at: Surroundings, opts: pulumi.ResourceOptions) -> WebService:
    """A service behind the load balancer."""
    service = at.place.settings.services[key]
    shared = _serving(key, service, at, {"PORT": str(service.port)}, opts)
    return WebService(
        at.place.name(key),
        WebServiceArgs(
            **shared,
            port=service.port,
            listener_arn=at.load_balancer.https_listener_arn,
            load_balancer_security_group_id=at.load_balancer.security_group_id,
            load_balancer_arn_suffix=at.load_balancer.arn_suffix,
            routes=[
                Route(
                    key=rule_key(key, route),
                    priority=priority(key, route),
                    hosts=[route.host, regional_name(at.place.region, route.host)] if route.host else [],
                    paths=route.paths,
                )
                for route in service.routes
            ],
            health_path=service.health.path,
            health_interval=service.health.interval_seconds,
            health_timeout=service.health.timeout_seconds,
            healthy_threshold=service.health.healthy_threshold,
            unhealthy_threshold=service.health.unhealthy_threshold,
            health_grace_seconds=service.health.grace_seconds,
            deregistration_delay_seconds=service.deregistration_seconds,
            algorithm=Algorithm(service.algorithm),
            stickiness_seconds=service.stickiness_seconds,
            slow_start_seconds=service.slow_start_seconds,
            requests_per_target=service.requests_per_target,
            response_time_seconds=service.response_time_alarm_seconds,
            error_percent=service.error_alarm_percent,
        ),
        opts=opts,
    )


def create_worker(key: str, at: Surroundings, opts: pulumi.ResourceOptions) -> Worker:
    """A worker on its queue."""
    worker = at.place.settings.workers[key]
    queue = at.messaging.queues[worker.queue]
    return Worker(
        at.place.name(key),
        WorkerArgs(
            **_serving(key, worker, at, {"WORKER_CONCURRENCY": str(worker.concurrency)}, opts),
            queue_arn=queue.arn,
            queue_name=queue.queue_name,
            queue_url=queue.url,
            backlog_per_task=worker.backlog_per_task,
        ),
        opts=opts,
    )


def create_job(key: str, at: Surroundings, opts: pulumi.ResourceOptions) -> Job:
    """A job; its schedule is on in the primary region only: a lock holds among the runs of one region."""
    job, ledger = at.place.settings.jobs[key], at.place.ledger
    if ledger is None:
        raise ValueError(f"ledger: job {key} needs one; a stack with jobs has it in every region")
    return Job(
        at.place.name(key),
        JobArgs(
            **_task(key, job, at, {}, opts),
            schedule=job.schedule,
            timezone=job.timezone,
            flexible_window_minutes=job.flexible_window_minutes,
            retries=job.retries,
            retry_window_seconds=job.retry_window_seconds,
            maximum_run_seconds=job.maximum_run_seconds,
            overlap=Overlap(job.overlap),
            ledger=LedgerEntry(table_name=ledger.table_name, table_arn=ledger.table_arn, job=key),
            enabled=at.place.is_primary,
        ),
        opts=opts,
    )


def _serving(
    key: str, container: Serving, at: Surroundings, variables: Mapping[str, str], opts: pulumi.ResourceOptions
) -> dict[str, Any]:
    place = at.place
    tasks = place.settings.tasks_in(place.region, key, container)
    calls = [call_access(service, at.services) for service in container.calls]
    return {
        **_task(key, container, at, variables, opts, calls),
        "tasks": Tasks(min=tasks.min, max=tasks.max),
        "health_command": container.health_command,
        "spot_weight": container.spot_weight,
        "cpu_target_percent": container.cpu_target_percent,
        "deployment": deployment_in(place.region, container.deployment),
        "memory_target_percent": container.memory_target_percent,
        # A standby has its own numbers, until it is a standby no more.
        "schedules": _schedules(container) if place.own.role != "standby" else {},
        "telemetry": _telemetry(key, place),
        "connect": connection(key, container, place.settings, at.cluster.namespace_arn),
        "sessions": at.cluster.sessions if container.execute_command else None,
    }


def _schedules(container: Serving) -> dict[str, ScheduledTasks]:
    return {key: ScheduledTasks(**scheduled.model_dump()) for key, scheduled in container.schedules.items()}


def _telemetry(key: str, at: Place) -> Telemetry | None:
    telemetry = at.settings.telemetry
    if telemetry is None:
        return None
    return Telemetry(
        image=regional_image(telemetry.image, at.region),
        service_name=key,
        namespace=telemetry_namespace(),
        sampling_percent=telemetry.sampling_percent,
        cpu=telemetry.cpu,
        memory=telemetry.memory,
    )


def connections(access: Access) -> dict[str, Connection]:
    """What a security group is let out to."""
    return {
        **{name: Connection(security_group_id=group, port=port) for name, (group, port) in access.groups.items()},
        **{name: Connection(cidr_ipv4=cidr, port=port) for name, (cidr, port) in access.ranges.items()},
    }


def _task(
    key: str,
    container: Container,
    at: Surroundings,
    variables: Mapping[str, str],
    opts: pulumi.ResourceOptions,
    further: Sequence[Access] = (),
) -> dict[str, Any]:
    """Arguments that all tasks have in common."""
    access = combined(
        [
            *(_connecting(key, container, store, at) for store in container.connects),
            *(at.messaging.access(name, at.place) for name in container.produces),
            bucket_access(container, at.buckets),
            *further,
        ]
    )
    return {
        "cluster_arn": at.cluster.arn,
        "cluster_name": at.cluster.name,
        "vpc_id": at.network.vpc_id,
        "subnet_ids": list(at.network.private_subnet_ids.values()),
        "dual_stack": at.network.ipv6,
        "region": at.place.region,
        "account_id": at.place.account_id,
        "keys": at.place.keys,
        "alarms": at.place.alarms,
        "image": container_image(key, container, at.place, opts),
        "cpu": container.cpu,
        "memory": container.memory,
        "architecture": container.architecture,
        "command": container.command,
        "environment": {**container.environment, **variables, **access.variables},
        "secrets": {
            name: container_secret(reference, at.place, at.secret_versions)
            for name, reference in container.secrets.items()
        },
        **bucket_needs(container, at.buckets, at.place),
        "statements": access.statements,
        "connects": connections(access),
        "user": container.user,
        "writable_volumes": container.writable_volumes,
        "stop_timeout_seconds": container.stop_timeout_seconds,
        "log_retention_days": at.place.settings.log_retention_days,
    }


def _connecting(key: str, container: Container, store: str, at: Surroundings) -> Access:
    if store == "cache":
        return at.cache_users[key if container.cache_access else CACHE_USER]
    return with_pool(at.stores[store], container.pool)
