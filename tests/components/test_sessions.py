"""components._execute_command: sessions in running tasks, off unless chosen; and where tasks run."""

import json
from typing import Any

import pytest

from components.cluster import Cluster, ClusterArgs
from components.service import WebService, Worker
from components.service_options import Sessions
from tests.support.data import KEYS
from tests.support.recorder import Recording, record
from tests.support.workloads import web_arguments, worker_arguments

pytestmark = pytest.mark.feature("S11")

SERVICE = "aws:ecs/service:Service"
GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:sessions"


def web(sessions: Sessions | None = None) -> Recording:
    return record(lambda: WebService("api", web_arguments(sessions=sessions)))


def test_nobody_can_open_a_session_by_default() -> None:
    recording = web()
    assert recording.get(SERVICE, "api").inputs["enableExecuteCommand"] is False
    assert "ssmmessages" not in json.dumps([r.inputs for r in recording.of("aws:iam/rolePolicy:RolePolicy")])
    cluster = record(lambda: Cluster("main", ClusterArgs(kms_key_arn=KEYS.logs)))
    assert "configuration" not in cluster.get("aws:ecs/cluster:Cluster", "main").inputs
    assert cluster.result.sessions is None


def test_sessions_are_recorded_in_an_encrypted_group_that_ends() -> None:
    recording = record(
        lambda: Cluster("main", ClusterArgs(kms_key_arn=KEYS.logs, log_retention_days=90, sessions=True))
    )
    group = recording.get("aws:cloudwatch/logGroup:LogGroup", "main-sessions")
    assert group.inputs == {"retentionInDays": 90, "kmsKeyId": KEYS.logs}
    assert recording.get("aws:ecs/cluster:Cluster", "main").inputs["configuration"] == {
        "executeCommandConfiguration": {
            "logging": "OVERRIDE",
            "logConfiguration": {"cloudWatchEncryptionEnabled": True, "cloudWatchLogGroupName": "main-sessions.name"},
        }
    }
    assert recording.value(recording.result.sessions.log_group_arn) == "main-sessions.arn"


def test_with_sessions_the_agent_may_talk_and_write_and_the_root_stays_read_only() -> None:
    recording = web(Sessions(log_group_arn=GROUP))
    assert recording.get(SERVICE, "api").inputs["enableExecuteCommand"] is True
    policy = json.loads(recording.get("aws:iam/rolePolicy:RolePolicy", "api-task").inputs["policy"])
    assert {s["Sid"]: (s["Action"], s["Resource"]) for s in policy["Statement"]} == {
        "OpenSessions": (
            [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            "*",
        ),
        "FindSessionLog": ("logs:DescribeLogGroups", "*"),
        "WriteSessionLog": (["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], f"{GROUP}:*"),
    }
    definition = recording.only("aws:ecs/taskDefinition:TaskDefinition").inputs
    container: dict[str, Any] = json.loads(definition["containerDefinitions"])[0]
    assert container["readonlyRootFilesystem"] is True
    assert [mount["containerPath"] for mount in container["mountPoints"]] == [
        "/managed-agents", "/var/log/amazon/ssm", "/var/lib/amazon/ssm",
    ]  # fmt: skip
    assert [volume["name"] for volume in definition["volumes"]] == ["session-agent", "session-log", "session-state"]


def test_a_worker_can_have_them_too() -> None:
    recording = record(lambda: Worker("mail", worker_arguments(sessions=Sessions(log_group_arn=GROUP))))
    assert recording.get(SERVICE, "mail").inputs["enableExecuteCommand"] is True


def test_tasks_are_spread_over_zones_again_after_a_zone_was_lost() -> None:
    service = web().get(SERVICE, "api").inputs
    assert service["availabilityZoneRebalancing"] == "ENABLED"
    # ECS refuses it with a maximum that leaves no room for a new task beside the old ones.
    assert service["deploymentMaximumPercent"] > 100
