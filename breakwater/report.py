"""What a run of the command line has come to: the exit code and the JSON object."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from breakwater.analysis.figures import Figure
from breakwater.graph import Resource
from breakwater.policy_check import PolicyResult
from breakwater.review.diff import Difference
from breakwater.review.values import ABSENT, Change
from breakwater.tables.figures import problem_line
from breakwater.values import masked

if TYPE_CHECKING:  # the simulator takes a second to import
    from breakwater.simulator.monitor import Failure
    from breakwater.simulator.run import Outcome

DONE, FAILED, REFUSED = 0, 1, 2
"""Exit codes: all is well; a resource, a mandatory policy, a target or the program failed; bad configuration."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """One run."""

    command: str
    """`up` or `preview`."""
    outcome: "Outcome"
    policies: PolicyResult
    judged: tuple[Figure, ...] = ()
    """Targets, and what must not run out at autoscaling's maximum; none of a plan, which knows too little."""
    seconds: float
    """All told, with the time for loading what the run needs."""
    resource_seconds: Mapping[str, float] = field(default_factory=dict)
    """How long each resource took, by URN."""
    against: str | None = None
    """What it was compared with."""
    difference: Difference | None = None
    """None where it was not compared."""

    @property
    def exit_code(self) -> int:
        """What the command ends with; a difference is no failure."""
        if self.outcome.error and self.outcome.error.expected:
            return REFUSED
        fails = not self.outcome.ok or self.policies.violations or self.policies.error or self.refused
        return FAILED if fails else DONE

    @property
    def refused(self) -> tuple[Figure, ...]:
        """The targets that are missed, and what runs out."""
        return tuple(figure for figure in self.judged if figure.is_problem)

    @cached_property
    def created(self) -> tuple[Resource, ...]:
        """What is in the cloud, or in a plan would be: without what failed and what was skipped."""
        failed = {failure.urn for failure in self.outcome.failures}
        return tuple(r for r in self.outcome.graph.cloud if r.urn not in failed)

    @property
    def regions(self) -> Mapping[str, int]:
        """Resources by region, sorted; global ones are in none."""
        return dict(sorted(Counter(r.region for r in self.created if r.region).items()))

    def to_json(self) -> dict[str, Any]:
        """The object that `--json` prints; `breakwater --help` describes it."""
        outcome, graph = self.outcome, self.outcome.graph
        document: dict[str, Any] = {
            "command": self.command,
            "stack": graph.stack,
            "project": graph.project,
            "ok": self.exit_code == DONE,
            "error": None,
            "failures": [_failure(f) for f in outcome.failures],
            "policies": {
                "rules": self.policies.rules,
                "error": self.policies.error or None,
                "violations": [
                    {"rule": v.rule, "urn": v.urn, "type": v.type, "name": v.name, "message": v.message}
                    | {"remedy": v.remedy, "source": str(v.source) if v.source else None}
                    for v in self.policies.violations
                ],
            },
            "targets": {"judged": len(self.judged), "problems": [problem_line(f) for f in self.refused]},
            "messages": [{"severity": severity, "text": text} for severity, text in outcome.messages],
            "outputs": masked(graph.outputs),
            "totals": {
                "resources": len(self.created),
                "components": sum(not r.custom for r in graph) - 1 if graph.resources else 0,
                "regions": self.regions,
                "calls": outcome.calls,
                "seconds": round(self.seconds, 3),
            },
        }
        if outcome.error:
            source = outcome.error.source
            document["error"] = error_object(outcome.error.message, self.exit_code, str(source) if source else None)
        if self.difference is not None:
            document["changes"] = _difference(self.difference, self.against)
        return document


def error_object(message: str, exit_code: int, source: str | None = None) -> dict[str, Any]:
    """What is under `error`."""
    return {"message": message, "kind": "configuration" if exit_code == REFUSED else "program", "source": source}


def _failure(failure: "Failure") -> dict[str, Any]:
    return {
        "urn": failure.urn,
        "type": failure.type,
        "name": failure.name,
        "reason": failure.reason,
        "skipped": failure.skipped,
        "source": str(failure.source) if failure.source else None,
        "callers": [str(line) for line in failure.callers],
    }


def _difference(difference: Difference, against: str | None) -> dict[str, Any]:
    return {
        "against": against,
        "added": [_resource(r) for r in difference.added],
        "changed": [_resource(c.after) | {"properties": [_change(p) for p in c.changes]} for c in difference.changed],
        "renamed": [_resource(new) | {"from": old.urn} for old, new in difference.renamed],
        "removed": [_resource(r) for r in difference.removed],
    }


def _resource(resource: Resource) -> dict[str, Any]:
    source = str(resource.source) if resource.source else None
    return {"urn": resource.urn, "type": resource.type, "name": resource.name, "source": source}


def _change(change: Change) -> dict[str, Any]:
    sides = {"before": change.before, "after": change.after}
    return {"path": change.path} | {side: masked(value) for side, value in sides.items() if value is not ABSENT}
