"""Alarms on programs' own metrics, levels of alarms, dashboards: in every region, and only where they are asked for."""

import json
from typing import Any

import pytest

from tests.infra.platforms import EVERYTHING, MINIMAL, QUEUES, SERVICES, WORKERS, built
from tests.infra.sample import SAMPLE, edited, settings_of
from tests.support.data import ALARM
from tests.support.recorder import Recording

DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
TELEMETRY = f"    telemetry: {{image: 'public.ecr.aws/aws-observability/aws-otel-collector@sha256:{'0' * 64}'}}\n"
ALARMS = """\
    metric_alarms:
      failure-rate:
        summary: Sending fails more often than once in ten seconds.
        program: packer
        metric: messages.failed
        dimensions: {OTelLib: packer}
        statistic: Sum
        per_second: true
        threshold: 0.1
        severity: critical
      breaker-open:
        summary: Calls to the chat API are refused.
        namespace: Chat
        metric: breaker.state
        statistic: Maximum
        comparison: at-least
        threshold: 1
        evaluation_periods: 3
        datapoints: 2
        treat_missing_data: ignore
        runbook: chat-breaker
"""
# Two regions with a worker on a queue.
PLAIN = QUEUES + WORKERS
SMALL = PLAIN + TELEMETRY
REGIONS = ("us-east-1", "eu-west-1")


@pytest.fixture(scope="module")
def alarmed() -> Recording:
    return built(settings_of(SMALL + ALARMS))


