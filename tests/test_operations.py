"""Procedures that no alarm leads to: their commands are ones that AWS knows, their links lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.test_runbooks import commands, wrong_in

FOLDER = Path(__file__).parent.parent / "docs/operations"
PAGES = {page.stem: page.read_text() for page in sorted(FOLDER.glob("*.md"))}
WAITERS = {("rds", "db-instance-deleted"), ("rds", "db-snapshot-available")}


@pytest.mark.parametrize("page", PAGES)
def test_commands_are_known_to_aws(page: str) -> None:
    found = list(commands(PAGES[page]))
    assert found
    waits = {(service, rest[0]) for service, operation, *rest in found if operation == "wait"}
    assert waits <= WAITERS
    wrong = {" ".join(c[:2]): problems for c in found if c[1] != "wait" if (problems := wrong_in(c))}
    assert wrong == {}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGES[page]):
        assert (FOLDER / target).exists(), target
