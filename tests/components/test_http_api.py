"""components.http_api: routes, stage, names, permission, alarms; what is refused."""

import json
from typing import Any

import pytest

from components.http_api import Backend, Cors, HttpApi, HttpRoute, Jwt
from tests.support.data import alarms
from tests.support.functions import api_arguments, keys
from tests.support.recorder import Recording, record
from tests.support.workloads import measured

pytestmark = pytest.mark.feature("L8")

ROUTE = "aws:apigatewayv2/route:Route"
STAGE = "aws:apigatewayv2/stage:Stage"
JWT = Jwt(issuer="https://id.example.com", audiences=["shop"])


def backend(name: str) -> Backend:
    return Backend(function_name=f"{name}-1", invoke_arn=f"arn:invoke:{name}", timeout_seconds=25)


def api(**changes: Any) -> Recording:
    return record(lambda: HttpApi("shop", api_arguments(**changes)))


def test_registers_exactly_and_the_same_in_a_preview() -> None:
    changes: dict[str, Any] = {
        "domain_names": ["api.example.com", "us-east-1.api.example.com"],
        "functions": {"orders": backend("orders"), "users": backend("users")},
        "routes": {"GET /orders": HttpRoute(function="orders"), "GET /users": HttpRoute(function="users")},
        "jwt": JWT,
    }
    recording = api(**changes)
    assert recording.counts() == {
        "aws:apigatewayv2/api:Api": 1,
        "aws:apigatewayv2/authorizer:Authorizer": 1,
        "aws:lambda/permission:Permission": 2,
        "aws:apigatewayv2/integration:Integration": 2,
        "aws:apigatewayv2/route:Route": 2,
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:apigatewayv2/stage:Stage": 1,
        "aws:acm/certificate:Certificate": 1,
        "aws:route53/record:Record": 2,
        "aws:acm/certificateValidation:CertificateValidation": 1,
        "aws:apigatewayv2/domainName:DomainName": 2,
        "aws:apigatewayv2/apiMapping:ApiMapping": 2,
        "aws:cloudwatch/metricAlarm:MetricAlarm": 2,
    }
    planned = record(lambda: HttpApi("shop", api_arguments(**changes)), preview=True)
    assert [(r.type, r.name) for r in planned.resources] == [(r.type, r.name) for r in recording.resources]


def test_the_api_has_no_address_but_its_names() -> None:
    made = api().only("aws:apigatewayv2/api:Api")
    assert made.inputs == {
        "protocolType": "HTTP",
        "description": "Answers to api.example.com",
        "disableExecuteApiEndpoint": True,
    }


def test_cors_by_choice() -> None:
    cors = Cors(origins=["https://app.example.com"], exposed_headers=["etag"], credentials=True)
    assert api(cors=cors).only("aws:apigatewayv2/api:Api").inputs["corsConfiguration"] == {
        "allowOrigins": ["https://app.example.com"],
        "allowMethods": ["GET", "POST", "PUT", "PATCH", "DELETE"],
        "allowHeaders": ["authorization", "content-type"],
        "exposeHeaders": ["etag"],
        "allowCredentials": True,
        "maxAge": 3600,
    }


def test_the_permission_is_this_apis_and_before_its_integration() -> None:
    recording = api()
    permission = recording.only("aws:lambda/permission:Permission")
    assert permission.inputs == {
        "function": "orders-1",
        "action": "lambda:InvokeFunction",
        "principal": "apigateway.amazonaws.com",
        "sourceArn": "shop.executionArn/*/*",
    }
    integration = recording.only("aws:apigatewayv2/integration:Integration")
    assert integration.inputs == {
        "apiId": "shop.id",
        "integrationType": "AWS_PROXY",
        "integrationMethod": "POST",
        "integrationUri": "arn:invoke:orders",
        "payloadFormatVersion": "2.0",
        "timeoutMilliseconds": 30_000,
    }
    assert permission.urn in integration.dependencies


