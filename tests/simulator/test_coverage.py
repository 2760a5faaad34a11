"""COVERAGE.md, and that the handlers are what they say."""

import re
from pathlib import Path

import pytest

import breakwater.simulator
from breakwater.simulator.coverage import render
from breakwater.simulator.handler import Call, Handler
from breakwater.simulator.handlers import HANDLERS
from breakwater.simulator.naming import PREFIXES
from breakwater.simulator.sdk_types import declared_outputs, resource_class
from breakwater.simulator.service_model import operation_model

FILE = Path(breakwater.simulator.__file__).with_name("COVERAGE.md")


def test_the_committed_file_is_current() -> None:
    assert FILE.read_text() == render(), f"make it anew: python -m breakwater.simulator.coverage > {FILE.name}"


def test_it_says_what_is_checked_only_and_what_is_held_and_why() -> None:
    handler = Handler(
        type="aws:ec2/vpc:Vpc",
        calls=(
            Call(operation="ec2:CreateVpc"),
            Call(operation="ec2:ModifyVpcAttribute", simulated=False),
            Call(operation="ec2:ModifyVpcAttribute", simulated=False),
        ),
        id="Vpc.VpcId",
        held={"ipv4IpamPoolId": "nobody knows"},
    )
    text = render({handler.type: handler}, ["aws:index/getRegion:getRegion"])
    row = "| `Vpc` | `ec2:CreateVpc`, `ec2:ModifyVpcAttribute` (checked only) | Held: `ipv4IpamPoolId`, nobody knows. |"
    assert row in text
    assert "1 resource types; 2 API operations, of which moto answers 1 and 1 are checked only." in text
    assert text.endswith("`aws:index/getRegion:getRegion`\n")


def taken(token: str) -> set[str]:
    """The inputs of a type, which are not all outputs: those of images are not."""
    code = getattr(resource_class(token), "_internal_init").__code__  # noqa: B009
    return {re.sub(r"_([a-z])", lambda m: m[1].upper(), name) for name in code.co_varnames[: code.co_argcount]}


@pytest.mark.parametrize("handler", HANDLERS.values(), ids=HANDLERS.keys())
def test_a_handlers_names_exist(handler: Handler) -> None:
    assert resource_class(handler.type) is not None, "no such class in the SDK"
    inputs = {*declared_outputs(handler.type), *PREFIXES, *taken(handler.type)}
    for call in handler.calls:
        assert operation_model(*call.operation.split(":")).input_shape is not None
        named = {*(call.inputs or ()), *call.consumes}
        assert named <= inputs, f"{call.operation} names {named - inputs}, which {handler.type} does not have"
    assert set(handler.held) <= {*inputs, *(path for path in handler.held if "." in path)}
    assert all(reason and not reason.endswith(".") for reason in handler.held.values())
