"""Rules about services, workers and jobs."""

from collections.abc import Iterator, Mapping

from components._balancing import check_balancing
from components._containers import check_fargate_size, check_health_command, check_image, check_variables
from components._names import ARCHIVE_MAX, QUEUE_MAX, ROLE_MAX, TARGET_GROUP_MAX, check_auto_name
from components._schedule import recurrence
from infra.environment import CACHE_USER, RESERVED, logical_name, variable_of
from infra.settings._messaging import destinations, known_destination, known_queue
from infra.settings._options import given_variables
from infra.settings._rules import component_rule, listed, problem
from infra.settings._zones import timezone_problems
from infra.settings.models import Container, Job, Service, Serving, Settings, Tasks, Worker
from infra.settings.problems import Path, Problem

# A message must not be given to a second task while the first still works on it, retries of a batch included.
VISIBILITY_FACTOR = 6


def workload_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of services, workers and jobs."""
    sections: tuple[tuple[str, Mapping[str, Container]], ...] = (
        ("services", settings.services),
        ("workers", settings.workers),
        ("jobs", settings.jobs),
    )
    for section, containers in sections:
        for name, container in containers.items():
            yield from _container((section, name), container, settings)
    yield from _names((*sections, ("functions", settings.functions)))
    yield from _lengths(settings)
    for name, service in settings.services.items():
        yield from _tasks(("services", name, "tasks"), service.tasks)
        yield from _health(name, service)
        yield from _balancing(name, service)
    for name, job in settings.jobs.items():
        yield from component_rule(("jobs", name, "schedule"), "correct the schedule", recurrence, job.schedule)
        yield from timezone_problems(("jobs", name, "timezone"), job.timezone)
        yield from _window(name, job)
    for name, worker in settings.workers.items():
        yield from _tasks(("workers", name, "tasks"), worker.tasks)
        yield from _queue(name, worker, settings)
    for region_name, region in settings.regions.items():
        for name, tasks in region.tasks.items():
            yield from _tasks(("regions", region_name, "tasks", name), tasks)


def _container(path: Path, container: Container, settings: Settings) -> Iterator[Problem]:
    if isinstance(container, Serving):
        yield from component_rule(
            (*path, "health_command"), "correct the command", check_health_command, container.health_command
        )
    if container.image is not None:
        remedy = "write the digest that the build printed"
        yield from component_rule((*path, "image"), remedy, check_image, container.image)
    field = "memory" if _is_size(container.cpu) else "cpu"
    yield from component_rule(
        (*path, field),
        "choose a pair that Fargate sells",
        check_fargate_size,
        container.cpu,
        container.memory,
        involves=((*path, "cpu"),) if field == "memory" else (),
    )
    yield from component_rule(
        (*path, "secrets" if set(container.secrets) & set(container.environment) else "environment"),
        "rename or remove the variable",
        check_variables,
        container.environment,
        container.secrets,
        involves=((*path, "environment"), (*path, "secrets")),
    )
    yield from _reserved(path, container, settings)
    yield from _cache_access(path, container, settings)
    for position, target in enumerate(container.connects):
        if getattr(settings, target) is None:
            yield problem(
                (*path, "connects", position),
                f"the stack has no {target}",
                "what the stack has",
                f"add `{target}`, or remove it here",
                (target,),
            )
        if target in container.connects[:position]:
            yield problem(
                (*path, "connects", position), f"{target} is listed twice", "each once", "remove one of the two"
            )
    for position, name in enumerate(container.produces):
        yield from known_destination((*path, "produces", position), name, settings)
        if name in container.produces[:position]:
            yield problem(
                (*path, "produces", position), f"{name} is listed twice", "each once", "remove one of the two"
            )


def _cache_access(path: Path, container: Container, settings: Settings) -> Iterator[Problem]:
    if container.cache_access is None:
        return
    own: Path = (*path, "cache_access")
    if "cache" not in container.connects:
        message, remedy = "the tasks do not connect to the cache", "add `cache` to `connects`, or remove this"
        yield problem(own, message, "where `connects` names the cache", remedy, (*path, "connects"))
    if path[1] == CACHE_USER and any(
        "cache" in other.connects and other.cache_access is None for other in settings.containers.values()
    ):
        message = f"others use the cache as the user {CACHE_USER}, which would be this one's own"
        yield problem(own, message, "a user of its own", f"rename {CACHE_USER}", (path[0],))
    if path[1] == "default":
        yield problem(own, "ElastiCache has a user default already", "another name", "rename it")


def _reserved(path: Path, container: Container, settings: Settings) -> Iterator[Problem]:
    known = destinations(settings)
    own = {*RESERVED, *(variable_of(known.get(name, "queues"), name) for name in container.produces)}
    own |= {*given_variables(container, settings)}
    for section in ("environment", "secrets"):
        for variable in sorted(own & set(getattr(container, section))):
            yield problem(
                (*path, section, variable), f"{variable} is set by the platform", f"none of {listed(own)}", "remove it"
            )


def _is_size(cpu: int) -> bool:
    try:
        check_fargate_size(cpu, 0)
    except ValueError as error:
        return str(error).startswith("memory")
    return True


def _window(name: str, job: Job) -> Iterator[Problem]:
    try:
        gap = recurrence(job.schedule).shortest_gap
    except ValueError:
        return
    if job.flexible_window_minutes * 60 >= gap:
        longest = gap // 60 - 1
        yield problem(
            ("jobs", name, "flexible_window_minutes"),
            f"a run may start {job.flexible_window_minutes} minutes late, when the next one is due after {gap // 60}",
            "less than the time between two runs",
            f"write {longest} or less" if longest else "leave it out",
            ("jobs", name, "schedule"),
        )


def _names(sections: tuple[tuple[str, Mapping[str, object]], ...]) -> Iterator[Problem]:
    """Services, workers, jobs and functions of one region are named alike, so no two may share a name."""
    owner: dict[str, str] = {}
    for section, containers in sections:
        for name in containers:
            if name in owner:
                yield problem(
                    (section, name),
                    f"{owner[name]} has a {name} too",
                    "one name across services, workers, jobs and functions",
                    "rename one of the two",
                    (owner[name], name),
                )
            owner.setdefault(name, section)


def _lengths(settings: Settings) -> Iterator[Problem]:
    """AWS limits what is named after a region and a workload; the regions with the longest names decide."""
    rules: tuple[tuple[str, Mapping[str, object], str, int, str], ...] = (
        ("services", settings.services, "", TARGET_GROUP_MAX, "the target group"),
        ("services", settings.services, "-execution", ROLE_MAX, "a role"),
        ("workers", settings.workers, "-execution", ROLE_MAX, "a role"),
        ("jobs", settings.jobs, "-scheduler", ROLE_MAX, "a role"),
        ("buckets", settings.buckets, "-bucket-replication", ROLE_MAX, "a role"),
        ("queues", settings.queues, "-dead-letter.fifo", QUEUE_MAX, "the dead-letter queue"),
        ("topics", settings.topics, ".fifo", QUEUE_MAX, "the topic"),
        ("buses", settings.buses, "-archive", ARCHIVE_MAX, "the archive"),
    )
    longest = max(settings.regions, key=len)
    for section, named, suffix, limit, what in rules:
        for name in named:
            yield from component_rule(
                (section, name),
                "use a shorter name",
                check_auto_name,
                logical_name(longest, name) + suffix,
                limit,
                what,
                involves=(("regions", longest),),
            )


def _tasks(path: Path, tasks: Tasks) -> Iterator[Problem]:
    if tasks.min > tasks.max:
        yield problem(
            (*path, "max"),
            f"the maximum {tasks.max} is less than the minimum {tasks.min}",
            "max at least min",
            f"write {tasks.min} or more",
            (*path, "min"),
        )


def _health(name: str, service: Service) -> Iterator[Problem]:
    health = service.health
    if health.timeout_seconds >= health.interval_seconds:
        path: Path = ("services", name, "health")
        yield problem(
            (*path, "timeout_seconds"),
            f"a check may take {health.timeout_seconds} s, but the next begins after {health.interval_seconds} s",
            "less than interval_seconds",
            f"write {health.interval_seconds - 1} or less",
            (*path, "interval_seconds"),
        )


def _balancing(name: str, service: Service) -> Iterator[Problem]:
    yield from component_rule(
        ("services", name, "slow_start_seconds"),
        "write 30 to 900 with `algorithm: round_robin`, or remove it",
        check_balancing,
        algorithm=service.algorithm,
        stickiness_seconds=service.stickiness_seconds,
        slow_start_seconds=service.slow_start_seconds,
        involves=(("services", name, "algorithm"),),
    )


def _queue(name: str, worker: Worker, settings: Settings) -> Iterator[Problem]:
    path: Path = ("workers", name)
    yield from known_queue((*path, "queue"), worker.queue, settings)
    queue = settings.queues.get(worker.queue)
    needed = VISIBILITY_FACTOR * worker.seconds_per_message
    if queue and queue.visibility_timeout_seconds < needed:
        yield problem(
            ("queues", worker.queue, "visibility_timeout_seconds"),
            f"messages come back after {queue.visibility_timeout_seconds} s, "
            f"but {name} takes {worker.seconds_per_message:g} s for each",
            f"at least {needed:g}: {VISIBILITY_FACTOR} times the consumer's time per message",
            f"write {-(-needed // 1):g} or more, or make {name} faster",
            (*path, "seconds_per_message"),
            (*path, "queue"),
        )
