"""What the settings make of the networks: zones, ways out, both stacks, and the ways between regions."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.infra.platforms import MINIMAL, ONE_REGION, THIRD_REGION, built
from tests.infra.sample import SAMPLE, edited, settings_of
from tests.support.networks import ACL, ACL_RULE, ASSOCIATION, EGRESS_ONLY, EIP, NAT, ROUTE, ROUTE_TABLE, SUBNET, VPC
from tests.support.recorder import Recording

CONNECTION = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
ACCEPTER = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
US_ZONES = "          us-east-1a: 0\n          us-east-1b: 1\n"
PEERED = ("role: standby", "role: standby\n        peers: [us-east-1]")


def network_of(recording: Recording, *types: str) -> dict[str, Any]:
    """URN -> inputs of the networks' own resources."""
    return {r.urn: r.inputs for r in recording.resources if "Network$" in r.urn and (not types or r.type in types)}


def of_peerings(recording: Recording) -> dict[str, Any]:
    return {r.urn: (r.inputs, r.provider) for r in recording.resources if "Peering" in r.urn.split("::")[2]}


def names(urns: Iterable[str]) -> list[str]:
    return sorted(urn.rsplit("::", 1)[1] for urn in urns)


@pytest.fixture(scope="module")
def two_zones() -> Recording:
    return built(settings_of(SAMPLE))


@pytest.mark.feature("N1")
@pytest.mark.parametrize("nat", ["single", "per-zone", "regional"])
def test_a_zone_that_comes_or_goes_touches_no_subnet_of_another(nat: str) -> None:
    """The stack with two zones and the same with a third one, whichever was there first."""
    nats = ("        interface_endpoints: [logs]", f"        nat: {nat}\n        interface_endpoints: [logs]")
    fewer = built(settings_of(edited(nats, base=ONE_REGION)))
    more = built(settings_of(edited(nats, (US_ZONES, US_ZONES + "          us-east-1c: 2\n"), base=ONE_REGION)))
    kinds = (SUBNET, ASSOCIATION, ROUTE_TABLE, ROUTE, ACL, ACL_RULE, VPC)
    before, after = network_of(fewer, *kinds), network_of(more, *kinds)
    assert before.items() <= after.items()
    assert {
        name.rsplit("-", 1)[1] for name in names(urn for urn in after.keys() - before.keys() if "Subnet" in urn)
    } == {"c"}
    # Nothing of the whole stack goes.
    assert {r.urn for r in fewer.resources} <= {r.urn for r in more.resources}


@pytest.mark.feature("N1")
def test_a_zone_in_the_middle_can_be_given_up() -> None:
    """The slot that it had stays free."""
    more = built(settings_of(edited((US_ZONES, US_ZONES + "          us-east-1c: 2\n"), base=ONE_REGION)))
    without = (US_ZONES, "          us-east-1a: 0\n          us-east-1c: 2\n")
    fewer = built(settings_of(edited(without, base=ONE_REGION)))
    kinds = (SUBNET, ASSOCIATION, ROUTE_TABLE, ROUTE, ACL, ACL_RULE, VPC)
    assert network_of(fewer, *kinds).items() <= network_of(more, *kinds).items()
    assert fewer.get(SUBNET, "us-east-1-network-private-c").inputs["cidrBlock"] == "10.0.64.0/20"


@pytest.mark.feature("N2")
def test_a_region_can_have_one_nat_gateway_in_all_zones() -> None:
    nat = ("        interface_endpoints: [logs]", "        nat: regional\n        interface_endpoints: [logs]")
    recording = built(settings_of(edited(nat, base=ONE_REGION)))
    gateway = recording.get(NAT, "us-east-1-network-nat-regional")
    assert gateway.inputs["availabilityMode"] == "regional"
    assert len([a for a in recording.of(EIP) if a.name.startswith("us-east-1-")]) == 2
    ips = recording.result["regions"]["us-east-1"]["nat_public_ips"]
    assert list(ips) == ["us-east-1a", "us-east-1b"]


