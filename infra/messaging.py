"""From the settings to queues."""

import math
from typing import Any

import pulumi

from components import _thresholds
from components.queue import Queue, QueueArgs
from infra.place import Place
from infra.settings import Settings


def create_queue(key: str, at: Place, opts: pulumi.ResourceOptions) -> Queue:
    """A queue with its dead-letter queue."""
    queue = at.settings.queues[key]
    return Queue(
        at.name(key),
        QueueArgs(
            kms_key_arn=at.keys.messages,
            alarms=at.alarms,
            fifo=queue.fifo,
            visibility_timeout_seconds=queue.visibility_timeout_seconds,
            retention_seconds=queue.retention_seconds,
            dead_letter_retention_seconds=queue.dead_letter_retention_seconds,
            max_receive_count=queue.max_receive_count,
            protect=at.settings.protect,
            **backlog_alarms(key, at.settings, at.region),
        ),
        opts=opts,
    )


def backlog_alarms(queue: str, settings: Settings, region: str) -> dict[str, Any]:
    """Alarm levels of a queue that stay above the backlog its workers' autoscaling aims at; none without workers.

    Depth: what the most tasks are meant to have before them, past which scaling cannot help. Age: what a message waits
    for in a backlog of the intended size, handled one at a time, if that is longer than a message stays hidden.
    """
    workers = {key: worker for key, worker in settings.workers.items() if worker.queue == queue}
    if not workers:
        return {}
    kept = settings.queues[queue]
    wait = max(worker.backlog_per_task * worker.seconds_per_message for worker in workers.values())
    longest = max(kept.visibility_timeout_seconds, math.ceil(wait))
    return {
        "depth_alarm_messages": sum(
            worker.backlog_per_task * settings.tasks_in(region, key, worker).max for key, worker in workers.items()
        ),
        "age_alarm_seconds": int(_thresholds.queue_age_seconds(longest, kept.retention_seconds)),
    }
