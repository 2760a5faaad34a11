"""Services, workers and jobs: what runs in containers."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings._types import Hostname, Name, PathPattern, SecretReference, UrlPath, User, VariableName
from infra.settings.models._model import Model
from infra.settings.models.deployments import Deployment
from infra.settings.models.images import Build
from infra.settings.models.load import Message, Pool, Request, Users
from infra.settings.models.options import ScheduledTasks


class Tasks(Model):
    """How many tasks run: autoscaling moves between the two."""

    min: int = Field(ge=1, le=5000, examples=[2])
    """Tasks that always run, 1 to 5000."""
    max: int = Field(ge=1, le=5000, examples=[10])
    """Tasks that autoscaling may start, `min` to 5000."""


class CacheAccess(Model):
    """What of the cache the tasks may use, as a user of their own."""

    commands: Literal["read-only", "read-write"] = Field(examples=["read-write"])
    """Commands they may send: those that read keys, or those that write them too; never dangerous ones."""
    key_prefixes: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:_./{}-]{1,128}$")], ...] = Field(
        default=(), examples=[["session:"]]
    )
    """What the keys they may use begin with; default none: all keys."""
    channels: bool = False
    """Whether they may publish and subscribe to channels; default false."""


class Container(Model):
    """What all tasks have in common."""

    image: str | None = Field(
        default=None, examples=["111122223333.dkr.ecr.us-east-1.amazonaws.com/breakwater/api@sha256:" + "0" * 64]
    )
    """Container image, pinned by digest. An ECR image is pulled from the same repository in the task's own region.
    Default none, for what development builds (`build`)."""
    build: Build | None = None
    """Image that `pulumi up` builds and pushes, in a stack of class development only; default none: `image`."""
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
    secrets: Mapping[VariableName, SecretReference] = Field(
        default_factory=dict,
        examples=[{"TOKEN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:breakwater/token-a1b2c3"}],
    )
    """Environment variable -> secret: one of `secrets` by name, or another in Secrets Manager by its ARN in the primary
    region; other regions read their own copy. `name:key` or `ARN:key` is one key of a secret that is JSON. A changed
    secret is deployed by the next update; `ARN:key:AWSCURRENT`, or `ARN::AWSCURRENT`, is read anew by each task that
    starts. Default none."""
    connects: tuple[Literal["database", "cache"], ...] = ()
    """What the tasks open connections to; default nothing."""
    pool: Pool = Pool()
    """Connections that each task keeps to the database; default at most 10."""
    cache_access: CacheAccess | None = None
    """Commands and keys of the cache for these tasks alone; default none: all but dangerous commands on all keys, as
    the user `app` that such tasks share."""
    produces: tuple[str, ...] = ()
    """Queues, topics and buses the tasks may send to; default none."""
    reads: tuple[str, ...] = ()
    """Buckets whose objects the tasks may list and get; default none."""
    writes: tuple[str, ...] = ()
    """Buckets in which the tasks may put and delete objects; default none."""
    user: User = "1000:1000"
    """User and group that the program runs as, never root; default 1000:1000."""
    writable_volumes: Mapping[Name, str] = Field(default_factory=dict, examples=[{"work": "/app/work"}])
    """Volume -> path that the program may write to; all else is read-only. The image gives the path to the user and
    declares it a VOLUME. Empty at each start. Default none."""
    stop_timeout_seconds: int = Field(default=120, ge=2, le=120)
    """Seconds that the program has to end after SIGTERM, 2 to 120; default 120."""


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
    grace_seconds: int = Field(default=60, ge=0, le=3600)
    """Seconds after its start in which a task's failed checks do not count, at least what the passed ones take, up to
    3600; default 60."""


class Route(Model):
    """One rule of the load balancer's listener: what it matches goes to the service."""

    priority: int | None = Field(default=None, ge=1, le=50000, examples=[10])
    """Rules are tried from the lowest, 1 to 50000; no two rules of a stack share one. Default: drawn from the rule
    itself, so that no other rule matters: those with a host before those without, longer paths before shorter ones. A
    rule with a written one that moves to another service takes a new one: it is made there before it goes here, and AWS
    refuses a number in use."""
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
    deployment: Deployment = Deployment()
    """How new versions replace the old ones; default task by task."""
    memory_target_percent: int | None = Field(default=None, ge=10, le=90)
    """Average memory that autoscaling aims at, 10 to 90 percent; default none: most programs keep what they took, and
    their tasks would never become fewer."""
    schedules: Mapping[Name, ScheduledTasks] = Field(default_factory=dict)
    """Numbers of tasks by the clock, where the region is no standby; default none, `tasks` all the time."""
    calls: tuple[str, ...] = ()
    """Services that the tasks call by name, at SERVICE_URL_<NAME>; default none."""
    execute_command: bool = False
    """Whether operators can open a session in a running task, which is recorded; default false, never in production."""


