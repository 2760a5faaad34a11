"""What one stack may be configured with, as frozen models: the only place in which environments differ.

The JSON schema of the stack files comes from here: editors show the line under each field, so it says unit and default.
Required fields carry an example; error messages quote it. Rules between fields are in the modules beside this one.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings._types import Name, RetentionDays
from infra.settings.models._model import Model
from infra.settings.models.buckets import Bucket
from infra.settings.models.deployments import Deployment, Hook, RouteForTests
from infra.settings.models.edge import (
    AccessLogs,
    AlarmRouting,
    Cdn,
    Domain,
    LoadBalancer,
    ManagedRules,
    RateRule,
    SecurityHeaders,
    Waf,
)
from infra.settings.models.functions import Cors, Function, HttpApi, HttpRoute, Jwt, Package
from infra.settings.models.images import Build, ImageReplication, Repository
from infra.settings.models.load import Message, Pool, Request, Users
from infra.settings.models.messaging import Bus, Delivery, Queue, Rule, Subscription, Topic
from infra.settings.models.observability import Dashboard, MetricAlarm
from infra.settings.models.options import ScheduledTasks, Telemetry
from infra.settings.models.regions import Region
from infra.settings.models.secrets import Rotation, Secret
from infra.settings.models.stores import BackupCopy, Cache, Database, Proxy, RemoteReplica, Serverless, Storage
from infra.settings.models.targets import MessageTarget, Spike, Targets
from infra.settings.models.workloads import CacheAccess, Container, Health, Job, Route, Service, Serving, Tasks, Worker

__all__ = [
    "AccessLogs",
    "AlarmRouting",
    "BackupCopy",
    "Bucket",
    "Build",
    "Bus",
    "Cache",
    "CacheAccess",
    "Cdn",
    "Container",
    "Cors",
    "Dashboard",
    "Database",
    "Delivery",
    "Deployment",
    "Domain",
    "Function",
    "Health",
    "Hook",
    "HttpApi",
    "HttpRoute",
    "ImageReplication",
    "Job",
    "Jwt",
    "LoadBalancer",
    "ManagedRules",
    "Message",
    "MessageTarget",
    "MetricAlarm",
    "Model",
    "Package",
    "Pool",
    "Proxy",
    "Queue",
    "RateRule",
    "Region",
    "RemoteReplica",
    "Repository",
    "Request",
    "Rotation",
    "Route",
    "RouteForTests",
    "Rule",
    "ScheduledTasks",
    "Secret",
    "SecurityHeaders",
    "Serverless",
    "Service",
    "Serving",
    "Settings",
    "Spike",
    "Storage",
    "Subscription",
    "Targets",
    "Tasks",
    "Telemetry",
    "Topic",
    "Users",
    "Waf",
    "Worker",
]


PolicyArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:policy/.+$")]


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
    permissions_boundary: PolicyArn | None = Field(
        default=None, examples=["arn:aws:iam::111122223333:policy/breakwater-prod-boundary"]
    )
    """ARN of the policy that no role of the stack may exceed, as `breakwater bootstrap` makes it and demands it of
    deployments; default none."""
    key_region: str | None = Field(default=None, examples=["us-east-1"])
    """Region that holds the primaries of the multi-Region encryption keys and the table of the jobs' ledger; default
    the primary region. Name it before two regions exchange roles: they must not move with them."""
    health_signals: tuple[Literal["balancer", "writer", "queue-age"], ...] = ()
    """What besides its answers to requests from outside makes a region unhealthy, so that names lead elsewhere: alarms
    on the `balancer`'s own errors, on a `writer` that reports nothing, on the `queue-age` of queues; default none."""
    log_retention_days: RetentionDays = 30
    """Days for which logs are kept, one of the values CloudWatch Logs takes; default 30."""
    regions: Mapping[str, Region] = Field(
        min_length=1, examples=[{"us-east-1": {"role": "primary", "cidr": "10.0.0.0/16", "zones": {"us-east-1a": 0}}}]
    )
    """AWS region -> what the stack has there."""
    load_balancer: LoadBalancer = LoadBalancer()
    """The entry of each region; the default closes idle connections after 60 s, adds security headers, keeps logs."""
    waf: Waf | None = None
    """Firewall before each region's load balancer; default none."""
    cdn: Cdn | None = None
    """Files served by a content delivery network; default none."""
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
    topics: Mapping[Name, Topic] = Field(default_factory=dict)
    """Topics that fan messages out to queues, by name; default none."""
    buses: Mapping[Name, Bus] = Field(default_factory=dict)
    """Event buses, by name; default none."""
    buckets: Mapping[Name, Bucket] = Field(default_factory=dict)
    """Buckets for files, by name; default none."""
    telemetry: Telemetry | None = None
    """Traces and metrics of services and workers by OpenTelemetry; default none."""
    metric_alarms: Mapping[Name, MetricAlarm] = Field(default_factory=dict)
    """Alarms on the programs' own metrics, by name, in each region; default none."""
    dashboards: tuple[Dashboard, ...] = ()
    """Dashboards of each region: `health` of all, `messages`, `api`, `database` (and cache), `errors`; and one for all
    regions side by side, `global`. Default none: AWS bills each."""
    functions: Mapping[Name, Function] = Field(default_factory=dict)
    """Lambda functions, by name; default none."""
    http_apis: Mapping[Name, HttpApi] = Field(default_factory=dict)
    """HTTP APIs before functions, by name; default none."""
    repositories: Mapping[Name, Repository] = Field(default_factory=dict)
    """Repositories of images, by name: `<project>-<stack>/<name>` in ECR. Default none."""
    image_replication: ImageReplication | None = ImageReplication()
    """Copying of images that are pushed in the keys' region (`key_region`) to the other regions' repositories; default
    this stack's own. null where another stack of the same account does it."""
    secrets: Mapping[Name, Secret] = Field(default_factory=dict)
    """Secrets of the stack's own, by name; default none."""
    targets: Targets = Targets()
    """The figures that the stack must reach; default none."""

    @property
    def primary_region(self) -> str:
        """The region that holds the writer and runs the jobs."""
        return next(name for name, region in self.regions.items() if region.role == "primary")

    @property
    def home_region(self) -> str:
        """The region of what has copies in the others and must not move when two regions exchange roles: keys, ledger,
        repositories, secrets."""
        return self.key_region or self.primary_region

    @property
    def region_order(self) -> tuple[str, ...]:
        """The primary region, the active ones, then the standbys as they take over."""
        roles = ("primary", "active", "standby")
        rank = {name: (roles.index(region.role), region.order, name) for name, region in self.regions.items()}
        return tuple(sorted(self.regions, key=rank.__getitem__))

    @property
    def peerings(self) -> tuple[tuple[str, str], ...]:
        """The pairs of regions whose networks are joined, each once and in alphabetical order, whoever names whom."""
        pairs = {(min(name, peer), max(name, peer)) for name, region in self.regions.items() for peer in region.peers}
        return tuple(sorted(pairs))

    def connects_to(self, store: Literal["database", "cache"]) -> bool:
        """Whether any program opens connections to a store."""
        programs: tuple[Container | Function, ...] = (*self.containers.values(), *self.functions.values())
        return any(store in program.connects for program in programs)

    @property
    def protect(self) -> bool:
        """Whether what holds data is kept from deletion."""
        return self.stack_class == "production"

    @property
    def containers(self) -> Mapping[str, Container]:
        """Services, workers and jobs; no two have the same name."""
        return {**self.services, **self.workers, **self.jobs}

    def tasks_in(self, region: str, name: str, workload: Serving) -> Tasks:
        """How many tasks a service or worker runs in a region."""
        return self.regions[region].tasks.get(name, workload.tasks)
