"""The arguments of a Cache, and which of their combinations are impossible. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components._cache_access import ORDINARY_ACCESS
from components._cache_nodes import ENGINE_VERSIONS, NODES_MAX, check_nodes
from components._cache_users import check_users
from components._identifiers import REPLICATION_GROUP_ID_MAX, check_identifier
from components._windows import check_windows
from components.alarms import AlarmTarget
from components.flow_log import check_retention
from components.key import Keys
from components.security import check_port

# ElastiCache User Guide: replicas of a shard, days of snapshots; API: shortest windows.
REPLICAS_MAX = 5
SNAPSHOT_DAYS_MAX = 35
WINDOW_MIN_MINUTES = 60
MULTI_AZ_ZONES = 2

EVICTION_POLICIES = (
    "volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-random", "allkeys-random", "volatile-ttl",
    "noeviction",
)  # fmt: skip
ENGINE_EVICTION_POLICY = "volatile-lru"


@dataclass(frozen=True, kw_only=True, slots=True)
class CacheArgs:
    """Size, safety and users of a Cache."""

    vpc_id: pulumi.Input[str]
    """VPC of the nodes."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Zone -> isolated subnet; two zones at least where there are replicas."""
    node_type: str
    """Such as cache.r7g.large; one of components/data/instance_classes.json."""
    keys: Keys
    """The region's keys: of data at rest and logs."""
    alarms: AlarmTarget
    """Where alarms go."""
    replicas: int = 1
    """Replicas of the primary, 0 to 5; with one or more it fails over to another zone."""
    shards: int | None = None
    """Shards that the keys are spread over, 1 or more, up to 500 nodes in all; default none: cluster mode off. Turning
    it on or off in an existing cache is a migration, which ElastiCache does in steps of its own."""
    engine_version: str = "8.0"
    """Valkey's major and minor version."""
    replicated: bool = False
    """Whether it is the primary of a Global Datastore, which secondaries in up to two other regions join; default no.
    Needs nodes of size large or above."""
    global_id: pulumi.Input[str] | None = None
    """Global Datastore to join as a secondary, which has node type, version, parameters and number of shards from the
    primary, and takes writes only after a promotion; default none."""
    identifier: str | None = None
    """Name in ElastiCache, unique in account and region, 40 characters; default {project}-{stack}-{name of the
    component}."""
    users: Mapping[str, str] = field(default_factory=lambda: {"app": ORDINARY_ACCESS})
    """User -> access string; each authenticates with IAM. Default app, without dangerous commands."""
    eviction_policy: str = ENGINE_EVICTION_POLICY
    """What goes when memory is full: by default keys that would expire anyway, the least recently used first."""
    port: int = 6_379
    """TLS port; default Valkey's own."""
    snapshot_retention_days: int = 7
    """Days that daily snapshots are kept, 0 (none) to 35."""
    snapshot_window: str = "02:00-03:00"
    """Daily, UTC, an hour at least."""
    maintenance_window: str = "sun:05:30-sun:06:30"
    """Weekly, UTC, an hour at least, apart from the snapshot window."""
    log_retention_days: int = 30
    """How long logs are kept; one of CloudWatch's values."""
    evictions_alarm: int = 0
    """Evicted keys a minute above which is an alarm."""
    authentication_failures_alarm: int = 10
    """Refused log-ins in five minutes above which is an alarm."""
    replication_lag_alarm_seconds: float = 10
    """Replica lag above which is an alarm, s."""
    apply_immediately: bool = False
    """Apply changes at once instead of in the maintenance window; changed log delivery needs it."""
    protect: bool = True
    """Refuse to delete or replace the cache, and take a final snapshot if it comes to that."""

    def __post_init__(self) -> None:
        check_nodes(self.node_type, replicated=self.replicated or self.global_id is not None)
        if self.replicated and self.global_id is not None:
            raise ValueError("global_id: a secondary cannot be a primary too; give replicated or global_id")
        if not 0 <= self.replicas <= REPLICAS_MAX:
            raise ValueError(f"replicas: {self.replicas}; ElastiCache takes 0 to {REPLICAS_MAX} in a shard")
        if len(self.subnet_ids) < (MULTI_AZ_ZONES if self.replicas else 1):
            raise ValueError(
                f"subnet_ids: {len(self.subnet_ids)} zone(s); failover to a replica needs {MULTI_AZ_ZONES} at least, "
                "so add subnets or set replicas to 0"
            )
        if self.shards is not None and not 1 <= self.shards * (self.replicas + 1) <= NODES_MAX:
            raise ValueError(
                f"shards: {self.shards} with {self.replicas} replicas each; ElastiCache takes 1 shard or more, and "
                f"{NODES_MAX} nodes in all"
            )
        if self.engine_version not in ENGINE_VERSIONS:
            raise ValueError(
                f"engine_version: {self.engine_version!r}; use one of Valkey's {', '.join(ENGINE_VERSIONS)}"
            )
        if self.identifier is not None:
            check_identifier("identifier", self.identifier, REPLICATION_GROUP_ID_MAX)
        if self.eviction_policy not in EVICTION_POLICIES:
            raise ValueError(f"eviction_policy: {self.eviction_policy!r} is not one of {', '.join(EVICTION_POLICIES)}")
        check_port("port", self.port)
        check_retention("log_retention_days", self.log_retention_days)
        self._check_snapshots()
        check_users(self.users)
        for field_name in ("evictions_alarm", "authentication_failures_alarm"):
            if getattr(self, field_name) < 0:
                raise ValueError(f"{field_name}: {getattr(self, field_name)}; give 0 or more")
        if self.replication_lag_alarm_seconds <= 0:
            raise ValueError(f"replication_lag_alarm_seconds: {self.replication_lag_alarm_seconds}; give more than 0")

    def _check_snapshots(self) -> None:
        if not 0 <= self.snapshot_retention_days <= SNAPSHOT_DAYS_MAX:
            raise ValueError(f"snapshot_retention_days: {self.snapshot_retention_days}; give 0 to {SNAPSHOT_DAYS_MAX}")
        if self.protect and self.snapshot_retention_days == 0:
            raise ValueError("snapshot_retention_days: a protected cache needs snapshots; give 1 or more")
        check_windows(
            daily_field="snapshot_window",
            daily=self.snapshot_window,
            weekly_field="maintenance_window",
            weekly=self.maintenance_window,
            shortest_minutes=WINDOW_MIN_MINUTES,
        )
