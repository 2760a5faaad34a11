"""Target groups of load balancers."""

from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._attributes import Attribute, flag, pairs
from breakwater.simulator.handlers._store import refuse
from breakwater.simulator.mapping import without

_MODIFY = "elbv2:ModifyTargetGroupAttributes"
_COOKIE_SECONDS = (1, 604800)
_ATTRIBUTES = {
    "connectionTermination": flag("deregistration_delay.connection_termination.enabled"),
    "deregistrationDelay": Attribute("deregistration_delay.timeout_seconds", span=(0, 3600)),
    "lambdaMultiValueHeadersEnabled": flag("lambda.multi_value_headers.enabled"),
    "loadBalancingAlgorithmType": Attribute(
        "load_balancing.algorithm.type", choices=("round_robin", "least_outstanding_requests", "weighted_random")
    ),
    "loadBalancingAnomalyMitigation": Attribute("load_balancing.algorithm.anomaly_mitigation", choices=("on", "off")),
    "loadBalancingCrossZoneEnabled": Attribute(
        "load_balancing.cross_zone.enabled", choices=("true", "false", "use_load_balancer_configuration")
    ),
    "preserveClientIp": flag("preserve_client_ip.enabled"),
    "proxyProtocolV2": flag("proxy_protocol_v2.enabled"),
    "slowStart": Attribute("slow_start.duration_seconds", span=(0, 900)),
}
_BLOCKS = frozenset({"stickiness", "targetFailovers", "targetGroupHealth", "targetHealthStates"})
_BLOCK_ATTRIBUTES = (
    Attribute("stickiness.lb_cookie.duration_seconds", span=_COOKIE_SECONDS),
    Attribute("stickiness.app_cookie.duration_seconds", span=_COOKIE_SECONDS),
    Attribute("target_health_state.unhealthy.draining_interval_seconds", span=(0, 360000)),
)


def _stickiness(block: dict[str, Any]) -> dict[str, Any]:
    kind = block["type"]
    values = {"stickiness.enabled": block.get("enabled", True), "stickiness.type": kind}
    if kind in ("lb_cookie", "app_cookie"):
        values[f"stickiness.{kind}.duration_seconds"] = block.get("cookieDuration", 86400)
    if kind == "app_cookie":
        values["stickiness.app_cookie.cookie_name"] = block.get("cookieName", "")
    return values


def _attributes(c: Creation) -> dict[str, Any]:
    values = {attribute.key: c.inputs[name] for name, attribute in _ATTRIBUTES.items() if name in c.inputs}
    if stickiness := c.inputs.get("stickiness"):
        values |= _stickiness(stickiness)
    for block in c.inputs.get("targetFailovers") or ():
        values["target_failover.on_deregistration"] = block["onDeregistration"]
        values["target_failover.on_unhealthy"] = block["onUnhealthy"]
    for block in c.inputs.get("targetHealthStates") or ():
        prefix = "target_health_state.unhealthy"
        values[f"{prefix}.connection_termination.enabled"] = block["enableUnhealthyConnectionTermination"]
        if "unhealthyDrainingInterval" in block:
            values[f"{prefix}.draining_interval_seconds"] = block["unhealthyDrainingInterval"]
    health = c.inputs.get("targetGroupHealth") or {}
    for name, part in (("dnsFailover", "dns_failover"), ("unhealthyStateRouting", "unhealthy_state_routing")):
        for suffix in ("Count", "Percentage"):
            value = (health.get(name) or {}).get(f"minimumHealthyTargets{suffix}")
            if value is not None:
                values[f"target_group_health.{part}.minimum_healthy_targets.{suffix.lower()}"] = value
    slow = values.get("slow_start.duration_seconds", 0)
    if 0 < slow < 30:
        message = f"'slow_start.duration_seconds' value '{slow}' must be 0 or between '30-900' inclusive"
        raise refuse(_MODIFY, "ValidationError", message)
    return values


_HEALTH_CHECK = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}
_HEALTH_CHECK_DEFAULTS = {
    "enabled": True,
    "healthyThreshold": 3,
    "interval": 30,
    "port": "traffic-port",
    "protocol": "HTTP",
    "unhealthyThreshold": 3,
}
"""The provider's, which it sends once there is a block; without one AWS's own hold."""


def _health_check(c: Creation) -> dict[str, Any]:
    if c.inputs.get("healthCheck") is None:
        return {}
    block = _HEALTH_CHECK_DEFAULTS | c.inputs["healthCheck"]
    matcher = block.pop("matcher", None)
    if block["protocol"] == "TCP":
        # The provider leaves out what belongs to HTTP.
        block.pop("path", None)
        matcher = None
    if _is_lambda(c):
        block = without(block, ("port", "protocol"))
    found: dict[str, Any] = {_HEALTH_CHECK[k]: v for k, v in block.items()}
    code = "GrpcCode" if c.inputs.get("protocolVersion") == "GRPC" else "HttpCode"
    return found | ({"Matcher": {code: str(matcher)}} if matcher else {})


def _is_lambda(c: Creation) -> bool:
    return c.inputs.get("targetType") == "lambda"


def _target_group(c: Creation) -> dict[str, Any]:
    # None: not sent. A function has neither port nor network.
    nowhere = dict.fromkeys(("Port", "Protocol", "ProtocolVersion", "VpcId")) if _is_lambda(c) else {}
    return {"TargetType": c.inputs.get("targetType", "instance")} | nowhere | _health_check(c)


_TARGET_GROUP = Handler(
    type="aws:lb/targetGroup:TargetGroup",
    calls=(
        Call(
            operation="elbv2:CreateTargetGroup",
            parameters=_target_group,
            consumes=frozenset({"targetType", "healthCheck", *_ATTRIBUTES, *_BLOCKS}),
        ),
        Call(
            operation=_MODIFY,
            parameters=lambda c: {
                "TargetGroupArn": c.id,
                "Attributes": pairs(_MODIFY, (*_ATTRIBUTES.values(), *_BLOCK_ATTRIBUTES), _attributes(c)),
            },
            when=lambda c: bool(_attributes(c)),
        ),
    ),
    id="TargetGroups.0.TargetGroupArn",
    result="TargetGroups.0",
    outputs=lambda c: {"arn": c.id, "arnSuffix": f"targetgroup/{c.id.partition(':targetgroup/')[2]}"},
)

HANDLERS = (_TARGET_GROUP,)
