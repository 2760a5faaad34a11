"""The network and the peering of two, as boto3 sees them."""

import ipaddress
import json
from typing import Any

import pulumi
import pytest
from pulumi_aws import ec2

from components.network import Nat, Network
from components.peering import Peering, PeeringArgs, PeeringSide
from tests.simulator.support import ACCOUNT, EU, US, Program, Simulate, Where, World
from tests.support.networks import args

ZONES = {US: {"us-east-1a": 0, "us-east-1b": 1}, EU: {"eu-west-1a": 0, "eu-west-1b": 1}}


def _network(on: Where, region: str = US, **changes: Any) -> Network:
    arguments = {"zones": ZONES[region], "nat": Nat.SINGLE, "account_id": ACCOUNT, "alarms": None} | changes
    opts = on.us if region == US else on.eu
    provider = opts.provider
    assert isinstance(provider, pulumi.ProviderResource)
    return Network(f"{region}-net", args(**arguments), pulumi.ResourceOptions(providers={"aws": provider}))


def _one(**changes: Any) -> Program:
    """A program with one network."""

    def program(on: Where) -> None:
        _network(on, **changes)

    return program


def _by_name(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {next(tag["Value"] for tag in one["Tags"] if tag["Key"] == "Name"): one for one in found if one.get("Tags")}


def _tables(world: World, region: str = US) -> dict[str, dict[str, Any]]:
    return _by_name(world.client("ec2", region).describe_route_tables()["RouteTables"])


def _subnets(world: World) -> dict[str, dict[str, Any]]:
    return _by_name(world.client("ec2").describe_subnets()["Subnets"])


@pytest.mark.feature("N1")
@pytest.mark.parametrize("gone", ["us-east-1a", "us-east-1b", "us-east-1c"])
def test_subnets_keep_their_addresses_when_another_zone_goes(simulate: Simulate, gone: str) -> None:
    zones = {"us-east-1a": 0, "us-east-1b": 1, "us-east-1c": 2}

    def addresses(which: dict[str, int]) -> dict[str, tuple[str, str]]:
        found = _subnets(simulate(_one(zones=which)))
        return {name: (subnet["AvailabilityZone"], subnet["CidrBlock"]) for name, subnet in found.items()}

    more = addresses(zones)
    fewer = addresses({zone: slot for zone, slot in zones.items() if zone != gone})
    assert len(more) == 9
    assert fewer == {name: place for name, place in more.items() if place[0] != gone}


@pytest.mark.feature("N2")
def test_the_regional_nat_gateway_has_an_address_in_each_zone(simulate: Simulate) -> None:
    world = simulate(_one(nat=Nat.REGIONAL))
    client = world.client("ec2")
    (gateway,) = client.describe_nat_gateways()["NatGateways"]
    assert (gateway["AvailabilityMode"], gateway["AutoProvisionZones"]) == ("regional", "disabled")
    addresses = {a["AllocationId"]: a["PublicIp"] for a in client.describe_addresses()["Addresses"]}
    assert {a["AvailabilityZone"]: addresses[a["AllocationId"]] for a in gateway["NatGatewayAddresses"]} == {
        a["AvailabilityZone"]: a["PublicIp"] for a in gateway["NatGatewayAddresses"]
    }
    assert len(gateway["NatGatewayAddresses"]) == len(addresses) == 2
    for letter in "ab":
        routes = _tables(world)[f"us-east-1-net-private-{letter}"]["Routes"]
        assert gateway["NatGatewayId"] in [route.get("NatGatewayId") for route in routes]


@pytest.mark.feature("N3")
def test_both_stacks_have_their_ways_out(simulate: Simulate) -> None:
    world = simulate(_one(ipv6=True))
    client = world.client("ec2")
    (vpc,) = client.describe_vpcs()["Vpcs"]
    given = ipaddress.IPv6Network(vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
    ranges = {
        name: [ipaddress.IPv6Network(a["Ipv6CidrBlock"]) for a in subnet["Ipv6CidrBlockAssociationSet"]]
        for name, subnet in _subnets(world).items()
    }
    assert {name for name, found in ranges.items() if not found} == {
        "us-east-1-net-isolated-a",
        "us-east-1-net-isolated-b",
    }
    found = [one for some in ranges.values() for one in some]
    assert len(set(found)) == 4
    assert all(one.prefixlen == 64 and one.subnet_of(given) for one in found)
    (out,) = client.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]
    (gateway,) = client.describe_internet_gateways()["InternetGateways"]
    ways = {
        name: {key for route in table["Routes"] if route.get("DestinationIpv6CidrBlock") == "::/0" for key in (
            route.get("GatewayId"), route.get("EgressOnlyInternetGatewayId")) if key}
        for name, table in _tables(world).items()
    }  # fmt: skip
    assert ways["us-east-1-net-private-a"] == {out["EgressOnlyInternetGatewayId"]}
    assert ways["us-east-1-net-public"] == {gateway["InternetGatewayId"]}
    assert ways["us-east-1-net-isolated"] == ways["us-east-1-net-default"] == set()


@pytest.mark.feature("N4")
def test_endpoints_let_the_account_through_and_ecrs_layers(simulate: Simulate) -> None:
    world = simulate(_one(nat=Nat.NONE, interface_endpoints=["ecr.api", "ecr.dkr", "logs"]))
    endpoints = _by_name(world.client("ec2").describe_vpc_endpoints()["VpcEndpoints"])
    kinds = {
        e["ServiceName"].removeprefix("com.amazonaws.us-east-1."): e["VpcEndpointType"] for e in endpoints.values()
    }
    assert {service for service, kind in kinds.items() if kind == "Gateway"} == {"s3", "dynamodb"}
    assert {service for service, kind in kinds.items() if kind == "Interface"} == {"ecr.api", "ecr.dkr", "logs"}
    for name, endpoint in endpoints.items():
        statements = json.loads(endpoint["PolicyDocument"])["Statement"]
        assert statements[0]["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
        assert len(statements) == (3 if name.endswith("-s3") else 2)
        assert all("Condition" in s or s["Action"] == "s3:GetObject" for s in statements)


@pytest.mark.feature("N6")
def test_isolated_subnets_are_under_an_acl_of_their_own(simulate: Simulate) -> None:
    world = simulate(_one())
    acls = world.client("ec2").describe_network_acls()["NetworkAcls"]
    (own,) = [acl for acl in acls if not acl["IsDefault"]]
    isolated = {subnet["SubnetId"] for name, subnet in _subnets(world).items() if "-isolated-" in name}
    assert {association["SubnetId"] for association in own["Associations"]} == isolated
    allowed = {
        (entry["RuleNumber"], entry["Egress"], entry["Protocol"], entry["CidrBlock"])
        for entry in own["Entries"]
        if entry["RuleAction"] == "allow"
    }
    assert allowed == {
        (100, False, "6", "10.0.0.0/16"),
        (100, True, "6", "10.0.0.0/16"),
        (200, False, "1", "0.0.0.0/0"),
    }


def _join(on: Where) -> None:
    sides = []
    for region, cidr, opts in ((EU, "10.1.0.0/16", on.eu), (US, "10.0.0.0/16", on.us)):
        network = _network(on, region, cidr=cidr)
        assert isinstance(opts.provider, pulumi.ProviderResource)
        sides.append(
            PeeringSide(
                region=region,
                provider=opts.provider,
                vpc_id=network.vpc_id,
                cidr=cidr,
                route_table_ids=network.inner_route_table_ids,
                isolated_acl_id=network.isolated_acl_id,
            )
        )
    Peering("peering", PeeringArgs(requester=sides[0], accepter=sides[1]))


@pytest.mark.feature("N9")
def test_two_networks_are_joined(simulate: Simulate) -> None:
    world = simulate(_join)
    for region, side in ((EU, "RequesterVpcInfo"), (US, "AccepterVpcInfo")):
        (connection,) = world.client("ec2", region).describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert connection["Status"]["Code"] == "active"
        assert connection[side]["Region"] == region
        assert connection[side]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is True
    for region, other, number in ((US, "10.1.0.0/16", 1032), (EU, "10.0.0.0/16", 1000)):
        ways = {
            name.removeprefix(f"{region}-net-")
            for name, table in _tables(world, region).items()
            for route in table["Routes"]
            if route.get("DestinationCidrBlock") == other and route.get("VpcPeeringConnectionId")
        }
        assert ways == {"private-a", "private-b", "isolated"}
        acls = world.client("ec2", region).describe_network_acls()["NetworkAcls"]
        (own,) = [acl for acl in acls if not acl["IsDefault"]]
        assert [e["CidrBlock"] for e in own["Entries"] if e["RuleNumber"] == number] == [other, other]


def test_options_of_the_other_side_or_too_early_are_refused(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        here = ec2.Vpc("here", cidr_block="10.0.0.0/16", opts=on.us)
        there = ec2.Vpc("there", cidr_block="10.1.0.0/16", opts=on.eu)
        asked = ec2.VpcPeeringConnection("p", vpc_id=here.id, peer_vpc_id=there.id, peer_region=EU, opts=on.us)
        asks = ec2.PeeringConnectionOptionsRequesterArgs(allow_remote_vpc_dns_resolution=True)
        accepts = ec2.PeeringConnectionOptionsAccepterArgs(allow_remote_vpc_dns_resolution=True)
        ec2.PeeringConnectionOptions("early", vpc_peering_connection_id=asked.id, requester=asks, opts=on.us)
        accepted = ec2.VpcPeeringConnectionAccepter(
            "p", vpc_peering_connection_id=asked.id, auto_accept=True, opts=on.after(on.eu)
        )
        ec2.PeeringConnectionOptions("other", vpc_peering_connection_id=accepted.id, accepter=accepts, opts=on.us)

    simulate(program, fails=True).assert_refused({"early": "is not active", "other": "the accepter is in eu-west-1"})


def test_a_regional_gateway_takes_nothing_of_a_zonal_one(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us)
        gateway = ec2.InternetGateway("net", vpc_id=vpc.id, opts=on.us)
        address = ec2.Eip("nat", domain="vpc", opts=on.us)
        opts = on.after(on.us, gateway)
        ec2.NatGateway("address", availability_mode="regional", vpc_id=vpc.id, allocation_id=address.id, opts=opts)
        ec2.NatGateway("nowhere", availability_mode="regional", opts=opts)

    simulate(program, fails=True).assert_refused(
        {"address": "InvalidParameterCombination", "nowhere": "InvalidParameterCombination"}
    )
