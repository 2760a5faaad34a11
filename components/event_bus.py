"""Events: an EventBridge bus with an archive, its rules, and their delivery to queues.

A bus and its rules come first, then the queues that name a rule as a sender, then a delivery for each:

    bus = EventBus("shop", EventBusArgs(..., rules={"paid": Rule(pattern={"source": ["shop"], ...})}))
    billing = Queue("billing", QueueArgs(..., senders=[bus.senders["paid"]]))
    Delivery("shop-paid-billing", DeliveryArgs(bus=bus, rule="paid", queue=billing, ...))

Children of EventBus: a bus, its policy, an archive, the rules, a queue for what the bus could not encrypt or decrypt,
that queue's policy, alarms. Children of Delivery: a target, a queue for what could not be delivered, that queue's
policy, an alarm.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, sqs

from components._event_alarms import bus_alarms, delivery_alarms, rule_alarms
from components._iam import Statement, policy_document
from components._identifiers import check_queue_name
from components._names import ARCHIVE_MAX, EVENT_RULE_MAX, check_auto_name
from components._patterns import event_pattern
from components._queue_policy import Sender, statement_id
from components._undelivered import ROLE, allow_sender, check_retention, create_undelivered
from components.alarms import Alarms, AlarmsArgs, AlarmTarget
from components.queue import Queue

__all__ = ["Delivery", "DeliveryArgs", "EventBus", "EventBusArgs", "Rule"]

# EventBridge API: CreateArchive, PutRule, PutTargets (RetryPolicy, SqsParameters).
TARGET_MAX, DESCRIPTION_MAX = 64, 512
RETRIES_MAX = 185
EVENT_AGE_MIN_SECONDS, EVENT_AGE_MAX_SECONDS = 60, 86_400
GROUP_ID_MAX = 128
SERVICE = "events.amazonaws.com"

_RULE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Which events are wanted."""

    pattern: Mapping[str, Any]
    """Field → list of wanted values or matches, or a mapping of further fields, such as {"source": ["shop"],
    "detail": {"total": [{"numeric": [">", 100]}]}}."""
    description: str = ""
    """What the rule is for; default nothing."""
    enabled: bool = True
    """Whether it matches; default yes."""

    def __post_init__(self) -> None:
        event_pattern("pattern", self.pattern)
        if len(self.description) > DESCRIPTION_MAX:
            raise ValueError(f"description: {len(self.description)} characters; EventBridge takes {DESCRIPTION_MAX}")


@dataclass(frozen=True, kw_only=True, slots=True)
class EventBusArgs:
    """Who may send events, which are wanted, how long they are kept."""

    kms_key_arn: pulumi.Input[str]
    """Key that encrypts events, rules and archive; its policy must let events.amazonaws.com use it for the bus."""
    account_id: pulumi.Input[str]
    """Account whose roles may send events, as far as their own policies go."""
    alarms: AlarmTarget
    """Where its alarms go."""
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """Name (lower-case words joined by hyphens) → rule; default none."""
    publishers: Sequence[str] = ()
    """Further accounts that may send events; default none."""
    archive_retention_days: int | None = 30
    """How long every event is kept for a replay, 1 day or more; None: no archive. Default 30."""
    dead_letter_key_arn: pulumi.Input[str] | None = None
    """Key for events that the bus could not encrypt or decrypt; default kms_key_arn. Another one keeps them even if
    that key is disabled."""
    dead_letter_retention_seconds: int = 1_209_600
    """How long those are kept, 60 to 1,209,600 s; default fourteen days, SQS's longest."""
    protect: bool = True
    """Refuse to delete or replace bus, archive and the queue."""

    def __post_init__(self) -> None:
        for name in self.rules:
            if not _RULE.fullmatch(name):
                raise ValueError(f"rules: {name!r} may hold lower-case words joined by hyphens only")
        for account in self.publishers:
            if not _ACCOUNT.fullmatch(account):
                raise ValueError(f"publishers: {account!r} is no account id of twelve digits")
        if len(set(self.publishers)) < len(self.publishers):
            raise ValueError(f"publishers: {sorted(self.publishers)} names an account twice; name each once")
        if self.archive_retention_days is not None and self.archive_retention_days < 1:
            raise ValueError(
                f"archive_retention_days: {self.archive_retention_days}; give 1 or more, or None for no archive "
                "(EventBridge takes 0 as for ever)"
            )
        check_retention(self.dead_letter_retention_seconds)


