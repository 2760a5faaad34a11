"""The analyses as people and programs read them: a JSON object, tables, a chart. One module for each command."""

from collections.abc import Sequence
from typing import Any, Protocol

from rich.console import RenderableType


class Assessment(Protocol):
    """What a command such as `breakwater capacity` says of a stack."""

    @property
    def problems(self) -> Sequence[str]:
        """Why the stack is refused: numbers and remedy in one line each; none where all is well."""

    def to_json(self) -> dict[str, Any]:
        """What `--json` prints besides command, stack, project, ok and error."""

    def render(self) -> RenderableType:
        """Tables and chart; the problems come after it."""
