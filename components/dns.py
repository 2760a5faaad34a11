"""Names: the stack's public zone, the name that fails over between regions, the private zone of a network.

Children: PublicZone, PrivateZone: one zone. FailoverRecord: per region an alias record `<region>.<name>`, with several
regions a health check of it; the failover records of the name itself; alarms of the health checks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi
from pulumi_aws import route53

from components._alarm_definitions import AlarmDefinition, Severity
from components._domains import check_domain
from components.alarms import Alarms, AlarmsArgs, AlarmTarget
from components.security import HTTPS_PORT

# Limit of Route 53's health checks.
_PATH_MAX = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicZoneArgs:
    """The domain that the stack answers for."""

    domain: str
    """Such as example.com; its registrar must delegate it to the zone's name servers."""
    protect: bool = True
    """Whether Pulumi refuses to delete the zone, and AWS while there are records in it; default yes."""

    def __post_init__(self) -> None:
        check_domain("domain", self.domain)


class PublicZone(pulumi.ComponentResource):
    """A public hosted zone. USD 0.50 a month; queries for alias records of AWS resources are free."""

    zone_id: pulumi.Output[str]
    name_servers: pulumi.Output[Sequence[str]]

    def __init__(self, name: str, args: PublicZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:dns:PublicZone", name, None, opts)
        zone = route53.Zone(
            name,
            name=args.domain,
            comment="Public names of the platform",
            force_destroy=not args.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.zone_id = zone.zone_id
        self.name_servers = zone.name_servers
        self.register_outputs({"zone_id": self.zone_id, "name_servers": self.name_servers})


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateZoneArgs:
    """Names that exist inside one VPC only."""

    domain: str
    """Such as internal.example.com; must not be a public name that the VPC needs, which it would hide."""
    vpc_id: pulumi.Input[str]
    """VPC that resolves the names; in the region of this component."""

    def __post_init__(self) -> None:
        check_domain("domain", self.domain)


class PrivateZone(pulumi.ComponentResource):
    """A private hosted zone. USD 0.50 a month."""

    zone_id: pulumi.Output[str]

    def __init__(self, name: str, args: PrivateZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:dns:PrivateZone", name, None, opts)
        zone = route53.Zone(
            name,
            name=args.domain,
            comment="Names inside the network",
            vpcs=[route53.ZoneVpcArgs(vpc_id=args.vpc_id)],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.zone_id = zone.zone_id
        self.register_outputs({"zone_id": self.zone_id})


class Role(StrEnum):
    """What a region is to a name."""

    PRIMARY = "primary"
    """Answers while it is healthy."""
    STANDBY = "standby"
    """Answers while no region before it is healthy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """The load balancer of one region."""

    dns_name: pulumi.Input[str]
    """The balancer's own name."""
    zone_id: pulumi.Input[str]
    """The balancer's zone for alias records (AWS's, not the stack's)."""
    role: Role
    """primary or standby."""
    health_path: str = "/health/ready"
    """Path whose answer, 200 to 399, says that the region can serve; default /health/ready."""

    def __post_init__(self) -> None:
        if self.role not in list(Role):
            raise ValueError(f"role: {self.role!r} is not one of {', '.join(Role)}")
        if not self.health_path.startswith("/") or len(self.health_path) > _PATH_MAX:
            raise ValueError(
                f"health_path: {self.health_path!r} must start with / and have {_PATH_MAX} characters at most"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class FailoverRecordArgs:
    """A name, and the regions behind it."""

    zone_id: pulumi.Input[str]
    """Public zone that holds the name."""
    record_name: str
    """The full name, such as api.example.com."""
    endpoints: Mapping[str, Endpoint]
    """Region -> its balancer; one is primary, the standbys take over in this order."""
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
            raise ValueError(f"endpoints: exactly one region must be primary, found {found}; make the others standby")
        if self.request_interval_seconds not in (10, 30):
            raise ValueError(f"request_interval_seconds: {self.request_interval_seconds}; Route 53 takes 10 or 30")
        if not 1 <= self.failure_threshold <= 10:
            raise ValueError(f"failure_threshold: {self.failure_threshold}; give 1 to 10")

    @property
    def order(self) -> tuple[str, ...]:
        """The regions as they take over: the primary, then the standbys as given."""
        return tuple(sorted(self.endpoints, key=lambda region: self.endpoints[region].role != Role.PRIMARY))


class FailoverRecord(pulumi.ComponentResource):
    """A name that moves to the next region when the health check of the one before fails.

    Route 53 knows one primary and one secondary, so with more standbys the secondary is an alias of a further pair,
    `standby-<region>.<name>`, and so on. One region has a lone primary of the same shape, because a plain record could
    not be turned into a failover record without the name being gone for a while.

    The failover records point at the regional names and not at the balancers: Route 53 calls a balancer unhealthy when
    a single target group of it is, and one small service must not move the whole region. The health check decides.

    Give it a provider of us-east-1, for the alarms. USD 2.50 a month and region (check of an AWS endpoint, HTTPS, every
    10 s); a single region costs nothing.
    """

    fqdn: str
    regional_names: dict[str, str]
    """Region -> the name that always leads there; the region's certificate and listener rules must know it."""
    health_check_ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: FailoverRecordArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:dns:FailoverRecord", name, None, opts)
        self._prefix, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.fqdn = args.record_name
        self.regional_names = {region: regional_name(region, args.record_name) for region in args.order}
        regional = {region: self._create_regional_record(region) for region in args.order}
        checks = self._create_health_checks(regional)
        self.health_check_ids = {region: check.id for region, check in checks.items()}
        self._create_failover_records(regional)
        if args.alarms is not None and checks:
            definitions = [health_alarm(r, args.endpoints[r].role, id_) for r, id_ in self.health_check_ids.items()]
            alarms = AlarmsArgs(target=args.alarms, definitions=definitions)
            Alarms(f"{name}-alarms", alarms, opts=self._child)
        self.register_outputs(
            {"fqdn": self.fqdn, "regional_names": self.regional_names, "health_check_ids": self.health_check_ids}
        )

    def _create_regional_record(self, region: str) -> route53.Record:
        endpoint = self._args.endpoints[region]
        return route53.Record(
            f"{self._prefix}-{region}",
            zone_id=self._args.zone_id,
            name=self.regional_names[region],
            type="A",
            aliases=[
                route53.RecordAliasArgs(name=endpoint.dns_name, zone_id=endpoint.zone_id, evaluate_target_health=False)
            ],
            opts=self._child,
        )

    def _create_health_checks(self, regional: Mapping[str, route53.Record]) -> dict[str, route53.HealthCheck]:
        """None for a single region: it answers whatever a check would say."""
        if len(regional) < 2:
            return {}
        return {
            region: route53.HealthCheck(
                f"{self._prefix}-{region}",
                type="HTTPS",
                fqdn=record.fqdn,
                port=HTTPS_PORT,
                resource_path=self._args.endpoints[region].health_path,
                request_interval=self._args.request_interval_seconds,
                failure_threshold=self._args.failure_threshold,
                measure_latency=False,
                enable_sni=True,
                tags={"Name": self.regional_names[region]},
                opts=self._child,
            )
            for region, record in regional.items()
        }

    def _create_failover_records(self, regional: Mapping[str, route53.Record]) -> None:
        """From the last pair to the first, because each pair's secondary is the pair after it."""
        *earlier, last = self._args.order
        rest, rest_check = regional[last], self.health_check_ids.get(last)
        if not earlier:
            self._create_failover_record(self._prefix, self.fqdn, Role.PRIMARY, rest, None)
        for region in reversed(earlier):
            first = region == earlier[0]
            child = self._prefix if first else f"{self._prefix}-standby-{region}"
            fqdn = self.fqdn if first else f"standby-{regional_name(region, self.fqdn)}"
            check = self.health_check_ids[region]
            primary = self._create_failover_record(child, fqdn, Role.PRIMARY, regional[region], check)
            self._create_failover_record(child, fqdn, Role.STANDBY, rest, rest_check)
            rest, rest_check = primary, None

    def _create_failover_record(
        self,
        child: str,
        fqdn: str,
        role: Role,
        target: route53.Record,
        health_check_id: pulumi.Input[str] | None,
    ) -> route53.Record:
        return route53.Record(
            f"{child}-{role}",
            zone_id=self._args.zone_id,
            name=fqdn,
            type="A",
            # By role and not by region: exchanging two regions then changes two targets in place.
            set_identifier=role.value,
            failover_routing_policies=[
                route53.RecordFailoverRoutingPolicyArgs(type="PRIMARY" if role == Role.PRIMARY else "SECONDARY")
            ],
            health_check_id=health_check_id,
            # Route 53 demands true for failover aliases.
            aliases=[
                route53.RecordAliasArgs(name=target.fqdn, zone_id=self._args.zone_id, evaluate_target_health=True)
            ],
            opts=self._child,
        )


def regional_name(region: str, record_name: str) -> str:
    """The name that always leads to one region, under the name that fails over."""
    return f"{region}.{record_name}"


def health_alarm(region: str, role: Role, health_check_id: pulumi.Input[str]) -> AlarmDefinition:
    """As AWS recommends it."""
    primary = role == Role.PRIMARY
    effect = "requests go to a standby" if primary else "it could not take over"
    return AlarmDefinition(
        role=f"health-{region}",
        summary=f"Health checks from outside fail in {region}, the {role} region: {effect}.",
        severity=Severity.CRITICAL if primary else Severity.WARNING,
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
