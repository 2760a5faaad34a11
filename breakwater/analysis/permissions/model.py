"""What policies come to: who may do what on which resource under which conditions.

A grant holds all actions that its principal has on one resource under the same conditions, each by its own name: two
sets of grants are equal where the same is allowed, however the statements are written.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from breakwater.analysis.permissions.actions import expand, has_resources
from breakwater.analysis.permissions.conditions import Condition, implies
from breakwater.analysis.permissions.patterns import covers, is_pattern, may_overlap
from breakwater.graph import Resource, SourceLine


class Kind(StrEnum):
    """Where a grant comes from."""

    IDENTITY = "identity"
    """A policy of the principal itself."""
    RESOURCE = "resource"
    """The policy of a resource."""
    TRUST = "trust"
    """Who may assume a role."""
    ENDPOINT = "endpoint"
    """What a VPC endpoint lets through: it gives nothing by itself."""


class Who(StrEnum):
    """Kinds of principals."""

    ROLE = "role"
    USER = "user"
    GROUP = "group"
    SERVICE = "service"
    ACCOUNT = "account"
    FEDERATED = "federated"
    PUBLIC = "public"
    ALL_BUT = "all but"
    """Everybody who is not named (NotPrincipal)."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class Principal:
    """Who is allowed something."""

    kind: Who
    name: str = ""
    """A role's name in the program, or what the policy says; "" for everybody."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()

    @property
    def account(self) -> str:
        """Twelve digits; "" where the principal names no account."""
        if self.kind == Who.ACCOUNT:
            return self.name
        parts = self.name.split(":")
        return parts[4] if self.name.startswith("arn:") and len(parts) > 5 else ""

    def covers(self, other: "Principal") -> bool:
        """Whether a statement for this principal is one for the other too."""
        return self.kind == Who.PUBLIC or self == other


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """The resource whose policy says so."""

    urn: str
    line: str = ""
    """Such as components/queue.py:120; "" where the graph does not tell."""

    @classmethod
    def of(cls, resource: Resource) -> "Source":
        """Where a resource was written."""
        places = (resource.source, *resource.callers)
        return cls(resource.urn, str(next((p for p in places if isinstance(p, SourceLine)), "")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one principal may do on one resource under the same conditions; or may not, among the denials."""

    kind: Kind
    principal: Principal
    actions: frozenset[str]
    """In AWS's spelling, wildcards expanded; a pattern only where AWS's actions are not known."""
    resource: str
    """ARN or pattern; ids that AWS makes up are ${type::name.property}."""
    excluded: tuple[str, ...] = ()
    """Resources that it does not hold for (NotResource)."""
    conditions: tuple[Condition, ...] = ()
    through: str = ""
    """Type and name of the VPC endpoint that lets it through; "" for what is no endpoint's policy."""
    raw: str = field(default="", compare=False)
    """The resource as it is in this deployment."""
    raw_excluded: tuple[str, ...] = field(default=(), compare=False)
    owner: str = field(default="", compare=False)
    """Type and name of what has the policy: a role, a queue."""
    written: tuple[str, ...] = field(default=(), compare=False)
    """The actions as the policies write them; `not …` for NotAction."""
    sources: tuple[Source, ...] = field(default=(), compare=False)

    @property
    def key(self) -> tuple[object, ...]:
        """All but the actions."""
        return self.kind, self.principal, self.resource, self.excluded, self.conditions, self.through

    @property
    def order(self) -> tuple[str, ...]:
        """By which grants are sorted."""
        return (self.kind, *map(str, (self.through, self.principal, self.resource, *self.excluded, *self.conditions)))

    @property
    def is_broad(self) -> bool:
        """Whether it is a whole service or more, or every resource of actions that could have been given single ones.

        What an endpoint lets through is broad only where it has no condition.
        """
        if self.kind == Kind.ENDPOINT:
            return self.whole and not self.conditions
        everywhere = self.resource == "*" and self.kind == Kind.IDENTITY
        return self.whole or (everywhere and any(map(has_resources, self.actions)))

    @property
    def whole(self) -> bool:
        """Whether it is a whole service or more."""
        return any(text == "*" or text.endswith(":*") or text.startswith("not ") for text in self.written)

    def spans(self, other: "Grant") -> bool:
        """Whether it holds for every resource that another, of any deployment, holds for."""
        same = covers(self.resource, other.resource)
        # Without an id that AWS made up, its pattern says the same in both deployments.
        if not same and not (self.resource == self.raw and covers(self.raw, other.raw)):
            return False
        return all(
            any(covers(out, gap) for out in other.excluded) or not may_overlap(gap, other.resource)
            for gap in self.excluded
        )

    def spans_here(self, other: "Grant") -> bool:
        """Whether it holds for every resource that another one of the same deployment holds for."""
        return covers(self.raw, other.raw) and all(
            any(covers(out, gap) for out in other.raw_excluded) or not may_overlap(gap, other.raw)
            for gap in self.raw_excluded
        )

    def allows(self, other: "Grant") -> bool:
        """Whether what the other allows is allowed by this, but for the actions."""
        return (
            (self.kind, self.through) == (other.kind, other.through)
            and self.principal.covers(other.principal)
            and implies(other.conditions, self.conditions)
            and self.spans(other)
        )

    def only(self, actions: frozenset[str]) -> "Grant":
        """The same of some of its actions."""
        return replace(self, actions=actions, written=tuple(text for text in self.written if _gives(text, actions)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A policy of which nobody can say what it allows."""

    principal: Principal | None
    """Whose it is; None for a resource's own policy."""
    what: str
    """ARN of a policy, or type and name of the resource that has it."""
    why: str
    fingerprint: str | None = None
    """What it is known by; None where even a change cannot be told."""
    source: Source = field(default=Source(""), compare=False)

    @property
    def order(self) -> tuple[str, ...]:
        """By which they are sorted."""
        return str(self.principal or ""), self.what, self.why, self.fingerprint or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """All that the policies of a stack say."""

    grants: tuple[Grant, ...]
    """What is allowed, without what is denied in any case, and within the permissions boundaries; sorted."""
    denials: tuple[Grant, ...]
    """What is denied, also under conditions; sorted."""
    unread: tuple[Unread, ...]
    owners: frozenset[str] = frozenset()
    """Types and names of the roles and resources of the stack."""
    accounts: frozenset[str] = frozenset()
    """The stack's own accounts."""


def merged(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """One grant for each principal, resource and conditions; sorted."""
    found: dict[tuple[object, ...], list[Grant]] = {}
    for grant in grants:
        found.setdefault(grant.key, []).append(grant)
    return tuple(sorted(map(_together, found.values()), key=lambda grant: grant.order))


def _together(grants: list[Grant]) -> Grant:
    if len(grants) == 1:
        return grants[0]
    return replace(
        grants[0],
        actions=frozenset().union(*(grant.actions for grant in grants)),
        written=tuple(sorted({text for grant in grants for text in grant.written})),
        sources=tuple(sorted({source for grant in grants for source in grant.sources})),
    )


def _gives(written: str, actions: frozenset[str]) -> bool:
    """Whether some of the actions come from what is written."""
    return written == "*" or written.startswith("not ") or not expand(written).isdisjoint(actions)


def without_wildcards(grant: Grant) -> bool:
    """Whether it holds for exactly one resource."""
    return not is_pattern(grant.resource)
