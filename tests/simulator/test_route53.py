"""Zones, records, health checks, query logs."""

from typing import Any

from pulumi_aws import cloudwatch, ec2, route53

from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, World, tags_of

RECORD = "aws:route53/record:Record"


def _records(world: World) -> dict[tuple[str, str, str | None], dict[str, Any]]:
    zone = world.get("aws:route53/zone:Zone", "zone").id
    found = world.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {(r["Name"], r["Type"], r.get("SetIdentifier")): r for r in found}


def test_zones(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        route53.Zone("zone", name="example.com", comment="Public", tags={"Name": "public"}, opts=on.us)
        here = ec2.Vpc("here", cidr_block="10.0.0.0/16", opts=on.us)
        there = ec2.Vpc("there", cidr_block="10.1.0.0/16", opts=on.eu)
        vpcs = [{"vpc_id": here.id}, {"vpc_id": there.id, "vpc_region": EU}]
        route53.Zone("inside", name="internal.example.com", vpcs=vpcs, opts=on.us)

    world = simulate(program)
    client = world.client("route53")
    public, private = (world.get("aws:route53/zone:Zone", name) for name in ("zone", "inside"))
    zone = client.get_hosted_zone(Id=public.id)
    assert (zone["HostedZone"]["Name"], zone["HostedZone"]["Config"]["Comment"]) == ("example.com.", "Public")
    assert public.outputs["zoneId"] == public.id
    assert public.outputs["arn"] == f"arn:aws:route53:::hostedzone/{public.id}"
    assert public.outputs["nameServers"] == sorted(zone["DelegationSet"]["NameServers"])
    tags = client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=public.id)["ResourceTagSet"]["Tags"]
    assert tags_of(tags) == {"Name": "public", "owner": "tests"}
    zone = client.get_hosted_zone(Id=private.id)
    assert zone["HostedZone"]["Config"] == {"Comment": "Managed by Pulumi", "PrivateZone": True}
    vpcs = {r.name: r.id for r in world.outcome.graph.of("aws:ec2/vpc:Vpc")}
    assert zone["VPCs"] == [
        {"VPCRegion": US, "VPCId": vpcs["here"]},
        {"VPCRegion": EU, "VPCId": vpcs["there"]},
    ]


