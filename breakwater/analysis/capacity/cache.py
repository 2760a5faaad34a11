"""The cache: memory that can be used, clients against what a node takes, limits of a serverless one."""

from collections.abc import Iterator

from breakwater.analysis.capacity.terms import at_deployment, compared, shown
from breakwater.analysis.figures import Figure, least_sure
from breakwater.analysis.limits import limit
from breakwater.analysis.model import Cache, Region
from components._instance_classes import classes
from components._thresholds import CACHE_CONNECTIONS_MAX

CACHE = "cache"


def cache_figures(region: Region) -> Iterator[Figure]:
    """All figures of a region's cache."""
    cache = region.cache
    if cache is None:
        return
    if cache.nodes == 0:
        yield from _serverless(region, cache)
        return
    yield _memory(region, cache)
    yield _clients(region)


def usable_gib(cache: Cache) -> float | None:
    """GiB for keys in all shards: what is reserved for copies and snapshots is taken off; None for an unknown type."""
    node = classes("cache").get(cache.node_type or "")
    if node is None:
        return None
    reserved = float(limit("elasticache", "reserved_memory_percent").value)
    return cache.shards * node.memory_gib * (1 - reserved / 100)


def cache_clients(region: Region) -> int | None:
    """Programs that connect while all services are deployed at their maximum; None where it cannot be known."""
    functions = [f for f in region.functions if CACHE in f.connects]
    if any(f.concurrency is None for f in functions):
        return None
    tasks = sum(at_deployment(w) for w in region.workloads if CACHE in w.connects)
    jobs = sum(1 for job in region.jobs if CACHE in job.connects)
    return tasks + jobs + sum(f.concurrency or 0 for f in functions)


def _memory(region: Region, cache: Cache) -> Figure:
    reserved = limit("elasticache", "reserved_memory_percent")
    shards = f"{cache.shards} shards of " if cache.shards > 1 else ""
    return Figure(
        region=region.name,
        part=CACHE,
        name="memory for keys",
        value=usable_gib(cache),
        unit="GiB",
        limited_by=f"{shards}{cache.node_type}, {shown(float(reserved.value))} % reserved",
        status=least_sure(["doc", reserved.status]),
    )


def _clients(region: Region) -> Figure:
    value = cache_clients(region)
    cause = "how many functions run at once is not known"
    if value is not None:
        each = CACHE_CONNECTIONS_MAX // value if value else CACHE_CONNECTIONS_MAX
        cause = f"of one node, with one connection each; each program may keep {shown(each)}"
    return compared(
        Figure(
            region=region.name,
            part=CACHE,
            name="clients during a deployment",
            value=value,
            limit=CACHE_CONNECTIONS_MAX,
            limited_by=cause,
            status="doc",
        ),
        "lower the most tasks of what connects to the cache, or share connections",
    )


def _serverless(region: Region, cache: Cache) -> Iterator[Figure]:
    for name, value, unit, path in (
        ("memory for keys", cache.serverless_gb, "GB", "storage_gb"),
        ("processing units", cache.ecpu_per_second, "/s", "ecpu_per_second"),
    ):
        yield Figure(
            region=region.name,
            part=CACHE,
            name=name,
            value=value,
            unit=unit,
            limited_by=f"cache.serverless.{path}",
            status="declared",
        )
