"""Roles are granted listed actions; policies of resources admit nobody in general."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from ._model import UNKNOWN, Properties, Rule, block, document, items

_IDENTITY_POLICIES = frozenset(
    {
        "aws:iam/policy:Policy",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/userPolicy:UserPolicy",
        "aws:iam/groupPolicy:GroupPolicy",
        "aws:iam/role:Role",
    }
)
_RESOURCE_POLICIES = frozenset(
    {
        "aws:sqs/queue:Queue",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sns/topic:Topic",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:kms/key:Key",
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:secretsmanager/secret:Secret",
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:iam/role:Role",
    }
)
# Condition keys that tie a request to an account, an organisation, a network or one principal.
_NARROWING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "kms:calleraccount",
    }
)
# A missing key satisfies ForAllValues and ...IfExists, so neither narrows anything.
_NARROWING_OPERATORS = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "foranyvalue:stringequals",
     "foranyvalue:stringlike", "foranyvalue:arnequals", "foranyvalue:arnlike"}
)  # fmt: skip
_DECRYPTING = ("kms:decrypt", "kms:reencryptfrom")
_ADMINISTRATOR_POLICIES = frozenset({"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"})


def _allowed(*documents: object) -> Iterator[Properties]:
    """The Allow statements of policies that are known."""
    for policy in documents:
        for statement in items(block(document(policy), "Statement")):
            if block(statement, "Effect") == "Allow":
                yield statement


def _granted(properties: Properties) -> Iterator[Properties]:
    inline = (block(policy, "policy") for policy in items(properties.get("inlinePolicies")))
    return _allowed(properties.get("policy"), *inline)


def _wildcards(properties: Properties) -> Iterable[str]:
    for statement in _granted(properties):
        if "NotAction" in statement:
            yield "a statement allows everything but some actions (NotAction)"
        for action in map(str, items(statement.get("Action"))):
            if action == "*" or action.endswith(":*"):
                yield f"a statement allows {action} on {_joined(statement.get('Resource'))}"


def _joined(values: object) -> str:
    return ", ".join("(unknown)" if value == UNKNOWN else str(value) for value in items(values)) or "(unknown)"


def _open_decrypt(properties: Properties) -> Iterable[str]:
    for statement in _granted(properties):
        actions = [str(action).lower() for action in items(statement.get("Action"))]
        decrypts = any(fnmatchcase(decrypting, action) for action in actions for decrypting in _DECRYPTING)
        if decrypts and any(r == "*" or str(r).endswith(":key/*") for r in items(statement.get("Resource"))):
            yield "a statement lets it decrypt with every key"


def _administrator(properties: Properties) -> Iterable[str]:
    for arn in (*items(properties.get("policyArn")), *items(properties.get("managedPolicyArns"))):
        if str(arn).rsplit("/", 1)[-1] in _ADMINISTRATOR_POLICIES:
            yield f"{arn} is attached"


def _public(properties: Properties) -> Iterable[str]:
    for statement in _allowed(properties.get("policy"), properties.get("assumeRolePolicy")):
        principal = statement.get("Principal")
        anybody = "*" in items(principal) or "*" in items(block(principal, "AWS")) or "NotPrincipal" in statement
        if anybody and not _narrowed(statement.get("Condition")):
            yield f"a statement admits anybody to {_joined(statement.get('Action'))}"


def _narrowed(conditions: object) -> bool:
    """Whether some condition ties the statement to known parties; an unknown value counts as one."""
    if conditions == UNKNOWN:
        return True
    if not isinstance(conditions, dict):
        return False
    return any(
        entries == UNKNOWN or any(_narrows(key, values) for key, values in entries.items())
        for operator, entries in conditions.items()
        if operator.lower() in _NARROWING_OPERATORS
    )


def _narrows(key: str, values: object) -> bool:
    return key.lower() in _NARROWING_KEYS and (values == UNKNOWN or (bool(items(values)) and "*" not in items(values)))


RULES = (
    Rule(
        name="iam-actions-listed",
        description="Policies of roles, users and groups list their actions.",
        remedy="Name each action that is needed, on the ARNs that need it.",
        controls=("IAM.1", "IAM.21"),
        types=_IDENTITY_POLICIES,
        check=_wildcards,
    ),
    Rule(
        name="iam-decrypts-named-keys",
        description="No role may decrypt with every key.",
        remedy="Name the ARN of the key.",
        controls=("KMS.1", "KMS.2"),
        types=_IDENTITY_POLICIES,
        check=_open_decrypt,
    ),
    Rule(
        name="iam-no-administrators",
        description="No role of a stack gets one of AWS's administrator policies.",
        remedy="Declare the actions that are needed.",
        types=frozenset(
            {
                "aws:iam/role:Role",
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                "aws:iam/userPolicyAttachment:UserPolicyAttachment",
                "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
            }
        ),
        check=_administrator,
    ),
    Rule(
        name="resource-policy-not-public",
        description="Policies of queues, topics, keys, secrets, buckets, repositories and roles do not admit anybody.",
        remedy="Name the principals, or add a condition on aws:SourceAccount, aws:SourceArn or aws:PrincipalOrgID.",
        controls=("SQS.3", "SNS.4", "KMS.5", "S3.2", "S3.3"),
        types=_RESOURCE_POLICIES,
        check=_public,
    ),
)
