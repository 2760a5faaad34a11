"""ECS services on Fargate: WebService behind the load balancer, Worker on a queue.

Children of both: the task (roles, log group, security group, definition), the service, its scaling target and policies,
three alarms. WebService adds the target group, its listener rules, the edge from the balancer and three more alarms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import appautoscaling, ecs, lb

from components._backlog import backlog_metrics, consumer_statements
from components._balancing import Algorithm, check_balancing
from components._connect import INGRESS_PORT, call_url, check_connect
from components._containers import check_listening_port
from components._deployment import (
    Deployment,
    Hook,
    RouteForTests,
    Stage,
    Strategy,
    check_grace,
    check_web,
    check_worker,
)
from components._names import TARGET_GROUP_MAX, check_auto_name
from components._routes import HealthCheck, Route, check_routes
from components._service_alarms import traffic_alarms
from components._service_core import (
    Routing,
    ServiceArgs,
    Tasks,
    add_metrics_policy,
    add_predefined_policy,
    create_alarms,
    create_scaling,
    create_service,
    create_task,
)
from components._target_group import create_target_group
from components._traffic import MOVED_BY_ECS, busier_group_metrics, create_shift, forward_to
from components.alarms import Alarms, AlarmsArgs
from components.security import SecurityGroupEdge, SecurityGroupEdgeArgs
from components.task import Connection, SecretVersion, Task

__all__ = [
    "Algorithm",
    "Connection",
    "Deployment",
    "Hook",
    "Route",
    "RouteForTests",
    "SecretVersion",
    "ServiceArgs",
    "Stage",
    "Strategy",
    "Tasks",
    "WebService",
    "WebServiceArgs",
    "Worker",
    "WorkerArgs",
]

# Variable in which a worker finds its queue.
QUEUE_URL = "QUEUE_URL"


@dataclass(frozen=True, kw_only=True, slots=True)
class WebServiceArgs(ServiceArgs):
    """A service that answers requests."""

    port: int
    """TCP port the container listens on, HTTP; 1024 to 65535."""
    listener_arn: pulumi.Input[str]
    """HTTPS listener of the load balancer."""
    load_balancer_security_group_id: pulumi.Input[str]
    """Security group of the load balancer."""
    load_balancer_arn_suffix: pulumi.Input[str]
    """app/name/id of the load balancer, as CloudWatch names it."""
    routes: Sequence[Route]
    """Which requests it gets."""
    health_path: str = "/health/ready"
    """Path that answers 200 when a task is ready; default /health/ready."""
    health_interval: int = 10
    """Seconds between the balancer's checks, 5 to 300; default 10."""
    health_timeout: int = 5
    """Seconds to wait for an answer; default 5."""
    healthy_threshold: int = 2
    """Good answers until a task gets requests; default 2."""
    unhealthy_threshold: int = 5
    """Bad answers until it gets no more; default 5."""
    health_grace_seconds: int = 60
    """Seconds after a task's start in which failed checks do not count; default 60."""
    deregistration_delay_seconds: int = 60
    """Seconds that requests in flight have when a task goes, 0 to 3600; default 60."""
    algorithm: Algorithm = Algorithm.LEAST_OUTSTANDING_REQUESTS
    """Which task gets a request: least_outstanding_requests (default) or round_robin."""
    stickiness_seconds: int | None = None
    """Seconds, 1 to 604800, that a client keeps to one task by the balancer's cookie; default none."""
    slow_start_seconds: int = 0
    """Seconds, 30 to 900, over which a new task comes to its full share; default 0: at once. For round_robin only."""
    requests_per_target: int = 3_000
    """Requests a minute for which one task is meant; default 3000, 50 a second: measure, then set it."""
    error_percent: float = 5.0
    """Share of server errors that raises the alarm and rolls a deployment back; default 5 %, AWS's figure for ECS."""
    response_time_seconds: float = 1.0
    """99th percentile of the response time that raises the alarm; default 1 s."""

    def __post_init__(self) -> None:
        ServiceArgs.__post_init__(self)
        check_listening_port(self.port)
        check_connect(self.connect, self.port)
        check_routes(self.routes)
        self.health_check()
        check_grace(self.health_grace_seconds, self.healthy_threshold, self.health_interval)
        first = self.routes[0]
        values = len(first.hosts) + len(first.paths)
        check_web(
            self.deployment,
            routes=len(self.routes),
            priority=first.effective_priority,
            values=values,
            stickiness_seconds=self.stickiness_seconds,
        )
        check_balancing(
            algorithm=self.algorithm,
            stickiness_seconds=self.stickiness_seconds,
            slow_start_seconds=self.slow_start_seconds,
            deregistration_delay_seconds=self.deregistration_delay_seconds,
        )
        # ECS stops an on-demand task after its deregistration, but a Spot task is told to stop at the same moment.
        if self.spot_weight and self.stop_timeout_seconds < self.deregistration_delay_seconds:
            raise ValueError(
                f"stop_timeout_seconds: {self.stop_timeout_seconds} s is shorter than deregistration_delay_seconds, "
                f"{self.deregistration_delay_seconds} s: an interrupted Spot task would be killed with requests in "
                "flight; shorten the delay, lengthen the timeout (120 s at most) or set spot_weight to 0"
            )
        for field in ("requests_per_target", "error_percent", "response_time_seconds"):
            if getattr(self, field) <= 0:
                raise ValueError(f"{field}: {getattr(self, field)} must be more than 0")

    def health_check(self) -> HealthCheck:
        """The balancer's health check."""
        return HealthCheck(
            path=self.health_path,
            interval_seconds=self.health_interval,
            timeout_seconds=self.health_timeout,
            healthy_threshold=self.healthy_threshold,
            unhealthy_threshold=self.unhealthy_threshold,
        )

    def notice_seconds(self) -> int:
        """How long a running task can be sick unnoticed: by the container's own check and by the balancer's."""
        return max(ServiceArgs.notice_seconds(self), self.health_grace_seconds, self.health_check().unhealthy_seconds)

    def leave_seconds(self) -> int:
        """How long an old task may take to go: first without new requests, then told to stop."""
        return self.deregistration_delay_seconds + self.stop_timeout_seconds


