"""Graphs made by hand."""

from typing import Any

from breakwater.graph import STACK_TYPE, Resource, ResourceGraph

PREFIX = "urn:pulumi:dev::demo::"
STACK_URN = f"{PREFIX}{STACK_TYPE}::demo-dev"
VPC, SUBNET, ROLE, QUEUE = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:iam/role:Role", "aws:sqs/queue:Queue"


def resource(type_: str, name: str, *, parent: str = "", **fields: Any) -> Resource:
    """A resource of the cloud, or a component where the type is none of AWS's."""
    chain = f"{parent.split('::')[2]}$" if parent and STACK_TYPE not in parent else ""
    fields.setdefault("custom", type_.startswith(("aws:", "pulumi:providers:")))
    return Resource(urn=f"{PREFIX}{chain}{type_}::{name}", type=type_, name=name, parent=parent or STACK_URN, **fields)


def graph(*resources: Resource, outputs: dict[str, Any] | None = None) -> ResourceGraph:
    """A graph of the stack `dev` with these resources."""
    stack = Resource(urn=STACK_URN, type=STACK_TYPE, name="demo-dev", custom=False, outputs=outputs or {})
    return ResourceGraph((stack, *resources), stack="dev", project="demo")
