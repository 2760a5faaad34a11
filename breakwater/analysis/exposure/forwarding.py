"""What load balancers pass on: from a listener by its rules to a target group, and from there to tasks or functions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.analysis.exposure.hosts import BALANCERS
from breakwater.analysis.exposure.places import FUNCTION, LISTENERS, SERVICE, listener_ports
from breakwater.analysis.exposure.ports import NOTHING, Ports, of
from breakwater.analysis.exposure.references import References, raw
from breakwater.analysis.properties import items, known, number, plain, text, whole
from breakwater.graph import Resource

_RULES = ("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule")
_TARGET_GROUPS = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
_ATTACHMENTS = (
    "aws:lb/targetGroupAttachment:TargetGroupAttachment",
    "aws:alb/targetGroupAttachment:TargetGroupAttachment",
)
_INSTANCE = "aws:ec2/instance:Instance"


@dataclass(frozen=True, slots=True, eq=False)
class Forward:
    """One way through a balancer."""

    balancer: Resource
    listener: Resource
    rule: Resource
    """The listener itself, where it is by its default action."""
    group: Resource
    target: Resource
    ports: Ports
    """Of the target; nothing where it is a function."""

    @property
    def entry(self) -> Ports:
        """Where the balancer takes what it passes on."""
        return listener_ports(self.listener)


class Forwarding:
    """All that the balancers of a graph pass on."""

    def __init__(self, references: References) -> None:
        self._references = references
        self.unsure: set[str] = set()
        """Balancers of which not everything is known."""
        self._members = self._registered()
        self.forwards = tuple(self._forwards())
        self._ports: dict[tuple[str, str], Ports] = {}
        for forward in self.forwards:
            key = forward.balancer.urn, forward.target.urn
            self._ports[key] = self._ports.get(key, NOTHING) | forward.ports | self._checked(forward.group)

    def ports(self, balancer: Resource, target: Resource) -> Ports:
        """Where a balancer opens connections to a target."""
        return self._ports.get((balancer.urn, target.urn), NOTHING)

    def _checked(self, group: Resource) -> Ports:
        for check in items(known(group, "healthCheck")):
            if (port := whole(check.get("port"))) is not None:
                return of("tcp", port, port)
        return NOTHING

    def _forwards(self) -> Iterator[Forward]:
        graph = self._references.graph
        listeners = [(listener, listener, "defaultActions") for listener in graph.of(*LISTENERS)]
        for rule in graph.of(*_RULES):
            listener = self._references.one(rule, "listenerArn", *LISTENERS)
            if listener is not None:
                listeners.append((listener, rule, "actions"))
        for listener, rule, key in listeners:
            balancer = self._references.one(listener, "loadBalancerArn", *BALANCERS)
            if balancer is None:
                continue
            for group in self._groups(balancer, rule, key):
                for target, ports in self._members.get(group.urn, ()):
                    yield Forward(balancer, listener, rule, group, target, ports)

    def _groups(self, balancer: Resource, rule: Resource, key: str) -> Iterator[Resource]:
        """The target groups that actions name, in one of two ways."""
        for action in items(raw(rule, key)):
            told: list[Any] = [action.get("targetGroupArn")]
            for forward in items(action.get("forward")):
                told += [block.get("arn") for block in items(forward.get("targetGroups"))]
            found = self._references.named(rule, key, [value for value in told if value], *_TARGET_GROUPS)
            if not found.sure:
                self.unsure.add(balancer.urn)
            yield from found.resources

    def _registered(self) -> Mapping[str, list[tuple[Resource, Ports]]]:
        """URN of a target group → its targets, each with the ports that it is registered with."""
        found: dict[str, list[tuple[Resource, Ports]]] = {}
        references = self._references
        for service in references.graph.of(SERVICE):
            for block in items(raw(service, "loadBalancers")):
                arns = [block.get("targetGroupArn")]
                arns += [more.get("alternateTargetGroupArn") for more in items(block.get("advancedConfiguration"))]
                port = _port(block.get("containerPort"))
                named = references.named(service, "loadBalancers", [arn for arn in arns if arn], *_TARGET_GROUPS)
                for group in named.resources:
                    found.setdefault(group.urn, []).append((service, port))
        for attachment in references.graph.of(*_ATTACHMENTS):
            group_found = references.one(attachment, "targetGroupArn", *_TARGET_GROUPS)
            target = references.one(attachment, "targetId", FUNCTION, _INSTANCE, *BALANCERS)
            if group_found is not None and target is not None:
                given = known(attachment, "port") or known(group_found, "port")
                port = NOTHING if target.type == FUNCTION else _port(given)
                found.setdefault(group_found.urn, []).append((target, port))
        return found


def keeps_client(forward: Forward) -> bool:
    """Whether a target sees the client's address instead of the balancer's."""
    if text(known(forward.balancer, "loadBalancerType")) != "network":
        return False
    told = plain(raw(forward.group, "preserveClientIp"))
    if told is not None:
        return str(told).lower() == "true"
    return (text(known(forward.group, "targetType")) or "instance") == "instance"


def _port(value: Any) -> Ports:
    port = whole(value) if number(value) is not None else None
    return of("tcp", port, port) | of("udp", port, port) if port is not None else of("tcp", 0, 65535)
