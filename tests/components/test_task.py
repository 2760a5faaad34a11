"""components.task: what a task may do, reach and write."""

import json
from typing import Any

import pulumi
import pytest

from components._iam import Statement
from components.task import Connection, SecretVersion, Task, TaskArgs
from tests.support.data import KEYS
from tests.support.recorder import Recording, record
from tests.support.workloads import ACCOUNT, IMAGE, REGION, SECRET, task_arguments

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"


def task(**changes: Any) -> Recording:
    return record(lambda: Task("api", TaskArgs(**task_arguments(**changes))))


def policy(recording: Recording, name: str) -> dict[str, Any]:
    """The statements of an inline policy, by sid."""
    document = json.loads(recording.get(POLICY, name).inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_registers_exactly() -> None:
    recording = task()
    assert recording.counts() == {
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:iam/role:Role": 2,
        "aws:iam/rolePolicy:RolePolicy": 1,
        "aws:ec2/securityGroup:SecurityGroup": 1,
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 1,
        "aws:ecs/taskDefinition:TaskDefinition": 1,
    }
    assert [r.name for r in recording.of(ROLE)] == ["api-execution", "api-task"]
    assert [r.name for r in recording.of(POLICY)] == ["api-execution"]


def test_log_group_is_encrypted_and_ends() -> None:
    group = task(log_retention_days=14).get("aws:cloudwatch/logGroup:LogGroup", "api-logs")
    assert group.inputs == {"retentionInDays": 14, "kmsKeyId": KEYS.logs}


@pytest.mark.feature("S4")
@pytest.mark.feature("S5")
def test_definition() -> None:
    recording = task(
        cpu=1024,
        memory=2048,
        environment={"A": "1"},
        secrets={"TOKEN": SecretVersion(arn=SECRET, json_key="token", version_id="v2"), "ALL": SECRET},
        writable_volumes={"tmp": "/tmp", "cache": "/cache"},  # noqa: S108
    )
    inputs = recording.get("aws:ecs/taskDefinition:TaskDefinition", "api").inputs
    container = json.loads(inputs.pop("containerDefinitions"))[0]
    assert inputs == {
        "family": "test-unit-api",
        "cpu": "1024",
        "memory": "2048",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        "executionRoleArn": "api-execution.arn",
        "taskRoleArn": "api-task.arn",
        "volumes": [{"name": "cache"}, {"name": "tmp"}],
        "skipDestroy": True,
    }
    assert container["name"] == "api"
    assert container["image"] == IMAGE
    assert container["logConfiguration"]["options"]["awslogs-group"] == "api-logs.name"
    assert container["secrets"] == [
        {"name": "ALL", "valueFrom": SECRET},
        {"name": "TOKEN", "valueFrom": f"{SECRET}:token::v2"},
    ]


def test_roles_can_be_assumed_for_this_account_only() -> None:
    recording = task()
    trust = {role.name: json.loads(role.inputs["assumeRolePolicy"]) for role in recording.of(ROLE)}
    assert set(trust) == {"api-execution", "api-task"}
    for document in trust.values():
        statement = document["Statement"][0]
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert trust["api-task"]["Statement"][0]["Condition"]["ArnLike"] == {
        "aws:SourceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:*"
    }


def test_execution_role_writes_its_log_and_pulls_its_image_only() -> None:
    statements = policy(task(), "api-execution")
    assert {sid: (s["Action"], s["Resource"]) for sid, s in statements.items()} == {
        "WriteLog": (["logs:CreateLogStream", "logs:PutLogEvents"], "api-logs.arn:*"),
        "LogInToRegistry": ("ecr:GetAuthorizationToken", "*"),
        "PullImage": (
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/api",
        ),
    }


@pytest.mark.feature("S8")
def test_a_version_is_part_of_the_definition_and_a_label_is_for_those_who_want_none() -> None:
    pinned, followed = SecretVersion(arn=SECRET, version_id="v1"), SecretVersion(arn=SECRET, stage="AWSCURRENT")
    recording = task(secrets={"A": pinned, "B": followed})
    definition = recording.only("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    assert [secret["valueFrom"] for secret in json.loads(definition)[0]["secrets"]] == [
        f"{SECRET}:::v1",
        f"{SECRET}::AWSCURRENT:",
    ]
    with pytest.raises(ValueError, match=r"^stage: AWSCURRENT and a version_id"):
        SecretVersion(arn=SECRET, stage="AWSCURRENT", version_id="v1")


def test_execution_role_reads_each_declared_secret_and_no_other() -> None:
    other = SECRET.replace("api", "other")
    shared = pulumi.Output.from_input(other)
    recording = task(
        secrets={
            "A": SECRET,
            "B": SecretVersion(arn=SECRET, json_key="b"),
            "C": shared,
            "D": SecretVersion(arn=shared, json_key="d"),
        }
    )
    statements = policy(recording, "api-execution")
    assert statements["ReadSecrets"]["Action"] == "secretsmanager:GetSecretValue"
    assert statements["ReadSecrets"]["Resource"] == [SECRET, other]
    assert statements["DecryptSecrets"] == {
        "Sid": "DecryptSecrets",
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": KEYS.secrets,
        "Condition": {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}},
    }


