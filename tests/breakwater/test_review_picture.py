"""What is drawn of a change, and where it goes."""

from collections.abc import Sequence
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from breakwater.graph import Resource
from breakwater.review.model import Op, Step
from breakwater.review.rendering.layout import Box, drawn
from breakwater.review.rendering.mermaid import flowchart
from breakwater.review.rendering.picture import Card, Picture, Row, picture, short_type
from tests.breakwater.graphs import QUEUE, ROLE, graph, resource
from tests.breakwater.reports import empty

REGION = resource("breakwater:region:Region", "us-east-1")


def part(component: str, type_: str = QUEUE, *, uses: Sequence[Resource] = (), name: str = "") -> Resource:
    home = resource("breakwater:x:X", f"us-east-1-{component}", parent=REGION.urn)
    depends = {f"p{number}": (used.urn,) for number, used in enumerate(uses)}
    return resource(type_, f"us-east-1-{component}{name}", parent=home.urn, property_dependencies=depends)


def of(changed: Sequence[Resource], every: Sequence[Resource], *, cards: int = 20, rows: int = 5) -> Picture:
    homes = [resource("breakwater:x:X", f"us-east-1-{c}", parent=REGION.urn) for c in "abcdefgh"]
    whole = graph(REGION, *homes, *every)
    steps = tuple(Step(op=Op.UPDATE, certain=True, before=r, after=r) for r in changed)
    found = picture(empty(before=whole, after=whole, steps=steps), cards=cards, rows=rows)
    assert found
    return found


def test_it_is_what_changes_and_one_hop_around() -> None:
    d = part("d")
    c = part("c", uses=[d])
    b = part("b", uses=[c])
    a = part("a", uses=[b])
    found = of([b], [a, b, c, d])
    assert [(card.region, card.name, bool(card.rows)) for card in found.cards] == [
        ("us-east-1", "a", False),
        ("us-east-1", "b", True),
        ("us-east-1", "c", False),
    ]
    assert [(user[1], used[1]) for user, used in found.edges] == [("a", "b"), ("b", "c")]


def test_components_that_change_are_joined_by_whatever_joins_them() -> None:
    used = part("b", ROLE)
    other = part("a", ROLE, uses=[used])
    found = of([part("a"), part("b")], [part("a"), part("b"), used, other])
    assert [(user[1], used[1]) for user, used in found.edges] == [("a", "b")]


def test_many_resources_of_a_component_are_counted() -> None:
    every = [part("a", name=f"-{number}") for number in range(9)]
    (card,) = of(every, every, rows=5).cards
    assert (len(card.rows), card.more) == (5, 4)
    assert len(of(every[:6], every, rows=5).cards[0].rows) == 6


def test_the_heaviest_components_are_drawn_where_there_is_no_room_for_all() -> None:
    a, b, c = part("a"), part("b"), part("c")
    homes = [resource("breakwater:x:X", f"us-east-1-{name}", parent=REGION.urn) for name in "abc"]
    whole = graph(REGION, *homes, a, b, c)
    steps = (
        Step(op=Op.CREATE, certain=True, after=a),
        Step(op=Op.UPDATE, certain=True, before=b, after=b),
        Step(op=Op.DELETE, certain=True, before=c),
    )
    found = picture(empty(before=whole, after=whole, steps=steps), cards=2, rows=5)
    assert found
    assert [card.name for card in found.cards] == ["b", "c"]
    assert found.left_out == 1


def test_nothing_is_drawn_of_components_alone() -> None:
    step = Step(op=Op.CREATE, certain=True, after=REGION)
    assert picture(empty(after=graph(REGION), steps=(step,)), cards=9, rows=9) is None


def test_short_types() -> None:
    assert short_type("aws:rds/instance:Instance") == "rds instance"
    assert short_type("docker:index/image:Image") == "docker image"
    assert short_type("odd") == "odd"


CARDS = st.lists(
    st.builds(
        Card,
        region=st.sampled_from(["", "us-east-1", "eu-west-1"]),
        name=st.sampled_from("abcdefghij"),
        rows=st.integers(0, 4).map(lambda n: (Row(op=Op.UPDATE, kind="k", name="n"),) * n),
        more=st.integers(0, 1),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda card: card.key,
)


@given(CARDS, st.data())
def test_cards_lie_in_their_regions_and_not_on_each_other(cards: list[Card], data: st.DataObject) -> None:
    keys = [card.key for card in cards]
    edges = data.draw(st.sets(st.tuples(st.sampled_from(keys), st.sampled_from(keys)).filter(lambda e: e[0] != e[1])))
    found = drawn(Picture(cards=tuple(cards), edges=tuple(sorted(edges))))
    boxes = dict(found.regions)
    for card, box in found.cards:
        assert inside(box, boxes[card.region])
    assert not any(touch(one, other) for (_, one), (_, other) in combinations(found.cards, 2))
    assert not any(touch(one, other) for (_, one), (_, other) in combinations(found.regions, 2))
    assert all(inside(box, Box(x=0, y=0, width=found.width, height=found.height)) for box in boxes.values())
    assert len(found.curves) == len(edges)


def inside(box: Box, outer: Box) -> bool:
    right = box.x + box.width <= outer.x + outer.width
    return outer.x <= box.x and right and outer.y <= box.y and box.bottom <= outer.bottom


def touch(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width and other.x < one.x + one.width and one.y < other.bottom and other.y < one.bottom
    )


def test_who_uses_stands_left_of_what_it_uses() -> None:
    c = part("c")
    b = part("b", uses=[c])
    a = part("a", uses=[b, c])
    found = {card.name: box.x for card, box in drawn(of([a, b, c], [a, b, c])).cards}
    assert found["a"] < found["b"] < found["c"]


def test_the_flowchart_has_each_component_in_its_region() -> None:
    b = part("b")
    a = part("a", uses=[b])
    lines = [line.strip() for line in flowchart(of([a], [a, b])).splitlines()]
    assert lines[:6] == [
        "flowchart LR",
        'subgraph r0["us-east-1"]',
        'c0["a<br/>~ sqs queue"]:::update',
        'c1["b"]:::beside',
        "end",
        "c0 --> c1",
    ]
