"""The platform that the settings lead to: which regions, wired how, with which provider, under which names."""

import ipaddress
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.environment import RESERVED
from tests.infra.platforms import (
    ACCOUNT,
    EVERYTHING,
    MINIMAL,
    QUEUES,
    SERVICES,
    STANDBY,
    THIRD_REGION,
    THIRD_REPLICA,
    WORKERS,
    built,
    cloud,
    environment,
)
from tests.infra.sample import SAMPLE, edited, settings_of
from tests.support.recorder import Recording

GLOBAL_TYPES = ("aws:route53/zone:Zone", "aws:route53/healthCheck:HealthCheck", "aws:route53/record:Record")


@pytest.fixture(scope="module")
def two_regions() -> Recording:
    return built(settings_of(SAMPLE))


@pytest.fixture(scope="module")
def three_regions() -> Recording:
    return built(settings_of(edited(THIRD_REGION, THIRD_REPLICA)))


def test_one_provider_per_region_with_tags(two_regions: Recording) -> None:
    providers = {r.name: r.inputs for r in two_regions.of("pulumi:providers:aws")}
    assert set(providers) == {"us-east-1", "eu-west-1"}
    for region, inputs in providers.items():
        assert inputs["region"] == region
        assert json.loads(inputs["defaultTags"])["tags"] == {
            "project": "test", "stack": "unit", "class": "production", "owner": "platform-team", "region": region
        }  # fmt: skip


@pytest.mark.feature("R4")
def test_every_resource_of_a_region_has_its_provider_and_its_name(two_regions: Recording) -> None:
    for resource in cloud(two_regions):
        provider = re.search(r"pulumi:providers:aws::([a-z0-9-]+)::", resource.provider)
        assert provider, f"{resource.urn} has no explicit provider"
        region = next((name for name in ("us-east-1", "eu-west-1") if resource.name.startswith(f"{name}-")), None)
        if region is None:
            assert resource.type in (*GLOBAL_TYPES, "aws:cloudwatch/metricAlarm:MetricAlarm"), resource.urn
        assert provider[1] == (region or "us-east-1"), resource.urn


def test_regions_have_the_same_components_but_for_the_database(two_regions: Recording) -> None:
    def components(region: str) -> set[tuple[str, str]]:
        urn = next(r.urn for r in two_regions.of("breakwater:region:Region") if r.name == region)
        below = (r for r in two_regions.resources if r.parent == urn)
        return {(r.type, r.name.removeprefix(f"{region}-")) for r in below}

    primary, standby = components("us-east-1"), components("eu-west-1")
    assert primary - standby == {("breakwater:database:Database", "database")}
    assert standby - primary == {("breakwater:database_replica:DatabaseReplica", "database")}
    assert primary & standby == {
        ("breakwater:network:Network", "network"),
        ("breakwater:dns:PrivateZone", "private-zone"),
        ("breakwater:bucket:AccessLogBucket", "balancer-logs"),
        ("breakwater:load_balancer:LoadBalancer", "balancer"),
        ("breakwater:waf:WebAcl", "waf"),
        ("breakwater:cluster:Cluster", "cluster"),
        ("breakwater:queue:Queue", "orders"),
        ("breakwater:cache:Cache", "cache"),
        ("breakwater:service:WebService", "api"),
        ("breakwater:service:WebService", "web"),
        ("breakwater:service:Worker", "packer"),
        ("breakwater:job:Job", "sweep"),
    }


def test_preview_registers_what_up_registers(two_regions: Recording) -> None:
    preview = built(settings_of(SAMPLE), preview=True)
    assert {(r.urn, r.parent, r.protect) for r in preview.resources} == {
        (r.urn, r.parent, r.protect) for r in two_regions.resources
    }


@pytest.mark.feature("R5")
def test_a_further_region_changes_nothing_of_the_others(two_regions: Recording, three_regions: Recording) -> None:
    before = {r.urn: r for r in two_regions.resources}
    after = {r.urn: r for r in three_regions.resources}
    assert set(before) - set(after) == set()
    assert any(name.startswith("us-west-2-") for name in (r.name for r in three_regions.resources))
    changed = {urn for urn, r in before.items() if r.inputs != after[urn].inputs}
    # Where the traffic goes once nobody before is healthy: to the next pair instead of to the last region.
    assert {before[urn].name for urn in changed} == {"name-standby", "name-api-standby"}


ACTIVE = ("role: standby", "role: active\n        peers: [us-east-1]")


@pytest.fixture(scope="module")
def active() -> Recording:
    return built(settings_of(edited(ACTIVE)))


