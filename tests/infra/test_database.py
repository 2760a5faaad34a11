"""From the settings to the database's arguments: every setting arrives, where and only where it should."""

from typing import Any

import pytest

from tests.infra.platforms import built
from tests.infra.sample import SAMPLE, settings_of
from tests.support.recorder import Recording

INSTANCE = "aws:rds/instance:Instance"
COPY = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
WRITER, LOCAL, REMOTE = "us-east-1-database", "us-east-1-database-replica-b", "eu-west-1-database"


# The sample's database without those who use it.
TASKS, SERVICES, DATABASE, CACHE = (
    SAMPLE.index(text) for text in ("        tasks:\n          api:", "    services:", "    database:", "    cache:")
)
STANDBY = SAMPLE.index("      eu-west-1:\n        role")
ALONE = SAMPLE[:TASKS] + SAMPLE[STANDBY:SERVICES] + SAMPLE[DATABASE:CACHE]


def built_with(*lines: str, **changes: str) -> Recording:
    """More lines under `database`, and texts replaced."""
    text = ALONE.replace('engine_version: "17"', "\n      ".join(['engine_version: "17"', *lines]))
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return built(settings_of(text))


def instances(recording: Recording) -> dict[str, dict[str, Any]]:
    return {instance.name: dict(instance.inputs) for instance in recording.of(INSTANCE)}


@pytest.mark.feature("D2")
def test_backups_are_copied_to_the_standby_under_its_key_by_its_provider() -> None:
    recording = built_with("backup_copies: {eu-west-1: {retention_days: 14}}")
    (copy,) = recording.of(COPY)
    assert (copy.name, copy.parent.rpartition("::")[2]) == ("eu-west-1-database-backups", "eu-west-1-database-backups")
    assert "::eu-west-1::" in copy.provider
    assert copy.inputs == {
        "sourceDbInstanceArn": "us-east-1-database.arn",
        "kmsKeyId": "eu-west-1-data-key.arn",
        "retentionPeriod": 14,
    }
    regions = recording.result["regions"]
    assert recording.value(regions["eu-west-1"]["database_backup_copy_arn"]) == "eu-west-1-database-backups.id"
    assert regions["us-east-1"]["database_backup_copy_arn"] is None


@pytest.mark.feature("D2")
def test_copies_of_backups_change_nothing_else() -> None:
    before = {r.urn: r.inputs for r in built_with().resources}
    after = {r.urn: r.inputs for r in built_with("backup_copies: {eu-west-1: {}}").resources}
    assert all(after[urn] == inputs for urn, inputs in before.items())
    assert len(after) == len(before) + 2


@pytest.mark.feature("D2")
@pytest.mark.parametrize(("own", "days"), [("{}", 30), ("{backup_retention_days: 3}", 3)])
def test_the_standbys_replica_has_backups_as_long_as_the_writer_unless_told(own: str, days: int) -> None:
    found = instances(built_with(**{"eu-west-1: {}": f"eu-west-1: {own}"}))
    assert found[REMOTE]["backupRetentionPeriod"] == days
    assert found[WRITER]["backupRetentionPeriod"] == 30
    assert "backupRetentionPeriod" not in found[LOCAL]


@pytest.mark.feature("D2")
def test_the_standbys_replica_may_have_none() -> None:
    found = instances(built_with(**{"eu-west-1: {}": "eu-west-1: {backup_retention_days: 0}"}))
    assert not {"backupRetentionPeriod", "deleteAutomatedBackups"} & set(found[REMOTE])


@pytest.mark.feature("D8")
def test_replicas_of_both_regions_are_maintained_before_the_writer() -> None:
    found = instances(built_with())
    assert found[WRITER]["maintenanceWindow"] == "sun:04:30-sun:05:30"
    assert {found[name]["maintenanceWindow"] for name in (LOCAL, REMOTE)} == {"sat:04:30-sat:05:30"}
    found = instances(
        built_with(
            'backup_window: "01:00-02:00"', "maintenance_window: wed:04:30-wed:05:30",
            "replica_maintenance_window: tue:04:00-tue:05:00",
        )
    )  # fmt: skip
    assert {inputs["backupWindow"] for inputs in found.values()} == {"01:00-02:00"}
    assert {name: inputs["maintenanceWindow"] for name, inputs in found.items()} == {
        WRITER: "wed:04:30-wed:05:30", LOCAL: "tue:04:00-tue:05:00", REMOTE: "tue:04:00-tue:05:00"
    }  # fmt: skip


