"""What a change would do, as data: the review that reports, annotations and exit codes are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from breakwater.analysis.cost import Sum
from breakwater.analysis.exposure.changes import Change as ExposureChange
from breakwater.analysis.figures import Figure
from breakwater.analysis.permissions.changes import PermissionDifference
from breakwater.analysis.resilience.model import Scenario
from breakwater.analysis.resilience.points import SinglePoint
from breakwater.graph import Resource, ResourceGraph, SourceLine
from breakwater.policy_check import PolicyResult, Violation
from breakwater.review.values import Change


class Verdict(StrEnum):
    """What a reviewer is to make of a change."""

    SAFE = "safe"
    APPROVAL = "needs approval"
    BLOCKED = "blocked"
    FAILED = "failed"
    """The program, a resource or the policies failed: nothing can be said of the change."""

    @property
    def exit_code(self) -> int:
        """0, 3, 4 or 1."""
        return {Verdict.SAFE: 0, Verdict.APPROVAL: 3, Verdict.BLOCKED: 4, Verdict.FAILED: 1}[self]


class Op(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    IMPORT = "import"
    """It is there already, and Pulumi takes it over."""
    RENAME = "rename"
    """Found by an alias: nothing happens in the cloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One resource and what happens to it."""

    op: Op
    certain: bool
    """Whether Pulumi's engine says so; of code alone a replacement is what may happen."""
    before: Resource | None = None
    after: Resource | None = None
    changes: tuple[Change, ...] = ()
    forced_by: tuple[str, ...] = ()
    """Properties whose change forces the replacement."""
    hidden: tuple[str, ...] = ()
    """Properties that changed and whose values are secret."""

    @property
    def resource(self) -> Resource:
        """As it is after, or was before."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a step has a resource before or after")
        return found


class Weight(IntEnum):
    """How much a danger weighs."""

    NOTE = 0
    APPROVAL = 1
    BLOCK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """Something that holds data or serves requests, and would be deleted or replaced."""

    step: Step
    weight: Weight
    what: str
    """In one sentence: what would happen, to which data."""
    safeguards: tuple[str, ...]
    """What stands between the change and the loss: protect, deletion protection, final snapshot, retained."""
    cause: tuple[str, ...]
    """From the changed property to this resource, along the property dependencies: `file:line type::name.property`."""
    touches: tuple[str, ...] = ()
    """Labels of what uses it."""
    also: tuple[str, ...] = ()
    """Labels of what else serves and goes or is replaced for the same cause; it has no danger of its own."""
    renamed_to: str = ""
    """Label of the new part that this looks like a rename of, without an alias."""
    source: SourceLine | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A resource that cannot be created, or what the engine says of it."""

    text: str
    source: SourceLine | None = None


class Kind(StrEnum):
    """The parts of a report, and the groups of rules that judge them."""

    FAILURE = "failure"
    DANGER = "danger"
    COST = "cost"
    EXPOSURE = "exposure"
    PERMISSIONS = "permissions"
    CAPACITY = "capacity"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule of the verdict that applies."""

    rule: str
    """Its name in the table of rules, such as `stateful-replacement`."""
    kind: Kind
    verdict: Verdict
    text: str
    """What was found, in one line, with numbers."""
    remedy: str = ""
    source: SourceLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostChange:
    """The monthly cost before and after."""

    before: Sum
    after: Sum
    components: tuple[tuple[str, str, float, float], ...] = ()
    """Region, component, US dollars before and after at autoscaling's maximum; only what changes."""
    unpriced: tuple[str, ...] = ()
    """Labels of resources that come or change and have no price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureChange:
    """A figure of capacity or availability that changes."""

    before: Figure | None
    after: Figure | None


NO_POLICIES = PolicyResult(0, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A change of one stack."""

    stack: str
    project: str
    against: str
    """What it was compared with: a revision, the engine's state, a file."""
    verdict: Verdict
    reasons: tuple[Reason, ...]
    """The heaviest first."""
    before: ResourceGraph
    after: ResourceGraph
    steps: tuple[Step, ...] = ()
    """In the order of dependencies, then by URN; what stays the same is left out."""
    dangers: tuple[Danger, ...] = ()
    cost: CostChange | None = None
    exposure: tuple[ExposureChange, ...] = ()
    permissions: PermissionDifference | None = None
    figures: tuple[FigureChange, ...] = ()
    losses: tuple[tuple[Scenario | None, Scenario | None], ...] = ()
    """Losses that leave less, or take longer, than before: before and after."""
    single_points: tuple[SinglePoint, ...] = ()
    """What exists once from now on, and not before."""
    unwatched: tuple[str, ...] = ()
    """Labels of what is still there and loses alarms, with the metrics."""
    policies: PolicyResult = NO_POLICIES
    """What they say of what comes out."""
    known_violations: tuple[Violation, ...] = ()
    """Of `policies.violations`, those that were there before."""
    failures: tuple[Failure, ...] = ()
    diagnostics: tuple[tuple[str, str], ...] = ()
    """Severity and text of what the engine or the program said."""
    error: str = ""
    """Why the program or the comparison failed."""
    error_source: SourceLine | None = None
    rules_changed: bool = False
    """Whether the change has other rules for its verdict than those that judge it, which are the ones before."""
    engine: bool = False
    """Whether Pulumi's engine said what happens; else it is derived from the code."""
    digest: str = ""
    """Of steps and state, normalised: the same for the same change."""
    counts: Mapping[Op, int] = field(default_factory=dict)
