"""What holds for every stack: the plan lists what is deployed, and two runs give the same bytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from breakwater.policy_check import check
from breakwater.project import load_stack
from tests.support.stacks import ROOT, STACKS, deployed, planned


@pytest.mark.parametrize("stack", STACKS)
def test_the_plan_with_unknowns_lists_what_is_deployed(stack: str) -> None:
    outcome = deployed(stack)
    assert [(r.urn, r.provider, r.protect) for r in sorted(planned(stack), key=lambda r: r.urn)] == [
        (r.urn, r.provider, r.protect) for r in sorted(outcome.graph, key=lambda r: r.urn)
    ]
    assert outcome.messages == ()


@pytest.mark.parametrize("stack", STACKS)
def test_two_deployments_give_the_same_bytes(stack: str, tmp_path: Path) -> None:
    """Here and in a process with other addresses and other hashes of strings, which the order of a set follows."""
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    subprocess.run(
        [sys.executable, "-m", "breakwater.cli", "up", stack, "--graph", str(tmp_path / "graph")],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed},
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert (tmp_path / "graph").read_text(encoding="utf-8") == deployed(stack).graph.to_json()


@pytest.mark.parametrize("stack", STACKS)
def test_no_policy_is_violated_in_the_plan_either(stack: str) -> None:
    result = check(load_stack(stack, ROOT), planned(stack))
    assert result.rules
    assert not result.violations
