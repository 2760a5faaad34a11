"""The state machine around a run of a job, in Amazon States Language: lock, window, task, ledger; pure.

The ledger has one item per job. `lock_owner` is the execution that runs it now; `completed_until` is the scheduled time
of the last run that succeeded. A run takes the lock, works on what lies after `completed_until` up to its own scheduled
time, moves `completed_until` there and lets go, in one write. docs/decisions/0014-job-lock-and-ledger.md has the why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pulumi

# What a task finds in its environment.
SCHEDULED_TIME, COMPLETED_UNTIL, RUN_ID = "JOB_SCHEDULED_TIME", "JOB_COMPLETED_UNTIL", "JOB_RUN_ID"
VARIABLES = frozenset({SCHEDULED_TIME, COMPLETED_UNTIL, RUN_ID})

LEDGER_KEY = "job"
NEVER = "1970-01-01T00:00:00Z"
"""`completed_until` of a job that has not succeeded yet; sorts before every scheduled time."""

# Fargate kills what is left of a stopped task after its stop timeout; the rest is for ECS to hear of it.
STOP_MARGIN_SECONDS = 30
# Everything but the run itself and the waits for others, all retries used up.
SLACK_SECONDS = 3_600
# How often a run that waits asks for the lock again, and at most how many times during the longest run.
POLL_SECONDS, POLLS = 15, 200

_HELD = "DynamoDB.ConditionalCheckFailedException"
_GONE = ["Sfn.ExecutionDoesNotExistException"]
# ECS has refused to start the task, for want of capacity as a rule. Not among them: errors that leave open whether it
# started. AmazonECS.Unknown is what Step Functions makes of `failures` in RunTask's answer.
_NOT_STARTED = ["AmazonECS.Unknown", "ECS.AmazonECSException", "ECS.ClientException", "ECS.ThrottlingException"]
_CALL_SECONDS = 30


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
    table_name: pulumi.Input[str]
    """Ledger."""
    job: str
    """The job's key in the ledger."""
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
            **_update(
                machine,
                "SET lock_owner = :me, locked_at = :now, completed_until = if_not_exists(completed_until, :never)",
                # The same owner: a write that succeeded although the answer to it was lost.
                "(attribute_not_exists(lock_owner) OR lock_owner = :me)"
                " AND (attribute_not_exists(completed_until) OR completed_until < :scheduled)",
                {**_ME, **_NOW, **_SCHEDULED, ":never": {"S": NEVER}},
                ReturnValues="ALL_NEW",
            ),
            "ResultSelector": {"completed_until.$": "$.Attributes.completed_until.S"},
            "ResultPath": "$.run",
            "Catch": [_on([_HELD], "ReadLedger"), _failing()],
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
        "ReadLedger": {**_read(machine), "Catch": [_failing()], "Next": "WhyHeld"},
        "WhyHeld": {
            "Type": "Choice",
            "Choices": [
                {
                    "And": [_present(done), {"Variable": done, "StringGreaterThanEqualsPath": "$.scheduled_time"}],
                    "Next": "AlreadyDone",
                },
                {"Not": _present(owner), "Next": "TakeLock"},
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
            **_task("aws-sdk:sfn:describeExecution", {"ExecutionArn.$": owner}),
            # Descriptions are eventually consistent: what started a moment ago may not be there yet.
            "Retry": [_retry(_GONE, interval=20, attempts=3, rate=1), _RETRY],
            "ResultSelector": {"status.$": "$.Status"},
            "ResultPath": "$.holder",
            "Catch": [_on(_GONE, "Leftover"), _failing()],
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
            **_update(machine, _LET_GO, "lock_owner = :holder", {":holder": {"S.$": owner}}),
            "ResultPath": None,
            "Catch": [_on([_HELD], "TakeLock"), _failing()],
            "Next": "TakeLock",
        },
    }


