"""DynamoDB tables and their replicas in other regions."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._store import backend, refuse

_STREAM_EPOCH = "2020-01-01T00:00:00.000"
_UPDATE = "dynamodb:UpdateTable"


def _keys(block: Mapping[str, Any]) -> list[dict[str, str]]:
    if "keySchemas" in block:
        return list(block["keySchemas"])
    roles = (("hashKey", "HASH"), ("rangeKey", "RANGE"))
    return [{"attributeName": block[key], "keyType": role} for key, role in roles if key in block]


def _table(inputs: dict[str, Any]) -> dict[str, Any]:
    """The provider's form of keys, capacity, encryption and stream in that of the API."""
    own = ("hashKey", "rangeKey", "readCapacity", "writeCapacity", "serverSideEncryption")
    shaped = {k: v for k, v in inputs.items() if k not in (*own, "streamEnabled", "streamViewType")}
    shaped["keySchema"] = _keys(inputs)
    shaped["attributeDefinitions"] = [
        {"attributeName": a["name"], "attributeType": a["type"]} for a in shaped.pop("attributes", ())
    ]
    mode = inputs.get("billingMode", "PROVISIONED")
    shaped["billingMode"] = mode
    if mode == "PROVISIONED":
        shaped["provisionedThroughput"] = _throughput(inputs)
    if encryption := inputs.get("serverSideEncryption"):
        shaped["SSESpecification"] = _encryption(encryption)
    if inputs.get("streamEnabled"):
        shaped["streamSpecification"] = {"streamEnabled": True, "streamViewType": inputs.get("streamViewType")}
    for kind in ("globalSecondaryIndexes", "localSecondaryIndexes"):
        if kind in shaped:
            shaped[kind] = [_index(index, mode, local=kind.startswith("local")) for index in shaped[kind]]
    return shaped


def _throughput(block: Mapping[str, Any]) -> dict[str, Any]:
    return {"readCapacityUnits": block.get("readCapacity"), "writeCapacityUnits": block.get("writeCapacity")}


def _encryption(block: Mapping[str, Any]) -> dict[str, Any]:
    shaped: dict[str, Any] = {"enabled": block["enabled"]}
    if block.get("kmsKeyArn"):
        shaped |= {"SSEType": "KMS", "KMSMasterKeyId": block["kmsKeyArn"]}
    return shaped


def _index(block: Mapping[str, Any], mode: str, *, local: bool) -> dict[str, Any]:
    projection = {"projectionType": block["projectionType"], "nonKeyAttributes": block.get("nonKeyAttributes") or None}
    shaped = {"indexName": block["name"], "keySchema": _keys(block), "projection": projection}
    if mode == "PROVISIONED" and not local:
        shaped["provisionedThroughput"] = _throughput(block)
    return shaped


def _recovery(c: Creation) -> Mapping[str, Any]:
    block = c.inputs["pointInTimeRecovery"]
    settings = {"PointInTimeRecoveryEnabled": block["enabled"]}
    if block.get("recoveryPeriodInDays"):
        settings["RecoveryPeriodInDays"] = int(block["recoveryPeriodInDays"])
    return {"TableName": c.inputs["name"], "PointInTimeRecoverySpecification": settings}


def _time_to_live(c: Creation) -> Mapping[str, Any]:
    block = c.inputs["ttl"]
    settings = {"AttributeName": block.get("attributeName"), "Enabled": bool(block.get("enabled"))}
    return {"TableName": c.inputs["name"], "TimeToLiveSpecification": settings}


def _stream(arn: str) -> dict[str, str]:
    return {"streamArn": f"{arn}/stream/{_STREAM_EPOCH}", "streamLabel": _STREAM_EPOCH}


def _table_outputs(c: Creation) -> Mapping[str, Any]:
    arn = c.arn("dynamodb", f"table/{c.inputs['name']}")
    return {"arn": arn, **(_stream(arn) if c.inputs.get("streamEnabled") else {})}


