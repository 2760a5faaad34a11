"""Rules about what containers may have beside the program: volumes, buckets, calls, telemetry, sessions, clocks."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from components._connect import INGRESS_PORT
from components._containers import check_image, check_user, check_volumes
from components._execute_command import SESSION_VOLUMES
from components._scheduled_scaling import ScheduledTasks, check_schedules
from components._telemetry import PROGRAM_VARIABLES, Telemetry, check_room
from infra.environment import bucket_variable, service_variable
from infra.settings._rules import component_rule, listed, nearest, problem
from infra.settings._zones import timezone_problems
from infra.settings.models import Container, Serving, Settings
from infra.settings.problems import Path, Problem


def option_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of these."""
    containers: dict[Path, Container] = {
        **{("services", name): service for name, service in settings.services.items()},
        **{("workers", name): worker for name, worker in settings.workers.items()},
        **{("jobs", name): job for name, job in settings.jobs.items()},
    }
    for path, container in containers.items():
        yield from _container(path, container, settings)
        if isinstance(container, Serving):
            yield from _schedules(path, container)
            yield from _calls(path, container, settings)
            yield from _sessions(path, container, settings)
            yield from _room(path, container, settings)
    yield from _circles(settings)
    if settings.telemetry:
        image = settings.telemetry.image
        yield from component_rule(("telemetry", "image"), "write the digest of the image's index", check_image, image)
    yield from _buckets(settings)


def given_variables(container: Container, settings: Settings) -> set[str]:
    """Variables that the platform gives a container for these."""
    found = {bucket_variable(bucket) for bucket in (*container.reads, *container.writes)}
    if isinstance(container, Serving):
        found |= {service_variable(service) for service in container.calls}
        found |= PROGRAM_VARIABLES if settings.telemetry else set()
    return found


def _container(path: Path, container: Container, settings: Settings) -> Iterator[Problem]:
    yield from component_rule((*path, "user"), "write for example 1000:1000", check_user, container.user)
    volumes: Path = (*path, "writable_volumes")
    yield from component_rule(volumes, "correct the volumes", check_volumes, container.writable_volumes)
    for field in ("reads", "writes"):
        yield from _known((*path, field), getattr(container, field), settings.buckets, "buckets")


def _known(path: Path, names: tuple[str, ...], known: Mapping[str, object], section: str) -> Iterator[Problem]:
    """Each name must be one of a section's, and be there once."""
    for position, name in enumerate(names):
        if name not in known:
            meant = nearest(name, known)
            remedy = f"write {meant}" if meant else f"add `{section}.{name}`, or remove it here"
            message = f"there is no {name} in {section}"
            yield problem((*path, position), message, listed(known), remedy, (section, name))
        elif name in names[:position]:
            yield problem((*path, position), f"{name} is listed twice", "each once", "remove one of the two")


def _schedules(path: Path, serving: Serving) -> Iterator[Problem]:
    schedules: Path = (*path, "schedules")
    for name, scheduled in serving.schedules.items():
        yield from component_rule(
            (*schedules, name), "correct the time or its numbers", ScheduledTasks, **scheduled.model_dump()
        )
        yield from timezone_problems((*schedules, name, "timezone"), scheduled.timezone)
    yield from component_rule(schedules, "add the time at which the numbers change back", check_schedules,
                              dict.fromkeys(serving.schedules))  # fmt: skip


def _calls(path: Path, serving: Serving, settings: Settings) -> Iterator[Problem]:
    calls: Path = (*path, "calls")
    yield from _known(calls, serving.calls, settings.services, "services")
    for position, name in enumerate(serving.calls):
        if (*path,) == ("services", name):
            remedy = "remove it: a task that wants itself needs no network"
            yield problem((*calls, position), f"{name} calls itself", "other services", remedy)
        elif name in settings.services and settings.services[name].port == INGRESS_PORT:
            yield problem(
                ("services", name, "port"),
                f"{INGRESS_PORT} is where the proxies of services that are called listen",
                "another port",
                "have the program use another",
                (*calls, position),
            )


def _circles(settings: Settings) -> Iterator[Problem]:
    """A task can call only what was there when it started, so of two that call each other one comes too early."""
    calls = {name: {s for s in service.calls if s != name} for name, service in settings.services.items()}
    try:
        TopologicalSorter(calls).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        # The sorter names each before the one that calls it.
        first = min(circle)
        yield problem(
            ("services", first, "calls"),
            f"{', '.join(sorted(set(circle)))} call each other in a circle",
            "calls in one direction",
            "let one of them answer through a queue",
            *(("services", name, "calls") for name in sorted(set(circle) - {first})),
        )


def _sessions(path: Path, serving: Serving, settings: Settings) -> Iterator[Problem]:
    if not serving.execute_command:
        return
    if settings.protect:
        message = "whoever opens a session is root in a task that holds production's permissions"
        remedy = "remove it, and look at logs, metrics and traces, or at a stack of class development"
        yield problem((*path, "execute_command"), message, "false in production", remedy, ("class",))
    taken = set(SESSION_VOLUMES) & set(serving.writable_volumes)
    paths = set(SESSION_VOLUMES.values()) & set(serving.writable_volumes.values())
    if taken or paths:
        message = f"{', '.join(sorted(taken | paths))} is where the agent of sessions writes"
        where: Path = (*path, "writable_volumes")
        yield problem(where, message, "other names and paths", "rename or remove it", (*path, "execute_command"))


def _room(path: Path, serving: Serving, settings: Settings) -> Iterator[Problem]:
    if settings.telemetry is None:
        return
    telemetry = Telemetry(
        image="example@sha256:" + "0" * 64,
        service_name="example",
        namespace="example",
        cpu=settings.telemetry.cpu,
        memory=settings.telemetry.memory,
    )
    yield from component_rule(
        (*path, "memory" if 2 * telemetry.cpu <= serving.cpu else "cpu"),
        "give the task more, or the collector less",
        check_room,
        telemetry,
        serving.cpu,
        serving.memory,
        involves=(("telemetry",), (*path, "cpu")),
    )


def _buckets(settings: Settings) -> Iterator[Problem]:
    for name, bucket in settings.buckets.items():
        path: Path = ("buckets", name)
        infrequent, expiration = bucket.infrequent_access_days, bucket.expiration_days
        if infrequent is not None and expiration is not None and expiration <= infrequent:
            yield problem(
                (*path, "expiration_days"),
                f"objects are deleted after {expiration} days, before they move after {infrequent}",
                "more than infrequent_access_days",
                f"write {infrequent + 1} or more, or remove infrequent_access_days",
                (*path, "infrequent_access_days"),
            )
        if bucket.replicate and len(settings.regions) == 1:
            message = "there is no other region to copy to"
            remedy = "remove it, or add a standby region"
            yield problem((*path, "replicate"), message, "false in a stack of one region", remedy, ("regions",))
