"""How a change of a value reads, in one line: secrets stay hidden, long values are cut to where they differ."""

import json
import re
from typing import TYPE_CHECKING, Any

from breakwater.review.values import ABSENT, Change
from breakwater.values import MASK, Secret, masked, printable

if TYPE_CHECKING:  # the analyses that a review holds take time to import
    from breakwater.review.model import Step

_LONGEST = 160
"""Characters of a changed value that are shown; --json has all."""


def describe(change: Change) -> str:
    """Path, before and after."""
    path, (before, after) = printable(change.path), sides(change)
    if before is None:
        return f"{path}: added {after}"
    if after is None:
        return f"{path}: removed {before}"
    return f"{path}: changed, {after}" if is_secret(change) else f"{path}: {before} → {after}"


def is_secret(change: Change) -> bool:
    """Whether neither side can be shown."""
    return isinstance(change.before, Secret) and isinstance(change.after, Secret)


def changes_of(step: "Step") -> list[Change]:
    """What changes of a resource; of what is hidden, only that it does."""
    hidden = set(step.hidden)
    found = [_concealed(c) if re.split(r"[.\[]", c.path)[0] in hidden or c.path in hidden else c for c in step.changes]
    told = {change.path for change in found}
    return found + [_concealed(Change(path, None, None)) for path in sorted(hidden - told)]


def _concealed(change: Change) -> Change:
    return Change(change.path, Secret(None), Secret(None))


def sides(change: Change, longest: int = _LONGEST) -> tuple[str | None, str | None]:
    """Before and after as JSON, None for what is not there; of long ones the part where they begin to differ."""
    if is_secret(change):
        return MASK, MASK
    before, after = (None if value is ABSENT else _json(value) for value in (change.before, change.after))
    if before is None or after is None:
        return tuple(text if text is None else _cut(text, 0, longest) for text in (before, after))  # type: ignore[return-value]
    same = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    start = max(0, same - longest // 4) if max(len(before), len(after)) > longest else 0
    return _cut(before, start, longest), _cut(after, start, longest)


def _json(value: Any) -> str:
    return printable(json.dumps(masked(value), ensure_ascii=False, sort_keys=True, default=str))


def _cut(text: str, start: int, longest: int) -> str:
    end = start + longest
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
