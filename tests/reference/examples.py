"""Each component once, with the arguments it cannot do without: what docs/components.md says of it rests on this.

What an example needs of other components is made beside it; what it needs of AWS is made up.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi_aws import cloudwatch

from components.alarms import AlarmDefinition, Alarms, AlarmsArgs, AlarmTarget, AlarmTopic, AlarmTopicArgs, Severity
from components.bucket import AccessLogBucket, AccessLogBucketArgs, Bucket, BucketArgs
from components.bucket_replication import BucketReplication, BucketReplicationArgs, ReplicaBucket
from components.cache import Cache, CacheArgs
from components.cdn import Cdn, CdnArgs
from components.certificate import Certificate, CertificateArgs
from components.cluster import Cluster, ClusterArgs
from components.dashboard import Dashboard, DashboardArgs, Graph, Line, Section
from components.database import Database, DatabaseArgs, DatabaseReplica, DatabaseReplicaArgs, ProxyArgs
from components.database_backups import BackupCopy, BackupCopyArgs
from components.database_proxy import DatabaseProxy, DatabaseProxyArgs
from components.dns import (
    Endpoint,
    FailoverRecord,
    FailoverRecordArgs,
    PrivateZone,
    PrivateZoneArgs,
    PublicZone,
    PublicZoneArgs,
    Role,
)
from components.endpoints import Endpoints, EndpointsArgs
from components.event_bus import Delivery, DeliveryArgs, EventBus, EventBusArgs, Rule
from components.flow_log import FlowLog, FlowLogArgs
from components.function import Function, FunctionArgs, ImageCode
from components.health_signals import HealthSignals, HealthSignalsArgs, Signal
from components.http_api import Backend, HttpApi, HttpApiArgs, HttpRoute
from components.image import ImageReplication, ImageReplicationArgs, ImageRepository, ImageRepositoryArgs
from components.image_build import BUILD_TAGS, ImageBuild, ImageBuildArgs
from components.job import Job, JobArgs, LedgerEntry, Overlap
from components.job_guard import JobGuard, JobGuardArgs
from components.key import DataClass, Key, KeyArgs, Keys
from components.ledger import JobLedger, JobLedgerArgs, JobLedgerReplica, JobLedgerReplicaArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.master_credential import MasterCredential, MasterCredentialArgs
from components.network import Nat, Network, NetworkArgs
from components.peering import Peering, PeeringArgs, PeeringSide
from components.queue import Queue, QueueArgs
from components.secret import Secret, SecretArgs
from components.secret_rotation import SecretRotation, SecretRotationArgs
from components.security import (
    HttpsEgress,
    HttpsEgressArgs,
    RangeIngress,
    RangeIngressArgs,
    SecurityGroupEdge,
    SecurityGroupEdgeArgs,
)
from components.serverless_cache import ServerlessCache, ServerlessCacheArgs
from components.service import Route, Tasks, WebService, WebServiceArgs, Worker, WorkerArgs
from components.task import Task, TaskArgs
from components.topic import Subscription, SubscriptionArgs, Topic, TopicArgs
from components.waf import WebAcl, WebAclArgs

REGION, ACCOUNT = "us-east-1", "111122223333"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/mrk-1234abcd12ab34cd56ef1234567890ab"
KEYS = Keys(data=KEY, messages=KEY, logs=KEY, secrets=KEY)
TARGET = AlarmTarget(topic_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms", runbooks_url="https://example.com/runbooks")
SUBNETS = {"us-east-1a": "subnet-a", "us-east-1b": "subnet-b"}
TASK: dict[str, Any] = {
    "cluster_arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main",
    "cluster_name": "main",
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "region": REGION,
    "account_id": ACCOUNT,
    "keys": KEYS,
    "alarms": TARGET,
    "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app@sha256:{'0' * 64}",
    "cpu": 256,
    "memory": 512,
}
SERVING: dict[str, Any] = {**TASK, "tasks": Tasks(min=2, max=10), "health_command": ["CMD", "/app/healthcheck"]}
INSTANCE: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "subnet_ids": SUBNETS,
    "region": REGION,
    "account_id": ACCOUNT,
    "instance_class": "db.r7g.large",
    "engine_version": "17",
    "allocated_storage_gib": 100,
    "keys": KEYS,
    "alarms": TARGET,
}

LEDGER = LedgerEntry(table_name="ledger", table_arn=f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ledger", job="tidy")

Make = Callable[[str, pulumi.ResourceOptions], pulumi.ComponentResource]
EXAMPLES: dict[type[pulumi.ComponentResource], Make] = {}
"""Component → what makes one of a name, with options."""


def _simple(component: type[pulumi.ComponentResource], args: Callable[..., Any], **arguments: Any) -> None:
    EXAMPLES[component] = lambda name, opts: component(name, args(**arguments), opts=opts)  # type: ignore[call-arg, arg-type]


def _example(component: type[pulumi.ComponentResource]) -> Callable[[Make], Make]:
    def keep(make: Make) -> Make:
        EXAMPLES[component] = make
        return make

    return keep


_simple(AlarmTopic, AlarmTopicArgs, kms_key_arn=KEY, account_id=ACCOUNT)
_simple(
    Alarms,
    AlarmsArgs,
    target=TARGET,
    definitions=[
        AlarmDefinition(
            role="cpu", summary="Busy.", severity=Severity.WARNING, runbook="database-cpu", namespace="AWS/RDS",
            metric_name="CPUUtilization", dimensions={"DBInstanceIdentifier": "app"}, statistic="Average",
            comparison="GreaterThanThreshold", threshold=90, datapoints=5, periods=5, missing="breaching",
        )
    ],
)  # fmt: skip
_simple(AccessLogBucket, AccessLogBucketArgs, region=REGION, account_id=ACCOUNT)
_simple(Bucket, BucketArgs, kms_key_arn=KEY)
_simple(
    BucketReplication,
    BucketReplicationArgs,
    bucket_name="files",
    bucket_arn="arn:aws:s3:::files",
    kms_key_arn=KEY,
    region=REGION,
    account_id=ACCOUNT,
    replicas={"eu-west-1": ReplicaBucket(arn="arn:aws:s3:::copies", kms_key_arn=KEY)},
)
_simple(
    Cache, CacheArgs, vpc_id="vpc-1", subnet_ids=SUBNETS, node_type="cache.r7g.large", keys=KEYS, alarms=TARGET,
)  # fmt: skip
_simple(
    Cdn, CdnArgs, domain_names=["files.example.com"], alarms=TARGET,
    certificate_arn=f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012",
)  # fmt: skip
_simple(Certificate, CertificateArgs, domain_name="example.com", zone_id="Z1")
_simple(Cluster, ClusterArgs, kms_key_arn=KEY)
_simple(Database, DatabaseArgs, **INSTANCE)
_simple(
    DatabaseReplica, DatabaseReplicaArgs, **INSTANCE, source_region="eu-west-1",
    source_arn=f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:app",
)  # fmt: skip
_simple(
    DatabaseProxy, DatabaseProxyArgs, settings=ProxyArgs(), proxy_name="app", vpc_id="vpc-1", subnet_ids=SUBNETS,
    region=REGION, account_id=ACCOUNT, writer_identifier="app", writer_resource_id="db-1",
    database_security_group_id="sg-1", database_port=5433, kms_key_arn=KEY, log_retention_days=30, alarms=TARGET,
)  # fmt: skip
_simple(
    BackupCopy, BackupCopyArgs, source_arn=f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:app", source_region="eu-west-1",
    region=REGION, kms_key_arn=KEY,
)  # fmt: skip
_simple(PublicZone, PublicZoneArgs, domain="example.com")
_simple(PrivateZone, PrivateZoneArgs, domain="internal.example.com", vpc_id="vpc-1")
_simple(
    FailoverRecord, FailoverRecordArgs, zone_id="Z1", record_name="api.example.com", alarms=TARGET,
    endpoints={
        "us-east-1": Endpoint(dns_name="one.elb.amazonaws.com", zone_id="Z2", role=Role.PRIMARY),
        "eu-west-1": Endpoint(dns_name="two.elb.amazonaws.com", zone_id="Z3", role=Role.STANDBY),
    },
)  # fmt: skip
_simple(
    Endpoints, EndpointsArgs, vpc_id="vpc-1", vpc_cidr="10.0.0.0/16", region=REGION, account_id=ACCOUNT,
    route_table_ids=["rtb-1"], subnet_ids=SUBNETS,
)  # fmt: skip
_simple(FlowLog, FlowLogArgs, vpc_id="vpc-1", region=REGION, account_id=ACCOUNT, kms_key_arn=KEY, retention_days=30)
_simple(
    Function, FunctionArgs, code=ImageCode(image=TASK["image"]), region=REGION, account_id=ACCOUNT, keys=KEYS,
    alarms=TARGET, concurrency=50,
)  # fmt: skip
_simple(
    HttpApi, HttpApiArgs, domain_names=["api.example.com"], zone_id="Z1", logs_key_arn=KEY, alarms=TARGET,
    functions={"orders": Backend(function_name="orders", invoke_arn="arn", timeout_seconds=25)},
    routes={"GET /orders": HttpRoute(function="orders", public=True)},
)  # fmt: skip
_simple(ImageRepository, ImageRepositoryArgs, kms_key_arn=KEY)
_simple(ImageReplication, ImageReplicationArgs, region=REGION, account_id=ACCOUNT, destinations=["eu-west-1"])
_simple(Job, JobArgs, **TASK, schedule="rate(10 minutes)", ledger=LEDGER)
_simple(JobLedger, JobLedgerArgs, kms_key_arn=KEY)
_simple(Key, KeyArgs, encrypts=DataClass.DATA, description="Data", account_id=ACCOUNT, region=REGION)
_simple(
    LoadBalancer, LoadBalancerArgs, vpc_id="vpc-1", subnet_ids=SUBNETS, domain_name="example.com", zone_id="Z1",
    alarms=TARGET,
)  # fmt: skip
_simple(
    Dashboard, DashboardArgs, dashboard_name="api", title="API", region=REGION,
    sections=[
        Section(
            title="Tasks",
            widgets=[
                Graph(
                    title="CPU, percent",
                    lines=[
                        Line(
                            label="api", namespace="AWS/ECS", metric_name="CPUUtilization",
                            dimensions={"ClusterName": "main", "ServiceName": "api"},
                        )
                    ],
                )
            ],
        )
    ],
)  # fmt: skip
_simple(MasterCredential, MasterCredentialArgs, kms_key_arn=KEY, username="platform", details={})
_simple(
    Network, NetworkArgs, cidr="10.0.0.0/16", zones={"us-east-1a": 0, "us-east-1b": 1}, nat=Nat.PER_ZONE,
    kms_key_arn=KEY, account_id=ACCOUNT, alarms=TARGET,
)  # fmt: skip
_simple(Queue, QueueArgs, kms_key_arn=KEY, alarms=TARGET)
_simple(Secret, SecretArgs, description="Token", region=REGION, kms_key_arn=KEY)
_simple(
    RangeIngress, RangeIngressArgs, security_group_id="sg-1", ranges={"a": "10.1.0.0/20"}, port=5432,
    description="Tasks elsewhere to the writer",
)  # fmt: skip
_simple(HttpsEgress, HttpsEgressArgs, security_group_id="sg-1")
_simple(
    SecurityGroupEdge, SecurityGroupEdgeArgs, source_security_group_id="sg-1", target_security_group_id="sg-2",
    port=5432, description="app to database",
)  # fmt: skip
_simple(Task, TaskArgs, **TASK)
_simple(
    ServerlessCache, ServerlessCacheArgs, vpc_id="vpc-1", subnet_ids=SUBNETS, storage_gb=10, ecpu_per_second=5_000,
    kms_key_arn=KEY, alarms=TARGET,
)  # fmt: skip
_simple(Topic, TopicArgs, kms_key_arn=KEY, alarms=TARGET)
_simple(EventBus, EventBusArgs, kms_key_arn=KEY, account_id=ACCOUNT, alarms=TARGET)
_simple(
    WebAcl, WebAclArgs, region=REGION, account_id=ACCOUNT, kms_key_arn=KEY, alarms=TARGET, blocked_baseline=100,
    load_balancer_arn=f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/main/1",
)  # fmt: skip
_simple(
    WebService, WebServiceArgs, **SERVING, port=8080, load_balancer_security_group_id="sg-1",
    listener_arn=f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/main/1/2",
    load_balancer_arn_suffix="app/main/1", routes=[Route(priority=10, paths=["/*"])],
)  # fmt: skip
_simple(
    Worker, WorkerArgs, **SERVING, queue_arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:mail", queue_name="mail",
    queue_url=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/mail", backlog_per_task=100,
)  # fmt: skip


@_example(Subscription)
def _subscription(name: str, opts: pulumi.ResourceOptions) -> Subscription:
    topic = Topic(f"{name}-topic", TopicArgs(kms_key_arn=KEY, alarms=TARGET), opts=opts)
    queue = Queue(f"{name}-queue", QueueArgs(kms_key_arn=KEY, alarms=TARGET, senders=[topic.sender]), opts=opts)
    return Subscription(name, SubscriptionArgs(topic=topic, queue=queue, kms_key_arn=KEY, alarms=TARGET), opts=opts)


@_example(Delivery)
def _delivery(name: str, opts: pulumi.ResourceOptions) -> Delivery:
    rules = {"paid": Rule(pattern={"source": ["shop"]})}
    bus = EventBus(
        f"{name}-bus", EventBusArgs(kms_key_arn=KEY, account_id=ACCOUNT, alarms=TARGET, rules=rules), opts=opts
    )
    senders = [bus.senders["paid"]]
    queue = Queue(f"{name}-queue", QueueArgs(kms_key_arn=KEY, alarms=TARGET, senders=senders), opts=opts)
    return Delivery(name, DeliveryArgs(bus=bus, rule="paid", queue=queue, kms_key_arn=KEY, alarms=TARGET), opts=opts)


@_example(ImageBuild)
def _build(name: str, opts: pulumi.ResourceOptions) -> ImageBuild:
    arguments = ImageRepositoryArgs(kms_key_arn=KEY, mutable_tags=[BUILD_TAGS])
    repository = ImageRepository(f"{name}-images", arguments, opts=opts)
    return ImageBuild(name, ImageBuildArgs(repository=repository, context="../services/api"), opts=opts)


@_example(SecretRotation)
def _rotation(name: str, opts: pulumi.ResourceOptions) -> SecretRotation:
    secret = Secret(f"{name}-secret", SecretArgs(description="Token", region=REGION, kms_key_arn=KEY), opts=opts)
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate"
    return SecretRotation(name, SecretRotationArgs(secret=secret, function_arn=function, alarms=TARGET), opts=opts)


@_example(HealthSignals)
def _signals(name: str, opts: pulumi.ResourceOptions) -> HealthSignals:
    alarm = cloudwatch.MetricAlarm(
        f"{name}-alarm", comparison_operator="GreaterThanThreshold", evaluation_periods=3, period=60, threshold=25,
        metric_name="HTTPCode_ELB_5XX_Count", namespace="AWS/ApplicationELB", statistic="Sum", opts=opts,
    )  # fmt: skip
    return HealthSignals(name, HealthSignalsArgs(region=REGION, signals={"balancer": Signal(alarm=alarm)}), opts=opts)


@_example(Peering)
def _peering(name: str, opts: pulumi.ResourceOptions) -> Peering:
    here, there = opts.provider, aws.Provider(f"{name}-there", region="eu-west-1")
    assert isinstance(here, pulumi.ProviderResource)
    sides = [
        PeeringSide(
            region=region, provider=provider, cidr=cidr, vpc_id=f"vpc-{region}", isolated_acl_id="acl-1",
            route_table_ids={"private-a": "rtb-1", "isolated": "rtb-2"},
        )
        for region, provider, cidr in ((REGION, here, "10.0.0.0/16"), ("eu-west-1", there, "10.1.0.0/16"))
    ]  # fmt: skip
    return Peering(name, PeeringArgs(requester=sides[0], accepter=sides[1]), opts=opts)


@_example(JobGuard)
def _guard(name: str, opts: pulumi.ResourceOptions) -> JobGuard:
    args = TaskArgs(**TASK)
    return JobGuard(
        name,
        JobGuardArgs(
            job=args,
            task=Task(f"{name}-task", args, opts=opts),
            family=f"{name}-task",
            ledger=LEDGER,
            maximum_run_seconds=3_600,
            overlap=Overlap.SKIP,
        ),
        opts=opts,
    )


@_example(JobLedgerReplica)
def _ledger_replica(name: str, opts: pulumi.ResourceOptions) -> JobLedgerReplica:
    ledger = JobLedger(f"{name}-source", JobLedgerArgs(kms_key_arn=KEY), opts=opts)
    return JobLedgerReplica(name, JobLedgerReplicaArgs(source=ledger, kms_key_arn=KEY), opts=opts)


def make_all(opts: pulumi.ResourceOptions) -> Mapping[type[pulumi.ComponentResource], str]:
    """Register every example; component → its logical name."""
    names = {component: f"x{number}" for number, component in enumerate(EXAMPLES)}
    for component, make in EXAMPLES.items():
        make(names[component], opts)
    return names
