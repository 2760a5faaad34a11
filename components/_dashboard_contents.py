"""What a region holds, by its names in metrics, and what its dashboards show of it; pure.

A dashboard of several regions is in the module beside this one, graphs of stores too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components._alarm_definitions import AlarmRegister, Severity
from components._dashboard_body import AlarmList, Graph, Level, Line, Section
from components._metric_alarms import MetricAlarm

Names = Mapping[str, pulumi.Input[str]]
"""What people call something -> what it is called in metrics."""
Dimensions = Mapping[str, pulumi.Input[str]]

ECS, INSIGHTS, BALANCER, SQS, SNS, EVENTS = (
    "AWS/ECS", "ECS/ContainerInsights", "AWS/ApplicationELB", "AWS/SQS", "AWS/SNS", "AWS/Events",
)  # fmt: skip
GATEWAY, LAMBDA, STATES, WAF = "AWS/ApiGateway", "AWS/Lambda", "AWS/States", "AWS/WAFV2"


@dataclass(frozen=True, kw_only=True, slots=True)
class Holdings:
    """What there is in a region. Whatever is left out, it has none of."""

    region: str
    """The region."""
    alarms: AlarmRegister = field(default_factory=AlarmRegister)
    """All its alarms."""
    metric_alarms: Mapping[str, MetricAlarm] = field(default_factory=dict)
    """Alarms on the programs' own metrics, by name."""
    cluster: pulumi.Input[str] = ""
    """Name of the cluster."""
    load_balancer: pulumi.Input[str] | None = None
    """`app/name/id`."""
    web_acl: str | None = None
    """Name of the firewall before it."""
    services: Names = field(default_factory=dict)
    """Services behind the balancer, and workers."""
    target_groups: Names = field(default_factory=dict)
    """Target groups of the services."""
    queues: Names = field(default_factory=dict)
    """Queues."""
    dead_letters: Names = field(default_factory=dict)
    """All queues of dead letters."""
    topics: Names = field(default_factory=dict)
    """Topics."""
    rules: Mapping[str, Dimensions] = field(default_factory=dict)
    """Rules of event buses."""
    functions: Names = field(default_factory=dict)
    """Lambda functions."""
    http_apis: Names = field(default_factory=dict)
    """HTTP APIs, by id."""
    machines: Names = field(default_factory=dict)
    """Jobs' state machines, by ARN."""
    databases: Names = field(default_factory=dict)
    """The writer and replicas."""
    replicas: Names = field(default_factory=dict)
    """The replicas alone."""
    proxy: pulumi.Input[str] | None = None
    """The database's proxy."""
    cache_nodes: Names = field(default_factory=dict)
    """Nodes of the cache."""
    serverless_cache: pulumi.Input[str] | None = None
    """A cache without nodes."""


def graph(
    title: str,
    namespace: str,
    metric: str,
    items: Mapping[str, Dimensions],
    statistic: str = "Average",
    *,
    per_second: bool = False,
) -> Graph:
    """One metric of several things, a line for each."""
    lines = [
        Line(
            label=label,
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            statistic=statistic,
            per_second=per_second,
        )
        for label, dimensions in items.items()
    ]
    return Graph(title=title, lines=lines)


def by(dimension: str, names: Names, **others: pulumi.Input[str]) -> dict[str, Dimensions]:
    """Each name as the value of a dimension."""
    return {label: {**others, dimension: name} for label, name in names.items()}


def services(at: Holdings) -> dict[str, Dimensions]:
    """Dimensions of services and workers."""
    return by("ServiceName", at.services, ClusterName=at.cluster)


def targets(at: Holdings) -> dict[str, Dimensions]:
    """Dimensions of target groups."""
    return by("TargetGroup", at.target_groups, LoadBalancer=at.load_balancer or "")


def balancer(at: Holdings) -> dict[str, Dimensions]:
    """Dimensions of the load balancer."""
    return {} if at.load_balancer is None else {"balancer": {"LoadBalancer": at.load_balancer}}


def system_health(at: Holdings) -> list[Section]:
    """Which alarms ring, and whether tasks run and have room."""
    return [
        Section(
            title="Alarms",
            widgets=[
                AlarmList(title="Critical: look at any hour", arns=at.alarms.arns[Severity.CRITICAL]),
                AlarmList(title="Warnings: look in working hours", arns=at.alarms.arns[Severity.WARNING]),
            ],
        ),
        Section(
            title="Services and workers",
            widgets=[
                graph("Running tasks", INSIGHTS, "RunningTaskCount", services(at)),
                graph("CPU, percent", ECS, "CPUUtilization", services(at)),
                graph("Memory, percent", ECS, "MemoryUtilization", services(at)),
                graph("Healthy targets", BALANCER, "HealthyHostCount", targets(at), "Minimum"),
                graph("Unhealthy targets", BALANCER, "UnHealthyHostCount", targets(at), "Maximum"),
            ],
        ),
        Section(
            title="Jobs",
            widgets=[
                graph("Runs started", STATES, "ExecutionsStarted", by("StateMachineArn", at.machines), "Sum"),
                graph("Runs succeeded", STATES, "ExecutionsSucceeded", by("StateMachineArn", at.machines), "Sum"),
                graph("Runs failed", STATES, "ExecutionsFailed", by("StateMachineArn", at.machines), "Sum"),
            ],
        ),
    ]


