"""The ECS cluster of a region: a namespace for services and jobs, which run on Fargate.

Children: the log group of Container Insights, the cluster, its capacity providers; by choice the namespace in which
services call each other, and the log group of sessions.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, ecs

from components._execute_command import Sessions
from components._names import fixed_name
from components.flow_log import check_retention

ON_DEMAND = "FARGATE"
SPOT = "FARGATE_SPOT"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterArgs:
    """What a Cluster needs."""

    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the log groups."""
    log_retention_days: int = 30
    """Days that Container Insights' performance records and sessions are kept; default 30."""
    service_connect: bool = False
    """Whether services can call each other by name; default no."""
    sessions: bool = False
    """Whether sessions in running tasks can be recorded, without which no service may allow them; default no."""

    def __post_init__(self) -> None:
        check_retention("log_retention_days", self.log_retention_days)


class Cluster(pulumi.ComponentResource):
    """A cluster without instances of its own; tasks are on-demand unless a service asks for Spot.

    Costs nothing itself; Container Insights is charged per metric and per GB of records.
    """

    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    namespace_arn: pulumi.Output[str] | None
    """Namespace of services that call each other; None unless `service_connect`."""
    sessions: Sessions | None
    """Where sessions are recorded; None unless `sessions`."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:cluster:Cluster", name, None, opts)
        # Fixed: the log group's name contains it, and must be known before the cluster exists.
        self._physical_name = fixed_name(name)
        insights = self._create_log_group(name, args)
        sessions = self._create_sessions_group(name, args) if args.sessions else None
        cluster = self._create_cluster(name, insights, sessions)
        providers = self._create_providers(name, cluster)
        self.namespace_arn = self._create_namespace(name) if args.service_connect else None
        self.sessions = Sessions(log_group_arn=sessions.arn) if sessions else None
        # A service names a capacity provider, which ECS refuses until the cluster has it: both outputs wait for that.
        self.arn = pulumi.Output.all(cluster.arn, providers.id).apply(lambda values: str(values[0]))
        self.name = providers.cluster_name
        self.register_outputs({"arn": self.arn, "name": self.name})

    def _create_log_group(self, name: str, args: ClusterArgs) -> cloudwatch.LogGroup:
        """Made before the cluster: AWS would make it without a key, and keep its records for one day."""
        return cloudwatch.LogGroup(
            f"{name}-insights",
            name=f"/aws/ecs/containerinsights/{self._physical_name}/performance",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_sessions_group(self, name: str, args: ClusterArgs) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            f"{name}-sessions",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_cluster(
        self, name: str, insights: cloudwatch.LogGroup, sessions: cloudwatch.LogGroup | None
    ) -> ecs.Cluster:
        return ecs.Cluster(
            name,
            name=self._physical_name,
            # Enhanced: metrics per task and container, and RunningTaskCount, which alarms and scaling read.
            settings=[ecs.ClusterSettingArgs(name="containerInsights", value="enhanced")],
            configuration=_recording(sessions.name) if sessions else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[insights]),
        )

    def _create_providers(self, name: str, cluster: ecs.Cluster) -> ecs.ClusterCapacityProviders:
        return ecs.ClusterCapacityProviders(
            f"{name}-capacity",
            cluster_name=cluster.name,
            capacity_providers=[ON_DEMAND, SPOT],
            default_capacity_provider_strategies=[
                ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(capacity_provider=ON_DEMAND, weight=1)
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_namespace(self, name: str) -> pulumi.Output[str]:
        # Loaded only where it is used: most stacks do without.
        from pulumi_aws import servicediscovery

        namespace = servicediscovery.HttpNamespace(
            f"{name}-services",
            description=f"Services of {self._physical_name} that call each other",
            opts=pulumi.ResourceOptions(parent=self),
        )
        return namespace.arn


def _recording(log_group: pulumi.Output[str]) -> ecs.ClusterConfigurationArgs:
    """Every session is written down, encrypted."""
    return ecs.ClusterConfigurationArgs(
        execute_command_configuration=ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
            logging="OVERRIDE",
            log_configuration=ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                cloud_watch_encryption_enabled=True, cloud_watch_log_group_name=log_group
            ),
        )
    )
