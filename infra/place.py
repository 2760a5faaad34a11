"""Where the builders of a region put what they make."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.alarms import AlarmTarget
from components.image import ImageRepository
from components.key import Keys
from components.ledger import JobLedger, JobLedgerReplica
from infra.environment import logical_name
from infra.settings import Settings
from infra.settings.models import Region as RegionSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A region, and what it shares with the others."""

    settings: Settings
    """The stack's settings."""
    region: str
    """Region, one of the settings'."""
    account_id: pulumi.Input[str]
    """Account of the stack."""
    keys: Keys
    """The stack's keys in this region."""
    alarms: AlarmTarget
    """Where the region's alarms go."""
    zone_id: pulumi.Input[str]
    """The platform's public zone."""
    repositories: Mapping[str, ImageRepository]
    """The stack's repositories of images in this region."""
    secrets: Mapping[str, Mapping[str, pulumi.Input[str]]]
    """Secret of the stack's own -> region -> ARN of its copy there."""
    ledger: JobLedger | JobLedgerReplica | None = None
    """The jobs' ledger in this region; None where there are no jobs."""

    @property
    def own(self) -> RegionSettings:
        """What the settings say of this region."""
        return self.settings.regions[self.region]

    @property
    def is_primary(self) -> bool:
        """Whether it holds the writer and runs the jobs."""
        return self.region == self.settings.primary_region

    def name(self, role: str) -> str:
        """Logical name of what has a role in this region."""
        return logical_name(self.region, role)
