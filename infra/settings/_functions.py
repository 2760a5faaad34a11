"""Rules about Lambda functions and the HTTP APIs before them."""

from collections.abc import Iterator, Mapping

from components._function_rules import ImageCode, ZipCode, check_environment
from components._http_routes import Cors as CorsArgs
from components._http_routes import HttpRoute as RouteArgs
from components._http_routes import check_route_key, check_timeouts
from components._names import FUNCTION_MAX, QUEUE_MAX, check_auto_name
from infra.environment import RESERVED, logical_name, variable_of
from infra.settings._messaging import destinations, known_destination
from infra.settings._rules import component_rule, listed, nearest, problem
from infra.settings.models import Function, HttpApi, Settings
from infra.settings.problems import Path, Problem
from infra.settings.routing import host_problems, hosts


def function_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of functions and APIs."""
    for name, function in settings.functions.items():
        path: Path = ("functions", name)
        yield from _code(path, function, settings)
        yield from _variables(path, function, settings)
        yield from _needs(path, function, settings)
        yield from _lengths(path, name, settings)
    taken: dict[str, Path] = dict.fromkeys(hosts(settings), ("services",))
    for name, api in settings.http_apis.items():
        path = ("http_apis", name)
        yield from host_problems(name, (*path, "host"), api.host, settings)
        if api.host in taken:
            message = f"{api.host} belongs to {'.'.join(map(str, taken[api.host]))} already"
            remedy = "give the API another name"
            yield problem((*path, "host"), message, "a host of its own", remedy, taken[api.host], ("domain",))
        taken.setdefault(api.host, path)
        yield from _routes(path, api, settings)
        yield from _cors(path, api)
        yield from _health(path, api)


def _code(path: Path, function: Function, settings: Settings) -> Iterator[Problem]:
    image, package = function.image, function.package
    if (image is None) == (package is None):
        message = "there is nothing to run" if image is None else "an image and an archive cannot both run"
        remedy = "add `image` or `package`" if image is None else "remove one of the two"
        yield problem(path, message, "one of image and package", remedy, (*path, "image"), (*path, "package"))
    if image is not None:
        remedy = "write the digest that the build printed, in ECR"
        yield from component_rule((*path, "image"), remedy, ImageCode, image=image)
    if package is None:
        return
    where: Path = (*path, "package")
    for region, source in package.sources.items():
        rest = {"key": package.key, "runtime": package.runtime, "handler": package.handler}
        yield from component_rule(
            where, "correct the archive", ZipCode, bucket=source.bucket, version=source.version, **rest
        )
        if region not in settings.regions:
            message = f"the stack has no region {region}"
            yield problem((*where, "sources", region), message, listed(settings.regions), "remove it", ("regions",))
    for region in settings.regions:
        if region not in package.sources:
            message = f"{region} does not know where to find the archive"
            remedy = f"upload it to a bucket in {region}, and add `{region}`"
            yield problem((*where, "sources"), message, listed(settings.regions), remedy, ("regions", region))
    if function.command:
        remedy = "name another handler"
        yield problem((*path, "command"), "an archive has no command", "none with package", remedy, where)


def _variables(path: Path, function: Function, settings: Settings) -> Iterator[Problem]:
    where: Path = (*path, "environment")
    secrets = dict.fromkeys(function.secrets, "arn:aws:secretsmanager:us-east-1:111122223333:secret:x-abcdef")
    yield from component_rule(
        where, "rename, shorten or remove it", check_environment, function.environment, secrets,
        involves=((*path, "secrets"),),
    )  # fmt: skip
    known = destinations(settings)
    own = {*RESERVED, *(variable_of(known.get(name, "queues"), name) for name in function.produces)}
    for section in ("environment", "secrets"):
        for variable in sorted(own & set(getattr(function, section))):
            message = f"{variable} is set by the platform"
            yield problem((*path, section, variable), message, f"none of {listed(own)}", "remove it")


def _needs(path: Path, function: Function, settings: Settings) -> Iterator[Problem]:
    for position, target in enumerate(function.connects):
        where: Path = (*path, "connects", position)
        if getattr(settings, target) is None:
            remedy = f"add `{target}`, or remove it here"
            yield problem(where, f"the stack has no {target}", "what the stack has", remedy, (target,))
        if target in function.connects[:position]:
            yield problem(where, f"{target} is listed twice", "each once", "remove one of the two")
    for position, queue in enumerate(function.produces):
        where = (*path, "produces", position)
        yield from known_destination(where, queue, settings)
        if queue in function.produces[:position]:
            yield problem(where, f"{queue} is listed twice", "each once", "remove one of the two")


def _known(path: Path, name: str, known: Mapping[str, object], section: str) -> Iterator[Problem]:
    if name not in known:
        meant = nearest(name, known)
        remedy = f"write {meant}" if meant else f"add `{section}.{name}`, or name one of these"
        yield problem(path, f"there is no {name} in {section}", listed(known), remedy, (section, name))


def _lengths(path: Path, name: str, settings: Settings) -> Iterator[Problem]:
    longest = max(settings.regions, key=len)
    for suffix, limit, what in (("", FUNCTION_MAX, "the function"), ("-dead-letter", QUEUE_MAX, "the queue")):
        named = logical_name(longest, name) + suffix
        yield from component_rule(
            path, "use a shorter name", check_auto_name, named, limit, what, involves=(("regions", longest),)
        )


def _routes(path: Path, api: HttpApi, settings: Settings) -> Iterator[Problem]:
    for key, route in api.routes.items():
        where: Path = (*path, "routes", key)
        yield from component_rule(where, "correct method and path", check_route_key, key)
        yield from _known((*where, "function"), route.function, settings.functions, "functions")
        yield from component_rule((*where, "scopes"), "correct the scopes", RouteArgs, **route.model_dump())
        if not route.public and api.jwt is None:
            remedy = "add `jwt` to the API, or `public: true` here"
            message = "the route would be open to everybody"
            yield problem(where, message, "routes with tokens, or said to be public", remedy, (*path, "jwt"))
        if route.function in settings.functions:
            function: Path = ("functions", route.function)
            yield from component_rule(
                (*function, "timeout_seconds"),
                "give the function less, or leave the API out of its way",
                check_timeouts,
                route.function,
                settings.functions[route.function].timeout_seconds,
                api.timeout_seconds,
                involves=((*path, "timeout_seconds"), (*where, "function")),
            )


def _cors(path: Path, api: HttpApi) -> Iterator[Problem]:
    if api.cors is not None:
        yield from component_rule((*path, "cors"), "correct the origins or headers", CorsArgs, **api.cors.model_dump())


def _health(path: Path, api: HttpApi) -> Iterator[Problem]:
    """Failover asks each region for its health: where no answer can come, the name would never be served."""
    if not any(key in api.routes and api.routes[key].public for key in health_routes(api)):
        yield problem(
            (*path, "health_path"),
            f"no route lets anybody ask for {api.health_path}",
            "a path that a public GET route leads to",
            f"add the route `GET {api.health_path}` with `public: true`",
            (*path, "routes"),
        )


def health_routes(api: HttpApi) -> tuple[str, str]:
    """The routes that answer health checks."""
    return f"GET {api.health_path}", f"ANY {api.health_path}"
