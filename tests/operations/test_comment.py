"""The one comment of a pull request, against a GitHub on this machine."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from breakwater.cli import app
from breakwater.operations.comment import MARKER, composed
from breakwater.operations.github import BODY_LIMIT, shortened
from tests.breakwater.conftest import Result
from tests.operations.conftest import BOT, Hub

GOOD = json.dumps({"changed": {"result": "success", "outputs": {}}, "code": {"result": "success"}})
FAILED = json.dumps({"changed": {"result": "success"}, "preview": {"result": "failure"}, "code": {"result": "skipped"}})


def comment(reports: Path, jobs: str = GOOD) -> Result:
    result = CliRunner().invoke(app, ["comment", "--pull", "5", "--body", str(reports), "--jobs", jobs])
    return Result(result.exit_code, result.stdout, result.stderr)


def report(folder: Path, name: str, text: str) -> Path:
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "report.md").write_text(text)
    return folder


def test_it_is_written_once_and_then_updated_in_place(hub: Hub, tmp_path: Path) -> None:
    someone = {"id": 1, "body": f"{MARKER} not the bot's", "user": {"login": "somebody"}}
    hub.comments += [someone, {"id": 2, "body": "talk", "user": BOT}, {"id": 3, "body": "more", "user": BOT}]
    assert comment(report(tmp_path, "code-dev", "first")).stdout == "https://github.example/4\n"
    assert hub.comments[3]["body"] == f"{MARKER}\nfirst\n"
    comment(report(tmp_path, "code-dev", "second"))
    assert [c["body"] for c in hub.comments[3:]] == [f"{MARKER}\nsecond\n"]
    assert hub.comments[0] == someone
    before = len(hub.calls)
    comment(tmp_path)
    assert {call.split()[0] for call in hub.calls[before:]} == {"GET"}, "the same text is not written again"


def test_no_change_and_failure_are_told_as_well(hub: Hub, tmp_path: Path) -> None:
    comment(tmp_path / "nothing")
    assert "**No stack changes.**" in hub.comments[0]["body"]
    comment(report(tmp_path, "code-dev", "what code says"), FAILED)
    body = hub.comments[0]["body"]
    assert "**The review is not complete**: `preview` did not end well." in body
    assert "https://github.example/acme/platform/actions/runs/77" in body
    assert body.endswith("what code says\n")
    assert "No stack changes" not in body
    comment(tmp_path / "nothing", FAILED)
    assert "No stack changes" not in hub.comments[0]["body"], "nobody knows"


def test_the_engines_report_takes_the_place_of_the_one_from_code(tmp_path: Path) -> None:
    for name, stack, engine, text in (
        ("code-0", "dev", False, "guess"),
        ("code-1", "prod", False, "only code"),
        ("preview-0", "dev", True, "engine"),
    ):
        folder = report(tmp_path, name, text) / name
        (folder / "report.json").write_text(json.dumps({"stack": stack, "engine": engine}))
    assert composed([tmp_path], {}) == "engine\n\n---\n\nonly code"
    (tmp_path / "preview-0" / "report.json").write_text("half a docu")
    assert "guess" in composed([tmp_path], {}), "a report that nothing is known of takes no other's place"


@pytest.mark.usefixtures("hub")
def test_long_reports_are_cut_to_what_github_takes_each_to_its_share(tmp_path: Path) -> None:
    line = "a line of details\n"
    for stack in ("dev", "prod", "test"):
        report(tmp_path, f"code-{stack}", f"verdict of {stack}\n<details>\n```\n{line * 5000}```\n</details>\n")
    text = composed([tmp_path], {"code": "failure"})
    assert len(shortened(text)) <= BODY_LIMIT
    assert "verdict of test" in text
    assert text.count("Cut here") == 3
    assert text.count("<details>") == text.count("</details>")
    assert sum(part.startswith("```") for part in text.splitlines()) % 2 == 0


def test_a_token_that_may_not_write_is_told(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.refuse = 403
    result = comment(tmp_path)
    assert result.exit_code == 1
    assert result.stderr == (
        "GitHub refused GET /repos/acme/platform/issues/5/comments: 403 Resource not accessible by integration; "
        "the job's `permissions` do not allow it, or the pull request comes from a fork\n"
    )
    monkeypatch.delenv("GITHUB_TOKEN")
    assert comment(tmp_path).stderr.startswith("GITHUB_TOKEN is not set")
    assert "secret-token" not in result.stderr


def test_what_is_not_github_s_is_refused(tmp_path: Path) -> None:
    result = comment(tmp_path, jobs="[]")
    assert (result.exit_code, result.stderr) == (
        1, "--jobs takes what GitHub's toJSON(needs) gives: {job: {result: ...}}\n"
    )  # fmt: skip
