"""Topics and their subscriptions."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._bag import Entry, bag
from breakwater.simulator.handlers._store import backend

_TOPIC = {
    "archivePolicy": Entry("ArchivePolicy", json=True),
    "contentBasedDeduplication": Entry("ContentBasedDeduplication"),
    "deliveryPolicy": Entry("DeliveryPolicy", json=True),
    "displayName": Entry("DisplayName"),
    "fifoThroughputScope": Entry("FifoThroughputScope", allowed=("Topic", "MessageGroup")),
    "fifoTopic": Entry("FifoTopic"),
    "kmsMasterKeyId": Entry("KmsMasterKeyId"),
    "maximumMessageSize": Entry("MaximumMessageSize", (1_024, 1_048_576)),
    "policy": Entry("Policy", json=True),
    "signatureVersion": Entry("SignatureVersion", (1, 2)),
    "tracingConfig": Entry("TracingConfig", allowed=("Active", "PassThrough")),
} | {
    f"{protocol}{kind}": Entry(f"{api}{kind}", span)
    for protocol, api in (
        ("application", "Application"), ("firehose", "Firehose"), ("http", "HTTP"), ("lambda", "Lambda"), ("sqs", "SQS")
    )
    for kind, span in (
        ("FailureFeedbackRoleArn", None), ("SuccessFeedbackRoleArn", None), ("SuccessFeedbackSampleRate", (0, 100))
    )
}  # fmt: skip
"""SNS API reference, CreateTopic and SetTopicAttributes."""
_SUBSCRIPTION = {
    "deliveryPolicy": Entry("DeliveryPolicy", json=True),
    "filterPolicy": Entry("FilterPolicy", json=True),
    "filterPolicyScope": Entry("FilterPolicyScope", allowed=("MessageAttributes", "MessageBody")),
    "rawMessageDelivery": Entry("RawMessageDelivery"),
    "redrivePolicy": Entry("RedrivePolicy", json=True),
    "subscriptionRoleArn": Entry("SubscriptionRoleArn"),
}
_PROTOCOLS = ("sqs", "sms", "lambda", "firehose", "application", "email", "email-json", "http", "https")
_BY_HAND = ("email", "email-json", "http", "https")
"""Protocols whose endpoint must confirm before it gets anything."""


def _topic(c: Creation) -> Mapping[str, Any]:
    # SNS refuses FifoTopic on a standard topic, even when false.
    inputs = {k: v for k, v in c.inputs.items() if v is not False}
    if "contentBasedDeduplication" in inputs and "fifoTopic" not in inputs:
        raise MappingError("contentBasedDeduplication: only for FIFO topics (fifoTopic)")
    return {"Attributes": bag(inputs, _TOPIC)}


def _subscription(c: Creation) -> Mapping[str, Any]:
    if c.inputs["protocol"] not in _PROTOCOLS:
        raise MappingError(f"protocol: {c.inputs['protocol']!r} is not one of {', '.join(_PROTOCOLS)}")
    inputs = {k: v for k, v in c.inputs.items() if v is not False}
    return {"ReturnSubscriptionArn": True, "Attributes": bag(inputs, _SUBSCRIPTION)}


def _await_confirmation(c: Creation) -> None:
    """moto takes every subscription as confirmed."""
    if c.inputs["protocol"] in _BY_HAND:
        attributes = backend(c, "sns").subscriptions[c.id].attributes
        attributes |= {"PendingConfirmation": "true", "ConfirmationWasAuthenticated": "false"}


HANDLERS = (
    Handler(
        type="aws:sns/topic:Topic",
        calls=(
            Call(
                operation="sns:CreateTopic",
                inputs=frozenset({"name"}),
                parameters=_topic,
                consumes=frozenset(_TOPIC),
            ),
        ),
        id="TopicArn",
        outputs=lambda c: {"arn": c.id, "owner": c.account},
    ),
    Handler(
        type="aws:sns/topicPolicy:TopicPolicy",
        calls=(
            Call(
                operation="sns:SetTopicAttributes",
                inputs=frozenset({"arn"}),
                rename={"arn": "TopicArn"},
                parameters=lambda c: {
                    "AttributeName": "Policy",
                    "AttributeValue": bag({"policy": c.inputs["policy"]}, _TOPIC)["Policy"],
                },
                consumes=frozenset({"policy"}),
            ),
        ),
        id=lambda c: str(c.inputs["arn"]),
        outputs=lambda c: {"owner": c.account},
    ),
    Handler(
        type="aws:sns/topicSubscription:TopicSubscription",
        calls=(
            Call(
                operation="sns:Subscribe",
                inputs=frozenset({"topic", "protocol", "endpoint"}),
                rename={"topic": "TopicArn"},
                parameters=_subscription,
                consumes=frozenset(_SUBSCRIPTION),
            ),
        ),
        id="SubscriptionArn",
        amend=_await_confirmation,
        outputs=lambda c: {
            "arn": c.id,
            "ownerId": c.account,
            "pendingConfirmation": c.inputs["protocol"] in _BY_HAND,
            "confirmationWasAuthenticated": c.inputs["protocol"] not in _BY_HAND,
        },
        held={
            "confirmationTimeoutInMinutes": "how long the provider waits",
            "endpointAutoConfirms": "how the provider waits",
            "replayPolicy": "moto refuses the attribute",
        },
    ),
)
