"""What a stack's bootstrap is called, and who it is for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from breakwater.operations.errors import OperationError

_ACCOUNT_OR_NAME = r"[A-Za-z0-9_.-]+"
_REPOSITORY = re.compile(rf"(?P<owner>{_ACCOUNT_OR_NAME})(?P<a>@\d+)?/(?P<name>{_ACCOUNT_OR_NAME})(?P<b>@\d+)?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_ROLE_LENGTH = 64
"""Characters of a role's name at most (IAM's quotas)."""

OIDC_HOST = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
GLOBAL_REGION = "us-east-1"
"""Where IAM, Route 53 and CloudFront are called, whatever the stack's regions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The account and the repository that all stacks of one bootstrap share."""

    project: str
    account: str
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    region: str
    """Region of bucket and keys."""
    bucket: str
    repository: str
    """`owner/name`, or `owner@id/name@id` where GitHub's subjects carry the numbers."""

    def __post_init__(self) -> None:
        check_repository(self.repository)
        if not _BUCKET.fullmatch(self.bucket):
            raise OperationError(
                f"{self.bucket!r} is no name for a bucket: 3 to 63 of a-z, 0-9 and hyphens are; pass --bucket"
            )

    @property
    def oidc_arn(self) -> str:
        """GitHub's OIDC provider."""
        return f"arn:{self.partition}:iam::{self.account}:oidc-provider/{OIDC_HOST}"

    @property
    def bucket_arn(self) -> str:
        """The state's bucket."""
        return f"arn:{self.partition}:s3:::{self.bucket}"

    @property
    def backend(self) -> str:
        """What `pulumi login` takes."""
        return f"s3://{self.bucket}?region={self.region}"

    def iam(self, kind: str, name: str) -> str:
        """ARN of a role or policy."""
        return f"arn:{self.partition}:iam::{self.account}:{kind}/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackIdentity:
    """One stack of it."""

    owner: Owner
    name: str
    regions: Sequence[str]
    """Where the stack has resources."""

    def __post_init__(self) -> None:
        longest = max(self.preview_role, self.deploy_role, key=len)
        if len(longest) > _ROLE_LENGTH:
            raise OperationError(f"{longest}: a role's name has at most {_ROLE_LENGTH} characters; shorten the stack's")

    @property
    def prefix(self) -> str:
        """What the names of its roles and policies begin with."""
        return f"{self.owner.project}-{self.name}"

    @property
    def preview_role(self) -> str:
        """Role that reads."""
        return f"{self.prefix}-preview"

    @property
    def deploy_role(self) -> str:
        """Role that deploys."""
        return f"{self.prefix}-deploy"

    @property
    def boundary_arn(self) -> str:
        """What none of the stack's own roles may exceed."""
        return self.owner.iam("policy", f"{self.prefix}-boundary")

    @property
    def alias(self) -> str:
        """Alias of the key of its secrets."""
        return f"alias/{self.prefix}-state"

    @property
    def secrets_provider(self) -> str:
        """What `pulumi stack init --secrets-provider` takes."""
        return f"awskms://{self.alias}?region={self.owner.region}"

    @property
    def allowed_regions(self) -> list[str]:
        """Where its roles may do anything at all."""
        return sorted({*self.regions, self.owner.region, GLOBAL_REGION})

    @property
    def preview_subjects(self) -> list[str]:
        """Pull requests of the repository's own branches, and runs in the environment that only previews."""
        prefix = f"repo:{self.owner.repository}"
        return [f"{prefix}:environment:{self.name}-preview", f"{prefix}:pull_request"]

    @property
    def deploy_subjects(self) -> list[str]:
        """Runs in the stack's GitHub environment, whose rules say who may start them."""
        return [f"repo:{self.owner.repository}:environment:{self.name}"]


def check_repository(repository: str) -> None:
    """OperationError where it cannot be the name of a repository."""
    match = _REPOSITORY.fullmatch(repository)
    if match is None or bool(match["a"]) != bool(match["b"]):
        raise OperationError(
            f"{repository!r} is no GitHub repository: write owner/name, or owner@123/name@456 "
            "with both numbers where the repository has immutable subject claims"
        )
