"""How long a first deployment takes, what it waits for, and which of its waits AWS does not require.

A resource is created as soon as everything is there that it waits for: its dependencies, its provider, and its parent
where that is no component. Times are AWS's and the provider's (`creation_times`). Left out are the seconds of the
program and of Pulumi itself, AWS's rates of requests, and what is tried again after a failure.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from breakwater.analysis.creation_times import CreationTime, at_once_per_cpu, creation_time
from breakwater.analysis.figures import least_sure
from breakwater.analysis.waits import Wait, waits
from breakwater.graph import STACK_TYPE, Resource, ResourceGraph

CORES = (2, 4, 8)
"""Machines that deploy, by CPU cores: as many times `at_once_per_cpu` resources are created at once."""
_LEVELS = 2
"""Components within components that are shown one by one."""
_TELLS = 0.05
"""Share of the total from which on a time counts for how sure the total is."""
_POWERS = tuple(2**exponent for exponent in range(32))
_NEARLY = 1.01
_ALMOST_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds from the beginning of the deployment."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Range:
    """Seconds when all goes well, as they typically are, and when AWS is slow."""

    low: float
    typical: float
    high: float


@dataclass(frozen=True, slots=True)
class Step:
    """One resource of the critical path."""

    resource: Resource
    span: Span
    time: CreationTime | None
    """None where no time is known for its type: it counts as none."""
    wait: Wait | None
    """What it waits for until it starts; None at the beginning."""


@dataclass(frozen=True, slots=True)
class ComponentSpan:
    """When the first resource in a component is begun and the last one is there."""

    component: Resource
    level: int
    """1 for those of the stack itself."""
    span: Span
    resources: int


@dataclass(frozen=True, slots=True)
class NeedlessWait:
    """A resource that waits for what AWS does not require."""

    resource: Resource
    waits: tuple[Wait, ...]
    """The longest first."""
    seconds: float
    """By which it starts later than it could, once those before it in the list are gone."""
    saves: float = 0.0
    """By which the deployment is then shorter."""
    on_critical_path: bool = False
    """Whether it makes the deployment longer, by itself or with others that are equally long."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A first deployment."""

    graph: ResourceGraph
    total: Range
    status: str
    """How sure the typical total is: the status of the least sure time that makes up a twentieth of it or more."""
    path: tuple[Step, ...]
    """The critical path: what the last resource waited for, and so on, from the beginning."""
    components: tuple[ComponentSpan, ...]
    needless: tuple[NeedlessWait, ...]
    """Those on the critical path in the order in which to take them away, then the others, the longest first."""
    unknown: tuple[str, ...]
    """Types without a time: the total is at least what it says."""
    work: float
    """Seconds that all resources take together."""
    by_cores: Mapping[int, float]
    """CPU cores → typical seconds with as many resources at once as Pulumi then creates."""
    enough_at_once: int
    """How many resources at once, a power of two, make it as short as it can be, but for a hundredth."""


def timeline(graph: ResourceGraph) -> Timeline:
    """The deployment of a graph into an empty account."""
    plan = _Plan(graph)
    typical = plan.spans("typical")
    path = plan.path(typical)
    total = _end(typical)
    times = [s.time for s in path if s.time is not None and s.span.seconds >= _TELLS * total]
    return Timeline(
        graph=graph,
        total=Range(_end(plan.spans("low")), total, _end(plan.spans("high"))),
        status=least_sure(time.status for time in times),
        path=path,
        components=tuple(_components(graph, typical)),
        needless=tuple(_needless(plan)),
        unknown=tuple(sorted({r.type for r in graph if plan.times[r.urn] is None})),
        work=sum(span.seconds for span in typical.values()),
        by_cores={cores: plan.seconds_with(cores * at_once_per_cpu()) for cores in CORES},
        enough_at_once=next(n for n in _POWERS if plan.seconds_with(n) <= total * _NEARLY or n >= len(graph)),
    )


