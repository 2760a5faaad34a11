"""Pulumi's SDK as a simulation needs it: the same order in every run, and no time lost."""

import asyncio
import contextlib
import gc
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import pulumi
from pulumi import output as pulumi_output
from pulumi.output import _OutputData
from pulumi.runtime import known_types, rpc, settings
from pulumi.runtime import resource as pulumi_resource
from pulumi.runtime import stack as pulumi_stack
from pulumi.runtime.proto import source_pb2

from breakwater.simulator import _lazy_aws


class Inline(ThreadPoolExecutor):
    """Runs each call at once on the caller's thread: no switching, and the same order in every run."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextlib.contextmanager
def _rare_collection() -> Iterator[None]:
    """The garbage collector's usual passes over a heap that only grows take three tenths of a run."""
    usual = gc.get_threshold()
    gc.set_threshold(20_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextlib.contextmanager
def prepared_sdk(root: Path) -> Iterator[None]:
    """The SDK with the same order in every run, and without what costs time or memory and serves nothing here: a wait
    for outputs that looks at all of them again whenever one is done; the whole call stack of each resource with its
    source text, of which only the program's own lines are wanted; the modules of AWS's classes that nobody uses."""
    _lazy_aws.install()
    with (
        _rare_collection(),
        patch.object(pulumi_stack, "wait_for_rpcs", _wait_for_rpcs),
        patch.object(pulumi_resource, "_get_stack_trace", lambda: _stack_trace(str(root))),
        patch.object(pulumi.Resource, "__hash__", _numbered()),
        patch.object(rpc, "transfer_properties", _transfer_properties),
        patch.object(pulumi.Output, "_track", _track),
        patch.object(pulumi_output, "contains_unknowns", _contains_unknowns),
        patch.object(rpc, "contains_unknowns", _contains_unknowns),
    ):
        yield


Resolver = Callable[[Any, bool, bool, "set[pulumi.Resource]", "Exception | None"], None]


def _transfer_properties(resource: pulumi.Resource, properties: Iterable[str], custom: bool) -> dict[str, Resolver]:
    """As the SDK's own, but each property waits for one future, as the SDK has it for urn and id, and not for four and
    a task that puts them together: most properties are never asked for."""
    resolvers: dict[str, Resolver] = {}
    for name in properties:
        if name == "urn" or (name == "id" and custom):
            continue
        data: asyncio.Future[_OutputData[Any]] = asyncio.Future()
        resolvers[name] = partial(_resolve, resource, data)
        vars(resource)[name] = pulumi.Output._from_data(data)
    return resolvers


def _resolve(
    resource: pulumi.Resource,
    data: "asyncio.Future[_OutputData[Any]]",
    value: Any,
    known: bool,
    secret: bool,
    dependencies: set[pulumi.Resource] | None,
    failed: Exception | None,
) -> None:
    if failed is None:
        data.set_result(_OutputData({*(dependencies or ()), resource}, value, known, secret))
    else:
        data.set_exception(failed)


def _track(output: pulumi.Output[Any]) -> None:
    """As the SDK's own, without its lock and without looking for the set a second time: there is one thread."""
    outputs = settings.SETTINGS.outputs
    outputs.add(output._data)
    output._data.add_done_callback(partial(_forget, outputs))


def _forget(outputs: "set[asyncio.Future[Any]]", done: "asyncio.Future[Any]") -> None:
    """What has failed or was cancelled is left, to be found at the end."""
    if not done.cancelled() and done.exception() is None:
        outputs.discard(done)


def _contains_unknowns(value: Any) -> bool:
    """As the SDK's own, which makes for each value a function that refers to itself: work for the garbage collector."""
    return _unknown_within(value, set()) if isinstance(value, (dict, list)) else known_types.is_unknown(value)


def _unknown_within(value: Any, seen: set[int]) -> bool:
    if id(value) in seen:
        return False
    if not isinstance(value, (dict, list)):
        return known_types.is_unknown(value)
    seen.add(id(value))
    items = (value[key] for key in value) if isinstance(value, dict) else value
    return any(_unknown_within(item, seen) for item in items)


def _numbered() -> Callable[[pulumi.Resource], int]:
    """A hash that counts: the SDK keeps resources in sets, whose order would follow their addresses in memory."""
    numbers = itertools.count()

    def number(self: pulumi.Resource) -> int:
        found: int = self.__dict__.setdefault("_simulated_number", next(numbers))
        return found

    return number


def _stack_trace(root: str) -> source_pb2.StackTrace:
    """The program's lines on the stack, innermost first, above the constructors of the resource that is registered."""
    frame: FrameType | None = sys._getframe(2)
    constructors = 0
    while frame is not None and constructors < _CONSTRUCTORS:
        constructors += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    frames = []
    while frame is not None:
        if frame.f_code.co_filename.startswith(root):
            position = source_pb2.SourcePosition(uri=_uri(frame.f_code.co_filename), line=frame.f_lineno)
            frames.append(source_pb2.StackFrame(pc=position))
        frame = frame.f_back
    return source_pb2.StackTrace(frames=frames)


@cache
def _uri(file: str) -> str:
    return Path(file).as_uri()


_CONSTRUCTORS = 3
"""Of Resource, of CustomResource or ComponentResource, and of the class itself; the line that called it is wanted."""


async def _wait_for_rpcs(await_all_outstanding_tasks: bool = True) -> None:
    """As the SDK's own: until no registration and no output is outstanding; the first exception of one is raised."""
    manager, outputs = settings.SETTINGS.rpc_manager, settings.SETTINGS.outputs
    while manager.rpcs or (await_all_outstanding_tasks and outputs):
        while manager.rpcs:
            await asyncio.sleep(0)
            await manager.rpcs.pop()
        if manager.unhandled_exception is not None:
            raise manager.unhandled_exception.with_traceback(manager.exception_traceback)
        pending = list(outputs) if await_all_outstanding_tasks else []
        outputs.difference_update(pending)
        for output in pending:
            await output
