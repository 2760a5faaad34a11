"""What dashboards show of a region's database and cache, and of several regions side by side; pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from components._alarm_definitions import Severity
from components._cache_nodes import NODE_ID
from components._dashboard_body import AlarmList, Graph, Line, Section
from components._dashboard_contents import (
    BALANCER,
    INSIGHTS,
    SQS,
    Contents,
    Dimensions,
    Holdings,
    api,
    balancer,
    by,
    errors,
    graph,
    message_processing,
    own_metrics,
    services,
    system_health,
)

RDS, CACHE = "AWS/RDS", "AWS/ElastiCache"


def stores(at: Holdings) -> list[Section]:
    """Database, proxy and cache: how busy, how full, how far behind."""
    databases, replicas = by("DBInstanceIdentifier", at.databases), by("DBInstanceIdentifier", at.replicas)
    proxy: dict[str, Dimensions] = {} if at.proxy is None else {"proxy": {"ProxyName": at.proxy}}
    nodes = by("CacheClusterId", at.cache_nodes)
    clients = by("CacheClusterId", at.cache_nodes, CacheNodeId=NODE_ID)
    serverless: dict[str, Dimensions] = {}
    if at.serverless_cache is not None:
        serverless = {"cache": {"clusterId": at.serverless_cache}}
    return [
        Section(
            title="Database",
            widgets=[
                graph("CPU, percent", RDS, "CPUUtilization", databases),
                graph("Active sessions", RDS, "DBLoad", databases),
                graph("Connections", RDS, "DatabaseConnections", databases, "Maximum"),
                graph("Replicas behind, seconds", RDS, "ReplicaLag", replicas, "Maximum"),
                graph("Free memory, bytes", RDS, "FreeableMemory", databases, "Minimum"),
                graph("Free storage, bytes", RDS, "FreeStorageSpace", databases, "Minimum"),
                graph("Time of a read from disk, seconds", RDS, "ReadLatency", databases),
                graph("Time of a write to disk, seconds", RDS, "WriteLatency", databases),
            ],
        ),
        Section(
            title="Connection pooler",
            widgets=[
                graph("Clients", RDS, "ClientConnections", proxy, "Sum"),
                _pool(proxy),
                graph("Wait for a connection, microseconds", RDS, "DatabaseConnectionsBorrowLatency", proxy),
                graph("Time of a query, microseconds", RDS, "QueryDatabaseResponseLatency", proxy),
                graph("Clients refused", RDS, "ClientConnectionsSetupFailedAuth", proxy, "Sum"),
            ],
        ),
        Section(
            title="Cache",
            widgets=[
                graph("Engine's CPU, percent", CACHE, "EngineCPUUtilization", nodes),
                graph("Memory, percent", CACHE, "DatabaseMemoryUsagePercentage", nodes, "Maximum"),
                graph("Cache's connections", CACHE, "CurrConnections", clients, "Maximum"),
                graph("Cache's replicas behind, seconds", CACHE, "ReplicationLag", nodes, "Maximum"),
                graph("Evictions", CACHE, "Evictions", nodes, "Sum"),
                graph("Keys found, per second", CACHE, "CacheHits", nodes, "Sum", per_second=True),
                graph("Keys not found, per second", CACHE, "CacheMisses", nodes, "Sum", per_second=True),
                graph("Storage, bytes", CACHE, "BytesUsedForCache", serverless, "Maximum"),
                graph("Processing units", CACHE, "ElastiCacheProcessingUnits", serverless, "Sum"),
                graph("Commands refused", CACHE, "ThrottledCmds", serverless, "Sum"),
            ],
        ),
    ]


def _pool(proxy: Mapping[str, Dimensions]) -> Graph:
    metrics = {"open": "DatabaseConnections", "allowed": "MaxDatabaseConnectionsAllowed"}
    lines = [line for label, metric in metrics.items() for line in _lines(label, RDS, metric, proxy, "Sum")]
    return Graph(title="Connections to the database", lines=lines)


def _lines(label: str, namespace: str, metric: str, items: Mapping[str, Dimensions], statistic: str) -> Sequence[Line]:
    return [replace(line, label=label) for line in graph("", namespace, metric, items, statistic).lines]


def side_by_side(regions: Sequence[Holdings]) -> list[Section]:
    """The same of each region in one graph, a line for each."""

    def joined(title: str, items: Callable[[Holdings], Graph]) -> Graph:
        lines = [replace(line, label=at.region, region=at.region) for at in regions for line in items(at).lines]
        return Graph(title=title, lines=lines)

    def each(title: str, names: Callable[[Holdings], Mapping[str, Dimensions]], namespace: str, metric: str,
             statistic: str = "Average") -> list[Graph]:  # fmt: skip
        """A graph for each thing that the regions have alike."""

        def one(key: str) -> Callable[[Holdings], Graph]:
            return lambda at: graph("", namespace, metric, {key: names(at)[key]} if key in names(at) else {}, statistic)

        keys = dict.fromkeys(key for at in regions for key in names(at))
        return [joined(f"{key}: {title}", one(key)) for key in keys]

    def total(title: str, metric: str, statistic: str = "Sum", *, per_second: bool = False) -> Graph:
        return joined(title, lambda at: graph("", BALANCER, metric, balancer(at), statistic, per_second=per_second))

    return [
        Section(
            title="Critical alarms",
            widgets=[AlarmList(title=at.region, arns=at.alarms.arns[Severity.CRITICAL]) for at in regions],
        ),
        Section(
            title="Requests",
            widgets=[
                total("Requests, per second", "RequestCount", per_second=True),
                total("Response time, 99th percentile, seconds", "TargetResponseTime", "p99"),
                total("Services' server errors (5xx)", "HTTPCode_Target_5XX_Count"),
                total("Balancers' server errors (5xx)", "HTTPCode_ELB_5XX_Count"),
                total("Open connections", "ActiveConnectionCount"),
            ],
        ),
        Section(
            title="Services and workers", widgets=each("running tasks", services, INSIGHTS, "RunningTaskCount")
        ),
        Section(
            title="Queues",
            widgets=each("waiting messages", lambda at: by("QueueName", at.queues), SQS,
                         "ApproximateNumberOfMessagesVisible", "Maximum"),
        ),
        Section(
            title="Database",
            widgets=[
                *each("CPU, percent", lambda at: by("DBInstanceIdentifier", at.databases), RDS, "CPUUtilization"),
                *each("seconds behind", lambda at: by("DBInstanceIdentifier", at.replicas), RDS, "ReplicaLag",
                      "Maximum"),
            ],
        ),
        Section(title="Programs' own metrics", widgets=own_metrics(regions)),
    ]  # fmt: skip


REGIONAL: Mapping[str, tuple[str, Contents]] = {
    "health": ("System health", system_health),
    "messages": ("Message processing", message_processing),
    "api": ("API", api),
    "database": ("Database and cache", stores),
    "errors": ("Errors", errors),
}
"""Kind of a region's dashboard -> its title, and what it shows."""
GLOBAL = "global"
"""The kind that shows all regions."""
