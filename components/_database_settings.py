"""What every PostgreSQL instance is given, writer and replicas of any region alike, and what RDS would refuse. Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import pulumi

from components import _database_limits as limits
from components import _thresholds
from components._database_parameters import check_parameters
from components._identifiers import RDS_IDENTIFIER_MAX, check_identifier
from components._instance_classes import InstanceClass, database_class
from components._windows import check_windows
from components.alarms import AlarmTarget
from components.flow_log import check_retention
from components.key import Keys

Insights: TypeAlias = Literal["standard", "advanced"]
INSIGHTS_RETENTION_DAYS: Mapping[str, int] = {"standard": 7, "advanced": 465}
"""Database Insights mode -> days of Performance Insights: the free week, and the fifteen months `advanced` demands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceSettings:
    """Arguments that Database and DatabaseReplica share."""

    vpc_id: pulumi.Input[str]
    """VPC of the instances."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Zone -> isolated subnet; two zones at least."""
    region: str
    """Region of the instances, such as us-east-1."""
    account_id: pulumi.Input[str]
    """Account of the instances."""
    instance_class: str
    """Such as db.r7g.large; one of components/data/instance_classes.json. Replicas have the same."""
    engine_version: str
    """PostgreSQL's major version, 14 to 18: RDS applies the minor ones."""
    allocated_storage_gib: int
    """First storage, 20 to 65,536 GiB of gp3; it may grow later, and RDS never takes less."""
    keys: Keys
    """The region's keys: of storage and Performance Insights, logs, the master credential."""
    alarms: AlarmTarget
    """Where alarms and events go."""
    max_allocated_storage_gib: int | None = None
    """Storage autoscaling grows up to this, GiB, a tenth more than allocated at least; default none: no growth."""
    iops: int | None = None
    """12,000 to 64,000, from 400 GiB on only; default gp3's baseline."""
    throughput_mibps: int | None = None
    """500 to 4,000 MiB/s, from 400 GiB on and with iops only; default gp3's baseline."""
    port: int = 5_433
    """Port of the instances; default not PostgreSQL's own (FSBP RDS.23). A proxy listens on 5432 whatever this is."""
    identifier: str | None = None
    """Name in RDS, unique in account and region; default {project}-{stack}-{name of the component}."""
    private_zone_id: pulumi.Input[str] | None = None
    """Private hosted zone for reader_name; default none: no reader name."""
    reader_name: str | None = None
    """Name under which the replicas are reached, such as reader.db.internal; default none."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """More parameters, in PostgreSQL's units; those that need a restart apply at the next one. Default none."""
    slow_query_milliseconds: int = 1_000
    """Statements that take longer are logged."""
    insights: Insights = "standard"
    """Database Insights: standard keeps 7 days free of charge, advanced 15 months for a price per vCPU."""
    monitoring_interval_seconds: int = 60
    """Enhanced monitoring of the operating system: 1, 5, 10, 15, 30 or 60 s."""
    log_retention_days: int = 30
    """How long logs are kept; one of CloudWatch's values."""
    backup_window: str = "03:00-04:00"
    """Daily, UTC, half an hour at least. A replica has one too, without backups: RDS would choose it at random, and
    refuse a maintenance window that overlaps it."""
    maintenance_window: str = "sun:04:30-sun:05:30"
    """Weekly, UTC, half an hour at least, apart from the backup window."""
    ca_cert_identifier: str = "rds-ca-rsa2048-g1"
    """Certificate authority of the instances' TLS certificates."""
    replica_lag_alarm_seconds: float = 300
    """Replica lag above which is an alarm, s. On an idle source RDS reports up to 300: set less only where writes are
    steady."""
    allow_major_version_upgrade: bool = False
    """Lets a higher engine_version through; for that one deployment, and with apply_immediately."""
    apply_immediately: bool = False
    """Apply changes at once instead of in the maintenance window; may restart the instances."""
    protect: bool = True
    """Refuse deletion, in AWS and in Pulumi, and take a final snapshot if it comes to that."""

    @property
    def size(self) -> InstanceClass:
        """vCPUs and memory of the class."""
        return database_class("instance_class", self.instance_class)

    @property
    def provisioned_iops(self) -> int | None:
        """Where IOPS can be had at all, the baseline is named.

        Left to RDS, an instance that grows past the threshold would be modified with the 3,000 it had below, which RDS
        refuses (terraform-provider-aws#28382).
        """
        return self.iops or (limits.IOPS_MIN if self.allocated_storage_gib >= limits.STRIPED_FROM_GIB else None)

    @property
    def provisioned_throughput_mibps(self) -> int | None:
        """Likewise the throughput."""
        return self.throughput_mibps or (
            limits.THROUGHPUT_MIN_MIBPS if self.allocated_storage_gib >= limits.STRIPED_FROM_GIB else None
        )

    @property
    def max_connections(self) -> int:
        """What `max_connections` will be: set, or RDS's default for the class."""
        given = self.parameters.get("max_connections")
        return int(given) if given else _thresholds.max_connections(self.size.memory_gib)

    @property
    def family(self) -> str:
        """Parameter group family."""
        return f"postgres{self.engine_version}"


