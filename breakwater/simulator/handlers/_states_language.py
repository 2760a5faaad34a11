"""Whether a state machine hangs together: Step Functions refuses a definition that does not, moto takes any text."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_ENDS = ("Succeed", "Fail")


def faults(definition: str) -> list[str]:
    """What is wrong with a definition; empty where AWS would take it, as far as its structure goes."""
    try:
        machine = json.loads(definition)
    except ValueError as error:
        return [f"INVALID_JSON_DESCRIPTION: {error}"]
    return list(_machine(machine, ""))


def _machine(machine: Mapping[str, Any], at: str) -> Iterator[str]:
    states: Mapping[str, Mapping[str, Any]] = machine.get("States") or {}
    start = machine.get("StartAt")
    if start not in states:
        yield f"MISSING_TRANSITION_TARGET: {at}StartAt leads to {start}, which is not there"
    targeted = {start}
    for name, state in states.items():
        path = f"{at}{name}"
        for target in _targets(state):
            targeted.add(target)
            if target not in states:
                yield f"MISSING_TRANSITION_TARGET: {path} leads to {target}, which is not there"
        leads_on = state.get("Type") in (*_ENDS, "Choice") or "Next" in state or state.get("End") is True
        if not leads_on:
            yield f"SCHEMA_VALIDATION_FAILED: {path} has neither Next nor End"
        for inner in (*state.get("Branches", ()), *_present(state.get("ItemProcessor") or state.get("Iterator"))):
            yield from _machine(inner, f"{path}/")
    yield from (f"UNREACHABLE_STATE: nothing leads to {at}{name}" for name in states if name not in targeted)


def _targets(state: Mapping[str, Any]) -> Iterator[str]:
    rules = [*state.get("Choices", ()), *state.get("Catch", ())]
    yield from (rule["Next"] for rule in rules if "Next" in rule)
    yield from (state[key] for key in ("Next", "Default") if key in state)


def _present(value: Any) -> tuple[Any, ...]:
    return () if value is None else (value,)
