"""The database: what is registered, what comes out, when it complains."""

import json

import pytest

from components.database import ProxyArgs
from tests.support.data import ACCOUNT, KEY, KEYS, TOPIC, alarms
from tests.support.databases import (
    FULL,
    INSTANCE,
    LOG_GROUP,
    LOGS,
    READER,
    RECORD,
    REPLICA_SUBJECTS,
    SHARED_INPUTS,
    WRITER_SUBJECTS,
    names,
    recorded,
)

GIB = 2**30


def test_everything_that_is_registered() -> None:
    recording = recorded(**FULL)
    instances = ("db", "db-replica-b", "db-replica-c")
    assert names(recording) == sorted(
        [
            ("Database", "db"),
            ("SubnetGroup", "db"),
            ("SecurityGroup", "db"),
            ("ParameterGroup", "db"),
            ("Role", "db-monitoring"),
            ("RolePolicy", "db-monitoring"),
            ("MasterCredential", "db-master"),
            ("Secret", "db-master"),
            ("SecretVersion", "db-master-v1"),
            *(("Instance", instance) for instance in instances),
            *(("LogGroup", f"{instance}-{log}") for instance in instances for log in LOGS),
            ("DatabaseProxy", "db-proxy"),
            ("Role", "db-proxy"),
            ("RolePolicy", "db-proxy"),
            ("SecurityGroup", "db-proxy"),
            ("SecurityGroupEdge", "db-proxy-database"),
            ("SecurityGroupEgressRule", "db-proxy-database-egress"),
            ("SecurityGroupIngressRule", "db-proxy-database-ingress"),
            ("LogGroup", "db-proxy"),
            ("Proxy", "db-proxy"),
            ("ProxyDefaultTargetGroup", "db-proxy"),
            ("ProxyTarget", "db-proxy"),
            ("Alarms", "db-proxy-alarms"),
            ("MetricAlarm", "db-proxy-alarms-connections"),
            ("MetricAlarm", "db-proxy-alarms-borrow-latency"),
            ("MetricAlarm", "db-proxy-alarms-authentication"),
            ("EventSubscription", "db-proxy-events"),
            ("Record", "db-reader-b"),
            ("Record", "db-reader-c"),
            ("EventSubscription", "db-events"),
            ("EventSubscription", "db-parameter-events"),
            ("Alarms", "db-alarms"),
            *(("MetricAlarm", f"db-alarms-writer-{subject}") for subject in WRITER_SUBJECTS),
            *(("MetricAlarm", f"db-alarms-replica-{key}-{s}") for key in "bc" for s in REPLICA_SUBJECTS),
        ]
    )
    assert names(recorded(preview=True, **FULL)) == names(recording)


@pytest.mark.feature("N8")
def test_a_subnet_group_of_its_own_spans_the_isolated_subnets() -> None:
    group = recorded(**FULL).only("aws:rds/subnetGroup:SubnetGroup")
    assert group.inputs == {
        "description": "Isolated subnets of db",
        "subnetIds": ["subnet-a", "subnet-b", "subnet-c"],
    }


@pytest.mark.feature("D9")
def test_writer() -> None:
    writer = recorded(**FULL).get(INSTANCE, "db")
    assert writer.inputs == {
        **SHARED_INPUTS,
        "identifier": "test-unit-db",
        "engine": "postgres",
        "engineVersion": "17",
        "maxAllocatedStorage": 500,
        "kmsKeyId": KEY,
        "dbName": "app",
        "username": "platform",
        "passwordWo": "generated",
        "passwordWoVersion": 1,
        "dbSubnetGroupName": "db.name",
        "multiAz": True,
        "backupRetentionPeriod": 30,
        "deleteAutomatedBackups": False,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "test-unit-db-final-db.id",
    }
    assert writer.protect
    assert writer.delete_before_replace
    assert all(writer.depends_on(name) for name in ("db-postgresql", "db-upgrade", "db-monitoring"))


