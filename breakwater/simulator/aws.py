"""The simulated AWS: calls to its API, answered by moto in this process.

A call goes the way of a real one, through botocore's serialiser and parser for the service's protocol, but without
what a
simulation has no use for (endpoint rules, signatures, retries, connection pools): that halves the time of a call.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from botocore import parsers, serialize
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.compat import HTTPHeaders
from botocore.model import OperationNotFoundError

from breakwater.simulator._moto import ACCOUNT_ID
from breakwater.simulator.service_model import operation_model, service_model, violations

GLOBAL_REGION = "us-east-1"
"""Where the services without regions (IAM, Route 53, CloudFront) are signed and answered."""
_GLOBAL_HOSTS = {
    "iam": "iam.amazonaws.com",
    "route53": "route53.amazonaws.com",
    "cloudfront": "cloudfront.amazonaws.com",
}
_MOTO_NAMES = {"application-autoscaling": "applicationautoscaling", "lambda": "awslambda"}


class AwsError(Exception):
    """A request that AWS would refuse: which operation, and why."""

    def __init__(self, service: str, operation: str, code: str, message: str) -> None:
        super().__init__(f"{service}:{operation}: {code}: {message}")
        self.service, self.operation, self.code, self.reason = service, operation, code, message


class _Service:
    """One service in one region."""

    def __init__(self, name: str, region: str) -> None:
        self.name, self.region = name, region
        self.model = service_model(name)
        protocol = self.model.resolved_protocol
        self.serializer = serialize.create_serializer(protocol, include_validation=False)
        self.parser = parsers.create_parser(protocol)
        prefix = self.model.endpoint_prefix
        host = _GLOBAL_HOSTS.get(name) or f"{prefix}.{region}.amazonaws.com"
        self.base = f"https://{host}"
        # moto reads service and region from the scope; nothing checks the signature.
        scope = f"20200101/{region}/{self.model.signing_name}/aws4_request"
        signature = f"AWS4-HMAC-SHA256 Credential=SIMULATED/{scope}, SignedHeaders=host, Signature=none"
        self.headers = {"Host": host, "Authorization": signature}

    @cached_property
    def urls(self) -> list[tuple[re.Pattern[str], Any]]:
        from moto.backends import get_backend

        account = get_backend(_MOTO_NAMES.get(self.name, self.name.replace("-", "")))[ACCOUNT_ID]  # type: ignore[call-overload]
        backend = account["aws"] if "aws" in account.regions else account[GLOBAL_REGION]
        return [(re.compile(url), respond) for url, respond in backend.urls.items()]

    def send(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        from moto.core.request import normalize_request
        from werkzeug.exceptions import HTTPException

        model = operation_model(self.name, operation)
        request = self.serializer.serialize_to_request(dict(parameters), model)
        base, path, own = self.base, request["url_path"], self.headers
        if self.name == "s3" and parameters.get("Bucket"):
            host = f"{parameters['Bucket']}.s3.{self.region}.amazonaws.com"
            base, path, own = f"https://{host}", _without_bucket(path), own | {"Host": host}
        headers = HTTPHeaders()
        for key, value in (request["headers"] | own).items():
            headers[key] = value
        query = urlencode(request["query_string"], quote_via=quote) if request["query_string"] else ""
        body = request["body"]
        if isinstance(body, dict):
            body = urlencode(body)
        url = f"{base}{path}" + (f"{'&' if '?' in path else '?'}{query}" if query else "")
        prepared = AWSPreparedRequest(request["method"], url, headers, body, False)
        target = url.split("?")[0]
        for pattern, respond in self.urls:
            if pattern.match(target):
                normal = normalize_request(prepared)
                try:
                    status, answered, content = respond(normal, normal.raw_url, normal.headers)
                except HTTPException as error:
                    status, answered, content = error.code or 400, dict(error.get_headers()), error.get_body()
                break
        else:
            raise AwsError(self.name, operation, "NotSimulated", f"moto answers no request to {target}")
        content = content.encode() if isinstance(content, str) else content
        parsed: dict[str, Any] = self.parser.parse(
            {"body": content, "headers": HeadersDict(answered), "status_code": status}, model.output_shape
        )
        if status >= 300:
            refusal = parsed.get("Error", {})
            raise AwsError(self.name, operation, refusal.get("Code", str(status)), refusal.get("Message", "no message"))
        parsed.pop("ResponseMetadata", None)
        return parsed


def _without_bucket(path: str) -> str:
    rest = path.split("/", 2)[2:]
    query = path[path.index("?") :] if "?" in path and not rest else ""
    return "/" + (rest[0] if rest else "") + query


class SimulatedAws:
    """Calls to any region of the simulated AWS; use it within `_moto.empty_cloud()`."""

    def __init__(self) -> None:
        self._services: dict[tuple[str, str], _Service] = {}
        self._cleared: set[str] = set()
        self.calls = 0

    def check(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """Raise AwsError unless the service model allows the request."""
        try:
            shape = operation_model(service, operation).input_shape
        except OperationNotFoundError as error:
            raise AwsError(service, operation, "UnknownOperation", "the service model has no such operation") from error
        if found := violations(shape, parameters):
            raise AwsError(service, operation, "ValidationError", "; ".join(found))

    def call(self, service: str, operation: str, region: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Check a request against the service model, send it, return the parsed answer; AwsError where AWS refuses
        it."""
        self.check(service, operation, parameters)
        if service in _GLOBAL_HOSTS:
            region = GLOBAL_REGION
        if service == "ec2" and region not in self._cleared:
            self._delete_default_vpc(region)
        return self._send(service, operation, region, parameters)

    def _send(self, service: str, operation: str, region: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        client = self._services.get((service, region))
        if client is None:
            client = self._services[service, region] = _Service(service, region)
        self.calls += 1
        return client.send(operation, parameters)

    def _delete_default_vpc(self, region: str) -> None:
        """A region of an account made for the platform has no default VPC; moto makes one in each."""
        self._cleared.add(region)
        from moto.backends import get_backend

        backend = get_backend("ec2")[ACCOUNT_ID][region]
        for things in (backend.vpcs, backend.subnets, backend.route_tables, backend.network_acls, backend.groups):
            things.clear()
