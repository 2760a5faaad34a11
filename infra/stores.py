"""From the settings to the cache of a region; how tasks reach it and the database: endpoints, edges, permissions."""

import dataclasses
import hashlib
import re

import pulumi

from components._cache_access import ORDINARY_ACCESS, Commands, access_string
from components.cache import Cache, CacheArgs
from components.database import Database, DatabaseReplica
from components.network import Network
from components.serverless_cache import ServerlessCache, ServerlessCacheArgs
from infra.environment import CACHE_USER, Access
from infra.place import Place
from infra.settings import Settings
from infra.settings.models import Cache as CacheSettings
from infra.settings.models import Pool
from infra.settings.models import Serverless as ServerlessSettings

DATABASE_NAME = "app"
"""The one database."""
DATABASE_USER = "app"
"""Database user of all tasks, a member of rds_iam; migrations create it."""
# AWS allows a database's identifier 63 characters, a cache's 40; replicas, proxy, users, final snapshots append to it.
DATABASE_IDENTIFIER_MAX, _CACHE_IDENTIFIER_MAX = 50, 32


def create_cache(
    at: Place, network: Network, source: Cache | ServerlessCache | None, opts: pulumi.ResourceOptions
) -> Cache | ServerlessCache | None:
    """The region's own cache, or its copy of the primary region's (`source`)."""
    cache = at.settings.cache
    if cache is None:
        return None
    if cache.serverless is not None:
        return _create_serverless_cache(cache, cache.serverless, at, network, opts)
    return Cache(
        at.name("cache"),
        CacheArgs(
            vpc_id=network.vpc_id,
            subnet_ids=network.isolated_subnet_ids,
            node_type=str(cache.node_type),
            keys=at.keys,
            alarms=at.alarms,
            replicas=cache.replicas,
            shards=cache.shards,
            engine_version=cache.engine_version,
            replicated=cache.global_datastore and at.is_primary,
            global_id=source.global_id if isinstance(source, Cache) else None,
            identifier=store_identifier("cache", _CACHE_IDENTIFIER_MAX),
            users=cache_users(at.settings),
            eviction_policy=cache.eviction_policy,
            snapshot_retention_days=cache.snapshot_retention_days,
            log_retention_days=at.settings.log_retention_days,
            protect=at.settings.protect,
        ),
        opts=opts,
    )


def _create_serverless_cache(
    cache: CacheSettings, limits: ServerlessSettings, at: Place, network: Network, opts: pulumi.ResourceOptions
) -> ServerlessCache:
    return ServerlessCache(
        at.name("cache"),
        ServerlessCacheArgs(
            vpc_id=network.vpc_id,
            subnet_ids=network.isolated_subnet_ids,
            storage_gb=limits.storage_gb,
            ecpu_per_second=limits.ecpu_per_second,
            kms_key_arn=at.keys.data,
            alarms=at.alarms,
            major_version=cache.engine_version.partition(".")[0],
            identifier=store_identifier("cache", _CACHE_IDENTIFIER_MAX),
            users=cache_users(at.settings),
            snapshot_retention_days=cache.snapshot_retention_days,
            protect=at.settings.protect,
        ),
        opts=opts,
    )


def cache_users(settings: Settings) -> dict[str, str]:
    """User -> access string: one for each workload with an access of its own, and the one that the others share."""
    users = {
        name: access_string(
            Commands(container.cache_access.commands),
            key_prefixes=container.cache_access.key_prefixes,
            channels=container.cache_access.channels,
        )
        for name, container in settings.containers.items()
        if container.cache_access is not None
    }
    shared = any("cache" in c.connects and c.cache_access is None for c in settings.containers.values()) or any(
        "cache" in function.connects for function in settings.functions.values()
    )
    return {CACHE_USER: ORDINARY_ACCESS, **users} if shared or not users else users


def database_stores(
    at: Place, database: Database | None, replica: DatabaseReplica | None, writer: Database | None
) -> dict[str, Access]:
    """How `database` is used in a region; nothing where the region has none. `writer` is the primary region's."""
    if database is not None:
        return {"database": database_access(database, at.region)}
    if replica is None:
        return {}
    if at.own.role == "active" and writer is not None:
        primary = at.settings.primary_region
        return {"database": active_access(writer, replica, primary, at.settings.regions[primary].cidr)}
    return {"database": replica_access(replica, at.region)}


