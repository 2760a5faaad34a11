"""Where the cards of a picture go: regions below each other, in each who uses on the left and what is used right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from breakwater.review.rendering.picture import Card, Key, Picture

CARD_WIDTH, ROW, HEAD = 272, 19, 28
"""Pixels: of a card, of one of its lines, of its name."""
_ACROSS, _DOWN, _MARGIN, _TITLE, _LOOP = 72, 18, 20, 30, 44
_SWEEPS = 4
_COLUMNS = 4
"""Cards beside each other of those that nothing leads to and that lead nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle."""

    x: int
    y: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.y + self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture with its places."""

    width: int
    height: int
    regions: tuple[tuple[str, Box], ...]
    cards: tuple[tuple[Card, Box], ...]
    curves: tuple[str, ...]
    """Paths of SVG."""


def drawn(picture: Picture) -> Drawing:
    """The same places for the same picture."""
    by_region: dict[str, list[Card]] = {}
    for card in picture.cards:
        by_region.setdefault(card.region, []).append(card)
    boxes: dict[Key, Box] = {}
    regions: list[tuple[str, Box]] = []
    y = 0
    for region in sorted(by_region, key=lambda name: (not name, -sum(len(c.rows) for c in by_region[name]), name)):
        top = y + _TITLE
        boxes |= (own := _placed(by_region[region], picture.edges, top))
        right = max(box.x + box.width for box in own.values())
        height = max(box.bottom for box in own.values()) - y + _MARGIN
        regions.append((region, Box(x=0, y=y, width=right + _LOOP, height=height)))
        y += height + _DOWN
    width = max((box.width for _, box in regions), default=0)
    return Drawing(
        width=width,
        height=max(0, y - _DOWN),
        regions=tuple((name, Box(x=0, y=b.y, width=width, height=b.height)) for name, b in regions),
        cards=tuple((card, boxes[card.key]) for card in picture.cards),
        curves=tuple(_curve(boxes[user], boxes[used]) for user, used in picture.edges),
    )


def height_of(card: Card) -> int:
    """Pixels."""
    lines = len(card.rows) + bool(card.more)
    return HEAD + lines * ROW + (8 if lines else 0)


def _placed(cards: Sequence[Card], edges: Iterable[tuple[Key, Key]], top: int) -> dict[Key, Box]:
    keys = {card.key for card in cards}
    graph: nx.DiGraph[Key] = nx.DiGraph()
    graph.add_nodes_from(sorted(keys))
    graph.add_edges_from(edge for edge in edges if set(edge) <= keys)
    sizes = {card.key: height_of(card) for card in cards}
    alone = [key for key in graph if not graph.degree(key)]
    found: dict[Key, Box] = {}
    for number, layer in enumerate(_ordered(graph, alone)):
        y = top
        for key in layer:
            found[key] = Box(x=_column(number), y=y, width=CARD_WIDTH, height=sizes[key])
            y += sizes[key] + _DOWN
    y = max((box.bottom + _DOWN for box in found.values()), default=top)
    for start in range(0, len(alone), _COLUMNS):
        row = alone[start : start + _COLUMNS]
        found |= {k: Box(x=_column(n), y=y, width=CARD_WIDTH, height=sizes[k]) for n, k in enumerate(row)}
        y += max(sizes[key] for key in row) + _DOWN
    return found


def _column(number: int) -> int:
    return _MARGIN + number * (CARD_WIDTH + _ACROSS)


def _ordered(graph: "nx.DiGraph[Key]", alone: Iterable[Key]) -> list[list[Key]]:
    """Layers in which every use leads to the right, but for circles; each with as few crossings as sweeping brings."""
    parts = nx.condensation(graph)
    rank: dict[int, int] = {}
    for part in nx.lexicographical_topological_sort(parts, key=lambda p: min(parts.nodes[p]["members"])):
        rank[part] = 1 + max((rank[before] for before in parts.predecessors(part)), default=-1)
    skipped = set(alone)
    layers: list[list[Key]] = [[] for _ in range(1 + max(rank.values(), default=-1))]
    for part, number in rank.items():
        layers[number] += sorted(set(parts.nodes[part]["members"]) - skipped)
    layers = [sorted(layer) for layer in layers if layer]
    for sweep in range(_SWEEPS):
        for index in range(len(layers)) if sweep % 2 == 0 else reversed(range(len(layers))):
            places = {key: n / len(layer) for layer in layers for n, key in enumerate(layer)}
            layers[index].sort(key=lambda key: (_middle(graph, key, places), key))
    return layers


def _middle(graph: "nx.DiGraph[Key]", key: Key, places: Mapping[Key, float]) -> float:
    near = [places[other] for other in (*graph.predecessors(key), *graph.successors(key)) if other in places]
    return sum(near) / len(near) if near else places[key]


def _curve(user: Box, used: Box) -> str:
    """From the side of one card to that of the other, through the gaps between columns as far as may be."""
    y1, y2 = user.y + HEAD // 2, used.y + HEAD // 2
    if used.x > user.x:
        x1, x2, out = user.x + user.width, used.x, _ACROSS // 2
    elif used.x < user.x:
        x1, x2, out = user.x, used.x + used.width, -_ACROSS // 2
    else:
        x1 = x2 = user.x + user.width
        return f"M{x1} {y1} C{x1 + _LOOP} {y1} {x1 + _LOOP} {y2} {x2} {y2}"
    return f"M{x1} {y1} C{x1 + out} {y1} {x2 - out} {y2} {x2} {y2}"
