"""A program that runs on a schedule and ends: EventBridge Scheduler, a state machine that guards it, a task on Fargate.

Children: the task (roles, log group, security group, definition); the guard (state machine, its role and log group);
schedule group and schedule; the role that may start the machine; a dead-letter queue for runs that could not be
started; alarms.
"""

import json
import re
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, scheduler, sqs

from components._iam import Statement, policy_document, service_trust
from components._job_alarms import CLOCK_CHANGE_SECONDS, job_alarms, missed_run_window
from components._job_machine import VARIABLES, Overlap
from components._names import SCHEDULE_MAX, check_auto_name, fixed_name
from components._schedule import Recurrence, recurrence
from components.alarms import Alarms, AlarmsArgs
from components.job_guard import JobGuard, JobGuardArgs
from components.ledger import LedgerEntry
from components.task import Connection, SecretVersion, Task, TaskArgs

__all__ = ["Connection", "Job", "JobArgs", "LedgerEntry", "Overlap", "SecretVersion"]

# EventBridge Scheduler API reference: FlexibleTimeWindow, RetryPolicy, ScheduleExpressionTimezone.
WINDOW_MINUTES_MAX = 1_440
RETRIES_MAX = 185
EVENT_AGE_MIN, EVENT_AGE_MAX = 60, 86_400
_TIMEZONE = re.compile(r"(?=.{1,50}$)[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")

# A run shorter than a task takes to start makes no sense; one that goes on for a week is a service.
RUN_SECONDS_MIN, RUN_SECONDS_MAX = 60, 604_800
DEAD_LETTER_RETENTION_SECONDS = 1_209_600


@dataclass(frozen=True, kw_only=True, slots=True)
class JobArgs(TaskArgs):
    """What runs, and when."""

    schedule: str
    """rate(value unit) or cron(minutes hours day-of-month month day-of-week year)."""
    ledger: LedgerEntry
    """Where the job's lock is, and how far it has got."""
    timezone: str = "UTC"
    """Time zone of a cron expression, such as Europe/Dublin; default UTC."""
    flexible_window_minutes: int = 0
    """Minutes within which a run may start, up to 1440, so that many jobs do not start at once; default 0."""
    retries: int = RETRIES_MAX
    """Further attempts to start a run, 0 to 185; default 185. A run that was started is never repeated."""
    retry_window_seconds: int | None = None
    """Seconds in which attempts go on, 60 to 86400; default until the next run, which covers what this one would have,
    a day at most."""
    maximum_run_seconds: int = 3_600
    """Seconds after which a run is stopped and has failed, 60 to 604800; default 3600."""
    overlap: Overlap = Overlap.SKIP
    """What becomes of a run that is due while another one is under way, skip or wait; default skip: the next run covers
    its time."""
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
        if not RUN_SECONDS_MIN <= self.maximum_run_seconds <= RUN_SECONDS_MAX:
            raise ValueError(
                f"maximum_run_seconds: {self.maximum_run_seconds} s; give {RUN_SECONDS_MIN} to {RUN_SECONDS_MAX}"
            )
        if taken := sorted(VARIABLES & {*self.environment, *self.secrets}):
            raise ValueError(f"environment: {', '.join(taken)} is set by each run; use another name")


