"""Rules of security groups that let nothing through, and why: half of an edge, an ACL, no route, nobody there."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from breakwater.analysis.exposure.groups import VPC, Remote, Rule
from breakwater.analysis.exposure.hosts import Host
from breakwater.analysis.exposure.model import Direction, Remark, step
from breakwater.analysis.exposure.ranges import Network, is_private, meet

if TYPE_CHECKING:
    from breakwater.analysis.exposure.finding import Finder

_IN_THE_WAY = "an ACL or a missing route is in the way"


def remarks(finder: "Finder") -> list[Remark]:
    """One for each rule that is known and part of no path, or lets the internet in where it does not come."""
    used = {id(rule) for ask in finder.asked for rule in ask.possible.rules()}
    entered = {id(r) for ask in finder.asked if ask.direction is Direction.INWARD for r in ask.possible.rules()}
    found = set()
    for rule in finder.groups.rules:
        made_by_aws = rule.resource.type == VPC
        if not rule.sure or made_by_aws or rule.foreign_groups or rule.lists:
            continue
        what = f"{'in' if rule.inward else 'out'}, {rule.ports}"
        if id(rule) not in used:
            found.add(Remark(rule=step(rule.resource), why=f"{what}: {_why(rule, finder)}"))
        elif rule.inward and id(rule) not in entered:
            owners = [host for host in finder.hosts if rule.group in host.groups]
            for why in _about_internet(rule, owners):
                found.add(Remark(rule=step(rule.resource), why=f"{what}: from the internet nobody comes: {why}"))
    return sorted(found)


def _why(rule: Rule, finder: "Finder") -> str:
    owners = [host for host in finder.hosts if rule.group in host.groups]
    if not owners:
        return f"nothing is in {_name(rule.group, finder)}"
    if rule.inward and not any(host.place.ports & rule.ports for host in owners):
        return f"{_labels(owners)} does not listen there"
    if not rule.inward and not any(host.place.opens for host in owners):
        return f"{_labels(owners)} opens no connections"
    reasons = [*_about_internet(rule, owners), *_about_hosts(rule, owners, finder)]
    return "; ".join(dict.fromkeys(reasons)) or "nothing of the stack is in its range"


def _about_internet(rule: Rule, owners: Iterable[Host]) -> Iterator[str]:
    for version in sorted({n.version for n in rule.networks if not is_private(n)}):
        addressed = [h for h in owners if (h.place.public if version == 4 else _has_ipv6(h)) is not False]
        if rule.inward and not addressed:
            yield f"{_labels(owners)} has no {'public IPv4' if version == 4 else 'IPv6'} address"
        elif not rule.inward and version == 6 and not addressed:
            yield f"{_labels(owners)} has no IPv6 address"
        else:
            yield "no route to the internet, or an ACL is in the way"


def _about_hosts(rule: Rule, owners: Iterable[Host], finder: "Finder") -> Iterator[str]:
    others = [host for host in finder.hosts if host.groups & rule.groups]
    if rule.groups and not others:
        yield f"nothing is in {', '.join(sorted(_name(group, finder) for group in rule.groups))}"
    if rule.networks and all(map(is_private, rule.networks)):
        others += [h for h in finder.hosts if any(meet(n, own) for n in rule.networks for own in _networks(h))]
    others = [host for host in others if host.vpc is not None]
    if not others:
        return
    ends = [(owner, other) if not rule.inward else (other, owner) for owner in owners for other in others]
    willing = [(source, target) for source, target in ends if _other_half(source, target, rule, finder)]
    if willing:
        yield _IN_THE_WAY
    elif rule.inward:
        yield f"the other half is missing: no rule lets {_labels(others)} out to it there"
    else:
        yield f"the other half is missing: no rule of {_labels(others)} lets it in there"


def _other_half(source: Host, target: Host, rule: Rule, finder: "Finder") -> bool:
    """Whether the other end's own rules let the connection through."""
    end, far = (source, target) if rule.inward else (target, source)
    remote = Remote(groups=far.groups, networks=tuple(_networks(far)))
    ports, _ = finder.flows.admitted(end, not rule.inward, remote, possible=True)
    return bool(ports & rule.ports & target.place.ports)


def _networks(host: Host) -> list[Network]:
    return [network for subnet in host.subnets for network in host.networks(subnet, possible=True)]


def _has_ipv6(host: Host) -> bool:
    return host.place.ipv6 is not False and any(subnet.has_ipv6 for subnet in host.subnets)


def _labels(hosts: Iterable[Host]) -> str:
    return ", ".join(sorted({host.label for host in hosts}))


def _name(group: str, finder: "Finder") -> str:
    resource = finder.references.graph.by_urn.get(group)
    return resource.name if resource is not None else group
