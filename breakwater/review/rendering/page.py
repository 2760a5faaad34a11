"""A review as one HTML page that needs nothing else: no script, no network; all of it, however much changes."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup

from breakwater.review.model import Review
from breakwater.review.rendering.document import Line, Listing, Look, Mark, Span, cut
from breakwater.review.rendering.escaping import markup, visible
from breakwater.review.rendering.layout import CARD_WIDTH, HEAD, ROW, drawn
from breakwater.review.rendering.picture import SIGNS, Row
from breakwater.review.rendering.sections import WIDE, document

_LONGEST_NAME, _LONGEST_ROW = 34, 37
"""Characters that fit on a card; all of a name is shown when a pointer rests on it."""
_MARKS = {
    Mark.SAFE: "✓",
    Mark.APPROVAL: "!",
    Mark.BLOCKED: "✕",
    Mark.FAILED: "✕",
    Mark.GAIN: "+",
    Mark.LESS: "−",
    Mark.UNSURE: "?",
}
_LOOKS = {Look.PLAIN: "{}", Look.CODE: "<code>{}</code>", Look.STRONG: "<strong>{}</strong>"}


def render_html(review: Review) -> str:
    """The page."""
    found = document(review, WIDE)
    style = files("breakwater.review.rendering").joinpath("templates/report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # The digest lets in this style and no other.
    return _template().render(document=found, style=Markup(style), style_digest=digest) + "\n"  # noqa: S704 (our own)


def _line(line: Line) -> Markup:
    return Markup("".join(map(_span, line)))  # noqa: S704 (escaped)


def _span(span: Span) -> str:
    if span.look is Look.MARK:
        return f'<b class="mark {Mark(span.text)}">{_MARKS[Mark(span.text)]}</b> '
    return _LOOKS[span.look].format(markup(span.text))


def _text(line: Line) -> str:
    return "".join(visible(span.text) for span in line if span.look is not Look.MARK)


def _row(row: Row) -> str:
    return cut(visible(f"{SIGNS[row.op]} {row.kind} {row.name}".rstrip()), _LONGEST_ROW)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("breakwater.review.rendering"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"line": _line, "text": _text, "visible": visible, "row": _row, "drawn": drawn}
    environment.filters["name"] = lambda text: cut(visible(text), _LONGEST_NAME)
    environment.tests["listing"] = lambda block: isinstance(block, Listing)
    environment.globals |= {"CARD_WIDTH": CARD_WIDTH, "HEAD": HEAD, "ROW": ROW, "SIGNS": SIGNS}
    return environment.get_template("report.html.j2")
