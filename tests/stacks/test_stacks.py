"""What holds for every stack: the plan lists what is deployed, and two runs give the same bytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from breakwater.policy_check import check
from breakwater.project import load_stack
from breakwater.simulator.run import preview, up

ROOT = Path(__file__).parents[2]
STACKS = sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml"))


@pytest.mark.parametrize("stack", STACKS)
def test_the_plan_with_unknowns_lists_what_is_deployed(stack: str) -> None:
    planned, deployed = preview(load_stack(stack, ROOT)), up(load_stack(stack, ROOT))
    assert planned.ok
    assert deployed.ok
    assert [(r.urn, r.provider, r.protect) for r in sorted(planned.graph, key=lambda r: r.urn)] == [
        (r.urn, r.provider, r.protect) for r in sorted(deployed.graph, key=lambda r: r.urn)
    ]
    assert deployed.messages == ()


@pytest.mark.parametrize("stack", STACKS)
def test_two_deployments_give_the_same_bytes(stack: str, tmp_path: Path) -> None:
    """In processes with other addresses and other hashes of strings, which the order of a set follows."""
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-m", "breakwater.cli", "up", stack, "--graph", str(tmp_path / seed)],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            timeout=120,
        )
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


@pytest.mark.parametrize("stack", STACKS)
def test_no_policy_is_violated_in_the_plan_either(stack: str) -> None:
    result = check(load_stack(stack, ROOT), preview(load_stack(stack, ROOT)).graph)
    assert result.rules
    assert not result.violations
