"""Stacks with every option: all at once, and those that exclude each other."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from breakwater.analysis.cost.kinds import unheard_of
from breakwater.analysis.reading import read
from breakwater.policy_check import check
from breakwater.simulator.run import preview, up
from breakwater.tables.timeline import assess
from infra.settings import Settings, validate
from tests.operations.limits import assert_roles_fit
from tests.stacks.conftest import StackOf
from tests.support import readings

FOLDER = Path(__file__).parent / "every_option"
STACKS = ("everything", "choices")


def document(name: str) -> Any:
    """The settings of one of the two."""
    return yaml.safe_load((FOLDER / f"Pulumi.{name}.yaml").read_text())["config"]["breakwater:platform"]


@pytest.mark.parametrize("name", STACKS)
def test_it_deploys_breaks_no_rule_and_is_planned_as_it_is(name: str, stack_of: StackOf) -> None:
    stack = stack_of(document(name))
    outcome = up(stack)
    assert outcome.error is None, outcome.error
    assert outcome.failures == ()
    assert check(stack, outcome.graph).violations == ()
    assert unheard_of(outcome.graph) == []
    readings.check(read(outcome.graph), validate(document(name)))
    first = assess(outcome.graph)
    assert (first.problems, first.timeline.unknown) == ([], ())
    assert_roles_fit(outcome.graph)
    planned = preview(stack).graph
    assert {(r.urn, r.provider, r.protect) for r in planned} == {(r.urn, r.provider, r.protect) for r in outcome.graph}
    bounds = {r.inputs.get("permissionsBoundary") for r in planned if r.type == "aws:iam/role:Role"}
    assert bounds == {document(name).get("permissions_boundary")}


def test_no_section_is_left_out() -> None:
    sections = {section for name in STACKS for section in document(name)}
    fields = {field.alias or name for name, field in Settings.model_fields.items()}
    assert fields <= sections
