"""Which service a request reaches: the listener's rules and host names, and the rules about them."""

import fnmatch
import itertools
from collections.abc import Iterator

from components._domains import ACTIVE_LABEL
from components._priorities import derived_priority, readable_key
from infra.settings._rules import problem
from infra.settings.models import Route, Service, Settings
from infra.settings.problems import Path, Problem

# ACM's quota of names in a certificate is 10; two are the domain and its wildcard, each other host adds one.
_HOSTS_MAX = 8

# Labels directly under the domain that the platform itself uses.
PRIVATE_LABEL = "internal"
_STANDBY_PREFIX = "standby-"


def hosts(settings: Settings) -> tuple[str, ...]:
    """All host names of the platform, sorted: those of the routes, and the domain where a route names none."""
    return tuple(sorted({route.host or settings.domain.name for _, _, route in rules(settings)}))


def health_path(settings: Settings, host: str) -> str | None:
    """The path at which a host's own health can be asked for: a service's health path whose request reaches it."""
    ordered = sorted(rules(settings), key=lambda rule: priority(rule[0], rule[2]))
    for name, service, _ in ordered:
        path = service.health.path
        if next((other for other, _, route in ordered if _matches(route, host, path)), None) == name:
            return path
    return None


def rules(settings: Settings) -> list[tuple[str, Service, Route]]:
    """All routes with their services, as configured."""
    return [(name, service, route) for name, service in settings.services.items() for route in service.routes]


def priority(service: str, route: Route) -> int:
    """The rule's place in the listener: the written one, or one drawn from what the rule says and whom it leads to."""
    if route.priority is not None:
        return route.priority
    return derived_priority([route.host] if route.host else [], route.paths, service)


def rule_key(service: str, route: Route) -> str:
    """What tells a service's rules apart, whatever their order in the file: the priority, which is one per listener."""
    if route.priority is not None:
        return str(route.priority)
    return readable_key([route.host] if route.host else [], route.paths, priority(service, route))


def routing_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of routes and hosts."""
    for name, service in settings.services.items():
        for position, route in enumerate(service.routes):
            path: Path = ("services", name, "routes", position)
            yield from _conditions(path, route)
            if route.host is not None:
                yield from host_problems(name, (*path, "host"), route.host, settings)
    yield from _priorities(settings)
    yield from _claimed_twice(settings)
    yield from _certificate(settings)
    yield from _health_paths(settings)


def _matches(route: Route, host: str, path: str) -> bool:
    matches_path = not route.paths or any(fnmatch.fnmatchcase(path, pattern) for pattern in route.paths)
    return matches_path and route.host in (None, host)


def _conditions(path: Path, route: Route) -> Iterator[Problem]:
    if route.host is None and not route.paths:
        remedy = 'add `paths: ["/*"]` for every request'
        yield problem(
            path,
            "the rule names neither host nor paths",
            "host, paths or both",
            remedy,
            (*path, "host"),
            (*path, "paths"),
        )


def host_problems(name: str, path: Path, host: str, settings: Settings) -> Iterator[Problem]:
    """Whether a host is one that the platform can have."""
    domain = settings.domain.name
    label = host.removesuffix(f".{domain}")
    remedy = f"write for example {name}.{domain}"
    if host != domain and (label == host or "." in label):
        allowed = f"{domain}, or one label before it: the certificate covers no more"
        yield problem(path, f"{host} is not directly under the platform's domain", allowed, remedy, ("domain",))
    elif label in settings.regions or label in (PRIVATE_LABEL, ACTIVE_LABEL) or label.startswith(_STANDBY_PREFIX):
        allowed = f"no region's name, not {PRIVATE_LABEL} or {ACTIVE_LABEL}, nothing that begins with {_STANDBY_PREFIX}"
        yield problem(path, f"{host} is a name that the platform itself uses", allowed, remedy, ("regions", label))


def _priorities(settings: Settings) -> Iterator[Problem]:
    taken: dict[int, tuple[Path, Route]] = {}
    for name, service in settings.services.items():
        for position, route in enumerate(service.routes):
            path: Path = ("services", name, "routes", position)
            place = priority(name, route)
            other, same = taken.setdefault(place, (path, route))
            # The same rule twice draws the same priority; _claimed_twice tells of that.
            if other != path and (route.priority or same.priority or not _claim_alike(route, same)):
                drawn = " (drawn from the rule)" if route.priority is None else ""
                yield problem(
                    (*path, "priority"),
                    f"priority {place}{drawn} belongs to a rule of {other[1]} already",
                    "one rule per priority",
                    f"write {_free_priority(settings)}, or another that is free",
                    (*other, "priority"),
                )


def _free_priority(settings: Settings) -> int:
    taken = {priority(name, route) for name, _, route in rules(settings)}
    return next(n for n in range(10, 50001, 10) if n not in taken)


def _claimed_twice(settings: Settings) -> Iterator[Problem]:
    """Of two rules for the same requests one would never be asked; with written priorities that may be meant."""
    drawn = [
        (("services", name, "routes", position), route)
        for name, service in settings.services.items()
        for position, route in enumerate(service.routes)
        if route.priority is None
    ]
    for (first, one), (second, other) in itertools.combinations(drawn, 2):
        if _claim_alike(one, other):
            yield problem(
                second,
                f"a rule of {first[1]} matches the same requests",
                "each request to one service",
                "remove one of the two, or change its host or paths",
                first,
            )


def _claim_alike(one: Route, other: Route) -> bool:
    return (one.host, set(one.paths)) == (other.host, set(other.paths))


def _certificate(settings: Settings) -> Iterator[Problem]:
    further = [host for host in hosts(settings) if host != settings.domain.name]
    if len(further) > _HOSTS_MAX:
        yield problem(
            ("services",),
            f"the routes name {len(further)} hosts",
            f"at most {_HOSTS_MAX} beside the domain: a certificate has no room for more",
            "tell services apart by path",
            ("domain",),
        )


def _health_paths(settings: Settings) -> Iterator[Problem]:
    """Failover asks each host for its health: where no answer can come, the name would never be served."""
    for name, service in settings.services.items():
        for position, route in enumerate(service.routes):
            host = route.host or settings.domain.name
            if health_path(settings, host) is None:
                yield problem(
                    ("services", name, "routes", position, "paths"),
                    f"no request for {host}{service.health.path} reaches {name}: nobody can ask {host} for its health",
                    "some rule for the host that leads its service's health path to that service",
                    f"add {service.health.path} to the rule's paths",
                    ("services",),
                    ("domain",),
                )
