"""`breakwater capacity`: on the stacks of this repository, on hand-made models, on graphs of other programs."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from breakwater.analysis.capacity import capacity
from breakwater.analysis.judging import judged
from breakwater.analysis.model import Platform, Targets
from breakwater.analysis.reading import read
from breakwater.cli import app
from breakwater.rendering import make_console
from breakwater.tables.capacity import Capacity, assess
from tests.breakwater.graphs import VPC, graph, resource
from tests.breakwater.loads import platform, region, service
from tests.support.stacks import STACKS, deployed


def printed(found: Capacity) -> str:
    console = make_console()
    console.width = 160
    with console.capture() as captured:
        console.print(found.render())
    return captured.get()


def of(stack: Platform) -> Capacity:
    return Capacity(stack, capacity(stack), None)


@pytest.mark.parametrize("stack", STACKS)
def test_every_part_of_a_stack_has_its_figures(stack: str) -> None:
    model = read(deployed(stack).graph)
    found = {(figure.region, figure.part) for figure in capacity(model)}
    for here in model.regions:
        parts = {w.name for w in here.workloads} | {"cache", "quota", "balancer"}
        parts |= {f"queue {w.queue}" for w in here.workers if w.queue}
        assert {(here.name, part) for part in parts} <= found
        assert here.network is not None
        assert {(here.name, f"{s.tier} subnet {s.zone}") for s in here.network.subnets} <= found


def test_what_is_judged_has_the_problems() -> None:
    stack = deployed("dev").graph
    assert set(judged(stack)) >= {f for f in capacity(read(stack)) if f.is_problem}


def test_a_problem_is_one_line_with_numbers_and_remedy() -> None:
    (line,) = of(platform(targets=Targets(requests_per_second={"api": 1500}))).problems
    assert line == (
        "us-east-1 api: requests 1,200/s, target 1,500/s (autoscaling: 24 tasks × 3,000 requests a minute): "
        "raise services.api.tasks.max to 30 or services.api.requests_per_target"
    )


def test_the_table_names_verdicts_ranges_and_quotas() -> None:
    text = printed(of(platform(targets=Targets(requests_per_second={"api": 1500}))))
    assert "us-east-1 (primary)" in text
    assert "150–1,200/s" in text
    assert "≥ 1,500/s  missed" in text
    assert "  us-east-1  Fargate vCPU on demand: 6 → 48\n" in text


def test_bars_show_what_is_used_of_a_limit() -> None:
    text = printed(of(platform(region(service(maximum=3)))))
    assert "Fargate vCPU on demand ██████████████████████████████  6 of 6" in text
    assert "██████████████████████████████> 48 of 6" in printed(of(platform()))
    assert "2 others use less than 5% of theirs." in text


def test_in_a_pipe_lines_are_long_enough() -> None:
    stream = StringIO()
    found = of(platform(targets=Targets(requests_per_second={"api": 1500})))
    Console(file=stream, width=60, soft_wrap=True).print(found.render())
    assert "autoscaling: 24 tasks × 3,000 requests a minute" in stream.getvalue()


def test_json_has_every_field_and_the_totals() -> None:
    found = of(platform(targets=Targets(requests_per_second={"api": 1500}))).to_json()
    (requests,) = [figure for figure in found["figures"] if figure["name"] == "requests"]
    assert requests == {
        "region": "us-east-1", "part": "api", "name": "requests", "value": 1200, "unit": "/s", "lowest": 150,
        "limit": None, "target": 1500, "limited_by": "autoscaling: 24 tasks × 3,000 requests a minute",
        "verdict": "missed", "status": "derived",
        "remedy": "raise services.api.tasks.max to 30 or services.api.requests_per_target",
    }  # fmt: skip
    assert found["quotas_to_raise"] == [
        {"region": "us-east-1", "quota": "Fargate vCPU on demand", "default": 6, "needed": 48}
    ]
    assert found["totals"] == {
        "figures": len(found["figures"]),
        "met": 0,
        "missed": 1,
        "unknown": 0,
        "status": "derived",
    }
    json.dumps(found)


def test_a_graph_of_another_program_has_no_figures() -> None:
    found = assess(graph(resource(VPC, "vpc")))
    assert (found.figures, found.problems) == ((), [])
    assert "no region of this platform" in printed(found)


def test_the_command_reads_a_graph_file_and_exits_by_its_problems(tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    file.write_text(deployed("prod").graph.to_json(), encoding="utf-8")
    result = CliRunner().invoke(app, ["capacity", str(file), "--backlog", "5000", "--json"])
    found = json.loads(result.stdout)
    assert (found["command"], found["stack"], found["backlog"]) == ("capacity", "prod", 5000)
    assert result.exit_code == int(bool(found["problems"])) == int(not found["ok"])
    assert [f for f in found["figures"] if f["name"] == "time until 5,000 messages are handled"]


def test_a_stack_that_misses_its_target_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missed = platform(targets=Targets(requests_per_second={"api": 1500}))
    monkeypatch.setattr("breakwater.tables.capacity.read", lambda _: missed)
    file = tmp_path / "graph.json"
    file.write_text(graph(resource(VPC, "vpc")).to_json(), encoding="utf-8")
    result = CliRunner().invoke(app, ["capacity", str(file)])
    assert result.exit_code == 1
    assert "target 1,500/s" in result.stderr
