"""What replaces parts of Pulumi's SDK does the same as they do."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc, settings

from breakwater.simulator._sdk import prepared_sdk

USUAL = contextlib.nullcontext
REPLACED = prepared_sdk


class Made(pulumi.Resource):
    """A resource that nobody registers."""

    def __init__(self) -> None:
        vars(self).update(id="its own", urn="its own")


async def look(output: pulumi.Output[Any]) -> Any:
    try:
        value = await output.future(with_unknowns=True)
        known, secret = await output.is_known(), await output.is_secret()
        return value, known, secret, [type(r).__name__ for r in await output.resources()]
    except LookupError as error:
        return error


def resolved(sdk: Callable[[Any], Any], *answers: tuple[Any, ...]) -> tuple[list[Any], int]:
    """How outputs that are answered so look, and how many the SDK still waits for at the end."""

    async def run() -> tuple[list[Any], int]:
        settings.SETTINGS.outputs = set()
        with sdk(Path.cwd()):
            resource = Made()
            names = [f"p{number}" for number in range(len(answers))]
            resolvers = rpc.transfer_properties(resource, dict.fromkeys([*names, "id", "urn"]), True)
            assert list(resolvers) == names
            assert len(settings.SETTINGS.outputs) == len(names)
            for name, answer in zip(names, answers, strict=True):
                resolvers[name](*answer)
            found = [await look(vars(resource)[name]) for name in names]
            assert vars(resource)["id"] == vars(resource)["urn"] == "its own"
            await asyncio.sleep(0)
            return found, len(settings.SETTINGS.outputs)

    return asyncio.run(run())


ERROR = LookupError("no such resource")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (("value", True, False, set(), None), ("value", True, False, ["Made"])),
        (("value", True, True, None, None), ("value", True, True, ["Made"])),
        ((rpc.UNKNOWN, False, False, set(), None), (rpc.UNKNOWN, False, False, ["Made"])),
        (({"in": [pulumi.UNKNOWN]}, True, False, set(), None), ({"in": [pulumi.UNKNOWN]}, False, False, ["Made"])),
        (("value", True, False, {Made()}, None), ("value", True, False, ["Made", "Made"])),
        ((None, True, False, set(), ERROR), ERROR),
    ],
)
def test_a_property_of_a_resource_resolves_as_the_sdk_resolves_it(answer: tuple[Any, ...], expected: Any) -> None:
    assert resolved(REPLACED, answer) == resolved(USUAL, answer) == ([expected], int(expected is ERROR))


LOOP: list[Any] = ["known"]
LOOP.append({"again": LOOP})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (pulumi.UNKNOWN, True),
        ("text", False),
        (None, False),
        ([], False),
        ({"a": [1, {"b": "c"}]}, False),
        ({"a": [1, {"b": pulumi.UNKNOWN}]}, True),
        ([LOOP, LOOP], False),
        ([LOOP, pulumi.UNKNOWN], True),
        ((pulumi.UNKNOWN,), False),
    ],
)
def test_unknown_values_are_found_where_the_sdk_finds_them(value: Any, expected: bool) -> None:
    assert pulumi.contains_unknowns(value) is expected
    with REPLACED(Path.cwd()):
        assert pulumi.contains_unknowns(value) is expected
        assert pulumi.output.contains_unknowns(value) is expected
