"""Rules about what requests and messages take, and about the connections that tasks keep to the database."""

from collections.abc import Iterator, Mapping

from infra.settings._rules import problem
from infra.settings.models import Container, Pool, Settings, Worker
from infra.settings.models.load import Work
from infra.settings.problems import Path, Problem


def load_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of these."""
    sections: dict[str, Mapping[str, Container]] = {
        "services": settings.services,
        "workers": settings.workers,
        "jobs": settings.jobs,
    }
    for section, containers in sections.items():
        for name, container in containers.items():
            yield from _pool((section, name), container, settings)
    for name, service in settings.services.items():
        if service.request is not None:
            yield from _work(("services", name, "request"), service.request, service)
    for name, worker in settings.workers.items():
        if worker.message is not None:
            yield from _work(("workers", name, "message"), worker.message, worker)
            yield from _mean(name, worker, worker.message)


def _pool(path: Path, container: Container, settings: Settings) -> Iterator[Problem]:
    own: Path = (*path, "pool")
    if "database" not in container.connects:
        if container.pool != Pool():
            message, remedy = "the tasks do not connect to the database", "add `database` to `connects`, or remove this"
            yield problem(own, message, "where `connects` names the database", remedy, (*path, "connects"))
        return
    proxy = settings.database.proxy if settings.database else None
    idle = container.pool.idle_seconds
    if proxy and proxy.idle_client_timeout_seconds <= idle:
        yield problem(
            (*own, "idle_seconds"),
            f"the pool keeps unused connections for {idle} s, "
            f"but the proxy closes them after {proxy.idle_client_timeout_seconds} s",
            "less than the proxy's idle_client_timeout_seconds: else the program finds its connections closed",
            f"write {proxy.idle_client_timeout_seconds - 1} or less, or raise the proxy's"
            if proxy.idle_client_timeout_seconds > 1
            else "raise the proxy's",
            ("database", "proxy", "idle_client_timeout_seconds"),
        )


def _work(path: Path, work: Work, container: Container) -> Iterator[Problem]:
    around = path[:-1]
    # Below one vCPU a task may for a moment use a whole one.
    vcpus = max(1.0, container.cpu / 1024)
    shortest = work.cpu_milliseconds / vcpus
    if work.milliseconds < shortest:
        yield problem(
            (*path, "milliseconds"),
            f"{work.cpu_milliseconds:g} ms of CPU do not fit into {work.milliseconds:g} ms with {vcpus:g} vCPU",
            f"at least {shortest:g}",
            f"write {shortest:g} or more, or correct cpu_milliseconds",
            (*path, "cpu_milliseconds"),
            (*around, "cpu"),
        )
    time: Path = (*path, "transaction_milliseconds")
    if work.transaction_milliseconds is None:
        if work.transactions:
            message, remedy = "nothing says how long a transaction takes", "add `transaction_milliseconds: 3`, or so"
            yield problem((*path, "transactions"), message, "with transaction_milliseconds", remedy, time)
    elif not work.transactions:
        message, remedy = "there are no transactions", "add `transactions`, or remove it"
        yield problem(time, message, "with `transactions` only", remedy, (*path, "transactions"))
    elif work.milliseconds < min(1, work.transactions) * work.transaction_milliseconds:
        yield problem(
            time,
            f"a transaction of {work.transaction_milliseconds:g} ms does not fit into {work.milliseconds:g} ms",
            "no more than `milliseconds`",
            f"write {work.milliseconds / min(1, work.transactions):g} or less, or correct milliseconds",
            (*path, "milliseconds"),
            (*path, "transactions"),
        )
    if work.transactions and "database" not in container.connects:
        message, remedy = "the tasks do not connect to the database", "add `database` to `connects`, or remove it"
        allowed = "where `connects` names the database"
        yield problem((*path, "transactions"), message, allowed, remedy, (*around, "connects"))


def _mean(name: str, worker: Worker, message: Work) -> Iterator[Problem]:
    most = 1000 * worker.seconds_per_message
    if message.milliseconds > most:
        yield problem(
            ("workers", name, "message", "milliseconds"),
            f"a message takes {message.milliseconds:g} ms on average, but {most:g} ms at the 99th percentile",
            "no more than seconds_per_message",
            f"write {most:g} or less, or correct seconds_per_message",
            ("workers", name, "seconds_per_message"),
        )
