"""Any configuration that is accepted deploys: all resources, no violated rule, the same ones in the plan."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from breakwater.policy_check import check
from breakwater.project import load_stack
from breakwater.simulator.run import Outcome, preview, up
from tests.support import configurations

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program without its stacks."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("infra", "components", "policies"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    return folder


def deployed(project: Path, document: Any) -> Outcome:
    stack = project / "Pulumi.any.yaml"
    stack.write_text(yaml.safe_dump({"config": {"breakwater:platform": document}}))
    return up(load_stack("any", project))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configurations.documents())
def test_what_is_accepted_deploys(project: Path, document: configurations.Document) -> None:
    outcome = deployed(project, document)
    assert outcome.error is None
    assert outcome.failures == ()
    stack = load_stack("any", project)
    assert check(stack, outcome.graph).violations == ()
    assert {r.urn for r in preview(stack).graph} == {r.urn for r in outcome.graph}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configurations.broken_documents())
def test_what_is_broken_is_refused_before_anything_is_registered(project: Path, broken: tuple[Any, Any]) -> None:
    outcome = deployed(project, broken[0])
    assert outcome.error is not None
    assert outcome.error.expected
    assert "Pulumi.any.yaml" in outcome.error.message
    assert outcome.graph.cloud == ()
