"""What a loss means: what is left, which data is at risk, how long it takes, and what somebody has to do."""

from dataclasses import dataclass
from enum import StrEnum

from breakwater.analysis.resilience.recovery import SETTINGS, Recovery
from breakwater.analysis.resilience.tasks import Left


class Kind(StrEnum):
    """What is lost."""

    TASK = "one task"
    ZONE = "one zone"
    NAT = "the NAT of a zone"
    WRITER = "the database's writer"
    REPLICA = "a read replica"
    CACHE = "the cache's primary"
    REGION = "the region"
    CONSUMER = "a queue's consumer"
    VERSION = "a bad version"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRisk:
    """What a store may have lost."""

    store: str
    seconds: float | None
    """Of what was written last; None where it is all, or not known."""
    what: str
    """In words."""
    source: str = SETTINGS
    status: str = "declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One loss."""

    kind: Kind
    region: str
    what: str
    """Which one, where there are several: the worst."""
    urns: tuple[str, ...]
    """What is lost."""
    recovery: Recovery
    left: tuple[Left, ...] = ()
    data: tuple[AtRisk, ...] = ()
    by_hand: tuple[str, ...] = ()
    """What does not recover by itself."""

    @property
    def worst(self) -> float | None:
        """The smallest share of normal capacity that a service or worker has left."""
        return min((left.share for left in self.left), default=None)
