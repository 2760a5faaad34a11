"""A review as GitHub's workflow commands: what is dangerous, beside the line that does it."""

from collections.abc import Iterator
from typing import NamedTuple

from breakwater.graph import SourceLine
from breakwater.review.model import Kind, Review, Verdict, Weight
from breakwater.review.rendering.document import cut
from breakwater.review.rendering.escaping import data, option
from breakwater.review.rendering.sections import fate

_MOST = 10
"""Of each severity: GitHub shows no more of a step."""
_LONGEST = 2_000
_SEVERITIES = ("error", "warning", "notice")
_WEIGHTS = {Weight.BLOCK: "error", Weight.APPROVAL: "warning", Weight.NOTE: "notice"}
_VERDICTS = {Verdict.BLOCKED: "error", Verdict.FAILED: "error", Verdict.APPROVAL: "warning", Verdict.SAFE: "notice"}
_TOLD_OTHERWISE = (Kind.DANGER, Kind.POLICY, Kind.FAILURE)


class _Annotation(NamedTuple):
    severity: str
    title: str
    message: str
    source: SourceLine | None

    def __str__(self) -> str:
        options = {"file": self.source.path, "line": str(self.source.line)} if self.source else {}
        told = ",".join(f"{name}={option(text)}" for name, text in (options | {"title": self.title}).items())
        return f"::{self.severity} {told}::{data(cut(self.message, _LONGEST))}"


def annotations(review: Review) -> str:
    """One command in each line, at most ten of each severity; "" without any."""
    found = dict.fromkeys(_annotations(review))
    lines: list[str] = []
    for severity in _SEVERITIES:
        own = [one for one in found if one.severity == severity]
        if len(own) > _MOST:
            more = f"There are {len(own) - _MOST + 1} more; the report has them all."
            own = [*own[: _MOST - 1], _Annotation(severity, f"{review.stack}: more of these", more, None)]
        lines += map(str, own)
    return "".join(f"{text}\n" for text in lines)


def _annotations(review: Review) -> Iterator[_Annotation]:
    """The heaviest first; what has no line in the program is in the report only, but for a failure."""
    if review.error:
        yield _Annotation("error", f"{review.stack}: the program failed", review.error, review.error_source)
    for failure in review.failures:
        yield _Annotation("error", f"{review.stack}: a resource fails", failure.text, failure.source)
    for danger in sorted(review.dangers, key=lambda danger: -danger.weight):
        if danger.source:
            title = f"{review.stack}: {danger.step.resource.name} {fate(danger.step)}"
            yield _Annotation(_WEIGHTS[danger.weight], title, danger.what, danger.source)
    for violation in sorted(review.policies.violations, key=lambda v: (v.rule, v.urn, v.message)):
        if violation.source:
            message = f"{violation.name}: {violation.message}\n{violation.remedy}"
            severity = "warning" if violation in review.known_violations else "error"
            yield _Annotation(severity, f"{review.stack}: {violation.rule}", message, violation.source)
    for reason in review.reasons:
        if reason.source and reason.kind not in _TOLD_OTHERWISE:
            message = f"{reason.text}\n{reason.remedy}".rstrip()
            yield _Annotation(_VERDICTS[reason.verdict], f"{review.stack}: {reason.rule}", message, reason.source)