def test_an_image_from_elsewhere_needs_no_registry_permission() -> None:
    image = "public.ecr.aws/nginx/nginx@" + IMAGE.partition("@")[2]
    assert set(policy(task(image=image), "api-execution")) == {"WriteLog"}


def test_task_role_may_do_what_is_declared() -> None:
    recording = task(statements=[Statement(["sqs:SendMessage"], ["arn:q"], sid="Send")])
    assert policy(recording, "api-task") == {
        "Send": {"Sid": "Send", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:q"}
    }


def test_security_group_has_no_inline_rules_and_named_edges() -> None:
    recording = task(
        connects={
            "database": Connection(security_group_id="sg-database", port=5433),
            "cache": Connection(security_group_id="sg-cache", port=6379),
        }
    )
    group = recording.get("aws:ec2/securityGroup:SecurityGroup", "api")
    assert group.inputs == {"vpcId": "vpc-1", "description": "Tasks of api", "tags": {"Name": "api"}}
    edges = recording.of("breakwater:security:SecurityGroupEdge")
    assert [edge.name for edge in edges] == ["api-to-cache", "api-to-database"]
    egress = recording.get("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "api-to-database-egress")
    assert egress.inputs["securityGroupId"] == "api.id"
    assert egress.inputs["referencedSecurityGroupId"] == "sg-database"
    assert (egress.inputs["fromPort"], egress.inputs["toPort"]) == (5433, 5433)
    assert [https.name for https in recording.of("breakwater:security:HttpsEgress")] == ["api-https"]


def test_outputs() -> None:
    recording = task()
    assert recording.outputs[recording.only("breakwater:task:Task").urn] == {
        "definition_arn": "api.arn",
        "family_arn": "api.arnWithoutRevision",
        "security_group_id": "api.id",
        "task_role_arn": "api-task.arn",
        "execution_role_arn": "api-execution.arn",
        "log_group_name": "api-logs.name",
    }


def test_a_long_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^name: .* a role is named after it"):
        record(lambda: Task("a" * 47, TaskArgs(**task_arguments())))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"region": "Virginia"}, r"^region: 'Virginia'"),
        ({"subnet_ids": []}, r"^subnet_ids: 0 subnets; ECS takes 1 to 16"),
        ({"subnet_ids": ["s"] * 17}, r"^subnet_ids: 17 subnets"),
        ({"architecture": "arm64"}, r"^architecture: 'arm64'"),
        ({"memory": 4096}, r"^memory: 4096 MiB does not go with 256 CPU units on Fargate; use one of 512, 1024, 2048"),
        ({"cpu": 300}, r"^cpu: 300 units"),
        ({"image": "api:latest"}, r"^image: .* not pinned by digest"),
        ({"environment": {"A": "1"}, "secrets": {"A": SECRET}}, r"^secrets: A is also in environment"),
        ({"secrets": {"A": "hunter2"}}, r"^secrets: A is no ARN of a secret"),
        ({"secrets": {"A": SecretVersion(arn="hunter2")}}, r"^secrets: A is no ARN of a secret"),
        ({"user": "root"}, r"^user: 'root' is root"),
        ({"writable_volumes": {"root": "/"}}, r"^writable_volumes: '/'"),
        ({"stop_timeout_seconds": 300}, r"^stop_timeout_seconds: 300 s"),
        ({"health_command": ["curl"]}, r"^health_command: "),
        ({"log_retention_days": 2}, r"^log_retention_days: 2 days"),
    ],
)
def test_arguments_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        TaskArgs(**task_arguments(**changes))
    assert "hunter2" not in str(raised.value)


def test_connection_port_is_checked() -> None:
    with pytest.raises(ValueError, match=r"^port: 0 is no TCP port"):
        Connection(security_group_id="sg", port=0)
