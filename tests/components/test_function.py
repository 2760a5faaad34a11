"""components.function: what is registered, what its role may do, when it rings; what is refused."""

import json
from typing import Any

import pytest

from components._function_alarms import concurrency_threshold, duration_threshold
from components._iam import Statement
from components.function import Connection, Function, FunctionNetwork, ImageCode, ZipCode
from tests.support.data import alarms
from tests.support.functions import ACCOUNT, IMAGE, REGION, function_arguments, keys
from tests.support.recorder import Recording, record
from tests.support.workloads import SECRET, measured

pytestmark = pytest.mark.feature("L8")

FUNCTION = "aws:lambda/function:Function"
POLICY = "aws:iam/rolePolicy:RolePolicy"
NETWORK = FunctionNetwork(
    vpc_id="vpc-1",
    subnet_ids=["subnet-a", "subnet-b"],
    connects={"database": Connection(security_group_id="sg-database", port=5432)},
)
ZIP = ZipCode(bucket="builds", key="orders.zip", version="v3", runtime="python3.13", handler="app.handler")


def function(**changes: Any) -> Recording:
    return record(lambda: Function("orders", function_arguments(**changes)))


def statements(recording: Recording) -> dict[str, dict[str, Any]]:
    document = json.loads(recording.only(POLICY).inputs["policy"])
    return {statement.pop("Sid", "own"): statement for statement in document["Statement"]}


def test_registers_exactly_and_the_same_in_a_preview() -> None:
    recording = function(network=NETWORK)
    assert recording.counts() == {
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:iam/role:Role": 1,
        "aws:iam/rolePolicy:RolePolicy": 1,
        "aws:ec2/securityGroup:SecurityGroup": 1,
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 2,
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 1,
        "aws:sqs/queue:Queue": 1,
        "aws:sqs/queuePolicy:QueuePolicy": 1,
        "aws:lambda/function:Function": 1,
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": 1,
        "aws:cloudwatch/metricAlarm:MetricAlarm": 6,
    }
    planned = record(lambda: Function("orders", function_arguments(network=NETWORK)), preview=True)
    assert [(r.type, r.name) for r in planned.resources] == [(r.type, r.name) for r in recording.resources]


def test_the_function_of_an_image() -> None:
    recording = function(
        code=ImageCode(image=IMAGE, command=["app.orders"]),
        network=NETWORK,
        environment={"MODE": "x"},
        secrets={"TOKEN_ARN": SECRET},
    )
    made = recording.only(FUNCTION)
    assert made.inputs == {
        "packageType": "Image",
        "imageUri": IMAGE,
        "imageConfig": {"commands": ["app.orders"]},
        "role": "orders.arn",
        "architectures": ["arm64"],
        "memorySize": 512,
        "timeout": 25,
        "reservedConcurrentExecutions": 50,
        "environment": {"variables": {"MODE": "x", "TOKEN_ARN": SECRET}},
        "kmsKeyArn": keys().data,
        "loggingConfig": {
            "logFormat": "JSON",
            "logGroup": "orders-logs.name",
            "applicationLogLevel": "INFO",
            "systemLogLevel": "INFO",
        },
        "tracingConfig": {"mode": "Active"},
        "vpcConfig": {"subnetIds": ["subnet-a", "subnet-b"], "securityGroupIds": ["orders.id"]},
    }
    for type_, name in (
        (POLICY, "orders"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "orders-https"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "orders-to-database-ingress"),
    ):
        assert recording.get(type_, name).urn in made.dependencies


def test_the_function_of_an_archive_without_network_and_variables() -> None:
    recording = function(code=ZIP, architecture="X86_64")
    inputs = recording.only(FUNCTION).inputs
    assert {name: inputs[name] for name in ("s3Bucket", "s3Key", "s3ObjectVersion", "runtime", "handler")} == {
        "s3Bucket": "builds",
        "s3Key": "orders.zip",
        "s3ObjectVersion": "v3",
        "runtime": "python3.13",
        "handler": "app.handler",
    }
    assert (inputs["packageType"], inputs["architectures"]) == ("Zip", ["x86_64"])
    assert not {"vpcConfig", "environment", "kmsKeyArn", "imageUri"} & inputs.keys()
    assert recording.of("aws:ec2/securityGroup:SecurityGroup") == []
    assert recording.result.security_group_id is None


def test_the_log_is_kept_and_encrypted() -> None:
    assert function(log_retention_days=7).only("aws:cloudwatch/logGroup:LogGroup").inputs == {
        "retentionInDays": 7,
        "kmsKeyId": keys().logs,
    }


