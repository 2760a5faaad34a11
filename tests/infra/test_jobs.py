"""The jobs of a stack and their ledger, in one region and in several."""

import json

import pytest

from tests.infra.platforms import MINIMAL, built
from tests.infra.sample import SAMPLE, edited, settings_of
from tests.support.recorder import Recording

# A service and a job, and nothing else.
JOBS = MINIMAL + SAMPLE[SAMPLE.index("    jobs:\n") : SAMPLE.index("    database:\n")]


@pytest.fixture(scope="module")
def two_regions() -> Recording:
    return built(settings_of(SAMPLE))


@pytest.mark.feature("J3", "J4")
def test_one_ledger_in_all_regions(two_regions: Recording) -> None:
    table = two_regions.only("aws:dynamodb/table:Table")
    replica = two_regions.only("aws:dynamodb/tableReplica:TableReplica")
    assert (table.name, replica.name) == ("us-east-1-job-ledger", "eu-west-1-job-ledger")
    assert table.inputs["serverSideEncryption"]["kmsKeyArn"] == "us-east-1-data-key.arn"
    assert (replica.inputs["globalTableArn"], replica.inputs["kmsKeyArn"]) == (
        "us-east-1-job-ledger.arn",
        "eu-west-1-data-key.arn",
    )
    assert "::eu-west-1::" in replica.provider
    assert table.protect
    assert replica.protect
    assert two_regions.value(two_regions.result["job_ledger"]) == "us-east-1-job-ledger.name"
    for region in ("us-east-1", "eu-west-1"):
        machine = two_regions.get("aws:sfn/stateMachine:StateMachine", f"{region}-sweep")
        lock = json.loads(machine.inputs["definition"])["States"]["TakeLock"]["Parameters"]
        assert (lock["TableName"], lock["Key"]) == ("us-east-1-job-ledger.name", {"job": {"S": "sweep"}})
        policy = json.loads(
            two_regions.get("aws:iam/rolePolicy:RolePolicy", f"{region}-sweep-machine").inputs["policy"]
        )
        statements = {statement["Sid"]: statement for statement in policy["Statement"]}
        assert statements["KeepLedger"]["Resource"] == f"{region}-job-ledger.arn"
        assert statements["DecryptLedger"]["Resource"] == f"{region}-data-key.arn"


def test_the_ledger_stays_where_it_is_when_regions_exchange_roles(two_regions: Recording) -> None:
    exchanged = JOBS.replace("role: standby", "role: x").replace("role: primary", "role: standby")
    text = exchanged.replace("role: x", "role: primary").replace("    owner:", "    key_region: us-east-1\n    owner:")
    after = {r.urn: r for r in built(settings_of(text)).resources}
    for type_ in ("aws:dynamodb/table:Table", "aws:dynamodb/tableReplica:TableReplica"):
        before = two_regions.only(type_)
        assert after[before.urn].inputs == before.inputs


@pytest.mark.feature("J1")
def test_a_job_is_what_the_settings_say() -> None:
    wanted = (
        "        timezone: Europe/Dublin\n",
        "        overlap: wait\n        maximum_run_seconds: 120\n        retries: 5\n"
        "        retry_window_seconds: 60\n        flexible_window_minutes: 5\n",
    )
    recording = built(settings_of(edited(wanted, base=JOBS)))
    schedule = recording.get("aws:scheduler/schedule:Schedule", "us-east-1-sweep").inputs
    assert schedule["flexibleTimeWindow"] == {"mode": "FLEXIBLE", "maximumWindowInMinutes": 5}
    assert schedule["target"]["retryPolicy"] == {"maximumRetryAttempts": 5, "maximumEventAgeInSeconds": 60}
    machine = recording.get("aws:sfn/stateMachine:StateMachine", "us-east-1-sweep")
    states = json.loads(machine.inputs["definition"])["States"]
    assert "WaitForLock" in states
    assert states["Run"]["TimeoutSeconds"] == 120


def test_no_ledger_without_jobs() -> None:
    recording = built(settings_of(MINIMAL))
    assert recording.of("aws:dynamodb/table:Table") == recording.of("aws:dynamodb/tableReplica:TableReplica") == []
    assert recording.result["job_ledger"] is None
