"""Load balancers."""

import re
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._attributes import Attribute, flag, pairs, text
from breakwater.simulator.handlers._store import backend, refuse
from breakwater.simulator.handlers._zone_ids import APPLICATION, NETWORK

_NAME = re.compile(r"(?!internal-)[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?")

_CREATE, _MODIFY = "elbv2:CreateLoadBalancer", "elbv2:ModifyLoadBalancerAttributes"
_ATTRIBUTES = {
    "enableDeletionProtection": flag("deletion_protection.enabled"),
    # An application load balancer always balances across zones; the provider does not send it there.
    "enableCrossZoneLoadBalancing": flag("load_balancing.cross_zone.enabled", only="network"),
    "enableZonalShift": flag("zonal_shift.config.enabled"),
    "idleTimeout": Attribute("idle_timeout.timeout_seconds", "60", (1, 4000), only="application"),
    "clientKeepAlive": Attribute("client_keep_alive.seconds", "3600", (60, 604800), only="application"),
    "desyncMitigationMode": Attribute(
        "routing.http.desync_mitigation_mode",
        "defensive",
        choices=("monitor", "defensive", "strictest"),
        only="application",
    ),
    "dropInvalidHeaderFields": flag("routing.http.drop_invalid_header_fields.enabled", only="application"),
    "preserveHostHeader": flag("routing.http.preserve_host_header.enabled", only="application"),
    "enableTlsVersionAndCipherSuiteHeaders": flag(
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", only="application"
    ),
    "enableXffClientPort": flag("routing.http.xff_client_port.enabled", only="application"),
    "xffHeaderProcessingMode": Attribute(
        "routing.http.xff_header_processing.mode",
        "append",
        choices=("append", "preserve", "remove"),
        only="application",
    ),
    "enableHttp2": flag("routing.http2.enabled", "true", only="application"),
    "enableWafFailOpen": flag("waf.fail_open.enabled", only="application"),
    "dnsRecordClientRoutingPolicy": Attribute(
        "dns_record.client_routing_policy",
        "any_availability_zone",
        choices=("availability_zone_affinity", "partial_availability_zone_affinity", "any_availability_zone"),
        only="network",
    ),
    "secondaryIpsAutoAssignedPerSubnet": Attribute(
        "secondary_ips.auto_assigned.per_subnet", "0", (0, 7), only="network"
    ),
}
_LOGS = {
    "accessLogs": "access_logs.s3",
    "connectionLogs": "connection_logs.s3",
    "healthCheckLogs": "health_check_logs.s3",
}


def _type(c: Creation) -> str:
    return str(c.inputs.get("loadBalancerType", "application"))


def _attributes(c: Creation) -> dict[str, Any]:
    """Key → value of what the program asks for, as the provider sends it."""
    values = {
        attribute.key: c.inputs[name]
        for name, attribute in _ATTRIBUTES.items()
        if name in c.inputs and attribute.only in ("", _type(c))
    }
    for name, prefix in _LOGS.items():
        block = c.inputs.get(name)
        if block and block.get("enabled"):
            given = {"enabled": True, "bucket": block["bucket"], "prefix": block.get("prefix", "")}
            values |= {f"{prefix}.{part}": value for part, value in given.items()}
        elif block:
            values[f"{prefix}.enabled"] = False
    return values


def _check_load_balancer(c: Creation) -> None:
    """What AWS checks and moto does not: the name, the zones, the way to the internet."""
    name = c.inputs.get("name", "")
    if not _NAME.fullmatch(name):
        raise refuse(
            _CREATE,
            "ValidationError",
            f"The load balancer name {name!r} must have at most 32 letters, digits and hyphens, must not begin or end "
            "with a hyphen, nor begin with internal-",
        )
    store = backend(c, "ec2")
    ids = c.inputs.get("subnets") or [m["subnetId"] for m in c.inputs.get("subnetMappings") or ()]
    subnets = [store.get_subnet(subnet) for subnet in ids]
    zones = [subnet.availability_zone for subnet in subnets]
    if _type(c) == "application" and len(set(zones)) < 2:
        message = "At least two subnets in two different Availability Zones must be specified"
        raise refuse(_CREATE, "ValidationError", message)
    if len(set(zones)) < len(zones):
        message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        raise refuse(_CREATE, "InvalidConfigurationRequest", message)
    if subnets and not c.inputs.get("internal"):
        vpc = subnets[0].vpc_id
        if not any(gateway.vpc and gateway.vpc.id == vpc for gateway in store.internet_gateways.values()):
            raise refuse(_CREATE, "InvalidSubnet", f"VPC {vpc} has no internet gateway")
    for group in c.inputs.get("securityGroups") or ():
        if store.get_security_group_from_id(group) is None:
            raise refuse(_CREATE, "InvalidSecurityGroup", f"Security group '{group}' does not exist")


