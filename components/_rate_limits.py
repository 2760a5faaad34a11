"""Requests per second as what a rate rule of WAF takes: a limit of requests in an evaluation window; pure.

The limit is rounded down, so a rule never allows more than asked. The shortest window that can hold the rate is taken:
within a window all requests may come at once, so a longer one would let a longer burst through, and forgive it later.
WAF looks about every 10 s and estimates, so what it stops is near the limit, not exactly at it.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

# WAFV2 API, RateBasedStatement.
LIMIT_MIN, LIMIT_MAX = 10, 2_000_000_000
WINDOWS_SECONDS = (60, 120, 300, 600)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What WAF counts: more than `limit` requests within the last `window_seconds` is too many."""

    limit: int
    """Requests, 10 to 2,000,000,000."""
    window_seconds: int
    """60, 120, 300 or 600 s."""


def rate_limit(requests_per_second: float, window_seconds: int | None = None) -> RateLimit:
    """The limit and window of a rate; ValueError where WAF has none. `window_seconds` asks for a window of its own."""
    if isinstance(requests_per_second, bool) or not math.isfinite(requests_per_second) or requests_per_second <= 0:
        raise ValueError(f"requests_per_second: {requests_per_second} is no rate; give a number above 0, such as 10")
    # The number as it is written: 0.29 a second is 29 requests in 100 s, and the nearest binary fraction is not.
    rate = Fraction(str(requests_per_second))
    limits = {window: math.floor(rate * window) for window in WINDOWS_SECONDS}
    possible = [window for window, limit in limits.items() if LIMIT_MIN <= limit <= LIMIT_MAX]
    if not possible:
        raise ValueError(f"requests_per_second: {requests_per_second:,} is {_beyond(rate)}")
    if window_seconds is None:
        return RateLimit(limits[possible[0]], possible[0])
    if window_seconds not in limits:
        raise ValueError(
            f"window_seconds: {window_seconds}; WAF has {_listed(WINDOWS_SECONDS)}: give one or leave it out"
        )
    if window_seconds not in possible:
        raise ValueError(
            f"window_seconds: {requests_per_second:,} a second are {limits[window_seconds]:,} requests in "
            f"{window_seconds} s and WAF takes {LIMIT_MIN} to {LIMIT_MAX:,}; give {_listed(possible)}, or leave it out"
        )
    return RateLimit(limits[window_seconds], window_seconds)


def _beyond(rate: Fraction) -> str:
    if rate * WINDOWS_SECONDS[-1] < LIMIT_MIN:
        least = math.ceil(Fraction(LIMIT_MIN * 1000, WINDOWS_SECONDS[-1])) / 1000
        return (
            f"slower than WAF's slowest, {LIMIT_MIN} requests in {WINDOWS_SECONDS[-1]} s; "
            f"give {least} or more, or let the application limit it"
        )
    most = LIMIT_MAX // WINDOWS_SECONDS[0]
    return (
        f"faster than WAF's fastest, {LIMIT_MAX:,} requests in {WINDOWS_SECONDS[0]} s; give at most {most:,}, "
        "or leave the rule out"
    )


def _listed(windows: list[int] | tuple[int, ...]) -> str:
    return " or ".join(map(str, windows)) + " s"
