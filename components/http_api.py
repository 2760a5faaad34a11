"""An HTTP API before Lambda functions: API Gateway with names of the stack's own.

Children: API; certificate; by choice an authorizer; per function an integration and the permission to invoke it;
routes; access log and stage; per name a custom domain and its mapping; alarms.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import apigatewayv2, cloudwatch, lambda_

from components._http_api_alarms import http_api_alarms
from components._http_api_args import Backend, HttpApiArgs
from components._http_routes import Cors, HttpRoute, Jwt
from components._names import fixed_name
from components.alarms import Alarms, AlarmsArgs
from components.certificate import Certificate, CertificateArgs

__all__ = ["Backend", "Cors", "HttpApi", "HttpApiArgs", "HttpRoute", "Jwt", "Target"]

# The stage without a path of its own.
STAGE = "$default"
# CloudWatch's resource policy for delivered logs has 5,120 characters, in which groups of this prefix need one line.
LOG_GROUP_PREFIX = "/aws/vendedlogs/http-api/"

# Field of a log line -> API Gateway's variable (Developer Guide, logging variables of HTTP APIs). Tokens are not in it.
LOG_FIELDS = {
    "time": "$context.requestTime",
    "request_id": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "user_agent": "$context.identity.userAgent",
    "domain": "$context.domainName",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.routeKey",
    "protocol": "$context.protocol",
    "status": "$context.status",
    "error": "$context.error.message",
    "bytes": "$context.responseLength",
    "latency_ms": "$context.responseLatency",
    "function_status": "$context.integration.status",
    "function_latency_ms": "$context.integration.latency",
    "function_request_id": "$context.integration.requestId",
    "function_error": "$context.integrationErrorMessage",
    "authorizer_error": "$context.authorizer.error",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where a name of the API must lead."""

    dns_name: pulumi.Output[str]
    """API Gateway's own name for the custom domain; each has one of its own."""
    zone_id: pulumi.Output[str]
    """Its zone for alias records (AWS's, not the stack's)."""


