"""Rules about the cache; those of the database are in a module of their own."""

from collections.abc import Iterator

from components._cache_nodes import NODES_MAX, check_nodes
from infra.settings._database import database_problems
from infra.settings._rules import component_rule, problem
from infra.settings.models import Cache, Settings
from infra.settings.problems import Problem

# ElastiCache User Guide: secondaries of a Global Datastore.
SECONDARIES_MAX = 2


def store_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of what holds data."""
    if settings.database:
        yield from database_problems(settings.database, settings)
    if settings.cache:
        yield from _cache(settings.cache, settings)


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
