"""The command `breakwater`: one function per verb. What takes long to import is imported by the verb that needs it."""

import contextlib
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from breakwater import operating, reviewing
from breakwater.telling import FAILED
from breakwater.telling import print_json as _print_json
from breakwater.telling import told as _told

if TYPE_CHECKING:
    from breakwater.graph import ResourceGraph
    from breakwater.project import Stack
    from breakwater.report import Report
    from breakwater.simulator.run import Outcome
    from breakwater.tables import Assessment

app = typer.Typer(
    help="Simulate, plan and compare the project's stacks; no cloud account, no installation of Pulumi. "
    "bootstrap, smoke, comment and drift speak with AWS and GitHub.\n\n"
    "Exit codes: 0 all is well, 1 a resource, a mandatory policy, a target or the program failed, "
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
  targets     judged (their number, with the limits), problems: what is missed, with numbers and remedy
  messages    warnings and errors the program logged: severity, text
  outputs     the stack's outputs; a secret is "[secret]"
  totals      resources, components, regions (resources in each), calls, seconds
  changes     of a comparison: against, added, changed (properties: path, before, after), renamed, removed
"""

_ANALYSIS_JSON_HELP = """\b
With --json, stdout holds one object and nothing else:
  command, stack, project   strings
  ok          whether the exit code is 0
  error       null, or message, kind (configuration, program) and source (file:line or null)
  problems    why the stack is refused, with numbers and remedy
and what the command found.
"""

StackArgument = Annotated[
    str, typer.Argument(metavar="STACK", help="Name (dev, prod), stack file, or folder with one stack file.")
]
SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A stack as for `up`, or a graph file (.json) of `up --graph` or `pulumi stack export`; - for stdin.",
    ),
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
        from breakwater.runs import reported, running
        from breakwater.simulator.run import deployed

        with running(loaded, f"Simulating {loaded.name}") as progress:
            outcome = resources.enter_context(deployed(loaded, progress))
        report = reported("up", loaded, outcome, progress, started)
        _show(report, as_json)
        if graph is not None:
            _write(graph, outcome)
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
            raise typer.BadParameter("--against and --base exclude each other: there is one thing to compare with")
        loaded = _load(stack)
        from breakwater import runs

        if against is not None:
            report = runs.compared_with_file(loaded, against, started)
        elif base is not None:
            report = runs.compared_with_revision(loaded, base, started)
        else:
            report = runs.planned(loaded, started)
        _show(report, as_json)
        raise typer.Exit(report.exit_code)


@app.command()
def diagram(source: SourceArgument) -> None:
    """Draw the stack, as it comes out in a simulated AWS: a Mermaid flowchart on stdout."""
    with _told("diagram", source, as_json=False):
        graph = _graph("diagram", source, as_json=False)
        from breakwater.diagram import mermaid

        print(mermaid(graph), end="", flush=True)


@app.command(epilog=_ANALYSIS_JSON_HELP)
def capacity(
    source: SourceArgument,
    backlog: Annotated[
        int | None, typer.Option(min=1, metavar="MESSAGES", help="Also tell how long each queue needs for so many.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what the stack can carry: requests, messages, users, connections, memory, addresses, quotas.

    Exit code 1 where a target is not met, or connections, messages in flight or addresses would run out at
    autoscaling's own maximum.
    """
    with _told("capacity", source, as_json):
        from breakwater.tables.capacity import assess

        _assess("capacity", source, as_json, lambda graph: assess(graph, backlog))


@app.command(epilog=_ANALYSIS_JSON_HELP)
def resilience(source: SourceArgument, as_json: JsonOption = False) -> None:
    """Say what is left, lost and how long it takes when something fails; refuse a stack that misses its targets."""
    with _told("resilience", source, as_json):
        from breakwater.tables.resilience import of

        _assess("resilience", source, as_json, of)


@app.command(epilog=_ANALYSIS_JSON_HELP)
def cost(source: SourceArgument, as_json: JsonOption = False) -> None:
    """Tell what the stack costs: by the month, by use, for each deployment; and what has no price.

    Exit code 1 where targets.monthly_usd is not met at autoscaling's maximum, without what is billed by use.
    """
    with _told("cost", source, as_json):
        from breakwater.tables.cost import assess

        _assess("cost", source, as_json, assess)


@app.command(epilog=_ANALYSIS_JSON_HELP)
def timeline(source: SourceArgument, as_json: JsonOption = False) -> None:
    """Say how long a first deployment takes, its critical path, and what it waits for without need."""
    with _told("timeline", source, as_json):
        from breakwater.tables.timeline import assess

        _assess("timeline", source, as_json, assess)


@app.command(epilog=_ANALYSIS_JSON_HELP)
def permissions(source: SourceArgument, as_json: JsonOption = False) -> None:
    """Tell who may do what on which resource under which conditions; what is broad comes first.

    Wildcards are expanded, and what is denied or beyond a permissions boundary is left out. It refuses nothing.
    """
    with _told("permissions", source, as_json):
        from breakwater.tables.permissions import assess

        _assess("permissions", source, as_json, assess)


@app.command(epilog=_ANALYSIS_JSON_HELP)
def exposure(source: SourceArgument, as_json: JsonOption = False) -> None:
    """List every network path from the internet, between tiers and to the internet, and rules without effect."""
    with _told("exposure", source, as_json):
        from breakwater.tables.exposure import assess

        _assess("exposure", source, as_json, assess)


@app.command()
def schema(
    report: Annotated[
        bool, typer.Option("--report", help="Of the report of a review instead, its report.json.")
    ] = False,
) -> None:
    """Print the JSON schema of the stack files' configuration."""
    with _told("schema", "", as_json=False):
        if report:
            from breakwater.review.rendering import report_schema

            print(json.dumps(report_schema(), indent=2, ensure_ascii=False))
            return
        from breakwater.project import ProjectError, find_root, load_project, program_folder, project_modules

        root = find_root(Path.cwd())
        program = program_folder(root, load_project(root))
        module = ".".join((*program.relative_to(root).parts, "settings"))
        with project_modules(root):
            try:
                settings = importlib.import_module(module)
                make = settings.stack_schema
                if not Path(settings.__file__ or "").is_relative_to(root):
                    raise AttributeError("there is no such module in it")
            except (ModuleNotFoundError, AttributeError) as error:
                problem = f"{root}: this project describes no settings ({module}.stack_schema): {error}"
                raise ProjectError(problem) from error
            from breakwater.review.rules import with_rules

            document = with_rules(make(), load_project(root)["name"])
            print(json.dumps(document, indent=2, ensure_ascii=False))


operating.register(app)
reviewing.register(app)


def main() -> None:
    """Entry point."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a character that cannot be shown is no reason to fail
    try:
        app(prog_name="breakwater")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:  # the reader has gone
            code = code or FAILED
        # The interpreter would first take the simulated AWS to pieces, object by object, for more than a second.
        os._exit(code)


def _load(name: str) -> "Stack":
    from breakwater.project import load_stack

    return load_stack(name, Path.cwd())


def _show(report: "Report", as_json: bool) -> None:
    from breakwater.rendering import make_console, render, render_error

    if as_json:
        _print_json(report.to_json())
    else:
        make_console().print(render(report), end="")
        sys.stdout.flush()
    if error := render_error(report):
        print(error, file=sys.stderr)


def _graph(command: str, source: str, as_json: bool) -> "ResourceGraph":
    """The graph in a file, or that of a stack's deployment in a simulated AWS; half a stack ends the command."""
    from breakwater.graph import ResourceGraph

    if source == "-" or source.endswith(".json"):
        from breakwater.project import ProjectError

        try:
            return ResourceGraph.read(Path(source)) if source != "-" else ResourceGraph.parse(sys.stdin.read())
        except ValueError as error:
            raise ProjectError(str(error)) from error
    started = time.perf_counter()
    stack = _load(source)
    from breakwater.runs import reported, running
    from breakwater.simulator.run import up as deploy

    with running(stack, f"Simulating {stack.name}") as progress:
        outcome = deploy(stack, progress)
    if not outcome.ok:
        report = reported(command, stack, outcome, progress, started)
        with contextlib.redirect_stdout(sys.stdout if as_json else sys.stderr):
            _show(report, as_json)
        raise typer.Exit(report.exit_code)
    return outcome.graph


def _assess(command: str, source: str, as_json: bool, assess: "Callable[[ResourceGraph], Assessment]") -> None:
    """Print what an analysis says of a stack, and refuse the stack where it has problems."""
    graph = _graph(command, source, as_json)
    assessment = assess(graph)
    problems = list(assessment.problems)
    if as_json:
        head = {"command": command, "stack": graph.stack, "project": graph.project, "ok": not problems, "error": None}
        _print_json(head | {"problems": problems} | assessment.to_json())
    else:
        from breakwater.rendering import make_console
        from breakwater.values import printable

        make_console().print(assessment.render())
        sys.stdout.flush()
        for problem in problems:
            print(printable(problem), file=sys.stderr)
    raise typer.Exit(FAILED if problems else 0)


def _check_writable(file: Path) -> None:
    if file.is_dir() or not os.access(file.parent, os.W_OK):
        raise typer.BadParameter(f"{file}: cannot be written; name a file in a folder that exists")


def _write(file: Path, outcome: "Outcome") -> None:
    """All or nothing: who reads the file while it is written sees the one before."""
    if not outcome.ok:
        print(f"{file}: not written, as not all of the stack is there", file=sys.stderr)
        return
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_text(outcome.graph.to_json(), encoding="utf-8")
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise typer.BadParameter(f"{file}: {error.strerror}") from error


if __name__ == "__main__":
    main()
