"""The fixture that deploys a test's program."""

import contextlib
from collections.abc import Iterator

import pytest

from breakwater.project import Stack
from tests.simulator.support import Program, Simulate, World, simulated, write_function_project


@pytest.fixture(scope="session")
def function_project(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A project whose program is the test's function."""
    return write_function_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def simulate(function_project: Stack) -> Iterator[Simulate]:
    """Deploys a program given as a function; the simulated AWS is there until the test ends."""
    with contextlib.ExitStack() as stack:

        def run(program: Program, *, fails: bool = False) -> World:
            return stack.enter_context(simulated(function_project, program, fails=fails))

        yield run
