"""The KMS keys of a region, one for each class of data, and who may use them.

Children: a multi-Region key, or its replica where `replica_of` names the primary; an alias.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pulumi
from pulumi_aws import kms

from components._iam import Statement, policy_document
from components._names import fixed_name

# What KMS takes as description, and as the time between asking for a key's deletion and the deletion.
_DESCRIPTION_MAX = 8192
_DELETION_DAYS = range(7, 31)

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")


class DataClass(StrEnum):
    """What a key encrypts: who may use it follows from that."""

    DATA = "data"
    """Databases, caches, buckets, tables, images."""
    MESSAGES = "messages"
    """Queues, topics, buses, schedules."""
    LOGS = "logs"
    """Log groups, histories of state machines."""
    SECRETS = "secrets"
    """What Secrets Manager and Parameter Store keep."""


# What is stored by a service is read through it. AWS's own key of each of these services has the same condition.
_STORES: Mapping[DataClass, tuple[str, ...]] = {
    DataClass.DATA: ("dynamodb", "ecr", "elasticache", "lambda", "rds", "s3"),
    DataClass.SECRETS: ("secretsmanager", "ssm"),
}
_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
_GRANTS = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")
# Everything about the key but its use, and but kms:CreateGrant, which could give the use away.
_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:Describe*",
    "kms:Disable*",
    "kms:Enable*",
    "kms:Get*",
    "kms:List*",
    "kms:PutKeyPolicy",
    "kms:ReplicateKey",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:Update*",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """The ARNs of a region's keys."""

    data: pulumi.Input[str]
    """Key of databases, caches, buckets, tables, images."""
    messages: pulumi.Input[str]
    """Key of queues, topics, buses, schedules."""
    logs: pulumi.Input[str]
    """Key of log groups and of the histories of state machines."""
    secrets: pulumi.Input[str]
    """Key of secrets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyArgs:
    """Which key, and who may use it."""

    encrypts: DataClass
    """Class of data: data, messages, logs or secrets."""
    description: str
    """What the key encrypts; shown in the console."""
    account_id: pulumi.Input[str]
    """Account that owns the key and everything it encrypts."""
    region: str
    """Region of the key, such as us-east-1."""
    replica_of: pulumi.Input[str] | None = None
    """ARN of the multi-Region primary in another region; default none: this key is the primary."""
    deletion_window_days: int = 30
    """Days, 7 to 30, in which a scheduled deletion can still be cancelled; default 30."""
    protect: bool = True
    """Whether Pulumi refuses to delete the key; default yes, because what it encrypted is lost with it."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.description) <= _DESCRIPTION_MAX:
            raise ValueError(f"description: {len(self.description)} characters; give 1 to {_DESCRIPTION_MAX}")
        if not _REGION.fullmatch(self.region):
            raise ValueError(f"region: {self.region!r} is no region's name; write it as us-east-1")
        if self.deletion_window_days not in _DELETION_DAYS:
            raise ValueError(f"deletion_window_days: {self.deletion_window_days}; KMS takes 7 to 30 days")


