"""What one stack may be configured with, as frozen models: the only place in which environments differ.

The JSON schema of the stack files comes from here: editors show the line under each field, so it says unit and default.
Required fields carry an example; error messages quote it. Rules between fields are in the modules beside this one.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from infra.settings._types import Email, Hostname, Name, PathPattern, RetentionDays, SecretArn, UrlPath, VariableName


class Model(BaseModel):
    """Frozen, strict, and closed: a key that is not known is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


class Tasks(Model):
    """How many tasks run: autoscaling moves between the two."""

    min: int = Field(ge=1, le=5000, examples=[2])
    """Tasks that always run, 1 to 5000."""
    max: int = Field(ge=1, le=5000, examples=[10])
    """Tasks that autoscaling may start, `min` to 5000."""


class Domain(Model):
    """The platform's public name."""

    name: Annotated[Hostname, StringConstraints(max_length=64)] = Field(examples=["prod.breakwater.example"])
    """DNS name under which everything is reached; hosts of routes are this name or names under it."""
    hosted_zone_id: Annotated[str, StringConstraints(pattern=r"^Z[A-Z0-9]{1,31}$")] | None = None
    """Id of the public hosted zone to use; default none: the stack makes one, and its parent zone must delegate to it
    before certificates can be issued."""


class AlarmRouting(Model):
    """Where alarms go and what they tell their readers."""

    emails: tuple[Email, ...] = Field(default=(), examples=[["oncall@example.com"]])
    """Addresses that get each alarm; default none. Each must confirm its subscription."""
    runbooks_url: Annotated[str, StringConstraints(pattern=r"^https://\S+[^/\s]$", max_length=512)] = Field(
        examples=["https://docs.breakwater.example/runbooks"]
    )
    """HTTPS address of the runbooks, without the last slash; alarms link to pages below it."""


class Region(Model):
    """One region of the stack."""

    role: Literal["primary", "standby"] = Field(examples=["primary"])
    """`primary` takes the traffic, holds the database's writer and runs the jobs; a `standby` takes the traffic over
    while no region before it is healthy. Exactly one is primary."""
    order: int = Field(default=0, ge=0, le=100)
    """Place among the standbys: the lowest takes over first, then by name; 0 to 100, default 0."""
    cidr: str = Field(examples=["10.0.0.0/16"])
    """Private IPv4 range of the region's network, /16 to /21; no other region's range may overlap it."""
    zones: Mapping[str, int] = Field(min_length=1, examples=[{"us-east-1a": 0, "us-east-1b": 1}])
    """Availability zone -> slot, 0 to 7, in the region's range. Never renumber: the slot fixes the zone's subnets. A
    name means another zone in another account: leave out those with the ids use1-az3, usw1-az2 and apne1-az3, where
    Fargate lacks ARM64 or is missing."""
    nat: Literal["none", "single", "per-zone"] = "per-zone"
    """Ways out of the private subnets: one NAT gateway per zone, a `single` one, or `none`, which needs an endpoint for
    each AWS service that tasks use; default per-zone."""
    interface_endpoints: tuple[str, ...] = ()
    """AWS services reached by private endpoints in the network, such as `ecr.api`; default none: over NAT."""
    tasks: Mapping[Name, Tasks] = Field(default_factory=dict)
    """Task numbers of services and workers that differ in this region; default: as the service or worker says."""


class Container(Model):
    """What all tasks have in common."""

    image: str = Field(examples=["111122223333.dkr.ecr.us-east-1.amazonaws.com/breakwater/api@sha256:" + "0" * 64])
    """Container image, pinned by digest. An ECR image is pulled from the same repository in the task's own region."""
    architecture: Literal["ARM64", "X86_64"] = "ARM64"
    """CPU architecture the image was built for; default ARM64, the cheaper."""
    cpu: int = Field(examples=[256])
    """CPU units of Fargate, 1024 to a vCPU: 256, 512, 1024, 2048, 4096, 8192 or 16384."""
    memory: int = Field(examples=[512])
    """MiB; Fargate offers only certain amounts with each `cpu`."""
    command: tuple[str, ...] = ()
    """Words that replace the image's own command; default none."""
    environment: Mapping[VariableName, str] = Field(default_factory=dict)
    """Environment variables in clear, text only: quote numbers. Default none."""
    secrets: Mapping[VariableName, SecretArn] = Field(
        default_factory=dict,
        examples=[{"TOKEN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:breakwater/token-a1b2c3"}],
    )
    """Environment variable -> ARN of a secret in Secrets Manager, in the primary region; other regions read its replica
    of their own. Default none."""
    connects: tuple[Literal["database", "cache"], ...] = ()
    """What the tasks open connections to; default nothing."""
    produces: tuple[str, ...] = ()
    """Queues the tasks may send to; default none."""


