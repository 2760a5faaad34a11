"""From the settings' services, workers and jobs to the components that run them, in one region."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import _thresholds
from components.alarms import AlarmTarget
from components.cluster import Cluster
from components.dns import regional_name
from components.job import Connection, Job, JobArgs
from components.load_balancer import LoadBalancer
from components.network import Network
from components.queue import Queue
from components.service import Route, Tasks, WebService, WebServiceArgs, Worker, WorkerArgs
from infra.environment import Access, combined, logical_name, producer_access, regional_image, regional_secret
from infra.settings import Settings
from infra.settings.models import Container, Serving
from infra.settings.models import Tasks as TasksSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What the tasks of a region find there."""

    settings: Settings
    """The stack's settings."""
    region: str
    """The region."""
    account_id: pulumi.Input[str]
    """Account of the stack."""
    kms_key_arn: pulumi.Input[str]
    """The region's key."""
    alarms: AlarmTarget
    """Where alarms go."""
    network: Network
    """Where the tasks run."""
    cluster: Cluster
    """Cluster that runs them."""
    load_balancer: LoadBalancer
    """Where requests come from."""
    queues: Mapping[str, Queue]
    """The region's queues."""
    stores: Mapping[str, Access]
    """How `database` and `cache` are used; without the ones the region does not have."""


def create_service(key: str, at: Surroundings, opts: pulumi.ResourceOptions) -> WebService:
    """A service behind the load balancer."""
    service = at.settings.services[key]
    shared = _serving(key, service, at, {"PORT": str(service.port)})
    return WebService(
        logical_name(at.region, key),
        WebServiceArgs(
            **shared,
            port=service.port,
            listener_arn=at.load_balancer.https_listener_arn,
            load_balancer_security_group_id=at.load_balancer.security_group_id,
            load_balancer_arn_suffix=at.load_balancer.arn_suffix,
            routes=[
                Route(
                    # The priority is what tells a listener's rules apart; the order in the file may change.
                    key=str(route.priority),
                    priority=route.priority,
                    hosts=[route.host, regional_name(at.region, route.host)] if route.host else [],
                    paths=route.paths,
                )
                for route in service.routes
            ],
            health_path=service.health.path,
            health_interval=service.health.interval_seconds,
            health_timeout=service.health.timeout_seconds,
            healthy_threshold=service.health.healthy_threshold,
            unhealthy_threshold=service.health.unhealthy_threshold,
            requests_per_target=service.requests_per_target,
        ),
        opts=opts,
    )


def create_worker(key: str, at: Surroundings, opts: pulumi.ResourceOptions) -> Worker:
    """A worker on its queue."""
    worker = at.settings.workers[key]
    queue = at.queues[worker.queue]
    return Worker(
        logical_name(at.region, key),
        WorkerArgs(
            **_serving(key, worker, at, {}),
            queue_arn=queue.arn,
            queue_name=queue.queue_name,
            queue_url=queue.url,
            backlog_per_task=worker.backlog_per_task,
        ),
        opts=opts,
    )


def create_job(key: str, at: Surroundings, opts: pulumi.ResourceOptions) -> Job:
    """A job; its schedule is on in the primary region only, because it must not run twice."""
    job = at.settings.jobs[key]
    return Job(
        logical_name(at.region, key),
        JobArgs(
            **_task(job, at, {}),
            schedule=job.schedule,
            timezone=job.timezone,
            retries=job.retries,
            enabled=at.region == at.settings.primary_region,
        ),
        opts=opts,
    )


def backlog_alarms(queue: str, settings: Settings, region: str) -> dict[str, Any]:
    """Alarm levels of a queue that stay above the backlog its workers' autoscaling aims at; none without workers.

    Depth: what the most tasks are meant to have before them, past which scaling cannot help. Age: what a message waits
    for in a backlog of the intended size, handled one at a time, if that is longer than a message stays hidden.
    """
    workers = {key: worker for key, worker in settings.workers.items() if worker.queue == queue}
    if not workers:
        return {}
    kept = settings.queues[queue]
    wait = max(worker.backlog_per_task * worker.seconds_per_message for worker in workers.values())
    longest = max(kept.visibility_timeout_seconds, math.ceil(wait))
    return {
        "depth_alarm_messages": sum(
            worker.backlog_per_task * _tasks(key, worker, settings, region).max for key, worker in workers.items()
        ),
        "age_alarm_seconds": int(_thresholds.queue_age_seconds(longest, kept.retention_seconds)),
    }


def _tasks(key: str, container: Serving, settings: Settings, region: str) -> TasksSettings:
    return settings.regions[region].tasks.get(key, container.tasks)


def _serving(key: str, container: Serving, at: Surroundings, variables: Mapping[str, str]) -> dict[str, Any]:
    tasks = _tasks(key, container, at.settings, at.region)
    return {
        **_task(container, at, variables),
        "tasks": Tasks(min=tasks.min, max=tasks.max),
        "health_command": container.health_command,
        "spot_weight": container.spot_weight,
        "cpu_target_percent": container.cpu_target_percent,
    }


def _task(container: Container, at: Surroundings, variables: Mapping[str, str]) -> dict[str, Any]:
    """Arguments that all tasks have in common."""
    access = combined([*(at.stores[store] for store in container.connects), *_producing(container, at)])
    return {
        "cluster_arn": at.cluster.arn,
        "cluster_name": at.cluster.name,
        "vpc_id": at.network.vpc_id,
        "subnet_ids": list(at.network.private_subnet_ids.values()),
        "region": at.region,
        "account_id": at.account_id,
        "kms_key_arn": at.kms_key_arn,
        "alarms": at.alarms,
        "image": regional_image(container.image, at.region),
        "cpu": container.cpu,
        "memory": container.memory,
        "architecture": container.architecture,
        "command": container.command,
        "environment": {**container.environment, **variables, **access.variables},
        "secrets": {name: regional_secret(arn, at.region) for name, arn in container.secrets.items()},
        "statements": access.statements,
        "connects": {
            name: Connection(security_group_id=group, port=port) for name, (group, port) in access.groups.items()
        },
        "log_retention_days": at.settings.log_retention_days,
    }


def _producing(container: Container, at: Surroundings) -> list[Access]:
    return [
        producer_access(
            queue,
            url=at.queues[queue].url,
            arn=at.queues[queue].arn,
            kms_key_arn=at.kms_key_arn,
            region=at.region,
        )
        for queue in container.produces
    ]
