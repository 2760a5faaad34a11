"""Which services call which, and what a caller needs for it."""

from collections.abc import Mapping
from graphlib import TopologicalSorter

import pulumi

from components.service import WebService
from components.service_options import ServiceConnect
from infra.environment import Access, service_variable
from infra.settings import Settings
from infra.settings.models import Serving


def anybody_calls(settings: Settings) -> bool:
    """Whether the stack needs a namespace."""
    return bool(_called(settings))


def call_order(settings: Settings) -> list[str]:
    """The services, each after those it calls: a task can call only what was there when it started."""
    return list(TopologicalSorter({key: service.calls for key, service in settings.services.items()}).static_order())


def connection(
    key: str, serving: Serving, settings: Settings, namespace_arn: pulumi.Output[str] | None
) -> ServiceConnect | None:
    """How a service or worker takes part; None where it neither calls nor is called."""
    called = key in _called(settings)
    if namespace_arn is None or not (called or serving.calls):
        return None
    return ServiceConnect(namespace_arn=namespace_arn, name=key if called else None)


def call_access(service: str, services: Mapping[str, WebService]) -> Access:
    """The address, and the way to the service's proxies."""
    called = services[service]
    if called.call_url is None:
        raise ValueError(f"calls: nothing can call {service}; the settings refuse this")
    return Access(
        variables={service_variable(service): called.call_url},
        groups={service: (called.security_group_id, called.call_port)},
    )


def _called(settings: Settings) -> set[str]:
    serving: tuple[Serving, ...] = (*settings.services.values(), *settings.workers.values())
    return {service for caller in serving for service in caller.calls}
