"""The one comment of a pull request: written once, then updated in place, whatever the outcome."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from breakwater.operations.errors import OperationError
from breakwater.operations.github import BODY_LIMIT, GitHub, run_url, shortened

MARKER = "<!-- breakwater: review -->"
REPORT = "report.md"
"""Name of the reports in a folder."""
_HEAD = 2_000
"""Characters for the marker, the jobs that failed, and the lines between reports."""
_ENDED_BADLY = ("failure", "cancelled")


def post(github: GitHub, pull: int, body: str) -> str:
    """Write the comment, or put the new text into it; its address."""
    text = shortened(f"{MARKER}\n{body.strip()}\n")
    found = github.marked(github.listed(f"/issues/{pull}/comments"), MARKER)
    if found is None:
        made = github.call("POST", f"/issues/{pull}/comments", {"body": text})
    elif found["body"] == text:
        made = found
    else:
        made = github.call("PATCH", f"/issues/comments/{found['id']}", {"body": text})
    return str(made["html_url"])


def composed(paths: Sequence[Path], jobs: Mapping[str, str]) -> str:
    """The reports one after the other; before them the jobs that failed, and a word where there is no report."""
    reports = [_read(file) for file in _best([file for path in paths for file in _files(path)])]
    failed = [name for name, result in sorted(jobs.items()) if result in _ENDED_BADLY]
    parts = [_failed(failed)] if failed else []
    if not reports and not failed:
        parts.append("**No stack changes.** Program and stack files come to the same resources as before.")
    share = (BODY_LIMIT - _HEAD) // max(1, len(reports))
    return "\n\n---\n\n".join(parts + [shortened(report.strip(), share) for report in reports])


def results(jobs: str | None) -> dict[str, str]:
    """Job -> success, failure, cancelled or skipped, from GitHub's `toJSON(needs)`."""
    try:
        document: Any = json.loads(jobs or "{}")
        return {str(name): str(job["result"]) for name, job in document.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise OperationError("--jobs takes what GitHub's toJSON(needs) gives: {job: {result: ...}}") from error


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob(REPORT)) if path.is_dir() else [path] if path.exists() else []


def _best(files: Sequence[Path]) -> list[Path]:
    """Of a stack with a report from code and one from Pulumi's engine the second: it knows what code alone guesses."""
    about = {file: _about(file) for file in files}
    told = {stack for stack, engine in about.values() if engine}
    return sorted((f for f in files if about[f][1] or about[f][0] not in told), key=lambda f: (about[f], f))


def _about(file: Path) -> tuple[str, bool]:
    """The stack of a report and whether the engine made it, from the report.json beside it; else it stands alone."""
    try:
        document = json.loads(file.with_name("report.json").read_text(encoding="utf-8"))
        return str(document["stack"]), bool(document["engine"])
    except (OSError, ValueError, KeyError, TypeError):
        return str(file), False


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise OperationError(f"{file}: {error.strerror}") from error


def _failed(jobs: Sequence[str]) -> str:
    where = f" [What it said]({run_url()})." if run_url() else ""
    names = ", ".join(f"`{name}`" for name in jobs)
    return f"**The review is not complete**: {names} did not end well. Do not merge on what is below alone.{where}"
