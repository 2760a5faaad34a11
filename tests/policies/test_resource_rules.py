"""Each rule about single resources: what passes, what fails with which message, and that nothing unknown ever fails."""

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.rules import ALL, UNKNOWN, Rule
from tests.policies.cases import Case
from tests.policies.failing import FAILING
from tests.policies.passing import PASSING
from tests.policies.stack import Made, messages


def named(case: Case) -> str:
    return case.rule


def with_unknowns(value: Any) -> Iterator[Any]:
    """The value with each of its parts in turn unknown, itself included; JSON text also from within."""
    yield UNKNOWN
    if isinstance(value, dict):
        for key in value:
            yield from ({**value, key: part} for part in with_unknowns(value[key]))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from ([*value[:index], part, *value[index + 1 :]] for part in with_unknowns(value[index]))
    elif isinstance(value, str) and value.startswith(("{", "[")):
        yield from (json.dumps(part) for part in with_unknowns(json.loads(value)) if part != UNKNOWN)


@pytest.mark.parametrize("case", PASSING, ids=named)
def test_passes(case: Case) -> None:
    assert messages(case.rule, Made(case.type, case.inputs)) == []


@pytest.mark.parametrize("case", FAILING, ids=named)
def test_fails(case: Case) -> None:
    assert messages(case.rule, Made(case.type, case.inputs)) == list(case.said)


@pytest.mark.parametrize("case", PASSING, ids=named)
def test_no_unknown_part_makes_a_passing_resource_fail(case: Case) -> None:
    for inputs in with_unknowns(case.inputs):
        if inputs != UNKNOWN:
            assert messages(case.rule, Made(case.type, inputs)) == [], inputs


@pytest.mark.parametrize("case", [c for c in FAILING if c.inputs], ids=named)
def test_wholly_unknown_properties_fail_at_most_for_what_is_missing(case: Case) -> None:
    missing = set(messages(case.rule, Made(case.type)))
    unknown = dict.fromkeys(case.inputs, UNKNOWN)
    assert set(messages(case.rule, Made(case.type, unknown))) <= missing


def sdk_source(type_: str) -> str:
    """The SDK's module of a resource type: rules and examples must not agree on a name that AWS's provider has not."""
    spec = importlib.util.find_spec("pulumi_aws")
    assert spec is not None
    assert spec.origin is not None
    _, module, name = type_.split(":")
    folder, token = module.split("/")
    assert token.lower() == name.lower()
    file = Path(spec.origin).parent / folder / (re.sub(r"(?<=[a-z])(?=[A-Z])", "_", token).lower() + ".py")
    text = file.read_text()
    assert f"'{type_}'" in text
    return text


@pytest.mark.parametrize("type_", sorted({type_ for rule in ALL if isinstance(rule, Rule) for type_ in rule.types}))
def test_types_are_those_of_the_provider(type_: str) -> None:
    text = sdk_source(type_)
    for case in (*PASSING, *FAILING):
        if case.type == type_:
            for name in case.inputs:
                assert f'getter(name="{name}")' in text or f"def {name}(" in text, f"{type_} has no {name}"


def test_each_rule_has_a_passing_and_a_failing_example() -> None:
    rules = {rule.name for rule in ALL if isinstance(rule, Rule)}
    assert {case.rule for case in PASSING} == rules
    assert {case.rule for case in FAILING} == rules


@pytest.mark.parametrize("case", FAILING, ids=named)
def test_a_rule_looks_at_its_own_types_only(case: Case) -> None:
    assert messages(case.rule, Made("aws:ec2/eip:Eip", case.inputs)) == []
