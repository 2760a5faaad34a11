"""Alarms, their topic, and definitions that CloudWatch would refuse."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.alarms import (
    AlarmDefinition,
    Alarms,
    AlarmsArgs,
    AlarmTarget,
    AlarmTopic,
    AlarmTopicArgs,
    MetricQuery,
    Severity,
)
from tests.support.data import ACCOUNT, ALARM, KEY, TARGET, TOPIC
from tests.support.recorder import record

CPU: dict[str, Any] = {
    "role": "cpu",
    "summary": "It is busy.",
    "severity": Severity.WARNING,
    "runbook": "database-cpu",
    "comparison": "GreaterThanThreshold",
    "threshold": 90,
    "datapoints": 3,
    "periods": 5,
    "missing": "breaching",
    "namespace": "AWS/RDS",
    "metric_name": "CPUUtilization",
    "dimensions": {"DBInstanceIdentifier": "db"},
    "statistic": "Average",
}
MATH = {key: CPU[key] for key in CPU if key not in ("namespace", "metric_name", "dimensions", "statistic")}
ERRORS = MetricQuery(id="errors", namespace="AWS/SQS", metric_name="Errors", statistic="Sum")


def cpu(**changes: Any) -> AlarmDefinition:
    return AlarmDefinition(**{**CPU, **changes})


def math(*queries: MetricQuery, **changes: Any) -> AlarmDefinition:
    return AlarmDefinition(**{**MATH, **changes}, metrics=queries)


def test_metric_alarm() -> None:
    recording = record(lambda: Alarms("db-alarms", AlarmsArgs(target=TARGET, definitions=[cpu()])))
    assert [(r.type, r.name) for r in recording.resources] == [
        ("breakwater:alarms:Alarms", "db-alarms"),
        (ALARM, "db-alarms-cpu"),
    ]
    alarm = recording.only(ALARM)
    assert alarm.parent.endswith("::db-alarms")
    assert alarm.inputs == {
        "metricName": "CPUUtilization",
        "namespace": "AWS/RDS",
        "dimensions": {"DBInstanceIdentifier": "db"},
        "statistic": "Average",
        "period": 60,
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 90,
        "datapointsToAlarm": 3,
        "evaluationPeriods": 5,
        "treatMissingData": "breaching",
        "alarmDescription": "warning: It is busy. Runbook: https://example.org/runbooks/database-cpu.md",
        "actionsEnabled": True,
        "alarmActions": [TOPIC],
        "okActions": [TOPIC],
    }
    assert recording.value(recording.result.arns["cpu"]) == "db-alarms-cpu.arn"
    assert recording.value(recording.result.names["cpu"]) == "db-alarms-cpu.name"
    assert list(recording.result.alarms) == ["cpu"]


def test_percentile_and_unit() -> None:
    definition = cpu(statistic=None, extended_statistic="p99", unit="Percent", period_seconds=300)
    recording = record(lambda: Alarms("a", AlarmsArgs(target=TARGET, definitions=[definition])))
    inputs = recording.only(ALARM).inputs
    assert (inputs["extendedStatistic"], inputs["unit"], inputs["period"]) == ("p99", "Percent", 300)
    assert "statistic" not in inputs


def test_metric_math_alarm() -> None:
    definition = math(ERRORS, MetricQuery(id="rate", expression="errors / 60", label="Errors a second", returned=True))
    recording = record(lambda: Alarms("a", AlarmsArgs(target=TARGET, definitions=[definition])))
    inputs = recording.only(ALARM).inputs
    assert inputs["metricQueries"] == [
        {
            "id": "errors",
            "returnData": False,
            "metric": {"namespace": "AWS/SQS", "metricName": "Errors", "stat": "Sum", "period": 60},
        },
        {"id": "rate", "expression": "errors / 60", "label": "Errors a second", "returnData": True},
    ]
    for absent in ("metricName", "namespace", "period", "statistic", "dimensions"):
        assert absent not in inputs


def test_unknown_threshold_in_preview() -> None:
    def program() -> None:
        topic = AlarmTopic("topic", AlarmTopicArgs(kms_key_arn=KEY, account_id=ACCOUNT))
        target = AlarmTarget(topic_arn=topic.topic_arn, runbooks_url="https://example.org/runbooks")
        definition = cpu(threshold=topic.topic_arn.apply(lambda arn: float(len(arn))))
        Alarms("a", AlarmsArgs(target=target, definitions=[definition]))

    plan, deployment = record(program, preview=True), record(program)
    assert {r.urn for r in plan.resources} == {r.urn for r in deployment.resources}


def test_topic() -> None:
    args = AlarmTopicArgs(kms_key_arn=KEY, account_id=pulumi.Output.from_input(ACCOUNT), emails=["ops@example.org"])
    recording = record(lambda: AlarmTopic("alarms", args))
    assert recording.counts() == {
        "aws:sns/topic:Topic": 1,
        "aws:sns/topicPolicy:TopicPolicy": 1,
        "aws:sns/topicSubscription:TopicSubscription": 1,
    }
    assert recording.only("aws:sns/topic:Topic").inputs == {"kmsMasterKeyId": KEY}
    subscription = recording.get("aws:sns/topicSubscription:TopicSubscription", "alarms-ops@example.org")
    assert subscription.inputs == {"topic": "alarms.arn", "protocol": "email", "endpoint": "ops@example.org"}
    assert recording.value(recording.result.topic_arn) == "alarms.arn"


def test_publishers_come_after_the_topics_policy() -> None:
    def program() -> None:
        topic = AlarmTopic("topic", AlarmTopicArgs(kms_key_arn=KEY, account_id=ACCOUNT))
        target = AlarmTarget(topic_arn=topic.topic_arn, runbooks_url="https://example.org/runbooks")
        Alarms("a", AlarmsArgs(target=target, definitions=[cpu()]))

    recording = record(program)
    policy = recording.only("aws:sns/topicPolicy:TopicPolicy")
    assert policy.urn in recording.only(ALARM).property_dependencies["alarmActions"]


def test_topic_policy() -> None:
    recording = record(lambda: AlarmTopic("alarms", AlarmTopicArgs(kms_key_arn=KEY, account_id=ACCOUNT)))
    policy = recording.get("aws:sns/topicPolicy:TopicPolicy", "alarms-policy")
    statements = {s["Sid"]: s for s in json.loads(policy.inputs["policy"])["Statement"]}
    own_account = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert {
        sid: (s["Principal"], s.get("Condition"), s["Effect"])
        for sid, s in statements.items()
        if s["Effect"] == "Allow"
    } == {
        "Alarms": ({"Service": "cloudwatch.amazonaws.com"}, own_account, "Allow"),
        "DatabaseEvents": ({"Service": "events.rds.amazonaws.com"}, own_account, "Allow"),
        # EventBridge meets no condition in a topic's policy: its messages would be lost.
        "Events": ({"Service": "events.amazonaws.com"}, None, "Allow"),
    }
    assert statements["TlsOnly"] == {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": "alarms.arn",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    assert all(s["Action"] == "sns:Publish" and s["Resource"] == "alarms.arn" for s in statements.values())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cpu(role="CPU high"), "role: 'CPU high'"),
        (lambda: cpu(runbook="database-cpu.md"), "runbook: 'database-cpu.md'"),
        (lambda: cpu(summary="It is busy"), "summary: .* full stop"),
        (lambda: cpu(comparison="Greater"), "comparison: 'Greater' is not one of"),
        (lambda: cpu(missing="ok"), "missing: 'ok' is not one of breaching"),
        (lambda: cpu(statistic="p99"), "statistic: 'p99' is not one of"),
        (lambda: cpu(statistic=None), "statistic: cpu needs exactly one"),
        (lambda: cpu(extended_statistic="p99"), "statistic: cpu needs exactly one"),
        (lambda: cpu(statistic=None, extended_statistic="99"), "extended_statistic: '99'"),
        (lambda: cpu(metric_name=None), "metric_name: cpu needs"),
        (lambda: cpu(period_seconds=45), "period_seconds: 45 s"),
        (lambda: cpu(datapoints=6), "datapoints: 6 of 5"),
        (lambda: cpu(datapoints=0), "datapoints: 0 of 5"),
        (lambda: cpu(period_seconds=300, periods=300), "periods: 300 of 300 s look back further than the 86400 s"),
        (lambda: cpu(period_seconds=3600, periods=169), "periods: 169 of 3600 s look back further than the 604800 s"),
        (lambda: cpu(metrics=[ERRORS]), "metrics: cpu has metric math and a metric"),
        (lambda: math(ERRORS), "metrics: cpu must mark exactly one"),
        (lambda: math(ERRORS, ERRORS), "metrics: cpu uses an id twice"),
        (lambda: math(*[MetricQuery(id=f"m{i}", expression="1") for i in range(21)]), "metrics: 21 queries"),
        (lambda: MetricQuery(id="Errors", expression="1"), "id: 'Errors'"),
        (lambda: MetricQuery(id="m", metric_name="Errors"), "metric_name: query m needs"),
        (lambda: MetricQuery(id="m", expression="1", metric_name="Errors"), "expression: query m has"),
        (lambda: MetricQuery(id="m", expression="1", period_seconds=61), "period_seconds: 61"),
        (lambda: AlarmsArgs(target=TARGET, definitions=[]), "definitions: at least one"),
        (lambda: AlarmsArgs(target=TARGET, definitions=[cpu(), cpu()]), "definitions: two alarms have the role 'cpu'"),
        (lambda: AlarmsArgs(target=TARGET, definitions=[cpu(summary="x" * 1000 + ".")]), "definitions: cpu's text"),
        (lambda: AlarmTarget(topic_arn=TOPIC, runbooks_url="docs"), "runbooks_url: 'docs'"),
        (lambda: AlarmTopicArgs(kms_key_arn=KEY, account_id=ACCOUNT, emails=["ops"]), "emails: 'ops'"),
        (
            lambda: AlarmTopicArgs(kms_key_arn=KEY, account_id=ACCOUNT, emails=["a@example.org"] * 2),
            "emails: .* names an address twice",
        ),
    ],
)
def test_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_longest_spans_are_accepted() -> None:
    assert cpu(period_seconds=60, periods=1440).periods == 1440
    assert cpu(period_seconds=3600, periods=168).periods == 168
