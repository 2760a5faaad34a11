"""A serverless Valkey cache on ElastiCache, which grows with its use up to limits; users with IAM tokens.

Children: serverless cache, security group, users and their group, five alarms.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import ec2, elasticache

from components._cache_access import ORDINARY_ACCESS
from components._cache_users import check_users, connect_statement, create_users
from components._iam import Statement
from components._identifiers import REPLICATION_GROUP_ID_MAX, check_identifier, identifier
from components._serverless_cache_alarms import serverless_cache_alarms
from components.alarms import Alarms, AlarmsArgs, AlarmTarget

__all__ = ["ServerlessCache", "ServerlessCacheArgs"]

# ElastiCache User Guide, serverless: what the limits may be; API: days of snapshots.
STORAGE_GB_MAX = 5_000
ECPU_MIN, ECPU_MAX = 1_000, 15_000_000
SNAPSHOT_DAYS_MAX = 35
# The User Guide's; what must reach the one for writing must reach the other.
PORT, READER_PORT = 6_379, 6_380
# Its endpoint stands in two zones at least.
ZONES_MIN = 2
MAJOR_VERSIONS = ("7", "8", "9")

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerlessCacheArgs:
    """Limits, safety and users of a ServerlessCache."""

    vpc_id: pulumi.Input[str]
    """VPC of its endpoint."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Zone -> isolated subnet; two zones at least. The cache stays where it was made when zones come or go."""
    storage_gb: int
    """What it may hold, 1 to 5,000 GB; past it keys are evicted."""
    ecpu_per_second: int
    """How much it may do, 1,000 to 15,000,000 processing units a second; past it commands are refused. Reading or
    writing 1 kB is one."""
    kms_key_arn: pulumi.Input[str]
    """Key of this region for data at rest."""
    alarms: AlarmTarget
    """Where alarms go."""
    major_version: str = "8"
    """Valkey's major version; ElastiCache applies the minor ones. Another one makes a new cache."""
    identifier: str | None = None
    """Name in ElastiCache, unique in account and region, 40 characters; default {project}-{stack}-{name of the
    component}."""
    users: Mapping[str, str] = field(default_factory=lambda: {"app": ORDINARY_ACCESS})
    """User -> access string; each authenticates with IAM. Default app, without dangerous commands."""
    snapshot_retention_days: int = 7
    """Days that daily snapshots are kept, 0 (none) to 35."""
    snapshot_time: str = "02:00"
    """When the daily snapshot begins, UTC."""
    authentication_failures_alarm: int = 10
    """Refused log-ins in five minutes above which is an alarm."""
    protect: bool = True
    """Refuse to delete or replace the cache."""

    def __post_init__(self) -> None:
        if len(self.subnet_ids) < ZONES_MIN:
            raise ValueError(
                f"subnet_ids: {len(self.subnet_ids)} zone(s); a serverless cache needs {ZONES_MIN} or more"
            )
        if not 1 <= self.storage_gb <= STORAGE_GB_MAX:
            raise ValueError(f"storage_gb: {self.storage_gb}; ElastiCache takes 1 to {STORAGE_GB_MAX}")
        if not ECPU_MIN <= self.ecpu_per_second <= ECPU_MAX:
            raise ValueError(f"ecpu_per_second: {self.ecpu_per_second}; ElastiCache takes {ECPU_MIN} to {ECPU_MAX}")
        if self.major_version not in MAJOR_VERSIONS:
            raise ValueError(f"major_version: {self.major_version!r}; use one of Valkey's {', '.join(MAJOR_VERSIONS)}")
        if self.identifier is not None:
            check_identifier("identifier", self.identifier, REPLICATION_GROUP_ID_MAX)
        if not 0 <= self.snapshot_retention_days <= SNAPSHOT_DAYS_MAX:
            raise ValueError(f"snapshot_retention_days: {self.snapshot_retention_days}; give 0 to {SNAPSHOT_DAYS_MAX}")
        if self.protect and self.snapshot_retention_days == 0:
            raise ValueError("snapshot_retention_days: a protected cache needs snapshots; give 1 or more")
        if not _TIME.fullmatch(self.snapshot_time):
            raise ValueError(f"snapshot_time: {self.snapshot_time!r}; write it as 02:00")
        check_users(self.users)
        if self.authentication_failures_alarm < 0:
            raise ValueError(f"authentication_failures_alarm: {self.authentication_failures_alarm}; give 0 or more")


