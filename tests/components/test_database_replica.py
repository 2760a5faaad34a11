"""The replica in another region."""

import pytest

from tests.support.data import ACCOUNT, KEY
from tests.support.databases import (
    INSTANCE,
    LOGS,
    READER,
    RECORD,
    REPLICA_SUBJECTS,
    SHARED_INPUTS,
    elsewhere,
    names,
    recorded,
    recorded_replica,
)


@pytest.mark.feature("D2")
def test_replica_in_another_region() -> None:
    recording = recorded_replica(**READER)
    assert names(recording) == sorted(
        [
            ("DatabaseReplica", "db"),
            ("Instance", "db"),
            ("SubnetGroup", "db"),
            ("SecurityGroup", "db"),
            ("ParameterGroup", "db"),
            ("Role", "db-monitoring"),
            ("RolePolicy", "db-monitoring"),
            *(("LogGroup", f"db-{log}") for log in LOGS),
            ("Record", "db-reader-replica"),
            ("EventSubscription", "db-events"),
            ("EventSubscription", "db-parameter-events"),
            ("Alarms", "db-alarms"),
            *(("MetricAlarm", f"db-alarms-replica-{subject}") for subject in REPLICA_SUBJECTS),
        ]
    )
    replica = recording.only(INSTANCE)
    assert replica.inputs == {
        **SHARED_INPUTS,
        "identifier": "test-unit-db",
        "replicateSourceDb": f"arn:aws:rds:us-east-1:{ACCOUNT}:db:app",
        "dbSubnetGroupName": "db.name",
        "kmsKeyId": KEY,
        "multiAz": False,
        "skipFinalSnapshot": True,
    }
    assert replica.protect
    assert replica.delete_before_replace
    assert recording.only(RECORD).inputs["records"] == ["db.address"]
    result = recording.result
    assert recording.value(result.reader_endpoint) == "reader.db.internal"
    assert (recording.value(result.arn), recording.value(result.security_group_id), result.port) == (
        "db.arn", "db.id", 5433,
    )  # fmt: skip
    assert [recording.value(r) for r in result.connect_statement("app").resources] == [
        f"arn:aws:rds-db:eu-west-1:{ACCOUNT}:dbuser:db.resourceId/app"
    ]


def test_regions_that_exchange_roles_keep_their_instances() -> None:
    """Each component is known as the other too, or the new writer would be made anew and the old one deleted."""
    database, replica = "breakwater:database:Database", "breakwater:database_replica:DatabaseReplica"
    for recording, own, other in ((recorded(), database, replica), (recorded_replica(), replica, database)):
        assert [alias.spec.type for alias in recording.only(own).aliases] == [other]


@pytest.mark.feature("D2")
def test_replica_has_backups_of_its_own() -> None:
    inputs = recorded_replica(backup_retention_days=14).only(INSTANCE).inputs
    assert (inputs["backupRetentionPeriod"], inputs["deleteAutomatedBackups"]) == (14, False)
    assert inputs["backupWindow"] == "03:00-04:00"


@pytest.mark.feature("D10")
@pytest.mark.parametrize("days", [-1, 36])
def test_replica_backups_refused(days: int) -> None:
    with pytest.raises(ValueError, match=f"backup_retention_days: {days}; RDS keeps backups for 0 to 35 days"):
        elsewhere(backup_retention_days=days)


@pytest.mark.feature("D2", "D10")
def test_replica_of_its_own_region_refused() -> None:
    with pytest.raises(ValueError, match=r"source_region: the writer is in eu-west-1 too.* Database's replicas"):
        elsewhere(source_region="eu-west-1")
