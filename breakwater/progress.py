"""How a run goes on: live on a terminal, one line elsewhere."""

import time
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from breakwater.graph import Resource

if TYPE_CHECKING:
    from rich.live import Live

    from breakwater.simulator.monitor import Failure

_REFRESHES_PER_SECOND = 4
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Progress:
    """Shows how a run goes on, on a terminal live and otherwise as one line; takes the time of each resource."""

    def __init__(self, console: Console, title: str) -> None:
        self.seconds: dict[str, float] = {}
        self._console, self._title = console, title
        self._started = time.perf_counter()
        self._regions: dict[str, int] = {}
        self._resources = self._failures = 0
        self._current = ""
        self._live: Live | None = None

    def registered(self, resource: Resource, seconds: float, failure: "Failure | None") -> None:
        """Called from the program's thread for each resource."""
        self.seconds[resource.urn] = seconds
        self._current = resource.label
        self._failures += failure is not None
        if resource.is_cloud:
            self._resources += 1
            region = resource.region or "global"
            self._regions[region] = self._regions.get(region, 0) + 1

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            from rich.live import Live

            self._live = Live(
                console=self._console,
                get_renderable=self._frame,
                refresh_per_second=_REFRESHES_PER_SECOND,
                transient=True,
            )
            self._live.start()
        else:
            self._console.print(f"{self._title} …")
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def _frame(self) -> Text:
        elapsed = time.perf_counter() - self._started
        spinner = _FRAMES[int(elapsed * _REFRESHES_PER_SECOND) % len(_FRAMES)]
        regions = "  ".join(f"{name} {count}" for name, count in sorted(self._regions.copy().items()))
        text = Text.assemble(
            (f"{spinner} ", "cyan"), (self._title, "bold"), f"  {self._resources} resources  {elapsed:.0f} s"
        )
        if self._failures:
            text.append(f"  {self._failures} failed", "red")
        text.append(f"\n  {regions or 'loading the program'}\n  {self._current}", "dim")
        text.no_wrap, text.overflow = True, "ellipsis"
        return text
