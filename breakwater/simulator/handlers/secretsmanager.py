"""Secrets, their versions, policies and copies in other regions."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._bag import document
from breakwater.simulator.handlers._rds import check_key
from breakwater.simulator.handlers._store import backend, refuse

_RECOVERY_DAYS = range(7, 31)
"""Secrets Manager API reference, DeleteSecret, RecoveryWindowInDays; the provider takes 0 for no recovery, too."""


def _secret(c: Creation) -> Mapping[str, Any]:
    days = c.inputs.get("recoveryWindowInDays", 30)
    if days != 0 and days not in _RECOVERY_DAYS:
        raise MappingError(f"recoveryWindowInDays: {days}; 0 or 7 to 30 are allowed")
    check_key(c, "secretsmanager:CreateSecret", c.inputs.get("kmsKeyId"))
    replicas = [{"Region": r["region"], "KmsKeyId": r.get("kmsKeyId")} for r in c.inputs.get("replicas", ())]
    for replica in replicas:
        key = str(replica["KmsKeyId"])
        if key.startswith("arn:") and key.split(":")[3] != replica["Region"]:
            message = f"replicas: {key} is not a key in {replica['Region']}"
            raise refuse("secretsmanager:CreateSecret", "InvalidParameterException", message)
    given = [{k: v for k, v in replica.items() if v is not None} for replica in replicas]
    return {"AddReplicaRegions": given} if given else {}


def _keep_keys(c: Creation) -> None:
    """moto shows every copy with the primary's key, and no primary region on the primary itself."""
    secret = backend(c, "secretsmanager").secrets[c.id]
    keys = {r["region"]: r.get("kmsKeyId") for r in c.inputs.get("replicas", ())}
    for replica in secret.replicas:
        if (key := keys[replica.region]) is not None:
            replica.config["KmsKeyId"] = key
        _show(replica, {"KmsKeyId": replica.config["KmsKeyId"], "PrimaryRegion": c.region})
    if secret.replicas:
        _show(secret, {"PrimaryRegion": c.region})


def _show(record: Any, values: Mapping[str, Any]) -> None:
    describe = record.to_dict
    record.to_dict = lambda: describe() | values


def _replicas(c: Creation) -> list[dict[str, Any]]:
    copies = c.answers[0].get("ReplicationStatus", ())
    return [
        {"region": r["Region"], "kmsKeyId": r["KmsKeyId"], "status": r["Status"], "statusMessage": r["StatusMessage"]}
        for r in copies
    ]


def _version(inputs: dict[str, Any]) -> dict[str, Any]:
    shaped = dict(inputs)
    if "secretBinary" in shaped:
        try:
            shaped["secretBinary"] = base64.b64decode(shaped["secretBinary"], validate=True)
        except binascii.Error as error:
            raise MappingError(f"secretBinary: not base64: {error}") from error
    return shaped


def _one_value(c: Creation) -> Mapping[str, Any]:
    given = [name for name in ("secretString", "secretStringWo", "secretBinary") if c.inputs.get(name) is not None]
    if len(given) != 1:
        raise MappingError(f"secretString, secretStringWo, secretBinary: one is needed, {len(given)} are given")
    return {}


def _policy(c: Creation) -> Mapping[str, Any]:
    document("policy", c.inputs["policy"])
    return {}


def _rotation(c: Creation) -> Mapping[str, Any]:
    if c.inputs["secretId"] not in backend(c, "secretsmanager").secrets:
        message = "Secrets Manager can't find the specified secret."
        raise refuse("secretsmanager:RotateSecret", "ResourceNotFoundException", message)
    return {"RotateImmediately": c.inputs.get("rotateImmediately", True)}


def _is_on(c: Creation) -> bool:
    return bool(c.inputs.get("rotationEnabled", True))


def _rotate(c: Creation) -> None:
    """moto would run the function; nothing is to run here."""
    if not _is_on(c):
        return
    secret, rules = backend(c, "secretsmanager").secrets[c.id], c.requests[0].get("RotationRules", {})
    secret.rotation_requested = secret.rotation_enabled = True
    secret.rotation_lambda_arn = c.inputs.get("rotationLambdaArn", "")
    _show(secret, {"RotationRules": rules})


HANDLERS = (
    Handler(
        type="aws:secretsmanager/secret:Secret",
        calls=(
            Call(operation="secretsmanager:CreateSecret", parameters=_secret, consumes=frozenset({"replicas"})),
            Call(
                operation="secretsmanager:PutResourcePolicy",
                parameters=lambda c: {"SecretId": c.id, "ResourcePolicy": c.inputs["policy"]},
                consumes=frozenset({"policy"}),
                when=lambda c: bool(c.inputs.get("policy")),
            ),
        ),
        id="ARN",
        amend=_keep_keys,
        outputs=lambda c: {"arn": c.id, "replicas": _replicas(c)},
        held={"recoveryWindowInDays": "only for deletion"},
    ),
    Handler(
        type="aws:secretsmanager/secretVersion:SecretVersion",
        calls=(
            Call(
                operation="secretsmanager:PutSecretValue",
                rename={"secretStringWo": "SecretString"},
                reshape=_version,
                parameters=_one_value,
            ),
        ),
        id=lambda c: f"{c.answers[0]['ARN']}|{c.answers[0]['VersionId']}",
        outputs=lambda c: {
            "arn": c.answers[0]["ARN"],
            "secretArn": c.answers[0]["ARN"],
            "versionId": c.answers[0]["VersionId"],
            "versionStages": c.answers[0]["VersionStages"],
            "hasSecretStringWo": "secretStringWo" in c.inputs,
        },
        held={"secretStringWoVersion": "what the provider compares, in place of the value"},
    ),
    Handler(
        type="aws:secretsmanager/secretPolicy:SecretPolicy",
        calls=(
            Call(
                operation="secretsmanager:PutResourcePolicy",
                rename={"secretArn": "SecretId", "policy": "ResourcePolicy"},
                parameters=_policy,
            ),
        ),
        id="ARN",
    ),
    Handler(
        type="aws:secretsmanager/secretRotation:SecretRotation",
        calls=(
            Call(
                operation="secretsmanager:RotateSecret",
                parameters=_rotation,
                consumes=frozenset({"rotationEnabled"}),
                when=_is_on,
                simulated=False,
            ),
            Call(
                operation="secretsmanager:CancelRotateSecret",
                consumes=frozenset({"rotationEnabled"}),
                when=lambda c: not _is_on(c),
                simulated=False,
            ),
        ),
        id=lambda c: str(c.inputs["secretId"]),
        amend=_rotate,
        outputs=lambda c: {"rotationEnabled": _is_on(c)},
    ),
)
