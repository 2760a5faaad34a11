"""The state machine around a run of a job, in Amazon States Language: lock, window, task, ledger; pure.

The ledger has one item per job. `lock_owner` is the execution that runs it now; `completed_until` is the scheduled time
of the last run that succeeded. A run takes the lock, works on what lies after `completed_until` up to its own scheduled
time, moves `completed_until` there and lets go, in one write. docs/decisions/0014-job-lock-and-ledger.md has the why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pulumi

from components._states import HELD, LET_GO, ME, NOW, RETRY, SCHEDULED, LedgerItem, failing, on, present, retry, task

# What a task finds in its environment.
SCHEDULED_TIME, COMPLETED_UNTIL, RUN_ID = "JOB_SCHEDULED_TIME", "JOB_COMPLETED_UNTIL", "JOB_RUN_ID"
VARIABLES = frozenset({SCHEDULED_TIME, COMPLETED_UNTIL, RUN_ID})

NEVER = "1970-01-01T00:00:00Z"
"""`completed_until` of a job that has not succeeded yet; sorts before every scheduled time."""

# Fargate kills what is left of a stopped task after its stop timeout; the rest is for ECS to hear of it.
STOP_MARGIN_SECONDS = 30
# Everything but the run itself and the waits for others, all retries used up.
SLACK_SECONDS = 3_600
# How often a run that waits asks for the lock again, and at most how many times during the longest run.
POLL_SECONDS, POLLS = 15, 200

_GONE = ["Sfn.ExecutionDoesNotExistException"]
# ECS has refused to start the task, for want of capacity as a rule. Not among them: errors that leave open whether it
# started. AmazonECS.Unknown is what Step Functions makes of `failures` in RunTask's answer.
_NOT_STARTED = ["AmazonECS.Unknown", "ECS.AmazonECSException", "ECS.ClientException", "ECS.ThrottlingException"]


class Overlap(StrEnum):
    """What becomes of a run that is due while another one is under way."""

    SKIP = "skip"
    """It ends; the next run covers its time."""
    WAIT = "wait"
    """It waits, and then covers what is left to do, if anything is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """What one job's state machine is made from."""

    region: str
    """Region; a lock that another region holds is left alone."""
    item: LedgerItem
    """The job's item in the ledger."""
    cluster_arn: pulumi.Input[str]
    """Cluster of the task."""
    family: str
    """Family of its task definition."""
    definition_arn: pulumi.Input[str]
    """Task definition with its revision."""
    container: str
    """Container that gets the variables."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets of the task."""
    security_group_id: pulumi.Input[str]
    """Security group of the task."""
    maximum_run_seconds: int
    """Seconds after which a run is stopped."""
    stop_seconds: int
    """Seconds between the order to stop and the certainty that nothing runs."""
    overlap: Overlap
    """What becomes of a run that finds another one under way."""


def machine_definition(machine: Machine) -> pulumi.Output[str]:
    """The definition as stable JSON."""
    return pulumi.Output.json_dumps(states_language(machine), sort_keys=True)


def states_language(machine: Machine) -> dict[str, Any]:
    """The definition as mappings and lists; values that are known only after deployment stay what they are."""
    waiting = machine.maximum_run_seconds + machine.stop_seconds if machine.overlap == Overlap.WAIT else 0
    return {
        "Comment": "One run of a job: lock, task, ledger",
        "StartAt": "Due",
        # The backstop. An execution that it ends leaves a lock whose owner no longer runs: the next run breaks it.
        "TimeoutSeconds": waiting + machine.maximum_run_seconds + machine.stop_seconds + SLACK_SECONDS,
        "States": {**_taking(machine), **_held(machine), **_running(machine), **_ending(machine)},
    }


