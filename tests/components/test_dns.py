"""Zones, and the name that moves between regions."""

import dataclasses
from itertools import pairwise
from typing import Any

import pytest

from components.alarms import AlarmTarget
from components.dns import (
    Endpoint,
    FailoverRecord,
    FailoverRecordArgs,
    PrivateZone,
    PrivateZoneArgs,
    PublicZone,
    PublicZoneArgs,
    Role,
    regional_name,
)
from tests.support.recorder import Recording, record

ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"
HEALTH_CHECK = "aws:route53/healthCheck:HealthCheck"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

TARGET = AlarmTarget(topic_arn="arn:aws:sns:us-east-1:111122223333:alarms", runbooks_url="https://example.com/runbooks")


def endpoint(region: str, role: Role, **changes: Any) -> Endpoint:
    return Endpoint(dns_name=f"{region}.elb.example", zone_id=f"Z-{region}", role=role, **changes)


def endpoints(*regions: str) -> dict[str, Endpoint]:
    return {r: endpoint(r, Role.STANDBY if i else Role.PRIMARY) for i, r in enumerate(regions)}


def args(*regions: str, **changes: Any) -> FailoverRecordArgs:
    arguments: dict[str, Any] = {
        "zone_id": "Z1",
        "record_name": "api.example.com",
        "endpoints": endpoints(*regions),
        "alarms": TARGET,
    }
    return FailoverRecordArgs(**(arguments | changes))


def recorded(*regions: str, preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: FailoverRecord("api", args(*regions, **changes)), preview=preview)


def tree(recording: Recording) -> dict[str, tuple[str, str, str, str | None]]:
    """Failover records: child -> name, PRIMARY or SECONDARY, what it points at, health check."""
    return {
        r.name: (
            r.inputs["name"],
            r.inputs["failoverRoutingPolicies"][0]["type"],
            r.inputs["aliases"][0]["name"],
            r.inputs.get("healthCheckId"),
        )
        for r in recording.of(RECORD)
        if "failoverRoutingPolicies" in r.inputs
    }


def test_public_zone() -> None:
    recording = record(lambda: PublicZone("zone", PublicZoneArgs(domain="example.com")))
    zone = recording.only(ZONE)
    assert zone.inputs == {"name": "example.com", "comment": "Public names of the platform", "forceDestroy": False}
    assert zone.protect
    assert recording.value(recording.result.zone_id) == "zone.zoneId"
    component = recording.get("breakwater:dns:PublicZone", "zone")
    assert set(recording.outputs[component.urn]) == {"zone_id", "name_servers"}


def test_an_unprotected_zone_of_a_development_stack_goes_with_its_records() -> None:
    zone = record(lambda: PublicZone("zone", PublicZoneArgs(domain="example.com", protect=False))).only(ZONE)
    assert not zone.protect
    assert zone.inputs["forceDestroy"] is True


def test_private_zone() -> None:
    recording = record(lambda: PrivateZone("zone", PrivateZoneArgs(domain="internal.example.com", vpc_id="vpc-1")))
    assert recording.counts() == {ZONE: 1}
    assert recording.only(ZONE).inputs == {
        "name": "internal.example.com",
        "comment": "Names inside the network",
        "vpcs": [{"vpcId": "vpc-1"}],
    }
    assert recording.value(recording.result.zone_id) == "zone.zoneId"


def test_two_regions_register_exactly_this() -> None:
    assert recorded("us-east-1", "eu-west-1").counts() == {RECORD: 4, HEALTH_CHECK: 2, ALARM: 2}


def test_the_preview_registers_the_same_resources() -> None:
    planned = recorded("us-east-1", "eu-west-1", "eu-central-1", preview=True)
    deployed = recorded("us-east-1", "eu-west-1", "eu-central-1")
    assert [r.urn for r in planned.resources] == [r.urn for r in deployed.resources]


