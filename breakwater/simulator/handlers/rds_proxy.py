"""RDS Proxy."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._rds import zones_of
from breakwater.simulator.handlers._store import backend, made_up, refuse, write

_DEFAULT_GROUP = "default"


def _proxy(c: Creation) -> Mapping[str, Any]:
    if c.inputs.get("defaultAuthScheme", "NONE") == "NONE" and not c.inputs.get("auths"):
        message = "Auth is needed unless DefaultAuthScheme is IAM_AUTH"
        raise refuse("rds:CreateDBProxy", "InvalidParameterCombination", message)
    if len(zones_of(c, c.inputs["vpcSubnetIds"])) < 2:
        message = "a proxy needs subnets in two Availability Zones at least"
        raise refuse("rds:CreateDBProxy", "InvalidSubnet", message)
    # moto reads Auth in every request.
    return {} if c.inputs.get("auths") else {"Auth": []}


def _complete_proxy(c: Creation) -> None:
    """moto knows neither IAM end to end nor network types."""
    write(
        backend(c, "rds").db_proxies[c.id],
        default_auth_scheme=c.inputs.get("defaultAuthScheme", "NONE"),
        endpoint_network_type=c.inputs.get("endpointNetworkType", "IPV4"),
        target_connection_network_type=c.inputs.get("targetConnectionNetworkType", "IPV4"),
    )


def _group(c: Creation) -> Mapping[str, Any]:
    _existing(c, "rds:ModifyDBProxyTargetGroup")
    return {"TargetGroupName": _DEFAULT_GROUP}


def _existing(c: Creation, operation: str) -> Any:
    proxy = backend(c, "rds").db_proxies.get(c.inputs["dbProxyName"])
    if proxy is None:
        raise refuse(operation, "DBProxyNotFoundFault", f"there is no proxy {c.inputs['dbProxyName']} in {c.region}")
    return proxy


def _complete_group(c: Creation) -> None:
    """moto loses the statement that each connection begins with, which its property of the pool leaves out."""
    pool = c.requests[0].get("ConnectionPoolConfig", {})
    if query := pool.get("InitQuery"):
        backend(c, "rds").db_proxies[c.id].proxy_target_groups[_DEFAULT_GROUP].init_query = query


def _target(c: Creation) -> Mapping[str, Any]:
    operation = "rds:RegisterDBProxyTargets"
    proxy = _existing(c, operation)
    name = c.inputs.get("dbInstanceIdentifier")
    if name is None:
        return {}
    instance = backend(c, "rds").databases.get(name)
    if instance is None:
        raise refuse(operation, "DBInstanceNotFound", f"there is no instance {name} in {c.region}")
    if instance.is_replica:
        raise refuse(operation, "InvalidDBInstanceState", f"{name} is a read replica: RDS Proxy takes the writer only")
    if any(target.rds_resource_id == name for target in proxy.proxy_target_groups[_DEFAULT_GROUP].targets):
        raise refuse(operation, "DBProxyTargetAlreadyRegisteredFault", f"{name} is a target already")
    return {}


def _complete_target(c: Creation) -> None:
    """moto says 5432 for every target, and leaves out the address."""
    store = backend(c, "rds")
    if name := c.inputs.get("dbInstanceIdentifier"):
        instance = store.databases[name]
        group = store.db_proxies[c.inputs["dbProxyName"]].proxy_target_groups[_DEFAULT_GROUP]
        target = next(t for t in group.targets if t.rds_resource_id == name)
        write(target, port=instance.port, endpoint=instance.address, target_arn=instance.db_instance_arn)


def _target_id(c: Creation) -> str:
    target = c.answers[0]["DBProxyTargets"][0]
    return "/".join((c.inputs["dbProxyName"], c.inputs["targetGroupName"], target["Type"], target["RdsResourceId"]))


def _target_outputs(c: Creation) -> Mapping[str, Any]:
    keys = {"DBProxyName": c.inputs["dbProxyName"], "TargetGroupName": c.inputs["targetGroupName"]}
    targets = c.call("rds:DescribeDBProxyTargets", keys)["Targets"]
    target = next(t for t in targets if t["RdsResourceId"] == c.answers[0]["DBProxyTargets"][0]["RdsResourceId"])
    names = ("Endpoint", "Port", "RdsResourceId", "TargetArn", "Type")
    return {f"{name[:1].lower()}{name[1:]}": target[name] for name in names if name in target}


def _endpoint_outputs(c: Creation) -> Mapping[str, Any]:
    proxy = _existing(c, "rds:CreateDBProxyEndpoint")
    name = c.inputs["dbProxyEndpointName"]
    return {
        "arn": c.arn("rds", f"db-proxy-endpoint:prx-endpoint-{made_up(c.urn, 17)}"),
        "endpoint": f"{name}.endpoint.proxy-{made_up(proxy.unique_id, 12)}.{c.region}.rds.amazonaws.com",
        "isDefault": False,
        "vpcId": proxy.vpc_id,
    }


HANDLERS = (
    Handler(
        type="aws:rds/proxy:Proxy",
        calls=(Call(operation="rds:CreateDBProxy", rename={"name": "DBProxyName"}, parameters=_proxy),),
        id="DBProxy.DBProxyName",
        result="DBProxy",
        amend=_complete_proxy,
        outputs=lambda c: {"arn": c.answers[0]["DBProxy"]["DBProxyArn"]},
    ),
    Handler(
        type="aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
        calls=(Call(operation="rds:ModifyDBProxyTargetGroup", parameters=_group),),
        id=lambda c: str(c.inputs["dbProxyName"]),
        amend=_complete_group,
        outputs=lambda c: {
            "arn": c.answers[0]["DBProxyTargetGroup"]["TargetGroupArn"],
            "name": c.answers[0]["DBProxyTargetGroup"]["TargetGroupName"],
        },
    ),
    Handler(
        type="aws:rds/proxyTarget:ProxyTarget",
        calls=(Call(operation="rds:RegisterDBProxyTargets", parameters=_target),),
        id=_target_id,
        amend=_complete_target,
        outputs=_target_outputs,
    ),
    Handler(
        type="aws:rds/proxyEndpoint:ProxyEndpoint",
        calls=(
            Call(
                operation="rds:CreateDBProxyEndpoint",
                parameters=lambda c: {"TargetRole": c.inputs.get("targetRole", "READ_WRITE")},
                simulated=False,
            ),
        ),
        id=lambda c: f"{c.inputs['dbProxyName']}/{c.inputs['dbProxyEndpointName']}",
        outputs=_endpoint_outputs,
    ),
)
