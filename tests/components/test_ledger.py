"""components.ledger: the table of the jobs' locks, and its replicas."""

import pytest

from components.ledger import JobLedger, JobLedgerArgs, JobLedgerReplica, JobLedgerReplicaArgs
from tests.support.data import KEY
from tests.support.recorder import record

TABLE, REPLICA = "aws:dynamodb/table:Table", "aws:dynamodb/tableReplica:TableReplica"


@pytest.mark.feature("J3", "J4")
@pytest.mark.parametrize("protect", [True, False])
def test_a_table_that_can_be_restored_and_copied(protect: bool) -> None:
    recording = record(lambda: JobLedger("ledger", JobLedgerArgs(kms_key_arn=KEY, protect=protect)))
    assert recording.counts() == {TABLE: 1}
    table = recording.get(TABLE, "ledger")
    assert table.inputs == {
        "hashKey": "job",
        "attributes": [{"name": "job", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY},
        "pointInTimeRecovery": {"enabled": True},
        "deletionProtectionEnabled": protect,
        "streamEnabled": True,
        "streamViewType": "NEW_AND_OLD_IMAGES",
    }
    assert (table.protect, table.ignore_changes) == (protect, ("replicas",))
    component = recording.only("breakwater:ledger:JobLedger")
    assert table.parent == component.urn
    assert recording.outputs[component.urn] == {"table_name": "ledger.name", "table_arn": "ledger.arn"}


@pytest.mark.feature("J4")
def test_a_replica_is_named_as_its_source_and_has_its_own_key() -> None:
    def program() -> None:
        source = JobLedger("home", JobLedgerArgs(kms_key_arn=KEY))
        JobLedgerReplica("away", JobLedgerReplicaArgs(source=source, kms_key_arn=f"{KEY}-away"))

    recording = record(program)
    replica = recording.only(REPLICA)
    assert replica.inputs == {
        "globalTableArn": "home.arn",
        "kmsKeyArn": f"{KEY}-away",
        "pointInTimeRecovery": True,
        "deletionProtectionEnabled": True,
    }
    assert replica.protect
    component = recording.only("breakwater:ledger:JobLedgerReplica")
    assert recording.outputs[component.urn] == {"table_name": "home.name", "table_arn": "away.arn"}