@pytest.mark.feature("N3")
def test_ipv6_reaches_from_the_network_to_balancer_and_tasks(two_zones: Recording) -> None:
    assert not two_zones.of(EGRESS_ONLY)
    assert two_zones.result["regions"]["us-east-1"]["ipv6_cidr"] is None
    on = ("        interface_endpoints: [logs]", "        ipv6: true\n        interface_endpoints: [logs]")
    recording = built(settings_of(edited(on)))
    assert [r.name for r in recording.of(EGRESS_ONLY)] == ["us-east-1-network"]
    balancers = {r.name: r.inputs["ipAddressType"] for r in recording.of("aws:lb/loadBalancer:LoadBalancer")}
    assert balancers == {"us-east-1-balancer": "dualstack", "eu-west-1-balancer": "ipv4"}
    egress = recording.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    six = {r.name for r in egress if r.inputs.get("cidrIpv6") == "::/0"}
    assert six == {f"us-east-1-{task}-https-ipv6" for task in ("api", "web", "packer", "sweep")}
    assert recording.value(recording.result["regions"]["us-east-1"]["ipv6_cidr"]) == "2600:1f18:abc:de00::/56"


@pytest.mark.feature("N9")
def test_regions_are_joined_by_choice(two_zones: Recording) -> None:
    assert of_peerings(two_zones) == {}
    recording = built(settings_of(edited(PEERED)))
    connection = recording.only(CONNECTION)
    assert connection.name == "peering-eu-west-1-us-east-1"
    assert connection.inputs["vpcId"] == "eu-west-1-network.id"
    assert "::eu-west-1::" in connection.provider
    assert "::us-east-1::" in recording.only(ACCEPTER).provider
    routes = {
        (r.inputs["routeTableId"], r.inputs["destinationCidrBlock"])
        for r in recording.of(ROUTE)
        if "vpcPeeringConnectionId" in r.inputs
    }
    assert routes == {
        (f"{region}-network-{table}.id", cidr)
        for region, cidr in (("us-east-1", "10.1.0.0/16"), ("eu-west-1", "10.0.0.0/16"))
        for table in ("private-a", "private-b", "isolated")
    }
    assert {r.urn for r in two_zones.resources} <= {r.urn for r in recording.resources}
    inputs = {r.urn: r.inputs for r in recording.resources}
    assert all(inputs[r.urn] == r.inputs for r in two_zones.resources)


@pytest.mark.feature("N9")
@pytest.mark.parametrize(
    "changes",
    [
        [("role: primary", "role: primary\n        peers: [eu-west-1]")],
        [PEERED, ("role: primary", "role: primary\n        peers: [eu-west-1]")],
        [
            ("role: primary", "role: was-primary"),
            ("role: standby", "role: primary\n        peers: [us-east-1]"),
            ("role: was-primary", "role: standby"),
        ],
    ],
    ids=["named by the other", "named by both", "after the regions have exchanged roles"],
)
def test_the_joint_stays_whoever_names_whom(changes: list[tuple[str, str]]) -> None:
    named_by_one = of_peerings(built(settings_of(edited(PEERED, base=MINIMAL))))
    assert len(named_by_one) > 2
    assert of_peerings(built(settings_of(edited(*changes, base=MINIMAL)))) == named_by_one


@pytest.mark.feature("N9")
def test_a_third_region_joins_without_touching_the_others() -> None:
    two = built(settings_of(edited(PEERED, base=MINIMAL)))
    region, text = THIRD_REGION[0], THIRD_REGION[1].replace("standby\n", "standby\n        peers: [us-east-1]\n")
    three = built(settings_of(edited(PEERED, (region, text), base=MINIMAL)))
    assert [r.name for r in three.of(CONNECTION)] == ["peering-eu-west-1-us-east-1", "peering-us-east-1-us-west-2"]
    assert of_peerings(two).items() <= of_peerings(three).items()
    assert network_of(two).items() <= network_of(three).items()
    numbers = [(r.inputs["networkAclId"], r.inputs["egress"], r.inputs["ruleNumber"]) for r in three.of(ACL_RULE)]
    assert len(numbers) == len(set(numbers))
