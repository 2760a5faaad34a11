"""What use costs: a million requests of each service and API, a million messages of each queue.

It rests on what the settings declare of a request or message; what they do not declare is named, never zero. Tasks are
not in it: they are billed by the hour.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from breakwater.analysis.cost.item import Estimate, estimate, place, status_of
from breakwater.analysis.limits import limit
from breakwater.analysis.model import Balancer, Platform, Queue, Region, Users, Work, Workload
from breakwater.analysis.prices import GLOBAL, Price, price
from breakwater.analysis.properties import below, known, number
from breakwater.graph import Resource, ResourceGraph

MILLION = 1_000_000
_HOUR = 3_600
_API, _INTEGRATION = "breakwater:http_api:HttpApi", "aws:apigatewayv2/integration:Integration"
_FUNCTION, _DISTRIBUTION = "aws:lambda/function:Function", "aws:cloudfront/distribution:Distribution"
_FIREWALL_OF_CDNS = "us-east-1"
"""Region in which AWS keeps and bills web ACLs of CDNs."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One thing that a million of something is billed for."""

    service: str
    name: str
    quantity: float
    price: Price | None
    counted: str = ""

    @property
    def usd(self) -> float | None:
        """US dollars; None where no price is known."""
        return None if self.price is None else self.quantity * self.price.usd

    @property
    def status(self) -> str:
        """How sure the amount is; empty where no price is known."""
        return status_of(self.price, self.counted)


@dataclass(frozen=True, slots=True)
class Rate:
    """What a million requests or messages cost."""

    region: str
    part: str
    """Service, API or queue."""
    per: str
    """million requests, or million messages."""
    charges: tuple[Charge, ...]
    not_counted: tuple[str, ...]
    """What is billed too and cannot be told, in words."""

    @property
    def estimate(self) -> Estimate:
        """The sum of what has a price."""
        return estimate((charge.usd, charge.status) for charge in self.charges)

    @property
    def unpriced(self) -> tuple[Charge, ...]:
        """What no price is known of."""
        return tuple(charge for charge in self.charges if charge.price is None)


def rates(platform: Platform) -> list[Rate]:
    """Of all services, APIs and queues in all regions."""
    found = [
        rate
        for region in platform.regions
        for rate in (
            *(_requests(region, service) for service in region.services),
            *(_calls(region, name, platform.graph) for name in region.http_apis),
            *(_messages(region, queue) for queue in region.queues),
        )
    ]
    return found + [_delivered(r, platform.graph) for r in platform.graph.of(_DISTRIBUTION)]


def _requests(region: Region, service: Workload) -> Rate:
    charges, unknown = list[Charge](), list[str]()
    if region.firewall:
        charges.append(_charge(region.name, "waf", "requests_million", 1))
    if service.work is None or service.work.kilobytes is None:
        unknown.append(f"bytes of requests and answers (services.{service.name}.request.kilobytes)")
    else:
        # A request and its answer together: the bytes that leave are fewer.
        gb = service.work.kilobytes * 1_000 * MILLION / 1e9
        charges.append(_charge(region.name, "data_transfer", "internet_out_gb_first_10tb", gb, "derived"))
    if region.balancer is not None:
        units = capacity_unit_hours(service.work, service.users, region.balancer)
        charges.append(_charge(region.name, "alb", "lcu_hour", units, "derived"))
    unknown.append(f"bytes logged by {service.name}")
    if service.connects and service.zones > 1:
        unknown.append(f"bytes between zones to the {' and the '.join(sorted(service.connects))}")
    return Rate(region.name, service.name, "million requests", tuple(charges), tuple(unknown))


def capacity_unit_hours(work: Work | None, users: Users | None, balancer: Balancer) -> float:
    """Of the balancer for a million requests that come evenly: the largest of what its capacity units count.

    Without declared users, each request is taken to open a connection.
    """
    size = limit("alb", "lcu_dimensions").value
    pause = users.seconds_between_requests if users else math.inf
    kept = pause < balancer.idle_timeout_seconds or (users is not None and users.connections_per_task is not None)
    opened = 0 if kept else MILLION
    # A connection is open until the next request, or until the balancer gives it up.
    open_seconds = (pause if kept else balancer.idle_timeout_seconds) * MILLION if users else 0
    rules = max(0, balancer.rules - size["free_rules"])
    gb = (work.kilobytes or 0) * 1_000 * MILLION / 1e9 if work else 0
    units: float = max(
        opened / (size["new_connections_per_s"] * _HOUR),
        open_seconds / (size["active_connections_per_min"] * _HOUR),
        gb / size["processed_gb_per_h"],
        rules * MILLION / (size["rule_evaluations_per_s"] * _HOUR),
    )
    return units