class HttpApi(pulumi.ComponentResource):
    """An HTTP API over TLS 1.2, reached under its own names only: the address that AWS gives every API is shut.

    Its names need alias records to `targets`, which is dns.FailoverRecord's work. Rates hold for a route and all its
    callers together. A web ACL (WAF) cannot be attached to an HTTP API, and there are no rates per caller: where those
    are needed, put a CDN with a web ACL before it, or a service behind the load balancer. HTTP APIs send no traces of
    their own; the functions do. USD 1.00 for a million requests (us-east-1), USD 0.30 a month for the alarms (one
    reads two metrics), and what CloudWatch charges for the log.
    """

    api_id: pulumi.Output[str]
    execution_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    targets: dict[str, Target]
    """Name -> where it must lead."""
    alarms: Alarms

    def __init__(self, name: str, args: HttpApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:http_api:HttpApi", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        api = self._create_api(name, args)
        authorizer = self._create_authorizer(name, api, args.jwt)
        integrations = {key: self._create_integration(name, key, api, args) for key in args.functions}
        routes = [self._create_route(name, key, api, args, integrations, authorizer) for key in args.routes]
        log_group = self._create_log_group(name, args)
        stage = self._create_stage(name, api, args, log_group, routes)
        self.targets = self._create_domains(name, api, stage, args)
        self.alarms = self._create_alarms(name, api, args)
        self.api_id, self.execution_arn, self.log_group_name = api.id, api.execution_arn, log_group.name
        self.register_outputs(
            {
                "api_id": self.api_id,
                "execution_arn": self.execution_arn,
                "log_group_name": self.log_group_name,
                "targets": {domain: target.dns_name for domain, target in self.targets.items()},
            }
        )

    def _create_api(self, name: str, args: HttpApiArgs) -> apigatewayv2.Api:
        return apigatewayv2.Api(
            name,
            protocol_type="HTTP",
            description=f"Answers to {args.domain_names[0]}",
            disable_execute_api_endpoint=True,
            cors_configuration=_cors(args.cors) if args.cors is not None else None,
            opts=self._child,
        )

    def _create_authorizer(self, name: str, api: apigatewayv2.Api, jwt: Jwt | None) -> apigatewayv2.Authorizer | None:
        if jwt is None:
            return None
        return apigatewayv2.Authorizer(
            f"{name}-jwt",
            api_id=api.id,
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration=apigatewayv2.AuthorizerJwtConfigurationArgs(
                issuer=jwt.issuer, audiences=list(jwt.audiences)
            ),
            opts=self._child,
        )

    def _create_integration(
        self, name: str, key: str, api: apigatewayv2.Api, args: HttpApiArgs
    ) -> apigatewayv2.Integration:
        """With the permission first: from the moment that a route leads here, requests come."""
        backend = args.functions[key]
        permission = lambda_.Permission(
            f"{name}-{key}",
            function=backend.function_name,
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            # Any stage and route of this API; which of them lead here, its routes say.
            source_arn=pulumi.Output.concat(api.execution_arn, "/*/*"),
            opts=self._child,
        )
        return apigatewayv2.Integration(
            f"{name}-{key}",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=backend.invoke_arn,
            payload_format_version="2.0",
            timeout_milliseconds=1_000 * args.timeout_seconds,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )

    def _create_route(
        self,
        name: str,
        key: str,
        api: apigatewayv2.Api,
        args: HttpApiArgs,
        integrations: dict[str, apigatewayv2.Integration],
        authorizer: apigatewayv2.Authorizer | None,
    ) -> apigatewayv2.Route:
        route = args.routes[key]
        secured = authorizer is not None and not route.public
        return apigatewayv2.Route(
            f"{name}-{key}",
            api_id=api.id,
            route_key=key,
            target=pulumi.Output.concat("integrations/", integrations[route.function].id),
            authorization_type="JWT" if secured else "NONE",
            authorizer_id=authorizer.id if authorizer is not None and secured else None,
            authorization_scopes=list(route.scopes) or None,
            opts=self._child,
        )

    def _create_log_group(self, name: str, args: HttpApiArgs) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            f"{name}-access",
            # Named here, for the prefix.
            name=LOG_GROUP_PREFIX + fixed_name(name),
            retention_in_days=args.log_retention_days,
            kms_key_id=args.logs_key_arn,
            opts=self._child,
        )

    def _create_stage(
        self,
        name: str,
        api: apigatewayv2.Api,
        args: HttpApiArgs,
        log_group: cloudwatch.LogGroup,
        routes: Sequence[apigatewayv2.Route],
    ) -> apigatewayv2.Stage:
        return apigatewayv2.Stage(
            name,
            api_id=api.id,
            name=STAGE,
            auto_deploy=True,
            access_log_settings=apigatewayv2.StageAccessLogSettingsArgs(
                destination_arn=log_group.arn, format=json.dumps(LOG_FIELDS)
            ),
            default_route_settings=apigatewayv2.StageDefaultRouteSettingsArgs(
                throttling_rate_limit=args.requests_per_second, throttling_burst_limit=args.burst
            ),
            route_settings=_route_settings(args) or None,
            # API Gateway refuses settings of a route that does not exist yet.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(routes)),
        )

    def _create_domains(
        self, name: str, api: apigatewayv2.Api, stage: apigatewayv2.Stage, args: HttpApiArgs
    ) -> dict[str, Target]:
        first, *others = args.domain_names
        names = CertificateArgs(domain_name=first, subject_alternative_names=others, zone_id=args.zone_id)
        certificate = Certificate(f"{name}-certificate", names, opts=self._child)
        return {
            domain: self._create_domain(f"{name}-{domain}", domain, certificate.arn, api, stage)
            for domain in args.domain_names
        }

    def _create_domain(
        self,
        child: str,
        domain_name: str,
        certificate_arn: pulumi.Output[str],
        api: apigatewayv2.Api,
        stage: apigatewayv2.Stage,
    ) -> Target:
        domain = apigatewayv2.DomainName(
            child,
            domain_name=domain_name,
            domain_name_configuration=apigatewayv2.DomainNameDomainNameConfigurationArgs(
                certificate_arn=certificate_arn, endpoint_type="REGIONAL", security_policy="TLS_1_2"
            ),
            opts=self._child,
        )
        apigatewayv2.ApiMapping(child, api_id=api.id, domain_name=domain.id, stage=stage.id, opts=self._child)
        configuration: pulumi.Output[Any] = domain.domain_name_configuration
        return Target(
            dns_name=configuration.apply(lambda found: found.target_domain_name),
            zone_id=configuration.apply(lambda found: found.hosted_zone_id),
        )

    def _create_alarms(self, name: str, api: apigatewayv2.Api, args: HttpApiArgs) -> Alarms:
        definitions = http_api_alarms(
            api_id=api.id, error_percent=args.error_percent, latency_seconds=args.latency_alarm_seconds
        )
        return Alarms(f"{name}-alarms", AlarmsArgs(target=args.alarms, definitions=definitions), opts=self._child)


def _cors(cors: Cors) -> apigatewayv2.ApiCorsConfigurationArgs:
    return apigatewayv2.ApiCorsConfigurationArgs(
        allow_origins=list(cors.origins),
        allow_methods=list(cors.methods),
        allow_headers=list(cors.headers),
        expose_headers=list(cors.exposed_headers) or None,
        allow_credentials=cors.credentials,
        max_age=cors.max_age_seconds,
    )


def _route_settings(args: HttpApiArgs) -> list[apigatewayv2.StageRouteSettingArgs]:
    """Of the routes with rates of their own; each setting names both numbers, or the other would be zero."""
    return [
        apigatewayv2.StageRouteSettingArgs(
            route_key=key,
            throttling_rate_limit=args.requests_per_second
            if route.requests_per_second is None
            else route.requests_per_second,
            throttling_burst_limit=args.burst if route.burst is None else route.burst,
        )
        for key, route in sorted(args.routes.items())
        if route.requests_per_second is not None or route.burst is not None
    ]
