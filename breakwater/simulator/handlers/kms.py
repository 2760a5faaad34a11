"""Keys of KMS, their replicas in other regions, aliases."""

from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._store import backend, refuse
from breakwater.simulator.mapping import json_value

_DELETION_DAYS = range(7, 31)
_HELD = {"deletionWindowInDays": "the provider's own until it deletes the key; checked to be 7 to 30"}


def _check(c: Creation) -> None:
    days = c.inputs.get("deletionWindowInDays", 30)
    if days not in _DELETION_DAYS:
        raise MappingError(f"deletionWindowInDays: {days} is not from 7 to 30")
    if "policy" in c.inputs:
        json_value(c.inputs["policy"], "policy")


def _key(c: Creation) -> dict[str, Any]:
    _check(c)
    origin = "EXTERNAL_KEY_STORE" if "xksKeyId" in c.inputs else "AWS_CLOUDHSM"
    return {
        "KeySpec": c.inputs.get("customerMasterKeySpec", "SYMMETRIC_DEFAULT"),
        "KeyUsage": c.inputs.get("keyUsage", "ENCRYPT_DECRYPT"),
        "Origin": origin if "customKeyStoreId" in c.inputs else None,
    }


def _disable(name: str) -> Call:
    return Call(
        operation="kms:DisableKey",
        parameters=lambda c: {"KeyId": c.id},
        consumes=frozenset({name}),
        when=lambda c: c.inputs.get(name) is False,
    )


_KEY = Handler(
    type="aws:kms/key:Key",
    calls=(
        Call(
            operation="kms:CreateKey",
            parameters=_key,
            consumes=frozenset({"customerMasterKeySpec", "enableKeyRotation", "isEnabled", "rotationPeriodInDays"}),
        ),
        Call(
            operation="kms:EnableKeyRotation",
            inputs=frozenset({"rotationPeriodInDays"}),
            parameters=lambda c: {"KeyId": c.id},
            when=lambda c: bool(c.inputs.get("enableKeyRotation")),
        ),
        _disable("isEnabled"),
    ),
    id="KeyMetadata.KeyId",
    outputs=lambda c: {
        "arn": c.answers[0]["KeyMetadata"]["Arn"],
        "keyId": c.id,
        "policy": backend(c, "kms").keys[c.id].policy,
    },
    held=_HELD,
)


def _primary_region(c: Creation) -> str:
    return str(c.inputs["primaryKeyArn"].split(":")[3])


def _primary_id(c: Creation) -> str:
    return str(c.inputs["primaryKeyArn"].partition(":key/")[2])


def _replica(c: Creation) -> dict[str, Any]:
    _check(c)
    primary = backend(c, "kms", _primary_region(c)).keys.get(_primary_id(c))
    if primary is None:
        raise refuse("kms:ReplicateKey", "NotFoundException", f"Key '{c.inputs['primaryKeyArn']}' does not exist")
    if not primary.multi_region:
        message = f"{primary.arn} is not a multi-Region primary key"
        raise refuse("kms:ReplicateKey", "UnsupportedOperationException", message)
    if c.region == _primary_region(c):
        raise refuse("kms:ReplicateKey", "AlreadyExistsException", f"the primary itself is in {c.region}")
    return {"KeyId": _primary_id(c), "ReplicaRegion": c.region}


def _amend_replica(c: Creation) -> None:
    """In moto a replica is its primary under another ARN: same policy, aliases, tags, and either kind for both."""
    primary = backend(c, "kms", _primary_region(c)).keys[c.id]
    replica = backend(c, "kms").keys[c.id]
    replica.policy = c.inputs.get("policy") or replica.generate_default_policy()
    replica.description = c.inputs.get("description", "")
    replica.aliases, replica.grants = {}, {}
    replica.multi_region_configuration = primary.multi_region_configuration | {"MultiRegionKeyType": "REPLICA"}
    if c.tags:
        backend(c, "kms").tag_resource(c.id, dict(c.tags))


_REPLICA_KEY = Handler(
    type="aws:kms/replicaKey:ReplicaKey",
    calls=(
        Call(
            operation="kms:ReplicateKey",
            parameters=_replica,
            consumes=frozenset({"primaryKeyArn", "enabled"}),
            region=_primary_region,
        ),
        _disable("enabled"),
    ),
    id="ReplicaKeyMetadata.KeyId",
    amend=_amend_replica,
    outputs=lambda c: {
        "arn": c.arn("kms", f"key/{c.id}"),
        "keyId": c.id,
        "keyRotationEnabled": backend(c, "kms").keys[c.id].key_rotation_status,
        "keySpec": c.answers[0]["ReplicaKeyMetadata"]["KeySpec"],
        "keyUsage": c.answers[0]["ReplicaKeyMetadata"]["KeyUsage"],
        "policy": backend(c, "kms").keys[c.id].policy,
    },
    held=_HELD,
)

_ALIAS = Handler(
    type="aws:kms/alias:Alias",
    calls=(Call(operation="kms:CreateAlias", rename={"name": "AliasName"}),),
    id=lambda c: str(c.inputs["name"]),
    outputs=lambda c: {
        "arn": c.arn("kms", c.id),
        "targetKeyArn": c.arn("kms", f"key/{c.inputs['targetKeyId'].rpartition('/')[2]}"),
    },
)

HANDLERS = (_KEY, _REPLICA_KEY, _ALIAS)
