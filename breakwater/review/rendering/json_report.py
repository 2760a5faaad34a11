"""A review as JSON; `report.schema.json` describes it."""

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from breakwater.analysis.cost import Sum
from breakwater.analysis.figures import Figure
from breakwater.analysis.resilience.model import Scenario
from breakwater.graph import Resource, SourceLine
from breakwater.policy_check import PolicyResult, Violation
from breakwater.review.model import CostChange, Danger, Op, Reason, Review, Step
from breakwater.review.values import ABSENT, Change
from breakwater.review.wording import changes_of
from breakwater.tables.exposure import change_json
from breakwater.tables.permissions import difference_object
from breakwater.values import masked

VERSION = 1
"""Of the format: it grows where a field is taken away or means something else."""


def report_schema() -> dict[str, Any]:
    """The JSON schema of a report."""
    found: dict[str, Any] = json.loads(files("breakwater.review").joinpath("report.schema.json").read_text("utf-8"))
    return found


def to_json(review: Review) -> dict[str, Any]:
    """All of a review but the graphs."""
    counts = review.counts or Counter(step.op for step in review.steps)
    error = {"message": review.error, "source": _source(review.error_source)} if review.error else None
    return {
        "version": VERSION,
        "stack": review.stack,
        "project": review.project,
        "against": review.against,
        "engine": review.engine,
        "verdict": review.verdict.value,
        "exit_code": review.verdict.exit_code,
        "digest": review.digest or None,
        "error": error,
        "rules_changed": review.rules_changed,
        "failures": [{"text": f.text, "source": _source(f.source)} for f in review.failures],
        "reasons": [_reason(reason) for reason in review.reasons],
        "counts": {op.value: counts.get(op, 0) for op in Op},
        "dangers": [_danger(danger) for danger in review.dangers],
        "cost": _cost(review.cost) if review.cost else None,
        "exposure": [change_json(change) for change in review.exposure],
        "permissions": None if review.permissions is None else difference_object(review.permissions),
        "capacity": {
            "figures": [{"before": _figure(f.before), "after": _figure(f.after)} for f in review.figures],
            "losses": [{"before": _loss(before), "after": _loss(after)} for before, after in review.losses],
            "single_points": [
                {"region": p.region, "name": p.name, "takes": p.takes, "remedy": p.remedy} for p in review.single_points
            ],
            "unwatched": sorted(review.unwatched),
        },
        "policies": _policies(review.policies, review.known_violations),
        "messages": [{"severity": severity, "text": text} for severity, text in review.diagnostics],
        "steps": [_step(step) for step in review.steps],
    }


def _source(source: SourceLine | None) -> str | None:
    return str(source) if source else None


def _resource(resource: Resource) -> dict[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "region": resource.region,
        "source": _source(resource.source),
        "callers": [str(caller) for caller in resource.callers],
    }


def _step(step: Step) -> dict[str, Any]:
    moved = step.before is not None and step.after is not None and step.before.urn != step.after.urn
    return {
        "op": step.op.value,
        "certain": step.certain,
        **_resource(step.resource),
        "from": step.before.urn if step.before and moved else None,
        "changes": [_change(change) for change in changes_of(step)],
        "forced_by": list(step.forced_by),
        "hidden": list(step.hidden),
    }


def _change(change: Change) -> dict[str, Any]:
    sides = {"before": change.before, "after": change.after}
    return {"path": change.path} | {side: masked(value) for side, value in sides.items() if value is not ABSENT}


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "kind": reason.kind.value,
        "verdict": reason.verdict.value,
        "text": reason.text,
        "remedy": reason.remedy or None,
        "source": _source(reason.source),
    }


def _danger(danger: Danger) -> dict[str, Any]:
    return {
        "urn": danger.step.resource.urn,
        "op": danger.step.op.value,
        "certain": danger.step.certain,
        "weight": danger.weight.name.lower(),
        "what": danger.what,
        "safeguards": list(danger.safeguards),
        "cause": list(danger.cause),
        "touches": list(danger.touches),
        "also": list(danger.also),
        "renamed_to": danger.renamed_to or None,
        "source": _source(danger.source),
    }


def _cost(cost: CostChange) -> dict[str, Any]:
    return {
        "currency": "USD",
        "before": _sum(cost.before),
        "after": _sum(cost.after),
        "components": [
            {"region": region, "component": name, "before": _usd(before), "after": _usd(after)}
            for region, name, before, after in cost.components
        ],
        "unpriced": sorted(cost.unpriced),
    }


def _sum(found: Sum) -> dict[str, Any]:
    sides = {"minimum": found.minimum, "maximum": found.maximum}
    amounts = {name: {key: _usd(usd) for key, usd in asdict(side).items()} for name, side in sides.items()}
    return amounts | {"unpriced": found.unpriced}


def _usd(value: float) -> float:
    return round(value, 6)


def _figure(figure: Figure | None) -> dict[str, Any] | None:
    return None if figure is None else asdict(figure) | {"verdict": figure.verdict.value or None}


def _loss(scenario: Scenario | None) -> dict[str, Any] | None:
    if scenario is None:
        return None
    return {
        "kind": scenario.kind.value,
        "region": scenario.region,
        "what": scenario.what,
        "share_left": scenario.worst,
        "recovery_seconds": scenario.recovery.seconds,
        "data_at_risk": [{"store": r.store, "seconds": r.seconds, "what": r.what} for r in scenario.data],
        "by_hand": list(scenario.by_hand),
    }


def _policies(found: PolicyResult, known: Collection[Violation]) -> dict[str, Any]:
    violations = [
        {
            "rule": v.rule,
            "urn": v.urn,
            "type": v.type,
            "name": v.name,
            "message": v.message,
            "remedy": v.remedy,
            "source": _source(v.source),
            "known": v in known,
        }
        for v in found.violations
    ]
    return {"rules": found.rules, "error": found.error or None, "violations": violations}
