"""The NAT gateways of a network: how many there are, where, and which zone's tasks use which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi
from pulumi_aws import ec2


class Nat(StrEnum):
    """How tasks in private subnets reach the internet and those AWS APIs that have no endpoint in the VPC."""

    NONE = "none"
    """Not at all: interface endpoints must cover every API that tasks call, image pulls and logs included."""
    SINGLE = "single"
    """One gateway for all zones: cheap, but its zone's failure cuts off the others, and their traffic crosses zones."""
    PER_ZONE = "per-zone"
    """One gateway in each zone."""
    REGIONAL = "regional"
    """One gateway that stands in all zones at once, with an address in each; a zone that comes or goes changes it in
    place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NatGateways:
    """What was made."""

    gateways: Mapping[str, ec2.NatGateway] = field(default_factory=dict)
    """Letter of its zone, or `regional` -> gateway."""
    by_zone: Mapping[str, ec2.NatGateway] = field(default_factory=dict)
    """Zone -> gateway that its private subnet uses."""
    public_ips: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    """Zone of the address -> address that partners see."""


def create_nat_gateways(
    name: str,
    nat: Nat,
    public_subnet_ids: Mapping[str, pulumi.Output[str]],
    gateway: ec2.InternetGateway,
    parent: pulumi.Resource,
) -> NatGateways:
    """The gateways of a mode; the subnets are in the order of their slots: the single one stands in the first."""
    # Nothing of it works before the VPC has its internet gateway, which nothing in the inputs says.
    opts = pulumi.ResourceOptions(parent=parent, depends_on=[gateway])
    zones = list(public_subnet_ids)
    if nat == Nat.REGIONAL:
        return _create_regional(f"{name}-nat-regional", zones, gateway.vpc_id, opts)
    found: dict[str, ec2.NatGateway] = {}
    for zone in {Nat.NONE: [], Nat.SINGLE: zones[:1], Nat.PER_ZONE: zones}[nat]:
        role = f"{name}-nat-{zone[-1]}"
        found[zone] = ec2.NatGateway(
            role,
            subnet_id=public_subnet_ids[zone],
            allocation_id=_create_address(role, opts).id,
            connectivity_type="public",
            tags={"Name": role},
            opts=opts,
        )
    return NatGateways(
        gateways={zone[-1]: gateway for zone, gateway in found.items()},
        by_zone={zone: found.get(zone, next(iter(found.values()))) for zone in zones} if found else {},
        public_ips={zone: gateway.public_ip for zone, gateway in found.items()},
    )


def _create_regional(
    role: str, zones: Sequence[str], vpc_id: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> NatGateways:
    """With addresses of the stack's own: those that AWS would choose by itself change as its zones come and go."""
    addresses = {zone: _create_address(f"{role}-{zone[-1]}", opts) for zone in zones}
    gateway = ec2.NatGateway(
        role,
        availability_mode="regional",
        connectivity_type="public",
        vpc_id=vpc_id,
        availability_zone_addresses=[
            ec2.NatGatewayAvailabilityZoneAddressArgs(availability_zone=zone, allocation_ids=[address.id])
            for zone, address in addresses.items()
        ],
        tags={"Name": role},
        opts=opts,
    )
    return NatGateways(
        gateways={"regional": gateway},
        by_zone=dict.fromkeys(zones, gateway),
        public_ips={zone: address.public_ip for zone, address in addresses.items()},
    )


def _create_address(role: str, opts: pulumi.ResourceOptions) -> ec2.Eip:
    return ec2.Eip(role, domain="vpc", tags={"Name": role}, opts=opts)
