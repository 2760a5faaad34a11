"""What a change does to cost, to what the stack carries, to what it survives, and to who watches it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from breakwater.analysis import resilience
from breakwater.analysis.capacity import capacity
from breakwater.analysis.cost import Sum, bill, monthly_by_resource
from breakwater.analysis.cost.item import Estimate
from breakwater.analysis.figures import Figure, Verdict
from breakwater.analysis.model import Platform
from breakwater.analysis.properties import items, known, text
from breakwater.analysis.reading import read
from breakwater.analysis.resilience.model import Scenario
from breakwater.analysis.resilience.points import Scope, SinglePoint, single_points
from breakwater.graph import Resource, ResourceGraph
from breakwater.review.model import CostChange, FigureChange, Op, Step

_CENT = 0.005
_NOTICED = 0.01
"""Share by which a figure has to change to be told."""
_NEAR = 0.5
"""Share of a limit from which on it is worth telling how close a figure comes."""
_MEASURED = ("dimensions", "metricQueries")
_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def cost_change(before: ResourceGraph, after: ResourceGraph, steps: Sequence[Step]) -> CostChange:
    """The monthly cost of both, and the components that cost something else; what is renamed has its present name."""
    old, new = monthly_by_resource(before), monthly_by_resource(after)
    present = {s.before.urn: _place(new[s.after.urn]) for s in steps if s.before and s.after and s.after.urn in new}
    old_usd = _by_component((present.get(urn, _place(one)), one) for urn, one in old.items())
    new_usd = _by_component((_place(one), one) for one in new.values())
    components = [
        (*place, old_usd.get(place, 0.0), new_usd.get(place, 0.0)) for place in sorted(old_usd.keys() | new_usd.keys())
    ]
    return CostChange(
        before=_total(before),
        after=_total(after),
        components=tuple(c for c in components if abs(c[2] - c[3]) >= _CENT),
        unpriced=tuple(_unpriced(after, steps)),
    )


def _place(one: Sum) -> tuple[str, str]:
    return one.region, one.component


def _total(graph: ResourceGraph) -> Sum:
    if not len(graph):
        return Sum("", "", Estimate(0, 0, 0), Estimate(0, 0, 0), 0)
    return bill(graph).total


def _by_component(sums: Iterable[tuple[tuple[str, str], Sum]]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for place, one in sums:
        found[place] = found.get(place, 0.0) + one.maximum.usd
    return found


def _unpriced(after: ResourceGraph, steps: Sequence[Step]) -> Iterator[str]:
    """What comes or changes and has no price, or of which it is not known whether it has one."""
    if not len(after):
        return
    whole = bill(after)
    without = {item.resource.urn for item in whole.unpriced}
    unknown = set(whole.unheard_of)
    for step in steps:
        resource = step.after
        if resource and resource.is_cloud and (resource.urn in without or resource.type in unknown):
            yield resource.label


def figure_changes(before: ResourceGraph, after: ResourceGraph) -> tuple[FigureChange, ...]:
    """The figures of capacity, availability and cost that are worth telling, problems first."""
    old, new = _figures(before), _figures(after)
    found = [FigureChange(before=old.get(key), after=new.get(key)) for key in dict.fromkeys((*new, *old))]
    return tuple(sorted(filter(_is_told, found), key=lambda change: not is_problem(change)))


def is_problem(change: FigureChange) -> bool:
    """Whether a figure is missed or cannot be judged, and was not so before, or not so far."""
    old, new = change.before, change.after
    if new is None or not new.is_problem:
        return False
    return old is None or old.verdict is not new.verdict or old.value != new.value or old.target != new.target


def _figures(graph: ResourceGraph) -> Mapping[tuple[str, str, str], Figure]:
    if not len(graph):
        return {}
    platform = read(graph)
    found = (*capacity(platform), *resilience.figures(platform), *bill(graph).figures)
    return {(figure.region, figure.part, figure.name): figure for figure in found}


def _is_told(change: FigureChange) -> bool:
    old, new = change.before, change.after
    if old is None or new is None:
        one = old or new
        return one is not None and one.verdict is not Verdict.NONE and not _is_far(one)
    if old.verdict is not new.verdict or (old.value is None) is not (new.value is None):
        return True
    if _differ(old.target, new.target):
        return True
    if new.value is None or (_is_far(old) and _is_far(new)):
        return False
    return _differ(old.value, new.value) or _differ(old.limit, new.limit)


def _is_far(figure: Figure) -> bool:
    """Whether there is so much room up to the limit, and no target, that nobody needs to know the number."""
    if figure.limit is None or figure.value is None or figure.target is not None:
        return False
    return figure.value < figure.limit * _NEAR


def _differ(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is not new
    return abs(old - new) > _NOTICED * max(abs(old), abs(new))


def worse_losses(
    before: ResourceGraph, after: ResourceGraph, renamed: Mapping[str, str]
) -> tuple[tuple[Scenario | None, Scenario | None], ...]:
    """Losses that leave less, take longer, cost more data or more work than before."""
    if not len(before) or not len(after):
        return ()
    old = _losses(read(before), renamed)
    pairs = [(old.get(key), scenario) for key, scenario in _losses(read(after), {}).items()]
    return tuple((was, now) for was, now in pairs if was is not None and _is_worse(was, now))


def _losses(platform: Platform, renamed: Mapping[str, str]) -> dict[tuple[str, ...], Scenario]:
    scenarios = resilience.assess(platform).scenarios
    return {(s.kind, s.region, *(renamed.get(urn, urn) for urn in s.urns[:1])): s for s in scenarios}


def _is_worse(was: Scenario, now: Scenario) -> bool:
    longest = float("inf")
    seconds = [longest if s.recovery.seconds is None else s.recovery.seconds for s in (was, now)]
    shares = [1.0 if s.worst is None else s.worst for s in (was, now)]
    if seconds[1] > seconds[0] or shares[1] < shares[0] or set(now.by_hand) > set(was.by_hand):
        return True
    lost = {risk.store: longest if risk.seconds is None else risk.seconds for risk in was.data}
    return any(
        (longest if risk.seconds is None else risk.seconds) > lost.get(risk.store, 0.0)
        for risk in now.data
        if risk.store in lost or was.data
    )


def new_single_points(before: ResourceGraph, after: ResourceGraph) -> tuple[SinglePoint, ...]:
    """What exists once in a region that is in both, and did not before: its own failure is enough.

    What a whole region has one of comes with each new queue, and is no news.
    """
    sides = read(before), read(after)
    known = {(p.scope, p.region, p.name) for p in single_points(sides[0])}
    regions = {region.name for region in sides[0].regions}
    return tuple(
        point
        for point in single_points(sides[1])
        if point.scope in (Scope.PART, Scope.ZONE)
        and point.region in regions
        and (point.scope, point.region, point.name) not in known
    )


def unwatched(
    before: ResourceGraph, after: ResourceGraph, steps: Sequence[Step], renamed: Mapping[str, str]
) -> tuple[str, ...]:
    """Labels of components and resources that are still there, and have fewer alarms on a metric; with the metrics."""
    if not any(step.resource.type == _ALARM for step in steps if step.op is not Op.CREATE):
        return ()
    gone = _gone_with(before, after, steps)
    old, new = _watched(before, renamed, gone), _watched(after, {}, set())
    lost = {(urn, metric) for (urn, metric), count in (old - new).items() if count and urn in after.by_urn}
    metrics: dict[str, list[str]] = {}
    for urn, metric in sorted(lost):
        metrics.setdefault(urn, []).append(metric)
    return tuple(f"{after.by_urn[urn].label} ({', '.join(names)})" for urn, names in metrics.items())


def _watched(graph: ResourceGraph, renamed: Mapping[str, str], gone: Set[str]) -> Counter[tuple[str, str]]:
    """How many alarms that tell somebody are on each metric of a component, or of a resource beside components.

    Those in `gone` are left out.
    """
    found: Counter[tuple[str, str]] = Counter()
    for alarm in graph.of(_ALARM):
        if known(alarm, "actionsEnabled") is False or not alarm.inputs.get("alarmActions"):
            continue
        if alarm.urn in gone:
            continue
        owner = _owner(alarm, graph)
        for metric in sorted(set(_metrics(alarm))):
            found[renamed.get(owner, owner), metric] += 1
    return found


def _gone_with(before: ResourceGraph, after: ResourceGraph, steps: Sequence[Step]) -> Set[str]:
    """The alarms on what is gone: a resource, or a part of one that changed, of which other parts are watched alike."""
    deleted = {step.resource.urn for step in steps if step.op is Op.DELETE}
    changed = {step.resource.urn for step in steps if step.op in (Op.UPDATE, Op.REPLACE)}
    watched = {_part(alarm, after) for alarm in after.of(_ALARM)}
    alike = {(sources, metric) for sources, metric, _ in watched}
    found: set[str] = set()
    for alarm in before.of(_ALARM):
        sources, metric, dimensions = _part(alarm, before)
        is_part = sources & changed and (sources, metric) in alike and (sources, metric, dimensions) not in watched
        if is_part or sources & deleted:
            found.add(alarm.urn)
    return found


def _part(alarm: Resource, graph: ResourceGraph) -> tuple[frozenset[str], str, str]:
    """What an alarm measures: of which resources, which metric, and of which part."""
    sources = {urn for name in _MEASURED for urn in alarm.property_dependencies.get(name, ())}
    dimensions = graph.normalise(alarm.inputs.get("dimensions"))
    return frozenset(sources), " ".join(sorted(set(_metrics(alarm)))), repr(dimensions)


def _owner(alarm: Resource, graph: ResourceGraph) -> str:
    """The component around the alarms' own one; without any, what the alarm's dimensions come from."""
    at = graph.by_urn.get(alarm.parent)
    if at is not None and at.type.endswith(":Alarms"):
        at = graph.by_urn.get(at.parent)
    if at is not None and not at.custom and at.parent:
        return at.urn
    sources = alarm.property_dependencies.get("dimensions", ())
    return sources[0] if sources else alarm.parent


def _metrics(alarm: Resource) -> Iterator[str]:
    if name := text(known(alarm, "metricName")):
        yield name
    for query in items(known(alarm, "metricQueries")):
        for metric in items(query.get("metric")):
            if name := text(metric.get("metricName")):
                yield name
