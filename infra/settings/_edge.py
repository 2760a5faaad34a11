"""Rules about the load balancer's headers, the firewalls and the CDN."""

from collections.abc import Iterator

from components._security_headers import check_headers
from infra.settings._rules import component_rule, problem
from infra.settings.firewall import firewall_problems
from infra.settings.models import Cdn, SecurityHeaders, Settings
from infra.settings.problems import Path, Problem
from infra.settings.routing import host_problems, hosts


def edge_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of what stands before the services."""
    if settings.load_balancer.headers is not None:
        yield from _headers(("load_balancer", "headers"), settings.load_balancer.headers)
    if settings.waf is not None:
        yield from firewall_problems(("waf",), settings.waf)
    if settings.cdn is not None:
        yield from _cdn(settings.cdn, settings)


def _headers(path: Path, headers: SecurityHeaders) -> Iterator[Problem]:
    yield from component_rule(
        (*path, "content_security_policy"),
        "write one line, with frame-ancestors 'self' where frame_options is SAMEORIGIN",
        check_headers,
        headers.content_security_policy,
        headers.frame_options,
        involves=((*path, "frame_options"),),
    )


def _cdn(cdn: Cdn, settings: Settings) -> Iterator[Problem]:
    yield from _headers(("cdn", "headers"), cdn.headers)
    if cdn.waf is not None:
        yield from firewall_problems(("cdn", "waf"), cdn.waf)
    if cdn.host in hosts(settings):
        yield problem(
            ("cdn", "host"),
            f"{cdn.host} leads to the load balancers: a route names it, or names no host",
            "a name of its own",
            f"write for example www.{settings.domain.name}",
            ("services",),
        )
    else:
        yield from host_problems("www", ("cdn", "host"), cdn.host, settings)
