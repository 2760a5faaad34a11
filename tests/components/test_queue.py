"""A queue with its dead-letter queue: what is registered, what is refused, when it complains."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.queue import Queue, QueueArgs, Sender
from tests.support.data import KEY, TARGET, alarms
from tests.support.recorder import Recording, record

QUEUE, QUEUE_POLICY = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"


def args(**changes: Any) -> QueueArgs:
    return QueueArgs(**{"kms_key_arn": KEY, "alarms": TARGET, **changes})


def recorded(name: str = "jobs", **changes: Any) -> Recording:
    return record(lambda: Queue(name, args(**changes)))


@pytest.mark.feature("Q1")
def test_everything_that_is_registered() -> None:
    recording = recorded()
    assert {(r.type.split(":")[-1], r.name) for r in recording.resources} == {
        ("Queue", "jobs"),
        ("Queue", "jobs-dead-letter"),
        ("QueuePolicy", "jobs-policy"),
        ("QueuePolicy", "jobs-dead-letter-policy"),
        ("RedrivePolicy", "jobs-redrive"),
        ("RedriveAllowPolicy", "jobs-redrive-allow"),
        ("Alarms", "jobs-alarms"),
        ("MetricAlarm", "jobs-alarms-dead-letter-arrival"),
        ("MetricAlarm", "jobs-alarms-dead-letter-depth"),
        ("MetricAlarm", "jobs-alarms-age"),
        ("MetricAlarm", "jobs-alarms-depth"),
        ("MetricAlarm", "jobs-alarms-in-flight"),
    }
    component = recording.get("breakwater:queue:Queue", "jobs")
    assert all(r.parent == component.urn for r in recording.of(QUEUE))
    assert {r.urn for r in recording.resources} == {
        r.urn for r in record(lambda: Queue("jobs", args()), preview=True).resources
    }


@pytest.mark.feature("Q1")
def test_queues() -> None:
    recording = recorded(visibility_timeout_seconds=300, retention_seconds=86_400, delay_seconds=5)
    common = {
        "fifoQueue": False,
        "visibilityTimeoutSeconds": 300,
        "receiveWaitTimeSeconds": 20,
        "kmsMasterKeyId": KEY,
    }
    queue, dead_letters = recording.get(QUEUE, "jobs"), recording.get(QUEUE, "jobs-dead-letter")
    assert queue.inputs == {**common, "messageRetentionSeconds": 86_400, "delaySeconds": 5}
    assert dead_letters.inputs == {**common, "messageRetentionSeconds": 1_209_600, "delaySeconds": 0}
    assert queue.protect
    assert dead_letters.protect
    assert not recorded(protect=False).get(QUEUE, "jobs").protect


@pytest.mark.feature("Q1")
def test_fifo_makes_both_queues_fifo_and_leaves_their_names_to_the_provider() -> None:
    recording = recorded(fifo=True, content_based_deduplication=True)
    for queue in recording.of(QUEUE):
        assert queue.inputs["fifoQueue"] is True
        assert queue.inputs["contentBasedDeduplication"] is True
        assert "name" not in queue.inputs


@pytest.mark.feature("Q1")
def test_high_throughput_looks_after_each_message_group_alone() -> None:
    for queue in recorded(fifo=True, high_throughput=True).of("aws:sqs/queue:Queue"):
        assert queue.inputs["deduplicationScope"] == "messageGroup"
        assert queue.inputs["fifoThroughputLimit"] == "perMessageGroupId"
    assert not {"deduplicationScope", "fifoThroughputLimit"} & {
        key for queue in recorded(fifo=True).of("aws:sqs/queue:Queue") for key in queue.inputs
    }


@pytest.mark.feature("Q1")
def test_only_tls() -> None:
    recording = recorded()
    for policy, queue in (("jobs-policy", "jobs"), ("jobs-dead-letter-policy", "jobs-dead-letter")):
        inputs = recording.get("aws:sqs/queuePolicy:QueuePolicy", policy).inputs
        assert inputs["queueUrl"] == f"{queue}.url"
        assert json.loads(inputs["policy"])["Statement"] == [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": f"{queue}.arn",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]


@pytest.mark.feature("Q5")
def test_senders_share_the_queues_one_policy() -> None:
    rule = "arn:aws:events:us-east-1:111122223333:rule/paid"
    senders = [
        Sender(sid="TopicOrders", service="sns.amazonaws.com", source_arn="arn:aws:sns:us-east-1:111122223333:orders"),
        Sender(sid="RulePaid", service="events.amazonaws.com", source_arn=rule),
    ]
    recording = recorded(senders=senders)
    policies = {p.name: json.loads(p.inputs["policy"])["Statement"] for p in recording.of(QUEUE_POLICY)}
    assert policies.keys() == {"jobs-policy", "jobs-dead-letter-policy"}
    assert [s["Sid"] for s in policies["jobs-dead-letter-policy"]] == ["TlsOnly"]
    assert [s["Sid"] for s in policies["jobs-policy"]] == ["TlsOnly", "TopicOrders", "RulePaid"]
    assert policies["jobs-policy"][2] == {
        "Sid": "RulePaid",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "jobs.arn",
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    assert recording.result.senders == tuple(senders)
    assert recording.value(recording.result.policy.id) == "jobs-policy.id"


def test_two_senders_of_one_id_are_refused() -> None:
    sender = Sender(sid="TopicOrders", service="sns.amazonaws.com", source_arn="arn:aws:sns:us-east-1:111122223333:o")
    with pytest.raises(ValueError, match="senders: two have the id 'TopicOrders'"):
        args(senders=[sender, sender])


@pytest.mark.feature("Q1")
def test_redrive_both_ways() -> None:
    recording = recorded(max_receive_count=3)
    redrive = recording.only("aws:sqs/redrivePolicy:RedrivePolicy")
    assert redrive.inputs["queueUrl"] == "jobs.url"
    assert json.loads(redrive.inputs["redrivePolicy"]) == {
        "deadLetterTargetArn": "jobs-dead-letter.arn",
        "maxReceiveCount": 3,
    }
    allow = recording.only("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
    assert allow.inputs["queueUrl"] == "jobs-dead-letter.url"
    assert json.loads(allow.inputs["redriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": ["jobs.arn"],
    }
    assert redrive.depends_on("jobs-redrive-allow")


def test_outputs() -> None:
    recording = recorded()
    queue = recording.result
    assert {
        name: recording.value(getattr(queue, name))
        for name in ("arn", "url", "queue_name", "dead_letter_arn", "dead_letter_url", "dead_letter_name")
    } == {
        "arn": "jobs.arn",
        "url": "jobs.url",
        "queue_name": "jobs.name",
        "dead_letter_arn": "jobs-dead-letter.arn",
        "dead_letter_url": "jobs-dead-letter.url",
        "dead_letter_name": "jobs-dead-letter.name",
    }


@pytest.mark.parametrize(
    ("name", "metric", "queue", "comparison", "threshold", "severity", "periods"),
    [
        ("dead-letter-depth", "ApproximateNumberOfMessagesVisible", "jobs-dead-letter", ">=", 1, "warning", 15),
        ("age", "ApproximateAgeOfOldestMessage", "jobs", ">=", 450, "critical", 15),
        ("depth", "ApproximateNumberOfMessagesVisible", "jobs", ">", 500, "warning", 15),
        ("in-flight", "ApproximateNumberOfMessagesNotVisible", "jobs", ">=", 108_000, "critical", 5),
    ],
)
def test_alarms(
    name: str, metric: str, queue: str, comparison: str, threshold: int, severity: str, periods: int
) -> None:
    found = alarms(recorded(visibility_timeout_seconds=300, depth_alarm_messages=500))[f"jobs-alarms-{name}"].inputs
    assert found["namespace"] == "AWS/SQS"
    assert found["metricName"] == metric
    assert found["dimensions"] == {"QueueName": f"{queue}.name"}
    assert (
        found["comparisonOperator"] == {">": "GreaterThanThreshold", ">=": "GreaterThanOrEqualToThreshold"}[comparison]
    )
    assert found["threshold"] == threshold
    assert found["alarmDescription"].startswith(f"{severity}: ")
    assert found["evaluationPeriods"] == found["datapointsToAlarm"] == periods
    assert found["treatMissingData"] == "notBreaching"


def test_alarm_on_the_arrival_of_a_dead_letter() -> None:
    alarm = alarms(recorded())["jobs-alarms-dead-letter-arrival"].inputs
    *metrics, expression = alarm["metricQueries"]
    assert {m["id"]: m["metric"]["metricName"] for m in metrics} == {
        "waiting": "ApproximateNumberOfMessagesVisible",
        "taken": "ApproximateNumberOfMessagesNotVisible",
    }
    assert all(m["metric"]["dimensions"] == {"QueueName": "jobs-dead-letter.name"} for m in metrics)
    assert all(m["metric"]["stat"] == "Maximum" and m["metric"]["period"] == 60 for m in metrics)
    assert expression["expression"] == "DIFF(FILL(waiting, 0) + FILL(taken, 0))"
    assert expression["returnData"] is True
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("GreaterThanThreshold", 0)
    # The newest minute may be FILL's 0 still, so older ones must count too.
    assert (alarm["datapointsToAlarm"], alarm["evaluationPeriods"]) == (1, 5)


def test_age_alarm_can_be_set() -> None:
    assert alarms(recorded(age_alarm_seconds=60))["jobs-alarms-age"].inputs["threshold"] == 60


@pytest.mark.feature("Q2")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"visibility_timeout_seconds": 43_201}, "visibility_timeout_seconds: 43201 .* 1 to 43200"),
        ({"visibility_timeout_seconds": 0}, "visibility_timeout_seconds: 0 "),
        ({"retention_seconds": 59}, "retention_seconds: 59 .* 60 to 1209600"),
        ({"dead_letter_retention_seconds": 1_209_601}, "dead_letter_retention_seconds: 1209601 "),
        ({"dead_letter_retention_seconds": 345_600}, "dead_letter_retention_seconds: 345600 is not longer than"),
        ({"retention_seconds": 1_209_600}, "dead_letter_retention_seconds: 1209600 is not longer than"),
        ({"retention_seconds": 180}, "visibility_timeout_seconds: 180 is not shorter than retention_seconds"),
        ({"max_receive_count": 0}, "max_receive_count: 0 .* 1 to 1000"),
        ({"delay_seconds": 901}, "delay_seconds: 901 .* 0 to 900"),
        ({"depth_alarm_messages": 0}, "depth_alarm_messages: 0 .* 1 or more"),
        ({"age_alarm_seconds": 345_600}, "age_alarm_seconds: 345600"),
        ({"high_throughput": True}, "high_throughput: .* fifo=True"),
        ({"content_based_deduplication": True}, "content_based_deduplication: .* fifo=True"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)


@pytest.mark.parametrize(("fifo", "longest"), [(False, 60), (True, 55)])
def test_name_too_long_for_the_dead_letter_queue(fifo: bool, longest: int) -> None:
    recorded("q" * longest, fifo=fifo)
    with pytest.raises(ValueError, match="shorten it"):
        recorded("q" * (longest + 1), fifo=fifo)


@pytest.mark.feature("Q2")
@given(
    visibility=st.integers(-1, 50_000),
    retention=st.integers(0, 1_300_000),
    dead_letter=st.integers(0, 1_300_000),
)
def test_what_is_accepted_keeps_every_rule(visibility: int, retention: int, dead_letter: int) -> None:
    try:
        accepted = args(
            visibility_timeout_seconds=visibility,
            retention_seconds=retention,
            dead_letter_retention_seconds=dead_letter,
        )
    except ValueError:
        assert not (1 <= visibility <= 43_200 and 60 <= retention < dead_letter <= 1_209_600 and visibility < retention)
    else:
        assert accepted.visibility_timeout_seconds < accepted.retention_seconds < accepted.dead_letter_retention_seconds
