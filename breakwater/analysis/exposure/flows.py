"""Which connections the network lets through: by security groups, ACLs, routes and addresses together.

Each question is asked twice: what is open for sure, and what may be, where something is not known yet.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from breakwater.analysis.exposure.acls import FOREIGN_ANSWERS, OWN_ANSWERS
from breakwater.analysis.exposure.forwarding import Forwarding
from breakwater.analysis.exposure.groups import Groups, Remote, Rule
from breakwater.analysis.exposure.hosts import Host, Subnet
from breakwater.analysis.exposure.peerings import Peerings
from breakwater.analysis.exposure.ports import EVERY, NOTHING, Ports, of
from breakwater.analysis.exposure.ranges import EVERYWHERE, Atom, Network, atoms, by_ranges, internet
from breakwater.analysis.exposure.references import References
from breakwater.analysis.exposure.routes import Kind, Table, Way
from breakwater.analysis.properties import known, region_of
from breakwater.graph import Resource

_WEB = of("tcp", 80, 80) | of("tcp", 443, 443)
"""Where S3 and DynamoDB answer."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what is open between two ends."""

    ports: Ports
    atom: Atom | None
    """Where the other end is a range, for which addresses."""
    rules: tuple[Rule, ...]
    gateways: tuple[Resource, ...]


@dataclass(slots=True)
class Flow:
    """What is open between two ends."""

    ports: Ports = NOTHING
    parts: list[Part] = field(default_factory=list)

    def add(self, ports: Ports, rules: Iterable[Rule], gateways: Iterable[Resource], atom: Atom | None = None) -> None:
        """More ports, and what opens them."""
        self.ports |= ports
        self.parts.append(Part(ports, atom, tuple(rule for rule in rules if rule.ports & ports), tuple(gateways)))

    def rules(self) -> Iterator[Rule]:
        """All that open something."""
        return (rule for part in self.parts for rule in part.rules)

    def told(self) -> Iterator[tuple[tuple[str, ...], Ports, dict[str, Resource]]]:
        """Ranges, none where there are none to tell, with their ports and with what opens these."""
        within = [part for part in self.parts if part.atom is None]
        if within:
            yield (), self.ports, _openers(within, self.ports)
        for version in (4, 6):
            parts = [part for part in self.parts if part.atom and part.atom.network.version == version]
            for ranges, ports, which in by_ranges([(part.atom, part.ports) for part in parts if part.atom]):
                yield ranges, ports, _openers([parts[i] for i in sorted(which)], ports)


def _openers(parts: Iterable[Part], ports: Ports) -> dict[str, Resource]:
    listed = list(parts)
    found = [gateway for part in listed for gateway in part.gateways]
    found += [rule.resource for part in listed for rule in part.rules if rule.ports & ports]
    return {resource.urn: resource for resource in found}


