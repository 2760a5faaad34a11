"""What runs in a region: services, workers, jobs and functions, from what their components consist of."""

from collections.abc import Mapping
from typing import Any

from breakwater.analysis._part import Part
from breakwater.analysis._reading_declared import Load
from breakwater.analysis.model import Deployment, Function, HealthCheck, Job, Workload
from breakwater.analysis.properties import (
    INSTANCE,
    QUEUE,
    ROLE_POLICY,
    environment,
    items,
    known,
    known_at,
    needed,
    number,
    permissions,
    sources,
    text,
    whole,
    zones,
)
from breakwater.graph import Resource

WORKER = "breakwater:service:Worker"
_DEFINITION, _POLICY = "aws:ecs/taskDefinition:TaskDefinition", "aws:appautoscaling/policy:Policy"
_TRACKING = "targetTrackingScalingPolicyConfiguration"
_DATABASES = (INSTANCE, "aws:rds/proxy:Proxy")
_CACHES = ("aws:elasticache/replicationGroup:ReplicationGroup", "aws:elasticache/serverlessCache:ServerlessCache")
_CPU, _BACKLOG = "ECSServiceAverageCPUUtilization", "ApproximateNumberOfMessagesVisible"
_REQUESTS = frozenset({"ALBRequestCountPerTarget", "RequestCountPerTarget"})

Queues = Mapping[str, str]
"""URNs and ARNs of a region's queues → their names in the stack file."""


def workload(part: Part, queues: Queues, load: Load) -> Workload:
    """A service or a worker."""
    is_worker = part.component.type == WORKER
    service, definition = part.one("aws:ecs/service:Service"), part.one(_DEFINITION)
    fewest, most = _tasks(part, service)
    spot_share, base = _spot(service)
    connects, pool = _connections(part, definition, "containerDefinitions", environment(definition))
    aims = _aims(part)
    queue = _queue_read(part, queues) if is_worker else None
    groups = part.of("aws:lb/targetGroup:TargetGroup")
    return Workload(
        urn=part.urn,
        name=part.name,
        is_worker=is_worker,
        minimum=fewest,
        maximum=most,
        cpu=needed(whole(known(definition, "cpu"))),
        spot_share=spot_share,
        on_demand_base=base,
        zones=len(zones(service, "networkConfiguration", part.graph)),
        cpu_target_percent=aims.get(_CPU),
        requests_per_target=next((aims[name] for name in sorted(aims.keys() & _REQUESTS)), None),
        backlog_per_task=aims.get(_BACKLOG),
        connects=connects,
        pool=pool,
        deployment=_deployment(service),
        health=_health(groups[0], service) if groups else None,
        deregistration_seconds=number(known(groups[0], "deregistrationDelay")) if groups else None,
        queue=queue,
        produces=_produces(part, queue, queues),
        concurrency=load.concurrency(part.name) if is_worker else 1,
        work=load.message(part.name) if is_worker else load.request(part.name),
        users=None if is_worker else load.users(part.name),
    )


def job(part: Part) -> Job:
    """A scheduled task."""
    schedule, definition = part.one("aws:scheduler/schedule:Schedule"), part.one(_DEFINITION)
    connects, pool = _connections(part, definition, "containerDefinitions", environment(definition))
    return Job(
        urn=part.urn,
        name=part.name,
        schedule=needed(text(known(schedule, "scheduleExpression"))),
        enabled=known(schedule, "state") != "DISABLED",
        cpu=needed(whole(known(definition, "cpu"))),
        connects=connects,
        pool=pool,
    )


def function(part: Part) -> Function:
    """A Lambda function."""
    found = part.one("aws:lambda/function:Function")
    variables = known(found, "environment", "variables")
    if not isinstance(variables, Mapping):
        variables = None if "environment" in found.property_dependencies else {}
    connects, pool = _connections(part, found, "environment", variables)
    concurrency = whole(known(found, "reservedConcurrentExecutions"))
    return Function(
        urn=part.urn,
        name=part.name,
        # AWS's way of saying that none is reserved is -1.
        concurrency=None if concurrency is None or concurrency < 0 else concurrency,
        connects=connects,
        pool=pool,
        in_network=known_at(found.inputs, "vpcConfig") is not None,
    )


