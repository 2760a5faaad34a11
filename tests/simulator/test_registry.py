"""Image repositories, names of services, schedules."""

import json
from typing import Any

from pulumi_aws import ec2, ecr, scheduler, servicediscovery

from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where

KEY = f"arn:aws:kms:{US}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"
KEEP = json.dumps({
    "rules": [{
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50},
        "action": {"type": "expire"},
    }]
})  # fmt: skip
PULL = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}],
})  # fmt: skip


def test_a_repository(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        repository = ecr.Repository(
            "api",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=KEY)],
            force_delete=True,
            opts=on.us,
        )
        ecr.LifecyclePolicy("api", repository=repository.name, policy=KEEP, opts=on.us)
        ecr.RepositoryPolicy("api", repository=repository.name, policy=PULL, opts=on.us)
        rules = [
            ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
                destinations=[
                    ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                        region=region, registry_id=ACCOUNT
                    )
                ]
            )
            for region in (EU, "us-west-2")
        ]
        ecr.ReplicationConfiguration(
            "all",
            replication_configuration=ecr.ReplicationConfigurationReplicationConfigurationArgs(rules=rules),
            opts=on.us,
        )

    world = simulate(program)
    found, client = world.only("aws:ecr/repository:Repository"), world.client("ecr")
    (shown,) = client.describe_repositories()["repositories"]
    assert found.id == shown["repositoryName"]
    assert found.outputs["arn"] == shown["repositoryArn"]
    assert found.outputs["repositoryUrl"] == f"{ACCOUNT}.dkr.ecr.{US}.amazonaws.com/{found.id}"
    assert (shown["imageTagMutability"], shown["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": True})
    assert shown["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": KEY}
    policy = client.get_lifecycle_policy(repositoryName=found.id)["lifecyclePolicyText"]
    assert json.loads(policy) == json.loads(KEEP)
    assert json.loads(client.get_repository_policy(repositoryName=found.id)["policyText"]) == json.loads(PULL)
    rules = client.describe_registry()["replicationConfiguration"]["rules"]
    assert [r["destinations"][0]["region"] for r in rules] == [EU, "us-west-2"]
    assert world.only("aws:ecr/replicationConfiguration:ReplicationConfiguration").id == ACCOUNT


def test_namespaces_and_a_service(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us)
        space = servicediscovery.PrivateDnsNamespace("local", name="app.internal", vpc=vpc.id, opts=on.us)
        servicediscovery.HttpNamespace("mesh", name="mesh", opts=on.us)
        record = servicediscovery.ServiceDnsConfigDnsRecordArgs(ttl=10, type="A")
        servicediscovery.Service(
            "api",
            name="api",
            dns_config=servicediscovery.ServiceDnsConfigArgs(namespace_id=space.id, dns_records=[record]),
            health_check_custom_config=servicediscovery.ServiceHealthCheckCustomConfigArgs(failure_threshold=1),
            force_destroy=True,
            opts=on.us,
        )

    world = simulate(program)
    client = world.client("servicediscovery")
    space = world.only("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace")
    shown = client.get_namespace(Id=space.id)["Namespace"]
    assert (shown["Name"], shown["Type"], shown["Arn"]) == ("app.internal", "DNS_PRIVATE", space.outputs["arn"])
    zone = world.client("route53").get_hosted_zone(Id=space.outputs["hostedZone"])
    assert zone["HostedZone"]["Name"] == "app.internal."
    assert zone["VPCs"] == [{"VPCId": world.only("aws:ec2/vpc:Vpc").id, "VPCRegion": US}]
    mesh = world.only("aws:servicediscovery/httpNamespace:HttpNamespace")
    assert (mesh.outputs["httpName"], client.get_namespace(Id=mesh.id)["Namespace"]["Type"]) == ("mesh", "HTTP")
    service = world.only("aws:servicediscovery/service:Service")
    found = client.get_service(Id=service.id)["Service"]
    assert (found["Arn"], found["DnsConfig"]["DnsRecords"]) == (service.outputs["arn"], [{"Type": "A", "TTL": 10}])


