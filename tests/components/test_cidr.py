"""The subnet plan: every zone's addresses depend on its own slot alone; and what is numbered by a range."""

import ipaddress
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._cidr import SLOTS, Tier, ZoneSubnets, ipv6_subnet, range_number, subnet_plan

PRIVATE_RANGES = [ipaddress.IPv4Network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")]


@st.composite
def vpc_cidrs(draw: st.DrawFn) -> str:
    outer = draw(st.sampled_from(PRIVATE_RANGES))
    prefix = draw(st.integers(16, 21))
    index = draw(st.integers(0, 2 ** (prefix - outer.prefixlen) - 1))
    return str(ipaddress.IPv4Network((int(outer.network_address) + (index << (32 - prefix)), prefix)))


def zone_slots(smallest: int = 1) -> st.SearchStrategy[dict[str, int]]:
    slots = st.lists(st.integers(0, SLOTS - 1), unique=True, min_size=smallest, max_size=6)
    return slots.map(lambda numbers: {f"us-east-1{'abcdef'[i]}": slot for i, slot in enumerate(numbers)})


def networks(subnets: ZoneSubnets) -> list[ipaddress.IPv4Network]:
    return [ipaddress.IPv4Network(cidr) for cidr in (subnets.public, subnets.private, subnets.isolated)]


def test_the_plan_of_a_usual_network() -> None:
    assert subnet_plan("10.0.0.0/16", {"us-east-1a": 0, "us-east-1b": 1, "us-east-1c": 7}) == {
        "us-east-1a": ZoneSubnets(private="10.0.0.0/20", public="10.0.16.0/22", isolated="10.0.20.0/22"),
        "us-east-1b": ZoneSubnets(private="10.0.32.0/20", public="10.0.48.0/22", isolated="10.0.52.0/22"),
        "us-east-1c": ZoneSubnets(private="10.0.224.0/20", public="10.0.240.0/22", isolated="10.0.244.0/22"),
    }


def test_the_smallest_network_leaves_public_subnets_of_27() -> None:
    plan = subnet_plan("10.0.0.0/21", {"us-east-1a": 0})
    assert plan["us-east-1a"] == ZoneSubnets(private="10.0.0.0/25", public="10.0.0.128/27", isolated="10.0.0.160/27")


@given(vpc_cidrs(), zone_slots())
def test_subnets_lie_in_the_vpc_and_never_overlap(cidr: str, zones: dict[str, int]) -> None:
    plan = subnet_plan(cidr, zones)
    assert set(plan) == set(zones)
    every = [network for subnets in plan.values() for network in networks(subnets)]
    assert all(network.subnet_of(ipaddress.IPv4Network(cidr)) for network in every)
    assert not any(one.overlaps(other) for one, other in combinations(every, 2))
    assert all(network.prefixlen <= 27 for network in every)


@pytest.mark.feature("N1")
@given(vpc_cidrs(), zone_slots(smallest=2), st.data())
def test_a_zone_that_comes_or_goes_moves_no_other(cidr: str, zones: dict[str, int], data: st.DataObject) -> None:
    changed = data.draw(st.sampled_from(sorted(zones)))
    fewer = subnet_plan(cidr, {zone: slot for zone, slot in zones.items() if zone != changed})
    more = subnet_plan(cidr, zones)
    assert fewer == {zone: subnets for zone, subnets in more.items() if zone != changed}


@given(vpc_cidrs(), zone_slots())
def test_the_order_in_which_zones_are_written_does_not_matter(cidr: str, zones: dict[str, int]) -> None:
    backwards = dict(reversed(zones.items()))
    assert list(subnet_plan(cidr, zones).items()) == list(subnet_plan(cidr, backwards).items())


@pytest.mark.parametrize("cidr", ["10.0.0.0/15", "10.0.0.0/8"])
def test_refuses_networks_larger_than_aws_takes(cidr: str) -> None:
    with pytest.raises(ValueError, match=r"^cidr: .* too large; .*/16"):
        subnet_plan(cidr, {"us-east-1a": 0})


@pytest.mark.parametrize("cidr", ["10.0.0.0/22", "10.0.0.0/28"])
def test_refuses_networks_too_small_for_a_balancer(cidr: str) -> None:
    with pytest.raises(ValueError, match=r"^cidr: .* too small; .*/21"):
        subnet_plan(cidr, {"us-east-1a": 0})


@pytest.mark.parametrize("cidr", ["10.0.0.1/16", "10.0.0.0", "fd00::/16", "", "10.0.0.0/16 "])
def test_refuses_what_is_no_ipv4_network(cidr: str) -> None:
    with pytest.raises(ValueError, match=r"^cidr: "):
        subnet_plan(cidr, {"us-east-1a": 0})


@pytest.mark.parametrize("cidr", ["8.8.0.0/16", "127.0.0.0/16", "172.32.0.0/16", "192.169.0.0/16", "100.128.0.0/16"])
def test_refuses_public_addresses(cidr: str) -> None:
    with pytest.raises(ValueError, match=r"^cidr: .* is not private; use a part of 10\.0\.0\.0/8"):
        subnet_plan(cidr, {"us-east-1a": 0})


@pytest.mark.parametrize("slot", [-1, 8])
def test_refuses_slots_that_do_not_exist(slot: int) -> None:
    with pytest.raises(ValueError, match=rf"^zones: slot {slot} of us-east-1a .* from 0 to 7"):
        subnet_plan("10.0.0.0/16", {"us-east-1a": slot})


def test_refuses_two_zones_in_one_slot() -> None:
    with pytest.raises(ValueError, match=r"^zones: us-east-1a and us-east-1b both have slot 3; give each"):
        subnet_plan("10.0.0.0/16", {"us-east-1a": 3, "us-east-1b": 3})


def test_refuses_no_zones() -> None:
    with pytest.raises(ValueError, match=r"^zones: none given; pin at least one"):
        subnet_plan("10.0.0.0/16", {})


@st.composite
def ipv6_cidrs(draw: st.DrawFn) -> str:
    index = draw(st.integers(0, 2**24 - 1))
    return str(ipaddress.IPv6Network((int(ipaddress.IPv6Address("2600:1f18::")) + (index << 72), 56)))


EVERY_PLACE = [(slot, tier) for slot in range(SLOTS) for tier in Tier]


@pytest.mark.feature("N3")
@given(ipv6_cidrs())
def test_every_place_has_a_64_of_its_own_in_the_vpcs_range(cidr: str) -> None:
    found = [ipaddress.IPv6Network(ipv6_subnet(cidr, slot, tier)) for slot, tier in EVERY_PLACE]
    assert len(set(found)) == len(EVERY_PLACE)
    assert all(network.prefixlen == 64 and network.subnet_of(ipaddress.IPv6Network(cidr)) for network in found)


@pytest.mark.feature("N3")
@given(vpc_cidrs(), ipv6_cidrs(), st.sampled_from(EVERY_PLACE))
def test_an_ipv6_range_lies_where_the_ipv4_range_lies(cidr: str, ipv6: str, place: tuple[int, Tier]) -> None:
    slot, tier = place
    subnet = ipaddress.IPv4Network(getattr(subnet_plan(cidr, {"us-east-1a": slot})["us-east-1a"], tier))
    network, six = ipaddress.IPv4Network(cidr), ipaddress.IPv6Network(ipv6)
    before = (int(subnet.network_address) - int(network.network_address)) / network.num_addresses
    ipv6_address = int(ipaddress.IPv6Network(ipv6_subnet(ipv6, slot, tier)).network_address)
    assert before == (ipv6_address - int(six.network_address)) / six.num_addresses


def test_the_ipv6_ranges_of_a_usual_network() -> None:
    found = {tier.value: ipv6_subnet("2600:1f18:abc:de00::/56", 1, tier) for tier in Tier}
    assert found == {
        "private": "2600:1f18:abc:de20::/64",
        "public": "2600:1f18:abc:de30::/64",
        "isolated": "2600:1f18:abc:de34::/64",
    }


@pytest.mark.parametrize("cidr", ["2600:1f18:abc:de00::/64", "2600:1f18:abc::/48"])
def test_refuses_what_is_no_ipv6_range_of_a_vpc(cidr: str) -> None:
    with pytest.raises(ValueError, match=r"^cidr: .* AWS gives a /56"):
        ipv6_subnet(cidr, 0, Tier.PUBLIC)


@pytest.mark.feature("N6")
@given(st.lists(vpc_cidrs(), min_size=2, max_size=5))
def test_ranges_that_share_no_address_have_numbers_of_their_own(cidrs: list[str]) -> None:
    for one, other in combinations(cidrs, 2):
        if not ipaddress.IPv4Network(one).overlaps(ipaddress.IPv4Network(other)):
            assert range_number(one) != range_number(other)
    assert all(0 <= range_number(cidr) <= 10783 for cidr in cidrs)


def test_the_outermost_range_numbers() -> None:
    assert (range_number("10.0.0.0/16"), range_number("100.127.248.0/21")) == (0, 10783)
