"""What the analyses need of single resources: properties that may be missing or unknown, where they come from, who may
do what.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from breakwater.graph import Resource, ResourceGraph
from breakwater.values import UNKNOWN, Secret

REGION, NAME = "breakwater:region:Region", "breakwater:dns:FailoverRecord"
INSTANCE, SUBNET, QUEUE = "aws:rds/instance:Instance", "aws:ec2/subnet:Subnet", "aws:sqs/queue:Queue"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"

_T = TypeVar("_T")


class MissingError(Exception):
    """What every resource of a kind has is missing or not known."""


def needed(value: _T | None) -> _T:
    """The value; MissingError where there is none."""
    if value is None:
        raise MissingError
    return value


def known(resource: Resource, *path: str) -> Any:
    """What is at a path: what the program gave, or else what the provider answered; None where neither is known."""
    given = known_at(resource.inputs, *path)
    return known_at(resource.outputs, *path) if given is None else given


def known_at(value: Any, *path: str) -> Any:
    """What is at a path below a value; None where that is not known."""
    for key in path:
        value = plain(value.get(key)) if isinstance(value, Mapping) else None
    return value


def plain(value: Any) -> Any:
    """A value without its secrecy; None for what is sealed or known only after deployment."""
    if isinstance(value, Secret):
        return None if value.sealed else plain(value.value)
    return None if value == UNKNOWN else value


def number(value: Any) -> float | None:
    """A number, also one that is written as text; None for anything else."""
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(value: Any) -> int | None:
    """A whole number, also one that is written as text; None for anything else."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() else None


def text(value: Any) -> str | None:
    """A text that is known; None for anything else."""
    value = plain(value)
    return value if isinstance(value, str) else None


def items(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list, or the one that stands in place of it; empty for anything else."""
    value = plain(value)
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, Mapping)]


def below(resource: Resource, graph: ResourceGraph) -> Iterator[Resource]:
    """A resource and all that it is an ancestor of."""
    yield resource
    for child in graph.children.get(resource.urn, ()):
        yield from below(child, graph)


def sources(resource: Resource, property_name: str, graph: ResourceGraph, *types: str) -> Iterator[Resource]:
    """The resources of these types that a property comes from."""
    for urn in resource.property_dependencies.get(property_name, ()):
        source = graph.by_urn.get(urn)
        if source is not None and source.type in types:
            yield source


def zones(resource: Resource, property_name: str, graph: ResourceGraph) -> frozenset[str]:
    """The zones of the subnets that a property names."""
    found = (text(known(s, "availabilityZone")) for s in sources(resource, property_name, graph, SUBNET))
    return frozenset(filter(None, found))


def region_of(resource: Resource, graph: ResourceGraph) -> str:
    """Region of a resource, or of its provider."""
    provider = graph.by_urn.get(resource.provider.rpartition("::")[0])
    own = resource.region or (provider.inputs.get("region") if provider else None)
    return own if isinstance(own, str) else ""


def latency_regions(graph: ResourceGraph) -> frozenset[str]:
    """The regions that a record leads to by the way there."""
    policies = (known(record, "latencyRoutingPolicies") for record in graph.of("aws:route53/record:Record"))
    return frozenset(text(p.get("region")) or "" for listed in policies for p in items(listed)) - {""}


def storage_gib(instance: Resource, graph: ResourceGraph) -> float | None:
    """GiB of a database instance; a replica that names none has what its source has."""
    seen = set[str]()
    at: Resource | None = instance
    while at is not None and at.urn not in seen:
        if (given := number(known_at(at.inputs, "allocatedStorage"))) is not None:
            return given
        seen.add(at.urn)
        at = next(sources(at, "replicateSourceDb", graph, INSTANCE), None)
    return None


def permissions(policy: Resource) -> list[tuple[str, str]] | None:
    """Each allowed action with each resource it is allowed on; None where the policy is not known."""
    try:
        document = json.loads(known_at(policy.inputs, "policy"))
    except (TypeError, ValueError):
        return None
    statements = items(document.get("Statement")) if isinstance(document, Mapping) else []
    return [
        (str(action), str(resource))
        for statement in statements
        if statement.get("Effect") == "Allow"
        for action in _listed(statement.get("Action"))
        for resource in _listed(statement.get("Resource"))
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def environment(definition: Resource) -> Mapping[str, str] | None:
    """Variables of a task definition's containers together; None where they are not known."""
    try:
        containers = json.loads(known(definition, "containerDefinitions"))
    except (TypeError, ValueError):
        return None
    variables = (variable for c in items(containers) for variable in items(c.get("environment")))
    return {str(v.get("name")): str(v.get("value")) for v in variables}
