"""What resources cost while nobody uses them; the oracles are those of public price calculators, for us-east-1."""

from typing import Any

import pytest

from breakwater.analysis.fixed_cost import BY_USE, fixed_costs, is_counted
from breakwater.analysis.prices import price, regions
from breakwater.analysis.properties import region_of
from breakwater.graph import Resource, ResourceGraph

PROVIDER = "urn:pulumi:dev::demo::pulumi:providers:aws::us"


def resource(type_: str, name: str, depends: dict[str, tuple[str, ...]] | None = None, **inputs: Any) -> Resource:
    return Resource(
        urn=urn(type_, name), type=type_, name=name, custom=True, inputs=inputs, provider=f"{PROVIDER}::id",
        property_dependencies=depends or {},
    )  # fmt: skip


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::demo::{type_}::{name}"


def graph(*resources: Resource, region: str = "us-east-1") -> ResourceGraph:
    provider = Resource(urn=PROVIDER, type="pulumi:providers:aws", name="us", custom=True, inputs={"region": region})
    return ResourceGraph([provider, *resources])


def usd(*resources: Resource, region: str = "us-east-1") -> float:
    amounts = [item.usd for item in fixed_costs(graph(*resources, region=region))]
    assert None not in amounts
    return round(sum(amount or 0 for amount in amounts), 2)


BALANCER = resource("aws:lb/loadBalancer:LoadBalancer", "b", subnets=["a", "b"])
INSTANCE = resource("aws:rds/instance:Instance", "db", instanceClass="db.r7g.large", multiAz=True, allocatedStorage=100)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (resource("aws:ec2/natGateway:NatGateway", "n"), 32.85),
        (resource("aws:lb/loadBalancer:LoadBalancer", "b", internal=True), 16.43),
        (BALANCER, round(16.425 + 2 * 3.65, 2)),
        (resource("aws:ec2/eip:Eip", "e"), 3.65),
        (resource("aws:ec2/vpcEndpoint:VpcEndpoint", "v", vpcEndpointType="Gateway"), 0),
        (resource("aws:ec2/vpcEndpoint:VpcEndpoint", "v", vpcEndpointType="Interface", subnetIds=["a", "b"]), 14.6),
        (resource("aws:cloudwatch/metricAlarm:MetricAlarm", "a", metricName="CPU", period=60), 0.1),
        (resource("aws:cloudwatch/metricAlarm:MetricAlarm", "a", metricName="CPU", period=10), 0.3),
        (resource("aws:cloudwatch/metricAlarm:MetricAlarm", "sum",
                  metricQueries=[{"metric": {"period": 60}}] * 2 + [{"expression": "a + b"}]), 0.2),
        (resource("aws:kms/key:Key", "k"), 1),
        (resource("aws:kms/replicaKey:ReplicaKey", "k"), 1),
        (resource("aws:secretsmanager/secret:Secret", "s", replicas=[{"region": "eu-west-1"}]), 0.8),
        (resource("aws:route53/healthCheck:HealthCheck", "h", type="CALCULATED"), 0.5),
        (resource("aws:route53/healthCheck:HealthCheck", "h", type="HTTPS", requestInterval=10), 2.5),
        (resource("aws:wafv2/webAcl:WebAcl", "w", rules=[{}, {}]), 7),
        (INSTANCE, round(730 * 0.478 + 23, 2)),
        (resource("aws:elasticache/replicationGroup:ReplicationGroup", "c", nodeType="cache.r7g.large",
                  engine="valkey", numCacheClusters=2), round(2 * 730 * 0.1752, 2)),
        (resource("aws:elasticache/replicationGroup:ReplicationGroup", "c", nodeType="cache.r7g.large",
                  engine="valkey", numNodeGroups=3, replicasPerNodeGroup=1), round(6 * 730 * 0.1752, 2)),
    ],
)  # fmt: skip
def test_what_one_resource_costs(found: Resource, expected: float) -> None:
    assert usd(found) == expected


def test_a_service_costs_what_its_tasks_at_the_minimum_do() -> None:
    definition = resource("aws:ecs/taskDefinition:TaskDefinition", "t", cpu="512", memory="1024",
                          runtimePlatform={"cpuArchitecture": "ARM64"})  # fmt: skip
    service = resource("aws:ecs/service:Service", "s", {"taskDefinition": (definition.urn,)}, desiredCount=9)
    target = resource("aws:appautoscaling/target:Target", "s", {"resourceId": (service.urn,)}, minCapacity=3)
    expected = round(3 * 730 * (0.5 * 0.03238 + 1 * 0.00356), 2)
    assert usd(definition, service, target) == expected
    assert usd(definition, service) == round(9 * 730 * (0.5 * 0.03238 + 1 * 0.00356), 2)


@pytest.mark.parametrize(("size", "vcpus"), [("micro", 2), ("large", 2), ("xlarge", 4), ("4xlarge", 16)])
def test_a_proxy_costs_by_the_processors_behind_it(size: str, vcpus: int) -> None:
    instance = resource("aws:rds/instance:Instance", "db", instanceClass=f"db.t4g.{size}")
    proxy = resource("aws:rds/proxy:Proxy", "p")
    target = resource("aws:rds/proxyTarget:ProxyTarget", "p",
                      {"dbProxyName": (proxy.urn,), "dbInstanceIdentifier": (instance.urn,)})  # fmt: skip
    items = [item for item in fixed_costs(graph(instance, proxy, target)) if item.service == "rds_proxy"]
    assert [(item.quantity, item.usd) for item in items] == [(730 * vcpus, pytest.approx(730 * vcpus * 0.015))]


def test_a_replica_has_the_storage_of_its_source() -> None:
    replica = resource("aws:rds/instance:Instance", "r", {"replicateSourceDb": (INSTANCE.urn,)},
                       instanceClass="db.r7g.large")  # fmt: skip
    storage = [i for i in fixed_costs(graph(INSTANCE, replica)) if i.resource is replica and i.service == "rds_storage"]
    assert [(item.name, item.quantity) for item in storage] == [("gp3_gb_month_single_az", 100)]


def test_operations_above_the_baseline_are_paid_for() -> None:
    fast = resource("aws:rds/instance:Instance", "db", instanceClass="db.r7g.large", allocatedStorage=400, iops=13_000)
    (item,) = [item for item in fixed_costs(graph(fast)) if item.name == "gp3_iops_month_above_baseline"]
    assert item.quantity == 1_000


def test_what_has_no_price_is_listed_and_never_free() -> None:
    (item, storage) = fixed_costs(
        graph(resource("aws:rds/instance:Instance", "db", instanceClass="db.z9.large", allocatedStorage=20))
    )
    assert (item.name, item.price, item.usd) == ("db.z9.large.single_az_hour", None, None)
    assert storage.usd


def test_prices_are_those_of_the_resources_region() -> None:
    gateway = resource("aws:ec2/natGateway:NatGateway", "n")
    assert region_of(gateway, graph(gateway, region="eu-west-1")) == "eu-west-1"
    assert usd(gateway, region="eu-west-1") == 35.04


def test_every_price_has_a_source_and_a_status() -> None:
    assert {"us-east-1", "eu-west-1"} <= set(regions())
    found = price("us-east-1", "alb", "lcu_hour")
    assert found is not None
    assert round(found.usd * 730, 2) == 5.84
    assert found.status == "list"
    assert found.source
    assert found.date
    assert price("us-east-1", "alb", "unheard_of") is None
    assert price("mars-1", "alb", "alb_hour") is None


def test_nothing_is_both_counted_and_billed_by_use_alone() -> None:
    assert not any(map(is_counted, BY_USE))