class ServerlessCache(pulumi.ComponentResource):
    """A serverless Valkey cache: always Multi-AZ, with TLS, in cluster mode for its clients.

    Leaves out what ElastiCache has for caches with nodes only: parameters, logs, copies in other regions, and a final
    snapshot. Costs USD 0.50 a month for its alarms; storage and processing units are billed by use.
    """

    primary_endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    port: int
    reader_port: int
    security_group_id: pulumi.Output[str]
    arn: pulumi.Output[str]
    cache_name: pulumi.Output[str]
    user_names: dict[str, pulumi.Output[str]]
    user_arns: dict[str, pulumi.Output[str]]
    alarms: Alarms

    def __init__(self, name: str, args: ServerlessCacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        own_identifier = identifier(args.identifier, name, REPLICATION_GROUP_ID_MAX)
        super().__init__("breakwater:serverless_cache:ServerlessCache", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        security_group = ec2.SecurityGroup(
            name, description=f"Cache {name}", vpc_id=args.vpc_id, tags={"Name": name}, opts=child
        )
        users = create_users(name, own_identifier, args.users, self)
        cache = self._create_cache(name, own_identifier, args, security_group, users.group)
        definitions = serverless_cache_alarms(
            cache.name,
            storage_gb=args.storage_gb,
            ecpu_per_second=args.ecpu_per_second,
            refused_log_ins=args.authentication_failures_alarm,
        )
        self.alarms = Alarms(f"{name}-alarms", AlarmsArgs(target=args.alarms, definitions=definitions), opts=child)
        self.primary_endpoint, self.port = cache.endpoints[0].address, PORT
        self.reader_endpoint, self.reader_port = cache.reader_endpoints[0].address, READER_PORT
        self.security_group_id, self.arn, self.cache_name = security_group.id, cache.arn, cache.name
        self.user_names, self.user_arns = users.names, users.arns
        names = (
            "primary_endpoint", "reader_endpoint", "port", "reader_port", "security_group_id", "arn", "cache_name",
            "user_names", "user_arns",
        )  # fmt: skip
        self.register_outputs({name: getattr(self, name) for name in names})

    def connect_statement(self, user: str) -> Statement:
        """What a task role needs to connect as one of the users with an IAM token."""
        return connect_statement(self.arn, self.user_arns, user)

    def _create_cache(
        self,
        name: str,
        own_identifier: str,
        args: ServerlessCacheArgs,
        security_group: ec2.SecurityGroup,
        user_group: elasticache.UserGroup,
    ) -> elasticache.ServerlessCache:
        return elasticache.ServerlessCache(
            name,
            name=own_identifier,
            description=f"Cache {name}",
            engine="valkey",
            major_engine_version=args.major_version,
            cache_usage_limits=elasticache.ServerlessCacheCacheUsageLimitsArgs(
                data_storage=elasticache.ServerlessCacheCacheUsageLimitsDataStorageArgs(
                    maximum=args.storage_gb, unit="GB"
                ),
                ecpu_per_seconds=[
                    elasticache.ServerlessCacheCacheUsageLimitsEcpuPerSecondArgs(maximum=args.ecpu_per_second)
                ],
            ),
            kms_key_id=args.kms_key_arn,
            security_group_ids=[security_group.id],
            subnet_ids=list(args.subnet_ids.values()),
            user_group_id=user_group.user_group_id,
            snapshot_retention_limit=args.snapshot_retention_days,
            daily_snapshot_time=args.snapshot_time if args.snapshot_retention_days else None,
            # The name is fixed, so a replacement must go first; `protect` refuses it where that would cost data.
            # Another set of subnets would be one, which no new zone is worth.
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.protect, delete_before_replace=True, ignore_changes=["subnetIds"]
            ),
        )
