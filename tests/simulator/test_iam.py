"""Roles and their policies."""

import json

from pulumi_aws import iam

from tests.simulator.support import ACCOUNT, Simulate, Where, tags_of

TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
})  # fmt: skip
READ = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/*"}],
})  # fmt: skip
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def test_a_role_with_an_inline_policy(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        role = iam.Role("task", assume_role_policy=TRUST, description="a task", max_session_duration=7200, opts=on.us)
        iam.RolePolicy("task-read", role=role.name, policy=READ, opts=on.us)

    world = simulate(program)
    found, policy = world.only("aws:iam/role:Role"), world.only("aws:iam/rolePolicy:RolePolicy")
    role = world.client("iam").get_role(RoleName=found.id)["Role"]
    assert role["Arn"] == found.outputs["arn"] == f"arn:aws:iam::{ACCOUNT}:role/{found.id}"
    assert role["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert (role["Description"], role["MaxSessionDuration"], role["Path"]) == ("a task", 7200, "/")
    assert tags_of(role["Tags"]) == {"owner": "tests"}
    assert found.outputs["uniqueId"] == role["RoleId"]
    assert found.id.startswith("task-")
    assert len(found.id) == len("task-") + 7
    assert policy.id == f"{found.id}:{policy.outputs['name']}"
    shown = world.client("iam").get_role_policy(RoleName=found.id, PolicyName=policy.outputs["name"])
    assert shown["PolicyDocument"] == json.loads(READ)


def test_policies_of_the_role_itself(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        iam.Role(
            "task",
            assume_role_policy=TRUST,
            managed_policy_arns=[EXECUTION],
            inline_policies=[iam.RoleInlinePolicyArgs(name="read", policy=READ)],
            force_detach_policies=True,
            opts=on.us,
        )

    world = simulate(program)
    name = world.only("aws:iam/role:Role").id
    client = world.client("iam")
    assert client.list_role_policies(RoleName=name)["PolicyNames"] == ["read"]
    assert client.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == [
        {"PolicyName": "AmazonECSTaskExecutionRolePolicy", "PolicyArn": EXECUTION}
    ]


def test_a_managed_policy_is_attached(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        role = iam.Role("task", assume_role_policy=TRUST, opts=on.us)
        policy = iam.Policy("read", policy=READ, opts=on.us)
        iam.RolePolicyAttachment("own", role=role.name, policy_arn=policy.arn, opts=on.us)
        iam.RolePolicyAttachment("aws", role=role.name, policy_arn=EXECUTION, opts=on.us)

    world = simulate(program)
    role, policy = world.only("aws:iam/role:Role"), world.only("aws:iam/policy:Policy")
    assert policy.id == policy.outputs["arn"] == f"arn:aws:iam::{ACCOUNT}:policy/{policy.outputs['name']}"
    attached = world.client("iam").list_attached_role_policies(RoleName=role.id)["AttachedPolicies"]
    assert {a["PolicyArn"] for a in attached} == {policy.id, EXECUTION}
    assert world.get("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws").id == f"{role.id}/{EXECUTION}"


def test_refusals(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        role = iam.Role("task", assume_role_policy=TRUST, opts=on.us)
        iam.Role("long", assume_role_policy=TRUST, max_session_duration=60, opts=on.us)
        iam.Role("x" * 60, assume_role_policy=TRUST, opts=on.us)
        iam.RolePolicy("broken", role=role.name, policy="{", opts=on.us)
        iam.RolePolicyAttachment("none", role=role.name, policy_arn="arn:aws:iam::aws:policy/Nothing", opts=on.us)

    reasons = simulate(program, fails=True).reasons()
    assert reasons["long"] == "iam:CreateRole: ValidationError: MaxSessionDuration: 60 is less than 3600"
    assert "AWS allows 64: shorten" in reasons["x" * 60]
    assert "MalformedPolicyDocument" in reasons["broken"]
    assert "Policy arn:aws:iam::aws:policy/Nothing does not exist" in reasons["none"]
