"""One line of a bill, and where in a stack it belongs."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from breakwater.analysis.figures import least_sure
from breakwater.analysis.prices import GLOBAL, Price, price, uncertainty
from breakwater.analysis.properties import REGION, region_of
from breakwater.graph import STACK_TYPE, Resource, ResourceGraph

GLOBAL_SERVICES = frozenset({"cloudfront", "route53"})
"""Services with one price for all regions."""

Side = Literal["minimum", "maximum"]
"""End of autoscaling's range."""


class Line(NamedTuple):
    """What a resource is billed for, as its properties tell."""

    service: str
    """Service in the price list."""
    name: str
    """Item in the price list."""
    minimum: float
    """Units a month at autoscaling's minimum."""
    maximum: float | None = None
    """Units a month at autoscaling's maximum; None where that changes nothing."""
    counted: str = ""
    """How sure the quantity is; empty where the resource tells it."""


Counter = Callable[[Resource, ResourceGraph], Iterator[Line]]
"""What one resource is billed for."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a bill."""

    resource: Resource
    """What is paid for."""
    region: str
    """Region that it is in, or `global`."""
    component: str
    """Part of its region, or of the stack, that it belongs to."""
    service: str
    """Service in the price list."""
    name: str
    """Item in the price list."""
    minimum: float
    """Units a month at autoscaling's minimum."""
    maximum: float
    """Units a month at autoscaling's maximum."""
    price: Price | None
    """None where no price is known."""
    counted: str = ""
    """How sure the quantities are; empty where the resource tells them."""

    def usd(self, side: Side = "minimum") -> float | None:
        """US dollars a month; None where no price is known."""
        return None if self.price is None else getattr(self, side) * self.price.usd

    @property
    def status(self) -> str:
        """How sure the amount is; empty where no price is known."""
        return status_of(self.price, self.counted)


def status_of(price_: Price | None, counted: str) -> str:
    """How sure an amount of a price and a quantity is; empty without a price."""
    return least_sure(filter(None, (price_.status, counted))) if price_ else ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An amount with the range that its prices leave."""

    usd: float
    low: float
    high: float


def estimate(amounts: Iterable[tuple[float | None, str]]) -> Estimate:
    """The sum of amounts of a status each; all may be off the same way. What is None is left out: it has no price."""
    usd = low = high = 0.0
    for amount, status in amounts:
        if amount is not None:
            share = uncertainty(status).percent / 100
            usd, low, high = usd + amount, low + amount * (1 - share), high + amount * (1 + share)
    return Estimate(usd, low, high)


def items(resource: Resource, lines: Iterable[Line], graph: ResourceGraph) -> Iterator[Item]:
    """The lines of a resource with their prices."""
    component, region = place(resource, graph)
    for line in lines:
        most = line.minimum if line.maximum is None else line.maximum
        if line.minimum or most:
            at = GLOBAL if line.service in GLOBAL_SERVICES else region_of(resource, graph)
            found = price(at, line.service, line.name)
            where = region or at
            yield Item(resource, where, component, line.service, line.name, line.minimum, most, found, line.counted)


def place(resource: Resource, graph: ResourceGraph) -> tuple[str, str]:
    """The component below a region or the stack that a resource belongs to, without its region, and that region."""
    at, region = resource, ""
    while (parent := graph.by_urn.get(at.parent)) is not None and parent.type != STACK_TYPE:
        if parent.type == REGION:
            region = parent.name
            break
        at = parent
    prefix = region or region_of(resource, graph)
    return at.name.removeprefix(f"{prefix}-") if prefix else at.name, region
