"""The program with a stack file that a test writes."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from breakwater.graph import ResourceGraph
from breakwater.project import Stack, load_stack
from breakwater.simulator.run import preview
from tests.support import stacks

ROOT = stacks.ROOT
StackOf = Callable[..., Stack]
"""The settings' document (and a name, `any` unless told) → the stack that has it."""


@pytest.fixture(scope="session")
def stack_of(tmp_path_factory: pytest.TempPathFactory) -> StackOf:
    """In a copy of the program without its stacks; one stack at a time."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("infra", "components", "policies"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", folder)

    def write(document: Any, name: str = "any") -> Stack:
        (folder / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": {"breakwater:platform": document}}))
        return load_stack(name, folder)

    return write


@pytest.fixture(scope="session")
def prod_planned() -> ResourceGraph:
    """The plan of prod."""
    return stacks.planned("prod")


def planned(stack_of: StackOf, document: Any) -> ResourceGraph:
    """The plan of prod with these settings."""
    outcome = preview(stack_of(document, "prod"))
    assert outcome.ok, outcome.error
    return outcome.graph


def settings_document(stack: str) -> Any:
    """What a stack file of this repository says, to be changed."""
    document: Any = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    return document["config"]["breakwater:platform"]
