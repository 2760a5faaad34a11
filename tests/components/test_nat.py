"""NAT gateways: none, one, one per zone, or one for the whole region."""

import pytest

from components.network import Nat
from tests.support.networks import (
    ALARM,
    EIP,
    GATEWAY,
    NAT,
    ROUTE,
    TARGET,
    ZONES,
    identities,
    names,
    recorded,
)
from tests.support.recorder import Recording, Registration

pytestmark = pytest.mark.feature("N2")


def nat_routes(recording: Recording) -> dict[str, str]:
    return {route.name: route.inputs["natGatewayId"] for route in recording.of(ROUTE) if "natGatewayId" in route.inputs}


def test_nat_per_zone() -> None:
    recording = recorded(nat=Nat.PER_ZONE)
    assert {nat.name: nat.inputs for nat in recording.of(NAT)} == {
        f"net-nat-{letter}": {
            "subnetId": f"net-public-{letter}.id",
            "allocationId": f"net-nat-{letter}.id",
            "connectivityType": "public",
            "tags": {"Name": f"net-nat-{letter}"},
        }
        for letter in "abc"
    }
    assert nat_routes(recording) == {f"net-private-{letter}-nat": f"net-nat-{letter}.id" for letter in "abc"}
    assert set(recording.result.nat_public_ips) == set(ZONES)


def test_nat_single_stands_in_the_zone_of_the_lowest_slot() -> None:
    recording = recorded(nat=Nat.SINGLE, zones={"us-east-1c": 2, "us-east-1a": 5, "us-east-1b": 1})
    assert [nat.name for nat in recording.of(NAT)] == ["net-nat-b"]
    assert [address.name for address in recording.of(EIP)] == ["net-nat-b"]
    assert nat_routes(recording) == {f"net-private-{letter}-nat": "net-nat-b.id" for letter in "abc"}


def test_nat_none_leaves_private_subnets_without_a_way_out() -> None:
    recording = recorded(nat=Nat.NONE, alarms=TARGET)
    assert not recording.of(NAT)
    assert not recording.of(EIP)
    assert not recording.of(ALARM)
    assert [route.name for route in recording.of(ROUTE)] == ["net-public-internet"]
    assert recording.result.nat_public_ips == {}


def test_another_nat_mode_changes_gateways_and_their_routes_only() -> None:
    single, per_zone, none = (identities(recorded(nat=nat)) for nat in (Nat.SINGLE, Nat.PER_ZONE, Nat.NONE))
    assert set(none) < set(single) < set(per_zone)
    assert all(per_zone[urn] == inputs for urn, inputs in none.items())
    changed = sorted(urn.rsplit("::", 1)[1] for urn, inputs in single.items() if per_zone[urn] != inputs)
    assert changed == ["net-private-b-nat", "net-private-c-nat"]
    assert all("nat" in urn.rsplit("::", 1)[1] for urn in set(per_zone) - set(none))


def test_nat_gateways_wait_for_the_internet_gateway() -> None:
    recording = recorded()
    gateway = recording.only(GATEWAY)
    for resource in [*recording.of(NAT), *recording.of(EIP)]:
        assert gateway.urn in resource.dependencies
    assert all(address.inputs["domain"] == "vpc" for address in recording.of(EIP))


def alarm(recording: Recording, role: str) -> Registration:
    return recording.get(ALARM, f"net-alarms-{role}")


def test_each_nat_gateway_has_its_alarms() -> None:
    recording = recorded(alarms=TARGET)
    assert sorted(a.name for a in recording.of(ALARM)) == [
        f"net-alarms-nat-{letter}-{what}" for letter in "abc" for what in ("drops", "ports")
    ]
    ports = alarm(recording, "nat-b-ports").inputs
    assert ports["metricName"] == "ErrorPortAllocation"
    assert ports["dimensions"] == {"NatGatewayId": "net-nat-b.id"}
    assert (ports["namespace"], ports["statistic"], ports["period"]) == ("AWS/NATGateway", "Sum", 60)
    assert (ports["comparisonOperator"], ports["threshold"]) == ("GreaterThanThreshold", 0)
    assert (ports["datapointsToAlarm"], ports["evaluationPeriods"], ports["treatMissingData"]) == (15, 15, "missing")
    drops = alarm(recording, "nat-b-drops").inputs
    assert {q["id"]: q["metric"]["metricName"] for q in drops["metricQueries"] if "metric" in q} == {
        "drops": "PacketsDropCount",
        "inner": "PacketsInFromSource",
        "outer": "PacketsInFromDestination",
    }
    (rate,) = [q for q in drops["metricQueries"] if q.get("returnData")]
    assert rate["expression"] == "100 * drops / (inner + outer)"
    assert (drops["threshold"], drops["datapointsToAlarm"], drops["evaluationPeriods"]) == (0.01, 5, 5)


def test_nat_regional_stands_in_all_zones_with_addresses_of_our_own() -> None:
    recording = recorded(nat=Nat.REGIONAL)
    gateway = recording.only(NAT)
    assert gateway.name == "net-nat-regional"
    assert gateway.inputs == {
        "availabilityMode": "regional",
        "connectivityType": "public",
        "vpcId": "net.id",
        "availabilityZoneAddresses": [
            {"availabilityZone": f"us-east-1{letter}", "allocationIds": [f"net-nat-regional-{letter}.id"]}
            for letter in "abc"
        ],
        "tags": {"Name": "net-nat-regional"},
    }
    assert recording.only(GATEWAY).urn in gateway.dependencies
    assert [address.inputs["domain"] for address in recording.of(EIP)] == ["vpc"] * 3
    assert nat_routes(recording) == {f"net-private-{letter}-nat": "net-nat-regional.id" for letter in "abc"}
    ips = {zone: recording.value(ip) for zone, ip in recording.result.nat_public_ips.items()}
    assert ips == {zone: f"net-nat-regional-{zone[-1]}.publicIp" for zone in ZONES}


def test_the_regional_gateway_has_one_pair_of_alarms() -> None:
    recording = recorded(nat=Nat.REGIONAL, alarms=TARGET)
    assert sorted(a.name for a in recording.of(ALARM)) == [
        "net-alarms-nat-regional-drops",
        "net-alarms-nat-regional-ports",
    ]
    ports = alarm(recording, "nat-regional-ports").inputs
    assert ports["dimensions"] == {"NatGatewayId": "net-nat-regional.id"}
    assert "The regional NAT gateway has no free port" in ports["alarmDescription"]


def test_the_regional_gateway_and_its_addresses_can_be_made_before_those_of_the_zones_go() -> None:
    """An address serves one gateway at a time, and what is new is made before what is old is deleted."""
    regional, per_zone = (recorded(nat=nat) for nat in (Nat.REGIONAL, Nat.PER_ZONE))
    for kind in (EIP, NAT):
        assert not {r.urn for r in regional.of(kind)} & {r.urn for r in per_zone.of(kind)}
    before, after = identities(per_zone), identities(regional)
    changed = [urn for urn in before.keys() & after.keys() if before[urn] != after[urn]]
    assert names(changed) == [f"net-private-{letter}-nat" for letter in "abc"]