def test_each_region_has_a_name_that_always_leads_there() -> None:
    recording = recorded("us-east-1", "eu-west-1")
    assert recording.get(RECORD, "api-eu-west-1").inputs == {
        "zoneId": "Z1",
        "name": "eu-west-1.api.example.com",
        "type": "A",
        "aliases": [{"name": "eu-west-1.elb.example", "zoneId": "Z-eu-west-1", "evaluateTargetHealth": False}],
    }
    assert recording.result.regional_names == {
        "us-east-1": "us-east-1.api.example.com",
        "eu-west-1": "eu-west-1.api.example.com",
    }
    assert regional_name("us-east-1", "api.example.com") == "us-east-1.api.example.com"


def test_health_checks_ask_the_regional_names() -> None:
    slow = endpoint("eu-west-1", Role.STANDBY, health_path="/up")
    recording = recorded(endpoints=endpoints("us-east-1") | {"eu-west-1": slow})
    assert recording.get(HEALTH_CHECK, "api-us-east-1").inputs == {
        "type": "HTTPS",
        "fqdn": "api-us-east-1.fqdn",
        "port": 443,
        "resourcePath": "/health/ready",
        "requestInterval": 10,
        "failureThreshold": 3,
        "measureLatency": False,
        "enableSni": True,
        "tags": {"Name": "us-east-1.api.example.com"},
    }
    assert recording.get(HEALTH_CHECK, "api-eu-west-1").inputs["resourcePath"] == "/up"
    assert recording.get(RECORD, "api-us-east-1").urn in recording.get(HEALTH_CHECK, "api-us-east-1").dependencies


def test_two_regions_fail_over() -> None:
    recording = recorded("us-east-1", "eu-west-1")
    assert recording.get(RECORD, "api-primary").inputs == {
        "zoneId": "Z1",
        "name": "api.example.com",
        "type": "A",
        "setIdentifier": "primary",
        "failoverRoutingPolicies": [{"type": "PRIMARY"}],
        "healthCheckId": "api-us-east-1.id",
        "aliases": [{"name": "api-us-east-1.fqdn", "zoneId": "Z1", "evaluateTargetHealth": True}],
    }
    assert recording.get(RECORD, "api-standby").inputs == {
        "zoneId": "Z1",
        "name": "api.example.com",
        "type": "A",
        "setIdentifier": "standby",
        "failoverRoutingPolicies": [{"type": "SECONDARY"}],
        "healthCheckId": "api-eu-west-1.id",
        "aliases": [{"name": "api-eu-west-1.fqdn", "zoneId": "Z1", "evaluateTargetHealth": True}],
    }


def test_one_region_has_no_health_check_and_nothing_to_fail_over_to() -> None:
    recording = recorded("us-east-1")
    assert recording.counts() == {RECORD: 2}
    assert tree(recording) == {"api-primary": ("api.example.com", "PRIMARY", "api-us-east-1.fqdn", None)}
    assert recording.result.health_check_ids == {}


def test_four_regions_are_a_chain_of_pairs() -> None:
    recording = recorded("us-east-1", "eu-west-1", "eu-central-1", "us-west-2")
    assert tree(recording) == {
        "api-primary": ("api.example.com", "PRIMARY", "api-us-east-1.fqdn", "api-us-east-1.id"),
        "api-standby": ("api.example.com", "SECONDARY", "api-standby-eu-west-1-primary.fqdn", None),
        "api-standby-eu-west-1-primary": (
            "standby-eu-west-1.api.example.com",
            "PRIMARY",
            "api-eu-west-1.fqdn",
            "api-eu-west-1.id",
        ),
        "api-standby-eu-west-1-standby": (
            "standby-eu-west-1.api.example.com",
            "SECONDARY",
            "api-standby-eu-central-1-primary.fqdn",
            None,
        ),
        "api-standby-eu-central-1-primary": (
            "standby-eu-central-1.api.example.com",
            "PRIMARY",
            "api-eu-central-1.fqdn",
            "api-eu-central-1.id",
        ),
        "api-standby-eu-central-1-standby": (
            "standby-eu-central-1.api.example.com",
            "SECONDARY",
            "api-us-west-2.fqdn",
            "api-us-west-2.id",
        ),
    }


