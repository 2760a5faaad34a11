"""Fan-out and events deployed whole: the components Topic, Subscription, EventBus and Delivery; and what is refused."""

import json
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, sqs

from components.alarms import AlarmTarget
from components.event_bus import Delivery, DeliveryArgs, EventBus, EventBusArgs, Rule
from components.queue import Queue, QueueArgs
from components.topic import FilterScope, Subscription, SubscriptionArgs, Topic, TopicArgs
from policies.rules import evaluate
from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, World, tags_of

QUEUE = "aws:sqs/queue:Queue"
KEY = f"arn:aws:kms:{US}:{ACCOUNT}:key/mrk-1234"
TARGET = AlarmTarget(topic_arn=f"arn:aws:sns:{US}:{ACCOUNT}:alarms", runbooks_url="https://example.org/runbooks")


def within(on: Where) -> pulumi.ResourceOptions:
    """Options of a component: its children inherit the provider."""
    provider = on.us.provider
    assert provider is not None
    return pulumi.ResourceOptions(providers={"aws": provider})


def attributes(world: World, name: str) -> dict[str, Any]:
    url = world.get(QUEUE, name).id
    found = world.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(found["Attributes"])


def received(world: World, name: str) -> list[str]:
    messages = world.client("sqs").receive_message(QueueUrl=world.get(QUEUE, name).id, MaxNumberOfMessages=10)
    return [message["Body"] for message in messages.get("Messages", [])]


