"""Database and cache."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings._types import ParameterName
from infra.settings.models._model import Model


class Storage(Model):
    """Disk of a database."""

    initial_gib: int = Field(default=20, ge=20, le=65536)
    """GiB to begin with, 20 to 65536; default 20. It may grow later, and RDS never takes less."""
    maximum_gib: int = Field(default=100, ge=20, le=65536)
    """GiB up to which the disk grows by itself, at least a tenth above `initial_gib`; default 100."""
    iops: int | None = Field(default=None, ge=12_000, le=64_000)
    """Operations a second, 12000 to 64000, from 400 GiB on only; default what gp3 has: 3000, from 400 GiB on 12000."""
    throughput_mibps: int | None = Field(default=None, ge=500, le=4_000)
    """MiB a second, 500 to 4000, at most a quarter of `iops`; default what gp3 has: 125, from 400 GiB on 500."""


class Proxy(Model):
    """The connection pooler before the database."""

    target: Literal["writer"] = "writer"
    """What it stands in front of; RDS Proxy reaches only the writer. Default writer."""
    max_connections_percent: int = Field(default=90, ge=1, le=100)
    """Percent of the database's connections it may open, 1 to 100; default 90."""
    max_idle_connections_percent: int = Field(default=50, ge=0, le=100)
    """Percent of the database's connections it keeps open unused, at most `max_connections_percent`; default 50."""
    borrow_timeout_seconds: int = Field(default=120, ge=0, le=300)
    """Seconds a client waits for a connection, 0 to 300; default 120."""
    idle_client_timeout_seconds: int = Field(default=1800, ge=1, le=28800)
    """Seconds after which an unused client connection is closed, 1 to 28800; default 1800."""
    query_latency_alarm_milliseconds: float | None = Field(default=None, gt=0, le=600_000, examples=[100])
    """Average time the database takes for a query, above which is an alarm, milliseconds; default none: no alarm."""


class RemoteReplica(Model):
    """A read replica outside the primary region: what a standby promotes."""

    multi_az: bool = False
    """Whether it has a synchronous standby in another zone; default false."""
    backup_retention_days: int | None = Field(default=None, ge=0, le=35)
    """Days for which its own backups are kept, 0 (none) to 35; default as many as the writer's. With one of them it is
    promoted sooner; any second can be restored from the promotion on."""


class BackupCopy(Model):
    """A copy of the writer's backups outside the primary region."""

    retention_days: int = Field(default=7, ge=1, le=35)
    """Days for which any second can be restored there, 1 to 35; default 7. Another number starts the copying anew."""


