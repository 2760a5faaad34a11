"""Policies by hand, and the graphs that have them."""

import json
from typing import Any

from breakwater.analysis.permissions import Grant, PermissionChange, PermissionDifference, Permissions
from breakwater.analysis.permissions import permission_changes as changes_of
from breakwater.analysis.permissions import read as read_graph
from breakwater.graph import Resource, ResourceGraph, SourceLine
from tests.breakwater.graphs import QUEUE, ROLE, graph, resource

ACCOUNT = "123456789012"
ROLE_POLICY, POLICY = "aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"
ATTACHMENT, KEY = "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:kms/key:Key"
QUEUE_POLICY, BUCKET = "aws:sqs/queuePolicy:QueuePolicy", "aws:s3/bucket:Bucket"
BUCKET_POLICY, ENDPOINT = "aws:s3/bucketPolicy:BucketPolicy", "aws:ec2/vpcEndpoint:VpcEndpoint"
ECS = {"Service": "ecs-tasks.amazonaws.com"}


def statement(action: Any = None, on: Any = None, **members: Any) -> dict[str, Any]:
    """A statement that allows something, unless it says otherwise."""
    given = {"Action": action, "Resource": on}
    return {"Effect": "Allow"} | {key: value for key, value in given.items() if value is not None} | members


def document(*statements: dict[str, Any]) -> str:
    """A policy's text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(name: str = "api", trust: Any = None, **inputs: Any) -> Resource:
    """A role; ECS may assume it unless something else is said."""
    policy = document(statement("sts:AssumeRole", Principal=ECS)) if trust is None else trust
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}-1a2b3c4"
    given = {"assumeRolePolicy": policy, **inputs}
    return resource(ROLE, name, id=f"{name}-1a2b3c4", inputs=given, outputs={"arn": arn, "name": f"{name}-1a2b3c4"})


def may(*statements: dict[str, Any], holder: Resource | None = None, name: str = "api") -> Resource:
    """A policy of a role."""
    owner = holder or role()
    inputs = {"role": owner.id, "policy": document(*statements)}
    line = SourceLine("components/task.py", 10)
    dependencies = {"role": (owner.urn,)}
    return resource(ROLE_POLICY, name, inputs=inputs, property_dependencies=dependencies, source=line)


def queue(name: str = "orders", suffix: str = "5d6e7f8", **inputs: Any) -> Resource:
    """A queue, with what AWS makes up of its name."""
    physical = f"{name}-{suffix}"
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{physical}"
    url = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{physical}"
    return resource(QUEUE, name, id=url, inputs=inputs, outputs={"arn": arn, "url": url, "name": physical})


def stack(*statements: dict[str, Any]) -> ResourceGraph:
    """A role with one policy."""
    return graph(role(), may(*statements))


def read(*resources: Resource) -> Permissions:
    """What the policies of these say."""
    return read_graph(graph(*resources))


def of(permissions: Permissions, kind: str = "identity") -> dict[str, set[str]]:
    """Actions by resource, of all grants of a kind."""
    found: dict[str, set[str]] = {}
    for grant in permissions.grants:
        if grant.kind == kind:
            found.setdefault(grant.resource, set()).update(grant.actions)
    return found


def allowed(*statements: dict[str, Any]) -> dict[str, set[str]]:
    """What a role may with one policy, by resource."""
    return of(read(role(), may(*statements)))


def changed(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> PermissionDifference:
    """What it does to change a role's policy."""
    return changes_of(stack(*before), stack(*after))


def told(change: PermissionChange) -> tuple[str, list[str], str, str]:
    """How, actions, resource, weight."""
    return change.how, sorted(change.grant.actions), change.grant.resource, change.weight.label


def only(permissions: Permissions, kind: str) -> Grant:
    """The one grant of a kind."""
    (grant,) = [grant for grant in permissions.grants if grant.kind == kind]
    return grant