def test_a_topic_fans_out_by_filter(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        opts = within(on)
        topic = Topic("orders", TopicArgs(kms_key_arn=KEY, alarms=TARGET), opts)
        billing, audit = (
            Queue(name, QueueArgs(kms_key_arn=KEY, alarms=TARGET, senders=[topic.sender]), opts)
            for name in ("billing", "audit")
        )
        Subscription(
            "orders-billing",
            SubscriptionArgs(
                topic=topic,
                queue=billing,
                kms_key_arn=KEY,
                alarms=TARGET,
                raw=True,
                filter_policy={"order": {"kind": ["paid"]}},
                filter_scope=FilterScope.BODY,
            ),
            opts,
        )
        Subscription("orders-audit", SubscriptionArgs(topic=topic, queue=audit, kms_key_arn=KEY, alarms=TARGET), opts)

    world = simulate(program)
    assert evaluate(list(world.outcome.graph)) == []
    topic, client = world.only("aws:sns/topic:Topic"), world.client("sns")
    shown = client.get_topic_attributes(TopicArn=topic.id)["Attributes"]
    assert shown["KmsMasterKeyId"] == KEY
    assert [s["Sid"] for s in json.loads(shown["Policy"])["Statement"]] == ["TlsOnly"]
    subscription = world.get("aws:sns/topicSubscription:TopicSubscription", "orders-billing")
    details = client.get_subscription_attributes(SubscriptionArn=subscription.id)["Attributes"]
    dead = world.get(QUEUE, "orders-billing-dead-letter")
    assert json.loads(details["RedrivePolicy"]) == {"deadLetterTargetArn": dead.outputs["arn"]}
    assert (details["RawMessageDelivery"], details["FilterPolicyScope"]) == ("true", "MessageBody")
    assert json.loads(details["FilterPolicy"]) == {"order": {"kind": ["paid"]}}
    for name in ("billing", "audit", "orders-billing-dead-letter"):
        _, allowed = json.loads(attributes(world, name)["Policy"])["Statement"]
        assert allowed["Principal"] == {"Service": "sns.amazonaws.com"}
        assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": topic.id}}
    paid, opened = (json.dumps({"order": {"kind": kind}}) for kind in ("paid", "opened"))
    for message in (paid, opened):
        client.publish(TopicArn=topic.id, Message=message)
    assert received(world, "billing") == [paid]
    assert {json.loads(body)["Message"] for body in received(world, "audit")} == {paid, opened}
    alarms = world.client("cloudwatch").describe_alarms(AlarmNamePrefix="orders-alarms-")["MetricAlarms"]
    assert {a["Dimensions"][0]["Value"] for a in alarms} == {topic.outputs["name"]}
    assert len(alarms) == 5


def test_a_fifo_topic_and_its_fifo_dead_letters(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        opts = within(on)
        topic = Topic("orders", TopicArgs(kms_key_arn=KEY, alarms=TARGET, fifo=True), opts)
        queue = Queue("billing", QueueArgs(kms_key_arn=KEY, alarms=TARGET, fifo=True, senders=[topic.sender]), opts)
        Subscription("orders-billing", SubscriptionArgs(topic=topic, queue=queue, kms_key_arn=KEY, alarms=TARGET), opts)

    world = simulate(program)
    assert evaluate(list(world.outcome.graph)) == []
    names = [world.only("aws:sns/topic:Topic").outputs["name"]]
    names += [world.get(QUEUE, name).outputs["name"] for name in ("billing", "orders-billing-dead-letter")]
    assert all(str(name).endswith(".fifo") for name in names)


def test_a_bus_delivers_to_queues(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        opts = within(on)
        rules = {
            "paid": Rule(pattern={"source": ["shop"], "detail-type": ["paid"]}, description="Orders that are paid"),
            "all": Rule(pattern={"source": [{"prefix": "shop"}]}),
        }
        bus = EventBus(
            "shop",
            EventBusArgs(kms_key_arn=KEY, account_id=ACCOUNT, alarms=TARGET, rules=rules, publishers=["444455556666"]),
            opts,
        )
        for rule, fifo in (("paid", False), ("all", True)):
            queue = Queue(
                rule,
                QueueArgs(
                    kms_key_arn=KEY,
                    alarms=TARGET,
                    senders=[bus.senders[rule]],
                    fifo=fifo,
                    content_based_deduplication=fifo,
                ),
                opts,
            )
            Delivery(
                f"shop-{rule}",
                DeliveryArgs(
                    bus=bus,
                    rule=rule,
                    queue=queue,
                    kms_key_arn=KEY,
                    alarms=TARGET,
                    message_group_id="shop" if fifo else None,
                    retries=10,
                    event_age_seconds=3_600,
                ),
                opts,
            )

    world = simulate(program)
    assert evaluate(list(world.outcome.graph)) == []
    events, bus = world.client("events"), world.only("aws:cloudwatch/eventBus:EventBus")
    assert bus.outputs["arn"] == f"arn:aws:events:{US}:{ACCOUNT}:event-bus/{bus.id}"
    shown = events.describe_event_bus(Name=bus.id)
    assert shown["KmsKeyIdentifier"] == KEY
    assert shown["DeadLetterConfig"] == {"Arn": world.get(QUEUE, "shop-dead-letter").outputs["arn"]}
    assert [s["Sid"] for s in json.loads(shown["Policy"])["Statement"]] == ["Account", "Publisher444455556666"]
    archive = world.only("aws:cloudwatch/eventArchive:EventArchive")
    kept = events.describe_archive(ArchiveName=archive.id)
    assert (kept["EventSourceArn"], kept["RetentionDays"]) == (bus.outputs["arn"], 30)
    assert (kept["KmsKeyIdentifier"], kept["ArchiveArn"]) == (KEY, archive.outputs["arn"])
    rule = world.get("aws:cloudwatch/eventRule:EventRule", "shop-paid")
    found = events.describe_rule(Name=rule.outputs["name"], EventBusName=bus.id)
    assert json.loads(found["EventPattern"]) == {"source": ["shop"], "detail-type": ["paid"]}
    assert (found["Arn"], found["State"]) == (rule.outputs["arn"], "ENABLED")
    assert rule.outputs["arn"] == f"arn:aws:events:{US}:{ACCOUNT}:rule/{bus.id}/{rule.outputs['name']}"
    (target,) = events.list_targets_by_rule(Rule=rule.outputs["name"], EventBusName=bus.id)["Targets"]
    assert target["Arn"] == world.get(QUEUE, "paid").outputs["arn"]
    assert target["DeadLetterConfig"] == {"Arn": world.get(QUEUE, "shop-paid-dead-letter").outputs["arn"]}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3_600}
    for name in ("paid", "shop-paid-dead-letter"):
        _, allowed = json.loads(attributes(world, name)["Policy"])["Statement"]
        assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": rule.outputs["arn"]}}
    for kind in ("paid", "opened"):
        entry = {"Source": "shop", "DetailType": kind, "Detail": "{}", "EventBusName": bus.id}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    assert [json.loads(body)["detail-type"] for body in received(world, "paid")] == ["paid"]
    assert len(received(world, "all")) == 2


def test_a_bus_without_a_key_and_its_archive_in_another_region(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        bus = cloudwatch.EventBus("plain", description="Plain", tags={"kind": "test"}, opts=on.eu)
        cloudwatch.EventArchive("all", event_source_arn=bus.arn, description="All of it", opts=on.eu)

    world = simulate(program)
    events, bus = world.client("events", EU), world.only("aws:cloudwatch/eventBus:EventBus")
    assert events.describe_event_bus(Name=bus.id)["Description"] == "Plain"
    tags = tags_of(events.list_tags_for_resource(ResourceARN=bus.outputs["arn"])["Tags"])
    assert tags == {"kind": "test", "owner": "tests"}
    kept = events.describe_archive(ArchiveName=world.only("aws:cloudwatch/eventArchive:EventArchive").id)
    assert (kept["RetentionDays"], kept["Description"]) == (0, "All of it")
    assert "KmsKeyIdentifier" not in kept


def test_refusals(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        bus = cloudwatch.EventBus("good", opts=on.us)
        cloudwatch.EventBus("slash", name="a/b", opts=on.us)
        cloudwatch.EventBusPolicy("broken", event_bus_name=bus.name, policy="{", opts=on.us)
        cloudwatch.EventBusPolicy("lost", event_bus_name="none", policy='{"Statement": []}', opts=on.us)
        cloudwatch.EventArchive("a" * 41, event_source_arn=bus.arn, opts=on.us)
        cloudwatch.EventArchive("negative", event_source_arn=bus.arn, retention_days=-1, opts=on.us)
        queue = sqs.Queue("fifo", fifo_queue=True, opts=on.us)
        rule = cloudwatch.EventRule("rule", event_bus_name=bus.name, event_pattern='{"source": ["a"]}', opts=on.us)
        cloudwatch.EventTarget("group", rule=rule.name, event_bus_name=bus.name, arn=queue.arn, opts=on.us)

    simulate(program, fails=True).assert_refused(
        {
            "slash": "must not contain '/'",
            "broken": "policy: not valid JSON",
            "lost": "Event bus none does not exist",
            "a" * 41: "AWS allows 48",
            "negative": "-1",
            "group": "SqsParameters must be specified",
        }
    )
