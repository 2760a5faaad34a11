"""The bill of a stack as one JSON object."""

from dataclasses import asdict
from typing import Any

from breakwater.analysis.cost import Bill, Sum
from breakwater.analysis.cost.deploying import Deploying
from breakwater.analysis.cost.item import Estimate, Item
from breakwater.analysis.cost.kinds import Unmetered
from breakwater.analysis.cost.usage import Charge, Rate
from breakwater.analysis.prices import HOURS, Price, uncertainties


def as_object(found: Bill) -> dict[str, Any]:
    """All of it; amounts in US dollars without tax, discounts and free tiers, null where no price is known."""
    return {
        "currency": "USD",
        "hours_a_month": HOURS,
        "totals": _totals(found),
        "regions": [_sum(part) for part in found.regions],
        "components": [_sum(part) for part in found.components],
        "items": [_item(item) for item in found.items],
        "unpriced": [
            {"urn": i.resource.urn, "region": i.region, "service": i.service, "item": i.name} for i in found.unpriced
        ],
        "unknown_types": list(found.unheard_of),
        "unread": list(found.unread),
        "deployments": [_deployment(one) for one in found.deployments],
        "usage": [_rate(rate) for rate in found.rates],
        "not_counted": [_use(use) for use in found.unmetered],
        "uncertainty": {status: asdict(told) for status, told in uncertainties().items()},
        "figures": [asdict(figure) | {"verdict": figure.verdict.value or None} for figure in found.figures],
    }


def _totals(found: Bill) -> dict[str, Any]:
    total = found.total
    return {
        "minimum": _estimate(total.minimum),
        "maximum": _estimate(total.maximum),
        "items": len(found.items),
        "unpriced": total.unpriced,
        "unknown_types": len(found.unheard_of),
    }


def _sum(part: Sum) -> dict[str, Any]:
    named = {"component": part.component} if part.component else {}
    return {
        "region": part.region,
        **named,
        "minimum": _estimate(part.minimum),
        "maximum": _estimate(part.maximum),
        "unpriced": part.unpriced,
    }


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {"usd": _rounded(estimate.usd), "low": _rounded(estimate.low), "high": _rounded(estimate.high)}


def _item(item: Item) -> dict[str, Any]:
    return {
        "urn": item.resource.urn,
        "region": item.region,
        "component": item.component,
        "service": item.service,
        "item": item.name,
        "quantity": {"minimum": _rounded(item.minimum), "maximum": _rounded(item.maximum)},
        "usd": {"minimum": _amount(item.usd("minimum")), "maximum": _amount(item.usd("maximum"))},
        "status": item.status or None,
        **_price(item.price),
    }


def _price(price: Price | None) -> dict[str, Any]:
    """What one unit costs and where that was found; all null without a price."""
    names = {"unit": "unit", "unit_usd": "usd", "source": "source", "date": "date"}
    return {name: None if price is None else getattr(price, attribute) for name, attribute in names.items()}


def _deployment(one: Deploying) -> dict[str, Any]:
    return {
        "region": one.region,
        "name": one.name,
        "overlap_seconds": one.seconds,
        "minimum": _estimate(one.minimum) if one.priced else None,
        "maximum": _estimate(one.maximum) if one.priced else None,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "region": rate.region,
        "name": rate.part,
        "per": rate.per,
        **_estimate(rate.estimate),
        "unpriced": len(rate.unpriced),
        "items": [_charge(charge) for charge in rate.charges],
        "not_counted": list(rate.not_counted),
    }


def _charge(charge: Charge) -> dict[str, Any]:
    return {
        "service": charge.service,
        "item": charge.name,
        "quantity": _rounded(charge.quantity),
        "usd": _amount(charge.usd),
        "status": charge.status or None,
        **_price(charge.price),
    }


def _use(use: Unmetered) -> dict[str, Any]:
    return {
        "region": use.region,
        "what": use.what,
        "resources": use.resources,
        "service": use.service,
        "item": use.name,
        "status": use.price.status if use.price else None,
        **_price(use.price),
    }


def _amount(value: float | None) -> float | None:
    return None if value is None else _rounded(value)


def _rounded(value: float) -> float:
    return round(value, 6)
