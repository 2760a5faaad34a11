"""Paths from the internet and to it, mechanism by mechanism."""

from dataclasses import replace

import pytest

from breakwater.analysis.exposure import Direction
from breakwater.graph import Resource
from tests.breakwater import networks
from tests.breakwater.networks import (
    NETWORK,
    acl,
    acl_rule,
    group,
    instance,
    made,
    paths,
    perhaps,
    route,
    rule,
    subnet,
    table,
    why_dead,
    without,
)

EVERYWHERE, OFFICE = ("0.0.0.0/0",), ("203.0.113.0/24",)
OPEN = [
    *NETWORK,
    group("web"),
    instance("web", "public", "web", public=True),
    rule("anyone", "web", 443, cidr_ipv4="0.0.0.0/0"),
]
IN = {("internet", "web", "tcp 443", EVERYWHERE)}


def test_a_public_address_behind_an_internet_gateway_is_reached() -> None:
    assert paths(*OPEN) == IN
    (path,) = networks.of(*OPEN).paths
    assert path.direction is Direction.INWARD
    assert [step.name for step in path.through] == ["gate", "anyone"]


@pytest.mark.parametrize("missing", ["out", "anyone", "RouteTableAssociation-public"])
def test_without_one_of_its_conditions_it_is_not(missing: str) -> None:
    assert paths(*without(OPEN, missing)) == set()


def test_without_a_public_address_it_is_not() -> None:
    resources = [*without(OPEN, "Instance-web"), instance("web", "public", "web")]
    assert paths(*resources) == set()
    assert why_dead(*resources) == {"anyone": "in, tcp 443: web has no public IPv4 address"}


def test_an_address_comes_with_the_subnet_or_an_elastic_one() -> None:
    base = without(OPEN, "Instance-web", "Subnet-public")
    unsaid = made(
        "aws:ec2/instance:Instance",
        "web",
        subnet_id="Subnet-public",
        vpc_security_group_ids=["SecurityGroup-web"],
    )
    plain, giving = (subnet("public", networks.PUBLIC, map_public_ip_on_launch=given) for given in (False, True))
    assert paths(*base, plain, unsaid) == set()
    assert paths(*base, giving, unsaid) == IN
    assert paths(*base, plain, unsaid, made("aws:ec2/eip:Eip", "own", instance="Instance-web")) == IN


def test_who_may_come_is_told_by_port() -> None:
    ssh = rule("ssh", "web", 22, cidr_ipv4="203.0.113.0/24")
    assert paths(*OPEN, ssh) == IN | {("internet", "web", "tcp 22", OFFICE)}
    all_tcp = rule("all", "web", (0, 65535), cidr_ipv4="203.0.113.0/24")
    assert paths(*OPEN, all_tcp) == IN | {("internet", "web", "tcp 0-442, 444-65535", OFFICE)}


def test_private_ranges_are_not_the_internet() -> None:
    assert paths(*without(OPEN, "anyone"), rule("inside", "web", 443, cidr_ipv4="10.0.0.0/8")) == set()


@pytest.mark.parametrize(
    ("rules", "ranges"),
    [
        ([], None),
        ([acl_rule("edge", 1, "0.0.0.0/0", (443, 443))], None),
        (
            [acl_rule("edge", 1, "0.0.0.0/0", (443, 443)), acl_rule("edge", 1, "0.0.0.0/0", (0, 9), out=True)],
            EVERYWHERE,
        ),
        (
            [acl_rule("edge", 1, "203.0.113.0/24", (443, 443)), acl_rule("edge", 1, "0.0.0.0/0", (0, 9), out=True)],
            OFFICE,
        ),
    ],
)
def test_an_acl_admits_addresses_there_and_back(rules: list[Resource], ranges: tuple[str, ...] | None) -> None:
    expected = {("internet", "web", "tcp 443", ranges)} if ranges else set()
    assert paths(*OPEN, acl("edge", "public"), *rules) == expected


def test_a_denied_range_is_left_out() -> None:
    rules = [
        acl_rule("edge", 1, "128.0.0.0/1", (443, 443), deny=True),
        acl_rule("edge", 2, "0.0.0.0/0", (0, 65535)),
        acl_rule("edge", 2, "0.0.0.0/0", (0, 65535), out=True),
    ]
    assert paths(*OPEN, acl("edge", "public"), *rules) == {("internet", "web", "tcp 443", ("0.0.0.0/1",))}


def test_a_closer_route_takes_answers_elsewhere() -> None:
    away = route("away", "public", "128.0.0.0/1", transit_gateway_id="tgw-1")
    assert ("internet", "web", "tcp 443", ("0.0.0.0/1",)) in paths(*OPEN, away)


SIX = [
    *without(NETWORK, "Subnet-public"),
    subnet("public", networks.PUBLIC, ipv6_cidr_block="2600:1f00::/64"),
    route("out-6", "public", "::/0", gateway_id="InternetGateway-gate"),
    group("web"),
    made(
        "aws:ec2/instance:Instance",
        "web",
        subnet_id="Subnet-public",
        vpc_security_group_ids=["SecurityGroup-web"],
        ipv6_address_count=1,
    ),
    rule("anyone-6", "web", 443, cidr_ipv6="::/0"),
    rule("anywhere-6", "web", 443, out=True, cidr_ipv6="::/0"),
]


