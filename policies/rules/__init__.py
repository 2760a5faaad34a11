"""The rules, and how to run them over the resources of a stack.

`evaluate(graph)` answers with each violation: its rule (name, remedy), the resource's URN and what is wrong with it.
"""

from collections.abc import Iterable

from . import (
    balancer,
    containers,
    credentials,
    database,
    encryption,
    identity,
    messaging,
    network,
    observability,
    protection,
    storage,
)
from ._model import UNKNOWN, AnyRule, Resource, Rule, StackResource, StackRule, Violation, plain, with_default_tags

__all__ = [
    "ALL",
    "UNKNOWN",
    "AnyRule",
    "Resource",
    "Rule",
    "StackResource",
    "StackRule",
    "Violation",
    "evaluate",
    "plain",
    "with_default_tags",
]

ALL: tuple[AnyRule, ...] = (
    *encryption.RULES,
    *network.RULES,
    *balancer.RULES,
    *database.RULES,
    *protection.RULES,
    *containers.RULES,
    *identity.RULES,
    *credentials.RULES,
    *messaging.RULES,
    *observability.RULES,
    *storage.RULES,
)
"""Every rule; each is mandatory."""

_PROVIDER = "pulumi:providers:aws"


def evaluate(resources: Iterable[StackResource]) -> list[Violation]:
    """All violations, in the order of the resources, then of the rules."""
    recorded = list(resources)
    providers = {r.urn: plain(r.inputs) for r in recorded if r.type == _PROVIDER}
    seen = [_read(resource, providers) for resource in recorded]
    found = [
        Violation(rule, resource.urn, message)
        for resource in seen
        for rule in ALL
        if isinstance(rule, Rule) and resource.type in rule.types
        for message in rule.check(resource.properties)
    ]
    found += [
        Violation(rule, urn, message)
        for rule in ALL
        if isinstance(rule, StackRule)
        for urn, message in rule.check(seen)
    ]
    position = {resource.urn: index for index, resource in enumerate(seen)}
    return sorted(found, key=lambda violation: (position[violation.urn], ALL.index(violation.rule)))


def _read(resource: StackResource, providers: dict[str, dict[str, object]]) -> Resource:
    provider = providers.get(resource.provider.rpartition("::")[0], {})
    references = {name: frozenset(urns) for name, urns in resource.property_dependencies.items()}
    properties = with_default_tags(plain(resource.inputs), provider)
    return Resource(type=resource.type, urn=resource.urn, properties=properties, references=references)
