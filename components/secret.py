"""A secret: kept in Secrets Manager, copied to the stack's other regions.

Children: the secret, its resource policy; by choice a version.
"""

import re
from collections.abc import Sequence

import pulumi
from pulumi_aws import secretsmanager

from components._iam import Statement, policy_document
from components._names import AUTO_NAME_SUFFIX
from components._secret_args import SecretArgs

__all__ = ["Secret", "SecretArgs"]

# Longest name, characters: Secrets Manager API, CreateSecret.
NAME_MAX = 512

_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]+")


class Secret(pulumi.ComponentResource):
    """A secret and its copies, encrypted with each region's key, over TLS only. USD 0.40 a month, each copy the same.

    The value comes from the program as a write-only argument, in no output and never compared, and secret where Pulumi
    records what it sent; or nobody gives it to the program, and it is put in by hand:
    `aws secretsmanager put-secret-value --secret-id … --secret-string file://…`. Each `value_version` is a resource of
    its own, so that what names the version (`version_id`) changes with it; a service then deploys.

    A copy cannot be written to: its value, policy, tags and rotation (SecretRotation) are the primary's.
    """

    arn: pulumi.Output[str]
    secret_name: pulumi.Output[str]
    arns: dict[str, pulumi.Output[str]]
    """Region -> ARN of the secret or of its copy there."""
    version_id: pulumi.Output[str] | None
    """Of the value that the program gave; None where it gave none."""
    policy: secretsmanager.SecretPolicy
    """What says who may read it, for what must come after it."""
    region: str

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _check_name(name)
        super().__init__("breakwater:secret:Secret", name, None, opts)
        secret = self._create_secret(name, args)
        policy = secretsmanager.SecretPolicy(
            f"{name}-policy",
            secret_arn=secret.arn,
            policy=policy_document(_statements(args.readers)),
            block_public_policy=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.policy, self.region = policy, args.region
        self.arn, self.secret_name = secret.arn, secret.name
        self.arns = {region: _in_region(secret.arn, region) for region in (args.region, *args.replicas)}
        self.version_id = None
        if args.value is not None:
            self.version_id = self._create_version(name, args.value, args.value_version, secret, policy)
        self.register_outputs(
            {"arn": self.arn, "secret_name": self.secret_name, "arns": self.arns, "version_id": self.version_id}
        )

    def _create_secret(self, name: str, args: SecretArgs) -> secretsmanager.Secret:
        recovery_days = args.recovery_days
        if recovery_days is None:
            recovery_days = 30 if args.protect else 0
        return secretsmanager.Secret(
            name,
            description=args.description,
            kms_key_id=args.kms_key_arn,
            replicas=[
                secretsmanager.SecretReplicaArgs(region=region, kms_key_id=key) for region, key in args.replicas.items()
            ]
            or None,
            recovery_window_in_days=recovery_days,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

    def _create_version(
        self,
        name: str,
        value: pulumi.Input[str],
        number: int,
        secret: secretsmanager.Secret,
        policy: secretsmanager.SecretPolicy,
    ) -> pulumi.Output[str]:
        version = secretsmanager.SecretVersion(
            f"{name}-v{number}",
            secret_id=secret.id,
            secret_string_wo=pulumi.Output.secret(value),
            secret_string_wo_version=number,
            # Nothing is in the secret before its policy says who may read it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        return version.version_id


def _statements(readers: Sequence[pulumi.Input[str]]) -> list[Statement]:
    """The resource is `*`, which here is the secret itself: the copies get this text too, and their ARNs differ."""
    everybody = {"*": "*"}
    statements = [
        Statement(
            sid="TlsOnly",
            effect="Deny",
            principals=everybody,
            actions=["secretsmanager:*"],
            resources=["*"],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
    ]
    if readers:
        statements.append(
            Statement(
                sid="ReadersOnly",
                effect="Deny",
                principals=everybody,
                actions=["secretsmanager:GetSecretValue"],
                resources=["*"],
                conditions={
                    "ArnNotLike": {"aws:PrincipalArn": list(readers)},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            )
        )
    return statements


def _in_region(arn: pulumi.Output[str], region: str) -> pulumi.Output[str]:
    """A copy has the primary's name and suffix."""
    return arn.apply(lambda text: ":".join([*text.split(":")[:3], region, *text.split(":")[4:]]))


def _check_name(name: str) -> None:
    room = NAME_MAX - AUTO_NAME_SUFFIX
    if len(name) > room or not _NAME.fullmatch(name):
        raise ValueError(f"name: {name!r} must be 1 to {room} letters, digits and / _ + = . @ -")
