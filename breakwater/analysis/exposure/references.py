"""Which resource a property names: by its id, or where that is not known yet, by what the property depends on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from breakwater.analysis.properties import plain, region_of
from breakwater.graph import Resource, ResourceGraph
from breakwater.values import UNKNOWN, Secret


@dataclass(frozen=True, slots=True)
class Named:
    """What a property names."""

    resources: tuple[Resource, ...] = ()
    foreign: tuple[str, ...] = ()
    """Ids of what is not in the graph."""
    sure: bool = True
    """Whether this is all of it."""


NOBODY = Named()


class References:
    """The resources of a graph by what others call them."""

    def __init__(self, graph: ResourceGraph) -> None:
        self.graph = graph
        self._by_id: dict[str, list[Resource]] = {}
        for resource in graph.cloud:
            arn = resource.outputs.get("arn")
            for id_ in {resource.id, arn if isinstance(arn, str) else ""} - {"", UNKNOWN}:
                self._by_id.setdefault(id_, []).append(resource)

    def named(self, by: Resource, key: str, value: Any, *types: str) -> Named:
        """The resources of these types that a value, or the items of one, below a property name."""
        found: dict[str, Resource] = {}
        foreign: list[str] = []
        unknown = False
        for item in listed(value):
            if is_unknown(item):
                unknown = True
            elif isinstance(item, str) and item:
                if (resource := self.with_id(item, by, *types)) is not None:
                    found[resource.urn] = resource
                else:
                    foreign.append(item)
        if unknown:
            behind = {r.urn: r for r in self.behind(by, key, *types)}
            # What is named by its id as well stands among them.
            unknown = not behind.keys() - found.keys()
            found |= behind
        if foreign and not unknown:
            # By a name that is known before the resource is made, and with it its id.
            new = [r for r in self.behind(by, key, *types) if r.urn not in found and r.id in ("", UNKNOWN)]
            if len(new) == len(foreign):
                found |= {r.urn: r for r in new}
                foreign = []
        return Named(tuple(found.values()), tuple(foreign), not unknown)

    def one(self, by: Resource, key: str, *types: str) -> Resource | None:
        """The resource of these types that a property names, if it is known."""
        return next(iter(self.named(by, key, raw(by, key), *types).resources), None)

    def behind(self, by: Resource, key: str, *types: str) -> Iterator[Resource]:
        """The resources of these types that a property comes from."""
        for urn in by.property_dependencies.get(key, ()):
            if (source := self.graph.by_urn.get(urn)) is not None and source.type in types:
                yield source

    def with_id(self, id_: str, by: Resource, *types: str) -> Resource | None:
        """The resource with an id or ARN; where two regions have one each, that of the same region."""
        candidates = [r for r in self._by_id.get(id_, ()) if r.type in types]
        if len(candidates) > 1:
            here = region_of(by, self.graph)
            candidates.sort(key=lambda r: (region_of(r, self.graph) != here, r.urn))
        return candidates[0] if candidates else None


def raw(resource: Resource, *path: str) -> Any:
    """What is at a path, as it is: also that it is not known; what the program gave, or else what was answered."""
    given = _at(resource.inputs, path)
    return _at(resource.outputs, path) if given is None else given


def _at(value: Any, path: Iterable[str]) -> Any:
    for key in path:
        if is_unknown(value):
            return UNKNOWN
        value = plain(value)
        value = value.get(key) if isinstance(value, dict) else None
    return value


def is_unknown(value: Any) -> bool:
    """Whether nobody can say what a value is."""
    return value == UNKNOWN or (isinstance(value, Secret) and (value.sealed or is_unknown(value.value)))


def listed(value: Any) -> list[Any]:
    """The items of a list, or the one that stands in place of it."""
    if is_unknown(value):
        return [UNKNOWN]
    value = plain(value)
    return value if isinstance(value, list) else [] if value is None else [value]