class WebService(pulumi.ComponentResource):
    """A service behind the load balancer, scaled by CPU and by requests per task.

    A deployment rolls itself back when tasks do not become healthy or when the share of server errors rises. Costs
    Fargate's price of its tasks and six alarms; a strategy other than ROLLING adds a second target group with three
    alarms, and the price of twice the tasks while a deployment lasts.
    """

    service_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]
    target_group_arn_suffix: pulumi.Output[str]
    alternate_target_group_arn: pulumi.Output[str] | None
    """The second target group, where there is one; the requests are in either."""
    target_group_arn_suffixes: tuple[pulumi.Output[str], ...]
    """Names in metrics of all its target groups."""
    call_url: pulumi.Output[str] | None
    """Where others call it by name; None without a name. What uses it waits until the name is there."""
    call_port: int
    """Port at which its tasks take those calls."""

    def __init__(self, name: str, args: WebServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:service:WebService", name, None, opts)
        # One letter is what AWS's 32 characters leave room for.
        group_names = [name, f"{name}-b"] if args.deployment.paired else [name]
        check_auto_name(group_names[-1], TARGET_GROUP_MAX, "the target group")
        self._child = pulumi.ResourceOptions(parent=self)
        task = create_task(self, name, args, port=args.port)
        groups = [self._create_target_group(group, args) for group in group_names]
        target_group = groups[0]
        rules = self._create_rules(name, args, groups)
        needs: list[pulumi.Resource] = [*rules, self._create_edge(name, args, task)]
        shift = None
        if args.deployment.paired:
            production = (args.routes[0], rules[0])
            shift, awaited = create_shift(self, name, args.listener_arn, groups, production, args.deployment.test)
            needs += awaited
        traffic = self._create_traffic_alarms(name, args, groups)
        routing = Routing(
            target_group_arn=target_group.arn,
            port=args.port,
            grace_seconds=args.health_grace_seconds,
            # Latency may have causes that a rollback does not mend; errors after a deployment rarely do.
            rollback_alarms=[traffic.names[role] for role in traffic.names if role.startswith("target-errors")],
            needs=needs,
            shift=shift,
        )
        service = create_service(self, name, args, task, routing)
        scaling = create_scaling(self, name, args, service)
        self._scale_by_requests(name, args, scaling, groups)
        create_alarms(self, name, args, service)
        self.call_url, self.call_port = call_url(args.connect, args.port, service), INGRESS_PORT
        self.target_group_arn = target_group.arn
        self.target_group_arn_suffix = target_group.arn_suffix
        self.target_group_arn_suffixes = tuple(group.arn_suffix for group in groups)
        self.alternate_target_group_arn = groups[1].arn if len(groups) > 1 else None
        outputs = _register(self, service, task)
        self.register_outputs(
            {
                **outputs,
                "target_group_arn": self.target_group_arn,
                "target_group_arn_suffix": self.target_group_arn_suffix,
                "alternate_target_group_arn": self.alternate_target_group_arn,
            }
        )

    def _create_target_group(self, name: str, args: WebServiceArgs) -> lb.TargetGroup:
        # Without a role of its own: AWS allows it the shortest name of all.
        return create_target_group(name, args, self._child)

    def _create_rules(self, name: str, args: WebServiceArgs, groups: Sequence[lb.TargetGroup]) -> list[lb.ListenerRule]:
        moved = MOVED_BY_ECS if args.deployment.shifts else None
        return [
            lb.ListenerRule(
                f"{name}-route-{route.key}",
                listener_arn=args.listener_arn,
                priority=route.effective_priority,
                conditions=route.conditions(),
                actions=[forward_to(groups)],
                opts=pulumi.ResourceOptions(parent=self, ignore_changes=moved),
            )
            for route in args.routes
        ]

    def _create_edge(self, name: str, args: WebServiceArgs, task: Task) -> pulumi.Resource:
        return SecurityGroupEdge(
            f"{name}-from-balancer",
            SecurityGroupEdgeArgs(
                source_security_group_id=args.load_balancer_security_group_id,
                target_security_group_id=task.security_group_id,
                port=args.port,
                description=f"load balancer to {name}",
            ),
            opts=self._child,
        )

    def _create_traffic_alarms(self, name: str, args: WebServiceArgs, groups: Sequence[lb.TargetGroup]) -> Alarms:
        """Made before the service, whose deployments the ones on errors guard."""
        definitions = traffic_alarms(
            load_balancer=args.load_balancer_arn_suffix,
            target_groups=[group.arn_suffix for group in groups],
            error_percent=args.error_percent,
            response_time_seconds=args.response_time_seconds,
        )
        alarms = AlarmsArgs(target=args.alarms, definitions=definitions)
        return Alarms(f"{name}-traffic-alarms", alarms, opts=self._child)

    def _scale_by_requests(
        self, name: str, args: WebServiceArgs, scaling: appautoscaling.Target, groups: Sequence[lb.TargetGroup]
    ) -> None:
        if len(groups) == 1:
            label = pulumi.Output.concat(args.load_balancer_arn_suffix, "/", groups[0].arn_suffix)
            metric = "ALBRequestCountPerTarget"
            add_predefined_policy(self, f"{name}-requests", scaling, metric, args.requests_per_target, label)
            return
        metrics = busier_group_metrics(args.load_balancer_arn_suffix, groups)
        add_metrics_policy(self, f"{name}-requests", scaling, metrics, args.requests_per_target)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerArgs(ServiceArgs):
    """A service that works off a queue."""

    queue_arn: pulumi.Input[str]
    """Queue it receives from and deletes from; no statement is needed for that."""
    queue_name: pulumi.Input[str]
    """Name of the queue, as CloudWatch names it."""
    queue_url: pulumi.Input[str]
    """URL of the queue, which the program finds in QUEUE_URL."""
    backlog_per_task: int
    """Waiting messages that one task can be left with: acceptable delay / time per message x messages at once."""

    def __post_init__(self) -> None:
        ServiceArgs.__post_init__(self)
        check_worker(self.deployment)
        check_connect(self.connect, None)
        if self.backlog_per_task < 1:
            raise ValueError(f"backlog_per_task: {self.backlog_per_task} messages; give at least 1")
        if QUEUE_URL in self.environment or QUEUE_URL in self.secrets:
            raise ValueError(f"environment: {QUEUE_URL} is set by the worker from queue_url; leave it out")


class Worker(pulumi.ComponentResource):
    """A service on a queue, scaled by CPU and by waiting messages per running task, without a function in between.

    Costs Fargate's price of its tasks and three alarms.
    """

    service_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: WorkerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:service:Worker", name, None, opts)
        task = create_task(
            self,
            name,
            args,
            environment={QUEUE_URL: args.queue_url},
            statements=consumer_statements(args.queue_arn, args.keys.messages, args.region),
        )
        service = create_service(self, name, args, task)
        scaling = create_scaling(self, name, args, service)
        self._scale_by_backlog(name, args, scaling, service)
        create_alarms(self, name, args, service)
        self.register_outputs(_register(self, service, task))

    def _scale_by_backlog(
        self, name: str, args: WorkerArgs, scaling: appautoscaling.Target, service: ecs.Service
    ) -> None:
        metrics = backlog_metrics(args.queue_name, args.cluster_name, service.name)
        add_metrics_policy(self, f"{name}-backlog", scaling, metrics, args.backlog_per_task)


def _register(owner: WebService | Worker, service: ecs.Service, task: Task) -> dict[str, pulumi.Output[str]]:
    """Sets the outputs that both kinds have."""
    owner.service_name = service.name
    owner.security_group_id = task.security_group_id
    owner.task_role_arn = task.task_role_arn
    owner.log_group_name = task.log_group_name
    return {
        "service_name": owner.service_name,
        "security_group_id": owner.security_group_id,
        "task_role_arn": owner.task_role_arn,
        "log_group_name": owner.log_group_name,
    }
