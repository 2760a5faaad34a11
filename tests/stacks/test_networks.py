"""A stack with all that networks can have, in the simulated AWS."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from breakwater.graph import ResourceGraph
from breakwater.policy_check import check
from breakwater.simulator.run import deployed
from tests.stacks.conftest import StackOf, settings_document

PRIMARY, STANDBY = "us-east-1", "eu-west-1"


def document() -> Any:
    """The development stack, with a standby that has no NAT gateway, joined to the primary region."""
    found = settings_document("dev")
    found["regions"][PRIMARY] |= {"nat": "regional", "ipv6": True, "interface_endpoints": ["kms", "sts", "monitoring"]}
    found["regions"][STANDBY] = {
        "role": "standby",
        "cidr": "10.65.0.0/16",
        "zones": {"eu-west-1a": 0, "eu-west-1c": 2},
        "nat": "none",
        "interface_endpoints": ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "ecs", "ssm"],
        "peers": [PRIMARY],
    }
    found["database"]["remote_replicas"] = {STANDBY: {}}
    return found


@pytest.fixture(scope="module")
def everything(stack_of: StackOf) -> Iterator[ResourceGraph]:
    with deployed(stack_of(document())) as outcome:
        assert outcome.ok, (outcome.error, [f for f in outcome.failures if not f.skipped])
        mock = mock_aws()
        mock.start(reset=False)
        yield outcome.graph
        mock.stop(remove_data=False)


def ec2(region: str) -> Any:
    return boto3.client("ec2", region_name=region)


def test_it_breaks_no_rule(stack_of: StackOf, everything: ResourceGraph) -> None:
    assert check(stack_of(document()), everything).violations == ()


@pytest.mark.feature("N2")
@pytest.mark.usefixtures("everything")
def test_each_region_has_its_kind_of_nat() -> None:
    (gateway,) = ec2(PRIMARY).describe_nat_gateways()["NatGateways"]
    assert gateway["AvailabilityMode"] == "regional"
    assert {a["AvailabilityZone"] for a in gateway["NatGatewayAddresses"]} == {"us-east-1a", "us-east-1b"}
    assert ec2(STANDBY).describe_nat_gateways()["NatGateways"] == []


@pytest.mark.feature("N3")
@pytest.mark.usefixtures("everything")
def test_only_the_region_that_asks_has_both_stacks() -> None:
    for region, expected in ((PRIMARY, 4), (STANDBY, 0)):
        subnets = ec2(region).describe_subnets()["Subnets"]
        assert len([s for s in subnets if s["Ipv6CidrBlockAssociationSet"]]) == expected
    (balancer,) = boto3.client("elbv2", region_name=PRIMARY).describe_load_balancers()["LoadBalancers"]
    assert balancer["IpAddressType"] == "dualstack"


@pytest.mark.feature("N4")
@pytest.mark.usefixtures("everything")
def test_without_nat_every_api_that_tasks_call_has_an_endpoint() -> None:
    endpoints = ec2(STANDBY).describe_vpc_endpoints()["VpcEndpoints"]
    services = {endpoint["ServiceName"].removeprefix("com.amazonaws.eu-west-1.") for endpoint in endpoints}
    assert services == {"s3", "dynamodb", "ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "ecs", "ssm"}


@pytest.mark.feature("N5")
@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("region", [PRIMARY, STANDBY])
def test_what_aws_made_by_default_leads_nowhere(region: str) -> None:
    groups = ec2(region).describe_security_groups()["SecurityGroups"]
    (default,) = [group for group in groups if group["GroupName"] == "default"]
    assert default["IpPermissions"] == default["IpPermissionsEgress"] == []
    tables = ec2(region).describe_route_tables()["RouteTables"]
    (main,) = [t for t in tables if any(a.get("Main") for a in t["Associations"])]
    assert {route["GatewayId"] for route in main["Routes"]} == {"local"}


@pytest.mark.feature("N6", "N8")
def test_databases_and_caches_are_in_subnets_under_the_acl(everything: ResourceGraph) -> None:
    for region in (PRIMARY, STANDBY):
        acls = ec2(region).describe_network_acls()["NetworkAcls"]
        (own,) = [acl for acl in acls if not acl["IsDefault"]]
        isolated = {association["SubnetId"] for association in own["Associations"]}
        assert len(isolated) == 2
        for kind in ("aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup"):
            (group,) = [r for r in everything.of(kind) if r.region == region]
            assert set(group.inputs["subnetIds"]) == isolated


@pytest.mark.feature("N9")
@pytest.mark.usefixtures("everything")
def test_the_regions_reach_each_other_privately() -> None:
    for region, other in ((PRIMARY, "10.65.0.0/16"), (STANDBY, "10.64.0.0/16")):
        (connection,) = ec2(region).describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert connection["Status"]["Code"] == "active"
        tables = ec2(region).describe_route_tables()["RouteTables"]
        ways = [r for t in tables for r in t["Routes"] if r.get("DestinationCidrBlock") == other]
        assert [r["VpcPeeringConnectionId"] for r in ways] == [connection["VpcPeeringConnectionId"]] * 3
