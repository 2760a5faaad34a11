"""A picture of a stack: its regions, what runs and is kept in them, and what goes between, as a Mermaid flowchart.

All of it is read from the resources: who may connect to whom from the rules of the security groups, who sends messages
and who takes them from the permissions of the roles, names and replicas from what depends on what.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from breakwater.analysis.properties import (
    INSTANCE,
    NAME,
    QUEUE,
    REGION,
    ROLE_POLICY,
    below,
    latency_regions,
    permissions,
    sources,
)
from breakwater.graph import Resource, ResourceGraph

_INTERNET = "internet"
_MOST_NAMES = 4
"""Names in one box; the others are counted."""
_GROUP, _BALANCER = "aws:ec2/securityGroup:SecurityGroup", "aws:lb/loadBalancer:LoadBalancer"

_CDN, _BUCKET = "breakwater:cdn:Cdn", "aws:s3/bucket:Bucket"
_TOPIC, _BUS = "aws:sns/topic:Topic", "aws:cloudwatch/eventBus:EventBus"
_ENTRIES = (_BALANCER, "aws:apigatewayv2/domainName:DomainName")
"""What a public name may lead to."""
_FORWARDING = (
    ("aws:sns/topicSubscription:TopicSubscription", ("topic", _TOPIC), ("endpoint", QUEUE)),
    ("aws:cloudwatch/eventTarget:EventTarget", ("rule", "aws:cloudwatch/eventRule:EventRule"), ("arn", QUEUE)),
)
"""What sends on by itself: type, and the properties that come from the sender and from the queue."""
_SENDING = ("sqs:SendMessage", "sns:Publish", "events:PutEvents", "s3:PutObject")
_RECEIVING = ("sqs:ReceiveMessage", "s3:GetObject")
_TRAFFIC, _MESSAGES, _COPIES = "-->", "-.->", "==>"
_STYLES = {
    "entry": "fill:#e8eaf6,stroke:#3949ab,color:#1a237e",
    "task": "fill:#fff3e0,stroke:#ef6c00,color:#3e2723",
    "queue": "fill:#fce4ec,stroke:#c2185b,color:#880e4f",
    "store": "fill:#e3f2fd,stroke:#1565c0,color:#0d47a1",
    "region": "fill:none,stroke:#9e9e9e",
}
"""Box and text are both given a colour, or neither, so that a dark page does not hide one of them."""
_ENTITIES = str.maketrans({char: f"#{ord(char)};" for char in '#"&<>`*_\\%{}'} | {"\n": " "})
"""Mermaid's form of what a label cannot hold, or means something in Markdown or, anywhere in a text, to Mermaid."""


@dataclass(frozen=True, slots=True)
class _Node:
    id: str
    text: tuple[str, ...]
    """Lines of the label."""
    shape: tuple[str, str]
    style: str

    def __str__(self) -> str:
        return f"{self.id}{self.shape[0]}{label(*self.text)}{self.shape[1]}:::{self.style}"


@dataclass(frozen=True, slots=True)
class _Edge:
    source: str
    target: str
    arrow: str
    label: str = ""

    def __str__(self) -> str:
        text = f"|{label(self.label)}|" if self.label else ""
        return f"{self.source} {self.arrow}{text} {self.target}"


def mermaid(graph: ResourceGraph) -> str:
    """The flowchart; the same text for the same resources, in whatever order they were registered."""
    return _Drawing(graph).text()


