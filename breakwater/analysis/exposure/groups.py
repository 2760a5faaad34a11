"""Security groups: what their rules let in and out. Rules stand in the groups or are resources of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from breakwater.analysis.exposure.ports import EVERY, Ports, read_ports
from breakwater.analysis.exposure.ranges import EVERYWHERE, Network, meet, network, within
from breakwater.analysis.exposure.references import References, is_unknown, listed, raw
from breakwater.analysis.properties import items, known, plain, text
from breakwater.graph import Resource

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
GROUPS = (GROUP, DEFAULT_GROUP)
_OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
_LIST, _ENTRY = "aws:ec2/managedPrefixList:ManagedPrefixList", "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
VPC = "aws:ec2/vpc:Vpc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """The other end, as a rule sees it."""

    groups: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    """Where its address is."""
    exact: bool = False
    """Whether a rule must cover all of these addresses; else the address is one of them, nobody knows which."""
    lists: frozenset[str] = frozenset()
    """Ids of prefix lists that it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one group lets in or out."""

    resource: Resource
    """The rule, or the group that it stands in."""
    ports: Ports
    group: str = ""
    """URN of the group."""
    inward: bool = True
    networks: tuple[Network, ...] = ()
    groups: frozenset[str] = frozenset()
    foreign_groups: frozenset[str] = frozenset()
    """Ids of groups outside the stack."""
    lists: frozenset[str] = frozenset()
    """Ids of prefix lists whose addresses the graph does not tell, and URNs of endpoints whose lists they are."""
    sure: bool = True
    """Whether all of it is known."""
    anyone: bool = False
    """Whether it may be about anyone, because whom it is about is not known."""

    def matches(self, remote: Remote, possible: bool) -> bool:
        """Whether it is about the other end: for sure, or with `possible` as far as one can tell."""
        if not possible and not self.sure:
            return False
        if self.anyone or self.groups & remote.groups or self.lists & remote.lists:
            return True
        if possible and self.lists and remote.exact:
            return True
        check = within if remote.exact else meet
        return any(check(n, own) for n in remote.networks for own in self.networks)


@dataclass(slots=True)
class Groups:
    """All security groups of a graph."""

    rules: list[Rule] = field(default_factory=list)
    vpc_of: dict[str, str] = field(default_factory=dict)
    """URN of a group → URN of its VPC; the id of one that is not in the graph."""
    default_of: dict[str, str] = field(default_factory=dict)
    """URN of a VPC → its default group: a URN, or where nobody adopted it a name of its own."""
    _of_group: dict[tuple[str, bool], list[Rule]] = field(default_factory=dict)

    def of(self, groups: frozenset[str], inward: bool) -> list[Rule]:
        """The rules of these groups together."""
        return [rule for group in sorted(groups) for rule in self._of_group.get((group, inward), ())]

    def add(self, rule: Rule) -> None:
        """One more rule."""
        self.rules.append(rule)
        self._of_group.setdefault((rule.group, rule.inward), []).append(rule)


def read_groups(references: References) -> Groups:
    """All groups and rules."""
    found, graph = Groups(), references.graph
    prefix_lists = _prefix_lists(references)
    for vpc in graph.of(VPC):
        # AWS makes one with each VPC: its members reach each other, and everything outside.
        own = f"default group of {vpc.urn}"
        found.default_of[vpc.urn], found.vpc_of[own] = own, vpc.urn
        found.add(Rule(resource=vpc, group=own, inward=True, ports=EVERY, groups=frozenset({own})))
        found.add(Rule(resource=vpc, group=own, inward=False, ports=EVERY, networks=EVERYWHERE))
    for group in graph.of(*GROUPS):
        vpc_found = references.one(group, "vpcId", VPC)
        if vpc_found is not None:
            found.vpc_of[group.urn] = vpc_found.urn
            if group.type == DEFAULT_GROUP:
                found.default_of[vpc_found.urn] = group.urn
        elif id_ := text(raw(group, "vpcId")):
            found.vpc_of[group.urn] = id_
        for direction in ("ingress", "egress"):
            for block in _blocks(group, direction):
                rule = _rule(group, direction, block, references, prefix_lists)
                found.add(replace(rule, group=group.urn, inward=direction == "ingress"))
    for resource in graph.of(_INGRESS, _EGRESS, _OLD_RULE):
        inward = resource.type == _INGRESS or (resource.type == _OLD_RULE and known(resource, "type") == "ingress")
        owners = references.named(resource, "securityGroupId", raw(resource, "securityGroupId"), *GROUPS)
        rule = _rule(resource, "", resource.inputs or resource.outputs, references, prefix_lists)
        # It may be any group's where that is not known.
        for owner in owners.resources if owners.sure else graph.of(*GROUPS):
            found.add(replace(rule, group=owner.urn, inward=inward, sure=rule.sure and owners.sure))
    return found


def _blocks(group: Resource, direction: str) -> Iterator[Mapping[str, Any]]:
    # What the provider answers may repeat the rules that are resources of their own.
    value = (group.inputs or group.outputs).get(direction)
    if is_unknown(value):
        yield {"protocol": value, "cidrBlocks": value}
    yield from items(value)


def _rule(
    resource: Resource,
    key: str,
    block: Mapping[str, Any],
    references: References,
    prefix_lists: Mapping[str, tuple[Network, ...]],
) -> Rule:
    """`key` is the property that holds the block; without one the block is the resource."""
    protocol = block.get("ipProtocol") if "ipProtocol" in block else block.get("protocol")
    ports, sure = read_ports(protocol, block.get("fromPort"), block.get("toPort"))
    networks: list[Network] = []
    groups: set[str] = set()
    foreign: set[str] = set()
    lists: set[str] = set()
    anyone = False
    for name in ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks"):
        for value in listed(block.get(name)):
            cidr = network(value) if isinstance(value, str) and not is_unknown(value) else None
            anyone |= cidr is None
            networks += [cidr] if cidr else []
    for name in ("referencedSecurityGroupId", "sourceSecurityGroupId", "securityGroups"):
        named = references.named(resource, key or name, block.get(name), *GROUPS)
        groups |= {r.urn for r in named.resources}
        foreign |= {*named.foreign}
        anyone |= not named.sure
    if plain(block.get("self")) is True:
        groups |= {resource.urn} if key else {r.urn for r in _owners(resource, references)}
    for name in ("prefixListId", "prefixListIds"):
        for value in listed(block.get(name)):
            named = references.named(resource, key or name, value, _LIST, _ENDPOINT)
            for source in named.resources:
                networks += prefix_lists.get(source.urn, ())
            lists |= {*named.foreign, *(source.urn for source in named.resources if source.type == _ENDPOINT)}
            anyone |= not named.sure
    return Rule(
        resource=resource,
        ports=ports,
        networks=tuple(networks),
        groups=frozenset(groups),
        foreign_groups=frozenset(foreign),
        lists=frozenset(lists),
        sure=sure and not anyone,
        anyone=anyone,
    )


def _owners(resource: Resource, references: References) -> tuple[Resource, ...]:
    return references.named(resource, "securityGroupId", raw(resource, "securityGroupId"), *GROUPS).resources


def _prefix_lists(references: References) -> dict[str, tuple[Network, ...]]:
    found: dict[str, list[Network]] = {}
    for prefix_list in references.graph.of(_LIST):
        entries = (text(entry.get("cidr")) for entry in items(known(prefix_list, "entries")))
        found[prefix_list.urn] = [n for n in (network(e) for e in entries if e) if n]
    for entry in references.graph.of(_ENTRY):
        owner, cidr = references.one(entry, "prefixListId", _LIST), text(known(entry, "cidr"))
        if owner is not None and cidr and (parsed := network(cidr)):
            found[owner.urn].append(parsed)
    return {urn: tuple(networks) for urn, networks in found.items()}
