"""A way between the networks of two regions that crosses no internet.

Children: the connection in the requester's region, its acceptance in the accepter's, DNS options on both sides; on each
side a route in every inner table, and the other's range in the ACL of the isolated subnets.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components._cidr import private_network
from components._data_acl import admit_range


@dataclass(frozen=True, kw_only=True, slots=True)
class PeeringSide:
    """One of the two networks."""

    region: str
    """Region of the network."""
    provider: pulumi.ProviderResource
    """Provider of that region."""
    vpc_id: pulumi.Input[str]
    """VPC of the network."""
    cidr: str
    """The VPC's addresses, which the other side routes here."""
    route_table_ids: Mapping[str, pulumi.Input[str]]
    """Name such as private-a -> route table that gets a route to the other side."""
    isolated_acl_id: pulumi.Input[str]
    """Network ACL of the isolated subnets, which admits the other side."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PeeringArgs:
    """Which two networks are joined; which asks and which accepts makes no difference afterwards."""

    requester: PeeringSide
    """The side that asks; a change replaces the connection."""
    accepter: PeeringSide
    """The side that accepts; a change replaces the connection."""

    def __post_init__(self) -> None:
        one, other = self.requester, self.accepter
        if one.region == other.region:
            raise ValueError(f"accepter: both sides are in {one.region}; join networks of two regions")
        if private_network(one.cidr).overlaps(ipaddress.IPv4Network(other.cidr)):
            raise ValueError(
                f"accepter: {other.cidr} of {other.region} overlaps {one.cidr} of {one.region}, and nothing could be "
                "routed between them; give one of the two another range"
            )


class Peering(pulumi.ComponentResource):
    """Two VPCs in two regions, joined.

    The connection itself is free; traffic between the regions costs USD 0.02 per GB (us-east-1 to eu-west-1). It opens
    nothing by itself: security groups decide who may connect, by CIDR, because they cannot name groups of another
    region. Leaves out IPv6, and public subnets, whose balancers need no other region.
    """

    connection_id: pulumi.Output[str]
    """Given out when both sides have accepted."""

    def __init__(self, name: str, args: PeeringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:peering:Peering", name, None, opts)
        self._prefix = name
        connection = self._create_connection(args)
        accepted = ec2.VpcPeeringConnectionAccepter(
            name,
            vpc_peering_connection_id=connection.id,
            auto_accept=True,
            tags={"Name": name},
            opts=self._at(args.accepter),
        )
        self.connection_id = accepted.id
        self._create_options(args, accepted)
        for here, there in ((args.requester, args.accepter), (args.accepter, args.requester)):
            self._create_ways(here, there, accepted)
        self.register_outputs({"connection_id": self.connection_id})

    def _at(self, side: PeeringSide) -> pulumi.ResourceOptions:
        """The one component whose children are in two regions: they cannot inherit their provider."""
        return pulumi.ResourceOptions(parent=self, provider=side.provider)

    def _create_connection(self, args: PeeringArgs) -> ec2.VpcPeeringConnection:
        return ec2.VpcPeeringConnection(
            self._prefix,
            vpc_id=args.requester.vpc_id,
            peer_vpc_id=args.accepter.vpc_id,
            peer_region=args.accepter.region,
            # Only the other region can accept.
            auto_accept=False,
            tags={"Name": self._prefix},
            opts=self._at(args.requester),
        )

    def _create_options(self, args: PeeringArgs, accepted: ec2.VpcPeeringConnectionAccepter) -> None:
        """A public name of one side is a private address for the other. Each side can set its own half only, once the
        connection stands."""
        ec2.PeeringConnectionOptions(
            f"{self._prefix}-{args.requester.region}",
            vpc_peering_connection_id=accepted.id,
            requester=ec2.PeeringConnectionOptionsRequesterArgs(allow_remote_vpc_dns_resolution=True),
            opts=self._at(args.requester),
        )
        ec2.PeeringConnectionOptions(
            f"{self._prefix}-{args.accepter.region}",
            vpc_peering_connection_id=accepted.id,
            accepter=ec2.PeeringConnectionOptionsAccepterArgs(allow_remote_vpc_dns_resolution=True),
            opts=self._at(args.accepter),
        )

    def _create_ways(self, here: PeeringSide, there: PeeringSide, accepted: ec2.VpcPeeringConnectionAccepter) -> None:
        for table, table_id in here.route_table_ids.items():
            ec2.Route(
                f"{self._prefix}-{here.region}-{table}",
                route_table_id=table_id,
                destination_cidr_block=there.cidr,
                vpc_peering_connection_id=accepted.id,
                opts=self._at(here),
            )
        admit_range(f"{self._prefix}-{here.region}-isolated", here.isolated_acl_id, there.cidr, self._at(here))
