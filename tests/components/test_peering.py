"""Peering: one connection, accepted in the other region, with ways in both directions and nothing opened."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.network import Network
from components.peering import Peering, PeeringArgs, PeeringSide
from tests.support.networks import ACL_RULE, ROUTE, args, identities, recorded
from tests.support.recorder import Recording, Registration, record

pytestmark = pytest.mark.feature("N9")

ACCEPTER = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
CONNECTION = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
OPTIONS = "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions"

US, EU = "us-east-1", "eu-west-1"
CIDRS = {US: "10.0.0.0/16", EU: "10.1.0.0/16"}


class _Provider(pulumi.ProviderResource):
    """A provider of no package, for arguments that are only checked."""

    def __init__(self) -> None:
        pass


def side(region: str = US, **changes: Any) -> PeeringSide:
    arguments: dict[str, Any] = {
        "region": region,
        "provider": _Provider(),
        "vpc_id": f"vpc-{region}",
        "cidr": CIDRS[region],
        "route_table_ids": {},
        "isolated_acl_id": f"acl-{region}",
    }
    return PeeringSide(**(arguments | changes))


def joined(*, preview: bool = False, zones: str = "ab") -> Recording:
    def program() -> Peering:
        sides = []
        for region in (EU, US):
            provider = aws.Provider(region, region=region)
            opts = pulumi.ResourceOptions(providers={"aws": provider})
            letters = zones if region == US else "ab"
            placed = {f"{region}{letter}": "abc".index(letter) for letter in letters}
            network = Network(f"{region}-network", args(cidr=CIDRS[region], zones=placed), opts)
            sides.append(
                PeeringSide(
                    region=region,
                    provider=provider,
                    vpc_id=network.vpc_id,
                    cidr=network.cidr,
                    route_table_ids=network.inner_route_table_ids,
                    isolated_acl_id=network.isolated_acl_id,
                )
            )
        return Peering("peering", PeeringArgs(requester=sides[0], accepter=sides[1]))

    return record(program, preview=preview)


def own(recording: Recording, type_: str) -> list[Registration]:
    """Those of a type that the peering made."""
    return [r for r in recording.of(type_) if "Peering$" in r.urn]


def region_of(resource: Registration) -> str:
    return resource.provider.split("::")[3]


def test_one_side_asks_and_the_other_accepts_in_its_own_region() -> None:
    recording = joined()
    connection, accepter = recording.only(CONNECTION), recording.only(ACCEPTER)
    assert connection.inputs == {
        "vpcId": "eu-west-1-network.id",
        "peerVpcId": "us-east-1-network.id",
        "peerRegion": US,
        "autoAccept": False,
        "tags": {"Name": "peering"},
    }
    assert accepter.inputs == {
        "vpcPeeringConnectionId": "peering.id",
        "autoAccept": True,
        "tags": {"Name": "peering"},
    }
    assert (region_of(connection), region_of(accepter)) == (EU, US)


def test_names_resolve_to_private_addresses_on_both_sides() -> None:
    recording = joined()
    options = {region_of(r): r for r in recording.of(OPTIONS)}
    on = {"allowRemoteVpcDnsResolution": True}
    assert options[EU].inputs == {"vpcPeeringConnectionId": "peering.id", "requester": on}
    assert options[US].inputs == {"vpcPeeringConnectionId": "peering.id", "accepter": on}
    # They can be set only once the other side has accepted.
    assert all(recording.only(ACCEPTER).urn in r.dependencies for r in options.values())


def test_every_inner_table_of_each_side_leads_to_the_other() -> None:
    recording = joined()
    routes = {r.name: r for r in own(recording, ROUTE)}
    assert set(routes) == {
        f"peering-{region}-{table}" for region in (US, EU) for table in ("private-a", "private-b", "isolated")
    }
    for region, other in ((US, EU), (EU, US)):
        for table in ("private-a", "private-b", "isolated"):
            route = routes[f"peering-{region}-{table}"]
            assert route.inputs == {
                "routeTableId": f"{region}-network-{table}.id",
                "destinationCidrBlock": CIDRS[other],
                "vpcPeeringConnectionId": "peering.id",
            }
            assert region_of(route) == region
            assert recording.only(ACCEPTER).urn in route.dependencies


def test_the_isolated_subnets_admit_the_other_side_both_ways() -> None:
    rules = {r.name: r for r in own(joined(), ACL_RULE)}
    assert len(rules) == 4
    # 10.0.0.0/16 is the first of the private ranges, 10.1.0.0/16 begins 32 of the smallest ranges later.
    for region, other, number in ((US, EU, 1032), (EU, US, 1000)):
        for direction in ("in", "out"):
            rule = rules[f"peering-{region}-isolated-{direction}"]
            assert rule.inputs == {
                "networkAclId": f"{region}-network-isolated.id",
                "ruleNumber": number,
                "ruleAction": "allow",
                "egress": direction == "out",
                "protocol": "tcp",
                "fromPort": 1024,
                "toPort": 65535,
                "cidrBlock": CIDRS[other],
            }
            assert region_of(rule) == region


def test_another_zone_adds_its_route_and_changes_nothing_of_the_peering() -> None:
    def of_peering(recording: Recording) -> dict[str, Any]:
        return {urn: inputs for urn, inputs in identities(recording).items() if "Peering" in urn.split("::")[2]}

    fewer, more = of_peering(joined()), of_peering(joined(zones="abc"))
    assert fewer.items() <= more.items()
    assert [urn.rsplit("::", 1)[1] for urn in more.keys() - fewer.keys()] == ["peering-us-east-1-private-c"]


def test_the_networks_themselves_know_nothing_of_it() -> None:
    alone = recorded(zones={"us-east-1a": 0, "us-east-1b": 1})
    assert {r.urn.rsplit("::", 1)[1] for r in alone.of(ROUTE)} == {
        "net-public-internet",
        "net-private-a-nat",
        "net-private-b-nat",
    }


def test_the_preview_registers_the_same_resources() -> None:
    assert [r.urn for r in joined(preview=True).resources] == [r.urn for r in joined().resources]


def test_the_connection_is_given_out_when_both_sides_have_accepted() -> None:
    recording = joined()
    waited_for = recording._loop.run_until_complete(recording.result.connection_id.resources())
    assert "VpcPeeringConnectionAccepter" in {type(r).__name__ for r in waited_for}


def test_refuses_two_networks_of_one_region() -> None:
    with pytest.raises(ValueError, match=r"^accepter: both sides are in us-east-1; join networks of two regions"):
        PeeringArgs(requester=side(), accepter=side())


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "10.0.128.0/17", "10.0.248.0/21"])
def test_refuses_ranges_that_overlap(cidr: str) -> None:
    with pytest.raises(ValueError, match=r"^accepter: .* overlaps 10\.0\.0\.0/16 of us-east-1, .* another range"):
        PeeringArgs(requester=side(), accepter=side(EU, cidr=cidr))
