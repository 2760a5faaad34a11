"""A queue with its dead-letter queue: SQS, standard or FIFO, encrypted, open to TLS only.

Children: two queues, a TLS-only policy on each, a redrive policy, a redrive-allow policy, five alarms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import sqs

from components import _thresholds
from components._identifiers import check_queue_name
from components._queue_alarms import queue_alarms
from components._queue_policy import Sender, check_senders, queue_policy
from components.alarms import Alarms, AlarmsArgs, AlarmTarget

__all__ = ["Queue", "QueueArgs", "Sender"]

# Limits of the SQS API.
VISIBILITY_MAX_SECONDS = 43_200
RETENTION_MIN_SECONDS, RETENTION_MAX_SECONDS = 60, 1_209_600
DELAY_MAX_SECONDS = 900
RECEIVE_COUNT_MAX = 1_000
# The longest SQS waits for a message: the fewest empty answers to pay for.
LONG_POLL_SECONDS = 20

DEAD_LETTER_ROLE = "dead-letter"
FIFO_SUFFIX = ".fifo"


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueArgs:
    """What a Queue keeps, for how long, and when it complains."""

    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the messages of both queues."""
    alarms: AlarmTarget
    """Where its alarms go."""
    fifo: bool = False
    """First in, first out per message group, each message once; default no. Changing it makes new queues."""
    content_based_deduplication: bool = False
    """FIFO only: a message's own text is its deduplication id; default no, the sender gives one."""
    high_throughput: bool = False
    """FIFO only: order and duplicates are looked after within each message group alone, which lifts SQS's limit of 300
    calls a second; default no."""
    visibility_timeout_seconds: int = 180
    """How long a received message stays hidden, 1 to 43,200 s; at least six times the consumer's time per message."""
    retention_seconds: int = 345_600
    """How long a message is kept, 60 to 1,209,600 s; default four days."""
    dead_letter_retention_seconds: int = 1_209_600
    """The same for dead letters, longer than retention_seconds; default fourteen days, SQS's longest."""
    max_receive_count: int = 5
    """Receptions before a message is a dead letter, 1 to 1,000."""
    delay_seconds: int = 0
    """How long a new message is held back, 0 to 900 s."""
    depth_alarm_messages: int = 1_000
    """Waiting messages above which consumers are too few."""
    age_alarm_seconds: int | None = None
    """Age of the oldest message at which consumers are behind; default 1.5 times the visibility timeout, and at most
    half the retention."""
    protect: bool = True
    """Refuse to delete or replace the queues."""
    senders: Sequence[Sender] = ()
    """Topics and rules that may send to the queue, such as `Topic.sender`; default none: only roles of the account,
    as far as their own policies go."""

    def __post_init__(self) -> None:
        _check_range("visibility_timeout_seconds", self.visibility_timeout_seconds, 1, VISIBILITY_MAX_SECONDS)
        _check_range("retention_seconds", self.retention_seconds, RETENTION_MIN_SECONDS, RETENTION_MAX_SECONDS)
        _check_range(
            "dead_letter_retention_seconds",
            self.dead_letter_retention_seconds,
            RETENTION_MIN_SECONDS,
            RETENTION_MAX_SECONDS,
        )
        _check_range("max_receive_count", self.max_receive_count, 1, RECEIVE_COUNT_MAX)
        _check_range("delay_seconds", self.delay_seconds, 0, DELAY_MAX_SECONDS)
        _check_range("depth_alarm_messages", self.depth_alarm_messages, 1, None)
        if self.age_alarm_seconds is not None:
            _check_range("age_alarm_seconds", self.age_alarm_seconds, 1, self.retention_seconds - 1)
        if self.dead_letter_retention_seconds <= self.retention_seconds:
            raise ValueError(
                f"dead_letter_retention_seconds: {self.dead_letter_retention_seconds} is not longer than "
                f"retention_seconds ({self.retention_seconds}); a dead letter of a standard queue keeps its first "
                "timestamp and could expire on arrival, so raise the former or lower the latter"
            )
        if self.visibility_timeout_seconds >= self.retention_seconds:
            raise ValueError(
                f"visibility_timeout_seconds: {self.visibility_timeout_seconds} is not shorter than retention_seconds "
                f"({self.retention_seconds}); a message would expire before its second try, so raise retention_seconds"
            )
        check_senders(self.senders)
        for field in ("content_based_deduplication", "high_throughput"):
            if getattr(self, field) and not self.fifo:
                raise ValueError(f"{field}: standard queues have none; set fifo=True or leave it out")


