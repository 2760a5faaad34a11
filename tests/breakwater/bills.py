"""Graphs made by hand, and what they cost."""

from typing import Any

from breakwater.analysis.cost.fixed import fixed_costs
from breakwater.analysis.cost.item import Side
from breakwater.graph import Resource, ResourceGraph

PROVIDER = "urn:pulumi:dev::demo::pulumi:providers:aws::us"


def resource(type_: str, name: str, depends: dict[str, tuple[str, ...]] | None = None, **inputs: Any) -> Resource:
    """A resource with these inputs, and what its properties come from."""
    return Resource(
        urn=urn(type_, name), type=type_, name=name, custom=True, inputs=inputs, provider=f"{PROVIDER}::id",
        property_dependencies=depends or {},
    )  # fmt: skip


def urn(type_: str, name: str) -> str:
    """Its URN."""
    return f"urn:pulumi:dev::demo::{type_}::{name}"


def graph(*resources: Resource, region: str = "us-east-1") -> ResourceGraph:
    """A graph of these, in one region."""
    provider = Resource(urn=PROVIDER, type="pulumi:providers:aws", name="us", custom=True, inputs={"region": region})
    return ResourceGraph([provider, *resources])


def usd(*resources: Resource, region: str = "us-east-1", side: Side = "minimum") -> float:
    """What they cost a month, all of which must have a price."""
    amounts = [item.usd(side) for item in fixed_costs(graph(*resources, region=region))]
    assert None not in amounts
    return round(sum(amount or 0 for amount in amounts), 2)


def lines(*resources: Resource, region: str = "us-east-1") -> dict[str, float]:
    """Units a month by item."""
    return {item.name: item.minimum for item in fixed_costs(graph(*resources, region=region))}


DEFINITION = resource("aws:ecs/taskDefinition:TaskDefinition", "t", cpu="1024", memory="2048")
X86, SPOT = 0.04048 + 2 * 0.004445, 0.01288871 + 2 * 0.00141527
"""US dollars of an hour of such a task."""


def service(fewest: int, most: int, **inputs: Any) -> tuple[Resource, ...]:
    """A service with autoscaling between these numbers of tasks."""
    found = resource("aws:ecs/service:Service", "s", {"taskDefinition": (DEFINITION.urn,)}, **inputs)
    target = resource("aws:appautoscaling/target:Target", "s", {"resourceId": (found.urn,)},
                      minCapacity=fewest, maxCapacity=most)  # fmt: skip
    return DEFINITION, found, target
