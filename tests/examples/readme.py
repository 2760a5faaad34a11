"""The computed parts of an example's README: its picture, what it costs, what it carries, how it fails.

`python -m tests.examples.readme` writes them anew; the words between them stay.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from breakwater.analysis.cost.billing import bill
from breakwater.analysis.figures import Figure, Verdict
from breakwater.analysis.resilience import assess
from breakwater.analysis.resilience.model import Kind, Scenario
from breakwater.analysis.timeline import timeline
from breakwater.diagram import mermaid
from breakwater.tables.figures import amount
from breakwater.tables.resilience import duration
from breakwater.tables.timeline import duration as long_duration
from tests.examples.evidence import Evidence
from tests.support.stacks import EXAMPLES, ROOT, deployed

Row = Sequence[str]


def readme(example: str, written: str) -> str:
    """The README with its computed parts made anew."""
    evidence = Evidence(deployed(example).graph)
    for name, make in _PARTS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        assert len(pattern.findall(written)) == 1, (
            f"{example}/README.md: one <!-- {name} --> … <!-- /{name} --> is needed"
        )
        text = "\n".join(make(evidence))
        written = pattern.sub(lambda match, text=text: f"{match[1]}{text}\n{match[2]}", written)  # type: ignore[misc]
    return written


def _picture(evidence: Evidence) -> Iterator[str]:
    yield f"```mermaid\n{mermaid(evidence.graph)}```"


def _cost(evidence: Evidence) -> Iterator[str]:
    found = bill(evidence.graph)
    rows = [
        (
            one.region,
            f"{one.minimum.usd:,.0f}",
            f"{one.maximum.usd:,.0f}",
            f"{one.maximum.low:,.0f}–{one.maximum.high:,.0f}",
        )
        for one in (*found.regions, found.total)
    ]
    rows[-1] = ("**all**", *rows[-1][1:])
    yield from _table(("USD a month", "fewest tasks", "most tasks", "by its prices"), rows)
    used = {f"{rate.part}, {rate.per}": rate.estimate.usd for rate in found.rates if rate.region == _primary(evidence)}
    yield "\nBesides, by use: " + "; ".join(f"{name} USD {usd:.2f}" for name, usd in used.items()) + "."
    dearest = max(found.deployments, key=lambda one: one.maximum.usd)
    yield f"A deployment costs USD {dearest.maximum.usd:.2f} at most ({dearest.name}, with its most tasks)."
    yield f"A first deployment takes {long_duration(timeline(evidence.graph).total.typical)} as a rule."


def _capacity(evidence: Evidence) -> Iterator[str]:
    judged = [figure for figure in evidence.figures if figure.verdict is not Verdict.NONE and figure.target is not None]
    rows = [(_about(f), _said(f, f.target), _said(f, f.value), f.limited_by) for f in judged]
    yield from _table(("figure", "asked", "found", "limited by"), rows)


def _failure(evidence: Evidence) -> Iterator[str]:
    scenarios = [
        one
        for one in assess(evidence.platform).scenarios
        if one.region == _primary(evidence) and one.kind not in (Kind.VERSION, Kind.CONSUMER)
    ]
    rows = [
        (f"{one.kind} {one.what}".strip(), _left(one), _lost(one), duration(one.recovery.seconds)) for one in scenarios
    ]
    yield from _table(("lost", "left for the time being", "data", "until all is as before"), rows)


def _about(figure: Figure) -> str:
    return " ".join(word for word in (figure.region, figure.part, figure.name) if word)


def _said(figure: Figure, value: float | None) -> str:
    if value is None:
        return "not known"
    return f"{value:.2f} %" if figure.unit == "%" else amount(value, figure.unit)


def _left(scenario: Scenario) -> str:
    return "; ".join(f"{one.name} {one.share:.0%}" for one in scenario.left) or "–"


def _lost(scenario: Scenario) -> str:
    """The last seconds of a store's writes, or all that it had."""
    told = {risk.store: "all" if risk.seconds is None else duration(risk.seconds) for risk in scenario.data}
    return "; ".join(f"{store}: {much}" for store, much in told.items() if much != duration(0)) or "none"


def _primary(evidence: Evidence) -> str:
    assert evidence.platform.primary
    return evidence.platform.primary.name


def _table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


_PARTS: dict[str, Callable[[Evidence], Iterator[str]]] = {
    "picture": _picture,
    "cost": _cost,
    "capacity": _capacity,
    "failure": _failure,
}

if __name__ == "__main__":
    for name in EXAMPLES:
        file = ROOT / name / "README.md"
        file.write_text(readme(name, file.read_text(encoding="utf-8")), encoding="utf-8")
