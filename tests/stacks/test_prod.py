"""The whole of prod in the simulated AWS, looked at with boto3."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from breakwater.graph import Resource, ResourceGraph
from breakwater.policy_check import check
from breakwater.project import load_stack
from tests.support.stacks import ROOT, alive

PRIMARY, STANDBY = "us-east-1", "eu-west-1"
REGIONS = (PRIMARY, STANDBY)
GLOBAL = {"aws:route53/zone:Zone", "aws:route53/record:Record", "aws:route53/healthCheck:HealthCheck"}


@pytest.fixture(scope="module")
def prod() -> Iterator[ResourceGraph]:
    with alive("prod") as outcome:
        mock = mock_aws()
        mock.start(reset=False)
        yield outcome.graph
        mock.stop(remove_data=False)


def pages(region: str, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
    """All entries that a paginated operation answers."""
    client = boto3.client(service, region_name=region)
    return [entry for page in client.get_paginator(operation).paginate(**arguments) for entry in page[key]]


def in_region(graph: ResourceGraph, region: str, type_: str) -> list[Resource]:
    return [r for r in graph.of(type_) if r.region == region]


def test_it_is_as_large_as_a_production_platform_and_breaks_no_rule(prod: ResourceGraph) -> None:
    assert len(prod.cloud) >= 250
    assert f"prod: {len(prod.cloud)} resources simulated in 2 regions" in (ROOT / "README.md").read_text()
    result = check(load_stack("prod", ROOT), prod)
    assert result.rules >= 10
    assert not result.violations
    assert not result.error


@pytest.mark.parametrize("region", REGIONS)
def test_the_network_has_three_kinds_of_subnets_in_three_zones(prod: ResourceGraph, region: str) -> None:
    (vpc,) = pages(region, "ec2", "describe_vpcs", "Vpcs")
    subnets = pages(region, "ec2", "describe_subnets", "Subnets")
    assert {s["VpcId"] for s in subnets} == {vpc["VpcId"]}
    assert len(subnets) == 9
    zones = {s["AvailabilityZone"] for s in subnets}
    assert zones == {f"{region}{letter}" for letter in "abc"}
    assert not any(s["MapPublicIpOnLaunch"] for s in subnets)
    gateways = pages(region, "ec2", "describe_nat_gateways", "NatGateways")
    assert len(gateways) == 3
    (default,) = [
        g for g in pages(region, "ec2", "describe_security_groups", "SecurityGroups") if g["GroupName"] == "default"
    ]
    assert (default["IpPermissions"], default["IpPermissionsEgress"]) == ([], [])
    assert prod.of("aws:ec2/vpc:Vpc")[REGIONS.index(region)].id == vpc["VpcId"]


@pytest.mark.usefixtures("prod")
@pytest.mark.parametrize("region", REGIONS)
def test_only_the_balancer_is_open_to_the_world(region: str) -> None:
    (balancer,) = pages(region, "elbv2", "describe_load_balancers", "LoadBalancers")
    open_ports = {
        (rule["GroupId"], rule["FromPort"])
        for rule in pages(region, "ec2", "describe_security_group_rules", "SecurityGroupRules")
        if not rule["IsEgress"] and (rule.get("CidrIpv4") == "0.0.0.0/0" or rule.get("CidrIpv6") == "::/0")
    }
    assert open_ports == {(group, port) for group in balancer["SecurityGroups"] for port in (80, 443)}


@pytest.mark.feature("L1")
@pytest.mark.usefixtures("prod")
@pytest.mark.parametrize("region", REGIONS)
def test_the_balancer_speaks_tls_and_redirects_the_rest(region: str) -> None:
    client = boto3.client("elbv2", region_name=region)
    (balancer,) = client.describe_load_balancers()["LoadBalancers"]
    listeners = {
        listener["Port"]: listener
        for listener in client.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    }
    assert set(listeners) == {80, 443}
    assert listeners[443]["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    (certificate,) = boto3.client("acm", region_name=region).list_certificates()["CertificateSummaryList"]
    assert listeners[443]["Certificates"] == [{"CertificateArn": certificate["CertificateArn"]}]
    (redirect,) = listeners[80]["DefaultActions"]
    assert (redirect["Type"], redirect["RedirectConfig"]["Protocol"]) == ("redirect", "HTTPS")
    attributes = client.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])["Attributes"]
    assert {"Key": "deletion_protection.enabled", "Value": "true"} in attributes


@pytest.mark.feature("L2", "L3")
@pytest.mark.usefixtures("prod")
@pytest.mark.parametrize("region", REGIONS)
def test_the_balancer_keeps_logs_and_adds_security_headers(region: str) -> None:
    client = boto3.client("elbv2", region_name=region)
    (balancer,) = client.describe_load_balancers()["LoadBalancers"]
    arn = balancer["LoadBalancerArn"]
    found = client.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    attributes = {a["Key"]: a["Value"] for a in found}
    for logs, prefix in (("access_logs", "access"), ("connection_logs", "connections")):
        assert attributes[f"{logs}.s3.enabled"] == "true"
        assert attributes[f"{logs}.s3.prefix"] == prefix
        assert attributes[f"{logs}.s3.bucket"].startswith(f"{region}-balancer-logs-")
    for listener in client.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
        found = client.describe_listener_attributes(ListenerArn=listener["ListenerArn"])["Attributes"]
        headers = {a["Key"].removeprefix("routing.http.response."): a["Value"] for a in found}
        assert headers["server.enabled"] == "false"
        if listener["Port"] == 443:
            assert headers["strict_transport_security.header_value"] == "max-age=31536000; includeSubDomains"
            assert headers["content_security_policy.header_value"].startswith("default-src 'self'")
            assert headers["x_frame_options.header_value"] == "DENY"
            assert headers["x_content_type_options.header_value"] == "nosniff"


@pytest.mark.parametrize("region", REGIONS)
def test_services_and_workers_run_with_circuit_breaker_and_autoscaling(prod: ResourceGraph, region: str) -> None:
    client = boto3.client("ecs", region_name=region)
    (cluster,) = client.list_clusters()["clusterArns"]
    arns = client.list_services(cluster=cluster)["serviceArns"]
    services = client.describe_services(cluster=cluster, services=arns)["services"]
    assert {s["serviceName"].rsplit("-", 1)[0] for s in services} == {
        f"{region}-{name}" for name in ("api", "web", "deliver", "notify", "archive")
    }
    for service in in_region(prod, region, "aws:ecs/service:Service"):
        assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert not service.inputs["networkConfiguration"].get("assignPublicIp")
        assert "desiredCount" in service.ignore_changes
    targets = pages(
        region, "application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs"
    )
    assert len(targets) == 5
    (api,) = [t for t in targets if "-api-" in t["ResourceId"]]
    assert (api["MinCapacity"], api["MaxCapacity"]) == ((3, 24) if region == PRIMARY else (2, 24))


def test_the_api_listens_on_its_port(prod: ResourceGraph) -> None:
    ports = {
        r.region: r.inputs["loadBalancers"][0]["containerPort"]
        for r in prod.of("aws:ecs/service:Service")
        if r.name.endswith("-api")
    }
    assert ports == {PRIMARY: 5555, STANDBY: 5555}


@pytest.mark.usefixtures("prod")
def test_jobs_run_in_one_region_only() -> None:
    states = {
        region: {
            schedule["Name"].rsplit("-", 1)[0].removeprefix(f"{region}-"): schedule["State"]
            for schedule in pages(region, "scheduler", "list_schedules", "Schedules")
        }
        for region in REGIONS
    }
    jobs = {"daily-report", "dispatch", "recovery"}
    assert states == {PRIMARY: dict.fromkeys(jobs, "ENABLED"), STANDBY: dict.fromkeys(jobs, "DISABLED")}


@pytest.mark.feature("J3", "J4")
def test_all_runs_of_jobs_are_guarded_by_one_ledger(prod: ResourceGraph) -> None:
    (table,) = pages(PRIMARY, "dynamodb", "list_tables", "TableNames")
    assert pages(STANDBY, "dynamodb", "list_tables", "TableNames") == [table]
    for region in REGIONS:
        client = boto3.client("stepfunctions", region_name=region)
        machines = {
            m["stateMachineArn"] for m in pages(region, "stepfunctions", "list_state_machines", "stateMachines")
        }
        schedules = in_region(prod, region, "aws:scheduler/schedule:Schedule")
        assert machines == {schedule.inputs["target"]["arn"] for schedule in schedules}
        assert len(machines) == 3
        locks = [
            json.loads(client.describe_state_machine(stateMachineArn=machine)["definition"])["States"]["TakeLock"]
            for machine in machines
        ]
        assert {lock["Parameters"]["TableName"] for lock in locks} == {table}
        assert {lock["Parameters"]["Key"]["job"]["S"] for lock in locks} == {"daily-report", "dispatch", "recovery"}


@pytest.mark.usefixtures("prod")
def test_the_database_has_its_replicas_and_a_proxy_before_the_writer() -> None:
    primary = pages(PRIMARY, "rds", "describe_db_instances", "DBInstances")
    (standby,) = pages(STANDBY, "rds", "describe_db_instances", "DBInstances")
    (writer,) = [i for i in primary if not i.get("ReadReplicaSourceDBInstanceIdentifier")]
    replicas = [i for i in primary if i.get("ReadReplicaSourceDBInstanceIdentifier") == writer["DBInstanceIdentifier"]]
    assert len(replicas) == 2
    assert standby["ReadReplicaSourceDBInstanceIdentifier"] == writer["DBInstanceArn"]
    assert writer["MultiAZ"]
    assert writer["DeletionProtection"]
    for instance in (writer, *replicas, standby):
        assert instance["StorageEncrypted"]
        assert not instance["PubliclyAccessible"]
        assert instance["IAMDatabaseAuthenticationEnabled"]
    (proxy,) = pages(PRIMARY, "rds", "describe_db_proxies", "DBProxies")
    assert proxy["RequireTLS"]
    client = boto3.client("rds", region_name=PRIMARY)
    (target,) = client.describe_db_proxy_targets(DBProxyName=proxy["DBProxyName"])["Targets"]
    assert target["RdsResourceId"] == writer["DBInstanceIdentifier"]


@pytest.mark.usefixtures("prod")
@pytest.mark.parametrize("region", REGIONS)
def test_the_cache_is_encrypted_and_spread_over_zones(region: str) -> None:
    (group,) = pages(region, "elasticache", "describe_replication_groups", "ReplicationGroups")
    assert (group["TransitEncryptionEnabled"], group["AtRestEncryptionEnabled"]) == (True, True)
    assert (group["AutomaticFailover"], group["MultiAZ"]) == ("enabled", "enabled")
    assert len(group["MemberClusters"]) == 3


@pytest.mark.usefixtures("prod")
@pytest.mark.parametrize("region", REGIONS)
def test_each_queue_has_its_dead_letters_and_is_encrypted(region: str) -> None:
    client = boto3.client("sqs", region_name=region)
    urls = [url for page in client.get_paginator("list_queues").paginate() for url in page["QueueUrls"]]
    attributes = [client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls]
    by_arn = {a["QueueArn"]: a for a in attributes}
    sources = [a for a in attributes if "RedrivePolicy" in a]
    assert len(sources) == 3
    for source in sources:
        policy = json.loads(source["RedrivePolicy"])
        dead_letters = by_arn[policy["deadLetterTargetArn"]]
        assert int(policy["maxReceiveCount"]) == 5
        assert int(dead_letters["MessageRetentionPeriod"]) > int(source["MessageRetentionPeriod"])
        assert (dead_letters.get("FifoQueue"), source.get("FifoQueue")) in (("true", "true"), (None, None))
    assert all(a.get("KmsMasterKeyId") for a in attributes)


@pytest.mark.parametrize("region", REGIONS)
def test_each_alarm_goes_somewhere_and_names_its_runbook(prod: ResourceGraph, region: str) -> None:
    alarms = [
        alarm
        for alarm in pages(region, "cloudwatch", "describe_alarms", "MetricAlarms")
        # Target tracking makes alarms of its own, which drive the scaling and nothing else.
        if not alarm["AlarmName"].startswith("TargetTracking-")
    ]
    topics = [t["TopicArn"] for t in pages(region, "sns", "list_topics", "Topics")]
    assert len(alarms) == len(in_region(prod, region, "aws:cloudwatch/metricAlarm:MetricAlarm")) > 50
    for alarm in alarms:
        assert alarm["AlarmActions"] == alarm["OKActions"] == topics
        assert "https://docs.breakwater.example/runbooks/" in alarm["AlarmDescription"]


@pytest.mark.feature("K1")
def test_each_class_of_data_has_one_key_in_both_regions(prod: ResourceGraph) -> None:
    primaries = {key.outputs["arn"]: key for key in prod.of("aws:kms/key:Key")}
    replicas = prod.of("aws:kms/replicaKey:ReplicaKey")
    assert len(primaries) == len(replicas) == 4
    assert {replica.inputs["primaryKeyArn"] for replica in replicas} == set(primaries)
    standby, primary = boto3.client("kms", region_name=STANDBY), boto3.client("kms", region_name=PRIMARY)
    for replica in replicas:
        assert standby.describe_key(KeyId=replica.id)["KeyMetadata"]["MultiRegion"]
    for key in primaries.values():
        assert primary.get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"]


@pytest.mark.usefixtures("prod")
def test_names_fail_over_between_the_regions() -> None:
    client = boto3.client("route53")
    (public,) = [z for z in client.list_hosted_zones()["HostedZones"] if not z["Config"]["PrivateZone"]]
    records = client.list_resource_record_sets(HostedZoneId=public["Id"])["ResourceRecordSets"]
    api = {r["Failover"]: r for r in records if r["Name"] == "api.prod.breakwater.example." and "Failover" in r}
    assert set(api) == {"PRIMARY", "SECONDARY"}
    assert {c["HealthCheckConfig"]["Type"] for c in client.list_health_checks()["HealthChecks"]} == {"HTTPS"}
    assert all("HealthCheckId" in r for r in api.values())


@pytest.mark.feature("R4")
def test_every_regional_resource_is_in_the_region_of_its_provider(prod: ResourceGraph) -> None:
    providers = {r.urn: r.inputs["region"] for r in prod if r.is_provider}
    assert set(providers.values()) >= set(REGIONS)
    for resource in prod.cloud:
        region = providers[resource.provider.rpartition("::")[0]]
        named = [r for r in REGIONS if resource.name.startswith(f"{r}-")]
        if resource.type not in GLOBAL and named:
            assert region == named[0], resource.urn


def test_data_is_protected(prod: ResourceGraph) -> None:
    stateful = ("aws:rds/instance:Instance", "aws:elasticache/replicationGroup:ReplicationGroup", "aws:kms/key:Key")
    assert all(r.protect for r in prod.of(*stateful))
