"""What Database and DatabaseReplica build alike: an instance's ground, log groups, inputs, names and events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, ec2, iam, rds, route53

from components._database_parameters import group_parameters
from components._database_settings import INSIGHTS_RETENTION_DAYS, InstanceSettings
from components._iam import Statement, policy_document, service_trust
from components.alarms import AlarmTarget

# The valid values for PostgreSQL, all of them; the last says why a token was refused.
EXPORTED_LOGS = ("postgresql", "upgrade", "iam-db-auth-error")
EVENT_CATEGORIES: dict[str, list[str]] = {
    # FSBP RDS.20 and RDS.21, and what else says that an instance is in trouble. `notification` has the storage that
    # comes close to its maximum, upgrades that wait for replicas and databases that cannot be upgraded.
    "db-instance": [
        "availability", "configuration change", "deletion", "failover", "failure", "low storage", "maintenance",
        "notification", "read replica", "recovery", "security patching",
    ],
    "db-parameter-group": ["configuration change"],
    # `failure`: no addresses left in the subnets, connections throttled.
    "db-proxy": ["configuration change", "deletion", "failure"],
}  # fmt: skip
# Short, so that a replica that comes or goes counts at once; RDS moves the names behind it by itself.
READER_TTL_SECONDS = 10
# Every replica gets the same share of new connections.
READER_WEIGHT = 1


@dataclass(frozen=True, slots=True)
class Ground:
    """What must be there before an instance."""

    subnet_group: rds.SubnetGroup
    security_group: ec2.SecurityGroup
    parameter_group: rds.ParameterGroup
    monitoring_role: iam.Role
    monitoring_policy: iam.RolePolicy


def formerly(opts: pulumi.ResourceOptions | None, type_: str) -> pulumi.ResourceOptions:
    """A region's database and its replica are one instance in two roles: exchanged, they keep what they have."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=type_)]))


def create_ground(name: str, settings: InstanceSettings, parent: pulumi.Resource) -> Ground:
    """Subnet group, security group without rules, parameter group and the role of enhanced monitoring."""
    child = pulumi.ResourceOptions(parent=parent)
    subnet_group = rds.SubnetGroup(
        name, description=f"Isolated subnets of {name}", subnet_ids=list(settings.subnet_ids.values()), opts=child
    )
    security_group = ec2.SecurityGroup(
        name, description=f"Database {name}", vpc_id=settings.vpc_id, tags={"Name": name}, opts=child
    )
    parameter_group = rds.ParameterGroup(
        name,
        family=settings.family,
        description=f"PostgreSQL {settings.engine_version} of {name}",
        parameters=[
            rds.ParameterGroupParameterArgs(name=name, value=value, apply_method=method)
            for name, value, method in group_parameters(
                slow_query_milliseconds=settings.slow_query_milliseconds,
                memory_gib=settings.size.memory_gib,
                given=settings.parameters,
            )
        ],
        opts=child,
    )
    role, policy = _create_monitoring_role(f"{name}-monitoring", settings, parent)
    return Ground(subnet_group, security_group, parameter_group, role, policy)


