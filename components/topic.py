"""Fan-out: an SNS topic, standard or FIFO, whose messages go to the queues that are subscribed to it.

A topic comes first, then the queues that name it as a sender, then a subscription for each:

    orders = Topic("orders", TopicArgs(...))
    billing = Queue("billing", QueueArgs(..., senders=[orders.sender]))
    Subscription("orders-billing", SubscriptionArgs(topic=orders, queue=billing, ...))

Children of Topic: a topic, its policy, five alarms. Children of Subscription: a subscription, a queue for what could
not be delivered, that queue's policy, an alarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import sns

from components._iam import Statement, policy_document
from components._identifiers import check_queue_name
from components._names import check_auto_name
from components._patterns import FilterScope, filter_policy
from components._queue_policy import Sender, statement_id
from components._topic_alarms import subscription_alarms, topic_alarms
from components._undelivered import ROLE, allow_sender, check_retention, create_undelivered
from components.alarms import Alarms, AlarmsArgs, AlarmTarget
from components.queue import Queue

__all__ = ["FilterScope", "Subscription", "SubscriptionArgs", "Topic", "TopicArgs"]

FIFO_SUFFIX = ".fifo"
# SNS takes 256 characters; pulumi-aws makes names of topics of 80 at most.
TOPIC_MAX = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicArgs:
    """What kind of topic, and where its alarms go."""

    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the messages; who publishes needs kms:GenerateDataKey and kms:Decrypt on it."""
    alarms: AlarmTarget
    """Where its alarms go."""
    fifo: bool = False
    """Ordered per message group, each message once; default no. Changing it makes a new topic."""
    content_based_deduplication: bool = False
    """FIFO only: a message's own text is its deduplication id; default no, the publisher gives one."""

    def __post_init__(self) -> None:
        if self.content_based_deduplication and not self.fifo:
            raise ValueError("content_based_deduplication: standard topics have none; set fifo=True or leave it out")


class Topic(pulumi.ComponentResource):
    """An encrypted topic that takes messages over TLS only, from roles of the account whose policies say so.

    Costs USD 0.50 a month for the five alarms; SNS itself bills requests.
    """

    arn: pulumi.Output[str]
    topic_name: pulumi.Output[str]
    alarms: Alarms
    fifo: bool
    sender: Sender
    """For `senders` of the queues that are to be subscribed."""

    def __init__(self, name: str, args: TopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_auto_name(name, TOPIC_MAX - (len(FIFO_SUFFIX) if args.fifo else 0), "the topic")
        super().__init__("breakwater:topic:Topic", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = sns.Topic(
            name,
            # No name is given: the provider's auto-naming appends `.fifo` where fifo_topic is true.
            fifo_topic=args.fifo,
            content_based_deduplication=args.content_based_deduplication if args.fifo else None,
            kms_master_key_id=args.kms_key_arn,
            opts=child,
        )
        policy = sns.TopicPolicy(f"{name}-policy", arn=topic.arn, policy=_tls_only(topic.arn), opts=child)
        # The policy's, so that nothing publishes before it is in force.
        self.arn, self.topic_name, self.fifo = policy.arn, topic.name, args.fifo
        self.sender = Sender(sid=statement_id("Topic", name), service="sns.amazonaws.com", source_arn=topic.arn)
        self.alarms = Alarms(
            f"{name}-alarms", AlarmsArgs(target=args.alarms, definitions=topic_alarms(self.topic_name)), opts=child
        )
        self.register_outputs({"arn": self.arn, "topic_name": self.topic_name})


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriptionArgs:
    """Which messages of a topic go to which queue."""

    topic: Topic
    """What is subscribed to."""
    queue: Queue
    """Where its messages go; `topic.sender` is among its senders."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts undelivered messages; its policy, like that of the queue's key, must let sns.amazonaws.com use
    it."""
    alarms: AlarmTarget
    """Where the alarm goes."""
    filter_policy: Mapping[str, Any] | None = None
    """Field → list of wanted values or matches, such as {"kind": ["paid", {"prefix": "re"}]}; default none: every
    message. A change takes up to fifteen minutes."""
    filter_scope: FilterScope = FilterScope.ATTRIBUTES
    """Whether the filter looks at a message's attributes or at its body; default attributes."""
    raw: bool = False
    """Deliver the message alone, with its attributes as SQS attributes; default no: in SNS's JSON envelope."""
    dead_letter_retention_seconds: int = 1_209_600
    """How long undelivered messages are kept, 60 to 1,209,600 s; default fourteen days, SQS's longest."""
    protect: bool = True
    """Refuse to delete or replace the queue of undelivered messages."""

    def __post_init__(self) -> None:
        if self.queue.fifo and not self.topic.fifo:
            raise ValueError("queue: a standard topic cannot send to a FIFO queue; make the topic fifo=True")
        if not any(sender is self.topic.sender for sender in self.queue.senders):
            raise ValueError("queue: it does not let the topic send; put topic.sender into the queue's senders")
        if self.filter_policy is not None:
            filter_policy(self.filter_policy, self.filter_scope)
        elif self.filter_scope is not FilterScope.ATTRIBUTES:
            raise ValueError("filter_scope: there is no filter_policy that it could say anything about")
        check_retention(self.dead_letter_retention_seconds)


class Subscription(pulumi.ComponentResource):
    """One queue's subscription to a topic.

    SNS retries a delivery that the queue cannot take; what it gives up on goes to a dead-letter queue of the
    subscription's own, FIFO where the topic is. Costs USD 0.10 a month for the alarm.
    """

    arn: pulumi.Output[str]
    dead_letter_arn: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
    dead_letter_name: pulumi.Output[str]
    alarms: Alarms

    def __init__(self, name: str, args: SubscriptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_queue_name(f"{name}-{ROLE}", FIFO_SUFFIX if args.topic.fifo else "")
        super().__init__("breakwater:topic:Subscription", name, None, opts)
        undelivered = create_undelivered(
            name,
            kms_key_arn=args.kms_key_arn,
            retention_seconds=args.dead_letter_retention_seconds,
            protect=args.protect,
            parent=self,
            fifo=args.topic.fifo,
        )
        allowed = allow_sender(name, undelivered, args.topic.sender, self)
        filtered = args.filter_policy is not None
        subscription = sns.TopicSubscription(
            name,
            topic=args.topic.arn,
            protocol="sqs",
            endpoint=args.queue.arn,
            raw_message_delivery=args.raw,
            filter_policy=filter_policy(args.filter_policy, args.filter_scope) if args.filter_policy else None,
            filter_policy_scope=args.filter_scope.value if filtered else None,
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": undelivered.arn}, sort_keys=True),
            # Before either policy is in force, SNS would lose messages: it does not retry what it may not do.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.queue.policy, allowed]),
        )
        self.arn = subscription.arn
        self.dead_letter_arn, self.dead_letter_url = undelivered.arn, undelivered.url
        self.dead_letter_name = undelivered.name
        self.alarms = Alarms(
            f"{name}-alarms",
            AlarmsArgs(target=args.alarms, definitions=subscription_alarms(undelivered.name)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs(
            {
                "arn": self.arn,
                "dead_letter_arn": self.dead_letter_arn,
                "dead_letter_url": self.dead_letter_url,
                "dead_letter_name": self.dead_letter_name,
            }
        )


def _tls_only(topic_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    return policy_document(
        [
            Statement(
                sid="TlsOnly",
                effect="Deny",
                principals={"*": "*"},
                actions=["sns:Publish"],
                resources=[topic_arn],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            )
        ]
    )
