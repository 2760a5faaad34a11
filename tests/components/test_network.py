"""The network: three kinds of subnets with their routes, what AWS made by default, the flow log."""

import json

import pytest

from components.network import Nat, Network
from tests.support.networks import (
    ACL,
    ACL_ASSOCIATION,
    ACL_RULE,
    ALARM,
    ASSOCIATION,
    DEFAULT_GROUP,
    DEFAULT_TABLE,
    EIP,
    ENDPOINT,
    FLOW_LOG,
    GATEWAY,
    GROUP,
    INGRESS,
    LOG_GROUP,
    NAT,
    ROLE,
    ROLE_POLICY,
    ROUTE,
    ROUTE_TABLE,
    SUBNET,
    TARGET,
    VPC,
    ZONES,
    args,
    recorded,
)
from tests.support.recorder import record


def test_registers_exactly_this_with_three_zones_and_a_nat_gateway_each() -> None:
    assert recorded(alarms=TARGET, interface_endpoints=["ecr.api"]).counts() == {
        VPC: 1,
        DEFAULT_GROUP: 1,
        DEFAULT_TABLE: 1,
        GATEWAY: 1,
        SUBNET: 9,
        ASSOCIATION: 9,
        ROUTE_TABLE: 5,
        ROUTE: 4,
        EIP: 3,
        NAT: 3,
        ACL: 1,
        ACL_RULE: 3,
        ACL_ASSOCIATION: 3,
        ENDPOINT: 3,
        GROUP: 1,
        INGRESS: 1,
        FLOW_LOG: 1,
        LOG_GROUP: 1,
        ROLE: 1,
        ROLE_POLICY: 1,
        ALARM: 6,
    }


def test_the_preview_registers_the_same_resources() -> None:
    planned, deployed = recorded(preview=True, alarms=TARGET), recorded(alarms=TARGET)
    assert [r.urn for r in planned.resources] == [r.urn for r in deployed.resources]


def test_vpc() -> None:
    recording = recorded()
    vpc = recording.get(VPC, "net")
    assert vpc.inputs == {
        "cidrBlock": "10.0.0.0/16",
        "enableDnsSupport": True,
        "enableDnsHostnames": True,
        "tags": {"Name": "net"},
    }
    component = recording.get("breakwater:network:Network", "net")
    assert vpc.parent == component.urn
    assert set(recording.outputs[component.urn]) == {
        "vpc_id",
        "public_subnet_ids",
        "private_subnet_ids",
        "isolated_subnet_ids",
        "nat_public_ips",
    }


@pytest.mark.feature("N5")
def test_the_default_security_group_is_emptied() -> None:
    group = recorded().get(DEFAULT_GROUP, "net-default")
    assert group.inputs == {"vpcId": "net.id", "ingress": [], "egress": [], "tags": {"Name": "net-default"}}


@pytest.mark.feature("N5")
def test_the_default_route_table_leads_nowhere() -> None:
    assert recorded().only(DEFAULT_TABLE).inputs == {
        "defaultRouteTableId": "net.defaultRouteTableId",
        "routes": [],
        "tags": {"Name": "net-default"},
    }


def test_no_subnet_hands_out_public_addresses() -> None:
    assert not any(subnet.inputs["mapPublicIpOnLaunch"] for subnet in recorded().of(SUBNET))


def test_public_subnets_lead_to_the_internet_gateway() -> None:
    recording = recorded()
    route = recording.get(ROUTE, "net-public-internet")
    assert route.inputs == {
        "routeTableId": "net-public.id",
        "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": "net.id",
    }
    for letter in "abc":
        association = recording.get(ASSOCIATION, f"net-public-{letter}")
        assert association.inputs == {"subnetId": f"net-public-{letter}.id", "routeTableId": "net-public.id"}
        assert association.depends_on("net-public-internet")


@pytest.mark.parametrize("nat", list(Nat))
def test_a_private_subnet_has_a_table_of_its_own_and_is_joined_when_it_leads_out(nat: Nat) -> None:
    recording = recorded(nat=nat)
    for letter in "abc":
        association = recording.get(ASSOCIATION, f"net-private-{letter}")
        assert association.inputs == {
            "subnetId": f"net-private-{letter}.id",
            "routeTableId": f"net-private-{letter}.id",
        }
        assert association.depends_on(f"net-private-{letter}-nat") == (nat != Nat.NONE)