def test_ipv6_has_routes_and_rules_of_its_own() -> None:
    expected = {("internet", "web", "tcp 443", ("::/0",)), ("web", "internet", "tcp 443", ("::/0",))}
    assert expected <= paths(*SIX)
    assert not expected & paths(*without(SIX, "out-6"))
    four = [*without(SIX, "anyone-6"), rule("anyone", "web", 443, cidr_ipv4="0.0.0.0/0")]
    assert ("internet", "web", "tcp 443", ("::/0",)) not in paths(*four)


def test_an_egress_only_gateway_lets_nobody_in() -> None:
    only_out = [
        *without(SIX, "out-6"),
        made("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", "leave", vpc_id="Vpc-net"),
        route("out-6", "public", "::/0", egress_only_gateway_id="EgressOnlyInternetGateway-leave"),
    ]
    found = paths(*only_out)
    assert ("web", "internet", "tcp 443", ("::/0",)) in found
    assert not any(source == "internet" for source, *_ in found)


def test_without_an_address_nobody_gets_out_by_an_internet_gateway() -> None:
    out = rule("https", "web", 443, out=True, cidr_ipv4="0.0.0.0/0")
    assert ("web", "internet", "tcp 443", EVERYWHERE) in paths(*OPEN, out)
    private = [*without(OPEN, "Instance-web"), instance("web", "public", "web"), out]
    assert not networks.of(*private).of(Direction.OUTWARD)


NAT = [
    *NETWORK,
    made("aws:ec2/natGateway:NatGateway", "nat", subnet_id="Subnet-public", connectivity_type="public"),
    route("leave", "private", "0.0.0.0/0", nat_gateway_id="NatGateway-nat"),
    group("job"),
    instance("job", "private", "job"),
    rule("https", "job", 443, out=True, cidr_ipv4="0.0.0.0/0"),
]
OUT = {("job", "internet", "tcp 443", EVERYWHERE)}


def test_a_nat_gateway_leads_out_and_not_in() -> None:
    assert paths(*NAT, rule("anyone", "job", 443, cidr_ipv4="0.0.0.0/0")) - {("job", "job", "tcp 443", ())} == OUT
    (path,) = networks.of(*NAT).of(Direction.OUTWARD)
    assert [step.name for step in path.through] == ["nat", "https"]


@pytest.mark.parametrize("missing", ["leave", "https", "out"])
def test_it_needs_routes_of_both_subnets_and_a_rule(missing: str) -> None:
    assert paths(*without(NAT, missing)) == set()


def test_a_private_nat_gateway_leads_to_private_networks() -> None:
    private = made("aws:ec2/natGateway:NatGateway", "nat", subnet_id="Subnet-public", connectivity_type="private")
    assert not OUT & paths(*without(NAT, "nat"), private)


def test_acls_of_both_subnets_must_let_it_through() -> None:
    at_nat = [
        acl("edge", "public"),
        acl_rule("edge", 1, networks.PRIVATE, (443, 443)),
        acl_rule("edge", 1, networks.PRIVATE, (1024, 65535), out=True),
        acl_rule("edge", 2, "0.0.0.0/0", (443, 443), out=True),
        acl_rule("edge", 2, "0.0.0.0/0", (1024, 65535)),
    ]
    assert paths(*NAT, *at_nat) == OUT
    for closed in at_nat[1:]:
        assert paths(*NAT, *(r for r in at_nat if r is not closed)) == set()


def test_a_regional_nat_gateway_stands_in_no_subnet() -> None:
    regional = made("aws:ec2/natGateway:NatGateway", "nat", vpc_id="Vpc-net", availability_mode="regional")
    assert paths(*without(NAT, "nat"), regional) == OUT


def test_gateway_endpoints_lead_to_their_service() -> None:
    def endpoint(*tables: str) -> Resource:
        given = made(
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            "files",
            vpc_id="Vpc-net",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(tables),
        )
        return replace(given, outputs={"prefixListId": "pl-s3"})

    base = without(NAT, "leave", "https")
    for peer in ({"cidr_ipv4": "0.0.0.0/0"}, {"prefix_list_id": "pl-s3"}):
        https = rule("https", "job", 443, out=True, **peer)
        assert paths(*base, endpoint("RouteTable-private"), https) == {("job", "files", "tcp 443", ())}
        assert paths(*base, endpoint("RouteTable-public"), https) == set()
    assert paths(*base, endpoint("RouteTable-private")) == set()
    some = rule("https", "job", 443, out=True, cidr_ipv4="203.0.113.0/24")
    why = "where files leads to is not known by address"
    assert perhaps(*base, endpoint("RouteTable-private"), some) == {("job", "files", "tcp 443", why)}
    other = rule("https", "job", 443, out=True, prefix_list_id="pl-other")
    assert ("job", "files", "tcp 443", ()) not in paths(*base, endpoint("RouteTable-private"), other)


def test_a_prefix_list_of_aws_may_be_anybody() -> None:
    cdn = rule("cdn", "web", 443, prefix_list_id="pl-cloudfront")
    resources = [*without(OPEN, "anyone"), cdn]
    assert paths(*resources) == set()
    assert [found[:3] for found in perhaps(*resources)] == [("internet", "web", "tcp 443")]


def test_tables_of_another_program_do_not_matter() -> None:
    assert paths(*OPEN, *table("more")) == IN
