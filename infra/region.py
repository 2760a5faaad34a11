"""One region of the platform: network, entry, services, workers, jobs and stores, wired together.

Children: network, private zone, load balancer, cluster, queues; the database or a replica of another region's; cache;
services, workers, jobs.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import pulumi

from components.alarms import AlarmTarget
from components.cache import Cache, CacheArgs
from components.cluster import Cluster, ClusterArgs
from components.database import Database, DatabaseArgs, DatabaseReplica, DatabaseReplicaArgs, ProxyArgs
from components.dns import PrivateZone, PrivateZoneArgs, regional_name
from components.job import Job
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network import Nat, Network, NetworkArgs
from components.queue import Queue, QueueArgs
from components.service import WebService, Worker
from infra.environment import Access, logical_name
from infra.settings import Settings
from infra.settings.models import Database as DatabaseSettings
from infra.settings.models import Proxy as ProxySettings
from infra.settings.routing import PRIVATE_LABEL, hosts
from infra.stores import DATABASE_NAME, DATABASE_USER, cache_access, database_access, replica_access
from infra.workloads import Surroundings, backlog_alarms, create_job, create_service, create_worker

# AWS allows a database's identifier 63 characters, a cache's 40; replicas, proxy, users, final snapshots append to it.
_DATABASE_IDENTIFIER_MAX, _CACHE_IDENTIFIER_MAX = 50, 32


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionArgs:
    """Which region, and what it shares with the others."""

    settings: Settings
    """The stack's settings."""
    region: str
    """Region, one of the settings'."""
    account_id: pulumi.Input[str]
    """Account of the stack."""
    kms_key_arn: pulumi.Input[str]
    """The stack's key in this region."""
    alarms: AlarmTarget
    """Where the region's alarms go."""
    zone_id: pulumi.Input[str]
    """The platform's public zone."""
    source: Database | None = None
    """Database of the primary region, which a standby copies; default none: this is the primary region."""


