"""Ranges of addresses: cutting them where rules differ, and telling them."""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from breakwater.analysis.exposure.ports import Ports
from breakwater.analysis.properties import text

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
EVERYWHERE: tuple[Network, Network] = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))

# IANA's registries of special-purpose addresses: from the internet nothing comes with one of these.
_NOT_INTERNET = tuple(
    ipaddress.ip_network(cidr)
    for cidr in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/3", "::/8", "fc00::/7", "fe80::/10", "ff00::/8"),
    )
)
_MOST_RANGES = 3
"""Ranges that are told one by one."""


@dataclass(frozen=True, slots=True)
class Atom:
    """Addresses that all rules treat alike: a network without those inside it that a rule names."""

    network: Network
    holes: tuple[Network, ...] = ()

    def parts(self) -> list[Network]:
        """As networks."""
        found: list[Network] = [self.network]
        for hole in self.holes:
            found = [part for network in found for part in _without(network, hole)]
        return found


@lru_cache(maxsize=4096)
def network(value: str) -> Network | None:
    """A CIDR as a network; None for what is none."""
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None


def read_network(value: Any) -> Network | None:
    """The network that a property names; None where it is not known."""
    told = text(value)
    return network(told) if told else None


@cache
def within(inner: Network, outer: Network) -> bool:
    """Whether one network lies in another."""
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def meet(one: Network, other: Network) -> bool:
    """Whether two networks have addresses in common."""
    return within(one, other) or within(other, one)


def internet(version: int, cuts: Iterable[Network]) -> list[Atom]:
    """The addresses of the internet, cut where any of these networks begins or ends."""
    named = {cut for cut in cuts if cut.version == version}
    special = {n for n in _NOT_INTERNET if n.version == version}
    return [
        Atom(atom.network, tuple(hole for hole in atom.holes if hole in named - special))
        for atom in atoms(EVERYWHERE[version == 6], named | special)
        if not is_private(atom.network)
    ]


def atoms(universe: Network, cuts: Iterable[Network]) -> list[Atom]:
    """A network, cut where any of these begins or ends."""
    inside = sorted({universe, *(cut for cut in cuts if within(cut, universe))}, key=_order)
    holes: dict[Network, list[Network]] = {n: [] for n in inside}
    above: list[Network] = []
    for each in inside:  # a network comes after those that it lies in
        while above and not within(each, above[-1]):
            above.pop()
        if above:
            holes[above[-1]].append(each)
        above.append(each)
    found = (Atom(n, tuple(inner)) for n, inner in holes.items())
    return [a for a in found if sum(h.num_addresses for h in a.holes) < a.network.num_addresses]


def by_ranges(found: Sequence[tuple[Atom, Ports]]) -> Iterator[tuple[tuple[str, ...], Ports, frozenset[int]]]:
    """Ports that are open to the same addresses together, with these addresses and with which of the items they are."""
    edges = sorted({edge for _, ports in found for first, last in ports.spans for edge in (first, last + 1)})
    open_to: dict[frozenset[int], list[tuple[int, int]]] = {}
    for first, after in pairwise(edges):
        who = frozenset(i for i, (_, p) in enumerate(found) if any(a <= first <= b for a, b in p.spans))
        if who:
            open_to.setdefault(who, []).append((first, after - 1))
    for who, spans in open_to.items():
        ports = Ports()
        for span in spans:
            ports |= Ports((span,))
        yield collapsed(part for i in sorted(who) for part in found[i][0].parts()), ports, who


def collapsed(networks: Iterable[Network]) -> tuple[str, ...]:
    """The same addresses in as few networks as can be, IPv4 first."""
    listed = list(networks)
    four = ipaddress.collapse_addresses(n for n in listed if isinstance(n, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(n for n in listed if isinstance(n, ipaddress.IPv6Network))
    return tuple(map(str, (*four, *six)))


def told(ranges: Sequence[str]) -> str:
    """In few words: what is left out, where that is less."""
    networks = [n for n in map(network, ranges) if n is not None]
    words: list[str] = []
    for everywhere in EVERYWHERE:
        own = [n for n in networks if n.version == everywhere.version]
        if len(own) <= _MOST_RANGES:
            words += map(str, own)
            continue
        rest = list(collapsed(Atom(everywhere, tuple(own)).parts()))
        if len(rest) <= _MOST_RANGES:
            words.append(f"{everywhere} but {', '.join(rest)}")
        else:
            words += [*map(str, own[:_MOST_RANGES]), f"and {len(own) - _MOST_RANGES} more"]
    return ", ".join(words)


def _order(each: Network) -> tuple[int, int]:
    return int(each.network_address), each.prefixlen


def _without(whole: Network, hole: Network) -> Iterable[Network]:
    if within(whole, hole):
        return ()
    return whole.address_exclude(hole) if within(hole, whole) else (whole,)  # type: ignore[arg-type]


def is_private(each: Network) -> bool:
    """Whether none of these addresses is one of the internet."""
    return any(within(each, special) for special in _NOT_INTERNET)
