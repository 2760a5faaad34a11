"""What a region keeps: its database, its cache and its queues, from what their components consist of."""

import json
from collections.abc import Mapping

from breakwater.analysis._part import Part
from breakwater.analysis.model import Cache, Database, Instance, Proxy, Queue
from breakwater.analysis.properties import (
    INSTANCE,
    QUEUE,
    items,
    known,
    needed,
    number,
    sources,
    storage_gib,
    text,
    whole,
    zones,
)
from breakwater.graph import Resource, ResourceGraph

DATABASE, SERVERLESS_CACHE = "breakwater:database:Database", "breakwater:serverless_cache:ServerlessCache"
_GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
_GLOBAL = "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"
_REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"


def database(part: Part) -> Database:
    """The writer, or outside the primary region its replica, with the replicas of either."""
    instances = part.of(INSTANCE)
    own = {instance.urn for instance in instances}
    copies = [i for i in instances if own & {s.urn for s in sources(i, "replicateSourceDb", part.graph, INSTANCE)}]
    pools = part.of("aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup")
    return Database(
        urn=part.urn,
        main=_instance(needed(next((i for i in instances if i not in copies), None)), part),
        is_writer=part.component.type == DATABASE,
        replicas=tuple(_instance(copy, part) for copy in copies),
        proxy=_proxy(part.one("aws:rds/proxy:Proxy"), pools[0]) if pools else None,
    )


def _instance(instance: Resource, part: Part) -> Instance:
    return Instance(
        urn=instance.urn,
        name=part.local(instance),
        instance_class=text(known(instance, "instanceClass")),
        multi_az=known(instance, "multiAz") is True,
        zone=text(known(instance, "availabilityZone")),
        storage_gib=storage_gib(instance, part.graph),
        iops=whole(known(instance, "iops")),
    )


def _proxy(proxy: Resource, pool: Resource) -> Proxy:
    return Proxy(
        urn=proxy.urn,
        max_connections_percent=needed(number(known(pool, "connectionPoolConfig", "maxConnectionsPercent"))),
        borrow_timeout_seconds=needed(number(known(pool, "connectionPoolConfig", "connectionBorrowTimeout"))),
    )


def cache(part: Part) -> Cache:
    """Nodes, or a serverless cache."""
    return _serverless(part) if part.component.type == SERVERLESS_CACHE else _nodes(part)


def _nodes(part: Part) -> Cache:
    group, graph = part.one(_GROUP), part.graph
    of = _global_group(group, graph)
    # The members of a Global Datastore have its node type and its shards, which its first member was made with.
    given = [group, *([of] if of else []), *(sources(of, "primaryReplicationGroupId", graph, _GROUP) if of else ())]
    node_type = (text(known(g, name)) for g in given for name in ("nodeType", "cacheNodeType"))
    shards = next((n for g in given if (n := whole(known(g, "numNodeGroups")))), 1)
    replicas = whole(known(group, "replicasPerNodeGroup"))
    if replicas is None:
        replicas = needed(whole(known(group, "numCacheClusters"))) - 1
    groups = sources(group, "subnetGroupName", graph, "aws:elasticache/subnetGroup:SubnetGroup")
    return Cache(
        urn=part.urn,
        node_type=next(filter(None, node_type), None),
        shards=shards,
        replicas=replicas,
        automatic_failover=known(group, "automaticFailoverEnabled") is True,
        zones=len(frozenset[str]().union(*(zones(g, "subnetIds", graph) for g in groups))),
        global_member=of is not None,
    )


def _global_group(group: Resource, graph: ResourceGraph) -> Resource | None:
    """The Global Datastore that a group is a member of, first or later."""
    later = next(sources(group, "globalReplicationGroupId", graph, _GLOBAL), None)
    firsts = (g for g in graph.of(_GLOBAL) if group in sources(g, "primaryReplicationGroupId", graph, _GROUP))
    return later or next(firsts, None)


def _serverless(part: Part) -> Cache:
    """AWS spreads it over the zones of its subnets and replaces what fails."""
    found = part.one("aws:elasticache/serverlessCache:ServerlessCache")
    storage = items(known(found, "cacheUsageLimits", "dataStorage"))
    ecpu = items(known(found, "cacheUsageLimits", "ecpuPerSeconds"))
    return Cache(
        urn=part.urn,
        node_type=None,
        shards=0,
        replicas=0,
        automatic_failover=True,
        zones=len(zones(found, "subnetIds", part.graph)),
        global_member=False,
        serverless_gb=number(storage[0].get("maximum")) if storage else None,
        ecpu_per_second=whole(ecpu[0].get("maximum")) if ecpu else None,
    )


def main_queue(part: Part) -> Resource | None:
    """The queue of a component that is no other's dead-letter queue."""
    dead = {q.urn for r in part.of(_REDRIVE) for q in sources(r, "redrivePolicy", part.graph, QUEUE)}
    return next((queue for queue in part.of(QUEUE) if queue.urn not in dead), None)


def queue(part: Part) -> Queue:
    """A queue with what is said of its dead letters."""
    found = needed(main_queue(part))
    redrives = part.of(_REDRIVE)
    return Queue(
        urn=part.urn,
        name=part.name,
        fifo=known(found, "fifoQueue") is True,
        high_throughput=known(found, "fifoThroughputLimit") == "perMessageGroupId",
        visibility_seconds=needed(number(known(found, "visibilityTimeoutSeconds"))),
        retention_seconds=needed(number(known(found, "messageRetentionSeconds"))),
        has_dead_letters=bool(redrives),
        max_receive_count=_receives(redrives[0]) if redrives else None,
    )


def _receives(redrive: Resource) -> int | None:
    try:
        policy = json.loads(known(redrive, "redrivePolicy"))
    except (TypeError, ValueError):
        return None
    return whole(policy.get("maxReceiveCount")) if isinstance(policy, Mapping) else None
