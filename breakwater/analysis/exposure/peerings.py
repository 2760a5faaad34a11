"""Peering connections: which VPCs they join, and which routes lead out of the stack."""

from collections.abc import Iterator, Sequence

from breakwater.analysis.exposure.groups import VPC
from breakwater.analysis.exposure.references import References
from breakwater.analysis.exposure.routes import ACCEPTER, PEERING, Kind, Way
from breakwater.analysis.properties import known, plain
from breakwater.graph import Resource


class Peerings:
    """The connections of a graph."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._within: set[str] = set()
        """Those with both ends in the graph."""
        self._accepted = dict(self._read())

    def join(self, one: str | None, other: str | None) -> bool:
        """Whether there is a connection between two VPCs."""
        return frozenset((one, other)) in self._accepted.values()

    def way(self, there: Sequence[Way], back: Sequence[Way]) -> Resource | None:
        """The connection by which packets go and answers come back."""
        gone, returned = ({self._connection(w.gateway) for w in ways if w.gateway} for ways in (there, back))
        both = sorted(self._accepted.keys() & gone & returned)
        return self._references.graph.by_urn[both[0]] if both else None

    def beyond(self, way: Way) -> bool:
        """Whether a route leads to networks that the graph does not tell of."""
        if way.kind is Kind.PEERING:
            return way.gateway is None or self._connection(way.gateway) not in self._within
        return way.kind is Kind.OTHER

    def _connection(self, gateway: Resource) -> str:
        if gateway.type != ACCEPTER:
            return gateway.urn
        found = self._references.one(gateway, "vpcPeeringConnectionId", PEERING)
        return found.urn if found else gateway.urn

    def _read(self) -> Iterator[tuple[str, frozenset[str | None]]]:
        """The accepted ones, with their ends."""
        accepted = {self._connection(accepter) for accepter in self._references.graph.of(ACCEPTER)}
        for connection in self._references.graph.of(PEERING):
            one = self._references.one(connection, "vpcId", VPC)
            other = self._references.one(connection, "peerVpcId", VPC)
            if one is None or other is None:
                continue
            self._within.add(connection.urn)
            by_itself = plain(known(connection, "autoAccept")) is True
            if by_itself or connection.urn in accepted or connection.outputs.get("acceptStatus") == "active":
                yield connection.urn, frozenset((one.urn, other.urn))
