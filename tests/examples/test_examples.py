"""What holds for every example: it is configuration only, it deploys, the plan lists what is deployed."""

import re

import pytest

from breakwater.analysis.cost import bill
from breakwater.analysis.judging import judged
from breakwater.policy_check import check
from breakwater.project import load_stack
from breakwater.tables import timeline
from breakwater.tables.figures import problem_line
from tests.examples.readme import readme
from tests.support.stacks import EXAMPLES, ROOT, deployed, planned


@pytest.mark.parametrize("example", EXAMPLES)
def test_configuration_only(example: str) -> None:
    names = sorted(path.name for path in (ROOT / example).iterdir())
    assert names == [f"Pulumi.{example.partition('/')[2]}.yaml", "README.md"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_policy_is_violated(example: str) -> None:
    result = check(load_stack(example, ROOT), deployed(example).graph)
    assert result.rules
    assert not result.violations
    assert deployed(example).messages == ()


@pytest.mark.parametrize("example", EXAMPLES)
def test_nothing_is_missed_and_no_deployment_waits_without_need(example: str) -> None:
    graph = deployed(example).graph
    assert [problem_line(figure) for figure in judged(graph) if figure.is_problem] == []
    assert timeline.assess(graph).problems == []
    assert timeline.assess(graph).timeline.unknown == ()


@pytest.mark.parametrize("example", EXAMPLES)
def test_everything_fixed_has_a_price(example: str) -> None:
    found = bill(deployed(example).graph)
    assert (found.unheard_of, found.unread) == ((), ())
    assert [item.name for item in found.unpriced] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_plan_lists_what_is_deployed(example: str) -> None:
    assert sorted((r.urn, r.protect) for r in planned(example)) == sorted(
        (r.urn, r.protect) for r in deployed(example).graph
    )


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_readme_shows_what_is(example: str) -> None:
    written = (ROOT / example / "README.md").read_text(encoding="utf-8")
    assert written == readme(example, written), "out of date: python -m tests.examples.readme"


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_readme_is_one_page(example: str) -> None:
    written = (ROOT / example / "README.md").read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```", "", written, flags=re.DOTALL)
    assert len(prose.splitlines()) < 90
