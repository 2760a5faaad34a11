"""What the analyses say of a change, as sections: cost, exposure, permissions, capacity and availability."""

from collections.abc import Iterator

from breakwater.analysis.cost import Sum
from breakwater.analysis.cost.item import Estimate
from breakwater.analysis.exposure.changes import Change, Kind
from breakwater.analysis.exposure.model import Direction
from breakwater.analysis.exposure.ranges import told
from breakwater.analysis.figures import Figure, Verdict
from breakwater.analysis.permissions import PermissionChange, Unread, UnreadChange, Weight
from breakwater.analysis.resilience.model import AtRisk, Scenario
from breakwater.analysis.resilience.points import SinglePoint
from breakwater.review.model import FigureChange, Review
from breakwater.review.rendering.document import (
    Block,
    Entry,
    Line,
    Listing,
    Mark,
    Section,
    Table,
    at,
    code,
    codes,
    counted,
    cut,
    line,
    mark,
    strong,
)
from breakwater.tables.figures import amount
from breakwater.tables.permissions import sentence
from breakwater.tables.resilience import duration

_CENT = 0.005
_TOLD = 0.0005
"""Share of a cost from which on it is told."""
_SERIOUS = Weight.PERMISSIONS
"""From which on a permission is marked."""
_MARKS = {Verdict.MISSED: mark(Mark.BLOCKED), Verdict.UNKNOWN: mark(Mark.UNSURE)}


def cost(review: Review) -> Section | None:
    """Before and after, as a range of autoscaling, then by component; None where nothing is different."""
    found = review.cost
    if found is None:
        return None
    sums = [("at autoscaling's minimum", found.before.minimum, found.after.minimum)]
    sums.append(("at its maximum", found.before.maximum, found.after.maximum))
    if not (_scales(found.before) or _scales(found.after)):
        sums = [("whatever autoscaling does", found.before.minimum, found.after.minimum)]
    changed = any(abs(after.usd - before.usd) >= _CENT for _, before, after in sums)
    if not (changed or found.components or found.unpriced):
        return None
    totals = Table(
        columns=("US dollars a month", "before", "after", "change"),
        rows=tuple(_cost_row(line(name), before.usd, after.usd) for name, before, after in sums),
        numbers=1,
    )
    parts = sorted(found.components, key=lambda c: (-abs(c[3] - c[2]), c[0], c[1]))
    blocks: list[Block] = [totals] if changed or parts else []
    if parts:
        rows = tuple(_cost_row(line(code(f"{region} {name}".strip())), *usd) for region, name, *usd in parts)
        columns = ("at the maximum, by component", "before", "after", "change")
        blocks.append(Table(columns=columns, rows=rows, numbers=1))
    if found.unpriced:
        entries = tuple(Entry(line=line(code(label))) for label in sorted(found.unpriced))
        title = f"No price is known of {counted(len(entries), 'resource')}: in no amount"
        blocks.append(Listing(entries=entries, title=title))
    return Section(title="Cost", summary=_cost_summary(found.before, found.after), blocks=tuple(blocks))


def _scales(found: Sum) -> bool:
    return abs(found.minimum.usd - found.maximum.usd) >= _CENT


def _cost_summary(before: Sum, after: Sum) -> Line:
    least, most = after.minimum.usd - before.minimum.usd, after.maximum.usd - before.maximum.usd
    told_ = _signed(least) if abs(most - least) < _CENT else f"{_signed(least)} to {_signed(most)}"
    share = ""
    if before.maximum.usd >= _CENT and abs(most / before.maximum.usd) >= _TOLD:
        share = f" ({most / before.maximum.usd:+.1%} at autoscaling's maximum)".replace("-", "−")
    unpriced = f" {counted(after.unpriced, 'item')} without a price." if after.unpriced else ""
    within = f" List prices, {_within(after.maximum)}." if after.maximum.high - after.maximum.low >= _CENT else ""
    return line(strong(f"{told_} USD a month"), f"{share}, what is billed by use apart.{within}{unpriced}")


