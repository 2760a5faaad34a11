"""The arguments of a name that fails over between regions, and the alarm of its health checks. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi

from components._alarm_definitions import AlarmDefinition, Severity
from components._domains import check_domain
from components.alarms import AlarmTarget

# Limits of Route 53's health checks; a calculated one takes 256 others (API reference, HealthCheckConfig).
_PATH_MAX = 255
_SIGNALS_MAX = 255


class Role(StrEnum):
    """What a region is to a name."""

    PRIMARY = "primary"
    """Answers while it is healthy."""
    ACTIVE = "active"
    """Answers while it is healthy, beside the primary: each client is led to whichever of them is nearer to it."""
    STANDBY = "standby"
    """Answers while no region before it is healthy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """The load balancer, or the HTTP API, of one region."""

    dns_name: pulumi.Input[str]
    """The balancer's own name, to which the regional name leads."""
    zone_id: pulumi.Input[str]
    """The balancer's zone for alias records (AWS's, not the stack's)."""
    role: Role
    """primary, active or standby."""
    health_path: str = "/health/ready"
    """Path whose answer, 200 to 399, says that the region can serve; default /health/ready."""
    signals: Sequence[pulumi.Input[str]] = ()
    """Ids of further health checks that must pass too; default none. At most 255."""
    dual_stack: bool = False
    """Whether the balancer has IPv6 addresses too; default no."""
    own: tuple[pulumi.Input[str], pulumi.Input[str]] | None = None
    """Address and zone that the name itself leads to, where those above are the regional name's only: API Gateway has
    an address for each name. Default none: the name leads to the regional one."""

    def __post_init__(self) -> None:
        if self.role not in list(Role):
            raise ValueError(f"role: {self.role!r} is not one of {', '.join(Role)}")
        if not self.health_path.startswith("/") or len(self.health_path) > _PATH_MAX:
            raise ValueError(
                f"health_path: {self.health_path!r} must start with / and have {_PATH_MAX} characters at most"
            )
        if len(self.signals) > _SIGNALS_MAX:
            raise ValueError(f"signals: {len(self.signals)} health checks; Route 53 joins {_SIGNALS_MAX} and one more")


@dataclass(frozen=True, kw_only=True, slots=True)
class FailoverRecordArgs:
    """A name, and the regions behind it."""

    zone_id: pulumi.Input[str]
    """Public zone that holds the name."""
    record_name: str
    """The full name, such as api.example.com."""
    endpoints: Mapping[str, Endpoint]
    """Region -> its balancer; one is primary, active ones answer beside it, standbys take over in this order."""
    alarms: AlarmTarget | None
    """Where the health checks' alarms go: a topic in us-east-1, the one region that has their metrics; none: no
    alarms."""
    request_interval_seconds: int = 10
    """Seconds between requests of each checker, 10 or 30; default 10, which costs extra."""
    failure_threshold: int = 3
    """Requests in a row, 1 to 10, that must fail; default 3."""

    def __post_init__(self) -> None:
        check_domain("record_name", self.record_name)
        primaries = [region for region, endpoint in self.endpoints.items() if endpoint.role == Role.PRIMARY]
        if len(primaries) != 1:
            found = " and ".join(primaries) or "none"
            raise ValueError(
                f"endpoints: exactly one region must be primary, found {found}; make the others active or standby"
            )
        if self.request_interval_seconds not in (10, 30):
            raise ValueError(f"request_interval_seconds: {self.request_interval_seconds}; Route 53 takes 10 or 30")
        if not 1 <= self.failure_threshold <= 10:
            raise ValueError(f"failure_threshold: {self.failure_threshold}; give 1 to 10")

    @property
    def order(self) -> tuple[str, ...]:
        """The regions as they take over: the primary, the active ones, then the standbys, each as given."""
        ranks = list(Role)
        return tuple(sorted(self.endpoints, key=lambda region: ranks.index(self.endpoints[region].role)))


def regional_name(region: str, record_name: str) -> str:
    """The name that always leads to one region, under the name that fails over."""
    return f"{region}.{record_name}"


def health_alarm(region: str, role: Role, health_check_id: pulumi.Input[str]) -> AlarmDefinition:
    """As AWS recommends it."""
    answers = role != Role.STANDBY
    effect = "requests go to another region" if answers else "it could not take over"
    return AlarmDefinition(
        role=f"health-{region}",
        summary=f"Health checks from outside fail in {region}, the {role} region: {effect}.",
        severity=Severity.CRITICAL if answers else Severity.WARNING,
        runbook="region-health-check",
        metric_name="HealthCheckStatus",
        namespace="AWS/Route53",
        dimensions={"HealthCheckId": health_check_id},
        statistic="Average",
        comparison="LessThanThreshold",
        threshold=1,
        datapoints=3,
        periods=3,
        missing="breaching",
    )
