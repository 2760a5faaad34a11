"""The roles of previews and deployments: what they may, and above all what they may not."""

import re

import pytest

from breakwater.operations import permissions
from breakwater.operations.errors import OperationError
from breakwater.operations.identities import check_repository
from breakwater.operations.permissions import Document
from breakwater.simulator.handlers import HANDLERS
from tests.operations.limits import KEY, allowed, covered, identity, listed

STACK = identity()
GRANTS = {
    "read": permissions.read_policy(),
    **{group: permissions.write_policy(group, STACK) for group in permissions.WRITE},
    "deploy state": permissions.deploy_state(STACK, KEY),
}
# IAM's names where they differ from the API's: service, or operation (service authorization reference).
SERVICES = {"elbv2": "elasticloadbalancing", "stepfunctions": "states", "apigatewayv2": "apigateway"}
ACTIONS = {
    "cloudfront:CreateDistributionWithTags": "cloudfront:CreateDistribution",
    "dynamodb:UpdateTable": "dynamodb:UpdateTable",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutBucketReplication": "s3:PutReplicationConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
NOT_BY_DEPLOYMENTS = {"ecr:PutImage", "iam:CreatePolicy"}
"""Images are pushed by a build in development, which no workflow does; components give roles policies of their own."""


def action_of(operation: str) -> str:
    service, name = operation.split(":")
    if service == "apigatewayv2":
        return "apigateway:POST"
    return ACTIONS.get(operation, f"{SERVICES.get(service, service)}:{name}")


def by_sid(document: Document) -> dict[str, Document]:
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_a_deployment_may_make_each_call_that_the_program_needs() -> None:
    granted = set().union(*map(allowed, GRANTS.values()))
    needed = {action_of(call.operation) for handler in HANDLERS.values() for call in handler.calls}
    assert len(needed) > 150
    assert {a for a in needed - NOT_BY_DEPLOYMENTS if not covered(a, granted)} == set()


def test_what_is_created_can_be_changed_and_deleted() -> None:
    granted = set().union(*map(allowed, GRANTS.values()))
    for action in granted:
        service, name = action.split(":")
        noun = name.removeprefix("Create")
        # Deletions under another name, and what goes with what it belongs to.
        other = {
            "Key": "ScheduleKeyDeletion", "ServiceLinkedRole": "", "Grant": "", "LogDelivery": "DeleteLogDelivery",
            "DBInstanceReadReplica": "DeleteDBInstance", "HttpNamespace": "DeleteNamespace", "Tags": "DeleteTags",
            "PrivateDnsNamespace": "DeleteNamespace", "DBSnapshot": "", "Snapshot": "",
            "VpcEndpoint": "DeleteVpcEndpoints",
        }  # fmt: skip
        if name.startswith("Create") and (deletion := other.get(noun, f"Delete{noun}")):
            assert f"{service}:{deletion}" in granted, action


def test_nothing_that_is_allowed_is_a_whole_service() -> None:
    for name, document in GRANTS.items():
        for statement in document["Statement"]:
            for action in listed(statement["Action"]):
                assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+\*?", action), (name, action)
                assert not re.fullmatch(r"[a-z0-9-]+:(Create|Delete|Put|Update|Modify)?\*", action), (name, action)


def test_reading_reads_no_data() -> None:
    granted = allowed(permissions.read_policy())
    for data in (
        "secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParametersByPath", "s3:GetObject", "kms:Decrypt",
        "dynamodb:GetItem", "dynamodb:Query", "sqs:ReceiveMessage", "logs:GetLogEvents", "logs:FilterLogEvents",
        "ecr:BatchGetImage", "rds-db:connect", "sts:AssumeRole", "iam:PassRole",
    ):  # fmt: skip
        assert not covered(data, granted), data
    changing = [a for a in granted if not re.search(r":(Describe|Get|List|GET)", a)]
    assert changing == []


def test_the_preview_role_is_trusted_to_pull_requests_and_its_environment_alone() -> None:
    (statement,) = permissions.trust(STACK, STACK.preview_subjects)["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": [
                    "repo:acme/platform:environment:prod-preview",
                    "repo:acme/platform:pull_request",
                ],
            }
        },
    }


def test_the_deploy_role_is_trusted_to_the_environment_alone() -> None:
    (statement,) = permissions.trust(STACK, STACK.deploy_subjects)["Statement"]
    assert statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] == (
        "repo:acme/platform:environment:prod"
    )


def test_the_preview_role_never_gets_secrets_other_keys_or_roles() -> None:
    guard = by_sid(permissions.preview_guard(STACK, KEY))
    assert {s["Effect"] for s in guard.values()} == {"Deny"}
    assert guard["NoSecrets"]["Action"] == [
        "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue", "ssm:GetParameter*"
    ]  # fmt: skip
    assert guard["NoSecrets"]["Resource"] == "*"
    assert (guard["NoOtherKeys"]["Action"], guard["NoOtherKeys"]["NotResource"]) == ("kms:Decrypt", KEY)
    state = permissions.preview_state(STACK, KEY)
    assert allowed(state) == {"s3:ListBucket", "s3:GetObject", "kms:Decrypt", "kms:DescribeKey"}
    assert by_sid(state)["Decrypt"]["Resource"] == KEY


