"""RDS Proxy in front of a database's writer: pooled connections, IAM on both sides, TLS only.

Children: proxy, default target group, target, role with its policy, security group, edge to the database, log group,
event subscription, alarms.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, ec2, iam, rds

from components import _database_limits as limits
from components._database_parts import create_event_subscription
from components._database_settings import check_zones
from components._iam import Statement, policy_document, service_trust
from components._identifiers import RDS_IDENTIFIER_MAX, check_identifier
from components._proxy_alarms import proxy_alarms
from components.alarms import Alarms, AlarmsArgs, AlarmTarget
from components.security import SecurityGroupEdge, SecurityGroupEdgeArgs

PORT = 5_432
"""Where a proxy listens, whatever the database's port (RDS User Guide, limitations of RDS Proxy for PostgreSQL)."""

USER = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ProxyArgs:
    """How the connections are pooled, and for which database users."""

    users: Sequence[str] = ("app",)
    """Database users, members of rds_iam, whom the proxy may connect as; default app."""
    target: str = "writer"
    """What stands behind the proxy: the writer. RDS takes nothing else."""
    max_connections_percent: int = 90
    """Share of max_connections that the pool may open, 1 to 100."""
    max_idle_connections_percent: int = 50
    """Share of max_connections kept open when idle, 0 to max_connections_percent."""
    idle_client_timeout_seconds: int = 1_800
    """After which an idle client is disconnected."""
    borrow_timeout_seconds: int = 120
    """How long a client waits for a connection of a full pool, 0 to 300 s."""
    query_latency_alarm_milliseconds: float | None = None
    """Average time, ms, that the database takes for a query, above which is an alarm; default none: no alarm."""

    def __post_init__(self) -> None:
        if self.target != "writer":
            raise ValueError(
                f"target: RDS Proxy cannot stand in front of {self.target!r}, only the writer; "
                "leave target out and let readers use the database's reader_name"
            )
        if not self.users:
            raise ValueError("users: the proxy may connect as nobody; name one database user at least, such as app")
        for user in self.users:
            if not USER.fullmatch(user):
                raise ValueError(f"users: {user!r} is no PostgreSQL user; use lower-case letters, digits and _")
        if not 1 <= self.max_connections_percent <= 100:
            raise ValueError(f"max_connections_percent: {self.max_connections_percent}; give 1 to 100")
        if not 0 <= self.max_idle_connections_percent <= self.max_connections_percent:
            raise ValueError(
                f"max_idle_connections_percent: {self.max_idle_connections_percent}; give 0 to "
                f"max_connections_percent ({self.max_connections_percent})"
            )
        if not 1 <= self.idle_client_timeout_seconds <= limits.IDLE_CLIENT_MAX_SECONDS:
            raise ValueError(
                f"idle_client_timeout_seconds: {self.idle_client_timeout_seconds}; "
                f"give 1 to {limits.IDLE_CLIENT_MAX_SECONDS}"
            )
        if not 0 <= self.borrow_timeout_seconds <= limits.BORROW_MAX_SECONDS:
            raise ValueError(
                f"borrow_timeout_seconds: {self.borrow_timeout_seconds}; give 0 to {limits.BORROW_MAX_SECONDS}"
            )
        if self.query_latency_alarm_milliseconds is not None and self.query_latency_alarm_milliseconds <= 0:
            raise ValueError(
                f"query_latency_alarm_milliseconds: {self.query_latency_alarm_milliseconds}; "
                "give more than 0 ms, or nothing"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseProxyArgs:
    """The database that a DatabaseProxy stands in front of."""

    settings: ProxyArgs
    """How connections are pooled."""
    proxy_name: str
    """Name in RDS, unique in account and region; fixed because the log group is called after it."""
    vpc_id: pulumi.Input[str]
    """VPC of the database."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Zone -> subnet, two zones at least; use1-az3 and usw1-az2 have no proxies."""
    region: str
    """Region of the database."""
    account_id: pulumi.Input[str]
    """Account of the database."""
    writer_identifier: pulumi.Input[str]
    """The writer in RDS."""
    writer_resource_id: pulumi.Input[str]
    """The writer in IAM policies."""
    database_security_group_id: pulumi.Input[str]
    """Security group of the writer."""
    database_port: int
    """Port of the writer."""
    kms_key_arn: pulumi.Input[str]
    """Key of the log group."""
    log_retention_days: int
    """How long logs are kept."""
    alarms: AlarmTarget
    """Where alarms go."""

    def __post_init__(self) -> None:
        check_identifier("proxy_name", self.proxy_name, RDS_IDENTIFIER_MAX)
        check_zones("subnet_ids", list(self.subnet_ids), self.region)


class DatabaseProxy(pulumi.ComponentResource):
    """A proxy for the writer. USD 21.90 a month for the two vCPUs that are the least it bills (us-east-1).

    Clients authenticate with IAM tokens, and so does the proxy to the database: no password is kept anywhere.
    """

    endpoint: pulumi.Output[str]
    arn: pulumi.Output[str]
    proxy_name: pulumi.Output[str]
    """Name in metrics."""
    resource_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    port: int

    def __init__(self, name: str, args: DatabaseProxyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:database_proxy:DatabaseProxy", name, None, opts)
        role, policy = self._create_role(name, args)
        security_group = self._create_security_group(name, args)
        proxy = self._create_proxy(name, args, role, security_group)
        target = self._create_target(name, args, proxy, policy)
        Alarms(
            f"{name}-alarms",
            AlarmsArgs(
                target=args.alarms, definitions=proxy_alarms(proxy.name, args.settings.query_latency_alarm_milliseconds)
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        create_event_subscription(f"{name}-events", "db-proxy", [proxy.name], args.alarms, self)
        # Before it has its target, the proxy takes nobody to the database.
        self.endpoint = pulumi.Output.all(proxy.endpoint, target.id).apply(lambda values: str(values[0]))
        self.arn, self.port, self.proxy_name = proxy.arn, PORT, proxy.name
        # The resource id, prx-…, is shown nowhere but at the end of the ARN.
        self.resource_id = proxy.arn.apply(lambda arn: arn.rsplit(":", 1)[-1])
        self.security_group_id = security_group.id
        self.register_outputs(
            {
                "endpoint": self.endpoint,
                "arn": self.arn,
                "resource_id": self.resource_id,
                "security_group_id": self.security_group_id,
            }
        )

    def _create_role(self, name: str, args: DatabaseProxyArgs) -> tuple[iam.Role, iam.RolePolicy]:
        # No condition on the source account: RDS Proxy supports no global condition keys (RDS User Guide, limitations).
        role = iam.Role(
            name,
            description="Lets RDS Proxy connect to the database",
            assume_role_policy=service_trust("rds.amazonaws.com"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        prefix = pulumi.Output.concat(
            f"arn:aws:rds-db:{args.region}:", args.account_id, ":dbuser:", args.writer_resource_id, "/"
        )
        users = [pulumi.Output.concat(prefix, user) for user in args.settings.users]
        policy = iam.RolePolicy(
            name,
            role=role.name,
            policy=policy_document([Statement(actions=["rds-db:connect"], resources=users)]),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return role, policy

    def _create_security_group(self, name: str, args: DatabaseProxyArgs) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            name,
            description=f"Database proxy {name}",
            vpc_id=args.vpc_id,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        SecurityGroupEdge(
            f"{name}-database",
            SecurityGroupEdgeArgs(
                source_security_group_id=group.id,
                target_security_group_id=args.database_security_group_id,
                port=args.database_port,
                description="Proxy to database",
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return group

    def _create_proxy(
        self,
        name: str,
        args: DatabaseProxyArgs,
        role: iam.Role,
        security_group: ec2.SecurityGroup,
    ) -> rds.Proxy:
        log_group = cloudwatch.LogGroup(
            name,
            # The name is RDS's own rule.
            name=f"/aws/rds/proxy/{args.proxy_name}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return rds.Proxy(
            name,
            name=args.proxy_name,
            engine_family="POSTGRESQL",
            default_auth_scheme="IAM_AUTH",
            require_tls=True,
            # Would put the text of SQL statements into the log.
            debug_logging=False,
            idle_client_timeout=args.settings.idle_client_timeout_seconds,
            role_arn=role.arn,
            vpc_subnet_ids=list(args.subnet_ids.values()),
            vpc_security_group_ids=[security_group.id],
            # Not the policy, which waits for the database: proxy and database are made at the same time.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, depends_on=[log_group]),
        )

    def _create_target(
        self, name: str, args: DatabaseProxyArgs, proxy: rds.Proxy, policy: iam.RolePolicy
    ) -> rds.ProxyTarget:
        child = pulumi.ResourceOptions(parent=self)
        group = rds.ProxyDefaultTargetGroup(
            name,
            db_proxy_name=proxy.name,
            connection_pool_config=rds.ProxyDefaultTargetGroupConnectionPoolConfigArgs(
                max_connections_percent=args.settings.max_connections_percent,
                max_idle_connections_percent=args.settings.max_idle_connections_percent,
                connection_borrow_timeout=args.settings.borrow_timeout_seconds,
            ),
            opts=child,
        )
        return rds.ProxyTarget(
            name,
            db_proxy_name=proxy.name,
            target_group_name=group.name,
            db_instance_identifier=args.writer_identifier,
            # With its target the proxy starts to connect.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
