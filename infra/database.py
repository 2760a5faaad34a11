"""From the settings to the database of a region: the writer, or a replica of another region's, or its backups."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from components.database import Database, DatabaseArgs, DatabaseReplica, DatabaseReplicaArgs, ProxyArgs
from components.database_backups import BackupCopy, BackupCopyArgs
from components.dns import PrivateZone
from components.network import Network
from components.security import RangeIngress, RangeIngressArgs
from infra.environment import logical_name
from infra.network import private_domain
from infra.place import Place
from infra.providers import with_provider
from infra.settings import Settings
from infra.settings.models import Database as DatabaseSettings
from infra.settings.models import Proxy as ProxySettings
from infra.stores import DATABASE_IDENTIFIER_MAX, DATABASE_NAME, DATABASE_USER, store_identifier

if TYPE_CHECKING:
    from infra.region import Region


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
            replica_maintenance_window=database.replica_maintenance_window,
            backup_retention_days=database.backup_retention_days,
            master_password_version=database.master_password_version,
            managed_master_password=database.managed_master_password,
            blue_green_updates=database.blue_green_updates,
            maintenance_window=database.maintenance_window,
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
    remote = database.remote_replicas[at.region]
    own_days = remote.backup_retention_days
    return DatabaseReplica(
        at.name("database"),
        DatabaseReplicaArgs(
            **_instance_settings(database, at, network, private_zone),
            source_arn=source.writer_arn,
            source_region=at.settings.primary_region,
            multi_az=remote.multi_az,
            backup_retention_days=database.backup_retention_days if own_days is None else own_days,
            maintenance_window=database.replica_maintenance_window,
        ),
        opts=opts,
    )


def create_backup_copy(at: Place, source: Database | None, opts: pulumi.ResourceOptions) -> BackupCopy | None:
    """The backups of another region's writer."""
    database = at.settings.database
    if database is None or source is None or at.region not in database.backup_copies:
        return None
    return BackupCopy(
        at.name("database-backups"),
        BackupCopyArgs(
            source_arn=source.writer_arn,
            source_region=at.settings.primary_region,
            region=at.region,
            kms_key_arn=at.keys.data,
            retention_days=database.backup_copies[at.region].retention_days,
        ),
        opts=opts,
    )


def admit_active_regions(
    settings: Settings, regions: Mapping[str, "Region"], providers: Mapping[str, aws.Provider]
) -> None:
    """Let the tasks of active regions connect to the primary region's writer."""
    primary = settings.primary_region
    writer = regions[primary].database
    if writer is None or not settings.connects_to("database"):
        return
    for name, region in regions.items():
        if settings.regions[name].role == "active":
            RangeIngress(
                logical_name(primary, f"database-from-{name}"),
                RangeIngressArgs(
                    security_group_id=writer.write_security_group_id,
                    ranges=region.network.private_cidrs,
                    port=writer.write_port,
                    description=f"Tasks in {name} to the writer",
                ),
                opts=with_provider(providers[primary]),
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
        "identifier": store_identifier("database", DATABASE_IDENTIFIER_MAX),
        "instance_class": database.instance_class,
        "engine_version": database.engine_version,
        "allocated_storage_gib": database.storage.initial_gib,
        "max_allocated_storage_gib": database.storage.maximum_gib,
        "iops": database.storage.iops,
        "throughput_mibps": database.storage.throughput_mibps,
        "parameters": database.parameters,
        "slow_query_milliseconds": database.slow_query_milliseconds,
        "insights": database.insights,
        "monitoring_interval_seconds": database.monitoring_interval_seconds,
        "backup_window": database.backup_window,
        "allow_major_version_upgrade": database.allow_major_version_upgrade,
        "apply_immediately": database.apply_immediately,
        "keys": at.keys,
        "alarms": at.alarms,
        "private_zone_id": private_zone.zone_id,
        "reader_name": f"reader.{private_domain(at.settings)}",
        "replica_lag_alarm_seconds": database.replica_lag_alarm_seconds,
        "log_retention_days": at.settings.log_retention_days,
        "protect": at.settings.protect,
    }


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
        query_latency_alarm_milliseconds=proxy.query_latency_alarm_milliseconds,
    )