@pytest.mark.feature("D8")
def test_a_major_upgrade_reaches_every_instance_and_group_at_once() -> None:
    recording = built_with("allow_major_version_upgrade: true", "apply_immediately: true", **{'"17"': '"18"'})
    for inputs in instances(recording).values():
        assert (inputs["allowMajorVersionUpgrade"], inputs["applyImmediately"]) == (True, True)
    assert instances(recording)[WRITER]["engineVersion"] == "18"
    groups = recording.of("aws:rds/parameterGroup:ParameterGroup")
    assert {group.inputs["family"] for group in groups} == {"postgres18"}


@pytest.mark.feature("D3", "D4")
def test_storage_parameters_and_insights() -> None:
    recording = built_with(
        'parameters: {work_mem: "65536"}', "slow_query_milliseconds: 200", "insights: advanced",
        "monitoring_interval_seconds: 15",
        **{"initial_gib: 100, ": "initial_gib: 400, iops: 16000, throughput_mibps: 900, "},
    )  # fmt: skip
    for inputs in instances(recording).values():
        assert (inputs["iops"], inputs["storageThroughput"]) == (16_000, 900)
        assert (inputs["databaseInsightsMode"], inputs["performanceInsightsRetentionPeriod"]) == ("advanced", 465)
        assert inputs["monitoringInterval"] == 15
    for group in recording.of("aws:rds/parameterGroup:ParameterGroup"):
        values = {parameter["name"]: parameter["value"] for parameter in group.inputs["parameters"]}
        assert (values["work_mem"], values["log_min_duration_statement"]) == ("65536", "200")


@pytest.mark.feature("D5")
def test_a_new_password_is_a_new_version_of_the_secret() -> None:
    recording = built_with("master_password_version: 2")
    assert instances(recording)[WRITER]["passwordWoVersion"] == 2
    (version,) = recording.of("aws:secretsmanager/secretVersion:SecretVersion")
    assert version.name == "us-east-1-database-master-v2"


@pytest.mark.feature("D5", "D8")
def test_a_database_without_replicas_may_leave_password_and_updates_to_rds() -> None:
    alone = {
        "      replicas: [us-east-1b]\n      remote_replicas:\n        eu-west-1: {}\n": "",
        "      proxy:\n        target: writer\n": "      proxy: null\n",
    }
    (inputs,) = instances(built_with("managed_master_password: true", **alone)).values()
    assert inputs["manageMasterUserPassword"] is True
    (inputs,) = instances(built_with("blue_green_updates: true", **alone)).values()
    assert inputs["blueGreenUpdate"] == {"enabled": True}


@pytest.mark.feature("D6")
def test_the_proxys_alarm_on_slow_queries() -> None:
    proxy = {"target: writer": "query_latency_alarm_milliseconds: 100"}
    found = {alarm.name: alarm.inputs for alarm in built_with(**proxy).of("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert found["us-east-1-database-proxy-alarms-query-latency"]["threshold"] == 100_000


@pytest.mark.feature("D8")
def test_lag_of_a_tenth_of_a_second_may_be_an_alarm() -> None:
    """The chat platform's figure."""
    found = {
        alarm.name: alarm.inputs["threshold"]
        for alarm in built_with("replica_lag_alarm_seconds: 0.1").of("aws:cloudwatch/metricAlarm:MetricAlarm")
        if alarm.name.endswith("-lag") and "database" in alarm.name
    }
    assert found == {"us-east-1-database-alarms-replica-b-lag": 0.1, "eu-west-1-database-alarms-replica-lag": 0.1}


@pytest.mark.feature("D9")
def test_development_lets_its_database_go() -> None:
    for kind, kept in (("production", True), ("development", False)):
        recording = built_with(**{"class: production": f"class: {kind}"})
        for instance in recording.of(INSTANCE):
            assert (instance.protect, instance.inputs["deletionProtection"]) == (kept, kept)
        assert instances(recording)[WRITER]["skipFinalSnapshot"] is not kept
        assert ("finalSnapshotIdentifier" in instances(recording)[WRITER]) is kept