def _source(c: Creation) -> tuple[str, str]:
    """Region and name of the table that is replicated."""
    parts = str(c.inputs["globalTableArn"]).split(":")
    return parts[3], parts[5].removeprefix("table/")


def _replica(c: Creation) -> Mapping[str, Any]:
    region, name = _source(c)
    tables = backend(c, "dynamodb", region).tables
    if name not in tables:
        raise refuse(_UPDATE, "ResourceNotFoundException", f"there is no table {name} in {region}")
    if region == c.region:
        raise refuse(_UPDATE, "ValidationException", f"{name} is in {region} already: give the replica another region")
    stream = tables[name].stream_specification or {}
    if stream.get("StreamViewType") != "NEW_AND_OLD_IMAGES":
        raise refuse(_UPDATE, "ValidationException", "Table must have stream enabled with view type new and old images")
    create = {
        "RegionName": c.region,
        "KMSMasterKeyId": c.inputs.get("kmsKeyArn"),
        "TableClassOverride": c.inputs.get("tableClassOverride"),
    }
    return {
        "TableName": name,
        "ReplicaUpdates": [{"Create": {key: value for key, value in create.items() if value is not None}}],
    }


def _copy(c: Creation) -> None:
    """the replica as a table of its own; what is written on one side is not copied to the other"""
    region, name = _source(c)
    shown = c.aws.call("dynamodb", "DescribeTable", region, {"TableName": name})["Table"]
    key = c.inputs.get("kmsKeyArn")
    c.call(
        "dynamodb:CreateTable",
        {
            "TableName": name,
            **{member: shown[member] for member in ("KeySchema", "AttributeDefinitions", "StreamSpecification")},
            "BillingMode": shown["BillingModeSummary"]["BillingMode"],
            "DeletionProtectionEnabled": bool(c.inputs.get("deletionProtectionEnabled")),
            "Tags": [{"Key": k, "Value": v} for k, v in c.tags.items()],
            **({"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}} if key else {}),
        },
    )
    if c.inputs.get("pointInTimeRecovery"):
        enabled = {"PointInTimeRecoveryEnabled": True}
        c.call("dynamodb:UpdateContinuousBackups", {"TableName": name, "PointInTimeRecoverySpecification": enabled})


def _replica_id(c: Creation) -> str:
    region, name = _source(c)
    return f"{name}:{region}"


HANDLERS = (
    Handler(
        type="aws:dynamodb/table:Table",
        calls=(
            Call(operation="dynamodb:CreateTable", reshape=_table, rename={"name": "TableName"}),
            Call(
                operation="dynamodb:UpdateContinuousBackups",
                inputs=frozenset(),
                parameters=_recovery,
                consumes=frozenset({"pointInTimeRecovery"}),
                when=lambda c: bool(c.inputs.get("pointInTimeRecovery")),
            ),
            Call(
                operation="dynamodb:UpdateTimeToLive",
                inputs=frozenset(),
                parameters=_time_to_live,
                consumes=frozenset({"ttl"}),
                when=lambda c: bool(c.inputs.get("ttl")),
            ),
        ),
        id="TableDescription.TableName",
        outputs=_table_outputs,
    ),
    Handler(
        type="aws:dynamodb/tableReplica:TableReplica",
        calls=(
            Call(
                operation=_UPDATE,
                inputs=frozenset(),
                parameters=_replica,
                consumes=frozenset(
                    {"globalTableArn", "kmsKeyArn", "tableClassOverride", "pointInTimeRecovery",
                     "deletionProtectionEnabled", "tags"}
                ),
                # moto has no replicas.
                simulated=False,
            ),
        ),
        id=_replica_id,
        amend=_copy,
        outputs=lambda c: {"arn": c.arn("dynamodb", f"table/{_source(c)[1]}")},
    ),
)  # fmt: skip
