"""From inputs to parameters, and from answers to outputs."""

import datetime
from typing import Any

import pytest

from breakwater.simulator.mapping import MappingError, at, to_outputs, to_parameters
from breakwater.simulator.service_model import operation_model


def mapped(service: str, operation: str, inputs: dict[str, Any], **rename: str) -> tuple[dict[str, Any], list[str]]:
    return to_parameters(operation_model(service, operation).input_shape, inputs, rename)


def test_names_differ_in_case_and_number_only() -> None:
    inputs = {"cidrBlock": "10.0.0.0/16", "instanceTenancy": "default"}
    assert mapped("ec2", "CreateVpc", inputs) == ({"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "default"}, [])


def test_blocks_become_structures_and_lists() -> None:
    inputs = {"deploymentConfiguration": [{"bakeTimeInMinutes": "5"}], "loadBalancers": [{"containerPort": 80}]}
    parameters, homeless = mapped("ecs", "CreateService", inputs)
    assert parameters == {
        "deploymentConfiguration": {"bakeTimeInMinutes": 5},
        "loadBalancers": [{"containerPort": 80}],
    }
    assert homeless == []


def test_a_map_becomes_a_list_of_keys_and_values_where_the_api_wants_one() -> None:
    assert mapped("kms", "CreateKey", {"tags": {"a": "1"}})[0] == {"Tags": [{"TagKey": "a", "TagValue": "1"}]}
    assert mapped("sqs", "CreateQueue", {"tags": {"a": "1"}})[0] == {"tags": {"a": "1"}}


def test_scalars_take_the_type_of_the_parameter() -> None:
    parameters, _ = mapped(
        "elbv2", "CreateTargetGroup", {"port": "80", "healthCheckPort": 8080, "healthCheckEnabled": "true"}
    )
    assert parameters == {"Port": 80, "HealthCheckPort": "8080", "HealthCheckEnabled": True}


def test_what_has_no_place_is_named_with_its_path() -> None:
    inputs = {"forceDestroy": True, "loadBalancers": [{"colour": "red", "containerPort": 80}]}
    parameters, homeless = mapped("ecs", "CreateService", inputs)
    assert parameters == {"loadBalancers": [{"containerPort": 80}]}
    assert homeless == ["forceDestroy", "loadBalancers.colour"]


def test_a_renamed_input_goes_where_it_is_told() -> None:
    assert mapped("kms", "CreateKey", {"keyUse": "SIGN_VERIFY"}, keyUse="KeyUsage")[0] == {"KeyUsage": "SIGN_VERIFY"}


def test_a_value_of_another_shape_is_refused() -> None:
    with pytest.raises(MappingError, match="deploymentConfiguration: a block is expected, not 'x'"):
        mapped("ecs", "CreateService", {"deploymentConfiguration": "x"})


def test_outputs_are_those_that_the_sdk_declares() -> None:
    answer = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "OwnerId": "1", "State": "pending", "IsDefault": False}
    assert to_outputs("aws:ec2/vpc:Vpc", answer) == {"cidrBlock": "10.0.0.0/16", "ownerId": "1"}


def test_times_are_the_same_in_every_run() -> None:
    answer = {"CreateDate": datetime.datetime(2026, 11, 22), "RoleName": "r"}
    assert to_outputs("aws:iam/role:Role", answer) == {"createDate": "2020-01-01T00:00:00Z"}


def test_a_path_leads_into_lists() -> None:
    assert at({"a": [{"b": 3}]}, "a.0.b") == 3
