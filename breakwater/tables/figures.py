"""Figures as JSON, as lines, as a table and as bars."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from breakwater.analysis.figures import Figure, Verdict, least_sure
from breakwater.values import printable

_BAR = 30
"""Characters of a bar whose limit is reached."""
_PIPE = 160
"""Characters of a line where no terminal says how long it may be."""
_TOLD = 0.05
"""Share of its limit from which a figure gets a bar."""
_STYLES = {Verdict.MET: "green", Verdict.MISSED: "red", Verdict.UNKNOWN: "yellow", Verdict.NONE: ""}


def as_json(figure: Figure) -> dict[str, Any]:
    """All of a figure."""
    return asdict(figure) | {"verdict": figure.verdict.value or None}


def counts(figures: Sequence[Figure]) -> dict[str, Any]:
    """How many there are, how many have which verdict, and how sure the least sure of them is."""
    found: dict[str, Any] = {"figures": len(figures)}
    for verdict in (Verdict.MET, Verdict.MISSED, Verdict.UNKNOWN):
        found[verdict.value] = sum(1 for figure in figures if figure.verdict is verdict)
    return found | {"status": least_sure(figure.status for figure in figures)}


def problem_line(figure: Figure) -> str:
    """A figure for which the stack is refused: numbers and remedy."""
    where = " ".join(word for word in (figure.region, f"{figure.part}:") if word)
    value = "not known" if figure.value is None else amount(figure.value, figure.unit)
    unsure = ", which cannot be judged" if figure.verdict is Verdict.UNKNOWN else ""
    against = [f"limit {amount(figure.limit, figure.unit)}"] if figure.limit is not None else []
    against += [f"target {amount(figure.target, figure.unit)}"] if figure.target is not None else []
    cause = f" ({figure.limited_by})" if figure.limited_by else ""
    remedy = f": {figure.remedy}" if figure.remedy else ""
    return f"{where} {figure.name} {value}, {', '.join(against)}{unsure}{cause}{remedy}"


def amount(value: float, unit: str = "") -> str:
    """A number for people; whole ones whole, others with three digits, percent with four after the point."""
    if unit == "%":
        text = f"{value:.4f}".rstrip("0").rstrip(".")
    else:
        text = f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"
    return f"{text}{'' if unit.startswith('/') else ' '}{unit}".strip()


def table(figures: Iterable[Figure], title: str) -> Table:
    """The figures of a region; the part is named once."""
    found = Table(title=Text(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name, justify in (("", "left"), ("figure", "left"), ("value", "right"), ("limit, target", "right")):
        found.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    found.add_column("", overflow="fold")
    found.add_column("limited by", overflow="fold", ratio=1)
    for part, group in groupby(figures, key=lambda figure: figure.part):
        for index, figure in enumerate(group):
            found.add_row(
                Text(printable(part) if index == 0 else "", "bold"),
                Text(printable(figure.name)),
                Text(_range(figure)),
                Text(_against(figure)),
                Text(figure.verdict.value, _STYLES[figure.verdict]),
                Text(printable(_sure(figure)), "dim"),
            )
    return found


def bars(figures: Iterable[Figure], title: str) -> RenderableType:
    """How much of each limit is used; those that use next to nothing are counted."""
    limited = [f for f in figures if f.limit and f.value is not None]
    told = [f for f in limited if (f.value or 0.0) / (f.limit or 1.0) >= _TOLD]
    if not limited:
        return Text("")
    found = Table.grid(padding=(0, 1))
    found.title, found.title_justify, found.title_style = Text(title), "left", "bold"
    for figure in told:
        share = (figure.value or 0.0) / (figure.limit or 1.0)
        filled = min(_BAR, round(_BAR * share) or (1 if share > 0 else 0))
        over = share > 1
        found.add_row(
            Text(printable(f"{figure.region} {figure.part}".strip())),
            Text(printable(figure.name)),
            Text("█" * filled + "·" * (_BAR - filled) + (">" if over else " "), "red" if over else "green"),
            Text(f"{amount(figure.value or 0.0)} of {amount(figure.limit or 0.0, figure.unit)}"),
        )
    others = len(limited) - len(told)
    return Group(found, Text(f"{others} others use less than {_TOLD:.0%} of theirs.", "dim")) if others else found


@dataclass(frozen=True, slots=True)
class Wide:
    """Something that is as wide as the terminal; a file or a pipe has no width, and gets lines that need no folding."""

    renderable: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(
            self.renderable, options if console.is_terminal else options.update(width=max(_PIPE, options.max_width))
        )


def _range(figure: Figure) -> str:
    if figure.value is None:
        return "not known"
    if figure.lowest is None or figure.lowest == figure.value:
        return amount(figure.value, figure.unit)
    return f"{amount(figure.lowest)}–{amount(figure.value, figure.unit)}"


def _against(figure: Figure) -> str:
    found = [] if figure.limit is None else [f"≤ {amount(figure.limit, figure.unit)}"]
    return ", ".join(found if figure.target is None else [*found, f"≥ {amount(figure.target, figure.unit)}"])


def _sure(figure: Figure) -> str:
    """What limits it, and that it rests on memory or old lists where it does."""
    unsure = f"[{figure.status}]" if figure.status in ("recalled", "list-old") else ""
    return " ".join(word for word in (figure.limited_by, unsure) if word)
