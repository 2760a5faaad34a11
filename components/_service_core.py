"""What every ECS service has, whatever brings it work: the service itself, its scaling by CPU, its alarms.

WebService and Worker are composed of these functions; each creates its resources under the given owner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import appautoscaling, ecs

from components._connect import PORT_NAME, ServiceConnect, connect_configuration
from components._deployment import TASK_BY_TASK, Deployment, check_percents
from components._deployment_time import container_notice_seconds, timeout_minutes
from components._execute_command import SESSION_VOLUMES, Sessions, session_statements
from components._iam import Statement
from components._scheduled_scaling import TASKS_MAX, ScheduledTasks, check_schedules, create_schedules
from components._service_alarms import service_alarms
from components._task_args import TaskArgs, with_additions
from components._telemetry import Telemetry, check_room
from components._traffic import create_hook_role, deployment_configuration
from components.alarms import Alarms, AlarmsArgs
from components.cluster import ON_DEMAND, SPOT
from components.task import Task

# Weights of a capacity provider strategy (ECS API reference, CapacityProviderStrategyItem).
WEIGHT_MAX = 1_000

# Out fast, in slowly: a task too many costs cents, one too few costs requests.
SCALE_OUT_COOLDOWN, SCALE_IN_COOLDOWN = 60, 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Tasks:
    """How many tasks a service runs."""

    min: int
    """Fewest, at least 1; also the number that is never on Spot."""
    max: int
    """Most, up to 5,000."""

    def __post_init__(self) -> None:
        if self.min < 1:
            raise ValueError(f"min: {self.min} tasks; at least 1 must run, or nothing is left to scale by")
        if not self.min <= self.max <= TASKS_MAX:
            raise ValueError(f"max: {self.max} tasks; give {self.min} (min) to {TASKS_MAX}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceArgs(TaskArgs):
    """What web services and workers have in common."""

    tasks: Tasks
    """Fewest and most tasks."""
    spot_weight: int = 0
    """Spot tasks for each on-demand task above the minimum, 0 to 1000; default 0, all on demand. Spot tasks are cheaper
    and can be stopped at two minutes' notice."""
    cpu_target_percent: int = 70
    """Average CPU that scaling aims at, 10 to 90 %; default 70."""
    memory_target_percent: int | None = None
    """Average memory that scaling aims at, 10 to 90 %; default none: most programs keep what they once took, so that
    more tasks would not lower it, and none would ever go."""
    schedules: Mapping[str, ScheduledTasks] = field(default_factory=dict)
    """Key -> numbers of tasks from a time on; default none, `tasks` all the time."""
    telemetry: Telemetry | None = None
    """OpenTelemetry collector beside the program; default none."""
    connect: ServiceConnect | None = None
    """How the service calls others and is called by name; default not at all."""
    sessions: Sessions | None = None
    """Where sessions in running tasks are recorded; default none, and nobody can open one."""
    wait_for_steady_state: bool = True
    """Whether a deployment counts as done only when it is stable, so that one rolled back fails the update, and one
    whose update is cancelled is rolled back; default yes."""
    deployment: Deployment = TASK_BY_TASK
    """How a new version replaces the old one; default task by task."""

    def __post_init__(self) -> None:
        TaskArgs.__post_init__(self)
        if not self.health_command:
            raise ValueError(
                "health_command: a service needs a container health check, for the circuit breaker to notice a bad "
                "deployment; give CMD and words or CMD-SHELL and one line"
            )
        if not 0 <= self.spot_weight <= WEIGHT_MAX:
            raise ValueError(f"spot_weight: {self.spot_weight}; ECS takes 0 (no Spot) to {WEIGHT_MAX}")
        if not 10 <= self.cpu_target_percent <= 90:
            raise ValueError(f"cpu_target_percent: {self.cpu_target_percent} %; give 10 to 90, so that a peak has room")
        numbers: tuple[Tasks | ScheduledTasks, ...] = (self.tasks, *self.schedules.values())
        check_percents(
            self.deployment.minimum_healthy_percent,
            self.deployment.maximum_percent,
            min(tasks.min for tasks in numbers),
            max(tasks.max for tasks in numbers),
        )
        if self.memory_target_percent is not None and not 10 <= self.memory_target_percent <= 90:
            raise ValueError(f"memory_target_percent: {self.memory_target_percent} %; give 10 to 90, or leave it out")
        check_schedules(self.schedules)
        if self.telemetry is not None:
            check_room(self.telemetry, self.cpu, self.memory)

    def notice_seconds(self) -> int:
        """How long a running task can be sick unnoticed."""
        return container_notice_seconds()

    def leave_seconds(self) -> int:
        """How long an old task may take to go."""
        return self.stop_timeout_seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Routing:
    """How a load balancer's requests reach a service."""

    target_group_arn: pulumi.Input[str]
    """Target group that the tasks register with."""
    port: int
    """Port of the container."""
    grace_seconds: int
    """Seconds after its start in which a task's failed health checks do not count."""
    rollback_alarms: Sequence[pulumi.Input[str]]
    """Names of the service's own alarms that fail a deployment while it runs."""
    needs: Sequence[pulumi.Resource]
    """What must exist first: ECS refuses a target group that no listener uses."""
    shift: ecs.ServiceLoadBalancerAdvancedConfigurationArgs | None = None
    """The second target group and how requests come to it; default there is one group only."""


