"""From the settings to database and cache of a region, and how tasks reach them: endpoints, edges, IAM permissions."""

import hashlib
import re
from typing import Any

import pulumi

from components._cache_access import ORDINARY_ACCESS, Commands, access_string
from components.cache import Cache, CacheArgs
from components.database import Database, DatabaseArgs, DatabaseReplica, DatabaseReplicaArgs, ProxyArgs
from components.dns import PrivateZone
from components.network import Network
from components.serverless_cache import ServerlessCache, ServerlessCacheArgs
from infra.environment import CACHE_USER, Access
from infra.network import private_domain
from infra.place import Place
from infra.settings import Settings
from infra.settings.models import Cache as CacheSettings
from infra.settings.models import Database as DatabaseSettings
from infra.settings.models import Proxy as ProxySettings
from infra.settings.models import Serverless as ServerlessSettings

DATABASE_NAME = "app"
"""The one database."""
DATABASE_USER = "app"
"""Database user of all tasks, a member of rds_iam; migrations create it."""
# AWS allows a database's identifier 63 characters, a cache's 40; replicas, proxy, users, final snapshots append to it.
_DATABASE_IDENTIFIER_MAX, _CACHE_IDENTIFIER_MAX = 50, 32


def create_database(
    at: Place, network: Network, private_zone: PrivateZone, opts: pulumi.ResourceOptions
) -> Database | None:
    """The writer, in the primary region."""
    database = at.settings.database
    if database is None or not at.is_primary:
        return None
    return Database(
        at.name("database"),
        DatabaseArgs(
            **_instance_settings(database, at, network, private_zone),
            database_name=DATABASE_NAME,
            multi_az=database.multi_az,
            writer_zone=database.writer_zone,
            replicas=database.replicas,
            proxy=_proxy(database.proxy),
            backup_retention_days=database.backup_retention_days,
        ),
        opts=opts,
    )


def create_replica(
    at: Place, network: Network, private_zone: PrivateZone, source: Database | None, opts: pulumi.ResourceOptions
) -> DatabaseReplica | None:
    """A copy of another region's writer."""
    database = at.settings.database
    if database is None or source is None or at.region not in database.remote_replicas:
        return None
    return DatabaseReplica(
        at.name("database"),
        DatabaseReplicaArgs(
            **_instance_settings(database, at, network, private_zone),
            source_arn=source.writer_arn,
            source_region=at.settings.primary_region,
            multi_az=database.remote_replicas[at.region].multi_az,
        ),
        opts=opts,
    )


def _instance_settings(
    database: DatabaseSettings, at: Place, network: Network, private_zone: PrivateZone
) -> dict[str, Any]:
    """What the writer in one region and the replica in another have in common."""
    return {
        "vpc_id": network.vpc_id,
        "subnet_ids": network.isolated_subnet_ids,
        "region": at.region,
        "account_id": at.account_id,
        "identifier": store_identifier("database", _DATABASE_IDENTIFIER_MAX),
        "instance_class": database.instance_class,
        "engine_version": database.engine_version,
        "allocated_storage_gib": database.storage.initial_gib,
        "max_allocated_storage_gib": database.storage.maximum_gib,
        "keys": at.keys,
        "alarms": at.alarms,
        "private_zone_id": private_zone.zone_id,
        "reader_name": f"reader.{private_domain(at.settings)}",
        "replica_lag_alarm_seconds": database.replica_lag_alarm_seconds,
        "log_retention_days": at.settings.log_retention_days,
        "protect": at.settings.protect,
    }


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
    shared = any("cache" in c.connects and c.cache_access is None for c in settings.containers.values())
    return {CACHE_USER: ORDINARY_ACCESS, **users} if shared or not users else users


def database_stores(database: Database | None, replica: DatabaseReplica | None) -> dict[str, Access]:
    """How `database` is used in a region; nothing where the region has none."""
    if database is not None:
        return {"database": database_access(database)}
    if replica is not None:
        return {"database": replica_access(replica)}
    return {}


def database_access(database: Database) -> Access:
    """Writing through the proxy where there is one, reading from the replicas."""
    groups = {"database": (database.write_security_group_id, database.write_port)}
    if database.proxy_endpoint is not None:
        groups["database-reader"] = (database.security_group_id, database.port)
    return Access(
        variables={
            "DATABASE_HOST": database.write_endpoint,
            "DATABASE_PORT": str(database.write_port),
            "DATABASE_READER_HOST": database.reader_endpoint,
            "DATABASE_READER_PORT": str(database.port),
            "DATABASE_NAME": DATABASE_NAME,
            "DATABASE_USER": DATABASE_USER,
        },
        statements=[database.connect_statement(DATABASE_USER)],
        groups=groups,
    )


def replica_access(replica: DatabaseReplica) -> Access:
    """In a standby both names lead to its replica: read-only until an operator promotes it, then writable in place."""
    return Access(
        variables={
            "DATABASE_HOST": replica.address,
            "DATABASE_PORT": str(replica.port),
            "DATABASE_READER_HOST": replica.reader_endpoint,
            "DATABASE_READER_PORT": str(replica.port),
            "DATABASE_NAME": DATABASE_NAME,
            "DATABASE_USER": DATABASE_USER,
        },
        statements=[replica.connect_statement(DATABASE_USER)],
        groups={"database": (replica.security_group_id, replica.port)},
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


def _proxy(proxy: ProxySettings | None) -> ProxyArgs | None:
    if proxy is None:
        return None
    return ProxyArgs(
        users=[DATABASE_USER],
        target=proxy.target,
        max_connections_percent=proxy.max_connections_percent,
        max_idle_connections_percent=proxy.max_idle_connections_percent,
        idle_client_timeout_seconds=proxy.idle_client_timeout_seconds,
        borrow_timeout_seconds=proxy.borrow_timeout_seconds,
    )


def store_identifier(role: str, longest: int) -> str:
    """Unique in an account and region whatever the stack's name, and no longer than what AWS takes."""
    text = re.sub(r"[^a-z0-9]+", "-", f"{pulumi.get_project()}-{pulumi.get_stack()}-{role}".lower()).strip("-")
    if len(text) <= longest:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    return f"{text[: longest - 7].rstrip('-')}-{digest}"
