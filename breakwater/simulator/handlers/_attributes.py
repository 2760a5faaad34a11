"""Attributes of load balancers, target groups and listeners: keys with strings, whose values the API checks itself.

Keys, ranges, choices and defaults: API reference of Elastic Load Balancing (LoadBalancerAttribute and the like).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from breakwater.simulator.handlers._store import refuse


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its key, and what the API says about its value."""

    key: str
    default: str = ""
    """What a load balancer has where the program says nothing; "" where that is nothing."""
    span: tuple[int, int] | None = None
    choices: Sequence[str] = ()
    only: str = ""
    """The type of load balancer that has it; all have the others. The provider leaves it out elsewhere."""


def flag(key: str, default: str = "false", only: str = "") -> Attribute:
    """An attribute that is true or false."""
    return Attribute(key, default, choices=("true", "false"), only=only)


def text(value: Any) -> str:
    """A value as the provider writes it into an attribute."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def pairs(operation: str, known: Iterable[Attribute], values: Mapping[str, Any]) -> list[dict[str, str]]:
    """The Attributes parameter; AwsError for a value that the API refuses."""
    attributes = {attribute.key: attribute for attribute in known}
    for key, value in values.items():
        _check(operation, attributes.get(key, Attribute(key)), text(value))
    return [{"Key": key, "Value": text(value)} for key, value in values.items()]


def _check(operation: str, attribute: Attribute, value: str) -> None:
    if attribute.choices and value not in attribute.choices:
        allowed = ", ".join(attribute.choices)
        raise refuse(operation, "ValidationError", f"'{attribute.key}': {value!r} is not one of {allowed}")
    if attribute.span:
        low, high = attribute.span
        if not value.lstrip("-").isdigit() or not low <= int(value) <= high:
            message = f"'{attribute.key}' value '{value}' must be between '{low}-{high}' inclusive"
            raise refuse(operation, "ValidationError", message)
