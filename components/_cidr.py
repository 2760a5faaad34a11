"""The plan of a VPC's subnets: which addresses each zone gets, from the VPC's CIDR and the zone's reserved slot; pure.

The VPC is cut into SLOTS equal blocks, whether a zone uses them or not, so that a zone's subnets depend on its own slot
and on nothing else: adding or removing another zone never moves them. Of each block one half is private, an eighth
public, an eighth isolated; a quarter stays free for a tier that does not exist yet.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

SLOTS = 8
"""Blocks per VPC; no region of AWS has more zones."""

# AWS's limits for a VPC's own prefix are /16 to /28. The longest here is set by the public subnet, an eighth of an
# eighth: a load balancer needs at least a /27 in each zone.
SHORTEST_PREFIX = 16
LONGEST_PREFIX = 27 - 3 - 3

# RFC 1918 and RFC 6598. AWS would take public ranges too, but their real owners would become unreachable from the VPC.
_PRIVATE = tuple(
    ipaddress.IPv4Network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)


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
    blocks = list(_network(cidr).subnets(prefixlen_diff=3))
    _check_slots(zones)
    return {zone: _zone_subnets(blocks[slot]) for zone, slot in sorted(zones.items(), key=lambda item: item[1])}


def _zone_subnets(block: ipaddress.IPv4Network) -> ZoneSubnets:
    eighths = list(block.subnets(prefixlen_diff=3))
    return ZoneSubnets(
        private=str(next(block.subnets(prefixlen_diff=1))),
        public=str(eighths[4]),
        isolated=str(eighths[5]),
    )


def _network(cidr: str) -> ipaddress.IPv4Network:
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
