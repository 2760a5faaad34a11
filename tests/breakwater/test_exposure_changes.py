"""What a change opens and closes; and laws that hold for any rules."""

from dataclasses import replace
from ipaddress import IPv4Network, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.analysis.exposure import Change, exposure, exposure_changes
from breakwater.analysis.exposure.ports import EVERY, NOTHING, Ports, of
from breakwater.analysis.exposure.ranges import told
from breakwater.graph import Resource, ResourceGraph, SourceLine
from tests.breakwater.graphs import graph, resource
from tests.breakwater.networks import (
    NETWORK,
    PAIR,
    acl,
    acl_rule,
    group,
    instance,
    made,
    rule,
    without,
)

BASE = [*NETWORK, group("web"), instance("web", "public", "web", public=True)]
HTTPS = rule("https", "web", 443, cidr_ipv4="0.0.0.0/0")


def changes(before: list[Resource], after: list[Resource]) -> list[tuple[str, str, str, str, str, int, list[str]]]:
    found = exposure_changes(graph(*before), graph(*after))
    return [
        (str(c.kind), c.path.source, c.path.target, str(c.path.ports), told(c.path.ranges), c.weight, _names(c))
        for c in found
    ]


def _names(change: Change) -> list[str]:
    return [step.name for step in change.by]


def test_a_new_rule_opens_a_path() -> None:
    opened = ("opened", "internet", "web", "tcp 443", "0.0.0.0/0", 3, ["https"])
    assert changes(BASE, [*BASE, HTTPS]) == [opened]
    assert changes([*BASE, HTTPS], BASE) == [("closed", *opened[1:5], 0, ["https"])]
    assert changes([*BASE, HTTPS], [HTTPS, *reversed(BASE)]) == []


def test_more_ports_or_addresses_widen_it() -> None:
    before = [*BASE, rule("https", "web", 443, cidr_ipv4="203.0.113.0/24")]
    more = rule("https", "web", (443, 444), cidr_ipv4="203.0.113.0/24")
    assert changes(before, [*BASE, more]) == [("widened", "internet", "web", "tcp 444", "203.0.113.0/24", 3, ["https"])]
    wider = rule("https", "web", 443, cidr_ipv4="203.0.112.0/23")
    assert changes(before, [*BASE, wider]) == [
        ("widened", "internet", "web", "tcp 443", "203.0.112.0/24", 3, ["https"])
    ]
    everybody = changes(before, [*BASE, HTTPS])
    assert everybody == [("widened", "internet", "web", "tcp 443", "0.0.0.0/0 but 203.0.113.0/24", 3, ["https"])]
    assert changes([*BASE, wider], before) == [
        ("narrowed", "internet", "web", "tcp 443", "203.0.112.0/24", 0, ["https"])
    ]


def test_another_rule_for_the_same_is_no_change() -> None:
    halves = [rule(f"half-{n}", "web", 443, cidr_ipv4=f"{n}.0.0.0/1") for n in (0, 128)]
    assert changes([*BASE, HTTPS], [*BASE, *halves]) == []


def test_what_weighs_most_comes_first() -> None:
    out = rule("out", "store", 443, out=True, cidr_ipv4="0.0.0.0/0")
    nat = [
        made("aws:ec2/natGateway:NatGateway", "nat", subnet_id="Subnet-public"),
        made(
            "aws:ec2/route:Route",
            "leave",
            route_table_id="RouteTable-private",
            destination_cidr_block="0.0.0.0/0",
            nat_gateway_id="NatGateway-nat",
        ),
    ]
    before = [*without(PAIR, "web-out"), *nat]
    found = changes(before, [*PAIR, *nat, out, rule("in", "web", 443, cidr_ipv4="0.0.0.0/0")])
    assert [(kind, source, target, weight) for kind, source, target, _, _, weight, _ in found] == [
        ("opened", "internet", "web", 3),
        ("opened", "store", "web", 2),
        ("opened", "web", "store", 2),
        ("opened", "store", "internet", 1),
    ]


def test_what_is_no_part_of_a_path_opens_it_as_well() -> None:
    closed = [*BASE, HTTPS, acl("edge", "public"), acl_rule("edge", 2, "0.0.0.0/0", (0, 65535), out=True)]
    admitted = acl_rule("edge", 1, "0.0.0.0/0", (443, 443))
    assert [c[6] for c in changes(closed, [*closed, admitted])] == [["edge-in-1"]]
    private = instance("web", "public", "web")
    assert [c[6] for c in changes([*without(BASE, "Instance-web"), private, HTTPS], [*BASE, HTTPS])] == [["web"]]