@pytest.fixture(scope="module")
def chosen() -> Recording:
    """Levels that are written down, and a service with two target groups."""
    return built(
        settings_of(
            edited(
                ("        visibility_timeout_seconds: 60\n", "        depth_alarm_messages: 700\n"),
                ("    queues:\n", "    queues:\n      mails: {depth_alarm_messages: 7}\n      parcels: {}\n"),
                ("        port: 5555\n", "        port: 5555\n        response_time_alarm_seconds: 0.5\n"
                                         "        error_alarm_percent: 0.1\n"),
                ("        port: 8080\n", "        port: 8080\n        deployment: {strategy: BLUE_GREEN}\n"),
                base=PLAIN,
            )
            + "    dashboards: [api]\n"
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def everything() -> Recording:
    return built(settings_of(EVERYTHING))


def inputs(recording: Recording, name: str) -> dict[str, Any]:
    return recording.get(ALARM, name).inputs


def body(recording: Recording, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(recording.get(DASHBOARD, name).inputs["dashboardBody"])
    return found


def graphs(recording: Recording, name: str) -> dict[str, dict[str, Any]]:
    shown = [w["properties"] for w in body(recording, name)["widgets"] if w["type"] == "metric"]
    assert len({properties["title"] for properties in shown}) == len(shown)
    return {properties["title"]: properties for properties in shown}


def labels(recording: Recording, name: str, title: str) -> set[str]:
    metrics = graphs(recording, name)[title]["metrics"]
    return {metric[-1]["label"] for metric in metrics if "label" in metric[-1]}


def registered(recording: Recording) -> dict[str, Any]:
    return {r.urn: (r.inputs, r.provider, r.protect) for r in recording.resources}


@pytest.mark.feature("O1")
@pytest.mark.parametrize("region", REGIONS)
def test_a_programs_metric_is_watched_in_each_region(alarmed: Recording, region: str) -> None:
    rate = inputs(alarmed, f"{region}-metric-alarms-failure-rate")
    metric = rate["metricQueries"][0]["metric"]
    # As the collector is told: its program's namespace, its project and stack's before that.
    assert metric["namespace"] == "test-unit/packer"
    assert (metric["metricName"], metric["dimensions"]) == ("messages.failed", {"OTelLib": "packer"})
    assert rate["metricQueries"][1]["expression"] == "counted / PERIOD(counted)"
    assert rate["threshold"] == 0.1
    assert rate["alarmActions"] == rate["okActions"] == [f"{region}-alarms.arn"]
    assert rate["alarmDescription"].startswith("critical: Sending fails more often")
    assert rate["alarmDescription"].endswith("/runbooks/program-metric.md")


@pytest.mark.feature("O1")
def test_the_namespace_is_that_of_the_collector(alarmed: Recording) -> None:
    definition = alarmed.get("aws:ecs/taskDefinition:TaskDefinition", "us-east-1-packer")
    containers = {container["name"]: container for container in json.loads(definition.inputs["containerDefinitions"])}
    program = containers["us-east-1-packer"]
    told = {variable["name"]: variable["value"] for variable in program["environment"]}
    namespace = told["OTEL_RESOURCE_ATTRIBUTES"].removeprefix("service.namespace=")
    metric = inputs(alarmed, "us-east-1-metric-alarms-failure-rate")["metricQueries"][0]["metric"]
    assert metric["namespace"] == f"{namespace}/{told['OTEL_SERVICE_NAME']}"


@pytest.mark.feature("O1")
def test_any_other_metric_is_watched_as_it_is_written(alarmed: Recording) -> None:
    breaker = inputs(alarmed, "eu-west-1-metric-alarms-breaker-open")
    assert (breaker["namespace"], breaker["metricName"], breaker["statistic"]) == ("Chat", "breaker.state", "Maximum")
    assert (breaker["comparisonOperator"], breaker["threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
    assert (breaker["datapointsToAlarm"], breaker["evaluationPeriods"]) == (2, 3)
    assert breaker["treatMissingData"] == "ignore"
    assert breaker["alarmDescription"].startswith("warning: ")
    assert breaker["alarmDescription"].endswith("/runbooks/chat-breaker.md")


@pytest.mark.feature("O1")
def test_alarms_come_without_touching_anything(alarmed: Recording) -> None:
    before, after = registered(built(settings_of(SMALL))), registered(alarmed)
    assert before.items() <= after.items()
    assert {urn.rsplit("::", 1)[1] for urn in after.keys() - before.keys()} == {
        f"{region}-metric-alarms{suffix}" for region in REGIONS for suffix in ("", "-failure-rate", "-breaker-open")
    }


@pytest.mark.feature("O3")
@pytest.mark.parametrize("region", REGIONS)
def test_levels_that_are_written_down_are_those_of_the_alarms(
    alarmed: Recording, chosen: Recording, region: str
) -> None:
    assert inputs(chosen, f"{region}-orders-alarms-depth")["threshold"] == 700
    assert inputs(chosen, f"{region}-api-traffic-alarms-response-time")["threshold"] == 0.5
    assert inputs(chosen, f"{region}-api-traffic-alarms-target-errors")["threshold"] == 0.1
    # Five tasks at most with 50 messages each, and the age as before.
    assert inputs(alarmed, f"{region}-orders-alarms-depth")["threshold"] == 250
    assert inputs(alarmed, f"{region}-api-traffic-alarms-response-time")["threshold"] == 1
    assert inputs(alarmed, f"{region}-api-traffic-alarms-target-errors")["threshold"] == 5
    age = f"{region}-orders-alarms-age"
    assert inputs(chosen, age)["threshold"] == inputs(alarmed, age)["threshold"]


@pytest.mark.feature("O3")
def test_a_queue_without_workers_has_its_level_too(chosen: Recording) -> None:
    assert inputs(chosen, "us-east-1-mails-alarms-depth")["threshold"] == 7
    assert inputs(chosen, "us-east-1-parcels-alarms-depth")["threshold"] == 1000


@pytest.mark.feature("O2")
def test_each_region_has_its_dashboards_and_all_together_one(everything: Recording) -> None:
    kinds = ("health", "messages", "api", "database", "errors")
    names = {r.name: r.inputs["dashboardName"] for r in everything.of(DASHBOARD)}
    assert names == {
        "global-dashboard": "test-unit-global",
        **{f"{region}-{kind}-dashboard": f"test-unit-{region}-{kind}" for region in REGIONS for kind in kinds},
    }
    outputs = everything.result
    assert outputs["global_dashboard"] == "test-unit-global"
    assert outputs["regions"]["eu-west-1"]["dashboards"] == {kind: f"test-unit-eu-west-1-{kind}" for kind in kinds}
    providers = {r.name: r.provider for r in everything.resources}
    assert providers["eu-west-1-api-dashboard"] == providers["eu-west-1-orders"]
    assert providers["us-east-1-api-dashboard"] == providers["us-east-1-orders"]


@pytest.mark.feature("O2")
@pytest.mark.parametrize("region", REGIONS)
def test_the_health_of_a_region_is_all_its_alarms_and_no_others(everything: Recording, region: str) -> None:
    (own,) = {r.provider for r in everything.resources if r.name == f"{region}-orders" and r.custom}
    alarms = {f"{r.name}.arn": r.inputs["alarmDescription"] for r in everything.of(ALARM) if r.provider == own}
    lists = [w["properties"] for w in body(everything, f"{region}-health-dashboard")["widgets"] if w["type"] == "alarm"]
    shown = {arn: each["title"] for each in lists for arn in each["alarms"]}
    assert set(shown) == set(alarms)
    for arn, title in shown.items():
        assert title.lower().startswith(alarms[arn].partition(":")[0]), arn
    assert f"{region}-metric-alarms-failure-rate.arn" in shown


@pytest.mark.feature("O2")
def test_dashboards_show_what_the_region_has(everything: Recording) -> None:
    us, eu = "us-east-1", "eu-west-1"
    assert labels(everything, f"{us}-health-dashboard", "CPU, percent") == {"api", "web", "packer"}
    assert labels(everything, f"{us}-health-dashboard", "Runs failed") == {"sweep"}
    assert labels(everything, f"{us}-messages-dashboard", "Waiting messages") == {"orders"}
    assert labels(everything, f"{us}-messages-dashboard", "Dead letters") == {
        "orders", "news to orders", "shop", "shop paid to orders",
    }  # fmt: skip
    assert labels(everything, f"{us}-messages-dashboard", "Events not delivered") == {"shop paid"}
    assert labels(everything, f"{us}-api-dashboard", "Requests, per second") == {"api", "web"}
    assert labels(everything, f"{us}-api-dashboard", "Requests blocked by the firewall") == {"firewall"}
    assert labels(everything, f"{us}-database-dashboard", "CPU, percent") == {"writer", "replica b"}
    assert labels(everything, f"{us}-database-dashboard", "Replicas behind, seconds") == {"replica b"}
    assert labels(everything, f"{us}-database-dashboard", "Connections to the database") == {"open", "allowed"}
    assert labels(everything, f"{us}-database-dashboard", "Evictions") == {"001", "002"}
    # A standby has a replica and no proxy.
    assert labels(everything, f"{eu}-database-dashboard", "CPU, percent") == {"replica"}
    assert "Connections to the database" not in graphs(everything, f"{eu}-database-dashboard")
    rate = graphs(everything, f"{eu}-errors-dashboard")["failure-rate: failed, per second"]
    assert rate["metrics"][0][:2] == ["Shop", "failed"]
    assert rate["annotations"] == {"horizontal": [{"label": "alarm", "value": 0.1}]}
    assert labels(everything, "global-dashboard", "orders: waiting messages") == set(REGIONS)
    assert labels(everything, "global-dashboard", "writer: CPU, percent") == {us}


@pytest.mark.feature("O2")
def test_metrics_name_resources_of_the_region(everything: Recording) -> None:
    graph = graphs(everything, "eu-west-1-messages-dashboard")["Waiting messages"]
    metric = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "eu-west-1-orders.name"]
    assert graph["metrics"] == [[*metric, {"label": "orders", "stat": "Maximum"}]]
    assert graph["region"] == "eu-west-1"
    response = graphs(everything, "us-east-1-api-dashboard")["Response time, 99th percentile, seconds"]["metrics"]
    dimensions = ["LoadBalancer", "us-east-1-balancer.arnSuffix", "TargetGroup", "us-east-1-api.arnSuffix"]
    assert response[0] == [
        "AWS/ApplicationELB", "TargetResponseTime", *dimensions, {"label": "api", "stat": "p99"},
    ]  # fmt: skip


@pytest.mark.feature("O2")
def test_dashboards_come_without_touching_anything_and_are_in_the_plan(alarmed: Recording) -> None:
    settings = settings_of(SMALL + ALARMS + "    dashboards: [health, global]\n")
    before, after = registered(alarmed), registered(built(settings))
    assert before.items() <= after.items()
    assert {urn.rsplit("::", 1)[1] for urn in after.keys() - before.keys()} == {
        "us-east-1-health-dashboard", "eu-west-1-health-dashboard", "global-dashboard",
    }  # fmt: skip
    assert {r.urn for r in built(settings, preview=True).of(DASHBOARD)} == {urn for urn in after if DASHBOARD in urn}


@pytest.mark.feature("O2")
def test_a_region_has_no_dashboard_of_what_it_lacks() -> None:
    database = SAMPLE[SAMPLE.index("    database:\n") : SAMPLE.index("    cache:\n")]
    only = "      remote_replicas:\n        eu-west-1: {}\n"
    recording = built(settings_of(SERVICES + database.replace(only, "") + "    dashboards: [database, global]\n"))
    assert {r.name for r in recording.of(DASHBOARD)} == {"us-east-1-database-dashboard", "global-dashboard"}
    assert recording.result["regions"]["eu-west-1"]["dashboards"] == {}


@pytest.mark.feature("O2")
def test_without_them_there_are_none() -> None:
    recording = built(settings_of(SMALL))
    assert recording.of(DASHBOARD) == []
    assert recording.result["global_dashboard"] is None
    assert recording.result["regions"]["us-east-1"]["dashboards"] == {}
    assert not [r for r in recording.resources if "metric-alarms" in r.name]


@pytest.mark.feature("O2")
def test_services_with_two_target_groups_have_two_lines(chosen: Recording) -> None:
    assert labels(chosen, "us-east-1-api-dashboard", "Requests, per second") == {"api", "web a", "web b"}


@pytest.mark.feature("O2")
def test_alarms_of_health_checks_are_shown_for_all_regions() -> None:
    """Their region may be none of the stack's: then nothing but they is there."""
    recording = built(settings_of(MINIMAL.replace("us-east-1", "us-west-2") + "    dashboards: [health, global]\n"))
    lists = [w["properties"] for w in body(recording, "global-dashboard")["widgets"] if w["type"] == "alarm"]
    shown = {each["title"]: each["alarms"] for each in lists}
    assert set(shown) == {"us-west-2", "eu-west-1", "us-east-1"}
    assert all("-health-" in arn for arn in shown["us-east-1"])
    assert {r.name for r in recording.of(DASHBOARD)} == {
        "us-west-2-health-dashboard", "eu-west-1-health-dashboard", "global-dashboard",
    }  # fmt: skip
