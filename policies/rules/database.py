"""Databases are private, reached by IAM over TLS, and backed up."""

from collections.abc import Iterable
from typing import Any

from ._model import UNKNOWN, Properties, Rule, absent, block, items, off

_INSTANCES = frozenset({"aws:rds/instance:Instance"})
_BACKUP_DAYS = 7


def _private(properties: Properties) -> Iterable[str]:
    if properties.get("publiclyAccessible") in (True, "true"):
        yield "publiclyAccessible is true"


def _iam(properties: Properties) -> Iterable[str]:
    if off(properties.get("iamDatabaseAuthenticationEnabled")):
        yield "iamDatabaseAuthenticationEnabled is not true"


def _backups(properties: Properties) -> Iterable[str]:
    # The control exempts replicas: their source is backed up.
    if not absent(properties.get("replicateSourceDb")):
        return
    days: Any = properties.get("backupRetentionPeriod") or 0
    if days != UNKNOWN and days < _BACKUP_DAYS:
        yield f"backupRetentionPeriod is {days:g} days, less than {_BACKUP_DAYS}"


def _forces_tls(properties: Properties) -> Iterable[str]:
    if not str(properties.get("family")).startswith("postgres"):
        return
    for parameter in items(properties.get("parameters")):
        if block(parameter, "name") == "rds.force_ssl" and block(parameter, "value") not in ("1", UNKNOWN):
            yield "rds.force_ssl is not 1"


def _proxy_tls(properties: Properties) -> Iterable[str]:
    if off(properties.get("requireTls")):
        yield "requireTls is not true"


RULES = (
    Rule(
        name="database-private",
        description="Databases have no public address.",
        remedy="Leave publicly_accessible off, and use isolated subnets.",
        controls=("RDS.2",),
        types=_INSTANCES,
        check=_private,
    ),
    Rule(
        name="database-iam-authentication",
        description="Databases accept IAM tokens, replicas included.",
        remedy="Set iam_database_authentication_enabled.",
        controls=("RDS.10",),
        types=_INSTANCES,
        check=_iam,
    ),
    Rule(
        name="database-backups",
        description="Backups are kept for at least seven days.",
        remedy="Set backup_retention_period to 7 or more.",
        controls=("RDS.11",),
        types=_INSTANCES,
        check=_backups,
    ),
    Rule(
        name="database-forces-tls",
        description="PostgreSQL refuses connections without TLS.",
        remedy="Set the parameter rds.force_ssl to 1.",
        controls=("RDS.38",),
        types=frozenset({"aws:rds/parameterGroup:ParameterGroup"}),
        check=_forces_tls,
    ),
    Rule(
        name="proxy-requires-tls",
        description="RDS Proxy refuses connections without TLS.",
        remedy="Set require_tls.",
        controls=("RDS.43",),
        types=frozenset({"aws:rds/proxy:Proxy"}),
        check=_proxy_tls,
    ),
)