def _tasks(part: Part, service: Resource) -> tuple[int, int]:
    """The fewest and the most that autoscaling or one of its scheduled actions allows."""
    targets = part.of("aws:appautoscaling/target:Target")
    if not targets:
        desired = needed(whole(known(service, "desiredCount")))
        return desired, desired
    actions = part.of("aws:appautoscaling/scheduledAction:ScheduledAction")
    limits = [(t, ()) for t in targets] + [(a, ("scalableTargetAction",)) for a in actions]
    fewest, most = (
        [n for r, path in limits if (n := whole(known(r, *path, side))) is not None]
        for side in ("minCapacity", "maxCapacity")
    )
    return needed(min(fewest, default=None)), needed(max(most, default=None))


def _spot(service: Resource) -> tuple[float, int]:
    """Share of Spot beyond the base, and the base on demand."""
    weights = base = spot = 0.0
    for strategy in items(known(service, "capacityProviderStrategies")):
        weight = number(strategy.get("weight")) or 0
        is_spot = strategy.get("capacityProvider") == "FARGATE_SPOT"
        weights, spot = weights + weight, spot + weight * is_spot
        base += 0 if is_spot else number(strategy.get("base")) or 0
    return spot / weights if weights else 0, int(base)


def _aims(part: Part) -> dict[str, float]:
    """Metric that a scaling policy follows → the value that it aims at."""
    found: dict[str, float] = {}
    for policy in part.of(_POLICY):
        value = number(known(policy, _TRACKING, "targetValue"))
        names = [known(policy, _TRACKING, "predefinedMetricSpecification", "predefinedMetricType")]
        for query in items(known(policy, _TRACKING, "customizedMetricSpecification", "metrics")):
            names += [m.get("metricName") for stat in items(query.get("metricStat")) for m in items(stat.get("metric"))]
        if value is not None:
            found |= {name: value for name in names if isinstance(name, str)}
    return found


def _connections(
    part: Part, resource: Resource, property_name: str, variables: Mapping[str, Any] | None
) -> tuple[frozenset[str], int | None]:
    """What it connects to and its pool: by its variables, or where they are not known by what these come from."""
    if variables is None:
        types = {"database": _DATABASES, "cache": _CACHES}
        found = {store for store in types if [*sources(resource, property_name, part.graph, *types[store])]}
        variables = {}
    else:
        found = {store for store in ("database", "cache") if f"{store.upper()}_HOST" in variables}
    return frozenset(found), whole(variables.get("DATABASE_POOL_SIZE")) if "database" in found else 0


def _queue_read(part: Part, queues: Queues) -> str | None:
    """The queue whose backlog decides about the number of tasks."""
    found = (s for policy in part.of(_POLICY) for s in sources(policy, _TRACKING, part.graph, QUEUE))
    return next((queues[queue.urn] for queue in found if queue.urn in queues), None)


def _produces(part: Part, reads: str | None, queues: Queues) -> frozenset[str]:
    """By what its role allows; where that is not known, all queues that the role's policy comes from but its own."""
    found = set[str]()
    for policy in part.of(ROLE_POLICY):
        allowed = permissions(policy)
        if allowed is None:
            urns = (queue.urn for queue in sources(policy, "policy", part.graph, QUEUE))
            found |= {queues[urn] for urn in urns if urn in queues} - {reads}
        else:
            found |= {queues[arn] for action, arn in allowed if action == "sqs:SendMessage" and arn in queues}
    return frozenset(found)


def _deployment(service: Resource) -> Deployment:
    """What is not given is as ECS has it: rolling, never fewer than 100 %, never more than 200 %."""
    lowest = number(known(service, "deploymentMinimumHealthyPercent"))
    highest = number(known(service, "deploymentMaximumPercent"))
    return Deployment(
        strategy=text(known(service, "deploymentConfiguration", "strategy")) or "ROLLING",
        bake_minutes=number(known(service, "deploymentConfiguration", "bakeTimeInMinutes")) or 0,
        minimum_healthy_percent=100 if lowest is None else lowest,
        maximum_percent=200 if highest is None else highest,
        rolls_back=any(
            known(service, by, "enable") is True and known(service, by, "rollback") is True
            for by in ("alarms", "deploymentCircuitBreaker")
        ),
    )


def _health(group: Resource, service: Resource) -> HealthCheck:
    return HealthCheck(
        interval_seconds=needed(number(known(group, "healthCheck", "interval"))),
        healthy_threshold=needed(whole(known(group, "healthCheck", "healthyThreshold"))),
        unhealthy_threshold=needed(whole(known(group, "healthCheck", "unhealthyThreshold"))),
        grace_seconds=number(known(service, "healthCheckGracePeriodSeconds")) or 0,
    )
