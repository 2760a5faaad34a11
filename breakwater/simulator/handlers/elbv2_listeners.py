"""Listeners of load balancers, their rules and certificates."""

from collections.abc import Callable, Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._attributes import Attribute, pairs
from breakwater.simulator.handlers._store import backend, refuse

_REDIRECT = {
    "host": "#{host}",
    "path": "/#{path}",
    "port": "#{port}",
    "protocol": "#{protocol}",
    "query": "#{query}",
}
"""What the provider fills in: the request's own."""
_MOST_VALUES = 5
"""Condition values per rule (Elastic Load Balancing's quotas, not adjustable)."""


def _actions_at(path: str) -> Mapping[str, str]:
    """Where the parts of an action go."""
    return {
        f"{path}.authenticateCognito": "AuthenticateCognitoConfig",
        f"{path}.authenticateOidc": "AuthenticateOidcConfig",
        f"{path}.fixedResponse": "FixedResponseConfig",
        f"{path}.forward": "ForwardConfig",
        f"{path}.forward.stickiness": "TargetGroupStickinessConfig",
        f"{path}.forward.stickiness.duration": "DurationSeconds",
        f"{path}.forward.targetGroups.arn": "TargetGroupArn",
        f"{path}.jwtValidation": "JwtValidationConfig",
        f"{path}.redirect": "RedirectConfig",
    }


