"""The report as JSON, its schema, and the annotations."""

import json
import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from breakwater.graph import SourceLine
from breakwater.policy_check import PolicyResult
from breakwater.review.model import Review, Verdict, Weight
from breakwater.review.rendering import annotations, report_schema, to_json
from tests.breakwater.conftest import Command
from tests.breakwater.reports import a_review, empty, many

FAILED = empty(verdict=Verdict.FAILED, error="ValueError: 50 %\nof x", error_source=SourceLine("infra/a,b:c.py", 7))


def as_document(review: Review) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(to_json(review)))
    return found


@pytest.mark.parametrize("review", [a_review(), empty(), FAILED, many(3)])
def test_a_report_is_what_the_schema_says(review: Review) -> None:
    jsonschema.Draft202012Validator(report_schema()).validate(as_document(review))


def test_the_schema_is_one_and_describes_nothing_besides() -> None:
    schema = report_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = as_document(a_review()) | {"more": 1}
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(document))
    used = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
    assert used == schema["$defs"].keys()


def test_the_command_prints_it(command: Command) -> None:
    assert json.loads(command("schema", "--report").stdout) == report_schema()


def test_secrets_are_masked() -> None:
    text = json.dumps(to_json(a_review()))
    assert "swordfish" not in text
    changes = {c["path"]: c for step in to_json(a_review())["steps"] for c in step["changes"]}
    assert changes["password"] == {"path": "password", "before": "[secret]", "after": "[secret]"}
    assert changes["masterPassword"] == {"path": "masterPassword", "before": "[secret]", "after": "[secret]"}
    assert "before" not in changes["tags.orders"]
    assert "after" not in changes["gone[orders]"]


def test_it_has_verdict_exit_code_and_numbers() -> None:
    found = to_json(a_review())
    assert (found["version"], found["verdict"], found["exit_code"]) == (1, "blocked", 4)
    assert found["counts"] == {"create": 1, "update": 0, "replace": 1, "delete": 1, "import": 0, "rename": 0}
    assert found["cost"]["after"]["minimum"] == {"usd": 150.5, "low": 135.45, "high": 165.55}
    assert found["capacity"]["losses"][0]["after"]["share_left"] == 0.25
    assert to_json(FAILED)["error"] == {"message": "ValueError: 50 %\nof x", "source": "infra/a,b:c.py:7"}


# -- annotations


def test_annotations_stand_beside_the_lines_that_do_it() -> None:
    at = "file=components/orders.py,line=212,title=dev%3A "
    assert annotations(a_review()).splitlines() == [
        f"::error {at}a resource fails::orders cannot be created",
        f"::error {at}us-east-1-orders may be replaced::The database orders would be created anew, and empty.",
        f"::error {at}no-wildcards::orders-role: orders allows *%0AName orders.",
        f"::warning {at}exposure-widened::orders opens",
    ]


def test_a_failure_is_escaped() -> None:
    assert annotations(FAILED) == (
        "::error file=infra/a%2Cb%3Ac.py,line=7,title=dev%3A the program failed::ValueError: 50 %25%0Aof x\n"
    )
    assert annotations(replace(FAILED, error_source=None)).startswith("::error title=dev%3A the program failed::")


def test_there_are_ten_of_a_severity_at_most() -> None:
    lines = annotations(many(12)).splitlines()
    assert len(lines) == 10
    assert lines[-1] == "::error title=dev%3A more of these::There are 5 more; the report has them all."


def test_what_has_no_line_is_in_the_report_only() -> None:
    one = a_review()
    danger = replace(one.dangers[0], source=None)
    bare = replace(one, dangers=(danger,), reasons=(), failures=(), policies=PolicyResult(1, ()))
    assert annotations(bare) == ""
    assert annotations(empty()) == ""


@pytest.mark.parametrize(("weight", "severity"), [(0, "notice"), (1, "warning"), (2, "error")])
def test_the_severity_is_the_weight(weight: int, severity: str) -> None:
    one = a_review()
    found = annotations(replace(one, dangers=(replace(one.dangers[0], weight=Weight(weight)),)))
    assert f"::{severity} file=components/orders.py,line=212,title=dev%3A us-east-1-orders" in found


def test_a_violation_that_was_there_before_is_a_warning() -> None:
    one = a_review()
    known = replace(one, known_violations=one.policies.violations)
    assert "::warning file=components/orders.py,line=212,title=dev%3A no-wildcards::" in annotations(known)
    assert to_json(known)["policies"]["violations"][0]["known"]
    assert not to_json(one)["policies"]["violations"][0]["known"]
