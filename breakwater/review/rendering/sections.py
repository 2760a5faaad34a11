"""A review as a document: what a reviewer has to know, in the order of its importance."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from breakwater.policy_check import Violation
from breakwater.review.model import Danger, Kind, Op, Reason, Review, Step, Verdict, Weight
from breakwater.review.rendering.analyses import capacity, cost, exposure, permissions
from breakwater.review.rendering.document import (
    Difference,
    Document,
    Entry,
    Line,
    Listing,
    Mark,
    Section,
    Span,
    at,
    code,
    codes,
    counted,
    cut,
    line,
    mark,
    strong,
)
from breakwater.review.rendering.picture import picture
from breakwater.review.wording import changes_of, is_secret, sides
from breakwater.values import MASK

_WEIGHTS = {Weight.BLOCK: Mark.BLOCKED, Weight.APPROVAL: Mark.APPROVAL, Weight.NOTE: Mark.SAFE}
_WILL = {
    Op.CREATE: "created",
    Op.UPDATE: "updated",
    Op.REPLACE: "replaced",
    Op.DELETE: "deleted",
    Op.IMPORT: "imported",
    Op.RENAME: "renamed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of each thing is shown."""

    value: int
    """Characters of a value."""
    text: int
    """Characters of a sentence."""
    names: int
    """Names in an enumeration."""
    changes: int
    """Changed properties of a resource."""
    cards: int
    """Components in the picture."""
    rows: int
    """Resources in a component of the picture."""
    error: int
    """Lines of an error."""


NARROW = Room(value=160, text=400, names=5, changes=20, cards=24, rows=5, error=30)
WIDE = Room(value=4_000, text=4_000, names=6, changes=1_000, cards=60, rows=12, error=1_000)


def document(review: Review, room: Room) -> Document:
    """The report."""
    sections = [
        _failures(review, room),
        _dangers(review, room),
        cost(review),
        exposure(review, room.names),
        permissions(review, room.text),
        capacity(review),
        _policies(review, room),
        _diagram(review, room),
        _details(review, room),
        _messages(review, room),
    ]
    return Document(
        verdict=review.verdict,
        title=line(_sign(review.verdict), code(cut(review.stack or "stack", 100)), ": ", *_headline(review)),
        facts=() if unchanged(review) else _facts(review),
        reasons=tuple(_reason(reason, room) for reason in review.reasons),
        error=_error(review.error, room),
        sections=tuple(section for section in sections if section),
        quiet=_quiet(review),
        footer=line("Digest ", code(cut(review.digest, 100))) if review.digest else (),
    )


def unchanged(review: Review) -> bool:
    """Whether there is nothing to report."""
    told = review.steps, review.reasons, review.dangers, review.error, review.failures
    return not (any(told) or review.policies.error or review.policies.violations)


def _sign(verdict: Verdict) -> Span:
    return mark(Mark[verdict.name])


def _headline(review: Review) -> Line:
    if unchanged(review):
        return line("no changes", *(line(" against ", code(cut(review.against, 200))) if review.against else ()))
    failed = review.verdict is Verdict.FAILED and review.error
    return line("failed, nothing can be said of the change" if failed else str(review.verdict))


def _facts(review: Review) -> Line:
    against = line("Against ", code(cut(review.against, 200))) if review.against else ()
    if review.error:
        source = line(" The error is", at(review.error_source), ".") if review.error_source else ()
        return line(*against, "." if against else "", *source)
    how = "as Pulumi's engine says" if review.engine else "derived from the code: replacements are what may happen"
    return line(*against, ", " if against else "", how, f": {_counts(review)}.")


def _counts(review: Review) -> str:
    counts = review.counts or Counter(step.op for step in review.steps)
    return ", ".join(f"{counts[op]:,} to {op}" for op in Op if counts.get(op)) or "no resource changes"


def _reason(reason: Reason, room: Room) -> Entry:
    remedy = (line(cut(reason.remedy, room.text)),) if reason.remedy else ()
    told = line(_sign(reason.verdict), cut(reason.text, room.text), at(reason.source), " · ", code(reason.rule))
    return Entry(line=told, below=remedy)


def _error(text: str, room: Room) -> str:
    lines = [cut(part, 500) for part in text.splitlines()]
    more = [f"… and {len(lines) - room.error} more lines"] if len(lines) > room.error else []
    return "\n".join((*lines[: room.error], *more))


def _failures(review: Review, room: Room) -> Section | None:
    if not review.failures:
        return None
    entries = [Entry(line=line(mark(Mark.FAILED), cut(f.text, room.text), at(f.source))) for f in review.failures]
    return Section(title="Failures", blocks=(Listing(entries=tuple(entries)),))


def _dangers(review: Review, room: Room) -> Section | None:
    if not review.dangers:
        return None
    entries = tuple(_danger(danger, room) for danger in sorted(review.dangers, key=lambda danger: -danger.weight))
    return Section(title="Dangers", blocks=(Listing(entries=entries),))


