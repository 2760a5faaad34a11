"""Filter policies and event patterns: what is refused, and the arithmetic of SNS's limits."""

import json
from math import prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._patterns import FilterScope, combinations, event_pattern, filter_policy

ATTRIBUTES, BODY = FilterScope.ATTRIBUTES, FilterScope.BODY


def test_a_filter_is_stable_json() -> None:
    wanted = {
        "store": ["a", {"prefix": "b"}],
        "price": [{"numeric": [">", 1, "<=", 9.5]}, 3],
        "kind": [{"anything-but": ["x", "y"]}, None, True, {"exists": False}],
        "host": [{"cidr": "10.0.0.0/8"}, {"suffix": ".org"}, {"equals-ignore-case": "Z"}],
    }
    text = filter_policy(wanted, ATTRIBUTES)
    assert json.loads(text) == wanted
    assert text == filter_policy(dict(reversed(wanted.items())), ATTRIBUTES)


def test_a_filter_on_the_body_may_nest_and_choose() -> None:
    wanted = {"order": {"total": [{"numeric": ["<", 5]}], "$or": [{"a": ["x"]}, {"b": ["y"]}]}}
    assert json.loads(filter_policy(wanted, BODY)) == wanted


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({}, "filter_policy: a mapping .* not an empty one"),
        ({"a": []}, "filter_policy: a: a list of wanted values"),
        ({"a": "x"}, "filter_policy: a: a list of wanted values"),
        ({"": ["x"]}, "'' is no name of a field"),
        ({"a": {"b": ["x"]}}, "attributes have no fields within fields"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, "no single match"),
        ({"a": [["x"]]}, "no single match"),
        ({"a": [{"wildcard": "x*"}]}, "'wildcard' is none of"),
        ({"a": [{"prefix": ""}]}, "prefix does not take ''"),
        ({"a": [{"prefix": {"equals-ignore-case": "x"}}]}, "prefix does not take"),
        ({"a": [{"exists": "yes"}]}, "exists does not take 'yes'"),
        ({"a": [{"numeric": ["~", 1]}]}, "numeric does not take"),
        ({"a": [{"numeric": ["<", "1"]}]}, "numeric does not take"),
        ({"a": [{"numeric": [">", 5, "<", 5]}]}, "numeric does not take"),
        ({"a": [{"numeric": ["<", 5, ">", 1]}]}, "numeric does not take"),
        ({"a": [{"cidr": "10.0.0.0/40"}]}, "cidr does not take"),
        ({"a": [{"anything-but": ["x", 1]}]}, "anything-but does not take"),
        ({"a": [2e9]}, "outside -1e9 to 1e9"),
        ({"a": [{"numeric": [">", -2e9]}]}, "outside -1e9 to 1e9"),
        ({"$or": [{"a": ["x"]}]}, "at least two alternatives"),
        ({name: ["x"] for name in "abcdef"}, "6 keys with values; SNS takes 5"),
        ({"a": [str(i) for i in range(151)]}, "151 combinations"),
        ({"a": ["x" * 300_000]}, "bytes; SNS takes 262144"),
    ],
)
def test_refused_filters(policy: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        filter_policy(policy, ATTRIBUTES)


def test_nested_keys_count_where_they_have_values() -> None:
    five = {"a": {name: ["x"] for name in "bc"}, "d": ["x"], "e": ["x"], "f": ["x"]}
    filter_policy(five, BODY)
    with pytest.raises(ValueError, match="6 keys"):
        filter_policy({**five, "g": ["x"]}, BODY)


def test_combinations_of_awss_example() -> None:
    """The product of AWS's examples: 3 x 1 x 2, and 4 values three levels deep by 3 values two levels deep."""
    assert combinations({"key_a": ["1", "2", "3"], "key_b": ["1"], "key_c": ["1", "2"]}) == 6
    nested = {"key_a": {"key_b": {"key_c": ["1", "2", "3", "4"]}}, "key_d": {"key_e": ["1", "2", "3"]}}
    assert combinations(nested) == 3 * 4 * 2 * 3


@given(st.dictionaries(st.text("abcdefgh", min_size=1), st.integers(1, 40), min_size=1, max_size=7))
def test_a_flat_filter_is_taken_just_within_the_limits(sizes: dict[str, int]) -> None:
    policy = {name: [str(i) for i in range(size)] for name, size in sizes.items()}
    assert combinations(policy) == prod(sizes.values())
    within = prod(sizes.values()) <= 150 and len(sizes) <= 5
    try:
        filter_policy(policy, ATTRIBUTES)
    except ValueError:
        assert not within
    else:
        assert within


@given(st.integers(1, 6), st.integers(1, 30))
def test_depth_weighs(depth: int, values: int) -> None:
    policy: Any = [str(i) for i in range(values)]
    for _ in range(depth):
        policy = {"k": policy}
    assert combinations(policy) == depth * values


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_a_range_has_its_lower_bound_first(low: float, high: float) -> None:
    pattern = {"detail": {"total": [{"numeric": [">", low, "<=", high]}]}}
    if low < high:
        assert json.loads(event_pattern("pattern", pattern)) == pattern
    else:
        with pytest.raises(ValueError, match="numeric does not take"):
            event_pattern("pattern", pattern)


def test_a_pattern_with_all_its_matches() -> None:
    pattern = {
        "source": [{"prefix": {"equals-ignore-case": "shop"}}, {"anything-but": {"prefix": ["a", "b"]}}],
        "detail-type": [{"wildcard": "order*paid"}, {"anything-but": {"wildcard": "*x"}}],
        "$or": [{"detail": {"total": [{"numeric": ["=", 1]}]}}, {"account": ["111122223333"]}],
        "detail": {"ip": [{"cidr": "::/0"}], "name": [{"suffix": "z"}, None, False]},
    }
    assert json.loads(event_pattern("pattern", pattern)) == pattern


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ({}, "pattern: a mapping"),
        ({"detail_type": ["paid"]}, "an event has no 'detail_type'; it has version, .*detail-type"),
        ({"$or": [{"source": ["a"]}, {"total": [1]}]}, "an event has no 'total'"),
        ({"source": "shop"}, "pattern: source: a list"),
        ({"detail": {"total": 5}}, "pattern: detail.total: a list"),
        ({"detail": {}}, "pattern: detail: a mapping"),
        ({"source": [{"wildcard": "a**b"}]}, "wildcard does not take"),
        ({"source": [{"anything-but": {"like": "a"}}]}, "anything-but does not take"),
        ({"source": ["x" * 4_096]}, "characters; EventBridge takes 4096"),
    ],
)
def test_refused_patterns(pattern: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        event_pattern("pattern", pattern)
