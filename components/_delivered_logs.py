"""A log group that AWS's log delivery writes to, for the component around it: WAF's logs, CloudFront's."""

import pulumi
from pulumi_aws import cloudwatch

from components._iam import Statement, policy_document


def create_delivered_group(
    name: str,
    *,
    policy_name: str,
    retention_days: int,
    kms_key_arn: pulumi.Input[str],
    account_id: pulumi.Input[str],
    region: str,
    opts: pulumi.ResourceOptions,
    group_name: str | None = None,
) -> tuple[cloudwatch.LogGroup, cloudwatch.LogResourcePolicy]:
    """`{name}`, and `{name}-policy`, without which nothing is delivered; `group_name` where AWS demands one."""
    group = cloudwatch.LogGroup(
        name, name=group_name, retention_in_days=retention_days, kms_key_id=kms_key_arn, opts=opts
    )
    # Without one AWS writes into a policy that everything of the account shares until it is full.
    policy = cloudwatch.LogResourcePolicy(
        f"{name}-policy",
        policy_name=policy_name,
        policy_document=_delivery(group.arn, account_id, region),
        opts=opts,
    )
    return group, policy


def _delivery(log_group_arn: pulumi.Output[str], account_id: pulumi.Input[str], region: str) -> pulumi.Output[str]:
    """What AWS's own policy for delivered logs grants, for this log group only."""
    return policy_document(
        [
            Statement(
                sid="Delivery",
                principals={"Service": "delivery.logs.amazonaws.com"},
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[pulumi.Output.concat(log_group_arn, ":*")],
                conditions={
                    "StringEquals": {"aws:SourceAccount": account_id},
                    "ArnLike": {"aws:SourceArn": pulumi.Output.concat(f"arn:aws:logs:{region}:", account_id, ":*")},
                },
            )
        ]
    )