def test_routes_want_a_token_unless_they_are_public() -> None:
    routes = {
        "GET /orders/{id}": HttpRoute(function="orders", scopes=["read"]),
        "POST /login": HttpRoute(function="orders", public=True),
    }
    recording = api(routes=routes, jwt=JWT)
    assert recording.get(ROUTE, "shop-GET /orders/{id}").inputs == {
        "apiId": "shop.id",
        "routeKey": "GET /orders/{id}",
        "target": "integrations/shop-orders.id",
        "authorizationType": "JWT",
        "authorizerId": "shop-jwt.id",
        "authorizationScopes": ["read"],
    }
    assert recording.get(ROUTE, "shop-POST /login").inputs == {
        "apiId": "shop.id",
        "routeKey": "POST /login",
        "target": "integrations/shop-orders.id",
        "authorizationType": "NONE",
    }
    assert recording.only("aws:apigatewayv2/authorizer:Authorizer").inputs == {
        "apiId": "shop.id",
        "authorizerType": "JWT",
        "identitySources": ["$request.header.Authorization"],
        "jwtConfiguration": {"issuer": "https://id.example.com", "audiences": ["shop"]},
    }


def test_a_new_route_changes_no_other() -> None:
    before = api()
    after = api(
        routes={
            "DELETE /orders": HttpRoute(function="orders", public=True),
            "GET /orders": HttpRoute(function="orders", public=True),
        }
    )
    kept = {(r.type, r.name): r.inputs for r in before.resources}
    assert kept.items() <= {(r.type, r.name): r.inputs for r in after.resources}.items()


def test_the_stage_throttles_each_route() -> None:
    routes = {
        "GET /orders": HttpRoute(function="orders", public=True),
        "POST /login": HttpRoute(function="orders", public=True, requests_per_second=10, burst=20),
        "POST /hook": HttpRoute(function="orders", public=True, requests_per_second=50),
    }
    recording = api(routes=routes, requests_per_second=80.0, burst=90)
    stage = recording.only(STAGE)
    assert stage.inputs["defaultRouteSettings"] == {"throttlingRateLimit": 80, "throttlingBurstLimit": 90}
    assert stage.inputs["routeSettings"] == [
        {"routeKey": "POST /hook", "throttlingRateLimit": 50, "throttlingBurstLimit": 90},
        {"routeKey": "POST /login", "throttlingRateLimit": 10, "throttlingBurstLimit": 20},
    ]
    assert (stage.inputs["name"], stage.inputs["autoDeploy"]) == ("$default", True)
    assert {r.urn for r in recording.of(ROUTE)} <= set(stage.dependencies)


def test_the_stage_logs_json_without_tokens() -> None:
    recording = api(log_retention_days=7)
    settings = recording.only(STAGE).inputs["accessLogSettings"]
    assert settings["destinationArn"] == "shop-access.arn"
    line = json.loads(settings["format"])
    assert line["route"] == "$context.routeKey"
    assert all(value.startswith("$context.") for value in line.values())
    assert not [value for value in line.values() if "claims" in value or "authorization" in value.lower()]
    assert recording.only("aws:cloudwatch/logGroup:LogGroup").inputs == {
        "name": "/aws/vendedlogs/http-api/test-unit-shop",
        "retentionInDays": 7,
        "kmsKeyId": keys().logs,
    }


def test_names() -> None:
    recording = api(domain_names=["api.example.com", "us-east-1.api.example.com"])
    certificate = recording.only("aws:acm/certificate:Certificate")
    assert certificate.inputs["domainName"] == "api.example.com"
    assert certificate.inputs["subjectAlternativeNames"] == ["us-east-1.api.example.com"]
    for name in ("api.example.com", "us-east-1.api.example.com"):
        assert recording.get("aws:apigatewayv2/domainName:DomainName", f"shop-{name}").inputs == {
            "domainName": name,
            "domainNameConfiguration": {
                "certificateArn": "shop-certificate.arn",
                "endpointType": "REGIONAL",
                "securityPolicy": "TLS_1_2",
            },
        }
        mapping = recording.get("aws:apigatewayv2/apiMapping:ApiMapping", f"shop-{name}").inputs
        assert mapping == {"apiId": "shop.id", "domainName": f"shop-{name}.id", "stage": "shop.id"}
    assert set(recording.result.targets) == {"api.example.com", "us-east-1.api.example.com"}


