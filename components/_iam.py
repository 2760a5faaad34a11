"""IAM policy documents as stable JSON; pure, makes no resources.

Keys are sorted and empty members left out, so an unchanged program yields the same text on every run.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pulumi

Values: TypeAlias = pulumi.Input[str] | Sequence[pulumi.Input[str]]
"""One value or several, as IAM accepts in conditions and principals."""

VERSION = "2012-10-17"
# Service prefixes are lower-case letters, digits and hyphens; action names may hold wildcards.
_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    actions: Sequence[str]
    """`service:Action` names; sorted in the document."""
    resources: Sequence[pulumi.Input[str]] = ()
    """ARNs; empty only in trust policies, which name none."""
    effect: str = "Allow"
    """`Allow` or `Deny`."""
    conditions: Mapping[str, Mapping[str, Values]] | None = None
    """Operator -> condition key -> value(s); default none."""
    principals: Mapping[str, Values] | None = None
    """Principal type (`Service`, `AWS`, `Federated`, `*`) -> value(s), for resource and trust policies."""
    sid: str | None = None
    """Statement id, letters and digits only; default none."""

    def __post_init__(self) -> None:
        if isinstance(self.actions, str) or not self.actions:
            raise ValueError("actions: a non-empty list of service:Action names is required")
        if isinstance(self.resources, str):
            raise ValueError("resources: a list of ARNs is required, not a single string; write [arn]")
        for action in self.actions:
            if not _ACTION.fullmatch(action):
                raise ValueError(f"actions: {action!r} is not of the form service:Action, for instance sqs:SendMessage")
        if self.effect not in ("Allow", "Deny"):
            raise ValueError(f"effect: {self.effect!r} is not one of Allow, Deny")
        if self.sid is not None and not re.fullmatch(r"[A-Za-z0-9]+", self.sid):
            raise ValueError(f"sid: {self.sid!r} may hold only letters and digits")
        if self.effect == "Allow" and self.principals is None:
            self._check_identity_statement()

    def _check_identity_statement(self) -> None:
        """What a role is granted is spelt out; a resource's own policy may say `kms:*` to its account."""
        for action in self.actions:
            if action == "*" or action.endswith(":*"):
                raise ValueError(f"actions: {action!r} grants a whole service; list the actions the role needs")
        if not self.resources:
            raise ValueError("resources: a statement of a role's policy needs at least one ARN (or '*')")


def policy_document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """The JSON text of a policy; statements stay in the given order."""
    if not statements:
        raise ValueError("statements: a policy needs at least one statement; leave the policy out instead")
    document = {"Version": VERSION, "Statement": [_rendered(statement) for statement in statements]}
    return pulumi.Output.json_dumps(document, sort_keys=True)


def service_trust(
    service: str, *, source_account: pulumi.Input[str] | None = None, source_arn: pulumi.Input[str] | None = None
) -> pulumi.Output[str]:
    """The trust policy that lets an AWS service assume a role.

    `source_account` and `source_arn` (wildcards allowed) keep the service from being used by another account's
    resources as a confused deputy.
    """
    conditions: dict[str, dict[str, Values]] = {}
    if source_account is not None:
        conditions["StringEquals"] = {"aws:SourceAccount": source_account}
    if source_arn is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    return policy_document(
        [Statement(actions=["sts:AssumeRole"], principals={"Service": service}, conditions=conditions or None)]
    )


def _rendered(statement: Statement) -> dict[str, Any]:
    members: dict[str, Any] = {
        "Sid": statement.sid,
        "Effect": statement.effect,
        "Principal": _rendered_principals(statement.principals),
        "Action": _single_or_list(sorted(set(statement.actions))),
        "Resource": _single_or_list(statement.resources),
        "Condition": {
            operator: {key: _single_or_list(value) for key, value in keys.items()}
            for operator, keys in (statement.conditions or {}).items()
        },
    }
    return {key: value for key, value in members.items() if value}


def _rendered_principals(principals: Mapping[str, Values] | None) -> Any:
    if principals is None:
        return None
    if "*" in principals:
        return "*"
    return {kind: _single_or_list(value) for kind, value in principals.items()}


def _single_or_list(values: Any) -> Any:
    """IAM stores a list of one as the bare value; writing it so keeps what AWS returns equal to what was sent."""
    if isinstance(values, Sequence) and not isinstance(values, str):
        return values[0] if len(values) == 1 else list(values)
    return values
