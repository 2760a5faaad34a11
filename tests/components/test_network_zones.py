"""That a zone's change stays in its zone: what the other zones have keeps its identity, inputs and addresses."""

import re

import pytest

from components.network import Nat
from tests.support.networks import SUBNET, TARGET, ZONES, identities, names, recorded
from tests.support.recorder import Recording

pytestmark = pytest.mark.feature("N1")

FOURTH = {"us-east-1d": 3}
GATEWAY_ENDPOINTS = ["net-endpoints-dynamodb", "net-endpoints-s3"]
"""They list the private route tables, and change in place."""


def kept(recording: Recording, without: str) -> set[str]:
    """Identities of what does not carry a zone's letter in its name."""
    return {urn for urn in identities(recording) if not re.search(f"-{without}(-|$)", urn.rsplit("::", 1)[1])}


@pytest.mark.parametrize("nat", list(Nat))
@pytest.mark.parametrize(
    ("more", "letter"),
    [(ZONES | FOURTH, "d"), (ZONES, "c"), (ZONES, "b")],
    ids=["a fourth zone", "the last zone", "a zone in the middle"],
)
def test_a_zone_that_comes_or_goes_touches_no_other(nat: Nat, more: dict[str, int], letter: str) -> None:
    fewer = {zone: slot for zone, slot in more.items() if zone[-1] != letter}
    with_it = recorded(nat=nat, zones=more, alarms=TARGET)
    without = recorded(nat=nat, zones=fewer, alarms=TARGET)
    assert set(identities(without)) < set(identities(with_it))
    # Whatever there is more of belongs to the zone.
    assert kept(with_it, letter) == identities(without).keys()
    changed = [urn for urn, inputs in identities(without).items() if identities(with_it)[urn] != inputs]
    # The regional gateway has an address in each zone.
    assert names(changed) == GATEWAY_ENDPOINTS + (["net-nat-regional"] if nat == Nat.REGIONAL else [])


@pytest.mark.parametrize("nat", list(Nat))
def test_the_zone_of_the_lowest_slot_can_go_too(nat: Nat) -> None:
    more, fewer = recorded(nat=nat), recorded(nat=nat, zones={"us-east-1b": 1, "us-east-1c": 2})
    before = {s.urn: s.inputs for s in more.of(SUBNET)}
    after = {s.urn: s.inputs for s in fewer.of(SUBNET)}
    assert len(after) == 6
    assert after.items() <= before.items()


def test_the_single_gateway_moves_with_the_lowest_slot_and_nothing_else_does() -> None:
    more = recorded(nat=Nat.SINGLE, alarms=TARGET)
    fewer = recorded(nat=Nat.SINGLE, alarms=TARGET, zones={"us-east-1b": 1, "us-east-1c": 2})
    before, after = identities(more), identities(fewer)
    alarms = ["net-alarms-nat-b-drops", "net-alarms-nat-b-ports"]
    assert names(after.keys() - before.keys()) == [*alarms, "net-nat-b", "net-nat-b"]
    # The routes lead to the other gateway, which Pulumi makes first and changes them to in place.
    routes = ["net-private-b-nat", "net-private-c-nat"]
    assert names(urn for urn in after.keys() & before.keys() if after[urn] != before[urn]) == GATEWAY_ENDPOINTS + routes


def test_a_new_zone_takes_a_free_slot_whatever_its_letter() -> None:
    fewer = {"us-east-1b": 1, "us-east-1c": 2}
    before, after = recorded(nat=Nat.SINGLE, zones=fewer), recorded(nat=Nat.SINGLE, zones={"us-east-1a": 7, **fewer})
    assert after.get(SUBNET, "net-private-a").inputs["cidrBlock"] == "10.0.224.0/20"
    assert {s.urn: s.inputs for s in before.of(SUBNET)}.items() <= {s.urn: s.inputs for s in after.of(SUBNET)}.items()


def test_the_order_in_which_zones_are_written_does_not_matter() -> None:
    backwards = dict(reversed(ZONES.items()))
    assert identities(recorded(nat=Nat.SINGLE, zones=backwards)) == identities(recorded(nat=Nat.SINGLE))


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
