"""Functions and HTTP APIs deployed, as boto3 sees them; and what AWS would refuse."""

import dataclasses
import json
from typing import Any

import pytest
from pulumi_aws import apigatewayv2, ec2, iam, lambda_, route53

from components.function import Function, FunctionNetwork, ImageCode, ZipCode
from components.http_api import Backend, Cors, HttpApi, HttpRoute, Jwt
from tests.simulator.support import ACCOUNT, US, Simulate, Where, World
from tests.support.functions import api_arguments, function_arguments, keys

pytestmark = pytest.mark.feature("L8")

FUNCTION = "aws:lambda/function:Function"
IMAGE = f"{ACCOUNT}.dkr.ecr.{US}.amazonaws.com/orders@sha256:" + "0123456789abcdef" * 4


def arguments(**changes: Any) -> Any:
    key = keys(US, ACCOUNT)
    plain = dict.fromkeys(("data", "logs"), f"arn:aws:kms:{US}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef")
    given = {"code": ImageCode(image=IMAGE), "account_id": ACCOUNT, "keys": dataclasses.replace(key, **plain)}
    return function_arguments(**{**given, **changes})


def test_a_function_of_an_image_in_a_network(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us)
        subnet = ec2.Subnet("a", vpc_id=vpc.id, cidr_block="10.0.1.0/24", opts=on.us)
        network = FunctionNetwork(vpc_id=vpc.id, subnet_ids=[subnet.id])
        Function("orders", arguments(network=network, environment={"MODE": "x"}, retries=1), opts=on.us)

    world = simulate(program)
    client = world.client("lambda")
    function = world.only(FUNCTION)
    shown = client.get_function(FunctionName=function.id)
    found = shown["Configuration"]
    assert shown["Code"]["ImageUri"] == IMAGE
    assert shown["Concurrency"] == {"ReservedConcurrentExecutions": 50}
    assert (found["PackageType"], found["Architectures"], found["Timeout"], found["MemorySize"]) == (
        "Image", ["arm64"], 25, 512,
    )  # fmt: skip
    assert found["Environment"]["Variables"] == {"MODE": "x"}
    assert found["TracingConfig"] == {"Mode": "Active"}
    group = world.only("aws:cloudwatch/logGroup:LogGroup")
    assert found["LoggingConfig"] == {
        "LogFormat": "JSON", "LogGroup": group.id, "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO",
    }  # fmt: skip
    assert found["VpcConfig"] == {
        "SubnetIds": [world.only("aws:ec2/subnet:Subnet").id],
        "SecurityGroupIds": [world.only("aws:ec2/securityGroup:SecurityGroup").id],
        "VpcId": world.only("aws:ec2/vpc:Vpc").id,
    }
    assert function.outputs["invokeArn"].endswith(f"functions/{function.outputs['arn']}/invocations")
    settings = client.get_function_event_invoke_config(FunctionName=function.id)
    queue = world.client("sqs").get_queue_attributes(
        QueueUrl=world.only("aws:sqs/queue:Queue").id, AttributeNames=["QueueArn"]
    )
    assert settings["DestinationConfig"] == {"OnFailure": {"Destination": queue["Attributes"]["QueueArn"]}}
    assert settings["MaximumRetryAttempts"] == 1