@pytest.mark.feature("D1", "D8")
def test_replicas_take_key_network_and_credential_from_the_writer() -> None:
    recording = recorded(**FULL)
    for key in "bc":
        replica = recording.get(INSTANCE, f"db-replica-{key}")
        assert replica.inputs == {
            **SHARED_INPUTS,
            "maintenanceWindow": "sat:04:30-sat:05:30",
            "identifier": f"test-unit-db-replica-{key}",
            "replicateSourceDb": "test-unit-db",
            "availabilityZone": f"us-east-1{key}",
            "multiAz": False,
            "maxAllocatedStorage": 500,
            "skipFinalSnapshot": True,
        }
        assert replica.protect
        assert replica.delete_before_replace
        assert replica.depends_on("db")
        assert replica.depends_on(f"db-replica-{key}-postgresql")


@pytest.mark.feature("D9")
def test_unprotected_database_can_be_deleted() -> None:
    recording = recorded(protect=False, multi_az=False, backup_retention_days=0, proxy=ProxyArgs())
    writer = recording.get(INSTANCE, "db")
    assert not writer.protect
    assert writer.inputs["deletionProtection"] is False
    assert writer.inputs["skipFinalSnapshot"] is True
    assert writer.inputs["deleteAutomatedBackups"] is True
    assert "finalSnapshotIdentifier" not in writer.inputs
    secret = recording.only("aws:secretsmanager/secret:Secret")
    assert secret.inputs["recoveryWindowInDays"] == 0
    assert not secret.protect


@pytest.mark.feature("D3")
def test_growing_past_gp3s_threshold_names_the_new_baseline_for_all() -> None:
    """Otherwise the provider sends the 3,000 IOPS the instance had, and RDS refuses them."""
    for size, baseline in ((399, (None, None)), (400, (12_000, 500))):
        instances = recorded(**{**FULL, "allocated_storage_gib": size}).of(INSTANCE)
        assert len(instances) == 3
        for instance in instances:
            assert instance.inputs["allocatedStorage"] == size
            assert (instance.inputs.get("iops"), instance.inputs.get("storageThroughput")) == baseline


@pytest.mark.feature("D1", "D3", "D4")
def test_storage_zone_and_insights() -> None:
    inputs = (
        recorded(
            allocated_storage_gib=400,
            iops=16_000,
            throughput_mibps=600,
            multi_az=False,
            writer_zone="us-east-1a",
            insights="advanced",
        )
        .get(INSTANCE, "db")
        .inputs
    )
    assert (inputs["iops"], inputs["storageThroughput"]) == (16_000, 600)
    assert (inputs["multiAz"], inputs["availabilityZone"]) == (False, "us-east-1a")
    assert (inputs["databaseInsightsMode"], inputs["performanceInsightsRetentionPeriod"]) == ("advanced", 465)
    assert "maxAllocatedStorage" not in inputs


@pytest.mark.feature("D3")
def test_parameters() -> None:
    group = recorded(slow_query_milliseconds=250, parameters={"work_mem": "65536", "max_connections": "400"}).only(
        "aws:rds/parameterGroup:ParameterGroup"
    )
    assert group.inputs["family"] == "postgres17"
    assert [(p["name"], p["value"], p["applyMethod"]) for p in group.inputs["parameters"]] == [
        ("rds.force_ssl", "1", "immediate"),
        ("log_min_duration_statement", "250", "immediate"),
        ("log_lock_waits", "1", "immediate"),
        ("log_temp_files", "167772", "immediate"),
        ("max_connections", "400", "pending-reboot"),
        ("work_mem", "65536", "immediate"),
    ]


@pytest.mark.feature("D4")
def test_log_groups_have_the_names_rds_writes_to() -> None:
    recording = recorded(**FULL, log_retention_days=14)
    assert {group.inputs["name"] for group in recording.of(LOG_GROUP)} == {
        "/aws/rds/proxy/test-unit-db-proxy",
        *(f"/aws/rds/instance/test-unit-db{role}/{log}" for role in ("", "-replica-b", "-replica-c") for log in LOGS),
    }
    for group in recording.of(LOG_GROUP):
        assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == (KEYS.logs, 14)


