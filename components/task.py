"""What a service or a job runs: a task definition with its roles, log group and security group.

Children: log group, and one for the metrics of a collector; execution role (pulls the images, writes the log, reads the
declared secrets) and task role (what the program itself may do), each with its inline policy; security group with its
edges; task definition.
"""

from collections.abc import Iterable, Sequence

import pulumi
from pulumi_aws import cloudwatch, ec2, ecs, iam

from components._connections import Connection, create_connection
from components._containers import Container, Image, container_definitions, ecr_repository_arn
from components._iam import Statement, policy_document, service_trust
from components._names import ROLE_MAX, check_auto_name, fixed_name
from components._task_args import SecretVersion, TaskArgs
from components._telemetry import COLLECTOR, Telemetry, check_room, collector, program_variables, telemetry_statements
from components.security import HttpsEgress, HttpsEgressArgs

__all__ = ["TASKS_SERVICE", "Connection", "SecretVersion", "Task", "TaskArgs"]

TASKS_SERVICE = "ecs-tasks.amazonaws.com"


class Task(pulumi.ComponentResource):
    """A task definition of one container, by choice with a collector beside it, and all that it needs to start.

    Read-only root file system, no capabilities, init process, non-blocking log. Costs nothing until it runs; then
    Fargate's price per vCPU and GB of memory, and the log's per GB.
    """

    definition_arn: pulumi.Output[str]
    family_arn: pulumi.Output[str]
    """ARN of the task definition without its revision."""
    security_group_id: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    execution_role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    container_name: str

    def __init__(
        self,
        name: str,
        args: TaskArgs,
        *,
        port: int | None = None,
        port_name: str | None = None,
        telemetry: Telemetry | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("breakwater:task:Task", name, None, opts)
        check_auto_name(f"{name}-execution", ROLE_MAX, "a role")
        if telemetry is not None:
            check_room(telemetry, args.cpu, args.memory)
        self._child = pulumi.ResourceOptions(parent=self)
        self.container_name = name
        log_group = self._create_log_group(f"{name}-logs", args)
        metrics_group = self._create_log_group(f"{name}-metrics", args) if telemetry else None
        execution_role = self._create_execution_role(f"{name}-execution", args, telemetry, log_group)
        task_role = self._create_task_role(f"{name}-task", args, metrics_group)
        group = self._create_security_group(name, args)
        containers = [_program(name, args, port, port_name, telemetry, log_group.name)]
        if telemetry and metrics_group:
            sidecar = collector(
                telemetry, log_group=log_group.name, metrics_group=metrics_group.name, region=args.region
            )
            containers.append(sidecar)
        definition = self._create_definition(name, args, containers, execution_role, task_role)
        self.definition_arn = definition.arn
        self.family_arn = definition.arn_without_revision
        self.security_group_id = group.id
        self.task_role_arn = task_role.arn
        self.execution_role_arn = execution_role.arn
        self.log_group_name = log_group.name
        self.register_outputs(
            {
                "definition_arn": self.definition_arn,
                "family_arn": self.family_arn,
                "security_group_id": self.security_group_id,
                "task_role_arn": self.task_role_arn,
                "execution_role_arn": self.execution_role_arn,
                "log_group_name": self.log_group_name,
            }
        )

    def _create_log_group(self, name: str, args: TaskArgs) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            name, retention_in_days=args.log_retention_days, kms_key_id=args.keys.logs, opts=self._child
        )

    def _create_execution_role(
        self, name: str, args: TaskArgs, telemetry: Telemetry | None, log_group: cloudwatch.LogGroup
    ) -> iam.Role:
        trust = service_trust(TASKS_SERVICE, source_account=args.account_id)
        role = iam.Role(name, assume_role_policy=trust, opts=self._child)
        images = [args.image, *([telemetry.image] if telemetry else [])]
        policy = policy_document(_execution_statements(args, images, log_group.arn))
        iam.RolePolicy(name, role=role.name, policy=policy, opts=self._child)
        return role

    def _create_task_role(self, name: str, args: TaskArgs, metrics_group: cloudwatch.LogGroup | None) -> iam.Role:
        # ECS cannot say for which cluster or service a role is assumed: the account and region are all there is.
        source = pulumi.Output.concat(f"arn:aws:ecs:{args.region}:", args.account_id, ":*")
        trust = service_trust(TASKS_SERVICE, source_account=args.account_id, source_arn=source)
        role = iam.Role(name, assume_role_policy=trust, opts=self._child)
        statements = [*args.role_statements(), *(telemetry_statements(metrics_group.arn) if metrics_group else [])]
        if statements:
            iam.RolePolicy(name, role=role.name, policy=policy_document(statements), opts=self._child)
        return role

    def _create_security_group(self, name: str, args: TaskArgs) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            name, vpc_id=args.vpc_id, description=f"Tasks of {name}", tags={"Name": name}, opts=self._child
        )
        https = HttpsEgressArgs(security_group_id=group.id, dual_stack=args.dual_stack)
        HttpsEgress(f"{name}-https", https, opts=self._child)
        for target, connection in sorted(args.connects.items()):
            description = f"{name} to {target}"
            create_connection(f"{name}-to-{target}", group.id, connection, description, self._child)
        return group

    def _create_definition(
        self,
        name: str,
        args: TaskArgs,
        containers: Sequence[Container],
        execution_role: iam.Role,
        task_role: iam.Role,
    ) -> ecs.TaskDefinition:
        return ecs.TaskDefinition(
            name,
            # Required by ECS, so not auto-named; two stacks of one account must not share a family.
            family=fixed_name(name),
            container_definitions=container_definitions(containers),
            cpu=str(args.cpu),
            memory=str(args.memory),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            runtime_platform=ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture=args.architecture, operating_system_family="LINUX"
            ),
            execution_role_arn=execution_role.arn,
            task_role_arn=task_role.arn,
            volumes=[ecs.TaskDefinitionVolumeArgs(name=volume) for volume in sorted(args.writable_volumes)],
            # Old revisions stay active: a rollback, by ECS or by hand, needs one to go back to.
            skip_destroy=True,
            opts=self._child,
        )


