"""Options of the whole suite."""

import os

import pytest
from hypothesis import settings

# CI tries the same examples for the same commit; elsewhere each run tries others.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--feature", metavar="ID", help="run only the tests that prove this feature of docs/features.md")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--feature")
    if wanted:
        items[:] = [item for item in items if any(wanted in mark.args for mark in item.iter_markers("feature"))]
