"""Edges between security groups: both halves of each, nothing inline."""

from typing import Any

import pytest

from components._connections import Connection, create_connection
from components.security import (
    HttpsEgress,
    HttpsEgressArgs,
    RangeIngress,
    RangeIngressArgs,
    SecurityGroupEdge,
    SecurityGroupEdgeArgs,
)
from tests.support.recorder import record

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def edge_args(**changes: Any) -> SecurityGroupEdgeArgs:
    arguments: dict[str, Any] = {
        "source_security_group_id": "sg-source",
        "target_security_group_id": "sg-target",
        "port": 5433,
        "description": "api to database",
    }
    return SecurityGroupEdgeArgs(**(arguments | changes))


def test_edge_is_an_egress_rule_on_the_source_and_an_ingress_rule_on_the_target() -> None:
    recording = record(lambda: SecurityGroupEdge("api-to-database", edge_args()))
    assert recording.counts() == {EGRESS: 1, INGRESS: 1}
    common = {"ipProtocol": "tcp", "fromPort": 5433, "toPort": 5433, "description": "api to database"}
    egress = recording.get(EGRESS, "api-to-database-egress")
    assert egress.inputs == {"securityGroupId": "sg-source", "referencedSecurityGroupId": "sg-target", **common}
    ingress = recording.get(INGRESS, "api-to-database-ingress")
    assert ingress.inputs == {"securityGroupId": "sg-target", "referencedSecurityGroupId": "sg-source", **common}
    for rule in (egress, ingress):
        assert rule.replace_on_changes == ("fromPort", "toPort"), "the old port stays open while somebody listens"
    component = recording.get("breakwater:security:SecurityGroupEdge", "api-to-database")
    assert egress.parent == ingress.parent == component.urn
    assert set(recording.outputs[component.urn]) == {"egress_rule_id", "ingress_rule_id"}


def test_https_egress_opens_port_443_only() -> None:
    recording = record(lambda: HttpsEgress("api-https", HttpsEgressArgs(security_group_id="sg-source")))
    assert recording.counts() == {EGRESS: 1}
    assert recording.get(EGRESS, "api-https").inputs == {
        "securityGroupId": "sg-source",
        "cidrIpv4": "0.0.0.0/0",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "description": "HTTPS to AWS APIs and the internet",
    }


def test_https_egress_to_a_narrower_destination() -> None:
    args = HttpsEgressArgs(security_group_id="sg-source", cidr_ipv4="10.0.0.0/16")
    assert record(lambda: HttpsEgress("api-https", args)).only(EGRESS).inputs["cidrIpv4"] == "10.0.0.0/16"


@pytest.mark.feature("N3")
def test_https_egress_of_both_stacks() -> None:
    args = HttpsEgressArgs(security_group_id="sg-source", dual_stack=True)
    recording = record(lambda: HttpsEgress("api-https", args))
    assert recording.counts() == {EGRESS: 2}
    assert recording.get(EGRESS, "api-https-ipv6").inputs == {
        "securityGroupId": "sg-source",
        "cidrIpv6": "::/0",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "description": "HTTPS to AWS APIs and the internet",
    }


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_refuses_ports_that_do_not_exist(port: int) -> None:
    with pytest.raises(ValueError, match=r"^port: .* from 1 to 65535"):
        edge_args(port=port)


@pytest.mark.parametrize("port", [1, 65535])
def test_takes_the_outermost_ports(port: int) -> None:
    assert edge_args(port=port).port == port


@pytest.mark.parametrize("description", ["", "x" * 256, "the API's database", "café"])
def test_refuses_descriptions_that_ec2_refuses(description: str) -> None:
    with pytest.raises(ValueError, match=r"^description: "):
        edge_args(description=description)
    with pytest.raises(ValueError, match=r"^description: "):
        HttpsEgressArgs(security_group_id="sg-source", description=description)


@pytest.mark.parametrize("cidr", ["10.0.0.1/16", "10.0.0.0/33", "::/0", "anywhere"])
def test_refuses_destinations_that_are_no_ipv4_network(cidr: str) -> None:
    with pytest.raises(ValueError, match=r"^cidr_ipv4: .*write it as 10\.0\.0\.0/16"):
        HttpsEgressArgs(security_group_id="sg-source", cidr_ipv4=cidr)


def ranges(**changes: Any) -> RangeIngressArgs:
    arguments: dict[str, Any] = {
        "security_group_id": "sg-1",
        "ranges": {"a": "10.1.0.0/20", "b": "10.1.16.0/20"},
        "port": 5432,
        "description": "Tasks elsewhere to the writer",
    }
    return RangeIngressArgs(**(arguments | changes))


def test_another_regions_network_is_let_in_by_range() -> None:
    recording = record(lambda: RangeIngress("edge", ranges()))
    assert recording.get(INGRESS, "edge-b").inputs == {
        "securityGroupId": "sg-1",
        "cidrIpv4": "10.1.16.0/20",
        "ipProtocol": "tcp",
        "fromPort": 5432,
        "toPort": 5432,
        "description": "Tasks elsewhere to the writer",
    }
    assert recording.counts() == {INGRESS: 2}


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "54.0.0.0/16"])
def test_nobody_else_is_let_in_by_range(cidr: str) -> None:
    with pytest.raises(ValueError, match=r"^ranges: .* is not private"):
        ranges(ranges={"a": cidr})


def test_a_connection_into_another_region_is_a_rule_by_range() -> None:
    def program() -> None:
        create_connection("way", "sg-1", Connection(cidr_ipv4="10.0.0.0/16", port=5432), "app to writer", None)

    assert record(program).only(EGRESS).inputs == {
        "securityGroupId": "sg-1",
        "cidrIpv4": "10.0.0.0/16",
        "ipProtocol": "tcp",
        "fromPort": 5432,
        "toPort": 5432,
        "description": "app to writer",
    }


@pytest.mark.parametrize("both", [{}, {"security_group_id": "sg-1", "cidr_ipv4": "10.0.0.0/16"}])
def test_a_connection_leads_to_one_place(both: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^security_group_id: give either this or cidr_ipv4"):
        Connection(port=5432, **both)
