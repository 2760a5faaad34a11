"""What is drawn of a change: the components with what changes in them, and what uses them or is used by them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from breakwater.analysis.cost.item import place
from breakwater.graph import Resource, ResourceGraph
from breakwater.review.model import Op, Review, Step

SIGNS: Mapping[Op, str] = {
    Op.CREATE: "+",
    Op.UPDATE: "~",
    Op.REPLACE: "±",
    Op.DELETE: "−",
    Op.IMPORT: "»",
    Op.RENAME: "=",
}
_HEAVY = (Op.DELETE, Op.REPLACE, Op.UPDATE, Op.CREATE, Op.IMPORT, Op.RENAME)
"""The order of importance."""
_OTHERS = "others"

Key = tuple[str, str]
"""Region and name of a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A resource that changes."""

    op: Op
    kind: str
    """Such as `rds instance`."""
    name: str
    """Without that of its card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A component, or a resource that is part of none."""

    region: str
    """"" for what spans them."""
    name: str
    rows: tuple[Row, ...] = ()
    """None of what only stands beside a change."""
    more: int = 0
    """Resources that change and are in no row."""

    @property
    def op(self) -> Op | None:
        """The heaviest; None where nothing changes."""
        return min((row.op for row in self.rows), key=_HEAVY.index, default=None)

    @property
    def key(self) -> Key:
        """What tells it apart."""
        return self.region, self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Cards by region and name, and which uses which."""

    cards: tuple[Card, ...]
    edges: tuple[tuple[Key, Key], ...]
    """Keys of who uses and what is used."""
    left_out: int = 0
    """Components with changes that are not drawn."""


def picture(review: Review, *, cards: int, rows: int) -> Picture | None:
    """The most important components, so many at most, each with so many rows; None where nothing changes."""
    steps = [s for s in review.steps if s.resource.is_cloud]
    if not steps:
        return None
    by_card: dict[Key, list[Step]] = {}
    for step in steps:
        by_card.setdefault(_card_of(step.resource, review.after if step.after else review.before), []).append(step)
    order = sorted(by_card, key=lambda key: (min(_HEAVY.index(s.op) for s in by_card[key]), key))
    changed = {key: _card(key, by_card[key], rows) for key in order[:cards]}
    edges = {edge for edge in _edges(steps, review, by_card.keys()) if edge[0] in changed or edge[1] in changed}
    edges = {edge for edge in edges if not (set(edge) - changed.keys()) & by_card.keys()}
    beside = sorted({key for edge in edges for key in edge} - changed.keys())[: max(0, cards - len(changed))]
    found = changed | {key: Card(region=key[0], name=key[1]) for key in beside}
    return Picture(
        cards=tuple(found[key] for key in sorted(found)),
        edges=tuple(sorted(edge for edge in edges if set(edge) <= found.keys())),
        left_out=len(order) - len(changed),
    )


def short_type(type_: str) -> str:
    """`rds instance` of `aws:rds/instance:Instance`."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.rpartition(":")
    service = module.split("/")[0] if package == "aws" else package
    return f"{service} {name[:1].lower()}{name[1:]}".strip() if name else type_


def _card(key: Key, steps: Iterable[Step], most: int) -> Card:
    found = sorted((_row(key, step) for step in steps), key=lambda r: (_HEAVY.index(r.op), r.kind, r.name))
    shown = found if len(found) <= most + 1 else found[:most]
    return Card(region=key[0], name=key[1], rows=tuple(shown), more=len(found) - len(shown))


def _row(key: Key, step: Step) -> Row:
    region, component = key
    name = step.resource.name.removeprefix(f"{region}-").removeprefix(component).removeprefix("-")
    return Row(op=step.op, kind=short_type(step.resource.type), name=name)


def _card_of(resource: Resource, graph: ResourceGraph) -> Key:
    component, region = place(resource, graph)
    return region, component or _OTHERS


def _edges(steps: Iterable[Step], review: Review, cards: Collection[Key]) -> Iterator[tuple[Key, Key]]:
    """From each component to those that it uses: where the one or the other resource changes, or both components do."""
    changed = {side.urn for step in steps for side in (step.before, step.after) if side}
    for graph in (review.before, review.after):
        homes = {resource.urn: _card_of(resource, graph) for resource in graph.cloud}
        for user in graph.cloud:
            for urn in {urn for urns in user.property_dependencies.values() for urn in urns} & homes.keys():
                edge = homes[user.urn], homes[urn]
                near = user.urn in changed or urn in changed or (edge[0] in cards and edge[1] in cards)
                if near and edge[0] != edge[1]:
                    yield edge