def _danger(danger: Danger, room: Room) -> Entry:
    told = line(
        mark(_WEIGHTS[danger.weight]),
        code(danger.step.resource.label),
        " ",
        strong(fate(danger.step)),
        at(danger.source),
    )
    below = [line(cut(danger.what, room.text))]
    if danger.cause:
        shown = danger.cause if len(danger.cause) <= room.names else (danger.cause[0], "…", *danger.cause[-2:])
        chain: list[Line] = [line(" → " if number else "", code(part)) for number, part in enumerate(shown)]
        below.append(line("Because of ", *chain))
    below.append(
        line(f"Safeguards: {cut(', '.join(danger.safeguards), room.text)}" if danger.safeguards else "No safeguard")
    )
    if danger.touches:
        below.append(line("Also touches ", codes(danger.touches, room.names)))
    if danger.also:
        below.append(line("For the same cause also: ", codes(danger.also, room.names)))
    if danger.renamed_to:
        below.append(line("Looks like a rename without an alias, to ", code(danger.renamed_to)))
    return Entry(line=told, below=tuple(below))


def fate(step: Step) -> str:
    """What happens to a resource, as sure as it is."""
    return f"{'is' if step.certain else 'may be'} {_WILL[step.op]}"


def _policies(review: Review, room: Room) -> Section | None:
    found = review.policies
    if found.error:
        return Section(title="Policies", summary=line("They could not be checked: ", cut(found.error, room.text)))
    if not found.violations:
        return None
    alike: dict[tuple[str, ...], list[Violation]] = {}
    for one in sorted(found.violations, key=lambda v: (v.rule, v.urn, v.message)):
        alike.setdefault((_known_sign(one, review).text, one.rule, one.message, str(one.source)), []).append(one)
    entries = tuple(_violations(group, review, room) for group in alike.values())
    known = len(set(review.known_violations) & set(found.violations))
    before = f", {known:,} of them there before" if known else ""
    summary = line(f"{counted(len(found.violations), 'violation')} of {counted(found.rules, 'rule')}{before}.")
    return Section(title="Policies", summary=summary, blocks=(Listing(entries=entries),))


def _violations(alike: Sequence[Violation], review: Review, room: Room) -> Entry:
    """Those of one rule that say the same and are at the same line."""
    first = alike[0]
    names = codes((f"{v.type}::{v.name}" for v in alike), room.names)
    below = (line(cut(first.message, room.text)), line(cut(first.remedy, room.text)))
    return Entry(line=line(_known_sign(first, review), strong(first.rule), " ", names, at(first.source)), below=below)


def _known_sign(violation: Violation, review: Review) -> Span:
    return mark(Mark.APPROVAL if violation in review.known_violations else Mark.FAILED)


def _diagram(review: Review, room: Room) -> Section | None:
    found = picture(review, cards=room.cards, rows=room.rows)
    return Section(title="Diagram", picture=found) if found else None


def _details(review: Review, room: Room) -> Section | None:
    if not review.steps:
        return None
    entries = tuple(_step(step, room) for step in review.steps)
    title = f"Details: {counted(len(entries), 'resource')}"
    return Section(title=title, blocks=(Listing(entries=entries),), folded=True)


def _step(step: Step, room: Room) -> Entry:
    told = line(strong(fate(step) if step.op is Op.REPLACE else str(step.op)), " ", code(step.resource.label))
    below: list[Line] = []
    if step.before and step.after and step.before.urn != step.after.urn:
        below.append(line("Was ", code(step.before.label)))
    if step.forced_by:
        below.append(line("Because of ", codes(step.forced_by, room.names)))
    found = [*_differences(step, room)]
    if len(found) > room.changes + 1:
        more = f"… and {len(found) - room.changes} more"
        found = [*found[: room.changes], Difference("", more)]
    return Entry(line=line(told, at(step.resource.source)), below=tuple(below), differences=tuple(found))


def _differences(step: Step, room: Room) -> Iterator[Difference]:
    """What changes; of what is new or goes, its name says it."""
    for change in changes_of(step):
        path, (before, after) = cut(change.path, room.value), sides(change, room.value)
        if before is None:
            yield Difference("+", f"{path}: {after}")
        elif after is None:
            yield Difference("-", f"{path}: {before}")
        else:
            yield Difference("!", f"{path}: changed, {MASK}" if is_secret(change) else f"{path}: {before} → {after}")


def _messages(review: Review, room: Room) -> Section | None:
    if not review.diagnostics:
        return None
    entries = tuple(
        Entry(line=line(strong(severity), " ", cut(" ".join(text.split()), room.text)))
        for severity, text in review.diagnostics
    )
    return Section(title=f"Messages: {len(entries):,}", blocks=(Listing(entries=entries),), folded=True)


def _quiet(review: Review) -> Line:
    """What was looked at and is as before: not known where the program or a resource failed."""
    if review.error or review.failures or unchanged(review):
        return ()
    policies = review.policies
    found = [
        ("dangers", bool(review.dangers) or any(reason.kind is Kind.DANGER for reason in review.reasons)),
        ("cost", review.cost is None or cost(review) is not None),
        ("exposure", bool(review.exposure)),
        ("IAM", review.permissions is None or bool(review.permissions)),
        ("capacity and availability", capacity(review) is not None),
        (f"policies ({counted(policies.rules, 'rule')})", not policies.rules or bool(policies.violations)),
    ]
    names = [name for name, told in found if not told]
    return line("Nothing to report: ", ", ".join(names), ".") if names else ()