def test_a_schedule(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        group = scheduler.ScheduleGroup("jobs", opts=on.us)
        network = scheduler.ScheduleTargetEcsParametersNetworkConfigurationArgs(
            subnets=["subnet-1"], security_groups=["sg-1"], assign_public_ip=True
        )
        scheduler.Schedule(
            "daily",
            group_name=group.name,
            schedule_expression="cron(0 3 * * ? *)",
            schedule_expression_timezone="Europe/Dublin",
            flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            kms_key_arn=KEY,
            target=scheduler.ScheduleTargetArgs(
                arn=f"arn:aws:ecs:{US}:{ACCOUNT}:cluster/main",
                role_arn=f"arn:aws:iam::{ACCOUNT}:role/start",
                ecs_parameters=scheduler.ScheduleTargetEcsParametersArgs(
                    task_definition_arn=f"arn:aws:ecs:{US}:{ACCOUNT}:task-definition/job:1",
                    launch_type="FARGATE",
                    network_configuration=network,
                    tags={"job": "daily"},
                ),
                retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_retry_attempts=3, maximum_event_age_in_seconds=600
                ),
                dead_letter_config=scheduler.ScheduleTargetDeadLetterConfigArgs(arn=f"arn:aws:sqs:{US}:{ACCOUNT}:dead"),
            ),
            opts=on.us,
        )

    world = simulate(program)
    group, daily = (
        world.only("aws:scheduler/scheduleGroup:ScheduleGroup"),
        world.only("aws:scheduler/schedule:Schedule"),
    )
    assert (group.outputs["arn"], group.outputs["state"]) == (
        f"arn:aws:scheduler:{US}:{ACCOUNT}:schedule-group/{group.id}", "ACTIVE"
    )  # fmt: skip
    assert daily.id == f"{group.id}/{daily.outputs['name']}"
    shown = world.client("scheduler").get_schedule(GroupName=group.id, Name=daily.outputs["name"])
    assert (shown["Arn"], shown["State"], shown["KmsKeyArn"]) == (daily.outputs["arn"], "ENABLED", KEY)
    assert shown["ScheduleExpressionTimezone"] == "Europe/Dublin"
    target = shown["Target"]
    assert target["EcsParameters"] == {
        "TaskDefinitionArn": f"arn:aws:ecs:{US}:{ACCOUNT}:task-definition/job:1",
        "LaunchType": "FARGATE",
        "Tags": [{"key": "job", "value": "daily"}],
        "NetworkConfiguration": {
            "awsvpcConfiguration": {"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "ENABLED"}
        },
    }
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 600}
    assert target["DeadLetterConfig"] == {"Arn": f"arn:aws:sqs:{US}:{ACCOUNT}:dead"}


def test_refusals(simulate: Simulate) -> None:
    window = scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF")
    target = scheduler.ScheduleTargetArgs(
        arn=f"arn:aws:ecs:{US}:{ACCOUNT}:cluster/main", role_arn=f"arn:aws:iam::{ACCOUNT}:role/start"
    )

    def program(on: Where) -> None:
        given: dict[str, Any] = {"flexible_time_window": window, "target": target, "opts": on.us}
        scheduler.Schedule("state", schedule_expression="rate(1 day)", state="ON", **given)
        scheduler.Schedule("x" * 60, schedule_expression="rate(1 day)", **given)
        ecr.Repository("Loud", opts=on.us)
        ecr.LifecyclePolicy("lost", repository="none", policy=KEEP, opts=on.us)

    reasons = simulate(program, fails=True).reasons()
    assert "State: 'ON' is not one of ENABLED, DISABLED" in reasons["state"]
    assert "Name: 68 characters, at most 64 are allowed" in reasons["x" * 60]
    assert "repositoryName: 'Loud-" in reasons["Loud"]
    assert "RepositoryNotFoundException" in reasons["lost"]