def create_task(
    owner: pulumi.Resource,
    name: str,
    args: ServiceArgs,
    *,
    port: int | None = None,
    environment: Mapping[str, pulumi.Input[str]] | None = None,
    statements: Sequence[Statement] = (),
) -> Task:
    """The service's task, with what its owner adds and what its choices need."""
    sessions = session_statements(args.sessions) if args.sessions else []
    task_args = with_additions(
        args,
        environment=environment,
        statements=[*statements, *sessions],
        writable_volumes=SESSION_VOLUMES if args.sessions else None,
    )
    return Task(
        name,
        task_args,
        port=port,
        port_name=PORT_NAME if args.connect and args.connect.name else None,
        telemetry=args.telemetry,
        opts=pulumi.ResourceOptions(parent=owner),
    )


def create_service(
    owner: pulumi.Resource, name: str, args: ServiceArgs, task: Task, routing: Routing | None = None
) -> ecs.Service:
    """The ECS service, whose deployments roll themselves back."""
    deployment, needs = args.deployment, [task, *(routing.needs if routing else ())]
    hook_role = None
    if deployment.hooks:
        hook_role, hook_policy = create_hook_role(owner, name, deployment)
        needs.append(hook_policy)
    timeout = f"{_timeout_minutes(args)}m"
    return ecs.Service(
        name,
        cluster=args.cluster_arn,
        task_definition=task.definition_arn,
        desired_count=args.tasks.min,
        capacity_provider_strategies=_capacity(args),
        # The provider changes a capacity strategy in place only with this; without triggers it forces nothing else.
        force_new_deployment=True,
        platform_version="LATEST",
        network_configuration=ecs.ServiceNetworkConfigurationArgs(
            subnets=list(args.subnet_ids), security_groups=[task.security_group_id], assign_public_ip=False
        ),
        deployment_controller=ecs.ServiceDeploymentControllerArgs(type="ECS"),
        # In place for every change of strategy: the controller stays ECS.
        deployment_configuration=deployment_configuration(deployment, hook_role.arn if hook_role else None),
        deployment_circuit_breaker=ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
        alarms=_rollback_alarms(deployment, routing),
        deployment_minimum_healthy_percent=deployment.minimum_healthy_percent,
        deployment_maximum_percent=deployment.maximum_percent,
        availability_zone_rebalancing="ENABLED",
        load_balancers=_load_balancers(task, routing),
        health_check_grace_period_seconds=routing.grace_seconds if routing else None,
        service_connect_configuration=_connect(args, task, routing),
        enable_execute_command=args.sessions is not None,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        wait_for_steady_state=args.wait_for_steady_state,
        sigint_rollback=args.wait_for_steady_state,
        opts=pulumi.ResourceOptions(
            parent=owner,
            # Tasks cannot start before their roles may act and their security group lets them out.
            depends_on=needs,
            # Scaling owns the number from the first minute on.
            ignore_changes=["desired_count"],
            custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
        ),
    )


def create_scaling(owner: pulumi.Resource, name: str, args: ServiceArgs, service: ecs.Service) -> appautoscaling.Target:
    """The scalable target, with policies that keep averages at their targets, and what changes by the clock."""
    target = appautoscaling.Target(
        f"{name}-scaling",
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=pulumi.Output.concat("service/", args.cluster_name, "/", service.name),
        min_capacity=args.tasks.min,
        max_capacity=args.tasks.max,
        opts=pulumi.ResourceOptions(parent=owner),
    )
    add_predefined_policy(owner, f"{name}-cpu", target, "ECSServiceAverageCPUUtilization", args.cpu_target_percent)
    if args.memory_target_percent is not None:
        metric = "ECSServiceAverageMemoryUtilization"
        add_predefined_policy(owner, f"{name}-memory", target, metric, args.memory_target_percent)
    create_schedules(owner, name, args.schedules, target)
    return target


