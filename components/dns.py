"""Names: the stack's public zone, the name that fails over between regions, the private zone of a network.

Children: PublicZone, PrivateZone: one zone. FailoverRecord: per region an alias record `<region>.<name>`, with several
regions a health check of it, and by choice one that joins it with further ones; latency records of the regions that
answer together; the failover records of the name itself; alarms of the health checks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import pulumi
from pulumi_aws import route53

from components._domains import ACTIVE_LABEL, check_domain
from components._failover_args import Endpoint, FailoverRecordArgs, Role, health_alarm, regional_name
from components.alarms import Alarms, AlarmsArgs
from components.security import HTTPS_PORT

__all__ = [
    "Endpoint", "FailoverRecord", "FailoverRecordArgs", "PrivateZone", "PrivateZoneArgs", "PublicZone",
    "PublicZoneArgs", "Role", "regional_name",
]  # fmt: skip


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


class Family(NamedTuple):
    """A family of addresses."""

    type: str
    """Record type."""
    suffix: str
    """End of the names of its records."""


IPV4, IPV6 = Family("A", ""), Family("AAAA", "-ipv6")

_Target: TypeAlias = tuple[pulumi.Input[str], pulumi.Input[str]]
"""A DNS name and the zone that it is in."""


class FailoverRecord(pulumi.ComponentResource):
    """A name that leads to the nearest active region, and to a standby when the health checks of all of them fail.

    Several active regions have latency records under `active.<name>`, to which the name's primary points. Route 53
    knows one primary and one secondary, so with more standbys the secondary is an alias of a further pair,
    `standby-<region>.<name>`, and so on. One region has a lone primary of the same shape, because a plain record could
    not be turned into a failover record without the name being gone for a while.

    The failover records point at the regional names and not at the balancers: Route 53 calls a balancer unhealthy when
    a single target group of it is, and one small service must not move the whole region. The health check decides.

    A region whose balancer has IPv6 gets an IPv6 record of its regional name; the name itself gets the same records for
    IPv6 once all regions have it, because until then it could not move to each of them.

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
        regional = {region: self._create_regional_record(region, IPV4) for region in args.order}
        checks = self._create_health_checks(regional)
        self.health_check_ids = {region: check.id for region, check in checks.items()}
        self._create_failover_records(regional, IPV4)
        dual = [region for region in args.order if args.endpoints[region].dual_stack]
        regional_ipv6 = {region: self._create_regional_record(region, IPV6) for region in dual}
        if len(dual) == len(args.order):
            self._create_failover_records(regional_ipv6, IPV6)
        if args.alarms is not None and checks:
            definitions = [health_alarm(r, args.endpoints[r].role, id_) for r, id_ in self.health_check_ids.items()]
            alarms = AlarmsArgs(target=args.alarms, definitions=definitions)
            Alarms(f"{name}-alarms", alarms, opts=self._child)
        self.register_outputs(
            {"fqdn": self.fqdn, "regional_names": self.regional_names, "health_check_ids": self.health_check_ids}
        )

    def _create_regional_record(self, region: str, family: Family) -> route53.Record:
        endpoint = self._args.endpoints[region]
        return route53.Record(
            f"{self._prefix}-{region}{family.suffix}",
            zone_id=self._args.zone_id,
            name=self.regional_names[region],
            type=family.type,
            aliases=[
                route53.RecordAliasArgs(name=endpoint.dns_name, zone_id=endpoint.zone_id, evaluate_target_health=False)
            ],
            opts=self._child,
        )

    def _create_health_checks(self, regional: Mapping[str, route53.Record]) -> dict[str, route53.HealthCheck]:
        """None for a single region: it answers whatever a check would say."""
        if len(regional) < 2:
            return {}
        return {region: self._create_health_check(region, record) for region, record in regional.items()}

    def _create_health_check(self, region: str, record: route53.Record) -> route53.HealthCheck:
        endpoint = self._args.endpoints[region]
        asked = route53.HealthCheck(
            f"{self._prefix}-{region}",
            type="HTTPS",
            fqdn=record.fqdn,
            port=HTTPS_PORT,
            resource_path=endpoint.health_path,
            request_interval=self._args.request_interval_seconds,
            failure_threshold=self._args.failure_threshold,
            measure_latency=False,
            enable_sni=True,
            tags={"Name": self.regional_names[region]},
            opts=self._child,
        )
        if not endpoint.signals:
            return asked
        return route53.HealthCheck(
            f"{self._prefix}-{region}-calculated",
            type="CALCULATED",
            child_healthchecks=[asked.id, *endpoint.signals],
            # All of them.
            child_health_threshold=1 + len(endpoint.signals),
            tags={"Name": f"{self.regional_names[region]} and its signals"},
            opts=self._child,
        )

    def _create_active_records(
        self, regional: Mapping[str, route53.Record], family: Family
    ) -> tuple[route53.Record, ...]:
        """Latency records of the regions that answer together; none where the primary answers alone."""
        together = [region for region in self._args.order if self._args.endpoints[region].role != Role.STANDBY]
        if len(together) < 2:
            return ()
        return tuple(
            route53.Record(
                f"{self._prefix}-active-{region}{family.suffix}",
                zone_id=self._args.zone_id,
                name=f"{ACTIVE_LABEL}.{self.fqdn}",
                type=family.type,
                set_identifier=region,
                latency_routing_policies=[route53.RecordLatencyRoutingPolicyArgs(region=region)],
                health_check_id=self.health_check_ids[region],
                aliases=[self._alias(self._target(region, regional[region]))],
                opts=self._child,
            )
            for region in together
        )

    def _create_failover_records(self, regional: Mapping[str, route53.Record], family: Family) -> None:
        """From the last pair to the first, because each pair's secondary is the pair after it."""
        checks: Mapping[str, pulumi.Input[str]] = self.health_check_ids
        primary, *others = self._args.order
        standbys = [region for region in others if self._args.endpoints[region].role == Role.STANDBY]
        targets = {region: self._target(region, record) for region, record in regional.items()}
        active = self._create_active_records(regional, family)
        # The records of active regions have their own checks: the name leads there while one of them is healthy.
        front, front_check = (self._at(active[0]), None) if active else (targets[primary], checks.get(primary))
        if not standbys:
            self._create_failover_record(family, self._prefix, self.fqdn, Role.PRIMARY, front, None, active)
            return
        *earlier, last = standbys
        rest, rest_check = targets[last], checks.get(last)
        for region in reversed(earlier):
            child, fqdn = f"{self._prefix}-standby-{region}", f"standby-{regional_name(region, self.fqdn)}"
            first = self._create_failover_record(family, child, fqdn, Role.PRIMARY, targets[region], checks[region])
            self._create_failover_record(family, child, fqdn, Role.STANDBY, rest, rest_check)
            rest, rest_check = self._at(first), None
        self._create_failover_record(family, self._prefix, self.fqdn, Role.PRIMARY, front, front_check, active)
        self._create_failover_record(family, self._prefix, self.fqdn, Role.STANDBY, rest, rest_check)

    def _target(self, region: str, record: route53.Record) -> _Target:
        """Where the name itself leads in a region."""
        return self._args.endpoints[region].own or self._at(record)

    def _at(self, record: route53.Record) -> _Target:
        return record.fqdn, self._args.zone_id

    def _alias(self, target: _Target) -> route53.RecordAliasArgs:
        # Route 53 demands true for failover aliases.
        return route53.RecordAliasArgs(name=target[0], zone_id=target[1], evaluate_target_health=True)

    def _create_failover_record(
        self,
        family: Family,
        child: str,
        fqdn: str,
        role: Role,
        target: _Target,
        health_check_id: pulumi.Input[str] | None,
        after: Sequence[pulumi.Resource] = (),
    ) -> route53.Record:
        return route53.Record(
            f"{child}-{role}{family.suffix}",
            zone_id=self._args.zone_id,
            name=fqdn,
            type=family.type,
            # By role and not by region: exchanging two regions then changes two targets in place.
            set_identifier=role.value,
            failover_routing_policies=[
                route53.RecordFailoverRoutingPolicyArgs(type="PRIMARY" if role == Role.PRIMARY else "SECONDARY")
            ],
            health_check_id=health_check_id,
            aliases=[self._alias(target)],
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )
