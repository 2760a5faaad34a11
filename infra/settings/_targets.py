"""Rules about targets: each is one that can be judged by what the stack declares."""

from collections.abc import Iterator

from infra.settings._messaging import known_queue
from infra.settings._rules import listed, nearest, problem
from infra.settings.models import MessageTarget, Settings
from infra.settings.problems import Path, Problem

# What a service must declare for a target of its own.
_NEEDED = {
    "requests_per_second": ("request",),
    "spikes": ("request",),
    "concurrent_users": ("request", "users"),
}
# What a region's loss may cost.
_OF_A_LOSS = ("recovery_minutes", "data_loss_seconds")


def target_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of targets."""
    targets = settings.targets
    for field, needed in _NEEDED.items():
        for name in getattr(targets, field):
            yield from _service(("targets", field, name), name, needed, settings)
    for name, wanted in targets.messages.items():
        yield from _messages(("targets", "messages", name), name, wanted, settings)
    if targets.database_clients is not None and settings.database is None:
        message, remedy = "the stack has no database", "add `database`, or remove it"
        yield problem(("targets", "database_clients"), message, "where there is a database", remedy, ("database",))
    for field in _OF_A_LOSS:
        if getattr(targets, field) is not None and len(settings.regions) == 1:
            message, remedy = "there is no region left when this one is lost", "add a standby region, or remove it"
            yield problem(("targets", field), message, "where there are two regions or more", remedy, ("regions",))


def _service(path: Path, name: str, needed: tuple[str, ...], settings: Settings) -> Iterator[Problem]:
    service = settings.services.get(name)
    if service is None:
        meant = nearest(name, settings.services)
        remedy = f"write {meant}" if meant else f"add `services.{name}`, or name one of these"
        yield problem(path, f"there is no service {name}", listed(settings.services), remedy, ("services", name))
        return
    missing = [field for field in needed if getattr(service, field) is None]
    if missing:
        yield problem(
            path,
            f"nothing says what {name} can carry: it declares no {' and no '.join(missing)}",
            f"a service with {' and '.join(f'`{field}`' for field in needed)}",
            f"add {' and '.join(f'`services.{name}.{field}`' for field in missing)}",
            *(("services", name, field) for field in needed),
        )


def _messages(path: Path, queue: str, wanted: MessageTarget, settings: Settings) -> Iterator[Problem]:
    if queue not in settings.queues:
        yield from known_queue(path, queue, settings)
    elif all(worker.queue != queue for worker in settings.workers.values()):
        message, remedy = f"no worker reads {queue}", f"add a worker with `queue: {queue}`, or remove it"
        read = {worker.queue for worker in settings.workers.values()}
        yield problem(path, message, listed(read), remedy, ("workers",))
    elif wanted.per_second is not None or wanted.drain_minutes is not None:
        for name, worker in settings.workers.items():
            if worker.queue == queue and worker.message is None:
                yield problem(
                    path,
                    f"nothing says what {name} can carry: it declares no message",
                    "read by workers with `message`",
                    f"add `workers.{name}.message`",
                    ("workers", name, "message"),
                )
    if wanted == MessageTarget():
        message, remedy = "nothing is asked of the workers", "add `per_second`, or remove it"
        yield problem(path, message, "per_second, backlog or downtime_hours", remedy)
    if wanted.backlog is not None and wanted.drain_minutes is None:
        message, remedy = "nothing says when the backlog must be gone", "add `drain_minutes`"
        yield problem((*path, "backlog"), message, "with drain_minutes", remedy, (*path, "drain_minutes"))
    gathers = wanted.downtime_hours is not None and wanted.per_second is not None
    if wanted.drain_minutes is not None and wanted.backlog is None and not gathers:
        yield problem(
            (*path, "drain_minutes"),
            "nothing says how many messages must be gone",
            "with backlog, or with per_second and downtime_hours",
            "add `backlog`",
            (*path, "backlog"),
            (*path, "per_second"),
            (*path, "downtime_hours"),
        )
