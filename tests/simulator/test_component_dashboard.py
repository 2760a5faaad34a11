"""Dashboards and alarms on programs' own metrics in the simulated AWS, and bodies that CloudWatch would not take."""

import json
from typing import Any

import pytest

from breakwater.simulator.handlers._dashboard_body import wrong_in
from components._alarm_definitions import AlarmRegister
from components._dashboard_contents import Holdings, errors, system_health
from components._metric_alarms import MetricAlarm
from components.alarms import Alarms, AlarmsArgs, AlarmTarget, AlarmTopic, AlarmTopicArgs
from components.dashboard import Dashboard, DashboardArgs
from components.queue import Queue, QueueArgs
from tests.simulator.support import ACCOUNT, US, Simulate, Where
from tests.support.data import KEY

FAILURES = MetricAlarm(
    summary="Sending fails.", namespace="Shop", metric_name="failed", statistic="Sum", threshold=0.1, per_second=True
)


def program(on: Where) -> None:
    topic = AlarmTopic("alarms", AlarmTopicArgs(kms_key_arn=KEY, account_id=ACCOUNT), opts=on.us)
    target = AlarmTarget(
        topic_arn=topic.topic_arn, runbooks_url="https://example.org/runbooks", register=AlarmRegister()
    )
    queue = Queue("orders", QueueArgs(kms_key_arn=KEY, alarms=target), opts=on.us)
    Alarms("own", AlarmsArgs(target=target, definitions=[FAILURES.definition("fails")]), opts=on.us)
    assert target.register is not None
    held = Holdings(
        region=US,
        alarms=target.register,
        metric_alarms={"fails": FAILURES},
        dead_letters={"orders": queue.dead_letter_name},
    )
    args = DashboardArgs(dashboard_name="shop", title="Shop", region=US, sections=[*system_health(held), *errors(held)])
    Dashboard("shop", args, opts=on.us)


@pytest.mark.feature("O1", "O2")
def test_a_dashboard_names_what_is_there(simulate: Simulate) -> None:
    world = simulate(program)
    cloudwatch = world.client("cloudwatch")
    body = json.loads(cloudwatch.get_dashboard(DashboardName="shop")["DashboardBody"])
    shown = {arn for w in body["widgets"] if w["type"] == "alarm" for arn in w["properties"]["alarms"]}
    there = {alarm["AlarmArn"]: alarm for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}
    assert shown == set(there)
    assert len(there) == 6
    (fails,) = [alarm for alarm in there.values() if alarm["Threshold"] == 0.1]
    assert {query["Id"]: query.get("Expression") for query in fails["Metrics"]} == {
        "counted": None, "rate": "counted / PERIOD(counted)",
    }  # fmt: skip
    graphs = {w["properties"]["title"]: w["properties"] for w in body["widgets"] if w["type"] == "metric"}
    metric = graphs["Dead letters"]["metrics"][0]
    queues = [url.rpartition("/")[2] for url in world.client("sqs").list_queues()["QueueUrls"]]
    assert metric[3] in queues
    assert "dead-letter" in metric[3]
    assert (
        world.only("aws:cloudwatch/dashboard:Dashboard").outputs["dashboardArn"]
        == f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/shop"
    )


def metric(*parts: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "metric", "properties": {"region": US, "metrics": [[*parts]], **properties}}


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ([], "widgets: a list is required"),
        ({}, "widgets: a list is required"),
        ({"widgets": [metric("n", "m")] * 501}, "widgets: 501 of 500 at most"),
        ({"widgets": [{"type": "gauge"}]}, "widgets[0].type: 'gauge' is none of"),
        ({"widgets": ["text"]}, "widgets[0].type: ''"),
        ({"widgets": [{"type": "text"}]}, "widgets[0].properties: required"),
        ({"widgets": [{"type": "text", "properties": {}}]}, "widgets[0].properties: markdown is required"),
        ({"widgets": [metric("n", "m"), {**metric("n", "m"), "x": 24}]}, "widgets[1].x: 24 is not 0 to 23"),
        ({"widgets": [{**metric("n", "m"), "width": 0}]}, "widgets[0].width: 0 is not 1 to 24"),
        ({"widgets": [{**metric("n", "m"), "y": -1}]}, "widgets[0].y: -1 is less than 0"),
        ({"widgets": [{"type": "metric", "properties": {"metrics": []}}]}, "region is required"),
        ({"widgets": [{"type": "metric", "properties": {"region": US}}]}, "metrics or annotations is required"),
        ({"widgets": [{"type": "alarm", "properties": {"alarms": []}}]}, "properties.alarms: 0; 1 to 100"),
        ({"widgets": [{"type": "alarm", "properties": {"alarms": ["a"] * 101}}]}, "properties.alarms: 101"),
        ({"widgets": [metric("n")]}, "widgets[0].properties.metrics[0]: a namespace, a metric and pairs"),
        ({"widgets": [metric("n", "m", "d")]}, "a namespace, a metric and pairs of dimensions"),
        ({"widgets": [metric({"label": "x"})]}, "a metric or an expression is required"),
        ({"widgets": [metric("n", {"label": "x"}, "m")]}, "texts and, last, one object"),
    ],
)
def test_what_is_wrong_with_a_body(document: Any, wrong: str) -> None:
    assert any(wrong in found for found in wrong_in(json.dumps(document)))


@pytest.mark.parametrize(
    "document",
    [
        {"widgets": []},
        {"start": "-PT6H", "widgets": [metric("n", "m", "d", "v", {"label": "x"}), metric({"expression": "m1 / 2"})]},
        {"widgets": [{"type": "metric", "properties": {"region": US, "annotations": {"alarms": ["arn"]}}}]},
        {"widgets": [{"type": "log", "properties": {"region": US, "query": "SOURCE 'x' | fields @message"}}]},
    ],
)
def test_a_good_body_is_taken(document: Any) -> None:
    assert wrong_in(json.dumps(document)) == []
