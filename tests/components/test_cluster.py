"""components.cluster and the fixed names it uses."""

from typing import Any

import pytest

from components._names import check_auto_name, fixed_name
from components.cluster import Cluster, ClusterArgs
from tests.support.recorder import Recording, record

KEY = "arn:aws:kms:us-east-1:111122223333:key/mrk-1"


def cluster(**changes: Any) -> Recording:
    return record(lambda: Cluster("main", ClusterArgs(kms_key_arn=KEY, **changes)))


def test_registers_exactly() -> None:
    recording = cluster()
    assert recording.counts() == {
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:ecs/cluster:Cluster": 1,
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": 1,
    }
    assert [r.name for r in recording.of("breakwater:cluster:Cluster")] == ["main"]
    component = recording.only("breakwater:cluster:Cluster").urn
    assert {r.parent for r in recording.resources if r.custom} == {component}


def test_insights_are_enhanced_and_their_log_group_is_ours() -> None:
    recording = cluster(log_retention_days=90)
    made = recording.get("aws:ecs/cluster:Cluster", "main")
    assert made.inputs["name"] == "test-unit-main"
    assert made.inputs["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    assert made.depends_on("main-insights")
    assert recording.get("aws:cloudwatch/logGroup:LogGroup", "main-insights").inputs == {
        "name": "/aws/ecs/containerinsights/test-unit-main/performance",
        "retentionInDays": 90,
        "kmsKeyId": KEY,
    }


def test_both_fargate_providers_and_on_demand_by_default() -> None:
    providers = cluster().get("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "main-capacity")
    assert providers.inputs["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert providers.inputs["defaultCapacityProviderStrategies"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    assert providers.depends_on("main")


def test_outputs() -> None:
    recording = cluster()
    assert recording.value(recording.result.arn) == "main.arn"
    assert recording.value(recording.result.name) == "test-unit-main"
    assert recording.outputs[recording.only("breakwater:cluster:Cluster").urn] == {
        "arn": "main.arn",
        "name": "test-unit-main",
    }


def test_users_of_the_arn_wait_for_the_capacity_providers() -> None:
    recording = cluster()
    waited_for = recording._loop.run_until_complete(recording.result.arn.resources())
    urns = {recording.value(resource.urn) for resource in waited_for}
    assert recording.get("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "main-capacity").urn in urns


def test_preview_registers_the_same() -> None:
    planned = record(lambda: Cluster("main", ClusterArgs(kms_key_arn=KEY)), preview=True)
    assert [(r.type, r.name) for r in planned.resources] == [(r.type, r.name) for r in cluster().resources]


def test_retention_is_checked() -> None:
    with pytest.raises(ValueError, match=r"^log_retention_days: 31 days"):
        ClusterArgs(kms_key_arn=KEY, log_retention_days=31)


def test_auto_names_leave_room_for_the_suffix() -> None:
    check_auto_name("a" * 24, 32, "the target group")
    with pytest.raises(ValueError, match=r"^name: .* has 25 characters; the target group .* at most 24 characters"):
        check_auto_name("a" * 25, 32, "the target group")


def test_fixed_names_hold_project_stack_and_allowed_characters() -> None:
    recording = record(lambda: fixed_name("eu.west/api"))
    assert recording.result == "test-unit-eu-west-api"