def _taking(machine: Machine) -> dict[str, Any]:
    """From the start to the lock."""
    return {
        # Passes at once, but for a time in the future, given by hand: as completed_until it would silence the job.
        "Due": {"Type": "Wait", "TimestampPath": "$.scheduled_time", "Next": "TakeLock"},
        "TakeLock": {
            **machine.item.update(
                "SET lock_owner = :me, locked_at = :now, completed_until = if_not_exists(completed_until, :never)",
                # The same owner: a write that succeeded although the answer to it was lost.
                "(attribute_not_exists(lock_owner) OR lock_owner = :me)"
                " AND (attribute_not_exists(completed_until) OR completed_until < :scheduled)",
                {**ME, **NOW, **SCHEDULED, ":never": {"S": NEVER}},
                ReturnValues="ALL_NEW",
            ),
            "ResultSelector": {
                "completed_until.$": "$.Attributes.completed_until.S",
                "owner.$": "$.Attributes.lock_owner.S",
            },
            "ResultPath": "$.run",
            "Catch": [on([HELD], "ReadLedger"), failing()],
            "Next": "FindTasks",
        },
    }


def _held(machine: Machine) -> dict[str, Any]:
    """The lock was not to be had: the work is done already, or another run is at it, or it was left behind."""
    owner = "$.ledger.Item.lock_owner.S"
    done = "$.ledger.Item.completed_until.S"
    overlap: dict[Overlap, dict[str, Any]] = {
        Overlap.SKIP: {"Skipped": {"Type": "Succeed"}},
        Overlap.WAIT: {
            "WaitForLock": {
                "Type": "Wait",
                "Seconds": max(POLL_SECONDS, machine.maximum_run_seconds // POLLS),
                "Next": "TakeLock",
            }
        },
    }
    overlapping = overlap[machine.overlap]
    return {
        "ReadLedger": {**machine.item.read(), "Catch": [failing()], "Next": "WhyHeld"},
        "WhyHeld": {
            "Type": "Choice",
            "Choices": [
                {
                    "And": [present(done), {"Variable": done, "StringGreaterThanEqualsPath": "$.scheduled_time"}],
                    "Next": "AlreadyDone",
                },
                {"Not": present(owner), "Next": "TakeLock"},
                {
                    "Not": {"Variable": owner, "StringMatches": f"arn:aws:states:{machine.region}:*"},
                    "Next": "LockedElsewhere",
                },
            ],
            "Default": "ReadHolder",
        },
        "AlreadyDone": {"Type": "Succeed"},
        "LockedElsewhere": {
            "Type": "Fail",
            "Error": "LockedElsewhere",
            "Cause": "Another region holds the lock. Clear it by hand once nothing of the job runs there.",
        },
        "ReadHolder": {
            **task("aws-sdk:sfn:describeExecution", {"ExecutionArn.$": owner}),
            # Descriptions are eventually consistent: what started a moment ago may not be there yet.
            "Retry": [retry(_GONE, interval=20, attempts=3, rate=1), RETRY],
            "ResultSelector": {"status.$": "$.Status"},
            "ResultPath": "$.holder",
            "Catch": [on(_GONE, "Leftover"), failing()],
            "Next": "HolderRuns",
        },
        "HolderRuns": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.holder.status", "StringEquals": "RUNNING", "Next": next(iter(overlapping))}],
            "Default": "Leftover",
        },
        **overlapping,
        # The owner ended without letting go. Step Functions has had its task stopped: that takes a moment.
        "Leftover": {"Type": "Wait", "Seconds": machine.stop_seconds, "Next": "BreakLock"},
        "BreakLock": {
            **machine.item.update(LET_GO, "lock_owner = :holder", {":holder": {"S.$": owner}}),
            "ResultPath": None,
            "Catch": [on([HELD], "TakeLock"), failing()],
            "Next": "TakeLock",
        },
    }


