"""Run the unmodified program against the simulated AWS, or as a plan with unknown outputs."""

import asyncio
import contextlib
import json
import runpy
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pulumi
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import mocks, settings
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.stack import run_in_stack

from breakwater.graph import ResourceGraph, SourceLine
from breakwater.project import Stack, project_modules
from breakwater.simulator._moto import empty_cloud
from breakwater.simulator._sdk import Inline, prepared_sdk
from breakwater.simulator.aws import SimulatedAws
from breakwater.simulator.handlers import HANDLERS
from breakwater.simulator.invokes import INVOKES
from breakwater.simulator.monitor import Failure, Observer, SimulatorMonitor
from breakwater.values import Secret

TIME_LIMIT_SECONDS = 300
"""A run that takes longer hangs: the largest stack of the benchmark takes a tenth of it."""


@dataclass(frozen=True, slots=True)
class ProgramError:
    """The program itself failed: with a message of its own (bad configuration), or with an exception."""

    message: str
    source: SourceLine | None
    """The innermost line of the project that was reached, for exceptions."""
    expected: bool
    """Raised by the program as pulumi.RunError: the message is made for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run has come to."""

    graph: ResourceGraph
    failures: tuple[Failure, ...]
    error: ProgramError | None
    messages: tuple[tuple[str, str], ...]
    """Severity (`warning`, `error`) and text of what the program logged."""
    seconds: float
    calls: int
    """API calls made."""

    @property
    def ok(self) -> bool:
        """Whether everything was created."""
        return not self.failures and self.error is None


class TimeLimitExceededError(Exception):
    """A run that did not end in time; the message says where it stood."""


def preview(stack: Stack, observer: Observer | None = None, *, time_limit: float = TIME_LIMIT_SECONDS) -> Outcome:
    """Run the program as Pulumi's preview does: nothing is created, what the provider would answer is unknown."""
    return _in_thread(stack, None, observer, time_limit)


@contextlib.contextmanager
def deployed(
    stack: Stack, observer: Observer | None = None, *, time_limit: float = TIME_LIMIT_SECONDS
) -> Iterator[Outcome]:
    """Deploy the program into an empty simulated AWS that is there, for boto3 under moto's mock too, until the block
    ends."""
    with empty_cloud():
        yield _in_thread(stack, SimulatedAws(), observer, time_limit)


def up(stack: Stack, observer: Observer | None = None, *, time_limit: float = TIME_LIMIT_SECONDS) -> Outcome:
    """`deployed`, for the outcome alone."""
    with deployed(stack, observer, time_limit=time_limit) as outcome:
        return outcome


def _in_thread(stack: Stack, aws: SimulatedAws | None, observer: Observer | None, time_limit: float) -> Outcome:
    """Run in a thread of its own: Pulumi's settings are context variables, and it records the whole call stack of each
    resource, which is short there. A thread that hangs is left behind."""
    result: Future[Outcome] = Future()

    def body() -> None:
        try:
            result.set_result(_run(stack, aws, observer))
        except BaseException as error:
            result.set_exception(error)

    thread = threading.Thread(target=body, name="program", daemon=True)
    thread.start()
    thread.join(time_limit)
    if thread.is_alive():
        frame = sys._current_frames().get(thread.ident or 0)
        where = _innermost(stack.root, frame) if frame else None
        raise TimeLimitExceededError(
            f"the program did not end within {time_limit:g} s" + (f"; it stands at {where}" if where else "")
        )
    return result.result()


def _run(stack: Stack, aws: SimulatedAws | None, observer: Observer | None) -> Outcome:
    started = time.perf_counter()
    monitor = SimulatorMonitor(stack, aws, HANDLERS, INVOKES, observer)
    engine = _Engine()
    error: ProgramError | None = None
    with _event_loop() as loop, project_modules(stack.root), prepared_sdk(stack.root):
        _configure(stack, monitor, engine, preview=aws is None)
        try:
            loop.run_until_complete(run_in_stack(lambda: _execute(stack.program)))
        except pulumi.RunError as failure:
            error = ProgramError(str(failure), None, True)
        except SystemExit as failure:
            if failure.code:
                error = ProgramError(f"the program ended itself with exit code {failure.code}", None, True)
        except Exception as failure:
            message = f"{type(failure).__name__}: {failure}"
            error = ProgramError(message, _last_line(stack.root, failure), False)
    world = monitor.world
    return Outcome(
        graph=ResourceGraph(world.resources, stack=stack.name, project=stack.project),
        failures=tuple(world.failures),
        error=error,
        messages=tuple(engine.messages),
        seconds=time.perf_counter() - started,
        calls=aws.calls if aws else 0,
    )


def _execute(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


def _configure(stack: Stack, monitor: SimulatorMonitor, engine: "_Engine", *, preview: bool) -> None:
    """Point the SDK at the monitor, as its test hook `set_mocks` does, but with no stack registered yet."""
    config = {key: value if isinstance(value, str) else json.dumps(value) for key, value in stack.config.items()}
    for key, ciphertext in stack.encrypted.items():
        config[key] = f"encrypted-{Secret(ciphertext).digest}"
    pulumi_config.set_all_config(config, list(stack.encrypted))
    settings.set_root_resource(engine)  # type: ignore[arg-type]  # else set_mocks registers a stack of its own
    mocks.set_mocks(_UNUSED, project=stack.project, stack=stack.name, preview=preview, monitor=monitor)
    settings.SETTINGS.engine = engine
    settings.SETTINGS.root_directory = str(stack.root)
    settings.SETTINGS.outputs = set()
    settings.set_root_resource(None)  # type: ignore[arg-type]


_UNUSED: Any = None
"""set_mocks wants mocks for its own monitor; ours needs none."""


@dataclass(slots=True)
class _Engine:
    """Takes the program's log messages."""

    messages: list[tuple[str, str]] = field(default_factory=list)

    def Log(self, request: Any) -> None:  # noqa: N802 (the protocol's name)
        if request.severity in (engine_pb2.WARNING, engine_pb2.ERROR):
            self.messages.append(("warning" if request.severity == engine_pb2.WARNING else "error", request.message))


@contextlib.contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(Inline())
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        asyncio.set_event_loop(None)
        loop.close()


def _project_line(root: Path, filename: str, line: int | None) -> SourceLine | None:
    try:
        path = Path(filename).relative_to(root)
    except ValueError:
        return None
    return None if path.parts[0] in ("breakwater", ".venv") else SourceLine(path.as_posix(), line or 0)


def _last_line(root: Path, error: BaseException) -> SourceLine | None:
    """The innermost line of the project that an exception tells of."""
    if isinstance(error, SyntaxError) and (line := _project_line(root, error.filename or "", error.lineno)):
        return line
    lines = [_project_line(root, f.filename, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
    return next((line for line in reversed(lines) if line), None)


def _innermost(root: Path, frame: FrameType) -> SourceLine | None:
    at: FrameType | None = frame
    while at is not None:
        if line := _project_line(root, at.f_code.co_filename, at.f_lineno):
            return line
        at = at.f_back
    return None
