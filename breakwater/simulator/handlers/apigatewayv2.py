"""HTTP APIs of API Gateway: routes to functions, stages, names of one's own."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._store import UPPER, backend, made_up, refuse
from breakwater.simulator.handlers._zone_ids import API_GATEWAY

_DEFAULT = "$default"


def _api(c: Creation) -> Any:
    return backend(c, "apigatewayv2").apis[c.inputs["apiId"]]


def _api_outputs(c: Creation) -> Mapping[str, Any]:
    return {
        "arn": f"arn:aws:apigateway:{c.region}::/apis/{c.id}",
        "executionArn": c.arn("execute-api", c.id),
        "ipAddressType": c.inputs.get("ipAddressType", "ipv4"),
    }


def _integration(c: Creation) -> Mapping[str, Any]:
    """The provider's defaults."""
    return {
        "ConnectionType": c.inputs.get("connectionType", "INTERNET"),
        "PayloadFormatVersion": c.inputs.get("payloadFormatVersion", "1.0"),
    }


def _route(c: Creation) -> Mapping[str, Any]:
    """What API Gateway checks and moto does not."""
    api, operation = _api(c), "apigatewayv2:CreateRoute"
    if any(route.route_key == c.inputs["routeKey"] for route in api.routes.values()):
        raise refuse(
            operation, "ConflictException", f"Route with key {c.inputs['routeKey']} already exists for this API"
        )
    target = str(c.inputs.get("target", ""))
    if target and target.removeprefix("integrations/") not in api.integrations:
        raise refuse(operation, "BadRequestException", f"Invalid target {target}")
    kind, authorizer = c.inputs.get("authorizationType", "NONE"), c.inputs.get("authorizerId")
    if kind in ("JWT", "CUSTOM") and authorizer not in api.authorizers:
        raise refuse(operation, "BadRequestException", f"AuthorizerId is required for authorization type {kind}")
    return {"AuthorizationType": kind, "ApiKeyRequired": c.inputs.get("apiKeyRequired", False)}


def _stage(c: Creation) -> Mapping[str, Any]:
    api, settings = _api(c), c.inputs.get("routeSettings") or []
    keys = {route.route_key for route in api.routes.values()}
    if missing := sorted({setting["routeKey"] for setting in settings} - keys):
        message = f"Unable to find Route by key {missing[0]} within the provided RouteSettings"
        raise refuse("apigatewayv2:CreateStage", "NotFoundException", message)
    return {"RouteSettings": {s["routeKey"]: _setting(s) for s in settings}} if settings else {}


def _setting(given: Mapping[str, Any]) -> dict[str, Any]:
    return {k[:1].upper() + k[1:]: v for k, v in given.items() if k != "routeKey" and v is not None}


def _stage_outputs(c: Creation) -> Mapping[str, Any]:
    api, path = c.inputs["apiId"], "" if c.id == _DEFAULT else c.id
    return {
        "arn": f"arn:aws:apigateway:{c.region}::/apis/{api}/stages/{c.id}",
        "executionArn": c.arn("execute-api", f"{api}/{c.id}"),
        "invokeUrl": f"https://{api}.execute-api.{c.region}.amazonaws.com/{path}",
    }


def _domain(c: Creation) -> Mapping[str, Any]:
    """moto looks neither at the certificate nor at its names."""
    configuration = c.inputs["domainNameConfiguration"]
    arn, name = configuration["certificateArn"], c.inputs["domainName"]
    certificate = backend(c, "acm")._certificates.get(arn)
    operation = "apigatewayv2:CreateDomainName"
    if certificate is None or arn.split(":")[3] != c.region:
        raise refuse(operation, "BadRequestException", f"The certificate {arn} does not exist in {c.region}")
    if not {name, f"*.{name.partition('.')[2]}"} & set(certificate.sans):
        raise refuse(operation, "BadRequestException", f"The provided certificate does not cover {name}")
    return {"DomainNameConfigurations": [{k[:1].upper() + k[1:]: v for k, v in configuration.items() if v is not None}]}


def _keep_domain(c: Creation) -> None:
    """The address that the name must lead to."""
    configuration = backend(c, "apigatewayv2").domain_names[c.id].domain_name_configurations[0]
    configuration |= {
        "apiGatewayDomainName": f"d-{made_up(c.urn, 10)}.execute-api.{c.region}.amazonaws.com",
        "domainNameStatus": "AVAILABLE",
        "hostedZoneId": API_GATEWAY.get(c.region) or f"Z{made_up(c.region, 13, UPPER)}",
        "ipAddressType": configuration.get("ipAddressType", "ipv4"),
    }


def _domain_outputs(c: Creation) -> Mapping[str, Any]:
    configuration = backend(c, "apigatewayv2").domain_names[c.id].domain_name_configurations[0]
    return {
        "arn": f"arn:aws:apigateway:{c.region}::/domainnames/{c.id}",
        "apiMappingSelectionExpression": "$request.basepath",
        "domainNameConfiguration": {
            "targetDomainName": configuration["apiGatewayDomainName"],
            "hostedZoneId": configuration["hostedZoneId"],
            "ipAddressType": configuration["ipAddressType"],
        },
    }


def _mapping(c: Creation) -> Mapping[str, Any]:
    api = backend(c, "apigatewayv2").apis.get(c.inputs["apiId"])
    if api is not None and c.inputs["stage"] not in api.stages:
        raise refuse("apigatewayv2:CreateApiMapping", "BadRequestException", "Invalid stage identifier specified")
    return {}


HANDLERS = (
    Handler(
        type="aws:apigatewayv2/api:Api",
        calls=(Call(operation="apigatewayv2:CreateApi"),),
        id="ApiId",
        outputs=lambda c: {"apiEndpoint": c.answers[0]["ApiEndpoint"], **_api_outputs(c)},
    ),
    Handler(
        type="aws:apigatewayv2/authorizer:Authorizer",
        calls=(Call(operation="apigatewayv2:CreateAuthorizer"),),
        id="AuthorizerId",
    ),
    Handler(
        type="aws:apigatewayv2/integration:Integration",
        calls=(
            Call(
                operation="apigatewayv2:CreateIntegration",
                rename={"timeoutMilliseconds": "TimeoutInMillis"},
                parameters=_integration,
            ),
        ),
        id="IntegrationId",
    ),
    Handler(
        type="aws:apigatewayv2/route:Route",
        calls=(Call(operation="apigatewayv2:CreateRoute", parameters=_route),),
        id="RouteId",
    ),
    Handler(
        type="aws:apigatewayv2/stage:Stage",
        calls=(
            Call(
                operation="apigatewayv2:CreateStage",
                rename={"name": "StageName"},
                parameters=_stage,
                consumes=frozenset({"routeSettings"}),
            ),
        ),
        id="StageName",
        outputs=_stage_outputs,
    ),
    Handler(
        type="aws:apigatewayv2/domainName:DomainName",
        calls=(
            Call(
                operation="apigatewayv2:CreateDomainName",
                parameters=_domain,
                consumes=frozenset({"domainNameConfiguration"}),
            ),
        ),
        id="DomainName",
        amend=_keep_domain,
        outputs=_domain_outputs,
    ),
    Handler(
        type="aws:apigatewayv2/apiMapping:ApiMapping",
        calls=(Call(operation="apigatewayv2:CreateApiMapping", parameters=_mapping),),
        id="ApiMappingId",
    ),
)
