"""The rotation of a secret by a Lambda function, and who hears of it when it fails.

Children: rotation; for a function of the stack's own the permission to invoke it and what its role may do; a rule and
alarms on failed rotations.
"""

import re
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, secretsmanager

from components._event_rules import any_match, forward
from components._iam import Statement, policy_document
from components._secret_args import check_rotation
from components.alarms import AlarmDefinition, Alarms, AlarmsArgs, AlarmTarget, Severity
from components.secret import Secret

_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?")

# What AWS's own rotation functions do with the secret (Secrets Manager User Guide, execution role of rotation).
ROTATION_ACTIONS = (
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretRotationArgs:
    """Who changes the secret, and when."""

    secret: Secret
    """The secret. Put a value in by hand before the rotation is added: its test needs one."""
    function_arn: pulumi.Input[str]
    """Lambda function of the secret's region. Its role must be among the secret's readers where there are any."""
    alarms: AlarmTarget
    """Where alarms on failed rotations go."""
    role_name: pulumi.Input[str] | None = None
    """Role of a function of the stack's own, which gets the permissions here. Default none: the function's own policy
    lets secretsmanager.amazonaws.com invoke it, and its role may read and write this secret and use its key."""
    kms_key_arn: pulumi.Input[str] | None = None
    """Key of the secret; needed with role_name."""
    schedule: str = "rate(30 days)"
    """rate(… hours), rate(… days) or cron(…) in UTC, four hours apart at least; default rate(30 days)."""
    window_hours: int | None = None
    """Hours from the scheduled time within which it happens, 1 to 24, within one UTC day; default an hour for schedules
    in hours, else the rest of the day."""
    immediately: bool = False
    """Rotate when the rotation is made or changed, too; default no: Secrets Manager only tests the function."""

    def __post_init__(self) -> None:
        if self.secret.version_id is not None:
            raise ValueError(
                "secret: the program's value would come back over a rotated one whenever its version is made anew; "
                "leave the value out and put the first one in by hand"
            )
        if isinstance(self.function_arn, str):
            function = _FUNCTION.fullmatch(self.function_arn)
            if function is None:
                raise ValueError(f"function_arn: {self.function_arn!r} is no ARN of a Lambda function")
            if function["region"] != self.secret.region:
                raise ValueError(
                    f"function_arn: the function is in {function['region']}; use one in {self.secret.region}"
                )
        if (self.role_name is None) != (self.kms_key_arn is None):
            raise ValueError("role_name: the role's permissions name the secret's key; give role_name and kms_key_arn")
        check_rotation(self.schedule, self.window_hours)


class SecretRotation(pulumi.ComponentResource):
    """Changes a secret on a schedule; copies in other regions follow. Costs the function, and USD 0.20 for two alarms.

    The event that tells of a function that could not be invoked needs a CloudTrail trail in the account.
    """

    alarms: Alarms

    def __init__(self, name: str, args: SecretRotationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:secret_rotation:SecretRotation", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        allowed = self._allow(name, args, args.role_name, args.kms_key_arn)
        secretsmanager.SecretRotation(
            name,
            secret_id=args.secret.arn,
            rotation_lambda_arn=args.function_arn,
            rotate_immediately=args.immediately,
            rotation_rules=secretsmanager.SecretRotationRotationRulesArgs(
                schedule_expression=args.schedule,
                duration=None if args.window_hours is None else f"{args.window_hours}h",
            ),
            # The function reads the secret, at once or for the test, under the policies that will hold later.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.secret.policy, *allowed]),
        )
        self.alarms = self._create_alarms(name, args)
        self.register_outputs({})

    def _allow(
        self,
        name: str,
        args: SecretRotationArgs,
        role_name: pulumi.Input[str] | None,
        kms_key_arn: pulumi.Input[str] | None,
    ) -> list[pulumi.Resource]:
        if role_name is None or kms_key_arn is None:
            return []
        # Only here, because the module takes a while and most stacks have no function.
        from pulumi_aws import lambda_

        permission = lambda_.Permission(
            name,
            function=args.function_arn,
            action="lambda:InvokeFunction",
            principal="secretsmanager.amazonaws.com",
            source_arn=args.secret.arn,
            opts=self._child,
        )
        statements = [
            Statement(sid="Rotate", actions=ROTATION_ACTIONS, resources=[args.secret.arn]),
            # It knows no resource.
            Statement(sid="DrawPassword", actions=["secretsmanager:GetRandomPassword"], resources=["*"]),
            Statement(
                sid="UseKey",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[kms_key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"secretsmanager.{args.secret.region}.amazonaws.com"}},
            ),
        ]
        policy = iam.RolePolicy(name, role=role_name, policy=policy_document(statements), opts=self._child)
        return [permission, policy]

    def _create_alarms(self, name: str, args: SecretRotationArgs) -> Alarms:
        pattern = {
            "source": ["aws.secretsmanager"],
            "detail-type": ["AWS Service Event via CloudTrail"],
            "detail": {
                "eventName": ["RotationFailed", "TestRotationFailed"],
                "additionalEventData": {"SecretId": [args.secret.arn]},
            },
        }
        rule = forward(name, f"Rotations of {name} that failed", pattern, args.alarms.topic_arn, self)
        definitions = [
            AlarmDefinition(
                role="failed",
                summary="Secrets Manager could not rotate the secret; the value before is still in use.",
                severity=Severity.WARNING,
                runbook="secret-rotation",
                **any_match(rule.name),
            ),
            AlarmDefinition(
                role="errors",
                summary="The function that rotates the secret ended with an error.",
                severity=Severity.WARNING,
                runbook="secret-rotation",
                namespace="AWS/Lambda",
                metric_name="Errors",
                dimensions={"FunctionName": pulumi.Output.from_input(args.function_arn).apply(_function_name)},
                statistic="Sum",
                comparison="GreaterThanThreshold",
                threshold=0,
                datapoints=1,
                periods=1,
                missing="notBreaching",
            ),
        ]
        return Alarms(f"{name}-alarms", AlarmsArgs(target=args.alarms, definitions=definitions), opts=self._child)


def _function_name(arn: str) -> str:
    """arn:aws:lambda:<region>:<account>:function:<name>, with or without a version or alias."""
    return arn.rpartition(":function:")[2].partition(":")[0]
