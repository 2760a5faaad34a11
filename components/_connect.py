"""ECS Service Connect: services that call each other by name, through a proxy that ECS runs in each task; pure.

TLS between the proxies is left out: it needs a private certificate authority, which costs more than what it protects
here: the traffic stays within the network, between named security groups.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components._containers import log_options

# The settings are checked where the AWS SDK is not at hand.
if TYPE_CHECKING:
    from pulumi_aws import ecs

PORT_NAME = "http"
"""Name of a service's port in its task definition."""
INGRESS_PORT = 15_000
"""Where a service's proxy takes calls. The load balancer's requests go past the proxy, to the container's own port:
they have WebSockets and timeouts of their own, which it would cut."""

# ECS API reference, ServiceConnectService: names of Cloud Map services.
_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceConnect:
    """How a service takes part."""

    namespace_arn: pulumi.Input[str]
    """Cloud Map namespace of all that call each other."""
    name: str | None = None
    """Name under which others call it; default none: it only calls."""
    request_timeout_seconds: int = 30
    """Seconds until a call must be answered in full, 0 (no limit) or more; default 30, AWS's is 15."""

    def __post_init__(self) -> None:
        if self.name is not None and not _NAME.fullmatch(self.name):
            raise ValueError(f"name: {self.name!r} must be up to 64 lower-case letters, digits, - and _")
        if self.request_timeout_seconds < 0:
            raise ValueError(f"request_timeout_seconds: {self.request_timeout_seconds} s; give 0 (no limit) or more")


def connect_configuration(
    connect: ServiceConnect, *, port: int | None, log_group: pulumi.Input[str], region: str
) -> "ecs.ServiceServiceConnectConfigurationArgs":
    """The service's part of it; the proxy logs beside the program."""
    from pulumi_aws import ecs

    return ecs.ServiceServiceConnectConfigurationArgs(
        enabled=True,
        namespace=connect.namespace_arn,
        services=[_served(connect.name, port, connect.request_timeout_seconds)] if connect.name and port else None,
        log_configuration=ecs.ServiceServiceConnectConfigurationLogConfigurationArgs(
            log_driver="awslogs", options=log_options(log_group, region, "connect")
        ),
    )


def call_url(connect: ServiceConnect | None, port: int, service: pulumi.Resource) -> pulumi.Output[str] | None:
    """Where a service is called; None without a name.

    A task can call only the names that were there when it started, so a caller's definition waits for the service. The
    URN is known before the service is made, so that a preview knows the address.
    """
    if connect is None or connect.name is None:
        return None
    url = f"http://{connect.name}:{port}"
    return service.urn.apply(lambda _: url)


def check_connect(connect: ServiceConnect | None, port: int | None) -> None:
    """Refuse a name without a port, and a port that the proxy needs."""
    if connect is None or connect.name is None:
        return
    if port is None:
        raise ValueError(f"connect: {connect.name} listens on no port, so nothing can call it; leave its name out")
    if port == INGRESS_PORT:
        raise ValueError(f"port: {port} is where the proxy of Service Connect listens; have the program use another")


def _served(name: str, port: int, timeout: int) -> "ecs.ServiceServiceConnectConfigurationServiceArgs":
    from pulumi_aws import ecs

    return ecs.ServiceServiceConnectConfigurationServiceArgs(
        port_name=PORT_NAME,
        discovery_name=name,
        client_alias=[ecs.ServiceServiceConnectConfigurationServiceClientAliasArgs(dns_name=name, port=port)],
        ingress_port_override=INGRESS_PORT,
        timeout=ecs.ServiceServiceConnectConfigurationServiceTimeoutArgs(per_request_timeout_seconds=timeout),
    )