def test_each_stack_reaches_its_own_state_only() -> None:
    for document in (permissions.preview_state(STACK, KEY), permissions.deploy_state(STACK, KEY)):
        for statement in document["Statement"]:
            for resource in listed(statement["Resource"]):
                if "/.pulumi/" in resource:
                    assert re.search(r"/\.pulumi/(meta\.yaml|(\w+/)+breakwater/prod(\.|/)\*)$", resource), resource
    written = by_sid(permissions.deploy_state(STACK, KEY))["WriteState"]["Resource"]
    bucket = "arn:aws:s3:::breakwater-state-111122223333/.pulumi"
    assert f"{bucket}/locks/organization/breakwater/prod/*" in written
    assert f"{bucket}/stacks/breakwater/prod.*" in written


def test_roles_are_made_inside_the_boundary_and_passed_to_known_services_only() -> None:
    statements = by_sid(permissions.write_policy("workloads", STACK))
    own = ["arn:aws:iam::111122223333:role/eu-west-1-*", "arn:aws:iam::111122223333:role/us-east-1-*"]
    boundary = {
        "StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/breakwater-prod-boundary"}
    }
    bounded = statements["BoundedRoles"]
    assert {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"} <= set(bounded["Action"])
    assert (bounded["Resource"], bounded["Condition"]) == (own, boundary)
    own_tags = {"project": "breakwater", "stack": "prod"}
    assert statements["TagRoles"]["Condition"] == {  # of a role that is being made
        "StringEquals": {f"aws:RequestTag/{key}": value for key, value in own_tags.items()}
    }
    assert "iam:TagRole" in statements["OwnRoles"]["Action"]
    assert statements["OwnRoles"]["Condition"] == {
        "StringEquals": {f"aws:ResourceTag/{key}": value for key, value in own_tags.items()}
    }
    assert set(statements["PassRoles"]["Condition"]["StringEquals"]) == {"iam:PassedToService"}
    everywhere = set().union(*map(allowed, GRANTS.values()))
    assert not everywhere & {"iam:DeleteRolePermissionsBoundary", "iam:CreateUser", "iam:CreatePolicyVersion"}
    elsewhere = [
        s for n, s in statements.items() if any("iam:" in a for a in listed(s["Action"])) and "Condition" not in s
    ]
    assert elsewhere == []


def test_a_deployment_leaves_other_stacks_other_regions_and_bootstrap_alone() -> None:
    guard = by_sid(permissions.deploy_guard(STACK, KEY))
    assert {s["Effect"] for s in guard.values()} == {"Deny"}
    assert guard["OnlyItsRegions"]["Condition"] == {
        "StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}
    }
    assert guard["NoOtherStack"]["Condition"] == {
        "StringNotEquals": {"aws:ResourceTag/stack": "prod"},
        "Null": {"aws:ResourceTag/stack": "false"},
    }
    assert "arn:aws:iam::111122223333:role/breakwater-*-deploy" in guard["Bootstrap"]["Resource"]
    assert "arn:aws:iam::111122223333:policy/breakwater-*" in guard["Bootstrap"]["Resource"]
    assert guard["KeyOfTheState"]["Resource"][0] == KEY
    assert covered("s3:PutBucketPolicy", set(guard["BucketOfTheState"]["Action"]))
    assert covered("s3:PutLifecycleConfiguration", set(guard["BucketOfTheState"]["Action"]))


def test_the_boundary_keeps_the_stacks_own_roles_from_making_roles() -> None:
    granted = allowed(permissions.boundary(STACK))
    assert {a for a in granted if a.startswith(("iam:", "sts:", "organizations:"))} == {"iam:PassRole"}
    assert "NoOtherStack" not in by_sid(permissions.boundary(STACK))  # tasks pull images that another stack has made


def test_everything_fits_into_what_iam_takes_with_many_regions() -> None:
    stack = identity("a" * 40, tuple(f"ap-southeast-{n}" for n in range(1, 7)))
    managed = {"read": permissions.read_policy(), "boundary": permissions.boundary(stack)}
    managed |= {group: permissions.write_policy(group, stack) for group in permissions.WRITE}
    inline = {"guard": permissions.deploy_guard(stack, KEY), "state": permissions.deploy_state(stack, KEY)}
    assert permissions.check_sizes(managed, inline) == []
    assert permissions.check_sizes({"long": {"Statement": ["x" * 6_144]}}, {}) == ["long"]


def test_numbers_of_owner_and_repository_become_part_of_the_subject() -> None:
    check_repository("acme@12/platform@34")
    for wrong in ("platform", "acme/platform@34", "acme@12/platform", "acme/*", "https://github.com/acme/platform"):
        with pytest.raises(OperationError, match="no GitHub repository"):
            check_repository(wrong)
