"""Subnets with their route tables, as a network makes them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components._cidr import Tier, ipv6_subnet


@dataclass(frozen=True, kw_only=True, slots=True)
class SubnetPlace:
    """Where a subnet lies."""

    tier: Tier
    """Kind of subnet."""
    zone: str
    """Availability zone."""
    slot: int
    """The zone's slot of the VPC's addresses."""
    cidr: str
    """Its IPv4 range."""

    @property
    def role(self) -> str:
        """How it is named, such as private-a."""
        return f"{self.tier}-{self.zone[-1]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class CreatedSubnet:
    """A subnet, and when to use it."""

    id: pulumi.Output[str]
    """For what needs no way out."""
    id_with_routes: pulumi.Output[str]
    """Given out when its table, with its routes, applies to it."""


def create_subnet(
    name: str,
    place: SubnetPlace,
    vpc: ec2.Vpc,
    table: ec2.RouteTable,
    routes: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
    *,
    ipv6: bool = False,
) -> CreatedSubnet:
    """A subnet that its table, with these routes in it, applies to."""
    subnet = ec2.Subnet(
        name,
        vpc_id=vpc.id,
        availability_zone=place.zone,
        cidr_block=place.cidr,
        # Public subnets too: what needs a public address there (balancer, NAT gateway) gets it by itself.
        map_public_ip_on_launch=False,
        ipv6_cidr_block=_ipv6_cidr(vpc, place) if ipv6 else None,
        assign_ipv6_address_on_creation=True if ipv6 and place.tier == Tier.PRIVATE else None,
        tags={"Name": name},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    association = ec2.RouteTableAssociation(
        name,
        subnet_id=subnet.id,
        route_table_id=table.id,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(routes)),
    )
    with_routes = pulumi.Output.all(subnet.id, association.id).apply(lambda ids: str(ids[0]))
    return CreatedSubnet(id=subnet.id, id_with_routes=with_routes)


def _ipv6_cidr(vpc: ec2.Vpc, place: SubnetPlace) -> pulumi.Output[str]:
    return vpc.ipv6_cidr_block.apply(lambda cidr: ipv6_subnet(cidr, place.slot, place.tier))
