"""Replication groups, and global ones over several regions."""

import re
from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._elasticache_nodes import build_nodes, is_sharded
from breakwater.simulator.handlers._rds import check_key
from breakwater.simulator.handlers._store import backend, held, made_up, refuse, write
from breakwater.simulator.handlers.elasticache import PARAMETER_GROUPS, USER_GROUPS

_CREATE = "elasticache:CreateReplicationGroup"
_IDENTIFIER = re.compile(r"(?!.*--)[A-Za-z](?:[0-9A-Za-z-]{0,38}[0-9A-Za-z])?")
_MOST_CLUSTERS = 6
"""ElastiCache API reference, CreateReplicationGroup, NumCacheClusters: one primary and five replicas."""
_GLOBAL = "global replication groups"
_OF_GLOBAL = (
    "automatic_failover", "cache_node_type", "engine", "engine_version", "cache_parameter_group_name",
    "transit_encryption_enabled", "at_rest_encryption_enabled", "transit_encryption_mode", "cluster_mode",
    "cluster_enabled",
)  # fmt: skip
"""What a secondary group has from the primary."""
_OF_PRIMARY_ONLY = (
    "atRestEncryptionEnabled", "engine", "engineVersion", "nodeType", "numNodeGroups", "parameterGroupName",
    "securityGroupNames", "snapshotArns", "snapshotName", "transitEncryptionEnabled", "transitEncryptionMode",
)  # fmt: skip
"""What the provider refuses beside globalReplicationGroupId."""
_BELOW_LARGE = ("micro", "small", "medium")
"""ElastiCache User Guide, Global Datastore, prerequisites: instances of size large and above."""


def _group(inputs: dict[str, Any]) -> dict[str, Any]:
    shaped = dict(inputs)
    if "globalReplicationGroupId" in shaped:
        # The provider does not send it: the secondary has it from the primary.
        shaped.pop("automaticFailoverEnabled", None)
    if logs := inputs.get("logDeliveryConfigurations"):
        shaped["logDeliveryConfigurations"] = [_log(log) for log in logs]
    return shaped


def _log(log: Mapping[str, Any]) -> dict[str, Any]:
    shaped = {k: v for k, v in log.items() if k != "destination"} | {"enabled": True}
    if log["destinationType"] == "cloudwatch-logs":
        shaped["destinationDetails"] = {"cloudWatchLogsDetails": {"logGroup": log["destination"]}}
    else:
        shaped["destinationDetails"] = {"kinesisFirehoseDetails": {"deliveryStream": log["destination"]}}
    return shaped


def _checked(c: Creation) -> Mapping[str, Any]:
    inputs = c.inputs
    if not _IDENTIFIER.fullmatch(inputs["replicationGroupId"]):
        raise MappingError(
            f"replicationGroupId: {inputs['replicationGroupId']!r}: 1 to 40 letters, digits and hyphens; "
            "a letter first, no hyphen last, no two hyphens together"
        )
    if "nodeType" not in inputs and "globalReplicationGroupId" not in inputs:
        raise MappingError("nodeType: needed unless globalReplicationGroupId is given")
    _check_availability(inputs)
    if is_sharded(c) and not inputs.get("automaticFailoverEnabled"):
        raise _combination("automaticFailoverEnabled: must be enabled in cluster mode")
    _check_encryption(c)
    _check_ground(c)
    for log in inputs.get("logDeliveryConfigurations", ()):
        known = backend(c, "logs").groups
        if log["destinationType"] == "cloudwatch-logs" and log["destination"] not in known:
            raise _invalid(f"the log group {log['destination']} does not exist in {c.region}")
    if "globalReplicationGroupId" in inputs:
        if own := [name for name in _OF_PRIMARY_ONLY if name in inputs]:
            raise MappingError(f"{', '.join(own)}: conflicts with globalReplicationGroupId")
        if inputs["globalReplicationGroupId"] not in _globals(c):
            raise _invalid(f"the global replication group {inputs['globalReplicationGroupId']} does not exist")
        return {}
    return {
        "AutomaticFailoverEnabled": inputs.get("automaticFailoverEnabled", False),
        "TransitEncryptionEnabled": inputs.get("transitEncryptionEnabled", False),
        "Engine": inputs.get("engine", "redis"),
    }


def _check_availability(inputs: Mapping[str, Any]) -> None:
    failover, clusters = inputs.get("automaticFailoverEnabled"), inputs.get("numCacheClusters")
    if clusters is not None and not 1 <= clusters <= _MOST_CLUSTERS:
        raise MappingError(f"numCacheClusters: {clusters}; 1 to {_MOST_CLUSTERS} are allowed")
    if inputs.get("multiAzEnabled") and "numNodeGroups" in inputs and not inputs.get("replicasPerNodeGroup"):
        raise MappingError("multiAzEnabled: needs a replica in each shard")
    if inputs.get("multiAzEnabled") and not failover:
        raise MappingError("multiAzEnabled: needs automaticFailoverEnabled")
    if failover and clusters == 1:
        raise MappingError("numCacheClusters: must be at least 2 if automaticFailoverEnabled is true")
    if "numNodeGroups" in inputs and clusters is not None:
        raise MappingError("numNodeGroups: goes with replicasPerNodeGroup, not with numCacheClusters")