def message_processing(at: Holdings) -> list[Section]:
    """What waits, how long, how fast it is handled, and what is given up."""
    queues = by("QueueName", at.queues)
    return [
        Section(
            title="Queues",
            widgets=[
                graph("Waiting messages", SQS, "ApproximateNumberOfMessagesVisible", queues, "Maximum"),
                graph("Messages in flight", SQS, "ApproximateNumberOfMessagesNotVisible", queues, "Maximum"),
                graph("Age of the oldest message, seconds", SQS, "ApproximateAgeOfOldestMessage", queues, "Maximum"),
                graph("Sent, per second", SQS, "NumberOfMessagesSent", queues, "Sum", per_second=True),
                graph("Handled, per second", SQS, "NumberOfMessagesDeleted", queues, "Sum", per_second=True),
                graph("Dead letters", SQS, "ApproximateNumberOfMessagesVisible", by("QueueName", at.dead_letters),
                      "Maximum"),
            ],
        ),
        Section(
            title="Topics and rules",
            widgets=[
                graph("Published, per second", SNS, "NumberOfMessagesPublished", by("TopicName", at.topics), "Sum",
                      per_second=True),
                graph("Deliveries failed", SNS, "NumberOfNotificationsFailed", by("TopicName", at.topics), "Sum"),
                graph("Events matched, per second", EVENTS, "MatchedEvents", at.rules, "Sum", per_second=True),
                graph("Events not delivered", EVENTS, "FailedInvocations", at.rules, "Sum"),
            ],
        ),
    ]  # fmt: skip


def api(at: Holdings) -> list[Section]:
    """Requests and how long they take."""
    apis, functions = by("ApiId", at.http_apis), by("FunctionName", at.functions)
    acl = {} if at.web_acl is None else {"firewall": {"WebACL": at.web_acl, "Rule": "ALL", "Region": at.region}}
    return [
        Section(
            title="Services",
            widgets=[
                graph("Requests, per second", BALANCER, "RequestCount", targets(at), "Sum", per_second=True),
                graph("Response time, 99th percentile, seconds", BALANCER, "TargetResponseTime", targets(at), "p99"),
                graph("Response time, median, seconds", BALANCER, "TargetResponseTime", targets(at), "p50"),
                graph("Requests per task and minute", BALANCER, "RequestCountPerTarget", targets(at), "Sum"),
                graph("Client errors (4xx)", BALANCER, "HTTPCode_Target_4XX_Count", targets(at), "Sum"),
                graph("Open connections", BALANCER, "ActiveConnectionCount", balancer(at), "Sum"),
                graph("Requests blocked by the firewall", WAF, "BlockedRequests", acl, "Sum"),
            ],
        ),
        Section(
            title="HTTP APIs and functions",
            widgets=[
                graph("HTTP APIs' requests, per second", GATEWAY, "Count", apis, "SampleCount", per_second=True),
                graph("HTTP APIs' latency, 90th percentile, milliseconds", GATEWAY, "Latency", apis, "p90"),
                graph("HTTP APIs' client errors (4xx)", GATEWAY, "4xx", apis, "Sum"),
                graph("Functions' executions at once", LAMBDA, "ConcurrentExecutions", functions, "Maximum"),
                graph("Functions' duration, 99th percentile, milliseconds", LAMBDA, "Duration", functions, "p99"),
                graph("Functions' throttles", LAMBDA, "Throttles", functions, "Sum"),
            ],
        ),
    ]


def errors(at: Holdings) -> list[Section]:
    """Whatever went wrong, by who answers for it."""
    functions = by("FunctionName", at.functions)
    return [
        Section(title="Programs' own metrics", widgets=own_metrics([at])),
        Section(
            title="Requests",
            widgets=[
                graph("Services' server errors (5xx)", BALANCER, "HTTPCode_Target_5XX_Count", targets(at), "Sum"),
                graph("Balancer's server errors (5xx)", BALANCER, "HTTPCode_ELB_5XX_Count", balancer(at), "Sum"),
                graph("Connections to tasks failed", BALANCER, "TargetConnectionErrorCount", balancer(at), "Sum"),
                graph("Connections rejected", BALANCER, "RejectedConnectionCount", balancer(at), "Sum"),
                graph("HTTP APIs' server errors (5xx)", GATEWAY, "5xx", by("ApiId", at.http_apis), "Sum"),
                graph("Functions' errors", LAMBDA, "Errors", functions, "Sum"),
            ],
        ),
        Section(
            title="Messages and jobs",
            widgets=[
                graph("Dead letters", SQS, "ApproximateNumberOfMessagesVisible", by("QueueName", at.dead_letters),
                      "Maximum"),
                graph("Job runs failed", STATES, "ExecutionsFailed", by("StateMachineArn", at.machines), "Sum"),
                graph("Job runs out of time", STATES, "ExecutionsTimedOut", by("StateMachineArn", at.machines), "Sum"),
            ],
        ),
    ]  # fmt: skip


def own_metrics(regions: Sequence[Holdings]) -> list[Graph]:
    """A graph for each metric alarm, with its threshold; a line for each region."""
    return [
        Graph(
            title=f"{key}: {alarm.metric_name}{', per second' if alarm.per_second else ''}",
            lines=[
                Line(
                    label=at.region if len(regions) > 1 else alarm.metric_name,
                    namespace=alarm.namespace,
                    metric_name=alarm.metric_name,
                    dimensions=alarm.dimensions,
                    statistic=alarm.statistic,
                    per_second=alarm.per_second,
                    region=at.region,
                )
                for at in regions
                if key in at.metric_alarms
            ],
            level=Level(label="alarm", value=alarm.threshold),
            period_seconds=alarm.period_seconds,
        )
        for key, alarm in regions[0].metric_alarms.items()
    ]


Contents = Callable[[Holdings], list[Section]]
