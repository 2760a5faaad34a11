"""docs/components.md says what the code does, and every component and argument is explained."""

import dataclasses

import pytest

from tests.reference.components import PAGE, Component, _argument_class, attributes, page, planned, public_components
from tests.reference.examples import EXAMPLES


def test_every_component_has_an_example() -> None:
    assert set(public_components()) == set(EXAMPLES)


def test_the_page_is_that_of_the_code() -> None:
    assert PAGE.read_text() == page(), "run `python -m tests.reference.components > docs/components.md`"


@pytest.mark.parametrize("component", public_components(), ids=lambda component: component.__name__)
def test_every_argument_is_explained(component: Component) -> None:
    assert component.__doc__
    args = _argument_class(component)
    told = {name: told for base in reversed(args.__mro__) for name, told in attributes(base).items()}
    assert [field.name for field in dataclasses.fields(args) if not told[field.name].doc] == []


def test_the_examples_break_nothing() -> None:
    graph, names = planned()
    assert len(names) == len(EXAMPLES)
    assert len(graph.cloud) > len(EXAMPLES)
