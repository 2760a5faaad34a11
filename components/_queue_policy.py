"""The policy of an SQS queue: TLS only, and which services may send; makes no resources.

A queue has one policy, which its owner writes in one resource: a second one would overwrite the first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components._iam import Statement, policy_document


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """One topic, rule or bus that may send to a queue."""

    sid: str
    """Id of its statement, letters and digits; unique in the queue's policy."""
    service: str
    """Service that sends on its behalf, such as sns.amazonaws.com."""
    source_arn: pulumi.Input[str]
    """ARN of the topic, rule or bus; nothing else of that service may send."""


def statement_id(kind: str, name: str) -> str:
    """A statement id out of a logical name: `Topic`, `order-events` → `TopicOrderEvents`."""
    return kind + "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", name))


def check_senders(senders: Sequence[Sender]) -> None:
    """Refuse two statements of one id, which SQS refuses too."""
    sids = [sender.sid for sender in senders]
    for sid in sids:
        if sids.count(sid) > 1:
            raise ValueError(f"senders: two have the id {sid!r}; name each once, and give each a sid of its own")


def queue_policy(queue_arn: pulumi.Input[str], senders: Sequence[Sender] = ()) -> pulumi.Output[str]:
    """The policy's JSON text. Roles of the account need no statement: their own policies say what they may."""
    tls_only = Statement(
        sid="TlsOnly",
        effect="Deny",
        principals={"*": "*"},
        actions=["sqs:*"],
        resources=[queue_arn],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
    return policy_document([tls_only, *(_may_send(sender, queue_arn) for sender in senders)])


def _may_send(sender: Sender, queue_arn: pulumi.Input[str]) -> Statement:
    return Statement(
        sid=sender.sid,
        principals={"Service": sender.service},
        actions=["sqs:SendMessage"],
        resources=[queue_arn],
        conditions={"ArnEquals": {"aws:SourceArn": sender.source_arn}},
    )
