"""What resources cost a month while nobody uses them: instances, gateways, keys, alarms, tasks at their minimum.

A type is either counted here, or billed by use alone, or free; a counted one whose price is not known is reported so,
never as free.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from breakwater.analysis.prices import GLOBAL, HOURS, Price, price
from breakwater.analysis.properties import region_of, storage_gib
from breakwater.graph import Resource, ResourceGraph

BY_USE = frozenset(
    {
        "aws:apigatewayv2/api:Api",
        "aws:cloudfront/distribution:Distribution",
        "aws:cloudwatch/eventArchive:EventArchive",
        "aws:cloudwatch/eventBus:EventBus",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:dynamodb/table:Table",
        "aws:dynamodb/tableReplica:TableReplica",
        "aws:ec2/flowLog:FlowLog",
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
        "aws:ecr/repository:Repository",
        "aws:ecs/cluster:Cluster",
        "aws:lambda/function:Function",
        "aws:s3/bucket:Bucket",
        "aws:scheduler/schedule:Schedule",
        "aws:sfn/stateMachine:StateMachine",
        "aws:sns/topic:Topic",
        "aws:sqs/queue:Queue",
    }
)
"""Nothing while unused: requests, data and storage are billed."""


def is_counted(type_: str) -> bool:
    """Whether a type has a fixed price, known or not."""
    return type_ in _COUNTED


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a bill."""

    resource: Resource
    """What is paid for."""
    service: str
    """Service in the price list."""
    name: str
    """Item in the price list."""
    quantity: float
    """Units a month."""
    price: Price | None
    """None where no price is known."""

    @property
    def usd(self) -> float | None:
        """US dollars a month."""
        return None if self.price is None else self.quantity * self.price.usd


Line = tuple[str, str, float]
"""Service, item, quantity."""


def fixed_costs(graph: ResourceGraph) -> list[Item]:
    """The lines of all resources; one without a price has None."""
    return [item for resource in graph.cloud for item in _items(resource, graph)]


def _items(resource: Resource, graph: ResourceGraph) -> Iterator[Item]:
    counted = _COUNTED.get(resource.type)
    if counted is None:
        return
    region = region_of(resource, graph)
    for service, item, quantity in counted(resource, graph):
        found = price(GLOBAL if service == "route53" else region, service, item)
        yield Item(resource, service, item, quantity, found)