def test_isolated_subnets_have_no_route_out() -> None:
    recording = recorded(interface_endpoints=["logs"])
    for letter in "abc":
        inputs = recording.get(ASSOCIATION, f"net-isolated-{letter}").inputs
        assert inputs == {"subnetId": f"net-isolated-{letter}.id", "routeTableId": "net-isolated.id"}
    assert not [route for route in recording.of(ROUTE) if route.inputs["routeTableId"] == "net-isolated.id"]
    assert all("net-isolated.id" not in e.inputs.get("routeTableIds", ()) for e in recording.of(ENDPOINT))
    assert "routes" not in recording.get(ROUTE_TABLE, "net-isolated").inputs


def test_subnet_ids_are_given_out_when_their_routes_stand() -> None:
    recording = recorded()
    network = recording.result
    for kind, ids in (
        ("public", network.public_subnet_ids),
        ("private", network.private_subnet_ids),
        ("isolated", network.isolated_subnet_ids),
    ):
        assert {zone: recording.value(id_) for zone, id_ in ids.items()} == {
            zone: f"net-{kind}-{zone[-1]}.id" for zone in ZONES
        }
        for zone, id_ in ids.items():
            waited_for = {type(r).__name__ for r in recording._loop.run_until_complete(id_.resources())}
            joined = {"RouteTableAssociation"} if kind != "isolated" else set()
            assert waited_for == {"Subnet", *joined}, zone


@pytest.mark.feature("N7")
def test_flow_log_records_all_traffic() -> None:
    recording = recorded(flow_log_retention_days=365)
    flow_log = recording.get(FLOW_LOG, "net-flow-log")
    assert flow_log.inputs == {
        "vpcId": "net.id",
        "trafficType": "ALL",
        "logDestinationType": "cloud-watch-logs",
        "logDestination": "net-flow-log.arn",
        "iamRoleArn": "net-flow-log.arn",
        "maxAggregationInterval": 600,
    }
    assert recording.get(ROLE_POLICY, "net-flow-log").urn in flow_log.dependencies
    assert recording.get(LOG_GROUP, "net-flow-log").inputs == {
        "retentionInDays": 365,
        "kmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/mrk-1",
    }


@pytest.mark.feature("N7")
def test_the_delivery_role_writes_to_its_log_group_for_this_account_only() -> None:
    recording = recorded()
    (trust,) = json.loads(recording.get(ROLE, "net-flow-log").inputs["assumeRolePolicy"])["Statement"]
    assert trust == {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "111122223333"},
            "ArnLike": {"aws:SourceArn": "arn:aws:ec2:us-east-1:111122223333:vpc-flow-log/*"},
        },
    }
    writes, lists = json.loads(recording.get(ROLE_POLICY, "net-flow-log").inputs["policy"])["Statement"]
    assert writes == {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        "Resource": "net-flow-log.arn:*",
    }
    assert lists == {
        "Effect": "Allow",
        "Action": "logs:DescribeLogGroups",
        "Resource": "arn:aws:logs:us-east-1:111122223333:log-group:*",
    }


def test_the_region_comes_from_the_zones() -> None:
    recording = recorded(zones={"ap-southeast-2c": 0})
    assert recording.result.region == "ap-southeast-2"
    services = {endpoint.inputs["serviceName"] for endpoint in recording.of(ENDPOINT)}
    assert services == {"com.amazonaws.ap-southeast-2.s3", "com.amazonaws.ap-southeast-2.dynamodb"}


@pytest.mark.parametrize("zone", ["us-east-1", "us-east-1-bos-1a", "use1-az1", "US-EAST-1A", ""])
def test_refuses_what_is_no_zone(zone: str) -> None:
    with pytest.raises(ValueError, match=r"^zones: .*write it as us-east-1a"):
        args(zones={zone: 0})


def test_refuses_zones_of_two_regions() -> None:
    with pytest.raises(ValueError, match=r"^zones: they lie in eu-west-1 and us-east-1; make one network per region"):
        args(zones={"us-east-1a": 0, "eu-west-1a": 1})


def test_refuses_what_the_subnet_plan_refuses() -> None:
    with pytest.raises(ValueError, match=r"^cidr: .* too small"):
        args(cidr="10.0.0.0/24")


def test_refuses_unknown_nat_modes() -> None:
    with pytest.raises(ValueError, match=r"^nat: 'two' is not one of none, single, per-zone, regional"):
        args(nat="two")


@pytest.mark.parametrize("days", [0, 2, 31, 3654])
def test_refuses_retentions_that_cloudwatch_refuses(days: int) -> None:
    with pytest.raises(ValueError, match=rf"^flow_log_retention_days: {days} days; CloudWatch takes 1, 3, 5"):
        args(flow_log_retention_days=days)


def test_refuses_names_too_long_for_the_flow_logs_role() -> None:
    with pytest.raises(ValueError, match=r"^name: .* use a name of at most 56 characters"):
        record(lambda: Network("n" * 48, args()))