def test_identifier_can_be_given() -> None:
    recording = recorded(**FULL, identifier="shop")
    assert recording.get(INSTANCE, "db-replica-b").inputs["identifier"] == "shop-replica-b"
    assert recording.get(LOG_GROUP, "db-upgrade").inputs["name"] == "/aws/rds/instance/shop/upgrade"
    assert recording.only("aws:rds/proxy:Proxy").inputs["name"] == "shop-proxy"


@pytest.mark.feature("D4")
def test_monitoring_role() -> None:
    recording = recorded()
    trust = json.loads(recording.only("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:rds:us-east-1:{ACCOUNT}:db:*"},
    }
    policy = json.loads(recording.only("aws:iam/rolePolicy:RolePolicy").inputs["policy"])["Statement"]
    groups = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:RDS*"
    assert [statement["Resource"] for statement in policy] == [groups, f"{groups}:log-stream:*"]


def test_security_group_has_no_rules_of_its_own() -> None:
    group = recorded().only("aws:ec2/securityGroup:SecurityGroup")
    assert group.inputs == {"vpcId": "vpc-1", "description": "Database db", "tags": {"Name": "db"}}


@pytest.mark.feature("D7")
def test_reader_name_leads_to_the_replicas() -> None:
    recording = recorded(**FULL)
    for key in "bc":
        assert recording.get(RECORD, f"db-reader-{key}").inputs == {
            "zoneId": "Z1",
            "name": "reader.db.internal",
            "type": "CNAME",
            "ttl": 10,
            "records": [f"db-replica-{key}.address"],
            "setIdentifier": key,
            "weightedRoutingPolicies": [{"weight": 1}],
        }


@pytest.mark.feature("D7")
def test_reader_name_without_replicas_leads_to_the_writer_not_the_proxy() -> None:
    recording = recorded(**READER, proxy=ProxyArgs())
    reader = recording.only(RECORD)
    assert (reader.name, reader.inputs["records"]) == ("db-reader-writer", ["db.address"])


def test_no_reader_name_no_record() -> None:
    recording = recorded()
    assert recording.of(RECORD) == []
    assert recording.value(recording.result.reader_endpoint) == "db.address"


@pytest.mark.feature("D5")
def test_outputs_with_proxy() -> None:
    recording = recorded(**FULL)
    database = recording.result
    assert {
        name: recording.value(getattr(database, name))
        for name in (
            "writer_arn", "writer_identifier", "writer_address", "resource_id", "proxy_endpoint", "proxy_resource_id",
            "proxy_security_group_id", "proxy_port", "write_endpoint", "write_port", "write_security_group_id",
            "reader_endpoint", "security_group_id", "port", "database_name", "master_secret_arn",
        )
    } == {
        "writer_arn": "db.arn",
        "writer_identifier": "test-unit-db",
        "writer_address": "db.address",
        "resource_id": "db.resourceId",
        "proxy_endpoint": "db-proxy.endpoint",
        "proxy_resource_id": "db-proxy.arn",
        "proxy_security_group_id": "db-proxy.id",
        "proxy_port": 5432,
        "write_endpoint": "db-proxy.endpoint",
        "write_port": 5432,
        "write_security_group_id": "db-proxy.id",
        "reader_endpoint": "reader.db.internal",
        "security_group_id": "db.id",
        "port": 5433,
        "database_name": "app",
        "master_secret_arn": "db-master.arn",
    }  # fmt: skip
    statement = database.connect_statement("app")
    assert statement.actions == ["rds-db:connect"]
    assert [recording.value(resource) for resource in statement.resources] == [
        f"arn:aws:rds-db:us-east-1:{ACCOUNT}:dbuser:{resource_id}/app"
        for resource_id in ("db-proxy.arn", "db-replica-b.resourceId", "db-replica-c.resourceId")
    ]


def test_outputs_without_proxy() -> None:
    recording = recorded()
    database = recording.result
    assert database.proxy_endpoint is None
    assert database.proxy_port is None
    assert recording.value(database.write_endpoint) == "db.address"
    assert database.write_port == 5433
    assert recording.value(database.write_security_group_id) == "db.id"
    resources = database.connect_statement("app").resources
    assert [recording.value(r) for r in resources] == [f"arn:aws:rds-db:us-east-1:{ACCOUNT}:dbuser:db.resourceId/app"]