class _Drawing:
    """The boxes are the children of the regions; everything below one belongs to it."""

    def __init__(self, graph: ResourceGraph) -> None:
        self._graph = graph
        self._primary = graph.outputs.get("primary_region")
        self._active = latency_regions(graph)
        self._regions = sorted(graph.of(REGION), key=lambda r: (r.name != self._primary, r.name))
        self._boxes = {r.name: self._boxes_of(r) for r in self._regions}
        self._parts: dict[str, list[Resource]] = {}
        self._owner: dict[str, Resource] = {}
        """The box that a resource is part of, by the resource's URN."""
        for box in (box for boxes in self._boxes.values() for box in boxes):
            self._parts[box.urn] = list(below(box, graph))
            self._owner |= dict.fromkeys((r.urn for r in self._parts[box.urn]), box)

    def text(self) -> str:
        """The drawing: what leads into the regions, the regions, the edges, the styles."""
        nodes, edges = self._names()
        lines = ["flowchart LR", *(f"  {node}" for node in nodes)]
        for region in self._regions:
            schedules, runs = self._schedules(region)
            inside = [*schedules, *map(self._node, self._boxes[region.name])]
            lines += [f"  subgraph {_id(region.name)}[{label(self._title(region))}]", *(f"    {n}" for n in inside)]
            lines += ["  end", f"  class {_id(region.name)} region"]
            nodes += inside
            edges |= runs
        edges |= {*self._traffic(), *self._messages(), *self._replication()}
        # The order decides the layout: the primary region comes first, and its way in.
        rank = {node.id: number for number, node in enumerate(nodes)}
        lines += [f"  {e}" for e in sorted(edges, key=lambda e: (rank[e.source], rank[e.target], e.arrow))]
        lines += [f"  classDef {name} {style}" for name, style in _STYLES.items()]
        return "\n".join(lines) + "\n"

    def _box_id(self, box: Resource) -> str:
        """Its name's, with the kind where a queue and its worker, say, have the same."""
        shared = sum(other.name == box.name for boxes in self._boxes.values() for other in boxes) > 1
        return _id(f"{box.name}-{box.type.rpartition(':')[2].lower()}" if shared else box.name)

    def _title(self, region: Resource) -> str:
        others = ", active" if region.name in self._active else ", standby"
        role = {None: "", region.name: ", primary"}.get(self._primary, others)
        vpcs = [r for r in below(region, self._graph) if r.type == "aws:ec2/vpc:Vpc"]
        return f"{region.name}{role}" + "".join(f": {vpc.inputs['cidrBlock']}" for vpc in vpcs)

    def _boxes_of(self, region: Resource) -> list[Resource]:
        boxes = [child for child in self._graph.children.get(region.urn, ()) if child.type in _KINDS]
        return sorted(boxes, key=lambda box: (list(_KINDS).index(box.type), box.name))

    def _node(self, box: Resource) -> _Node:
        kind = _KINDS[box.type]
        name = box.name.removeprefix(f"{self._graph.by_urn[box.parent].name}-")
        return _Node(self._box_id(box), (name, *kind.facts(self._parts[box.urn])), kind.shape, kind.style)

    def _names(self) -> tuple[list[_Node], set[_Edge]]:
        """The internet and the public names; those that lead to the same balancers share a box."""
        names: dict[frozenset[str], list[str]] = {}
        for name in self._graph.of(NAME):
            records = self._graph.children.get(name.urn, ())
            balancers = frozenset(owner.urn for r in records for owner in self._owners(r, "aliases", *_ENTRIES))
            names.setdefault(balancers, []).append(str(name.outputs.get("fqdn", name.name)))
        nodes, edges = [_Node(_INTERNET, (_INTERNET,), ("((", "))"), "entry")], set[_Edge]()
        for number, (balancers, hosts) in enumerate(sorted(names.items(), key=lambda item: min(item[1])), start=1):
            shown = sorted(hosts, key=lambda host: (host.count("."), host))[:_MOST_NAMES]
            more = (f"and {len(hosts) - _MOST_NAMES} more",) if len(hosts) > _MOST_NAMES else ()
            nodes.append(_Node(f"names_{number}", (*shown, *more), ("{{", "}}"), "entry"))
            edges.add(_Edge(_INTERNET, nodes[-1].id, _TRAFFIC))
            edges |= {self._way_in(nodes[-1].id, self._graph.by_urn[urn]) for urn in balancers}
        for cdn in self._graph.of(_CDN):
            nodes.append(_Node(_id(cdn.name), ("cdn", *_cdn(tuple(below(cdn, self._graph)))), ("{{", "}}"), "entry"))
            edges.add(_Edge(_INTERNET, nodes[-1].id, _TRAFFIC))
        named = frozenset[str]().union(*names)
        for balancer in self._graph.of(_BALANCER):
            owner = self._owner.get(balancer.urn)
            if owner and owner.urn not in named:
                edges.add(_Edge(_INTERNET, self._box_id(owner), _TRAFFIC))
        return nodes, edges

    def _way_in(self, source: str, balancer: Resource) -> _Edge:
        region = self._graph.by_urn[balancer.parent].name
        standby = self._primary not in (None, region) and region not in self._active
        return _Edge(source, self._box_id(balancer), _TRAFFIC, "on failover" if standby else "")

    def _schedules(self, region: Resource) -> tuple[list[_Node], set[_Edge]]:
        jobs = [box for box in self._boxes[region.name] if box.type == "breakwater:job:Job"]
        node = _Node(f"schedules_{_id(region.name)}", ("schedules",), ("([", "])"), "entry")
        return [node] if jobs else [], {_Edge(node.id, self._box_id(job), _TRAFFIC) for job in jobs}

    def _traffic(self) -> Iterator[_Edge]:
        """From each rule that lets one security group out to another."""
        for rule in self._graph.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"):
            for source in self._owners(rule, "securityGroupId", _GROUP):
                for target in self._owners(rule, "referencedSecurityGroupId", _GROUP):
                    if source.urn != target.urn:
                        yield _Edge(self._box_id(source), self._box_id(target), _TRAFFIC)
        for integration in self._graph.of("aws:apigatewayv2/integration:Integration"):
            for function in self._owners(integration, "integrationUri", "aws:lambda/function:Function"):
                if api := self._owner.get(integration.urn):
                    yield _Edge(self._box_id(api), self._box_id(function), _TRAFFIC)

    def _messages(self) -> Iterator[_Edge]:
        """From each permission to send, to receive, to keep a file; from topics and buses by their subscriptions."""
        for type_, source, target in _FORWARDING:
            for forwarding in self._graph.of(type_):
                for sender in self._owners(forwarding, *source):
                    for queue in self._owners(forwarding, *target):
                        yield _Edge(self._box_id(sender), self._box_id(queue), _MESSAGES)
        takers = {
            str(taker.outputs["arn"]): owner
            for taker in self._graph.of(QUEUE, _TOPIC, _BUS, _BUCKET)
            if "arn" in taker.outputs and (owner := self._owner.get(taker.urn))
        }
        for policy in self._graph.of(ROLE_POLICY):
            owner = self._owner.get(policy.urn)
            for action, arn in permissions(policy) or () if owner else ():
                taker = takers.get(arn.removesuffix("/*"))
                if owner is None or taker is None or taker.urn == owner.urn:
                    continue
                if action in _SENDING:
                    yield _Edge(self._box_id(owner), self._box_id(taker), _MESSAGES)
                elif action in _RECEIVING:
                    yield _Edge(self._box_id(taker), self._box_id(owner), _MESSAGES)

    def _replication(self) -> Iterator[_Edge]:
        for instance in self._graph.of(INSTANCE):
            replica = self._owner.get(instance.urn)
            for source in self._owners(instance, "replicateSourceDb", INSTANCE):
                if replica and source.urn != replica.urn:
                    yield _Edge(self._box_id(source), self._box_id(replica), _COPIES, "replication")

    def _owners(self, resource: Resource, property_name: str, *types: str) -> Iterator[Resource]:
        """The boxes of the resources of these types that a property comes from."""
        for source in sources(resource, property_name, self._graph, *types):
            if owner := self._owner.get(source.urn):
                yield owner


