"""What resources cost a month whatever they are used for: instances, gateways, keys, alarms, tasks, runs of jobs.

A type is either counted here, or billed by use alone, or free; a counted one whose price is not known is reported so,
never as free. Free tiers are not taken off: they belong to an account, and other stacks use them up.
"""

from collections.abc import Iterator, Mapping

from breakwater.analysis.cost import stores, tasks
from breakwater.analysis.cost.item import Counter, Item, Line, items
from breakwater.analysis.prices import HOURS
from breakwater.analysis.properties import SUBNET, known, number, plain, sources, text, whole
from breakwater.analysis.properties import items as objects
from breakwater.graph import Resource, ResourceGraph

_ANOMALY_METRICS = 3
"""An alarm on an anomaly band is billed for the metric and both edges of the band."""
_DEARER_GROUPS = {
    "AWSManagedRulesBotControlRuleSet": "bot_control_month",
    "AWSManagedRulesATPRuleSet": "fraud_control_month",
    "AWSManagedRulesACFPRuleSet": "fraud_control_month",
}


def is_counted(type_: str) -> bool:
    """Whether a type has a fixed price, known or not."""
    return type_ in _COUNTED


def fixed_costs(graph: ResourceGraph) -> list[Item]:
    """The lines of all resources; one without a price has None."""
    return [
        item
        for resource in graph.cloud
        if (count := _COUNTED.get(resource.type)) is not None
        for item in items(resource, count(resource, graph), graph)
    ]


def _balancer(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    yield Line("alb", "alb_hour", HOURS)
    if known(resource, "internal") is not True and known(resource, "ipAddressType") != "dualstack-without-public-ipv4":
        # One public address in each zone.
        yield Line("vpc", "public_ipv4_hour", HOURS * _listed(resource, "subnets"))


def _nat(resource: Resource, graph: ResourceGraph) -> Iterator[Line]:
    if known(resource, "availabilityMode") != "regional":
        yield Line("nat_gateway", "gateway_hour", HOURS)
        return
    addresses = objects(known(resource, "availabilityZoneAddresses"))
    zones = len(addresses) or len(_zones(resource, graph))
    if not zones:
        yield Line("nat_gateway", "unknown_zones", 1)
        return
    # AWS takes up a zone when something in it sends: at most all zones of the network.
    yield Line("nat_gateway", "regional_gateway_az_hour", HOURS * zones, None, "derived")
    if not addresses:  # of its own, one in each zone
        yield Line("vpc", "public_ipv4_hour", HOURS * zones, None, "derived")


def _zones(gateway: Resource, graph: ResourceGraph) -> set[str]:
    """The zones of a gateway's network."""
    networks = {source.urn for source in sources(gateway, "vpcId", graph, "aws:ec2/vpc:Vpc")}
    subnets = (s for s in graph.of(SUBNET) if networks & {*s.property_dependencies.get("vpcId", ())})
    return {zone for s in subnets if (zone := text(known(s, "availabilityZone")))}


def _endpoint(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    if known(resource, "vpcEndpointType") == "Interface":
        yield Line("vpc", "interface_endpoint_az_hour", HOURS * _listed(resource, "subnetIds"))


def _alarm(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    queries = objects(known(resource, "metricQueries"))
    metrics = [metric for query in queries for metric in objects(query.get("metric"))]
    periods = [number(metric.get("period")) for metric in metrics] or [number(known(resource, "period"))]
    band = any("ANOMALY_DETECTION_BAND" in str(plain(query.get("expression"))) for query in queries)
    item = "alarm_highres_month" if any(p is not None and p < 60 for p in periods) else "alarm_standard_month"
    yield Line("cloudwatch", item, _ANOMALY_METRICS if band else len(metrics) or 1)


def _secret(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    yield Line("secretsmanager", "secret_month", 1 + len(objects(known(resource, "replicas"))))


def _health_check(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    yield Line("route53", "health_check_aws_endpoint_month", 1)
    kind = text(known(resource, "type")) or ""
    options = (
        kind.startswith("HTTPS"),
        kind.endswith("STR_MATCH"),
        number(known(resource, "requestInterval")) == 10,
        known(resource, "measureLatency") is True,
    )
    yield Line("route53", "health_check_option_aws_month", sum(options))


def _web_acl(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    yield Line("waf", "web_acl_month", 1)
    rules = objects(known(resource, "rules"))
    yield Line("waf", "rule_month", len(rules))
    for rule in rules:
        for statement in objects(rule.get("statement")):
            for group in objects(statement.get("managedRuleGroupStatement")):
                if dearer := _DEARER_GROUPS.get(str(plain(group.get("name")))):
                    yield Line("waf", dearer, 1)


def _listed(resource: Resource, name: str) -> int:
    found = known(resource, name)
    return len(found) if isinstance(found, list) else 0


def _one(service: str, item: str, quantity: float = 1) -> Counter:
    return lambda *_: iter([Line(service, item, quantity)])


def _dynamo(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    """Capacity that is kept ready; on demand it is billed by use."""
    for name in ("readCapacity", "writeCapacity"):
        if known(resource, "billingMode") != "PAY_PER_REQUEST" and (units := whole(known(resource, name))):
            yield Line("dynamodb", f"{'read' if name.startswith('read') else 'write'}_capacity_hour", HOURS * units)


_COUNTED: Mapping[str, Counter] = {
    **stores.COUNTED,
    **tasks.COUNTED,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _one("cloudwatch", "alarm_composite_month"),
    "aws:cloudwatch/dashboard:Dashboard": _one("cloudwatch", "dashboard_month"),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _one("cloudwatch", "custom_metric_month_first_10k"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:dynamodb/table:Table": _dynamo,
    "aws:ec2/eip:Eip": _one("vpc", "public_ipv4_hour", HOURS),
    "aws:ec2/natGateway:NatGateway": _nat,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:kms/key:Key": _one("kms", "cmk_month"),
    "aws:kms/replicaKey:ReplicaKey": _one("kms", "cmk_month"),
    "aws:lb/loadBalancer:LoadBalancer": _balancer,
    "aws:route53/healthCheck:HealthCheck": _health_check,
    "aws:route53/zone:Zone": _one("route53", "hosted_zone_month_first_25"),
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:wafv2/webAcl:WebAcl": _web_acl,
}
