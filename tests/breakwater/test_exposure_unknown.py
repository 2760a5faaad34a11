"""What is not known makes a path undecidable, and never absent."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.tables.exposure import assess
from breakwater.values import UNKNOWN, Secret
from tests.breakwater import networks
from tests.breakwater.graphs import graph, resource
from tests.breakwater.networks import PAIR, acl, acl_rule, inner, made, perhaps, rule, without
from tests.breakwater.test_exposure_services import API, BALANCER

EDGE = {("web", "store", "tcp 5432")}
ACL_OPEN = [
    acl("edge", "private"),
    acl_rule("edge", 100, networks.PUBLIC, (5432, 5432)),
    acl_rule("edge", 100, networks.PUBLIC, (1024, 65535), out=True),
]


def test_unknown_values_leave_a_path_undecidable() -> None:
    unknown = rule("store-in", "store", 5432, cidr_ipv4=UNKNOWN)
    resources = [*without(PAIR, "store-in"), unknown]
    assert inner(*resources) == set()
    assert ("web", "store", "tcp 5432", "what store-in allows is not known") in perhaps(*resources)
    whose = made("aws:ec2/instance:Instance", "store", subnet_id="Subnet-private", vpc_security_group_ids=UNKNOWN)
    assert inner(*without(PAIR, "Instance-store"), whose) == set()


def test_an_unknown_port_may_be_any() -> None:
    unknown = made(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "store-in",
        security_group_id="SecurityGroup-store",
        referenced_security_group_id="SecurityGroup-web",
        ip_protocol="tcp",
        from_port=UNKNOWN,
        to_port=UNKNOWN,
    )
    resources = [*without(PAIR, "store-in"), unknown]
    assert perhaps(*resources) == {("web", "store", "tcp 5432", "what store-in allows is not known")}


def test_a_deny_that_is_not_known_leaves_a_path_undecidable() -> None:
    denied = made(
        "aws:ec2/networkAclRule:NetworkAclRule",
        "denied",
        network_acl_id="NetworkAcl-edge",
        rule_number=10,
        egress=False,
        protocol="tcp",
        from_port=5432,
        to_port=5432,
        cidr_block=UNKNOWN,
        rule_action="deny",
    )
    resources = [*PAIR, *ACL_OPEN, denied]
    assert inner(*resources) == set()
    assert {(source, target, ports) for source, target, ports, _ in perhaps(*resources)} == EDGE


def test_a_rule_of_an_unknown_group_may_be_anybodys() -> None:
    whose = rule("store-in", "store", 5432, group="web")
    whose = replace(whose, inputs={**whose.inputs, "securityGroupId": UNKNOWN})
    resources = [*without(PAIR, "store-in"), whose]
    assert inner(*resources) == set()
    assert ("web", "store", "tcp 5432", "what store-in allows is not known") in perhaps(*resources)


def test_a_subnet_whose_range_is_not_known_may_be_in_any() -> None:
    unknown = networks.subnet("public", UNKNOWN)
    by_range = rule("store-in", "store", 5432, cidr_ipv4="192.168.0.0/16")
    resources = [*without(PAIR, "Subnet-public", "store-in"), unknown, by_range]
    assert inner(*resources) == set()
    assert {found[:3] for found in perhaps(*resources)} == EDGE


def test_members_of_a_group_outside_the_stack_are_not_known() -> None:
    foreign = made(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "partners",
        security_group_id="SecurityGroup-store",
        referenced_security_group_id="sg-elsewhere",
        ip_protocol="tcp",
        from_port=22,
        to_port=22,
    )
    (found,) = perhaps(*PAIR, foreign)
    assert found[:3] == ("a security group outside the stack", "store", "tcp 22")


def test_what_is_not_known_yet_is_found_by_what_it_depends_on() -> None:
    """As in a plan, where no id is known."""
    known = {r.id: r for r in PAIR}

    def planned(value: Any) -> Any:
        if isinstance(value, list):
            return [planned(item) for item in value]
        return UNKNOWN if value in known else value

    resources = []
    for r in PAIR:
        named = {
            k: [known[i].urn for i in (v if isinstance(v, list) else [v]) if i in known]
            for k, v in r.inputs.items()
            if isinstance(v, list | str)
        }
        inputs = {key: planned(value) for key, value in r.inputs.items()}
        dependencies = {key: tuple(urns) for key, urns in named.items() if urns}
        resources.append(resource(r.type, r.name, inputs=inputs, property_dependencies=dependencies))
    assert networks.paths(*resources) == networks.paths(*PAIR)
    assert inner(*resources) >= EDGE


def test_a_network_of_another_stack_leaves_everything_undecidable() -> None:
    other = [r for r in PAIR if r.type.endswith((":SecurityGroup", ":Instance", "Rule"))]
    assert networks.paths(*other) == set()
    why = "not all subnets and security groups of web are known"
    assert perhaps(*other) == {("web", "store", "tcp 5432", why)}
    public = rule("anyone", "web", 443, cidr_ipv4="0.0.0.0/0")
    assert ("internet", "web", "tcp 443", why) in perhaps(*other, public)
    out = rule("out", "store", 443, out=True, cidr_ipv4="0.0.0.0/0")
    why = "not all subnets and security groups of store are known"
    assert ("store", "internet", "tcp 443", why) in perhaps(*other, out)
    assert not any(target == "store" and source == "internet" for source, target, *_ in perhaps(*other, out))


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, UNKNOWN, Secret("c", sealed=True), Secret({"a": [1]}), {}, [], [UNKNOWN], -1, 1.5, "x", {"a": 1}, [[]], True]
)
EVERYTHING = [*PAIR, *ACL_OPEN, *BALANCER, *API]


@given(st.dictionaries(st.integers(0, len(EVERYTHING) - 1), st.tuples(st.integers(0, 9), JUNK), max_size=8))
@settings(max_examples=40, deadline=None)
def test_whatever_stands_in_a_property_is_no_failure(changed: dict[int, tuple[int, Any]]) -> None:
    resources = list(EVERYTHING)
    for index, (number, junk) in changed.items():
        keys = [*resources[index].inputs, "name"]
        inputs = {**resources[index].inputs, keys[number % len(keys)]: junk}
        resources[index] = replace(resources[index], inputs=inputs)
    found = assess(graph(*resources))
    json.dumps(found.to_json())
    found.render()
