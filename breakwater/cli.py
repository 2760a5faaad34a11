"""The command `breakwater`: one function per verb. What takes long to import is imported by the verb that needs it."""

import contextlib
import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from breakwater.graph import ResourceGraph
    from breakwater.progress import Progress
    from breakwater.project import Stack
    from breakwater.report import Report
    from breakwater.simulator.run import Outcome

FAILED, REFUSED = 1, 2

app = typer.Typer(
    help="Simulate, plan and compare the project's stacks; no cloud account, no installation of Pulumi.\n\n"
    "Exit codes: 0 all is well, 1 a resource, a mandatory policy or the program failed, "
    "2 bad configuration or usage. A difference is no failure.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # rich alone would double the time of --help
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_JSON_HELP = """\b
With --json, stdout holds one object and nothing else:
  command, stack, project   strings
  ok          whether the exit code is 0
  error       null, or message, kind (configuration, program) and source (file:line or null)
  failures    each with urn, type, name, reason, skipped, source, callers
  policies    rules (their number), error, violations: rule, urn, type, name, message, remedy, source
  messages    warnings and errors the program logged: severity, text
  outputs     the stack's outputs; a secret is "[secret]"
  totals      resources, components, regions (resources in each), calls, seconds
  changes     of a comparison: against, added, changed (properties: path, before, after), renamed, removed
"""

StackArgument = Annotated[
    str, typer.Argument(metavar="STACK", help="Name (dev, prod), stack file, or folder with one stack file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout instead of the report.")]


@app.command(epilog=_JSON_HELP)
def up(
    stack: StackArgument,
    graph: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the result as `pulumi stack export` would; not after a failure."),
    ] = None,
    serve: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, metavar="PORT", help="Then answer as AWS at http://127.0.0.1:PORT until interrupted."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Deploy the stack into an empty simulated AWS, in this process, and report."""
    started = time.perf_counter()
    with _told("up", stack, as_json), contextlib.ExitStack() as resources:
        loaded = _load(stack)
        if graph is not None:
            _check_writable(graph)
        listener = None
        if serve is not None:
            from breakwater.serving import reserved

            listener = resources.enter_context(reserved(serve))
        from breakwater.simulator.run import deployed

        with _progress(f"Simulating {loaded.name}") as progress:
            outcome = resources.enter_context(deployed(loaded, progress))
        report = _report("up", loaded, outcome, progress, started)
        _show(report, as_json)
        if graph is not None and outcome.ok:
            _write(graph, outcome.graph.to_json())
        if listener is not None and outcome.error is None:
            from breakwater.serving import serve as answer

            answer(listener, lambda text: print(text, file=sys.stderr if as_json else sys.stdout, flush=True))
        raise typer.Exit(report.exit_code)


@app.command(epilog=_JSON_HELP)
def preview(
    stack: StackArgument,
    against: Annotated[
        Path | None,
        typer.Option(metavar="GRAPH", help="Compare with a file of `up --graph`, or of `pulumi stack export`."),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(metavar="REVISION", help="Compare with program and stack file of a Git revision, such as main."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Plan the stack with unknown outputs, or say what a change adds, changes and removes.

    A comparison deploys both sides into a simulated AWS of their own: in a plan, whatever holds an output is unknown,
    policies and container definitions too, and a change of them could not be seen. Without any it prints `No changes.`
    """
    started = time.perf_counter()
    with _told("preview", stack, as_json):
        if against is not None and base is not None:
            raise _UsageError("--against and --base exclude each other: there is one thing to compare with")
        loaded = _load(stack)
        if against is None and base is None:
            from breakwater.simulator.run import preview as plan

            with _progress(f"Planning {loaded.name}") as progress:
                outcome = plan(loaded, progress)
            report = _report("preview", loaded, outcome, progress, started)
        else:
            report = _compared(loaded, against, base, started)
        _show(report, as_json)
        raise typer.Exit(report.exit_code)


@app.command()
def schema() -> None:
    """Print the JSON schema of the stack files' configuration."""
    with _told("schema", "", as_json=False):
        from breakwater.project import ProjectError, find_root, load_project, program_folder, project_modules

        root = find_root(Path.cwd())
        program = program_folder(root, load_project(root))
        module = ".".join((*program.relative_to(root).parts, "settings"))
        with project_modules(root):
            try:
                make = importlib.import_module(module).stack_schema
            except (ModuleNotFoundError, AttributeError) as error:
                raise ProjectError(
                    f"{root}: this project describes no settings ({module}.stack_schema): {error}"
                ) from error
            print(json.dumps(make(), indent=2, ensure_ascii=False))


def main() -> None:
    """Entry point."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a terminal that cannot show a character is no reason to fail
    app(prog_name="breakwater")


class _UsageError(Exception):
    """Options that do not go together, or name what cannot be used."""


def _load(name: str) -> "Stack":
    from breakwater.project import load_stack

    return load_stack(name, Path.cwd())


@contextlib.contextmanager
def _progress(title: str) -> "Iterator[Progress]":
    """Show progress on stderr, where the program's own prints go too: stdout is for the result."""
    from breakwater.progress import Progress
    from breakwater.rendering import make_console

    with contextlib.redirect_stdout(sys.stderr), Progress(make_console(stderr=True), title) as progress:
        yield progress


def _report(
    command: str, stack: "Stack", outcome: "Outcome", progress: "Progress", started: float, **compared: Any
) -> "Report":
    from breakwater.policy_check import PolicyResult, check
    from breakwater.report import Report

    policies = PolicyResult(0, ()) if outcome.error else check(stack, outcome.graph)
    return Report(
        command=command,
        outcome=outcome,
        policies=policies,
        seconds=time.perf_counter() - started,
        resource_seconds=progress.seconds,
        **compared,
    )


def _compared(stack: "Stack", against: Path | None, base: str | None, started: float) -> "Report":
    from breakwater.graph import ResourceGraph
    from breakwater.review.diff import compare
    from breakwater.simulator.run import up as deploy

    before, name = (_read(against, stack), str(against)) if against is not None else _at(stack, base or "")
    with _progress(f"Simulating {stack.name}") as progress:
        outcome = deploy(stack, progress)
    difference = None if outcome.error else compare(before or ResourceGraph(()), outcome.graph)
    return _report("preview", stack, outcome, progress, started, against=name, difference=difference)


def _read(file: Path, stack: "Stack") -> "ResourceGraph":
    from breakwater.graph import ResourceGraph

    try:
        graph = ResourceGraph.read(file)
    except ValueError as error:
        raise _UsageError(str(error)) from error
    if (graph.project, graph.stack) != (stack.project, stack.name) and len(graph):
        raise _UsageError(
            f"{file} holds the stack {graph.stack!r} of project {graph.project!r}, "
            f"not {stack.name!r} of {stack.project!r}: nothing in it has the same identity"
        )
    return graph


def _at(stack: "Stack", name: str) -> "tuple[ResourceGraph | None, str]":
    """The world of a revision, and what it is called; None where it did not have the stack."""
    from breakwater.revision import find_revision, stack_at
    from breakwater.simulator.run import up as deploy

    revision = find_revision(stack.root, name)
    with stack_at(stack, revision) as old:
        if old is None:
            return None, f"{revision}, which has no {stack.file.name}"
        with _progress(f"Simulating {stack.name} at {revision}") as progress:
            outcome = deploy(old, progress)
    if outcome.error:
        at = f" ({outcome.error.source})" if outcome.error.source else ""
        raise _UsageError(f"revision {revision} cannot be simulated, so not compared with: {outcome.error.message}{at}")
    failed = sum(not f.skipped for f in outcome.failures)
    return outcome.graph, f"{revision}, where {failed} resources failed" if failed else str(revision)


def _show(report: "Report", as_json: bool) -> None:
    from breakwater.rendering import make_console, render, render_error

    if as_json:
        _print_json(report.to_json())
    else:
        make_console().print(render(report), end="")
        sys.stdout.flush()
    if error := render_error(report):
        print(error, file=sys.stderr)


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False), flush=True)


