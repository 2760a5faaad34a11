"""From the settings to Lambda functions and the HTTP APIs before them.

Imported only where a stack has functions: their modules of the SDK take a while.
"""

from collections.abc import Mapping

import pulumi

from components.dns import regional_name
from components.function import Function, FunctionArgs, FunctionNetwork, ImageCode, ZipCode
from components.http_api import Backend, Cors, HttpApi, HttpApiArgs, HttpRoute, Jwt
from components.network import Network
from infra.environment import CACHE_USER, Access, combined, regional_image
from infra.place import Place
from infra.secret_references import secret_arn
from infra.settings.models import Function as FunctionSettings
from infra.settings.models import Pool
from infra.stores import with_pool
from infra.workloads import Surroundings, connections

# An execution handles one request at a time.
_POOL = Pool(connections=1)


def create_function(key: str, around: Surroundings, opts: pulumi.ResourceOptions) -> Function:
    """A function of the region."""
    at = around.place
    function = at.settings.functions[key]
    access = combined(
        [
            *(
                around.cache_users[CACHE_USER] if store == "cache" else with_pool(around.stores[store], _POOL)
                for store in function.connects
            ),
            *(around.messaging.access(name, at) for name in function.produces),
        ]
    )
    return Function(
        at.name(key),
        FunctionArgs(
            code=_code(function, at.region),
            region=at.region,
            account_id=at.account_id,
            keys=at.keys,
            alarms=at.alarms,
            concurrency=function.concurrency,
            timeout_seconds=function.timeout_seconds,
            memory=function.memory,
            architecture=function.architecture,
            environment={**function.environment, **access.variables},
            secrets={variable: secret_arn(reference, at) for variable, reference in function.secrets.items()},
            statements=access.statements,
            network=_network(function, around.network, access),
            retries=function.retries,
            log_retention_days=at.settings.log_retention_days,
            protect=at.settings.protect,
        ),
        opts=opts,
    )


def _code(function: FunctionSettings, region: str) -> ImageCode | ZipCode:
    if function.package is None:
        return ImageCode(image=regional_image(str(function.image), region), command=function.command)
    source = function.package.sources[region]
    return ZipCode(
        bucket=source.bucket,
        key=function.package.key,
        version=source.version,
        runtime=function.package.runtime,
        handler=function.package.handler,
    )


def _network(function: FunctionSettings, network: Network, access: Access) -> FunctionNetwork | None:
    if not function.in_network and not function.connects:
        return None
    return FunctionNetwork(
        vpc_id=network.vpc_id,
        subnet_ids=list(network.private_subnet_ids.values()),
        connects=connections(access),
    )


def create_http_api(key: str, at: Place, functions: Mapping[str, Function], opts: pulumi.ResourceOptions) -> HttpApi:
    """An API of the region, under its name and its name in the region."""
    api = at.settings.http_apis[key]
    used = sorted({route.function for route in api.routes.values()})
    return HttpApi(
        at.name(key),
        HttpApiArgs(
            domain_names=[api.host, regional_name(at.region, api.host)],
            zone_id=at.zone_id,
            functions={
                name: Backend(
                    function_name=functions[name].function_name,
                    invoke_arn=functions[name].invoke_arn,
                    timeout_seconds=functions[name].timeout_seconds,
                )
                for name in used
            },
            routes={route_key: HttpRoute(**route.model_dump()) for route_key, route in api.routes.items()},
            logs_key_arn=at.keys.logs,
            alarms=at.alarms,
            jwt=Jwt(**api.jwt.model_dump()) if api.jwt else None,
            cors=Cors(**api.cors.model_dump()) if api.cors else None,
            requests_per_second=api.requests_per_second,
            burst=api.burst,
            timeout_seconds=api.timeout_seconds,
            log_retention_days=at.settings.log_retention_days,
        ),
        opts=opts,
    )
