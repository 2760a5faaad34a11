"""What is left of grants by denials and permissions boundaries."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from breakwater.analysis.permissions.conditions import implies
from breakwater.analysis.permissions.model import Grant, Kind, Principal
from breakwater.analysis.permissions.patterns import covers, may_overlap


def undenied(grants: Iterable[Grant], denials: Sequence[Grant]) -> Iterator[Grant]:
    """The grants without the actions that are denied whenever the grant would allow them.

    What is denied only at times, or on part of a grant's resources, stays; the denial stands among the denials.
    """
    by_principal: dict[Principal, list[Grant]] = {}
    of_resources: list[Grant] = []
    for denial in denials:
        if denial.kind == Kind.IDENTITY:
            by_principal.setdefault(denial.principal, []).append(denial)
        else:
            of_resources.append(denial)
    for grant in grants:
        left = grant.actions
        for denial in (*by_principal.get(grant.principal, ()), *of_resources):
            if _denies(denial, grant):
                left -= denial.actions
        if left:
            yield grant if left is grant.actions else grant.only(left)


def _denies(denial: Grant, grant: Grant) -> bool:
    """Whether the denial holds each time the grant does, but for the actions."""
    concerned = {
        Kind.IDENTITY: grant.kind == Kind.IDENTITY,
        Kind.RESOURCE: grant.kind in (Kind.IDENTITY, Kind.RESOURCE),
        Kind.TRUST: grant.kind == Kind.TRUST,
        # What one endpoint keeps back may go another way.
        Kind.ENDPOINT: grant.kind == Kind.ENDPOINT and grant.through == denial.through,
    }[denial.kind]
    return (
        concerned
        and (not denial.conditions or implies(grant.conditions, denial.conditions))
        and denial.principal.covers(grant.principal)
        and denial.spans_here(grant)
    )


def bounded(grants: Iterable[Grant], limits: Mapping[Principal, Sequence[Grant]]) -> Iterator[Grant]:
    """What both the identity's policies and its boundary allow; an identity without a boundary keeps its grants."""
    for grant in grants:
        if grant.kind != Kind.IDENTITY or grant.principal not in limits:
            yield grant
            continue
        for limit in limits[grant.principal]:
            actions = grant.actions & limit.actions
            if actions and may_overlap(grant.raw, limit.raw):
                narrower = limit if covers(grant.raw, limit.raw) else grant
                yield replace(
                    grant,
                    actions=actions,
                    resource=narrower.resource,
                    raw=narrower.raw,
                    excluded=tuple(sorted({*grant.excluded, *limit.excluded})),
                    raw_excluded=tuple(sorted({*grant.raw_excluded, *limit.raw_excluded})),
                    conditions=tuple(sorted({*grant.conditions, *limit.conditions})),
                    sources=(*grant.sources, *limit.sources),
                )
