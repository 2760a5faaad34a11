"""Network ACLs: ordered rules at the edge of a subnet, which remember no connection."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from breakwater.analysis.exposure.ports import EVERY, NOTHING, Ports, of, read_ports
from breakwater.analysis.exposure.ranges import Atom, Network, atoms, read_network, within
from breakwater.analysis.exposure.references import References, is_unknown, raw
from breakwater.analysis.properties import items, known, plain, whole
from breakwater.graph import Resource

ACL, DEFAULT_ACL = "aws:ec2/networkAcl:NetworkAcl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
_ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
SUBNET = "aws:ec2/subnet:Subnet"

# Amazon VPC user guide, "Ephemeral ports": NAT gateways, balancers and functions use all of these, others some.
OWN_ANSWERS = of("tcp", 1024, 65535) | of("udp", 1024, 65535) | (EVERY - of("tcp", 0, 65535) - of("udp", 0, 65535))
"""Where answers to a stack's own clients may arrive."""
FOREIGN_ANSWERS = EVERY
"""Where those to others may: they choose any port."""


@dataclass(frozen=True, slots=True)
class _Rule:
    number: int
    allow: bool
    ports: Ports
    network: Network | None
    """None where it is not known."""
    sure: bool


@dataclass(slots=True)
class Acl:
    """The rules of both directions."""

    resource: Resource
    inward: list[_Rule] = field(default_factory=list)
    outward: list[_Rule] = field(default_factory=list)
    _passed: dict[tuple[Network, bool, bool, Ports], Ports] = field(default_factory=dict)

    @property
    def certain(self) -> bool:
        """Whether all of it is known."""
        return all(rule.sure and rule.network for rule in (*self.inward, *self.outward))

    def cuts(self) -> set[Network]:
        """Networks that a rule names."""
        return {rule.network for rule in (*self.inward, *self.outward) if rule.network is not None}

    def passes(self, remote: Network | Atom, inward: bool, answers: Ports, possible: bool) -> Ports:
        """Ports at which connections with some of these addresses pass, and their answers too.

        `inward` is the direction in which connections are opened. A client picks the port that its answers come to:
        one that is let through is enough.
        """
        if isinstance(remote, Atom):
            return self._through(remote.network, inward, answers, possible)
        key = (remote, inward, possible, answers)
        if key not in self._passed:
            found = NOTHING
            for atom in atoms(remote, self.cuts()):
                found |= self._through(atom.network, inward, answers, possible)
            self._passed[key] = found
        return self._passed[key]

    def _through(self, remote: Network, inward: bool, answers: Ports, possible: bool) -> Ports:
        there, back = (self.inward, self.outward) if inward else (self.outward, self.inward)
        open_back = _allowed(back, remote, possible) & answers
        # By protocol: answers of TCP come back by TCP.
        returned = NOTHING
        for protocol in ("tcp", "udp", "icmp", "protocol"):
            everything = of(protocol, 0, 65535)
            if open_back & everything:
                returned |= everything
        return _allowed(there, remote, possible) & returned


def _allowed(rules: Iterable[_Rule], remote: Network, possible: bool) -> Ports:
    """By the first rule that is about the address and the port."""
    allowed = decided = NOTHING
    for rule in rules:
        unsure = not rule.sure or rule.network is None
        if unsure and rule.allow != possible:
            continue
        if rule.network is None or within(remote, rule.network):
            if rule.allow:
                allowed |= rule.ports - decided
            decided |= rule.ports
    return allowed


class Acls:
    """The ACLs of a graph, and which subnet is under which."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._acls = {acl.urn: _inline(acl) for acl in references.graph.of(ACL, DEFAULT_ACL)}
        for resource in references.graph.of(_RULE):
            owners = references.named(resource, "networkAclId", raw(resource, "networkAclId"), ACL, DEFAULT_ACL)
            for owner in owners.resources:
                outward = plain(known(resource, "egress")) is True
                _add(self._acls[owner.urn], resource.inputs or resource.outputs, outward)
        for acl in self._acls.values():
            for rules in (acl.inward, acl.outward):
                rules.sort(key=lambda rule: rule.number)
        self._of_subnet = self._associated()
        self._default_of_vpc = {
            vpc: acl for acl in self._acls.values() if acl.resource.type == DEFAULT_ACL for vpc in self._vpcs(acl)
        }

    def of(self, subnet: str, vpc: str | None) -> Acl | None:
        """The ACL of a subnet; None for AWS's default one, which lets everything pass."""
        return self._of_subnet.get(subnet) or (self._default_of_vpc.get(vpc) if vpc else None)

    def _vpcs(self, acl: Acl) -> list[str]:
        vpc_types = ("aws:ec2/vpc:Vpc",)
        id_, vpcs = known(acl.resource, "defaultNetworkAclId"), self._references.graph.of(*vpc_types)
        own = [vpc.urn for vpc in vpcs if id_ and known(vpc, "defaultNetworkAclId") == id_]
        return own or [v.urn for v in self._references.behind(acl.resource, "defaultNetworkAclId", *vpc_types)]

    def _associated(self) -> dict[str, Acl]:
        found: dict[str, Acl] = {}
        for acl in self._acls.values():
            named = self._references.named(acl.resource, "subnetIds", raw(acl.resource, "subnetIds"), SUBNET)
            found |= {subnet.urn: acl for subnet in named.resources}
        for association in self._references.graph.of(_ASSOCIATION):
            owner = self._references.one(association, "networkAclId", ACL, DEFAULT_ACL)
            subnet_found = self._references.one(association, "subnetId", SUBNET)
            if owner is not None and subnet_found is not None:
                found[subnet_found.urn] = self._acls[owner.urn]
        return found


def _inline(resource: Resource) -> Acl:
    acl = Acl(resource)
    for key, outward in (("ingress", False), ("egress", True)):
        value = resource.inputs.get(key)
        if is_unknown(value):
            rules = acl.outward if outward else acl.inward
            rules += [_Rule(0, allow, EVERY, None, sure=False) for allow in (True, False)]
        for block in items(value):
            _add(acl, block, outward)
    return acl


def _add(acl: Acl, block: Any, outward: bool) -> None:
    ports, sure = read_ports(block.get("protocol"), block.get("fromPort"), block.get("toPort"))
    if plain(block.get("protocol")) in ("icmp", "icmpv6", "1", "58", 1, 58):
        first = block.get("icmpType")
        ports, sure = read_ports("icmp", -1 if first is None else first, None)
    action = plain(block.get("ruleAction") or block.get("action"))
    number = whole(block.get("ruleNumber") if "ruleNumber" in block else block.get("ruleNo"))
    blocks = [v for v in (block.get(k) for k in ("cidrBlock", "ipv6CidrBlock")) if v]
    for value in blocks or [None]:
        cidr = read_network(value)
        rules = acl.outward if outward else acl.inward
        certain = sure and number is not None and action is not None
        for allow in {"allow": (True,), "deny": (False,)}.get(str(action), (True, False)):
            rules.append(_Rule(number or 0, allow, ports, cidr, certain))
