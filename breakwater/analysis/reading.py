"""From a graph to the model of its stack: a simulated deployment's, a plan's, or that of `pulumi stack export`.

Components say what something is, and the resources below them what it is like. Another program's graph comes to a
platform without regions.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from breakwater.analysis._part import Part
from breakwater.analysis._reading_declared import Load, targets
from breakwater.analysis._reading_network import balancer, network
from breakwater.analysis._reading_stores import DATABASE, SERVERLESS_CACHE, cache, database, main_queue, queue
from breakwater.analysis._reading_workloads import WORKER, function, job, workload
from breakwater.analysis.limits import limit
from breakwater.analysis.model import Platform, PublicName, Region, Role
from breakwater.analysis.properties import (
    NAME,
    REGION,
    MissingError,
    known,
    known_at,
    latency_regions,
    number,
    text,
    whole,
)
from breakwater.graph import Resource, ResourceGraph

_REPLICA = "breakwater:database_replica:DatabaseReplica"
_RULE = "aws:lb/listenerRule:ListenerRule"
_ORDER = (Role.PRIMARY, Role.ACTIVE, Role.STANDBY)

_T = TypeVar("_T")


def read(graph: ResourceGraph) -> Platform:
    """The model of the stack."""
    reader = _Reader(graph)
    regions = [reader.region(component) for component in graph.of(REGION)]
    return Platform(
        graph=graph,
        regions=tuple(sorted(regions, key=lambda region: (_ORDER.index(region.role), region.name))),
        names=tuple(sorted((_name(n, graph) for n in graph.of(NAME)), key=lambda n: n.fqdn)),
        targets=targets(graph.outputs),
        unread=tuple(sorted(reader.unread)),
    )


class _Reader:
    def __init__(self, graph: ResourceGraph) -> None:
        self._graph = graph
        self._load = Load(graph.outputs)
        self._roles = _roles(graph)
        self.unread: list[str] = []

    def region(self, component: Resource) -> Region:
        """Everything in one region."""
        parts: dict[str, list[Part]] = {}
        for child in sorted(self._graph.children.get(component.urn, ()), key=lambda r: r.name):
            parts.setdefault(child.type, []).append(Part(child, component.name, self._graph))

        def each(read: Callable[[Part], _T], *types: str) -> tuple[_T, ...]:
            return tuple(self._read(read, (part for type_ in types for part in parts.get(type_, ()))))

        def first(read: Callable[[Part], _T], *types: str) -> _T | None:
            return next(iter(each(read, *types)), None)

        queues: dict[str, str] = {}
        for part in parts.get("breakwater:queue:Queue", ()):
            if (found := main_queue(part)) is not None:
                queues[found.urn] = part.name
                if arn := text(known(found, "arn")):
                    queues[arn] = part.name
        rules = len(Part(component, component.name, self._graph).of(_RULE))
        return Region(
            name=component.name,
            role=self._roles[component.name],
            network=first(network, "breakwater:network:Network"),
            balancer=first(lambda part: balancer(part, rules), "breakwater:load_balancer:LoadBalancer"),
            firewall="breakwater:waf:WebAcl" in parts,
            workloads=each(lambda part: workload(part, queues, self._load), "breakwater:service:WebService", WORKER),
            jobs=each(job, "breakwater:job:Job"),
            functions=each(function, "breakwater:function:Function"),
            http_apis=tuple(part.name for part in parts.get("breakwater:http_api:HttpApi", ())),
            database=first(database, DATABASE, _REPLICA),
            backup_copy="breakwater:database_backups:BackupCopy" in parts,
            cache=first(cache, "breakwater:cache:Cache", SERVERLESS_CACHE),
            queues=each(queue, "breakwater:queue:Queue"),
        )

    def _read(self, read: Callable[[Part], _T], parts: Iterator[Part]) -> Iterator[_T]:
        for part in parts:
            try:
                yield read(part)
            except MissingError:
                self.unread.append(part.urn)


def _roles(graph: ResourceGraph) -> dict[str, Role]:
    """As the outputs say; without them the writer is in the primary region, and latency records lead to active ones."""
    told = {r.name: known_at(graph.outputs, "regions", r.name, "role") for r in graph.of(REGION)}
    valid = {role.value: role for role in Role}
    return {r.name: valid.get(str(told[r.name])) or _role(r, graph) for r in graph.of(REGION)}


def _role(region: Resource, graph: ResourceGraph) -> Role:
    children = graph.children.get(region.urn, ())
    if region.name == known_at(graph.outputs, "primary_region") or any(child.type == DATABASE for child in children):
        return Role.PRIMARY
    return Role.ACTIVE if region.name in latency_regions(graph) else Role.STANDBY


def _name(component: Resource, graph: ResourceGraph) -> PublicName:
    children = graph.children.get(component.urn, ())
    checks = [c for c in children if c.type == "aws:route53/healthCheck:HealthCheck"]
    # Those that ask a region itself; others count these, or look at alarms.
    asking = [(number(known(c, "requestInterval")), whole(known(c, "failureThreshold"))) for c in checks]
    interval, threshold = next(((i, t) for i, t in asking if i is not None and t is not None), (None, None))
    return PublicName(
        fqdn=text(known(component, "fqdn")) or component.name,
        ttl_seconds=float(limit("route53", "alias_elb_ttl_s").value),
        check_interval_seconds=interval,
        check_threshold=threshold,
    )
