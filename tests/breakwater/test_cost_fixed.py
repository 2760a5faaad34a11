"""What resources cost whatever they are used for; the oracles are those of public price calculators, for us-east-1."""

from typing import Any

import pytest

from breakwater.analysis.cost.fixed import fixed_costs, is_counted
from breakwater.analysis.cost.kinds import FREE, USED
from breakwater.analysis.prices import price, regions
from breakwater.analysis.properties import region_of
from breakwater.graph import Resource
from tests.breakwater.bills import graph, lines, resource, usd

BALANCER = resource("aws:lb/loadBalancer:LoadBalancer", "b", subnets=["a", "b"])
INSTANCE = resource("aws:rds/instance:Instance", "db", instanceClass="db.r7g.large", multiAz=True, allocatedStorage=100)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (resource("aws:ec2/natGateway:NatGateway", "n"), 32.85),
        (resource("aws:lb/loadBalancer:LoadBalancer", "b", internal=True), 16.43),
        (BALANCER, round(16.425 + 2 * 3.65, 2)),
        (resource("aws:ec2/eip:Eip", "e"), 3.65),
        (resource("aws:lb/loadBalancer:LoadBalancer", "b", subnets=["a"],
                  ipAddressType="dualstack-without-public-ipv4"), 16.43),
        (resource("aws:cloudwatch/dashboard:Dashboard", "d"), 3),
        (resource("aws:cloudwatch/compositeAlarm:CompositeAlarm", "c"), 0.5),
        (resource("aws:cloudwatch/metricAlarm:MetricAlarm", "band", metricQueries=[
            {"metric": {"period": 60}}, {"expression": "ANOMALY_DETECTION_BAND(m, 2)"}]), 0.3),
        (resource("aws:dynamodb/table:Table", "t", billingMode="PAY_PER_REQUEST"), 0),
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
        (resource("aws:wafv2/webAcl:WebAcl", "w", rules=[
            {"statement": {"managedRuleGroupStatement": {"name": "AWSManagedRulesBotControlRuleSet"}}},
            {"statement": {"managedRuleGroupStatement": {"name": "AWSManagedRulesSQLiRuleSet"}}}]), 17),
        (resource("aws:route53/zone:Zone", "z"), 0.5),
        (resource("aws:route53/healthCheck:HealthCheck", "h", type="HTTPS_STR_MATCH", measureLatency=True), 3.5),
        (resource("aws:elasticache/serverlessCache:ServerlessCache", "c", engine="valkey"),
         round(730 * 0.1 * 0.084, 2)),
        (resource("aws:elasticache/serverlessCache:ServerlessCache", "c", engine="redis"), round(730 * 0.125, 2)),
        (INSTANCE, round(730 * 0.478 + 23, 2)),
        (resource("aws:elasticache/replicationGroup:ReplicationGroup", "c", nodeType="cache.r7g.large",
                  engine="valkey", numCacheClusters=2), round(2 * 730 * 0.1752, 2)),
        (resource("aws:elasticache/replicationGroup:ReplicationGroup", "c", nodeType="cache.r7g.large",
                  engine="valkey", numNodeGroups=3, replicasPerNodeGroup=1), round(6 * 730 * 0.1752, 2)),
    ],
)  # fmt: skip
def test_what_one_resource_costs(found: Resource, expected: float) -> None:
    assert usd(found) == expected


@pytest.mark.parametrize(("size", "vcpus"), [("micro", 2), ("large", 2), ("xlarge", 4), ("4xlarge", 16)])
def test_a_proxy_costs_by_the_processors_behind_it(size: str, vcpus: int) -> None:
    instance = resource("aws:rds/instance:Instance", "db", instanceClass=f"db.t4g.{size}")
    proxy = resource("aws:rds/proxy:Proxy", "p")
    target = resource("aws:rds/proxyTarget:ProxyTarget", "p",
                      {"dbProxyName": (proxy.urn,), "dbInstanceIdentifier": (instance.urn,)})  # fmt: skip
    items = [item for item in fixed_costs(graph(instance, proxy, target)) if item.service == "rds_proxy"]
    (item,) = items
    assert item.minimum == 730 * vcpus
    assert item.usd() == pytest.approx(730 * vcpus * 0.015)


