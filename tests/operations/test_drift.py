"""What a refresh finds, and the one issue about it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from breakwater.cli import app
from breakwater.operations import drift
from breakwater.operations.errors import OperationError
from tests.breakwater.conftest import Result
from tests.operations.conftest import Hub

URN = "urn:pulumi:prod::breakwater::breakwater:queue:Queue$aws:sqs/queue:Queue::us-east-1-orders"
GROUP = "urn:pulumi:prod::breakwater::aws:ec2/securityGroup:SecurityGroup::us-east-1-cache"
STACK = "urn:pulumi:prod::breakwater::pulumi:pulumi:Stack::breakwater-prod"


def step(urn: str, op: str, before: Any, after: Any, **more: Any) -> dict[str, Any]:
    return {"urn": urn, "op": op, "oldState": before, "newState": after, **more}


def refresh(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"steps": [step(STACK, "refresh", {"outputs": {"a": 1}}, {"outputs": {"a": 2}}), *steps], **more}


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["drift", *arguments])
    return Result(result.exit_code, result.stdout, result.stderr)


def test_changed_and_gone_resources_are_named_without_their_values() -> None:
    secret = {"outputs": {"visibility": "hunter2", "name": "q"}}
    found = drift.found(
        "prod",
        refresh(
            step(URN, "update", {"outputs": {"visibility": 30, "name": "q"}}, secret),
            step(GROUP, "delete", {"outputs": {}}, None),
            step("urn:pulumi:prod::b::aws:ec2/vpc:Vpc::same", "same", {"outputs": {}}, {"outputs": {}}),
            step("urn:pulumi:prod::b::aws:ec2/vpc:Vpc::seen", "refresh", {"outputs": {"x": 1}}, {"outputs": {"x": 2}}),
        ),
    )
    assert found["resources"] == [
        {"urn": GROUP, "how": "gone", "properties": []},
        {"urn": URN, "how": "changed", "properties": ["visibility"]},
    ]
    assert "hunter2" not in json.dumps(found)


def test_changes_that_the_engine_only_counts_are_told() -> None:
    found = drift.found("prod", refresh(changeSummary={"same": 300, "update": 3, "refresh": 303}))
    assert (found["resources"], found["unnamed"]) == ([], 3)
    assert "3 changes that Pulumi counts without naming them" in str(drift.report([found], []))
    assert drift.found("prod", refresh(changeSummary={"same": 303}))["unnamed"] == 0


def test_nothing_found_is_nothing_to_report_but_a_failed_look_is() -> None:
    assert drift.report([drift.found("prod", refresh())], []) is None
    error = refresh(diagnostics=[{"severity": "error", "message": "no\nway"}, {"severity": "info", "message": "x"}])
    assert "the look failed: `no way`" in str(drift.report([drift.found("prod", error)], []))
    assert drift.report([], ["look"]) == (
        "Could not look: `look`.\n\nBring each back by deploying again, or take it into the program. "
        "This issue is rewritten by every run, and closed by the first that finds nothing."
    )


def test_names_cannot_become_markdown() -> None:
    evil = {"urn": "urn:pulumi:p::p::aws:sqs/queue:Queue::`@all` [x](y)", "how": "changed", "properties": ["`![x](y)"]}
    text = str(drift.report([{"stack": "prod", "resources": [evil], "unnamed": 0, "errors": []}], []))
    assert "- `'@all' [x](y)` (aws:sqs/queue:Queue) changed: `'![x](y)`" in text


@pytest.mark.parametrize("document", [[], {}, {"deployment": {}}])
def test_what_is_no_refresh_is_refused(document: Any) -> None:
    with pytest.raises(OperationError, match="no output of `pulumi refresh"):
        drift.found("prod", document)


def test_one_issue_is_opened_rewritten_and_closed(hub: Hub, tmp_path: Path) -> None:
    source, out = tmp_path / "refresh.json", tmp_path / "reports/drift-prod/prod.json"
    reports = str(tmp_path / "reports")

    def look(*steps: dict[str, Any]) -> Result:
        source.write_text(json.dumps(refresh(*steps)))
        assert run("report", "prod", "--refresh", str(source), "--out", str(out)).exit_code == 0
        return run("issue", "--reports", reports, "--jobs", '{"look": {"result": "success"}}')

    assert look().stdout == "Nothing has drifted.\n"
    assert hub.issues == []
    gone = step(GROUP, "delete", {"outputs": {}}, None)
    assert look(gone).stdout == "https://github.example/1\n"
    assert (len(hub.issues), hub.issues[0]["labels"]) == (1, ["drift"])
    assert "`us-east-1-cache` (aws:ec2/securityGroup:SecurityGroup) gone" in hub.issues[0]["body"]
    look(gone, step(URN, "update", {"outputs": {"a": 1}}, {"outputs": {"a": 2}}))
    assert len(hub.issues) == 1
    assert "`us-east-1-orders` (aws:sqs/queue:Queue) changed: `a`" in hub.issues[0]["body"]
    look()
    assert hub.issues[0]["state"] == "closed"
    look(gone)
    assert [issue["state"] for issue in hub.issues] == ["closed", "open"]
