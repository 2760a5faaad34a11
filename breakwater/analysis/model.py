"""What the analyses need to know of a stack, as plain data; `reading` takes it out of a graph.

Numbers are in the units of their names. What a graph does not tell is None, never a guess.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from breakwater.graph import ResourceGraph


class Role(StrEnum):
    """What a region is for."""

    PRIMARY = "primary"
    ACTIVE = "active"
    STANDBY = "standby"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What handling one request or message costs on average, as the settings declare it."""

    cpu_milliseconds: float
    """Milliseconds of one vCPU."""
    milliseconds: float
    """Milliseconds from its arrival to its end while nothing waits."""
    kilobytes: float | None = None
    """kB, there and back."""
    transactions: float = 0
    """Database transactions."""
    transaction_milliseconds: float = 0
    """Milliseconds of one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """How the users of a service behave, as the settings declare it."""

    seconds_between_requests: float
    """Seconds between two requests of one user."""
    connections_per_task: int | None = None
    """Client connections, such as WebSockets, that a task can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """How a target group finds out whether a task answers."""

    interval_seconds: float
    healthy_threshold: int
    unhealthy_threshold: int
    grace_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """How ECS replaces the tasks of a service."""

    strategy: str
    """ROLLING, BLUE_GREEN, CANARY or LINEAR."""
    bake_minutes: float
    """Minutes for which the old tasks stay; 0 for ROLLING."""
    minimum_healthy_percent: float
    maximum_percent: float
    rolls_back: bool
    """Whether a failed deployment goes back by itself: by alarms or by the circuit breaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A service or worker: tasks that run all the time."""

    urn: str
    """Of the component."""
    name: str
    """As in the stack file: api, deliver."""
    is_worker: bool
    minimum: int
    """Tasks autoscaling leaves at least."""
    maximum: int
    """Tasks autoscaling starts at most, scheduled numbers included."""
    cpu: int
    """CPU units of a task, 1024 to a vCPU."""
    spot_share: float
    """Share of the tasks beyond the base that runs on Spot, 0 to 1."""
    on_demand_base: int
    """Tasks that are on demand in any case."""
    zones: int
    """Zones that its tasks are spread over."""
    cpu_target_percent: float | None
    """Average CPU that autoscaling aims at."""
    requests_per_target: float | None
    """Requests a minute and task that autoscaling aims at."""
    backlog_per_task: float | None
    """Waiting messages for each task that autoscaling aims at."""
    connects: frozenset[str]
    """database, cache, or both."""
    pool: int | None
    """Database connections a task opens at most; 0 where it connects to none, None where that is not told."""
    deployment: Deployment
    health: HealthCheck | None = None
    """Of its target group; None for workers."""
    deregistration_seconds: float | None = None
    queue: str | None = None
    """Name of the queue it reads."""
    produces: frozenset[str] = frozenset()
    """Names of the queues it may send to."""
    concurrency: int = 1
    """Messages a task of a worker handles at once."""
    work: Work | None = None
    """What a request or a message costs; None where it is not declared."""
    users: Users | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A scheduled task."""

    urn: str
    name: str
    schedule: str
    """`rate(…)` or `cron(…)`."""
    enabled: bool
    cpu: int
    connects: frozenset[str]
    pool: int | None
    """As of a workload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A Lambda function."""

    urn: str
    name: str
    concurrency: int | None
    """Executions at once, at most."""
    connects: frozenset[str]
    pool: int | None
    """As of a workload, of one execution."""
    in_network: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A database instance."""

    urn: str
    name: str
    instance_class: str | None
    multi_az: bool
    zone: str | None
    storage_gib: float | None
    iops: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The connection pooler before the writer."""

    urn: str
    max_connections_percent: float
    borrow_timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """PostgreSQL in one region: the writer, or what a standby promotes, and read replicas."""

    urn: str
    main: Instance
    """The writer; outside the primary region its replica."""
    is_writer: bool
    replicas: tuple[Instance, ...] = ()
    proxy: Proxy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """A cache in one region."""

    urn: str
    node_type: str | None
    """None for a serverless cache."""
    shards: int
    replicas: int
    """Of each shard's primary."""
    automatic_failover: bool
    zones: int
    """Zones that its subnets are in."""
    global_member: bool
    """Whether it is part of a Global Datastore."""
    serverless_gb: float | None = None
    ecpu_per_second: int | None = None

    @property
    def nodes(self) -> int:
        """All nodes; 0 of a serverless cache."""
        return 0 if self.node_type is None and self.serverless_gb is not None else self.shards * (1 + self.replicas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue with its dead-letter queue."""

    urn: str
    name: str
    fifo: bool
    high_throughput: bool
    visibility_seconds: float
    retention_seconds: float
    has_dead_letters: bool
    max_receive_count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """The load balancer of a region."""

    urn: str
    zones: int
    rules: int
    """Rules of its listeners besides the default ones."""
    idle_timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet of a region's network."""

    tier: str
    """public, private or isolated."""
    zone: str
    cidr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The network of a region."""

    urn: str
    cidr: str
    zones: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    nat_of_zone: Mapping[str, str | None] = field(default_factory=dict)
    """Zone → zone of the NAT gateway that its private subnet leaves by; the zone itself for a regional gateway; None
    without NAT."""
    interface_endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Everything the stack has in one region."""

    name: str
    role: Role
    network: Network | None = None
    balancer: Balancer | None = None
    firewall: bool = False
    workloads: tuple[Workload, ...] = ()
    jobs: tuple[Job, ...] = ()
    functions: tuple[Function, ...] = ()
    http_apis: tuple[str, ...] = ()
    database: Database | None = None
    backup_copy: bool = False
    """Whether the primary region's database backups are copied here."""
    cache: Cache | None = None
    queues: tuple[Queue, ...] = ()

    @property
    def services(self) -> tuple[Workload, ...]:
        """What stands behind the load balancer."""
        return tuple(w for w in self.workloads if not w.is_worker)

    @property
    def workers(self) -> tuple[Workload, ...]:
        """What reads queues."""
        return tuple(w for w in self.workloads if w.is_worker)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicName:
    """A name that leads to the regions by their health."""

    fqdn: str
    ttl_seconds: float
    check_interval_seconds: float | None
    """None where nothing checks the regions."""
    check_threshold: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A sudden load."""

    requests_per_second: float
    seconds: float
    """Seconds in which it rises from nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTarget:
    """What a queue and its worker must carry."""

    per_second: float | None = None
    backlog: int | None = None
    """Messages that wait, to be worked off within `drain_minutes`."""
    drain_minutes: float | None = None
    downtime_hours: float | None = None
    """Hours for which nobody reads and after which no message is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What the stack must carry, as its settings declare it."""

    requests_per_second: Mapping[str, float] = field(default_factory=dict)
    """Service → requests a second, in each region that takes traffic alone."""
    spikes: Mapping[str, Spike] = field(default_factory=dict)
    concurrent_users: Mapping[str, int] = field(default_factory=dict)
    messages: Mapping[str, MessageTarget] = field(default_factory=dict)
    """Queue → what it must carry."""
    database_clients: int | None = None
    """Client connections that the database's entry must take."""
    availability_percent: float | None = None
    recovery_minutes: float | None = None
    """Until the stack answers again after a region was lost."""
    data_loss_seconds: float | None = None
    """Of writes that are lost with a region."""
    rollback_seconds: float | None = None
    """Until a bad version gets no requests."""
    monthly_usd: float | None = None
    """Cost a month at autoscaling's maximum, without what is billed by use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A stack."""

    graph: ResourceGraph
    regions: tuple[Region, ...]
    """The primary one first, then the active ones, then standbys."""
    names: tuple[PublicName, ...] = ()
    targets: Targets = Targets()
    unread: tuple[str, ...] = ()
    """URNs of components that are left out, because what each such component has is missing or not known."""

    @property
    def primary(self) -> Region | None:
        """The region with the writer."""
        return next((region for region in self.regions if region.role == Role.PRIMARY), None)

    def serving(self) -> Iterator[Region]:
        """The regions that take traffic while all is well."""
        return (region for region in self.regions if region.role != Role.STANDBY)
