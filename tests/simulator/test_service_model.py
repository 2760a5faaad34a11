"""What AWS's service models demand, beyond what botocore checks itself."""

from typing import Any

import pytest

from breakwater.simulator.aws import AwsError, SimulatedAws
from breakwater.simulator.service_model import operation_model, service_model, violations


def found(service: str, operation: str, **parameters: Any) -> list[str]:
    return violations(operation_model(service, operation).input_shape, parameters)


def test_a_right_request_has_no_violations() -> None:
    assert found("sqs", "CreateQueue", QueueName="orders", Attributes={"VisibilityTimeout": "30"}) == []


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("sqs", "CreateQueue", {}, "QueueName: required, but missing"),
        ("sqs", "CreateQueue", {"QueueName": 3}, "QueueName: string is expected, not 3"),
        ("sqs", "CreateQueue", {"QueueName": "a", "Colour": "red"}, "Colour: no such parameter"),
        ("ec2", "CreateVpc", {"InstanceTenancy": "shared"}, "InstanceTenancy: 'shared' is not one of default"),
        ("ec2", "CreateSubnet", {"VpcId": True}, "VpcId: string is expected, not True"),
        ("kms", "CreateKey", {"Description": "x" * 8193}, "Description: 8193 characters, at most 8192 are allowed"),
        ("kms", "CreateAlias", {"AliasName": "a b", "TargetKeyId": "k"}, "AliasName: 'a b' does not match"),
        ("scheduler", "CreateSchedule", {"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 2000}},
         "FlexibleTimeWindow.MaximumWindowInMinutes: 2000 is more than 1440"),
        ("elbv2", "CreateTargetGroup", {"Name": "x", "Port": 0}, "Port: 0 is less than 1"),
        ("elbv2", "CreateTargetGroup", {"Name": "x", "Tags": []}, "Tags: 0 entries, at least 1 are needed"),
        ("ecs", "CreateService", {"serviceName": "x", "loadBalancers": {}}, "loadBalancers: a list is expected"),
        ("ecs", "CreateService", {"serviceName": "x", "loadBalancers": ["a"]},
         "loadBalancers[0]: a structure is expected"),
        ("sqs", "CreateQueue", {"QueueName": "x", "tags": []}, "tags: a mapping is expected"),
        ("sqs", "CreateQueue", {"QueueName": "x", "Attributes": {"Colour": "red"}},
         "Attributes.Colour (key): 'Colour' is not"),
    ],
)  # fmt: skip
def test_each_kind_of_violation_is_found_with_its_path(
    service: str, operation: str, parameters: dict[str, Any], expected: str
) -> None:
    assert any(line.startswith(expected) for line in found(service, operation, **parameters))


def test_all_violations_are_found_at_once() -> None:
    lines = found("sqs", "CreateQueue", Attributes={"VisibilityTimeout": 3}, Colour="red")
    assert len(lines) == 3


def test_a_wrong_request_is_refused_before_it_is_sent() -> None:
    aws = SimulatedAws()
    with pytest.raises(AwsError, match="sqs:CreateQueue: ValidationError: QueueName: required"):
        aws.call("sqs", "CreateQueue", "us-east-1", {})
    assert aws.calls == 0


def test_an_unknown_operation_is_named() -> None:
    with pytest.raises(AwsError, match="no such operation"):
        SimulatedAws().call("sqs", "CreateQueues", "us-east-1", {})


SERVICES = (
    "acm application-autoscaling cloudwatch ec2 ecs elasticache elbv2 events iam kms logs rds route53 s3 scheduler "
    "secretsmanager sns sqs wafv2"
)


@pytest.mark.parametrize("service", SERVICES.split())
def test_every_pattern_of_the_models_can_be_checked(service: str) -> None:
    """A pattern that Python cannot read would not be checked."""
    from breakwater.simulator.service_model import _compiled

    model = service_model(service)
    patterns = [p for s in model.shape_names if (p := model.shape_for(s).metadata.get("pattern"))]
    unreadable = [p for p in patterns if _compiled(p) is None]
    assert unreadable == []
