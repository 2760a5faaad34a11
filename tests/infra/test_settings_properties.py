"""Whatever the configuration: it is accepted, or refused with path, rule and remedy; never another exception."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.settings import ConfigurationError, Settings, validate
from tests.support import configurations

FEW = settings(max_examples=60, deadline=None)


def outcome(document: Any) -> Settings | ConfigurationError:
    try:
        return validate(document)
    except ConfigurationError as refused:
        error = refused
    for problem in error.problems:
        assert problem.message
        assert problem.allowed
        assert problem.remedy
        assert problem.location.startswith("config.breakwater:platform")
        assert problem.location in str(error)
    return error


@FEW
@given(configurations.documents())
def test_valid_documents_are_accepted_and_come_back_as_they_were(document: configurations.Document) -> None:
    result = validate(document)
    again = json.loads(result.model_dump_json(by_alias=True))
    assert validate(again) == result


@FEW
@given(configurations.broken_documents())
def test_broken_documents_are_refused_at_what_is_broken(broken: tuple[configurations.Document, Any]) -> None:
    document, path = broken
    result = outcome(document)
    assert isinstance(result, ConfigurationError)
    assert any(p.path[: len(path)] == path or path[: len(p.path)] == p.path for p in result.problems)


@settings(max_examples=300, deadline=None)
@given(configurations.mutated_documents() | configurations.anything())
def test_anything_else_is_accepted_or_refused(document: Any) -> None:
    outcome(document)


@FEW
@given(configurations.documents(), st.data())
def test_the_order_of_keys_does_not_matter(document: configurations.Document, data: st.DataObject) -> None:
    keys = data.draw(st.permutations(list(document)))
    assert validate({key: document[key] for key in keys}) == validate(document)
