"""Policies of the roles that preview and deploy a stack: pure documents, from `data/permissions.json`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from breakwater.operations.identities import AUDIENCE, OIDC_HOST, StackIdentity

Document = dict[str, Any]

READ = "read"
WRITE = ("network", "stores", "workloads")
"""The deploy role's managed policies: one alone would exceed what IAM takes."""
MANAGED_LIMIT, INLINE_LIMIT = 6_144, 10_240
"""Characters of a managed policy, and of all inline policies of a role, without white space (IAM's quotas)."""

_STATE_FOLDERS = ("stacks", "history", "backups", "journal")
"""Below .pulumi/, each with a folder for the project (pulumi: pkg/backend/diy/store.go)."""
_KEY_USERS = ("dynamodb", "ecr", "elasticache", "lambda", "rds", "s3", "secretsmanager", "sns", "sqs", "ssm")
_PRECIOUS = [
    *("dynamodb:DeleteTable", "kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "rds:DeleteDBInstance"),
    *("secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy", "secretsmanager:PutSecretValue"),
]
"""All of them know their resource's tags, so that what has none can be kept out (service authorization reference)."""
_SECRETS = ["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue", "ssm:GetParameter*"]


@cache
def facts() -> Mapping[str, Any]:
    """The data file."""
    text = files("breakwater.operations").joinpath("data/permissions.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def trust(stack: StackIdentity, subjects: Sequence[str]) -> Document:
    """Who may take the role: GitHub's runs with exactly these subjects."""
    return _document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Federated": stack.owner.oidc_arn},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{OIDC_HOST}:aud": AUDIENCE, f"{OIDC_HOST}:sub": _one(subjects)}},
            }
        ]
    )


def read_policy() -> Document:
    """What previews, refreshes and smoke tests read of the services that the program uses: settings, never data."""
    return _document([_allow("Read", _actions(facts()["read"]))])


def write_policy(group: str, stack: StackIdentity) -> Document:
    """What the deploy role creates, changes and deletes in one group of services."""
    statements = [_allow("Write", _actions(facts()["write"][group]))]
    if group == "stores":
        statements += _key_use(stack)
    if group == "workloads":
        statements += _roles(stack)
    return _document(statements)


def boundary(stack: StackIdentity) -> Document:
    """What no role that the program creates may exceed, whatever its own policies say."""
    return _document(
        [
            _allow("Workloads", _actions(facts()["workloads"]), condition=_in_regions(stack)),
            _allow("PassRoles", ["iam:PassRole"], _role_arns(stack), _passed_to()),
            *_leave_bootstrap(stack),
        ]
    )


def preview_state(stack: StackIdentity, key_arn: str) -> Document:
    """Read the stack's state, and decrypt its secrets."""
    return _document([*_read_state(stack), _allow("Decrypt", ["kms:Decrypt", "kms:DescribeKey"], [key_arn])])


def preview_guard(stack: StackIdentity, key_arn: str) -> Document:
    """What the preview role never gets, whoever attaches what to it."""
    return _document(
        [
            _deny("NoSecrets", _SECRETS),
            _deny("NoOtherKeys", ["kms:Decrypt"], not_resources=[key_arn]),
            _deny("NoOtherObjects", ["s3:GetObject*"], not_resources=[f"{stack.owner.bucket_arn}/.pulumi/*"]),
            _deny("NoRoles", ["iam:PassRole", "sts:AssumeRole"]),
        ]
    )