class EventBus(pulumi.ComponentResource):
    """An encrypted bus with its archive and rules.

    Costs USD 0.30 a month for the three alarms of each rule and USD 0.10 for the bus's own; events and what the archive
    keeps are billed by volume. A bus with a key of its own has no schema discovery.
    """

    arn: pulumi.Output[str]
    bus_name: pulumi.Output[str]
    archive_arn: pulumi.Output[str] | None
    dead_letter_arn: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
    dead_letter_name: pulumi.Output[str]
    rules: dict[str, cloudwatch.EventRule]
    senders: dict[str, Sender]
    """For `senders` of the queues that a rule's events go to; by rule."""
    alarms: Alarms

    def __init__(self, name: str, args: EventBusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_queue_name(f"{name}-{ROLE}", "")
        if args.archive_retention_days is not None:
            check_auto_name(f"{name}-archive", ARCHIVE_MAX, "the archive")
        for rule in args.rules:
            check_auto_name(f"{name}-{rule}", EVENT_RULE_MAX, "the rule")
        super().__init__("breakwater:event_bus:EventBus", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        undelivered = create_undelivered(
            name,
            kms_key_arn=args.dead_letter_key_arn or args.kms_key_arn,
            retention_seconds=args.dead_letter_retention_seconds,
            protect=args.protect,
            parent=self,
        )
        bus = self._create_bus(name, args, undelivered)
        self.arn, self.bus_name = bus.arn, bus.name
        self.archive_arn = self._create_archive(name, args, bus)
        self.rules = {
            rule: self._create_rule(f"{name}-{rule}", definition, bus) for rule, definition in args.rules.items()
        }
        self.senders = {
            rule: Sender(sid=statement_id("Rule", f"{name}-{rule}"), service=SERVICE, source_arn=created.arn)
            for rule, created in self.rules.items()
        }
        self.dead_letter_arn, self.dead_letter_url = undelivered.arn, undelivered.url
        self.dead_letter_name = undelivered.name
        self.alarms = self._create_alarms(name, args)
        outputs = {
            "arn": self.arn,
            "bus_name": self.bus_name,
            "archive_arn": self.archive_arn,
            "dead_letter_arn": self.dead_letter_arn,
            "dead_letter_url": self.dead_letter_url,
            "dead_letter_name": self.dead_letter_name,
        }
        self.register_outputs({key: value for key, value in outputs.items() if value is not None})

    def _create_bus(self, name: str, args: EventBusArgs, undelivered: sqs.Queue) -> cloudwatch.EventBus:
        bus = cloudwatch.EventBus(
            name,
            kms_key_identifier=args.kms_key_arn,
            dead_letter_config=cloudwatch.EventBusDeadLetterConfigArgs(arn=undelivered.arn),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        cloudwatch.EventBusPolicy(
            f"{name}-policy",
            event_bus_name=bus.name,
            policy=_bus_policy(bus.arn, args.account_id, args.publishers),
            opts=self._child,
        )
        allow_sender(
            name, undelivered, Sender(sid=statement_id("Bus", name), service=SERVICE, source_arn=bus.arn), self
        )
        return bus

    def _create_archive(self, name: str, args: EventBusArgs, bus: cloudwatch.EventBus) -> pulumi.Output[str] | None:
        if args.archive_retention_days is None:
            return None
        return cloudwatch.EventArchive(
            f"{name}-archive",
            event_source_arn=bus.arn,
            retention_days=args.archive_retention_days,
            kms_key_identifier=args.kms_key_arn,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        ).arn

    def _create_rule(self, name: str, rule: Rule, bus: cloudwatch.EventBus) -> cloudwatch.EventRule:
        return cloudwatch.EventRule(
            name,
            event_bus_name=bus.name,
            event_pattern=event_pattern("pattern", rule.pattern),
            description=rule.description or None,
            state="ENABLED" if rule.enabled else "DISABLED",
            opts=self._child,
        )

    def _create_alarms(self, name: str, args: EventBusArgs) -> Alarms:
        definitions = bus_alarms(self.dead_letter_name)
        for rule, created in self.rules.items():
            definitions += rule_alarms(rule, self.bus_name, created.name)
        return Alarms(f"{name}-alarms", AlarmsArgs(target=args.alarms, definitions=definitions), opts=self._child)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryArgs:
    """Which rule's events go to which queue, and how hard EventBridge tries."""

    bus: EventBus
    """Where the events are."""
    rule: str
    """Name of one of the bus's rules; a rule has up to five deliveries."""
    queue: Queue
    """Where the events go; `bus.senders[rule]` is among its senders."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts undelivered events; its policy, like that of the queue's key, must let events.amazonaws.com use
    it."""
    alarms: AlarmTarget
    """Where the alarm goes."""
    message_group_id: str | None = None
    """FIFO queues only, and required there: the group that all the events are in."""
    input_path: str | None = None
    """The part of the event to send, such as $.detail; default the whole event."""
    retries: int = RETRIES_MAX
    """Further attempts, 0 to 185; default 185, EventBridge's most."""
    event_age_seconds: int = EVENT_AGE_MAX_SECONDS
    """How old an event may get before EventBridge gives up, 60 to 86,400 s; default a day, EventBridge's longest."""
    dead_letter_retention_seconds: int = 1_209_600
    """How long undelivered events are kept, 60 to 1,209,600 s; default fourteen days, SQS's longest."""
    protect: bool = True
    """Refuse to delete or replace the queue of undelivered events."""

    def __post_init__(self) -> None:
        if self.rule not in self.bus.rules:
            raise ValueError(
                f"rule: the bus has no {self.rule!r}; it has {', '.join(sorted(self.bus.rules)) or 'none'}"
            )
        if not any(sender is self.bus.senders[self.rule] for sender in self.queue.senders):
            raise ValueError("queue: it does not let the rule send; put bus.senders[rule] into the queue's senders")
        if self.queue.fifo and not self.queue.content_based_deduplication:
            raise ValueError(
                "queue: EventBridge gives no deduplication id, which this FIFO queue asks for; set "
                "content_based_deduplication=True on the queue"
            )
        if self.queue.fifo != (self.message_group_id is not None):
            raise ValueError("message_group_id: a FIFO queue needs one, any other has none")
        if self.message_group_id is not None and not 1 <= len(self.message_group_id) <= GROUP_ID_MAX:
            raise ValueError(f"message_group_id: {len(self.message_group_id)} characters; give 1 to {GROUP_ID_MAX}")
        if self.input_path is not None and not re.fullmatch(r"\$(\.[^\s.]+)*", self.input_path):
            raise ValueError(f"input_path: {self.input_path!r} is no path into the event; write it as $.detail")
        if not 0 <= self.retries <= RETRIES_MAX:
            raise ValueError(f"retries: {self.retries}; EventBridge takes 0 to {RETRIES_MAX}")
        if not EVENT_AGE_MIN_SECONDS <= self.event_age_seconds <= EVENT_AGE_MAX_SECONDS:
            raise ValueError(
                f"event_age_seconds: {self.event_age_seconds}; EventBridge takes {EVENT_AGE_MIN_SECONDS} to "
                f"{EVENT_AGE_MAX_SECONDS}"
            )
        check_retention(self.dead_letter_retention_seconds)


class Delivery(pulumi.ComponentResource):
    """Sends a rule's events to a queue, and what cannot be delivered to a dead-letter queue of its own.

    Costs USD 0.10 a month for the alarm.
    """

    dead_letter_arn: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
    dead_letter_name: pulumi.Output[str]
    alarms: Alarms

    def __init__(self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_auto_name(name, TARGET_MAX, "the target")
        super().__init__("breakwater:event_bus:Delivery", name, None, opts)
        # Standard even where the queue is FIFO: EventBridge takes no FIFO queue for dead letters.
        undelivered = create_undelivered(
            name,
            kms_key_arn=args.kms_key_arn,
            retention_seconds=args.dead_letter_retention_seconds,
            protect=args.protect,
            parent=self,
        )
        allowed = allow_sender(name, undelivered, args.bus.senders[args.rule], self)
        group = args.message_group_id
        cloudwatch.EventTarget(
            name,
            rule=args.bus.rules[args.rule].name,
            event_bus_name=args.bus.bus_name,
            arn=args.queue.arn,
            input_path=args.input_path,
            sqs_target=cloudwatch.EventTargetSqsTargetArgs(message_group_id=group) if group else None,
            dead_letter_config=cloudwatch.EventTargetDeadLetterConfigArgs(arn=undelivered.arn),
            retry_policy=cloudwatch.EventTargetRetryPolicyArgs(
                maximum_retry_attempts=args.retries, maximum_event_age_in_seconds=args.event_age_seconds
            ),
            # Before either policy is in force, EventBridge would lose events: it does not retry what it may not do.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.queue.policy, allowed]),
        )
        self.dead_letter_arn, self.dead_letter_url = undelivered.arn, undelivered.url
        self.dead_letter_name = undelivered.name
        self.alarms = Alarms(
            f"{name}-alarms",
            AlarmsArgs(target=args.alarms, definitions=delivery_alarms(undelivered.name)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs(
            {
                "dead_letter_arn": self.dead_letter_arn,
                "dead_letter_url": self.dead_letter_url,
                "dead_letter_name": self.dead_letter_name,
            }
        )


def _bus_policy(
    bus_arn: pulumi.Output[str], account_id: pulumi.Input[str], publishers: Sequence[str]
) -> pulumi.Output[str]:
    accounts = [("Account", account_id), *((f"Publisher{account}", account) for account in sorted(publishers))]
    return policy_document(
        [
            Statement(
                sid=sid,
                principals={"AWS": pulumi.Output.concat("arn:aws:iam::", account, ":root")},
                actions=["events:PutEvents"],
                resources=[bus_arn],
            )
            for sid, account in accounts
        ]
    )
