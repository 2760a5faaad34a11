"""Queues, topics, event buses."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from components._patterns import FilterScope
from infra.settings._types import Name
from infra.settings.models._model import Model


class Queue(Model):
    """A queue with its dead-letter queue, in each region."""

    fifo: bool = False
    """Whether messages keep their order and are never delivered twice; default false."""
    content_based_deduplication: bool = False
    """FIFO only: whether a message's own text is its deduplication id; default false, the sender gives one. Rules of a
    bus need it."""
    high_throughput: bool = False
    """FIFO only: whether order and duplicates are looked after within each message group alone, for more than 300
    messages a second; default false."""
    visibility_timeout_seconds: int = Field(default=180, ge=1, le=43200)
    """Seconds for which a message that was read stays hidden, 1 to 43200; default 180."""
    retention_seconds: int = Field(default=345_600, ge=60, le=1_209_600)
    """Seconds for which an unread message is kept, 60 to 1209600; default 345600 (4 days)."""
    dead_letter_retention_seconds: int = Field(default=1_209_600, ge=60, le=1_209_600)
    """Seconds for which a dead letter is kept, longer than `retention_seconds`; default 1209600 (14 days)."""
    max_receive_count: int = Field(default=5, ge=1, le=1000)
    """Reads after which a message becomes a dead letter, 1 to 1000; default 5."""
    depth_alarm_messages: int | None = Field(default=None, ge=1, le=1_000_000_000, examples=[1000])
    """Waiting messages above which is an alarm, 1 or more; default what its workers are meant to have before them at
    their most tasks, and 1000 without workers."""


class Subscription(Model):
    """Which messages of a topic go to a queue."""

    filter: Mapping[str, Any] | None = Field(default=None, examples=[{"kind": ["paid"]}])
    """Field -> list of wanted values or matches of SNS; default none: every message."""
    scope: Literal["attributes", "body"] = "attributes"
    """Whether the filter looks at a message's attributes or at its body, which then is JSON; default attributes."""
    raw: bool = False
    """Whether the message arrives alone, without SNS's envelope; default false."""

    @property
    def filter_scope(self) -> FilterScope:
        """The scope as SNS calls it."""
        return FilterScope.BODY if self.scope == "body" else FilterScope.ATTRIBUTES


class Topic(Model):
    """A topic whose messages go to the queues that are subscribed to it, in each region."""

    fifo: bool = False
    """Whether messages keep their order in each message group; default false. Its queues may be of either kind."""
    content_based_deduplication: bool = False
    """FIFO only: whether a message's own text is its deduplication id; default false, the publisher gives one."""
    subscriptions: Mapping[str, Subscription] = Field(default_factory=dict, examples=[{"orders": {}}])
    """Queue -> which messages it gets; default none."""


class Delivery(Model):
    """How a rule's events go to a queue."""

    message_group: str | None = Field(default=None, min_length=1, max_length=128, examples=["orders"])
    """FIFO queues only, and needed there: the message group of all the events; default none."""


class Rule(Model):
    """Which events of a bus go to which queues."""

    pattern: Mapping[str, Any] = Field(min_length=1, examples=[{"source": ["shop"], "detail-type": ["OrderPaid"]}])
    """Field -> list of wanted values or matches of EventBridge, or a mapping of further fields."""
    queues: Mapping[str, Delivery] = Field(min_length=1, max_length=5, examples=[{"orders": {}}])
    """Queue -> how events go there; one to five."""


class Bus(Model):
    """An event bus with its archive and rules, in each region."""

    archive_days: int | None = Field(default=30, ge=1)
    """Days for which every event is kept for a replay, 1 or more; default 30. null: no archive."""
    rules: Mapping[Name, Rule] = Field(default_factory=dict)
    """Rules by name; default none."""
