"""No message is lost in silence: every queue that is consumed has a dead-letter queue."""

from collections.abc import Iterable, Sequence

from ._model import Resource, StackRule, absent, block

_QUEUE = "aws:sqs/queue:Queue"
_REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"


def _dead_letters(resources: Sequence[Resource]) -> frozenset[str]:
    """URNs of the queues that others send their failures to, by reference: their ARNs are unknown in a preview."""
    found = set[str]()
    for resource in resources:
        found |= resource.refers("redrivePolicy", "deadLetterConfig")
        if not absent(block(resource.properties, "target", "deadLetterConfig")):
            found |= resource.refers("target")
        if not absent(block(resource.properties, "destinationConfig", "onFailure")):
            found |= resource.refers("destinationConfig")
    return frozenset(found)


def _dead_letter_queue(resources: Sequence[Resource]) -> Iterable[tuple[str, str]]:
    exempt = _dead_letters(resources)
    redriven = frozenset[str]().union(*(r.refers("queueUrl") for r in resources if r.type == _REDRIVE))
    for resource in resources:
        if resource.type != _QUEUE or resource.urn in exempt | redriven:
            continue
        if absent(resource.properties.get("redrivePolicy")):
            yield (
                resource.urn,
                "no redrive policy, and no queue, topic, rule, schedule or function sends its failures here",
            )


RULES = (
    StackRule(
        name="queue-has-dead-letter-queue",
        description="Every queue that is not itself a dead-letter queue has a redrive policy.",
        remedy="Use the Queue component, or set redrive_policy.",
        check=_dead_letter_queue,
    ),
)
