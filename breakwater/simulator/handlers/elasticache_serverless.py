"""Serverless caches; moto has none, so they are checked and held."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._elasticache_nodes import region_code
from breakwater.simulator.handlers._rds import check_key, zones_of
from breakwater.simulator.handlers._store import backend, held, made_up, refuse
from breakwater.simulator.handlers.elasticache import USER_GROUPS

_CREATE = "elasticache:CreateServerlessCache"
_CACHES = "serverless caches"
_PORT, _READER_PORT = 6379, 6380
_ECPU_MIN, _ECPU_MAX = 1_000, 15_000_000
"""What the provider allows."""


def _usage(inputs: dict[str, Any]) -> dict[str, Any]:
    """The provider's block of processing units is a list of one."""
    limits = inputs.get("cacheUsageLimits")
    if not limits:
        return inputs
    shaped = {name: value for name, value in limits.items() if name != "ecpuPerSeconds"}
    if rates := limits.get("ecpuPerSeconds"):
        shaped["ECPUPerSecond"] = rates[0]
    return {**inputs, "cacheUsageLimits": shaped}


def _checked(c: Creation) -> Mapping[str, Any]:
    for rate in c.inputs.get("cacheUsageLimits", {}).get("ecpuPerSeconds", ()):
        for name, value in rate.items():
            if not _ECPU_MIN <= value <= _ECPU_MAX:
                raise MappingError(f"ecpuPerSeconds.{name}: {value}; {_ECPU_MIN} to {_ECPU_MAX} are allowed")
    name = str(c.inputs["name"]).lower()
    if name in held(c, "elasticache", _CACHES):
        raise refuse(_CREATE, "ServerlessCacheAlreadyExistsFault", f"Serverless cache {name} already exists.")
    group = c.inputs.get("userGroupId")
    if group is not None and group not in held(c, "elasticache", USER_GROUPS):
        raise refuse(_CREATE, "UserGroupNotFound", f"User group {group} not found in {c.region}.")
    subnets = c.inputs.get("subnetIds", ())
    if subnets and len(zones_of(c, subnets)) < len(set(subnets)):
        raise refuse(_CREATE, "InvalidParameterValue", f"a subnet does not exist in {c.region}, or shares its zone")
    for security_group in c.inputs.get("securityGroupIds", ()):
        if backend(c, "ec2").get_security_group_from_id(security_group) is None:
            raise refuse(_CREATE, "InvalidParameterValue", f"the security group {security_group} does not exist")
    check_key(c, _CREATE, c.inputs.get("kmsKeyId"))
    return {"ServerlessCacheName": name}


def _hold(c: Creation) -> None:
    """moto has no serverless caches."""
    held(c, "elasticache", _CACHES)[c.id] = c.requests[0]


def _outputs(c: Creation) -> Mapping[str, Any]:
    address = f"{c.id}-{made_up(c.urn, 6)}.serverless.{region_code(c.region)}.cache.amazonaws.com"
    return {
        "arn": c.arn("elasticache", f"serverlesscache:{c.id}"),
        "status": "available",
        "endpoints": [{"address": address, "port": _PORT}],
        "readerEndpoints": [{"address": address, "port": _READER_PORT}],
    }


HANDLERS = (
    Handler(
        type="aws:elasticache/serverlessCache:ServerlessCache",
        calls=(
            Call(
                operation=_CREATE,
                reshape=_usage,
                rename={"name": "ServerlessCacheName", "snapshotArnsToRestores": "SnapshotArnsToRestore"},
                parameters=_checked,
                simulated=False,
            ),
        ),
        id=lambda c: str(c.inputs["name"]).lower(),
        amend=_hold,
        outputs=_outputs,
    ),
)