def test_alarms() -> None:
    found = alarms(api(error_percent=2.0, latency_alarm_seconds=1.5))
    assert {name.removeprefix("shop-alarms-"): measured(alarm) for name, alarm in found.items()} == {
        "server-errors": (None, None, "GreaterThanThreshold", 2, 3, "notBreaching"),
        "latency": ("AWS/ApiGateway", "Latency", "GreaterThanOrEqualToThreshold", 1500, 5, "notBreaching"),
    }
    queries = {q["id"]: q for q in found["shop-alarms-server-errors"].inputs["metricQueries"]}
    assert queries["errors"]["metric"]["metricName"] == "5xx"
    assert queries["errors"]["metric"]["dimensions"] == {"ApiId": "shop.id"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"domain_names": []}, "domain_names"),
        ({"domain_names": ["API"]}, "domain_names"),
        ({"domain_names": ["a.example.com", "a.example.com"]}, "subject_alternative_names"),
        ({"routes": {}}, "routes"),
        ({"routes": {"FETCH /a": HttpRoute(function="orders", public=True)}}, "routes"),
        ({"routes": {"GET a": HttpRoute(function="orders", public=True)}}, "routes"),
        ({"routes": {"GET /{all+}/b": HttpRoute(function="orders", public=True)}}, "routes"),
        ({"routes": {"GET /a": HttpRoute(function="nobody", public=True)}}, "routes"),
        ({"routes": {"GET /a": HttpRoute(function="orders")}}, "routes"),
        ({"functions": {"orders": backend("orders"), "idle": backend("idle")}}, "functions"),
        ({"timeout_seconds": 31}, "timeout_seconds"),
        ({"timeout_seconds": 25}, "timeout_seconds"),
        ({"requests_per_second": 0.0}, "requests_per_second"),
        ({"burst": 0}, "burst"),
        ({"error_percent": 100.0}, "error_percent"),
        ({"latency_alarm_seconds": 31.0}, "latency_alarm_seconds"),
        ({"log_retention_days": 2}, "log_retention_days"),
    ],
)
def test_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}: "):
        api_arguments(**changes)


@pytest.mark.parametrize("key", ["$default", "ANY /", "GET /a/{id}/b", "POST /{proxy+}", "PUT /files/{path+}"])
def test_takes_the_forms_of_routes(key: str) -> None:
    api_arguments(routes={key: HttpRoute(function="orders", public=True)})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HttpRoute(function="a", public=True, scopes=["read"]), "scopes"),
        (lambda: HttpRoute(function="a", scopes=["read write"]), "scopes"),
        (lambda: HttpRoute(function="a", requests_per_second=0), "requests_per_second"),
        (lambda: Jwt(issuer="http://id.example.com", audiences=["a"]), "issuer"),
        (lambda: Jwt(issuer="https://id.example.com", audiences=[]), "audiences"),
        (lambda: Cors(origins=[]), "origins"),
        (lambda: Cors(origins=["*"], credentials=True), "origins"),
        (lambda: Cors(origins=["*", "https://a.example.com"]), "origins"),
        (lambda: Cors(origins=["https://a.example.com/path"]), "origins"),
        (lambda: Cors(origins=["*"], methods=["ANY"]), "methods"),
        (lambda: Cors(origins=["*"], headers=["a b"]), "headers"),
        (lambda: Cors(origins=["*"], max_age_seconds=-1), "max_age_seconds"),
    ],
)
def test_refuses_parts(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}: "):
        make()
