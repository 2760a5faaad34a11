"""components.job: scheduled tasks and their alarms."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._job_alarms import METRIC_DELAY_SECONDS, missed_run_window
from components.job import Job, Overlap
from tests.support.data import KEYS
from tests.support.recorder import Recording, record
from tests.support.workloads import ACCOUNT, REGION, TOPIC
from tests.support.workloads import job_arguments as arguments

SCHEDULE = "aws:scheduler/schedule:Schedule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def job(**changes: Any) -> Recording:
    return record(lambda: Job("tidy", arguments(**changes)))


def test_registers_exactly() -> None:
    recording = job()
    assert recording.counts() == {
        "aws:cloudwatch/logGroup:LogGroup": 2,
        "aws:iam/role:Role": 4,
        "aws:iam/rolePolicy:RolePolicy": 3,
        "aws:ec2/securityGroup:SecurityGroup": 1,
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 1,
        "aws:ecs/taskDefinition:TaskDefinition": 1,
        "aws:sfn/stateMachine:StateMachine": 1,
        "aws:scheduler/scheduleGroup:ScheduleGroup": 1,
        "aws:scheduler/schedule:Schedule": 1,
        "aws:sqs/queue:Queue": 1,
        "aws:sqs/queuePolicy:QueuePolicy": 1,
        "aws:cloudwatch/metricAlarm:MetricAlarm": 7,
    }
    planned = record(lambda: Job("tidy", arguments()), preview=True)
    assert [(r.type, r.name) for r in planned.resources] == [(r.type, r.name) for r in recording.resources]


@pytest.mark.feature("J1")
def test_schedule() -> None:
    recording = job(schedule="cron(0 3 * * ? *)", timezone="Europe/Dublin", flexible_window_minutes=15, retries=7)
    schedule = recording.get(SCHEDULE, "tidy")
    assert schedule.inputs == {
        "groupName": "tidy.name",
        "scheduleExpression": "cron(0 3 * * ? *)",
        "scheduleExpressionTimezone": "Europe/Dublin",
        "flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15},
        "state": "ENABLED",
        "kmsKeyArn": KEYS.messages,
        "target": {
            "arn": "tidy.arn",
            "roleArn": "tidy-scheduler.arn",
            "input": '{"scheduled_time": "<aws.scheduler.scheduled-time>"}',
            "retryPolicy": {"maximumRetryAttempts": 7, "maximumEventAgeInSeconds": 86_400},
            "deadLetterConfig": {"arn": "tidy-dead-letters.arn"},
        },
    }
    for type_, name in (
        ("aws:iam/rolePolicy:RolePolicy", "tidy-scheduler"),
        ("aws:iam/rolePolicy:RolePolicy", "tidy-machine"),
        ("aws:sfn/stateMachine:StateMachine", "tidy"),
    ):
        assert recording.get(type_, name).urn in schedule.dependencies


def test_no_window_by_default_and_a_disabled_schedule_stays() -> None:
    inputs = job(enabled=False).get(SCHEDULE, "tidy").inputs
    assert inputs["flexibleTimeWindow"] == {"mode": "OFF"}
    assert inputs["scheduleExpressionTimezone"] == "UTC"
    assert inputs["state"] == "DISABLED"


@pytest.mark.feature("J1", "J4")
@pytest.mark.parametrize(
    ("changes", "age"),
    [
        ({"schedule": "rate(1 minute)"}, 60),
        ({"schedule": "rate(10 minutes)"}, 600),
        ({"schedule": "rate(1 day)"}, 86_400),
        ({"schedule": "rate(7 days)"}, 86_400),
        ({"schedule": "rate(1 day)", "retry_window_seconds": 7200}, 7200),
    ],
)
def test_starts_are_tried_until_the_next_run_takes_over(changes: dict[str, Any], age: int) -> None:
    policy = job(**changes).get(SCHEDULE, "tidy").inputs["target"]["retryPolicy"]
    assert policy == {"maximumRetryAttempts": 185, "maximumEventAgeInSeconds": age}


@pytest.mark.feature("J3")
def test_the_guard_gets_what_the_job_says_of_its_runs() -> None:
    skipping = states(job(maximum_run_seconds=120, stop_timeout_seconds=10))
    assert skipping["States"]["Run"]["TimeoutSeconds"] == 120
    assert skipping["States"]["Stopping"]["Seconds"] == 40
    assert skipping["TimeoutSeconds"] == 120 + 40 + 3_600
    assert "Skipped" in skipping["States"]
    waiting = states(job(overlap=Overlap.WAIT))
    assert waiting["States"]["WaitForLock"]["Seconds"] == 18
    assert waiting["TimeoutSeconds"] == 2 * (3_600 + 150) + 3_600


def states(recording: Recording) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(recording.only("aws:sfn/stateMachine:StateMachine").inputs["definition"])
    return found


@pytest.mark.feature("J1")
def test_scheduler_may_start_this_machine_only() -> None:
    recording = job()
    trust = json.loads(recording.get("aws:iam/role:Role", "tidy-scheduler").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": "tidy.arn"},
    }
    document = json.loads(recording.get("aws:iam/rolePolicy:RolePolicy", "tidy-scheduler").inputs["policy"])
    assert {statement.pop("Sid"): statement for statement in document["Statement"]} == {
        "StartRun": {"Effect": "Allow", "Action": "states:StartExecution", "Resource": "tidy.arn"},
        "KeepFailedStarts": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "tidy-dead-letters.arn"},
        "EncryptFailedStarts": {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": KEYS.messages,
            "Condition": {"StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}},
        },
        "DecryptSchedule": {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEYS.messages,
            "Condition": {
                "ArnLike": {
                    "kms:EncryptionContext:aws:scheduler:schedule:arn": (
                        f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/tidy.name/*"
                    )
                }
            },
        },
    }


@pytest.mark.feature("J1")
def test_dead_letter_queue_is_encrypted_and_open_to_tls_only() -> None:
    recording = job()
    queue = recording.get("aws:sqs/queue:Queue", "tidy-dead-letters")
    assert queue.inputs == {"kmsMasterKeyId": KEYS.messages, "messageRetentionSeconds": 1_209_600}
    policy = recording.get("aws:sqs/queuePolicy:QueuePolicy", "tidy-dead-letters").inputs
    assert policy["queueUrl"] == "tidy-dead-letters.url"
    assert json.loads(policy["policy"])["Statement"] == [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": "tidy-dead-letters.arn",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


@pytest.mark.feature("J2")
def test_alarms() -> None:
    recording = job(schedule="rate(1 minute)")
    group, machine = {"ScheduleGroup": "tidy.name"}, {"StateMachineArn": "tidy.arn"}
    alarms = {alarm.name.removeprefix("tidy-alarms-"): alarm.inputs for alarm in recording.of(ALARM)}
    assert {
        role: (inputs["namespace"], inputs["metricName"], inputs["dimensions"]) for role, inputs in alarms.items()
    } == {
        "failed-run": ("AWS/States", "ExecutionsFailed", machine),
        "timed-out-run": ("AWS/States", "ExecutionsTimedOut", machine),
        "aborted-run": ("AWS/States", "ExecutionsAborted", machine),
        "dead-letter": ("AWS/SQS", "NumberOfMessagesSent", {"QueueName": "tidy-dead-letters.name"}),
        "dropped-run": ("AWS/Scheduler", "InvocationDroppedCount", group),
        "dead-letter-lost": ("AWS/Scheduler", "InvocationsFailedToBeSentToDeadLetterCount", group),
        "missed-run": ("AWS/States", "ExecutionsStarted", machine),
    }
    missed = alarms.pop("missed-run")
    for inputs in alarms.values():
        assert (inputs["comparisonOperator"], inputs["threshold"]) == ("GreaterThanThreshold", 0)
        assert (inputs["statistic"], inputs["evaluationPeriods"], inputs["treatMissingData"]) == (
            "Sum",
            1,
            "notBreaching",
        )
        assert inputs["alarmActions"] == [TOPIC]
    assert (missed["comparisonOperator"], missed["threshold"], missed["statistic"]) == ("LessThanThreshold", 1, "Sum")
    assert (missed["period"], missed["evaluationPeriods"], missed["datapointsToAlarm"]) == (60, 7, 7)
    assert missed["treatMissingData"] == "breaching"


@pytest.mark.feature("J2")
@pytest.mark.parametrize(
    ("changes", "window"),
    [
        ({"schedule": "rate(10 minutes)"}, (60, 16)),
        ({"schedule": "rate(10 minutes)", "flexible_window_minutes": 5}, (60, 21)),
        ({"schedule": "rate(2 hours)"}, (300, 26)),
        ({"schedule": "cron(0 3 * * ? *)"}, (3600, 26)),
        ({"schedule": "cron(0 3 * * ? *)", "timezone": "Europe/Dublin"}, (3600, 27)),
        ({"schedule": "cron(0 3 ? * MON *)"}, None),
        ({"schedule": "cron(0 3 1 * ? *)"}, None),
        ({"schedule": "cron(0 3 * * ? 2026)"}, None),
        ({"schedule": "rate(1 minute)", "enabled": False}, None),
    ],
)
def test_missed_run_alarm_looks_back_over_the_longest_gap(
    changes: dict[str, Any], window: tuple[int, int] | None
) -> None:
    found = [alarm.inputs for alarm in job(**changes).of(ALARM) if alarm.name == "tidy-alarms-missed-run"]
    assert [(inputs["period"], inputs["evaluationPeriods"]) for inputs in found] == ([window] if window else [])


@given(gap=st.integers(60, 700_000), slack=st.integers(0, 90_000))
def test_missed_run_window_holds_a_run_and_is_allowed(gap: int, slack: int) -> None:
    window = missed_run_window(gap, slack)
    needed = gap + slack + METRIC_DELAY_SECONDS
    if window is None:
        assert needed > 604_800 - 2 * 3_600
        return
    period, periods = window
    assert period * (periods - 1) >= needed
    assert period * periods <= (604_800 if period >= 3_600 else 86_400)


def test_outputs() -> None:
    recording = job()
    assert recording.outputs[recording.only("breakwater:job:Job").urn] == {
        "security_group_id": "tidy.id",
        "task_role_arn": "tidy-task.arn",
        "log_group_name": "tidy-logs.name",
        "machine_arn": "tidy.arn",
        "schedule_arn": "tidy.arn",
        "dead_letter_arn": "tidy-dead-letters.arn",
        "dead_letter_url": "tidy-dead-letters.url",
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schedule": "hourly"}, r"^schedule: 'hourly'"),
        ({"timezone": "Europe/"}, r"^timezone: 'Europe/'"),
        ({"timezone": "A" * 51}, r"^timezone: "),
        ({"flexible_window_minutes": -1}, r"^flexible_window_minutes: -1"),
        ({"flexible_window_minutes": 1441, "schedule": "rate(3 days)"}, r"^flexible_window_minutes: 1441; give 0"),
        ({"flexible_window_minutes": 10}, r"^flexible_window_minutes: 10 reach into the next run, 10 minutes later"),
        ({"retries": 186}, r"^retries: 186"),
        ({"retries": -1}, r"^retries: -1"),
        ({"retry_window_seconds": 59}, r"^retry_window_seconds: 59 s"),
        ({"retry_window_seconds": 86_401}, r"^retry_window_seconds: 86401 s"),
        ({"maximum_run_seconds": 59}, r"^maximum_run_seconds: 59 s; give 60 to 604800"),
        ({"maximum_run_seconds": 604_801}, r"^maximum_run_seconds: 604801 s"),
        ({"environment": {"JOB_RUN_ID": "1"}}, r"^environment: JOB_RUN_ID is set by each run"),
        ({"memory": 4096}, r"^memory: 4096 MiB"),
    ],
)
def test_arguments_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        arguments(**changes)


@pytest.mark.parametrize("length", [47, 57])
def test_a_long_name_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=r"^name: .* characters"):
        record(lambda: Job("a" * length, arguments()))