def deploy_state(stack: StackIdentity, key_arn: str) -> Document:
    """Read and write the stack's state with its locks; use its key."""
    own = [f"{stack.owner.bucket_arn}/{path}" for path in (*_state_paths(stack), _lock_path(stack))]
    return _document(
        [
            *_read_state(stack),
            _allow("WriteState", ["s3:DeleteObject", "s3:PutObject"], own),
            _allow("UseKey", ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"], [key_arn]),
        ]
    )


def deploy_guard(stack: StackIdentity, key_arn: str) -> Document:
    """Where the deploy role's actions end: regions, other stacks, what this bootstrap has made."""
    untouched = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:Get*", "kms:List*"]
    return _document(
        [
            _deny("OnlyItsRegions", ["*"], condition=_not_in_regions(stack)),
            *_leave_others(stack),
            *_leave_bootstrap(stack),
            {
                "Sid": "KeyOfTheState",
                "Effect": "Deny",
                "NotAction": untouched,
                "Resource": [key_arn, _alias_arn(stack, stack.alias)],
            },
        ]
    )


def check_sizes(managed: Mapping[str, Document], inline: Mapping[str, Document]) -> list[str]:
    """The policies that IAM would refuse for their length."""
    wrong = [name for name, document in managed.items() if len(text(document)) > MANAGED_LIMIT]
    return wrong + ([*inline] if sum(len(text(document)) for document in inline.values()) > INLINE_LIMIT else [])


def text(document: Document) -> str:
    """The document as it is sent: compact, the same for the same content."""
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


def _roles(stack: StackIdentity) -> list[Document]:
    """Roles only inside the boundary, passed only to the services of the program."""
    own, bounded = _role_arns(stack), {"StringEquals": {"iam:PermissionsBoundary": stack.boundary_arn}}
    return [
        _allow(
            "BoundedRoles",
            [
                *("iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"),
                *("iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"),
            ],
            own,
            bounded,
        ),
        _allow("TagRoles", ["iam:TagRole"], own, {"StringEquals": _tags(stack, "aws:RequestTag")}),
        _allow(
            "OwnRoles",
            ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"],
            own,
            {"StringEquals": _tags(stack, "aws:ResourceTag")},
        ),
        _allow("PassRoles", ["iam:PassRole"], own, _passed_to()),
        _allow(
            "ServiceLinkedRoles",
            ["iam:CreateServiceLinkedRole"],
            [stack.owner.iam("role", "aws-service-role/*")],
            {"StringEquals": {"iam:AWSServiceName": facts()["linked"]}},
        ),
    ]


def _key_use(stack: StackIdentity) -> list[Document]:
    """Services encrypt with the stack's keys on behalf of whoever makes a queue or a database."""
    services = [f"{service}.*.amazonaws.com" for service in _KEY_USERS]
    own = _tags(stack, "aws:ResourceTag")
    return [
        _allow("GrantToServices", ["kms:CreateGrant"], condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        _allow(
            "KeysThroughServices",
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            condition={"StringLike": {"kms:ViaService": services}},
        ),
        _allow("PackagesOfFunctions", ["s3:GetObject*"], condition={"Bool": {"aws:ViaAWSService": "true"}}),
        _allow("OwnSecrets", ["secretsmanager:GetSecretValue"], condition={"StringEquals": own}),
    ]


def _leave_others(stack: StackIdentity) -> list[Document]:
    """Nothing with another project's or stack's tag; and what holds data or seals it only with the stack's own."""
    tags = {"project": stack.owner.project, "stack": stack.name}
    return [
        *(
            _deny(
                f"NoOther{key.title()}",
                ["*"],
                condition={
                    "StringNotEquals": {f"aws:ResourceTag/{key}": value},
                    "Null": {f"aws:ResourceTag/{key}": "false"},
                },
            )
            for key, value in tags.items()
        ),
        _deny("NothingUntagged", _PRECIOUS, condition={"Null": {"aws:ResourceTag/stack": "true"}}),
    ]


def _leave_bootstrap(stack: StackIdentity) -> list[Document]:
    """Roles, policies, bucket and keys that bootstrap has made, of any stack."""
    owner = stack.owner
    made = [
        *(owner.iam("role", f"{owner.project}-*-{role}") for role in ("preview", "deploy")),
        *(owner.iam("policy", f"{owner.project}-*"), owner.oidc_arn),
    ]
    bucket = ["s3:DeleteBucket*", "s3:Put*Configuration", "s3:PutBucket*", "s3:DeleteObjectVersion*"]
    return [
        {"Sid": "Bootstrap", "Effect": "Deny", "NotAction": ["iam:Get*", "iam:List*"], "Resource": made},
        _deny("BucketOfTheState", bucket, [owner.bucket_arn, f"{owner.bucket_arn}/*"]),
        _deny("AliasesOfTheState", ["kms:*Alias"], [_alias_arn(stack, f"alias/{owner.project}-*-state")]),
    ]


def _read_state(stack: StackIdentity) -> list[Document]:
    owner = stack.owner
    objects = [*_state_paths(stack), _lock_path(stack), ".pulumi/meta.yaml"]
    return [
        _allow(
            "ListState", ["s3:ListBucket"], [owner.bucket_arn], {"StringLike": {"s3:prefix": [".pulumi", ".pulumi/*"]}}
        ),
        _allow("ReadState", ["s3:GetObject"], [f"{owner.bucket_arn}/{path}" for path in objects]),
    ]


def _state_paths(stack: StackIdentity) -> list[str]:
    folders = (f".pulumi/{folder}/{stack.owner.project}/{stack.name}" for folder in _STATE_FOLDERS)
    return [path for folder in folders for path in (f"{folder}.*" if "/stacks/" in folder else f"{folder}/*",)]


def _lock_path(stack: StackIdentity) -> str:
    return f".pulumi/locks/organization/{stack.owner.project}/{stack.name}/*"


def _alias_arn(stack: StackIdentity, alias: str) -> str:
    owner = stack.owner
    return f"arn:{owner.partition}:kms:{owner.region}:{owner.account}:{alias}"


def _role_arns(stack: StackIdentity) -> list[str]:
    """The program's roles: what belongs to a region is named after it, and Pulumi adds random digits."""
    return [stack.owner.iam("role", f"{region}-*") for region in sorted(stack.regions)]


def _passed_to() -> Document:
    return {"StringEquals": {"iam:PassedToService": facts()["passed_to"]}}


def _tags(stack: StackIdentity, key: str) -> Document:
    """The default tags of infra/providers.py."""
    return {f"{key}/project": stack.owner.project, f"{key}/stack": stack.name}


def _in_regions(stack: StackIdentity) -> Document:
    return {"StringEquals": {"aws:RequestedRegion": stack.allowed_regions}}


def _not_in_regions(stack: StackIdentity) -> Document:
    return {"StringNotEquals": {"aws:RequestedRegion": stack.allowed_regions}}


def _actions(services: Mapping[str, Iterable[str]]) -> list[str]:
    return [f"{service}:{action}" for service, actions in services.items() for action in actions]


def _allow(
    sid: str, actions: Sequence[str], resources: Sequence[str] = ("*",), condition: Document | None = None
) -> Document:
    return _statement("Allow", sid, actions, condition) | {"Resource": _one(resources)}


def _deny(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str] = ("*",),
    *,
    not_resources: Sequence[str] = (),
    condition: Document | None = None,
) -> Document:
    where = {"NotResource": _one(not_resources)} if not_resources else {"Resource": _one(resources)}
    return _statement("Deny", sid, actions, condition) | where


def _statement(effect: str, sid: str, actions: Sequence[str], condition: Document | None) -> Document:
    statement: Document = {"Sid": sid, "Effect": effect, "Action": _one(sorted(actions))}
    return statement | ({"Condition": condition} if condition else {})


def _one(values: Sequence[str]) -> Any:
    """IAM keeps a list of one as the bare value."""
    return values[0] if len(values) == 1 else list(values)


def _document(statements: Sequence[Document]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}
