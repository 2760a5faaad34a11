"""The queue that keeps what SNS or EventBridge could not deliver; makes its resources for the component around it."""

import pulumi
from pulumi_aws import sqs

from components._queue_policy import Sender, queue_policy
from components.alarms import AlarmDefinition, Severity

RETENTION_MIN_SECONDS, RETENTION_MAX_SECONDS = 60, 1_209_600
ROLE = "dead-letter"


def check_retention(seconds: int) -> None:
    """Refuse what SQS refuses."""
    if not RETENTION_MIN_SECONDS <= seconds <= RETENTION_MAX_SECONDS:
        raise ValueError(
            f"dead_letter_retention_seconds: {seconds}; SQS takes {RETENTION_MIN_SECONDS} to {RETENTION_MAX_SECONDS}"
        )


def create_undelivered(
    name: str,
    *,
    kms_key_arn: pulumi.Input[str],
    retention_seconds: int,
    protect: bool,
    parent: pulumi.Resource,
    fifo: bool = False,
) -> sqs.Queue:
    """`{name}-dead-letter`. What may send to it is allow_sender's, because a bus is made after its queue."""
    return sqs.Queue(
        f"{name}-{ROLE}",
        fifo_queue=fifo,
        message_retention_seconds=retention_seconds,
        kms_master_key_id=kms_key_arn,
        opts=pulumi.ResourceOptions(parent=parent, protect=protect),
    )


def allow_sender(name: str, queue: sqs.Queue, sender: Sender, parent: pulumi.Resource) -> sqs.QueuePolicy:
    """`{name}-dead-letter-policy`: TLS only, and one sender."""
    return sqs.QueuePolicy(
        f"{name}-{ROLE}-policy",
        queue_url=queue.url,
        policy=queue_policy(queue.arn, [sender]),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def waiting_alarm(
    dead_letter_name: pulumi.Input[str], *, summary: str, runbook: str, severity: Severity = Severity.WARNING
) -> AlarmDefinition:
    """`dead-letter-depth`: something waits there, which no metric of the sender's says of this one queue."""
    return AlarmDefinition(
        role=f"{ROLE}-depth",
        summary=summary,
        severity=severity,
        runbook=runbook,
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": dead_letter_name},
        statistic="Maximum",
        comparison="GreaterThanOrEqualToThreshold",
        threshold=1,
        datapoints=1,
        periods=1,
        missing="notBreaching",
    )
