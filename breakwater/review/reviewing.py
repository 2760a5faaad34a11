"""From two graphs and the steps between them to a review."""

from collections import Counter
from dataclasses import dataclass, replace

from breakwater.analysis.exposure import exposure_changes
from breakwater.analysis.permissions import permission_changes
from breakwater.graph import ResourceGraph, SourceLine
from breakwater.policy_check import PolicyResult, Violation
from breakwater.review import effects
from breakwater.review.dangers import dangers
from breakwater.review.digest import digest
from breakwater.review.model import NO_POLICIES, Failure, Review, Step, Verdict
from breakwater.review.reasons import reasons, worst
from breakwater.review.rules import Rules
from breakwater.review.steps import steps_between

EMPTY = ResourceGraph(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a review is made from."""

    stack: str
    project: str
    against: str
    """What it is compared with, in words."""
    before: ResourceGraph = EMPTY
    after: ResourceGraph = EMPTY
    steps: tuple[Step, ...] | None = None
    """What Pulumi's engine says; None where only the graphs tell."""
    production: bool = True
    policies_before: PolicyResult = NO_POLICIES
    policies: PolicyResult = NO_POLICIES
    failures: tuple[Failure, ...] = ()
    diagnostics: tuple[tuple[str, str], ...] = ()
    rules_changed: bool = False
    """Whether the change has other rules for its own verdict."""
    error: str = ""
    """Why nothing more can be said; the graphs may be empty."""
    error_source: SourceLine | None = None


def review(inputs: Inputs, rules: Rules | None = None) -> Review:
    """All that there is to say of a change."""
    before, after = inputs.before, inputs.after
    steps = inputs.steps
    if steps is None:  # half a program is no stack that could be compared
        steps = () if inputs.error else steps_between(before, after)
    renamed = {s.before.urn: s.after.urn for s in steps if s.before and s.after and s.before.urn != s.after.urn}
    found = Review(
        stack=inputs.stack,
        project=inputs.project,
        against=inputs.against,
        verdict=Verdict.SAFE,
        reasons=(),
        before=before,
        after=after,
        steps=steps,
        policies=inputs.policies,
        known_violations=_known(inputs, renamed),
        failures=inputs.failures,
        diagnostics=inputs.diagnostics,
        error=inputs.error,
        error_source=inputs.error_source,
        rules_changed=inputs.rules_changed,
        engine=inputs.steps is not None,
        digest=digest(steps, before),
        counts=dict(sorted(Counter(step.op for step in steps).items())),
    )
    if steps:
        found = _with_effects(found, inputs, renamed)
    because = reasons(found, rules or Rules())
    return replace(found, reasons=because, verdict=worst(because))


def _with_effects(found: Review, inputs: Inputs, renamed: dict[str, str]) -> Review:
    before, after, steps = found.before, found.after, found.steps
    labels = {before.by_urn[old].label: after.by_urn[new].label for old, new in renamed.items() if new in after.by_urn}
    return replace(
        found,
        dangers=dangers(steps, before, after, production=inputs.production),
        cost=effects.cost_change(before, after, steps),
        exposure=exposure_changes(before, after),
        permissions=permission_changes(before, after, labels),
        figures=effects.figure_changes(before, after),
        losses=effects.worse_losses(before, after, renamed),
        single_points=effects.new_single_points(before, after),
        unwatched=effects.unwatched(before, after, steps, renamed),
    )


def _known(inputs: Inputs, renamed: dict[str, str]) -> tuple[Violation, ...]:
    """The violations that were there before, under whatever name and with whatever words."""
    old = {(v.rule, renamed.get(v.urn, v.urn)) for v in inputs.policies_before.violations}
    return tuple(v for v in inputs.policies.violations if (v.rule, v.urn) in old)
