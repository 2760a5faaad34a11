"""Database instances: writers, and read replicas in the same region or another."""

import copy
from collections.abc import Mapping
from typing import Any

from botocore import xform_name

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._rds import check_family, check_identifier, check_place
from breakwater.simulator.handlers._store import UPPER, backend, directly, made_up, refuse, write
from breakwater.simulator.mapping import lower_first, plain, to_outputs

_TYPE = "aws:rds/instance:Instance"
_CREATE, _REPLICATE, _MODIFY = "rds:CreateDBInstance", "rds:CreateDBInstanceReadReplica", "rds:ModifyDBInstance"
_RENAMED = {
    "identifier": "DBInstanceIdentifier",
    "instanceClass": "DBInstanceClass",
    "backupWindow": "PreferredBackupWindow",
    "caCertIdentifier": "CACertificateIdentifier",
    "customerOwnedIpEnabled": "EnableCustomerOwnedIp",
    "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
    "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "parameterGroupName": "DBParameterGroupName",
    "password": "MasterUserPassword",
    "passwordWo": "MasterUserPassword",
    "performanceInsightsEnabled": "EnablePerformanceInsights",
    "replicateSourceDb": "SourceDBInstanceIdentifier",
    "username": "MasterUsername",
}
_RESTORED = ("restoreToPointInTime", "s3Import", "snapshotIdentifier")
_INHERITED = frozenset({
    "allocatedStorage", "characterSetName", "dbName", "engine", "engineVersion", "licenseModel",
    "ncharCharacterSetName", "storageEncrypted", "timezone", "username",
})  # fmt: skip
"""What a replica has from its source; the provider does not send it."""
_MODIFIED = frozenset({
    "backupRetentionPeriod", "backupWindow", "caCertIdentifier", "maintenanceWindow", "manageMasterUserPassword",
    "masterUserSecretKmsKeyId", "maxAllocatedStorage", "parameterGroupName", "password", "passwordWo",
})  # fmt: skip
"""What the provider gives a replica by a second call."""
_GP3_SETTINGS_FROM_GIB = 400
"""Below this size, gp3's IOPS and throughput are fixed (RDS user guide, gp3 storage; not for SQL Server)."""
_DEFAULT_CA = "rds-ca-rsa2048-g1"


def _is_replica(c: Creation) -> bool:
    return bool(c.inputs.get("replicateSourceDb"))


def _arn(c: Creation) -> str:
    return c.arn("rds", f"db:{c.inputs['identifier']}")


def _resource_id(c: Creation) -> str:
    # moto gives every instance the same one.
    return "db-" + made_up(_arn(c), 26, UPPER)


def _defaults(c: Creation) -> dict[str, Any]:
    """What the provider sends where the program says nothing, for writers and replicas alike."""
    names = {"autoMinorVersionUpgrade": True, "copyTagsToSnapshot": False, "deletionProtection": False}
    return {
        f"{name[:1].upper()}{name[1:]}": c.inputs.get(name, default)
        for name, default in (names | {"publiclyAccessible": False}).items()
    }


def _writer(c: Creation) -> Mapping[str, Any]:
    inputs = c.inputs
    check_identifier("identifier", inputs["identifier"])
    if restored := [name for name in _RESTORED if name in inputs]:
        raise MappingError(f"{restored[0]}: the simulated account is empty, there is nothing to restore from")
    if "parameterGroupName" in inputs:
        check_family(
            c, _CREATE, inputs["parameterGroupName"], inputs.get("engine", ""), inputs.get("engineVersion", "")
        )
    check_place(c, _CREATE, _place(c))
    size, most = inputs.get("allocatedStorage", 0), inputs.get("maxAllocatedStorage") or None
    if most is not None and most < size:
        raise _combination(_CREATE, f"MaxAllocatedStorage {most} is less than AllocatedStorage {size}")
    _check_storage(c, _CREATE, inputs.get("engine", ""), size)
    _check_password(inputs)
    return _defaults(c) | {
        "BackupRetentionPeriod": inputs.get("backupRetentionPeriod", 0),
        "StorageEncrypted": inputs.get("storageEncrypted", False),
        "MaxAllocatedStorage": most,
    }


def _check_password(inputs: Mapping[str, Any]) -> None:
    password, managed = inputs.get("passwordWo") or inputs.get("password"), inputs.get("manageMasterUserPassword")
    if managed and password:
        raise _combination(
            _CREATE, "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword."
        )
    if not managed and not password:
        message = "The parameter MasterUserPassword must be provided and must not be blank."
        raise refuse(_CREATE, "InvalidParameterValue", message)
    # 8 to 128 characters are PostgreSQL's and SQL Server's; other engines take fewer.
    if password and (not 8 <= len(password) <= 128 or set(password) & set('/@" ') or not password.isascii()):
        message = "MasterUserPassword: 8 to 128 printable ASCII characters besides '/', '@', '\"', ' ' are allowed"
        raise refuse(_CREATE, "InvalidParameterValue", message)


