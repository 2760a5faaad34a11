"""Any configuration that is accepted deploys: all resources, no violated rule, the same ones in the plan."""

from typing import Any

from hypothesis import HealthCheck, given, settings

from breakwater.policy_check import check
from breakwater.project import ProjectError
from breakwater.simulator.run import preview, up
from tests.stacks.conftest import StackOf
from tests.support import configurations


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configurations.documents())
def test_what_is_accepted_deploys(stack_of: StackOf, document: configurations.Document) -> None:
    stack = stack_of(document)
    outcome = up(stack)
    assert outcome.error is None
    assert outcome.failures == ()
    assert check(stack, outcome.graph).violations == ()
    assert {r.urn for r in preview(stack).graph} == {r.urn for r in outcome.graph}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configurations.broken_documents())
def test_what_is_broken_is_refused_before_anything_is_registered(stack_of: StackOf, broken: tuple[Any, Any]) -> None:
    try:
        outcome = up(stack_of(broken[0]))
    except ProjectError as error:  # what is no YAML
        assert "Pulumi.any.yaml" in str(error)  # noqa: PT017
        return
    assert outcome.error is not None
    assert outcome.error.expected
    assert "Pulumi.any.yaml" in outcome.error.message
    assert outcome.graph.cloud == ()
