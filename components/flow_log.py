"""The flow log of a VPC: who talked to whom, accepted or rejected, in CloudWatch Logs.

Children: encrypted log group, delivery role with its policy, flow log.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, ec2, iam

from components._iam import Statement, policy_document, service_trust
from components._names import ROLE_MAX, check_auto_name

# What PutRetentionPolicy of CloudWatch Logs takes.
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
)  # fmt: skip

# Seconds over which packets of one flow become one record. The other choice, 60, brings up to ten times the records.
AGGREGATION_SECONDS = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowLogArgs:
    """Whose traffic is logged, and for how long."""

    vpc_id: pulumi.Input[str]
    """VPC that is watched."""
    region: str
    """Region of the VPC."""
    account_id: pulumi.Input[str]
    """Account of the VPC; only its flow logs may use the delivery role."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the records; its policy must let CloudWatch Logs use it."""
    retention_days: int = 30
    """Days that records are kept, one of CloudWatch's choices; default 30."""

    def __post_init__(self) -> None:
        check_retention("retention_days", self.retention_days)


class FlowLog(pulumi.ComponentResource):
    """A VPC's traffic as records of 600 s. USD 0.50 per GB delivered, USD 0.03 per GB and month kept (us-east-1)."""

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_auto_name(name, ROLE_MAX, "its role")
        super().__init__("breakwater:flow_log:FlowLog", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = cloudwatch.LogGroup(
            name, retention_in_days=args.retention_days, kms_key_id=args.kms_key_arn, opts=child
        )
        role = iam.Role(
            name,
            description="Lets VPC flow logs write to their log group",
            assume_role_policy=service_trust(
                "vpc-flow-logs.amazonaws.com",
                source_account=args.account_id,
                source_arn=pulumi.Output.concat(f"arn:aws:ec2:{args.region}:", args.account_id, ":vpc-flow-log/*"),
            ),
            opts=child,
        )
        groups = pulumi.Output.concat(f"arn:aws:logs:{args.region}:", args.account_id, ":log-group:*")
        policy = iam.RolePolicy(name, role=role.name, policy=_delivery(group.arn, groups), opts=child)
        ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=AGGREGATION_SECONDS,
            # Without the policy in place the first deliveries fail.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.log_group_name = group.name
        self.register_outputs({"log_group_name": self.log_group_name})


def _delivery(log_group_arn: pulumi.Output[str], groups_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """AWS's list for the delivery role without logs:CreateLogGroup: the group is the stack's own."""
    writes = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return policy_document(
        [
            Statement(actions=writes, resources=[pulumi.Output.concat(log_group_arn, ":*")]),
            # Listing groups cannot be granted for one group.
            Statement(actions=["logs:DescribeLogGroups"], resources=[groups_arn]),
        ]
    )


def check_retention(field: str, days: int) -> None:
    """Refuse what CloudWatch Logs refuses as a retention."""
    if days not in RETENTION_DAYS:
        raise ValueError(f"{field}: {days} days; CloudWatch takes {', '.join(map(str, RETENTION_DAYS))}")