def test_records(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        zone = route53.Zone("zone", name="example.com", opts=on.us)
        given: dict[str, Any] = {"zone_id": zone.zone_id, "opts": on.us}
        route53.Record("plain", name="Plain", type="A", ttl=300, records=["192.0.2.1"], **given)
        route53.Record("text", name="example.com", type="TXT", ttl=60, records=["v=spf1 -all"], **given)
        target = {"name": "web.eu.elb.amazonaws.com", "zone_id": "Z32O12XQLNTSW2", "evaluate_target_health": True}
        route53.Record("alias", name="api.example.com", type="A", aliases=[target], **given)
        check = route53.HealthCheck("check", type="TCP", ip_address="192.0.2.1", port=443, opts=on.us)
        for role in ("PRIMARY", "SECONDARY"):
            route53.Record(
                role.lower(),
                name="www.example.com",
                type="A",
                set_identifier=role.lower(),
                failover_routing_policies=[{"type": role}],
                health_check_id=check.id if role == "PRIMARY" else None,
                aliases=[target],
                **given,
            )
        for weight in (10, 0):
            route53.Record(
                f"w{weight}",
                name="db.example.com",
                type="CNAME",
                ttl=5,
                records=[f"db{weight}.example.com"],
                set_identifier=f"w{weight}",
                weighted_routing_policies=[{"weight": weight}],
                **given,
            )
        route53.Record(
            "near",
            name="near.example.com",
            type="A",
            ttl=5,
            records=["192.0.2.1"],
            set_identifier="eu",
            latency_routing_policies=[{"region": EU}],
            **given,
        )
        for name in ("first", "over"):
            route53.Record(
                name, name="over.example.com", type="A", ttl=5, records=["192.0.2.9"], allow_overwrite=True, **given
            )

    world = simulate(program)
    records = _records(world)
    plain = records[("plain.example.com.", "A", None)]
    assert (plain["TTL"], plain["ResourceRecords"]) == (300, [{"Value": "192.0.2.1"}])
    zone = world.get("aws:route53/zone:Zone", "zone").id
    assert world.get(RECORD, "plain").id == f"{zone}_plain_A"
    assert world.get(RECORD, "plain").outputs["fqdn"] == "plain.example.com"
    assert records[("example.com.", "TXT", None)]["ResourceRecords"] == [{"Value": '"v=spf1 -all"'}]
    alias = records[("api.example.com.", "A", None)]["AliasTarget"]
    assert (alias["HostedZoneId"], alias["EvaluateTargetHealth"]) == ("Z32O12XQLNTSW2", True)
    assert alias["DNSName"].rstrip(".") == "web.eu.elb.amazonaws.com"
    primary = records[("www.example.com.", "A", "primary")]
    assert primary["Failover"] == "PRIMARY"
    assert primary["HealthCheckId"] == world.only("aws:route53/healthCheck:HealthCheck").id
    assert records[("www.example.com.", "A", "secondary")]["Failover"] == "SECONDARY"
    assert world.get(RECORD, "primary").id == f"{zone}_www.example.com_A_primary"
    assert records[("db.example.com.", "CNAME", "w10")]["Weight"] == 10
    assert records[("db.example.com.", "CNAME", "w0")]["Weight"] == 0
    assert records[("near.example.com.", "A", "eu")]["Region"] == EU


def test_health_checks(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        child = route53.HealthCheck(
            "us",
            type="HTTPS",
            fqdn="us-east-1.api.example.com",
            port=443,
            resource_path="/health/ready",
            request_interval=10,
            failure_threshold=3,
            tags={"Name": "us"},
            opts=on.us,
        )
        route53.HealthCheck(
            "all", type="CALCULATED", child_health_threshold=1, child_healthchecks=[child.id], opts=on.us
        )

    world = simulate(program)
    client = world.client("route53")
    found = world.get("aws:route53/healthCheck:HealthCheck", "us")
    config = client.get_health_check(HealthCheckId=found.id)["HealthCheck"]["HealthCheckConfig"]
    assert config["FullyQualifiedDomainName"] == "us-east-1.api.example.com"
    assert (config["Type"], config["Port"], config["ResourcePath"]) == ("HTTPS", 443, "/health/ready")
    assert (config["RequestInterval"], config["FailureThreshold"], config["EnableSNI"]) == (10, 3, True)
    tags = client.list_tags_for_resource(ResourceType="healthcheck", ResourceId=found.id)["ResourceTagSet"]["Tags"]
    assert tags_of(tags) == {"Name": "us", "owner": "tests"}
    assert found.outputs["arn"] == f"arn:aws:route53:::healthcheck/{found.id}"
    parent = world.get("aws:route53/healthCheck:HealthCheck", "all").id
    config = client.get_health_check(HealthCheckId=parent)["HealthCheck"]["HealthCheckConfig"]
    assert (config["ChildHealthChecks"], config["HealthThreshold"]) == ([found.id], 1)


def test_a_query_log(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        zone = route53.Zone("zone", name="example.com", opts=on.us)
        group = cloudwatch.LogGroup("queries", name="/aws/route53/example.com", opts=on.us)
        route53.QueryLog("queries", zone_id=zone.id, cloudwatch_log_group_arn=group.arn, opts=on.us)

    world = simulate(program)
    found = world.only("aws:route53/queryLog:QueryLog")
    (log,) = world.client("route53").list_query_logging_configs()["QueryLoggingConfigs"]
    assert (log["Id"], log["HostedZoneId"]) == (found.id, world.only("aws:route53/zone:Zone").id)
    assert found.outputs["arn"] == f"arn:aws:route53:::queryloggingconfig/{found.id}"


def test_what_is_refused(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        zone = route53.Zone("zone", name="example.com", opts=on.us)
        given: dict[str, Any] = {"zone_id": zone.zone_id, "opts": on.us}
        simple: dict[str, Any] = given | {"type": "A", "ttl": 60, "records": ["192.0.2.1"]}
        weights = [{"weight": 1}]
        route53.Record("once", name="a", **simple)
        route53.Record("twice", name="a", **simple)
        route53.Record("mixed", name="a", set_identifier="x", weighted_routing_policies=weights, **simple)
        route53.Record("unnamed", name="b", weighted_routing_policies=weights, **simple)
        route53.Record("apex", name="example.com", type="CNAME", ttl=60, records=["a.example.org"], **given)
        route53.Record("beside", name="a", type="CNAME", ttl=60, records=["a.example.org"], **given)
        route53.Record("kind", name="c", **(simple | {"type": "AA"}))
        route53.Record("empty", name="d", type="A", **given)
        route53.Record("check", name="e", health_check_id="11111111-2222-3333-4444-555555555555", **simple)
        route53.Record("zoneless", name="f", **(simple | {"zone_id": "Z0000000000000000000"}))
        route53.HealthCheck("often", type="HTTPS", fqdn="example.com", request_interval=20, opts=on.us)
        route53.HealthCheck("nothing", type="HTTPS", opts=on.us)
        route53.HealthCheck("threshold", type="HTTPS", fqdn="example.com", failure_threshold=11, opts=on.us)
        vpcs = [{"vpc_id": ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.eu).id}]
        route53.Zone("vpc", name="inside.example.com", vpcs=vpcs, opts=on.us)
        group = f"arn:aws:logs:{EU}:{ACCOUNT}:log-group:queries"
        route53.QueryLog("region", zone_id=zone.id, cloudwatch_log_group_arn=group, opts=on.us)

    simulate(program, fails=True).assert_refused(
        {
            "twice": "Tried to create resource record set [name='a.example.com.', type='A'] but it already exists",
            "mixed": "other RRSets exist with the same name and type",
            "unnamed": "a routing policy and a set identifier go together",
            "apex": "not permitted at apex",
            "beside": "a conflicting RRSet of type A exists",
            "kind": "'AA' is not one of",
            "empty": "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]]",
            "check": "NoSuchHealthCheck",
            "zoneless": "NoSuchHostedZone",
            "often": "RequestInterval: 20 is not one of 10, 30",
            "nothing": "needs an IPAddress or a FullyQualifiedDomainName",
            "threshold": "FailureThreshold: 11 is more than 10",
            "vpc": "InvalidVPCId",
            "region": "InvalidInput",
        }
    )


def test_a_zone_that_is_named_by_its_id_is_presumed_to_be_there(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        for name in ("www", "api"):
            route53.Record(
                name, zone_id="Z0123456789ABCDEFGHIJ", name=f"{name}.shop.example.com", type="A", ttl=60,
                records=["192.0.2.1"], opts=on.us,
            )  # fmt: skip

    world = simulate(program)
    records = world.client("route53").list_resource_record_sets(HostedZoneId="Z0123456789ABCDEFGHIJ")
    assert {r["Name"] for r in records["ResourceRecordSets"]} == {"www.shop.example.com.", "api.shop.example.com."}
    assert world.get("aws:route53/record:Record", "www").outputs["fqdn"] == "www.shop.example.com"