def _completed(path: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The actions with what the provider fills in: order, redirect's placeholders, weights."""

    def reshape(given: dict[str, Any]) -> dict[str, Any]:
        actions = []
        for index, action in enumerate(given[path]):
            action = {"order": index + 1} | action
            if "redirect" in action:
                action["redirect"] = _REDIRECT | action["redirect"]
            if "forward" in action:
                groups = [{"weight": 1} | group for group in action["forward"]["targetGroups"]]
                action["forward"] = action["forward"] | {"targetGroups": groups}
            actions.append(action)
        return given | {path: actions}

    return reshape


# -- listeners

_CREATE = "elbv2:CreateListener"
_REQUEST, _RESPONSE = "routing.http.request.x_amzn_{}.header_name", "routing.http.response.{}.header_value"
_ATTRIBUTES = {
    "tcpIdleTimeoutSeconds": Attribute("tcp.idle_timeout.seconds", span=(60, 6000)),
    "routingHttpResponseServerEnabled": Attribute("routing.http.response.server.enabled", choices=("true", "false")),
    **{
        f"routingHttpRequestXAmzn{name}HeaderName": Attribute(_REQUEST.format(key))
        for name, key in {
            "MtlsClientcert": "mtls_clientcert",
            "MtlsClientcertIssuer": "mtls_clientcert_issuer",
            "MtlsClientcertLeaf": "mtls_clientcert_leaf",
            "MtlsClientcertSerialNumber": "mtls_clientcert_serial_number",
            "MtlsClientcertSubject": "mtls_clientcert_subject",
            "MtlsClientcertValidity": "mtls_clientcert_validity",
            "TlsCipherSuite": "tls_cipher_suite",
            "TlsVersion": "tls_version",
        }.items()
    },
    **{
        f"routingHttpResponse{name}HeaderValue": Attribute(_RESPONSE.format(key))
        for name, key in {
            "AccessControlAllowCredentials": "access_control_allow_credentials",
            "AccessControlAllowHeaders": "access_control_allow_headers",
            "AccessControlAllowMethods": "access_control_allow_methods",
            "AccessControlAllowOrigin": "access_control_allow_origin",
            "AccessControlExposeHeaders": "access_control_expose_headers",
            "AccessControlMaxAge": "access_control_max_age",
            "ContentSecurityPolicy": "content_security_policy",
            "StrictTransportSecurity": "strict_transport_security",
            "XContentTypeOptions": "x_content_type_options",
            "XFrameOptions": "x_frame_options",
        }.items()
    },
}


def _check_certificate(c: Creation, operation: str, arn: str) -> None:
    """AWS takes only certificates of the region that have been issued; moto takes any."""
    if ":acm:" not in arn:
        return
    certificate = backend(c, "acm")._certificates.get(arn)
    if certificate is None:
        raise refuse(operation, "CertificateNotFound", f"Certificate '{arn}' not found")
    if certificate.status != "ISSUED":
        raise refuse(
            operation,
            "UnsupportedCertificate",
            f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported "
            f"key size: it is {certificate.status}; use the certificate_arn of a CertificateValidation",
        )


def _protocol(c: Creation) -> Any:
    default = "HTTP" if ":loadbalancer/app/" in c.inputs["loadBalancerArn"] else None
    return c.inputs.get("protocol", default)


def _is_secure(c: Creation) -> bool:
    return _protocol(c) in ("HTTPS", "TLS")


def _listener(c: Creation) -> dict[str, Any]:
    protocol, certificate, secure = _protocol(c), c.inputs.get("certificateArn"), _is_secure(c)
    if secure and not certificate:
        raise refuse(_CREATE, "ValidationError", f"A certificate must be specified for {protocol} listeners")
    if certificate and not secure:
        raise refuse(_CREATE, "ValidationError", f"A certificate cannot be specified for {protocol} listeners")
    policy = c.inputs.get("sslPolicy")
    if policy is not None and not policy.startswith("ELBSecurityPolicy-"):
        raise refuse(_CREATE, "SSLPolicyNotFound", f"SSL policy '{policy}' not found")
    if certificate:
        _check_certificate(c, _CREATE, certificate)
    balancer = backend(c, "elbv2").load_balancers.get(c.inputs["loadBalancerArn"])
    for other in balancer.listeners.values() if balancer else ():
        if other.port == c.inputs.get("port") and other.protocol == protocol:
            message = f"A listener already exists on this port for this load balancer '{balancer.arn}'"
            raise refuse(_CREATE, "DuplicateListener", message)
    return {"Protocol": protocol, "Certificates": [{"CertificateArn": certificate}] if certificate else None}


def _attributes(c: Creation) -> dict[str, Any]:
    return {attribute.key: c.inputs[name] for name, attribute in _ATTRIBUTES.items() if name in c.inputs}


def _amend_listener(c: Creation) -> None:
    """moto gives every listener a TLS policy and knows no mutual authentication."""
    listener = backend(c, "elbv2").load_balancers[c.inputs["loadBalancerArn"]].listeners[c.id]
    if not _is_secure(c):
        listener.ssl_policy = None
    if mutual := c.inputs.get("mutualAuthentication"):
        listener.mutual_authentication = {k[:1].upper() + k[1:]: v for k, v in mutual.items()}


_MODIFY = "elbv2:ModifyListenerAttributes"
_LISTENER = Handler(
    type="aws:lb/listener:Listener",
    calls=(
        Call(
            operation=_CREATE,
            rename=_actions_at("defaultActions"),
            reshape=_completed("defaultActions"),
            parameters=_listener,
            consumes=frozenset({"certificateArn", "protocol", *_ATTRIBUTES}),
        ),
        Call(
            operation=_MODIFY,
            parameters=lambda c: {
                "ListenerArn": c.id,
                "Attributes": pairs(_MODIFY, _ATTRIBUTES.values(), _attributes(c)),
            },
            when=lambda c: bool(_attributes(c)),
        ),
    ),
    id="Listeners.0.ListenerArn",
    result="Listeners.0",
    amend=_amend_listener,
    outputs=lambda c: {"arn": c.id} | ({} if _is_secure(c) else {"sslPolicy": ""}),
)

# -- rules

_RULE = "elbv2:CreateRule"
_CONDITIONS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "queryStrings": ("query-string", "QueryStringConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}


def _condition(block: Mapping[str, Any]) -> dict[str, Any]:
    named = [name for name in _CONDITIONS if block.get(name)]
    if len(named) != 1:
        given = ", ".join(named) or "none"
        message = f"each condition has exactly one of {', '.join(_CONDITIONS)}, not {given}"
        raise refuse(_RULE, "ValidationError", message)
    field, member = _CONDITIONS[named[0]]
    value = block[named[0]]
    return {"field": field, member: {"values": value} if named[0] == "queryStrings" else value}


def _rule(given: dict[str, Any]) -> dict[str, Any]:
    completed = _completed("actions")(given)
    conditions = [_condition(block) for block in given["conditions"]]
    configs = [config for condition in conditions for config in condition.values() if isinstance(config, dict)]
    number = sum(len(config.get(name) or ()) for config in configs for name in ("values", "regexValues"))
    if number > _MOST_VALUES:
        message = f"{number} condition values, a rule has at most {_MOST_VALUES}"
        raise refuse(_RULE, "ValidationError", message)
    return completed | {"conditions": conditions}


def _priority(c: Creation) -> dict[str, Any]:
    """Without one the provider takes the number after the highest."""
    if "priority" in c.inputs:
        return {}
    rules = backend(c, "elbv2").describe_rules(c.inputs["listenerArn"], None)
    taken = [int(rule.priority) for rule in rules if str(rule.priority).isdigit()]
    return {"Priority": max(taken, default=0) + 1}


def _amend_rule(c: Creation) -> None:
    """moto drops the transforms of a rule."""
    store = backend(c, "elbv2")
    for rule in store.describe_rules(c.inputs["listenerArn"], None):
        if rule.arn == c.id:
            rule.transforms = [_transform(block) for block in c.inputs.get("transforms") or ()]


def _transform(block: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"Type": block["type"]}
    for name in ("hostHeaderRewriteConfig", "urlRewriteConfig"):
        if name in block:
            rewrite = block[name]["rewrite"]
            rewrites = [{"Regex": rewrite["regex"], "Replace": rewrite["replace"]}]
            found[name[:1].upper() + name[1:]] = {"Rewrites": rewrites}
    return found


_LISTENER_RULE = Handler(
    type="aws:lb/listenerRule:ListenerRule",
    calls=(Call(operation=_RULE, rename=_actions_at("actions"), reshape=_rule, parameters=_priority),),
    id="Rules.0.RuleArn",
    amend=_amend_rule,
    outputs=lambda c: {"arn": c.id, "priority": int(c.answers[0]["Rules"][0]["Priority"])},
)


# -- further certificates


def _certificate(c: Creation) -> dict[str, Any]:
    operation = "elbv2:AddListenerCertificates"
    _check_certificate(c, operation, c.inputs["certificateArn"])
    return {"Certificates": [{"CertificateArn": c.inputs["certificateArn"]}]}


_LISTENER_CERTIFICATE = Handler(
    type="aws:lb/listenerCertificate:ListenerCertificate",
    calls=(
        Call(
            operation="elbv2:AddListenerCertificates",
            parameters=_certificate,
            consumes=frozenset({"certificateArn"}),
        ),
    ),
    id=lambda c: f"{c.inputs['listenerArn']}_{c.inputs['certificateArn']}",
)

HANDLERS = (_LISTENER, _LISTENER_RULE, _LISTENER_CERTIFICATE)
