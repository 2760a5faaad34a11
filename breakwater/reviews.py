"""From a stack, and what it is compared with, to its review: deployments, previews, exports."""

import importlib
import multiprocessing
import pickle
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from breakwater.graph import STACK_TYPE, ResourceGraph, SourceLine
from breakwater.policy_check import PolicyResult, check
from breakwater.project import ProjectError, Stack, find_root, load_stack
from breakwater.review.model import NO_POLICIES, Failure, Review
from breakwater.review.reviewing import EMPTY, Inputs, review
from breakwater.review.rules import Rules, RulesError, rules_from
from breakwater.revision import extracted, find_revision
from breakwater.runs import described, running
from breakwater.values import contains_unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two stacks that are compared; a graph of nothing where there is no such stack."""

    graph: ResourceGraph = EMPTY
    policies: PolicyResult = NO_POLICIES
    failures: tuple[Failure, ...] = ()
    diagnostics: tuple[tuple[str, str], ...] = ()
    error: str = ""
    error_source: SourceLine | None = None
    production: bool = False
    """Whether the stack is of class production, or nothing says of which."""
    rules: Any = None
    """What the stack file says of the verdict's rules."""


def review_of_revision(name: str, directory: Path, base: str) -> Review:
    """The stack as it is now against program and stack file of a Git revision; either may have no such stack."""
    stack, problem = _stack_now(name, directory)
    root = stack.root if stack else find_root(directory)
    revision = find_revision(root, base)
    with extracted(root, revision) as folder:
        old = _stack_then(name, folder, stack, directory, root)
        found = stack or old
        if found is None:
            raise ProjectError(problem)
        with _beside(lambda: _deployed(old, f"{name} at {revision}", shown=False) if old else Side()) as of_base:
            now = _deployed(stack, stack.name, shown=True) if stack else _gone(problem)
            before = of_base()
    against = str(revision) if old else f"{revision}, which has no {found.file.name}"
    return review_of_sides(found, before, now, against)


def _stack_now(name: str, directory: Path) -> tuple[Stack | None, str]:
    """The stack, or why there is none."""
    try:
        return load_stack(name, directory), ""
    except ProjectError as error:
        return None, str(error)


def _stack_then(name: str, folder: Path, stack: Stack | None, directory: Path, root: Path) -> Stack | None:
    """The stack as it was; a stack file outside the project's folder belongs to no revision, and is used as it is."""
    if stack is not None:
        inside = stack.file.is_relative_to(root)
        file = folder / stack.file.relative_to(root) if inside else stack.file
        return load_stack(str(file), folder) if file.is_file() else None
    try:
        return load_stack(name, folder / directory.resolve().relative_to(root))
    except ProjectError:
        return None


def _gone(problem: str) -> Side:
    """A stack file that is gone is a stack to be removed; one that cannot be read is a change that fails."""
    return Side() if "there is no" in problem or "stack files" in problem else Side(error=problem)


def _deployed(stack: Stack, title: str, *, shown: bool) -> Side:
    from breakwater.simulator.run import up

    if shown:
        with running(stack, f"Simulating {title}") as progress:
            outcome = up(stack, progress)
    else:
        with described(stack):
            outcome = up(stack)
    return side_of(stack, outcome)


@contextmanager
def _beside(work: Callable[[], Side]) -> Iterator[Callable[[], Side]]:
    """Do the work in a process of its own meanwhile; afterwards here, where a process with threads cannot be forked."""
    if threading.active_count() > 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield work
        return
    importlib.import_module("breakwater.simulator.run")  # once for both
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(work, sender), daemon=True)
    process.start()
    sender.close()

    def result() -> Side:
        found = pickle.loads(receiver.recv_bytes())  # noqa: S301 (of this process's own child)
        if isinstance(found, BaseException):
            raise found
        side: Side = found
        return side

    try:
        yield result
    finally:
        receiver.close()
        process.terminate()
        process.join()


def _send(work: Callable[[], Side], sender: Any) -> None:
    try:
        found: Any = work()
    except Exception as error:
        found = error
    sender.send_bytes(pickle.dumps(found))


def side_of(stack: Stack, outcome: Any) -> Side:
    """A deployment, with what the stack's policies say of it."""
    error = outcome.error
    return Side(
        graph=outcome.graph,
        policies=check(stack, outcome.graph) if error is None else NO_POLICIES,
        failures=tuple(
            Failure(f"{f.type}::{f.name}: {f.reason}", f.source or next(iter(f.callers), None))
            for f in outcome.failures
            if not f.skipped
        ),
        diagnostics=outcome.messages,
        error=error.message if error else "",
        error_source=(error.source or _line_of(error.message)) if error else None,
        production=is_production(stack),
        rules=stack.config.get(_key(stack)),
    )


def _line_of(message: str) -> SourceLine | None:
    """The line of a stack file that a refusal names first."""
    found = re.search(r"^([\w./-]+\.ya?ml):(\d+):", message, re.MULTILINE)
    return SourceLine(found[1], int(found[2])) if found else None


def side_of_graph(stack: Stack, graph: ResourceGraph) -> Side:
    """What a file holds, with what the stack's policies say of it."""
    policies = check(stack, graph) if len(graph) else NO_POLICIES
    return Side(graph=graph, policies=policies, production=is_production(stack), rules=stack.config.get(_key(stack)))