class Key(pulumi.ComponentResource):
    """A multi-Region key with yearly rotation. USD 1 a month, and USD 0.03 for 10,000 requests.

    Roles of the account get their use of the key from their own IAM policies; a key of stores serves them through those
    stores only. AWS services that call KMS as themselves are named in the policy of the key they need. A replica has
    the primary's key material and rotation, but a policy of its own.
    """

    arn: pulumi.Output[str]
    key_id: pulumi.Output[str]
    alias_name: pulumi.Output[str]

    def __init__(self, name: str, args: KeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:key:Key", name, None, opts)
        policy = policy_document(_statements(args))
        key = (
            self._create_primary(name, args, policy)
            if args.replica_of is None
            else (self._create_replica(name, args, args.replica_of, policy))
        )
        alias = kms.Alias(
            name,
            # Named here: it must begin with alias/, which auto-naming would not put there.
            name=f"alias/{fixed_name(name)}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = key.arn
        self.key_id = key.key_id
        self.alias_name = alias.name
        self.register_outputs({"arn": self.arn, "key_id": self.key_id, "alias_name": self.alias_name})

    def _create_primary(self, name: str, args: KeyArgs, policy: pulumi.Output[str]) -> kms.Key:
        return kms.Key(
            name,
            description=args.description,
            multi_region=True,
            enable_key_rotation=True,
            deletion_window_in_days=args.deletion_window_days,
            policy=policy,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

    def _create_replica(
        self, name: str, args: KeyArgs, primary_arn: pulumi.Input[str], policy: pulumi.Output[str]
    ) -> kms.ReplicaKey:
        return kms.ReplicaKey(
            name,
            description=args.description,
            primary_key_arn=primary_arn,
            deletion_window_in_days=args.deletion_window_days,
            policy=policy,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )


def _statements(args: KeyArgs) -> list[Statement]:
    account = {"AWS": pulumi.Output.concat("arn:aws:iam::", args.account_id, ":root")}
    if args.encrypts in _STORES:
        return _stored(account, _STORES[args.encrypts])
    services = {DataClass.LOGS: _log_writers, DataClass.MESSAGES: _publishers}[args.encrypts](args)
    # Without the first, no IAM policy could grant any use of the key, and a mistake here could lock everybody out.
    return [Statement(sid="Account", principals=account, actions=["kms:*"], resources=["*"]), *services]


def _stored(account: Mapping[str, pulumi.Input[str]], services: tuple[str, ...]) -> list[Statement]:
    """The account's roles administer the key; they use it only through a service, and give it to services only."""
    # In any region: what a store copies to another region may be asked for from there.
    through = {"StringLike": {"kms:ViaService": [f"{service}.*.amazonaws.com" for service in services]}}
    return [
        Statement(sid="Administration", principals=account, actions=_ADMINISTRATION, resources=["*"]),
        Statement(sid="Use", principals=account, actions=_USE, resources=["*"], conditions=through),
        Statement(
            sid="Grants",
            principals=account,
            actions=_GRANTS,
            resources=["*"],
            conditions={**through, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]


def _log_writers(args: KeyArgs) -> list[Statement]:
    groups = pulumi.Output.concat(f"arn:aws:logs:{args.region}:", args.account_id, ":log-group:*")
    return [
        Statement(
            sid="Logs",
            principals={"Service": f"logs.{args.region}.amazonaws.com"},
            actions=["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        ),
        # What a state machine with a key of its own logs is encrypted on its way to the log group.
        Statement(
            sid="LogDelivery",
            principals={"Service": "delivery.logs.amazonaws.com"},
            actions=["kms:Decrypt"],
            resources=["*"],
            conditions={
                "StringLike": {
                    "kms:EncryptionContext:SourceArn": pulumi.Output.concat(
                        f"arn:aws:logs:{args.region}:", args.account_id, ":*"
                    )
                }
            },
        ),
    ]


def _publishers(args: KeyArgs) -> list[Statement]:
    """What carries messages to the account's encrypted topics, queues and buses."""
    return [
        *(
            _publisher(sid, service, args.account_id, args.region)
            for sid, service in (
                ("Alarms", "cloudwatch.amazonaws.com"),
                ("DatabaseEvents", "events.rds.amazonaws.com"),
                ("Events", "events.amazonaws.com"),
            )
        ),
        _deliverer("TopicsToQueues", "sns.amazonaws.com", args),
        _deliverer("EventsToQueues", "events.amazonaws.com", args),
        *_buses(args),
    ]


def _deliverer(sid: str, service: str, args: KeyArgs) -> Statement:
    """What a service needs to send to the account's encrypted queues; SQS puts the queue into the encryption context.

    Which topic or rule may send to which queue is the queue's own policy's to say.
    """
    queues = pulumi.Output.concat(f"arn:aws:sqs:{args.region}:", args.account_id, ":*")
    return Statement(
        sid=sid,
        principals={"Service": service},
        actions=["kms:Decrypt", "kms:GenerateDataKey*"],
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": queues}},
    )


def _buses(args: KeyArgs) -> list[Statement]:
    """What EventBridge needs to encrypt buses, rules and archives (EventBridge User Guide, encryption of both).

    Looking the key up has no encryption context, and AWS's policy puts no condition on it; it tells no secret.
    """
    events = {"Service": "events.amazonaws.com"}
    buses = pulumi.Output.concat(f"arn:aws:events:{args.region}:", args.account_id, ":event-bus/*")
    return [
        Statement(sid="BusesLookUp", principals=events, actions=["kms:DescribeKey"], resources=["*"]),
        Statement(
            sid="Buses",
            principals=events,
            # kms:ReEncrypt* is for the archives.
            actions=["kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:events:event-bus:arn": buses}},
        ),
    ]


def _publisher(sid: str, service: str, account_id: pulumi.Input[str], region: str) -> Statement:
    """What a service needs to publish to the account's encrypted topics.

    The topic in the encryption context is the condition because SNS always sends it. EventBridge sends KMS neither
    aws:SourceAccount nor aws:SourceArn, and a condition on them would drop its messages without a trace; that of the
    other two is checked by the topic's own policy.
    """
    topics = pulumi.Output.concat(f"arn:aws:sns:{region}:", account_id, ":*")
    return Statement(
        sid=sid,
        principals={"Service": service},
        actions=["kms:Decrypt", "kms:GenerateDataKey*"],
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": topics}},
    )
