"""Places of listener rules that name none: drawn from what a rule says, so that rules come and go without moving
others; pure.

A rule that names a host comes before one that does not; in both the longer the literal beginning of its paths, the
earlier, and for one length exact paths come before patterns, patterns with something after the first wildcard before
prefixes. Each such rank has a band of priorities, and a rule has one of them by its hash.
"""

import re
import zlib
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

_WILDCARDS = "*?"
_PATH_MAX = 128

# Priorities per rank, 1 to 50,000 in all. Most rules are exact paths and prefixes of few characters: they get the most,
# so that two seldom draw the same. Never change these: every rule would move.
_SHORT, _SHORT_WIDTHS, _LONG_WIDTH = 40, (240, 24, 240), 13
_HOST_WIDTH = 1_800

# Of what a rule matches, characters in its name.
_KEY_MAX = 40


class Rank(NamedTuple):
    """How specific a rule is; the smaller, the more."""

    hosts: int
    """0: hosts and paths, 1: hosts, 2: paths."""
    beginning: int
    """Minus the literal characters that the paths begin with."""
    form: int
    """0: exact, 1: pattern, 2: prefix."""


def rank(hosts: Sequence[str], paths: Sequence[str]) -> Rank:
    """The rank of a rule, that of its least specific path; ValueError where it has none of its own."""
    for host in hosts:
        if any(wildcard in host for wildcard in _WILDCARDS):
            raise ValueError(f"priority: host {host!r} is a pattern, which has no place of its own; write a priority")
    if not paths:
        return Rank(1, 0, 0)
    return max(Rank(0 if hosts else 2, *_path_rank(path)) for path in paths)


def derived_priority(hosts: Sequence[str], paths: Sequence[str], target: str = "") -> int:
    """The priority of a rule that leads to `target`; depends on nothing else, not even on the order of its lists."""
    band = bands()[rank(hosts, paths)]
    text = "\n".join([target, *sorted(hosts), "", *sorted(paths)])
    return band[zlib.crc32(text.encode()) % len(band)]


def readable_key(hosts: Sequence[str], paths: Sequence[str], priority: int) -> str:
    """A name for a rule with a drawn priority: what it matches, shortened, and the priority, which makes it unique."""
    words = [*(host.partition(".")[0] for host in sorted(hosts)), *sorted(paths)]
    text = re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")[:_KEY_MAX].strip("-")
    return f"{text}-{priority}" if text else str(priority)


def _path_rank(path: str) -> tuple[int, int]:
    wildcard = next((place for place, character in enumerate(path) if character in _WILDCARDS), None)
    if wildcard is None:
        return -len(path), 0
    return -wildcard, 2 if path[wildcard:] == "*" else 1


@cache
def bands() -> dict[Rank, range]:
    """Rank -> its priorities."""
    found: dict[Rank, range] = {}
    start = 1
    for hosts in range(3):
        for beginning in range(-_PATH_MAX, 1) if hosts != 1 else (0,):
            for form in range(3) if hosts != 1 else (0,):
                short = beginning >= -_SHORT
                width = _HOST_WIDTH if hosts == 1 else _SHORT_WIDTHS[form] if short else _LONG_WIDTH
                found[Rank(hosts, beginning, form)] = range(start, start + width)
                start += width
    return found