class Flows:
    """The connections of a graph's hosts."""

    def __init__(
        self, references: References, groups: Groups, subnets: Mapping[str, Subnet], forwarding: Forwarding
    ) -> None:
        self._references, self._groups, self._subnets, self._forwarding = references, groups, subnets, forwarding
        self._admitted: dict[object, tuple[Ports, tuple[Rule, ...]]] = {}
        self.peerings = Peerings(references)

    @cached_property
    def certain(self) -> bool:
        """Whether all rules and routes are known: what is possible is then sure."""
        rules = all(rule.sure and not rule.lists for rule in self._groups.rules)
        subnets = self._subnets.values()
        ways = ((subnet, way) for subnet in subnets for way in subnet.table.ways)
        routes = all(
            w.destination and w.gateway and (w.kind is not Kind.NAT or any(self._of_nat(w, s))) for s, w in ways
        )
        return rules and routes and all(s.acl is None or s.acl.certain for s in subnets) and not self._forwarding.unsure

    def admitted(self, host: Host, inward: bool, remote: Remote, possible: bool) -> tuple[Ports, tuple[Rule, ...]]:
        """What the groups of a host let in or out, and by which rules."""
        if host.unfiltered:
            return EVERY, ()
        key = host.groups, inward, remote, possible
        if key not in self._admitted:
            rules = tuple(r for r in self._groups.of(host.groups, inward) if r.matches(remote, possible))
            ports = NOTHING
            for rule in rules:
                ports |= rule.ports
            self._admitted[key] = ports, rules
        return self._admitted[key]

    def between(self, source: Host, target: Host, possible: bool) -> Flow:
        """From one host to another, in one VPC or in two that are peered."""
        flow = Flow()
        here = source.vpc == target.vpc
        if None in (source.vpc, target.vpc) or not (possible or (source.sure and target.sure)):
            return flow
        if not here and not self.peerings.join(source.vpc, target.vpc):
            return flow
        listening = target.place.ports & self._meant(source, target, possible)
        if not listening:
            return flow
        named = here or _region(source, self._references) == _region(target, self._references)
        for near, far, own, other in _pairs(source, target, possible):
            seen = Remote(groups=target.groups if named else frozenset(), networks=(other,))
            out, out_rules = self.admitted(source, False, seen, possible)
            seen = Remote(groups=source.groups if named else frozenset(), networks=(own,))
            into, into_rules = self.admitted(target, True, seen, possible)
            ports = out & into & listening
            if not ports:
                continue
            gateways: tuple[Resource, ...] = ()
            if not here:
                peering = self.peerings.way(near.table.to(other, possible), far.table.to(own, possible))
                if peering is None:
                    continue
                gateways = (peering,)
            if near is not far:
                ports &= _passes(near, other, False, OWN_ANSWERS, possible)
                ports &= _passes(far, own, True, OWN_ANSWERS, possible)
            if ports:
                flow.add(ports, (*out_rules, *into_rules), gateways)
        return flow

    def _meant(self, source: Host, target: Host, possible: bool) -> Ports:
        """Where a source opens connections at all: a balancer only to its targets."""
        if not source.place.opens:
            return NOTHING
        if not source.only_forwards or (possible and source.resource.urn in self._forwarding.unsure):
            return EVERY
        return self._forwarding.ports(source.resource, target.resource)

    def from_internet(self, target: Host, possible: bool) -> Flow:
        """Connections that somebody on the internet may open."""
        return self._internet(target, True, possible, self._straight)

    def to_internet(self, source: Host, possible: bool) -> Flow:
        """Connections to the internet that a host may open: by its own address, or through a NAT gateway."""
        if not source.place.opens or source.only_forwards:
            return Flow()
        return self._internet(source, False, possible, self._out)

    def _internet(
        self, host: Host, inward: bool, possible: bool, passes: Callable[[Host, Subnet, Atom, Way, bool], Ports]
    ) -> Flow:
        flow = Flow()
        if not (possible or host.sure):
            return flow
        for version in (4, 6):
            subnets = [subnet for subnet in host.subnets if version == 4 or subnet.has_ipv6]
            for atom in internet(version, self._cuts(host, subnets, inward)) if subnets else ():
                remote = Remote(networks=(atom.network,), exact=True)
                ports, rules = self.admitted(host, inward, remote, possible)
                ports &= host.place.ports if inward else EVERY
                if not ports:
                    continue
                for subnet in subnets:
                    for way in subnet.table.to(atom.network, possible, exact=True):
                        if passed := ports & passes(host, subnet, atom, way, possible):
                            flow.add(passed, rules, [way.gateway or way.route], atom)
        return flow

    def _cuts(self, host: Host, subnets: Iterable[Subnet], inward: bool) -> set[Network]:
        found = {n for rule in self._groups.of(host.groups, inward) for n in rule.networks}
        for subnet in subnets:
            found |= subnet.table.cuts() | (subnet.acl.cuts() if subnet.acl else set())
            for way in subnet.table.ways:
                if way.kind is Kind.NAT:
                    for outer in self._of_nat(way, subnet):
                        found |= outer.table.cuts() | (outer.acl.cuts() if outer.acl else set())
        return found

    def _straight(self, host: Host, subnet: Subnet, atom: Atom, way: Way, possible: bool) -> Ports:
        """In, to the host's own address."""
        if way.kind is not Kind.INTERNET or not _addressed(host, atom.network.version, possible):
            return NOTHING
        return _passes(subnet, atom, True, FOREIGN_ANSWERS, possible)

    def _out(self, host: Host, subnet: Subnet, atom: Atom, way: Way, possible: bool) -> Ports:
        """Out, by whatever a route leads to."""
        version = atom.network.version
        passed = _passes(subnet, atom, False, OWN_ANSWERS, possible)
        if way.kind is Kind.INTERNET or (way.kind is Kind.EGRESS_ONLY and version == 6):
            return passed if _addressed(host, version, possible) else NOTHING
        if way.kind is not Kind.NAT or not passed:
            return NOTHING
        outers = list(self._of_nat(way, subnet))
        # One that the graph does not have, or in a subnet that it does not have, leads out as far as one can tell.
        found = EVERY if not outers and (possible or way.gateway is None) else NOTHING
        for outer in outers:
            if any(w.kind is Kind.INTERNET for w in outer.table.to(atom.network, possible, exact=True)):
                through = _passes(outer, atom, False, OWN_ANSWERS, possible)
                for own in host.networks(subnet, possible):
                    if own.version == version and outer is not subnet:
                        through &= _passes(outer, own, True, OWN_ANSWERS, possible)
                found |= through
        return passed & found

    def _of_nat(self, way: Way, inner: Subnet) -> Iterator[Subnet]:
        """Where a NAT gateway stands; a regional one in no subnet, with a way out of its own."""
        if way.gateway is None:
            return
        found = self._references.one(way.gateway, "subnetId", "aws:ec2/subnet:Subnet")
        if found is not None:
            yield self._subnets[found.urn]
        elif known(way.gateway, "availabilityMode") == "regional":
            out = Table([Way(Kind.INTERNET, way.route, EVERYWHERE[0], None)])
            yield Subnet(way.gateway, inner.vpc, (), has_ipv6=False, acl=None, table=out)

    def from_range(self, host: Host, way: Way, inward: bool, possible: bool) -> Flow:
        """To or from the networks behind a route that leads out of the stack."""
        flow = Flow()
        if not (possible or host.sure) or (not inward and (not host.place.opens or host.only_forwards)):
            return flow
        universes = [way.destination] if way.destination is not None else EVERYWHERE if possible else []
        answers = FOREIGN_ANSWERS if inward else OWN_ANSWERS
        for universe in universes:
            for atom in atoms(universe, self._cuts(host, host.subnets, inward)):
                remote = Remote(networks=(atom.network,), exact=True)
                ports, rules = self.admitted(host, inward, remote, possible)
                ports &= host.place.ports if inward else EVERY
                for subnet in host.subnets if ports else ():
                    passed = ports & _passes(subnet, atom, inward, answers, possible)
                    if passed and any(w is way for w in subnet.table.to(atom.network, possible, exact=True)):
                        flow.add(passed, rules, [way.gateway or way.route])
        return flow

    def to_service(self, host: Host, endpoint: Resource, possible: bool) -> Flow:
        """To S3 or DynamoDB through a gateway endpoint, wherever in the internet their addresses are."""
        flow = Flow()
        if not (possible or host.sure) or not host.place.opens or host.only_forwards:
            return flow
        lists = frozenset({endpoint.urn, str(endpoint.outputs.get("prefixListId", ""))} - {""})
        for subnet in host.subnets:
            if endpoint not in subnet.table.endpoints:
                continue
            for atom in internet(4, self._cuts(host, [subnet], False)):
                if atom.network.prefixlen and not possible:
                    continue  # its addresses may lie elsewhere
                remote = Remote(networks=(atom.network,), exact=True, lists=lists)
                ports, rules = self.admitted(host, False, remote, possible)
                ports &= _WEB & _passes(subnet, atom, False, OWN_ANSWERS, possible)
                if ports:
                    flow.add(ports, rules, [endpoint])
        return flow


def _region(host: Host, references: References) -> str:
    return region_of(host.resource, references.graph)


def _pairs(source: Host, target: Host, possible: bool) -> Iterator[tuple[Subnet, Subnet, Network, Network]]:
    for near in source.subnets:
        for far in target.subnets:
            for own in source.networks(near, possible):
                for other in target.networks(far, possible):
                    if own.version == other.version:
                        yield near, far, own, other


def _passes(subnet: Subnet, remote: Network | Atom, inward: bool, answers: Ports, possible: bool) -> Ports:
    return EVERY if subnet.acl is None else subnet.acl.passes(remote, inward, answers, possible)


def _addressed(host: Host, version: int, possible: bool) -> bool:
    """Whether it has an address that the internet knows."""
    known_ = host.place.public if version == 4 else host.place.ipv6
    return known_ is True or (possible and known_ is None)
