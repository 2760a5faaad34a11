"""What a report consists of, before it is Markdown or HTML: lines of spans, in entries and tables, in sections.

The text of a span may be anybody's: whoever writes it out escapes all of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import NamedTuple

from breakwater.graph import SourceLine
from breakwater.review.model import Verdict
from breakwater.review.rendering.picture import Picture


class Look(Enum):
    """How a span is written."""

    PLAIN = "plain"
    CODE = "code"
    STRONG = "strong"
    MARK = "mark"
    """A sign; the text is one of `Mark`."""


class Mark(StrEnum):
    """What a line says at a glance."""

    SAFE = "safe"
    APPROVAL = "approval"
    BLOCKED = "blocked"
    FAILED = "failed"
    GAIN = "gain"
    LESS = "less"
    UNSURE = "unsure"


class Span(NamedTuple):
    """A piece of text."""

    text: str
    look: Look = Look.PLAIN


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed property."""

    sign: str
    """+ where it is new, - where it goes, ! where it changes."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a list: never shown in part."""

    line: Line
    below: tuple[Line, ...] = ()
    """What explains it."""
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Entries, the most important first."""

    entries: tuple[Entry, ...]
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells; the columns from `numbers` on are numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    numbers: int
    title: str = ""


Block = Listing | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a report."""

    title: str
    summary: Line = ()
    """All of it in one line."""
    blocks: tuple[Block, ...] = ()
    picture: Picture | None = None
    folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report."""

    verdict: Verdict
    title: Line
    facts: Line
    """What was compared, and how."""
    reasons: tuple[Entry, ...]
    error: str
    """What the program said when it failed, in lines."""
    sections: tuple[Section, ...]
    quiet: Line
    """What there is nothing to say of."""
    footer: Line


def line(*parts: str | Span | Line) -> Line:
    """A line of plain texts, spans and lines."""
    found: list[Span] = []
    for part in parts:
        found += [Span(part)] if isinstance(part, str) else [part] if isinstance(part, Span) else part
    return tuple(span for span in found if span.text)


def code(text: object) -> Span:
    """Something that stands in the program, or in the cloud."""
    return Span(str(text), Look.CODE)


def strong(text: str) -> Span:
    """What matters most."""
    return Span(text, Look.STRONG)


def mark(sign: Mark) -> Span:
    """A sign, followed by a space."""
    return Span(sign, Look.MARK)


def at(source: SourceLine | str | None) -> Line:
    """Where it is declared, as the end of a line."""
    return (Span(" at "), code(source)) if source else ()


def codes(texts: Iterable[str], most: int) -> Line:
    """The first few, and how many there are besides."""
    every = list(texts)
    shown = every if len(every) <= most + 1 else every[:most]
    found: list[Span] = []
    for text in shown:
        found += [Span(", "), code(text)] if found else [code(text)]
    return (*found, Span(f" and {len(every) - len(shown)} more")) if len(every) > len(shown) else tuple(found)


def cut(text: str, longest: int) -> str:
    """The beginning of a text that is too long."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def counted(count: int, noun: str) -> str:
    """Such as `1 policy` and `2 policies`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("y") else f"{count:,} {noun}s"
