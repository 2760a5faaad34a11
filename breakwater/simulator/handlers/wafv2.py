"""Web ACLs, what they protect, where they log."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from breakwater.simulator.aws import GLOBAL_REGION
from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._store import backend, refuse
from breakwater.simulator.mapping import json_value, lower_first

_CREATE = "wafv2:CreateWebACL"
_WINDOWS = (60, 120, 300, 600)
"""Seconds over which a rate is counted (API reference, RateBasedStatement: EvaluationWindowSec)."""
_REQUEST_BODIES = {
    "apiGateway": "API_GATEWAY",
    "appRunnerService": "APP_RUNNER_SERVICE",
    "cloudfront": "CLOUDFRONT",
    "cognitoUserPool": "COGNITO_USER_POOL",
    "verifiedAccessInstance": "VERIFIED_ACCESS_INSTANCE",
}
_GROUPS = ("managedRuleGroupStatement", "ruleGroupReferenceStatement")


def _invalid(operation: str, message: str) -> Exception:
    return refuse(operation, "WAFInvalidParameterException", f"Error reason: {message}")


def _completed(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule with what the provider fills in."""
    found = dict(rule)
    rate = found.get("statement", {}).get("rateBasedStatement")
    if rate:
        filled = {"aggregateKeyType": "IP", "evaluationWindowSec": 300} | rate
        found["statement"] = {"rateBasedStatement": filled}
    return found


def _reshaped(given: dict[str, Any]) -> dict[str, Any]:
    found = dict(given)
    if "rules" in found:
        found["rules"] = [_completed(rule) for rule in found["rules"]]
    if bodies := found.pop("customResponseBodies", None):
        found["customResponseBodies"] = {
            body["key"]: {"content": body["content"], "contentType": body["contentType"]} for body in bodies
        }
    if association := found.get("associationConfig"):
        limits = {_REQUEST_BODIES[k]: v for body in association["requestBodies"] for k, v in body.items()}
        found["associationConfig"] = {"requestBody": limits}
    return found


def _statements(statement: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every statement inside a statement, itself first, under its kind."""
    for kind, body in statement.items():
        yield kind, body
        for inner in (body.get("statement"), body.get("scopeDownStatement"), *body.get("statements", ())):
            yield from _statements(inner or {})


def _check_rules(rules: Sequence[Mapping[str, Any]]) -> None:
    """What WAF checks beyond the service model, and moto does not."""
    for field in ("priority", "name"):
        values = [rule.get(field) for rule in rules]
        for value in values:
            if values.count(value) > 1:
                raise _invalid(_CREATE, f"two rules have the {field} {value!r}; each needs its own")
    for rule in rules:
        name, statement = rule.get("name"), rule.get("statement") or {}
        kinds = list(statement)
        if len(kinds) != 1:
            given = ", ".join(kinds) or "none"
            raise _invalid(_CREATE, f"rule {name!r}: a statement has exactly one kind, not {given}")
        wanted, other = ("overrideAction", "action") if kinds[0] in _GROUPS else ("action", "overrideAction")
        if wanted not in rule or other in rule:
            raise _invalid(_CREATE, f"rule {name!r}: a {kinds[0]} needs {wanted} and takes no {other}")
        for kind, body in _statements(statement):
            window = body.get("evaluationWindowSec", 300)
            if kind == "rateBasedStatement" and window not in _WINDOWS:
                allowed = ", ".join(map(str, _WINDOWS))
                raise _invalid(_CREATE, f"rule {name!r}: evaluationWindowSec {window} is not one of {allowed}")


def _web_acl(c: Creation) -> dict[str, Any]:
    if c.inputs["scope"] == "CLOUDFRONT" and c.region != GLOBAL_REGION:
        raise _invalid(_CREATE, f"The scope is not valid: CLOUDFRONT is for {GLOBAL_REGION} only")
    if "ruleJson" not in c.inputs:
        _check_rules(c.inputs.get("rules") or ())
        return {}
    rules = json_value(c.inputs["ruleJson"], "ruleJson")
    _check_rules(lower_first(rules))
    return {"Rules": rules}


_WEB_ACL = Handler(
    type="aws:wafv2/webAcl:WebAcl",
    calls=(Call(operation=_CREATE, reshape=_reshaped, parameters=_web_acl, consumes=frozenset({"ruleJson"})),),
    id="Summary.Id",
    result="Summary",
    outputs=lambda c: {"arn": c.answers[0]["Summary"]["ARN"]},
)


def _associate(c: Creation) -> dict[str, Any]:
    operation, resource = "wafv2:AssociateWebACL", c.inputs["resourceArn"]
    if ":loadbalancer/" in resource and resource not in backend(c, "elbv2").load_balancers:
        raise refuse(operation, "WAFNonexistentItemException", f"the load balancer {resource} is not in {c.region}")
    if f":{c.region}:" not in c.inputs["webAclArn"]:
        raise _invalid(operation, f"the web ACL {c.inputs['webAclArn']} is not of {c.region}")
    return {}


_ASSOCIATION = Handler(
    type="aws:wafv2/webAclAssociation:WebAclAssociation",
    calls=(Call(operation="wafv2:AssociateWebACL", parameters=_associate),),
    id=lambda c: f"{c.inputs['webAclArn']},{c.inputs['resourceArn']}",
)


def _log(given: dict[str, Any]) -> dict[str, Any]:
    for arn in given["logDestinationConfigs"]:
        name = arn.rpartition(":::")[2] if ":s3:" in arn else arn.split(":")[6].rpartition("/")[2]
        if not name.startswith("aws-waf-logs-"):
            message = f"The ARN isn't valid. A log destination's name must begin with aws-waf-logs-: {arn}"
            raise _invalid("wafv2:PutLoggingConfiguration", message)
    return {"loggingConfiguration": given}


_LOGGING = Handler(
    type="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    calls=(Call(operation="wafv2:PutLoggingConfiguration", reshape=_log),),
    id=lambda c: str(c.inputs["resourceArn"]),
)

HANDLERS = (_WEB_ACL, _ASSOCIATION, _LOGGING)
