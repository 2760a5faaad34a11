"""One region of the platform: network, entry, services, workers, jobs and stores, wired together.

Children: network, private zone, load balancer with its logs and, by choice, a firewall, cluster, queues, topics, buses,
buckets; the database, or a replica of another region's and a copy of its backups; cache; services, workers,
jobs; functions and HTTP APIs; alarms on the programs' own metrics.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws.cloudwatch import MetricAlarm

from components.bucket import AccessLogBucket
from components.cache import Cache
from components.cluster import Cluster, ClusterArgs
from components.database import Database, DatabaseReplica
from components.database_backups import BackupCopy
from components.job import Job
from components.load_balancer import LoadBalancer
from components.network import Network
from components.serverless_cache import ServerlessCache
from components.service import WebService, Worker
from components.waf import WebAcl
from infra.buckets import create_bucket
from infra.calls import anybody_calls, call_order
from infra.database import create_backup_copy, create_database, create_replica
from infra.edge import create_load_balancer, create_log_bucket, create_web_acl
from infra.messaging import Messaging, create_messaging
from infra.metric_alarms import create_metric_alarms
from infra.network import create_network, create_private_zone
from infra.place import Place
from infra.secret_versions import SecretVersions
from infra.stores import cache_access, create_cache, database_stores
from infra.workloads import Surroundings, create_job, create_service, create_worker

if TYPE_CHECKING:
    from components.bucket import Bucket
    from components.function import Function
    from components.http_api import HttpApi


class Region(pulumi.ComponentResource):
    """Everything the stack has in one region.

    A standby has the same as the primary, so that it can take over: services and workers run, with the numbers of tasks
    that the settings give it; workers read the standby's own queues, which fill only when its services get traffic;
    jobs are there with their schedules switched off, because a job must not run twice; of the database it has a read
    replica, which an operator promotes, and of the cache too where the settings ask for a Global Datastore. Functions
    are there as well, and cost nothing until somebody calls them.
    """

    network: Network
    log_bucket: AccessLogBucket | None
    load_balancer: LoadBalancer
    web_acl: WebAcl | None
    cluster: Cluster
    messaging: Messaging
    database: Database | None
    replica: DatabaseReplica | None
    backup_copy: BackupCopy | None
    cache: Cache | ServerlessCache | None
    services: dict[str, WebService]
    workers: dict[str, Worker]
    jobs: dict[str, Job]

    def __init__(
        self, name: str, at: Place, *, source: "Region | None" = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """`source` is the primary region, whose database and cache the others copy."""
        super().__init__("breakwater:region:Region", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings = at.settings
        self.network = create_network(at, child)
        private_zone = create_private_zone(at, self.network, child)
        self.log_bucket = create_log_bucket(at, child)
        self.load_balancer = create_load_balancer(at, self.network, self.log_bucket, child)
        self.web_acl = create_web_acl(at, self.load_balancer, child)
        self.cluster = _create_cluster(at, child)
        self.messaging = create_messaging(at, child)
        self.database = create_database(at, self.network, private_zone, child)
        self.replica = create_replica(at, self.network, private_zone, source.database if source else None, child)
        self.backup_copy = create_backup_copy(at, source.database if source else None, child)
        self.cache = create_cache(at, self.network, source.cache if source else None, child)
        # Annotated here: Pulumi reads the class's annotations, and the type is not loaded.
        self.buckets: dict[str, Bucket] = {key: create_bucket(key, at, child) for key in settings.buckets}
        services: dict[str, WebService] = {}
        surroundings = Surroundings(
            place=at,
            network=self.network,
            cluster=self.cluster,
            load_balancer=self.load_balancer,
            messaging=self.messaging,
            stores=database_stores(at, self.database, self.replica, source.database if source else None),
            cache_users={user: cache_access(self.cache, user) for user in self.cache.user_names} if self.cache else {},
            buckets=self.buckets,
            secret_versions=SecretVersions(at.region, self),
            services=services,
        )
        for key in call_order(settings):
            services[key] = create_service(key, surroundings, child)
        self.services = {key: services[key] for key in settings.services}
        self.workers = {key: create_worker(key, surroundings, child) for key in settings.workers}
        self.jobs = {key: create_job(key, surroundings, child) for key in settings.jobs}
        # Annotated here and not above, where Pulumi would look for the classes.
        self.functions: dict[str, Function] = {}
        self.http_apis: dict[str, HttpApi] = {}
        if settings.functions:
            self._create_functions(surroundings, child)
        if settings.metric_alarms:
            create_metric_alarms(at, child)
        self.register_outputs({})

    def health_alarms(self, signals: Sequence[str]) -> dict[str, MetricAlarm]:
        """The alarms that tell of the region's health; a region without a writer has none of it."""
        found: dict[str, MetricAlarm] = {}
        if "balancer" in signals and self.load_balancer.alarms is not None:
            found["balancer"] = self.load_balancer.alarms.alarms["server-errors"]
        if "writer" in signals and self.database is not None:
            found["writer"] = self.database.alarms.alarms["writer-silent"]
        if "queue-age" in signals:
            found |= {f"{key}-age": queue.alarms.alarms["age"] for key, queue in self.messaging.queues.items()}
        return found

    def _create_functions(self, at: Surroundings, child: pulumi.ResourceOptions) -> None:
        # Only here, because importing the SDK's modules takes a while and most stacks have no functions.
        from infra.functions import create_function, create_http_api

        self.functions = {key: create_function(key, at, child) for key in at.place.settings.functions}
        self.http_apis = {
            key: create_http_api(key, at.place, self.functions, child) for key in at.place.settings.http_apis
        }


def _create_cluster(at: Place, opts: pulumi.ResourceOptions) -> Cluster:
    return Cluster(
        at.name("cluster"),
        ClusterArgs(
            kms_key_arn=at.keys.logs,
            log_retention_days=at.settings.log_retention_days,
            service_connect=anybody_calls(at.settings),
            sessions=any(w.execute_command for w in (*at.settings.services.values(), *at.settings.workers.values())),
        ),
        opts=opts,
    )
