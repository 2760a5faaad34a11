"""Made-up resources to run rules over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policies.rules import evaluate

DIGEST = "@sha256:" + "0" * 64


@dataclass(frozen=True)
class Made:
    """One recorded resource; `references` by property, as URNs."""

    type: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    urn: str = "urn:pulumi:unit::test::x::one"
    provider: str = ""
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)


def broken(rule: str, *resources: Made) -> list[tuple[str, str]]:
    """URN and message of each violation of one rule; the other rules' are left out."""
    return [(v.urn, v.message) for v in evaluate(resources) if v.rule.name == rule]


def messages(rule: str, *resources: Made) -> list[str]:
    """The messages alone."""
    return [message for _, message in broken(rule, *resources)]
