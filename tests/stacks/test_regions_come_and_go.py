"""A region is added to prod, or taken away, and nothing else is touched."""

import re
from typing import Any

import pytest

from breakwater.graph import STACK_TYPE, ResourceGraph
from breakwater.review.diff import Difference, compare
from tests.stacks.conftest import StackOf, planned, settings_document

STANDBY, THIRD = "eu-west-1", "us-west-2"


def with_third(role: str) -> Any:
    document = settings_document("prod")
    zones = {f"{THIRD}{letter}": slot for slot, letter in enumerate("abc")}
    document["regions"][THIRD] = {"role": role, "order": 1, "cidr": "10.2.0.0/16", "zones": zones}
    document["database"]["remote_replicas"][THIRD] = {}
    return document


def changed_but(difference: Difference, *expected: str) -> dict[str, set[str]]:
    """Resource → the inputs in which it differs, without those that are meant to. The stack's outputs list regions."""
    changes = {
        c.after.name: {re.split(r"[.\[]", change.path)[0] for change in c.changes} - set(expected)
        for c in difference.changed
        if c.after.type != STACK_TYPE
    }
    return {name: parts for name, parts in changes.items() if parts}


def belongs_to(region: str, name: str) -> bool:
    return name == region or name.startswith(f"{region}-") or f"-{region}" in name


@pytest.mark.feature("R5")
def test_a_third_region_changes_nothing_else(stack_of: StackOf, prod_planned: ResourceGraph) -> None:
    difference = compare(prod_planned, planned(stack_of, with_third("standby")))
    assert (difference.removed, difference.renamed) == ((), ())
    added = {r.name for r in difference.added if not belongs_to(THIRD, r.name)}
    # The second standby of a name needs a pair of records of its own.
    assert all("-standby-eu-west-1-" in name for name in added), added
    assert changed_but(difference, "aliases", "healthCheckId") == {}


@pytest.mark.feature("R5")
def test_taking_the_standby_away_changes_nothing_else(stack_of: StackOf, prod_planned: ResourceGraph) -> None:
    document = settings_document("prod")
    del document["regions"][STANDBY], document["database"]["remote_replicas"][STANDBY]
    for lost in ("recovery_minutes", "data_loss_seconds"):  # of a region, which needs another
        del document["targets"][lost]
    difference = compare(prod_planned, planned(stack_of, document))
    assert (difference.added, difference.renamed) == ((), ())
    left = {r.name for r in difference.removed if not belongs_to(STANDBY, r.name)}
    # One region alone has nothing to fail over to, and nobody asks for its health.
    assert all(name.startswith("name") and name.endswith(("-standby", "-us-east-1", "-alarms")) for name in left), left
    assert changed_but(difference, "healthCheckId") == {}
