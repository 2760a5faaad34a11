"""The network: three kinds of subnets, ways out by NAT mode, and that one zone's change stays in its zone."""

import json
from typing import Any

import pulumi
import pytest

from components.alarms import AlarmTarget
from components.network import Nat, Network, NetworkArgs
from tests.support.recorder import Recording, Registration, record

ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
EIP = "aws:ec2/eip:Eip"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
NAT = "aws:ec2/natGateway:NatGateway"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

ZONES = {"us-east-1a": 0, "us-east-1b": 1, "us-east-1c": 2}
TARGET = AlarmTarget(topic_arn="arn:aws:sns:us-east-1:111122223333:alarms", runbooks_url="https://example.com/runbooks")


def args(**changes: Any) -> NetworkArgs:
    arguments: dict[str, Any] = {
        "cidr": "10.0.0.0/16",
        "zones": ZONES,
        "nat": Nat.PER_ZONE,
        "kms_key_arn": "arn:aws:kms:us-east-1:111122223333:key/mrk-1",
        "account_id": "111122223333",
        "alarms": None,
    }
    return NetworkArgs(**(arguments | changes))


def recorded(*, preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: Network("net", args(**changes)), preview=preview)


def identities(recording: Recording) -> dict[str, dict[str, Any]]:
    return {r.urn: r.inputs for r in recording.resources}


