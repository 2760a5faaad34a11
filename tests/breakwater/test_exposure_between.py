"""Paths between the parts of a stack, mechanism by mechanism."""

from dataclasses import replace
from typing import Any

import pytest

from tests.breakwater import networks
from tests.breakwater.graphs import resource
from tests.breakwater.networks import (
    NETWORK,
    PAIR,
    acl,
    acl_rule,
    group,
    inner,
    instance,
    made,
    route,
    rule,
    subnet,
    table,
    vpc,
    why_dead,
    without,
)

EDGE = {("web", "store", "tcp 5432")}
PUBLIC, PRIVATE = networks.PUBLIC, networks.PRIVATE
ACL_OPEN = [
    acl("edge", "private"),
    acl_rule("edge", 100, PUBLIC, (5432, 5432)),
    acl_rule("edge", 100, PUBLIC, (1024, 65535), out=True),
]


def test_an_edge_between_two_groups_is_a_path() -> None:
    assert inner(*PAIR) == EDGE
    assert why_dead(*PAIR) == {}


@pytest.mark.parametrize(
    ("missing", "left", "why"),
    [
        ("web-out", "store-in", "in, tcp 5432: the other half is missing: no rule lets web out to it there"),
        ("store-in", "web-out", "out, tcp 5432: the other half is missing: no rule of store lets it in there"),
    ],
)
def test_half_an_edge_is_none(missing: str, left: str, why: str) -> None:
    resources = without(PAIR, missing)
    assert inner(*resources) == set()
    assert why_dead(*resources) == {left: why}


def test_both_halves_must_agree_on_the_port() -> None:
    wide = rule("web-out", "web", (5000, 5432), out=True, group="store")
    narrow = rule("store-in", "store", (5431, 6000), group="web")
    assert inner(*without(PAIR, "web-out", "store-in"), wide, narrow) == {("web", "store", "tcp 5431-5432")}


def test_ranges_admit_whoever_is_in_them() -> None:
    by_range = [
        rule("web-out", "web", 5432, out=True, cidr_ipv4="10.0.0.0/16"),
        rule("store-in", "store", 5432, cidr_ipv4="10.0.0.128/25"),
    ]
    assert inner(*without(PAIR, "web-out", "store-in"), *by_range) == EDGE
    elsewhere = [by_range[0], rule("store-in", "store", 5432, cidr_ipv4="10.0.2.0/24")]
    resources = [*without(PAIR, "web-out", "store-in"), *elsewhere]
    assert inner(*resources) == set()
    assert why_dead(*resources)["store-in"] == "in, tcp 5432: nothing of the stack is in its range"


@pytest.mark.parametrize(("address", "is_open"), [("10.0.0.9", True), ("10.0.0.10", False)])
def test_a_fixed_address_is_in_a_range_or_not(address: str, is_open: bool) -> None:
    fixed = instance("web", "public", "web", private_ip=address)
    one = rule("store-in", "store", 5432, cidr_ipv4="10.0.0.9/32")
    assert inner(*without(PAIR, "Instance-web", "store-in"), fixed, one) == (EDGE if is_open else set())


def test_a_group_may_admit_its_own_members() -> None:
    own: dict[str, Any] = {"protocol": "tcp", "fromPort": 7000, "toPort": 7001, "self": True}
    resources = [
        *NETWORK,
        group("peers", ingress=[own], egress=[own]),
        instance("one", "public", "peers"),
        instance("two", "private", "peers"),
    ]
    both = {("one", "two"), ("two", "one"), ("one", "one"), ("two", "two")}
    assert inner(*resources) == {(*ends, "tcp 7000-7001") for ends in both}


def test_what_a_component_has_of_one_kind_is_called_by_its_name() -> None:
    pair, other = resource("demo:pair:Pair", "pair"), resource("demo:mixed:Mixed", "mixed")
    stores = [instance(f"store-{n}", "private", "store") for n in (1, 2)]
    function = made("aws:lambda/function:Function", "f", vpc_config={"subnetIds": ["Subnet-private"]})
    rest = without(PAIR, "Instance-store")
    assert inner(*rest, pair, *(replace(store, parent=pair.urn) for store in stores)) == {("web", "pair", "tcp 5432")}
    mixed = [replace(r, parent=other.urn) for r in (*stores, function)]
    assert inner(*rest, other, *mixed) >= {("web", "store-1", "tcp 5432"), ("web", "store-2", "tcp 5432")}


