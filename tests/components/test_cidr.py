"""The subnet plan: every zone's addresses depend on its own slot alone."""

import ipaddress
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._cidr import SLOTS, ZoneSubnets, subnet_plan

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
