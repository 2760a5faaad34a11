"""What stands between a job's schedule and its task: a state machine with the lock, the ledger and the time limit.

Children: the machine's log group, its role with policy, the state machine.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, iam, sfn

from components._iam import Statement, policy_document, service_trust
from components._job_machine import STOP_MARGIN_SECONDS, Machine, Overlap, machine_definition
from components._names import MACHINE_MAX, fixed_name
from components._states import LedgerItem
from components.ledger import LedgerEntry
from components.task import TASKS_SERVICE, Task, TaskArgs


@dataclass(frozen=True, kw_only=True, slots=True)
class JobGuardArgs:
    """Which task is guarded, and how."""

    job: TaskArgs
    """Where and as what the task runs."""
    task: Task
    """The task."""
    family: str
    """Family of its task definition."""
    ledger: LedgerEntry
    """The job's item."""
    maximum_run_seconds: int
    """Seconds after which a run is stopped."""
    overlap: Overlap
    """What becomes of a run that finds another one under way."""


class JobGuard(pulumi.ComponentResource):
    """A standard workflow: each step is recorded and happens once, and a run may take as long as it must.

    Seven state transitions for a run that has nothing in its way: USD 0.000175 at USD 25 a million (us-east-1; 4,000 a
    month are free), or 7.70 a month for a job that runs every minute.
    """

    machine_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: JobGuardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:job_guard:JobGuard", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        # Fixed: the role's policy names the machine and its executions before it exists.
        self._machine_name = _machine_name(name)
        log_group = self._create_log_group(name, args)
        role, policy = self._create_role(name, args)
        machine = self._create_machine(name, args, role, policy, log_group)
        self.machine_arn = machine.arn
        self.log_group_name = log_group.name
        self.register_outputs({"machine_arn": self.machine_arn, "log_group_name": self.log_group_name})

    def _create_log_group(self, name: str, args: JobGuardArgs) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            f"{name}-runs",
            # AWS's prefix for logs that its services deliver: without it each machine makes the account's resource
            # policy for log groups longer, up to its limit.
            name=f"/aws/vendedlogs/states/{self._machine_name}",
            retention_in_days=args.job.log_retention_days,
            kms_key_id=args.job.keys.logs,
            opts=self._child,
        )

    def _create_role(self, name: str, args: JobGuardArgs) -> tuple[iam.Role, iam.RolePolicy]:
        machine_arn = self._arn(args, "states", "stateMachine:", self._machine_name)
        role = iam.Role(
            f"{name}-machine",
            assume_role_policy=service_trust(
                "states.amazonaws.com", source_account=args.job.account_id, source_arn=machine_arn
            ),
            opts=self._child,
        )
        statements = [
            *_task_statements(args),
            *_ledger_statements(args),
            Statement(
                sid="SeeOtherRuns",
                actions=["states:DescribeExecution"],
                resources=[self._arn(args, "states", "execution:", self._machine_name, ":*")],
            ),
            *_history_statements(args, machine_arn),
        ]
        policy = iam.RolePolicy(f"{name}-machine", role=role.name, policy=policy_document(statements), opts=self._child)
        return role, policy

    def _create_machine(
        self,
        name: str,
        args: JobGuardArgs,
        role: iam.Role,
        policy: iam.RolePolicy,
        log_group: cloudwatch.LogGroup,
    ) -> "sfn.StateMachine":  # in quotes: stacks without jobs need not load the module
        machine = Machine(
            region=args.job.region,
            item=LedgerItem(table_name=args.ledger.table_name, job=args.ledger.job),
            cluster_arn=args.job.cluster_arn,
            family=args.family,
            definition_arn=args.task.definition_arn,
            container=args.task.container_name,
            subnet_ids=args.job.subnet_ids,
            security_group_id=args.task.security_group_id,
            maximum_run_seconds=args.maximum_run_seconds,
            stop_seconds=args.job.stop_timeout_seconds + STOP_MARGIN_SECONDS,
            overlap=args.overlap,
        )
        return sfn.StateMachine(
            name,
            name=self._machine_name,
            type="STANDARD",
            role_arn=role.arn,
            definition=machine_definition(machine),
            logging_configuration=sfn.StateMachineLoggingConfigurationArgs(
                level="ERROR",
                # Times and ARNs: the task's secrets are in neither its input nor its description.
                include_execution_data=True,
                log_destination=pulumi.Output.concat(log_group.arn, ":*"),
            ),
            encryption_configuration=sfn.StateMachineEncryptionConfigurationArgs(
                type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=args.job.keys.logs, kms_data_key_reuse_period_seconds=900
            ),
            # Step Functions tries the role's permissions when the machine is made.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    @staticmethod
    def _arn(args: JobGuardArgs, service: str, *parts: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(f"arn:aws:{service}:{args.job.region}:", args.job.account_id, ":", *parts)


def _machine_name(name: str) -> str:
    found = fixed_name(name)
    if len(found) > MACHINE_MAX:
        raise ValueError(
            f"name: the state machine's name {found!r} has {len(found)} characters, AWS allows {MACHINE_MAX}; shorten "
            f"{name!r} or the stack's name by {len(found) - MACHINE_MAX}"
        )
    return found


def _task_statements(args: JobGuardArgs) -> list[Statement]:
    """AWS's list for `ecs:runTask.sync`, on this cluster and family instead of everything."""
    job, task = args.job, args.task
    cluster = {"ArnEquals": {"ecs:cluster": job.cluster_arn}}
    ecs_arn = pulumi.Output.concat(f"arn:aws:ecs:{job.region}:", job.account_id)
    tasks_arn = pulumi.Output.concat(ecs_arn, ":task/", job.cluster_name, "/*")
    return [
        Statement(
            sid="RunTask",
            actions=["ecs:RunTask"],
            # Any revision: a run may be under way with the old one while a deployment brings the next.
            resources=[pulumi.Output.concat(task.family_arn, ":*")],
            conditions=cluster,
        ),
        Statement(
            sid="TagTask",
            actions=["ecs:TagResource"],
            resources=[tasks_arn],
            conditions={"StringEquals": {"ecs:CreateAction": "RunTask"}},
        ),
        Statement(sid="FollowTask", actions=["ecs:DescribeTasks", "ecs:StopTask"], resources=[tasks_arn]),
        # Listing a family's tasks knows no resource but the cluster.
        Statement(sid="FindTasks", actions=["ecs:ListTasks"], resources=["*"], conditions=cluster),
        Statement(
            sid="PassRoles",
            actions=["iam:PassRole"],
            resources=[task.execution_role_arn, task.task_role_arn],
            conditions={"StringEquals": {"iam:PassedToService": TASKS_SERVICE}},
        ),
        # Step Functions' own rule, by which it hears that a task has stopped.
        Statement(
            sid="HearOfTasks",
            actions=["events:DescribeRule", "events:PutRule", "events:PutTargets"],
            resources=[
                pulumi.Output.concat(
                    f"arn:aws:events:{job.region}:", job.account_id, ":rule/StepFunctionsGetEventsForECSTaskRule"
                )
            ],
        ),
    ]


def _ledger_statements(args: JobGuardArgs) -> list[Statement]:
    return [
        Statement(
            sid="KeepLedger",
            actions=["dynamodb:GetItem", "dynamodb:UpdateItem"],
            resources=[args.ledger.table_arn],
            # Its own item only.
            conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [args.ledger.job]}},
        ),
        Statement(
            sid="DecryptLedger",
            actions=["kms:Decrypt"],
            resources=[args.job.keys.data],
            conditions={"StringEquals": {"kms:ViaService": f"dynamodb.{args.job.region}.amazonaws.com"}},
        ),
    ]


def _history_statements(args: JobGuardArgs, machine_arn: pulumi.Output[str]) -> list[Statement]:
    """The history is encrypted by this role, and what is logged of it once more for the delivery."""
    logs_arn = pulumi.Output.concat(f"arn:aws:logs:{args.job.region}:", args.job.account_id, ":*")
    return [
        Statement(
            sid="EncryptHistory",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[args.job.keys.logs],
            conditions={"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": machine_arn}},
        ),
        Statement(
            sid="EncryptLog",
            actions=["kms:GenerateDataKey"],
            resources=[args.job.keys.logs],
            conditions={"StringLike": {"kms:EncryptionContext:SourceArn": logs_arn}},
        ),
        # Log deliveries belong to the account; the permissions know no resource.
        Statement(
            sid="DeliverLog",
            actions=[
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
            resources=["*"],
        ),
    ]
