"""The plan of a VPC's subnets: which addresses each zone gets, from the VPC's CIDR and the zone's reserved slot; pure.

The VPC is cut into SLOTS equal blocks, whether a zone uses them or not, so that a zone's subnets depend on its own slot
and on nothing else: adding or removing another zone never moves them. Of each block one half is private, an eighth
public, an eighth isolated; a quarter stays free for a tier that does not exist yet. The VPC's IPv6 range, a /56, is cut
the same way: a subnet's /64 lies where the subnet lies in the VPC.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SLOTS = 8
"""Blocks per VPC; no region of AWS has more zones."""

_BITS = 3
"""SLOTS as a power of two, by which prefixes grow."""

# AWS's limits for a VPC's own prefix are /16 to /28. The longest here is set by the public subnet, an eighth of an
# eighth: a load balancer needs at least a /27 in each zone.
SHORTEST_PREFIX = 16
LONGEST_PREFIX = 27 - 3 - 3

# RFC 1918 and RFC 6598. AWS would take public ranges too, but their real owners would become unreachable from the VPC.
_PRIVATE = tuple(
    ipaddress.IPv4Network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)


# Sizes AWS gives: what a VPC gets, and what a subnet takes.
_IPV6_VPC_PREFIX, _IPV6_SUBNET_PREFIX = 56, 64


class Tier(StrEnum):
    """A kind of subnet."""

    PUBLIC = "public"
    PRIVATE = "private"
    ISOLATED = "isolated"


# Eighths of a zone's block at which each tier begins.
_BEGINS = {Tier.PRIVATE: 0, Tier.PUBLIC: 4, Tier.ISOLATED: 5}


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneSubnets:
    """The CIDRs of one zone's three subnets."""

    public: str
    """Routed to the internet gateway: load balancers and NAT gateways only."""
    private: str
    """Way out over NAT, none in: tasks."""
    isolated: str
    """No route out of the VPC: databases and caches."""


def subnet_plan(cidr: str, zones: Mapping[str, int]) -> Mapping[str, ZoneSubnets]:
    """The subnets of each zone, in the order of their slots; ValueError where the plan is impossible."""
    blocks = list(private_network(cidr).subnets(prefixlen_diff=_BITS))
    _check_slots(zones)
    return {zone: _zone_subnets(blocks[slot]) for zone, slot in sorted(zones.items(), key=lambda item: item[1])}


def ipv6_subnet(cidr: str, slot: int, tier: Tier) -> str:
    """The /64 of a zone's subnet in the VPC's IPv6 range; ValueError where AWS has given no /56."""
    network = ipaddress.IPv6Network(cidr)
    if network.prefixlen != _IPV6_VPC_PREFIX:
        raise ValueError(f"cidr: {cidr} is no IPv6 range of a VPC; AWS gives a /{_IPV6_VPC_PREFIX}")
    per_eighth = 2 ** (_IPV6_SUBNET_PREFIX - _IPV6_VPC_PREFIX - 2 * _BITS)
    index = (slot * SLOTS + _BEGINS[tier]) * per_eighth
    start = int(network.network_address) + (index << (128 - _IPV6_SUBNET_PREFIX))
    return str(ipaddress.IPv6Network((start, _IPV6_SUBNET_PREFIX)))


def _zone_subnets(block: ipaddress.IPv4Network) -> ZoneSubnets:
    eighths = list(block.subnets(prefixlen_diff=_BITS))
    return ZoneSubnets(
        private=str(next(block.subnets(prefixlen_diff=1))),
        public=str(eighths[_BEGINS[Tier.PUBLIC]]),
        isolated=str(eighths[_BEGINS[Tier.ISOLATED]]),
    )


def range_number(cidr: str) -> int:
    """A number of a VPC's range, 0 to 10783, that no range has which shares no address with it.

    It is the position of the range's first block of the smallest size among all such blocks of the private ranges, so
    it depends on the range alone: what is numbered by it keeps its number whatever else comes or goes.
    """
    network, before = private_network(cidr), 0
    for private in _PRIVATE:
        if network.subnet_of(private):
            return before + ((int(network.network_address) - int(private.network_address)) >> (32 - LONGEST_PREFIX))
        before += 2 ** (LONGEST_PREFIX - private.prefixlen)
    raise AssertionError(cidr)


def private_network(cidr: str) -> ipaddress.IPv4Network:
    """A VPC's range; ValueError where it is none that a VPC of the platform may have."""
    try:
        network = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        raise ValueError(f"cidr: {cidr!r} is no IPv4 network ({error}); write it as 10.0.0.0/16") from None
    if not SHORTEST_PREFIX <= network.prefixlen <= LONGEST_PREFIX:
        size = "large" if network.prefixlen < SHORTEST_PREFIX else "small"
        raise ValueError(
            f"cidr: {cidr} is too {size}; give a prefix from /{SHORTEST_PREFIX} (AWS's limit) "
            f"to /{LONGEST_PREFIX} (leaves each public subnet the /27 that a load balancer needs)"
        )
    if not any(network.subnet_of(private) for private in _PRIVATE):
        raise ValueError(f"cidr: {cidr} is not private; use a part of {', '.join(map(str, _PRIVATE))}")
    return network


def _check_slots(zones: Mapping[str, int]) -> None:
    if not zones:
        raise ValueError("zones: none given; pin at least one, such as {'us-east-1a': 0}")
    taken: dict[int, str] = {}
    for zone, slot in zones.items():
        if not 0 <= slot < SLOTS:
            raise ValueError(f"zones: slot {slot} of {zone} does not exist; give a number from 0 to {SLOTS - 1}")
        if slot in taken:
            raise ValueError(f"zones: {taken[slot]} and {zone} both have slot {slot}; give each zone its own")
        taken[slot] = zone