def _check_encryption(c: Creation) -> None:
    inputs = c.inputs
    at_rest = str(inputs.get("atRestEncryptionEnabled", False)).lower() == "true"
    if "kmsKeyId" in inputs and not at_rest and "globalReplicationGroupId" not in inputs:
        raise _combination("kmsKeyId: needs atRestEncryptionEnabled")
    in_transit = inputs.get("transitEncryptionEnabled") or "globalReplicationGroupId" in inputs
    for name in ("userGroupIds", "authToken", "authTokenWo", "transitEncryptionMode"):
        if inputs.get(name) and not in_transit:
            raise _combination(f"{name}: needs transitEncryptionEnabled")
    if inputs.get("userGroupIds") and (inputs.get("authToken") or inputs.get("authTokenWo")):
        raise _combination("userGroupIds: a replication group has users or a token, not both")
    check_key(c, _CREATE, inputs.get("kmsKeyId"))


def _check_ground(c: Creation) -> None:
    """The groups that it names, and their network."""
    inputs, store = c.inputs, backend(c, "elasticache")
    subnets = store.cache_subnet_groups.get(str(inputs.get("subnetGroupName", "")).lower())
    if subnets is None:
        name = inputs.get("subnetGroupName")
        reason = f"there is no subnet group {name} in {c.region}" if name else f"{c.region} has no default VPC"
        raise refuse(_CREATE, "CacheSubnetGroupNotFoundFault", f"{reason}: give subnetGroupName")
    for security_group in inputs.get("securityGroupIds", ()):
        found = backend(c, "ec2").get_security_group_from_id(security_group)
        if found is None or found.vpc_id != subnets.vpc_id:
            raise _combination(
                f"the security group {security_group} is not in {subnets.vpc_id}, the VPC of the subnet group"
            )
    for name in inputs.get("userGroupIds", ()):
        if name not in held(c, "elasticache", USER_GROUPS):
            raise refuse(_CREATE, "UserGroupNotFound", f"User group {name} not found in {c.region}.")
    _check_family(c)


def _check_family(c: Creation) -> None:
    name = c.inputs.get("parameterGroupName")
    if name is None or str(name).startswith("default."):
        return
    family = held(c, "elasticache", PARAMETER_GROUPS).get(str(name).lower())
    if family is None:
        raise refuse(_CREATE, "CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found in {c.region}.")
    engine, version = c.inputs.get("engine", "redis"), str(c.inputs.get("engineVersion", ""))
    # Redis' family of version 6 is redis6.x; older ones have the minor version in it.
    if version and (engine == "valkey" or version.startswith("7")) and family != f"{engine}{version.split('.')[0]}":
        raise _combination(f"the parameter group {name} of the family {family} does not fit {engine} {version}")


def _invalid(message: str) -> Exception:
    return refuse(_CREATE, "InvalidParameterValue", message)


def _combination(message: str) -> Exception:
    return refuse(_CREATE, "InvalidParameterCombination", message)


def _globals(c: Creation) -> dict[str, Any]:
    return held(c, "elasticache", _GLOBAL, "us-east-1")


def _complete(c: Creation) -> None:
    """moto makes one node whatever is asked for, all of them in us-east-1, and shows none of them as a cluster."""
    record, primary = backend(c, "elasticache").replication_groups[c.id], None
    if (group := c.inputs.get("globalReplicationGroupId")) is not None:
        primary = _globals(c)[group]
        write(record, **{name: getattr(primary, name) for name in _OF_GLOBAL})
        primary.global_members.append((c.region, c.id))
    if record.snapshot_retention_limit == 0 and "snapshotWindow" not in c.inputs:
        record.snapshot_window = None
    build_nodes(c, record, primary)


def _outputs(c: Creation) -> Mapping[str, Any]:
    (shown,) = c.call("elasticache:DescribeReplicationGroups", {"ReplicationGroupId": c.id})["ReplicationGroups"]
    first = shown["NodeGroups"][0]
    found: dict[str, Any] = {
        "arn": shown["ARN"],
        "memberClusters": shown["MemberClusters"],
        "clusterEnabled": shown["ClusterEnabled"],
        "numCacheClusters": len(shown["MemberClusters"]),
        "numNodeGroups": len(shown["NodeGroups"]),
        "replicasPerNodeGroup": len(first["NodeGroupMembers"]) - 1,
        "engine": shown["Engine"],
        "nodeType": shown["CacheNodeType"],
    }
    if shown["ClusterEnabled"]:
        found["configurationEndpointAddress"] = shown["ConfigurationEndpoint"]["Address"]
        return found | {"port": shown["ConfigurationEndpoint"]["Port"]}
    return found | {
        "primaryEndpointAddress": first["PrimaryEndpoint"]["Address"],
        "readerEndpointAddress": first["ReaderEndpoint"]["Address"],
        "port": first["PrimaryEndpoint"]["Port"],
    }