def _place(c: Creation) -> dict[str, Any]:
    names = {
        "DBSubnetGroupName": "dbSubnetGroupName", "AvailabilityZone": "availabilityZone", "MultiAZ": "multiAz",
        "VpcSecurityGroupIds": "vpcSecurityGroupIds", "KmsKeyId": "kmsKeyId",
        "PerformanceInsightsKMSKeyId": "performanceInsightsKmsKeyId",
    }  # fmt: skip
    return {member: c.inputs[name] for member, name in names.items() if name in c.inputs}


def _check_storage(c: Creation, operation: str, engine: str, size: int) -> None:
    given = [name for name in ("iops", "storageThroughput") if name in c.inputs]
    gp3 = c.inputs.get("storageType") == "gp3" and engine in ("mariadb", "mysql", "postgres")
    if given and gp3 and size < _GP3_SETTINGS_FROM_GIB:
        message = (
            f"You can't specify IOPS or storage throughput for engine {engine} and a storage size less than "
            f"{_GP3_SETTINGS_FROM_GIB}: leave out {' and '.join(given)}"
        )
        raise _combination(operation, message)


def _combination(operation: str, message: str) -> Exception:
    return refuse(operation, "InvalidParameterCombination", message)


def _source(c: Creation) -> Any:
    """moto's record of the replica's source; another region's is named by its ARN."""
    name = str(c.inputs["replicateSourceDb"])
    region = name.split(":")[3] if name.startswith("arn:") else c.region
    found = backend(c, "rds", region).databases.get(name.rpartition(":")[2])
    if found is None:
        message = f"{name} is no instance in {region}; one in another region is named by its ARN"
        raise refuse(_REPLICATE, "DBInstanceNotFound", message)
    return found


def _replica(c: Creation) -> Mapping[str, Any]:
    check_identifier("identifier", c.inputs["identifier"])
    source = _source(c)
    for name, has in (("engine", source.engine), ("storageEncrypted", source.storage_encrypted)):
        if c.inputs.get(name, has) != has:
            raise MappingError(f"{name}: a replica has its source's, {has}: the next update would replace it")
    if not source.backup_retention_period:
        message = f"Automated backups are not enabled for {source.db_instance_identifier}: replicas need them"
        raise refuse(_REPLICATE, "InvalidDBInstanceState", message)
    far = source.region != c.region
    if far and source.storage_encrypted and "kmsKeyId" not in c.inputs:
        raise _combination(_REPLICATE, f"kmsKeyId: an encrypted replica in another region needs a key in {c.region}")
    if not source.storage_encrypted and "kmsKeyId" in c.inputs:
        raise _combination(_REPLICATE, "kmsKeyId: a replica of an instance that is not encrypted cannot be either")
    place = _place(c)
    if not far:
        place.setdefault("DBSubnetGroupName", source.db_subnet_group.name)
    check_place(c, _REPLICATE, place)
    if "parameterGroupName" in c.inputs:
        check_family(c, _MODIFY, c.inputs["parameterGroupName"], source.engine, source.engine_version)
    _check_storage(c, _REPLICATE, source.engine, source.allocated_storage)
    return _defaults(c)


def _create_replica(c: Creation) -> Any:
    """Make the replica in moto's store as its API does, but with what is its own: moto looks up the groups of another
    region's replica in the source's region, and shares the source's lists and settings with it."""
    store, source, request = backend(c, "rds"), _source(c), c.requests[1]
    record = copy.copy(source)
    record.backend = store
    record.set_as_replica()
    write(record, **{xform_name(k): v for k, v in request.items() if k != "DBSubnetGroupName"})
    far = source.region != c.region
    record.source_db_instance_identifier = source.db_instance_arn if far else source.db_instance_identifier
    record.enabled_cloudwatch_logs_exports = list(request.get("EnableCloudwatchLogsExports", ()))
    record.enable_iam_database_authentication = request.get("EnableIAMDatabaseAuthentication", False)
    record.monitoring_interval = request.get("MonitoringInterval", 0)
    record.monitoring_role_arn = request.get("MonitoringRoleArn")
    record.multi_az, record.backup_retention_period = request.get("MultiAZ", False), 0
    record._associated_roles, record.db_security_groups, record.replicas = [], [], []
    if far:
        record.db_parameter_group_name = None
    if name := request.get("DBSubnetGroupName"):
        directly(_REPLICATE, setattr, record, "db_subnet_group_name", name)
    first = min(s["SubnetAvailabilityZone"]["Name"] for s in record.db_subnet_group.subnets)
    record.availability_zone = request.get("AvailabilityZone", first)
    if "VpcSecurityGroupIds" not in request:
        default = backend(c, "ec2").get_default_security_group(record.db_subnet_group.vpc_id)
        record.vpc_security_group_ids = [default.id]
    store.databases[c.inputs["identifier"]] = record
    source.add_replica(record)
    if modified := {xform_name(k): v for k, v in c.requests[2].items() if k != "DBInstanceIdentifier"}:
        if window := modified.get("preferred_maintenance_window"):
            modified["preferred_maintenance_window"] = window.lower()
        directly(_MODIFY, store.modify_db_instance, c.inputs["identifier"], modified)
    return record


