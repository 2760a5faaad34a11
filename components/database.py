"""PostgreSQL: a writer, read replicas in other zones of its region, and RDS Proxy in front of the writer.

Children: the writer, its subnet group, security group, parameter group, monitoring role and master credential; one
instance for each replica; two log groups for each instance; the proxy; weighted records of the reader name; two event
subscriptions; alarms.
"""

import pulumi
from pulumi_aws import rds

from components._database_alarms import instance_alarms
from components._database_args import DatabaseArgs
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
from components._iam import Statement
from components._identifiers import RDS_IDENTIFIER_MAX, identifier
from components.alarms import Alarms, AlarmsArgs
from components.database_proxy import DatabaseProxy, DatabaseProxyArgs, ProxyArgs
from components.database_replica import DatabaseReplica, DatabaseReplicaArgs
from components.master_credential import MasterCredential, MasterCredentialArgs

__all__ = ["Database", "DatabaseArgs", "DatabaseReplica", "DatabaseReplicaArgs", "ProxyArgs"]


class Database(pulumi.ComponentResource):
    """A PostgreSQL writer with standby, replicas and proxy.

    Services connect with IAM tokens: to `write_endpoint` for everything, to `reader_endpoint` for reads that may be a
    little old. Without a replica the reader name leads to the writer itself, not to the proxy, so that its port and
    security group stay those of the instances. Leaves out replicas in other regions (DatabaseReplica) and the
    database's own users. With db.r7g.large and 100 GiB about USD 372 a month for a writer with standby, 186 for each
    replica, 22 for the proxy (us-east-1).
    """

    writer_arn: pulumi.Output[str]
    writer_identifier: pulumi.Output[str]
    writer_address: pulumi.Output[str]
    resource_id: pulumi.Output[str]
    replica_identifiers: dict[str, pulumi.Output[str]]
    replica_resource_ids: dict[str, pulumi.Output[str]]
    proxy_name: pulumi.Output[str] | None
    proxy_endpoint: pulumi.Output[str] | None
    proxy_resource_id: pulumi.Output[str] | None
    proxy_security_group_id: pulumi.Output[str] | None
    proxy_port: int | None
    write_endpoint: pulumi.Output[str]
    write_port: int
    write_security_group_id: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    port: int
    database_name: str
    master_secret_arn: pulumi.Output[str]
    alarms: Alarms

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        replicas = {zone.removeprefix(args.region).strip("-"): zone for zone in args.replicas}
        suffixes = ["-proxy", *(f"-replica-{key}" for key in replicas)]
        own_identifier = identifier(args.identifier, name, RDS_IDENTIFIER_MAX, max(suffixes, key=len))
        super().__init__(
            "breakwater:database:Database", name, None, formerly(opts, "breakwater:database_replica:DatabaseReplica")
        )
        self._args = args
        ground = create_ground(name, args, self)
        writer = self._create_writer(name, own_identifier, args, ground)
        instances = {
            key: self._create_replica(f"{name}-replica-{key}", f"{own_identifier}-replica-{key}", zone, writer, ground)
            for key, zone in replicas.items()
        }
        proxy = self._create_proxy(f"{name}-proxy", f"{own_identifier}-proxy", args, writer, ground)
        targets = {key: replica.address for key, replica in instances.items()} or {"writer": writer.address}
        create_reader_records(name, args, targets, self)
        self._create_subscriptions(name, args, [writer, *instances.values()], ground)
        self._create_alarms(name, args, writer, instances)
        self._set_outputs(args, writer, instances, proxy, ground)

    def connect_statement(self, user: str) -> Statement:
        """What a task role needs to connect as a database user with an IAM token, for writing and for reading."""
        ids = [
            self.resource_id if self.proxy_resource_id is None else self.proxy_resource_id,
            *(self.replica_resource_ids.values() or [self.resource_id]),
        ]
        arns = [connect_arn(self._args, resource_id, user) for resource_id in dict.fromkeys(ids)]
        return Statement(actions=["rds-db:connect"], resources=arns)

    def _create_writer(self, name: str, own_identifier: str, args: DatabaseArgs, ground: Ground) -> rds.Instance:
        credential = self._create_credential(f"{name}-master", own_identifier, args)
        log_groups = create_log_groups(name, own_identifier, args, self)
        writer = rds.Instance(
            name,
            identifier=own_identifier,
            engine="postgres",
            engine_version=args.engine_version,
            kms_key_id=args.keys.data,
            db_name=args.database_name,
            username=args.master_username,
            password_wo=credential.password if credential else None,
            password_wo_version=credential.version if credential else None,
            manage_master_user_password=True if args.managed_master_password else None,
            master_user_secret_kms_key_id=args.keys.secrets if args.managed_master_password else None,
            db_subnet_group_name=ground.subnet_group.name,
            multi_az=args.multi_az,
            availability_zone=args.writer_zone,
            backup_retention_period=args.backup_retention_days,
            delete_automated_backups=not args.protect,
            skip_final_snapshot=not args.protect,
            final_snapshot_identifier=_final_snapshot(own_identifier, ground) if args.protect else None,
            blue_green_update=rds.InstanceBlueGreenUpdateArgs(enabled=True) if args.blue_green_updates else None,
            **instance_inputs(args, ground),
            opts=instance_options(args, ground, log_groups, self),
        )
        self.master_secret_arn = credential.secret_arn if credential else _managed_secret_arn(writer)
        return writer

    def _create_credential(self, name: str, own_identifier: str, args: DatabaseArgs) -> MasterCredential | None:
        if args.managed_master_password:
            return None
        return MasterCredential(
            name,
            MasterCredentialArgs(
                kms_key_arn=args.keys.secrets,
                username=args.master_username,
                # What tools that read database secrets expect. The host is not known yet, the identifier is.
                details={
                    "engine": "postgres",
                    "port": args.port,
                    "dbname": args.database_name,
                    "dbInstanceIdentifier": own_identifier,
                },
                version=args.master_password_version,
                protect=args.protect,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_replica(
        self, name: str, own_identifier: str, zone: str, writer: rds.Instance, ground: Ground
    ) -> rds.Instance:
        log_groups = create_log_groups(name, own_identifier, self._args, self)
        # Engine, credential, key and subnet group are the source's, which need not be named in one region.
        return rds.Instance(
            name,
            identifier=own_identifier,
            replicate_source_db=writer.identifier,
            availability_zone=zone,
            multi_az=False,
            # RDS takes no final snapshot of a replica.
            skip_final_snapshot=True,
            **{**instance_inputs(self._args, ground), "maintenance_window": self._args.replica_maintenance_window},
            opts=instance_options(self._args, ground, log_groups, self),
        )

    def _create_proxy(
        self, name: str, proxy_name: str, args: DatabaseArgs, writer: rds.Instance, ground: Ground
    ) -> DatabaseProxy | None:
        if args.proxy is None:
            return None
        return DatabaseProxy(
            name,
            DatabaseProxyArgs(
                settings=args.proxy,
                proxy_name=proxy_name,
                vpc_id=args.vpc_id,
                subnet_ids=args.subnet_ids,
                region=args.region,
                account_id=args.account_id,
                writer_identifier=writer.identifier,
                writer_resource_id=writer.resource_id,
                database_security_group_id=ground.security_group.id,
                database_port=args.port,
                kms_key_arn=args.keys.logs,
                log_retention_days=args.log_retention_days,
                alarms=args.alarms,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_subscriptions(
        self, name: str, args: DatabaseArgs, instances: list[rds.Instance], ground: Ground
    ) -> None:
        identifiers = [instance.identifier for instance in instances]
        create_event_subscription(f"{name}-events", "db-instance", identifiers, args.alarms, self)
        create_event_subscription(
            f"{name}-parameter-events",
            "db-parameter-group",
            [ground.parameter_group.name],
            args.alarms,
            self,
        )

    def _create_alarms(
        self, name: str, args: DatabaseArgs, writer: rds.Instance, replicas: dict[str, rds.Instance]
    ) -> None:
        definitions = instance_alarms("writer", "The writer", writer.identifier, args, replica=False)
        for key, replica in replicas.items():
            definitions += instance_alarms(f"replica-{key}", f"Replica {key}", replica.identifier, args, replica=True)
        self.alarms = Alarms(
            f"{name}-alarms",
            AlarmsArgs(target=args.alarms, definitions=definitions),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _set_outputs(
        self,
        args: DatabaseArgs,
        writer: rds.Instance,
        replicas: dict[str, rds.Instance],
        proxy: DatabaseProxy | None,
        ground: Ground,
    ) -> None:
        self.writer_arn, self.writer_identifier, self.writer_address = writer.arn, writer.identifier, writer.address
        self.resource_id = writer.resource_id
        self.replica_identifiers = {key: replica.identifier for key, replica in replicas.items()}
        self.replica_resource_ids = {key: replica.resource_id for key, replica in replicas.items()}
        self.security_group_id, self.port, self.database_name = ground.security_group.id, args.port, args.database_name
        self.proxy_name = proxy.proxy_name if proxy else None
        self.proxy_endpoint = proxy.endpoint if proxy else None
        self.proxy_resource_id = proxy.resource_id if proxy else None
        self.proxy_security_group_id = proxy.security_group_id if proxy else None
        self.proxy_port = proxy.port if proxy else None
        self.write_endpoint = proxy.endpoint if proxy else writer.address
        self.write_port = proxy.port if proxy else args.port
        self.write_security_group_id = proxy.security_group_id if proxy else self.security_group_id
        self.reader_endpoint = pulumi.Output.from_input(args.reader_name) if args.reader_name else writer.address
        names = (
            "writer_arn", "writer_identifier", "writer_address", "resource_id", "replica_resource_ids",
            "proxy_endpoint", "proxy_resource_id", "proxy_security_group_id", "proxy_port", "write_endpoint",
            "write_port", "write_security_group_id", "reader_endpoint", "security_group_id", "port", "database_name",
            "master_secret_arn",
        )  # fmt: skip
        self.register_outputs({name: getattr(self, name) for name in names})


def _final_snapshot(own_identifier: str, ground: Ground) -> pulumi.Output[str]:
    """Another name for each database of the same identifier: RDS refuses to delete one whose snapshot exists already.

    The id of the security group is the one part that is known before the database is made, and gone with it.
    """
    return pulumi.Output.concat(
        own_identifier, "-final-", ground.security_group.id.apply(lambda group: group.removeprefix("sg-"))
    )


def _managed_secret_arn(writer: rds.Instance) -> pulumi.Output[str]:
    return writer.master_user_secrets.apply(lambda secrets: str(secrets[0].secret_arn) if secrets else "")