def _program(
    name: str,
    args: TaskArgs,
    port: int | None,
    port_name: str | None,
    telemetry: Telemetry | None,
    log_group: pulumi.Output[str],
) -> Container:
    """The container that the task is there for."""
    return Container(
        name=name,
        image=args.image,
        log_group=log_group,
        region=args.region,
        command=args.command,
        environment={**args.environment, **(program_variables(telemetry) if telemetry else {})},
        secrets={key: _value_from(secret) for key, secret in args.secrets.items()},
        port=port,
        port_name=port_name,
        health_command=args.health_command,
        user=args.user,
        writable_volumes=args.writable_volumes,
        stop_timeout_seconds=args.stop_timeout_seconds,
        # Where one container reserves CPU, those that reserve none come last when it is short.
        cpu=args.cpu - telemetry.cpu if telemetry else 0,
        # Up before the program, and down after it, to send the last spans. If it fails later, the program goes on.
        depends_on={COLLECTOR: "START"} if telemetry else {},
    )


def _value_from(secret: pulumi.Input[str] | SecretVersion) -> pulumi.Input[str]:
    return secret.value_from if isinstance(secret, SecretVersion) else secret


def _execution_statements(
    args: TaskArgs, images: Sequence[Image], log_group_arn: pulumi.Output[str]
) -> list[Statement]:
    """What Fargate does on the task's behalf before the program starts, and for its log."""
    statements = [
        Statement(
            sid="WriteLog",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[pulumi.Output.concat(log_group_arn, ":*")],
        )
    ]
    repositories = _distinct(map(ecr_repository_arn, images))
    if repositories:
        statements += [
            # ECR gives one token for a whole registry; the permission knows no resource.
            Statement(sid="LogInToRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            Statement(
                sid="PullImage",
                actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                resources=repositories,
            ),
        ]
    if args.secrets:
        statements += [
            Statement(sid="ReadSecrets", actions=["secretsmanager:GetSecretValue"], resources=_secret_arns(args)),
            Statement(
                sid="DecryptSecrets",
                actions=["kms:Decrypt"],
                resources=[args.keys.secrets],
                conditions={"StringEquals": {"kms:ViaService": f"secretsmanager.{args.region}.amazonaws.com"}},
            ),
        ]
    return statements


def _secret_arns(args: TaskArgs) -> list[pulumi.Input[str]]:
    """Each secret once, though several variables may come from its keys."""
    secrets = (secret for _, secret in sorted(args.secrets.items(), key=lambda item: item[0]))
    return _distinct(secret.arn if isinstance(secret, SecretVersion) else secret for secret in secrets)


def _distinct(arns: Iterable[pulumi.Input[str] | None]) -> list[pulumi.Input[str]]:
    """Each ARN once, in order; of those not known yet each output once."""
    found: list[pulumi.Input[str]] = []
    for arn in arns:
        if arn is not None and not any(arn is known or (isinstance(arn, str) and arn == known) for known in found):
            found.append(arn)
    return found
