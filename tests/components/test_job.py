"""components.job: scheduled tasks and their alarms."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._job_alarms import METRIC_DELAY_SECONDS, missed_run_window
from components.job import Job, JobArgs
from tests.support.data import KEYS
from tests.support.recorder import Recording, record
from tests.support.workloads import ACCOUNT, CLUSTER, REGION, TOPIC, task_arguments

SCHEDULE = "aws:scheduler/schedule:Schedule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def arguments(**changes: Any) -> JobArgs:
    return JobArgs(**task_arguments(**{"schedule": "rate(10 minutes)", **changes}))


def job(**changes: Any) -> Recording:
    return record(lambda: Job("tidy", arguments(**changes)))


def test_registers_exactly() -> None:
    recording = job()
    assert recording.counts() == {
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:iam/role:Role": 3,
        "aws:iam/rolePolicy:RolePolicy": 2,
        "aws:ec2/securityGroup:SecurityGroup": 1,
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 1,
        "aws:ecs/taskDefinition:TaskDefinition": 1,
        "aws:scheduler/scheduleGroup:ScheduleGroup": 1,
        "aws:scheduler/schedule:Schedule": 1,
        "aws:sqs/queue:Queue": 1,
        "aws:sqs/queuePolicy:QueuePolicy": 1,
        "aws:cloudwatch/eventRule:EventRule": 1,
        "aws:cloudwatch/eventTarget:EventTarget": 1,
        "aws:cloudwatch/metricAlarm:MetricAlarm": 5,
    }
    planned = record(lambda: Job("tidy", arguments()), preview=True)
    assert [(r.type, r.name) for r in planned.resources] == [(r.type, r.name) for r in recording.resources]


def test_schedule() -> None:
    recording = job(schedule="cron(0 3 * * ? *)", timezone="Europe/Dublin", flexible_window_minutes=15)
    schedule = recording.get(SCHEDULE, "tidy")
    assert schedule.inputs == {
        "groupName": "tidy.name",
        "scheduleExpression": "cron(0 3 * * ? *)",
        "scheduleExpressionTimezone": "Europe/Dublin",
        "flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15},
        "state": "ENABLED",
        "kmsKeyArn": KEYS.messages,
        "target": {
            "arn": CLUSTER,
            "roleArn": "tidy-scheduler.arn",
            "ecsParameters": {
                "taskDefinitionArn": "tidy.arn",
                "taskCount": 1,
                "launchType": "FARGATE",
                "networkConfiguration": {
                    "subnets": ["subnet-a", "subnet-b"],
                    "securityGroups": ["tidy.id"],
                    "assignPublicIp": False,
                },
                "enableEcsManagedTags": True,
                "enableExecuteCommand": False,
                "propagateTags": "TASK_DEFINITION",
            },
            "retryPolicy": {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 3600},
            "deadLetterConfig": {"arn": "tidy-dead-letters.arn"},
        },
    }
    for type_, name in (
        ("aws:iam/rolePolicy:RolePolicy", "tidy-scheduler"),
        ("aws:iam/rolePolicy:RolePolicy", "tidy-execution"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "tidy-https"),
    ):
        assert recording.get(type_, name).urn in schedule.dependencies


def test_no_window_by_default_and_a_disabled_schedule_stays() -> None:
    inputs = job(enabled=False).get(SCHEDULE, "tidy").inputs
    assert inputs["flexibleTimeWindow"] == {"mode": "OFF"}
    assert inputs["scheduleExpressionTimezone"] == "UTC"
    assert inputs["state"] == "DISABLED"


@pytest.mark.parametrize(
    ("changes", "age"),
    [
        ({"schedule": "rate(1 minute)"}, 60),
        ({"schedule": "rate(10 minutes)"}, 600),
        ({"schedule": "rate(1 day)"}, 3600),
        ({"schedule": "rate(1 day)", "retry_window_seconds": 7200}, 7200),
    ],
)
def test_attempts_end_before_the_next_run(changes: dict[str, Any], age: int) -> None:
    policy = job(**changes).get(SCHEDULE, "tidy").inputs["target"]["retryPolicy"]
    assert policy["maximumEventAgeInSeconds"] == age


def test_scheduler_may_start_this_task_in_this_cluster_only() -> None:
    recording = job()
    trust = json.loads(recording.get("aws:iam/role:Role", "tidy-scheduler").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": "tidy.arn"},
    }
    document = json.loads(recording.get("aws:iam/rolePolicy:RolePolicy", "tidy-scheduler").inputs["policy"])
    assert {statement.pop("Sid"): statement for statement in document["Statement"]} == {
        "RunTask": {
            "Effect": "Allow",
            "Action": "ecs:RunTask",
            "Resource": "tidy.arnWithoutRevision:*",
            "Condition": {"ArnEquals": {"ecs:cluster": CLUSTER}},
        },
        "TagTask": {
            "Effect": "Allow",
            "Action": "ecs:TagResource",
            "Resource": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/main/*",
            "Condition": {"StringEquals": {"ecs:CreateAction": "RunTask"}},
        },
        "PassRoles": {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": ["tidy-execution.arn", "tidy-task.arn"],
            "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        },
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


def test_runs_that_fail_are_noticed_whatever_the_way() -> None:
    recording = job()
    pattern = json.loads(recording.get("aws:cloudwatch/eventRule:EventRule", "tidy-failed").inputs["eventPattern"])
    assert pattern == {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [CLUSTER],
            "taskDefinitionArn": [{"prefix": "tidy.arnWithoutRevision:"}],
            "lastStatus": ["STOPPED"],
            "$or": [
                {"containers": {"exitCode": [{"anything-but": [0]}]}},
                {"stopCode": ["TaskFailedToStart"]},
            ],
        },
    }
    target = recording.get("aws:cloudwatch/eventTarget:EventTarget", "tidy-failed")
    assert target.inputs == {"rule": "tidy-failed.name", "arn": TOPIC}


def test_alarms() -> None:
    recording = job(schedule="rate(1 minute)")
    group = {"ScheduleGroup": "tidy.name"}
    alarms = {alarm.name.removeprefix("tidy-alarms-"): alarm.inputs for alarm in recording.of(ALARM)}
    assert {
        role: (inputs["namespace"], inputs["metricName"], inputs["dimensions"]) for role, inputs in alarms.items()
    } == {
        "failed-run": ("AWS/Events", "TriggeredRules", {"RuleName": "tidy-failed.name"}),
        "dead-letter": ("AWS/SQS", "NumberOfMessagesSent", {"QueueName": "tidy-dead-letters.name"}),
        "dropped-run": ("AWS/Scheduler", "InvocationDroppedCount", group),
        "dead-letter-lost": ("AWS/Scheduler", "InvocationsFailedToBeSentToDeadLetterCount", group),
        "missed-run": ("AWS/Scheduler", "InvocationAttemptCount", group),
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
        ({"memory": 4096}, r"^memory: 4096 MiB"),
    ],
)
def test_arguments_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        arguments(**changes)


@pytest.mark.parametrize("length", [47, 58])
def test_a_long_name_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=r"^name: .* characters"):
        record(lambda: Job("a" * length, arguments()))