def _complete(c: Creation) -> None:
    """moto makes no replicas as AWS does, and loses some settings of every instance."""
    if _is_replica(c):
        record = _create_replica(c)
        request = c.requests[1] | c.requests[2]
    else:
        record, request = backend(c, "rds").databases[c.inputs["identifier"]], c.requests[0]
    record.dbi_resource_id = c.id
    record.ca_certificate_identifier = request.get("CACertificateIdentifier", _DEFAULT_CA)
    record.performance_insights_enabled = request.get("EnablePerformanceInsights", False)
    record.database_insights_mode = request.get("DatabaseInsightsMode", "standard")
    record.network_type = request.get("NetworkType", "IPV4")
    record.dedicated_log_volume = request.get("DedicatedLogVolume", False)
    for member in ("PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod"):
        setattr(record, xform_name(member), request.get(member))


def _outputs(c: Creation) -> Mapping[str, Any]:
    (shown,) = c.call("rds:DescribeDBInstances", {"DBInstanceIdentifier": c.inputs["identifier"]})["DBInstances"]
    outputs = to_outputs(_TYPE, plain(shown)) | {
        "arn": shown["DBInstanceArn"],
        "resourceId": c.id,
        "address": shown["Endpoint"]["Address"],
        "endpoint": f"{shown['Endpoint']['Address']}:{shown['Endpoint']['Port']}",
        "port": shown["Endpoint"]["Port"],
        "status": shown["DBInstanceStatus"],
        "engineVersionActual": shown["EngineVersion"],
        "username": shown["MasterUsername"],
        "dbSubnetGroupName": shown["DBSubnetGroup"]["DBSubnetGroupName"],
        "parameterGroupName": shown["DBParameterGroups"][0]["DBParameterGroupName"],
        "caCertIdentifier": shown["CACertificateIdentifier"],
        "backupWindow": shown["PreferredBackupWindow"],
        "maintenanceWindow": shown["PreferredMaintenanceWindow"],
        "replicas": shown.get("ReadReplicaDBInstanceIdentifiers", []),
    }
    if secret := shown.get("MasterUserSecret"):
        outputs["masterUserSecrets"] = [lower_first(secret)]
    return outputs


HANDLERS = (
    Handler(
        type=_TYPE,
        calls=(
            Call(operation=_CREATE, rename=_RENAMED, parameters=_writer, when=lambda c: not _is_replica(c)),
            Call(
                operation=_REPLICATE,
                rename=_RENAMED,
                parameters=_replica,
                consumes=_INHERITED | _MODIFIED,
                when=_is_replica,
                simulated=False,
            ),
            Call(
                operation=_MODIFY,
                inputs=_MODIFIED,
                rename=_RENAMED,
                parameters=lambda c: {"DBInstanceIdentifier": c.inputs["identifier"], "ApplyImmediately": True},
                when=lambda c: _is_replica(c) and bool(_MODIFIED & c.inputs.keys()),
                simulated=False,
            ),
        ),
        id=_resource_id,
        amend=_complete,
        outputs=_outputs,
        held={
            "allowMajorVersionUpgrade": "only for later changes",
            "applyImmediately": "only for later changes",
            "blueGreenUpdate": "only for later changes",
            "deleteAutomatedBackups": "only for deletion",
            "finalSnapshotIdentifier": "only for deletion",
            "passwordWoVersion": "what the provider compares, in place of the password",
            "skipFinalSnapshot": "only for deletion",
            "upgradeStorageConfig": "only for replicas of old storage",
            "warningEventCategories": "which events the provider shows",
        },
    ),
)
