"""Graphs of deployments whose resources take given times."""

import io
from collections.abc import Callable, Mapping

from rich.console import Console

from breakwater.analysis.creation_times import CreationTime
from breakwater.graph import Resource, ResourceGraph
from breakwater.tables.timeline import assess
from tests.breakwater.graphs import QUEUE, resource

POLICY, PROXY = "aws:iam/rolePolicy:RolePolicy", "aws:rds/proxy:Proxy"
Take = Callable[[Mapping[str, float]], None]
"""Has resources take so many seconds, by name."""


def times(seconds: Mapping[str, float]) -> Callable[[Resource], CreationTime | None]:
    """By name; half as long when all goes well, twice as long when not."""

    def found(r: Resource) -> CreationTime | None:
        s = seconds.get(r.name, 0.0 if not r.custom else None)
        return None if s is None else CreationTime(s / 2, s, s * 2, "measured", "test", "2026")

    return found


def after(name: str, *dependencies: Resource, type_: str = QUEUE, parent: str = "") -> Resource:
    """A resource that is made from what the others' creation gave."""
    ids = [dependency.id for dependency in dependencies]
    urns = tuple(dependency.urn for dependency in dependencies)
    return resource(type_, name, parent=parent, id=f"id-{name}-0123456789", inputs={"uses": ids},
                    dependencies=urns, property_dependencies={"uses": urns})  # fmt: skip


def ordered(name: str, *dependencies: Resource, type_: str = QUEUE) -> Resource:
    """A resource that is told to wait for the others, of which it uses nothing."""
    return resource(type_, name, id=f"id-{name}-0123456789", inputs={"x": "y"},
                    dependencies=tuple(dependency.urn for dependency in dependencies))  # fmt: skip


def shown(stack: ResourceGraph) -> str:
    """The report as text."""
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(assess(stack).render())
    return console.export_text()