class Health(Model):
    """How the load balancer finds out whether a task answers."""

    path: UrlPath = "/health/ready"
    """Path that answers 200 while the task can take requests; default /health/ready."""
    interval_seconds: int = Field(default=10, ge=5, le=300)
    """Seconds between checks, 5 to 300; default 10."""
    timeout_seconds: int = Field(default=5, ge=2, le=120)
    """Seconds after which a check has failed, 2 to 120 and less than the interval; default 5."""
    healthy_threshold: int = Field(default=2, ge=2, le=10)
    """Passed checks after which a task gets requests, 2 to 10; default 2."""
    unhealthy_threshold: int = Field(default=5, ge=2, le=10)
    """Failed checks after which a task gets none, 2 to 10; default 5."""


class Route(Model):
    """One rule of the load balancer's listener: what it matches goes to the service."""

    priority: int = Field(ge=1, le=50000, examples=[10])
    """Rules are tried from the lowest, 1 to 50000; no two rules of a stack share one. A rule that moves to another
    service takes a new one: it is made there before it goes here, and AWS refuses a number in use."""
    host: Hostname | None = Field(default=None, examples=["api.example.com"])
    """Host name it matches, the domain or a name directly under it; default any. It also matches the names per
    region, such as us-east-1.api.example.com."""
    paths: tuple[PathPattern, ...] = Field(default=(), max_length=3, examples=[["/*"]])
    """Up to three paths it matches, with * and ?; default any. A rule needs a host or paths."""


class Serving(Container):
    """What services and workers have in common: they run all the time."""

    tasks: Tasks = Field(examples=[{"min": 2, "max": 10}])
    """How many tasks run in each region."""
    health_command: tuple[str, ...] = Field(min_length=2, examples=[["CMD", "/app/healthcheck"]])
    """Health check in the container, by which bad deployments are noticed: CMD and words, or CMD-SHELL and a line."""
    spot_weight: int = Field(default=0, ge=0, le=1000)
    """Tasks on Fargate Spot for each on-demand task beyond the minimum, 0 to 1000; default 0."""
    cpu_target_percent: int = Field(default=70, ge=10, le=90)
    """Average CPU that autoscaling aims at, 10 to 90 percent; default 70."""


class Service(Serving):
    """A service behind the load balancer."""

    port: int = Field(ge=1024, le=65535, examples=[8080])
    """TCP port on which the container listens, 1024 to 65535: it does not run as root, which lower ones would need."""
    routes: tuple[Route, ...] = Field(min_length=1, examples=[[{"priority": 10, "paths": ["/*"]}]])
    """Which requests the service gets."""
    health: Health = Health()
    """Health check of the load balancer; default /health/ready every 10 s."""
    requests_per_target: int = Field(default=3000, ge=1)
    """Requests a minute for which one task is meant, which autoscaling aims at; default 3000, 50 a second."""


class Worker(Serving):
    """A service that reads one queue; its tasks follow the queue's backlog."""

    queue: str = Field(examples=["deliveries"])
    """Queue it reads."""
    seconds_per_message: float = Field(gt=0, le=7200, examples=[2])
    """Seconds that handling a message takes at the 99th percentile; at most a sixth of its visibility timeout."""
    backlog_per_task: int = Field(ge=1, examples=[100])
    """Waiting messages per task that autoscaling aims at."""


class Job(Container):
    """A task started by the clock, in the primary region only."""

    schedule: str = Field(max_length=256, examples=["rate(10 minutes)"])
    """`rate(n minutes|hours|days)` or `cron(minutes hours day-of-month month day-of-week year)`."""
    timezone: str = Field(default="UTC", max_length=50)
    """IANA time zone of a cron schedule, such as Europe/Dublin; default UTC."""
    retries: int = Field(default=2, ge=0, le=185)
    """How often a start that failed is tried again, 0 to 185; default 2."""


class Storage(Model):
    """Disk of a database."""

    initial_gib: int = Field(default=20, ge=20, le=65536)
    """GiB to begin with, 20 to 65536; default 20."""
    maximum_gib: int = Field(default=100, ge=20, le=65536)
    """GiB up to which the disk grows by itself, at least a tenth above `initial_gib`; default 100."""


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


class RemoteReplica(Model):
    """A read replica outside the primary region: what a standby promotes."""

    multi_az: bool = False
    """Whether it has a synchronous standby in another zone; default false."""


