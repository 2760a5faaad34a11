"""Which rules of the verdict apply to a change, each with what was found."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from breakwater.analysis.exposure.model import Direction
from breakwater.analysis.figures import Figure
from breakwater.analysis.figures import Verdict as Judged
from breakwater.analysis.permissions import PermissionDifference
from breakwater.analysis.permissions import Weight as Power
from breakwater.analysis.resilience.model import Scenario
from breakwater.graph import Resource, SourceLine
from breakwater.policy_check import Violation
from breakwater.review.effects import is_problem
from breakwater.review.model import CostChange, Danger, FigureChange, Op, Reason, Review, Step, Verdict, Weight
from breakwater.review.replacement import Holds, holds, kind_of
from breakwater.review.rules import Rule, Rules
from breakwater.review.safeguards import is_guard, weakened
from breakwater.tables.permissions import resource_text

_LISTED = 10
"""Reasons of one rule, at most: the report has all of what they are about."""
_LONGEST = 500
"""Characters of an error in a reason; the report has all of it."""
_NAMED = 3
"""Actions, or users of something, that a reason names."""
_WEB = ({("tcp", 443, 443)}, {("tcp", 80, 80)}, {("tcp", 80, 80), ("tcp", 443, 443)})
_ORDER = (Verdict.FAILED, Verdict.BLOCKED, Verdict.APPROVAL, Verdict.SAFE)


@dataclass(frozen=True, slots=True)
class Found:
    """A rule that applies, before the table says what follows from it."""

    rule: str
    text: str
    remedy: str = ""
    source: SourceLine | None = None


def reasons(review: Review, rules: Rules) -> tuple[Reason, ...]:
    """All of them, the heaviest first, then in the order of the report."""
    found: list[Reason] = []
    listed: dict[str, int] = {}
    for one in dict.fromkeys(_all(review, rules)):
        rule = rules[one.rule]
        listed[one.rule] = listed.get(one.rule, 0) + 1
        if rule.verdict is not Verdict.SAFE and listed[one.rule] <= _LISTED:
            found.append(_reason(rule, one))
    for name, count in listed.items():
        rule = rules[name]
        if count > _LISTED and rule.verdict is not Verdict.SAFE:
            more = f"and {count - _LISTED} more: {rule.what}"
            last = max(i for i, reason in enumerate(found) if reason.rule == name)
            found.insert(last + 1, _reason(rule, Found(name, more)))
    return tuple(sorted(found, key=lambda reason: _ORDER.index(reason.verdict)))


def _reason(rule: Rule, found: Found) -> Reason:
    return Reason(
        rule=rule.name,
        kind=rule.kind,
        verdict=rule.verdict,
        text=found.text,
        remedy=found.remedy,
        source=found.source,
    )


def worst(found: Iterable[Reason]) -> Verdict:
    """The verdict of a review with these reasons."""
    return min((reason.verdict for reason in found), key=_ORDER.index, default=Verdict.SAFE)


def _all(review: Review, rules: Rules) -> Iterator[Found]:
    if review.error:
        yield Found("program-fails", _one_line(review.error), source=review.error_source)
    for failure in review.failures:
        yield Found("resource-fails", failure.text, source=failure.source)
    if review.rules_changed:
        yield Found("changed-rules", "the stack file changes the rules of this verdict; judged by those before")
    yield from _policies(review)
    yield from (_danger(danger) for danger in review.dangers if danger.weight is not Weight.NOTE)
    yield from _weakened(review.steps)
    yield from _upgrades(review.steps)
    if review.cost:
        yield from _cost(review.cost, rules)
    yield from _exposure(review)
    if review.permissions:
        yield from _permissions(review.permissions)
    yield from _figures(review.figures)
    for was, now in review.losses:
        if was and now:
            yield Found("worse-loss", _loss(was, now))
    for point in review.single_points:
        text = f"{point.name} in {point.region} exists once from now on; with it goes {point.takes}"
        yield Found("single-point", text, point.remedy)
    for label in review.unwatched:
        yield Found("lost-alarms", f"{label} loses alarms", "keep them, or say who notices instead")


def _policies(review: Review) -> Iterator[Found]:
    if review.policies.error:
        yield Found("policy-unknown", f"a policy rule fails: {review.policies.error}")
    old = set(review.known_violations)
    alike: dict[tuple[str, ...], list[Violation]] = {}
    for one in review.policies.violations:
        rule = "policy-still-violated" if one in old else "policy-violation"
        alike.setdefault((rule, one.rule, one.type, one.message), []).append(one)
    for (rule, *_), (first, *others) in alike.items():
        text = f"{first.rule}: {first.name} ({first.type}) {first.message}{_and_more(others)}"
        yield Found(rule, text, first.remedy, first.source)


def _and_more(others: Sequence[object]) -> str:
    return f"; the same of {len(others)} more" if others else ""


def _danger(danger: Danger) -> Found:
    because = danger.cause[0] if danger.cause and danger.step.op is Op.REPLACE else ""
    text = f"{danger.what}, because of {because}" if because else danger.what
    return Found(rule_of(danger), text, remedy(danger), danger.source)


def rule_of(danger: Danger) -> str:
    """The rule that judges a danger."""
    if danger.weight is Weight.BLOCK and holds(danger.step.resource) is Holds.SERVES:
        return "network-replacement"
    does = "deletion" if danger.step.op is Op.DELETE else "replacement"
    return {
        Holds.DATA: f"data-{does}" if danger.weight is Weight.BLOCK else f"guarded-{does}",
        Holds.COPY: "copy-loss",
        Holds.RECORDS: "records-loss",
        Holds.SERVES: f"serving-{does}",
    }[holds(danger.step.before or danger.step.resource)]


def remedy(danger: Danger) -> str:
    """What to do instead."""
    if danger.renamed_to:
        return f"if this is a rename: give {danger.renamed_to} an alias for its former name, and nothing is deleted"
    if rule_of(danger) == "network-replacement":
        return f"leave {', '.join(danger.step.forced_by)} as it is: a network takes further ranges beside its own"
    if holds(danger.step.resource) is not Holds.DATA:
        return ""
    if danger.step.op is Op.DELETE:
        return "take a snapshot or copy first; to keep it outside the stack, set retainOnDelete before it is removed"
    names = ", ".join(danger.step.forced_by)
    return f"leave {names} as it is, or make a second one beside it, move the data, and remove the first"


def _weakened(steps: Sequence[Step]) -> Iterator[Found]:
    alike: dict[str, list[Resource]] = {}
    for step in steps:
        if step.before is None or step.after is None:
            continue
        if holds(step.before) not in (Holds.DATA, Holds.COPY) and not is_guard(step.before):
            continue
        for lost in weakened(step):
            alike.setdefault(lost, []).append(step.resource)
    for lost, (first, *others) in alike.items():
        text = f"{kind_of(first).what} {first.name}: {lost}{_and_more(others)}"
        yield Found("safeguard-removed", text, source=first.source)


def _upgrades(steps: Sequence[Step]) -> Iterator[Found]:
    for step in steps:
        if step.op is not Op.UPDATE or step.before is None or holds(step.before) not in (Holds.DATA, Holds.COPY):
            continue
        for change in step.changes:
            if change.path in ("engineVersion", "engine"):
                what = f"{kind_of(step.resource).what} {step.resource.name}"
                text = f"{what}: {change.path} {change.before} → {change.after}, in place"
                yield Found("engine-upgrade", text, "take a snapshot first", step.resource.source)


def _cost(cost: CostChange, rules: Rules) -> Iterator[Found]:
    before, after = cost.before.maximum.usd, cost.after.maximum.usd
    more = after - before
    limits = rules["cost-increase"].thresholds
    if more > limits["usd"] and more > before * limits["percent"] / 100:
        share = f", {more / before:+.0%}" if before else ""
        yield Found("cost-increase", f"USD {before:,.0f} → {after:,.0f} a month at most (+{more:,.0f}{share})")


def _exposure(review: Review) -> Iterator[Found]:
    new = {_place(step) for step in review.steps if step.op is Op.CREATE}
    for change in review.exposure:
        if not change.is_gain:
            continue
        path = change.path
        text = f"{path.source} → {path.target}, {path.ports}{_ranges(path.ranges)} {change.kind}"
        source = _line(next((step.source for step in change.by if step.source), ""))
        if path.undecidable:
            yield Found("undecidable-exposure", f"{text}: {path.undecidable}", source=source)
        elif path.direction is Direction.INWARD:
            serves = set(path.ports.listed()) in _WEB
            yield Found("internet-serving" if serves else "internet-exposure", text, source=source)
        elif path.direction is Direction.BETWEEN and not {path.source, path.target} & new:
            yield Found("new-path", text, source=source)


def _place(step: Step) -> str:
    return step.resource.name


def _ranges(ranges: Sequence[str]) -> str:
    return f" from {', '.join(ranges[:_NAMED])}{' …' if len(ranges) > _NAMED else ''}" if ranges else ""


def _permissions(difference: PermissionDifference) -> Iterator[Found]:
    told: set[tuple[str, str]] = set()
    for change in difference.gained:
        grant, rule = change.grant, _rule_of(change.weight)
        may = "is no longer denied" if change.how == "denial" else "may"
        what = f"{_actions(grant.written or sorted(grant.actions))} on {resource_text(grant)}"
        text = f"{grant.principal} {may} {what}"
        # One statement may bring several changes: actions that are new, and such that were there on less.
        if rule and (rule, text) not in told:
            told.add((rule, text))
            why = next((reason for reason in change.reasons if reason != what), "")
            text = f"{text} ({why})" if why else text
            yield Found(rule, text, source=_line(next((s.line for s in grant.sources if s.line), "")))
    for unread in difference.undecidable:
        rule = _rule_of(unread.weight) or "undecidable-permissions"
        text = f"{unread.unread.what}: {'; '.join(unread.reasons) or unread.unread.why}"
        yield Found(rule, text, source=_line(unread.unread.source.line))


def _rule_of(weight: Power) -> str | None:
    if weight is Power.ADMIN:
        return "admin-permissions"
    if weight is Power.PUBLIC:
        return "public-permissions"
    if weight is Power.REVIEW:
        return "undecidable-permissions"
    return "broad-permissions" if weight >= Power.PERMISSIONS else None


def _actions(actions: Sequence[str]) -> str:
    more = len(actions) - _NAMED
    return ", ".join(actions[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _figures(changes: Sequence[FigureChange]) -> Iterator[Found]:
    for change in changes:
        old, new = change.before, change.after
        if is_problem(change) and new:
            rule = "missed-target" if new.verdict is Judged.MISSED else "unknown-target"
            yield Found(rule, figure_text(old, new), new.remedy)
        elif old and old.target is not None and (new is None or new.target is None):
            yield Found("lowered-target", f"{_name(old)}: the target {_number(old.target, old.unit)} is gone")
        elif old and new and _asks_less(old, new):
            text = f"{_name(new)}: target {_number(old.target, old.unit)} → {_number(new.target, new.unit)}"
            yield Found("lowered-target", text)


def _asks_less(old: Figure, new: Figure) -> bool:
    """Whether the value may be further from where the old target wanted it: below a floor, above a ceiling."""
    if old.target is None or new.target is None or old.target == new.target or new.value is None:
        return False
    is_floor = (new.value >= new.target) == (new.verdict is Judged.MET)
    return new.target < old.target if is_floor else new.target > old.target


def figure_text(old: Figure | None, new: Figure) -> str:
    """A figure with what it was, its limit and its target."""
    was = f"{_number(old.value, old.unit)} → " if old else ""
    against = [f"limit {_number(new.limit, new.unit)}"] if new.limit is not None else []
    against += [f"target {_number(new.target, new.unit)}"] if new.target is not None else []
    return f"{_name(new)}: {was}{_number(new.value, new.unit)}{', ' if against else ''}{', '.join(against)}"


def _name(figure: Figure) -> str:
    return " ".join(word for word in (figure.region, figure.part, figure.name) if word)


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "not known"
    text = f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:,.4g}"
    return f"{text} {unit}".strip()


def _loss(was: Scenario, now: Scenario) -> str:
    parts = []
    if was.recovery.seconds != now.recovery.seconds:
        parts.append(f"{_seconds(was.recovery.seconds)} → {_seconds(now.recovery.seconds)} until requests are answered")
    if (now.worst or 0) < (was.worst or 0):
        parts.append(f"{was.worst or 0:.0%} → {now.worst or 0:.0%} of capacity left at once")
    risks = {risk.store: risk.seconds for risk in was.data}
    for risk in now.data:
        if risk.store not in risks or risks[risk.store] != risk.seconds:
            before = _seconds(risks[risk.store]) if risk.store in risks else "nothing"
            parts.append(f"{risk.store}: data of {before} → {_seconds(risk.seconds)} at risk")
    parts += [f"by hand: {text}" for text in now.by_hand if text not in was.by_hand]
    return f"loss of {now.kind} in {now.region}: {'; '.join(parts)}"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …"


def _seconds(seconds: float | None) -> str:
    return "an unknown time" if seconds is None else f"{seconds:,.0f} s"


def _line(text: str) -> SourceLine | None:
    path, _, line = text.rpartition(":")
    return SourceLine(path, int(line)) if path and line.isdigit() else None