@pytest.mark.feature("R1")
def test_an_active_region_answers_beside_the_primary(active: Recording) -> None:
    latency = {
        (r.inputs["name"], r.inputs["setIdentifier"])
        for r in active.of("aws:route53/record:Record")
        if "latencyRoutingPolicies" in r.inputs
    }
    hosts = ("test.breakwater.example", "api.test.breakwater.example")
    assert latency == {(f"active.{host}", region) for host in hosts for region in ("us-east-1", "eu-west-1")}
    schedules = {r.name: r.inputs["state"] for r in active.of("aws:scheduler/schedule:Schedule")}
    assert schedules == {"us-east-1-sweep": "ENABLED", "eu-west-1-sweep": "DISABLED"}


@pytest.mark.feature("R1")
def test_an_active_region_writes_to_the_primarys_database_and_reads_nearby(active: Recording) -> None:
    found = environment(active, "eu-west-1-api")
    assert found["DATABASE_HOST"] == environment(active, "us-east-1-api")["DATABASE_HOST"]
    assert (found["DATABASE_REGION"], found["DATABASE_PORT"]) == ("us-east-1", "5432")
    assert found["DATABASE_READER_HOST"] == "reader.internal.test.breakwater.example"
    out = active.get("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "eu-west-1-api-to-database").inputs
    assert (out["cidrIpv4"], out["fromPort"]) == ("10.0.0.0/16", 5432)
    ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    let_in = [r for r in active.of(ingress) if r.name.startswith("us-east-1-database-from-eu-west-1-")]
    network = ipaddress.IPv4Network("10.1.0.0/16")
    assert len(let_in) == 2
    for rule in let_in:
        assert rule.inputs["securityGroupId"] == "us-east-1-database-proxy.id"
        assert ipaddress.IPv4Network(rule.inputs["cidrIpv4"]).subnet_of(network)
        assert "providers:aws::us-east-1::" in rule.provider
    policy = json.loads(active.get("aws:iam/rolePolicy:RolePolicy", "eu-west-1-api-task").inputs["policy"])
    regions = {arn.split(":")[3] for s in policy["Statement"] if s["Action"] == "rds-db:connect"
               for arn in ([s["Resource"]] if isinstance(s["Resource"], str) else s["Resource"])}  # fmt: skip
    assert regions == {"us-east-1", "eu-west-1"}


@pytest.mark.feature("R1")
def test_alarms_of_a_region_join_its_health_checks() -> None:
    signals = ("    owner:", "    health_signals: [balancer, writer, queue-age]\n    owner:")
    recording = built(settings_of(edited(signals)))
    checks = {r.name: r.inputs for r in recording.of("aws:route53/healthCheck:HealthCheck")}
    followed = {
        name: (inputs["cloudwatchAlarmName"], inputs["cloudwatchAlarmRegion"], inputs["insufficientDataHealthStatus"])
        for name, inputs in checks.items()
        if inputs["type"] == "CLOUDWATCH_METRIC"
    }
    # The writer is the primary region's; a standby can be healthy without.
    assert followed == {
        "us-east-1-signals-balancer": ("us-east-1-balancer-alarms-server-errors.name", "us-east-1", "Healthy"),
        "us-east-1-signals-writer": ("us-east-1-database-alarms-writer-silent.name", "us-east-1", "Unhealthy"),
        "us-east-1-signals-orders-age": ("us-east-1-orders-alarms-age.name", "us-east-1", "Healthy"),
        "eu-west-1-signals-balancer": ("eu-west-1-balancer-alarms-server-errors.name", "eu-west-1", "Healthy"),
        "eu-west-1-signals-orders-age": ("eu-west-1-orders-alarms-age.name", "eu-west-1", "Healthy"),
    }
    joined = checks["name-api-us-east-1-calculated"]
    assert joined["childHealthchecks"] == [
        "name-api-us-east-1.id",
        *(f"us-east-1-signals-{signal}.id" for signal in ("balancer", "writer", "orders-age")),
    ]
    primary = recording.get("aws:route53/record:Record", "name-api-primary")
    assert primary.inputs["healthCheckId"] == "name-api-us-east-1-calculated.id"


@pytest.mark.feature("R2")
def test_a_standby_runs_with_its_own_numbers_of_tasks() -> None:
    zones = "zones: {eu-west-1a: 0, eu-west-1b: 1}"
    own = (zones, f"{zones}\n        tasks:\n          web: {{min: 1, max: 9}}")
    recording = built(settings_of(edited(own, base=SERVICES)))
    targets = {r.name: r.inputs for r in recording.of("aws:appautoscaling/target:Target")}
    limits = {name: (inputs["minCapacity"], inputs["maxCapacity"]) for name, inputs in targets.items()}
    assert limits["eu-west-1-web-scaling"] == (1, 9)
    assert limits["us-east-1-web-scaling"] == (1, 3)
    assert all(least >= 1 for least, _ in limits.values())


@pytest.mark.feature("K1")
def test_a_multi_region_key_for_each_class_of_data_with_replicas(two_regions: Recording) -> None:
    classes = ("data", "messages", "logs", "secrets")
    keys = {key.name: key for key in two_regions.of("aws:kms/key:Key")}
    replicas = {key.name: key for key in two_regions.of("aws:kms/replicaKey:ReplicaKey")}
    assert set(keys) == {f"us-east-1-{encrypts}-key" for encrypts in classes}
    assert set(replicas) == {f"eu-west-1-{encrypts}-key" for encrypts in classes}
    for encrypts in classes:
        assert keys[f"us-east-1-{encrypts}-key"].inputs["multiRegion"] is True
        primary = replicas[f"eu-west-1-{encrypts}-key"].inputs["primaryKeyArn"]
        assert primary == f"us-east-1-{encrypts}-key.arn"


def test_key_and_zone_stay_where_they_are_when_regions_exchange_roles() -> None:
    exchanged = MINIMAL.replace("role: standby", "role: x").replace("role: primary", "role: standby")
    text = exchanged.replace("role: x", "role: primary").replace("    owner:", "    key_region: us-east-1\n    owner:")
    recording = built(settings_of(text))
    assert all(key.name.startswith("us-east-1-") for key in recording.of("aws:kms/key:Key"))
    assert "::us-east-1::" in recording.get("aws:route53/zone:Zone", "public-zone").provider


def test_the_standby_replicates_the_primarys_writer_with_its_own_key(two_regions: Recording) -> None:
    instances = {r.name: r for r in two_regions.of("aws:rds/instance:Instance")}
    assert set(instances) == {"us-east-1-database", "us-east-1-database-replica-b", "eu-west-1-database"}
    remote = instances["eu-west-1-database"]
    assert remote.inputs["replicateSourceDb"] == "us-east-1-database.arn"
    assert remote.inputs["kmsKeyId"] == "eu-west-1-data-key.arn"
    assert len(two_regions.of("aws:rds/proxy:Proxy")) == 1


def test_jobs_run_in_the_primary_region_only(two_regions: Recording) -> None:
    states = {r.name: r.inputs["state"] for r in two_regions.of("aws:scheduler/schedule:Schedule")}
    assert states == {"us-east-1-sweep": "ENABLED", "eu-west-1-sweep": "DISABLED"}


def test_regions_may_have_task_numbers_of_their_own(two_regions: Recording) -> None:
    numbers = {
        r.name: (r.inputs["minCapacity"], r.inputs["maxCapacity"])
        for r in two_regions.of("aws:appautoscaling/target:Target")
    }
    assert numbers["us-east-1-api-scaling"] == (2, 4)
    assert numbers["eu-west-1-api-scaling"] == (2, 9)
    assert numbers["us-east-1-packer-scaling"] == numbers["eu-west-1-packer-scaling"] == (1, 5)


def test_images_come_from_the_regions_own_registry(two_regions: Recording) -> None:
    for region in ("us-east-1", "eu-west-1"):
        definition = two_regions.get("aws:ecs/taskDefinition:TaskDefinition", f"{region}-api")
        (container,) = json.loads(definition.inputs["containerDefinitions"])
        assert container["image"].startswith(f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/breakwater/api@sha256:")


def test_tasks_find_what_they_use(two_regions: Recording) -> None:
    assert environment(two_regions, "us-east-1-api") == {
        "LOG_LEVEL": "info",
        "PORT": "5555",
        "QUEUE_URL_ORDERS": "us-east-1-orders.url",
        "DATABASE_HOST": "us-east-1-database-proxy.endpoint",
        "DATABASE_PORT": "5432",
        "DATABASE_REGION": "us-east-1",
        "DATABASE_READER_HOST": "reader.internal.test.breakwater.example",
        "DATABASE_READER_PORT": "5433",
        "DATABASE_NAME": "app",
        "DATABASE_USER": "app",
        "DATABASE_POOL_SIZE": "10",
        "DATABASE_POOL_IDLE_SECONDS": "30",
        "DATABASE_POOL_CONNECT_SECONDS": "2",
        "CACHE_HOST": "us-east-1-cache.primaryEndpointAddress",
        "CACHE_READER_HOST": "us-east-1-cache.readerEndpointAddress",
        "CACHE_PORT": "6379",
        "CACHE_NAME": "test-unit-cache",
        "CACHE_USER": "test-unit-cache-app",
    }
    assert environment(two_regions, "eu-west-1-api")["DATABASE_HOST"] == "eu-west-1-database.address"
    assert environment(two_regions, "us-east-1-packer") == {
        "QUEUE_URL": "us-east-1-orders.url",
        "WORKER_CONCURRENCY": "1",
    }
    assert environment(two_regions, "us-east-1-sweep") == {}


def test_tasks_may_do_what_they_need_and_no_more(two_regions: Recording) -> None:
    policy = json.loads(two_regions.get("aws:iam/rolePolicy:RolePolicy", "us-east-1-api-task").inputs["policy"])
    actions = {action for s in policy["Statement"] for action in _listed(s["Action"])}
    assert actions == {
        "rds-db:connect", "elasticache:Connect", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage",
        "kms:Decrypt", "kms:GenerateDataKey",
    }  # fmt: skip
    assert all("*" not in _listed(statement["Resource"]) for statement in policy["Statement"])
    web = [r for r in two_regions.of("aws:iam/rolePolicy:RolePolicy") if r.name == "us-east-1-web-task"]
    assert web == []


def test_queues_do_not_complain_of_the_backlog_that_scaling_aims_at() -> None:
    """50 messages of 10 s for each task: 500 s of waiting, and with the most tasks of a region so many messages."""
    zones = "        zones: {eu-west-1a: 0"
    recording = built(
        settings_of(edited((zones, "        tasks: {packer: {min: 1, max: 3}}\n" + zones), base=QUEUES + WORKERS))
    )
    alarms = {r.name: r.inputs for r in recording.of("aws:cloudwatch/metricAlarm:MetricAlarm")}
    for region, most in (("us-east-1", 5), ("eu-west-1", 3)):
        depth, age = (alarms[f"{region}-orders-alarms-{role}"]["threshold"] for role in ("depth", "age"))
        assert (depth, age) == (50 * most, 1.5 * 500)


def test_queues_without_workers_have_the_levels_of_their_own() -> None:
    recording = built(settings_of(QUEUES))
    alarm = recording.get("aws:cloudwatch/metricAlarm:MetricAlarm", "us-east-1-orders-alarms-age")
    assert alarm.inputs["threshold"] == 1.5 * 60


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_edges_lead_from_the_tasks_to_what_they_connect_to(two_regions: Recording) -> None:
    edges = {
        (r.name, r.inputs["referencedSecurityGroupId"], r.inputs["fromPort"])
        for r in two_regions.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
        if r.name.startswith(("us-east-1-api-to-", "eu-west-1-api-to-"))
    }
    assert edges == {
        ("us-east-1-api-to-database-egress", "us-east-1-database-proxy.id", 5432),
        ("us-east-1-api-to-database-reader-egress", "us-east-1-database.id", 5433),
        ("us-east-1-api-to-cache-egress", "us-east-1-cache.id", 6379),
        ("eu-west-1-api-to-database-egress", "eu-west-1-database.id", 5433),
        ("eu-west-1-api-to-cache-egress", "eu-west-1-cache.id", 6379),
    }


def test_rules_match_a_host_and_its_name_in_the_region(two_regions: Recording) -> None:
    rule = two_regions.get("aws:lb/listenerRule:ListenerRule", "eu-west-1-api-route-10")
    assert rule.inputs["conditions"] == [
        {"hostHeader": {"values": ["api.test.breakwater.example", "eu-west-1.api.test.breakwater.example"]}}
    ]
    anywhere = two_regions.get("aws:lb/listenerRule:ListenerRule", "eu-west-1-api-route-20")
    assert anywhere.inputs["conditions"] == [{"pathPattern": {"values": ["/api/*", "/health/ready"]}}]


def test_certificates_cover_every_host_of_their_region(two_regions: Recording) -> None:
    certificate = two_regions.get("aws:acm/certificate:Certificate", "eu-west-1-balancer-certificate")
    assert certificate.inputs["domainName"] == "test.breakwater.example"
    assert certificate.inputs["subjectAlternativeNames"] == [
        "*.test.breakwater.example", "eu-west-1.api.test.breakwater.example"
    ]  # fmt: skip


def test_names_fail_over_by_health_checks(two_regions: Recording) -> None:
    checks = {r.inputs["fqdn"]: r.inputs["resourcePath"] for r in two_regions.of("aws:route53/healthCheck:HealthCheck")}
    assert len(checks) == 4
    assert set(checks.values()) == {"/health/ready"}
    failover = {
        (r.inputs["name"], r.inputs["failoverRoutingPolicies"][0]["type"])
        for r in two_regions.of("aws:route53/record:Record")
        if "failoverRoutingPolicies" in r.inputs
    }
    hosts = ("test.breakwater.example", "api.test.breakwater.example")
    assert failover == {(host, kind) for host in hosts for kind in ("PRIMARY", "SECONDARY")}


def test_health_checks_alarm_in_us_east_1_also_where_no_region_is_there() -> None:
    recording = built(settings_of(MINIMAL.replace("us-east-1", "us-east-2")))
    topics = {r.name for r in recording.of("aws:sns/topic:Topic")}
    assert topics == {"us-east-2-alarms", "eu-west-1-alarms", "us-east-1-alarms"}
    alarms = [r for r in recording.of("aws:cloudwatch/metricAlarm:MetricAlarm") if r.name.startswith("name-")]
    assert len(alarms) == 2
    for alarm in alarms:
        assert "providers:aws::us-east-1::" in alarm.provider
        assert alarm.inputs["alarmActions"] == ["us-east-1-alarms.arn"]


STATEFUL = (
    "aws:kms/key:Key", "aws:rds/instance:Instance", "aws:sqs/queue:Queue",
    "aws:elasticache/replicationGroup:ReplicationGroup", "aws:lb/loadBalancer:LoadBalancer",
)  # fmt: skip


def test_production_is_protected_and_development_is_not(two_regions: Recording) -> None:
    one_region = [(STANDBY, ""), ("      remote_replicas:\n        eu-west-1: {}\n", "")]
    development = built(settings_of(edited(("class: production", "class: development"), *one_region)))
    for recording, expected in ((two_regions, True), (development, False)):
        for kind in STATEFUL:
            # The queue of failed starts holds nothing that cannot be had again.
            kept = [r for r in recording.of(kind) if not r.name.endswith("-sweep-dead-letters")]
            assert kept, kind
            assert {r.protect for r in kept} == {expected}, kind
    # One region fails over to nobody.
    assert development.of("aws:route53/healthCheck:HealthCheck") == []
    assert development.of("aws:kms/replicaKey:ReplicaKey") == []


def test_a_stack_with_a_zone_that_exists_and_without_stores() -> None:
    text = MINIMAL.replace("      name: test.", "      hosted_zone_id: Z0123456789ABCDEFGHIJ\n      name: test.")
    recording = built(settings_of(text))
    zones = [r.name for r in recording.of("aws:route53/zone:Zone")]
    assert zones == ["us-east-1-private-zone", "eu-west-1-private-zone"]
    records = [r for r in recording.of("aws:route53/record:Record") if r.name.startswith("name")]
    assert {r.inputs["zoneId"] for r in records} == {"Z0123456789ABCDEFGHIJ"}
    assert recording.result["name_servers"] == []
    assert recording.of("aws:rds/instance:Instance") == []
    assert recording.of("aws:elasticache/replicationGroup:ReplicationGroup") == []
    assert recording.result["regions"]["us-east-1"]["database"] is None


def test_outputs_are_those_of_the_documentation() -> None:
    recording = built(settings_of(EVERYTHING))
    page = (Path(__file__).parents[2] / "docs" / "outputs.md").read_text(encoding="utf-8")
    outputs, variables = page.split("## Variables of the tasks")
    documented = set(re.findall(r"^\| `([^`]+)` \|", outputs, re.MULTILINE))
    assert documented == {_pattern(path) for path in _leaves(recording.result)}
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", variables, re.MULTILINE)) == RESERVED


def _leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(value, Mapping):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    return [path]


NAMED = {"regions": "<region>", "urls": "<host>", "nat_public_ips": "<zone>", "services": "<name>", "workers": "<name>",
         "jobs": "<name>", "queues": "<name>", "key_arns": "<class>", "topics": "<name>", "buses": "<name>",
         "rules": "<rule>", "buckets": "<name>", "dead_letter_urls": "<queue>", "functions": "<name>",
         "http_apis": "<name>", "repositories": "<name>", "secrets": "<name>", "requests_per_second": "<service>",
         "spikes": "<service>", "concurrent_users": "<service>", "messages": "<queue>",
         "dashboards": "<kind>"}  # fmt: skip


def _pattern(path: tuple[str, ...]) -> str:
    return ".".join(NAMED.get(before, part) for before, part in zip(("", *path), path, strict=False))
