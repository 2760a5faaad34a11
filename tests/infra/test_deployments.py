"""What the settings' deployments make of services and workers, region by region."""

import pytest

from tests.infra.platforms import built
from tests.infra.sample import edited, settings_of
from tests.infra.test_settings_deployments import WORKER, web
from tests.support.recorder import Recording

REGIONS = ("us-east-1", "eu-west-1")


@pytest.fixture(scope="module")
def platform() -> Recording:
    """A canary with all options, a service that stays as it is, and a worker."""
    function = "arn:aws:lambda:us-east-1:111122223333:function:smoke"
    canary = (
        "{strategy: CANARY, step_percent: 2.5, step_bake_minutes: 4, bake_minutes: 6, minimum_healthy_percent: 50, "
        f"alarms: [orders-lost], hooks: [{{function: '{function}', stages: [POST_SCALE_UP]}}], "
        "test: {priority: 9, header_value: next, source_ranges: [203.0.113.0/24]}}"
    )
    worker = "        deployment: {strategy: BLUE_GREEN, bake_minutes: 2, maximum_percent: 150}\n"
    return built(
        settings_of(
            edited(
                web(canary, "deregistration_seconds: 30", "health: {grace_seconds: 90}"),
                (WORKER, worker + WORKER),
                # One task cannot make half as many again.
                ("tasks: {min: 1, max: 5}", "tasks: {min: 2, max: 5}"),
            )
        )
    )


@pytest.mark.feature("S1")
@pytest.mark.parametrize("region", REGIONS)
def test_a_canary(platform: Recording, region: str) -> None:
    service = platform.get("aws:ecs/service:Service", f"{region}-web")
    configuration = service.inputs["deploymentConfiguration"]
    assert configuration["strategy"] == "CANARY"
    assert configuration["bakeTimeInMinutes"] == "6"
    assert configuration["canaryConfiguration"] == {"canaryPercent": 2.5, "canaryBakeTimeInMinutes": "4"}
    (hook,) = configuration["lifecycleHooks"]
    assert hook["hookTargetArn"] == f"arn:aws:lambda:{region}:111122223333:function:smoke"
    assert "orders-lost" in service.inputs["alarms"]["alarmNames"]
    rule = platform.get("aws:lb/listenerRule:ListenerRule", f"{region}-web-test")
    assert (rule.inputs["priority"], rule.inputs["conditions"][-2:]) == (
        9,
        [
            {"httpHeader": {"httpHeaderName": "x-breakwater-test", "values": ["next"]}},
            {"sourceIp": {"values": ["203.0.113.0/24"]}},
        ],
    )
    assert platform.get("aws:lb/listenerRule:ListenerRule", f"{region}-web-route-30").ignore_changes == ("actions",)


@pytest.mark.feature("S2")
@pytest.mark.parametrize("region", REGIONS)
def test_percents_and_times(platform: Recording, region: str) -> None:
    web_, packer = (platform.get("aws:ecs/service:Service", f"{region}-{name}") for name in ("web", "packer"))
    assert web_.inputs["deploymentMinimumHealthyPercent"] == 50
    assert web_.inputs["healthCheckGracePeriodSeconds"] == 90
    for group in (f"{region}-web", f"{region}-web-b"):
        assert platform.get("aws:lb/targetGroup:TargetGroup", group).inputs["deregistrationDelay"] == 30
    assert packer.inputs["deploymentMaximumPercent"] == 150


@pytest.mark.feature("S1")
@pytest.mark.parametrize("region", REGIONS)
def test_a_worker(platform: Recording, region: str) -> None:
    packer = platform.get("aws:ecs/service:Service", f"{region}-packer")
    assert packer.inputs["deploymentConfiguration"] == {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "2"}


@pytest.mark.feature("S1")
@pytest.mark.parametrize("region", REGIONS)
def test_others_stay_as_they_are(platform: Recording, region: str) -> None:
    api = platform.get("aws:ecs/service:Service", f"{region}-api")
    assert api.inputs["deploymentConfiguration"] == {"strategy": "ROLLING"}
    assert not [r for r in platform.resources if r.name in (f"{region}-api-b", f"{region}-api-test")]
