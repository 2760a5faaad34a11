"""What databases and caches cost while nobody uses them."""

from collections.abc import Iterator, Mapping
from typing import Any

from breakwater.analysis.cost.item import Counter, Line
from breakwater.analysis.limits import limit
from breakwater.analysis.prices import HOURS
from breakwater.analysis.properties import INSTANCE, items, known, number, sources, storage_gib, text, whole
from breakwater.graph import Resource, ResourceGraph

_TARGET = "aws:rds/proxyTarget:ProxyTarget"
_FREE_INSIGHTS_DAYS = 7


def _instance(resource: Resource, graph: ResourceGraph) -> Iterator[Line]:
    zones = "multi_az" if known(resource, "multiAz") is True else "single_az"
    class_ = text(known(resource, "instanceClass")) or "unknown_class"
    engine = text(known(resource, "engine")) or "postgres"
    yield Line(f"rds_{engine}", f"{class_}.{zones}_hour", HOURS)
    gib = storage_gib(resource, graph)
    if gib is None:
        yield Line("rds_storage", "unknown_size", 1)
    else:
        yield from _storage(resource, gib, zones)
    if known(resource, "databaseInsightsMode") == "advanced":
        yield Line("database_insights", "advanced_vcpu_hour", HOURS * vcpus(class_))
    elif (number(known(resource, "performanceInsightsRetentionPeriod")) or 0) > _FREE_INSIGHTS_DAYS:
        yield Line("database_insights", "longer_retention_vcpu_month", vcpus(class_))
    if known(resource, "publiclyAccessible") is True:
        yield Line("vpc", "public_ipv4_hour", HOURS)


def _storage(resource: Resource, gib: float, zones: str) -> Iterator[Line]:
    kind = text(known(resource, "storageType")) or "gp3"
    yield Line("rds_storage", f"{kind}_gb_month_{zones}", gib)
    if kind != "gp3":
        if iops := number(known(resource, "iops")):
            yield Line("rds_storage", f"{kind}_iops_month", iops)
        return
    included = limit("rds_storage", "gp3_included").value
    baseline = included["large" if gib >= included["large_from_gib"] else "small"]
    suffix = "_multi_az" if zones == "multi_az" else ""
    for what, name in (("iops", "iops"), ("storageThroughput", "mibps")):
        above = (number(known(resource, what)) or 0) - baseline[name]
        if above > 0:
            yield Line("rds_storage", f"gp3_{name}_month_above_baseline{suffix}", above)


def _proxy(resource: Resource, graph: ResourceGraph) -> Iterator[Line]:
    """By the vCPUs of the instance behind it, two at least."""
    least: int = limit("rds_proxy", "min_billed_vcpu").value
    for target in graph.of(_TARGET):
        if resource.urn in target.property_dependencies.get("dbProxyName", ()):
            for instance in sources(target, "dbInstanceIdentifier", graph, INSTANCE):
                if class_ := text(known(instance, "instanceClass")):
                    yield Line("rds_proxy", "vcpu_hour", HOURS * max(least, vcpus(class_)))
                    return
    yield Line("rds_proxy", "unknown_target", 1)


def vcpus(instance_class: str) -> int:
    """Of a class such as db.r7g.2xlarge: two up to large, four in an xlarge, and its multiples."""
    size = instance_class.rpartition(".")[2]
    times = size.removesuffix("xlarge")
    return 2 if times == size else 4 * int(times or 1) if times.isdigit() or not times else 4


def _cache(resource: Resource, graph: ResourceGraph) -> Iterator[Line]:
    shards = whole(_of_primary(resource, graph, "numNodeGroups"))
    if known(resource, "numCacheClusters") is not None and "numNodeGroups" not in resource.inputs:
        shards = None
    nodes = shards * (1 + (whole(known(resource, "replicasPerNodeGroup")) or 0)) if shards else None
    nodes = nodes or whole(known(resource, "numCacheClusters")) or 1
    kind, engine = (text(_of_primary(resource, graph, name)) for name in ("nodeType", "engine"))
    yield Line("elasticache", f"{kind or 'unknown_node_type'}.{engine or 'valkey'}_hour", HOURS * nodes)


def _of_primary(resource: Resource, graph: ResourceGraph, name: str) -> Any:
    """What a replication group has; a secondary of a Global Datastore takes it from the primary, by way of that."""
    if (own := known(resource, name)) is not None:
        return own
    for datastore in sources(resource, "globalReplicationGroupId", graph, _DATASTORE):
        for primary in sources(datastore, "primaryReplicationGroupId", graph, resource.type):
            return known(primary, name)
    return None


_DATASTORE = "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"


def _serverless(resource: Resource, _: ResourceGraph) -> Iterator[Line]:
    """The data that is billed at least; what is beyond that is billed by use."""
    engine = text(known(resource, "engine")) or "valkey"
    minimum: Mapping[str, float] = limit("elasticache", "serverless_minimum_gb").value
    set_ = {
        name: number(data.get("minimum"))
        for limits in items(known(resource, "cacheUsageLimits"))
        for name in ("dataStorage", "ecpuPerSeconds")
        for data in items(limits.get(name))
    }
    least = max(minimum.get(engine, 1), set_.get("dataStorage") or 0)
    yield Line("elasticache", f"serverless.{engine}_gb_hour", HOURS * least)
    if ecpus := set_.get("ecpuPerSeconds"):
        yield Line("elasticache", f"serverless.{engine}_ecpu_million", ecpus * HOURS * 3_600 / 1_000_000)


COUNTED: Mapping[str, Counter] = {
    INSTANCE: _instance,
    "aws:rds/proxy:Proxy": _proxy,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:elasticache/serverlessCache:ServerlessCache": _serverless,
}
