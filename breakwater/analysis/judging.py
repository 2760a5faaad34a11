"""All that a stack is judged by: targets, and what must not run out at autoscaling's maximum."""

from breakwater.analysis import resilience
from breakwater.analysis.capacity import capacity
from breakwater.analysis.cost import figures as costs
from breakwater.analysis.figures import Figure, Verdict
from breakwater.analysis.reading import read
from breakwater.graph import ResourceGraph


def judged(graph: ResourceGraph) -> tuple[Figure, ...]:
    """The figures with a verdict, of capacity, resilience and cost; for a problem among them the stack is refused."""
    platform = read(graph)
    found = (*capacity(platform), *resilience.figures(platform), *costs(platform))
    return tuple(figure for figure in found if figure.verdict is not Verdict.NONE)
