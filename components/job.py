"""A program that runs on a schedule and ends: EventBridge Scheduler starting a task on Fargate.

Children: the task (roles, log group, security group, definition); schedule group and schedule; the role that may start
the task; a dead-letter queue for runs that could not be started; a rule that notices runs that failed; alarms.
"""

import re
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, iam, scheduler, sqs

from components._iam import Statement, policy_document, service_trust
from components._job_alarms import CLOCK_CHANGE_SECONDS, job_alarms, missed_run_window
from components._names import EVENT_RULE_MAX, SCHEDULE_MAX, check_auto_name
from components._schedule import Recurrence, recurrence
from components.alarms import Alarms, AlarmsArgs
from components.task import TASKS_SERVICE, Connection, SecretVersion, Task, TaskArgs

__all__ = ["Connection", "Job", "JobArgs", "SecretVersion"]

# EventBridge Scheduler API reference: FlexibleTimeWindow, RetryPolicy, ScheduleExpressionTimezone.
WINDOW_MINUTES_MAX = 1_440
RETRIES_MAX = 185
EVENT_AGE_MIN, EVENT_AGE_MAX = 60, 86_400
_TIMEZONE = re.compile(r"(?=.{1,50}$)[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")

# A run that starts an hour late is as good as missed, and the next one takes over.
RETRY_WINDOW_LONGEST = 3_600
DEAD_LETTER_RETENTION_SECONDS = 1_209_600


@dataclass(frozen=True, kw_only=True, slots=True)
class JobArgs(TaskArgs):
    """What runs, and when."""

    schedule: str
    """rate(value unit) or cron(minutes hours day-of-month month day-of-week year)."""
    timezone: str = "UTC"
    """Time zone of a cron expression, such as Europe/Dublin; default UTC."""
    flexible_window_minutes: int = 0
    """Minutes within which a run may start, up to 1440, so that many jobs do not start at once; default 0."""
    retries: int = 3
    """Further attempts to start a run, 0 to 185; default 3. A run that was started is never repeated."""
    retry_window_seconds: int | None = None
    """Seconds in which attempts go on, 60 to 86400; default until the next run, an hour at most."""
    enabled: bool = True
    """Whether the schedule runs, so that a standby region can have it ready; default yes."""

    def __post_init__(self) -> None:
        TaskArgs.__post_init__(self)
        gap = recurrence(self.schedule).shortest_gap
        if not _TIMEZONE.fullmatch(self.timezone):
            raise ValueError(f"timezone: {self.timezone!r} is no name of a time zone; write it as Europe/Dublin")
        if not 0 <= self.flexible_window_minutes <= WINDOW_MINUTES_MAX:
            raise ValueError(f"flexible_window_minutes: {self.flexible_window_minutes}; give 0 to {WINDOW_MINUTES_MAX}")
        if self.flexible_window_minutes * 60 >= gap:
            raise ValueError(
                f"flexible_window_minutes: {self.flexible_window_minutes} reach into the next run, "
                f"{gap // 60} minutes later by {self.schedule}; use a shorter window"
            )
        if not 0 <= self.retries <= RETRIES_MAX:
            raise ValueError(f"retries: {self.retries}; EventBridge Scheduler takes 0 to {RETRIES_MAX}")
        if self.retry_window_seconds is not None and not EVENT_AGE_MIN <= self.retry_window_seconds <= EVENT_AGE_MAX:
            raise ValueError(
                f"retry_window_seconds: {self.retry_window_seconds} s; give {EVENT_AGE_MIN} to {EVENT_AGE_MAX}"
            )


