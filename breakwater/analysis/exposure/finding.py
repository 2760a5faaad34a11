"""Every path of a stack, from its graph alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

from breakwater.analysis.exposure.flows import Flow, Flows
from breakwater.analysis.exposure.forwarding import Forward, Forwarding, keeps_client
from breakwater.analysis.exposure.groups import Groups, read_groups
from breakwater.analysis.exposure.hosts import Host, Hosts
from breakwater.analysis.exposure.model import INTERNET, Direction, Path, step, steps
from breakwater.analysis.exposure.peerings import Peerings
from breakwater.analysis.exposure.places import FUNCTION, TASKS, places
from breakwater.analysis.exposure.ports import EVERY, Ports
from breakwater.analysis.exposure.public import Public
from breakwater.analysis.exposure.ranges import EVERYWHERE
from breakwater.analysis.exposure.references import References
from breakwater.analysis.exposure.routes import Way
from breakwater.graph import Resource, ResourceGraph


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of the network: whose path it is, and its answer for what is sure or possible."""

    direction: Direction
    source: str
    target: str
    sure: Flow
    possible: Flow
    why: str
    """What is not known, where the two differ."""


class Finder:
    """The paths of a graph."""

    def __init__(self, graph: ResourceGraph) -> None:
        self.references = References(graph)
        self.groups: Groups = read_groups(self.references)
        settled = Hosts(self.references, self.groups)
        self.hosts = settled.settled(places(self.references))
        self.forwarding = Forwarding(self.references)
        self.flows = Flows(self.references, self.groups, settled.subnets, self.forwarding)
        self._labels = {host.resource.urn: host.label for host in self.hosts}

    def paths(self) -> Iterator[Path]:
        """All, as they are found."""
        for ask in self.asked:
            yield from self._told(ask)
        yield from self._forwarded()
        yield from Public(self.references, self.label).paths()
        yield from self._outside()
        yield from self._foreign_groups()

    def label(self, resource: Resource) -> str:
        """What a resource is called in paths."""
        return self._labels.get(resource.urn, resource.name)

    @cached_property
    def asked(self) -> list[Ask]:
        """Every question that the network answers."""
        return [*self._inward(), *self._between(), *self._outward()]

    def _inward(self) -> Iterator[Ask]:
        for host in self.hosts:
            flow = partial(self.flows.from_internet, host)
            yield self._ask(Direction.INWARD, (INTERNET, host.label), flow, host)

    def _between(self) -> Iterator[Ask]:
        for source in self.hosts:
            for target in self.hosts:
                flow = partial(self.flows.between, source, target)
                yield self._ask(Direction.BETWEEN, (source.label, target.label), flow, source, target)
            for way in _distinct(source, self.flows.peerings):
                name = _range(way)
                for inward in (True, False):
                    flow = partial(self.flows.from_range, source, way, inward)
                    ends = (name, source.label) if inward else (source.label, name)
                    yield self._ask(Direction.BETWEEN, ends, flow, source)

    def _outward(self) -> Iterator[Ask]:
        for host in self.hosts:
            flow = partial(self.flows.to_internet, host)
            yield self._ask(Direction.OUTWARD, (host.label, INTERNET), flow, host)
            endpoints = {e.urn: e for subnet in host.subnets for e in subnet.table.endpoints}
            for endpoint in endpoints.values():
                flow = partial(self.flows.to_service, host, endpoint)
                sure, possible = flow(False), flow(True)
                why = "" if possible.ports == sure.ports else f"where {endpoint.name} leads to is not known by address"
                yield Ask(
                    Direction.BETWEEN, host.label, endpoint.name, sure, possible, why or self._why(possible, host)
                )

    def _ask(self, direction: Direction, ends: tuple[str, str], flow: Callable[[bool], Flow], *hosts: Host) -> Ask:
        possible = flow(True)
        certain = not possible.ports or (self.flows.certain and all(host.certain for host in hosts))
        # Nothing is known less well: the second answer would be the same.
        sure = possible if certain else flow(False)
        return Ask(direction, *ends, sure, possible, self._why(possible, *hosts))

    def _told(self, ask: Ask) -> Iterator[Path]:
        flows = [(ask.sure, "")] if ask.sure is ask.possible else [(ask.sure, ""), (ask.possible, ask.why)]
        for flow, why in flows:
            for ranges, ports, openers in flow.told():
                yield Path(
                    direction=ask.direction,
                    source=ask.source,
                    target=ask.target,
                    ports=ports,
                    ranges=ranges,
                    through=steps(openers.values()),
                    undecidable=why,
                )

    def _why(self, flow: Flow, *hosts: Host) -> str:
        """What is not known about a flow that may be."""
        unsure = sorted({rule.resource.name for rule in flow.rules() if not rule.sure})
        if unsure:
            return f"what {', '.join(unsure)} allows is not known"
        listed = sorted({rule.resource.name for rule in flow.rules() if rule.lists})
        if listed:
            return f"which addresses {', '.join(listed)} is about is not known"
        for host in hosts:
            if not host.sure:
                return f"not all subnets and security groups of {host.label} are known"
        for host in hosts:
            if host.place.public is None:
                return f"whether {host.label} has a public address is not known"
        for host in hosts:
            if host.place.ipv6 is None and any(subnet.has_ipv6 for subnet in host.subnets):
                setting = "; the account's setting dualStackIPv6 decides" if host.resource.type in TASKS else ""
                return f"whether {host.label} has an IPv6 address is not known{setting}"
        return "not all rules of an ACL, routes or forwarding are known"

    def _forwarded(self) -> Iterator[Path]:
        """From the internet through a balancer, where both parts of the way are open."""
        entries: dict[str, list[Ask]] = {}
        onward: dict[tuple[str, str], list[Ask]] = {}
        for ask in self.asked:
            if ask.direction is Direction.INWARD:
                entries.setdefault(ask.target, []).append(ask)
            elif ask.direction is Direction.BETWEEN:
                onward.setdefault((ask.source, ask.target), []).append(ask)
        for forward in self.forwarding.forwards:
            ends = self.label(forward.balancer), self.label(forward.target)
            for entry in entries.get(ends[0], ()):
                asks = onward.get(ends, [])
                is_function = forward.target.type == FUNCTION
                sure = is_function or any(ask.sure.ports & forward.ports for ask in asks)
                if not sure and keeps_client(forward):
                    why = f"{ends[0]} passes on the clients' own addresses, which {ends[1]} may admit or not"
                    yield from self._entered(forward, entry, why, certain=False)
                elif sure or any(ask.possible.ports & forward.ports for ask in asks):
                    why = "" if sure else next(ask.why for ask in asks)
                    yield from self._entered(forward, entry, why, certain=sure)

    def _entered(self, forward: Forward, entry: Ask, why: str, *, certain: bool) -> Iterator[Path]:
        resources = {r.urn: r for r in (forward.balancer, forward.listener, forward.rule, forward.group)}
        for flow, unknown in ((entry.sure if certain else Flow(), ""), (entry.possible, why or entry.why)):
            for ranges, ports, _ in flow.told():
                if entered := ports & forward.entry:
                    yield Path(
                        direction=Direction.INWARD,
                        source=INTERNET,
                        target=self.label(forward.target),
                        ports=entered,
                        ranges=ranges,
                        through=steps(resources.values()),
                        undecidable=unknown,
                    )

    def _outside(self) -> Iterator[Path]:
        """Functions that are in no network of the stack, but in Lambda's own."""
        inside = {host.resource.urn for host in self.hosts}
        for function in self.references.graph.of(FUNCTION):
            if function.urn not in inside:
                yield Path(
                    direction=Direction.OUTWARD,
                    source=self.label(function),
                    target=INTERNET,
                    ports=EVERY,
                    ranges=(str(EVERYWHERE[0]),),
                    through=steps([function]),
                )

    def _foreign_groups(self) -> Iterator[Path]:
        """Members of groups that others made: who they are, the graph does not tell."""
        for host in self.hosts:
            for inward in (True, False):
                for rule in self.groups.of(host.groups, inward):
                    ports: Ports = rule.ports & (host.place.ports if inward else EVERY)
                    if not rule.foreign_groups or not ports or not (inward or host.place.opens):
                        continue
                    other = "a security group outside the stack"
                    ends = (other, host.label) if inward else (host.label, other)
                    yield Path(
                        direction=Direction.BETWEEN,
                        source=ends[0],
                        target=ends[1],
                        ports=ports,
                        through=(step(rule.resource),),
                        undecidable=f"who is in the security group that {rule.resource.name} names is not known",
                    )


def _distinct(host: Host, peerings: Peerings) -> Iterator[Way]:
    """The routes of its subnets that lead out of the stack."""
    seen: set[int] = set()
    for subnet in host.subnets:
        for way in subnet.table.ways:
            if peerings.beyond(way) and id(way) not in seen:
                seen.add(id(way))
                yield way


def _range(way: Way) -> str:
    where = str(way.destination) if way.destination is not None else "networks that are not known"
    return f"{where} by {way.name}"
