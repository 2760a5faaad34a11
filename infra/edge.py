"""From the settings to where requests come in: the load balancer and its certificate."""

import pulumi

from components.dns import regional_name
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network import Network
from infra.place import Place
from infra.settings import Settings
from infra.settings.routing import hosts


def create_load_balancer(at: Place, network: Network, opts: pulumi.ResourceOptions) -> LoadBalancer:
    """The region's entry."""
    first, *further = certificate_names(at.settings, at.region)
    return LoadBalancer(
        at.name("balancer"),
        LoadBalancerArgs(
            vpc_id=network.vpc_id,
            subnet_ids=network.public_subnet_ids,
            domain_name=first,
            subject_alternative_names=further,
            zone_id=at.zone_id,
            alarms=at.alarms,
            protect=at.settings.protect,
        ),
        opts=opts,
    )


def certificate_names(settings: Settings, region: str) -> list[str]:
    """The names a region answers to: the domain, every host directly under it, and the hosts' names in the region."""
    domain = settings.domain.name
    return [
        domain,
        f"*.{domain}",
        *(regional_name(region, host) for host in hosts(settings) if host != domain),
    ]
