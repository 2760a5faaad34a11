"""Groups and event subscriptions of databases, and copies of their backups in other regions."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._rds import MANAGED, check_key, zones_of
from breakwater.simulator.handlers._store import backend, made_up, refuse

_SUBNET_GROUP_NAME = re.compile(r"[ .0-9a-z_-]{1,255}")
_PARAMETER_GROUP_NAME = re.compile(r"(?!.*--)[a-z](?:[0-9a-z.-]{0,253}[0-9a-z.])?")
_PARAMETERS_PER_CALL = 20
"""RDS API reference, ModifyDBParameterGroup."""
_DEFAULT_COPY_DAYS = 7
_SOURCES = {"db-instance": "databases", "db-parameter-group": "db_parameter_groups", "db-proxy": "db_proxies"}
"""Source type of an event subscription → moto's store of such sources."""


def _subnet_group(c: Creation) -> Mapping[str, Any]:
    if not _SUBNET_GROUP_NAME.fullmatch(c.inputs["name"]):
        allowed = "lower-case letters, digits, hyphens, underscores, periods and spaces"
        raise MappingError(f"name: {c.inputs['name']!r}: only {allowed} are allowed")
    if len(zones_of(c, c.inputs["subnetIds"])) < 2:
        message = (
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement: add a subnet in another AZ."
        )
        raise refuse("rds:CreateDBSubnetGroup", "DBSubnetGroupDoesNotCoverEnoughAZs", message)
    return {"DBSubnetGroupDescription": c.inputs.get("description", MANAGED)}


def _parameter_group(c: Creation) -> Mapping[str, Any]:
    if not _PARAMETER_GROUP_NAME.fullmatch(c.inputs["name"]):
        raise MappingError(
            f"name: {c.inputs['name']!r}: a letter, then only lower-case letters, digits, periods and single hyphens"
        )
    names = [p["name"] for p in c.inputs.get("parameters", ())]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise MappingError(f"parameters: {', '.join(twice)}: given twice")
    return {"Description": c.inputs.get("description", MANAGED)}


def _parameters(c: Creation) -> Iterable[Mapping[str, Any]]:
    given = [
        {"ParameterName": p["name"], "ParameterValue": p["value"], "ApplyMethod": p.get("applyMethod", "immediate")}
        for p in c.inputs["parameters"]
    ]
    for start in range(0, len(given), _PARAMETERS_PER_CALL):
        yield {"DBParameterGroupName": c.id, "Parameters": given[start : start + _PARAMETERS_PER_CALL]}


def _subscription(c: Creation) -> Mapping[str, Any]:
    kind, sources = c.inputs.get("sourceType"), c.inputs.get("sourceIds", [])
    if sources and kind is None:
        raise refuse("rds:CreateEventSubscription", "InvalidParameterCombination", "SourceIds need a SourceType")
    known = getattr(backend(c, "rds"), _SOURCES[kind], {}) if kind in _SOURCES else None
    if known is not None and (lost := [source for source in sources if source not in known]):
        raise refuse("rds:CreateEventSubscription", "SourceNotFound", f"{kind} {lost[0]} does not exist in {c.region}")
    return {"Enabled": c.inputs.get("enabled", True)}


def _backup_copy(c: Creation) -> Mapping[str, Any]:
    operation, arn = "rds:StartDBInstanceAutomatedBackupsReplication", str(c.inputs["sourceDbInstanceArn"])
    parts = arn.split(":")
    if parts[3] == c.region:
        raise refuse(
            operation, "InvalidParameterValue", f"{arn} is in {c.region} itself: copies are made in another region"
        )
    source = backend(c, "rds", parts[3]).databases.get(parts[-1])
    if source is None:
        raise refuse(operation, "DBInstanceNotFound", f"{arn} does not exist")
    if not source.backup_retention_period:
        raise refuse(operation, "InvalidDBInstanceState", f"Automated backups are not enabled for {arn}")
    if source.storage_encrypted and "kmsKeyId" not in c.inputs:
        raise refuse(operation, "InvalidParameterCombination", f"kmsKeyId: encrypted backups need a key in {c.region}")
    check_key(c, operation, c.inputs.get("kmsKeyId"))
    return {"BackupRetentionPeriod": c.inputs.get("retentionPeriod", _DEFAULT_COPY_DAYS)}


HANDLERS = (
    Handler(
        type="aws:rds/subnetGroup:SubnetGroup",
        calls=(
            Call(
                operation="rds:CreateDBSubnetGroup",
                rename={"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"},
                parameters=_subnet_group,
            ),
        ),
        id="DBSubnetGroup.DBSubnetGroupName",
        result="DBSubnetGroup",
        outputs=lambda c: {
            "arn": c.arn("rds", f"subgrp:{c.id}"),
            "description": c.inputs.get("description", MANAGED),
        },
    ),
    Handler(
        type="aws:rds/parameterGroup:ParameterGroup",
        calls=(
            Call(
                operation="rds:CreateDBParameterGroup",
                rename={"name": "DBParameterGroupName", "family": "DBParameterGroupFamily"},
                parameters=_parameter_group,
            ),
            Call(
                operation="rds:ModifyDBParameterGroup",
                each=_parameters,
                consumes=frozenset({"parameters"}),
                when=lambda c: bool(c.inputs.get("parameters")),
            ),
        ),
        id="DBParameterGroup.DBParameterGroupName",
        outputs=lambda c: {
            "arn": c.arn("rds", f"pg:{c.id}"),
            "description": c.inputs.get("description", MANAGED),
        },
        held={"skipDestroy": "only for deletion, by the provider"},
    ),
    Handler(
        type="aws:rds/eventSubscription:EventSubscription",
        calls=(
            Call(
                operation="rds:CreateEventSubscription",
                rename={"name": "SubscriptionName", "snsTopic": "SnsTopicArn"},
                parameters=_subscription,
            ),
        ),
        id=lambda c: str(c.inputs["name"]),
        outputs=lambda c: {"arn": c.arn("rds", f"es:{c.id}"), "customerAwsId": c.account},
    ),
    Handler(
        type="aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
        calls=(
            Call(
                operation="rds:StartDBInstanceAutomatedBackupsReplication",
                rename={"retentionPeriod": "BackupRetentionPeriod"},
                parameters=_backup_copy,
                simulated=False,
            ),
        ),
        id=lambda c: c.arn("rds", f"auto-backup:ab-{made_up(c.urn, 26)}"),
    ),
)
