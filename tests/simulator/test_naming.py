"""Automatic names, as pulumi-aws makes them."""

import re

import pytest

from breakwater.simulator.naming import NameTooLongError, auto_name


def _name(token: str, name: str, **inputs: object) -> dict[str, str]:
    return dict(auto_name(token, name, f"urn:pulumi:dev::demo::{token}::{name}", inputs))


@pytest.mark.parametrize(
    ("token", "property_", "pattern"),
    [
        ("aws:ec2/securityGroup:SecurityGroup", "name", r"Web-[0-9a-f]{7}"),
        ("aws:cloudwatch/eventTarget:EventTarget", "targetId", r"Web-[0-9a-f]{7}"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "name", r"Web-[0-9a-f]{7}"),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "replicationGroupId", r"web-[0-9a-f]{7}"),
        ("aws:kms/alias:Alias", "name", r"alias/Web-[0-9a-f]{7}"),
        ("aws:lb/targetGroup:TargetGroup", "name", r"Web-[0-9a-f]{7}"),
        ("aws:rds/instance:Instance", "identifier", r"Web[0-9a-f]{7}"),
        ("aws:rds/subnetGroup:SubnetGroup", "name", r"Web-[0-9a-f]{7}"),
        ("aws:route53/zone:Zone", "name", r"Web-[0-9a-f]{7}"),
        ("aws:s3/bucket:Bucket", "bucket", r"web-[0-9a-f]{7}"),
        ("aws:wafv2/webAcl:WebAcl", "name", r"Web-[0-9a-f]{7}"),
    ],
)
def test_the_digits_come_from_the_urn(token: str, property_: str, pattern: str) -> None:
    made = _name(token, "Web")
    assert re.fullmatch(pattern, made[property_])
    assert made == _name(token, "Web") != _name(token, "Other")


@pytest.mark.parametrize(
    "token", ["aws:acm/certificate:Certificate", "aws:ec2/vpc:Vpc", "aws:kms/key:Key", "aws:route53/record:Record"]
)
def test_types_without_a_name_of_their_own(token: str) -> None:
    assert _name(token, "web") == {}


def test_a_given_name_is_left_alone() -> None:
    assert _name("aws:s3/bucket:Bucket", "web", bucket="mine") == {}


def test_a_prefix_is_completed_with_26_digits() -> None:
    made = _name("aws:lb/loadBalancer:LoadBalancer", "web", namePrefix="web-")["name"]
    assert re.fullmatch(r"web-\d{26}", made)


@pytest.mark.parametrize(
    ("token", "longest"),
    [
        ("aws:cloudwatch/eventRule:EventRule", 64),
        ("aws:ec2/securityGroup:SecurityGroup", 255),
        ("aws:elasticache/replicationGroup:ReplicationGroup", 40),
        ("aws:iam/role:Role", 64),
        ("aws:kms/alias:Alias", 238),
        ("aws:lb/loadBalancer:LoadBalancer", 32),
        ("aws:lb/targetGroup:TargetGroup", 32),
        ("aws:s3/bucket:Bucket", 63),
        ("aws:sns/topic:Topic", 80),
        ("aws:sqs/queue:Queue", 80),
    ],
)
def test_lengths(token: str, longest: int) -> None:
    spare = longest - len("-0123456")
    assert _name(token, "x" * spare)
    with pytest.raises(NameTooLongError, match=rf"shorten '.*' to {spare}$"):
        _name(token, "x" * (spare + 1))


def test_fifo_names_end_in_fifo_and_count_it() -> None:
    assert re.fullmatch(r"jobs-[0-9a-f]{7}\.fifo", _name("aws:sqs/queue:Queue", "jobs", fifoQueue=True)["name"])
    with pytest.raises(NameTooLongError, match=r"to 67$"):
        _name("aws:sns/topic:Topic", "x" * 68, fifoTopic=True)


@pytest.mark.parametrize(
    "token",
    [
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:ecs/taskDefinition:TaskDefinition",
        "aws:elasticache/user:User",
        "aws:elasticache/userGroup:UserGroup",
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
        "aws:rds/proxyEndpoint:ProxyEndpoint",
    ],
)
def test_names_that_a_program_must_give(token: str) -> None:
    assert _name(token, "web") == {}
