"""Route tables: where packets of a subnet go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from breakwater.analysis.exposure.acls import SUBNET
from breakwater.analysis.exposure.groups import VPC
from breakwater.analysis.exposure.ranges import Network, read_network, within
from breakwater.analysis.exposure.references import References, raw
from breakwater.analysis.properties import items, known, text
from breakwater.graph import Resource

TABLE, DEFAULT_TABLE = "aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable"
_ROUTE = "aws:ec2/route:Route"
_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
_MAIN = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NAT = "aws:ec2/natGateway:NatGateway"
PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
ACCEPTER = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
_EGRESS_ONLY = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


class Kind(StrEnum):
    """What a route leads to."""

    INTERNET = "internet gateway"
    NAT = "NAT gateway"
    EGRESS_ONLY = "egress-only gateway"
    PEERING = "peering"
    OTHER = "another way out"


# Property of a route → what it leads to, and the types that it may name.
_TARGETS: Mapping[str, tuple[Kind, tuple[str, ...]]] = {
    "gatewayId": (Kind.INTERNET, (INTERNET_GATEWAY, "aws:ec2/vpnGateway:VpnGateway")),
    "natGatewayId": (Kind.NAT, (NAT,)),
    "egressOnlyGatewayId": (Kind.EGRESS_ONLY, (_EGRESS_ONLY,)),
    "vpcPeeringConnectionId": (Kind.PEERING, (PEERING, ACCEPTER)),
    "transitGatewayId": (Kind.OTHER, ("aws:ec2transitgateway/transitGateway:TransitGateway",)),
    "networkInterfaceId": (Kind.OTHER, ("aws:ec2/networkInterface:NetworkInterface",)),
    "vpcEndpointId": (Kind.OTHER, (ENDPOINT,)),
    "carrierGatewayId": (Kind.OTHER, ("aws:ec2/carrierGateway:CarrierGateway",)),
    "localGatewayId": (Kind.OTHER, ()),
    "coreNetworkArn": (Kind.OTHER, ()),
}
_DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "cidrBlock", "ipv6CidrBlock")


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One route."""

    kind: Kind
    route: Resource
    """The route, or the table that it stands in."""
    destination: Network | None
    """None where it is not known, or a prefix list."""
    gateway: Resource | None
    """None where the graph does not have it."""

    @property
    def name(self) -> str:
        """Of the gateway, or of the route where there is none."""
        return (self.gateway or self.route).name


@dataclass(slots=True)
class Table:
    """The routes of a table, but for those within the VPC, which always are."""

    ways: list[Way] = field(default_factory=list)
    endpoints: list[Resource] = field(default_factory=list)
    """Gateway endpoints that are in it."""

    def cuts(self) -> set[Network]:
        """Networks that a route names."""
        return {way.destination for way in self.ways if way.destination is not None}

    def to(self, network: Network, possible: bool, exact: bool = False) -> list[Way]:
        """The ways to a network: the closest that has all of it, and unless `exact` those to parts of it.

        A route whose destination nobody knows comes with `possible`.
        """
        around = [w for w in self.ways if w.destination is not None and within(network, w.destination)]
        closest = max((w.destination.prefixlen for w in around if w.destination), default=-1)
        inside = [w for w in self.ways if not exact and w.destination != network and _inside(w.destination, network)]
        unknown = [w for w in self.ways if w.destination is None] if possible else []
        return [*(w for w in around if w.destination and w.destination.prefixlen == closest), *inside, *unknown]


class Tables:
    """The route tables of a graph, and which subnet uses which."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._tables: dict[str, Table] = {}
        self._main: dict[str, Table] = {}
        graph = references.graph
        for resource in graph.of(TABLE, DEFAULT_TABLE):
            table = self._tables[resource.urn] = Table()
            for block in items(resource.inputs.get("routes")):
                table.ways += self._ways(resource, "routes", block)
        for vpc in graph.of(VPC):
            self._main[vpc.urn] = Table()
        for resource in graph.of(DEFAULT_TABLE):
            for vpc in self._vpcs(resource):
                self._main[vpc.urn] = self._tables[resource.urn]
        for resource in graph.of(_MAIN):
            own, table_found = references.one(resource, "vpcId", VPC), self._table(resource, "routeTableId")
            if own is not None and table_found is not None:
                self._main[own.urn] = table_found
        for route in graph.of(_ROUTE):
            if (table_found := self._table(route, "routeTableId")) is not None:
                table_found.ways += self._ways(route, "", route.inputs or route.outputs)
        self._add_endpoints()
        self._of_subnet = dict(self._associated())

    def of(self, subnet: str, vpc: str | None) -> Table:
        """The table of a subnet, or else the main one of its VPC."""
        return self._of_subnet.get(subnet) or self._main.get(vpc or "") or Table()

    def _ways(self, route: Resource, key: str, block: Mapping[str, Any]) -> Iterator[Way]:
        """`key` is the property that holds the block; without one the block is the route."""
        destinations = [read_network(block[name]) for name in _DESTINATIONS if block.get(name)] or [None]
        for name, (kind, types) in _TARGETS.items():
            if not (value := block.get(name)) or value == "local":
                continue
            gateway = next(iter(self._references.named(route, key or name, value, *types).resources), None)
            leads = Kind.OTHER if _elsewhere(gateway, value) else kind
            for destination in destinations:
                yield Way(leads, route, destination, gateway)

    def _table(self, by: Resource, key: str) -> Table | None:
        found = self._references.one(by, key, TABLE, DEFAULT_TABLE)
        if found is not None:
            return self._tables[found.urn]
        # A VPC's own table, by the VPC's output.
        id_ = text(raw(by, key))
        for vpc in self._references.graph.of(VPC):
            if id_ and id_ in (known(vpc, "mainRouteTableId"), known(vpc, "defaultRouteTableId")):
                return self._main[vpc.urn]
        return next((self._main[vpc.urn] for vpc in self._references.behind(by, key, VPC)), None)

    def _vpcs(self, table: Resource) -> list[Resource]:
        id_ = known(table, "defaultRouteTableId")
        found = [v for v in self._references.graph.of(VPC) if id_ and known(v, "defaultRouteTableId") == id_]
        return found or list(self._references.behind(table, "defaultRouteTableId", VPC))

    def _add_endpoints(self) -> None:
        graph = self._references.graph
        for endpoint in graph.of(ENDPOINT):
            named = self._references.named(
                endpoint, "routeTableIds", raw(endpoint, "routeTableIds"), TABLE, DEFAULT_TABLE
            )
            for resource in named.resources:
                self._tables[resource.urn].endpoints.append(endpoint)
        for association in graph.of("aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"):
            found = self._references.one(association, "vpcEndpointId", ENDPOINT)
            table = self._table(association, "routeTableId")
            if found is not None and table is not None:
                table.endpoints.append(found)

    def _associated(self) -> Iterator[tuple[str, Table]]:
        for association in self._references.graph.of(_ASSOCIATION):
            subnet = self._references.one(association, "subnetId", SUBNET)
            table = self._table(association, "routeTableId")
            if subnet is not None and table is not None:
                yield subnet.urn, table


def _elsewhere(gateway: Resource | None, value: Any) -> bool:
    """Whether a gateway of the VPC leads to a private network after all."""
    if gateway is None:
        return (text(value) or "").startswith("vgw-")
    return gateway.type.endswith(":VpnGateway") or known(gateway, "connectivityType") == "private"


def _inside(destination: Network | None, network: Network) -> bool:
    return destination is not None and within(destination, network)
