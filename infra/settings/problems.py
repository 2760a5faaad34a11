"""What is wrong with a configuration, and how it is told: all problems at once, each with place, rule and remedy."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

KEY = "breakwater:platform"
"""The one configuration key that holds the settings."""

Path = tuple[str | int, ...]
"""Keys and list positions from the settings' root, such as ("services", "api", "routes", 0, "priority")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong."""

    path: Path
    """Where, from the root of the settings."""
    message: str
    """What is wrong, with the value."""
    allowed: str
    """What would be right."""
    remedy: str
    """What to do."""
    involves: tuple[Path, ...] = ()
    """Other places the verdict rests on: while one of them is broken itself, the problem is not reported."""
    file: str | None = None
    """Stack file; None where the configuration did not come from one that could be read."""
    line: int | None = None
    """Line in that file, from 1."""

    @property
    def location(self) -> str:
        """The path as it is read in the stack file: config.breakwater:platform.services.api.cpu."""
        return f"config.{KEY}" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)

    def rests_on(self, broken: Iterable[Path]) -> bool:
        """Whether one of the broken places is, holds or is within a place this problem rests on."""
        places = (self.path, *self.involves)
        return any(_related(place, other) for other in broken for place in places)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return (
            f"{place}{self.location}\n"
            f"    problem: {self.message}\n    allowed: {self.allowed}\n    remedy:  {self.remedy}"
        )


class ConfigurationError(Exception):
    """A configuration that was refused; its text lists every problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem" + ("s" if len(self.problems) > 1 else "")
        super().__init__(
            f"the configuration was refused, nothing was deployed: {count}\n\n"
            + "\n\n".join(str(problem) for problem in self.problems)
        )


def shown(value: Any) -> str:
    """A value as it would be written in the stack file, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."


def from_rule(path: Path, error: ValueError, *, remedy: str, involves: tuple[Path, ...] = ()) -> Problem:
    """A component's own refusal, `field: what is wrong; what is allowed`, as a problem at a path."""
    message = str(error).partition(": ")[2] or str(error)
    what, _, allowed = message.partition("; ")
    return Problem(path=path, message=what, allowed=allowed or what, remedy=remedy, involves=involves)


def _related(one: Path, other: Path) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]
