"""A Valkey cache on ElastiCache: one shard or several with replicas, TLS, encrypted, users with IAM tokens.

Children: replication group, subnet group, security group, parameter group (none in a secondary), two log groups, users
and their group, alarms for each node; the Global Datastore where the cache is the primary of one.
"""

from typing import Any

import pulumi
from pulumi_aws import cloudwatch, ec2, elasticache

from components._cache_alarms import cache_alarms
from components._cache_args import ENGINE_EVICTION_POLICY, CacheArgs
from components._cache_nodes import node_numbers
from components._cache_users import CacheUsers, connect_statement, create_users
from components._iam import Statement
from components._identifiers import REPLICATION_GROUP_ID_MAX, identifier
from components.alarms import Alarms, AlarmsArgs

__all__ = ["Cache", "CacheArgs"]

LOG_TYPES = ("slow-log", "engine-log")


class Cache(pulumi.ComponentResource):
    """A Valkey replication group.

    Clients connect with TLS as a user whose password is an IAM token. Leaves out autoscaling of shards, and notices of
    failovers by ElastiCache, which cannot send to an encrypted topic. Costs USD 128 a month for each cache.r7g.large
    node and USD 0.60 for its alarms (us-east-1); two nodes by default. A Global Datastore also costs the traffic
    between the regions.
    """

    primary_endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    port: int
    sharded: bool
    """Whether clients must speak to it in cluster mode."""
    security_group_id: pulumi.Output[str]
    arn: pulumi.Output[str]
    global_id: pulumi.Output[str] | None
    """For `global_id` of secondaries; None unless the cache is `replicated`."""
    replication_group_id: pulumi.Output[str]
    node_ids: dict[str, pulumi.Output[str]]
    """Number of a node -> its name in metrics."""
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
        users = create_users(name, own_identifier, args.users, self)
        group = self._create_group(name, own_identifier, args, security_group, users)
        self.global_id = self._create_global(name, own_identifier, args, group)
        self.alarms = Alarms(
            f"{name}-alarms",
            AlarmsArgs(target=args.alarms, definitions=cache_alarms(args, group.replication_group_id)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.primary_endpoint, self.reader_endpoint = _endpoints(args, group)
        self.port, self.arn, self.security_group_id = args.port, group.arn, security_group.id
        self.sharded = args.shards is not None
        self.replication_group_id = group.replication_group_id
        self.node_ids = {
            number: pulumi.Output.concat(group.replication_group_id, f"-{number}")
            for number in node_numbers(args.shards, args.replicas)
        }
        self.user_names, self.user_arns = users.names, users.arns
        names = (
            "primary_endpoint", "reader_endpoint", "port", "security_group_id", "arn", "replication_group_id",
            "user_names", "user_arns",
        )  # fmt: skip
        self.register_outputs({name: getattr(self, name) for name in names})

    def connect_statement(self, user: str) -> Statement:
        """What a task role needs to connect as one of the users with an IAM token."""
        return connect_statement(self.arn, self.user_arns, user)

    def _create_group(
        self,
        name: str,
        own_identifier: str,
        args: CacheArgs,
        security_group: ec2.SecurityGroup,
        users: CacheUsers,
    ) -> elasticache.ReplicationGroup:
        subnet_group = elasticache.SubnetGroup(
            name,
            description=f"Isolated subnets of {name}",
            subnet_ids=list(args.subnet_ids.values()),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return elasticache.ReplicationGroup(
            name,
            replication_group_id=own_identifier,
            description=f"Cache {name}",
            **_shape(args),
            **self._engine(name, args),
            # A sharded cache must be able to fail over even without replicas; Multi-AZ takes one of them.
            automatic_failover_enabled=args.replicas > 0 or args.shards is not None,
            multi_az_enabled=args.replicas > 0,
            subnet_group_name=subnet_group.name,
            security_group_ids=[security_group.id],
            port=args.port,
            kms_key_id=args.keys.data,
            user_group_ids=[users.group.user_group_id],
            auto_minor_version_upgrade=True,
            apply_immediately=args.apply_immediately,
            maintenance_window=args.maintenance_window,
            snapshot_window=args.snapshot_window,
            snapshot_retention_limit=args.snapshot_retention_days,
            final_snapshot_identifier=f"{own_identifier}-final" if args.protect else None,
            log_delivery_configurations=self._create_logs(name, args),
            # The identifier is fixed, so a replacement must go first; `protect` refuses it where that would cost data.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                delete_before_replace=True,
                # The Global Datastore changes these for all of its members.
                ignore_changes=["nodeType", "numNodeGroups"] if args.replicated else None,
            ),
        )

    def _engine(self, name: str, args: CacheArgs) -> dict[str, Any]:
        """A secondary has all this from its primary, and must not name it."""
        if args.global_id is not None:
            return {"global_replication_group_id": args.global_id}
        return {
            "engine": "valkey",
            "engine_version": args.engine_version,
            "node_type": args.node_type,
            "parameter_group_name": self._create_parameter_group(name, args).name,
            "at_rest_encryption_enabled": True,
            "transit_encryption_enabled": True,
            "transit_encryption_mode": "required",
        }

    def _create_global(
        self, name: str, own_identifier: str, args: CacheArgs, group: elasticache.ReplicationGroup
    ) -> pulumi.Output[str] | None:
        if not args.replicated:
            return None
        return elasticache.GlobalReplicationGroup(
            f"{name}-global",
            # ElastiCache puts five characters of its own before it.
            global_replication_group_id_suffix=own_identifier,
            global_replication_group_description=f"Cache {name} in several regions",
            primary_replication_group_id=group.replication_group_id,
            engine="valkey",
            engine_version=args.engine_version,
            cache_node_type=args.node_type,
            num_node_groups=args.shards,
            # After a failover to another region its primary is there: the program must not move it back.
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.protect, ignore_changes=["primaryReplicationGroupId"]
            ),
        ).global_replication_group_id

    def _create_parameter_group(self, name: str, args: CacheArgs) -> elasticache.ParameterGroup:
        # Only what differs from the engine's own value is set.
        changed = {} if args.eviction_policy == ENGINE_EVICTION_POLICY else {"maxmemory-policy": args.eviction_policy}
        # Another group, because this parameter of one in use cannot change.
        if args.shards is not None:
            name, changed = f"{name}-cluster", {"cluster-enabled": "yes", **changed}
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


def _shape(args: CacheArgs) -> dict[str, Any]:
    """How many nodes, as cluster mode wants it told; a secondary has its primary's number of shards."""
    if args.shards is None:
        return {"num_cache_clusters": args.replicas + 1}
    if args.global_id is not None:
        return {"replicas_per_node_group": args.replicas}
    return {"cluster_mode": "enabled", "num_node_groups": args.shards, "replicas_per_node_group": args.replicas}


def _endpoints(args: CacheArgs, group: elasticache.ReplicationGroup) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """For writing and for reading; a client of a sharded cache asks one name for all the nodes."""
    if args.shards is not None:
        return group.configuration_endpoint_address, group.configuration_endpoint_address
    # Without replicas there is nobody else to read from.
    return group.primary_endpoint_address, (
        group.reader_endpoint_address if args.replicas else group.primary_endpoint_address
    )
