"""How new versions of services and workers replace the old ones: from the settings to the components, and the rules."""

from collections.abc import Iterator

from components._containers import STOP_TIMEOUT_MAX
from components._deployment import (
    Deployment,
    Hook,
    RouteForTests,
    Stage,
    Strategy,
    check_grace,
    check_percents,
    check_web,
    check_worker,
)
from components._names import TARGET_GROUP_MAX, check_auto_name
from infra.environment import logical_name
from infra.settings._rules import component_rule, problem
from infra.settings.models import Deployment as DeploymentSettings
from infra.settings.models import Service, Serving, Settings
from infra.settings.problems import Path, Problem, from_rule
from infra.settings.routing import priority

REMEDY = "correct it, or leave it out for the default"


def deployment_in(region: str, settings: DeploymentSettings) -> Deployment:
    """How new versions come in a region; ValueError where the parts do not go together."""
    test = settings.test
    return Deployment(
        strategy=Strategy(settings.strategy),
        bake_minutes=settings.bake_minutes,
        step_percent=settings.step_percent,
        step_bake_minutes=settings.step_bake_minutes,
        minimum_healthy_percent=settings.minimum_healthy_percent,
        maximum_percent=settings.maximum_percent,
        rollback_alarms=settings.alarms,
        hooks=tuple(
            Hook(function_arn=_regional(hook.function, region), stages=tuple(map(Stage, hook.stages)))
            for hook in settings.hooks
        ),
        test=RouteForTests(priority=test.priority, header_value=test.header_value, source_ranges=test.source_ranges)
        if test
        else None,
        prepared=settings.prepared,
    )


def _regional(arn: str, region: str) -> str:
    """The function of the same name in a region."""
    parts = arn.split(":")
    return ":".join([*parts[:3], region, *parts[4:]])


def deployment_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of deployments."""
    for name, service in settings.services.items():
        path: Path = ("services", name)
        yield from _deployment(path, service, settings)
        yield from _grace(path, service)
        yield from _leaving(path, service)
        yield from _second_group(path, service, settings)
    for name, worker in settings.workers.items():
        yield from _deployment(("workers", name), worker, settings)
    yield from _test_priorities(settings)


def _deployment(path: Path, serving: Serving, settings: Settings) -> Iterator[Problem]:
    """What the component would say of it, at the field that it names."""
    here = (*path, "deployment")
    try:
        deployment = deployment_in(next(iter(settings.regions)), serving.deployment)
        if isinstance(serving, Service):
            route = serving.routes[0]
            # In each region a rule takes a host's regional name too.
            values = 2 * bool(route.host) + len(route.paths)
            check_web(
                deployment,
                routes=len(serving.routes),
                priority=priority(str(path[-1]), route),
                values=values,
                stickiness_seconds=serving.stickiness_seconds,
            )
        else:
            check_worker(deployment)
    except ValueError as error:
        yield from_rule(_place(path, str(error)), error, remedy=REMEDY, involves=(here, (*path, "routes")))
    for region in settings.regions:
        tasks = settings.tasks_in(region, path[-1], serving)  # type: ignore[arg-type]
        fewest = min([tasks.min, *(scheduled.min for scheduled in serving.schedules.values())])
        most = max([tasks.max, *(scheduled.max for scheduled in serving.schedules.values())])
        found = list(
            component_rule(
                (*here, "maximum_percent"),
                "raise maximum_percent, or lower minimum_healthy_percent",
                check_percents,
                serving.deployment.minimum_healthy_percent,
                serving.deployment.maximum_percent,
                fewest,
                most,
                involves=((*path, "tasks"), (*path, "schedules"), ("regions", region, "tasks"), here),
            )
        )
        yield from found
        if found:
            return


def _place(path: Path, refusal: str) -> Path:
    """Where the field that a component names is in the settings."""
    field = refusal.partition(":")[0]
    if field in ("routes", "stickiness_seconds"):
        return (*path, field)
    if field == "source_ranges":
        return (*path, "deployment", "test", field)
    return (*path, "deployment", field) if field in DeploymentSettings.model_fields else (*path, "deployment")


def _grace(path: Path, service: Service) -> Iterator[Problem]:
    health = service.health
    yield from component_rule(
        (*path, "health", "grace_seconds"),
        "write more, or check more often",
        check_grace,
        health.grace_seconds,
        health.healthy_threshold,
        health.interval_seconds,
        involves=((*path, "health"),),
    )


def _leaving(path: Path, service: Service) -> Iterator[Problem]:
    """An interrupted Spot task is told to stop at the moment it gets no more requests."""
    if service.spot_weight and service.deregistration_seconds > service.stop_timeout_seconds:
        stop = service.stop_timeout_seconds
        yield problem(
            (*path, "deregistration_seconds" if stop == STOP_TIMEOUT_MAX else "stop_timeout_seconds"),
            f"an interrupted Spot task would be killed after {stop} s with requests in flight, which have "
            f"{service.deregistration_seconds} s",
            "deregistration_seconds at most stop_timeout_seconds with Spot",
            f"write {stop} or less as deregistration_seconds, or set spot_weight to 0"
            if stop == STOP_TIMEOUT_MAX
            else "lengthen stop_timeout_seconds, shorten deregistration_seconds, or set spot_weight to 0",
            (*path, "spot_weight"),
            (*path, "deregistration_seconds"),
            (*path, "stop_timeout_seconds"),
        )


def _second_group(path: Path, service: Service, settings: Settings) -> Iterator[Problem]:
    if service.deployment.strategy != "ROLLING" or service.deployment.prepared:
        longest = max(settings.regions, key=len)
        yield from component_rule(
            path,
            "use a shorter name, or deploy by ROLLING",
            check_auto_name,
            f"{logical_name(longest, str(path[-1]))}-b",
            TARGET_GROUP_MAX,
            "the second target group",
            involves=(("regions", longest), (*path, "deployment")),
        )


def _test_priorities(settings: Settings) -> Iterator[Problem]:
    """The rules for tests are on the same listener as the routes."""
    taken: dict[int, Path] = {
        priority(name, route): ("services", name, "routes", position, "priority")
        for name, service in settings.services.items()
        for position, route in enumerate(service.routes)
    }
    for name, service in settings.services.items():
        test = service.deployment.test
        if test is None:
            continue
        path: Path = ("services", name, "deployment", "test", "priority")
        if test.priority in taken:
            other = taken[test.priority]
            yield problem(
                path,
                f"priority {test.priority} belongs to a rule of {other[1]} already",
                "one rule per priority",
                "write another that is free and lower than the route's",
                other,
            )
        taken.setdefault(test.priority, path)