def check_settings(settings: InstanceSettings) -> None:
    """Refuse what RDS refuses, or what would be unsafe; every message names the field and the remedy."""
    database_class("instance_class", settings.instance_class)
    _check_version(settings)
    _check_range("port", settings.port, limits.PORT_MIN, limits.PORT_MAX)
    _check_range("slow_query_milliseconds", settings.slow_query_milliseconds, 1, None)
    if settings.replica_lag_alarm_seconds <= 0:
        raise ValueError(f"replica_lag_alarm_seconds: {settings.replica_lag_alarm_seconds}; give more than 0 s")
    if settings.monitoring_interval_seconds not in limits.MONITORING_SECONDS:
        allowed = ", ".join(map(str, limits.MONITORING_SECONDS))
        raise ValueError(f"monitoring_interval_seconds: {settings.monitoring_interval_seconds}; give one of {allowed}")
    if settings.insights not in INSIGHTS_RETENTION_DAYS:
        raise ValueError(f"insights: {settings.insights!r} is not one of {', '.join(INSIGHTS_RETENTION_DAYS)}")
    if settings.identifier is not None:
        check_identifier("identifier", settings.identifier, RDS_IDENTIFIER_MAX)
    check_retention("log_retention_days", settings.log_retention_days)
    check_zones("subnet_ids", list(settings.subnet_ids), settings.region)
    check_windows(
        daily_field="backup_window",
        daily=settings.backup_window,
        weekly_field="maintenance_window",
        weekly=settings.maintenance_window,
        shortest_minutes=limits.WINDOW_MIN_MINUTES,
    )
    _check_storage(settings)
    _check_reader(settings)
    check_parameters(settings.parameters)


def check_zones(field_name: str, zones: Sequence[str], region: str) -> None:
    """Refuse fewer than two zones, and zones of another region."""
    for zone in zones:
        if not zone.startswith(region) or len(zone) == len(region):
            raise ValueError(f"{field_name}: zone {zone!r} is not in {region}; use the network's own zones")
    if len(set(zones)) < limits.ZONES_MIN:
        raise ValueError(
            f"{field_name}: {len(set(zones))} zone(s); RDS needs isolated subnets in {limits.ZONES_MIN} at least"
        )


def _check_version(settings: InstanceSettings) -> None:
    version = settings.engine_version
    if not re.fullmatch(r"[1-9]\d", version):
        raise ValueError(
            f"engine_version: {version!r} is no major version; write it as '17'. RDS applies minor "
            "versions itself and a pinned one would be a downgrade at the next deployment"
        )
    if version not in limits.ENGINE_VERSIONS:
        raise ValueError(
            f"engine_version: RDS has no PostgreSQL {version} in standard support; "
            f"give {', '.join(limits.ENGINE_VERSIONS)}"
        )
    if settings.allow_major_version_upgrade and not settings.apply_immediately:
        raise ValueError(
            "allow_major_version_upgrade: version and parameter group must change at once, or replicas would be given "
            "a group of a version they do not have yet; set apply_immediately too, for the same deployment"
        )


def _check_storage(settings: InstanceSettings) -> None:
    allocated, most = settings.allocated_storage_gib, settings.max_allocated_storage_gib
    _check_range("allocated_storage_gib", allocated, limits.STORAGE_MIN_GIB, limits.STORAGE_MAX_GIB)
    if most is not None and not allocated * limits.AUTOSCALING_FACTOR <= most <= limits.STORAGE_MAX_GIB:
        raise ValueError(
            f"max_allocated_storage_gib: {most}; storage autoscaling needs a tenth more than allocated_storage_gib "
            f"({allocated}) and {limits.STORAGE_MAX_GIB} at most; raise it, or leave it out for storage that does not "
            "grow"
        )
    for name, value in (("iops", settings.iops), ("throughput_mibps", settings.throughput_mibps)):
        if value is not None and allocated < limits.STRIPED_FROM_GIB:
            raise ValueError(
                f"{name}: gp3 below {limits.STRIPED_FROM_GIB} GiB has 3,000 IOPS and 125 MiB/s and takes no other; "
                f"raise allocated_storage_gib to {limits.STRIPED_FROM_GIB} or leave {name} out"
            )
    if settings.iops is not None:
        _check_range("iops", settings.iops, limits.IOPS_MIN, limits.IOPS_MAX)
    if settings.throughput_mibps is not None:
        if settings.iops is None:
            raise ValueError("throughput_mibps: the RDS API takes it together with iops only; give both")
        _check_range(
            "throughput_mibps", settings.throughput_mibps, limits.THROUGHPUT_MIN_MIBPS, limits.THROUGHPUT_MAX_MIBPS
        )
        if settings.throughput_mibps > settings.iops * limits.THROUGHPUT_PER_IOPS:
            raise ValueError(
                f"throughput_mibps: {settings.throughput_mibps} MiB/s with {settings.iops} IOPS; RDS gives a quarter "
                f"MiB/s for each, so raise iops to {math.ceil(settings.throughput_mibps / limits.THROUGHPUT_PER_IOPS)}"
            )


def _check_reader(settings: InstanceSettings) -> None:
    if (settings.reader_name is None) != (settings.private_zone_id is None):
        raise ValueError("reader_name: give it and private_zone_id together, or neither")
    if settings.reader_name is not None and not re.fullmatch(r"([a-z0-9-]+\.)+[a-z0-9-]+", settings.reader_name):
        raise ValueError(f"reader_name: {settings.reader_name!r} is no full name; write it as reader.db.internal")


def _check_range(field_name: str, value: int, least: int, most: int | None) -> None:
    if value < least or (most is not None and value > most):
        limit = f"{least} to {most}" if most is not None else f"{least} or more"
        raise ValueError(f"{field_name}: {value} is outside what RDS allows; give {limit}")
