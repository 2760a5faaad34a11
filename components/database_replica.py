"""A read replica of a database in another region: the standby that a disaster leaves, and a near place to read from.

Children: instance, subnet group, security group, parameter group, monitoring role, log groups, a reader name, two
event subscriptions, alarms.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import rds

from components import _database_limits as limits
from components._database_alarms import instance_alarms
from components._database_parts import (
    Ground,
    connect_arn,
    create_event_subscription,
    create_ground,
    create_log_groups,
    create_reader_records,
    formerly,
    instance_inputs,
    instance_options,
)
from components._database_settings import InstanceSettings, check_settings
from components._iam import Statement
from components._identifiers import RDS_IDENTIFIER_MAX, identifier
from components.alarms import Alarms, AlarmsArgs


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseReplicaArgs(InstanceSettings):
    """A replica, and what it copies."""

    source_arn: pulumi.Input[str]
    """ARN of the writer."""
    source_region: str
    """Region of the writer; another one than `region`."""
    multi_az: bool = False
    """A standby of the replica in a second zone; default no."""
    backup_retention_days: int = 0
    """Days that the replica's own backups are kept, 0 to 35; default none. With a backup of its own, promoting it takes
    less long; a restore to any second is possible from its promotion on, and not before."""

    def __post_init__(self) -> None:
        check_settings(self)
        if not 0 <= self.backup_retention_days <= limits.BACKUP_DAYS_MAX:
            raise ValueError(
                f"backup_retention_days: {self.backup_retention_days}; "
                f"RDS keeps backups for 0 to {limits.BACKUP_DAYS_MAX} days"
            )
        if self.source_region == self.region:
            raise ValueError(
                f"source_region: the writer is in {self.region} too, where an encrypted replica takes its source's key "
                "and subnet group and must name none; list its zone in the Database's replicas instead"
            )


class DatabaseReplica(pulumi.ComponentResource):
    """A cross-region read replica, encrypted with its own region's key.

    Leaves out promotion: that is an operator's decision. Costs as much as any instance of its class, storage, and the
    traffic from the writer's region.
    """

    arn: pulumi.Output[str]
    identifier: pulumi.Output[str]
    address: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    resource_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    port: int
    alarms: Alarms

    def __init__(self, name: str, args: DatabaseReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        own_identifier = identifier(args.identifier, name, RDS_IDENTIFIER_MAX)
        super().__init__(
            "breakwater:database_replica:DatabaseReplica", name, None, formerly(opts, "breakwater:database:Database")
        )
        self._args = args
        ground = create_ground(name, args, self)
        instance = self._create_instance(name, own_identifier, args, ground)
        create_reader_records(name, args, {"replica": instance.address}, self)
        create_event_subscription(f"{name}-events", "db-instance", [instance.identifier], args.alarms, self)
        create_event_subscription(
            f"{name}-parameter-events", "db-parameter-group", [ground.parameter_group.name], args.alarms, self
        )
        self.alarms = Alarms(
            f"{name}-alarms",
            AlarmsArgs(
                target=args.alarms,
                definitions=instance_alarms("replica", "The replica", instance.identifier, args, replica=True),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn, self.identifier, self.address = instance.arn, instance.identifier, instance.address
        self.reader_endpoint = pulumi.Output.from_input(args.reader_name) if args.reader_name else instance.address
        self.resource_id, self.port = instance.resource_id, args.port
        self.security_group_id = ground.security_group.id
        self.register_outputs(
            {
                "arn": self.arn,
                "identifier": self.identifier,
                "address": self.address,
                "reader_endpoint": self.reader_endpoint,
                "resource_id": self.resource_id,
                "security_group_id": self.security_group_id,
                "port": self.port,
            }
        )

    def connect_statement(self, user: str) -> Statement:
        """What a task role needs to connect as a database user with an IAM token."""
        return Statement(actions=["rds-db:connect"], resources=[connect_arn(self._args, self.resource_id, user)])

    def _create_instance(
        self, name: str, own_identifier: str, args: DatabaseReplicaArgs, ground: Ground
    ) -> rds.Instance:
        log_groups = create_log_groups(name, own_identifier, args, self)
        return rds.Instance(
            name,
            identifier=own_identifier,
            replicate_source_db=args.source_arn,
            db_subnet_group_name=ground.subnet_group.name,
            kms_key_id=args.keys.data,
            multi_az=args.multi_az,
            backup_retention_period=args.backup_retention_days or None,
            delete_automated_backups=not args.protect if args.backup_retention_days else None,
            # RDS takes no final snapshot of a replica.
            skip_final_snapshot=True,
            **instance_inputs(args, ground),
            opts=instance_options(args, ground, log_groups, self),
        )
