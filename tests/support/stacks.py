"""The stacks of this repository, deployed and planned once in each process for all who only look at the outcome."""

import contextlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from breakwater.graph import ResourceGraph
from breakwater.project import load_stack
from breakwater.simulator import run

ROOT = Path(__file__).parents[2]
STACKS = sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml"))
EXAMPLES = sorted(str(file.parent.relative_to(ROOT)) for file in ROOT.glob("examples/*/Pulumi.*.yaml"))


def deployed(stack: str) -> run.Outcome:
    """What `breakwater up` comes to."""
    if stack not in _DEPLOYED:
        with alive(stack):
            pass
    return _DEPLOYED[stack]


@contextlib.contextmanager
def alive(stack: str) -> Iterator[run.Outcome]:
    """The same, while the simulated AWS is there for boto3 under moto's mock."""
    with run.deployed(load_stack(stack, ROOT)) as outcome:
        assert outcome.ok, outcome.error or [f for f in outcome.failures if not f.skipped]
        _DEPLOYED.setdefault(stack, outcome)
        yield outcome


_DEPLOYED: dict[str, run.Outcome] = {}


@cache
def planned(stack: str) -> ResourceGraph:
    """The plan with unknown outputs."""
    outcome = run.preview(load_stack(stack, ROOT))
    assert outcome.ok, outcome.error or outcome.failures
    return outcome.graph
