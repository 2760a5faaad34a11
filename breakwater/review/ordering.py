"""The order of a report: what is needed first comes first, whatever order an engine took."""

from collections.abc import Iterable, Iterator

from breakwater.graph import Resource, ResourceGraph


def needs(resource: Resource) -> Iterator[str]:
    """URNs of all that a resource needs: parent, provider, dependencies."""
    yield from (resource.parent, resource.provider.rpartition("::")[0], *resource.dependencies)
    for urns in resource.property_dependencies.values():
        yield from urns


def depths(graph: ResourceGraph) -> dict[str, int]:
    """How many resources, one after the other, have to be there before each one."""
    found: dict[str, int] = {}
    for start in graph:
        stack = [start.urn]
        while stack:
            urn = stack[-1]
            open_ = [n for n in set(needs(graph.by_urn[urn])) if n in graph.by_urn and n not in found and n != urn]
            waiting = [n for n in open_ if n not in stack]  # a circle, which no engine makes, ends here
            if waiting:
                stack += sorted(waiting)
                continue
            known = (found[n] + 1 for n in set(needs(graph.by_urn[urn])) if n in found and n != urn)
            found[urn] = max(known, default=0)
            stack.pop()
    return found


def ordered(resources: Iterable[Resource], *, stack: str, project: str) -> ResourceGraph:
    """A graph in the order of dependencies, then by URN; of one URN the last counts."""
    unique = {resource.urn: resource for resource in resources}
    graph = ResourceGraph(unique.values(), stack=stack, project=project)
    depth = depths(graph)
    return ResourceGraph(sorted(graph, key=lambda r: (depth[r.urn], r.urn)), stack=stack, project=project)
