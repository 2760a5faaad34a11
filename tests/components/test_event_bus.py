"""The event bus, its rules, and what delivers events to queues."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.event_bus import Delivery, DeliveryArgs, EventBus, EventBusArgs, Rule
from components.queue import Queue, QueueArgs
from tests.support.data import ACCOUNT, KEY, TARGET, alarms
from tests.support.recorder import Recording, record

pytestmark = pytest.mark.feature("Q4")

BUS, RULE, TARGET_TYPE = (
    "aws:cloudwatch/eventBus:EventBus", "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
)  # fmt: skip
ARCHIVE, BUS_POLICY = "aws:cloudwatch/eventArchive:EventArchive", "aws:cloudwatch/eventBusPolicy:EventBusPolicy"
QUEUE, QUEUE_POLICY = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"

PAID = Rule(pattern={"source": ["shop"], "detail-type": ["paid"]}, description="Orders that are paid")
OTHER_KEY = KEY + "-other"


def bus(name: str = "shop", **changes: Any) -> EventBus:
    given: dict[str, Any] = {
        "kms_key_arn": KEY,
        "account_id": ACCOUNT,
        "alarms": TARGET,
        "rules": {"paid": PAID},
    } | changes
    return EventBus(name, EventBusArgs(**given))


def delivered(
    *, fifo: bool = False, deduplication: bool | None = None, name: str = "paid-billing", **changes: Any
) -> Callable[[], Delivery]:
    def program() -> Delivery:
        source = bus()
        target = Queue(
            "billing",
            QueueArgs(
                kms_key_arn=KEY,
                alarms=TARGET,
                senders=[source.senders["paid"]],
                fifo=fifo,
                content_based_deduplication=fifo if deduplication is None else deduplication,
            ),
        )
        given: dict[str, Any] = {
            "bus": source,
            "rule": "paid",
            "queue": target,
            "kms_key_arn": KEY,
            "alarms": TARGET,
        } | changes
        return Delivery(name, DeliveryArgs(**given))

    return program


def statements(recording: Recording, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(recording.get(QUEUE_POLICY, name).inputs["policy"])["Statement"]
    return found


def may_send(queue_name: str, sid: str, source: str) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": f"{queue_name}.arn",
        "Condition": {"ArnEquals": {"aws:SourceArn": f"{source}.arn"}},
    }


def test_all_of_a_bus() -> None:
    recording = record(bus)
    assert {(r.type.rsplit(":", 1)[1], r.name) for r in recording.resources} == {
        ("EventBus", "shop"),
        ("EventBusPolicy", "shop-policy"),
        ("EventArchive", "shop-archive"),
        ("EventRule", "shop-paid"),
        ("Queue", "shop-dead-letter"),
        ("QueuePolicy", "shop-dead-letter-policy"),
        ("Alarms", "shop-alarms"),
        ("MetricAlarm", "shop-alarms-dead-letter-depth"),
        ("MetricAlarm", "shop-alarms-paid-failed"),
        ("MetricAlarm", "shop-alarms-paid-dead-letter-arrival"),
        ("MetricAlarm", "shop-alarms-paid-dead-letter-lost"),
    }
    component = recording.get("breakwater:event_bus:EventBus", "shop")
    created = recording.get(BUS, "shop")
    assert created.parent == component.urn
    assert created.inputs == {"kmsKeyIdentifier": KEY, "deadLetterConfig": {"arn": "shop-dead-letter.arn"}}
    undelivered = recording.only(QUEUE)
    assert undelivered.inputs == {"fifoQueue": False, "messageRetentionSeconds": 1_209_600, "kmsMasterKeyId": KEY}
    assert created.protect
    assert undelivered.protect
    assert recording.only(ARCHIVE).protect
    unprotected = record(lambda: bus(protect=False))
    assert not any(unprotected.only(type_).protect for type_ in (QUEUE, ARCHIVE))
    assert [r.urn for r in recording.resources] == [r.urn for r in record(bus, preview=True).resources]
    outputs = recording.outputs[component.urn]
    assert outputs["bus_name"] == "shop.name"
    assert outputs["archive_arn"] == "shop-archive.arn"


def test_the_rule() -> None:
    inputs = record(bus).only(RULE).inputs
    assert inputs == {
        "eventBusName": "shop.name",
        "eventPattern": '{"detail-type":["paid"],"source":["shop"]}',
        "description": "Orders that are paid",
        "state": "ENABLED",
    }
    off = {"paid": Rule(pattern={"source": ["shop"]}, enabled=False)}
    assert record(lambda: bus(rules=off)).only(RULE).inputs["state"] == "DISABLED"


def test_the_archive_is_kept_for_as_long_as_asked_or_left_out() -> None:
    assert record(lambda: bus(archive_retention_days=7)).only(ARCHIVE).inputs == {
        "eventSourceArn": "shop.arn",
        "retentionDays": 7,
        "kmsKeyIdentifier": KEY,
    }
    recording = record(lambda: bus(archive_retention_days=None))
    assert not recording.of(ARCHIVE)
    assert recording.result.archive_arn is None


def test_who_may_send_to_the_bus() -> None:
    recording = record(lambda: bus(publishers=["444455556666"]))
    policy = recording.only(BUS_POLICY).inputs
    assert policy["eventBusName"] == "shop.name"
    assert json.loads(policy["policy"])["Statement"] == [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "events:PutEvents",
            "Resource": "shop.arn",
        }
        for sid, account in (("Account", ACCOUNT), ("Publisher444455556666", "444455556666"))
    ]


def test_what_the_key_refuses_can_be_kept_under_another() -> None:
    recording = record(lambda: bus(dead_letter_key_arn=OTHER_KEY, dead_letter_retention_seconds=60))
    assert recording.only(QUEUE).inputs["kmsMasterKeyId"] == OTHER_KEY
    assert recording.only(QUEUE).inputs["messageRetentionSeconds"] == 60
    assert statements(recording, "shop-dead-letter-policy")[1] == may_send("shop-dead-letter", "BusShop", "shop")


@pytest.mark.parametrize(
    ("role", "metric", "severity", "page"),
    [
        ("failed", "FailedInvocations", "warning", "event-bus-failed-deliveries"),
        ("dead-letter-arrival", "InvocationsSentToDlq", "warning", "event-bus-dead-letters"),
        ("dead-letter-lost", "InvocationsFailedToBeSentToDlq", "critical", "event-bus-dead-letter-lost"),
    ],
)
def test_alarms_of_a_rule(role: str, metric: str, severity: str, page: str) -> None:
    found = alarms(record(bus))[f"shop-alarms-paid-{role}"].inputs
    assert (found["namespace"], found["metricName"], found["statistic"]) == ("AWS/Events", metric, "Sum")
    assert found["dimensions"] == {"EventBusName": "shop.name", "RuleName": "shop-paid.name"}
    assert (found["comparisonOperator"], found["threshold"]) == ("GreaterThanThreshold", 0)
    assert found["evaluationPeriods"] == found["datapointsToAlarm"] == 1
    assert found["treatMissingData"] == "notBreaching"
    assert found["alarmDescription"].startswith(f"{severity}: ")
    assert found["alarmDescription"].endswith(f"/{page}.md")


@pytest.mark.parametrize(
    ("alarm", "queue", "severity", "page"),
    [
        ("shop-alarms-dead-letter-depth", "shop-dead-letter", "critical", "event-bus-key-errors"),
        ("paid-billing-alarms-dead-letter-depth", "paid-billing-dead-letter", "warning", "event-bus-dead-letters"),
    ],
)
def test_alarms_on_dead_letters(alarm: str, queue: str, severity: str, page: str) -> None:
    found = alarms(record(delivered()))[alarm].inputs
    assert (found["namespace"], found["metricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert found["dimensions"] == {"QueueName": f"{queue}.name"}
    assert (found["comparisonOperator"], found["threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
    assert found["alarmDescription"].startswith(f"{severity}: ")
    assert found["alarmDescription"].endswith(f"/{page}.md")


def test_all_of_a_delivery() -> None:
    recording = record(delivered())
    component = recording.get("breakwater:event_bus:Delivery", "paid-billing")
    assert {(r.type.rsplit(":", 1)[1], r.name) for r in recording.resources if r.parent == component.urn} == {
        ("EventTarget", "paid-billing"),
        ("Queue", "paid-billing-dead-letter"),
        ("QueuePolicy", "paid-billing-dead-letter-policy"),
        ("Alarms", "paid-billing-alarms"),
    }
    target = recording.only(TARGET_TYPE)
    assert target.inputs == {
        "rule": "shop-paid.name",
        "eventBusName": "shop.name",
        "arn": "billing.arn",
        "deadLetterConfig": {"arn": "paid-billing-dead-letter.arn"},
        "retryPolicy": {"maximumRetryAttempts": 185, "maximumEventAgeInSeconds": 86_400},
    }
    assert target.depends_on("billing-policy")
    assert target.depends_on("paid-billing-dead-letter-policy")
    undelivered = recording.get(QUEUE, "paid-billing-dead-letter")
    assert undelivered.inputs == {"fifoQueue": False, "messageRetentionSeconds": 1_209_600, "kmsMasterKeyId": KEY}
    assert undelivered.protect
    assert not record(delivered(protect=False)).get(QUEUE, "paid-billing-dead-letter").protect
    assert recording.value(recording.result.dead_letter_url) == "paid-billing-dead-letter.url"
    preview = record(delivered(), preview=True)
    assert {r.urn for r in recording.resources} == {r.urn for r in preview.resources}


def test_just_the_rule_may_send() -> None:
    recording = record(delivered())
    assert statements(recording, "billing-policy")[1:] == [may_send("billing", "RuleShopPaid", "shop-paid")]
    assert [s["Sid"] for s in statements(recording, "paid-billing-dead-letter-policy")] == ["TlsOnly", "RuleShopPaid"]


def test_a_fifo_queue_gets_a_group_and_dead_letters_stay_standard() -> None:
    recording = record(delivered(fifo=True, message_group_id="orders", input_path="$.detail"))
    inputs = recording.only(TARGET_TYPE).inputs
    assert inputs["sqsTarget"] == {"messageGroupId": "orders"}
    assert inputs["inputPath"] == "$.detail"
    assert recording.get(QUEUE, "paid-billing-dead-letter").inputs["fifoQueue"] is False


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rules": {"Paid": PAID}}, "rules: 'Paid' may hold lower-case words"),
        ({"publishers": ["12"]}, "publishers: '12' is no account id"),
        ({"publishers": ["444455556666"] * 2}, "publishers: .* names an account twice"),
        ({"archive_retention_days": 0}, "archive_retention_days: 0; give 1 or more, or None"),
        ({"dead_letter_retention_seconds": 1_209_601}, "dead_letter_retention_seconds: 1209601"),
        ({"name": "b" * 33}, "the archive is named after it"),
        ({"name": "b" * 32, "rules": {"r" * 24: PAID}}, "the rule is named after it"),
        ({"name": "b" * 62, "archive_retention_days": None, "rules": {}}, "shorten it"),
    ],
)
def test_refused_buses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        record(lambda: bus(**changes))


def test_refused_rules() -> None:
    with pytest.raises(ValueError, match="pattern: an event has no 'type'"):
        Rule(pattern={"type": ["paid"]})
    with pytest.raises(ValueError, match="description: 513 characters; EventBridge takes 512"):
        Rule(pattern={"source": ["shop"]}, description="d" * 513)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "lost"}, "rule: the bus has no 'lost'; it has paid"),
        ({"fifo": True}, "message_group_id: a FIFO queue needs one"),
        ({"fifo": True, "deduplication": False, "message_group_id": "g"}, "queue: EventBridge gives no deduplication"),
        ({"message_group_id": "orders"}, "message_group_id: a FIFO queue needs one, any other has none"),
        ({"fifo": True, "message_group_id": "g" * 129}, "message_group_id: 129 characters; give 1 to 128"),
        ({"input_path": "detail"}, r"input_path: 'detail' .* write it as \$.detail"),
        ({"dead_letter_retention_seconds": 1}, "dead_letter_retention_seconds: 1;"),
        ({"name": "d" * 57}, "the target is named after it"),
    ],
)
def test_refused_deliveries(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        record(delivered(**changes))


def test_a_queue_that_does_not_name_the_rule_is_refused() -> None:
    def program() -> None:
        source = bus(rules={"paid": PAID, "lost": PAID})
        queue = Queue("billing", QueueArgs(kms_key_arn=KEY, alarms=TARGET, senders=[source.senders["lost"]]))
        DeliveryArgs(bus=source, rule="paid", queue=queue, kms_key_arn=KEY, alarms=TARGET)

    with pytest.raises(ValueError, match="queue: it does not let the rule send"):
        record(program)


@settings(max_examples=25)
@given(retries=st.integers(-2, 190), age=st.integers(50, 86_410))
def test_retries_and_age_within_eventbridges_limits(retries: int, age: int) -> None:
    program = delivered(retries=retries, event_age_seconds=age)
    if 0 <= retries <= 185 and 60 <= age <= 86_400:
        policy = record(program).only(TARGET_TYPE).inputs["retryPolicy"]
        assert policy == {"maximumRetryAttempts": retries, "maximumEventAgeInSeconds": age}
    else:
        with pytest.raises(ValueError, match=r"^(retries|event_age_seconds): "):
            record(program)
