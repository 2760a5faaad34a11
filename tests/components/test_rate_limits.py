"""components._rate_limits: requests per second as WAF's limit and window."""

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._rate_limits import LIMIT_MAX, LIMIT_MIN, WINDOWS_SECONDS, RateLimit, rate_limit

pytestmark = pytest.mark.feature("L6")

SLOWEST, FASTEST = Fraction(LIMIT_MIN, 600), Fraction(LIMIT_MAX + 1, 60)
RATES = st.one_of(
    st.integers(1, 40_000_000),
    st.floats(min_value=0.001, max_value=4e7, allow_nan=False),
    st.decimals(min_value="0.01", max_value="1000", places=2).map(float),
)
WINDOWS = st.sampled_from([None, *WINDOWS_SECONDS])


@pytest.mark.parametrize(
    ("rate", "window", "expected"),
    [
        (10, None, RateLimit(600, 60)),
        (50, None, RateLimit(3_000, 60)),
        (100, None, RateLimit(6_000, 60)),
        (100, 300, RateLimit(30_000, 300)),
        (1.999, None, RateLimit(119, 60)),
        (0.29, 300, RateLimit(87, 300)),
        (0.1, None, RateLimit(12, 120)),
        (0.05, None, RateLimit(15, 300)),
        (0.02, None, RateLimit(12, 600)),
        (0.017, None, RateLimit(10, 600)),
        (33_333_333, None, RateLimit(1_999_999_980, 60)),
    ],
)
def test_examples(rate: float, window: int | None, expected: RateLimit) -> None:
    assert rate_limit(rate, window) == expected


@given(rate=RATES, window=WINDOWS)
def test_never_more_than_asked_and_less_by_rounding_only(rate: float, window: int | None) -> None:
    asked = Fraction(str(rate))
    try:
        found = rate_limit(rate, window)
    except ValueError:
        windows = WINDOWS_SECONDS if window is None else (window,)
        assert not any(LIMIT_MIN <= math.floor(asked * w) <= LIMIT_MAX for w in windows)
        return
    assert LIMIT_MIN <= found.limit <= LIMIT_MAX
    assert found.window_seconds in WINDOWS_SECONDS
    assert found.limit <= asked * found.window_seconds < found.limit + 1
    if window is not None:
        assert found.window_seconds == window


@given(rate=RATES)
def test_the_shortest_window_is_taken(rate: float) -> None:
    """It lets the smallest burst through."""
    asked = Fraction(str(rate))
    if SLOWEST <= asked < FASTEST:
        found = rate_limit(rate)
        shorter = [w for w in WINDOWS_SECONDS if w < found.window_seconds]
        assert all(math.floor(asked * w) < LIMIT_MIN for w in shorter)
    else:
        with pytest.raises(ValueError, match=r"^requests_per_second: .* (slower|faster) than WAF's"):
            rate_limit(rate)


@given(rates=st.tuples(RATES, RATES), window=st.sampled_from(WINDOWS_SECONDS))
def test_a_higher_rate_never_has_a_lower_limit(rates: tuple[float, float], window: int) -> None:
    try:
        low, high = (rate_limit(rate, window) for rate in sorted(rates))
    except ValueError:
        return
    assert low.limit <= high.limit


@pytest.mark.parametrize(
    ("rate", "window", "message"),
    [
        (0, None, r"^requests_per_second: 0 is no rate; give a number above 0"),
        (-1, None, r"^requests_per_second: -1 is no rate"),
        (math.nan, None, r"^requests_per_second: nan is no rate"),
        (math.inf, None, r"^requests_per_second: inf is no rate"),
        (True, None, r"^requests_per_second: True is no rate"),
        (0.016, None, r"^requests_per_second: 0\.016 is slower .* 10 requests in 600 s; give 0\.017 or more"),
        (33_333_334, None, r"^requests_per_second: 33,333,334 is faster .* in 60 s; give at most 33,333,333"),
        (10, 30, r"^window_seconds: 30; WAF has 60 or 120 or 300 or 600 s: give one or leave it out"),
        (0.1, 60, r"^window_seconds: 0\.1 a second are 6 requests in 60 s .* give 120 or 300 or 600 s"),
        (30_000_000, 600, r"^window_seconds: 30,000,000 a second are .* in 600 s .* give 60 s, or leave it out"),
    ],
)
def test_what_is_refused_with_its_remedy(rate: float, window: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rate_limit(rate, window)


def test_what_the_messages_name_as_bounds_is_taken() -> None:
    bounds: list[Any] = [rate_limit(0.017), rate_limit(33_333_333)]
    assert [bound.window_seconds for bound in bounds] == [600, 60]