class Job(pulumi.ComponentResource):
    """A scheduled task, on demand: a run that Spot ends early would be a failed run.

    No two runs overlap, and none repeats what another has completed: a run gets JOB_COMPLETED_UNTIL, the scheduled time
    of the last run that succeeded, and works on what lies after it, up to JOB_SCHEDULED_TIME. So the first run after an
    outage makes up for all that were missed. Costs Fargate's price while it runs, six or seven alarms, USD 1 for a
    million starts, and the guard's state transitions.
    """

    security_group_id: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    machine_arn: pulumi.Output[str]
    schedule_arn: pulumi.Output[str]
    dead_letter_arn: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]

    def __init__(self, name: str, args: JobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:job:Job", name, None, opts)
        check_auto_name(name, SCHEDULE_MAX, "the schedule")
        self._child = pulumi.ResourceOptions(parent=self)
        task = Task(name, args, opts=self._child)
        guard = self._create_guard(name, args, task)
        group = scheduler.ScheduleGroup(name, opts=self._child)
        queue = self._create_dead_letter_queue(name, args)
        schedule = self._create_schedule(name, args, guard, group, queue)
        self._create_alarms(name, args, guard, group, queue)
        self.security_group_id = task.security_group_id
        self.task_role_arn = task.task_role_arn
        self.log_group_name = task.log_group_name
        self.machine_arn = guard.machine_arn
        self.schedule_arn = schedule.arn
        self.dead_letter_arn = queue.arn
        self.dead_letter_url = queue.url
        self.register_outputs(
            {
                "security_group_id": self.security_group_id,
                "task_role_arn": self.task_role_arn,
                "log_group_name": self.log_group_name,
                "machine_arn": self.machine_arn,
                "schedule_arn": self.schedule_arn,
                "dead_letter_arn": self.dead_letter_arn,
                "dead_letter_url": self.dead_letter_url,
            }
        )

    def _create_guard(self, name: str, args: JobArgs, task: Task) -> JobGuard:
        return JobGuard(
            name,
            JobGuardArgs(
                job=args,
                task=task,
                family=fixed_name(name),
                ledger=args.ledger,
                maximum_run_seconds=args.maximum_run_seconds,
                overlap=args.overlap,
            ),
            opts=self._child,
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
        self, name: str, args: JobArgs, guard: JobGuard, group: scheduler.ScheduleGroup, queue: sqs.Queue
    ) -> scheduler.Schedule:
        role, permission = self._create_scheduler_role(name, args, guard, group, queue)
        return scheduler.Schedule(
            name,
            group_name=group.name,
            schedule_expression=args.schedule,
            schedule_expression_timezone=args.timezone,
            flexible_time_window=_window(args.flexible_window_minutes),
            state="ENABLED" if args.enabled else "DISABLED",
            kms_key_arn=args.keys.messages,
            target=_target(args, recurrence(args.schedule), guard, role, queue),
            # The first run must find every permission in place.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[guard, permission]),
        )

    def _create_scheduler_role(
        self, name: str, args: JobArgs, guard: JobGuard, group: scheduler.ScheduleGroup, queue: sqs.Queue
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
            policy=policy_document(_scheduler_statements(args, guard.machine_arn, group.name, queue.arn)),
            opts=self._child,
        )
        return role, policy

    def _create_alarms(
        self, name: str, args: JobArgs, guard: JobGuard, group: scheduler.ScheduleGroup, queue: sqs.Queue
    ) -> None:
        definitions = job_alarms(
            machine_arn=guard.machine_arn,
            group_name=group.name,
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
    args: JobArgs, runs: Recurrence, guard: JobGuard, role: iam.Role, queue: sqs.Queue
) -> scheduler.ScheduleTargetArgs:
    age = args.retry_window_seconds or min(max(runs.shortest_gap, EVENT_AGE_MIN), EVENT_AGE_MAX)
    return scheduler.ScheduleTargetArgs(
        arn=guard.machine_arn,
        role_arn=role.arn,
        # Scheduler may deliver a start twice; the ledger tells by this time.
        input=json.dumps({"scheduled_time": "<aws.scheduler.scheduled-time>"}),
        retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
            maximum_retry_attempts=args.retries, maximum_event_age_in_seconds=age
        ),
        dead_letter_config=scheduler.ScheduleTargetDeadLetterConfigArgs(arn=queue.arn),
    )


def _scheduler_statements(
    args: JobArgs, machine_arn: pulumi.Output[str], group_name: pulumi.Output[str], queue_arn: pulumi.Output[str]
) -> list[Statement]:
    schedules_arn = pulumi.Output.concat(
        f"arn:aws:scheduler:{args.region}:", args.account_id, ":schedule/", group_name, "/*"
    )
    return [
        Statement(sid="StartRun", actions=["states:StartExecution"], resources=[machine_arn]),
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
