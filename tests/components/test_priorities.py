"""components._priorities: places of listener rules that nobody has to number."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._priorities import Rank, bands, derived_priority, rank
from components._routes import PRIORITY_MAX, Route, check_routes

pytestmark = pytest.mark.feature("L5")

WORD = st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)
HOSTS = st.lists(WORD.map(lambda word: f"{word}.example.com"), max_size=2, unique=True)
SEGMENTS = st.lists(WORD, min_size=1, max_size=5)
EXACT = SEGMENTS.map(lambda words: "/" + "/".join(words))
PATHS = st.one_of(EXACT, EXACT.map(lambda path: path + "/*"), EXACT.map(lambda path: path + "/*/end"), st.just("/*"))
PINNED = (22_009, 25_297, 47_797, 45_979)
RULES = st.tuples(HOSTS, st.lists(PATHS, max_size=3, unique=True)).filter(lambda rule: bool(rule[0] or rule[1]))


def test_every_rank_has_priorities_of_its_own_in_order() -> None:
    ranges = [band for _, band in sorted(bands().items())]
    assert [band.start for band in ranges] == [1, *(band.stop for band in ranges[:-1])]
    assert ranges[-1].stop - 1 <= PRIORITY_MAX


@given(rule=RULES, other=RULES)
def test_the_more_specific_comes_first(rule: tuple[list[str], list[str]], other: tuple[list[str], list[str]]) -> None:
    if rank(*rule) < rank(*other):
        assert derived_priority(*rule) < derived_priority(*other)


@given(host=WORD, path=EXACT, word=WORD)
def test_what_matches_less_comes_before_what_matches_all_of_that_and_more(host: str, path: str, word: str) -> None:
    hosts = [f"{host}.example.com"]
    narrowing: list[tuple[list[str], list[str]]] = [
        ([], ["/*"]),
        ([], [f"{path}*"]),
        ([], [f"{path}/*"]),
        ([], [f"{path}/*/{word}"]),
        ([], [f"{path}/{word}"]),
    ]
    for wide, narrow in itertools.pairwise(narrowing):
        assert derived_priority(*narrow) < derived_priority(*wide)
        assert derived_priority(hosts, narrow[1]) < derived_priority(hosts, wide[1])
    assert derived_priority(hosts, []) < derived_priority([], [f"{path}/{word}"])
    assert derived_priority(hosts, ["/*"]) < derived_priority(hosts, [])


@given(rule=RULES, data=st.data(), target=WORD)
def test_nothing_but_the_rule_counts(rule: tuple[list[str], list[str]], data: st.DataObject, target: str) -> None:
    hosts, paths = rule
    shuffled = data.draw(st.permutations(hosts)), data.draw(st.permutations(paths))
    assert derived_priority(*shuffled, target) == derived_priority(hosts, paths, target)
    assert rank(*shuffled) == rank(hosts, paths)


def test_a_rule_is_as_specific_as_its_least_specific_path() -> None:
    assert rank([], ["/v1/orders", "/v1/*"]) == rank([], ["/v1/*"]) == Rank(2, -4, 2)
    assert rank(["api.example.com"], ["/v1/orders"]) == Rank(0, -10, 0)
    assert rank(["api.example.com"], []) == Rank(1, 0, 0)


def test_priorities_stay_what_they_are() -> None:
    """They are in listeners: another number would move a rule that nobody changed."""
    assert derived_priority(["api.example.com"], ["/v1/*"], "api") == PINNED[0]
    assert derived_priority(["api.example.com"], [], "api") == PINNED[1]
    assert derived_priority([], ["/v1/*"], "api") == PINNED[2]
    assert derived_priority([], ["/health"], "api") == PINNED[3]


def test_another_service_gets_another_place_of_the_same_rank() -> None:
    """So that a rule can move: it is made there before it goes here."""
    assert derived_priority([], ["/v1/*"], "api") != derived_priority([], ["/v1/*"], "web")


def test_a_pattern_of_hosts_must_say_its_place() -> None:
    with pytest.raises(ValueError, match=r"^priority: host '\*\.example\.com' is a pattern.*; write a priority"):
        Route(hosts=["*.example.com"])
    assert Route(hosts=["*.example.com"], priority=7).effective_priority == 7


def test_a_route_draws_its_priority_unless_it_is_written() -> None:
    assert Route(paths=["/v1/*"]).effective_priority == derived_priority([], ["/v1/*"])
    assert Route(paths=["/v1/*"], priority=10).effective_priority == 10
    drawn = Route(paths=["/v1/*"])
    check_routes([drawn, Route(key="b", paths=["/v2/*"])])
    with pytest.raises(ValueError, match=r"^routes: two routes have the same priority; .* write it on one of them"):
        check_routes([drawn, Route(key="b", paths=["/b"], priority=drawn.effective_priority)])
