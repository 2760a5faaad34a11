"""Changes of a stack file or of the program, and the review of each."""

import functools
import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from breakwater.project import ProjectError, load_stack
from breakwater.review.model import Review, Verdict
from breakwater.reviews import Side, review_of_sides, side_of
from breakwater.simulator.run import up
from tests.support.stacks import ROOT

STACK = "Pulumi.shop.yaml"
"""The stack that is changed."""


class Edit(NamedTuple):
    """A text of a file, which occurs there exactly once, and what takes its place."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """What somebody does to the program, and what the report of it must say."""

    name: str
    edits: tuple[Edit, ...] = ()
    """From the repository's program and the stack file beside this module to what is reviewed."""
    before: tuple[Edit, ...] = ()
    """From the same to what it is compared with; most changes are compared with just that."""
    verdict: Verdict
    must: tuple[str, ...] = ()
    """What lines of the Markdown have; `…` is anything within a line."""
    must_not: tuple[str, ...] = ()
    """What no line has."""
    longest: int = 4_000
    """Bytes of the report, at most, without its diagram."""
    empty: bool = False
    """Whether there is nothing that would happen."""


def stack(old: str, new: str) -> Edit:
    """An edit of the stack file."""
    return Edit(STACK, old, new)


def reviewed(change: Change) -> Review:
    """What `breakwater review` says of a change."""
    return review_of_sides(load_stack("shop", _project()), _before(change.before), _side(change.edits), "main")


@functools.cache
def _before(edits: tuple[Edit, ...]) -> Side:
    side = _side(edits)
    assert not side.error, side.error
    assert not side.failures, side.failures
    return side


def _side(edits: tuple[Edit, ...]) -> Side:
    folder = _project()
    with _edited(folder, edits):
        try:
            loaded = load_stack("shop", folder)
        except ProjectError as error:
            return Side(error=str(error))
        return side_of(loaded, up(loaded))


@functools.cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="breakwater-changes-")


@functools.cache
def _project() -> Path:
    """A copy of the program, with the one stack; for as long as the tests run."""
    folder = Path(_folder().name).resolve()
    for name in ("infra", "components", "policies"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    shutil.copy(Path(__file__).with_name(STACK), folder)
    return folder


@contextmanager
def _edited(folder: Path, edits: tuple[Edit, ...]) -> Iterator[None]:
    originals = {edit.file: (folder / edit.file).read_text() for edit in edits}
    try:
        for edit in edits:
            text = (folder / edit.file).read_text()
            times = text.count(edit.old)
            assert times == 1, f"{edit.file} has {edit.old!r} {times} times: name what the change is made to anew"
            _write(folder / edit.file, text.replace(edit.old, edit.new))
        yield
    finally:
        for file, text in originals.items():
            _write(folder / file, text)


def _write(file: Path, text: str) -> None:
    """Also what Python compiled goes: two edits within a second, of one length, look the same to it."""
    file.write_text(text)
    if file.suffix == ".py":
        Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)