@pytest.mark.parametrize("count", [1, 2, 3, 16])
def test_every_name_has_one_primary_and_one_secondary_at_most(count: int) -> None:
    pairs = [(name, kind) for name, kind, *_ in tree(recorded(*(f"region-{i}" for i in range(count)))).values()]
    assert len(set(pairs)) == len(pairs) == max(1, 2 * (count - 1))


def test_a_further_region_replaces_nothing() -> None:
    """Names and set identifiers are a record's identity for Route 53; they stay when a region comes."""
    fixed = ("zoneId", "name", "type", "setIdentifier", "failoverRoutingPolicies")
    for fewer, more in (
        (["us-east-1"], ["us-east-1", "eu-west-1"]),
        (["us-east-1", "eu-west-1"], ["us-east-1", "eu-west-1", "eu-central-1"]),
    ):
        before = {r.urn: [r.inputs.get(k) for k in fixed] for r in recorded(*fewer).of(RECORD)}
        after = {r.urn: [r.inputs.get(k) for k in fixed] for r in recorded(*more).of(RECORD)}
        assert before.items() <= after.items()


def test_exchanging_the_roles_replaces_nothing() -> None:
    swapped = {"us-east-1": endpoint("us-east-1", Role.STANDBY), "eu-west-1": endpoint("eu-west-1", Role.PRIMARY)}
    before, after = recorded("us-east-1", "eu-west-1"), recorded(endpoints=swapped)
    assert {r.urn for r in before.of(RECORD)} == {r.urn for r in after.of(RECORD)}
    assert tree(after)["api-primary"] == ("api.example.com", "PRIMARY", "api-eu-west-1.fqdn", "api-eu-west-1.id")


def active(*regions: str, standbys: tuple[str, ...] = ()) -> dict[str, Endpoint]:
    """The first is the primary."""
    first, *others = regions
    return {
        first: endpoint(first, Role.PRIMARY),
        **{region: endpoint(region, Role.ACTIVE) for region in others},
        **{region: endpoint(region, Role.STANDBY) for region in standbys},
    }


@pytest.mark.feature("R1")
def test_active_regions_answer_by_latency() -> None:
    recording = recorded(endpoints=active("us-east-1", "eu-west-1"))
    for region in ("us-east-1", "eu-west-1"):
        assert recording.get(RECORD, f"api-active-{region}").inputs == {
            "zoneId": "Z1",
            "name": "active.api.example.com",
            "type": "A",
            "setIdentifier": region,
            "latencyRoutingPolicies": [{"region": region}],
            "healthCheckId": f"api-{region}.id",
            "aliases": [{"name": f"api-{region}.fqdn", "zoneId": "Z1", "evaluateTargetHealth": True}],
        }
    assert tree(recording) == {"api-primary": ("api.example.com", "PRIMARY", "api-active-us-east-1.fqdn", None)}


@pytest.mark.feature("R1")
def test_standbys_take_over_when_no_active_region_is_healthy() -> None:
    recording = recorded(endpoints=active("us-east-1", "eu-west-1", standbys=("us-west-2", "ap-south-1")))
    assert tree(recording) == {
        "api-primary": ("api.example.com", "PRIMARY", "api-active-us-east-1.fqdn", None),
        "api-standby": ("api.example.com", "SECONDARY", "api-standby-us-west-2-primary.fqdn", None),
        "api-standby-us-west-2-primary": (
            "standby-us-west-2.api.example.com", "PRIMARY", "api-us-west-2.fqdn", "api-us-west-2.id"
        ),
        "api-standby-us-west-2-standby": (
            "standby-us-west-2.api.example.com", "SECONDARY", "api-ap-south-1.fqdn", "api-ap-south-1.id"
        ),
    }  # fmt: skip
    together = {recording.get(RECORD, f"api-active-{region}").urn for region in ("us-east-1", "eu-west-1")}
    assert together <= set(recording.get(RECORD, "api-primary").dependencies)