def _id(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", name)


def label(*lines: str) -> str:
    """A label of these lines, whatever they hold."""
    return f'"{"<br/>".join(line.translate(_ENTITIES) for line in lines if line)}"'


Parts = Sequence[Resource]


def _of(parts: Parts, type_: str) -> list[Mapping[str, Any]]:
    return [r.inputs for r in parts if r.type == type_]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _joined(*facts: str) -> str:
    return ", ".join(filter(None, facts))


def _balancer(parts: Parts) -> Iterator[str]:
    for balancer in _of(parts, _BALANCER):
        yield _counted(len(balancer["subnets"]), "zone")


def _tasks(parts: Parts) -> Iterator[str]:
    for target in _of(parts, "aws:appautoscaling/target:Target"):
        fewest, most = int(target["minCapacity"]), int(target["maxCapacity"])
        yield _counted(most, "task") if fewest == most else f"{fewest}–{most} tasks"


def _schedule(parts: Parts) -> Iterator[str]:
    for schedule in _of(parts, "aws:scheduler/schedule:Schedule"):
        zone = schedule.get("scheduleExpressionTimezone", "UTC")
        yield schedule["scheduleExpression"]
        yield _joined("" if zone == "UTC" else zone, "off" if schedule.get("state") == "DISABLED" else "")


def _cdn(parts: Parts) -> Iterator[str]:
    for distribution in _of(parts, "aws:cloudfront/distribution:Distribution"):
        yield from distribution.get("aliases", ())


def _function(parts: Parts) -> Iterator[str]:
    for function in _of(parts, "aws:lambda/function:Function"):
        yield f"{int(function['reservedConcurrentExecutions'])} at once"


def _queue(parts: Parts) -> Iterator[str]:
    if any(queue.get("fifoQueue") for queue in _of(parts, QUEUE)):
        yield "FIFO"


def _database(parts: Parts) -> Iterator[str]:
    own = {r.urn for r in parts}
    instances = [r for r in parts if r.type == INSTANCE]
    replicas = [r for r in instances if own & {*r.property_dependencies.get("replicateSourceDb", ())}]
    for main in (r.inputs for r in instances if r not in replicas):
        yield _joined(str(main["instanceClass"]), "Multi-AZ" if main.get("multiAz") else "")
        yield "read replica" if main.get("replicateSourceDb") else ""
    yield _joined(
        _counted(len(replicas), "read replica") if replicas else "",
        "proxy" if _of(parts, "aws:rds/proxy:Proxy") else "",
    )


def _cache(parts: Parts) -> Iterator[str]:
    for group in _of(parts, "aws:elasticache/replicationGroup:ReplicationGroup"):
        if group.get("globalReplicationGroupId"):
            # Its type and its number of shards are the primary's.
            yield "copy of the primary region's"
        else:
            shards, replicas = group.get("numNodeGroups", 1), group.get("replicasPerNodeGroup", 0)
            yield f"{int(group.get('numCacheClusters') or shards * (replicas + 1))} × {group['nodeType']}"
    for cache in _of(parts, "aws:elasticache/serverlessCache:ServerlessCache"):
        yield f"serverless, up to {int(cache['cacheUsageLimits']['dataStorage']['maximum'])} GB"


@dataclass(frozen=True, slots=True)
class _Kind:
    shape: tuple[str, str]
    style: str
    facts: Callable[[Parts], Iterator[str]]
    """What to know of it in a few words, line by line, read from its resources."""


_KINDS = {
    "breakwater:load_balancer:LoadBalancer": _Kind(("([", "])"), "entry", _balancer),
    "breakwater:service:WebService": _Kind(("[", "]"), "task", _tasks),
    "breakwater:http_api:HttpApi": _Kind(("([", "])"), "entry", lambda _: iter(("HTTP API",))),
    "breakwater:function:Function": _Kind(("[", "]"), "task", _function),
    "breakwater:job:Job": _Kind(("[", "]"), "task", _schedule),
    "breakwater:event_bus:EventBus": _Kind(("[[", "]]"), "queue", lambda _: iter(("event bus",))),
    "breakwater:topic:Topic": _Kind(("[[", "]]"), "queue", lambda _: iter(("topic",))),
    "breakwater:queue:Queue": _Kind(("[[", "]]"), "queue", _queue),
    "breakwater:service:Worker": _Kind(("[", "]"), "task", _tasks),
    "breakwater:database:Database": _Kind(("[(", ")]"), "store", _database),
    "breakwater:database_replica:DatabaseReplica": _Kind(("[(", ")]"), "store", _database),
    "breakwater:cache:Cache": _Kind(("[(", ")]"), "store", _cache),
    "breakwater:serverless_cache:ServerlessCache": _Kind(("[(", ")]"), "store", _cache),
    "breakwater:bucket:Bucket": _Kind(("[(", ")]"), "store", lambda _: iter(("files",))),
}
"""What is drawn, in this order; network, cluster and the like are the frame or too much for one picture."""
