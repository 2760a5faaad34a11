"""Dual stack: off unless asked for, and then public and private subnets only."""

import pytest

from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network import Nat
from components.task import Task, TaskArgs
from tests.support.networks import (
    ACL_RULE,
    ASSOCIATION,
    EGRESS_ONLY,
    ROUTE,
    SUBNET,
    VPC,
    identities,
    names,
    recorded,
)
from tests.support.recorder import record
from tests.support.workloads import task_arguments

pytestmark = pytest.mark.feature("N3")


def test_without_it_nothing_has_ipv6() -> None:
    recording = recorded()
    assert not recording.of(EGRESS_ONLY)
    assert not recording.result.ipv6
    assert not [r.name for r in recording.resources if any("pv6" in key for key in r.inputs)]


def test_the_vpc_asks_aws_for_a_range() -> None:
    recording = recorded(ipv6=True)
    assert recording.result.ipv6
    assert recording.only(VPC).inputs["assignGeneratedIpv6CidrBlock"] is True


def test_public_and_private_subnets_have_a_64_by_slot() -> None:
    recording = recorded(ipv6=True, zones={"us-east-1a": 0, "us-east-1c": 7})
    found = {s.name: s.inputs.get("ipv6CidrBlock") for s in recording.of(SUBNET)}
    assert found == {
        "net-private-a": "2600:1f18:abc:de00::/64",
        "net-public-a": "2600:1f18:abc:de10::/64",
        "net-isolated-a": None,
        "net-private-c": "2600:1f18:abc:dee0::/64",
        "net-public-c": "2600:1f18:abc:def0::/64",
        "net-isolated-c": None,
    }
    # In a public subnet that would be a public address for whatever starts there.
    assigned = [s.name for s in recording.of(SUBNET) if s.inputs.get("assignIpv6AddressOnCreation")]
    assert sorted(assigned) == ["net-private-a", "net-private-c"]


@pytest.mark.parametrize("nat", list(Nat))
def test_private_subnets_get_out_and_nobody_gets_in(nat: Nat) -> None:
    recording = recorded(ipv6=True, nat=nat)
    assert recording.only(EGRESS_ONLY).inputs == {"vpcId": "net.id", "tags": {"Name": "net"}}
    routes = {r.name: r.inputs for r in recording.of(ROUTE) if "destinationIpv6CidrBlock" in r.inputs}
    private = {
        f"net-private-{letter}-ipv6": {
            "routeTableId": f"net-private-{letter}.id",
            "destinationIpv6CidrBlock": "::/0",
            "egressOnlyGatewayId": "net.id",
        }
        for letter in "abc"
    }
    public = {
        "net-public-internet-ipv6": {
            "routeTableId": "net-public.id",
            "destinationIpv6CidrBlock": "::/0",
            "gatewayId": "net.id",
        }
    }
    assert routes == private | public
    for letter in "abc":
        assert recording.get(ASSOCIATION, f"net-private-{letter}").depends_on(f"net-private-{letter}-ipv6")
        assert recording.get(ASSOCIATION, f"net-public-{letter}").depends_on("net-public-internet-ipv6")


def test_the_isolated_subnets_acl_admits_no_ipv6() -> None:
    assert all("ipv6CidrBlock" not in rule.inputs for rule in recorded(ipv6=True).of(ACL_RULE))


def test_it_can_be_turned_on_later_without_replacing_anything() -> None:
    """The range and the subnets' parts of it are what AWS changes in place."""
    without, with_it = identities(recorded()), identities(recorded(ipv6=True))
    changed = {urn for urn, inputs in without.items() if with_it[urn] != inputs}
    subnets = [f"net-{tier}-{letter}" for tier in ("private", "public") for letter in "abc"]
    assert names(changed) == ["net", *subnets]
    for urn in changed:
        new = {key: value for key, value in with_it[urn].items() if "pv6" not in key}
        assert new == without[urn]
    routes = [f"net-private-{letter}-ipv6" for letter in "abc"]
    assert names(with_it.keys() - without.keys()) == ["net", *routes, "net-public-internet-ipv6"]


def test_the_preview_registers_the_same_resources() -> None:
    planned = recorded(preview=True, ipv6=True)
    assert [r.urn for r in planned.resources] == [r.urn for r in recorded(ipv6=True).resources]


@pytest.mark.parametrize(("dual_stack", "expected"), [(False, "ipv4"), (True, "dualstack")])
def test_a_balancer_has_ipv6_addresses_where_it_is_told(dual_stack: bool, expected: str) -> None:
    arguments = LoadBalancerArgs(
        vpc_id="vpc-1",
        subnet_ids={"us-east-1a": "subnet-a", "us-east-1b": "subnet-b"},
        domain_name="api.example.com",
        zone_id="Z1",
        alarms=None,
        dual_stack=dual_stack,
    )
    balancer = record(lambda: LoadBalancer("entry", arguments)).only("aws:lb/loadBalancer:LoadBalancer")
    assert balancer.inputs["ipAddressType"] == expected


@pytest.mark.parametrize("dual_stack", [False, True])
def test_tasks_may_connect_to_ipv6_addresses_where_they_are_told(dual_stack: bool) -> None:
    recording = record(lambda: Task("api", TaskArgs(**task_arguments(dual_stack=dual_stack))))
    rules = recording.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    ranges = {r.inputs.get("cidrIpv6") for r in rules}
    assert ranges == ({None, "::/0"} if dual_stack else {None})