def test_what_becomes_undecidable_is_a_gain_too() -> None:
    unknown = made(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "https",
        security_group_id="SecurityGroup-web",
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        prefix_list_id="pl-unknown",
    )
    (change,) = exposure_changes(graph(*BASE), graph(*BASE, unknown))
    assert change.is_gain
    assert change.path.undecidable == "which addresses https is about is not known"


def test_a_component_that_is_renamed_has_the_paths_it_had() -> None:
    component = resource("demo:web:Web", "web")
    inside = resource("aws:ec2/instance:Instance", "web", parent=component.urn)
    old = replace(instance("web", "public", "web", public=True), urn=inside.urn, parent=component.urn)
    renamed = resource("demo:web:Web", "site", aliases=(component.urn,))
    urn = old.urn.replace("::web", "::site")
    new = replace(old, urn=urn, name="site", parent=renamed.urn, aliases=(old.urn,))
    rest = [*without(BASE, "Instance-web"), HTTPS]
    assert changes([*rest, component, old], [*rest, renamed, new]) == []
    # Or as somebody else has found out.
    graphs = graph(*rest, component, old), graph(*rest, replace(renamed, aliases=()), replace(new, aliases=()))
    assert len(exposure_changes(*graphs)) == 2
    assert exposure_changes(*graphs, {component.label: renamed.label}) == ()
    # A name that another one still has is no other name for it.
    assert exposure_changes(graphs[0], graphs[0], {component.label: renamed.label}) == ()


def test_a_change_names_its_line() -> None:
    line = replace(HTTPS, source=SourceLine("infra/edge.py", 7), callers=(SourceLine("infra/stack.py", 3),))
    (change,) = exposure_changes(graph(*BASE), graph(*BASE, line))
    assert [(step.source, step.callers) for step in change.by] == [("infra/edge.py:7", ("infra/stack.py:3",))]


# Laws. Addresses and ports are few, so that rules meet.
PORTS = st.tuples(st.integers(440, 446), st.integers(440, 446)).map(lambda p: (min(p), max(p)))
CIDRS = st.sampled_from(
    ["0.0.0.0/0", "0.0.0.0/1", "64.0.0.0/2", "203.0.113.0/24", "203.0.113.7/32", "10.0.0.0/8", "10.0.1.0/24"]
)
RULES = st.lists(st.tuples(st.booleans(), st.sampled_from(["web", "store"]), PORTS, CIDRS), max_size=5)
ACL_RULES = st.lists(st.tuples(st.booleans(), st.booleans(), PORTS, CIDRS), max_size=5)
ANSWERS = [acl_rule("edge", 500, "0.0.0.0/0", (1024, 65535), out=out) for out in (False, True)]


def group_rules(drawn: list[tuple[bool, str, tuple[int, int], str]]) -> list[Resource]:
    return [rule(f"r{i}", of_, ports, out=out, cidr_ipv4=cidr) for i, (out, of_, ports, cidr) in enumerate(drawn)]


def acl_rules(drawn: list[tuple[bool, bool, tuple[int, int], str]]) -> list[Resource]:
    return [
        acl_rule("edge", 10 + i, cidr, ports, out=out, deny=deny) for i, (out, deny, ports, cidr) in enumerate(drawn)
    ]


@given(RULES, ACL_RULES, st.data())
@settings(max_examples=60, deadline=None)
def test_a_rule_more_closes_nothing_and_one_less_opens_nothing(
    rules: list[tuple[bool, str, tuple[int, int], str]],
    acls: list[tuple[bool, bool, tuple[int, int], str]],
    data: st.DataObject,
) -> None:
    everything = [*PAIR, acl("edge", "public"), *ANSWERS, *group_rules(rules), *acl_rules(acls)]
    removable = [r for r in everything if "GroupIngressRule" in r.type or "GroupEgressRule" in r.type]
    removable += [r for r in everything if r.inputs.get("ruleAction") == "allow"]
    one = data.draw(st.sampled_from(removable))
    fewer = [r for r in everything if r is not one]
    assert all(change.is_gain for change in exposure_changes(graph(*fewer), graph(*everything)))
    assert not any(change.is_gain for change in exposure_changes(graph(*everything), graph(*fewer)))