def create_log_groups(
    name: str, identifier: str, settings: InstanceSettings, parent: pulumi.Resource
) -> list[cloudwatch.LogGroup]:
    """The groups RDS exports an instance's logs to, made before it: RDS would make them unencrypted and for ever."""
    return [
        cloudwatch.LogGroup(
            f"{name}-{log}",
            # The name is RDS's own rule.
            name=f"/aws/rds/instance/{identifier}/{log}",
            retention_in_days=settings.log_retention_days,
            kms_key_id=settings.keys.logs,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for log in EXPORTED_LOGS
    ]


def instance_inputs(settings: InstanceSettings, ground: Ground) -> dict[str, Any]:
    """Inputs that a writer and a replica have in common; what a replica takes from its source is not among them."""
    return {
        "instance_class": settings.instance_class,
        "port": settings.port,
        "storage_type": "gp3",
        # A replica begins with its source's; named here, it grows when the source is told to.
        "allocated_storage": settings.allocated_storage_gib,
        "max_allocated_storage": settings.max_allocated_storage_gib,
        "iops": settings.provisioned_iops,
        "storage_throughput": settings.provisioned_throughput_mibps,
        "storage_encrypted": True,
        "vpc_security_group_ids": [ground.security_group.id],
        "publicly_accessible": False,
        "parameter_group_name": ground.parameter_group.name,
        "ca_cert_identifier": settings.ca_cert_identifier,
        "iam_database_authentication_enabled": True,
        "backup_window": settings.backup_window,
        "maintenance_window": settings.maintenance_window,
        "auto_minor_version_upgrade": True,
        "allow_major_version_upgrade": settings.allow_major_version_upgrade,
        "apply_immediately": settings.apply_immediately,
        "copy_tags_to_snapshot": True,
        "deletion_protection": settings.protect,
        "enabled_cloudwatch_logs_exports": list(EXPORTED_LOGS),
        "monitoring_interval": settings.monitoring_interval_seconds,
        "monitoring_role_arn": ground.monitoring_role.arn,
        "database_insights_mode": settings.insights,
        "performance_insights_enabled": True,
        "performance_insights_kms_key_id": settings.keys.data,
        "performance_insights_retention_period": INSIGHTS_RETENTION_DAYS[settings.insights],
    }


def instance_options(
    settings: InstanceSettings, ground: Ground, log_groups: list[cloudwatch.LogGroup], parent: pulumi.Resource
) -> pulumi.ResourceOptions:
    """The identifier is fixed, so a replacement must go first; `protect` refuses it where that would cost data."""
    return pulumi.ResourceOptions(
        parent=parent,
        protect=settings.protect,
        delete_before_replace=True,
        depends_on=[*log_groups, ground.monitoring_policy],
    )


def create_reader_records(
    name: str, settings: InstanceSettings, targets: Mapping[str, pulumi.Input[str]], parent: pulumi.Resource
) -> None:
    """Weighted CNAMEs of one name, one for each target; nothing where no reader name is asked for.

    A client must resolve the name to the target and connect to that: IAM tokens are signed for, and certificates made
    out to, the instance's own name.
    """
    if settings.reader_name is None or settings.private_zone_id is None:
        return
    for key, address in targets.items():
        route53.Record(
            f"{name}-reader-{key}",
            zone_id=settings.private_zone_id,
            name=settings.reader_name,
            type="CNAME",
            ttl=READER_TTL_SECONDS,
            records=[address],
            set_identifier=key,
            weighted_routing_policies=[route53.RecordWeightedRoutingPolicyArgs(weight=READER_WEIGHT)],
            opts=pulumi.ResourceOptions(parent=parent),
        )


def create_event_subscription(
    name: str,
    source_type: str,
    source_ids: list[pulumi.Output[str]],
    alarms: AlarmTarget,
    parent: pulumi.Resource,
) -> None:
    """RDS's own events about the given sources, to the topic of the alarms."""
    rds.EventSubscription(
        name,
        sns_topic=alarms.topic_arn,
        source_type=source_type,
        source_ids=source_ids,
        event_categories=EVENT_CATEGORIES[source_type],
        opts=pulumi.ResourceOptions(parent=parent),
    )


def connect_arn(settings: InstanceSettings, resource_id: pulumi.Input[str], user: str) -> pulumi.Output[str]:
    """What rds-db:connect is granted on: one database user of one instance or proxy."""
    return pulumi.Output.concat(
        f"arn:aws:rds-db:{settings.region}:", settings.account_id, ":dbuser:", resource_id, f"/{user}"
    )


def _create_monitoring_role(
    name: str, settings: InstanceSettings, parent: pulumi.Resource
) -> tuple[iam.Role, iam.RolePolicy]:
    role = iam.Role(
        name,
        description="Lets RDS send operating system metrics to CloudWatch Logs",
        assume_role_policy=service_trust(
            "monitoring.rds.amazonaws.com",
            source_account=settings.account_id,
            source_arn=pulumi.Output.concat(f"arn:aws:rds:{settings.region}:", settings.account_id, ":db:*"),
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    # AWS's managed policy AmazonRDSEnhancedMonitoringRole, narrowed to this account and region. The group itself,
    # RDSOSMetrics, is one for the whole account, so that no stack can own it.
    groups = pulumi.Output.concat(f"arn:aws:logs:{settings.region}:", settings.account_id, ":log-group:RDS*")
    policy = iam.RolePolicy(
        name,
        role=role.name,
        policy=policy_document(
            [
                Statement(actions=["logs:CreateLogGroup", "logs:PutRetentionPolicy"], resources=[groups]),
                Statement(
                    actions=[
                        "logs:CreateLogStream",
                        "logs:DescribeLogStreams",
                        "logs:GetLogEvents",
                        "logs:PutLogEvents",
                    ],
                    resources=[pulumi.Output.concat(groups, ":log-stream:*")],
                ),
            ]
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return role, policy