def test_registers_exactly_this_with_three_zones_and_a_nat_gateway_each() -> None:
    assert recorded(alarms=TARGET, interface_endpoints=["ecr.api"]).counts() == {
        VPC: 1,
        DEFAULT_GROUP: 1,
        GATEWAY: 1,
        SUBNET: 9,
        ASSOCIATION: 9,
        ROUTE_TABLE: 5,
        ROUTE: 4,
        EIP: 3,
        NAT: 3,
        ENDPOINT: 2,
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


def test_the_default_security_group_is_emptied() -> None:
    group = recorded().get(DEFAULT_GROUP, "net-default")
    assert group.inputs == {"vpcId": "net.id", "ingress": [], "egress": [], "tags": {"Name": "net-default"}}


@pytest.mark.parametrize(
    ("name", "zone", "cidr"),
    [
        ("public-a", "us-east-1a", "10.0.16.0/22"),
        ("private-a", "us-east-1a", "10.0.0.0/20"),
        ("isolated-a", "us-east-1a", "10.0.20.0/22"),
        ("public-c", "us-east-1c", "10.0.80.0/22"),
        ("private-c", "us-east-1c", "10.0.64.0/20"),
        ("isolated-c", "us-east-1c", "10.0.84.0/22"),
    ],
)
def test_subnets_are_keyed_by_zone_and_slot(name: str, zone: str, cidr: str) -> None:
    assert recorded().get(SUBNET, f"net-{name}").inputs == {
        "vpcId": "net.id",
        "availabilityZone": zone,
        "cidrBlock": cidr,
        "mapPublicIpOnLaunch": False,
        "tags": {"Name": f"net-{name}"},
    }


def test_no_subnet_hands_out_public_addresses() -> None:
    assert not any(subnet.inputs["mapPublicIpOnLaunch"] for subnet in recorded().of(SUBNET))


@pytest.mark.parametrize("nat", list(Nat))
@pytest.mark.parametrize("changed", ["us-east-1b", "us-east-1c"])
def test_adding_or_removing_a_zone_changes_no_subnet_of_another(nat: Nat, changed: str) -> None:
    with_it = identities(recorded(nat=nat))
    without = identities(recorded(nat=nat, zones={zone: slot for zone, slot in ZONES.items() if zone != changed}))
    letter = changed[-1]
    assert set(without) < set(with_it)
    assert all(f"-{letter}" in urn for urn in set(with_it) - set(without))
    moved = [urn for urn, inputs in without.items() if with_it[urn] != inputs]
    # The gateway endpoint lists the private route tables, and does so in place.
    assert [urn.rsplit("::", 1)[1] for urn in moved] == ["net-endpoints-s3"]


def test_removing_the_zone_of_the_lowest_slot_moves_no_subnet_either() -> None:
    more, fewer = recorded(), recorded(zones={"us-east-1b": 1, "us-east-1c": 2})
    before = {s.urn: s.inputs for s in more.of(SUBNET)}
    after = {s.urn: s.inputs for s in fewer.of(SUBNET)}
    assert len(after) == 6
    assert after.items() <= before.items()


def test_the_order_in_which_zones_are_written_does_not_matter() -> None:
    backwards = dict(reversed(ZONES.items()))
    assert identities(recorded(nat=Nat.SINGLE, zones=backwards)) == identities(recorded(nat=Nat.SINGLE))


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


def nat_routes(recording: Recording) -> dict[str, str]:
    return {route.name: route.inputs["natGatewayId"] for route in recording.of(ROUTE) if "natGatewayId" in route.inputs}


def test_nat_per_zone() -> None:
    recording = recorded(nat=Nat.PER_ZONE)
    assert {nat.name: nat.inputs for nat in recording.of(NAT)} == {
        f"net-nat-{letter}": {
            "subnetId": f"net-public-{letter}.id",
            "allocationId": f"net-nat-{letter}.id",
            "connectivityType": "public",
            "tags": {"Name": f"net-nat-{letter}"},
        }
        for letter in "abc"
    }
    assert nat_routes(recording) == {f"net-private-{letter}-nat": f"net-nat-{letter}.id" for letter in "abc"}
    assert set(recording.result.nat_public_ips) == set(ZONES)


def test_nat_single_stands_in_the_zone_of_the_lowest_slot() -> None:
    recording = recorded(nat=Nat.SINGLE, zones={"us-east-1c": 2, "us-east-1a": 5, "us-east-1b": 1})
    assert [nat.name for nat in recording.of(NAT)] == ["net-nat-b"]
    assert [address.name for address in recording.of(EIP)] == ["net-nat-b"]
    assert nat_routes(recording) == {f"net-private-{letter}-nat": "net-nat-b.id" for letter in "abc"}


def test_nat_none_leaves_private_subnets_without_a_way_out() -> None:
    recording = recorded(nat=Nat.NONE, alarms=TARGET)
    assert not recording.of(NAT)
    assert not recording.of(EIP)
    assert not recording.of(ALARM)
    assert [route.name for route in recording.of(ROUTE)] == ["net-public-internet"]
    assert recording.result.nat_public_ips == {}


def test_another_nat_mode_changes_gateways_and_their_routes_only() -> None:
    single, per_zone, none = (identities(recorded(nat=nat)) for nat in (Nat.SINGLE, Nat.PER_ZONE, Nat.NONE))
    assert set(none) < set(single) < set(per_zone)
    assert all(per_zone[urn] == inputs for urn, inputs in none.items())
    changed = sorted(urn.rsplit("::", 1)[1] for urn, inputs in single.items() if per_zone[urn] != inputs)
    assert changed == ["net-private-b-nat", "net-private-c-nat"]
    assert all("nat" in urn.rsplit("::", 1)[1] for urn in set(per_zone) - set(none))


def test_nat_gateways_wait_for_the_internet_gateway() -> None:
    recording = recorded()
    gateway = recording.only(GATEWAY)
    for resource in [*recording.of(NAT), *recording.of(EIP)]:
        assert gateway.urn in resource.dependencies
    assert all(address.inputs["domain"] == "vpc" for address in recording.of(EIP))


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
            assert waited_for == {"Subnet", "RouteTableAssociation"}, zone


def test_without_nat_private_subnets_are_given_out_when_the_endpoints_stand() -> None:
    recording = recorded(nat=Nat.NONE, interface_endpoints=["ecr.api", "logs"])

    def waited_for(id_: pulumi.Output[str]) -> list[str]:
        return sorted(type(r).__name__ for r in recording._loop.run_until_complete(id_.resources()))

    assert {zone: recording.value(id_) for zone, id_ in recording.result.private_subnet_ids.items()} == {
        zone: f"net-private-{zone[-1]}.id" for zone in ZONES
    }
    assert all("VpcEndpoint" not in waited_for(id_) for id_ in recording.result.isolated_subnet_ids.values())
    for id_ in recording.result.private_subnet_ids.values():
        assert waited_for(id_).count("VpcEndpoint") == 3


def test_s3_is_always_reached_through_a_gateway_endpoint() -> None:
    assert recorded(nat=Nat.NONE).only(ENDPOINT).inputs == {
        "vpcId": "net.id",
        "serviceName": "com.amazonaws.us-east-1.s3",
        "vpcEndpointType": "Gateway",
        "routeTableIds": ["net-private-a.id", "net-private-b.id", "net-private-c.id"],
        "tags": {"Name": "net-endpoints-s3"},
    }


def test_interface_endpoints_take_https_from_the_vpc_only() -> None:
    recording = recorded(interface_endpoints=["ecr.api", "logs"])
    assert recording.get(ENDPOINT, "net-endpoints-ecr-api").inputs == {
        "vpcId": "net.id",
        "serviceName": "com.amazonaws.us-east-1.ecr.api",
        "vpcEndpointType": "Interface",
        "privateDnsEnabled": True,
        "subnetIds": ["net-private-a.id", "net-private-b.id", "net-private-c.id"],
        "securityGroupIds": ["net-endpoints.id"],
        "tags": {"Name": "net-endpoints-ecr-api"},
    }
    assert recording.get(ENDPOINT, "net-endpoints-logs").inputs["serviceName"] == "com.amazonaws.us-east-1.logs"
    assert recording.get(GROUP, "net-endpoints").inputs == {
        "vpcId": "net.id",
        "description": "AWS APIs inside the VPC",
        "tags": {"Name": "net-endpoints"},
    }
    assert recording.only(INGRESS).inputs == {
        "securityGroupId": "net-endpoints.id",
        "cidrIpv4": "10.0.0.0/16",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "description": "AWS APIs, from anywhere in the VPC",
    }


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


def alarm(recording: Recording, role: str) -> Registration:
    return recording.get(ALARM, f"net-alarms-{role}")


def test_each_nat_gateway_has_its_alarms() -> None:
    recording = recorded(alarms=TARGET)
    assert sorted(a.name for a in recording.of(ALARM)) == [
        f"net-alarms-nat-{letter}-{what}" for letter in "abc" for what in ("drops", "ports")
    ]
    ports = alarm(recording, "nat-b-ports").inputs
    assert ports["metricName"] == "ErrorPortAllocation"
    assert ports["dimensions"] == {"NatGatewayId": "net-nat-b.id"}
    assert (ports["namespace"], ports["statistic"], ports["period"]) == ("AWS/NATGateway", "Sum", 60)
    assert (ports["comparisonOperator"], ports["threshold"]) == ("GreaterThanThreshold", 0)
    assert (ports["datapointsToAlarm"], ports["evaluationPeriods"], ports["treatMissingData"]) == (15, 15, "missing")
    drops = alarm(recording, "nat-b-drops").inputs
    assert {q["id"]: q["metric"]["metricName"] for q in drops["metricQueries"] if "metric" in q} == {
        "drops": "PacketsDropCount",
        "inner": "PacketsInFromSource",
        "outer": "PacketsInFromDestination",
    }
    (rate,) = [q for q in drops["metricQueries"] if q.get("returnData")]
    assert rate["expression"] == "100 * drops / (inner + outer)"
    assert (drops["threshold"], drops["datapointsToAlarm"], drops["evaluationPeriods"]) == (0.01, 5, 5)


def test_the_region_comes_from_the_zones() -> None:
    recording = recorded(zones={"ap-southeast-2c": 0})
    assert recording.result.region == "ap-southeast-2"
    assert recording.only(ENDPOINT).inputs["serviceName"] == "com.amazonaws.ap-southeast-2.s3"


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
    with pytest.raises(ValueError, match=r"^nat: 'two' is not one of none, single, per-zone"):
        args(nat="two")


@pytest.mark.parametrize("days", [0, 2, 31, 3654])
def test_refuses_retentions_that_cloudwatch_refuses(days: int) -> None:
    with pytest.raises(ValueError, match=rf"^flow_log_retention_days: {days} days; CloudWatch takes 1, 3, 5"):
        args(flow_log_retention_days=days)


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_refuses_interface_endpoints_where_a_free_one_exists(service: str) -> None:
    with pytest.raises(ValueError, match=rf"^interface_endpoints: {service} has a gateway endpoint, .*leave it out"):
        args(interface_endpoints=[service])


def test_refuses_services_that_are_none() -> None:
    with pytest.raises(ValueError, match=r"^interface_endpoints: .*write it as ecr\.api"):
        args(interface_endpoints=["com.amazonaws.us-east-1.logs/"])


def test_refuses_a_service_twice() -> None:
    with pytest.raises(ValueError, match=r"^interface_endpoints: logs, logs names a service twice"):
        args(interface_endpoints=["logs", "logs"])


def test_refuses_names_too_long_for_the_flow_logs_role() -> None:
    with pytest.raises(ValueError, match=r"^name: .* use a name of at most 56 characters"):
        record(lambda: Network("n" * 48, args()))
