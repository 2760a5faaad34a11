"""From the settings to queues, topics and event buses.

Components of topics and buses are imported where they are made: a stack without them does not wait for their SDK.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi

from components import _thresholds
from components.queue import Queue, QueueArgs, Sender
from infra.environment import Access, event_access, producer_access, publisher_access
from infra.place import Place
from infra.settings import Settings

if TYPE_CHECKING:
    from components.event_bus import Delivery, EventBus
    from components.topic import Subscription, Topic


@dataclass(frozen=True, kw_only=True, slots=True)
class Messaging:
    """What carries messages in a region."""

    queues: Mapping[str, Queue]
    """By name."""
    topics: Mapping[str, "Topic"] = field(default_factory=dict)
    """By name."""
    buses: Mapping[str, "EventBus"] = field(default_factory=dict)
    """By name."""
    subscriptions: Mapping[tuple[str, str], "Subscription"] = field(default_factory=dict)
    """Topic and queue -> what connects the two."""
    deliveries: Mapping[tuple[str, str, str], "Delivery"] = field(default_factory=dict)
    """Bus, rule and queue -> what connects them."""

    def access(self, name: str, at: Place) -> Access:
        """What a task needs to send to a queue, topic or bus."""
        key = at.keys.messages
        if name in self.topics:
            return publisher_access(name, arn=self.topics[name].arn, kms_key_arn=key, region=at.region)
        if name in self.buses:
            return event_access(name, bus_name=self.buses[name].bus_name, arn=self.buses[name].arn)
        queue = self.queues[name]
        return producer_access(name, url=queue.url, arn=queue.arn, kms_key_arn=key, region=at.region)


def create_messaging(at: Place, opts: pulumi.ResourceOptions) -> Messaging:
    """Topics and buses, then the queues that let them send, then what sends."""
    settings = at.settings
    topics = _create_topics(at, opts) if settings.topics else {}
    buses = _create_buses(at, opts) if settings.buses else {}
    senders: dict[str, list[Sender]] = {name: [] for name in settings.queues}
    for name, topic in settings.topics.items():
        for queue in topic.subscriptions:
            senders[queue].append(topics[name].sender)
    for name, bus in settings.buses.items():
        for rule, wanted in bus.rules.items():
            for queue in wanted.queues:
                senders[queue].append(buses[name].senders[rule])
    queues = {key: create_queue(key, at, opts, senders[key]) for key in settings.queues}
    return Messaging(
        queues=queues,
        topics=topics,
        buses=buses,
        subscriptions=_create_subscriptions(at, topics, queues, opts) if topics else {},
        deliveries=_create_deliveries(at, buses, queues, opts) if buses else {},
    )


def _create_topics(at: Place, opts: pulumi.ResourceOptions) -> dict[str, "Topic"]:
    from components.topic import Topic, TopicArgs

    return {
        name: Topic(
            at.name(name),
            TopicArgs(
                kms_key_arn=at.keys.messages,
                alarms=at.alarms,
                fifo=topic.fifo,
                content_based_deduplication=topic.content_based_deduplication,
            ),
            opts=opts,
        )
        for name, topic in at.settings.topics.items()
    }


def _create_buses(at: Place, opts: pulumi.ResourceOptions) -> dict[str, "EventBus"]:
    from components.event_bus import EventBus, EventBusArgs, Rule

    return {
        name: EventBus(
            at.name(name),
            EventBusArgs(
                kms_key_arn=at.keys.messages,
                account_id=at.account_id,
                alarms=at.alarms,
                rules={rule: Rule(pattern=wanted.pattern) for rule, wanted in bus.rules.items()},
                archive_retention_days=bus.archive_days,
                protect=at.settings.protect,
            ),
            opts=opts,
        )
        for name, bus in at.settings.buses.items()
    }


def _create_subscriptions(
    at: Place, topics: Mapping[str, "Topic"], queues: Mapping[str, Queue], opts: pulumi.ResourceOptions
) -> dict[tuple[str, str], "Subscription"]:
    from components.topic import Subscription, SubscriptionArgs

    return {
        (name, queue): Subscription(
            at.name(f"{name}-{queue}"),
            SubscriptionArgs(
                topic=topics[name],
                queue=queues[queue],
                kms_key_arn=at.keys.messages,
                alarms=at.alarms,
                filter_policy=wanted.filter,
                filter_scope=wanted.filter_scope,
                raw=wanted.raw,
                protect=at.settings.protect,
            ),
            opts=opts,
        )
        for name, topic in at.settings.topics.items()
        for queue, wanted in topic.subscriptions.items()
    }


def _create_deliveries(
    at: Place, buses: Mapping[str, "EventBus"], queues: Mapping[str, Queue], opts: pulumi.ResourceOptions
) -> dict[tuple[str, str, str], "Delivery"]:
    from components.event_bus import Delivery, DeliveryArgs

    return {
        (name, rule, queue): Delivery(
            at.name(f"{name}-{rule}-{queue}"),
            DeliveryArgs(
                bus=buses[name],
                rule=rule,
                queue=queues[queue],
                kms_key_arn=at.keys.messages,
                alarms=at.alarms,
                message_group_id=delivery.message_group,
                protect=at.settings.protect,
            ),
            opts=opts,
        )
        for name, bus in at.settings.buses.items()
        for rule, wanted in bus.rules.items()
        for queue, delivery in wanted.queues.items()
    }


def create_queue(key: str, at: Place, opts: pulumi.ResourceOptions, senders: list[Sender]) -> Queue:
    """A queue with its dead-letter queue."""
    queue = at.settings.queues[key]
    return Queue(
        at.name(key),
        QueueArgs(
            kms_key_arn=at.keys.messages,
            alarms=at.alarms,
            fifo=queue.fifo,
            content_based_deduplication=queue.content_based_deduplication,
            high_throughput=queue.high_throughput,
            visibility_timeout_seconds=queue.visibility_timeout_seconds,
            retention_seconds=queue.retention_seconds,
            dead_letter_retention_seconds=queue.dead_letter_retention_seconds,
            max_receive_count=queue.max_receive_count,
            protect=at.settings.protect,
            senders=senders,
            **backlog_alarms(key, at.settings, at.region),
        ),
        opts=opts,
    )


def backlog_alarms(queue: str, settings: Settings, region: str) -> dict[str, Any]:
    """Alarm levels of a queue: the one that is written, and those that stay above the backlog that its workers'
    autoscaling aims at.

    Depth: what the most tasks are meant to have before them, past which scaling cannot help. Age: what a message waits
    for in a backlog of the intended size, if that is longer than a message stays hidden.
    """
    kept = settings.queues[queue]
    written = {} if kept.depth_alarm_messages is None else {"depth_alarm_messages": kept.depth_alarm_messages}
    workers = {key: worker for key, worker in settings.workers.items() if worker.queue == queue}
    if not workers:
        return written
    wait = max(w.backlog_per_task * w.seconds_per_message / w.concurrency for w in workers.values())
    longest = max(kept.visibility_timeout_seconds, math.ceil(wait))
    return {
        "depth_alarm_messages": sum(
            worker.backlog_per_task * settings.tasks_in(region, key, worker).max for key, worker in workers.items()
        ),
        "age_alarm_seconds": int(_thresholds.queue_age_seconds(longest, kept.retention_seconds)),
        **written,
    }
