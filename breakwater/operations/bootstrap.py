"""What has to be in an account before the first deployment: a place for the state, and GitHub's roles.

In order: bucket of the state, GitHub's OIDC provider, what all stacks may read; then for each stack its key, the
boundary of its own roles, what its deployments may write, and its two roles.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from breakwater.operations import permissions
from breakwater.operations.access import ManagedPolicy, OidcProvider, Role
from breakwater.operations.errors import OperationError, explained
from breakwater.operations.identities import Owner, StackIdentity, check_repository
from breakwater.operations.plan import Resource
from breakwater.operations.state_bucket import StateBucket
from breakwater.operations.state_key import StateKey

if TYPE_CHECKING:
    import boto3

PREVIEW_SECONDS, DEPLOY_SECONDS = 3_600, 4 * 3_600
"""A session's length at most: a deployment waits for databases and certificates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for, before anything is known of the account."""

    project: str
    stacks: Mapping[str, Sequence[str]]
    """Name -> regions that the stack has resources in."""
    primary_regions: Sequence[str]
    """Of each stack."""
    repository: str | None
    region: str | None
    bucket: str | None
    backend: str | None
    """Pulumi.yaml's backend.url, if it names one."""
    remote: str | None
    """Address of the Git remote `origin`."""


def sign_in() -> "boto3.Session":
    """With the credentials of the environment; one session reads botocore's files once for all clients."""
    import boto3

    with explained():
        return boto3.Session()


def owner_of(request: Request, session: "boto3.Session") -> Owner:
    """Account, region, bucket and repository; what is not named is taken from the project."""
    named, place = _backend(request.backend)
    repository = request.repository or _github(request.remote)
    if repository is None:
        raise OperationError(
            "which GitHub repository may deploy? `origin` is none at github.com: pass --repository owner/name"
        )
    check_repository(repository)
    region = request.region or place or _region(request.primary_regions)
    with explained():
        identity = session.client("sts", region_name=region).get_caller_identity()
    account, partition = identity["Account"], identity["Arn"].split(":")[1]
    return Owner(
        project=request.project,
        account=account,
        partition=partition,
        region=region,
        bucket=request.bucket or named or f"{_bucket_part(request.project)}-state-{account}",
        repository=repository,
    )


def resources_of(owner: Owner, stacks: Mapping[str, Sequence[str]], session: "boto3.Session") -> list[Resource]:
    """Everything, in the order in which one needs the other."""
    with explained():
        s3, kms, iam = (session.client(name, region_name=owner.region) for name in ("s3", "kms", "iam"))
    read = ManagedPolicy(
        iam=iam,
        owner=owner,
        name=f"{owner.project}-read",
        what="Settings of the services that the platform uses, no data",
        document=permissions.read_policy(),
    )
    found: list[Resource] = [StateBucket(s3, owner), OidcProvider(iam, owner), read]
    for name, regions in stacks.items():
        stack = StackIdentity(owner=owner, name=name, regions=tuple(regions))
        found += _of_stack(stack, StateKey(kms, stack), iam, read)
    return found


def variable(owner: Owner, stacks: Mapping[str, Sequence[str]]) -> str:
    """The value of the repository's variable BREAKWATER_STACKS, from which workflows take roles and backends."""
    entries = {}
    for name, regions in sorted(stacks.items()):
        stack = StackIdentity(owner=owner, name=name, regions=regions)
        entries[name] = {
            "name": name,
            "backend": owner.backend,
            "region": owner.region,
            "preview_role": owner.iam("role", stack.preview_role),
            "deploy_role": owner.iam("role", stack.deploy_role),
        }
    return json.dumps(entries, separators=(",", ":"))


def next_steps(owner: Owner, stacks: Mapping[str, Sequence[str]]) -> list[str]:
    """What is left to do by hand: commands and settings."""
    lines = [f"pulumi login '{owner.backend}'"]
    for name, regions in stacks.items():
        stack = StackIdentity(owner=owner, name=name, regions=regions)
        lines.append(f"pulumi stack init {name} --secrets-provider '{stack.secrets_provider}'")
        lines.append(f"Pulumi.{name}.yaml, under breakwater:platform:  permissions_boundary: {stack.boundary_arn}")
    repository = re.sub(r"@\d+", "", owner.repository)
    lines.append(f"gh variable set BREAKWATER_STACKS --repo {repository} --body '{variable(owner, stacks)}'")
    environments = (
        f"GitHub, Settings, Environments: {name} (branch main only; reviewers where a deployment needs approval) "
        f"and {name}-preview (branch main only)"
        for name in stacks
    )
    return [*lines, *environments]


def _of_stack(stack: StackIdentity, key: StateKey, iam: Any, read: ManagedPolicy) -> list[Resource]:
    owner = stack.owner

    def policy(suffix: str, what: str, document: permissions.Document) -> ManagedPolicy:
        return ManagedPolicy(iam=iam, owner=owner, name=f"{stack.prefix}-{suffix}", what=what, document=document)

    boundary = policy("boundary", "What no role made by the stack may exceed", permissions.boundary(stack))
    writes = [
        policy(f"deploy-{group}", f"What deployments write: {group}", permissions.write_policy(group, stack))
        for group in permissions.WRITE
    ]

    def previews() -> dict[str, permissions.Document]:
        return {
            "guard": permissions.preview_guard(stack, key.arn),
            "state": permissions.preview_state(stack, key.arn),
        }

    def deploys() -> dict[str, permissions.Document]:
        return {"guard": permissions.deploy_guard(stack, key.arn), "state": permissions.deploy_state(stack, key.arn)}

    _check_sizes([boundary, read, *writes], [previews(), deploys()])
    tags = {"project": owner.project, "stack": stack.name}
    preview = Role(
        iam=iam,
        name=stack.preview_role,
        what=f"Previews of {stack.prefix}, from GitHub: reads only",
        trust=permissions.trust(stack, stack.preview_subjects),
        session_seconds=PREVIEW_SECONDS,
        policies=[read.arn],
        inline=previews,
        tags=tags,
    )
    deploy = Role(
        iam=iam,
        name=stack.deploy_role,
        what=f"Deployments of {stack.prefix}, from its GitHub environment",
        trust=permissions.trust(stack, stack.deploy_subjects),
        session_seconds=DEPLOY_SECONDS,
        policies=[read.arn, *(write.arn for write in writes)],
        inline=deploys,
        tags=tags,
    )
    return [key, boundary, *writes, preview, deploy]


def _check_sizes(managed: Sequence[ManagedPolicy], roles: Sequence[Mapping[str, permissions.Document]]) -> None:
    for inline in roles:
        wrong = permissions.check_sizes({policy.name: policy.document for policy in managed}, inline)
        if wrong:
            raise OperationError(f"{', '.join(wrong)}: longer than IAM takes; the names or regions are too many")


def _region(primaries: Sequence[str]) -> str:
    different = sorted(set(primaries))
    if len(different) != 1:
        raise OperationError(f"the stacks' primary regions differ ({', '.join(different)}): name one with --region")
    return different[0]


def _backend(url: str | None) -> tuple[str | None, str | None]:
    """Bucket and region of an address such as s3://name?region=eu-west-1."""
    parts = urlsplit(url or "")
    if parts.scheme != "s3":
        return None, None
    return parts.netloc or None, parse_qs(parts.query).get("region", [None])[0]


def _github(remote: str | None) -> str | None:
    match = re.search(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$", remote or "")
    return match[1] if match else None


def _bucket_part(project: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", project.lower()).strip("-")