def _within(estimate: Estimate) -> str:
    return f"so the maximum after is between {estimate.low:,.0f} and {estimate.high:,.0f}"


def _cost_row(name: Line, before: float, after: float) -> tuple[Line, ...]:
    return name, line(f"{before:,.2f}"), line(f"{after:,.2f}"), line(_signed(after - before))


def _signed(usd: float) -> str:
    return "±0" if abs(usd) < _CENT else f"{usd:+,.2f}".replace("-", "−")


def exposure(review: Review, names: int) -> Section | None:
    """The paths that open, then those that close."""
    if not review.exposure:
        return None
    gains = tuple(_path(change, names) for change in review.exposure if change.is_gain)
    losses = tuple(_path(change, names) for change in review.exposure if not change.is_gain)
    blocks = [Listing(entries=found) for found in (gains, losses) if found]
    summary = line(f"{counted(len(gains), 'path')} more, {len(losses):,} less.")
    return Section(title="Exposure", summary=summary, blocks=tuple(blocks))


def _path(change: Change, names: int) -> Entry:
    path = change.path
    gain = Mark.APPROVAL if path.direction is Direction.INWARD else Mark.GAIN
    sign = Mark.UNSURE if path.undecidable else gain if change.is_gain else Mark.LESS
    where = line(" for " if path.source == "internet" else " to ", code(told(path.ranges))) if path.ranges else ()
    who = path.access or ("everybody" if path.direction is Direction.INWARD else "")
    access = f", access: {who}" if who and change.kind not in (Kind.CLOSED, Kind.NARROWED) else ""
    ends = line(code(path.source), " → ", code(path.target), ", ", strong(str(path.ports)))
    text = line(mark(sign), f"{change.kind} {path.direction}: ", ends, where, access)
    below = [line("Cannot be decided: ", path.undecidable)] if path.undecidable else []
    if change.by:
        by = [f"{step.label} ({step.source})" if step.source else step.label for step in change.by]
        below.append(line("By ", codes(by, names)))
    return Entry(line=text, below=tuple(below))


def permissions(review: Review, longest: int) -> Section | None:
    """What is gained, what nobody can say, and what is lost; the heaviest first."""
    found = review.permissions
    if not found:
        return None
    blocks = [
        Listing(entries=tuple(_grant(one, longest) for one in found.gained), title="Gained"),
        Listing(entries=tuple(_unread(one, longest) for one in found.undecidable), title="To be looked at by a person"),
        Listing(entries=tuple(_lost(one, longest) for one in found.lost), title="Lost"),
        Listing(entries=tuple(_gone(one) for one in found.no_longer), title="No longer named"),
    ]
    heaviest = f", at most {found.weight.label}" if found.gained or found.undecidable else ""
    summary = line(
        f"{counted(len(found.gained), 'permission')} gained, {len(found.lost):,} lost, "
        f"{len(found.undecidable):,} undecidable{heaviest}."
    )
    return Section(title="IAM", summary=summary, blocks=tuple(block for block in blocks if block.entries))


def _grant(change: PermissionChange, longest: int) -> Entry:
    sign = Mark.APPROVAL if change.weight >= _SERIOUS else Mark.GAIN
    sources = next((source.line for source in change.grant.sources if source.line), "")
    text = line(mark(sign), strong(change.weight.label), " ", cut(sentence(change), longest), at(sources))
    why = "; ".join(change.reasons)
    return Entry(line=text, below=(line(cut(why, longest)),) if why else ())


def _lost(change: PermissionChange, longest: int) -> Entry:
    return Entry(line=line(mark(Mark.LESS), cut(sentence(change), longest)))


def _unread(change: UnreadChange, longest: int) -> Entry:
    found = change.unread
    who = line(str(found.principal), ": ") if found.principal else ()
    text = line(mark(Mark.UNSURE), who, code(found.what), f": {cut(found.why, longest)}", at(found.source.line))
    return Entry(line=text)


