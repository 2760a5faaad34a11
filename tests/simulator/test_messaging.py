"""Queues and topics."""

import json
from typing import Any

import pulumi
from pulumi_aws import sns, sqs

from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, World

QUEUE, TOPIC = "aws:sqs/queue:Queue", "aws:sns/topic:Topic"
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}
)


def attributes(world: World, name: str, region: str = US) -> dict[str, Any]:
    url = world.get(QUEUE, name).id
    found: dict[str, Any] = world.client("sqs", region).get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(found["Attributes"])


def test_a_queue_with_its_dead_letters(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        dead = sqs.Queue("dead", message_retention_seconds=1209600, opts=on.us)
        jobs = sqs.Queue(
            "jobs",
            kms_master_key_id="alias/main",
            kms_data_key_reuse_period_seconds=300,
            visibility_timeout_seconds=180,
            receive_wait_time_seconds=20,
            tags={"kind": "work"},
            opts=on.us,
        )
        sqs.QueuePolicy("jobs", queue_url=jobs.url, policy=POLICY, opts=on.us)
        to = pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5})
        redrive = sqs.RedrivePolicy("jobs", queue_url=jobs.url, redrive_policy=to, opts=on.us)
        sqs.QueuePolicy("dead", queue_url=dead.url, policy=POLICY, opts=on.us)
        allow = pulumi.Output.json_dumps({"redrivePermission": "byQueue", "sourceQueueArns": [jobs.arn]})
        sqs.RedriveAllowPolicy("dead", queue_url=dead.url, redrive_allow_policy=allow, opts=Where.after(on.us, redrive))

    world = simulate(program)
    jobs, dead = world.get(QUEUE, "jobs"), world.get(QUEUE, "dead")
    assert jobs.id == jobs.outputs["url"] == f"https://sqs.{US}.amazonaws.com/{ACCOUNT}/{jobs.outputs['name']}"
    assert jobs.outputs["arn"] == f"arn:aws:sqs:{US}:{ACCOUNT}:{jobs.outputs['name']}"
    shown = attributes(world, "jobs")
    assert json.loads(shown["RedrivePolicy"]) == {"deadLetterTargetArn": dead.outputs["arn"], "maxReceiveCount": 5}
    assert json.loads(shown["Policy"]) == json.loads(POLICY)
    assert (shown["VisibilityTimeout"], shown["ReceiveMessageWaitTimeSeconds"]) == ("180", "20")
    assert (shown["KmsMasterKeyId"], shown["KmsDataKeyReusePeriodSeconds"]) == ("alias/main", "300")
    assert (shown["MessageRetentionPeriod"], shown["MaximumMessageSize"]) == ("345600", "262144")
    client = world.client("sqs")
    assert client.list_queue_tags(QueueUrl=jobs.id)["Tags"] == {"kind": "work", "owner": "tests"}
    buried = attributes(world, "dead")
    assert buried["MessageRetentionPeriod"] == "1209600"
    assert json.loads(buried["Policy"]) == json.loads(POLICY)
    assert json.loads(buried["RedriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [jobs.outputs["arn"]],
    }
    assert client.list_dead_letter_source_queues(QueueUrl=dead.id)["queueUrls"] == [jobs.id]


def test_a_fifo_queue(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        sqs.Queue(
            "orders",
            fifo_queue=True,
            content_based_deduplication=True,
            deduplication_scope="messageGroup",
            fifo_throughput_limit="perMessageGroupId",
            opts=on.eu,
        )

    world = simulate(program)
    assert world.get(QUEUE, "orders").outputs["name"].endswith(".fifo")
    shown = attributes(world, "orders", EU)
    assert (shown["FifoQueue"], shown["ContentBasedDeduplication"]) == ("true", "true")
    assert (shown["DeduplicationScope"], shown["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")


def test_a_topic_and_who_hears_it(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        topic = sns.Topic("alarms", kms_master_key_id="alias/main", display_name="Alarms", opts=on.us)
        sns.TopicPolicy("alarms", arn=topic.arn, policy=POLICY, opts=on.us)
        sns.TopicSubscription("mail", topic=topic.arn, protocol="email", endpoint="a@example.org", opts=on.us)
        queue = sqs.Queue("all", opts=on.us)
        sns.TopicSubscription(
            "queue",
            topic=topic.arn,
            protocol="sqs",
            endpoint=queue.arn,
            raw_message_delivery=True,
            filter_policy_scope="MessageBody",
            filter_policy=json.dumps({"severity": ["critical"]}),
            opts=on.us,
        )

    world = simulate(program)
    topic, client = world.only(TOPIC), world.client("sns")
    assert topic.id == topic.outputs["arn"] == f"arn:aws:sns:{US}:{ACCOUNT}:{topic.outputs['name']}"
    shown = client.get_topic_attributes(TopicArn=topic.id)["Attributes"]
    assert (shown["KmsMasterKeyId"], shown["DisplayName"]) == ("alias/main", "Alarms")
    assert json.loads(shown["Policy"]) == json.loads(POLICY)
    mail = world.get("aws:sns/topicSubscription:TopicSubscription", "mail")
    queue = world.get("aws:sns/topicSubscription:TopicSubscription", "queue")
    assert (mail.outputs["pendingConfirmation"], queue.outputs["pendingConfirmation"]) == (True, False)
    subscriptions = client.list_subscriptions_by_topic(TopicArn=topic.id)["Subscriptions"]
    assert {s["SubscriptionArn"]: s["Protocol"] for s in subscriptions} == {mail.id: "email", queue.id: "sqs"}
    details = client.get_subscription_attributes(SubscriptionArn=queue.id)["Attributes"]
    assert (details["RawMessageDelivery"], details["FilterPolicyScope"]) == ("true", "MessageBody")
    assert json.loads(details["FilterPolicy"]) == {"severity": ["critical"]}
    waiting = client.get_subscription_attributes(SubscriptionArn=mail.id)["Attributes"]
    assert waiting["PendingConfirmation"] == "true"


def test_refused_queues(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        sqs.Queue("slow", visibility_timeout_seconds=43201, opts=on.us)
        sqs.Queue("plain", content_based_deduplication=True, opts=on.us)
        sqs.Queue("twice", kms_master_key_id="alias/main", sqs_managed_sse_enabled=True, opts=on.us)
        dead = sqs.Queue("dead", fifo_queue=True, opts=on.us)
        jobs = sqs.Queue("jobs", opts=on.us)
        for name, policy in (
            ("mixed", {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}),
            ("lost", {"deadLetterTargetArn": f"arn:aws:sqs:{US}:{ACCOUNT}:none", "maxReceiveCount": 5}),
            ("never", {"deadLetterTargetArn": jobs.arn, "maxReceiveCount": "5"}),
            ("far", {"deadLetterTargetArn": f"arn:aws:sqs:{EU}:{ACCOUNT}:none", "maxReceiveCount": 5}),
        ):
            text = pulumi.Output.json_dumps(policy)
            sqs.RedrivePolicy(name, queue_url=jobs.url, redrive_policy=text, opts=on.us)
        sqs.RedriveAllowPolicy(
            "allow", queue_url=jobs.url, redrive_allow_policy=json.dumps({"redrivePermission": "byQueue"}), opts=on.us
        )

    reasons = simulate(program, fails=True).reasons()
    assert reasons["slow"] == "visibilityTimeoutSeconds: 43201 is no whole number from 0 to 43200"
    assert "only for FIFO queues" in reasons["plain"]
    assert "one kind of encryption" in reasons["twice"]
    assert "a FIFO queue has a FIFO dead-letter queue" in reasons["mixed"]
    assert "NonExistentQueue" in reasons["lost"]
    assert "maxReceiveCount '5' is no whole number" in reasons["never"]
    assert f"is not a queue in {US}" in reasons["far"]
    assert "sourceQueueArns goes with byQueue" in reasons["allow"]


def test_refused_topics(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        topic = sns.Topic("alarms", opts=on.us)
        sns.Topic("traced", tracing_config="On", opts=on.us)
        sns.TopicPolicy("broken", arn=topic.arn, policy="{", opts=on.us)
        sns.TopicSubscription("pigeon", topic=topic.arn, protocol="pigeon", endpoint="x", opts=on.us)
        nowhere = f"arn:aws:sns:{US}:{ACCOUNT}:none"
        sns.TopicSubscription("lost", topic=nowhere, protocol="email", endpoint="a@example.org", opts=on.us)

    reasons = simulate(program, fails=True).reasons()
    assert "tracingConfig: 'On' is not one of Active, PassThrough" in reasons["traced"]
    assert "policy: not valid JSON" in reasons["broken"]
    assert "protocol: 'pigeon' is not one of" in reasons["pigeon"]
    assert "NotFound" in reasons["lost"]