@pytest.mark.feature("R1")
def test_an_active_region_comes_without_replacing_anything() -> None:
    fixed = ("zoneId", "name", "type", "setIdentifier", "failoverRoutingPolicies", "latencyRoutingPolicies")
    stages = (
        active("us-east-1"),
        active("us-east-1", "eu-west-1"),
        active("us-east-1", "eu-west-1", "ap-south-1"),
        active("us-east-1", "eu-west-1", "ap-south-1", standbys=("us-west-2",)),
    )
    found = [{r.urn: [r.inputs.get(k) for k in fixed] for r in recorded(endpoints=e).of(RECORD)} for e in stages]
    for before, after in pairwise(found):
        assert before.items() <= after.items()


@pytest.mark.feature("R1")
def test_a_region_is_healthy_when_its_signals_are_too() -> None:
    signalling = endpoint("us-east-1", Role.PRIMARY, signals=["balancer-id", "queue-id"])
    recording = recorded(endpoints={"us-east-1": signalling, "eu-west-1": endpoint("eu-west-1", Role.STANDBY)})
    assert recording.get(HEALTH_CHECK, "api-us-east-1-calculated").inputs == {
        "type": "CALCULATED",
        "childHealthchecks": ["api-us-east-1.id", "balancer-id", "queue-id"],
        "childHealthThreshold": 3,
        "tags": {"Name": "us-east-1.api.example.com and its signals"},
    }
    assert recording.get(RECORD, "api-primary").inputs["healthCheckId"] == "api-us-east-1-calculated.id"
    assert recording.get(ALARM, "api-alarms-health-us-east-1").inputs["dimensions"] == {
        "HealthCheckId": "api-us-east-1-calculated.id"
    }
    assert recording.counts()[HEALTH_CHECK] == 3


def test_refuses_more_signals_than_route_53_joins() -> None:
    with pytest.raises(ValueError, match=r"^signals: 256 health checks; Route 53 joins 255"):
        endpoint("us-east-1", Role.PRIMARY, signals=["id"] * 256)


def test_health_check_alarms() -> None:
    recording = recorded("us-east-1", "eu-west-1")
    primary = recording.get(ALARM, "api-alarms-health-us-east-1").inputs
    assert (primary["namespace"], primary["metricName"]) == ("AWS/Route53", "HealthCheckStatus")
    assert primary["dimensions"] == {"HealthCheckId": "api-us-east-1.id"}
    assert (primary["statistic"], primary["period"]) == ("Average", 60)
    assert (primary["comparisonOperator"], primary["threshold"]) == ("LessThanThreshold", 1)
    assert (primary["datapointsToAlarm"], primary["evaluationPeriods"]) == (3, 3)
    assert primary["treatMissingData"] == "breaching"
    assert primary["alarmDescription"].startswith("critical: ")
    standby = recording.get(ALARM, "api-alarms-health-eu-west-1").inputs
    assert standby["alarmDescription"].startswith("warning: ")


def test_no_alarms_without_a_target() -> None:
    assert not recorded("us-east-1", "eu-west-1", alarms=None).of(ALARM)


@pytest.mark.parametrize(
    ("roles", "found"),
    [({}, "none"), ({"a": Role.STANDBY}, "none"), ({"a": Role.PRIMARY, "b": Role.PRIMARY}, "a and b")],
)
def test_refuses_anything_but_one_primary(roles: dict[str, Role], found: str) -> None:
    with pytest.raises(ValueError, match=rf"^endpoints: exactly one region must be primary, found {found}; make"):
        args(endpoints={region: endpoint(region, role) for region, role in roles.items()})


def test_refuses_unknown_roles() -> None:
    bad: Any = "leader"
    with pytest.raises(ValueError, match=r"^role: 'leader' is not one of primary, active, standby"):
        endpoint("us-east-1", bad)


@pytest.mark.parametrize("path", ["", "health", "/" + "x" * 255])
def test_refuses_paths_that_route_53_refuses(path: str) -> None:
    with pytest.raises(ValueError, match=r"^health_path: .*must start with / and have 255"):
        endpoint("us-east-1", Role.PRIMARY, health_path=path)


