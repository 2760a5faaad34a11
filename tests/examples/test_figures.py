"""Each figure of the systems that the platform must carry, checked against the deployed example."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.breakwater.graphs import graph
from tests.examples import (
    rows_chat_platform,
    rows_marketing_hub,
    rows_message_scheduler,
    rows_multi_tenant_saas,
    rows_webhook_runner,
)
from tests.examples.evidence import Evidence, Row
from tests.support.stacks import EXAMPLES, deployed

ROWS = [
    row
    for module in (
        rows_webhook_runner,
        rows_multi_tenant_saas,
        rows_chat_platform,
        rows_message_scheduler,
        rows_marketing_hub,
    )
    for row in module.ROWS
]


@cache
def evidence(example: str) -> Evidence:
    """What is known of an example; the row's checks share it."""
    return Evidence(deployed(f"examples/{example}").graph)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_figure(row: Row, record_property: Callable[[str, object], None]) -> None:
    found, is_met = row.check(evidence(row.example))
    record_property("row", (row.example, row.figure, str(found), bool(is_met)))
    assert is_met, f"{row}: {found}"


def test_every_example_has_figures() -> None:
    assert {f"examples/{row.example}" for row in ROWS} == set(EXAMPLES)


@pytest.mark.parametrize("row", [row for row in ROWS if row.figure != "CI/CD by GitHub Actions"], ids=str)
def test_no_figure_is_met_by_an_empty_stack(row: Row) -> None:
    try:
        _, is_met = row.check(Evidence(graph()))
    except (AttributeError, KeyError, LookupError, ValueError, AssertionError, StopIteration):
        is_met = False
    assert not is_met
