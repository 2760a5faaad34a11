"""Drift: what a refresh finds changed behind Pulumi's back, and the one issue that tells of it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from breakwater.operations.errors import OperationError
from breakwater.operations.github import GitHub, encoded, run_url, shortened

MARKER = "<!-- breakwater: drift -->"
TITLE = "Drift: the cloud is not as the program says"
LABEL = "drift"
_UNCHANGED = {"same", "read", "read-replacement", "refresh"}
"""The engine turns the `refresh` of what has drifted into an update or a deletion (pulumi: display/json.go)."""
_GONE = {"delete", "discard", "discard-replaced", "delete-replaced"}
_LISTED = 200
"""Resources of one stack in the issue at most."""


def found(stack: str, refresh: Any) -> dict[str, Any]:
    """What `pulumi refresh --preview-only --json` tells, without any value: resources, how, and which properties."""
    if not isinstance(refresh, Mapping) or not (
        "steps" in refresh or "diagnostics" in refresh or "changeSummary" in refresh
    ):
        raise OperationError("this is no output of `pulumi refresh --preview-only --json`")
    drifted = [entry for step in refresh.get("steps") or [] if (entry := _entry(step))]
    errors = [
        " ".join(str(d.get("message", "")).split())
        for d in refresh.get("diagnostics") or []
        if d.get("severity") == "error"
    ]
    counted = sum(n for op, n in (refresh.get("changeSummary") or {}).items() if op not in _UNCHANGED)
    # Some versions of the engine count changes of a refresh in the summary alone (pulumi/pulumi#16278).
    unnamed = max(0, counted - len(drifted))
    return {"stack": stack, "resources": sorted(drifted, key=lambda e: e["urn"]), "unnamed": unnamed, "errors": errors}


def read(file: Path) -> Any:
    """A JSON file."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise OperationError(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise OperationError(f"{file}: no JSON: {error}") from error


def is_drift(one: Mapping[str, Any]) -> bool:
    """Whether there is anything to tell of a stack."""
    return bool(one["resources"] or one["unnamed"] or one["errors"])


def report(reports: Sequence[Mapping[str, Any]], failed: Sequence[str]) -> str | None:
    """The issue's text; None where nothing has drifted and every look succeeded."""
    parts = [_stack(r) for r in sorted(reports, key=lambda r: str(r["stack"])) if is_drift(r)]
    if failed:
        parts.append(f"Could not look: {', '.join(f'`{name}`' for name in failed)}.")
    if not parts:
        return None
    where = f"\n\n[The run that found this]({run_url()})." if run_url() else ""
    advice = (
        "Bring each back by deploying again, or take it into the program. "
        "This issue is rewritten by every run, and closed by the first that finds nothing."
    )
    return "\n\n".join([*parts, advice]) + where


def keep_issue(github: GitHub, text: str | None) -> str | None:
    """Open, rewrite or close the one issue; its address, None where there is none and none is needed."""
    issue = github.marked(github.listed(f"/issues?state=open&labels={encoded(LABEL)}"), MARKER)
    if text is None:
        if issue is None:
            return None
        github.call("POST", f"/issues/{issue['number']}/comments", {"body": "Nothing has drifted any more."})
        return str(github.call("PATCH", f"/issues/{issue['number']}", {"state": "closed"})["html_url"])
    body = shortened(f"{MARKER}\n{text}\n")
    if issue is None:
        new = {"title": TITLE, "body": body, "labels": [LABEL]}
        return str(github.call("POST", "/issues", new)["html_url"])
    if issue["body"] != body:
        issue = github.call("PATCH", f"/issues/{issue['number']}", {"body": body})
    return str(issue["html_url"])


def _entry(step: Mapping[str, Any]) -> dict[str, Any] | None:
    """One step that is drift. Of a refresh the state's inputs stay; what differs are the outputs."""
    op, urn = str(step.get("op", "")), str(step.get("urn", ""))
    if op in _UNCHANGED or urn.split("::")[2:3] == ["pulumi:pulumi:Stack"]:
        return None
    old, new = step.get("oldState") or {}, step.get("newState")
    if op in _GONE:
        return {"urn": urn, "how": "gone", "properties": []}
    detailed = sorted(step.get("detailedDiff") or {})
    before, after = (state.get("outputs") or {} for state in (old, new or {}))
    compared = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    properties = detailed or compared
    return {"urn": urn, "how": "changed", "properties": properties}


def _stack(found_: Mapping[str, Any]) -> str:
    resources, errors = found_["resources"], found_["errors"]
    lines = [f"### {found_['stack']}", ""]
    lines += [f"- the look failed: {_code(error)}" for error in errors[:5]]
    lines += [_line(entry) for entry in resources[:_LISTED]]
    if len(resources) > _LISTED:
        lines.append(f"- and {len(resources) - _LISTED} more")
    if found_["unnamed"]:
        lines.append(f"- {found_['unnamed']} changes that Pulumi counts without naming them; see the run")
    return "\n".join(lines)


def _line(entry: Mapping[str, Any]) -> str:
    parts = str(entry["urn"]).split("::")
    type_ = parts[2].rsplit("$", 1)[-1] if len(parts) > 2 else ""
    properties = ", ".join(_code(name) for name in entry["properties"][:10])
    more = f" and {len(entry['properties']) - 10} more" if len(entry["properties"]) > 10 else ""
    return f"- {_code(parts[-1])} ({type_}) {entry['how']}" + (f": {properties}{more}" if properties else "")


def _code(text: str) -> str:
    """As code: nothing in it is read as Markdown, and it mentions nobody."""
    return f"`{text[:300].replace('`', chr(39))}`"