class Database(Model):
    """PostgreSQL: a writer in the primary region, replicas wherever they are asked for."""

    instance_class: str = Field(examples=["db.t4g.medium"])
    """RDS instance class of the writer and its replicas."""
    engine_version: Annotated[str, StringConstraints(pattern=r"^[1-9]\d$")] = Field(examples=["17"])
    """PostgreSQL's major version, quoted; RDS applies the minor ones."""
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
    backup_retention_days: int = Field(default=30, ge=7, le=35)
    """Days for which any second can be restored, 7 to 35; default 30. Fewer break the policy database-backups."""
    replica_lag_alarm_seconds: float = Field(default=300, gt=0, le=86400)
    """Seconds a replica may be behind; default 300. On an idle source RDS reports up to 300: set less only where writes
    are steady."""


class Cache(Model):
    """Valkey, one replication group in each region."""

    node_type: str = Field(examples=["cache.t4g.micro"])
    """ElastiCache node type."""
    engine_version: Annotated[str, StringConstraints(pattern=r"^[78]\.\d$")] = Field(default="8.0", examples=["8.0"])
    """Valkey version 7 or 8, quoted; default 8.0."""
    replicas: int = Field(default=1, ge=0, le=5)
    """Replicas of the primary node, 0 to 5; default 1. With none, a failed node means an empty cache."""
    snapshot_retention_days: int = Field(default=7, ge=0, le=35)
    """Days for which daily snapshots are kept, 0 (none) to 35, at least 1 in production; default 7."""
    eviction_policy: Literal[
        "volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-random", "allkeys-random",
        "volatile-ttl", "noeviction",
    ] = "volatile-lru"  # fmt: skip
    """What goes when memory is full; default volatile-lru: keys that expire anyway, the least recently used first."""


class Queue(Model):
    """A queue with its dead-letter queue, in each region."""

    fifo: bool = False
    """Whether messages keep their order and are never delivered twice; default false."""
    visibility_timeout_seconds: int = Field(default=180, ge=1, le=43200)
    """Seconds for which a message that was read stays hidden, 1 to 43200; default 180."""
    retention_seconds: int = Field(default=345_600, ge=60, le=1_209_600)
    """Seconds for which an unread message is kept, 60 to 1209600; default 345600 (4 days)."""
    dead_letter_retention_seconds: int = Field(default=1_209_600, ge=60, le=1_209_600)
    """Seconds for which a dead letter is kept, longer than `retention_seconds`; default 1209600 (14 days)."""
    max_receive_count: int = Field(default=5, ge=1, le=1000)
    """Reads after which a message becomes a dead letter, 1 to 1000; default 5."""


class Settings(Model):
    """Everything in which one stack differs from another."""

    stack_class: Literal["development", "production"] = Field(alias="class", examples=["development"])
    """`production` protects what holds data from deletion; `development` lets it go with the stack."""
    owner: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]{1,256}$")] = Field(
        examples=["platform-team"]
    )
    """Who answers for the stack; a tag on everything."""
    domain: Domain = Field(examples=[{"name": "prod.breakwater.example"}])
    """The platform's public name."""
    alarms: AlarmRouting = Field(examples=[{"runbooks_url": "https://docs.breakwater.example/runbooks"}])
    """Where alarms go."""
    key_region: str | None = Field(default=None, examples=["us-east-1"])
    """Region that holds the primary of the multi-Region encryption key; default the primary region. Name it before two
    regions exchange roles: the key must not move with them."""
    log_retention_days: RetentionDays = 30
    """Days for which logs are kept, one of the values CloudWatch Logs takes; default 30."""
    regions: Mapping[str, Region] = Field(
        min_length=1, examples=[{"us-east-1": {"role": "primary", "cidr": "10.0.0.0/16", "zones": {"us-east-1a": 0}}}]
    )
    """AWS region -> what the stack has there."""
    services: Mapping[Name, Service] = Field(default_factory=dict)
    """Services behind the load balancer, by name; default none."""
    workers: Mapping[Name, Worker] = Field(default_factory=dict)
    """Readers of queues, by name; default none."""
    jobs: Mapping[Name, Job] = Field(default_factory=dict)
    """Scheduled tasks, by name; default none."""
    database: Database | None = None
    """PostgreSQL; default none."""
    cache: Cache | None = None
    """Valkey; default none."""
    queues: Mapping[Name, Queue] = Field(default_factory=dict)
    """Queues, by name; default none."""

    @property
    def primary_region(self) -> str:
        """The region that holds the writer and runs the jobs."""
        return next(name for name, region in self.regions.items() if region.role == "primary")

    @property
    def region_order(self) -> tuple[str, ...]:
        """The primary region, then the standbys as they take over."""
        rank = {name: (region.role != "primary", region.order, name) for name, region in self.regions.items()}
        return tuple(sorted(self.regions, key=rank.__getitem__))

    @property
    def protect(self) -> bool:
        """Whether what holds data is kept from deletion."""
        return self.stack_class == "production"
