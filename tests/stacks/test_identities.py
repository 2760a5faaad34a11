"""No resource gets another identity unnoticed."""

import pytest

from tests.stacks.identities import identities, kept
from tests.support.stacks import STACKS


@pytest.mark.parametrize("stack", STACKS)
def test_the_identities_are_those_of_the_list(stack: str) -> None:
    now, before = set(identities(stack)), set(kept(stack))
    remedy = "alias what was renamed, then write the lists anew: python -m tests.stacks.identities"
    assert (sorted(before - now), sorted(now - before)) == ([], []), remedy


@pytest.mark.parametrize("stack", STACKS)
def test_the_list_is_sorted_and_without_doubles(stack: str) -> None:
    assert kept(stack) == sorted(set(kept(stack)))
