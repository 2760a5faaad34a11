"""Sets of ports: which protocols, and which ports of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from breakwater.analysis.properties import plain, whole
from breakwater.values import UNKNOWN

_WIDTH = 1 << 16
_PROTOCOLS = ("tcp", "udp", "icmp", "protocol")
"""Each has a stretch of one line of numbers: ports, types of ICMP, and the numbers of all other protocols."""
_LAST = (65535, 65535, 255, 255)
_NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmp", "icmpv6": "icmp"}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ports:
    """A set of ports of protocols."""

    spans: tuple[Span, ...] = ()
    """First and last of each stretch, in order, none touching the next."""

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __or__(self, other: "Ports") -> "Ports":
        return Ports(_merged((*self.spans, *other.spans)))

    def __and__(self, other: "Ports") -> "Ports":
        if self is EVERY or other is EVERY:
            return other if self is EVERY else self
        found = ((max(a, c), min(b, d)) for a, b in self.spans for c, d in other.spans)
        return Ports(_merged(span for span in found if span[0] <= span[1]))

    def __sub__(self, other: "Ports") -> "Ports":
        return Ports(tuple(_less(self.spans, other.spans)))

    def listed(self) -> tuple[tuple[str, int, int], ...]:
        """Protocol, first and last port of each stretch."""
        found = []
        for index, protocol in enumerate(_PROTOCOLS):
            for first, last in (self & _ALL_OF[index]).spans:
                found.append((protocol, first - index * _WIDTH, last - index * _WIDTH))
        return tuple(found)

    def __str__(self) -> str:
        if self == EVERY:
            return "all"
        told: dict[str, list[str]] = {}
        for protocol, first, last in self.listed():
            all_of_it = (first, last) == (0, _LAST[_PROTOCOLS.index(protocol)])
            text = "" if all_of_it else str(first) if first == last else f"{first}-{last}"
            told.setdefault(protocol, []).append(text)
        return "; ".join(f"{protocol} {', '.join(texts)}".strip() for protocol, texts in told.items())


def of(protocol: str, first: int, last: int) -> Ports:
    """Ports of tcp or udp, types of icmp, or numbers of other protocols."""
    index = _PROTOCOLS.index(protocol)
    first, last = max(first, 0), min(last, _LAST[index])
    return Ports(((first + index * _WIDTH, last + index * _WIDTH),)) if first <= last else NOTHING


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for first, last in sorted(spans):
        # The stretches of two protocols touch nowhere that is used.
        if found and first <= found[-1][1] + 1 and first // _WIDTH == found[-1][1] // _WIDTH:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def _less(spans: tuple[Span, ...], taken: tuple[Span, ...]) -> Iterator[Span]:
    for first, last in spans:
        at = first
        for a, b in taken:
            if b < at or a > last:
                continue
            if a > at:
                yield at, a - 1
            at = b + 1
        if at <= last:
            yield at, last


NOTHING = Ports()
_ALL_OF = tuple(Ports(((i * _WIDTH, i * _WIDTH + last),)) for i, last in enumerate(_LAST))
EVERY = Ports(tuple(span for ports in _ALL_OF for span in ports.spans))


def read_ports(protocol: Any, first: Any, last: Any) -> tuple[Ports, bool]:
    """What a rule says, and whether that is known; what is not known may be any port."""
    name = plain(protocol)
    if name is None:
        return EVERY, False
    name = str(name).lower()
    name = _NAMES.get(name, name)
    if name in ("-1", "all"):
        return EVERY, True
    if name not in ("tcp", "udp", "icmp"):
        number = whole(name)
        return (of("protocol", number, number), True) if number is not None and number >= 0 else (EVERY, False)
    everything = _ALL_OF[_PROTOCOLS.index(name)]
    if UNKNOWN in (first, last):
        return everything, False
    begin, end = whole(first), whole(last)
    if begin is None or begin < 0:
        return everything, True
    # The second number of a rule for ICMP is a code, not the end of a range.
    return of(name, begin, begin if end is None or name == "icmp" else end), True
