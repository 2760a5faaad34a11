"""Patterns with `*` and `?`, as policies name actions, resources and values."""

from functools import cache

_WILDCARDS = "*?"


def is_pattern(text: str) -> bool:
    """Whether it may stand for more than one text."""
    return any(wildcard in text for wildcard in _WILDCARDS)


@cache
def covers(pattern: str, other: str) -> bool:
    """Whether all that `other`, a text or a pattern itself, stands for is in `pattern`.

    Never true without being so; of patterns with wildcards beside each other it may be false where it is so.
    """
    at = start = 0
    star, tried = -1, 0
    while at < len(other):
        sign = pattern[start] if start < len(pattern) else ""
        if sign == "*":
            star, tried = start, at
            start += 1
        elif sign == other[at] or (sign == "?" and other[at] != "*"):
            start, at = start + 1, at + 1
        elif star >= 0:
            tried += 1
            start, at = star + 1, tried
        else:
            return False
    return not pattern[start:].strip("*")


@cache
def may_overlap(one: str, other: str) -> bool:
    """Whether a text may be in both; false only where none can be."""
    if not is_pattern(one) or not is_pattern(other):
        return covers(one, other) or covers(other, one)
    starts, ends = (_fixed(one), _fixed(other)), (_fixed(one[::-1]), _fixed(other[::-1]))
    return _agree(*starts) and _agree(*ends)


def _fixed(text: str) -> str:
    """What is before the first wildcard."""
    return text[: min((text.index(w) for w in _WILDCARDS if w in text), default=len(text))]


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
