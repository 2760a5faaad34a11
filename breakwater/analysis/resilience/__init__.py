"""What a stack survives: what each loss leaves, loses and takes, what exists once, how available each service is.

Unless something says otherwise, all that a task connects to is taken as needed: a circuit breaker before a cache would
make it optional, and a graph does not tell of one.
"""

from dataclasses import dataclass

from breakwater.analysis.figures import Figure
from breakwater.analysis.limits import Limit, limit
from breakwater.analysis.model import Platform, Role
from breakwater.analysis.resilience.availability import Overall, Path, overall, paths
from breakwater.analysis.resilience.judging import figures
from breakwater.analysis.resilience.model import Scenario
from breakwater.analysis.resilience.points import SinglePoint, single_points
from breakwater.analysis.resilience.regional import lost
from breakwater.analysis.resilience.versions import bad_version
from breakwater.analysis.resilience.within import within

__all__ = ["ASSUMPTIONS", "Resilience", "assess", "assumption", "figures"]

ASSUMPTIONS = {
    "common_cause_share": "share of failures that hit redundant parts together",
    "decision_s": "seconds until an operator has decided to leave a region",
    "update_s": "seconds until the stack file and the stack say so too",
    "failovers_per_month": "failovers a month whose own time counts against availability",
}
"""What is assumed, by its name in the data file."""


def assumption(name: str) -> Limit:
    """What is assumed, and why."""
    return limit("assumptions", name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resilience:
    """What a stack survives."""

    scenarios: tuple[Scenario, ...]
    single_points: tuple[SinglePoint, ...]
    paths: tuple[Path, ...]
    overall: tuple[Overall, ...]
    figures: tuple[Figure, ...]
    serving: frozenset[str]
    """The regions that take traffic while all is well."""
    unread: tuple[str, ...] = ()
    """URNs of what the graph does not tell enough of."""


def assess(platform: Platform) -> Resilience:
    """All of it; a bad version goes to the regions that serve."""
    scenarios: list[Scenario] = []
    for region in platform.regions:
        scenarios += within(platform, region)
        scenarios += bad_version(platform, region) if region.role != Role.STANDBY else ()
        scenarios.append(lost(platform, region))
    return Resilience(
        scenarios=tuple(scenarios),
        single_points=single_points(platform),
        paths=paths(platform),
        overall=overall(platform),
        figures=figures(platform),
        serving=frozenset(region.name for region in platform.serving()),
        unread=platform.unread,
    )
