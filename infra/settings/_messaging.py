"""Rules about queues, topics and event buses."""

from collections.abc import Iterator, Mapping

from components._patterns import event_pattern, filter_policy
from infra.settings._rules import component_rule, listed, nearest, problem
from infra.settings.models import Bus, Queue, Rule, Settings, Topic
from infra.settings.problems import Path, Problem


def messaging_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of what carries messages."""
    for name, queue in settings.queues.items():
        yield from _queue(("queues", name), queue)
    for name, topic in settings.topics.items():
        yield from _topic(("topics", name), topic, settings)
    for name, bus in settings.buses.items():
        yield from _bus(("buses", name), bus, settings)
    yield from _one_name_each(settings)
    yield from _distinct_routes(settings)


def destinations(settings: Settings) -> dict[str, str]:
    """Whatever tasks can send to -> its section."""
    return {name: section for section in ("buses", "topics", "queues") for name in getattr(settings, section)}


def known_queue(path: Path, queue: str, settings: Settings) -> Iterator[Problem]:
    """The queue must be one of the stack's."""
    if queue not in settings.queues:
        yield _unknown(path, queue, settings.queues, "queue")


def known_destination(path: Path, name: str, settings: Settings) -> Iterator[Problem]:
    """The queue, topic or bus must be one of the stack's."""
    if name not in (known := destinations(settings)):
        yield _unknown(path, name, known, "queue, topic or bus")


def _unknown(path: Path, name: str, known: Mapping[str, object], what: str) -> Problem:
    meant = nearest(name, known)
    return problem(
        path,
        f"there is no {what} {name}",
        listed(known),
        f"write {meant}, or add `queues.{name}`" if meant else f"add `queues.{name}`, or name one of these",
        ("queues", name),
    )


def _queue(path: Path, queue: Queue) -> Iterator[Problem]:
    if queue.visibility_timeout_seconds >= queue.retention_seconds:
        yield problem(
            (*path, "visibility_timeout_seconds"),
            f"{queue.visibility_timeout_seconds} s hidden, {queue.retention_seconds} s kept: "
            "a message would expire before its second try",
            "less than retention_seconds",
            "raise retention_seconds",
            (*path, "retention_seconds"),
        )
    if queue.dead_letter_retention_seconds <= queue.retention_seconds:
        yield problem(
            (*path, "dead_letter_retention_seconds"),
            f"dead letters are kept {queue.dead_letter_retention_seconds} s, messages {queue.retention_seconds} s; "
            "a dead letter's age counts from its first sending",
            "longer than retention_seconds, at most 1209600",
            "write 1209600" if queue.retention_seconds < 1_209_600 else "shorten retention_seconds",
            (*path, "retention_seconds"),
        )
    for field in ("content_based_deduplication", "high_throughput"):
        if getattr(queue, field) and not queue.fifo:
            yield _fifo_only((*path, field), "queue", (*path, "fifo"))


def _fifo_only(path: Path, what: str, fifo: Path) -> Problem:
    return problem(path, f"a standard {what} has none", "FIFO only", "set `fifo: true`, or remove it", fifo)


def _topic(path: Path, topic: Topic, settings: Settings) -> Iterator[Problem]:
    if topic.content_based_deduplication and not topic.fifo:
        yield _fifo_only((*path, "content_based_deduplication"), "topic", (*path, "fifo"))
    for name, subscription in topic.subscriptions.items():
        own: Path = (*path, "subscriptions", name)
        yield from known_queue(own, name, settings)
        queue = settings.queues.get(name)
        if queue and queue.fifo and not topic.fifo:
            yield problem(
                own,
                f"a standard topic cannot send to the FIFO queue {name}",
                "standard queues, or a FIFO topic",
                "set the topic's `fifo: true`",
                (*path, "fifo"),
                ("queues", name, "fifo"),
            )
        if subscription.filter is not None:
            yield from component_rule(
                (*own, "filter"),
                "correct the filter",
                filter_policy,
                subscription.filter,
                subscription.filter_scope,
                involves=((*own, "scope"),),
            )
        elif subscription.scope != "attributes":
            yield problem(
                (*own, "scope"), "there is no filter that looks there", "with a `filter` only", "remove it",
                (*own, "filter"),
            )  # fmt: skip


def _bus(path: Path, bus: Bus, settings: Settings) -> Iterator[Problem]:
    for name, rule in bus.rules.items():
        own: Path = (*path, "rules", name)
        yield from component_rule((*own, "pattern"), "correct the pattern", event_pattern, "pattern", rule.pattern)
        yield from _deliveries(own, rule, settings)


def _deliveries(path: Path, rule: Rule, settings: Settings) -> Iterator[Problem]:
    for name, delivery in rule.queues.items():
        own: Path = (*path, "queues", name)
        yield from known_queue(own, name, settings)
        queue = settings.queues.get(name)
        if queue is None:
            continue
        fifo: Path = ("queues", name, "fifo")
        if queue.fifo and not queue.content_based_deduplication:
            yield problem(
                ("queues", name, "content_based_deduplication"),
                f"EventBridge gives events for {name} no deduplication id",
                "true for a FIFO queue that gets events",
                "set `content_based_deduplication: true`",
                own,
                fifo,
            )
        if queue.fifo != (delivery.message_group is not None):
            remedy = "add `message_group`" if queue.fifo else "remove it"
            message = f"{name} is a {'FIFO' if queue.fifo else 'standard'} queue"
            allowed = "a message group for FIFO queues only"
            yield problem((*own, "message_group"), message, allowed, remedy, fifo)


def _one_name_each(settings: Settings) -> Iterator[Problem]:
    """Tasks name what they send to without saying what it is."""
    owner = dict.fromkeys(settings.queues, "queues")
    for section in ("topics", "buses"):
        for name in getattr(settings, section):
            if name in owner:
                yield problem(
                    (section, name),
                    f"{owner[name]} has a {name} too",
                    "one name across queues, topics and buses",
                    "rename one of the two",
                    (owner[name], name),
                )
            owner.setdefault(name, section)


def routes(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Each subscription and delivery: where it stands, and what it is called after."""
    for topic, of in settings.topics.items():
        for queue in of.subscriptions:
            yield ("topics", topic, "subscriptions", queue), f"{topic}-{queue}"
    for bus, within in settings.buses.items():
        for rule, wanted in within.rules.items():
            for queue in wanted.queues:
                yield ("buses", bus, "rules", rule, "queues", queue), f"{bus}-{rule}-{queue}"


def _distinct_routes(settings: Settings) -> Iterator[Problem]:
    """Names joined by hyphens may come out alike: a to b-c, and a-b to c."""
    first: dict[tuple[str | int, str], Path] = {}
    for path, name in routes(settings):
        if (path[0], name) in first:
            other = ".".join(map(str, first[path[0], name]))
            yield problem(path, f"it would be called {name}, as {other} is", "one name each", "rename one of them")
        first.setdefault((path[0], name), path)
