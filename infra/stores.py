"""How tasks reach database and cache of their region: endpoints, edges between security groups, IAM permissions."""

from components.cache import Cache
from components.database import Database, DatabaseReplica
from infra.environment import Access

DATABASE_NAME = "app"
"""The one database."""
DATABASE_USER = "app"
"""Database user of all tasks, a member of rds_iam; migrations create it."""
CACHE_USER = "app"
"""Cache user of all tasks."""


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


def cache_access(cache: Cache) -> Access:
    """The region's own cache; nothing in it is copied to other regions."""
    return Access(
        variables={
            "CACHE_HOST": cache.primary_endpoint,
            "CACHE_READER_HOST": cache.reader_endpoint,
            "CACHE_PORT": str(cache.port),
            "CACHE_NAME": cache.replication_group_id,
            "CACHE_USER": cache.user_names[CACHE_USER],
        },
        statements=[cache.connect_statement(CACHE_USER)],
        groups={"cache": (cache.security_group_id, cache.port)},
    )