class Job(pulumi.ComponentResource):
    """A scheduled task, on demand: a run that Spot ends early would be a failed run.

    Two runs overlap when one takes longer than the schedule's gap: a job that must not must take a lock itself. Costs
    Fargate's price while it runs, four or five alarms, and USD 1 for a million starts.
    """

    security_group_id: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    schedule_arn: pulumi.Output[str]
    dead_letter_arn: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]

    def __init__(self, name: str, args: JobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:job:Job", name, None, opts)
        check_auto_name(name, SCHEDULE_MAX, "the schedule")
        check_auto_name(f"{name}-failed", EVENT_RULE_MAX, "the rule for failed runs")
        self._child = pulumi.ResourceOptions(parent=self)
        task = Task(name, args, opts=self._child)
        group = scheduler.ScheduleGroup(name, opts=self._child)
        queue = self._create_dead_letter_queue(name, args)
        schedule = self._create_schedule(name, args, task, group, queue)
        rule = self._create_failure_rule(name, args, task)
        self._create_alarms(name, args, group, rule, queue)
        self.security_group_id = task.security_group_id
        self.task_role_arn = task.task_role_arn
        self.log_group_name = task.log_group_name
        self.schedule_arn = schedule.arn
        self.dead_letter_arn = queue.arn
        self.dead_letter_url = queue.url
        self.register_outputs(
            {
                "security_group_id": self.security_group_id,
                "task_role_arn": self.task_role_arn,
                "log_group_name": self.log_group_name,
                "schedule_arn": self.schedule_arn,
                "dead_letter_arn": self.dead_letter_arn,
                "dead_letter_url": self.dead_letter_url,
            }
        )

    def _create_dead_letter_queue(self, name: str, args: JobArgs) -> sqs.Queue:
        queue = sqs.Queue(
            f"{name}-dead-letters",
            kms_master_key_id=args.keys.messages,
            message_retention_seconds=DEAD_LETTER_RETENTION_SECONDS,
            opts=self._child,
        )
        tls_only = Statement(
            sid="TlsOnly",
            effect="Deny",
            principals={"*": "*"},
            actions=["sqs:*"],
            resources=[queue.arn],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
        sqs.QueuePolicy(
            f"{name}-dead-letters", queue_url=queue.url, policy=policy_document([tls_only]), opts=self._child
        )
        return queue

    def _create_schedule(
        self, name: str, args: JobArgs, task: Task, group: scheduler.ScheduleGroup, queue: sqs.Queue
    ) -> scheduler.Schedule:
        role, permission = self._create_scheduler_role(name, args, task, group, queue)
        return scheduler.Schedule(
            name,
            group_name=group.name,
            schedule_expression=args.schedule,
            schedule_expression_timezone=args.timezone,
            flexible_time_window=_window(args.flexible_window_minutes),
            state="ENABLED" if args.enabled else "DISABLED",
            kms_key_arn=args.keys.messages,
            target=_target(args, recurrence(args.schedule), task, role, queue),
            # The first run must find every permission in place.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[task, permission]),
        )

    def _create_scheduler_role(
        self, name: str, args: JobArgs, task: Task, group: scheduler.ScheduleGroup, queue: sqs.Queue
    ) -> tuple[iam.Role, iam.RolePolicy]:
        role = iam.Role(
            f"{name}-scheduler",
            # Scheduler names the group as the source, never the schedule.
            assume_role_policy=service_trust(
                "scheduler.amazonaws.com", source_account=args.account_id, source_arn=group.arn
            ),
            opts=self._child,
        )
        policy = iam.RolePolicy(
            f"{name}-scheduler",
            role=role.name,
            policy=policy_document(_scheduler_statements(args, task, group.name, queue.arn)),
            opts=self._child,
        )
        return role, policy

    def _create_failure_rule(self, name: str, args: JobArgs, task: Task) -> cloudwatch.EventRule:
        """Scheduler knows only whether ECS took the request; how the task ended, ECS tells EventBridge."""
        rule = cloudwatch.EventRule(
            f"{name}-failed",
            description=f"Runs of {name} that failed",
            event_pattern=_failure_pattern(args.cluster_arn, task.family_arn),
            opts=self._child,
        )
        cloudwatch.EventTarget(f"{name}-failed", rule=rule.name, arn=args.alarms.topic_arn, opts=self._child)
        return rule

    def _create_alarms(
        self,
        name: str,
        args: JobArgs,
        group: scheduler.ScheduleGroup,
        rule: cloudwatch.EventRule,
        queue: sqs.Queue,
    ) -> None:
        definitions = job_alarms(
            group_name=group.name,
            rule_name=rule.name,
            queue_name=queue.name,
            missed_run=_missed_run(args, recurrence(args.schedule)),
        )
        Alarms(f"{name}-alarms", AlarmsArgs(target=args.alarms, definitions=definitions), opts=self._child)


def _missed_run(args: JobArgs, runs: Recurrence) -> tuple[int, int] | None:
    """None for a schedule that is off, that ends, or whose runs are further apart than an alarm can look back."""
    if not args.enabled or runs.longest_gap is None:
        return None
    clock_change = 0 if args.timezone == "UTC" or args.schedule.startswith("rate") else CLOCK_CHANGE_SECONDS
    return missed_run_window(runs.longest_gap, 60 * args.flexible_window_minutes + clock_change)


def _window(minutes: int) -> scheduler.ScheduleFlexibleTimeWindowArgs:
    if minutes == 0:
        return scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF")
    return scheduler.ScheduleFlexibleTimeWindowArgs(mode="FLEXIBLE", maximum_window_in_minutes=minutes)


def _target(
    args: JobArgs, runs: Recurrence, task: Task, role: iam.Role, queue: sqs.Queue
) -> scheduler.ScheduleTargetArgs:
    age = args.retry_window_seconds or min(max(runs.shortest_gap, EVENT_AGE_MIN), RETRY_WINDOW_LONGEST)
    return scheduler.ScheduleTargetArgs(
        arn=args.cluster_arn,
        role_arn=role.arn,
        ecs_parameters=_ecs_parameters(args, task),
        retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
            maximum_retry_attempts=args.retries, maximum_event_age_in_seconds=age
        ),
        dead_letter_config=scheduler.ScheduleTargetDeadLetterConfigArgs(arn=queue.arn),
    )


def _ecs_parameters(args: JobArgs, task: Task) -> scheduler.ScheduleTargetEcsParametersArgs:
    return scheduler.ScheduleTargetEcsParametersArgs(
        task_definition_arn=task.definition_arn,
        task_count=1,
        launch_type="FARGATE",
        network_configuration=scheduler.ScheduleTargetEcsParametersNetworkConfigurationArgs(
            subnets=list(args.subnet_ids), security_groups=[task.security_group_id], assign_public_ip=False
        ),
        enable_ecs_managed_tags=True,
        enable_execute_command=False,
        propagate_tags="TASK_DEFINITION",
    )


def _scheduler_statements(
    args: JobArgs, task: Task, group_name: pulumi.Output[str], queue_arn: pulumi.Output[str]
) -> list[Statement]:
    tasks_arn = pulumi.Output.concat(f"arn:aws:ecs:{args.region}:", args.account_id, ":task/", args.cluster_name, "/*")
    schedules_arn = pulumi.Output.concat(
        f"arn:aws:scheduler:{args.region}:", args.account_id, ":schedule/", group_name, "/*"
    )
    return [
        Statement(
            sid="RunTask",
            actions=["ecs:RunTask"],
            # Any revision: a run may be under way with the old one while a deployment brings the next.
            resources=[pulumi.Output.concat(task.family_arn, ":*")],
            conditions={"ArnEquals": {"ecs:cluster": args.cluster_arn}},
        ),
        Statement(
            sid="TagTask",
            actions=["ecs:TagResource"],
            resources=[tasks_arn],
            conditions={"StringEquals": {"ecs:CreateAction": "RunTask"}},
        ),
        Statement(
            sid="PassRoles",
            actions=["iam:PassRole"],
            resources=[task.execution_role_arn, task.task_role_arn],
            conditions={"StringEquals": {"iam:PassedToService": TASKS_SERVICE}},
        ),
        Statement(sid="KeepFailedStarts", actions=["sqs:SendMessage"], resources=[queue_arn]),
        Statement(
            sid="EncryptFailedStarts",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[args.keys.messages],
            conditions={"StringEquals": {"kms:ViaService": f"sqs.{args.region}.amazonaws.com"}},
        ),
        # Scheduler reads the encrypted schedule with this role.
        Statement(
            sid="DecryptSchedule",
            actions=["kms:Decrypt"],
            resources=[args.keys.messages],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:scheduler:schedule:arn": schedules_arn}},
        ),
    ]


def _failure_pattern(cluster_arn: pulumi.Input[str], family_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    stopped = {
        "clusterArn": [cluster_arn],
        "taskDefinitionArn": [{"prefix": pulumi.Output.concat(family_arn, ":")}],
        "lastStatus": ["STOPPED"],
        # A container that never ran has no exit code.
        "$or": [{"containers": {"exitCode": [{"anything-but": [0]}]}}, {"stopCode": ["TaskFailedToStart"]}],
    }
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"], "detail": stopped}
    return pulumi.Output.json_dumps(pattern, sort_keys=True)
