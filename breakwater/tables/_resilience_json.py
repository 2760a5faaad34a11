"""What `breakwater resilience --json` prints: seconds, shares of 1, and percent where the name says so."""

from typing import Any

from breakwater.analysis.figures import Figure
from breakwater.analysis.resilience import ASSUMPTIONS, Resilience, assumption
from breakwater.analysis.resilience.availability import MINUTES, Overall, Path, minutes_down
from breakwater.analysis.resilience.model import Scenario
from breakwater.analysis.resilience.points import SinglePoint
from breakwater.analysis.resilience.recovery import Chain
from breakwater.analysis.resilience.tasks import Left

NEEDED = "all that a task connects to is taken as needed: a graph tells of no circuit breaker that would do without it"


def as_object(found: Resilience) -> dict[str, Any]:
    """Everything that was found."""
    return {
        "assumptions": [*map(_assumed_object, ASSUMPTIONS), {"name": "connected_is_needed", "what": NEEDED}],
        "scenarios": [_scenario_object(scenario) for scenario in found.scenarios],
        "single_points": [_point_object(point) for point in found.single_points],
        "availability": {
            "minutes_of_month": MINUTES,
            "paths": [_path_object(path) for path in found.paths],
            "services": [_overall_object(one) for one in found.overall],
        },
        "left_out": list(found.unread),
        "targets": [_figure_object(figure) for figure in found.figures],
    }


def _assumed_object(name: str) -> dict[str, Any]:
    found = assumption(name)
    return {
        "name": name,
        "what": ASSUMPTIONS[name],
        "value": found.value,
        "source": found.source,
        "status": found.status,
    }


def _scenario_object(scenario: Scenario) -> dict[str, Any]:
    recovery = scenario.recovery
    return {
        "kind": scenario.kind,
        "region": scenario.region,
        "what": scenario.what,
        "urns": list(scenario.urns),
        "left": [_left_object(left) for left in scenario.left],
        "data_at_risk": [
            {"store": r.store, "seconds": r.seconds, "what": r.what, "source": r.source, "status": r.status}
            for r in scenario.data
        ],
        "recovery": {
            "seconds": recovery.seconds,
            "lowest_seconds": recovery.lowest,
            "whole_seconds": recovery.whole,
            "status": recovery.status,
            "chains": [_chain_object(chain) for chain in recovery.chains],
        },
        "by_hand": list(scenario.by_hand),
    }


def _left_object(left: Left) -> dict[str, Any]:
    return {
        "region": left.region,
        "name": left.name,
        "urn": left.urn,
        "tasks_before": left.before,
        "tasks_left": left.left,
        "tasks_after": left.after,
        "share": left.share,
        "target_share": left.target_share,
        "target_share_after": left.target_share_after,
    }


def _chain_object(chain: Chain) -> dict[str, Any]:
    return {
        "name": chain.name,
        "counts": chain.counts,
        "seconds": chain.seconds,
        "lowest_seconds": chain.lowest,
        "parts": [
            {
                "name": part.name,
                "seconds": part.seconds,
                "lowest_seconds": part.seconds if part.lowest is None else part.lowest,
                "source": part.source,
                "status": part.status,
            }
            for part in chain.parts
        ],
    }


def _point_object(point: SinglePoint) -> dict[str, Any]:
    return {
        "scope": point.scope,
        "region": point.region or None,
        "name": point.name,
        "urn": point.urn or None,
        "takes": point.takes,
        "remedy": point.remedy,
    }


def _path_object(path: Path) -> dict[str, Any]:
    return {
        "way": path.way,
        "name": path.name,
        "region": path.region,
        "percent": path.availability * 100,
        "minutes_a_month": minutes_down(path.availability),
        "needs": [
            {"name": c.name, "percent": c.availability * 100, "sla": c.sla, "source": c.source, "status": c.status}
            for c in path.components
        ],
    }


def _overall_object(one: Overall) -> dict[str, Any]:
    return {
        "name": one.name,
        "regions": [path.region for path in one.paths],
        "percent": one.availability * 100,
        "minutes_a_month": minutes_down(one.availability),
        "percent_before_failovers": one.redundant * 100,
        "failover_seconds": one.failover_seconds,
        "status": one.status,
    }


def _figure_object(figure: Figure) -> dict[str, Any]:
    return {
        "region": figure.region or None,
        "part": figure.part,
        "name": figure.name,
        "value": figure.value,
        "lowest": figure.lowest,
        "unit": figure.unit,
        "target": figure.target,
        "verdict": figure.verdict,
        "limited_by": figure.limited_by,
        "remedy": figure.remedy,
        "status": figure.status,
    }
