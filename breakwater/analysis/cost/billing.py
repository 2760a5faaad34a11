"""The whole bill of a stack: its items, summed by component and region, with the error that their prices leave."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from breakwater.analysis.cost.deploying import Deploying, deployments
from breakwater.analysis.cost.fixed import fixed_costs
from breakwater.analysis.cost.item import Estimate, Item, estimate
from breakwater.analysis.cost.kinds import Unmetered, unheard_of, unmetered
from breakwater.analysis.cost.standing import standing_costs
from breakwater.analysis.cost.usage import Rate, rates
from breakwater.analysis.figures import Figure, Verdict, least_sure
from breakwater.analysis.model import Platform
from breakwater.analysis.reading import read
from breakwater.graph import ResourceGraph

_NAMED = 3
"""Components that a remedy names."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What a part of a stack costs a month."""

    region: str
    component: str
    minimum: Estimate
    """With the tasks of autoscaling's minimum."""
    maximum: Estimate
    """With the tasks of its maximum."""
    unpriced: int
    """Items without a price; they are in neither amount."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a stack costs."""

    items: tuple[Item, ...]
    rates: tuple[Rate, ...]
    deployments: tuple[Deploying, ...]
    unmetered: tuple[Unmetered, ...]
    unheard_of: tuple[str, ...]
    """Types of which it is not known whether they cost anything."""
    unread: tuple[str, ...]
    """URNs of components that could not be read: their use is not in the rates."""
    figures: tuple[Figure, ...]
    """The target, where there is one."""

    @property
    def total(self) -> Sum:
        """All of it."""
        return _sum("", "", self.items)

    @property
    def components(self) -> list[Sum]:
        """By component, the most expensive first within each region."""
        return _grouped(self.items, by_component=True)

    @property
    def regions(self) -> list[Sum]:
        """By region."""
        return _grouped(self.items, by_component=False)

    @property
    def unpriced(self) -> list[Item]:
        """What has no price."""
        return [item for item in self.items if item.price is None]


def bill(graph: ResourceGraph) -> Bill:
    """What the stack of a graph costs."""
    platform = read(graph)
    fixed = fixed_costs(graph)
    items = (*fixed, *standing_costs(platform))
    unknown = tuple(unheard_of(graph))
    return Bill(
        items=items,
        rates=tuple(rates(platform)),
        deployments=tuple(deployments(platform, fixed)),
        unmetered=tuple(unmetered(graph)),
        unheard_of=unknown,
        unread=platform.unread,
        figures=_figures(platform, items, unknown),
    )


def figures(platform: Platform) -> tuple[Figure, ...]:
    """The cost against its target, where there is one."""
    graph = platform.graph
    return _figures(platform, (*fixed_costs(graph), *standing_costs(platform)), tuple(unheard_of(graph)))


def monthly_by_resource(graph: ResourceGraph) -> Mapping[str, Sum]:
    """What each resource costs, by URN: two of these tell what a change costs."""
    found: dict[str, list[Item]] = {}
    for item in (*fixed_costs(graph), *standing_costs(read(graph))):
        found.setdefault(item.resource.urn, []).append(item)
    return {urn: _sum(items[0].region, items[0].component, items) for urn, items in found.items()}


def _figures(platform: Platform, items: Iterable[Item], unknown: tuple[str, ...]) -> tuple[Figure, ...]:
    """The cost at autoscaling's maximum, without what is billed by use, against the target."""
    target = platform.targets.monthly_usd
    if target is None:
        return ()
    listed = list(items)
    total = _sum("", "", listed)
    missing = total.unpriced + len(unknown)
    verdict = Verdict.MISSED if total.maximum.usd > target else Verdict.UNKNOWN if missing else Verdict.MET
    largest = ", ".join(f"{_where(s)} USD {s.maximum.usd:,.0f}" for s in _largest(listed))
    dearer = "take smaller or fewer of the largest, or raise targets.monthly_usd"
    priced = f"{missing} items have no price: add them to breakwater/analysis/data/prices.json"
    return (
        Figure(
            region="",
            part="cost",
            name="a month at autoscaling's maximum",
            value=total.maximum.usd,
            unit="USD",
            lowest=total.minimum.usd,
            target=target,
            limited_by=largest,
            verdict=verdict,
            remedy={Verdict.MISSED: dearer, Verdict.UNKNOWN: priced}.get(verdict, ""),
            status=least_sure(item.status for item in listed if item.status),
        ),
    )


def _where(part: Sum) -> str:
    return f"{part.component} in {part.region}" if part.region else part.component


def _largest(items: list[Item]) -> list[Sum]:
    return sorted(_grouped(items, by_component=True), key=lambda s: (-s.maximum.usd, s.region, s.component))[:_NAMED]


def _grouped(items: Iterable[Item], *, by_component: bool) -> list[Sum]:
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        groups.setdefault((item.region, item.component if by_component else ""), []).append(item)
    sums = [_sum(*key, group) for key, group in groups.items()]
    return sorted(sums, key=lambda s: (s.region, -s.maximum.usd, s.component))


def _sum(region: str, component: str, items: Iterable[Item]) -> Sum:
    listed = list(items)
    least, most = (estimate((item.usd(side), item.status) for item in listed) for side in ("minimum", "maximum"))
    return Sum(region, component, least, most, sum(item.price is None for item in listed))
