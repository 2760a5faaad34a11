"""What a worker needs of its queue: the permission to consume it, and the backlog to scale by; pure."""

from typing import TypeAlias

import pulumi
from pulumi_aws import appautoscaling

from components._iam import Statement
from components._service_alarms import INSIGHTS

_Metric: TypeAlias = (
    appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs
)
_MetricStat: TypeAlias = (
    appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatArgs
)
_MetricName: TypeAlias = (
    appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs
)
_Dimension: TypeAlias = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs  # noqa: E501


def consumer_statements(queue_arn: pulumi.Input[str], kms_key_arn: pulumi.Input[str], region: str) -> list[Statement]:
    """Receive, keep and delete messages of an encrypted queue."""
    return [
        Statement(
            sid="ConsumeQueue",
            actions=[
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            resources=[queue_arn],
        ),
        Statement(
            sid="DecryptMessages",
            actions=["kms:Decrypt"],
            resources=[kms_key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"sqs.{region}.amazonaws.com"}},
        ),
    ]


def backlog_metrics(
    queue_name: pulumi.Input[str], cluster_name: pulumi.Input[str], service_name: pulumi.Input[str]
) -> list[_Metric]:
    """Waiting messages per running task; while no task runs, all of them wait for the first one."""
    waiting = _MetricName(
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions=[_Dimension(name="QueueName", value=queue_name)],
    )
    running = _MetricName(
        namespace=INSIGHTS,
        metric_name="RunningTaskCount",
        dimensions=[
            _Dimension(name="ClusterName", value=cluster_name),
            _Dimension(name="ServiceName", value=service_name),
        ],
    )
    return [
        _Metric(
            id="backlog",
            expression="IF(running > 0, waiting / running, waiting)",
            label="Waiting messages per running task",
            return_data=True,
        ),
        _Metric(id="waiting", metric_stat=_MetricStat(metric=waiting, stat="Sum"), return_data=False),
        _Metric(id="running", metric_stat=_MetricStat(metric=running, stat="Average"), return_data=False),
    ]