def _calls(region: Region, api: str, graph: ResourceGraph) -> Rate:
    """An API calls one function for a request; for how long that runs is not declared."""
    charges = [
        _charge(region.name, "api_gateway", "http_requests_million_first_300m", 1),
        _charge(region.name, "lambda", "requests_million", 1),
    ]
    unknown = ["bytes of requests and answers"]
    unknown += [_run_time(region, function) for function in _behind(f"{region.name}-{api}", graph)]
    return Rate(region.name, api, "million requests", tuple(charges), tuple(unknown))


def _behind(api: str, graph: ResourceGraph) -> list[Resource]:
    """The functions that an API's integrations lead to."""
    parts = [part for component in graph.of(_API) if component.name == api for part in below(component, graph)]
    urns = {
        urn
        for part in parts
        if part.type == _INTEGRATION
        for origins in part.property_dependencies.values()
        for urn in origins
    }
    return [function for function in graph.of(_FUNCTION) if function.urn in urns]


def _run_time(region: Region, function: Resource) -> str:
    """What cannot be told of a function, and what it would cost."""
    memory = number(known(function, "memorySize"))
    kind = "arm" if "arm64" in (known(function, "architectures") or ()) else "x86"
    found = price(region.name, "lambda", f"{kind}_gb_second")
    told = f"run time of {function.name.removeprefix(f'{region.name}-')}"
    if found is None or memory is None:
        return told
    usd = found.usd * memory / 1_024 * 0.1 * MILLION
    return f"{told}: USD {usd:.2f} for each 100 ms at {memory:.0f} MiB"


def _delivered(distribution: Resource, graph: ResourceGraph) -> Rate:
    """Requests to a CDN, at the prices of North America: where its users are is not declared."""
    charges = [_charge(GLOBAL, "cloudfront", "https_requests_million_north_america", 1, "derived")]
    if distribution.inputs.get("webAclId"):
        charges.append(_charge(_FIREWALL_OF_CDNS, "waf", "requests_million", 1))
    unknown = ("bytes that it delivers", "requests from where they cost more than in North America")
    name, _ = place(distribution, graph)
    return Rate(GLOBAL, name, "million requests", tuple(charges), unknown)


def _messages(region: Region, queue: Queue) -> Rate:
    """Each message is sent, received and deleted by itself; batches cost less."""
    reader = next((w for w in region.workers if w.queue == queue.name), None)
    kilobytes = reader.work.kilobytes if reader and reader.work else None
    unknown = list[str]()
    chunks = 1
    if kilobytes is None:
        declare = f" (workers.{reader.name}.message.kilobytes)" if reader else ""
        unknown.append(f"bytes of messages{declare}: one chunk each is counted")
    else:
        chunks = max(1, math.ceil(kilobytes * 1_000 / limit("sqs", "billing_chunk_bytes").value))
    kind = "fifo" if queue.fifo else "standard"
    charges = [_charge(region.name, "sqs", f"{kind}_requests_million", 2 * chunks + 1, "derived")]
    if kilobytes and region.network is not None:
        charges += _through_network(region, region.network.interface_endpoints, kilobytes)
    if reader is not None:
        unknown.append(f"bytes logged by {reader.name}")
        if reader.connects and reader.zones > 1:
            unknown.append(f"bytes between zones to the {' and the '.join(sorted(reader.connects))}")
    return Rate(region.name, queue.name, "million messages", tuple(charges), tuple(unknown))


def _through_network(region: Region, endpoints: tuple[str, ...], kilobytes: float) -> Iterator[Charge]:
    """Messages go to the queue and come from it through its endpoint in the network, or else through NAT."""
    gb = 2 * kilobytes * 1_000 * MILLION / 1e9
    if "sqs" in endpoints:
        yield _charge(region.name, "vpc", "interface_endpoint_gb_first_1pb", gb, "derived")
    elif region.network is not None and any(region.network.nat_of_zone.values()):
        yield _charge(region.name, "nat_gateway", "data_processed_gb", gb, "derived")


def _charge(region: str, service: str, name: str, quantity: float, counted: str = "") -> Charge:
    return Charge(service, name, quantity, price(region, service, name), counted)
