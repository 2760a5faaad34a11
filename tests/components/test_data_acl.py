"""The ACL of the isolated subnets: the VPC's own range and nothing else, both ways, numbered for good."""

import pytest

from tests.support.networks import ACL, ACL_ASSOCIATION, ACL_RULE, ZONES, recorded

pytestmark = pytest.mark.feature("N6")


def test_every_isolated_subnet_is_under_the_acl_and_no_other() -> None:
    recording = recorded()
    assert recording.only(ACL).inputs == {"vpcId": "net.id", "tags": {"Name": "net-isolated"}}
    assert {r.name: r.inputs for r in recording.of(ACL_ASSOCIATION)} == {
        f"net-isolated-{letter}": {"networkAclId": "net-isolated.id", "subnetId": f"net-isolated-{letter}.id"}
        for letter in "abc"
    }
    assert recording.value(recording.result.isolated_acl_id) == "net-isolated.id"


@pytest.mark.parametrize(("name", "egress"), [("net-isolated-in", False), ("net-isolated-out", True)])
def test_connections_within_the_vpc_pass_both_ways(name: str, egress: bool) -> None:
    assert recorded(cidr="10.64.0.0/20").get(ACL_RULE, name).inputs == {
        "networkAclId": "net-isolated.id",
        "ruleNumber": 100,
        "ruleAction": "allow",
        "egress": egress,
        "protocol": "tcp",
        "fromPort": 1024,
        "toPort": 65535,
        "cidrBlock": "10.64.0.0/20",
    }


def test_from_elsewhere_nothing_comes_but_the_message_that_a_packet_was_too_large() -> None:
    foreign = [rule.inputs for rule in recorded().of(ACL_RULE) if rule.inputs["cidrBlock"] != "10.0.0.0/16"]
    assert foreign == [
        {
            "networkAclId": "net-isolated.id",
            "ruleNumber": 200,
            "ruleAction": "allow",
            "egress": False,
            "protocol": "icmp",
            "icmpType": 3,
            "icmpCode": 4,
            "cidrBlock": "0.0.0.0/0",
        }
    ]


def test_subnets_come_under_it_only_when_its_rules_are_there() -> None:
    recording = recorded()
    for association in recording.of(ACL_ASSOCIATION):
        for rule in recording.of(ACL_RULE):
            assert rule.urn in association.dependencies


def test_another_zone_adds_its_association_and_leaves_the_rules() -> None:
    more, fewer = recorded(), recorded(zones={zone: slot for zone, slot in ZONES.items() if zone != "us-east-1b"})
    for kind in (ACL, ACL_RULE):
        assert {r.urn: r.inputs for r in more.of(kind)} == {r.urn: r.inputs for r in fewer.of(kind)}
    assert [r.name for r in fewer.of(ACL_ASSOCIATION)] == ["net-isolated-a", "net-isolated-c"]
