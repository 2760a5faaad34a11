"""A Valkey cache on ElastiCache: one shard with replicas, TLS, encrypted, users with IAM tokens in place of passwords.

Children: replication group, subnet group, security group, parameter group, two log groups, users and their group,
alarms for each node.
"""

import pulumi
from pulumi_aws import cloudwatch, ec2, elasticache

from components._cache_alarms import cache_alarms
from components._cache_args import ENGINE_EVICTION_POLICY, CacheArgs
from components._iam import Statement
from components._identifiers import REPLICATION_GROUP_ID_MAX, identifier
from components.alarms import Alarms, AlarmsArgs

__all__ = ["Cache", "CacheArgs"]

LOG_TYPES = ("slow-log", "engine-log")


class Cache(pulumi.ComponentResource):
    """A Valkey replication group without sharding.

    Clients connect with TLS as a user whose password is an IAM token. Leaves out copies in other regions. Costs USD 128
    a month for each cache.r7g.large node and USD 0.50 for its alarms (us-east-1); two nodes by default.
    """

    primary_endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    port: int
    security_group_id: pulumi.Output[str]
    arn: pulumi.Output[str]
    replication_group_id: pulumi.Output[str]
    user_names: dict[str, pulumi.Output[str]]
    user_arns: dict[str, pulumi.Output[str]]
    alarms: Alarms

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        own_identifier = identifier(args.identifier, name, REPLICATION_GROUP_ID_MAX)
        super().__init__("breakwater:cache:Cache", name, None, opts)
        security_group = ec2.SecurityGroup(
            name,
            description=f"Cache {name}",
            vpc_id=args.vpc_id,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        users, user_group = self._create_users(name, own_identifier, args)
        group = self._create_group(name, own_identifier, args, security_group, user_group)
        self.alarms = Alarms(
            f"{name}-alarms",
            AlarmsArgs(target=args.alarms, definitions=cache_alarms(args, group.replication_group_id)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.primary_endpoint = group.primary_endpoint_address
        # Without replicas there is nobody else to read from.
        self.reader_endpoint = group.reader_endpoint_address if args.replicas else group.primary_endpoint_address
        self.port, self.arn, self.security_group_id = args.port, group.arn, security_group.id
        self.replication_group_id = group.replication_group_id
        self.user_names = {key: user.user_name for key, user in users.items()}
        self.user_arns = {key: user.arn for key, user in users.items()}
        names = (
            "primary_endpoint", "reader_endpoint", "port", "security_group_id", "arn", "replication_group_id",
            "user_names", "user_arns",
        )  # fmt: skip
        self.register_outputs({name: getattr(self, name) for name in names})

    def connect_statement(self, user: str) -> Statement:
        """What a task role needs to connect as one of the users with an IAM token."""
        if user not in self.user_arns:
            raise ValueError(f"user: the cache has no user {user!r}; use one of {', '.join(self.user_arns)}")
        return Statement(actions=["elasticache:Connect"], resources=[self.arn, self.user_arns[user]])

    def _create_users(
        self, name: str, own_identifier: str, args: CacheArgs
    ) -> tuple[dict[str, elasticache.User], elasticache.UserGroup]:
        users = {
            key: elasticache.User(
                f"{name}-{key}",
                # With IAM the two must be equal; ElastiCache names neither itself.
                user_id=f"{own_identifier}-{key}",
                user_name=f"{own_identifier}-{key}",
                engine="valkey",
                access_string=access,
                authentication_mode=elasticache.UserAuthenticationModeArgs(type="iam"),
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
            for key, access in args.users.items()
        }
        # A group of Valkey users switches the default user off by itself; one of Redis users would need a substitute.
        group = elasticache.UserGroup(
            name,
            user_group_id=own_identifier,
            engine="valkey",
            user_ids=[user.user_id for user in users.values()],
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        return users, group

    def _create_group(
        self,
        name: str,
        own_identifier: str,
        args: CacheArgs,
        security_group: ec2.SecurityGroup,
        user_group: elasticache.UserGroup,
    ) -> elasticache.ReplicationGroup:
        child = pulumi.ResourceOptions(parent=self)
        subnet_group = elasticache.SubnetGroup(
            name, description=f"Isolated subnets of {name}", subnet_ids=list(args.subnet_ids.values()), opts=child
        )
        return elasticache.ReplicationGroup(
            name,
            replication_group_id=own_identifier,
            description=f"Cache {name}",
            engine="valkey",
            engine_version=args.engine_version,
            node_type=args.node_type,
            num_cache_clusters=args.replicas + 1,
            automatic_failover_enabled=args.replicas > 0,
            multi_az_enabled=args.replicas > 0,
            parameter_group_name=self._create_parameter_group(name, args).name,
            subnet_group_name=subnet_group.name,
            security_group_ids=[security_group.id],
            port=args.port,
            at_rest_encryption_enabled=True,
            kms_key_id=args.keys.data,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            user_group_ids=[user_group.user_group_id],
            auto_minor_version_upgrade=True,
            apply_immediately=args.apply_immediately,
            maintenance_window=args.maintenance_window,
            snapshot_window=args.snapshot_window,
            snapshot_retention_limit=args.snapshot_retention_days,
            final_snapshot_identifier=f"{own_identifier}-final" if args.protect else None,
            log_delivery_configurations=self._create_logs(name, args),
            # The identifier is fixed, so a replacement must go first; `protect` refuses it where that would cost data.
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, delete_before_replace=True),
        )

    def _create_parameter_group(self, name: str, args: CacheArgs) -> elasticache.ParameterGroup:
        # Only what differs from the engine's own value is set.
        changed = {} if args.eviction_policy == ENGINE_EVICTION_POLICY else {"maxmemory-policy": args.eviction_policy}
        family = f"valkey{args.engine_version.split('.')[0]}"
        return elasticache.ParameterGroup(
            name,
            family=family,
            # Without the minor version: another description is another group, and the old one cannot go while nodes
            # still use it, which is until their maintenance window.
            description=f"{family} of {name}",
            parameters=[
                elasticache.ParameterGroupParameterArgs(name=key, value=value) for key, value in changed.items()
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_logs(
        self, name: str, args: CacheArgs
    ) -> list[elasticache.ReplicationGroupLogDeliveryConfigurationArgs]:
        # CloudWatch Logs lets ElastiCache in by itself when delivery starts, if the deployer may put resource policies.
        return [
            elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
                log_type=log_type,
                log_format="json",
                destination_type="cloudwatch-logs",
                destination=cloudwatch.LogGroup(
                    f"{name}-{log_type}",
                    retention_in_days=args.log_retention_days,
                    kms_key_id=args.keys.logs,
                    opts=pulumi.ResourceOptions(parent=self),
                ).name,
            )
            for log_type in LOG_TYPES
        ]
