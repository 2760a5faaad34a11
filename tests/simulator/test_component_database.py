"""A database with a replica and a copy of its backups in another region, deployed: what boto3 sees of it."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_aws import ec2, kms, route53, sns

from components.alarms import AlarmTarget
from components.database import Database, DatabaseArgs, DatabaseReplica, DatabaseReplicaArgs, ProxyArgs
from components.database_backups import BackupCopy, BackupCopyArgs
from components.key import Keys
from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, World

COPY = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
WRITER, LOCAL = "tests-db", "tests-db-replica-b"


def keys(region: str) -> Keys:
    key = f"arn:aws:kms:{region}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"
    return Keys(data=key, messages=key, logs=key, secrets=key)


def ground(name: str, region: str, options: pulumi.ResourceOptions) -> dict[str, Any]:
    """What a database is put into."""
    vpc = ec2.Vpc(name, cidr_block="10.0.0.0/16", opts=options)
    subnets = {
        f"{region}{zone}": ec2.Subnet(
            f"{name}-{zone}",
            vpc_id=vpc.id,
            cidr_block=f"10.0.{index}.0/24",
            availability_zone=f"{region}{zone}",
            opts=options,
        ).id
        for index, zone in enumerate("ab")
    }
    topic = sns.Topic(name, opts=options)
    return {
        "vpc_id": vpc.id,
        "subnet_ids": subnets,
        "region": region,
        "account_id": ACCOUNT,
        "instance_class": "db.t4g.medium",
        "engine_version": "17",
        "allocated_storage_gib": 100,
        "keys": keys(region),
        "identifier": WRITER,
        "alarms": AlarmTarget(topic_arn=topic.arn, runbooks_url="https://example.org/runbooks"),
    }


def database(on: Where, **changes: Any) -> Database:
    return Database("db", DatabaseArgs(**{**ground("us", US, on.us), **changes}), opts=on.us)


def alone(on: Where) -> None:
    database(on)


def instance(world: World, identifier: str, region: str = US) -> dict[str, Any]:
    (found,) = world.client("rds", region).describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    return dict(found)


@pytest.mark.feature("D2", "D3", "D4", "D6", "D8")
def test_two_regions(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        zone = route53.Zone("internal", name="db.internal", opts=on.us)
        reader = {"private_zone_id": zone.id, "reader_name": "reader.db.internal"}
        source = database(on, replicas=["us-east-1b"], proxy=ProxyArgs(), parameters={"work_mem": "65536"}, **reader)
        DatabaseReplica(
            "remote",
            DatabaseReplicaArgs(
                **ground("eu", EU, on.eu), source_arn=source.writer_arn, source_region=US, backup_retention_days=14
            ),
            opts=on.eu,
        )
        BackupCopy(
            "copy",
            BackupCopyArgs(source_arn=source.writer_arn, source_region=US, region=EU, kms_key_arn=keys(EU).data),
            opts=on.eu,
        )

    world = simulate(program)
    writer, local, remote = instance(world, WRITER), instance(world, LOCAL), instance(world, WRITER, EU)
    for found in (writer, local, remote):
        assert found["EnabledCloudwatchLogsExports"] == ["postgresql", "upgrade", "iam-db-auth-error"]
        assert found["IAMDatabaseAuthenticationEnabled"]
    assert writer["PreferredMaintenanceWindow"] == "sun:04:30-sun:05:30"
    assert local["PreferredMaintenanceWindow"] == "sat:04:30-sat:05:30"
    assert (writer["BackupRetentionPeriod"], local["BackupRetentionPeriod"]) == (30, 0)
    assert (remote["BackupRetentionPeriod"], remote["PreferredBackupWindow"]) == (14, "03:00-04:00")
    (group,) = writer["DBParameterGroups"]
    shown = world.client("rds").describe_db_parameters(DBParameterGroupName=group["DBParameterGroupName"])["Parameters"]
    values = {parameter["ParameterName"]: parameter["ParameterValue"] for parameter in shown}
    assert (values["rds.force_ssl"], values["work_mem"], values["log_temp_files"]) == ("1", "65536", "41943")
    subscriptions = world.client("rds").describe_event_subscriptions()["EventSubscriptionsList"]
    sources = {subscription["SourceType"]: subscription["SourceIdsList"] for subscription in subscriptions}
    assert sources["db-instance"] == [WRITER, LOCAL]
    assert sources["db-proxy"] == [f"{WRITER}-proxy"]
    alarms = world.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {alarm.get("MetricName") for alarm in alarms} >= {"CPUCreditBalance", "ClientConnectionsSetupFailedAuth"}
    # moto keeps no copies of backups, so the graph tells of it.
    copy = world.only(COPY)
    assert (copy.region, copy.inputs["retentionPeriod"], copy.inputs["kmsKeyId"]) == (EU, 7, keys(EU).data)
    assert copy.id.startswith(f"arn:aws:rds:{EU}:{ACCOUNT}:auto-backup:ab-")


@pytest.mark.feature("D2", "D10")
def test_backups_that_are_not_made_cannot_be_copied(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        source = database(on, protect=False, backup_retention_days=0)
        BackupCopy(
            "copy",
            BackupCopyArgs(source_arn=source.writer_arn, source_region=US, region=EU, kms_key_arn=keys(EU).data),
            opts=on.eu,
        )

    simulate(program, fails=True).assert_refused({"copy": "Automated backups are not enabled"})


@pytest.mark.feature("D5")
def test_rds_keeps_the_password_where_it_may(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        key = kms.Key("key", opts=on.us).arn
        database(on, managed_master_password=True, keys=Keys(data=key, messages=key, logs=key, secrets=key))

    world = simulate(program)
    secret = instance(world, WRITER)["MasterUserSecret"]
    assert secret["SecretArn"].startswith(f"arn:aws:secretsmanager:{US}:{ACCOUNT}:secret:")
    assert world.only("breakwater:database:Database").outputs["master_secret_arn"] == secret["SecretArn"]


@pytest.mark.feature("D5")
def test_the_password_is_in_no_output_and_in_one_secret(simulate: Simulate) -> None:
    world = simulate(alone)
    arn = world.only("aws:secretsmanager/secret:Secret").id
    text = world.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    password = str(json.loads(text)["password"])
    assert len(password) == 40
    for resource in world.outcome.graph:
        assert password not in str(resource.outputs), resource.urn
        assert password not in str(resource.inputs), resource.urn


@pytest.mark.feature("D9")
def test_final_snapshot_is_named_after_the_security_group(simulate: Simulate) -> None:
    world = simulate(alone)
    group = world.get("aws:ec2/securityGroup:SecurityGroup", "db").id
    writer = world.get("aws:rds/instance:Instance", "db")
    assert writer.inputs["finalSnapshotIdentifier"] == f"{WRITER}-final-{group.removeprefix('sg-')}"
