"""The picture of a change as a Mermaid flowchart, for Markdown."""

from breakwater.diagram import label
from breakwater.review.model import Op
from breakwater.review.rendering.document import cut
from breakwater.review.rendering.escaping import visible
from breakwater.review.rendering.picture import SIGNS, Card, Picture

_LONGEST_NAME = 48
_EDGES = 200
"""Mermaid refuses more than 500."""
_STYLES = {
    Op.CREATE: "fill:#e6f4ea,stroke:#1a7f37,color:#0f5323",
    Op.UPDATE: "fill:#fff8e1,stroke:#b8860b,color:#5c4400",
    Op.REPLACE: "fill:#fde7e9,stroke:#c62828,color:#7f1d1d",
    Op.DELETE: "fill:#fde7e9,stroke:#c62828,color:#7f1d1d",
    Op.IMPORT: "fill:#e8eaf6,stroke:#3949ab,color:#1a237e",
    Op.RENAME: "fill:#e8eaf6,stroke:#3949ab,color:#1a237e",
}
"""Box and text are both given a colour, so that a dark page does not hide one of them."""
_BESIDE = "fill:#f4f4f4,stroke:#9e9e9e,color:#424242,stroke-dasharray:4 3"


def flowchart(picture: Picture) -> str:
    """The text without its fence."""
    ids = {card.key: f"c{number}" for number, card in enumerate(picture.cards)}
    regions = sorted({card.region for card in picture.cards})
    lines = ["flowchart LR"]
    for number, region in enumerate(regions):
        inside = [f"{ids[c.key]}[{_text(c)}]:::{c.op or 'beside'}" for c in picture.cards if c.region == region]
        if region:
            lines += [f"  subgraph r{number}[{_label(region)}]", *(f"    {node}" for node in inside), "  end"]
        else:
            lines += [f"  {node}" for node in inside]
    lines += [f"  {ids[user]} --> {ids[used]}" for user, used in picture.edges[:_EDGES]]
    lines += [f"  classDef {op} {style}" for op, style in _STYLES.items()]
    return "\n".join((*lines, f"  classDef beside {_BESIDE}"))


def _text(card: Card) -> str:
    rows = [f"{SIGNS[row.op]} {row.kind} {row.name}".rstrip() for row in card.rows]
    more = [f"… and {card.more} more"] if card.more else []
    return _label(card.name, *rows, *more)


def _label(*lines: str) -> str:
    return label(*(cut(visible(text), _LONGEST_NAME) for text in lines))
