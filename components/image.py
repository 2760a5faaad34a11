"""Container images: a repository in one region, and the copying of a registry's images to other regions.

Children: ImageRepository: the repository, its lifecycle policy; by choice a repository policy, and event rules with
alarms on critical findings and failed copies. ImageReplication: the registry's replication configuration.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecr

from components._event_rules import any_match, forward
from components._iam import Statement, policy_document
from components._images import (
    check_digest,
    check_functions,
    check_mutable_tags,
    check_prefix,
    check_principals,
    check_repository_name,
    image_by_digest,
    lifecycle_policy,
)
from components.alarms import AlarmDefinition, Alarms, AlarmsArgs, AlarmTarget, Severity

__all__ = [
    "ImageReplication", "ImageReplicationArgs", "ImageRepository", "ImageRepositoryArgs", "check_digest",
    "image_by_digest", "lifecycle_policy", "repository_prefix",
]  # fmt: skip

# What the AWS provider takes in one rule of a replication configuration.
PREFIXES_MAX, REGIONS_MAX = 100, 25

PULL_ACTIONS = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH_ACTIONS = (
    "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart", *PULL_ACTIONS
)  # fmt: skip

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
_ACCOUNT = re.compile(r"\d{12}")


def repository_prefix() -> str:
    """What the names of this stack's repositories begin with, in every region; no other stack's do."""
    parts = (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in (pulumi.get_project(), pulumi.get_stack()))
    return "-".join(parts) + "/"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageRepositoryArgs:
    """How long images stay, and who gets at them."""

    kms_key_arn: pulumi.Input[str]
    """Key of the region that encrypts the images. Another key means another repository."""
    repository_name: str | None = None
    """Name, the same in every region that images are copied to; default `<project>-<stack>/<component>`."""
    keep_images: int = 100
    """Tagged images that stay, at least 1; default 100. Those that run or may be gone back to must be among them."""
    untagged_days: int = 14
    """Days after which an image without a tag goes, at least 1; default 14. What runs must have a tag as well."""
    mutable_tags: Sequence[str] = ()
    """Up to five tags (* matches any characters) that may move to another image, such as buildcache; default none."""
    pullers: Sequence[pulumi.Input[str]] = ()
    """ARNs of other accounts' root, roles or users that may pull; default only who this account's IAM lets."""
    pushers: Sequence[pulumi.Input[str]] = ()
    """The same for pushing, which includes pulling."""
    lambda_functions: Sequence[pulumi.Input[str]] = ()
    """ARNs, * allowed, of Lambda functions made from these images; default none."""
    replicated: bool = False
    """Whether another region's images are copied here; default no. With alarms, one tells of failed copies."""
    alarms: AlarmTarget | None = None
    """Where alarms and their events go; default none."""
    protect: bool = True
    """Refuse to delete the repository; without, it is deleted with all its images."""

    def __post_init__(self) -> None:
        if self.repository_name is not None:
            check_repository_name(self.repository_name)
        lifecycle_policy(self.keep_images, self.untagged_days)
        check_mutable_tags(self.mutable_tags)
        check_principals("pullers", self.pullers)
        check_principals("pushers", self.pushers)
        check_functions(self.lambda_functions)
        if self.replicated and self.alarms is None:
            raise ValueError("replicated: nothing could tell of a failed copy; give alarms, or leave it out")


