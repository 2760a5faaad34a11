"""The report of a run as text for people. Data is never read as markup."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from breakwater.graph import STACK_TYPE, Resource, ResourceGraph
from breakwater.report import Report
from breakwater.review.diff import Difference
from breakwater.review.wording import describe
from breakwater.tables.figures import problem_line
from breakwater.values import UNKNOWN_TEXT, masked, printable

if TYPE_CHECKING:
    from breakwater.simulator.monitor import Failure

NO_CHANGES = "No changes."
"""All that a comparison without a difference prints."""
_TREE_DEPTH = 2
"""Regions and what they consist of; components deeper down are in their numbers."""


def make_console(*, stderr: bool = False) -> Console:
    """A console that leaves text as it is."""
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def render(report: Report) -> Text:
    """The whole report of a run; of a comparison only what is different and what went wrong."""
    text = Text()
    compared = report.difference is not None
    complete = report.outcome.error is None and not compared
    if complete:
        _tree(text, report)
    if report.difference is not None:
        _difference(text, report.difference, report.against or "")
    for severity, message in report.outcome.messages:
        text.append(f"{severity}: ", "yellow").append(f"{printable(message)}\n")
    _failures(text, report.outcome.failures)
    _policies(text, report, quiet=compared)
    _targets(text, report, quiet=compared)
    if complete:
        _outputs(text, report.outcome.graph.outputs)
        _totals(text, report)
    return text


def render_error(report: Report) -> str:
    """How the program ended, where it did not end well."""
    error = report.outcome.error
    if error is None:
        return ""
    if error.expected:
        return printable(error.message)
    return printable(f"the program failed: {error.message}" + (f"\n  at {error.source}" if error.source else ""))


def _plural(count: int, noun: str) -> str:
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"


def _tree(text: Text, report: Report) -> None:
    """Components within components, with what is in them and how long that took."""
    graph = report.outcome.graph
    failed = {f.urn for f in report.outcome.failures}
    sums = _Sums(graph, report.resource_seconds, failed)
    rows: list[tuple[str, str, str, tuple[int, float, int]]] = []

    def add(resource: Resource, indent: str, branch: str, depth: int) -> None:
        kind = "" if resource.type == STACK_TYPE else resource.type.split(":")[-1]
        name = graph.stack if resource.type == STACK_TYPE else resource.name
        rows.append((indent + branch, printable(name), kind, sums.of(resource)))
        inner = indent + {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
        below = graph.children.get(resource.urn, ()) if depth < _TREE_DEPTH else ()
        components = [r for r in below if not r.custom]
        for child in components:
            add(child, inner, "└─ " if child is components[-1] else "├─ ", depth + 1)

    for root in graph.children.get("", ()):
        if not root.custom:
            add(root, "", "", 0)
    timed = report.command == "up"
    names = max((len(guide) + len(name) for guide, name, _, _ in rows), default=0)
    kinds = max((len(kind) for _, _, kind, _ in rows), default=0)
    for guide, name, kind, (count, seconds, failures) in rows:
        text.append(guide, "dim").append(name, "bold" if not guide else "")
        text.append(f"{'':{names - len(guide) - len(name)}}  {kind:{kinds}}", "dim").append(f"  {count:5}")
        if timed:
            text.append(f"  {seconds:6.2f} s", "dim")
        if failures:
            text.append(f"  {failures} not created", "red")
        text.append("\n")
    text.append("\n")


class _Sums:
    """Created resources, seconds and failures at and below each resource."""

    def __init__(self, graph: ResourceGraph, seconds: Mapping[str, float], failed: set[str]) -> None:
        self._graph, self._seconds, self._failed = graph, seconds, failed

    def of(self, resource: Resource) -> tuple[int, float, int]:
        failures = int(resource.urn in self._failed)
        count, seconds = int(resource.is_cloud and not failures), self._seconds.get(resource.urn, 0.0)
        for child in self._graph.children.get(resource.urn, ()):
            below = self.of(child)
            count, seconds, failures = count + below[0], seconds + below[1], failures + below[2]
        return count, seconds, failures


def _failures(text: Text, failures: "Iterable[Failure]") -> None:
    failed, skipped = [f for f in failures if not f.skipped], [f for f in failures if f.skipped]
    if failed:
        text.append(f"{_plural(len(failed), 'resource')} failed\n", "bold red")
    for failure in failed:
        text.append("  ✗ ", "red").append(f"{failure.type}  {printable(failure.name)}\n", "bold")
        for line in printable(failure.reason).splitlines():
            text.append(f"      {line}\n")
        if failure.source:
            text.append(f"      declared at {failure.source}\n")
        for caller in failure.callers:
            text.append(f"      called from {caller}\n")
        text.append(f"      {printable(failure.urn)}\n", "dim")
    if skipped:
        text.append(f"{_plural(len(skipped), 'resource')} skipped: what they depend on failed\n", "bold yellow")
    for failure in skipped:
        reason = _first_few(printable(failure.reason).removeprefix("skipped: "))
        at = f"  {failure.source}" if failure.source else ""
        text.append("  - ", "yellow").append(f"{failure.type}  {printable(failure.name)}: {reason}{at}\n")
    if failed or skipped:
        text.append("\n")


def _first_few(text: str) -> str:
    """A list shortened to its first three parts; --json has all."""
    parts = text.split(", ")
    return text if len(parts) <= 4 else f"{', '.join(parts[:3])} and {len(parts) - 3} more"


def _policies(text: Text, report: Report, *, quiet: bool) -> None:
    policies = report.policies
    if policies.error:
        text.append("The policies could not be checked: ", "bold red").append(f"{printable(policies.error)}\n\n")
    elif policies.violations:
        text.append(f"{_plural(len(policies.violations), 'policy violation')}\n", "bold red")
        for v in policies.violations:
            at = f"  {v.source}" if v.source else ""
            text.append("  ✗ ", "red").append(v.rule, "bold").append(f"  {v.type}  {printable(v.name)}{at}\n")
            text.append(f"      {printable(v.message)}\n      {v.remedy}\n")
        text.append("\n")
    elif policies.rules and not quiet:
        text.append(f"Policies: {_plural(policies.rules, 'rule')}, no violation\n\n")


def _targets(text: Text, report: Report, *, quiet: bool) -> None:
    if report.refused:
        text.append(f"{_plural(len(report.refused), 'target')} missed or limit exceeded\n", "bold red")
        for figure in report.refused:
            text.append("  ✗ ", "red").append(f"{printable(problem_line(figure))}\n")
        text.append("\n")
    elif report.judged and not quiet:
        text.append(f"Targets and limits: {len(report.judged)} judged, all met\n\n")


def _outputs(text: Text, outputs: Mapping[str, Any]) -> None:
    if not outputs:
        return
    text.append("Outputs\n", "bold")
    _mapping(text, masked(outputs), "  ")
    text.append("\n")


def _mapping(text: Text, values: Mapping[str, Any], indent: str) -> None:
    """One line for each value, deeper ones indented; what is unknown throughout takes one line."""
    width = max(len(name) for name in values)
    for name, value in sorted(values.items()):
        if isinstance(value, Mapping) and value and not _all_unknown(value):
            text.append(f"{indent}{printable(name)}\n")
            _mapping(text, value, f"{indent}  ")
        else:
            shown = UNKNOWN_TEXT if isinstance(value, Mapping) and value else _shown(value)
            text.append(f"{indent}{printable(name):{width}}  ").append(f"{shown}\n", "cyan")


def _all_unknown(value: Any) -> bool:
    return all(map(_all_unknown, value.values())) if isinstance(value, Mapping) else value == UNKNOWN_TEXT


def _totals(text: Text, report: Report) -> None:
    regions = report.regions
    where = f" in {_plural(len(regions), 'region')} ({', '.join(regions)})" if regions else ""
    calls = f", {_plural(report.outcome.calls, 'API call')}" if report.outcome.calls else ""
    done = "planned" if report.command == "preview" else "simulated"
    skipped = sum(f.skipped for f in report.outcome.failures)
    failed = f", {len(report.outcome.failures) - skipped} failed, {skipped} skipped" if report.outcome.failures else ""
    resources = f"{_plural(len(report.created), 'resource')} {done}{where}"
    text.append(f"{report.outcome.graph.stack}: {resources}{failed}", "bold")
    text.append(f"{calls}, {report.seconds:.1f} s\n")


def _difference(text: Text, difference: Difference, against: str) -> None:
    if not difference:
        text.append(f"{NO_CHANGES}\n")
        return
    parts = {
        "added": difference.added,
        "changed": difference.changed,
        "renamed": difference.renamed,
        "removed": difference.removed,
    }
    counts = ", ".join(f"{len(found)} {what}" for what, found in parts.items() if found)
    text.append(f"Against {against}: {counts}\n\n", "bold")
    for resource in difference.added:
        _line(text, "+", "green", resource)
    for changed in difference.changed:
        _line(text, "~", "yellow", changed.after)
        for change in changed.changes:
            text.append(f"      {describe(change)}\n")
    for old, new in difference.renamed:
        _line(text, "=", "cyan", new, f"was {old.urn.split('::', 2)[2]}")
    for resource in difference.removed:
        _line(text, "-", "red", resource)
    text.append("\n")


def _line(text: Text, sign: str, style: str, resource: Resource, note: str = "") -> None:
    at = f"  {resource.source}" if resource.source else ""
    text.append(f"  {sign} ", style).append(f"{resource.type}  {printable(resource.name)}", "bold")
    text.append(f"{at}{'  ' if note else ''}{printable(note)}\n", "dim")


def _shown(value: Any) -> str:
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))
