"""Addresses of the subnets: what tasks, endpoints, functions, stores and balancer take of each at the maximum."""

import ipaddress
import math
from collections.abc import Iterator

from breakwater.analysis.capacity.terms import at_deployment, compared, shown
from breakwater.analysis.figures import Figure, least_sure
from breakwater.analysis.limits import Limit, limit
from breakwater.analysis.model import Network, Region, Subnet

_SMALL = "xlarge_or_less"


def address_figures(region: Region) -> Iterator[Figure]:
    """Each subnet's addresses; tiers in the order in which requests meet them."""
    network = region.network
    if network is None:
        return
    for tier in ("public", "private", "isolated"):
        subnets = [subnet for subnet in network.subnets if subnet.tier == tier]
        for subnet in sorted(subnets, key=lambda s: (s.zone, s.cidr)):
            yield _figure(region, network, subnet, len(subnets))


def usable(cidr: str) -> int:
    """Addresses of a subnet without those that AWS keeps."""
    reserved = int(limit("vpc", "reserved_addresses_per_subnet").value)
    return max(0, ipaddress.ip_network(cidr, strict=False).num_addresses - reserved)


def _figure(region: Region, network: Network, subnet: Subnet, subnets: int) -> Figure:
    reserved = limit("vpc", "reserved_addresses_per_subnet")
    needed, cause, sources = {"public": _public, "private": _private, "isolated": _isolated}[subnet.tier](
        region, network, subnet, subnets
    )
    room = usable(subnet.cidr)
    return compared(
        Figure(
            region=region.name,
            part=f"{subnet.tier} subnet {subnet.zone}",
            name="addresses",
            value=needed,
            limit=room,
            limited_by=f"{subnet.cidr}; {cause}",
            status=least_sure(["derived", reserved.status, *(source.status for source in sources)]),
        ),
        _larger(region, network, needed, room),
    )


def _private(region: Region, network: Network, _subnet: Subnet, subnets: int) -> tuple[int, str, list[Limit]]:
    """Tasks of a deployment in all zones, or of the maximum where one zone is lost, whichever are more; an interface of
    each endpoint and function; jobs, which all may start in one zone."""
    deploying = sum(math.ceil(at_deployment(w) / subnets) for w in region.workloads)
    lost = sum(math.ceil(w.maximum / max(1, subnets - 1)) for w in region.workloads) if subnets > 1 else 0
    rest = len(region.jobs) + len(network.interface_endpoints) + sum(1 for f in region.functions if f.in_network)
    case = "a deployment at autoscaling's maximum" if deploying >= lost else "autoscaling's maximum with a zone lost"
    cause = f"{case}: {shown(max(deploying, lost))} tasks, {shown(rest)} others"
    return max(deploying, lost) + rest, cause, []


def _isolated(region: Region, _network: Network, subnet: Subnet, subnets: int) -> tuple[int, str, list[Limit]]:
    """Instances that may stand in the zone, with standbys; proxy as AWS advises for the class; the cache's nodes."""
    database, instances, proxy, sources = region.database, 0, 0, []
    if database is not None:
        fixed = [i for i in (database.main, *database.replicas) if i.zone is not None and not i.multi_az]
        anywhere = [i for i in (database.main, *database.replicas) if i.zone is None or i.multi_az]
        instances = sum(1 for i in fixed if i.zone == subnet.zone) + len(anywhere)
        if database.proxy is not None:
            advice = limit("rds_proxy", "free_ips_needed_by_class")
            proxy, sources = _proxy_addresses(database.main.instance_class, advice), [advice]
    nodes = math.ceil(region.cache.nodes / subnets) if region.cache else 0
    return instances + proxy + nodes, f"{instances} database, {proxy} proxy, {nodes} cache", sources


def _public(_region: Region, _network: Network, _subnet: Subnet, _subnets: int) -> tuple[int, str, list[Limit]]:
    """The load balancer grows into the addresses that AWS wants free; a NAT gateway takes one."""
    free = limit("alb", "subnet_free_addresses")
    return int(free.value) + 1, f"{free.value} for the load balancer, 1 for a NAT gateway", [free]


def _proxy_addresses(instance_class: str | None, advice: Limit) -> int:
    size = (instance_class or "").rpartition(".")[2]
    return int(advice.value.get(size, advice.value[_SMALL]))


def _larger(region: Region, network: Network, needed: int, room: int) -> str:
    """A subnet is a fixed part of the network's range."""
    if room <= 0 or needed <= room:
        return ""
    bits = math.ceil(math.log2(needed / room))
    prefix = ipaddress.ip_network(network.cidr, strict=False).prefixlen - bits
    return f"give regions.{region.name}.cidr a prefix of /{prefix} or shorter, or lower the most tasks"