def test_a_replica_has_the_storage_of_its_source() -> None:
    replica = resource("aws:rds/instance:Instance", "r", {"replicateSourceDb": (INSTANCE.urn,)},
                       instanceClass="db.r7g.large")  # fmt: skip
    storage = [i for i in fixed_costs(graph(INSTANCE, replica)) if i.resource is replica and i.service == "rds_storage"]
    assert [(item.name, item.minimum) for item in storage] == [("gp3_gb_month_single_az", 100)]


def test_operations_above_the_baseline_are_paid_for() -> None:
    fast = resource("aws:rds/instance:Instance", "db", instanceClass="db.r7g.large", allocatedStorage=400, iops=13_000)
    (item,) = [item for item in fixed_costs(graph(fast)) if item.name == "gp3_iops_month_above_baseline"]
    assert item.minimum == 1_000


def test_what_has_no_price_is_listed_and_never_free() -> None:
    (item, storage) = fixed_costs(
        graph(resource("aws:rds/instance:Instance", "db", instanceClass="db.z9.large", allocatedStorage=20))
    )
    assert (item.name, item.price, item.usd()) == ("db.z9.large.single_az_hour", None, None)
    assert storage.usd()


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


def test_no_type_is_both_free_and_billed() -> None:
    assert not FREE & {*USED}
    assert not any(map(is_counted, FREE))


def test_a_regional_gateway_is_paid_for_in_each_zone_with_its_addresses() -> None:
    vpc = resource("aws:ec2/vpc:Vpc", "v")
    subnets = [
        resource("aws:ec2/subnet:Subnet", name, {"vpcId": (vpc.urn,)}, availabilityZone=f"us-east-1{name[0]}")
        for name in ("a1", "a2", "b1")
    ]
    gateway = resource("aws:ec2/natGateway:NatGateway", "n", {"vpcId": (vpc.urn,)}, availabilityMode="regional")
    assert usd(vpc, *subnets, gateway) == round(2 * 730 * (0.045 + 0.005), 2)
    (unknown,) = fixed_costs(graph(gateway))
    assert unknown.price is None


def test_advanced_insights_are_paid_for_by_the_processor() -> None:
    plain = resource("aws:rds/instance:Instance", "db", instanceClass="db.r7g.xlarge", allocatedStorage=20)
    advanced = resource("aws:rds/instance:Instance", "db", instanceClass="db.r7g.xlarge", allocatedStorage=20,
                        databaseInsightsMode="advanced")  # fmt: skip
    assert usd(advanced) - usd(plain) == pytest.approx(4 * 730 * 0.0125)


def test_a_standby_doubles_operations_and_throughput_above_the_baseline() -> None:
    fast: dict[str, Any] = {
        "instanceClass": "db.r7g.large",
        "allocatedStorage": 400,
        "iops": 13_000,
        "storageThroughput": 600,
    }
    single = lines(resource("aws:rds/instance:Instance", "db", **fast))
    assert single["gp3_iops_month_above_baseline"] == 1_000
    assert single["gp3_mibps_month_above_baseline"] == 100
    double = lines(resource("aws:rds/instance:Instance", "db", multiAz=True, **fast))
    assert {"gp3_iops_month_above_baseline_multi_az", "gp3_mibps_month_above_baseline_multi_az"} <= double.keys()
    one, two = (price("us-east-1", "rds_storage", f"gp3_iops_month_above_baseline{s}") for s in ("", "_multi_az"))
    assert one is not None
    assert two is not None
    assert two.usd == 2 * one.usd


def test_a_secondary_of_a_datastore_has_the_nodes_of_its_primary() -> None:
    group = "aws:elasticache/replicationGroup:ReplicationGroup"
    primary = resource(group, "p", nodeType="cache.r7g.large", engine="valkey", numCacheClusters=1)
    datastore = resource("aws:elasticache/globalReplicationGroup:GlobalReplicationGroup", "g",
                         {"primaryReplicationGroupId": (primary.urn,)})  # fmt: skip
    second = resource(group, "s", {"globalReplicationGroupId": (datastore.urn,)}, numCacheClusters=2)
    assert usd(primary, datastore, second) == round(3 * 730 * 0.1752, 2)
