"""What `breakwater timeline` prints."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from breakwater.cli import app
from breakwater.tables.timeline import duration
from tests.breakwater.graphs import graph, resource
from tests.breakwater.timelines import POLICY, PROXY, Take, after, ordered, shown


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (60, "1 min 00 s"), (3725, "62 min 05 s")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_chart_has_a_bar_for_each_component_as_long_as_it_lasts(take: Take) -> None:
    take({"a": 50, "b": 50})
    one, two = resource("demo:x:C", "one"), resource("demo:x:C", "two")
    a = after("a", parent=one.urn)
    lines = shown(graph(one, two, a, after("b", a, parent=two.urn))).splitlines()
    first, second = (next(line for line in lines if line.startswith(name)) for name in ("one", "two"))
    assert first.count("█") == second.count("█") > 20
    assert first.index("█") < second.index("█")
    assert first.rstrip().endswith("50 s")
    assert second.rstrip().endswith("1 min 40 s")


def test_the_command_prints_the_path_and_fails_where_there_is_a_needless_wait(tmp_path: Path) -> None:
    policy = after("policy", type_=POLICY)
    stack = graph(policy, ordered("proxy", policy, type_=PROXY))
    file = tmp_path / "stack.json"
    file.write_text(stack.to_json())
    outcome = CliRunner().invoke(app, ["timeline", str(file)])
    assert outcome.exit_code == 1
    assert "Critical path" in outcome.stdout
    assert "without need" in outcome.stderr
    document = json.loads(CliRunner().invoke(app, ["timeline", str(file), "--json"]).stdout)
    assert (document["command"], document["stack"], document["ok"], len(document["problems"])) == (
        "timeline", "dev", False, 1,
    )  # fmt: skip
    (found,) = document["needless_waits"]
    assert (found["urn"], found["on_critical_path"]) == (stack.resources[-1].urn, True)
    assert [(step["name"], step["reason"], step["needed"]) for step in document["critical_path"]] == [
        ("policy", None, None), ("proxy", "order", False),
    ]  # fmt: skip
    assert document["seconds"]["low"] <= document["seconds"]["typical"] <= document["seconds"]["high"]
    file.write_text(graph(policy).to_json())
    outcome = CliRunner().invoke(app, ["timeline", str(file)])
    assert (outcome.exit_code, outcome.stderr) == (0, "")
