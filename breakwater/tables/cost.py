"""What `breakwater cost` prints: the bill by region and component, what use and deployments cost, what has no price."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from breakwater.analysis.cost import Bill, Sum, bill
from breakwater.analysis.cost.item import Estimate
from breakwater.analysis.cost.kinds import Unmetered
from breakwater.analysis.figures import Figure, Verdict
from breakwater.analysis.prices import uncertainties
from breakwater.graph import ResourceGraph
from breakwater.tables._cost_json import as_object
from breakwater.tables.figures import problem_line
from breakwater.values import printable

_BAR, _BARS = 40, 10
"""Characters of the longest bar, and how many bars there are."""
_SMALL_USD = 5
"""Components that cost less a month are one row of their region."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stack costs."""

    bill: Bill

    @property
    def problems(self) -> Sequence[str]:
        """The target, where it is missed or cannot be told."""
        return [problem_line(figure) for figure in self.bill.figures if figure.is_problem]

    def to_json(self) -> dict[str, Any]:
        """Every item with its price, and all sums."""
        return as_object(self.bill)

    def render(self) -> RenderableType:
        """The tables, one bar for each of the largest components, and what is in none of the sums."""
        if not self.bill.items:
            return Group(Text("Nothing in this graph costs something by the month."), *self._left_out())
        parts: list[RenderableType] = [_components(self.bill), Text(), _bars(self.bill.components), Text()]
        if self.bill.deployments:
            parts += [_deployments(self.bill), Text()]
        if self.bill.rates:
            parts += [_rates(self.bill), Text()]
        return Group(*parts, *self._left_out(), *_met(self.bill.figures), _sureness(self.bill))

    def _left_out(self) -> Iterator[RenderableType]:
        """What is in none of the sums."""
        for item in self.bill.unpriced:
            where = f"{item.component} in {item.region}"
            told = f"Not counted, as its price or its amount is not known: {item.service} {item.name} of {where}"
            yield Text(printable(told), "yellow")
        for type_ in self.bill.unheard_of:
            yield Text(printable(f"Not known whether it costs anything: {type_}"), "yellow")
        for urn in self.bill.unread:
            yield Text(printable(f"Not read, as what it consists of is not known: {urn}"), "yellow")
        if self.bill.unmetered:
            yield _unmetered(self.bill.unmetered)
            yield Text()


def assess(graph: ResourceGraph) -> Cost:
    """What the stack of a graph costs."""
    return Cost(bill(graph))


def _met(figures: Iterable[Figure]) -> Iterator[Text]:
    for figure in figures:
        if figure.verdict is Verdict.MET and figure.target is not None:
            yield Text(f"The target of USD {figure.target:,.0f} a month is met.", "green")


def _components(found: Bill) -> Table:
    table = _table("USD a month, whatever is used", "", "minimum", "maximum", "at the maximum, by its prices")
    sums = {s.region: s for s in found.regions}
    for region, group in groupby(found.components, key=lambda s: s.region):
        _row(table, region or "no region known", sums[region], "bold")
        listed = list(group)
        small = [s for s in listed if s.maximum.usd < _SMALL_USD and not s.unpriced]
        for component in listed:
            if component not in small or len(small) == 1:
                _row(table, f"  {component.component}", component)
        if len(small) > 1:
            _row(table, f"  {len(small)} smaller ones", _together(small), "dim")
    _row(table, "all", found.total, "bold")
    return table


def _together(sums: Sequence[Sum]) -> Sum:
    def add(side: Literal["minimum", "maximum"]) -> Estimate:
        parts: list[Estimate] = [getattr(s, side) for s in sums]
        return Estimate(sum(p.usd for p in parts), sum(p.low for p in parts), sum(p.high for p in parts))

    return Sum("", "", add("minimum"), add("maximum"), 0)


def _row(table: Table, name: str, of: Sum, style: str = "") -> None:
    most = of.maximum
    span = f"{most.low:,.2f}–{most.high:,.2f}" + (f", {of.unpriced} without a price" if of.unpriced else "")
    cells = (printable(name), f"{of.minimum.usd:,.2f}", f"{most.usd:,.2f}", span)
    table.add_row(*(Text(cell, style) for cell in cells))


def _bars(components: Iterable[Sum]) -> Table:
    largest = sorted(components, key=lambda s: (-s.maximum.usd, s.region, s.component))[:_BARS]
    table = _table("The largest, at autoscaling's minimum █ and maximum ▒", "", "", "")
    top = max((s.maximum.usd for s in largest), default=0) or 1
    for found in largest:
        least, most = (round(_BAR * e.usd / top) for e in (found.minimum, found.maximum))
        name = f"{found.component}, {found.region}" if found.region else found.component
        table.add_row(Text(printable(name)), Text("█" * least + "▒" * (most - least)), f"{found.maximum.usd:,.0f}")
    table.columns[1].justify = "left"
    table.show_header = False
    return table


def _deployments(found: Bill) -> Table:
    table = _table("USD for each deployment", "", "seconds", "minimum", "maximum")
    for region, group in groupby(found.deployments, key=lambda d: d.region):
        table.add_row(Text(printable(region), "bold"))
        for one in group:
            least, most = (f"{e.usd:,.4f}" if one.priced else "no price" for e in (one.minimum, one.maximum))
            table.add_row(Text(printable(f"  {one.name}")), f"{one.seconds:,.0f}", least, most)
    return table


def _rates(found: Bill) -> Table:
    table = _table("USD for use", "", "for each", "USD", "not counted")
    table.columns[1].justify = table.columns[3].justify = "left"
    for region, group in groupby(found.rates, key=lambda r: r.region):
        table.add_row(Text(printable(region), "bold"))
        for rate in group:
            missing = [*(f"{c.service} {c.name}: no price" for c in rate.unpriced), *rate.not_counted]
            cells = (f"  {rate.part}", rate.per, f"{rate.estimate.usd:,.2f}", "; ".join(missing))
            table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def _unmetered(uses: Iterable[Unmetered]) -> Table:
    table = _table("Billed by use as well, and in none of the sums: nobody says how much it is", "", "resources", "USD")
    for region, group in groupby(uses, key=lambda u: u.region):
        table.add_row(Text(printable(region), "bold"))
        for use in group:
            usd = "no price is known" if use.price is None else f"{use.price.usd:.10g}"
            table.add_row(Text(printable(f"  {use.what}")), str(use.resources), usd)
    return table


def _sureness(found: Bill) -> Text:
    used = {item.status for item in found.items if item.status}
    told = [f"{name} ±{u.percent:g} % ({u.why})" for name, u in uncertainties().items() if name in used]
    return Text(
        f"Prices without tax, discounts and free tiers, 730 hours. How far they may be off: {'; '.join(told)}.", "dim"
    )


def _table(title: str, *columns: str) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left", overflow="fold")
    return table