@contextlib.contextmanager
def _told(command: str, stack: str, as_json: bool) -> Iterator[None]:
    """Tell what stopped the command as a message, in JSON as well where that was asked for; never a traceback."""
    from breakwater.project import ProjectError
    from breakwater.serving import PortError

    try:
        yield
    except (ProjectError, PortError, _UsageError) as error:
        _stop(command, stack, as_json, str(error), REFUSED)
    except (typer.Exit, KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:
        # TimeLimitExceededError explains itself; anything else is a fault of this tool, whose line helps to find it.
        message = str(error)
        if type(error).__name__ != "TimeLimitExceededError":
            frame = traceback.extract_tb(error.__traceback__)[-1]
            message = f"{type(error).__name__}: {error} ({frame.filename}:{frame.lineno})"
        _stop(command, stack, as_json, message, FAILED)


def _stop(command: str, stack: str, as_json: bool, message: str, exit_code: int) -> NoReturn:
    from breakwater.report import error_object

    if as_json:
        error = error_object(message, exit_code)
        _print_json({"command": command, "stack": stack, "project": None, "ok": False, "error": error})
    print(message, file=sys.stderr)
    raise typer.Exit(exit_code)


def _check_writable(file: Path) -> None:
    if file.is_dir() or not os.access(file.parent, os.W_OK):
        raise _UsageError(f"{file}: cannot be written; name a file in a folder that exists")


def _write(file: Path, text: str) -> None:
    """All or nothing: who reads the file while it is written sees the one before."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _UsageError(f"{file}: {error.strerror}") from error


if __name__ == "__main__":
    main()