def _global(c: Creation) -> Mapping[str, Any]:
    operation, name = "elasticache:CreateGlobalReplicationGroup", c.inputs["primaryReplicationGroupId"]
    record = backend(c, "elasticache").replication_groups.get(name)
    if record is None:
        raise refuse(operation, "ReplicationGroupNotFoundFault", f"ReplicationGroup {name} not found in {c.region}.")
    if record.global_replication_group_id:
        raise refuse(
            operation, "InvalidReplicationGroupState", f"{name} is in {record.global_replication_group_id} already"
        )
    if record.cache_node_type.rpartition(".")[2] in _BELOW_LARGE:
        raise refuse(operation, "InvalidParameterValue", f"{record.cache_node_type} has no Global Datastore")
    return {}


def _global_id(c: Creation) -> str:
    # ElastiCache puts five characters of its own before the suffix.
    return f"{made_up(c.urn, 5, 'abcdefghijklmnopqrstuvwxyz')}-{c.inputs['globalReplicationGroupIdSuffix']}"


def _complete_global(c: Creation) -> None:
    """moto has no global replication groups, though its replication groups can be a member of one."""
    record = backend(c, "elasticache").replication_groups[c.inputs["primaryReplicationGroupId"]]
    record.global_replication_group_id, record.global_replication_group_member_role = c.id, "PRIMARY"
    record.global_members = [(c.region, record.replication_group_id)]
    _globals(c)[c.id] = record


def _global_outputs(c: Creation) -> Mapping[str, Any]:
    record = _globals(c)[c.id]
    nodes = [
        {"globalNodeGroupId": f"{c.id}-{group['node_group_id']}", "slots": group.get("slots", "0-16383")}
        for group in record.node_groups
    ]
    return {
        "arn": c.arn("elasticache", f"globalreplicationgroup:{c.id}", region=""),
        "globalReplicationGroupId": c.id,
        "atRestEncryptionEnabled": record.at_rest_encryption_enabled,
        "authTokenEnabled": record.auth_token_enabled,
        "transitEncryptionEnabled": record.transit_encryption_enabled,
        "clusterEnabled": record.cluster_enabled,
        "cacheNodeType": record.cache_node_type,
        "engine": record.engine,
        "globalNodeGroups": nodes,
    }


_MODIFIED_GLOBAL = frozenset(
    {"automaticFailoverEnabled", "cacheNodeType", "engine", "engineVersion", "parameterGroupName"}
)

HANDLERS = (
    Handler(
        type="aws:elasticache/replicationGroup:ReplicationGroup",
        calls=(
            Call(
                operation=_CREATE,
                reshape=_group,
                rename={
                    "authTokenWo": "AuthToken",
                    "description": "ReplicationGroupDescription",
                    "maintenanceWindow": "PreferredMaintenanceWindow",
                    "nodeType": "CacheNodeType",
                    "parameterGroupName": "CacheParameterGroupName",
                    "securityGroupNames": "CacheSecurityGroupNames",
                    "subnetGroupName": "CacheSubnetGroupName",
                },
                parameters=_checked,
            ),
        ),
        id="ReplicationGroup.ReplicationGroupId",
        amend=_complete,
        outputs=_outputs,
        held={
            "applyImmediately": "only for later changes",
            "authTokenUpdateStrategy": "only for later changes",
            "authTokenWoVersion": "what the provider compares, in place of the token",
            "finalSnapshotIdentifier": "only for deletion",
        },
    ),
    Handler(
        type="aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
        calls=(
            Call(
                operation="elasticache:CreateGlobalReplicationGroup",
                parameters=_global,
                consumes=_MODIFIED_GLOBAL,
                simulated=False,
            ),
            Call(
                operation="elasticache:ModifyGlobalReplicationGroup",
                inputs=_MODIFIED_GLOBAL,
                rename={"parameterGroupName": "CacheParameterGroupName"},
                parameters=lambda c: {"GlobalReplicationGroupId": c.id, "ApplyImmediately": True},
                when=lambda c: bool(_MODIFIED_GLOBAL & c.inputs.keys()),
                simulated=False,
            ),
        ),
        id=_global_id,
        amend=_complete_global,
        outputs=_global_outputs,
        held={"numNodeGroups": "shards are added by later calls, which moto lacks"},
    ),
)
