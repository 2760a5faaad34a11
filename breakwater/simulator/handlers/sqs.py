"""Queues and their policies."""

from collections.abc import Callable, Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._bag import Entry, bag, document
from breakwater.simulator.handlers._store import backend, refuse

_ATTRIBUTES = {
    "contentBasedDeduplication": Entry("ContentBasedDeduplication"),
    "deduplicationScope": Entry("DeduplicationScope", allowed=("messageGroup", "queue")),
    "delaySeconds": Entry("DelaySeconds", (0, 900)),
    "fifoQueue": Entry("FifoQueue"),
    "fifoThroughputLimit": Entry("FifoThroughputLimit", allowed=("perQueue", "perMessageGroupId")),
    "kmsDataKeyReusePeriodSeconds": Entry("KmsDataKeyReusePeriodSeconds", (60, 86_400)),
    "kmsMasterKeyId": Entry("KmsMasterKeyId"),
    "maxMessageSize": Entry("MaximumMessageSize", (1_024, 1_048_576)),
    "messageRetentionSeconds": Entry("MessageRetentionPeriod", (60, 1_209_600)),
    "policy": Entry("Policy", json=True),
    "receiveWaitTimeSeconds": Entry("ReceiveMessageWaitTimeSeconds", (0, 20)),
    "redriveAllowPolicy": Entry("RedriveAllowPolicy", json=True),
    "redrivePolicy": Entry("RedrivePolicy", json=True),
    "sqsManagedSseEnabled": Entry("SqsManagedSseEnabled"),
    "visibilityTimeoutSeconds": Entry("VisibilityTimeout", (0, 43_200)),
}
"""Ranges and words: SQS API reference, CreateQueue, Attributes; the service model has them in prose only."""
_DEFAULTS = {
    "maxMessageSize": 262_144, "messageRetentionSeconds": 345_600, "visibilityTimeoutSeconds": 30
}  # fmt: skip
"""What the provider sends where the program says nothing."""
_FIFO_ONLY = ("contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit")
_MOST_RECEIVES = 1_000
"""SQS quotas, maximum receives of a redrive policy."""
_MOST_SOURCES = 10


def _attributes(c: Creation) -> Mapping[str, Any]:
    given = c.inputs
    # False is the default, and SQS refuses the attribute on a standard queue.
    inputs = _DEFAULTS | {k: v for k, v in given.items() if k not in ("fifoQueue", *_FIFO_ONLY) or v}
    if not inputs.get("fifoQueue") and (wrong := [name for name in _FIFO_ONLY if name in inputs]):
        raise MappingError(f"{', '.join(wrong)}: only for FIFO queues (fifoQueue)")
    if inputs.get("kmsMasterKeyId") and inputs.get("sqsManagedSseEnabled"):
        raise MappingError("kmsMasterKeyId, sqsManagedSseEnabled: a queue has one kind of encryption only")
    if inputs.get("fifoThroughputLimit") == "perMessageGroupId" and inputs.get("deduplicationScope") != "messageGroup":
        raise MappingError("fifoThroughputLimit: perMessageGroupId needs deduplicationScope messageGroup")
    if "redrivePolicy" in inputs:
        _check_redrive(c, inputs["redrivePolicy"], fifo=bool(inputs.get("fifoQueue")))
    if "redriveAllowPolicy" in inputs:
        _check_allow(inputs["redriveAllowPolicy"])
    return {"Attributes": bag(inputs, _ATTRIBUTES)}


def _check_redrive(c: Creation, text: str, *, fifo: bool) -> None:
    policy = document("redrivePolicy", text)
    receives = policy.get("maxReceiveCount")
    if not isinstance(receives, int) or not 1 <= receives <= _MOST_RECEIVES:
        raise MappingError(f"redrivePolicy: maxReceiveCount {receives!r} is no whole number from 1 to {_MOST_RECEIVES}")
    target = str(policy.get("deadLetterTargetArn"))
    if unknown := policy.keys() - {"deadLetterTargetArn", "maxReceiveCount"}:
        raise MappingError(f"redrivePolicy: no such member: {', '.join(sorted(unknown))}")
    if target.split(":")[2:4] != ["sqs", c.region]:
        raise MappingError(f"redrivePolicy: the dead-letter queue {target} is not a queue in {c.region}")
    if target.endswith(".fifo") != fifo:
        raise MappingError(
            f"redrivePolicy: {target}: a FIFO queue has a FIFO dead-letter queue, any other a standard one"
        )


