"""The alarms of scheduled jobs, as definitions; pure.

A job can fail in three ways: a run ends badly, EventBridge Scheduler cannot start it, or nothing happens at all.
"""

import math

import pulumi

from components.alarms import AlarmDefinition, Severity

SCHEDULER, STATES = "AWS/Scheduler", "AWS/States"

# CloudWatch gets the numbers on a best-effort basis, minutes late at times.
METRIC_DELAY_SECONDS = 300
# A clock that is put forward or back makes a gap an hour longer.
CLOCK_CHANGE_SECONDS = 3_600

# How far back an alarm can look: a day, or a week with periods of an hour or more (CloudWatch API, PutMetricAlarm).
DAY_SECONDS, WEEK_SECONDS = 86_400, 604_800
# Period -> longest time to watch with it, seconds; the shorter the period, the sooner the alarm ends.
_PERIODS = ((60, 3_600), (300, 21_600), (3_600, WEEK_SECONDS))


def missed_run_window(longest_gap: int, slack: int) -> tuple[int, int] | None:
    """Period and number of periods that always hold a run; None where CloudWatch cannot look back so far."""
    watched = longest_gap + slack + METRIC_DELAY_SECONDS
    for period, longest in _PERIODS:
        # One more, because runs and periods do not begin together.
        periods = math.ceil(watched / period) + 1
        if period * periods <= longest:
            return period, periods
    return None


def job_alarms(
    *,
    machine_arn: pulumi.Input[str],
    group_name: pulumi.Input[str],
    queue_name: pulumi.Input[str],
    missed_run: tuple[int, int] | None,
) -> list[AlarmDefinition]:
    """Alarms of one job, whose schedule is alone in its group."""
    machine = {"StateMachineArn": machine_arn}
    alarms = [
        # Three, because a sum of metrics costs as much and is only there while all of them are.
        _any(
            "failed-run",
            "A run ended with an error, took too long, or could not be started.",
            "job-failed-run",
            (STATES, "ExecutionsFailed", machine),
        ),
        _any(
            "timed-out-run",
            "A run has waited and tried for too long.",
            "job-failed-run",
            (STATES, "ExecutionsTimedOut", machine),
        ),
        _any(
            "aborted-run",
            "Somebody has stopped a run.",
            "job-failed-run",
            (STATES, "ExecutionsAborted", machine),
        ),
        _any(
            "dead-letter",
            "A run could not be started, and its request is in the dead-letter queue.",
            "job-dead-letter",
            ("AWS/SQS", "NumberOfMessagesSent", {"QueueName": queue_name}),
        ),
        _any(
            "dropped-run",
            "EventBridge Scheduler has given up on starting a run.",
            "job-dropped-run",
            (SCHEDULER, "InvocationDroppedCount", {"ScheduleGroup": group_name}),
        ),
        _any(
            "dead-letter-lost",
            "A run could not be started, and its request could not be kept either.",
            "job-dead-letter-lost",
            (SCHEDULER, "InvocationsFailedToBeSentToDeadLetterCount", {"ScheduleGroup": group_name}),
        ),
    ]
    if missed_run is not None:
        alarms.append(_missed_run(machine_arn, *missed_run))
    return alarms


def _any(
    role: str, summary: str, runbook: str, metric: tuple[str, str, dict[str, pulumi.Input[str]]]
) -> AlarmDefinition:
    """One occurrence is enough; no data means that nothing of the kind happened."""
    namespace, metric_name, dimensions = metric
    return AlarmDefinition(
        role=role,
        summary=summary,
        severity=Severity.CRITICAL,
        runbook=runbook,
        namespace=namespace,
        metric_name=metric_name,
        dimensions=dimensions,
        statistic="Sum",
        comparison="GreaterThanThreshold",
        threshold=0,
        datapoints=1,
        periods=1,
        missing="notBreaching",
    )


def _missed_run(machine_arn: pulumi.Input[str], period: int, periods: int) -> AlarmDefinition:
    return AlarmDefinition(
        role="missed-run",
        summary="No run of the job has started when one should have.",
        # Not critical: it also rings from a job's creation to its first run.
        severity=Severity.WARNING,
        runbook="job-missed-run",
        namespace=STATES,
        metric_name="ExecutionsStarted",
        dimensions={"StateMachineArn": machine_arn},
        statistic="Sum",
        comparison="LessThanThreshold",
        threshold=1,
        period_seconds=period,
        datapoints=periods,
        periods=periods,
        # No data is sent while nothing starts.
        missing="breaching",
    )