def test_without_groups_it_is_the_default_one_that_everybody_is_in() -> None:
    resources = [*NETWORK, instance("one", "public"), instance("two", "private")]
    assert {("one", "two", "all"), ("two", "one", "all")} <= inner(*resources)
    adopted = made("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "emptied", vpc_id="Vpc-net")
    assert inner(*resources, adopted) == set()


def test_prefix_lists_of_the_stack_are_their_ranges() -> None:
    prefix_list = made("aws:ec2/managedPrefixList:ManagedPrefixList", "offices", entries=[{"cidr": PUBLIC}])
    listed = rule("store-in", "store", 5432, prefix_list_id="ManagedPrefixList-offices")
    assert inner(*without(PAIR, "store-in"), prefix_list, listed) == EDGE
    entry = made(
        "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry",
        "one",
        prefix_list_id="ManagedPrefixList-offices",
        cidr=PUBLIC,
    )
    empty = made("aws:ec2/managedPrefixList:ManagedPrefixList", "offices")
    assert inner(*without(PAIR, "store-in"), empty, listed) == set()
    assert inner(*without(PAIR, "store-in"), empty, entry, listed) == EDGE


def test_rules_of_the_older_kind_count_too() -> None:
    old = [
        made(
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            kind,
            type=kind,
            security_group_id=f"SecurityGroup-{own}",
            source_security_group_id=f"SecurityGroup-{other}",
            protocol="6",
            from_port=5432,
            to_port=5432,
        )
        for kind, own, other in (("ingress", "store", "web"), ("egress", "web", "store"))
    ]
    assert inner(*without(PAIR, "web-out", "store-in"), *old) == EDGE


def test_an_acl_lets_through_what_its_rules_say_in_both_directions() -> None:
    assert inner(*PAIR, *ACL_OPEN) == EDGE
    assert inner(*PAIR, ACL_OPEN[0]) == set()
    resources = [*PAIR, *ACL_OPEN[:2]]  # answers do not get out
    assert inner(*resources) == set()
    assert set(why_dead(*resources).values()) == {
        "in, tcp 5432: an ACL or a missing route is in the way",
        "out, tcp 5432: an ACL or a missing route is in the way",
    }


@pytest.mark.parametrize(("answers", "is_open"), [((1024, 65535), True), ((32768, 60999), True), ((443, 443), False)])
def test_answers_come_back_to_the_ports_that_clients_use(answers: tuple[int, int], is_open: bool) -> None:
    rules = [*ACL_OPEN[:2], acl_rule("edge", 100, PUBLIC, answers, out=True)]
    assert inner(*PAIR, *rules) == (EDGE if is_open else set())


@pytest.mark.parametrize(("number", "is_open"), [(90, False), (110, True)])
def test_of_an_acl_the_first_rule_decides(number: int, is_open: bool) -> None:
    denied = acl_rule("edge", number, "10.0.0.0/16", (5000, 6000), deny=True)
    assert inner(*PAIR, *ACL_OPEN, denied) == (EDGE if is_open else set())


def test_an_acl_that_denies_part_of_a_subnet_leaves_the_rest() -> None:
    assert inner(*PAIR, *ACL_OPEN, acl_rule("edge", 90, "10.0.0.0/25", (5432, 5432), deny=True)) == EDGE
    halves = [acl_rule("edge", 50 + n, f"10.0.0.{128 * n}/25", (5432, 5432), deny=True) for n in (0, 1)]
    assert inner(*PAIR, *ACL_OPEN, *halves) == set()


def test_there_and_back_must_be_the_same_address() -> None:
    one, other = "10.0.0.0/25", "10.0.0.128/25"
    rules = [acl_rule("edge", 100, one, (5432, 5432)), acl_rule("edge", 100, other, (1024, 65535), out=True)]
    assert inner(*PAIR, ACL_OPEN[0], *rules) == set()


def test_within_a_subnet_no_acl_stands_between() -> None:
    resources = [*without(PAIR, "Instance-store"), acl("edge", "public")]
    assert inner(*resources, instance("store", "public", "store")) == EDGE
    assert inner(*resources, instance("store", "private", "store")) == set()


PEERED = [
    *PAIR[:-4],
    vpc("far", "10.1.0.0/16"),
    subnet("far", "10.1.0.0/24", "far"),
    *table("far", "far", network="far"),
    group("far", "far"),
    instance("far", "far", "far"),
    made(
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
        "bridge",
        vpc_id="Vpc-net",
        peer_vpc_id="Vpc-far",
        auto_accept=True,
    ),
    instance("web", "public", "web"),
    rule("web-out", "web", 5432, out=True, cidr_ipv4="10.1.0.0/16"),
    rule("far-in", "far", 5432, cidr_ipv4=PUBLIC),
    route("there", "public", "10.1.0.0/16", vpc_peering_connection_id="VpcPeeringConnection-bridge"),
    route("back", "far", "10.0.0.0/16", vpc_peering_connection_id="VpcPeeringConnection-bridge"),
]


def test_a_peering_needs_routes_there_and_back() -> None:
    assert inner(*PEERED) == {("web", "far", "tcp 5432")}
    (path,) = (p for p in networks.of(*PEERED).paths if p.target == "far")
    assert [step.name for step in path.through] == ["bridge", "web-out", "far-in"]
    for missing in ("there", "back"):
        assert inner(*without(PEERED, missing)) == set()
    # One that is not part of the stack leads to networks that are not.
    foreign = {("web", "10.1.0.0/16 by there", "tcp 5432"), ("10.0.0.0/16 by back", "far", "tcp 5432")}
    assert inner(*without(PEERED, "bridge")) == foreign
    closer = route("closer", "far", "10.0.0.0/24", gateway_id="InternetGateway-gate")
    assert inner(*PEERED, closer) == set()


def test_a_peering_that_nobody_accepted_carries_nothing() -> None:
    asked = made("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "bridge", vpc_id="Vpc-net", peer_vpc_id="Vpc-far")
    assert inner(*without(PEERED, "bridge"), asked) == set()
    accepter = made(
        "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
        "bridge-accepted",
        vpc_peering_connection_id="VpcPeeringConnection-bridge",
    )
    assert inner(*without(PEERED, "bridge"), asked, accepter) == {("web", "far", "tcp 5432")}


@pytest.mark.parametrize(
    ("out", "into"),
    [
        ({"group": "far"}, {"group": "web"}),
        ({"group": "far"}, {"cidr_ipv4": PUBLIC}),
        ({"cidr_ipv4": "10.1.0.0/16"}, {"group": "web"}),
    ],
)
def test_groups_of_another_region_cannot_be_named(out: dict[str, Any], into: dict[str, Any]) -> None:
    named = [rule("web-out", "web", 5432, out=True, **out), rule("far-in", "far", 5432, **into)]
    resources = [*without(PEERED, "web-out", "far-in", "Instance-far"), *named]
    assert inner(*resources, instance("far", "far", "far")) == {("web", "far", "tcp 5432")}
    abroad = replace(instance("far", "far", "far"), outputs={"region": "eu-west-1"})
    assert inner(*resources, abroad) == set()


def test_a_cache_answers_and_asks_nobody() -> None:
    cache = [
        group("cache"),
        made("aws:elasticache/subnetGroup:SubnetGroup", "cache", subnet_ids=["Subnet-private"]),
        made(
            "aws:elasticache/replicationGroup:ReplicationGroup",
            "cache",
            port=6379,
            subnet_group_name="SubnetGroup-cache",
            security_group_ids=["SecurityGroup-cache"],
        ),
        *(rule(f"{own}-to-{other}", own, (0, 65535), out=True, group=other) for own, other in ENDS),
        *(rule(f"{other}-from-{own}", other, (0, 65535), group=own) for own, other in ENDS),
    ]
    assert inner(*PAIR, *cache) - EDGE == {("web", "cache", "tcp 6379")}
    assert why_dead(*PAIR, *cache)["cache-to-web"] == "out, tcp: cache opens no connections"


ENDS = (("web", "cache"), ("cache", "web"))


def test_networks_outside_the_stack_are_ranges() -> None:
    gateway = {"transit_gateway_id": "tgw-1"}
    resources = [
        *PAIR,
        route("to-office", "private", "192.168.0.0/16", **gateway),
        rule("office", "store", 22, cidr_ipv4="192.168.7.0/24"),
        rule("to-ldap", "store", 636, out=True, cidr_ipv4="192.168.0.0/16"),
    ]
    assert inner(*resources) - EDGE == {
        ("192.168.0.0/16 by to-office", "store", "tcp 22"),
        ("store", "192.168.0.0/16 by to-office", "tcp 636"),
    }
    assert inner(*without(resources, "to-office")) == EDGE