class Region(pulumi.ComponentResource):
    """Everything the stack has in one region.

    A standby has the same as the primary, so that it can take over: services and workers run, with the numbers of tasks
    that the settings give it; workers read the standby's own queues, which fill only when its services get traffic;
    jobs are there with their schedules switched off, because a job must not run twice; of the database it has a read
    replica, which an operator promotes.
    """

    network: Network
    load_balancer: LoadBalancer
    cluster: Cluster
    queues: dict[str, Queue]
    database: Database | None
    replica: DatabaseReplica | None
    cache: Cache | None
    services: dict[str, WebService]
    workers: dict[str, Worker]
    jobs: dict[str, Job]

    def __init__(self, name: str, args: RegionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:region:Region", name, None, opts)
        self._args, self._settings = args, args.settings
        self._region = args.settings.regions[args.region]
        self._child = pulumi.ResourceOptions(parent=self)
        self.network = self._create_network()
        self._private_zone = self._create_private_zone()
        self.load_balancer = self._create_load_balancer()
        self.cluster = self._create_cluster()
        self.queues = {key: self._create_queue(key) for key in self._settings.queues}
        self.database = self._create_database()
        self.replica = self._create_replica()
        self.cache = self._create_cache()
        at = self._surroundings()
        self.services = {key: create_service(key, at, self._child) for key in self._settings.services}
        self.workers = {key: create_worker(key, at, self._child) for key in self._settings.workers}
        self.jobs = {key: create_job(key, at, self._child) for key in self._settings.jobs}
        self.register_outputs({})

    def _child_name(self, role: str) -> str:
        return logical_name(self._args.region, role)

    def _create_network(self) -> Network:
        return Network(
            self._child_name("network"),
            NetworkArgs(
                cidr=self._region.cidr,
                zones=self._region.zones,
                nat=Nat(self._region.nat),
                kms_key_arn=self._args.kms_key_arn,
                account_id=self._args.account_id,
                alarms=self._args.alarms,
                flow_log_retention_days=self._settings.log_retention_days,
                interface_endpoints=self._region.interface_endpoints,
            ),
            opts=self._child,
        )

    @property
    def _private_domain(self) -> str:
        return f"{PRIVATE_LABEL}.{self._settings.domain.name}"

    def _create_private_zone(self) -> PrivateZone:
        """The same names in each region, each leading to the region's own."""
        return PrivateZone(
            self._child_name("private-zone"),
            PrivateZoneArgs(domain=self._private_domain, vpc_id=self.network.vpc_id),
            opts=self._child,
        )

    def _create_load_balancer(self) -> LoadBalancer:
        first, *further = certificate_names(self._settings, self._args.region)
        return LoadBalancer(
            self._child_name("balancer"),
            LoadBalancerArgs(
                vpc_id=self.network.vpc_id,
                subnet_ids=self.network.public_subnet_ids,
                domain_name=first,
                subject_alternative_names=further,
                zone_id=self._args.zone_id,
                alarms=self._args.alarms,
                protect=self._settings.protect,
            ),
            opts=self._child,
        )

    def _create_cluster(self) -> Cluster:
        return Cluster(
            self._child_name("cluster"),
            ClusterArgs(
                kms_key_arn=self._args.kms_key_arn,
                log_retention_days=self._settings.log_retention_days,
            ),
            opts=self._child,
        )

    def _create_queue(self, key: str) -> Queue:
        queue = self._settings.queues[key]
        return Queue(
            self._child_name(key),
            QueueArgs(
                kms_key_arn=self._args.kms_key_arn,
                alarms=self._args.alarms,
                fifo=queue.fifo,
                visibility_timeout_seconds=queue.visibility_timeout_seconds,
                retention_seconds=queue.retention_seconds,
                dead_letter_retention_seconds=queue.dead_letter_retention_seconds,
                max_receive_count=queue.max_receive_count,
                protect=self._settings.protect,
                **backlog_alarms(key, self._settings, self._args.region),
            ),
            opts=self._child,
        )

    def _create_database(self) -> Database | None:
        database = self._settings.database
        if database is None or self._region.role != "primary":
            return None
        return Database(
            self._child_name("database"),
            DatabaseArgs(
                **self._instance_settings(database),
                database_name=DATABASE_NAME,
                multi_az=database.multi_az,
                writer_zone=database.writer_zone,
                replicas=database.replicas,
                proxy=_proxy(database.proxy),
                backup_retention_days=database.backup_retention_days,
            ),
            opts=self._child,
        )

    def _create_replica(self) -> DatabaseReplica | None:
        database, source = self._settings.database, self._args.source
        if database is None or source is None or self._args.region not in database.remote_replicas:
            return None
        return DatabaseReplica(
            self._child_name("database"),
            DatabaseReplicaArgs(
                **self._instance_settings(database),
                source_arn=source.writer_arn,
                source_region=self._settings.primary_region,
                multi_az=database.remote_replicas[self._args.region].multi_az,
            ),
            opts=self._child,
        )

    def _instance_settings(self, database: DatabaseSettings) -> dict[str, Any]:
        """What the writer in one region and the replica in another have in common."""
        return {
            "vpc_id": self.network.vpc_id,
            "subnet_ids": self.network.isolated_subnet_ids,
            "region": self._args.region,
            "account_id": self._args.account_id,
            "identifier": store_identifier("database", _DATABASE_IDENTIFIER_MAX),
            "instance_class": database.instance_class,
            "engine_version": database.engine_version,
            "allocated_storage_gib": database.storage.initial_gib,
            "max_allocated_storage_gib": database.storage.maximum_gib,
            "kms_key_arn": self._args.kms_key_arn,
            "alarms": self._args.alarms,
            "private_zone_id": self._private_zone.zone_id,
            "reader_name": f"reader.{self._private_domain}",
            "replica_lag_alarm_seconds": database.replica_lag_alarm_seconds,
            "log_retention_days": self._settings.log_retention_days,
            "protect": self._settings.protect,
        }

    def _create_cache(self) -> Cache | None:
        cache = self._settings.cache
        if cache is None:
            return None
        return Cache(
            self._child_name("cache"),
            CacheArgs(
                vpc_id=self.network.vpc_id,
                subnet_ids=self.network.isolated_subnet_ids,
                node_type=cache.node_type,
                kms_key_arn=self._args.kms_key_arn,
                alarms=self._args.alarms,
                replicas=cache.replicas,
                engine_version=cache.engine_version,
                identifier=store_identifier("cache", _CACHE_IDENTIFIER_MAX),
                eviction_policy=cache.eviction_policy,
                snapshot_retention_days=cache.snapshot_retention_days,
                log_retention_days=self._settings.log_retention_days,
                protect=self._settings.protect,
            ),
            opts=self._child,
        )

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            settings=self._settings,
            region=self._args.region,
            account_id=self._args.account_id,
            kms_key_arn=self._args.kms_key_arn,
            alarms=self._args.alarms,
            network=self.network,
            cluster=self.cluster,
            load_balancer=self.load_balancer,
            queues=self.queues,
            stores=self._stores(),
        )

    def _stores(self) -> dict[str, Access]:
        stores: dict[str, Access] = {}
        if self.database is not None:
            stores["database"] = database_access(self.database)
        elif self.replica is not None:
            stores["database"] = replica_access(self.replica)
        if self.cache is not None:
            stores["cache"] = cache_access(self.cache)
        return stores


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


def certificate_names(settings: Settings, region: str) -> list[str]:
    """The names a region answers to: the domain, every host directly under it, and the hosts' names in the region."""
    domain = settings.domain.name
    return [
        domain,
        f"*.{domain}",
        *(regional_name(region, host) for host in hosts(settings) if host != domain),
    ]


def store_identifier(role: str, longest: int) -> str:
    """Unique in an account and region whatever the stack's name, and no longer than what AWS takes."""
    text = re.sub(r"[^a-z0-9]+", "-", f"{pulumi.get_project()}-{pulumi.get_stack()}-{role}".lower()).strip("-")
    if len(text) <= longest:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    return f"{text[: longest - 7].rstrip('-')}-{digest}"