@given(RULES, ACL_RULES, st.data())
@settings(max_examples=30, deadline=None)
def test_the_order_of_resources_changes_nothing(
    rules: list[tuple[bool, str, tuple[int, int], str]],
    acls: list[tuple[bool, bool, tuple[int, int], str]],
    data: st.DataObject,
) -> None:
    resources = [*PAIR, acl("edge", "public"), *ANSWERS, *group_rules(rules), *acl_rules(acls)]
    shuffled = data.draw(st.permutations(resources))
    one, other = exposure(graph(*resources)), exposure(graph(*shuffled))
    assert [(p.key, p.ports, p.ranges) for p in one.paths] == [(p.key, p.ports, p.ranges) for p in other.paths]
    assert one.remarks == other.remarks


@given(RULES, ACL_RULES, st.sampled_from(["0.1.2.3", "70.0.0.1", "203.0.113.7", "203.0.113.8", "200.0.0.1"]))
@settings(max_examples=60, deadline=None)
def test_packet_by_packet_it_is_the_same(
    rules: list[tuple[bool, str, tuple[int, int], str]],
    acls: list[tuple[bool, bool, tuple[int, int], str]],
    address: str,
) -> None:
    """From one address of the internet to one port, decided rule by rule."""
    base = [*without(PAIR, "web-out", "store-in"), acl("edge", "public"), *ANSWERS]
    found: Ports = NOTHING
    for path in exposure(graph(*base, *group_rules(rules), *acl_rules(acls))).paths:
        if path.source == "internet" and any(ip_address(address) in IPv4Network(cidr) for cidr in path.ranges):
            found |= path.ports
    everything = [(10 + i, *drawn) for i, drawn in enumerate(acls)]
    everything += [(500, out, False, (1024, 65535), "0.0.0.0/0") for out in (False, True)]

    def passes(out: bool, port: int) -> bool:
        for _, is_out, deny, (first, last), cidr in everything:
            if is_out == out and first <= port <= last and ip_address(address) in IPv4Network(cidr):
                return not deny
        return False

    answered = any(passes(True, port) for port in (*range(440, 447), 1024))
    for port in range(439, 448):
        admitted = any(
            not out and of_ == "web" and first <= port <= last and ip_address(address) in IPv4Network(cidr)
            for out, of_, (first, last), cidr in rules
        )
        assert bool(found & of("tcp", port, port)) == (admitted and passes(False, port) and answered)


SETS = st.lists(st.tuples(st.sampled_from(["tcp", "udp", "icmp"]), st.integers(0, 12), st.integers(0, 12)), max_size=4)


def ports(drawn: list[tuple[str, int, int]]) -> Ports:
    found = NOTHING
    for protocol, first, last in drawn:
        found |= of(protocol, min(first, last), max(first, last))
    return found


def members(of_ports: Ports) -> set[tuple[str, int]]:
    return {(protocol, n) for protocol, first, last in of_ports.listed() for n in range(first, last + 1)}


@given(SETS, SETS)
def test_ports_are_sets(one: list[tuple[str, int, int]], other: list[tuple[str, int, int]]) -> None:
    a, b = ports(one), ports(other)
    assert members(a | b) == members(a) | members(b)
    assert members(a & b) == members(a) & members(b)
    assert members(a - b) == members(a) - members(b)
    assert (a == b) == (members(a) == members(b))
    assert (a & EVERY, a | EVERY) == (a, EVERY)


@pytest.mark.parametrize(
    ("given_ports", "text"),
    [
        (of("tcp", 443, 443), "tcp 443"),
        (of("tcp", 80, 80) | of("tcp", 443, 445), "tcp 80, 443-445"),
        (of("tcp", 0, 65535) | of("udp", 53, 53), "tcp; udp 53"),
        (EVERY, "all"),
        (NOTHING, ""),
    ],
)
def test_ports_are_told_in_few_words(given_ports: Ports, text: str) -> None:
    assert str(given_ports) == text


def test_a_graph_compared_with_itself_has_no_difference() -> None:
    itself: ResourceGraph = graph(*PAIR, HTTPS)
    assert exposure_changes(itself, itself) == ()
