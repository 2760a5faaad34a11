"""The runs behind the verbs of the command line: a plan, a deployment, a deployment compared with another."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from breakwater.analysis.judging import judged
from breakwater.graph import ResourceGraph
from breakwater.policy_check import PolicyResult, check
from breakwater.progress import Progress
from breakwater.project import ProjectError, Stack
from breakwater.rendering import make_console
from breakwater.report import Report
from breakwater.review.diff import compare
from breakwater.revision import find_revision, stack_at
from breakwater.simulator.run import Outcome, preview, up

_STACK_FILE_VARIABLE = "BREAKWATER_STACK_FILE"
"""Tells the program, which gets values only, the file they are from: it names the line of a setting that it refuses."""


@contextlib.contextmanager
def described(stack: Stack) -> Iterator[None]:
    """Tell the program its stack file, and print what it prints to stderr: stdout is for the result."""
    before = os.environ.get(_STACK_FILE_VARIABLE)
    os.environ[_STACK_FILE_VARIABLE] = str(stack.file)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        del os.environ[_STACK_FILE_VARIABLE]
        if before is not None:
            os.environ[_STACK_FILE_VARIABLE] = before


@contextlib.contextmanager
def running(stack: Stack, title: str) -> Iterator[Progress]:
    """`described`, with the progress on stderr."""
    with described(stack), Progress(make_console(stderr=True), title) as progress:
        yield progress


def reported(
    command: str,
    stack: Stack,
    outcome: Outcome,
    progress: Progress,
    started: float,
    *,
    before: ResourceGraph | None = None,
    against: str | None = None,
    plan: bool = False,
) -> Report:
    """A run, what policies and targets say of it and how it differs from `before`, unless the program broke off."""
    complete = outcome.error is None
    return Report(
        command=command,
        outcome=outcome,
        policies=check(stack, outcome.graph) if complete else PolicyResult(0, ()),
        judged=judged(outcome.graph) if outcome.ok and not plan else (),
        difference=compare(before, outcome.graph) if complete and before is not None else None,
        against=against,
        seconds=time.perf_counter() - started,
        resource_seconds=progress.seconds,
    )


def planned(stack: Stack, started: float) -> Report:
    """A plan: nothing is created, outputs are unknown."""
    with running(stack, f"Planning {stack.name}") as progress:
        outcome = preview(stack, progress)
    return reported("preview", stack, outcome, progress, started, plan=True)


def compared_with_file(stack: Stack, file: Path, started: float) -> Report:
    """A deployment against a graph file."""
    try:
        before = ResourceGraph.read(file)
    except ValueError as error:
        raise ProjectError(str(error)) from error
    if len(before) and (before.project, before.stack) != (stack.project, stack.name):
        raise ProjectError(
            f"{file} holds the stack {before.stack!r} of project {before.project!r}, "
            f"not {stack.name!r} of {stack.project!r}: nothing in it has the same identity"
        )
    return _compared(stack, before, str(file), started)


def compared_with_revision(stack: Stack, name: str, started: float) -> Report:
    """A deployment against that of program and stack file as they were at a Git revision."""
    revision = find_revision(stack.root, name)
    with stack_at(stack, revision) as old:
        if old is None:
            return _compared(stack, ResourceGraph(()), f"{revision}, which has no {stack.file.name}", started)
        with running(old, f"Simulating {stack.name} at {revision}") as progress:
            outcome = up(old, progress)
    if outcome.error:
        at = f" ({outcome.error.source})" if outcome.error.source else ""
        raise ProjectError(f"revision {revision} does not run, so nothing can be compared: {outcome.error.message}{at}")
    failed = sum(not f.skipped for f in outcome.failures)
    against = f"{revision}, where {failed} resources failed" if failed else str(revision)
    return _compared(stack, outcome.graph, against, started)


def _compared(stack: Stack, before: ResourceGraph, against: str, started: float) -> Report:
    with running(stack, f"Simulating {stack.name}") as progress:
        outcome = up(stack, progress)
    return reported("preview", stack, outcome, progress, started, before=before, against=against)
