"""Roles and their policies."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._store import backend


@cache
def _policies_of_aws() -> Mapping[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    policies: Mapping[str, Any] = json.loads(aws_managed_policies_data)
    return policies


def _know(c: Creation, arn: str) -> None:
    """Give moto the one of AWS's own policies that is attached: it would load all of them at once, or none."""
    from moto.iam.models import AWSManagedPolicy

    store = backend(c, "iam")
    name = arn.rsplit("/", 1)[-1]
    if ":iam::aws:policy/" in arn and arn not in store.managed_policies and name in _policies_of_aws():
        policy = AWSManagedPolicy.from_data(name, c.account, c.region, _policies_of_aws()[name])
        store.managed_policies[policy.arn] = policy


def _attachments(c: Creation) -> Iterable[Mapping[str, Any]]:
    for arn in c.inputs["managedPolicyArns"]:
        _know(c, arn)
        yield {"RoleName": c.id, "PolicyArn": arn}


def _inline_policies(c: Creation) -> Iterable[Mapping[str, Any]]:
    for policy in c.inputs["inlinePolicies"]:
        yield {"RoleName": c.id, "PolicyName": policy.get("name"), "PolicyDocument": policy.get("policy")}


def _attachment(c: Creation) -> Mapping[str, Any]:
    _know(c, c.inputs["policyArn"])
    return {}


HANDLERS = (
    Handler(
        type="aws:iam/role:Role",
        calls=(
            Call(
                operation="iam:CreateRole",
                rename={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
                parameters=lambda c: {"Path": c.inputs.get("path", "/")},
            ),
            Call(
                operation="iam:PutRolePolicy",
                each=_inline_policies,
                consumes=frozenset({"inlinePolicies"}),
                when=lambda c: bool(c.inputs.get("inlinePolicies")),
            ),
            Call(
                operation="iam:AttachRolePolicy",
                each=_attachments,
                consumes=frozenset({"managedPolicyArns"}),
                when=lambda c: bool(c.inputs.get("managedPolicyArns")),
            ),
        ),
        id="Role.RoleName",
        result="Role",
        outputs=lambda c: {"uniqueId": c.answers[0]["Role"]["RoleId"], "name": c.id},
        held={"forceDetachPolicies": "only for deletion, by the provider"},
    ),
    Handler(
        type="aws:iam/rolePolicy:RolePolicy",
        calls=(
            Call(
                operation="iam:PutRolePolicy",
                rename={"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
            ),
        ),
        id=lambda c: f"{c.inputs['role']}:{c.inputs['name']}",
    ),
    Handler(
        type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        calls=(Call(operation="iam:AttachRolePolicy", rename={"role": "RoleName"}, parameters=_attachment),),
        id=lambda c: f"{c.inputs['role']}/{c.inputs['policyArn']}",
    ),
    Handler(
        type="aws:iam/policy:Policy",
        calls=(
            Call(
                operation="iam:CreatePolicy",
                rename={"name": "PolicyName", "policy": "PolicyDocument"},
                parameters=lambda c: {"Path": c.inputs.get("path", "/")},
            ),
        ),
        id="Policy.Arn",
        result="Policy",
        held={"delayAfterPolicyCreationInMs": "how long the provider waits"},
    ),
)
