"""What Fargate tasks cost: those of services between autoscaling's minimum and maximum, those of jobs by their runs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from breakwater.analysis.cost.item import Counter, Line
from breakwater.analysis.cost.schedule import runs_a_month
from breakwater.analysis.limits import limit
from breakwater.analysis.prices import HOURS
from breakwater.analysis.properties import items, known, number, plain, sources, text, whole
from breakwater.graph import Resource, ResourceGraph

SCHEDULE, MACHINE = "aws:scheduler/schedule:Schedule", "aws:sfn/stateMachine:StateMachine"
_SERVICE, _DEFINITION = "aws:ecs/service:Service", "aws:ecs/taskDefinition:TaskDefinition"
_TARGET, _ACTION = "aws:appautoscaling/target:Target", "aws:appautoscaling/scheduledAction:ScheduledAction"
_RUN_TASK = "ecs:runTask"
_LEAST_BILLED_HOURS = 1 / 60


def _service(resource: Resource, graph: ResourceGraph) -> Iterator[Line]:
    definition = next(sources(resource, "taskDefinition", graph, _DEFINITION), None)
    tasks = _range(resource, graph)
    if definition is None or tasks is None:
        yield Line("fargate", "unknown_tasks", 1)
        return
    base, share = _spot(resource)
    fewest, most = (_split(count, base, share) for count in tasks)
    for on_spot, prefix in enumerate(("", "spot_")):
        yield from _hours(definition, prefix, HOURS * fewest[on_spot], HOURS * most[on_spot])
    network = next(iter(items(known(resource, "networkConfiguration"))), {})
    if plain(network.get("assignPublicIp")) is True:
        yield Line("vpc", "public_ipv4_hour", HOURS * tasks[0], HOURS * tasks[1])


def _range(service: Resource, graph: ResourceGraph) -> tuple[int, int] | None:
    """The fewest and the most tasks that autoscaling or one of its scheduled actions allows."""
    targets = [t for t in graph.of(_TARGET) if service.urn in t.property_dependencies.get("resourceId", ())]
    if not targets:
        desired = whole(known(service, "desiredCount"))
        return None if desired is None else (desired, desired)
    urns = {service.urn, *(target.urn for target in targets)}
    actions = [a for a in graph.of(_ACTION) if urns & {*a.property_dependencies.get("resourceId", ())}]
    sides = [(t, ()) for t in targets] + [(a, ("scalableTargetAction",)) for a in actions]
    least = [n for r, path in sides if (n := whole(known(r, *path, "minCapacity"))) is not None]
    most = [n for r, path in sides if (n := whole(known(r, *path, "maxCapacity"))) is not None]
    return (min(least), max(most)) if least and most else None


def _spot(service: Resource) -> tuple[int, float]:
    """Tasks that are on demand in any case, and the share of Spot among the others."""
    weights = spot = base = 0.0
    for strategy in items(known(service, "capacityProviderStrategies")):
        weight, is_spot = number(strategy.get("weight")) or 0, strategy.get("capacityProvider") == "FARGATE_SPOT"
        weights, spot = weights + weight, spot + weight * is_spot
        base += 0 if is_spot else number(strategy.get("base")) or 0
    return int(base), spot / weights if weights else 0


def _split(count: float, base: int, share: float) -> tuple[float, float]:
    """Tasks on demand and on Spot."""
    on_spot = max(0, count - base) * share
    return count - on_spot, on_spot


def _hours(definition: Resource, prefix: str, least: float, most: float, counted: str = "") -> Iterator[Line]:
    """Task hours as what they are billed by."""
    size = whole(known(definition, "cpu")), whole(known(definition, "memory"))
    if size[0] is None or size[1] is None:
        yield Line("fargate", "unknown_size", least, most)
        return
    kind = "arm" if known(definition, "runtimePlatform", "cpuArchitecture") == "ARM64" else "x86"
    for name, units in ((f"{prefix}{kind}_vcpu_hour", size[0]), (f"{prefix}{kind}_gb_hour", size[1])):
        yield Line("fargate", name, least * units / 1024, most * units / 1024, counted)
    free: float = limit("fargate", "ephemeral_gib").value["free"]
    above = (number(known(definition, "ephemeralStorage", "sizeInGib")) or 0) - free
    if above > 0:
        yield Line("fargate", "ephemeral_gb_hour_over_20gb", least * above, most * above, counted)


def _schedule(resource: Resource, graph: ResourceGraph) -> Iterator[Line]:
    """Its runs, and of each what it costs at least: the states on its way and a minute of its task."""
    if known(resource, "state") == "DISABLED":
        return
    expression = text(known(resource, "scheduleExpression"))
    runs = runs_a_month(expression) if expression else None
    if runs is None:
        yield Line("eventbridge", "unknown_schedule", 1)
        return
    yield Line("eventbridge", "scheduler_invocations_million", runs / 1_000_000)
    for machine in sources(resource, "target", graph, MACHINE):
        states = least_states(machine)
        if known(machine, "type") == "EXPRESS" or states is None:
            yield Line("step_functions", "unknown_transitions", 1)
        else:
            yield Line("step_functions", "transitions_thousand", runs * states / 1_000, None, "derived")
        for definition in sources(machine, "definition", graph, _DEFINITION):
            hours = runs * _LEAST_BILLED_HOURS
            yield from _hours(definition, "", hours, hours, "derived")


def least_states(machine: Resource) -> int | None:
    """States that a run passes at least on its way over its task to an end; None where the definition is not known."""
    try:
        definition = json.loads(plain(known(machine, "definition")))
        states: Mapping[str, Mapping[str, Any]] = definition["States"]
        start: str = definition["StartAt"]
        tasks = {name for name, state in states.items() if _RUN_TASK in str(state.get("Resource", ""))}
        ends = {name for name, state in states.items() if state.get("End") or state.get("Type") == "Succeed"}
        to_task = _steps(states, {start}, tasks or ends)
        beyond = _steps(states, tasks, ends) if tasks else 0
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return None if to_task is None or beyond is None else 1 + to_task + beyond


def _steps(states: Mapping[str, Mapping[str, Any]], start: set[str], goal: set[str]) -> int | None:
    """Transitions on the shortest way from one of some states to one of others."""
    seen, at, steps = set(start), set(start), 0
    while at:
        if at & goal:
            return steps
        following = {name for state in at for name in _following(states[state])}
        at, steps = following - seen, steps + 1
        seen |= following
    return None


def _following(state: Mapping[str, Any]) -> Iterator[str]:
    """The states that one leads to, unless it fails."""
    yield from (choice["Next"] for choice in state.get("Choices", ()))
    yield from (state[name] for name in ("Next", "Default") if name in state)


COUNTED: Mapping[str, Counter] = {_SERVICE: _service, SCHEDULE: _schedule}