class Database(Model):
    """PostgreSQL: a writer in the primary region, replicas wherever they are asked for."""

    instance_class: str = Field(examples=["db.t4g.medium"])
    """RDS instance class of the writer and its replicas."""
    engine_version: Annotated[str, StringConstraints(pattern=r"^[1-9]\d$")] = Field(examples=["17"])
    """PostgreSQL's major version, 14 to 18, quoted; RDS applies the minor ones."""
    allow_major_version_upgrade: bool = False
    """Lets a higher `engine_version` through, for one deployment, with `apply_immediately`; default false. First read
    docs/operations/database-major-upgrade.md."""
    apply_immediately: bool = False
    """Whether changes are made at once instead of in `maintenance_window`; default false. They may restart the
    database."""
    blue_green_updates: bool = False
    """Whether changes are made on a copy that then takes over; default false. Impossible with replicas or a proxy."""
    storage: Storage = Storage()
    """Disk; default 20 GiB growing to 100."""
    multi_az: bool = True
    """Whether a synchronous standby in another zone takes over when the writer fails; default true."""
    writer_zone: str | None = Field(default=None, examples=["us-east-1a"])
    """Zone of a writer without standby; default RDS's choice. Needed with `multi_az: false` and replicas."""
    replicas: tuple[str, ...] = Field(default=(), examples=[["us-east-1b"]])
    """Zones of the primary region that hold a read replica each; default none."""
    remote_replicas: Mapping[str, RemoteReplica] = Field(default_factory=dict)
    """Standby region -> its read replica; default none. Needed wherever tasks connect to the database."""
    proxy: Proxy | None = Proxy()
    """Connection pooler before the writer; default one. null: none."""
    parameters: Mapping[ParameterName, str] = Field(default_factory=dict, examples=[{"work_mem": "65536"}])
    """PostgreSQL's parameters, in its own units and quoted; default none. Those that need a restart wait for one."""
    slow_query_milliseconds: int = Field(default=1_000, ge=1)
    """Statements that take longer are logged; default 1000."""
    insights: Literal["standard", "advanced"] = "standard"
    """Database Insights: `standard` keeps 7 days free of charge, `advanced` 15 months for a price per vCPU; default
    standard."""
    monitoring_interval_seconds: Literal[1, 5, 10, 15, 30, 60] = 60
    """Seconds between the operating system's metrics: 1, 5, 10, 15, 30 or 60; default 60."""
    master_password_version: int = Field(default=1, ge=1)
    """Raise it by one to give the master user a new password, which no task notices; default 1."""
    managed_master_password: bool = False
    """Whether RDS keeps and changes the master user's password itself; default false. Impossible with replicas."""
    backup_retention_days: int = Field(default=30, ge=7, le=35)
    """Days for which any second can be restored, 7 to 35; default 30. Fewer break the policy database-backups."""
    backup_copies: Mapping[str, BackupCopy] = Field(default_factory=dict, examples=[{"eu-west-1": {}}])
    """Standby region -> its copy of the writer's backups; default none."""
    backup_window: str = "03:00-04:00"
    """When backups are made, every day, UTC, half an hour at least; default 03:00-04:00."""
    maintenance_window: str = "sun:04:30-sun:05:30"
    """When the writer is maintained, every week, UTC, half an hour at least; default sun:04:30-sun:05:30."""
    replica_maintenance_window: str = "sat:04:30-sat:05:30"
    """The same for replicas, before the writer: RDS upgrades them first; default sat:04:30-sat:05:30."""
    replica_lag_alarm_seconds: float = Field(default=300, gt=0, le=86400)
    """Seconds a replica may be behind; default 300. On an idle source RDS reports up to 300: set less only where writes
    are steady."""


class Serverless(Model):
    """A cache that grows with its use."""

    storage_gb: int = Field(ge=1, le=5000, examples=[10])
    """GB it may hold, 1 to 5000; past that it evicts keys."""
    ecpu_per_second: int = Field(ge=1000, le=15_000_000, examples=[5000])
    """ElastiCache processing units a second it may use, 1000 to 15000000; past that it refuses commands. Reading or
    writing 1 kB is one."""


class Cache(Model):
    """Valkey, in each region: nodes of a `node_type`, or `serverless`."""

    node_type: str | None = Field(default=None, examples=["cache.t4g.micro"])
    """ElastiCache node type; default none, which `serverless` wants."""
    serverless: Serverless | None = None
    """Limits of a cache without nodes; default none, which `node_type` wants. Everything below but version and
    snapshots is for nodes only."""
    engine_version: Literal["7.2", "8.0", "8.1", "8.2", "9.0", "9.1"] = "8.0"
    """Valkey version, quoted; default 8.0. A serverless cache takes the major version from it."""
    replicas: int = Field(default=1, ge=0, le=5)
    """Replicas of the primary node, of each shard's where there are shards, 0 to 5; default 1. With none, a failed node
    means an empty cache."""
    shards: int | None = Field(default=None, ge=1, le=500)
    """Shards that the keys are spread over, 1 to 500; default none: one node for writing, and clients need not know of
    shards. Turning it on or off makes clients and cache change at once: plan for it."""
    global_datastore: bool = False
    """Whether the other regions' caches are copies of the primary region's, read-only until they are promoted; default
    false: each region has a cache of its own. Needs nodes of size large or above; up to two other regions."""
    snapshot_retention_days: int = Field(default=7, ge=0, le=35)
    """Days for which daily snapshots are kept, 0 (none) to 35, at least 1 in production; default 7."""
    eviction_policy: Literal[
        "volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-random", "allkeys-random",
        "volatile-ttl", "noeviction",
    ] = "volatile-lru"  # fmt: skip
    """What goes when memory is full; default volatile-lru: keys that expire anyway, the least recently used first."""