class Service(Serving):
    """A service behind the load balancer."""

    port: int = Field(ge=1024, le=65535, examples=[8080])
    """TCP port on which the container listens, 1024 to 65535: it does not run as root, which lower ones would need."""
    routes: tuple[Route, ...] = Field(min_length=1, examples=[[{"paths": ["/*"]}]])
    """Which requests the service gets."""
    health: Health = Health()
    """Health check of the load balancer; default /health/ready every 10 s."""
    deregistration_seconds: int = Field(default=60, ge=0, le=3600)
    """Seconds that requests in flight have when a task goes, 0 to 3600, at most 120 with Spot; default 60."""
    algorithm: Literal["least_outstanding_requests", "round_robin"] = "least_outstanding_requests"
    """Which task gets a request: the one with the fewest in progress, or each in turn; default
    least_outstanding_requests."""
    stickiness_seconds: int | None = Field(default=None, ge=1, le=604_800, examples=[3600])
    """Seconds that a client keeps to one task by a cookie of the load balancer, 1 to 604800; default none. For sessions
    and long polling; a WebSocket keeps to its task anyway."""
    slow_start_seconds: int = Field(default=0, ge=0, le=900)
    """Seconds over which a new task comes to its full share, 30 to 900, with `algorithm: round_robin` only; default 0:
    at once."""
    requests_per_target: int = Field(default=3000, ge=1)
    """Requests a minute for which one task is meant, which autoscaling aims at; default 3000, 50 a second."""
    request: Request | None = None
    """What an average request takes, which says how many the service can carry; default not known."""
    users: Users | None = None
    """How its users behave, which says how many it can carry; default not known."""
    response_time_alarm_seconds: float = Field(default=1, gt=0, le=4000)
    """99th percentile of the response time above which is an alarm, seconds, up to 4000; default 1."""
    error_alarm_percent: float = Field(default=5, gt=0, le=100)
    """Share of server errors above which is an alarm, and a deployment is rolled back, up to 100 percent; default 5."""


class Worker(Serving):
    """A service that reads one queue; its tasks follow the queue's backlog."""

    queue: str = Field(examples=["deliveries"])
    """Queue it reads."""
    seconds_per_message: float = Field(gt=0, le=7200, examples=[2])
    """Seconds that handling a message takes at the 99th percentile; at most a sixth of its visibility timeout."""
    concurrency: int = Field(default=1, ge=1, le=1000)
    """Messages that a task handles at once, which it is told in WORKER_CONCURRENCY, 1 to 1000; default 1."""
    message: Message | None = None
    """What an average message takes, which says how many the worker can handle; default not known."""
    backlog_per_task: int = Field(ge=1, examples=[100])
    """Waiting messages per task that autoscaling aims at."""


class Job(Container):
    """A task started by the clock, in the primary region only."""

    schedule: str = Field(max_length=256, examples=["rate(10 minutes)"])
    """`rate(n minutes|hours|days)` or `cron(minutes hours day-of-month month day-of-week year)`."""
    timezone: str = Field(default="UTC", max_length=50)
    """IANA time zone of a cron schedule, such as Europe/Dublin; default UTC."""
    flexible_window_minutes: int = Field(default=0, ge=0, le=1440)
    """Minutes within which a run may start, 0 to 1440 and less than the schedule's gap; default 0."""
    retries: int = Field(default=185, ge=0, le=185)
    """How often a start that failed is tried again, 0 to 185; default 185."""
    retry_window_seconds: int | None = Field(default=None, ge=60, le=86400)
    """Seconds in which a start is tried again, 60 to 86400; default until the next run, a day at most."""
    maximum_run_seconds: int = Field(default=3600, ge=60, le=604800)
    """Seconds after which a run is stopped and has failed, 60 to 604800; default 3600. A run after an outage has all
    the time since the last one that succeeded to make up for."""
    overlap: Literal["skip", "wait"] = "skip"
    """What becomes of a run that is due while another one is under way: it ends, and the next one covers its time, or
    it waits; default skip."""