def _running(machine: Machine) -> dict[str, Any]:
    """Under the lock."""
    variables = {SCHEDULED_TIME: "$.scheduled_time", COMPLETED_UNTIL: "$.run.completed_until", RUN_ID: _RUN}
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
            **_task(
                "aws-sdk:ecs:listTasks",
                {"Cluster": machine.cluster_arn, "Family": machine.family, "DesiredStatus": "RUNNING"},
            ),
            "ResultSelector": {"count.$": "States.ArrayLength($.TaskArns)"},
            "ResultPath": "$.tasks",
            "Catch": [_failing()],
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
            "Retry": [_retry(_NOT_STARTED, interval=30, attempts=5, rate=2, longest=300)],
            "ResultPath": None,
            "Catch": [_on(["States.Timeout"], "Stopping", "$.failure"), _failing()],
            "Next": "Complete",
        },
    }


def _ending(machine: Machine) -> dict[str, Any]:
    """From the end of the task to the end of the execution; the lock is let go in every way out."""
    completed_by = "$.ledger.Item.completed_by.S"
    return {
        "Complete": {
            **_update(
                machine,
                f"SET completed_until = :scheduled, completed_by = :me, completed_at = :now {_LET_GO}",
                "lock_owner = :me AND completed_until < :scheduled",
                {**_ME, **_NOW, **_SCHEDULED},
            ),
            "ResultPath": None,
            "Catch": [_on([_HELD], "ReadOutcome"), _failing()],
            "Next": "Completed",
        },
        "Completed": {"Type": "Succeed"},
        # Refused: either an earlier attempt was written and its answer lost, or somebody broke the lock.
        "ReadOutcome": {**_read(machine), "Catch": [_failing()], "Next": "Recorded"},
        "Recorded": {
            "Type": "Choice",
            "Choices": [
                {
                    "And": [_present(completed_by), {"Variable": completed_by, "StringEqualsPath": _EXECUTION}],
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
            **_update(machine, _LET_GO, "lock_owner = :me", _ME),
            "ResultPath": None,
            # Never had it, or cannot be reached: in both cases the failure is what to tell.
            "Catch": [_on(["States.ALL"], "Failed")],
            "Next": "Failed",
        },
        "Failed": {"Type": "Fail", "ErrorPath": "$.failure.Error", "CausePath": "$.failure.Cause"},
    }


_LET_GO = "REMOVE lock_owner, locked_at"
_EXECUTION, _RUN = "$$.Execution.Id", "$$.Execution.Name"
_ME = {":me": {"S.$": _EXECUTION}}
_NOW = {":now": {"S.$": "$$.State.EnteredTime"}}
_SCHEDULED = {":scheduled": {"S.$": "$.scheduled_time"}}


def _retry(
    errors: Sequence[str], *, interval: int, attempts: int, rate: int, longest: int | None = None
) -> dict[str, Any]:
    limits = {} if longest is None else {"MaxDelaySeconds": longest}
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": interval,
        "MaxAttempts": attempts,
        "BackoffRate": rate,
        **limits,
    }


_RETRY = _retry(["States.ALL"], interval=2, attempts=8, rate=2, longest=60)


def _task(action: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A call that may be repeated."""
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{action}",
        "Parameters": dict(parameters),
        "TimeoutSeconds": _CALL_SECONDS,
        "Retry": [_RETRY],
    }


def _update(machine: Machine, update: str, condition: str, values: Mapping[str, Any], **further: str) -> dict[str, Any]:
    """A conditional write to the job's item; a condition that does not hold is an answer, not a fault."""
    parameters = {
        "TableName": machine.table_name,
        "Key": {LEDGER_KEY: {"S": machine.job}},
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": dict(values),
        **further,
    }
    never = {"ErrorEquals": [_HELD], "MaxAttempts": 0}
    return {**_task("dynamodb:updateItem", parameters), "Retry": [never, _RETRY]}


def _read(machine: Machine) -> dict[str, Any]:
    parameters = {"TableName": machine.table_name, "Key": {LEDGER_KEY: {"S": machine.job}}, "ConsistentRead": True}
    return {**_task("dynamodb:getItem", parameters), "ResultPath": "$.ledger"}


def _present(path: str) -> dict[str, Any]:
    return {"Variable": path, "IsPresent": True}


def _on(errors: Sequence[str], state: str, result_path: str | None = None) -> dict[str, Any]:
    return {"ErrorEquals": list(errors), "ResultPath": result_path, "Next": state}


def _failing() -> dict[str, Any]:
    """Let go of the lock, then fail with the error."""
    return _on(["States.ALL"], "LetGo", "$.failure")