def _balancer(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    yield ("alb", "alb_hour", HOURS)
    if not resource.inputs.get("internal"):
        # One public address in each zone.
        yield ("vpc", "public_ipv4_hour", HOURS * len(resource.inputs.get("subnets", ())))


def _nat(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    # A regional gateway is billed for each zone in which it works, which the account's traffic decides: not known here.
    regional = resource.inputs.get("availabilityMode") == "regional"
    yield ("nat_gateway", "regional_gateway_hour" if regional else "gateway_hour", HOURS)


def _endpoint(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    if resource.inputs.get("vpcEndpointType") == "Interface":
        yield ("vpc", "interface_endpoint_az_hour", HOURS * len(resource.inputs.get("subnetIds", ())))


def _alarm(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    queries = resource.inputs.get("metricQueries") or ()
    metrics = [query for query in queries if query.get("metric")]
    fast = [m for m in metrics or [{"metric": resource.inputs}] if (m["metric"].get("period") or 60) < 60]
    yield ("cloudwatch", "alarm_highres_month" if fast else "alarm_standard_month", len(metrics) or 1)


def _secret(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    yield ("secretsmanager", "secret_month", 1 + len(resource.inputs.get("replicas") or ()))


def _health_check(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    yield ("route53", "health_check_aws_endpoint_month", 1)
    options = [
        str(resource.inputs.get("type", "")).startswith("HTTPS"),
        str(resource.inputs.get("type", "")).endswith("STR_MATCH"),
        resource.inputs.get("requestInterval") == 10,
        bool(resource.inputs.get("measureLatency")),
    ]
    if any(options):
        yield ("route53", "health_check_option_aws_month", sum(options))


def _web_acl(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    yield ("waf", "web_acl_month", 1)
    yield ("waf", "rule_month", len(resource.inputs.get("rules") or ()))


def _instance(resource: Resource, graph: ResourceGraph) -> Iterator[Line]:
    zones = "multi_az" if resource.inputs.get("multiAz") else "single_az"
    yield ("rds_postgres", f"{resource.inputs['instanceClass']}.{zones}_hour", HOURS)
    gib = storage_gib(resource, graph)
    if gib is not None:
        yield ("rds_storage", f"gp3_gb_month_{zones}", gib)
        # The baseline is included: 3,000 operations a second, 12,000 from 400 GiB on (PostgreSQL).
        above = (resource.inputs.get("iops") or 0) - (12_000 if gib >= 400 else 3_000)
        if above > 0:
            yield ("rds_storage", "gp3_iops_month_above_baseline", above)


def _proxy(resource: Resource, graph: ResourceGraph) -> Iterator[Line]:
    """By the vCPUs of the instance behind it, two at least."""
    for target in graph.of("aws:rds/proxyTarget:ProxyTarget"):
        if resource.urn in target.property_dependencies.get("dbProxyName", ()):
            for urn in target.property_dependencies.get("dbInstanceIdentifier", ()):
                if (instance := graph.by_urn.get(urn)) is not None and "instanceClass" in instance.inputs:
                    yield ("rds_proxy", "vcpu_hour", HOURS * max(2, _vcpus(str(instance.inputs["instanceClass"]))))
                    return
    yield ("rds_proxy", "unknown_target", 1)


def _vcpus(instance_class: str) -> int:
    """Of a class such as db.r7g.2xlarge: two up to large, four in an xlarge, and its multiples."""
    size = instance_class.rpartition(".")[2]
    if not size.endswith("xlarge"):
        return 2
    return 4 * int(size.removesuffix("xlarge") or 1)


def _cache(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    given = resource.inputs
    shards = given.get("numNodeGroups")
    nodes = shards * (1 + (given.get("replicasPerNodeGroup") or 0)) if shards else given.get("numCacheClusters")
    # A secondary of a Global Datastore takes the node type of the primary.
    node_type = given.get("nodeType", "unknown_node_type")
    yield ("elasticache", f"{node_type}.{given.get('engine', 'valkey')}_hour", HOURS * (nodes or 1))


def _service(resource: Resource, graph: ResourceGraph) -> Iterator[Line]:
    """At the minimum, which is on demand: tasks beyond it may run on Spot."""
    definition = _definition(resource, graph)
    if definition is None:
        yield ("fargate", "unknown_task_definition", 1)
        return
    platform = definition.inputs.get("runtimePlatform") or {}
    kind = "arm" if platform.get("cpuArchitecture") == "ARM64" else "x86"
    tasks = HOURS * _minimum(resource, graph)
    yield ("fargate", f"{kind}_vcpu_hour", tasks * int(definition.inputs["cpu"]) / 1024)
    yield ("fargate", f"{kind}_gb_hour", tasks * int(definition.inputs["memory"]) / 1024)


def _definition(service: Resource, graph: ResourceGraph) -> Resource | None:
    urns = service.property_dependencies.get("taskDefinition", ())
    return next((r for r in map(graph.by_urn.get, urns) if r and r.type.endswith(":TaskDefinition")), None)


def _minimum(service: Resource, graph: ResourceGraph) -> int:
    for target in graph.of("aws:appautoscaling/target:Target"):
        if service.urn in target.property_dependencies.get("resourceId", ()):
            return int(target.inputs["minCapacity"])
    return int(service.inputs.get("desiredCount") or 1)


def _one(service: str, item: str, quantity: float = 1) -> Callable[[Resource, ResourceGraph], Iterator[Line]]:
    return lambda *_: iter([(service, item, quantity)])


_COUNTED: Mapping[str, Callable[[Resource, ResourceGraph], Iterator[Line]]] = {
    "aws:cloudwatch/dashboard:Dashboard": _one("cloudwatch", "dashboard_month"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:ec2/eip:Eip": _one("vpc", "public_ipv4_hour", HOURS),
    "aws:ec2/natGateway:NatGateway": _nat,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:ecs/service:Service": _service,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:elasticache/serverlessCache:ServerlessCache": _one("elasticache", "serverless_minimum", HOURS),
    "aws:kms/key:Key": _one("kms", "cmk_month"),
    "aws:kms/replicaKey:ReplicaKey": _one("kms", "cmk_month"),
    "aws:lb/loadBalancer:LoadBalancer": _balancer,
    "aws:rds/instance:Instance": _instance,
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": _one(
        "rds_storage", "replicated_backups", 1
    ),
    "aws:rds/proxy:Proxy": _proxy,
    "aws:route53/healthCheck:HealthCheck": _health_check,
    "aws:route53/zone:Zone": _one("route53", "hosted_zone_month_first_25"),
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:wafv2/webAcl:WebAcl": _web_acl,
}
