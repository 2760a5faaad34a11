"""What two graphs of one stack differ in, in what is allowed: by meaning, not by text."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from breakwater.analysis.permissions.model import Grant, Kind, Permissions, Principal, Unread, Who
from breakwater.analysis.permissions.renaming import with_names
from breakwater.analysis.permissions.weights import Weighed, Weight, narrowed, weigh, weigh_unread


class How(StrEnum):
    """In what a permission differs from the one before, or after."""

    NEW = "new"
    """Nothing like it was there before; or is, of what is lost."""
    RESOURCES = "resources"
    """It holds for other resources."""
    CONDITIONS = "conditions"
    """It holds under other conditions."""
    DENIAL = "denial"
    """A denial is gone; of what is lost, one is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionChange:
    """What one principal gained or lost on one resource."""

    how: How
    grant: Grant
    """Of it, the actions that are gained or lost only."""
    others: tuple[Grant, ...] = ()
    """Where resources or conditions differ: the ones before of what is gained, the ones now of what is lost."""
    weight: Weight
    reasons: tuple[str, ...] = ()
    """Why it weighs so much, the heaviest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadChange:
    """A policy that nobody can look into, and that is new, changed, or cannot be compared."""

    unread: Unread
    weight: Weight
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionDifference:
    """What a change does to what is allowed; false where it does nothing. The heaviest first."""

    gained: tuple[PermissionChange, ...]
    lost: tuple[PermissionChange, ...]
    undecidable: tuple[UnreadChange, ...]
    """To be looked at by a person."""
    no_longer: tuple[Unread, ...]
    """Policies that were only named, and are gone."""

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.undecidable or self.no_longer)

    @property
    def weight(self) -> Weight:
        """Of the heaviest of what is gained or undecidable."""
        weights = [*(one.weight for one in self.gained), *(one.weight for one in self.undecidable)]
        return max(weights, default=Weight.LESS)


def changes(before: Permissions, after: Permissions, renamed: Mapping[str, str] | None = None) -> PermissionDifference:
    """What is allowed after and was not before, and the other way round.

    `renamed` has what resources were called before → are called now, each as type and name (`aws:iam/role:Role::api`):
    what only has another name is no difference.
    """
    before = with_names(before, renamed) if renamed else before
    accounts = before.accounts | after.accounts
    both = before.owners & after.owners
    gained = [
        *_not_covered(after.grants, before.grants, accounts),
        *_denials(before.denials, after.denials, both, accounts),
    ]
    lost = [
        *_not_covered(before.grants, after.grants, accounts),
        *_denials(after.denials, before.denials, both, accounts),
    ]
    known = set(before.unread)
    undecidable = [
        UnreadChange(unread=unread, weight=(weighed := weigh_unread(unread)).weight, reasons=weighed.reasons)
        for unread in after.unread
        if unread.fingerprint is None or unread not in known
    ]
    left = set(after.unread)
    return PermissionDifference(
        gained=tuple(sorted(gained, key=_heaviest_first)),
        lost=tuple(sorted((replace(one, weight=Weight.LESS, reasons=()) for one in lost), key=_heaviest_first)),
        undecidable=tuple(sorted(undecidable, key=lambda one: (-one.weight, *one.unread.order))),
        no_longer=tuple(u for u in before.unread if u.fingerprint is not None and u not in left),
    )


def _heaviest_first(change: PermissionChange) -> tuple[int | str, ...]:
    return -change.weight, *change.grant.order, change.how


def _not_covered(
    grants: Sequence[Grant], others: Sequence[Grant], accounts: Collection[str]
) -> Iterator[PermissionChange]:
    """What the grants allow and none of the others does."""
    same = {grant.key: grant.actions for grant in others}
    by_kind: dict[tuple[Kind, str], list[Grant]] = {}
    for other in others:
        by_kind.setdefault((other.kind, other.through), []).append(other)
    for grant in grants:
        left = grant.actions - same.get(grant.key, frozenset())
        candidates = by_kind.get((grant.kind, grant.through), []) if left else []
        near = [o for o in candidates if o.principal.covers(grant.principal) and not left.isdisjoint(o.actions)]
        for other in near:
            if other.allows(grant):
                left -= other.actions
        if left:
            yield from _compared(grant, left, near, accounts)


def _compared(
    grant: Grant, left: frozenset[str], near: Sequence[Grant], accounts: Collection[str]
) -> Iterator[PermissionChange]:
    """The actions that are left, together as long as they compare with the same others."""
    parts: dict[tuple[How, tuple[Grant, ...]], set[str]] = {}
    for action in sorted(left):
        having = [other for other in near if action in other.actions]
        apart = tuple(o for o in having if o.spans(grant) and grant.spans(o))
        overlapping = tuple(o for o in having if o.spans(grant) or grant.spans(o))
        how = How.CONDITIONS if apart else How.RESOURCES if overlapping else How.NEW
        parts.setdefault((how, apart or overlapping), set()).add(action)
    for (how, others), actions in parts.items():
        part = grant.only(frozenset(actions))
        weighed = weigh(part, accounts)
        if how == How.CONDITIONS and not narrowed(part.conditions) and all(narrowed(o.conditions) for o in others):
            weight = max(weighed.weight, Weight.PERMISSIONS)
            weighed = Weighed(weight, ("no condition ties it to known parties any more", *weighed.reasons))
        concerned = tuple(other.only(other.actions & part.actions) for other in others)
        yield PermissionChange(how=how, grant=part, others=concerned, weight=weighed.weight, reasons=weighed.reasons)


def _denials(
    denials: Sequence[Grant], others: Sequence[Grant], owners: Collection[str], accounts: Collection[str]
) -> Iterator[PermissionChange]:
    """The denials that none of the others repeats; those of what is there only once say nothing."""
    for denial in denials:
        left = denial.actions if denial.owner in owners else frozenset()
        near = [other for other in others if not left.isdisjoint(other.actions)] if left else []
        for other in near:
            if other.allows(denial):
                left -= other.actions
        if left:
            part = denial.only(left)
            weighed = _lifted(part, accounts)
            concerned = tuple(o for o in near if o.principal == part.principal and o.spans(part) and part.spans(o))
            yield PermissionChange(
                how=How.DENIAL, grant=part, others=concerned, weight=weighed.weight, reasons=weighed.reasons
            )


def _lifted(denial: Grant, accounts: Collection[str]) -> Weighed:
    """Of a denial that is gone: at least that of permissions; whom it held back says nothing of who gets in."""
    weighed = weigh(replace(denial, principal=Principal(Who.SERVICE), written=()), accounts)
    if weighed.weight < Weight.PERMISSIONS:
        return Weighed(Weight.PERMISSIONS, ("a denial is gone", *weighed.reasons))
    return Weighed(weighed.weight, ("a denial is gone", *weighed.reasons))
