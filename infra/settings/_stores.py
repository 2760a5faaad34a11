"""Rules about database and cache."""

import math
from collections.abc import Iterator

from components._cache_nodes import NODES_MAX, check_nodes
from components._instance_classes import database_class
from components._thresholds import max_connections
from infra.settings._rules import component_rule, listed, nearest, problem
from infra.settings.models import Cache, Database, Proxy, Settings
from infra.settings.problems import Path, Problem

# RDS User Guide: read replicas of one source; room that storage autoscaling needs; least useful pool of a proxy.
REPLICAS_MAX = 15
GROWTH_FACTOR = 1.1
PROXY_POOL_MIN = 30
# ElastiCache User Guide: secondaries of a Global Datastore.
SECONDARIES_MAX = 2


def store_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of what holds data."""
    if settings.database:
        yield from _database(settings.database)
        yield from _zones(settings.database, settings)
        yield from _remote_replicas(settings.database, settings)
        yield from _proxy(settings.database)
    if settings.cache:
        yield from _cache(settings.cache, settings)


def _database(database: Database) -> Iterator[Problem]:
    yield from component_rule(
        ("database", "instance_class"),
        "choose a class of the table",
        database_class,
        "instance_class",
        database.instance_class,
    )
    storage = database.storage
    if storage.maximum_gib < storage.initial_gib * GROWTH_FACTOR:
        yield problem(
            ("database", "storage", "maximum_gib"),
            f"{storage.maximum_gib} GiB leaves {storage.initial_gib} GiB too little room to grow",
            "at least a tenth above initial_gib",
            f"write {math.ceil(storage.initial_gib * GROWTH_FACTOR)} or more",
            ("database", "storage", "initial_gib"),
        )


def _zones(database: Database, settings: Settings) -> Iterator[Problem]:
    primaries = [name for name, region in settings.regions.items() if region.role == "primary"]
    if len(primaries) != 1:
        return
    known = settings.regions[primaries[0]].zones
    writer: Path = ("database", "writer_zone")
    for path, zone in [
        (writer, database.writer_zone),
        *((("database", "replicas", index), zone) for index, zone in enumerate(database.replicas)),
    ]:
        if zone is not None and zone not in known:
            message = f"the primary region, {primaries[0]}, has no zone {zone} in this stack"
            yield problem(path, message, listed(known), "choose one of these zones", ("regions",))
    for index, zone in enumerate(database.replicas):
        if zone in database.replicas[:index] or zone == database.writer_zone:
            message = f"{zone} holds the {'writer' if zone == database.writer_zone else 'replica before'} already"
            yield problem(("database", "replicas", index), message, "a zone of its own", "choose another zone", writer)
    if database.multi_az and database.writer_zone is not None:
        message, allowed = "a writer with standby moves between zones", "none, or `multi_az: false`"
        yield problem(writer, message, allowed, "remove it", ("database", "multi_az"))
    if database.replicas and not database.multi_az and database.writer_zone is None:
        message = "a writer without standby could share a replica's zone, and one outage would take both"
        yield problem(
            writer, message, listed(set(known) - set(database.replicas)), "add `writer_zone`", ("database", "replicas"),
            ("database", "multi_az"),
        )  # fmt: skip


def _remote_replicas(database: Database, settings: Settings) -> Iterator[Problem]:
    remote: Path = ("database", "remote_replicas")
    for name in database.remote_replicas:
        if name not in settings.regions:
            meant = nearest(name, settings.regions)
            remedy = f"write {meant}" if meant else f"add `regions.{name}`, or remove the replica"
            message = f"the stack has no region {name}"
            yield problem((*remote, name), message, listed(settings.regions), remedy, ("regions", name))
        elif settings.regions[name].role == "primary":
            message = f"{name} is the primary region"
            remedy = "name zones under `replicas` instead"
            yield problem((*remote, name), message, "standby regions", remedy, ("regions", name, "role"))
    users = [*settings.services.items(), *settings.workers.items(), *settings.jobs.items()]
    for name, region in settings.regions.items():
        if region.role != "primary" and name not in database.remote_replicas:
            for user, container in users:
                if "database" in container.connects:
                    message = f"{user} runs in {name} and connects to the database, but {name} has none"
                    remedy = f"add `{name}: {{}}` to `database.remote_replicas`"
                    yield problem(remote, message, "a replica in each standby region", remedy, ("regions", name))
                    break
    count = len(database.replicas) + len(database.remote_replicas)
    if count > REPLICAS_MAX:
        yield problem(remote, f"{count} replicas", f"at most {REPLICAS_MAX} of one source", "remove some", ("regions",))


def _proxy(database: Database) -> Iterator[Problem]:
    proxy = database.proxy
    if proxy:
        yield from _pool(database, proxy)
    if proxy and proxy.max_idle_connections_percent > proxy.max_connections_percent:
        path: Path = ("database", "proxy")
        yield problem(
            (*path, "max_idle_connections_percent"),
            f"{proxy.max_idle_connections_percent} percent is more than the {proxy.max_connections_percent} it opens",
            "at most max_connections_percent",
            f"write {proxy.max_connections_percent} or less",
            (*path, "max_connections_percent"),
        )


def _pool(database: Database, proxy: Proxy) -> Iterator[Problem]:
    try:
        size = database_class("instance_class", database.instance_class)
    except ValueError:
        return
    connections = max_connections(size.memory_gib)
    pool = connections * proxy.max_connections_percent // 100
    if pool < PROXY_POOL_MIN:
        percent = math.ceil(100 * PROXY_POOL_MIN / connections)
        yield problem(
            ("database", "proxy", "max_connections_percent"),
            f"{proxy.max_connections_percent} percent of {connections} connections are a pool of {pool}",
            f"a pool of at least {PROXY_POOL_MIN} connections",
            f"write {percent} or more, or take a larger instance_class",
            ("database", "instance_class"),
        )


def _cache(cache: Cache, settings: Settings) -> Iterator[Problem]:
    if (cache.node_type is None) == (cache.serverless is None):
        yield problem(
            ("cache",),
            "it has neither nodes nor serverless limits" if cache.node_type is None else "nodes and serverless limits",
            "`node_type` or `serverless`",
            "add `node_type: cache.t4g.micro`" if cache.node_type is None else "remove one of the two",
            ("cache", "node_type"),
            ("cache", "serverless"),
        )
    elif cache.node_type is not None:
        yield from component_rule(
            ("cache", "node_type"),
            "choose a type of the table",
            check_nodes,
            cache.node_type,
            replicated=cache.global_datastore,
            involves=(("cache", "global_datastore"),),
        )
    else:
        yield from _nodes_only(cache)
    yield from _shards(cache)
    others = len(settings.regions) - 1
    if cache.global_datastore and others > SECONDARIES_MAX:
        yield problem(
            ("cache", "global_datastore"),
            f"{others} regions would copy the primary one's cache",
            f"at most {SECONDARIES_MAX}",
            "set it to false, or remove a region",
            ("regions",),
        )
    if settings.protect and cache.snapshot_retention_days < 1:
        yield problem(
            ("cache", "snapshot_retention_days"),
            "no snapshots, which production needs",
            "1 to 35 in production",
            "write 1 or more",
            ("class",),
        )


def _nodes_only(cache: Cache) -> Iterator[Problem]:
    for field in ("replicas", "shards", "global_datastore", "eviction_policy"):
        if field in cache.model_fields_set and getattr(cache, field) != Cache.model_fields[field].default:
            yield problem(
                ("cache", field),
                "a serverless cache has none",
                "with `node_type` only",
                "remove it",
                ("cache", "serverless"),
            )


def _shards(cache: Cache) -> Iterator[Problem]:
    nodes = (cache.shards or 1) * (cache.replicas + 1)
    if nodes > NODES_MAX:
        yield problem(
            ("cache", "shards"),
            f"{cache.shards} shards with {cache.replicas} replicas each are {nodes} nodes",
            f"at most {NODES_MAX}",
            "lower one of the two",
            ("cache", "replicas"),
        )
