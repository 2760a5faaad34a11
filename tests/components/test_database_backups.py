"""The copy of a database's backups in another region."""

from typing import Any

import pytest

from components.database_backups import BackupCopy, BackupCopyArgs
from tests.support.data import ACCOUNT
from tests.support.recorder import record

WRITER = f"arn:aws:rds:us-east-1:{ACCOUNT}:db:app"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/mrk-1234"


def args(**changes: Any) -> BackupCopyArgs:
    given = {"source_arn": WRITER, "source_region": "us-east-1", "region": "eu-west-1", "kms_key_arn": KEY}
    return BackupCopyArgs(**{**given, **changes})


@pytest.mark.feature("D2")
def test_backups_are_copied_under_the_destinations_key() -> None:
    recording = record(lambda: BackupCopy("db-backups", args(retention_days=14)))
    assert [(r.type, r.name) for r in recording.resources] == [
        ("breakwater:database_backups:BackupCopy", "db-backups"),
        ("aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication", "db-backups"),
    ]
    copy = recording.resources[1]
    assert copy.inputs == {"sourceDbInstanceArn": WRITER, "kmsKeyId": KEY, "retentionPeriod": 14}
    # A new retention is a new replication, and there is one at a time.
    assert copy.delete_before_replace
    assert not copy.protect
    assert recording.value(recording.result.arn) == "db-backups.id"


@pytest.mark.feature("D2", "D10")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source_region": "eu-west-1"}, "source_region: the writer and its backups are in eu-west-1 already"),
        ({"retention_days": 0}, "retention_days: 0; RDS keeps copies for 1 to 35 days"),
        ({"retention_days": 36}, "retention_days: 36;"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)
