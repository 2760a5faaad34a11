"""From the settings to the network of a region and its private names."""

import pulumi

from components.dns import PrivateZone, PrivateZoneArgs
from components.network import Nat, Network, NetworkArgs
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
