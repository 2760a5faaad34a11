"""A component of a region with all that is below it, as the readers of its kind take it apart."""

from collections.abc import Mapping
from functools import cached_property

from breakwater.analysis.properties import below, known, needed, text
from breakwater.graph import Resource, ResourceGraph


class Part:
    """A component and the resources below it, by type."""

    def __init__(self, component: Resource, region: str, graph: ResourceGraph) -> None:
        self.component, self.region, self.graph = component, region, graph

    @property
    def urn(self) -> str:
        """Of the component."""
        return self.component.urn

    @property
    def name(self) -> str:
        """Of the component, as in the stack file."""
        return self.local(self.component)

    def local(self, resource: Resource) -> str:
        """Name of a resource without its region."""
        return resource.name.removeprefix(f"{self.region}-")

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        found: dict[str, list[Resource]] = {}
        for resource in below(self.component, self.graph):
            found.setdefault(resource.type, []).append(resource)
        return {type_: tuple(sorted(resources, key=lambda r: r.name)) for type_, resources in found.items()}

    def of(self, *types: str) -> tuple[Resource, ...]:
        """All resources of these types, by name."""
        return tuple(r for type_ in types for r in self._by_type.get(type_, ()))

    def one(self, *types: str) -> Resource:
        """The first resource of these types; MissingError where there is none."""
        return needed(next(iter(self.of(*types)), None))

    def zone(self, subnet: Resource) -> str:
        """Zone of a subnet."""
        return needed(text(known(subnet, "availabilityZone")))
