"""A review as Markdown for GitHub: short enough for a comment, and whole however much changes."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate

import jinja2

from breakwater.review.model import Review
from breakwater.review.rendering.document import Block, Entry, Line, Look, Mark, Section, Span, Table, cut
from breakwater.review.rendering.escaping import begun, fenced, markdown, markdown_code, summary, visible
from breakwater.review.rendering.mermaid import flowchart
from breakwater.review.rendering.picture import Picture
from breakwater.review.rendering.sections import NARROW, document, unchanged

LIMIT = 60_000
"""Bytes of a report: GitHub takes 65,536 characters."""
_SHARE = 2_400
"""Bytes that the entries of each part may have before others get the rest."""
_DRAWING = 12_000
"""Bytes of a diagram."""
_FIRST = 5_000
"""Bytes that the first entry of each part may have, so that all parts have one."""
_LONGEST = 500
"""Characters of a text: sentences are cut before, names are not."""
_ERROR = 8_000
"""Bytes of an error."""
_INDENT = "  "
_MARKS = {
    Mark.SAFE: "✅",
    Mark.APPROVAL: "⚠️",
    Mark.BLOCKED: "⛔",
    Mark.FAILED: "❌",
    Mark.GAIN: "🔺",
    Mark.LESS: "🔻",
    Mark.UNSURE: "❔",
}


@dataclass(slots=True)
class _Piece:
    """Entries with what stands before them."""

    head: str
    entries: list[str]
    shown: int = 0

    @property
    def size(self) -> int:
        """Bytes of the next entry."""
        return len(self.entries[self.shown].encode()) + 1

    def __str__(self) -> str:
        left = len(self.entries) - self.shown
        more = f"\n\n… and {left:,} more, in the HTML report" if left else ""
        return "\n".join((*([self.head] if self.head else []), *self.entries[: self.shown])) + more


def render_markdown(review: Review) -> str:
    """The same text for the same review, under 60,000 bytes."""
    found = document(review, NARROW)
    if unchanged(review):
        return f"{_line(found.title)}\n"
    reasons = _Piece("", [_entry(entry) for entry in found.reasons])
    sections = [(section, [_piece(block) for block in section.blocks]) for section in found.sections]
    pieces = [reasons, *(piece for _, own in sections for piece in own)]
    values = {
        "title": _line(found.title),
        "facts": begun(_line(found.facts)),
        "error": _error(found.error),
        "quiet": begun(_line(found.quiet)),
        "footer": _line(found.footer),
    }
    # Nothing of the entries is shown yet: what is left of the limit is theirs.
    bare = _written(values, reasons, sections)
    _share_out(pieces, LIMIT - 1 - len(bare.encode()))
    return _written(values, reasons, sections)


def _written(values: dict[str, str], reasons: _Piece, sections: Sequence[tuple[Section, list[_Piece]]]) -> str:
    parts = [
        {
            "title": summary(section.title) if section.folded else markdown(section.title),
            "folded": section.folded,
            "summary": begun(_line(section.summary)),
            "blocks": [*map(str, pieces), *([_drawing(section.picture)] if section.picture else [])],
        }
        for section, pieces in sections
    ]
    return _template().render(values, reasons=str(reasons), sections=parts).rstrip("\n") + "\n"


def _share_out(pieces: Sequence[_Piece], left: int) -> None:
    """First one for each, then some, then as many as there is room for in the order of importance."""
    share = min(_SHARE, left // max(1, len(pieces)))
    for most, count in ((_FIRST, 1), (share, math.inf), (left, math.inf)):
        for piece in pieces:
            room = min(left, most)
            while piece.shown < min(count, len(piece.entries)) and (size := piece.size) <= room:
                piece.shown, room, left = piece.shown + 1, room - size, left - size


def _piece(block: Block) -> _Piece:
    if isinstance(block, Table):
        columns = [markdown(name) or " " for name in block.columns]
        rules = ["---:" if number >= block.numbers else "---" for number in range(len(columns))]
        head = f"{_row(columns)}\n{_row(rules)}"
        rows = [_row(_line(cell) for cell in row) for row in block.rows]
        return _Piece(f"**{markdown(block.title)}**\n\n{head}" if block.title else head, rows)
    return _Piece(f"**{markdown(block.title)}**\n" if block.title else "", [_entry(entry) for entry in block.entries])


def _error(text: str) -> str:
    lines = text.split("\n")
    sizes = accumulate(len(visible(line).encode()) for line in lines)
    shown = [line for line, size in zip(lines, sizes, strict=True) if size <= _ERROR]
    more = ["… and more, in the HTML report"] if len(shown) < len(lines) else []
    return fenced([*shown, *more], "text") if text else ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _entry(entry: Entry) -> str:
    lines = [f"- {begun(_line(entry.line))}", *(f"{_INDENT}- {begun(_line(line))}" for line in entry.below)]
    if entry.differences:
        block = fenced([f"{d.sign} {d.text}".strip() for d in entry.differences], "diff")
        lines += [f"{_INDENT}{text}" for text in block.split("\n")]
    return "\n".join(lines)


def _line(line: Line) -> str:
    return "".join(map(_span, line))


def _span(span: Span) -> str:
    if span.look is Look.MARK:
        return f"{_MARKS[Mark(span.text)]} "
    if span.look is Look.CODE:
        return markdown_code(cut(span.text, _LONGEST))
    text = markdown(cut(span.text, _LONGEST))
    return f"**{text}**" if span.look is Look.STRONG else text


def _drawing(picture: Picture) -> str:
    """As much of the picture as there is room for."""
    text = flowchart(picture)
    while len(text.encode()) > _DRAWING:
        kept = {card.key for card in picture.cards[: len(picture.cards) // 2]}
        lost = sum(bool(card.rows) for card in picture.cards if card.key not in kept)
        cards = tuple(card for card in picture.cards if card.key in kept)
        edges = tuple(edge for edge in picture.edges if set(edge) <= kept)
        picture = replace(picture, cards=cards, edges=edges, left_out=picture.left_out + lost)
        text = flowchart(picture)
    more = f"\n\n… and {picture.left_out:,} more, in the HTML report" if picture.left_out else ""
    return f"```mermaid\n{text}\n```{more}"


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("breakwater.review.rendering"),
        autoescape=False,  # noqa: S701 (what it is given is Markdown already)
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.md.j2")
