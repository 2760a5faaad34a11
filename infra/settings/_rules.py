"""What the rules between fields are written with."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from infra.settings.problems import Path, Problem, from_rule


def problem(path: Path, message: str, allowed: str, remedy: str, *involves: Path) -> Problem:
    """A problem in one line."""
    return Problem(path=path, message=message, allowed=allowed, remedy=remedy, involves=involves)


def component_rule(path: Path, remedy: str, rule: Callable[..., Any], *args: Any, **kwargs: Any) -> Iterator[Problem]:
    """A component's own rule, a function that raises ValueError, told at a path; `involves`: other paths read."""
    involves: tuple[Path, ...] = kwargs.pop("involves", ())
    try:
        rule(*args, **kwargs)
    except ValueError as error:
        yield from_rule(path, error, remedy=remedy, involves=involves)


def nearest(wrong: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant."""
    close = difflib.get_close_matches(wrong, list(names), 1)
    return close[0] if close else None


def listed(names: Any) -> str:
    """Names as a list to choose from."""
    return ", ".join(sorted(names)) or "there are none"