def _gone(unread: Unread) -> Entry:
    return Entry(line=line(mark(Mark.LESS), code(unread.what)))


def _single(point: SinglePoint) -> Entry:
    text = line(code(f"{point.region} {point.name}"), f": with it goes {point.takes}")
    return Entry(line=text, below=(line(point.remedy),))


def capacity(review: Review) -> Section | None:
    """What can be carried, what is left after a loss, and what nobody watches any more."""
    blocks: list[Block] = []
    if review.losses:
        losses = tuple(_loss(*sides) for sides in review.losses)
        blocks.append(Listing(entries=losses, title="After a loss"))
    if review.single_points:
        blocks.append(Listing(entries=tuple(map(_single, review.single_points)), title="Exists once from now on"))
    if review.unwatched:
        unwatched = tuple(Entry(line=line(code(label))) for label in sorted(review.unwatched))
        blocks.append(Listing(entries=unwatched, title="Without alarms from now on"))
    if review.figures:
        rows = tuple(_figure(change) for change in review.figures)
        blocks.append(Table(columns=("", "figure", "before", "after", "limit, target"), rows=rows, numbers=2))
    return Section(title="Capacity and availability", blocks=tuple(blocks)) if blocks else None


def _figure(change: FigureChange) -> tuple[Line, ...]:
    figure = change.after or change.before
    if figure is None:
        return ((),) * 5
    where = f"{figure.region} {figure.part}".strip()
    sign = line(_MARKS[change.after.verdict]) if change.after and change.after.verdict in _MARKS else ()
    return (
        line(code(where)),
        line(figure.name),
        line(_value(change.before)),
        line(sign, _value(change.after)),
        line(", ".join(_against(figure))),
    )


def _value(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    if figure.value is None:
        return "not known"
    most = amount(figure.value, figure.unit)
    return most if figure.lowest in (None, figure.value) else f"{amount(figure.lowest or 0.0)}–{most}"


def _against(figure: Figure) -> Iterator[str]:
    if figure.limit is not None:
        yield f"≤ {amount(figure.limit, figure.unit)}"
    if figure.target is not None:
        yield f"target {amount(figure.target, figure.unit)}"


def _loss(before: Scenario | None, after: Scenario | None) -> Entry:
    found = after or before
    if found is None:
        return Entry(line=())
    outcomes = [(what, then, now) for what, then, now in _outcomes(before, after) if then != now]
    told_ = [f"{what} {now}" if before is None else f"{what} {then} → {now}" for what, then, now in outcomes]
    where = line(f" of {found.region}" if found.region else "", " ", code(found.what) if found.what else "")
    known = before.by_hand if before else ()
    by_hand = (step for step in (after.by_hand if after else ()) if step not in known)
    return Entry(
        line=line(mark(Mark.LESS), str(found.kind), where, ": ", "; ".join(told_)),
        below=tuple(line("By hand: ", step) for step in by_hand),
    )


def _outcomes(before: Scenario | None, after: Scenario | None) -> Iterator[tuple[str, str, str]]:
    yield "capacity left", _share(before), _share(after)
    yield "recovered in", _recovery(before), _recovery(after)
    risks = [{risk.store: risk for risk in side.data} if side else {} for side in (before, after)]
    for store in sorted(risks[0].keys() | risks[1].keys()):
        then, now = (_at_risk(side.get(store)) for side in risks)
        yield f"data at risk in {store}", then, now


def _share(scenario: Scenario | None) -> str:
    return "–" if scenario is None else "all" if scenario.worst is None else f"{scenario.worst:.0%}"


def _recovery(scenario: Scenario | None) -> str:
    return "–" if scenario is None else duration(scenario.recovery.seconds)


def _at_risk(risk: AtRisk | None) -> str:
    return "none" if risk is None else risk.what if risk.seconds is None else duration(risk.seconds)
