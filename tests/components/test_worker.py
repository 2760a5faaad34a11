"""components.service: workers, and what they share with web services."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._service_alarms import cpu_threshold
from components.service import Tasks, Worker
from tests.support.data import KEYS
from tests.support.recorder import Recording, record
from tests.support.workloads import (
    QUEUE,
    REGION,
    TOPIC,
    measured,
    worker_arguments,
)

SERVICE = "aws:ecs/service:Service"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
POLICY = "aws:appautoscaling/policy:Policy"
CONFIGURATION = "targetTrackingScalingPolicyConfiguration"


def worker(**changes: Any) -> Recording:
    return record(lambda: Worker("mail", worker_arguments(**changes)))


def test_worker_registers_exactly() -> None:
    assert worker().counts() == {
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:iam/role:Role": 2,
        "aws:iam/rolePolicy:RolePolicy": 2,
        "aws:ec2/securityGroup:SecurityGroup": 1,
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 1,
        "aws:ecs/taskDefinition:TaskDefinition": 1,
        "aws:ecs/service:Service": 1,
        "aws:appautoscaling/target:Target": 1,
        "aws:appautoscaling/policy:Policy": 2,
        "aws:cloudwatch/metricAlarm:MetricAlarm": 3,
    }


def test_worker_ecs_service_has_neither_balancer_nor_grace_nor_alarms() -> None:
    service = worker().get(SERVICE, "mail")
    assert service.ignore_changes == ("desiredCount",)
    assert not {"loadBalancers", "healthCheckGracePeriodSeconds", "alarms"} & set(service.inputs)
    assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert service.inputs["desiredCount"] == 1


@pytest.mark.feature("S3")
def test_worker_scales_by_backlog_per_running_task() -> None:
    configuration = worker().get(POLICY, "mail-backlog").inputs[CONFIGURATION]
    assert configuration["targetValue"] == 50
    metrics = configuration["customizedMetricSpecification"]["metrics"]
    assert metrics == [
        {
            "id": "backlog",
            "expression": "IF(running > 0, waiting / running, waiting)",
            "label": "Waiting messages per running task",
            "returnData": True,
        },
        {
            "id": "waiting",
            "metricStat": {
                "metric": {
                    "namespace": "AWS/SQS",
                    "metricName": "ApproximateNumberOfMessagesVisible",
                    "dimensions": [{"name": "QueueName", "value": "mail"}],
                },
                "stat": "Sum",
            },
            "returnData": False,
        },
        {
            "id": "running",
            "metricStat": {
                "metric": {
                    "namespace": "ECS/ContainerInsights",
                    "metricName": "RunningTaskCount",
                    "dimensions": [
                        {"name": "ClusterName", "value": "main"},
                        {"name": "ServiceName", "value": "mail.name"},
                    ],
                },
                "stat": "Average",
            },
            "returnData": False,
        },
    ]


@pytest.mark.feature("Q5")
def test_worker_may_consume_its_queue_and_finds_its_address() -> None:
    recording = worker(environment={"LEVEL": "info"})
    document = json.loads(recording.get("aws:iam/rolePolicy:RolePolicy", "mail-task").inputs["policy"])
    assert [(s["Sid"], s["Action"], s["Resource"]) for s in document["Statement"]] == [
        (
            "ConsumeQueue",
            ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            QUEUE,
        ),
        ("DecryptMessages", "kms:Decrypt", KEYS.messages),
    ]
    assert document["Statement"][1]["Condition"] == {"StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}}
    definition = recording.only("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    assert json.loads(definition)[0]["environment"] == [
        {"name": "LEVEL", "value": "info"},
        {"name": "QUEUE_URL", "value": "https://sqs/mail"},
    ]


def test_alarms_on_tasks() -> None:
    recording = worker(cpu_target_percent=75, tasks=Tasks(min=3, max=9))
    alarms = {alarm.name: alarm for alarm in recording.of(ALARM)}
    dimensions = {"ClusterName": "main", "ServiceName": "mail.name"}
    assert {name: measured(alarm) for name, alarm in alarms.items()} == {
        "mail-alarms-cpu": ("AWS/ECS", "CPUUtilization", "GreaterThanThreshold", 85, 5, "breaching"),
        "mail-alarms-memory": ("AWS/ECS", "MemoryUtilization", "GreaterThanThreshold", 80, 5, "breaching"),
        "mail-alarms-running-tasks": (
            "ECS/ContainerInsights", "RunningTaskCount", "LessThanThreshold", 3, 5, "breaching",
        ),
    }  # fmt: skip
    for alarm in alarms.values():
        assert alarm.inputs["dimensions"] == dimensions
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [TOPIC]
    assert alarms["mail-alarms-cpu"].inputs["alarmDescription"].endswith("/service-cpu.md")


@given(st.integers(10, 90))
def test_cpu_alarm_is_above_what_scaling_holds(target: int) -> None:
    threshold = cpu_threshold(target)
    assert max(80, target) <= threshold < 100
    assert threshold > target


def test_outputs() -> None:
    recording = worker()
    assert recording.outputs[recording.only("breakwater:service:Worker").urn] == {
        "service_name": "mail.name",
        "security_group_id": "mail.id",
        "task_role_arn": "mail-task.arn",
        "log_group_name": "mail-logs.name",
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"backlog_per_task": 0}, r"^backlog_per_task: 0 messages"),
        ({"environment": {"QUEUE_URL": "x"}}, r"^environment: QUEUE_URL is set by the worker"),
        ({"health_command": []}, r"^health_command: "),
    ],
)
def test_worker_arguments_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        worker_arguments(**changes)


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        (0, 1, r"^min: 0 tasks"),
        (2, 1, r"^max: 1 tasks; give 2"),
        (1, 5001, r"^max: 5001 tasks; give 1 \(min\) to 5000"),
    ],
)
def test_tasks_are_checked(low: int, high: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Tasks(min=low, max=high)