@pytest.mark.feature("D8")
def test_events() -> None:
    recording = recorded(**FULL)
    events = recording.get("aws:rds/eventSubscription:EventSubscription", "db-events").inputs
    assert events["snsTopic"] == TOPIC
    assert events["sourceType"] == "db-instance"
    assert events["sourceIds"] == ["test-unit-db", "test-unit-db-replica-b", "test-unit-db-replica-c"]
    assert {"maintenance", "configuration change", "failure", "failover", "low storage", "notification"} <= set(
        events["eventCategories"]
    )
    parameters = recording.get("aws:rds/eventSubscription:EventSubscription", "db-parameter-events").inputs
    assert parameters["sourceType"] == "db-parameter-group"
    assert parameters["sourceIds"] == ["db.name"]
    assert parameters["eventCategories"] == ["configuration change"]
    proxy = recording.get("aws:rds/eventSubscription:EventSubscription", "db-proxy-events").inputs
    assert (proxy["snsTopic"], proxy["sourceType"], proxy["sourceIds"]) == (TOPIC, "db-proxy", ["test-unit-db-proxy"])
    assert "failure" in proxy["eventCategories"]


@pytest.mark.parametrize(
    ("subject", "metric", "comparison", "threshold", "statistic", "periods", "missing", "severity"),
    [
        ("cpu", "CPUUtilization", ">", 90, "Average", 5, "breaching", "warning"),
        ("load", "DBLoad", ">", 2, "Average", 15, "missing", "warning"),
        ("connections", "DatabaseConnections", ">", 1568, "Average", 5, "breaching", "critical"),
        ("memory", "FreeableMemory", "<", 4 * GIB, "Average", 15, "breaching", "warning"),
        ("storage", "FreeStorageSpace", "<", 10 * GIB, "Minimum", 5, "breaching", "critical"),
        ("transaction-ids", "MaximumUsedTransactionIDs", ">", 1e9, "Average", 1, "missing", "critical"),
        ("lag", "ReplicaLag", ">", 300, "Maximum", 10, "breaching", "warning"),
    ],
)
def test_alarms(
    subject: str,
    metric: str,
    comparison: str,
    threshold: float,
    statistic: str,
    periods: int,
    missing: str,
    severity: str,
) -> None:
    found = alarms(recorded(**FULL))
    owners = {"writer": "test-unit-db", "replica-b": "test-unit-db-replica-b", "replica-c": "test-unit-db-replica-c"}
    for owner, identifier in owners.items():
        if subject not in (WRITER_SUBJECTS if owner == "writer" else REPLICA_SUBJECTS):
            assert f"db-alarms-{owner}-{subject}" not in found
            continue
        inputs = found[f"db-alarms-{owner}-{subject}"].inputs
        assert inputs["namespace"] == "AWS/RDS"
        assert inputs["metricName"] == metric
        assert inputs["dimensions"] == {"DBInstanceIdentifier": identifier}
        assert inputs["comparisonOperator"] == {">": "GreaterThanThreshold", "<": "LessThanThreshold"}[comparison]
        assert inputs["threshold"] == threshold
        assert (inputs["statistic"], inputs["period"]) == (statistic, 60)
        assert inputs["evaluationPeriods"] == inputs["datapointsToAlarm"] == periods
        assert inputs["treatMissingData"] == missing
        assert inputs["alarmDescription"].startswith(f"{severity}: ")


def test_thresholds_follow_the_class_the_storage_and_the_arguments() -> None:
    found = alarms(
        recorded(
            **{**FULL, "max_allocated_storage_gib": None},
            instance_class="db.m7g.xlarge",
            allocated_storage_gib=200,
            replica_lag_alarm_seconds=0.1,
            parameters={"max_connections": "300"},
        )
    )
    assert found["db-alarms-writer-load"].inputs["threshold"] == 4
    assert found["db-alarms-writer-memory"].inputs["threshold"] == 4 * GIB
    assert found["db-alarms-writer-storage"].inputs["threshold"] == 20 * GIB
    assert found["db-alarms-writer-connections"].inputs["threshold"] == 270
    assert found["db-alarms-replica-b-lag"].inputs["threshold"] == 0.1
