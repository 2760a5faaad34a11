"""From the settings to the networks of the regions, their private names, and the ways between them."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.dns import PrivateZone, PrivateZoneArgs
from components.network import Nat, Network, NetworkArgs
from components.peering import Peering, PeeringArgs, PeeringSide
from infra.place import Place
from infra.settings import Settings
from infra.settings.routing import PRIVATE_LABEL


def create_network(at: Place, opts: pulumi.ResourceOptions) -> Network:
    """The region's VPC."""
    return Network(
        at.name("network"),
        NetworkArgs(
            cidr=at.own.cidr,
            zones=at.own.zones,
            nat=Nat(at.own.nat),
            kms_key_arn=at.keys.logs,
            account_id=at.account_id,
            alarms=at.alarms,
            flow_log_retention_days=at.settings.log_retention_days,
            interface_endpoints=at.own.interface_endpoints,
            ipv6=at.own.ipv6,
        ),
        opts=opts,
    )


def private_domain(settings: Settings) -> str:
    """What the private names end with."""
    return f"{PRIVATE_LABEL}.{settings.domain.name}"


def create_private_zone(at: Place, network: Network, opts: pulumi.ResourceOptions) -> PrivateZone:
    """The same names in each region, each leading to the region's own."""
    return PrivateZone(
        at.name("private-zone"),
        PrivateZoneArgs(domain=private_domain(at.settings), vpc_id=network.vpc_id),
        opts=opts,
    )


def create_peerings(
    settings: Settings, networks: Mapping[str, Network], providers: Mapping[str, aws.Provider]
) -> dict[tuple[str, str], Peering]:
    """The regions' networks, joined in pairs. What a pair is called, and who asks whom, depends on the two regions
    alone: not on their roles, and not on other regions."""

    def side(region: str) -> PeeringSide:
        network = networks[region]
        return PeeringSide(
            region=region,
            provider=providers[region],
            vpc_id=network.vpc_id,
            cidr=network.cidr,
            route_table_ids=network.inner_route_table_ids,
            isolated_acl_id=network.isolated_acl_id,
        )

    return {
        (one, other): Peering(f"peering-{one}-{other}", PeeringArgs(requester=side(one), accepter=side(other)))
        for one, other in settings.peerings
    }
