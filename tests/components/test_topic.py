"""The topic, and what subscribes a queue to it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.queue import Queue, QueueArgs, Sender
from components.topic import FilterScope, Subscription, SubscriptionArgs, Topic, TopicArgs
from tests.support.data import KEY, TARGET, alarms
from tests.support.recorder import Recording, record

pytestmark = pytest.mark.feature("Q3")

TOPIC, POLICY = "aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION, QUEUE, QUEUE_POLICY = (
    "aws:sns/topicSubscription:TopicSubscription", "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"
)  # fmt: skip


def topic(**changes: Any) -> Topic:
    return Topic("orders", TopicArgs(kms_key_arn=KEY, alarms=TARGET, **changes))


def queue(*senders: Sender, name: str = "billing", **changes: Any) -> Queue:
    return Queue(name, QueueArgs(kms_key_arn=KEY, alarms=TARGET, senders=senders, **changes))


def subscribed(
    *, fifo: bool = False, queue_fifo: bool | None = None, name: str = "orders-billing", **changes: Any
) -> Callable[[], Subscription]:
    def program() -> Subscription:
        source = topic(fifo=fifo)
        target = queue(source.sender, fifo=fifo if queue_fifo is None else queue_fifo)
        args = SubscriptionArgs(topic=source, queue=target, kms_key_arn=KEY, alarms=TARGET, **changes)
        return Subscription(name, args)

    return program


def statements(recording: Recording, name: str, type_: str = QUEUE_POLICY) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(recording.get(type_, name).inputs["policy"])["Statement"]
    return found


def may_send(queue_name: str) -> dict[str, Any]:
    return {
        "Sid": "TopicOrders",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": f"{queue_name}.arn",
        "Condition": {"ArnEquals": {"aws:SourceArn": "orders.arn"}},
    }


def test_all_of_a_topic() -> None:
    recording = record(topic)
    assert {(r.type.rsplit(":", 1)[1], r.name) for r in recording.resources} == {
        ("Topic", "orders"),
        ("TopicPolicy", "orders-policy"),
        ("Alarms", "orders-alarms"),
        ("MetricAlarm", "orders-alarms-failed"),
        ("MetricAlarm", "orders-alarms-dead-letter-arrival"),
        ("MetricAlarm", "orders-alarms-dead-letter-lost"),
        ("MetricAlarm", "orders-alarms-invalid-attributes"),
        ("MetricAlarm", "orders-alarms-invalid-body"),
    }
    component = recording.get("breakwater:topic:Topic", "orders")
    assert recording.only(TOPIC).parent == component.urn
    assert recording.only(TOPIC).inputs == {"fifoTopic": False, "kmsMasterKeyId": KEY}
    assert recording.value(recording.result.topic_name) == "orders.name"
    preview = record(topic, preview=True)
    assert [r.urn for r in recording.resources] == [r.urn for r in preview.resources]


def test_a_fifo_topic_leaves_its_name_to_the_provider() -> None:
    recording = record(lambda: topic(fifo=True, content_based_deduplication=True))
    assert recording.only(TOPIC).inputs == {
        "fifoTopic": True, "contentBasedDeduplication": True, "kmsMasterKeyId": KEY
    }  # fmt: skip


def test_a_topic_takes_messages_over_tls_only() -> None:
    recording = record(topic)
    assert recording.only(POLICY).inputs["arn"] == "orders.arn"
    assert statements(recording, "orders-policy", POLICY) == [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": "orders.arn",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


@pytest.mark.parametrize(
    ("role", "metric", "severity", "periods", "page"),
    [
        ("failed", "NumberOfNotificationsFailed", "critical", 5, "topic-failed-deliveries"),
        ("dead-letter-arrival", "NumberOfNotificationsRedrivenToDlq", "warning", 1, "topic-dead-letters"),
        ("dead-letter-lost", "NumberOfNotificationsFailedToRedriveToDlq", "critical", 1, "topic-dead-letter-lost"),
        (
            "invalid-attributes",
            "NumberOfNotificationsFilteredOut-InvalidAttributes",
            "warning",
            5,
            "topic-invalid-messages",
        ),
        ("invalid-body", "NumberOfNotificationsFilteredOut-InvalidMessageBody", "warning", 5, "topic-invalid-messages"),
    ],
)
def test_alarms_of_a_topic(role: str, metric: str, severity: str, periods: int, page: str) -> None:
    found = alarms(record(topic))[f"orders-alarms-{role}"].inputs
    assert (found["namespace"], found["metricName"]) == ("AWS/SNS", metric)
    assert found["dimensions"] == {"TopicName": "orders.name"}
    assert (found["statistic"], found["period"]) == ("Sum", 60)
    assert (found["comparisonOperator"], found["threshold"]) == ("GreaterThanThreshold", 0)
    assert found["evaluationPeriods"] == found["datapointsToAlarm"] == periods
    assert found["treatMissingData"] == "notBreaching"
    assert found["alarmDescription"].startswith(f"{severity}: ")
    assert found["alarmDescription"].endswith(f"/{page}.md")


def test_all_of_a_subscription() -> None:
    recording = record(subscribed())
    component = recording.get("breakwater:topic:Subscription", "orders-billing")
    assert {(r.type.rsplit(":", 1)[1], r.name) for r in recording.resources if r.parent == component.urn} == {
        ("TopicSubscription", "orders-billing"),
        ("Queue", "orders-billing-dead-letter"),
        ("QueuePolicy", "orders-billing-dead-letter-policy"),
        ("Alarms", "orders-billing-alarms"),
    }
    subscription = recording.only(SUBSCRIPTION)
    assert subscription.inputs == {
        "topic": "orders.arn",
        "protocol": "sqs",
        "endpoint": "billing.arn",
        "rawMessageDelivery": False,
        "redrivePolicy": '{"deadLetterTargetArn": "orders-billing-dead-letter.arn"}',
    }
    assert subscription.depends_on("billing-policy")
    assert subscription.depends_on("orders-billing-dead-letter-policy")
    undelivered = recording.get(QUEUE, "orders-billing-dead-letter")
    assert undelivered.inputs == {"fifoQueue": False, "messageRetentionSeconds": 1_209_600, "kmsMasterKeyId": KEY}
    assert undelivered.protect
    assert not record(subscribed(protect=False)).get(QUEUE, "orders-billing-dead-letter").protect
    result = recording.result
    assert [recording.value(o) for o in (result.arn, result.dead_letter_arn, result.dead_letter_url)] == [
        "orders-billing.arn", "orders-billing-dead-letter.arn", "orders-billing-dead-letter.url"
    ]  # fmt: skip
    preview = record(subscribed(), preview=True)
    assert {r.urn for r in recording.resources} == {r.urn for r in preview.resources}


def test_just_the_topic_may_send_and_each_queue_has_one_policy() -> None:
    recording = record(subscribed())
    assert statements(recording, "billing-policy")[1:] == [may_send("billing")]
    undelivered = statements(recording, "orders-billing-dead-letter-policy")
    assert [s["Sid"] for s in undelivered] == ["TlsOnly", "TopicOrders"]
    assert undelivered[1] == may_send("orders-billing-dead-letter")
    assert len(statements(recording, "billing-dead-letter-policy")) == 1
    targets = [policy.inputs["queueUrl"] for policy in recording.of(QUEUE_POLICY)]
    assert sorted(targets) == ["billing-dead-letter.url", "billing.url", "orders-billing-dead-letter.url"]


def test_a_filter_on_the_body_and_raw_messages() -> None:
    inputs = (
        record(
            subscribed(filter_policy={"order": {"kind": ["paid"]}}, filter_scope=FilterScope.BODY, raw=True),
        )
        .only(SUBSCRIPTION)
        .inputs
    )
    assert inputs["filterPolicy"] == '{"order":{"kind":["paid"]}}'
    assert inputs["filterPolicyScope"] == "MessageBody"
    assert inputs["rawMessageDelivery"] is True


def test_a_filter_looks_at_attributes_unless_told() -> None:
    inputs = record(subscribed(filter_policy={"kind": ["paid"]})).only(SUBSCRIPTION).inputs
    assert inputs["filterPolicyScope"] == "MessageAttributes"


@pytest.mark.parametrize("queue_fifo", [True, False])
def test_dead_letters_of_a_fifo_topic_are_fifo_whatever_the_queue(queue_fifo: bool) -> None:
    recording = record(subscribed(fifo=True, queue_fifo=queue_fifo))
    assert recording.get(QUEUE, "orders-billing-dead-letter").inputs["fifoQueue"] is True


def test_alarm_of_a_subscription() -> None:
    found = alarms(record(subscribed()))["orders-billing-alarms-dead-letter-depth"].inputs
    assert (found["namespace"], found["metricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert found["dimensions"] == {"QueueName": "orders-billing-dead-letter.name"}
    assert (found["comparisonOperator"], found["threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
    assert found["alarmDescription"].endswith("/topic-dead-letters.md")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"queue_fifo": True}, "queue: a standard topic cannot send to a FIFO queue"),
        ({"filter_policy": {"kind": "paid"}}, "filter_policy: kind: a list"),
        ({"filter_policy": {}}, "filter_policy: a mapping"),
        ({"filter_policy": {"order": {"kind": ["paid"]}}}, "use the scope BODY"),
        ({"filter_scope": FilterScope.BODY}, "filter_scope: there is no filter_policy"),
        ({"dead_letter_retention_seconds": 59}, "dead_letter_retention_seconds: 59; SQS takes 60 to 1209600"),
        ({"name": "s" * 61}, "shorten it"),
        ({"fifo": True, "name": "s" * 56}, "shorten it"),
    ],
)
def test_refused_subscriptions(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        record(subscribed(**changes))


def test_a_queue_that_does_not_name_the_topic_is_refused() -> None:
    def program() -> None:
        SubscriptionArgs(topic=topic(), queue=queue(), kms_key_arn=KEY, alarms=TARGET)

    with pytest.raises(ValueError, match="queue: it does not let the topic send; put topic"):
        record(program)


def test_refused_topics() -> None:
    with pytest.raises(ValueError, match="content_based_deduplication: standard topics have none"):
        record(lambda: topic(content_based_deduplication=True))
    with pytest.raises(ValueError, match="the topic is named after it"):
        record(lambda: Topic("t" * 68, TopicArgs(kms_key_arn=KEY, alarms=TARGET, fifo=True)))


@given(st.integers(-10, 1_300_000))
def test_retention_of_dead_letters(seconds: int) -> None:
    from components._undelivered import check_retention

    if 60 <= seconds <= 1_209_600:
        check_retention(seconds)
    else:
        with pytest.raises(ValueError, match="dead_letter_retention_seconds"):
            check_retention(seconds)
