"""`breakwater resilience` on whole stacks, and on graphs of something else."""

import json
from pathlib import Path
from typing import Any

import pytest

from breakwater.analysis.judging import judged
from breakwater.analysis.resilience import assess
from breakwater.analysis.resilience.model import Kind, Scenario
from breakwater.graph import ResourceGraph
from breakwater.tables.resilience import Report, bar, duration, of
from breakwater.values import UNKNOWN, Secret
from infra.settings import Settings, validate
from tests.breakwater.conftest import Command
from tests.breakwater.graphs import VPC, graph, resource
from tests.breakwater.platforms import platform, region, standby
from tests.stacks.conftest import settings_document
from tests.support.stacks import deployed


@pytest.fixture(scope="module")
def prod() -> ResourceGraph:
    return deployed("prod").graph


def scenario(found: Report, kind: Kind, region: str) -> Scenario:
    return next(s for s in found.found.scenarios if (s.kind, s.region) == (kind, region))


def test_production_survives_what_its_settings_say(prod: ResourceGraph) -> None:
    settings: Settings = validate(settings_document("prod"))
    found = of(prod)
    assert found.problems == []
    zone = scenario(found, Kind.ZONE, "us-east-1")
    served = {**settings.services, **settings.workers}
    zones = len(settings.regions["us-east-1"].zones)
    # What runs is what the targets need, and the minimum at least.
    running = {left.name: left.before for left in zone.left}
    assert all(one.tasks.min <= running[name] <= one.tasks.max for name, one in served.items())
    assert running["archive"] == served["archive"].tasks.min
    assert {left.name: left.left for left in zone.left} == {
        name: tasks - -(-tasks // zones) for name, tasks in running.items()
    }
    assert all(left.urn in prod.by_urn for left in zone.left)
    lost = scenario(found, Kind.REGION, "us-east-1")
    assert {left.name: left.left for left in lost.left} == {
        name: settings.tasks_in("eu-west-1", name, one).min for name, one in served.items()
    }
    assert settings.database is not None
    assert {risk.store: risk.seconds for risk in lost.data}["database"] == settings.database.replica_lag_alarm_seconds
    health = settings.services["api"].health
    task = scenario(found, Kind.TASK, "us-east-1").recovery.chains[0]
    assert task.seconds == health.interval_seconds * health.unhealthy_threshold
    # As decision 18 says: an answer after about 90 s.
    assert lost.recovery.chains[0].seconds == 90
    assert scenario(found, Kind.VERSION, "us-east-1").recovery.seconds == 180 + 110
    once = {point.name for point in found.found.single_points if point.region == "us-east-1"}
    assert {name for name in once if "one task" in name} == {
        f"the one task of {name}" for name, one in served.items() if one.tasks.min == 1
    }


def test_development_has_nothing_in_reserve() -> None:
    found = of(deployed("dev").graph)
    points = {point.name for point in found.found.single_points}
    assert points >= {
        "NAT gateway in us-east-1a",
        "database",
        "cache",
        "region us-east-1",
        "the one task of api",
    }
    assert scenario(found, Kind.REGION, "us-east-1").recovery.seconds is None


def test_an_export_says_the_same(prod: ResourceGraph) -> None:
    exported = ResourceGraph.parse(prod.to_json())
    assert of(exported).to_json() == of(prod).to_json()


def test_the_json_is_complete_and_the_text_is_text(prod: ResourceGraph) -> None:
    document = json.loads(json.dumps(of(prod).to_json()))
    assert set(document) == {"assumptions", "scenarios", "single_points", "availability", "left_out", "targets"}
    for found in document["scenarios"]:
        for chain in found["recovery"]["chains"]:
            seconds = [part["seconds"] for part in chain["parts"]]
            assert chain["seconds"] == (None if None in seconds else sum(seconds))
            assert all(part["source"] and part["status"] for part in chain["parts"])
    assert {"common_cause_share", "decision_s"} <= {one["name"] for one in document["assumptions"]}


def test_the_command_prints_bars_parts_and_assumptions(command: Command, prod: ResourceGraph, tmp_path: Path) -> None:
    file = tmp_path / "prod.json"
    file.write_text(prod.to_json())
    result = command("resilience", str(file))
    assert (result.exit_code, result.stderr) == (0, "")
    for expected in (
        "████████░░░░",
        "the database's writer",
        "What exists once",
        "Assumed, and left out",
        "0.1: share",
    ):
        assert expected in result.stdout
    assert "eu-west-1  one zone" not in result.stdout


@pytest.mark.parametrize(
    "other",
    [
        graph(),
        graph(resource(VPC, "v", inputs={"cidrBlock": UNKNOWN})),
        graph(resource("aws:cloudwatch/metricAlarm:MetricAlarm", "a", inputs={"metricName": Secret("x", sealed=True)})),
        ResourceGraph([]),
    ],
)
def test_another_programs_graph_has_nothing_to_judge(other: ResourceGraph) -> None:
    found = of(other)
    assert found.problems == []
    assert "no region" in str(found.render())
    assert judged(other) == ()


def test_odd_values_do_not_stop_it() -> None:
    odd: dict[str, dict[str, Any]] = {
        "sealed": {"metricName": "ReplicaLag", "threshold": Secret("x", sealed=True)},
        "unknown": {"metricName": "ReplicaLag", "threshold": UNKNOWN, "period": UNKNOWN},
        "queries": {"metricQueries": UNKNOWN},
    }
    alarms = [
        resource("aws:cloudwatch/metricAlarm:MetricAlarm", name, inputs={"region": "eu-west-1", **inputs})
        for name, inputs in odd.items()
    ]
    found = assess(platform(region(), standby(), of=graph(*alarms), data_loss_seconds=300))
    assert found.figures[0].value is None


def test_a_missed_target_refuses_the_stack(command: Command, prod: ResourceGraph, tmp_path: Path) -> None:
    wanted = {"availability_percent": 99.9, "recovery_minutes": 30, "rollback_seconds": 30}
    stack = prod.by_urn[next(r.urn for r in prod if r.type == "pulumi:pulumi:Stack")]
    changed = json.loads(prod.to_json())
    next(s for s in changed["deployment"]["resources"] if s["urn"] == stack.urn)["outputs"]["targets"] = wanted
    file = tmp_path / "prod.json"
    file.write_text(json.dumps(changed))
    result = command("resilience", str(file), "--json")
    assert result.exit_code == 1
    assert result.json["ok"] is False
    problems = result.json["problems"]
    assert any(p.startswith("api: availability 99.87") and "target 99.9 %" in p for p in problems)
    assert sum("rollback" in p for p in problems) == 5
    assert not any("recovery" in p for p in problems)
    missed = [f.name for f in judged(ResourceGraph.read(file)) if f.is_problem]
    assert missed == ["availability"] + ["rollback, once decided"] * 5


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "not known"), (0, "0 s"), (0.1, "0.1 s"), (119, "119 s"), (150, "2 min"), (86400, "24 h")],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(("share", "full"), [(0, 0), (0.01, 1), (0.5, 6), (0.999, 11), (1, 12), (2, 12)])
def test_only_all_is_a_full_bar(share: float, full: int) -> None:
    assert bar(share) == "█" * full + "░" * (12 - full)
