"""What the review says of changes that people make: the verdict, and the lines that a reviewer needs or is spared."""

import re

import pytest

from breakwater.review.model import Verdict
from breakwater.review.rendering import render_markdown
from tests.review import access, data, harmless, running
from tests.review.changing import Change, reviewed

CHANGES = [*harmless.CHANGES, *data.CHANGES, *access.CHANGES, *running.CHANGES]
_DIAGRAM = re.compile(r"### Diagram\n\n```mermaid\n.*?\n```\n", re.DOTALL)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_change(change: Change) -> None:
    review = reviewed(change)
    report = render_markdown(review)
    told = _DIAGRAM.sub("", report)
    assert review.verdict is change.verdict, report
    assert (not review.steps and not review.reasons) is change.empty, report
    for pattern in change.must:
        assert _lines(pattern, told), f"no line has {pattern!r}:\n{report}"
    for pattern in change.must_not:
        assert not _lines(pattern, told), f"{_lines(pattern, told)} of {pattern!r}:\n{report}"
    assert len(told.encode()) <= change.longest, report


def test_changes_are_enough_and_distinct() -> None:
    assert len(CHANGES) >= 25
    assert len({change.name for change in CHANGES}) == len(CHANGES)
    assert {change.verdict for change in CHANGES} == set(Verdict)


def _lines(pattern: str, text: str) -> list[str]:
    wanted = re.compile("[^\n]*".join(map(re.escape, pattern.split("…"))))
    return [line for line in text.splitlines() if wanted.search(line)]