class _Plan:
    """What waits for what, and how long each takes."""

    def __init__(self, graph: ResourceGraph, all_waits: Mapping[str, tuple[Wait, ...]] | None = None) -> None:
        self.graph = graph
        self.waits = waits(graph) if all_waits is None else all_waits
        self.times = {resource.urn: creation_time(resource) for resource in graph}
        needed = {urn: [wait.dependency.urn for wait in found] for urn, found in self.waits.items()}
        try:
            self.order = tuple(TopologicalSorter(needed).static_order())
        except CycleError as error:
            raise ValueError(f"resources wait for each other in a circle: {', '.join(error.args[1])}") from error

    def without(self, needless: Iterable[Wait]) -> "_Plan":
        """The same without these waits."""
        gone = {(wait.resource.urn, wait.dependency.urn) for wait in needless}
        kept = {
            urn: tuple(wait for wait in found if (urn, wait.dependency.urn) not in gone)
            for urn, found in self.waits.items()
        }
        return _Plan(self.graph, kept)

    def seconds(self, urn: str, which: str = "typical") -> float:
        """How long one resource takes; nothing where that is not known."""
        time = self.times[urn]
        return 0.0 if time is None else float(getattr(time, which))

    def spans(self, which: str) -> dict[str, Span]:
        """URN → when it is created, with as many at once as there are."""
        found: dict[str, Span] = {}
        for urn in self.order:
            start = max((found[wait.dependency.urn].end for wait in self.waits[urn]), default=0.0)
            found[urn] = Span(start, start + self.seconds(urn, which))
        return found

    def path(self, spans: Mapping[str, Span]) -> tuple[Step, ...]:
        """The resource that is there last, and before each what it waited for longest; of two, what it needs."""
        found: list[Step] = []
        resource = max(self.graph, key=lambda r: spans[r.urn].end, default=None)
        while resource is not None:
            span = spans[resource.urn]
            binding = [w for w in self.waits[resource.urn] if spans[w.dependency.urn].end >= span.start > 0]
            wait = min(binding, key=lambda w: not w.needed, default=None)
            if resource.custom:
                found.append(Step(resource, span, self.times[resource.urn], wait))
            resource = wait.dependency if wait else None
        return tuple(reversed(found))

    def seconds_with(self, at_once: int) -> float:
        """The typical total where no more than this many are created at once: those that waited longest first."""
        place = {resource.urn: index for index, resource in enumerate(self.graph)}
        missing = {urn: len(found) for urn, found in self.waits.items()}
        waiting: dict[str, list[str]] = {}
        for urn, found in self.waits.items():
            for wait in found:
                waiting.setdefault(wait.dependency.urn, []).append(urn)
        ready = [(0.0, place[urn], urn) for urn, count in missing.items() if not count]
        heapq.heapify(ready)
        running: list[tuple[float, int, str]] = []
        now = 0.0
        while ready or running:
            while ready and len(running) < at_once:
                _, index, urn = heapq.heappop(ready)
                heapq.heappush(running, (now + self.seconds(urn), index, urn))
            now, _, done = heapq.heappop(running)
            for urn in waiting.get(done, ()):
                missing[urn] -= 1
                if not missing[urn]:
                    heapq.heappush(ready, (now, place[urn], urn))
        return now


def _end(spans: Mapping[str, Span]) -> float:
    return max((span.end for span in spans.values()), default=0.0)


def _needless(plan: _Plan) -> list[NeedlessWait]:
    """Those that make the deployment longer, in the order in which to take them away, then the others."""
    critical = _critical(plan)
    known = {found.resource.urn for found in critical}
    spans = plan.spans("typical")
    others = (_late(plan, spans, resource) for resource in plan.graph if resource.urn not in known)
    return critical + sorted((found for found in others if found is not None), key=lambda n: -n.seconds)


def _critical(plan: _Plan) -> list[NeedlessWait]:
    """The needless waits of one resource after the other are taken from what is then the critical path, until none is
    left that matters."""
    shortest = _end(plan.without(w for found in plan.waits.values() for w in found if not w.needed).spans("typical"))
    found: list[NeedlessWait] = []
    spans = plan.spans("typical")
    while _end(spans) > shortest + _ALMOST_NOTHING:
        resource = next(s.resource for s in plan.path(spans) if s.wait is not None and not s.wait.needed)
        late = _late(plan, spans, resource)
        plan = plan.without(wait for wait in plan.waits[resource.urn] if not wait.needed)
        before, spans = _end(spans), plan.spans("typical")
        if late is not None:
            found.append(replace(late, saves=before - _end(spans), on_critical_path=True))
    return found


def _late(plan: _Plan, spans: Mapping[str, Span], resource: Resource) -> NeedlessWait | None:
    """The needless waits for which a resource starts later; None where there are none."""
    all_waits = plan.waits[resource.urn]
    start = max((spans[w.dependency.urn].end for w in all_waits if w.needed), default=0.0)
    longer = [(spans[w.dependency.urn].end - start, w) for w in all_waits if not w.needed]
    late = sorted((pair for pair in longer if pair[0] > _ALMOST_NOTHING), key=lambda pair: -pair[0])
    return NeedlessWait(resource, tuple(wait for _, wait in late), late[0][0]) if late else None


def _components(graph: ResourceGraph, spans: Mapping[str, Span]) -> Iterator[ComponentSpan]:
    """Components with anything in them, level by level below the stack, in the order of registration."""

    def below(resource: Resource) -> Iterator[Resource]:
        for child in graph.children.get(resource.urn, ()):
            if child.custom and not child.is_provider:
                yield child
            yield from below(child)

    def level(parents: Iterable[Resource], depth: int) -> Iterator[ComponentSpan]:
        for component in parents:
            inside = [spans[resource.urn] for resource in below(component)]
            if component.custom or not inside:
                continue
            span = Span(min(s.start for s in inside), max(s.end for s in inside))
            yield ComponentSpan(component, depth, span, len(inside))
            if depth < _LEVELS:
                yield from level(graph.children.get(component.urn, ()), depth + 1)

    roots = graph.children.get("", ())
    tops = [child for root in roots for child in graph.children.get(root.urn, ()) if root.type == STACK_TYPE]
    yield from level([*(root for root in roots if root.type != STACK_TYPE), *tops], 1)
