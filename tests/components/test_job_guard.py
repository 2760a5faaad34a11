"""components.job_guard: the state machine's form, its log, and what its role may do."""

import json
from typing import Any

import pytest

from components.job import Job
from components.job_guard import _machine_name
from tests.support.data import KEYS
from tests.support.recorder import Recording, record
from tests.support.workloads import ACCOUNT, CLUSTER, REGION, job_arguments

MACHINE = "aws:sfn/stateMachine:StateMachine"
NAME = "test-unit-tidy"
MACHINE_ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{NAME}"


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record(lambda: Job("tidy", job_arguments()))


@pytest.mark.feature("J3")
def test_a_standard_workflow_with_key_and_log(recording: Recording) -> None:
    machine = recording.only(MACHINE)
    assert {key: value for key, value in machine.inputs.items() if key != "definition"} == {
        "name": NAME,
        "type": "STANDARD",
        "roleArn": "tidy-machine.arn",
        "loggingConfiguration": {
            "level": "ERROR",
            "includeExecutionData": True,
            "logDestination": "tidy-runs.arn:*",
        },
        "encryptionConfiguration": {
            "type": "CUSTOMER_MANAGED_KMS_KEY",
            "kmsKeyId": KEYS.logs,
            "kmsDataKeyReusePeriodSeconds": 900,
        },
    }
    assert machine.depends_on("tidy-machine")
    assert json.loads(machine.inputs["definition"])["StartAt"] == "Due"
    group = recording.get("aws:cloudwatch/logGroup:LogGroup", "tidy-runs")
    assert group.inputs == {"name": f"/aws/vendedlogs/states/{NAME}", "retentionInDays": 30, "kmsKeyId": KEYS.logs}
    guard = recording.only("breakwater:job_guard:JobGuard")
    assert recording.outputs[guard.urn] == {
        "machine_arn": "tidy.arn",
        "log_group_name": f"/aws/vendedlogs/states/{NAME}",
    }
    assert {r.parent for r in (machine, group)} == {guard.urn}


@pytest.mark.feature("J1")
def test_it_runs_the_task_as_it_is(recording: Recording) -> None:
    run = json.loads(recording.only(MACHINE).inputs["definition"])["States"]["Run"]
    variables = {
        "JOB_COMPLETED_UNTIL": "$.run.completed_until",
        "JOB_RUN_ID": "$$.Execution.Name",
        "JOB_SCHEDULED_TIME": "$.scheduled_time",
    }
    assert run["Resource"] == "arn:aws:states:::ecs:runTask.sync"
    assert run["Parameters"] == {
        "Cluster": CLUSTER,
        "TaskDefinition": "tidy.arn",
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "Subnets": ["subnet-a", "subnet-b"],
                "SecurityGroups": ["tidy.id"],
                "AssignPublicIp": "DISABLED",
            }
        },
        "Overrides": {
            "ContainerOverrides": [
                {"Name": "tidy", "Environment": [{"Name": k, "Value.$": v} for k, v in variables.items()]}
            ]
        },
        "PropagateTags": "TASK_DEFINITION",
        "EnableExecuteCommand": False,
    }


@pytest.mark.feature("J3")
def test_the_ledger_is_the_jobs_own_item(recording: Recording) -> None:
    states = json.loads(recording.only(MACHINE).inputs["definition"])["States"]
    calls = [state for state in states.values() if "dynamodb" in state.get("Resource", "")]
    assert len(calls) == 6
    for state in calls:
        assert state["Parameters"]["TableName"] == "ledger"
        assert state["Parameters"]["Key"] == {"job": {"S": "sweep"}}


def test_the_role_may_do_that_and_no_more(recording: Recording) -> None:
    trust = json.loads(recording.get("aws:iam/role:Role", "tidy-machine").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": MACHINE_ARN},
    }
    document = json.loads(recording.get("aws:iam/rolePolicy:RolePolicy", "tidy-machine").inputs["policy"])
    statements = {statement.pop("Sid"): statement for statement in document["Statement"]}
    log_actions = statements.pop("DeliverLog")["Action"]
    assert all(action.startswith("logs:") for action in log_actions)
    assert not {"logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:GetLogEvents"} & set(log_actions)
    cluster = {"ArnEquals": {"ecs:cluster": CLUSTER}}
    tasks = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/main/*"
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForECSTaskRule"
    expected: dict[str, tuple[Any, Any, Any]] = {
        "RunTask": ("ecs:RunTask", "tidy.arnWithoutRevision:*", cluster),
        "TagTask": ("ecs:TagResource", tasks, {"StringEquals": {"ecs:CreateAction": "RunTask"}}),
        "FollowTask": (["ecs:DescribeTasks", "ecs:StopTask"], tasks, None),
        "FindTasks": ("ecs:ListTasks", "*", cluster),
        "PassRoles": (
            "iam:PassRole",
            ["tidy-execution.arn", "tidy-task.arn"],
            {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        "HearOfTasks": (["events:DescribeRule", "events:PutRule", "events:PutTargets"], rule, None),
        "KeepLedger": (
            ["dynamodb:GetItem", "dynamodb:UpdateItem"],
            f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ledger",
            {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "sweep"}},
        ),
        "DecryptLedger": (
            "kms:Decrypt",
            KEYS.data,
            {"StringEquals": {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}},
        ),
        "SeeOtherRuns": (
            "states:DescribeExecution",
            f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{NAME}:*",
            None,
        ),
        "EncryptHistory": (
            ["kms:Decrypt", "kms:GenerateDataKey"],
            KEYS.logs,
            {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": MACHINE_ARN}},
        ),
        "EncryptLog": (
            "kms:GenerateDataKey",
            KEYS.logs,
            {"StringLike": {"kms:EncryptionContext:SourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}},
        ),
    }
    found = {sid: (s["Action"], s["Resource"], s.get("Condition")) for sid, s in statements.items()}
    assert found == expected


def test_a_long_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^name: the state machine's name 'test-unit-a+' has 86 characters"):
        record(lambda: _machine_name("a" * 76))
