"""Who can open connections to whom: from the internet, between the parts of a stack, to the internet.

By what the network lets through, not by what its rules say one by one: a path needs both security groups, the ACLs of
both subnets in both directions, routes there and back, addresses, and something that listens.
"""

from breakwater.analysis.exposure.changes import Change, exposure_changes
from breakwater.analysis.exposure.dead import remarks
from breakwater.analysis.exposure.finding import Finder
from breakwater.analysis.exposure.model import Direction, Exposure, Path, Remark, Step
from breakwater.analysis.exposure.regions import together
from breakwater.graph import ResourceGraph

__all__ = ["Change", "Direction", "Exposure", "Path", "Remark", "Step", "exposure", "exposure_changes"]


def exposure(graph: ResourceGraph) -> Exposure:
    """Every path of the stack, and the rules that open none."""
    finder = Finder(graph)
    return Exposure(paths=tuple(together(finder.paths())), remarks=tuple(remarks(finder)))