def _load_balancer(c: Creation) -> dict[str, Any]:
    _check_load_balancer(c)
    return {"Type": _type(c), "Scheme": "internal" if c.inputs.get("internal") else None}


def _amend_load_balancer(c: Creation) -> None:
    """moto starts with few attributes and no scheme, and does not take all; AWS shows every one, with its default."""
    record = backend(c, "elbv2").load_balancers[c.id]
    kind = _type(c)
    defaults = {a.key: a.default for a in _ATTRIBUTES.values() if a.only in ("", kind)}
    defaults |= {f"{prefix}.enabled": "false" for prefix in _LOGS.values() if kind == "application"}
    if kind == "application":
        defaults["load_balancing.cross_zone.enabled"] = "true"
    record.attrs |= defaults | {key: text(value) for key, value in _attributes(c).items()}
    record.canonical_hosted_zone_id = {"application": APPLICATION, "network": NETWORK}.get(kind, {}).get(
        c.region, record.canonical_hosted_zone_id
    )
    record.scheme = "internal" if c.inputs.get("internal") else "internet-facing"
    record.activate()


def _load_balancer_outputs(c: Creation) -> dict[str, Any]:
    record = backend(c, "elbv2").load_balancers[c.id]
    return {
        "arn": c.id,
        "arnSuffix": c.id.partition(":loadbalancer/")[2],
        "internal": bool(c.inputs.get("internal", False)),
        "subnets": [subnet.id for subnet in record.subnets],
        "zoneId": record.canonical_hosted_zone_id,
    }


# moto refuses these keys; _amend_load_balancer writes them.
_NOT_IN_MOTO = frozenset({"health_check_logs.s3.bucket", "health_check_logs.s3.prefix"})

_LOAD_BALANCER = Handler(
    type="aws:lb/loadBalancer:LoadBalancer",
    calls=(
        Call(
            operation=_CREATE,
            parameters=_load_balancer,
            consumes=frozenset({"internal", "loadBalancerType", *_ATTRIBUTES, *_LOGS}),
        ),
        Call(
            operation=_MODIFY,
            parameters=lambda c: {
                "LoadBalancerArn": c.id,
                "Attributes": [
                    pair
                    for pair in pairs(_MODIFY, _ATTRIBUTES.values(), _attributes(c))
                    if pair["Key"] not in _NOT_IN_MOTO
                ],
            },
            when=lambda c: bool(_attributes(c)),
        ),
        Call(
            operation="elbv2:SetSecurityGroups",
            inputs=frozenset({"enforceSecurityGroupInboundRulesOnPrivateLinkTraffic"}),
            parameters=lambda c: {"LoadBalancerArn": c.id, "SecurityGroups": c.inputs.get("securityGroups", [])},
            when=lambda c: "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic" in c.inputs,
        ),
        Call(
            operation="elbv2:ModifyCapacityReservation",
            inputs=frozenset({"minimumLoadBalancerCapacity"}),
            parameters=lambda c: {"LoadBalancerArn": c.id},
            when=lambda c: "minimumLoadBalancerCapacity" in c.inputs,
            simulated=False,
        ),
    ),
    id="LoadBalancers.0.LoadBalancerArn",
    result="LoadBalancers.0",
    amend=_amend_load_balancer,
    outputs=_load_balancer_outputs,
)

HANDLERS = (_LOAD_BALANCER,)