class ImageRepository(pulumi.ComponentResource):
    """A private repository: encrypted, tags that stay where they are, each image scanned as it comes.

    ECR copies no settings with the images, and where the other region lacks the repository it makes one with none of
    these; so each region gets an ImageRepository of the same name before images are pushed.

    A tag pushed here names one image for good; what runs is named by digest (`image`). Scans are ECR's basic ones: in a
    registry with Inspector's enhanced scanning, findings are Inspector's events and the alarm here stays silent.
    USD 0.10 per GB and month, USD 0.10 a month per alarm.
    """

    arn: pulumi.Output[str]
    repository_name: str
    repository_url: pulumi.Output[str]
    registry_id: pulumi.Output[str]
    mutable_tags: tuple[str, ...]
    alarms: Alarms | None

    def __init__(self, name: str, args: ImageRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        repository_name = args.repository_name or repository_prefix() + name
        check_repository_name(repository_name)
        super().__init__("breakwater:image:ImageRepository", name, None, opts)
        self.repository_name, self.mutable_tags = repository_name, tuple(args.mutable_tags)
        repository = self._create_repository(name, args)
        ecr.LifecyclePolicy(
            f"{name}-lifecycle",
            repository=repository.name,
            policy=lifecycle_policy(args.keep_images, args.untagged_days),
            # A change replaces it, and a repository has one: deleting the old one last would leave none.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        if statements := _statements(args):
            ecr.RepositoryPolicy(
                f"{name}-policy",
                repository=repository.name,
                policy=policy_document(statements),
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
        self.arn, self.repository_url = repository.arn, repository.repository_url
        self.registry_id = repository.registry_id
        self.alarms = self._create_alarms(name, args, args.alarms) if args.alarms is not None else None
        self.register_outputs(
            {
                "arn": self.arn,
                "repository_name": self.repository_name,
                "repository_url": self.repository_url,
                "registry_id": self.registry_id,
            }
        )

    def image(self, digest: str) -> pulumi.Output[str]:
        """The image of this repository that a digest names."""
        check_digest(digest)
        return pulumi.Output.concat(self.repository_url, "@", digest)

    def _create_repository(self, name: str, args: ImageRepositoryArgs) -> ecr.Repository:
        return ecr.Repository(
            name,
            # Named here: the copies in other regions must have the same name.
            name=self.repository_name,
            image_tag_mutability="IMMUTABLE_WITH_EXCLUSION" if args.mutable_tags else "IMMUTABLE",
            image_tag_mutability_exclusion_filters=[
                ecr.RepositoryImageTagMutabilityExclusionFilterArgs(filter=tag, filter_type="WILDCARD")
                for tag in args.mutable_tags
            ]
            or None,
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.kms_key_arn)
            ],
            force_delete=not args.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

    def _create_alarms(self, name: str, args: ImageRepositoryArgs, target: AlarmTarget) -> Alarms:
        found = {"repository-name": [self.repository_name]}
        critical = {"finding-severity-counts": {"CRITICAL": [{"numeric": [">", 0]}]}}
        scans = {"source": ["aws.ecr"], "detail-type": ["ECR Image Scan"], "detail": found | critical}
        findings = forward(f"{name}-findings", f"Critical findings in {name}", scans, target.topic_arn, self)
        definitions = [
            AlarmDefinition(
                role="critical-findings",
                summary="A scan found a critical vulnerability in an image of the repository.",
                severity=Severity.WARNING,
                runbook="image-critical-findings",
                **any_match(findings.name),
            )
        ]
        if args.replicated:
            # ECR sends it in the region that the image should have come to.
            failed = {"source": ["aws.ecr"], "detail-type": ["ECR Replication Action"]}
            copies = failed | {"detail": found | {"result": ["FAILED"]}}
            rule = forward(f"{name}-replication", f"Failed copies to {name}", copies, target.topic_arn, self)
            definitions.append(
                AlarmDefinition(
                    role="replication-failed",
                    summary="An image was not copied to this region, which therefore cannot start it.",
                    severity=Severity.CRITICAL,
                    runbook="image-replication-failed",
                    **any_match(rule.name),
                )
            )
        alarms = AlarmsArgs(target=target, definitions=definitions)
        return Alarms(f"{name}-alarms", alarms, opts=pulumi.ResourceOptions(parent=self))


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageReplicationArgs:
    """What a registry copies, and where to."""

    account_id: pulumi.Input[str]
    """Account of the registry and of the copies."""
    region: str
    """Region whose registry this is, the one that images are pushed to."""
    destinations: Sequence[str]
    """The other regions, one at least."""
    repository_prefixes: Sequence[str] = ()
    """Beginnings of the names of the repositories to copy; default this stack's own (repository_prefix)."""
    repositories: Sequence[pulumi.Resource] = ()
    """Repositories of all the regions, which must be there before; default none: they are somebody else's."""
    protect: bool = True
    """Refuse to delete the configuration, which would end the copying for every stack that relies on it."""

    def __post_init__(self) -> None:
        if isinstance(self.account_id, str) and not _ACCOUNT.fullmatch(self.account_id):
            raise ValueError(f"account_id: {self.account_id!r} must have twelve digits")
        for field, regions in (("region", [self.region]), ("destinations", self.destinations)):
            for region in regions:
                if not _REGION.fullmatch(region):
                    raise ValueError(f"{field}: {region!r} is no region's name; write it as us-east-1")
        if not 1 <= len(self.destinations) <= REGIONS_MAX:
            raise ValueError(f"destinations: {len(self.destinations)} regions; give 1 to {REGIONS_MAX}")
        if self.region in self.destinations:
            raise ValueError(f"destinations: {self.region} is the region of the registry itself; leave it out")
        for field, values in (("destinations", self.destinations), ("repository_prefixes", self.repository_prefixes)):
            if len(set(values)) < len(values):
                raise ValueError(f"{field}: {', '.join(values)} names one twice; name each once")
        if len(self.repository_prefixes) > PREFIXES_MAX:
            raise ValueError(f"repository_prefixes: {len(self.repository_prefixes)}; ECR takes {PREFIXES_MAX} at most")
        for prefix in self.repository_prefixes:
            check_prefix(prefix)


class ImageReplication(pulumi.ComponentResource):
    """The replication configuration of an account's registry in one region. Free; the copies cost storage and transfer.

    There is one per account and region, and it is only ever written whole. Of two stacks that both have this component
    for the same account and region, each takes away the other's rule whenever it changes its own, without an error, and
    the one that is deleted ends the copying for both. So one stack of an account has it and names the others' prefixes,
    too (`repository_prefixes`); the others leave it out. Stacks in different accounts never meet. What somebody has
    configured by hand is overwritten: look first (`aws ecr describe-registry`).

    Copied is what is pushed after this exists, mostly within half an hour. Nothing is deleted there, and a copy is not
    copied on.
    """

    registry_id: pulumi.Output[str]
    repository_prefixes: tuple[str, ...]

    def __init__(self, name: str, args: ImageReplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:image:ImageReplication", name, None, opts)
        self.repository_prefixes = tuple(args.repository_prefixes) or (repository_prefix(),)
        rule = ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
            destinations=[
                ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                    region=region, registry_id=args.account_id
                )
                for region in args.destinations
            ],
            repository_filters=[
                ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
                    filter=prefix, filter_type="PREFIX_MATCH"
                )
                for prefix in self.repository_prefixes
            ],
        )
        configuration = ecr.ReplicationConfiguration(
            name,
            replication_configuration=ecr.ReplicationConfigurationReplicationConfigurationArgs(rules=[rule]),
            # ECR makes a repository that is missing over there, without key, scan and lifecycle.
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, depends_on=list(args.repositories)),
        )
        self.registry_id = configuration.registry_id
        self.register_outputs({"registry_id": self.registry_id, "repository_prefixes": self.repository_prefixes})


def _statements(args: ImageRepositoryArgs) -> list[Statement]:
    """A repository's policy names no resources: it is the resource."""
    statements = [
        Statement(sid=sid, principals={"AWS": list(principals)}, actions=actions)
        for sid, principals, actions in (("Pull", args.pullers, PULL_ACTIONS), ("Push", args.pushers, PUSH_ACTIONS))
        if principals
    ]
    if args.lambda_functions:
        statements.append(
            Statement(
                sid="LambdaPull",
                principals={"Service": "lambda.amazonaws.com"},
                actions=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                conditions={"ArnLike": {"aws:SourceArn": list(args.lambda_functions)}},
            )
        )
    return statements
