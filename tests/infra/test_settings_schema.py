"""The committed JSON schema is current, accepts the stack files and refuses what the settings refuse by shape."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from breakwater.review.rules import with_rules
from infra.settings import KEY, StackSource, stack_schema, validate
from infra.settings.models import Model
from tests.infra.sample import SAMPLE, edited

ROOT = Path(__file__).parents[2]
STACKS = sorted(ROOT.glob("Pulumi.*.yaml"))


def test_committed_schema_is_current() -> None:
    committed = json.loads((ROOT / "infra" / "stack.schema.json").read_text(encoding="utf-8"))
    current = with_rules(stack_schema(), "breakwater")
    assert committed == current, "write the output of `breakwater schema` to infra/stack.schema.json"


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(stack_schema())


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.name)
def test_stack_files_fit_schema_and_settings_and_name_the_schema(file: Path) -> None:
    source = StackSource.read(file)
    jsonschema.validate({"config": source.config}, stack_schema())
    validate(source.config[KEY], source=source)
    assert file.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=infra/stack.schema.json\n")


def test_both_stacks_are_there() -> None:
    assert {file.name for file in STACKS} >= {"Pulumi.dev.yaml", "Pulumi.prod.yaml"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("memory: 1024", "memroy: 1024"),
        ("cpu: 512", 'cpu: "512"'),
        ("role: standby", "role: stand-by"),
        ("      packer:", "      Packer:"),
        ("        port: 5555\n", ""),
        ("LOG_LEVEL: info", "LOG_LEVEL: {secure: AAABAK==}"),
    ],
)
def test_schema_refuses_what_does_not_fit(old: str, new: str) -> None:
    config = StackSource.parse(edited((old, new)), "f").config
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"config": config}, stack_schema())


def test_other_keys_may_be_anything_encrypted_ones_too() -> None:
    config = StackSource.parse(SAMPLE, "f").config | {"a:b": {"secure": "AAABAK=="}}
    jsonschema.validate({"config": config, "encryptionsalt": "v1:x"}, stack_schema())


def _models() -> list[type[Model]]:
    found: list[type[Model]] = []
    waiting = [Model]
    while waiting:
        model = waiting.pop()
        found += model.__subclasses__()
        waiting += model.__subclasses__()
    return found


def test_every_field_is_described_and_every_required_one_has_an_example_that_fits() -> None:
    for model in _models():
        assert model.__doc__
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"
            assert "efault" in field.description or field.is_required(), (
                f"{model.__name__}.{name} does not say its default"
            )
            assert field.examples or not field.is_required(), f"{model.__name__}.{name}"
        _assert_examples_fit(model)


def _assert_examples_fit(model: type[Model]) -> None:
    example: dict[str, Any] = {
        field.alias or name: field.examples[0] for name, field in model.model_fields.items() if field.examples
    }
    required = {field.alias or name for name, field in model.model_fields.items() if field.is_required()}
    if required <= set(example):
        model.model_validate_json(json.dumps(example))
