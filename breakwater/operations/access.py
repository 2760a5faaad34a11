"""GitHub's way into the account: OIDC provider, policies, roles."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from breakwater.operations.errors import code
from breakwater.operations.identities import AUDIENCE, OIDC_HOST, Owner
from breakwater.operations.permissions import Document, text
from breakwater.operations.plan import Step, settled

_VERSIONS = 5
"""Versions of a managed policy that IAM keeps; one more is refused."""


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """GitHub's token issuer; one for the account, whoever else uses it."""

    iam: Any
    owner: Owner

    def look(self) -> Step:
        """Compare it with what there is."""
        arn = self.owner.oidc_arn
        try:
            found = self.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        except ClientError as error:
            if code(error) != "NoSuchEntity":
                raise
            details = [f"audience {AUDIENCE}"]
            return Step(kind="OIDC provider", name=OIDC_HOST, action="create", details=details, apply=self._create)
        missing = [] if AUDIENCE in found.get("ClientIDList", []) else [f"audience {AUDIENCE}: missing → added"]
        return settled(
            "OIDC provider",
            OIDC_HOST,
            missing,
            lambda: self.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=AUDIENCE),
        )

    def _create(self) -> None:
        self.iam.create_open_id_connect_provider(Url=f"https://{OIDC_HOST}", ClientIDList=[AUDIENCE])


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy:
    """A policy that roles share or that is too long to stand in one."""

    iam: Any
    owner: Owner
    name: str
    what: str
    """What it permits, in a few words."""
    document: Document

    @property
    def arn(self) -> str:
        """Known before it is made."""
        return self.owner.iam("policy", self.name)

    def look(self) -> Step:
        """Compare it with what there is."""
        try:
            found = self.iam.get_policy(PolicyArn=self.arn)["Policy"]
        except ClientError as error:
            if code(error) != "NoSuchEntity":
                raise
            return Step(kind="IAM policy", name=self.name, action="create", details=[self.what], apply=self._create)
        version = self.iam.get_policy_version(PolicyArn=self.arn, VersionId=found["DefaultVersionId"])
        differences = compared(version["PolicyVersion"]["Document"], self.document)
        oldest = self._oldest() if differences else None
        if oldest:
            differences.append(f"version {oldest}, the oldest, makes room: IAM keeps {_VERSIONS}")
        return settled("IAM policy", self.name, differences, lambda: self._change(oldest))

    def _oldest(self) -> str | None:
        versions = self.iam.list_policy_versions(PolicyArn=self.arn)["Versions"]
        old = [v for v in versions if not v["IsDefaultVersion"]]
        return min(old, key=lambda v: int(v["VersionId"][1:]))["VersionId"] if len(versions) >= _VERSIONS else None

    def _create(self) -> None:
        self.iam.create_policy(
            PolicyName=self.name,
            PolicyDocument=text(self.document),
            Description=self.what,
            Tags=[{"Key": "project", "Value": self.owner.project}],
        )

    def _change(self, oldest: str | None) -> None:
        if oldest:
            self.iam.delete_policy_version(PolicyArn=self.arn, VersionId=oldest)
        self.iam.create_policy_version(PolicyArn=self.arn, PolicyDocument=text(self.document), SetAsDefault=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role that GitHub's runs take."""

    iam: Any
    name: str
    what: str
    trust: Document
    session_seconds: int
    policies: Sequence[str]
    """ARNs of its managed policies."""
    inline: Callable[[], Mapping[str, Document]]
    """Its own policies by name; they name the key, which may not exist before the plan is carried out."""
    tags: Mapping[str, str]

    def look(self) -> Step:
        """Compare it with what there is."""
        try:
            found = self.iam.get_role(RoleName=self.name)["Role"]
        except ClientError as error:
            if code(error) != "NoSuchEntity":
                raise
            subjects = self.trust["Statement"][0]["Condition"]["StringEquals"][f"{OIDC_HOST}:sub"]
            details = [self.what, *(f"trusts {s}" for s in ([subjects] if isinstance(subjects, str) else subjects))]
            details += [f"policy {arn.rsplit('/', 1)[-1]}" for arn in self.policies]
            details += [f"policy {name}, its own" for name in self.inline()]
            return Step(kind="IAM role", name=self.name, action="create", details=details, apply=self._create)
        attached, own = self._attached(), self._own()
        wanted = self.inline()
        trust = compared(found["AssumeRolePolicyDocument"], self.trust)
        length = found.get("MaxSessionDuration", 3600)
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
        differences = [f"trust: {line}" for line in trust]
        differences += [] if length == self.session_seconds else [f"session: {length} s → {self.session_seconds} s"]
        differences += [
            f"policy {a.rsplit('/', 1)[-1]}: not attached → attached" for a in self.policies if a not in attached
        ]
        for name, document in wanted.items():
            changes = compared(own[name], document) if name in own else ["missing → added"]
            differences += [f"policy {name}: {line}" for line in changes]
        differences += (
            [] if self.tags.items() <= tags.items() else ["tags → " + ", ".join(map("=".join, self.tags.items()))]
        )
        strange = [f"policy {arn} is attached, not from here" for arn in attached if arn not in self.policies]
        strange += [f"policy {name}, its own, is not from here" for name in own if name not in wanted]
        return settled("IAM role", self.name, differences, self._write, warnings=strange)

    def _attached(self) -> list[str]:
        pages = self.iam.get_paginator("list_attached_role_policies").paginate(RoleName=self.name)
        return sorted(policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"])

    def _own(self) -> dict[str, Any]:
        pages = self.iam.get_paginator("list_role_policies").paginate(RoleName=self.name)
        names = sorted(name for page in pages for name in page["PolicyNames"])
        return {n: self.iam.get_role_policy(RoleName=self.name, PolicyName=n)["PolicyDocument"] for n in names}

    def _create(self) -> None:
        self.iam.create_role(
            RoleName=self.name,
            AssumeRolePolicyDocument=text(self.trust),
            Description=self.what,
            MaxSessionDuration=self.session_seconds,
            Tags=_pairs(self.tags),
        )
        self._write_policies()

    def _write(self) -> None:
        self.iam.update_assume_role_policy(RoleName=self.name, PolicyDocument=text(self.trust))
        self.iam.update_role(RoleName=self.name, Description=self.what, MaxSessionDuration=self.session_seconds)
        self.iam.tag_role(RoleName=self.name, Tags=_pairs(self.tags))
        self._write_policies()

    def _write_policies(self) -> None:
        """Denials first: at no time does the role have more than it may."""
        for name, document in sorted(self.inline().items()):
            self.iam.put_role_policy(RoleName=self.name, PolicyName=name, PolicyDocument=text(document))
        for arn in self.policies:
            self.iam.attach_role_policy(RoleName=self.name, PolicyArn=arn)


def compared(found: Any, wanted: Document) -> list[str]:
    """How a policy that is there differs from the one wanted, statement by statement."""
    document = json.loads(found) if isinstance(found, str) else found
    before, after = _statements(document), _statements(wanted)
    lines = [f"{sid}: not from here → taken out" for sid in before if sid not in after]
    for sid, statement in after.items():
        if sid not in before:
            lines.append(f"{sid}: missing → added")
        elif before[sid] != statement:
            lines.append(f"{sid}: {_change(before[sid], statement)}")
    return lines


def _statements(document: Any) -> dict[str, Any]:
    found = document.get("Statement", [])
    listed = [found] if isinstance(found, dict) else found
    return {s.get("Sid") or f"statement {i}": _plain(s) for i, s in enumerate(listed, 1)}


def _plain(value: Any) -> Any:
    """IAM keeps neither the order of a list nor whether one value stood in one."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key != "Sid"}
    if isinstance(value, list):
        return sorted(value, key=str) if len(value) != 1 else value[0]
    return value


def _change(before: Any, after: Any) -> str:
    parts = []
    for key in sorted({*before, *after}):
        old, new = (set(_flat(statement.get(key, []))) for statement in (before, after))
        if old != new:
            marks = [f"+{item}" for item in sorted(new - old)] + [f"-{item}" for item in sorted(old - new)]
            parts.append(f"{key} {' '.join(marks[:6])}" + (f" and {len(marks) - 6} more" if len(marks) > 6 else ""))
    return "; ".join(parts)


def _flat(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{key} {item}" for key, items in value.items() for item in _flat(items)]
    return [item for part in value for item in _flat(part)] if isinstance(value, list) else [str(value)]


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
