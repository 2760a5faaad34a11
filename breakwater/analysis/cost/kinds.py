"""Types that are billed by use, and those that cost nothing: with those that `fixed` counts, all that a stack has."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from breakwater.analysis.cost.fixed import is_counted
from breakwater.analysis.cost.item import GLOBAL_SERVICES
from breakwater.analysis.prices import GLOBAL, Price, price
from breakwater.analysis.properties import INSTANCE, known, region_of, sources
from breakwater.graph import Resource, ResourceGraph


class Use(NamedTuple):
    """What is billed by use."""

    what: str
    """In words, such as `GB logged`."""
    service: str
    """Service in the price list."""
    name: str
    """Item in the price list."""
    where: Callable[[Resource, ResourceGraph], bool] = lambda *_: True
    """Of which resources of the type."""


@dataclass(frozen=True, slots=True)
class Unmetered:
    """A use that nobody declares, so that it is in no total."""

    region: str
    what: str
    resources: int
    """How many resources are used so."""
    service: str
    name: str
    price: Price | None
    """Of one unit; None where none is known."""


def unmetered(graph: ResourceGraph) -> list[Unmetered]:
    """What is billed by use, by region."""
    counts: dict[tuple[str, Use], int] = {}
    for resource in graph.cloud:
        for use in USED.get(resource.type, ()):
            if use.where(resource, graph):
                region = GLOBAL if use.service in GLOBAL_SERVICES else region_of(resource, graph)
                counts[region, use] = counts.get((region, use), 0) + 1
    found = [
        Unmetered(region, use.what, count, use.service, use.name, price(region, use.service, use.name))
        for (region, use), count in counts.items()
    ]
    return sorted(found, key=lambda u: (u.region, u.service, u.what))


def unheard_of(graph: ResourceGraph) -> list[str]:
    """Types of which nothing is known: whether they cost anything either."""
    types = {resource.type for resource in graph.cloud}
    free = FREE | {t for t in types if t.startswith(_FREE_PROVIDERS)}
    return sorted(t for t in types - free if not is_counted(t) and t not in USED)


def _interface(endpoint: Resource, _: ResourceGraph) -> bool:
    return bool(known(endpoint, "vpcEndpointType") == "Interface")


def _from_elsewhere(instance: Resource, graph: ResourceGraph) -> bool:
    """Whether a database instance replicates one of another region."""
    found = sources(instance, "replicateSourceDb", graph, INSTANCE)
    return any(region_of(source, graph) != region_of(instance, graph) for source in found)


def _traced(definition: Resource, _: ResourceGraph) -> bool:
    return "otel" in str(known(definition, "containerDefinitions"))


def _arm(function: Resource, _: ResourceGraph) -> bool:
    return "arm64" in (known(function, "architectures") or ())


def _x86(function: Resource, graph: ResourceGraph) -> bool:
    return not _arm(function, graph)


def _arm_job(machine: Resource, graph: ResourceGraph) -> bool:
    return any(
        known(definition, "runtimePlatform", "cpuArchitecture") == "ARM64"
        for definition in sources(machine, "definition", graph, "aws:ecs/taskDefinition:TaskDefinition")
    )


def _x86_job(machine: Resource, graph: ResourceGraph) -> bool:
    return not _arm_job(machine, graph)


def _is(name: str, value: str | bool) -> Callable[[Resource, ResourceGraph], bool]:
    return lambda resource, _: bool(known(resource, name) == value)


def _not(name: str, value: str | bool) -> Callable[[Resource, ResourceGraph], bool]:
    return lambda resource, _: bool(known(resource, name) != value)


_FREE_PROVIDERS = ("command:", "docker:", "local:", "pulumi:", "random:", "std:", "time:", "tls:")
_COPIED = ("data_transfer", "inter_region_out_gb")

USED: Mapping[str, tuple[Use, ...]] = {
    "aws:apigatewayv2/api:Api": (Use("million API requests", "api_gateway", "http_requests_million_first_300m"),),
    "aws:cloudfront/distribution:Distribution": (
        Use("million requests to the CDN", "cloudfront", "https_requests_million_north_america"),
        Use("GB that the CDN delivers", "cloudfront", "data_out_gb_first_10tb_north_america"),
    ),
    "aws:cloudwatch/eventArchive:EventArchive": (
        Use("GB of events archived", "eventbridge", "archive_gb"),
        Use("GB of events kept for a month", "eventbridge", "archive_storage_gb_month"),
    ),
    "aws:cloudwatch/eventBus:EventBus": (Use("million events", "eventbridge", "custom_events_million"),),
    "aws:cloudwatch/logGroup:LogGroup": (
        Use("GB logged", "cloudwatch", "logs_ingest_gb"),
        Use("GB of logs kept for a month", "cloudwatch", "logs_storage_gb_month"),
    ),
    "aws:dynamodb/table:Table": (
        Use("million writes to tables", "dynamodb", "write_requests_million"),
        Use("million reads of tables", "dynamodb", "read_requests_million"),
        Use("GB in tables for a month", "dynamodb", "storage_gb_month"),
    ),
    "aws:dynamodb/tableReplica:TableReplica": (
        Use("million writes copied to tables", "dynamodb", "replicated_writes_million"),
        Use("GB in copies of tables for a month", "dynamodb", "storage_gb_month"),
    ),
    "aws:ec2/flowLog:FlowLog": (Use("GB of flow logs", "cloudwatch", "vended_logs_gb_first_10tb"),),
    "aws:ec2/natGateway:NatGateway": (Use("GB through NAT", "nat_gateway", "data_processed_gb"),),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        Use("GB through interface endpoints", "vpc", "interface_endpoint_gb_first_1pb", _interface),
    ),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": (Use("GB to peered networks", *_COPIED),),
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": (Use("GB of images copied", *_COPIED),),
    "aws:ecr/repository:Repository": (Use("GB of images for a month", "ecr", "storage_gb_month"),),
    "aws:ecs/cluster:Cluster": (
        Use("metrics of Container Insights for a month", "cloudwatch", "container_insights_ecs_metric_month"),
    ),
    "aws:ecs/taskDefinition:TaskDefinition": (
        Use("million traces", "xray", "traces_recorded_million", _traced),
        Use("metrics of its own for a month", "cloudwatch", "custom_metric_month_first_10k", _traced),
    ),
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": (Use("GB of cache writes copied", *_COPIED),),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        Use("GB of cache snapshots for a month", "elasticache", "backup_gb_month"),
        Use("GB between zones, each direction", "data_transfer", "inter_az_gb_each_direction"),
    ),
    "aws:elasticache/serverlessCache:ServerlessCache": (
        Use("GB-hours of cached data", "elasticache", "serverless.valkey_gb_hour", _not("engine", "redis")),
        Use("million ECPUs", "elasticache", "serverless.valkey_ecpu_million", _not("engine", "redis")),
        Use("GB-hours of cached data", "elasticache", "serverless.redis_gb_hour", _is("engine", "redis")),
        Use("million ECPUs", "elasticache", "serverless.redis_ecpu_million", _is("engine", "redis")),
    ),
    "aws:kms/key:Key": (
        Use("10,000 uses of keys", "kms", "requests_10k"),
        Use(
            "first and second rotation of a key, each month after it",
            "kms",
            "cmk_month",
            _is("enableKeyRotation", True),
        ),
    ),
    "aws:kms/replicaKey:ReplicaKey": (Use("10,000 uses of keys", "kms", "requests_10k"),),
    "aws:lambda/function:Function": (
        Use("million function calls", "lambda", "requests_million"),
        Use("GB-seconds of functions (ARM)", "lambda", "arm_gb_second", _arm),
        Use("GB-seconds of functions (x86)", "lambda", "x86_gb_second", _x86),
    ),
    INSTANCE: (
        Use("GB of database backups beyond its size", "rds_storage", "backup_gb_month_beyond_100pct"),
        Use("GB between zones, each direction", "data_transfer", "inter_az_gb_each_direction"),
        Use("GB of database writes copied", *_COPIED, _from_elsewhere),
    ),
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": (
        Use("GB of copied database backups for a month", "rds_storage", "backup_gb_month_beyond_100pct"),
        Use("GB of database backups copied", *_COPIED),
    ),
    "aws:route53/zone:Zone": (Use("million DNS queries", "route53", "queries_standard_million_first_1b"),),
    "aws:s3/bucket:Bucket": (
        Use("GB in buckets for a month", "s3", "standard_gb_month_first_50tb"),
        Use("million writes to buckets", "s3", "write_requests_million"),
        Use("million reads of buckets", "s3", "read_requests_million"),
    ),
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": (Use("GB of objects copied", *_COPIED),),
    "aws:secretsmanager/secret:Secret": (Use("10,000 readings of secrets", "secretsmanager", "api_10k"),),
    "aws:sfn/stateMachine:StateMachine": (
        Use("thousand transitions beyond the least", "step_functions", "transitions_thousand"),
        Use("vCPU-hours of jobs beyond a minute a run", "fargate", "arm_vcpu_hour", _arm_job),
        Use("vCPU-hours of jobs beyond a minute a run", "fargate", "x86_vcpu_hour", _x86_job),
    ),
    "aws:sns/topic:Topic": (Use("million messages to topics", "sns", "requests_million"),),
    "aws:sns/topicSubscription:TopicSubscription": (
        Use("million mails", "sns", "email_million", _is("protocol", "email")),
        Use("million HTTP deliveries", "sns", "http_deliveries_million", _is("protocol", "https")),
    ),
    "aws:sqs/queue:Queue": (
        Use("million queue calls", "sqs", "standard_requests_million", _not("fifoQueue", True)),
        Use("million calls of FIFO queues", "sqs", "fifo_requests_million", _is("fifoQueue", True)),
    ),
    "aws:wafv2/webAcl:WebAcl": (Use("million requests seen by the firewall", "waf", "requests_million"),),
}
"""What each of these types is billed for by use, whether it costs something unused or not."""


def _free() -> Iterator[str]:
    for service, names in _FREE.items():
        for name in names.split():
            yield f"aws:{service}/{name}:{name[0].upper()}{name[1:]}"


_FREE = {
    "acm": "certificate certificateValidation",
    "apigatewayv2": "apiMapping authorizer deployment domainName integration model route routeResponse stage vpcLink",
    "appautoscaling": "policy scheduledAction target",
    "cloudfront": "cachePolicy function originAccessControl originRequestPolicy responseHeadersPolicy",
    "cloudwatch": "eventBusPolicy eventRule eventTarget logDelivery logDeliveryDestination logDeliveryDestinationPolicy"
    " logDeliverySource logResourcePolicy logStream queryDefinition",
    "ec2": "defaultNetworkAcl defaultRouteTable defaultSecurityGroup egressOnlyInternetGateway eipAssociation"
    " internetGateway managedPrefixList networkAcl networkAclAssociation networkAclRule peeringConnectionOptions route"
    " routeTable routeTableAssociation securityGroup securityGroupRule subnet vpc vpcDhcpOptions"
    " vpcDhcpOptionsAssociation vpcEndpointPolicy vpcEndpointRouteTableAssociation vpcEndpointSubnetAssociation"
    " vpcIpv4CidrBlockAssociation vpcPeeringConnectionAccepter",
    "ecr": "lifecyclePolicy registryPolicy repositoryPolicy",
    "ecs": "clusterCapacityProviders",
    "elasticache": "parameterGroup subnetGroup user userGroup userGroupAssociation",
    "iam": "instanceProfile openIdConnectProvider policy role rolePolicy rolePolicyAttachment",
    "kms": "alias grant keyPolicy",
    "lambda": "alias eventSourceMapping functionEventInvokeConfig functionUrl layerVersion permission",
    "lb": "listener listenerCertificate listenerRule targetGroup targetGroupAttachment",
    "rds": "eventSubscription optionGroup parameterGroup proxyDefaultTargetGroup proxyTarget subnetGroup",
    "route53": "record zoneAssociation",
    "s3": "bucketCorsConfiguration bucketLifecycleConfiguration bucketLogging bucketNotification"
    " bucketOwnershipControls bucketPolicy bucketPublicAccessBlock bucketServerSideEncryptionConfiguration"
    " bucketVersioning bucketWebsiteConfiguration",
    "scheduler": "scheduleGroup",
    "secretsmanager": "secretPolicy secretRotation secretVersion",
    "servicediscovery": "httpNamespace",
    "sns": "topicPolicy",
    "sqs": "queuePolicy redriveAllowPolicy redrivePolicy",
    "vpc": "securityGroupEgressRule securityGroupIngressRule securityGroupVpcAssociation",
    "wafv2": "ipSet regexPatternSet webAclAssociation webAclLoggingConfiguration",
}
FREE = frozenset(_free())
"""Types that cost nothing, whatever they are used for."""
