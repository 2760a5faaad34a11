"""docs/features.md and the tests that prove it say the same: every row has marked tests, every marker has a row."""

import ast
import dataclasses
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import components
from infra.settings import stack_schema

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "features.md"
ID = re.compile(r"[A-Z]\d+")
# `NetworkArgs.nat` required; `QueueArgs.max_receive_count` = 5 reads
ARGUMENT = re.compile(r"`(?P<class>\w+)\.(?P<field>\w+)` (?:(?P<required>required)|= (?P<default>\S+))")


class Row(NamedTuple):
    """One feature."""

    id: str
    what: str
    arguments: str
    settings: str
    tests: str


@cache
def rows() -> list[Row]:
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.read_text().splitlines())
    return [Row(*row) for row in cells if ID.fullmatch(row[0])]


@cache
def marked_modules() -> dict[str, set[str]]:
    """Feature -> test modules with `pytest.mark.feature("…")`."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        text = file.read_text()
        for id_ in _marks(ast.parse(text)) if "mark.feature" in text else ():
            found[id_].add(str(file.relative_to(ROOT / "tests").with_suffix("")))
    return found


def _marks(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.feature":
            yield from (argument.value for argument in node.args if isinstance(argument, ast.Constant))


@cache
def argument_classes() -> dict[str, Any]:
    modules = [importlib.import_module(f"components.{m.name}") for m in pkgutil.iter_modules(components.__path__)]
    return {
        name: value for module in modules for name, value in vars(module).items() if dataclasses.is_dataclass(value)
    }


settings_schema = cache(stack_schema)


def test_every_feature_is_marked_and_every_marker_has_a_row() -> None:
    listed = [row.id for row in rows()]
    assert listed
    assert len(listed) == len(set(listed))
    assert set(listed) == set(marked_modules())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_row_names_the_modules_whose_tests_carry_its_marker(row: Row) -> None:
    assert set(re.findall(r"`([\w/]+)`", row.tests)) == marked_modules()[row.id]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_row_tells_the_arguments_and_their_defaults(row: Row) -> None:
    for match in ARGUMENT.finditer(row.arguments):
        fields = {field.name: field for field in dataclasses.fields(argument_classes()[match["class"]])}
        assert match["field"] in fields, match[0]
        assert match["required"] or match["default"].rstrip(",;") == default_text(fields[match["field"]]), match[0]
        assert not match["required"] or default_text(fields[match["field"]]) == "required", match[0]
    unread = ARGUMENT.sub("", row.arguments)
    assert "`" not in unread, f"write `Class.field` required, or `Class.field` = default: {unread}"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_row_names_settings_that_the_stack_file_has(row: Row) -> None:
    for path in re.findall(r"`([^`]+)`", row.settings):
        assert _in_schema(path.split(".")), path


def default_text(field: "dataclasses.Field[Any]") -> str:
    """A default as the table writes it: required, on, off, none, or the value itself."""
    if field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    elif field.default is not dataclasses.MISSING:
        value = field.default
    else:
        return "required"
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None or (hasattr(value, "__len__") and not isinstance(value, str) and not len(value)):
        return "none"
    return str(value).replace(" ", "") if not dataclasses.is_dataclass(value) else type(value).__name__


def _in_schema(parts: list[str]) -> bool:
    """Whether a path such as regions.*.nat leads somewhere in the schema."""
    schema = settings_schema()
    nodes = [schema["properties"]["config"]["properties"]["breakwater:platform"]]
    for part in parts:
        nodes = [child for node in nodes for child in _below(node, part, schema)]
    return bool(nodes)


def _below(node: dict[str, Any], part: str, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in node:
        target: Any = schema
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        yield from _below(target, part, schema)
        return
    for alternative in (*node.get("anyOf", ()), *node.get("allOf", ())):
        yield from _below(alternative, part, schema)
    if part == "*":
        yield from (child for child in node.get("patternProperties", {}).values())
        yield from (child for child in (node.get("additionalProperties"), node.get("items")) if isinstance(child, dict))
    elif part in node.get("properties", {}):
        yield node["properties"][part]