def _check_allow(text: str) -> None:
    policy = document("redriveAllowPolicy", text)
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission not in ("allowAll", "denyAll", "byQueue"):
        raise MappingError(
            f"redriveAllowPolicy: redrivePermission {permission!r} is not one of allowAll, denyAll, byQueue"
        )
    if (permission == "byQueue") != (sources is not None):
        raise MappingError("redriveAllowPolicy: sourceQueueArns goes with byQueue, and only with it")
    if sources is not None and not 1 <= len(sources) <= _MOST_SOURCES:
        raise MappingError(f"redriveAllowPolicy: {len(sources)} sourceQueueArns; from 1 to {_MOST_SOURCES} are allowed")


def _queue(c: Creation) -> Any:
    name = str(c.inputs.get("queueUrl", c.id)).rpartition("/")[2]
    queue = backend(c, "sqs").queues.get(name)
    if queue is None:
        raise refuse("sqs:SetQueueAttributes", "AWS.SimpleQueueService.NonExistentQueue", f"there is no queue {name}")
    return queue


def _show_allow_policy(c: Creation) -> None:
    """moto keeps the attribute, but does not answer with it."""
    if text := c.inputs.get("redriveAllowPolicy"):
        queue = _queue(c)
        queue.redrive_allow_policy = text
        queue.BASE_ATTRIBUTES = [*type(queue).BASE_ATTRIBUTES, "RedriveAllowPolicy"]


def _set(name: str, check: Callable[[Creation], None] | None = None) -> Callable[[Creation], Mapping[str, Any]]:
    def parameters(c: Creation) -> Mapping[str, Any]:
        if check is not None:
            check(c)
        attributes = bag({name: c.inputs[name]}, _ATTRIBUTES)
        # moto forgets the queue's policy whenever attributes are set without it.
        kept = {"Policy": policy} if (policy := _queue(c).policy) else {}
        return {"Attributes": kept | attributes}

    return parameters


def _redrive_of(c: Creation) -> None:
    _check_redrive(c, c.inputs["redrivePolicy"], fifo=str(c.inputs["queueUrl"]).endswith(".fifo"))


def _setting(token: str, name: str, check: Callable[[Creation], None] | None = None, *, show: bool = False) -> Handler:
    """A type that sets one attribute of a queue."""
    return Handler(
        type=token,
        calls=(
            Call(
                operation="sqs:SetQueueAttributes",
                inputs=frozenset({"queueUrl"}),
                parameters=_set(name, check),
                consumes=frozenset({name}),
            ),
        ),
        id=lambda c: str(c.inputs["queueUrl"]),
        amend=_show_allow_policy if show else None,
    )


HANDLERS = (
    Handler(
        type="aws:sqs/queue:Queue",
        calls=(
            Call(
                operation="sqs:CreateQueue",
                inputs=frozenset({"name"}),
                rename={"name": "QueueName"},
                parameters=_attributes,
                consumes=frozenset(_ATTRIBUTES),
            ),
        ),
        id="QueueUrl",
        amend=_show_allow_policy,
        outputs=lambda c: {"url": c.id, "arn": c.arn("sqs", c.inputs["name"])},
    ),
    _setting("aws:sqs/queuePolicy:QueuePolicy", "policy"),
    _setting("aws:sqs/redrivePolicy:RedrivePolicy", "redrivePolicy", _redrive_of),
    _setting(
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        "redriveAllowPolicy",
        lambda c: _check_allow(c.inputs["redriveAllowPolicy"]),
        show=True,
    ),
)
