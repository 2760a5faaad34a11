"""What is in a network: everything with an address of its own there, its security groups and what it listens on."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from breakwater.analysis.exposure.acls import SUBNET, Acl, Acls
from breakwater.analysis.exposure.groups import GROUPS, VPC, Groups
from breakwater.analysis.exposure.ports import EVERY, Ports
from breakwater.analysis.exposure.ranges import EVERYWHERE, Network, network, read_network
from breakwater.analysis.exposure.references import NOBODY, Named, References
from breakwater.analysis.exposure.routes import Kind, Table, Tables, Way
from breakwater.analysis.properties import REGION, known, plain, text
from breakwater.graph import STACK_TYPE, Resource


@dataclass(frozen=True, slots=True, eq=False)
class Subnet:
    """A subnet with its edge and its routes."""

    resource: Resource
    vpc: str | None
    """URN of the VPC."""
    networks: tuple[Network, ...]
    """Its IPv4 range and its IPv6 one; where one is not known, everything."""
    has_ipv6: bool
    acl: Acl | None
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """Where something is, and how it can be reached there."""

    subnets: Named = NOBODY
    groups: Named = NOBODY
    unfiltered: bool = False
    """Whether it has no security groups at all, and takes everything."""
    ports: Ports = EVERY
    """What it listens on; everything where a program decides that."""
    public: bool | None = False
    """Whether it has a public IPv4 address; None where nobody knows."""
    ipv6: bool | None = None
    """Whether it has an IPv6 address, in a subnet that has some."""
    opens: bool = True
    """Whether it opens connections."""
    address: str | None = None
    """Its private address, where that is fixed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Host:
    """Something with an address in a network."""

    resource: Resource
    label: str
    """What it is called in paths: two stacks of one program call it the same."""
    place: Place
    vpc: str | None
    subnets: tuple[Subnet, ...]
    groups: frozenset[str]
    sure: bool
    """Whether subnets and groups are known."""

    @property
    def certain(self) -> bool:
        """Whether all of it is known."""
        six = self.place.ipv6 is not None or not any(subnet.has_ipv6 for subnet in self.subnets)
        return self.sure and self.place.public is not None and six

    @property
    def only_forwards(self) -> bool:
        """Whether it opens connections to registered targets only."""
        return self.resource.type in BALANCERS

    @property
    def unfiltered(self) -> bool:
        """Whether no security group stands before it."""
        return self.place.unfiltered

    def networks(self, subnet: Subnet, possible: bool) -> tuple[Network, ...]:
        """Where in a subnet it is, or may be."""
        fixed = network(self.place.address) if self.place.address else None
        six = self.place.ipv6 is True or (possible and self.place.ipv6 is None)
        return tuple(fixed or n if n.version == 4 else n for n in subnet.networks if n.version == 4 or six)


_ELSEWHERE = "a network outside the stack"
BALANCERS = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")


def _unknown_subnet(resource: Resource, vpc: str) -> Subnet:
    """Of a stack whose network is another's: it may be anywhere, and its routes may lead anywhere."""
    ways = [Way(kind, resource, None, None) for kind in (Kind.INTERNET, Kind.NAT)]
    return Subnet(resource, vpc, EVERYWHERE[:1], has_ipv6=False, acl=None, table=Table(ways))


class Hosts:
    """The hosts of a graph, by their places."""

    def __init__(self, references: References, groups: Groups) -> None:
        self._references, self._groups = references, groups
        self._acls, self._tables = Acls(references), Tables(references)

    @cached_property
    def subnets(self) -> dict[str, Subnet]:
        """All subnets by URN."""
        return {resource.urn: self._subnet(resource) for resource in self._references.graph.of(SUBNET)}

    def settled(self, places: Iterator[tuple[Resource, Place]]) -> list[Host]:
        """The hosts; without groups of its own one has the default group of its VPC."""
        listed = list(places)
        labels = _labels([resource for resource, _ in listed], self._references)
        found = [self._host(resource, place, labels[resource.urn]) for resource, place in listed]
        return sorted(found, key=lambda host: (host.label, host.resource.urn, sorted(host.groups)))

    def _host(self, resource: Resource, place: Place, label: str) -> Host:
        subnets = [self.subnets[r.urn] for r in place.subnets.resources if r.urn in self.subnets]
        groups = frozenset(r.urn for r in place.groups.resources)
        vpcs = [subnet.vpc for subnet in subnets] + [self._groups.vpc_of.get(group) for group in sorted(groups)]
        vpc = next((found for found in vpcs if found), None)
        sure = place.subnets.sure and place.groups.sure and not (place.groups.foreign or place.subnets.foreign)
        sure = sure and not any(EVERYWHERE[0] in subnet.networks for subnet in subnets)
        if not subnets:
            vpc = vpc or _ELSEWHERE
            subnets = [s for s in self.subnets.values() if s.vpc == vpc] or [_unknown_subnet(resource, vpc)]
            sure = False
        if not groups and not place.unfiltered and not place.groups.foreign and vpc in self._groups.default_of:
            groups = frozenset({self._groups.default_of[vpc]})
        return Host(
            resource=resource,
            label=label,
            place=place,
            vpc=vpc,
            subnets=tuple(subnets),
            groups=groups,
            sure=sure,
        )

    def _subnet(self, resource: Resource) -> Subnet:
        found = self._references.one(resource, "vpcId", VPC)
        vpc = found.urn if found else None
        six = bool(resource.inputs.get("ipv6CidrBlock") or resource.outputs.get("ipv6CidrBlock"))
        ranges = [read_network(known(resource, "cidrBlock")), read_network(known(resource, "ipv6CidrBlock"))]
        native = plain(known(resource, "ipv6Native")) is True
        # Where it is not known, it may be anywhere.
        ranges = [None if native else ranges[0] or EVERYWHERE[0], ranges[1] or EVERYWHERE[1] if six else None]
        return Subnet(
            resource=resource,
            vpc=vpc,
            networks=tuple(n for n in ranges if n is not None),
            has_ipv6=six,
            acl=self._acls.of(resource.urn, vpc),
            table=self._tables.of(resource.urn, vpc),
        )


def _labels(resources: list[Resource], references: References) -> dict[str, str]:
    """A component's name for what it consists of, where that is all of one kind; else the own names."""
    graph = references.graph
    kinds: dict[str, set[str]] = {}
    for resource in resources:
        kinds.setdefault(resource.parent, set()).add(resource.type)
    found = {}
    for resource in resources:
        parent = graph.by_urn.get(resource.parent)
        whole = parent is not None and not parent.custom and parent.type not in (STACK_TYPE, REGION)
        one_kind = whole and len(kinds[resource.parent]) == 1
        found[resource.urn] = parent.name if parent is not None and one_kind else resource.name
    return found


def security_groups(references: References, by: Resource, key: str, value: object) -> Named:
    """The groups that a property names."""
    return references.named(by, key, value, *GROUPS)


def in_subnets(references: References, by: Resource, key: str, value: object) -> Named:
    """The subnets that a property names."""
    return references.named(by, key, value, SUBNET)


def own_address(resource: Resource) -> str | None:
    """A private address that the program gave."""
    return text(known(resource, "privateIp"))