def test_a_function_of_an_archive(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        code = ZipCode(bucket="builds", key="orders.zip", version="v3", runtime="python3.13", handler="app.handler")
        Function("orders", arguments(code=code), opts=on.us)

    found = simulate(program).client("lambda").list_functions()["Functions"][0]
    assert (found["Runtime"], found["Handler"], found["PackageType"]) == ("python3.13", "app.handler", "Zip")


def api(on: Where, **changes: Any) -> tuple[HttpApi, route53.Zone]:
    """The API `shop` before the function `orders`, and the zone of its names."""
    zone = route53.Zone("zone", name="example.com", opts=on.us)
    function = Function("orders", arguments(), opts=on.us)
    backend = Backend(
        function_name=function.function_name, invoke_arn=function.invoke_arn, timeout_seconds=function.timeout_seconds
    )
    given = {"zone_id": zone.zone_id, "functions": {"orders": backend}, "logs_key_arn": arguments().keys.logs}
    return HttpApi("shop", api_arguments(**{**given, **changes}), opts=on.us), zone


@pytest.fixture
def shop(simulate: Simulate) -> World:
    def program(on: Where) -> None:
        made, zone = api(
            on,
            domain_names=["api.example.com", "us-east-1.api.example.com"],
            routes={
                "GET /orders/{id}": HttpRoute(function="orders", scopes=["read"]),
                "POST /login": HttpRoute(function="orders", public=True, requests_per_second=10, burst=10),
                "$default": HttpRoute(function="orders"),
            },
            jwt=Jwt(issuer="https://id.example.com", audiences=["shop"]),
            cors=Cors(origins=["https://app.example.com"]),
        )
        for name, target in made.targets.items():
            alias = route53.RecordAliasArgs(name=target.dns_name, zone_id=target.zone_id, evaluate_target_health=False)
            route53.Record(name, zone_id=zone.zone_id, name=name, type="A", aliases=[alias], opts=on.us)

    return simulate(program)


def test_routes_lead_to_the_function(shop: World) -> None:
    client = shop.client("apigatewayv2")
    (found,) = client.get_apis()["Items"]
    assert found["DisableExecuteApiEndpoint"] is True
    assert found["CorsConfiguration"]["AllowOrigins"] == ["https://app.example.com"]
    function = shop.only(FUNCTION)
    (integration,) = client.get_integrations(ApiId=found["ApiId"])["Items"]
    assert integration["IntegrationUri"] == function.outputs["invokeArn"]
    assert (integration["TimeoutInMillis"], integration["PayloadFormatVersion"]) == (30_000, "2.0")
    routes = {route["RouteKey"]: route for route in client.get_routes(ApiId=found["ApiId"])["Items"]}
    assert {key: route["AuthorizationType"] for key, route in routes.items()} == {
        "GET /orders/{id}": "JWT",
        "POST /login": "NONE",
        "$default": "JWT",
    }
    assert routes["GET /orders/{id}"]["AuthorizationScopes"] == ["read"]
    assert {route["Target"] for route in routes.values()} == {f"integrations/{integration['IntegrationId']}"}
    policy = json.loads(shop.client("lambda").get_policy(FunctionName=function.id)["Policy"])
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnLike": {"AWS:SourceArn": f"arn:aws:execute-api:{US}:{ACCOUNT}:{found['ApiId']}/*/*"}
    }


def test_the_stage_logs_and_throttles_by_route(shop: World) -> None:
    client = shop.client("apigatewayv2")
    (stage,) = client.get_stages(ApiId=shop.only("aws:apigatewayv2/api:Api").id)["Items"]
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    throttle = stage["DefaultRouteSettings"]
    assert (throttle["ThrottlingRateLimit"], throttle["ThrottlingBurstLimit"]) == (100, 200)
    assert stage["RouteSettings"] == {"POST /login": {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 10}}
    log = shop.get("aws:cloudwatch/logGroup:LogGroup", "shop-access")
    assert log.id == "/aws/vendedlogs/http-api/demo-dev-shop"
    assert stage["AccessLogSettings"]["DestinationArn"] == log.outputs["arn"]
    assert json.loads(stage["AccessLogSettings"]["Format"])["status"] == "$context.status"


def test_each_name_leads_to_its_own_address(shop: World) -> None:
    client = shop.client("apigatewayv2")
    addresses = {}
    for domain in client.get_domain_names()["Items"]:
        (configuration,) = domain["DomainNameConfigurations"]
        assert (configuration["EndpointType"], configuration["SecurityPolicy"]) == ("REGIONAL", "TLS_1_2")
        assert configuration["HostedZoneId"] == "Z1UJRXOUMOOFQ8"
        (mapping,) = client.get_api_mappings(DomainName=domain["DomainName"])["Items"]
        assert mapping["Stage"] == "$default"
        addresses[domain["DomainName"]] = configuration["ApiGatewayDomainName"]
    assert addresses.keys() == {"api.example.com", "us-east-1.api.example.com"}
    assert len(set(addresses.values())) == 2
    aliases = {r.name: r.inputs["aliases"][0]["name"] for r in shop.outcome.graph.of("aws:route53/record:Record")
               if "aliases" in r.inputs}  # fmt: skip
    assert aliases == addresses


def test_what_api_gateway_refuses(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        shop = apigatewayv2.Api("shop", protocol_type="HTTP", opts=on.us)
        apigatewayv2.Route("lost", api_id=shop.id, route_key="GET /", target="integrations/none", opts=on.us)
        setting = apigatewayv2.StageRouteSettingArgs(route_key="GET /gone", throttling_rate_limit=1)
        apigatewayv2.Stage("stage", api_id=shop.id, name="$default", route_settings=[setting], opts=on.us)
        apigatewayv2.Integration(
            "slow", api_id=shop.id, integration_type="AWS_PROXY", timeout_milliseconds=31_000, opts=on.us
        )
        configuration = apigatewayv2.DomainNameDomainNameConfigurationArgs(
            certificate_arn=f"arn:aws:acm:{US}:{ACCOUNT}:certificate/none",
            endpoint_type="REGIONAL",
            security_policy="TLS_1_2",
        )
        apigatewayv2.DomainName(
            "name", domain_name="api.example.com", domain_name_configuration=configuration, opts=on.us
        )

    simulate(program, fails=True).assert_refused(
        {
            "lost": "Invalid target integrations/none",
            "stage": "Unable to find Route by key GET /gone",
            "slow": "30000",
            "name": "does not exist",
        }
    )


def test_what_lambda_refuses(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                            "Principal": {"Service": "lambda.amazonaws.com"}}]})  # fmt: skip
        role = iam.Role("role", assume_role_policy=trust, opts=on.us)

        def function(name: str, **changes: Any) -> None:
            given = {"role": role.arn, "package_type": "Image", "image_uri": IMAGE, **changes}
            lambda_.Function(name, **given, opts=on.us)

        function("role-of-nobody", role=f"arn:aws:iam::{ACCOUNT}:role/none")
        function("elsewhere", image_uri=IMAGE.replace(US, "eu-west-1"))
        function("both", runtime="python3.13", handler="a.b")
        function("neither", package_type="Zip", image_uri=None, s3_bucket="builds", s3_key="a.zip")
        function("hours", timeout=3_600)
        function("reserved", environment={"variables": {"AWS_REGION": "x"}})
        function("old", package_type="Zip", image_uri=None, s3_bucket="b", s3_key="k", handler="a.b", runtime="cobol")
        settings = lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(
            destination=f"arn:aws:sqs:{US}:{ACCOUNT}:none"
        )
        function("good")
        lambda_.FunctionEventInvokeConfig(
            "events",
            function_name="good",
            destination_config=lambda_.FunctionEventInvokeConfigDestinationConfigArgs(on_failure=settings),
            opts=on.us,
        )

    simulate(program, fails=True).assert_refused(
        {
            "role-of-nobody": "cannot be assumed by Lambda",
            "elsewhere": "is not valid",
            "both": "Please don't provide Handler or Runtime",
            "neither": "Runtime and Handler are mandatory",
            "hours": "less than or equal to 900",
            "reserved": "AWS_REGION",
            "old": "cobol",
            "events": "is invalid",
        }
    )
