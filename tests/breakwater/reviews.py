"""Graphs and reviews made by hand."""

from dataclasses import replace
from typing import Any

from breakwater.graph import Resource, ResourceGraph, SourceLine
from breakwater.policy_check import PolicyResult, Violation
from breakwater.review.model import Review
from breakwater.review.reviewing import Inputs, review
from breakwater.review.rules import Rules
from tests.breakwater.graphs import QUEUE, SUBNET, VPC, graph, resource

DATABASE, BUCKET, LOGS = "aws:rds/instance:Instance", "aws:s3/bucket:Bucket", "aws:cloudwatch/logGroup:LogGroup"
BALANCER, ALARM = "aws:lb/loadBalancer:LoadBalancer", "aws:cloudwatch/metricAlarm:MetricAlarm"


def at(line: int, path: str = "infra/__main__.py") -> SourceLine:
    """A line of the program."""
    return SourceLine(path, line)


def database(**fields: Any) -> Resource:
    """A database that nothing protects."""
    inputs = {"engine": "postgres", "storageEncrypted": False, "skipFinalSnapshot": True} | fields.pop("inputs", {})
    return resource(DATABASE, "db", inputs=inputs, source=at(7), **fields)


def network(cidr: str, *, subnet: str = "10.0.1.0/24") -> tuple[Resource, Resource]:
    """A network with a subnet whose id is made with the network's."""
    vpc = resource(VPC, "net", id="vpc-0123456789", inputs={"cidrBlock": cidr}, source=at(1))
    return vpc, resource(
        SUBNET,
        "net-a",
        id="subnet-0123456789",
        inputs={"vpcId": vpc.id, "cidrBlock": subnet},
        property_dependencies={"vpcId": (vpc.urn,)},
        dependencies=(vpc.urn,),
        source=at(2),
    )


def edited(one: Resource, **inputs: Any) -> Resource:
    """The same with other inputs; None takes one away."""
    kept = {key: value for key, value in {**one.inputs, **inputs}.items() if value is not None}
    return replace(one, inputs=kept)


def reviewed(
    before: ResourceGraph | list[Resource],
    after: ResourceGraph | list[Resource],
    rules: Rules | None = None,
    **inputs: Any,
) -> Review:
    """The review of a change between two graphs."""
    sides = [side if isinstance(side, ResourceGraph) else graph(*side) for side in (before, after)]
    return review(Inputs(stack="dev", project="demo", against="main", before=sides[0], after=sides[1], **inputs), rules)


def violation(rule: str, one: Resource) -> Violation:
    """A policy that a resource breaks."""
    return Violation(rule, one.urn, one.type, one.name, "is wrong", "put it right", one.source)


def policies(*violations: Violation) -> PolicyResult:
    """What ten policies say."""
    return PolicyResult(10, violations)


def queue(name: str = "jobs", **fields: Any) -> Resource:
    """A queue."""
    return resource(QUEUE, name, source=at(3), **fields)
