"""Under Pulumi's own engine, with a provider plugin that makes its outputs up: the program must register there what
it registers in the simulator, and an unchanged program must show an empty second preview."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from breakwater.analysis.cost import bill
from breakwater.analysis.judging import judged
from breakwater.analysis.reading import read
from breakwater.analysis.resilience import assess
from breakwater.analysis.timeline import timeline
from breakwater.graph import Resource, ResourceGraph
from breakwater.project import load_stack
from breakwater.review.previews import read_preview
from breakwater.review.steps import steps_between
from breakwater.simulator.run import up
from tests.support.engine_previews import excerpt
from tests.support.stacks import EXAMPLES

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "everything": ROOT / "tests" / "stacks" / "every_option",
    **{Path(example).name: ROOT / example for example in EXAMPLES},
}
"""Stacks whose file is not beside Pulumi.yaml, and the folder that it is in."""
PLUGINS = Path(__file__).parent / "plugins"
PLUGIN_WARNING = "using pulumi-resource-aws from $PATH"

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="no pulumi CLI on PATH"),
]

Pulumi = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def pulumi(tmp_path: Path) -> Pulumi:
    """Run the CLI on a copy of the project, with a backend and a home of its own."""
    project = tmp_path / "project"
    ignored = shutil.ignore_patterns(".git", ".venv", ".*cache", "__pycache__", "tests", "docs")
    shutil.copytree(ROOT, project, ignore=ignored)
    (tmp_path / "state").mkdir()
    environment = os.environ | {
        "PATH": os.pathsep.join([str(PLUGINS), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "tests",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        # Writing the state after each of 1,600 steps takes longer than the steps.
        "PULUMI_EXPERIMENTAL": "true",
        "PULUMI_SKIP_CHECKPOINTS": "true",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # An environment of the copy's own, as Pulumi makes it: the one that runs the tests must not be pointed at the
        # copy.
        "UV_PROJECT_ENVIRONMENT": str(tmp_path / "environment"),
    }

    def run(*arguments: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert not ok or done.returncode == 0, done.stdout + done.stderr
        return done

    return run


def warnings_besides_the_plugin(text: str) -> list[str]:
    return [
        line
        for line in text.splitlines()
        if "warning" in line.lower() and PLUGIN_WARNING not in line and line.split()[-1] != "warnings"
    ]


@pytest.mark.feature("S9")
@pytest.mark.parametrize("stack", ["dev", "prod", *ELSEWHERE])
def test_the_stack_deploys_and_an_unchanged_program_shows_no_change(stack: str, pulumi: Pulumi, tmp_path: Path) -> None:
    project = tmp_path / "project"
    if stack in ELSEWHERE:
        shutil.copy(ELSEWHERE[stack] / f"Pulumi.{stack}.yaml", project)
    pulumi("stack", "init", stack)
    planned = pulumi("preview", "--stack", stack, "--policy-pack", "policies")
    assert warnings_besides_the_plugin(planned.stdout + planned.stderr) == []
    applied = pulumi("up", "--stack", stack, "--yes", "--skip-preview")
    assert warnings_besides_the_plugin(applied.stdout + applied.stderr) == []
    again = json.loads(pulumi("preview", "--stack", stack, "--json").stdout)
    assert set(again["changeSummary"]) == {"same"}, again["changeSummary"]
    exported = without_made_up(ResourceGraph.parse(pulumi("stack", "export", "--stack", stack).stdout))
    simulated = up(load_stack(stack, project)).graph
    assert {(r.urn, r.protect) for r in exported} == {(r.urn, r.protect) for r in simulated}
    assert found(exported) == found(simulated)


PREVIEW = ROOT / "tests" / "breakwater" / "data" / "preview.json"


def test_a_review_of_a_preview_and_of_the_code_say_the_same(pulumi: Pulumi, tmp_path: Path) -> None:
    project = tmp_path / "project"
    pulumi("stack", "init", "dev")
    pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
    old = up(load_stack("dev", project)).graph
    file = project / "Pulumi.dev.yaml"
    changed = file.read_text().replace("10.64.0.0/16", "10.99.0.0/16").replace("LOG_LEVEL: debug", "LOG_LEVEL: trace")
    file.write_text(changed)
    document = json.loads(pulumi("preview", "--stack", "dev", "--json", "--show-sames").stdout)
    committed = json.loads(PREVIEW.read_text(encoding="utf-8"))
    assert excerpt(document) == committed, "write the excerpt to tests/breakwater/data/preview.json"
    read = read_preview(json.dumps(document), project)
    code = steps_between(old, up(load_stack("dev", project)).graph)
    # The plugin never replaces, and leaves the stack's outputs out, as the engine does.
    own = {
        s.resource.urn: {c.path.partition("[")[0] for c in s.changes} for s in code if s.changes and s.resource.custom
    }
    assert {s.resource.urn: {c.path.partition("[")[0] for c in s.changes} for s in read.steps} == own


def without_made_up(graph: ResourceGraph) -> ResourceGraph:
    """Without what the plugin makes up where AWS gives defaults: numbers, lists, and texts that repeat the name."""

    def real(resource: Resource) -> Resource:
        kept = {
            key: value
            for key, value in resource.outputs.items()
            if key in resource.inputs or (isinstance(value, str) and value != f"{resource.name}.{key}")
        }
        return replace(resource, outputs=kept) if resource.custom else resource

    return ResourceGraph(map(real, graph))


def found(graph: ResourceGraph) -> dict[str, Any]:
    """What the analyses say of a graph."""
    return {
        # In which zone AWS puts a database that may be anywhere, the plugin does not say: its address is elsewhere.
        "judged": {
            (f.region, f.part, f.name): (rounded(f.value), f.target, f.limit, f.verdict)
            for f in judged(graph)
            if f.name != "addresses"
        },
        "cost": (rounded(bill(graph).total.maximum.usd), rounded(bill(graph).total.minimum.usd)),
        "unpriced": sorted((item.resource.urn, item.name) for item in bill(graph).unpriced),
        "losses": {(s.region, s.kind, s.what): s.recovery.seconds for s in assess(read(graph)).scenarios},
        # The plugin gives no names of its own, so it cannot be told what is made from them: no waits are compared.
        "timeline": timeline(graph).total,
    }


def rounded(value: float | None) -> float | None:
    """Sums of the same numbers in another order differ in the last digits."""
    return None if value is None else round(value, 6)


def test_bad_configuration_shows_the_message_and_no_traceback(pulumi: Pulumi, tmp_path: Path) -> None:
    file = tmp_path / "project" / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("role: primary", "role: primery"))
    pulumi("stack", "init", "dev")
    refused = pulumi("preview", "--stack", "dev", ok=False)
    text = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "Pulumi.dev.yaml" in text
    assert "primery" in text
    assert "Traceback" not in text
