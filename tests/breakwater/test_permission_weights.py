"""How dangerous what policies allow is."""

from typing import Any

import pytest

from breakwater.analysis.permissions import Permissions
from breakwater.analysis.permissions.actions import Level, level
from breakwater.analysis.permissions.weights import narrowing_keys, weigh, weights_data
from policies.rules import identity
from tests.breakwater.policies import ACCOUNT, document, may, only, queue, read, role, statement


def weight(permissions: Permissions) -> str:
    """Of the heaviest grant."""
    return max(weigh(grant, permissions.accounts).weight for grant in permissions.grants).label


@pytest.mark.parametrize(
    ("principal", "conditions", "expected"),
    [
        ("*", None, "public"),
        ({"AWS": "*"}, {"StringEquals": {"sts:ExternalId": "a"}}, "public"),
        ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, "write"),
        ("*", {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}, "public"),
        ({"AWS": "999999999999"}, None, "external"),
        ({"AWS": "arn:aws:iam::999999999999:role/ci"}, None, "external"),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, None, "escalation"),
        ({"Service": "ecs-tasks.amazonaws.com"}, None, "write"),
        ({"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"},
         {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, "public"),
        ({"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"},
         {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:a/b:environment:prod"}}, "external"),
    ],
)  # fmt: skip
def test_trust_weighs_by_who_is_let_in(principal: Any, conditions: Any, expected: str) -> None:
    members = {} if conditions is None else {"Condition": conditions}
    found = read(role(trust=document(statement("sts:AssumeRole", Principal=principal, **members))))
    assert weight(found) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (statement("*", "*"), "admin"),
        (statement(on="*", NotAction="iam:*"), "admin"),
        (statement("s3:*", "*"), "escalation_or_service"),
        (statement("iam:PutRolePolicy", "*"), "escalation"),
        (statement("iam:PassRole", "*"), "escalation"),
        (statement("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/a"), "permissions"),
        (statement("sqs:AddPermission", "*"), "permissions"),
        (statement("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:1:secret:a"), "data"),
        (statement("rds-db:connect", "*"), "data"),
        (statement("nosuchservice:Act", "*"), "review"),
        (statement("sqs:SendMessage", "*"), "write"),
        (statement("sqs:ListQueues", "*"), "read"),
    ],
)
def test_grants_weigh_by_what_they_give(given: dict[str, Any], expected: str) -> None:
    grant = only(read(role(), may(given)), "identity")
    assert weigh(grant, {ACCOUNT}).weight.label in expected.split("_or_")


def test_a_public_policy_weighs_as_such() -> None:
    policy = statement("sqs:SendMessage", "*", Principal="*")
    assert weight(read(queue(policy=document(policy)))) == "public"
    assert weight(read(queue(policy=document(policy | {"NotPrincipal": {"AWS": ACCOUNT}})))) == "public"


def test_what_narrows_is_the_same_for_the_policy_pack() -> None:
    assert narrowing_keys() - {"aws:principalisawsservice"} == identity._NARROWING_KEYS


@pytest.mark.parametrize("name", ["escalation", "data"])
def test_the_lists_name_actions_that_there_are(name: str) -> None:
    listed = weights_data()[name]
    assert [action for action in listed["actions"] if level(action) == Level.UNKNOWN] == []
    for key in ("recalled", "usual_on_named_resources"):
        assert set(listed.get(key, ())) <= listed["actions"].keys()