@pytest.mark.parametrize("seconds", [5, 20, 60])
def test_refuses_intervals_that_route_53_refuses(seconds: int) -> None:
    with pytest.raises(ValueError, match=rf"^request_interval_seconds: {seconds}; Route 53 takes 10 or 30"):
        args("us-east-1", request_interval_seconds=seconds)


@pytest.mark.parametrize("threshold", [0, 11])
def test_refuses_thresholds_that_route_53_refuses(threshold: int) -> None:
    with pytest.raises(ValueError, match=rf"^failure_threshold: {threshold}; give 1 to 10"):
        args("us-east-1", failure_threshold=threshold)


@pytest.mark.parametrize("name", ["", "com", "*.example.com", "Example.com", "example.com."])
def test_refuses_what_is_no_domain(name: str) -> None:
    with pytest.raises(ValueError, match=r"^domain: .*write it as api\.example\.com"):
        PublicZoneArgs(domain=name)
    with pytest.raises(ValueError, match=r"^domain: "):
        PrivateZoneArgs(domain=name, vpc_id="vpc-1")
    with pytest.raises(ValueError, match=r"^record_name: "):
        args("us-east-1", record_name=name)


def of_family(recording: Recording, type_: str) -> dict[str, dict[str, Any]]:
    """Records of a type: name without the family's end -> inputs that do not tell the families apart."""
    return {
        r.name.removesuffix("-ipv6"): {key: value for key, value in r.inputs.items() if key not in ("type", "aliases")}
        for r in recording.of(RECORD)
        if r.inputs["type"] == type_
    }


@pytest.mark.feature("N3")
def test_with_ipv6_everywhere_each_record_has_a_twin() -> None:
    regions = active("us-east-1", "eu-west-1", standbys=("us-west-2", "eu-north-1"))
    dual = {region: dataclasses.replace(one, dual_stack=True) for region, one in regions.items()}
    recording, without = recorded(endpoints=dual), recorded(endpoints=regions)
    assert of_family(recording, "AAAA") == of_family(recording, "A") == of_family(without, "A")
    aliases = {r.name: r.inputs["aliases"][0]["name"] for r in recording.of(RECORD)}
    assert aliases["api-us-east-1-ipv6"] == "us-east-1.elb.example"
    assert aliases["api-primary-ipv6"] == "api-active-us-east-1-ipv6.fqdn"
    # One health check each, asked over IPv4.
    assert len(recording.of(HEALTH_CHECK)) == len(without.of(HEALTH_CHECK)) == 4
    assert {r.urn for r in without.resources} < {r.urn for r in recording.resources}


@pytest.mark.feature("N3")
def test_the_name_has_ipv6_only_where_it_can_move_to_every_region() -> None:
    regions = endpoints("us-east-1", "eu-west-1")
    regions["us-east-1"] = dataclasses.replace(regions["us-east-1"], dual_stack=True)
    recording = recorded(endpoints=regions)
    assert list(of_family(recording, "AAAA")) == ["api-us-east-1"]
    assert recording.get(RECORD, "api-us-east-1-ipv6").inputs["name"] == "us-east-1.api.example.com"


@pytest.mark.feature("L8")
def test_a_name_with_an_address_of_its_own_does_not_lead_to_the_regional_one() -> None:
    """API Gateway has an address for each name."""
    endpoints = {
        region: Endpoint(dns_name=f"regional.{region}", zone_id="ZGW", role=role, own=(f"own.{region}", "ZGW"))
        for region, role in (("us-east-1", Role.PRIMARY), ("eu-west-1", Role.STANDBY))
    }
    arguments = FailoverRecordArgs(zone_id="Z1", record_name="api.example.com", endpoints=endpoints, alarms=None)
    recording = record(lambda: FailoverRecord("api", arguments))
    aliases = {r.name: (r.inputs["aliases"][0]["name"], r.inputs["aliases"][0]["zoneId"]) for r in recording.of(RECORD)}
    assert aliases == {
        "api-us-east-1": ("regional.us-east-1", "ZGW"),
        "api-eu-west-1": ("regional.eu-west-1", "ZGW"),
        "api-primary": ("own.us-east-1", "ZGW"),
        "api-standby": ("own.eu-west-1", "ZGW"),
    }