def test_what_fails_every_try_goes_to_the_dead_letters() -> None:
    recording = function(retries=1, event_age_seconds=600)
    assert recording.only("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").inputs == {
        "functionName": "orders.name",
        "maximumRetryAttempts": 1,
        "maximumEventAgeInSeconds": 600,
        "destinationConfig": {"onFailure": {"destination": "orders-dead-letter.arn"}},
    }
    queue = recording.only("aws:sqs/queue:Queue")
    assert (queue.inputs["kmsMasterKeyId"], queue.inputs["messageRetentionSeconds"]) == (keys().messages, 1_209_600)
    assert queue.protect
    assert not function(protect=False).only("aws:sqs/queue:Queue").protect
    (tls,) = json.loads(recording.only("aws:sqs/queuePolicy:QueuePolicy").inputs["policy"])["Statement"]
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_role_may_do_what_is_needed_and_no_more() -> None:
    own = Statement(actions=["sqs:SendMessage"], resources=["arn:aws:sqs:us-east-1:111122223333:mail"])
    recording = function(network=NETWORK, environment={"A1": "b"}, secrets={"TOKEN_ARN": SECRET}, statements=[own])
    trust = json.loads(recording.only("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    found = statements(recording)
    assert {sid: statement["Resource"] for sid, statement in found.items()} == {
        "WriteLog": "orders-logs.arn:*",
        "Trace": "*",
        "KeepDeadLetters": "orders-dead-letter.arn",
        "EncryptDeadLetters": keys().messages,
        "DecryptEnvironment": keys().data,
        "ReadSecrets": SECRET,
        "DecryptSecrets": keys().secrets,
        "ManageInterfaces": "*",
        "InterfacesAreLambdas": "*",
        "own": "arn:aws:sqs:us-east-1:111122223333:mail",
    }
    through = {sid: f["Condition"]["StringEquals"]["kms:ViaService"] for sid, f in found.items() if "crypt" in sid}
    assert through == {
        "EncryptDeadLetters": f"sqs.{REGION}.amazonaws.com",
        "DecryptEnvironment": f"lambda.{REGION}.amazonaws.com",
        "DecryptSecrets": f"secretsmanager.{REGION}.amazonaws.com",
    }
    assert found["InterfacesAreLambdas"]["Effect"] == "Deny"
    assert found["InterfacesAreLambdas"]["Action"] == found["ManageInterfaces"]["Action"]
    assert found["InterfacesAreLambdas"]["Condition"] == {
        "ArnLike": {"lambda:SourceFunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*"}
    }
    assert set(statements(function())) == {"WriteLog", "Trace", "KeepDeadLetters", "EncryptDeadLetters"}


def test_alarms() -> None:
    found = alarms(function(timeout_seconds=20, concurrency=10, error_percent=2.0))
    assert {name.removeprefix("orders-alarms-"): measured(alarm) for name, alarm in found.items()} == {
        "errors": (None, None, "GreaterThanThreshold", 2, 3, "notBreaching"),
        "throttles": ("AWS/Lambda", "Throttles", "GreaterThanThreshold", 0, 5, "notBreaching"),
        "duration": ("AWS/Lambda", "Duration", "GreaterThanThreshold", 16_000, 5, "notBreaching"),
        "concurrency": (
            "AWS/Lambda", "ConcurrentExecutions", "GreaterThanOrEqualToThreshold", 8, 10, "notBreaching",
        ),
        "dead-letters": ("AWS/SQS", "NumberOfMessagesSent", "GreaterThanThreshold", 0, 1, "notBreaching"),
        "dead-letter-lost": (
            "AWS/Lambda", "DestinationDeliveryFailures", "GreaterThanThreshold", 0, 1, "notBreaching",
        ),
    }  # fmt: skip
    (rate,) = [q for q in found["orders-alarms-errors"].inputs["metricQueries"] if q.get("returnData")]
    assert rate["expression"] == "100 * errors / invocations"


def test_thresholds_follow_the_limits() -> None:
    assert duration_threshold(25) == 20_000
    assert [concurrency_threshold(number) for number in (1, 10)] == [1, 8]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"region": "Virginia"}, "region"),
        ({"region": "eu-west-1"}, "code"),
        ({"timeout_seconds": 901}, "timeout_seconds"),
        ({"memory": 64}, "memory"),
        ({"concurrency": 0}, "concurrency"),
        ({"architecture": "RISC"}, "architecture"),
        ({"environment": {"AWS_REGION": "x"}}, "environment"),
        ({"environment": {"1A": "x"}}, "environment"),
        ({"environment": {"TEXT": "x" * 5000}}, "environment"),
        ({"environment": {"KEY": "x"}, "secrets": {"KEY": SECRET}}, "secrets"),
        ({"secrets": {"KEY": "hunter2"}}, "secrets"),
        ({"retries": 3}, "retries"),
        ({"event_age_seconds": 30}, "event_age_seconds"),
        ({"log_level": "LOUD"}, "log_level"),
        ({"error_percent": 0}, "error_percent"),
        ({"log_retention_days": 2}, "log_retention_days"),
    ],
)
def test_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}: "):
        function_arguments(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bucket": "a b"}, "bucket"),
        ({"key": ""}, "key"),
        ({"version": "null"}, "version"),
        ({"runtime": "cobol"}, "runtime"),
        ({"handler": "a b"}, "handler"),
    ],
)
def test_refuses_an_archive(changes: dict[str, Any], message: str) -> None:
    good = {"bucket": "builds", "key": "a.zip", "version": "v1", "runtime": "python3.13", "handler": "app.handler"}
    with pytest.raises(ValueError, match=f"^{message}: "):
        ZipCode(**{**good, **changes})


def test_refuses_images_from_elsewhere_a_long_name_and_no_subnets() -> None:
    with pytest.raises(ValueError, match=r"^image: .* not in ECR"):
        ImageCode(image="docker.io/library/nginx@sha256:" + "0" * 64)
    with pytest.raises(ValueError, match="digest"):
        ImageCode(image=f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/orders:latest")
    with pytest.raises(ValueError, match=r"^subnet_ids: "):
        FunctionNetwork(vpc_id="vpc-1", subnet_ids=[])
    with pytest.raises(ValueError, match=r"^name: "):
        record(lambda: Function("f" * 57, function_arguments()))