def review_of_sides(stack: Stack, before: Side, after: Side, against: str) -> Review:
    """The review of one stack against another, by the rules of the first: a change does not judge itself."""
    error, source = after.error, after.error_source
    if before.error and not error:
        at = f" ({before.error_source})" if before.error_source else ""
        error = f"{against} does not run, so nothing can be compared: {before.error}{at}"
    if before.failures:
        against = f"{against}, where {len(before.failures)} resources failed"
    judging = before if len(before.graph) else after
    rules, problem = rules_of(stack, judging.rules)
    if not error and after is not judging and len(after.graph):
        problem = problem or rules_of(stack, after.rules)[1]
    return review(
        Inputs(
            stack=stack.name,
            project=stack.project,
            against=against,
            before=before.graph,
            after=after.graph,
            production=before.production or after.production,
            policies_before=before.policies,
            policies=after.policies,
            failures=after.failures,
            diagnostics=after.diagnostics,
            error=error or problem,
            error_source=source,
            rules_changed=bool(len(before.graph) and len(after.graph)) and before.rules != after.rules,
        ),
        rules,
    )


def review_of_preview(stack: Stack, file: Path) -> Review:
    """What `pulumi preview --json --show-sames` wrote; one that broke off is a review that says so."""
    from breakwater.review.previews import PreviewError, read_preview

    rules, problem = rules_of(stack, stack.config.get(_key(stack)))
    inputs = Inputs(
        stack=stack.name,
        project=stack.project,
        against="the state of the stack",
        production=is_production(stack),
        steps=(),
        error=problem,
    )
    try:
        preview = read_preview(_text(file), stack.root)
    except PreviewError as error:
        return review(replace(inputs, error=problem or f"{file}: {error}"), rules)
    named = preview.before if len(preview.before) else preview.after
    if len(named) and (named.project, named.stack) != (stack.project, stack.name):
        raise ProjectError(f"{file} previews {_names(named)}, not the stack {stack.name!r} of {stack.project!r}")
    after = preview.after if preview.error else _with_outputs(preview.after, stack)
    return review(
        replace(
            inputs,
            before=preview.before,
            after=after,
            steps=preview.steps,
            policies_before=side_of_graph(stack, preview.before).policies,
            policies=side_of_graph(stack, after).policies,
            diagnostics=preview.diagnostics,
            error=problem or preview.error,
            error_source=preview.error_source,
        ),
        rules,
    )


def _with_outputs(graph: ResourceGraph, stack: Stack) -> ResourceGraph:
    """With those of the stack's outputs that a plan of the program knows: a preview in JSON tells none of them.

    Among them are the targets that the stack is judged by.
    """
    from breakwater.simulator.run import preview

    with described(stack):
        outputs = preview(stack).graph.outputs
    known = {key: value for key, value in outputs.items() if not contains_unknown(value)}
    resources = (replace(r, outputs={**r.outputs, **known}) if r.type == STACK_TYPE else r for r in graph)
    return ResourceGraph(resources, stack=graph.stack, project=graph.project)


def review_of_exports(stack: Stack, before: Path, after: Path | None) -> Review:
    """A file of `pulumi stack export` or `up --graph` against another; against the stack's deployment without one."""
    sides = [side_of_graph(stack, _read(stack, file)) for file in (before, after) if file]
    now = sides[1] if after else _deployed(stack, stack.name, shown=True)
    return review_of_sides(stack, sides[0], now, before.name)


def _read(stack: Stack, file: Path) -> ResourceGraph:
    try:
        graph = ResourceGraph.read(file)
    except ValueError as error:
        raise ProjectError(str(error)) from error
    if len(graph) and (graph.project, graph.stack) != (stack.project, stack.name):
        raise ProjectError(f"{file} holds {_names(graph)}, not the stack {stack.name!r} of {stack.project!r}")
    return graph


def _names(graph: ResourceGraph) -> str:
    return f"the stack {graph.stack!r} of project {graph.project!r}"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ProjectError(f"{file}: {error.strerror}") from error


def digest_of_preview(file: Path, directory: Path) -> str:
    """The digest of what a preview would do, and to what; ProjectError where it would fail."""
    from breakwater.review.digest import digest
    from breakwater.review.previews import PreviewError, read_preview

    try:
        preview = read_preview(_text(file), directory)
    except PreviewError as error:
        raise ProjectError(f"{file}: {error}") from error
    if preview.error:
        raise ProjectError(f"{file}: the preview failed: {preview.error}")
    return digest(preview.steps, preview.before)


def is_production(stack: Stack) -> bool:
    """Whether the stack is of class production; also where nothing says."""
    platform: Any = stack.config.get(f"{stack.project}:platform")
    named = platform.get("class") if isinstance(platform, dict) else None
    return named in (None, "production")


def rules_of(stack: Stack, document: Any) -> tuple[Rules, str]:
    """The rules of the verdict, with what a stack file changes; what is wrong with it, if anything."""
    try:
        return rules_from(document, _key(stack)), ""
    except RulesError as error:
        return Rules(), "\n".join(f"{stack.file.name}: {line}" for line in str(error).splitlines())


def _key(stack: Stack) -> str:
    return f"{stack.project}:review"
