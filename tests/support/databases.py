"""A database with everything around it, and the same elsewhere, as the tests of databases use them."""

from typing import Any

from components.database import Database, DatabaseArgs, DatabaseReplica, DatabaseReplicaArgs, ProxyArgs
from tests.support.data import ACCOUNT, INVOKES, KEY, KEYS, TARGET, subnets
from tests.support.recorder import Recording, record

LOGS = ("postgresql", "upgrade", "iam-db-auth-error")
INSTANCE = "aws:rds/instance:Instance"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
RECORD = "aws:route53/record:Record"

WRITER_SUBJECTS = ("cpu", "load", "connections", "memory", "storage", "transaction-ids", "silent")
REPLICA_SUBJECTS = ("cpu", "load", "connections", "memory", "storage", "lag")

SMALL: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "subnet_ids": subnets(),
    "region": "us-east-1",
    "account_id": ACCOUNT,
    "instance_class": "db.r7g.large",
    "engine_version": "17",
    "allocated_storage_gib": 100,
    "keys": KEYS,
    "alarms": TARGET,
}
READER: dict[str, Any] = {"private_zone_id": "Z1", "reader_name": "reader.db.internal"}
FULL: dict[str, Any] = {
    **READER, "replicas": ["us-east-1b", "us-east-1c"], "proxy": ProxyArgs(), "max_allocated_storage_gib": 500
}  # fmt: skip


def args(**changes: Any) -> DatabaseArgs:
    return DatabaseArgs(**{**SMALL, **changes})


def recorded(preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: Database("db", args(**changes)), preview=preview, invokes=INVOKES)


def elsewhere(**changes: Any) -> DatabaseReplicaArgs:
    there = {
        "subnet_ids": subnets("eu-west-1"),
        "region": "eu-west-1",
        "source_region": "us-east-1",
        "source_arn": f"arn:aws:rds:us-east-1:{ACCOUNT}:db:app",
    }
    return DatabaseReplicaArgs(**{**SMALL, **there, **changes})


def recorded_replica(**changes: Any) -> Recording:
    return record(lambda: DatabaseReplica("db", elsewhere(**changes)))


def names(recording: Recording) -> list[tuple[str, str]]:
    return sorted((r.type.split(":")[-1], r.name) for r in recording.resources)


SHARED_INPUTS: dict[str, Any] = {
    "instanceClass": "db.r7g.large",
    "port": 5433,
    "storageType": "gp3",
    "allocatedStorage": 100,
    "storageEncrypted": True,
    "vpcSecurityGroupIds": ["db.id"],
    "publiclyAccessible": False,
    "parameterGroupName": "db.name",
    "caCertIdentifier": "rds-ca-rsa2048-g1",
    "iamDatabaseAuthenticationEnabled": True,
    "backupWindow": "03:00-04:00",
    "maintenanceWindow": "sun:04:30-sun:05:30",
    "autoMinorVersionUpgrade": True,
    "allowMajorVersionUpgrade": False,
    "applyImmediately": False,
    "copyTagsToSnapshot": True,
    "deletionProtection": True,
    "enabledCloudwatchLogsExports": ["postgresql", "upgrade", "iam-db-auth-error"],
    "monitoringInterval": 60,
    "monitoringRoleArn": "db-monitoring.arn",
    "databaseInsightsMode": "standard",
    "performanceInsightsEnabled": True,
    "performanceInsightsKmsKeyId": KEY,
    "performanceInsightsRetentionPeriod": 7,
}
