"""Dashboards: what CloudWatch takes, laid out without gaps and overlaps."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.simulator.handlers._dashboard_body import wrong_in
from components._alarm_definitions import AlarmRegister
from components._dashboard_body import COLUMNS, dashboard_body
from components._dashboard_contents import Holdings, own_metrics
from components._dashboard_stores import REGIONAL, side_by_side
from components._metric_alarms import MetricAlarm
from components.alarms import AlarmDefinition, Alarms, AlarmsArgs, AlarmTarget, Severity
from components.dashboard import AlarmList, Dashboard, DashboardArgs, Graph, Level, Line, Section
from tests.support.data import TOPIC
from tests.support.recorder import record

DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
LINE = Line(label="api", namespace="AWS/ECS", metric_name="CPUUtilization", dimensions={"ServiceName": "api"})
GRAPH = Graph(title="CPU", lines=[LINE])
FAILURES = MetricAlarm(
    summary="Sending fails.", namespace="shop", metric_name="failed", statistic="Sum", threshold=0.1, per_second=True
)


def body(*sections: Section) -> dict[str, Any]:
    return dashboard_body("Health", sections, "us-east-1")


def widgets(kind: str, *sections: Section) -> list[dict[str, Any]]:
    return [widget for widget in body(*sections)["widgets"] if widget["type"] == kind]


def section(*shown: Graph | AlarmList) -> Section:
    return Section(title="Things", widgets=shown)


@pytest.mark.feature("O2")
def test_a_dashboard() -> None:
    args = DashboardArgs(
        dashboard_name="shop-prod-health", title="Health", region="us-east-1", sections=[section(GRAPH)]
    )
    recording = record(lambda: Dashboard("health", args))
    assert [(r.type, r.name) for r in recording.resources] == [
        ("breakwater:dashboard:Dashboard", "health"),
        (DASHBOARD, "health"),
    ]
    inputs = recording.only(DASHBOARD).inputs
    assert inputs["dashboardName"] == recording.result.dashboard_name == "shop-prod-health"
    shown = json.loads(inputs["dashboardBody"])
    assert shown == json.loads(json.dumps(body(section(GRAPH))))
    assert [widget["type"] for widget in shown["widgets"]] == ["text", "text", "metric"]
    assert "what is changed here is lost" in shown["widgets"][0]["properties"]["markdown"]
    assert shown["widgets"][1]["properties"] == {"markdown": "## Things"}
    assert shown["widgets"][2]["properties"] == {
        "title": "CPU",
        "view": "timeSeries",
        "region": "us-east-1",
        "period": 60,
        "metrics": [["AWS/ECS", "CPUUtilization", "ServiceName", "api", {"label": "api", "stat": "Average"}]],
        "yAxis": {"left": {"min": 0, "showUnits": False}},
    }


@pytest.mark.feature("O2")
def test_a_rate_is_an_expression_over_a_hidden_metric() -> None:
    line = Line(
        label="sent", namespace="AWS/SQS", metric_name="Sent", statistic="Sum", per_second=True, region="eu-west-1"
    )
    (graph,) = widgets("metric", section(Graph(title="Sent", lines=[LINE, line])))
    assert graph["properties"]["metrics"][1:] == [
        ["AWS/SQS", "Sent", {"id": "m1", "stat": "Sum", "visible": False, "region": "eu-west-1"}],
        [{"expression": "m1 / PERIOD(m1)", "id": "e1", "label": "sent", "region": "eu-west-1"}],
    ]


@pytest.mark.feature("O2")
def test_a_level_is_drawn() -> None:
    (graph,) = widgets("metric", section(Graph(title="CPU", lines=[LINE], level=Level(label="alarm", value=90))))
    assert graph["properties"]["annotations"] == {"horizontal": [{"label": "alarm", "value": 90}]}


@pytest.mark.feature("O2")
def test_what_shows_nothing_is_left_out_with_its_heading() -> None:
    nothing = section(Graph(title="CPU", lines=[]), AlarmList(title="Alarms", arns=[]))
    assert [widget["type"] for widget in body(nothing)["widgets"]] == ["text"]


@pytest.mark.feature("O2")
def test_a_list_holds_a_hundred_alarms_at_most() -> None:
    lists = widgets("alarm", section(AlarmList(title="Alarms", arns=[f"arn{n}" for n in range(201)])))
    assert [len(each["properties"]["alarms"]) for each in lists] == [100, 100, 1]
    assert [each["properties"]["title"] for each in lists] == [f"Alarms ({n} of 3)" for n in (1, 2, 3)]


def shown() -> st.SearchStrategy[list[Section]]:
    graphs = st.integers(0, 3).map(lambda count: Graph(title="CPU", lines=[LINE] * count))
    lists = st.integers(0, 250).map(lambda count: AlarmList(title="Alarms", arns=["arn"] * count))
    return st.lists(st.lists(graphs | lists, max_size=7).map(lambda widgets: section(*widgets)), max_size=4)


@given(shown())
def test_widgets_fill_the_grid_without_overlap(sections: list[Section]) -> None:
    document = body(*sections)
    assert wrong_in(json.dumps(document)) == []
    cells = [
        (column, row)
        for widget in document["widgets"]
        for column in range(widget["x"], widget["x"] + widget["width"])
        for row in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) < COLUMNS
    rows = sorted({row for _, row in cells})
    assert all(after == before + 1 for before, after in pairwise(rows))


@pytest.mark.feature("O2")
def test_alarms_are_written_down_by_severity() -> None:
    register = AlarmRegister()
    target = AlarmTarget(topic_arn=TOPIC, runbooks_url="https://example.org/runbooks", register=register)

    def definition(role: str, severity: Severity) -> AlarmDefinition:
        return AlarmDefinition(
            role=role, summary="It is bad.", severity=severity, runbook="x", comparison="GreaterThanThreshold",
            threshold=1, datapoints=1, periods=1, missing="missing", namespace="n", metric_name="m", statistic="Sum",
        )  # fmt: skip

    definitions = [
        definition("a", Severity.WARNING),
        definition("b", Severity.CRITICAL),
        definition("c", Severity.WARNING),
    ]
    recording = record(lambda: Alarms("own", AlarmsArgs(target=target, definitions=definitions)))
    arns = {severity: [recording.value(arn) for arn in found] for severity, found in register.arns.items()}
    assert arns == {"warning": ["own-a.arn", "own-c.arn"], "critical": ["own-b.arn"]}


@pytest.mark.feature("O2")
def test_programs_metrics_are_drawn_with_their_thresholds() -> None:
    one, other = (Holdings(region=region, metric_alarms={"fails": FAILURES}) for region in ("us-east-1", "eu-west-1"))
    (graph,) = own_metrics([one, other])
    assert graph.title == "fails: failed, per second"
    assert graph.level == Level(label="alarm", value=0.1)
    assert [(line.label, line.region, line.per_second) for line in graph.lines] == [
        ("us-east-1", "us-east-1", True),
        ("eu-west-1", "eu-west-1", True),
    ]


@pytest.mark.feature("O2")
def test_an_empty_region_has_only_empty_dashboards() -> None:
    nothing = Holdings(region="us-east-1")
    for _, contents in REGIONAL.values():
        assert [widget["type"] for widget in body(*contents(nothing))["widgets"]] == ["text"]


@pytest.mark.feature("O2")
def test_regions_stand_side_by_side() -> None:
    one = Holdings(region="us-east-1", cluster="a", services={"api": "api-1"}, load_balancer="app/a")
    other = Holdings(region="eu-west-1", cluster="b", services={"api": "api-2", "web": "web-2"}, load_balancer="app/b")
    graphs = {widget["properties"]["title"]: widget for widget in widgets("metric", *side_by_side([one, other]))}
    tasks = ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName"]
    assert graphs["api: running tasks"]["properties"]["metrics"] == [
        [*tasks, "a", "ServiceName", "api-1", {"label": "us-east-1", "stat": "Average"}],
        [*tasks, "b", "ServiceName", "api-2", {"label": "eu-west-1", "stat": "Average", "region": "eu-west-1"}],
    ]
    assert len(graphs["web: running tasks"]["properties"]["metrics"]) == 1
    rates = graphs["Requests, per second"]["properties"]["metrics"]
    assert [metric[-1].get("label") for metric in rates] == [None, "us-east-1", None, "eu-west-1"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dashboard_name": "shop.prod"}, "dashboard_name: 'shop.prod'"),
        ({"dashboard_name": "x" * 256}, "dashboard_name: "),
        ({"sections": []}, "sections: there is nothing to show"),
        ({"sections": [section(*[GRAPH] * 499)]}, "sections: 501 widgets"),
        ({"sections": [section(Graph(title="CPU", lines=[LINE] * 501))]}, "lines: CPU has 501 metrics"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {
        "dashboard_name": "health", "title": "Health", "region": "us-east-1", "sections": [section(GRAPH)],
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        DashboardArgs(**good | changes)
