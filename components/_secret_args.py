"""The arguments of secrets, and what Secrets Manager would refuse of them; makes no resource."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components._schedule import recurrence

# Secrets Manager API: CreateSecret, DeleteSecret, RotateSecret.
DESCRIPTION_MAX = 2048
RECOVERY_DAYS = range(7, 31)
GAP_MIN_SECONDS = 4 * 3_600
WINDOW_HOURS = range(1, 25)

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/*?-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretArgs:
    """Where a secret is kept, who reads it, who changes it."""

    description: str
    """What it is for; nothing secret."""
    region: str
    """Region of the secret."""
    kms_key_arn: pulumi.Input[str]
    """Key of that region, which encrypts it."""
    replicas: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Other region -> ARN of the key there; default no copies."""
    value: pulumi.Input[str] | None = None
    """Content, such as `config.require_secret(…)`; default none: put it in by hand."""
    value_version: int = 1
    """Raise it by one whenever the value has changed; without that the change is not seen."""
    readers: Sequence[pulumi.Input[str]] = ()
    """ARNs (* allowed) of the only roles and users that may read it; default whoever IAM lets. With a value, whoever
    runs Pulumi must be among them (the provider looks up the version by reading it); with rotation, the
    function's role."""
    recovery_days: int | None = None
    """Days, 7 to 30, in which a deleted secret can be brought back, or 0; default 30 with protect, else 0."""
    protect: bool = True
    """Refuse to delete the secret."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.description) <= DESCRIPTION_MAX:
            raise ValueError(f"description: {len(self.description)} characters; give 1 to {DESCRIPTION_MAX}")
        if self.value == "":
            raise ValueError("value: empty, which Secrets Manager does not take; leave it out and put one in by hand")
        if self.value_version < 1:
            raise ValueError(f"value_version: {self.value_version}; count from 1")
        for arn in self.readers:
            if isinstance(arn, str) and not _PRINCIPAL.fullmatch(arn):
                raise ValueError(f"readers: {arn!r} is no role or user; give arn:aws:iam::111122223333:role/name")
        self._check_regions()
        self._check_recovery()

    def _check_regions(self) -> None:
        for where, region in (("region", self.region), *(("replicas", region) for region in self.replicas)):
            if not _REGION.fullmatch(region):
                raise ValueError(f"{where}: {region!r} is no region's name; write it as us-east-1")
        if self.region in self.replicas:
            raise ValueError(f"replicas: {self.region} is the secret's own region; leave it out")
        keys = (("kms_key_arn", self.region, self.kms_key_arn), *(("replicas", r, k) for r, k in self.replicas.items()))
        for where, region, key in keys:
            if isinstance(key, str) and (not key.startswith("arn:") or key.split(":")[3] != region):
                raise ValueError(f"{where}: {key!r} is no key of {region}; give the ARN of a key in that region")

    def _check_recovery(self) -> None:
        if self.recovery_days is None:
            return
        if self.recovery_days != 0 and self.recovery_days not in RECOVERY_DAYS:
            raise ValueError(f"recovery_days: {self.recovery_days}; give 7 to 30, or 0 to delete at once")
        if self.recovery_days == 0 and self.protect:
            raise ValueError("recovery_days: 0 deletes at once, against protect; give 7 to 30, or protect=False")


def check_rotation(schedule: str, window_hours: int | None) -> None:
    """Refuse what Secrets Manager refuses."""
    gap = recurrence(schedule).shortest_gap
    if schedule.startswith("rate") and "minute" in schedule:
        raise ValueError(f"schedule: {schedule!r}; Secrets Manager counts in hours or days, use rate(4 hours)")
    if gap < GAP_MIN_SECONDS:
        raise ValueError(f"schedule: {schedule!r} runs {gap} s apart; Secrets Manager needs four hours")
    if window_hours is None:
        return
    if window_hours not in WINDOW_HOURS:
        raise ValueError(f"window_hours: {window_hours}; give 1 to 24")
    if window_hours * 3_600 > gap:
        raise ValueError(f"window_hours: {window_hours} reaches into the next window, {gap} s later; shorten it")
