"""What `breakwater capacity` prints: the figures of each region, how much of each limit is used, quotas to raise."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from breakwater.analysis.capacity import capacity, to_raise
from breakwater.analysis.figures import Figure
from breakwater.analysis.model import Platform, Role
from breakwater.analysis.reading import read
from breakwater.graph import ResourceGraph
from breakwater.tables.figures import Wide, as_json, bars, counts, problem_line, table
from breakwater.values import printable


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a stack can carry."""

    platform: Platform
    figures: Sequence[Figure]
    backlog: int | None

    @property
    def problems(self) -> Sequence[str]:
        """Targets that are missed, and what runs out."""
        return [problem_line(figure) for figure in self.figures if figure.is_problem]

    def to_json(self) -> dict[str, Any]:
        """Every figure with all it rests on."""
        return {
            "backlog": self.backlog,
            "figures": [as_json(figure) for figure in self.figures],
            "quotas_to_raise": [
                {"region": f.region, "quota": f.name, "default": f.limit, "needed": needed}
                for f in self.figures
                if (needed := to_raise(f)) is not None
            ],
            "unread": list(self.platform.unread),
            "totals": counts(self.figures),
        }

    def render(self) -> RenderableType:
        """A table for each region, the bars, and what is to be done before a deployment."""
        if not self.platform.regions:
            return Text("There is no region of this platform in the graph: nothing to compute.\n")
        roles = {region.name: region.role for region in self.platform.regions}
        parts: list[RenderableType] = []
        for region, group in groupby(self.figures, key=lambda figure: figure.region):
            parts += [table(group, f"{region} ({_said(roles[region])})"), Text("")]
        parts += [bars(self.figures, "Used of each limit"), Text("")]
        return Wide(Group(*parts, self._notes()))

    def _notes(self) -> Text:
        text = Text()
        asked = [(f, needed) for f in self.figures if (needed := to_raise(f)) is not None]
        if asked:
            text.append("Quotas to raise before the deployment, where the account has the default:\n", "bold")
        for figure, needed in asked:
            text.append(f"  {figure.region}  {figure.name}: {figure.limit:,.0f} → {needed:,}\n")
        for urn in self.platform.unread:
            text.append(printable(f"Not read, as what it consists of is not known: {urn}\n"), "yellow")
        return text


def assess(graph: ResourceGraph, backlog: int | None = None) -> Capacity:
    """What the stack of a graph can carry."""
    platform = read(graph)
    return Capacity(platform, capacity(platform, backlog), backlog)


def _said(role: Role) -> str:
    return "standby: what it carries after a failover" if role is Role.STANDBY else role.value
