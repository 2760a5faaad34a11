"""A region's network and load balancer, from what their components consist of."""

from breakwater.analysis._part import Part
from breakwater.analysis.model import Balancer, Network, Subnet
from breakwater.analysis.properties import SUBNET, known, needed, number, sources, text, zones
from breakwater.graph import Resource

_TABLE, _NAT = "aws:ec2/routeTable:RouteTable", "aws:ec2/natGateway:NatGateway"


def network(part: Part) -> Network:
    """Subnets by tier and zone, and which zone each leaves by."""
    subnets = tuple(_subnet(subnet, part) for subnet in part.of(SUBNET))
    return Network(
        urn=part.urn,
        cidr=needed(text(known(part.one("aws:ec2/vpc:Vpc"), "cidrBlock"))),
        zones=tuple(sorted({subnet.zone for subnet in subnets})),
        subnets=subnets,
        nat_of_zone=_nat_of_zone(part),
        interface_endpoints=_interface_endpoints(part),
    )


def balancer(part: Part, rules: int) -> Balancer:
    """The load balancer; `rules` is the number of all listener rules in the region."""
    found = part.one("aws:lb/loadBalancer:LoadBalancer")
    return Balancer(
        urn=part.urn,
        zones=len(zones(found, "subnets", part.graph)),
        rules=rules,
        idle_timeout_seconds=needed(number(known(found, "idleTimeout"))),
    )


def _tier(subnet: Resource, part: Part) -> str:
    """`us-east-1-network-private-a` is private."""
    return subnet.name.removeprefix(f"{part.component.name}-").partition("-")[0]


def _subnet(subnet: Resource, part: Part) -> Subnet:
    return Subnet(
        tier=_tier(subnet, part),
        zone=part.zone(subnet),
        cidr=needed(text(known(subnet, "cidrBlock"))),
    )


def _nat_of_zone(part: Part) -> dict[str, str | None]:
    """By the route to a NAT gateway in the table of each private subnet."""
    gateway_of_table: dict[str, Resource] = {}
    for route in part.of("aws:ec2/route:Route"):
        for gateway in sources(route, "natGatewayId", part.graph, _NAT):
            for table in sources(route, "routeTableId", part.graph, _TABLE):
                gateway_of_table[table.urn] = gateway
    gateway_of_subnet: dict[str, Resource] = {}
    for association in part.of("aws:ec2/routeTableAssociation:RouteTableAssociation"):
        for table in sources(association, "routeTableId", part.graph, _TABLE):
            if table.urn in gateway_of_table:
                for subnet in sources(association, "subnetId", part.graph, SUBNET):
                    gateway_of_subnet[subnet.urn] = gateway_of_table[table.urn]
    private = [subnet for subnet in part.of(SUBNET) if _tier(subnet, part) == "private"]
    return {part.zone(s): _zone_of_gateway(gateway_of_subnet.get(s.urn), part.zone(s), part) for s in private}


def _zone_of_gateway(gateway: Resource | None, zone: str, part: Part) -> str | None:
    if gateway is None:
        return None
    if known(gateway, "availabilityMode") == "regional":
        return zone
    return next((part.zone(subnet) for subnet in sources(gateway, "subnetId", part.graph, SUBNET)), None)


def _interface_endpoints(part: Part) -> tuple[str, ...]:
    found = (e for e in part.of("aws:ec2/vpcEndpoint:VpcEndpoint") if known(e, "vpcEndpointType") == "Interface")
    names = (text(known(endpoint, "serviceName")) for endpoint in found)
    return tuple(sorted(name.removeprefix(f"com.amazonaws.{part.region}.") for name in names if name))