class Queue(pulumi.ComponentResource):
    """A queue, its dead-letter queue and the alarms on both.

    Roles that send need no mention here, their own policies say so; topics and rules do (`senders`). Costs USD 0.60 a
    month for the five alarms (one reads two metrics); SQS itself bills requests.
    """

    arn: pulumi.Output[str]
    url: pulumi.Output[str]
    queue_name: pulumi.Output[str]
    dead_letter_arn: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
    dead_letter_name: pulumi.Output[str]
    alarms: Alarms
    policy: sqs.QueuePolicy
    """What lets the senders send, for what must come after it."""
    fifo: bool
    content_based_deduplication: bool
    senders: tuple[Sender, ...]

    def __init__(self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_queue_name(f"{name}-{DEAD_LETTER_ROLE}", FIFO_SUFFIX if args.fifo else "")
        super().__init__("breakwater:queue:Queue", name, None, opts)
        dead_letters = self._create_queue(
            f"{name}-{DEAD_LETTER_ROLE}", args, retention_seconds=args.dead_letter_retention_seconds
        )
        queue = self._create_queue(
            name, args, retention_seconds=args.retention_seconds, delay_seconds=args.delay_seconds
        )
        self.fifo, self.content_based_deduplication = args.fifo, args.content_based_deduplication
        self.senders = tuple(args.senders)
        self.policy = self._create_policies(name, queue, dead_letters)
        self._create_redrive(name, args, queue, dead_letters)
        self.arn, self.url, self.queue_name = queue.arn, queue.url, queue.name
        self.dead_letter_arn, self.dead_letter_url = dead_letters.arn, dead_letters.url
        self.dead_letter_name = dead_letters.name
        definitions = queue_alarms(
            self.queue_name,
            self.dead_letter_name,
            age_seconds=args.age_alarm_seconds
            or _thresholds.queue_age_seconds(args.visibility_timeout_seconds, args.retention_seconds),
            depth_messages=args.depth_alarm_messages,
        )
        self.alarms = Alarms(
            f"{name}-alarms",
            AlarmsArgs(target=args.alarms, definitions=definitions),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs(
            {
                "arn": self.arn,
                "url": self.url,
                "queue_name": self.queue_name,
                "dead_letter_arn": self.dead_letter_arn,
                "dead_letter_url": self.dead_letter_url,
                "dead_letter_name": self.dead_letter_name,
            }
        )

    def _create_queue(self, name: str, args: QueueArgs, *, retention_seconds: int, delay_seconds: int = 0) -> sqs.Queue:
        # No name is given: the provider's auto-naming appends `.fifo` where fifo_queue is true.
        return sqs.Queue(
            name,
            fifo_queue=args.fifo,
            content_based_deduplication=args.content_based_deduplication if args.fifo else None,
            deduplication_scope="messageGroup" if args.high_throughput else None,
            fifo_throughput_limit="perMessageGroupId" if args.high_throughput else None,
            visibility_timeout_seconds=args.visibility_timeout_seconds,
            message_retention_seconds=retention_seconds,
            delay_seconds=delay_seconds,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            kms_master_key_id=args.kms_key_arn,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

    def _create_policies(self, name: str, queue: sqs.Queue, dead_letters: sqs.Queue) -> sqs.QueuePolicy:
        """Of both queues; returns the queue's own."""
        child = pulumi.ResourceOptions(parent=self)
        sqs.QueuePolicy(
            f"{name}-{DEAD_LETTER_ROLE}-policy",
            queue_url=dead_letters.url,
            policy=queue_policy(dead_letters.arn),
            opts=child,
        )
        return sqs.QueuePolicy(
            f"{name}-policy", queue_url=queue.url, policy=queue_policy(queue.arn, self.senders), opts=child
        )

    def _create_redrive(self, name: str, args: QueueArgs, queue: sqs.Queue, dead_letters: sqs.Queue) -> None:
        # Resources of their own: each queue's policy names the other queue, which no single resource could.
        allowed = sqs.RedriveAllowPolicy(
            f"{name}-redrive-allow",
            queue_url=dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps(
                {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}, sort_keys=True
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        sqs.RedrivePolicy(
            f"{name}-redrive",
            queue_url=queue.url,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": args.max_receive_count}, sort_keys=True
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed]),
        )


def _check_range(field: str, value: int, least: int, most: int | None) -> None:
    if value < least or (most is not None and value > most):
        limit = f"{least} to {most}" if most is not None else f"{least} or more"
        raise ValueError(f"{field}: {value} is outside what is allowed; give {limit}")
