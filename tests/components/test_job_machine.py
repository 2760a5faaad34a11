"""The state machine of jobs: its form."""

import json
from typing import Any

import pytest

from components._job_machine import Overlap
from tests.support.jobs import DEFINITIONS


def targets(state: dict[str, Any]) -> set[str]:
    """Every state that one can lead to."""
    rules = [*state.get("Choices", ()), *state.get("Catch", ())]
    return {rule["Next"] for rule in rules} | {state[key] for key in ("Next", "Default") if key in state}


@pytest.mark.feature("J3")
@pytest.mark.parametrize("overlap", list(Overlap))
def test_every_state_is_reached_and_every_next_one_exists(overlap: Overlap) -> None:
    definition = DEFINITIONS[overlap]
    states, reached, ahead = definition["States"], set[str](), [definition["StartAt"]]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += targets(states[name])
    assert reached == set(states)
    for name, state in states.items():
        assert (state["Type"] in ("Succeed", "Fail")) == (not targets(state)), name
        if state["Type"] == "Task":
            assert state["TimeoutSeconds"] > 0
            assert "States.ALL" in state["Catch"][-1]["ErrorEquals"], f"{name} may fail without letting go"


@pytest.mark.feature("J3")
@pytest.mark.parametrize("overlap", list(Overlap))
def test_whoever_has_the_lock_lets_go_whatever_happens(overlap: Overlap) -> None:
    """From each state under the lock, the end is only reached over a state that removes the owner."""
    states = DEFINITIONS[overlap]["States"]
    letting_go = {
        name
        for name, state in states.items()
        if ":me" in state.get("Parameters", {}).get("ExpressionAttributeValues", {})
        and "REMOVE lock_owner" in state["Parameters"]["UpdateExpression"]
    }
    assert letting_go == {"Complete", "LetGo"}
    ahead, seen = ["FindTasks"], set[str]()
    while ahead:
        name = ahead.pop()
        assert states[name]["Type"] not in ("Succeed", "Fail"), name
        if name not in letting_go | seen:
            seen.add(name)
            ahead += targets(states[name])
    assert seen == {"FindTasks", "Alone", "NotAlone", "Run", "Stopping"}
    (held,) = [catch["Next"] for catch in states["Complete"]["Catch"] if "States.ALL" in catch["ErrorEquals"]]
    assert held == "LetGo"


@pytest.mark.feature("J3")
@pytest.mark.parametrize("overlap", list(Overlap))
def test_the_definition_is_amazon_states_language(overlap: Overlap) -> None:
    """By a grammar that is not ours."""
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    AmazonStateLanguageParser.parse(json.dumps(DEFINITIONS[overlap]))
