"""Options of the whole suite."""

import gc
import os

import pytest
from hypothesis import settings

# CI tries the same examples for the same commit; elsewhere each run tries others. How long one takes says nothing:
# the first one imports modules, and both processors may be busy.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Python looks for garbage while tests run, and each time at all modules of the AWS SDK: a fifth of the suite's time.
# Here it is looked for between two tests, among what is new, once that are so many objects.
gc.disable()
GARBAGE = 500_000
SHOWN = 90
"""Characters of what was found for a figure."""


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


def pytest_runtest_logfinish() -> None:
    if gc.get_count()[0] > GARBAGE:
        gc.collect()
        gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--feature", metavar="ID", help="run only the tests that prove this feature of docs/features.md")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--feature")
    if wanted:
        items[:] = [item for item in items if any(wanted in mark.args for mark in item.iter_markers("feature"))]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the figures that the examples must carry, wherever they were checked."""
    reports = [r for outcome in ("passed", "failed") for r in terminalreporter.getreports(outcome)]
    rows = sorted({value for r in reports for name, value in r.user_properties if name == "row"})
    if not rows:
        return
    terminalreporter.section("figures of the examples")
    wide = max(len(figure) for _, figure, _, _ in rows)
    for example, figure, found, is_met in rows:
        shown = found if len(found) <= SHOWN else f"{found[:SHOWN]}…"
        terminalreporter.line(f"{'met   ' if is_met else 'MISSED'}  {example:17}  {figure:{wide}}  {shown}")
