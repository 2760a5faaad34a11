"""What a database can be asked for besides its defaults, and what stays the same while it changes."""

from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._windows import check_order
from components.database import ProxyArgs
from tests.support.data import KEY, alarms
from tests.support.databases import FULL, INSTANCE, READER, names, recorded, recorded_replica
from tests.support.recorder import Recording


def registrations(recording: Recording) -> dict[str, dict[str, Any]]:
    """URN -> inputs."""
    return {resource.urn: dict(resource.inputs) for resource in recording.resources}


@pytest.mark.feature("D1", "D7")
@pytest.mark.parametrize("zones", ["b", "c", "bc"])
def test_one_more_replica_changes_nothing_but_the_list_of_sources(zones: str) -> None:
    few = registrations(recorded(**{**FULL, "replicas": [f"us-east-1{zone}" for zone in zones]}))
    many = registrations(recorded(**{**FULL, "replicas": [f"us-east-1{zone}" for zone in "abc"]}))
    assert set(few) < set(many)
    changed = [urn for urn, inputs in few.items() if many[urn] != inputs]
    assert [urn.rpartition("::")[2] for urn in changed] == ["db-events"]


@pytest.mark.feature("D3")
@pytest.mark.parametrize(("given", "temporary"), [({}, "10486"), ({"log_temp_files": "-1"}, "-1")])
def test_class_suggests_parameters_and_the_caller_decides(given: dict[str, str], temporary: str) -> None:
    group = recorded(instance_class="db.t4g.micro", parameters=given).only("aws:rds/parameterGroup:ParameterGroup")
    values = {parameter["name"]: parameter["value"] for parameter in group.inputs["parameters"]}
    assert values["log_temp_files"] == temporary
    assert (values["rds.force_ssl"], values["log_min_duration_statement"]) == ("1", "1000")


@pytest.mark.feature("D4")
def test_burstable_classes_have_an_alarm_on_their_credits() -> None:
    found = alarms(recorded(**{**FULL, "instance_class": "db.t4g.medium"}))
    for owner in ("writer", "replica-b", "replica-c"):
        inputs = found[f"db-alarms-{owner}-cpu-credits"].inputs
        assert (inputs["metricName"], inputs["comparisonOperator"]) == ("CPUCreditBalance", "LessThanThreshold")
        assert (inputs["threshold"], inputs["period"], inputs["evaluationPeriods"]) == (24, 300, 15)
        assert inputs["treatMissingData"] == "missing"
    assert "db-alarms-replica-cpu-credits" in alarms(recorded_replica(instance_class="db.t4g.medium"))
    assert not [name for name in alarms(recorded(**FULL)) if "credits" in name]


@pytest.mark.feature("D5")
def test_rds_can_manage_the_password_of_a_writer_without_replicas() -> None:
    recording = recorded(managed_master_password=True)
    inputs = recording.get(INSTANCE, "db").inputs
    assert (inputs["manageMasterUserPassword"], inputs["masterUserSecretKmsKeyId"]) == (True, f"{KEY}-secrets")
    assert not {"passwordWo", "passwordWoVersion", "password"} & set(inputs)
    assert not [name for kind, name in names(recording) if kind in ("Secret", "SecretVersion", "MasterCredential")]


@pytest.mark.feature("D5")
def test_password_is_write_only_and_in_no_output() -> None:
    for recording in (recorded(**FULL), recorded(preview=True, **FULL)):
        holders = [r for r in recording.resources if "generated" in str(r.inputs)]
        assert {(r.type.split(":")[-1], r.name) for r in holders} <= {
            ("Instance", "db"),
            ("SecretVersion", "db-master-v1"),
        }
        for holder in holders:
            assert holder.secret_inputs & {"passwordWo", "secretString"}
    assert not any("password" in resource.inputs for resource in recorded(**FULL).resources)


@pytest.mark.feature("D8")
@pytest.mark.parametrize("changes", [{}, {"allow_major_version_upgrade": True, "apply_immediately": True}])
def test_upgrades_wait_for_the_windows_unless_asked_not_to(changes: dict[str, bool]) -> None:
    for instance in recorded(**FULL, **changes).of(INSTANCE):
        assert instance.inputs["allowMajorVersionUpgrade"] is bool(changes)
        assert instance.inputs["applyImmediately"] is bool(changes)
        assert instance.inputs["autoMinorVersionUpgrade"] is True


@pytest.mark.feature("D8")
def test_replicas_have_their_window_before_the_writers() -> None:
    recording = recorded(**FULL, replica_maintenance_window="fri:22:00-fri:23:00")
    assert {i.name: i.inputs["maintenanceWindow"] for i in recording.of(INSTANCE)} == {
        "db": "sun:04:30-sun:05:30",
        "db-replica-b": "fri:22:00-fri:23:00",
        "db-replica-c": "fri:22:00-fri:23:00",
    }


@pytest.mark.feature("D8")
@given(first=st.integers(0, 167), hours=st.integers(1, 24), later=st.integers(0, 167))
def test_windows_in_order_are_apart_and_the_second_is_the_nearer(first: int, hours: int, later: int) -> None:
    def window(start: int) -> str:
        days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        begin, end = start % 168, (start + hours) % 168
        return f"{days[begin // 24]}:{begin % 24:02}:00-{days[end // 24]}:{end % 24:02}:00"

    gap = (later - hours) % 168
    in_order = hours <= later and 168 - later >= hours and gap <= 84
    expected = nullcontext() if in_order else pytest.raises(ValueError, match=r"^one: ")
    with expected:
        check_order(first_field="one", first=window(first), second_field="two", second=window(first + later))


@pytest.mark.feature("D9")
def test_final_snapshots_of_two_databases_have_two_names() -> None:
    """The second one could not be deleted otherwise; the security group's id is all that tells them apart."""
    recording = recorded(**READER)
    writer, group = recording.get(INSTANCE, "db"), recording.get("aws:ec2/securityGroup:SecurityGroup", "db")
    assert writer.inputs["finalSnapshotIdentifier"] == "test-unit-db-final-db.id"
    assert writer.property_dependencies["finalSnapshotIdentifier"] == (group.urn,)


@pytest.mark.feature("D8")
def test_blue_green_updates_where_nothing_forbids_them() -> None:
    asked = recorded(blue_green_updates=True).get(INSTANCE, "db").inputs
    assert asked["blueGreenUpdate"] == {"enabled": True}
    for instance in recorded(**FULL).of(INSTANCE):
        assert "blueGreenUpdate" not in instance.inputs
    major = {"allow_major_version_upgrade": True, "apply_immediately": True}
    recorded(blue_green_updates=True, parameters={"rds.logical_replication": "1"}, **major)


@pytest.mark.feature("D6")
@pytest.mark.parametrize(
    ("instance_class", "percent"), [("db.t4g.micro", 90), ("db.t4g.micro", 35), ("db.r7g.large", 2)]
)
def test_pool_of_thirty_connections_is_enough_for_the_proxy(instance_class: str, percent: int) -> None:
    """Thirty server connections for a thousand clients: the clients are the proxy's, which has no limit of its own."""
    pool = ProxyArgs(max_connections_percent=percent, max_idle_connections_percent=1)
    inputs = recorded(instance_class=instance_class, proxy=pool).only(
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup"
    )
    assert inputs.inputs["connectionPoolConfig"]["maxConnectionsPercent"] == percent