def add_predefined_policy(
    owner: pulumi.Resource,
    name: str,
    target: appautoscaling.Target,
    metric: str,
    value: float,
    label: pulumi.Input[str] | None = None,
) -> None:
    """Target tracking of one of the metrics that Application Auto Scaling knows."""
    specification = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
        predefined_metric_type=metric, resource_label=label
    )
    add_policy(
        owner,
        name,
        target,
        appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
            target_value=value,
            predefined_metric_specification=specification,
            scale_out_cooldown=SCALE_OUT_COOLDOWN,
            scale_in_cooldown=SCALE_IN_COOLDOWN,
        ),
    )


def add_metrics_policy(
    owner: pulumi.Resource,
    name: str,
    target: appautoscaling.Target,
    metrics: Sequence[
        appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs
    ],
    value: float,
) -> None:
    """Target tracking of metric math."""
    specification = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs(
        metrics=metrics
    )
    add_policy(
        owner,
        name,
        target,
        appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
            target_value=value,
            customized_metric_specification=specification,
            scale_out_cooldown=SCALE_OUT_COOLDOWN,
            scale_in_cooldown=SCALE_IN_COOLDOWN,
        ),
    )


def add_policy(
    owner: pulumi.Resource,
    name: str,
    target: appautoscaling.Target,
    configuration: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs,
) -> None:
    """A target-tracking policy; with several, the one that wants most tasks wins."""
    appautoscaling.Policy(
        name,
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=configuration,
        opts=pulumi.ResourceOptions(parent=owner),
    )


def create_alarms(owner: pulumi.Resource, name: str, args: ServiceArgs, service: ecs.Service) -> Alarms:
    """The alarms on the tasks themselves; they need the service's name, so they cannot guard its deployments."""
    definitions = service_alarms(
        cluster_name=args.cluster_name,
        service_name=service.name,
        tasks_min=args.tasks.min,
        cpu_target_percent=args.cpu_target_percent,
    )
    return Alarms(
        f"{name}-alarms",
        AlarmsArgs(target=args.alarms, definitions=definitions),
        opts=pulumi.ResourceOptions(parent=owner),
    )


def _capacity(args: ServiceArgs) -> list[ecs.ServiceCapacityProviderStrategyArgs]:
    if args.spot_weight == 0:
        return [ecs.ServiceCapacityProviderStrategyArgs(capacity_provider=ON_DEMAND, base=0, weight=1)]
    return [
        ecs.ServiceCapacityProviderStrategyArgs(capacity_provider=ON_DEMAND, base=args.tasks.min, weight=1),
        ecs.ServiceCapacityProviderStrategyArgs(capacity_provider=SPOT, base=0, weight=args.spot_weight),
    ]


def _timeout_minutes(args: ServiceArgs) -> int:
    return timeout_minutes(
        args.deployment,
        fewest=args.tasks.min,
        most=args.tasks.max,
        notice_seconds=args.notice_seconds(),
        leave_seconds=args.leave_seconds(),
    )


def _rollback_alarms(deployment: Deployment, routing: Routing | None) -> ecs.ServiceAlarmsArgs | None:
    names = [*(routing.rollback_alarms if routing else ()), *deployment.rollback_alarms]
    return ecs.ServiceAlarmsArgs(alarm_names=names, enable=True, rollback=True) if names else None


def _connect(
    args: ServiceArgs, task: Task, routing: Routing | None
) -> ecs.ServiceServiceConnectConfigurationArgs | None:
    if args.connect is None:
        return None
    port = routing.port if routing else None
    return connect_configuration(args.connect, port=port, log_group=task.log_group_name, region=args.region)


def _load_balancers(task: Task, routing: Routing | None) -> list[ecs.ServiceLoadBalancerArgs] | None:
    if routing is None:
        return None
    return [
        ecs.ServiceLoadBalancerArgs(
            target_group_arn=routing.target_group_arn,
            container_name=task.container_name,
            container_port=routing.port,
            advanced_configuration=routing.shift,
        )
    ]