def _running(machine: Machine) -> dict[str, Any]:
    """Under the lock."""
    variables = {
        SCHEDULED_TIME: "$.scheduled_time",
        COMPLETED_UNTIL: "$.run.completed_until",
        RUN_ID: "$$.Execution.Name",
    }
    network = {
        "Subnets": list(machine.subnet_ids),
        "SecurityGroups": [machine.security_group_id],
        "AssignPublicIp": "DISABLED",
    }
    overrides = [
        {
            "Name": machine.container,
            "Environment": [{"Name": name, "Value.$": path} for name, path in sorted(variables.items())],
        }
    ]
    return {
        # A task that was started by hand, or that outlived its execution, holds no lock.
        "FindTasks": {
            **task(
                "aws-sdk:ecs:listTasks",
                {"Cluster": machine.cluster_arn, "Family": machine.family, "DesiredStatus": "RUNNING"},
            ),
            "ResultSelector": {"count.$": "States.ArrayLength($.TaskArns)"},
            "ResultPath": "$.tasks",
            "Catch": [failing()],
            "Next": "Alone",
        },
        "Alone": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.tasks.count", "NumericGreaterThan": 0, "Next": "NotAlone"}],
            "Default": "Run",
        },
        "NotAlone": {
            "Type": "Pass",
            "Result": {"Error": "TaskWithoutLock", "Cause": "A task of the job runs that holds no lock."},
            "ResultPath": "$.failure",
            "Next": "LetGo",
        },
        "Run": {
            "Type": "Task",
            "Resource": "arn:aws:states:::ecs:runTask.sync",
            "Parameters": {
                "Cluster": machine.cluster_arn,
                "TaskDefinition": machine.definition_arn,
                "LaunchType": "FARGATE",
                "NetworkConfiguration": {"AwsvpcConfiguration": network},
                "Overrides": {"ContainerOverrides": overrides},
                "PropagateTags": "TASK_DEFINITION",
                "EnableExecuteCommand": False,
            },
            # Step Functions stops the task when this is over.
            "TimeoutSeconds": machine.maximum_run_seconds,
            "Retry": [retry(_NOT_STARTED, interval=30, attempts=5, rate=2, longest=300)],
            "ResultPath": None,
            "Catch": [on(["States.Timeout"], "Stopping", "$.failure"), failing()],
            "Next": "Complete",
        },
    }


def _ending(machine: Machine) -> dict[str, Any]:
    """From the end of the task to the end of the execution; the lock is let go in every way out."""
    completed_by = "$.ledger.Item.completed_by.S"
    return {
        "Complete": {
            **machine.item.update(
                f"SET completed_until = :scheduled, completed_by = :me, completed_at = :now {LET_GO}",
                "lock_owner = :me AND completed_until < :scheduled",
                {**ME, **NOW, **SCHEDULED},
            ),
            "ResultPath": None,
            "Catch": [on([HELD], "ReadOutcome"), failing()],
            "Next": "Completed",
        },
        "Completed": {"Type": "Succeed"},
        # Refused: either an earlier attempt was written and its answer lost, or somebody broke the lock.
        "ReadOutcome": {**machine.item.read(), "Catch": [failing()], "Next": "Recorded"},
        "Recorded": {
            "Type": "Choice",
            "Choices": [
                {
                    "And": [present(completed_by), {"Variable": completed_by, "StringEqualsPath": "$.run.owner"}],
                    "Next": "Completed",
                }
            ],
            "Default": "LockLost",
        },
        "LockLost": {
            "Type": "Fail",
            "Error": "LockLost",
            "Cause": "The lock was broken while the task ran. Another run may have overlapped with this one.",
        },
        # A task that was told to stop may still be at work.
        "Stopping": {"Type": "Wait", "Seconds": machine.stop_seconds, "Next": "LetGo"},
        "LetGo": {
            **machine.item.update(LET_GO, "lock_owner = :me", ME),
            "ResultPath": None,
            # Never had it, or cannot be reached: in both cases the failure is what to tell.
            "Catch": [on(["States.ALL"], "Failed")],
            "Next": "Failed",
        },
        # The error itself may not be given as such: names that begin with States. are reserved.
        "Failed": {
            "Type": "Fail",
            "Error": "RunFailed",
            "CausePath": "States.Format('{}: {}', $.failure.Error, $.failure.Cause)",
        },
    }
