"""A secret: kept in Secrets Manager, copied to the stack's other regions, by choice rotated by a function.

Children: the secret, its resource policy; by choice a version, a rotation, and a rule and alarms on failed rotations.
"""

import re
from collections.abc import Sequence

import pulumi
from pulumi_aws import secretsmanager

from components._event_rules import any_match, forward
from components._iam import Statement, policy_document
from components._names import AUTO_NAME_SUFFIX
from components._secret_args import Rotation, SecretArgs
from components.alarms import AlarmDefinition, Alarms, AlarmsArgs, AlarmTarget, Severity

__all__ = ["Rotation", "Secret", "SecretArgs"]

# Longest name, characters: Secrets Manager API, CreateSecret.
NAME_MAX = 512

_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]+")


class Secret(pulumi.ComponentResource):
    """A secret and its copies, encrypted with each region's key, over TLS only. USD 0.40 a month, each copy the same.

    The value comes from the program as a write-only argument, in no output and never compared, and secret where Pulumi
    records what it sent; or nobody gives it to the program, and it is put in by hand:
    `aws secretsmanager put-secret-value --secret-id … --secret-string file://…`. Each `value_version` is a resource of
    its own, so that what names the version (`version_id`) changes with it; a service then deploys.

    A copy cannot be written to: its value, policy, tags and rotation are the primary's. To rotate a secret that is put
    in by hand, put it in before the rotation is added: its test needs a value.
    """

    arn: pulumi.Output[str]
    secret_name: pulumi.Output[str]
    arns: dict[str, pulumi.Output[str]]
    """Region -> ARN of the secret or of its copy there."""
    version_id: pulumi.Output[str] | None
    """Of the value that the program gave; None where it gave none."""
    alarms: Alarms | None

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
        self.arn, self.secret_name = secret.arn, secret.name
        self.arns = {region: _in_region(secret.arn, region) for region in (args.region, *args.replicas)}
        self.version_id = None
        if args.value is not None:
            self.version_id = self._create_version(name, args.value, args.value_version, secret, policy)
        self.alarms = None
        if args.rotation is not None and args.alarms is not None:
            self._create_rotation(name, secret, policy, args.rotation)
            self.alarms = self._create_alarms(name, args.rotation, args.alarms)
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

    def _create_rotation(
        self, name: str, secret: secretsmanager.Secret, policy: secretsmanager.SecretPolicy, rotation: Rotation
    ) -> None:
        secretsmanager.SecretRotation(
            f"{name}-rotation",
            secret_id=secret.id,
            rotation_lambda_arn=rotation.function_arn,
            rotate_immediately=rotation.immediately,
            rotation_rules=secretsmanager.SecretRotationRotationRulesArgs(
                schedule_expression=rotation.schedule,
                duration=None if rotation.window_hours is None else f"{rotation.window_hours}h",
            ),
            # The function reads the secret, at once or for the test, under the policy that will hold later.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _create_alarms(self, name: str, rotation: Rotation, target: AlarmTarget) -> Alarms:
        """The event also tells of a function that could not be invoked, but needs a CloudTrail trail in the account."""
        pattern = {
            "source": ["aws.secretsmanager"],
            "detail-type": ["AWS Service Event via CloudTrail"],
            "detail": {
                "eventName": ["RotationFailed", "TestRotationFailed"],
                "additionalEventData": {"SecretId": [self.arn]},
            },
        }
        rule = forward(f"{name}-rotation", f"Rotations of {name} that failed", pattern, target.topic_arn, self)
        definitions = [
            AlarmDefinition(
                role="rotation-failed",
                summary="Secrets Manager could not rotate the secret; the value before is still in use.",
                severity=Severity.WARNING,
                runbook="secret-rotation",
                **any_match(rule.name),
            ),
            AlarmDefinition(
                role="rotation-errors",
                summary="The function that rotates the secret ended with an error.",
                severity=Severity.WARNING,
                runbook="secret-rotation",
                namespace="AWS/Lambda",
                metric_name="Errors",
                dimensions={"FunctionName": pulumi.Output.from_input(rotation.function_arn).apply(_function_name)},
                statistic="Sum",
                comparison="GreaterThanThreshold",
                threshold=0,
                datapoints=1,
                periods=1,
                missing="notBreaching",
            ),
        ]
        alarms = AlarmsArgs(target=target, definitions=definitions)
        return Alarms(f"{name}-alarms", alarms, opts=pulumi.ResourceOptions(parent=self))


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


def _function_name(arn: str) -> str:
    """arn:aws:lambda:<region>:<account>:function:<name>, with or without a version or alias."""
    return arn.split(":")[6]


def _check_name(name: str) -> None:
    room = NAME_MAX - AUTO_NAME_SUFFIX
    if len(name) > room or not _NAME.fullmatch(name):
        raise ValueError(f"name: {name!r} must be 1 to {room} letters, digits and / _ + = . @ -")