def database_access(database: Database, region: str) -> Access:
    """Writing through the proxy where there is one, reading from the replicas."""
    groups = {"database": (database.write_security_group_id, database.write_port)}
    if database.proxy_endpoint is not None:
        groups["database-reader"] = (database.security_group_id, database.port)
    return Access(
        variables={
            "DATABASE_HOST": database.write_endpoint,
            "DATABASE_PORT": str(database.write_port),
            "DATABASE_REGION": region,
            "DATABASE_READER_HOST": database.reader_endpoint,
            "DATABASE_READER_PORT": str(database.port),
            "DATABASE_NAME": DATABASE_NAME,
            "DATABASE_USER": DATABASE_USER,
        },
        statements=[database.connect_statement(DATABASE_USER)],
        groups=groups,
    )


def replica_access(replica: DatabaseReplica, region: str) -> Access:
    """In a standby both names lead to its replica: read-only until an operator promotes it, then writable in place."""
    return Access(
        variables={
            "DATABASE_HOST": replica.address,
            "DATABASE_PORT": str(replica.port),
            "DATABASE_REGION": region,
            "DATABASE_READER_HOST": replica.reader_endpoint,
            "DATABASE_READER_PORT": str(replica.port),
            "DATABASE_NAME": DATABASE_NAME,
            "DATABASE_USER": DATABASE_USER,
        },
        statements=[replica.connect_statement(DATABASE_USER)],
        groups={"database": (replica.security_group_id, replica.port)},
    )


def active_access(writer: Database, replica: DatabaseReplica, primary: str, primary_cidr: str) -> Access:
    """In an active region: writing in the primary region, through the joint of the two networks, reading nearby."""
    return Access(
        variables={
            "DATABASE_HOST": writer.write_endpoint,
            "DATABASE_PORT": str(writer.write_port),
            "DATABASE_REGION": primary,
            "DATABASE_READER_HOST": replica.reader_endpoint,
            "DATABASE_READER_PORT": str(replica.port),
            "DATABASE_NAME": DATABASE_NAME,
            "DATABASE_USER": DATABASE_USER,
        },
        statements=[writer.connect_statement(DATABASE_USER), replica.connect_statement(DATABASE_USER)],
        groups={"database-reader": (replica.security_group_id, replica.port)},
        ranges={"database": (primary_cidr, writer.write_port)},
    )


def with_pool(database: Access, pool: Pool) -> Access:
    """How the database is used by programs that keep such a pool of connections."""
    return dataclasses.replace(
        database,
        variables={
            **database.variables,
            "DATABASE_POOL_SIZE": str(pool.connections),
            "DATABASE_POOL_IDLE_SECONDS": str(pool.idle_seconds),
            "DATABASE_POOL_CONNECT_SECONDS": str(pool.connect_timeout_seconds),
        },
    )


def cache_access(cache: Cache | ServerlessCache, user: str) -> Access:
    """Connecting to the region's cache as one of its users."""
    variables: dict[str, pulumi.Input[str]] = {
        "CACHE_HOST": cache.primary_endpoint,
        "CACHE_READER_HOST": cache.reader_endpoint,
        "CACHE_PORT": str(cache.port),
        "CACHE_NAME": cache.replication_group_id if isinstance(cache, Cache) else cache.cache_name,
        "CACHE_USER": cache.user_names[user],
    }
    groups = {"cache": (cache.security_group_id, cache.port)}
    if isinstance(cache, Cache):
        # A cache of one shard is what a client expects when nothing is said.
        mode = {"CACHE_MODE": "cluster"} if cache.sharded else {}
        return Access(variables={**variables, **mode}, statements=[cache.connect_statement(user)], groups=groups)
    return Access(
        # Its name for reading answers at another port; clients find it by themselves, and may connect there.
        variables={**variables, "CACHE_READER_HOST": cache.primary_endpoint, "CACHE_MODE": "serverless"},
        statements=[cache.connect_statement(user)],
        groups={**groups, "cache-reader": (cache.security_group_id, cache.reader_port)},
    )


def store_identifier(role: str, longest: int) -> str:
    """Unique in an account and region whatever the stack's name, and no longer than what AWS takes."""
    text = re.sub(r"[^a-z0-9]+", "-", f"{pulumi.get_project()}-{pulumi.get_stack()}-{role}".lower()).strip("-")
    if len(text) <= longest:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    return f"{text[: longest - 7].rstrip('-')}-{digest}"
