"""The stacks of this repository, deployed and planned once in each process for all who only look at the outcome."""

from functools import cache
from pathlib import Path

from breakwater.graph import ResourceGraph
from breakwater.project import load_stack
from breakwater.simulator import run

ROOT = Path(__file__).parents[2]
STACKS = sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml"))
EXAMPLES = sorted(str(file.parent.relative_to(ROOT)) for file in ROOT.glob("examples/*/Pulumi.*.yaml"))


@cache
def deployed(stack: str) -> run.Outcome:
    """What `breakwater up` comes to."""
    outcome = run.up(load_stack(stack, ROOT))
    assert outcome.ok, outcome.error or outcome.failures
    return outcome


@cache
def planned(stack: str) -> ResourceGraph:
    """The plan with unknown outputs."""
    outcome = run.preview(load_stack(stack, ROOT))
    assert outcome.ok, outcome.error or outcome.failures
    return outcome.graph
