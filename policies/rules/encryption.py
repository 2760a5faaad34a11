"""Whatever stores data is encrypted with the stack's own key, which rotates; the cache on the wire too."""

from collections.abc import Callable, Iterable

from ._model import UNKNOWN, Properties, Rule, absent, off

_REMEDY = "Give it the key of its region (`kms_key_arn` of the component)."


def _own_key(key: str) -> Callable[[Properties], Iterable[str]]:
    """A check that the property names a key that is not one of AWS's own."""

    def check(properties: Properties) -> Iterable[str]:
        value = properties.get(key)
        if absent(value):
            yield f"{key} is not set"
        elif value != UNKNOWN and "alias/aws/" in str(value):
            yield f"{key} is a key that AWS manages, whose policy cannot be narrowed"

    return check


def _encrypted_by(switch: str, key: str) -> Callable[[Properties], Iterable[str]]:
    """A check that encryption is switched on and uses an own key."""
    own_key = _own_key(key)

    def check(properties: Properties) -> Iterable[str]:
        if off(properties.get(switch)):
            yield f"{switch} is not true"
        yield from own_key(properties)

    return check


def _database(properties: Properties) -> Iterable[str]:
    if absent(properties.get("replicateSourceDb")):
        yield from _encrypted_by("storageEncrypted", "kmsKeyId")(properties)
    elif properties.get("storageEncrypted") is False:
        # A replica is encrypted as its source is; in the same region it must not name a key at all.
        yield "storageEncrypted is false on a replica"


def _cache(properties: Properties) -> Iterable[str]:
    """A secondary of a Global Datastore is encrypted as its primary is, and must not say so; the key is its own."""
    if absent(properties.get("globalReplicationGroupId")):
        yield from _encrypted_by("atRestEncryptionEnabled", "kmsKeyId")(properties)
    else:
        yield from _own_key("kmsKeyId")(properties)


def _cache_in_transit(properties: Properties) -> Iterable[str]:
    if absent(properties.get("globalReplicationGroupId")) and off(properties.get("transitEncryptionEnabled")):
        yield "transitEncryptionEnabled is not true"
    if properties.get("transitEncryptionMode") == "preferred":
        yield "transitEncryptionMode is preferred: clients may connect without TLS"


def _table(properties: Properties) -> Iterable[str]:
    encryption = properties.get("serverSideEncryption")
    if encryption != UNKNOWN:
        yield from _encrypted_by("enabled", "kmsKeyArn")(encryption or {})


def _state_machine(properties: Properties) -> Iterable[str]:
    encryption = properties.get("encryptionConfiguration")
    if encryption != UNKNOWN:
        yield from _own_key("kmsKeyId")(encryption or {})


def _rotation(properties: Properties) -> Iterable[str]:
    # Asymmetric and HMAC keys cannot rotate.
    spec = properties.get("customerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    if spec == "SYMMETRIC_DEFAULT" and off(properties.get("enableKeyRotation")):
        yield "enableKeyRotation is not true"


RULES = (
    Rule(
        name="database-encrypted",
        description="Databases are encrypted with an own key.",
        remedy=_REMEDY,
        controls=("RDS.3",),
        types=frozenset({"aws:rds/instance:Instance", "aws:rds/cluster:Cluster"}),
        check=_database,
    ),
    Rule(
        name="cache-encrypted",
        description="Caches are encrypted at rest with an own key.",
        remedy=_REMEDY,
        controls=("ElastiCache.4",),
        types=frozenset({"aws:elasticache/replicationGroup:ReplicationGroup"}),
        check=_cache,
    ),
    Rule(
        name="serverless-cache-encrypted",
        description="Serverless caches are encrypted with an own key.",
        remedy=_REMEDY,
        types=frozenset({"aws:elasticache/serverlessCache:ServerlessCache"}),
        check=_own_key("kmsKeyId"),
    ),
    Rule(
        name="cache-encrypted-in-transit",
        description="Caches accept TLS only.",
        remedy="Set transit_encryption_enabled, and transit_encryption_mode to required or not at all.",
        controls=("ElastiCache.5",),
        types=frozenset({"aws:elasticache/replicationGroup:ReplicationGroup"}),
        check=_cache_in_transit,
    ),
    Rule(
        name="queue-encrypted",
        description="Queues are encrypted with an own key.",
        remedy=_REMEDY,
        controls=("SQS.1",),
        types=frozenset({"aws:sqs/queue:Queue"}),
        check=_own_key("kmsMasterKeyId"),
    ),
    Rule(
        name="topic-encrypted",
        description="Topics are encrypted with an own key.",
        remedy=_REMEDY,
        types=frozenset({"aws:sns/topic:Topic"}),
        check=_own_key("kmsMasterKeyId"),
    ),
    Rule(
        name="log-group-encrypted",
        description="Log groups are encrypted with an own key.",
        remedy=_REMEDY,
        types=frozenset({"aws:cloudwatch/logGroup:LogGroup"}),
        check=_own_key("kmsKeyId"),
    ),
    Rule(
        name="secret-encrypted",
        description="Secrets are encrypted with an own key.",
        remedy=_REMEDY,
        types=frozenset({"aws:secretsmanager/secret:Secret"}),
        check=_own_key("kmsKeyId"),
    ),
    Rule(
        name="table-encrypted",
        description="Tables are encrypted with an own key.",
        remedy=_REMEDY,
        types=frozenset({"aws:dynamodb/table:Table"}),
        check=_table,
    ),
    Rule(
        name="table-replica-encrypted",
        description="Replicas of tables are encrypted with an own key of their region.",
        remedy=_REMEDY,
        types=frozenset({"aws:dynamodb/tableReplica:TableReplica"}),
        check=_own_key("kmsKeyArn"),
    ),
    Rule(
        name="state-machine-encrypted",
        description="Histories of state machines are encrypted with an own key.",
        remedy=_REMEDY,
        types=frozenset({"aws:sfn/stateMachine:StateMachine"}),
        check=_state_machine,
    ),
    Rule(
        name="key-rotates",
        description="Symmetric keys rotate every year.",
        remedy="Set enable_key_rotation.",
        types=frozenset({"aws:kms/key:Key"}),
        check=_rotation,
    ),
)
