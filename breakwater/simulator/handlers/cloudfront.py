"""CloudFront: distributions, origin access controls, cache and response headers policies."""

import string
from typing import Any

from botocore.model import Shape

from breakwater.simulator.aws import GLOBAL_REGION
from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._store import backend, made_up, refuse
from breakwater.simulator.mapping import member_for, to_parameters
from breakwater.simulator.service_model import operation_model

_CREATE = "cloudfront:CreateDistributionWithTags"
_ZONE = "Z2FDTNDATAQYW2"
"""CloudFront's own zone, the same for every distribution: Route 53 API reference, AliasTarget."""
_NAME_MAX = 64
"""CloudFront API reference, OriginAccessControlConfig; the service model does not hold it."""

_RENAMED = {
    "orderedCacheBehaviors": "CacheBehaviors",
    "loggingConfig": "Logging",
    "originGroups.items.originId": "Id",
    "origins.items.originId": "Id",
    "defaultCacheBehavior.lambdaFunctionAssociations.items.lambdaArn": "LambdaFunctionARN",
    "orderedCacheBehaviors.items.lambdaFunctionAssociations.items.lambdaArn": "LambdaFunctionARN",
    "origins.items.customHeaders.items.name": "HeaderName",
    "origins.items.customHeaders.items.value": "HeaderValue",
}


def _input(operation: str) -> Any:
    return operation_model(*operation.split(":")).input_shape


def _counted(shape: Shape, value: Any) -> Any:
    """The inputs with lists in the API's form: a structure of Quantity and Items."""
    kind = shape.type_name
    if kind == "list":
        return [_counted(shape.member, item) for item in value]
    if kind != "structure":
        return value
    if "Quantity" in shape.members and isinstance(value, list):
        value = {"items": value} | ({"enabled": bool(value)} if "Enabled" in shape.members else {})
    if not isinstance(value, dict):
        return value
    found = {}
    for name, item in value.items():
        member = _RENAMED.get(name) or member_for(shape, name)
        found[name] = _counted(shape.members[member], item) if member in shape.members else item
    if "Quantity" in shape.members:
        found["quantity"] = len(found.get("items") or ())
    return found


def _mapped(shape: Shape, inputs: dict[str, Any], what: str) -> dict[str, Any]:
    parameters, homeless = to_parameters(shape, _counted(shape, inputs), _RENAMED)
    if homeless:
        raise MappingError(f"the simulator gives these inputs to no API parameter of {what}: {', '.join(homeless)}")
    return parameters


def _behaviour(given: dict[str, Any]) -> dict[str, Any]:
    methods = {"items": given["allowedMethods"], "cachedMethods": given["cachedMethods"]}
    rest = {k: v for k, v in given.items() if k != "cachedMethods"}
    return {"compress": False} | rest | {"allowedMethods": methods}


def _origin(given: dict[str, Any]) -> dict[str, Any]:
    kinds = ("s3OriginConfig", "customOriginConfig", "vpcOriginConfig")
    # As the provider does: an origin of no other kind is a bucket.
    return given if any(given.get(kind) for kind in kinds) else given | {"s3OriginConfig": {"originAccessIdentity": ""}}


_CONFIG = frozenset(
    {
        "aliases", "anycastIpListId", "cacheTagConfig", "comment", "connectionFunctionAssociation",
        "continuousDeploymentPolicyId", "customErrorResponses", "defaultCacheBehavior", "defaultRootObject", "enabled",
        "httpVersion", "isIpv6Enabled", "loggingConfig", "orderedCacheBehaviors", "originGroups", "origins",
        "priceClass", "restrictions", "staging", "viewerCertificate", "viewerMtlsConfig", "webAclId",
    }
)  # fmt: skip

_DEFAULTS = {"httpVersion": "http2", "isIpv6Enabled": False, "priceClass": "PriceClass_All"}
"""The provider's."""


def _distribution(c: Creation) -> dict[str, Any]:
    given: dict[str, Any] = _DEFAULTS | {k: v for k, v in c.inputs.items() if k in _CONFIG and v is not None}
    _check_distribution(c, given)
    given["defaultCacheBehavior"] = _behaviour(given["defaultCacheBehavior"])
    given["origins"] = [_origin(origin) for origin in given["origins"]]
    if given.get("orderedCacheBehaviors"):
        given["orderedCacheBehaviors"] = [_behaviour(one) for one in given["orderedCacheBehaviors"]]
    geography = given["restrictions"]["geoRestriction"]
    given["restrictions"] = {
        "geoRestriction": {"restrictionType": geography["restrictionType"], "items": geography.get("locations") or []}
    }
    if given.get("loggingConfig"):
        given["loggingConfig"] = {"enabled": bool(given["loggingConfig"].get("bucket"))} | given["loggingConfig"]
    config = _input(_CREATE).members["DistributionConfigWithTags"].members["DistributionConfig"]
    fixed = {"CallerReference": made_up(c.urn, 26, string.digits), "Comment": given.pop("comment", "")}
    tags = [{"Key": key, "Value": value} for key, value in c.tags.items()]
    return {
        "DistributionConfigWithTags": {
            "DistributionConfig": _mapped(config, given, c.type) | fixed,
            "Tags": {"Items": tags},
        }
    }


def _check_distribution(c: Creation, given: dict[str, Any]) -> None:
    """What AWS checks beyond the service model, and moto does not."""
    certificate = given["viewerCertificate"]
    arn = certificate.get("acmCertificateArn")
    if arn and f":acm:{GLOBAL_REGION}:" not in arn:
        raise refuse(_CREATE, "InvalidViewerCertificate", f"the certificate must be of {GLOBAL_REGION}: {arn}")
    if given.get("aliases") and not arn and not certificate.get("iamCertificateId"):
        message = "To add an alternate domain name (CNAME), you must attach a certificate that validates it"
        raise refuse(_CREATE, "InvalidViewerCertificate", message)
    if arn and not certificate.get("sslSupportMethod"):
        raise refuse(_CREATE, "InvalidArgument", "SSLSupportMethod is required with a certificate of ACM")
    acl = given.get("webAclId")
    if acl and acl.startswith("arn:") and f":wafv2:{GLOBAL_REGION}:" not in acl:
        raise refuse(_CREATE, "InvalidWebACLId", f"the web ACL must be of {GLOBAL_REGION}: {acl}")
    controls = backend(c, "cloudfront").origin_access_controls
    for origin in given["origins"]:
        control = origin.get("originAccessControlId")
        if control and control not in controls:
            raise refuse(_CREATE, "NoSuchOriginAccessControl", f"there is no origin access control {control}")


def _amend_distribution(c: Creation) -> None:
    """Origins' access controls."""
    config = backend(c, "cloudfront").distributions[c.id].distribution_config
    for record, given in zip(config.Origins["Items"], c.inputs["origins"], strict=True):
        record.origin_access_control_id = given.get("originAccessControlId", "")


_DISTRIBUTION = Handler(
    type="aws:cloudfront/distribution:Distribution",
    calls=(
        Call(
            operation=_CREATE,
            inputs=frozenset(),
            parameters=_distribution,
            consumes=_CONFIG | {"tags"},
        ),
    ),
    id="Distribution.Id",
    amend=_amend_distribution,
    outputs=lambda c: {
        "arn": c.arn("cloudfront", f"distribution/{c.id}", region=""),
        "callerReference": c.requests[0]["DistributionConfigWithTags"]["DistributionConfig"]["CallerReference"],
        "domainName": c.answers[0]["Distribution"]["DomainName"],
        "etag": c.answers[0]["ETag"],
        "hostedZoneId": _ZONE,
        "status": "Deployed",
    },
    held={
        "retainOnDelete": "the provider's own: whether it only disables the distribution",
        "waitForDeployment": "the provider's own: whether it waits",
    },
    region_of_calls=GLOBAL_REGION,
)


def _access_control(c: Creation) -> dict[str, Any]:
    name = c.inputs["name"]
    if len(name) > _NAME_MAX:
        message = f"the name {name!r} has {len(name)} characters, AWS allows {_NAME_MAX}"
        raise refuse("cloudfront:CreateOriginAccessControl", "InvalidArgument", message)
    return {}


_ACCESS_CONTROL_INPUTS = frozenset(
    {"description", "name", "originAccessControlOriginType", "signingBehavior", "signingProtocol"}
)

_ACCESS_CONTROL = Handler(
    type="aws:cloudfront/originAccessControl:OriginAccessControl",
    calls=(
        Call(
            operation="cloudfront:CreateOriginAccessControl",
            reshape=lambda given: {"originAccessControlConfig": given},
            parameters=_access_control,
            inputs=_ACCESS_CONTROL_INPUTS,
            consumes=_ACCESS_CONTROL_INPUTS,
        ),
    ),
    id="OriginAccessControl.Id",
    outputs=lambda c: {
        "arn": c.arn("cloudfront", f"origin-access-control/{c.id}", region=""),
        "etag": c.answers[0]["ETag"],
    },
    region_of_calls=GLOBAL_REGION,
)

_CACHE_DEFAULTS = {"minTtl": 0, "defaultTtl": 86_400, "maxTtl": 31_536_000}
_KEY_DEFAULTS = {"enableAcceptEncodingBrotli": False, "enableAcceptEncodingGzip": False}
"""The provider's, too."""


def _policy_id(c: Creation) -> str:
    digits = made_up(c.urn, 32, string.hexdigits[:16])
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _policy(type_: str, operation: str, member: str, resource: str, inputs: frozenset[str]) -> Handler:
    """A policy; moto has none, nor does it look whether a distribution's policies exist."""

    def parameters(c: Creation) -> dict[str, Any]:
        given = {k: v for k, v in c.inputs.items() if k in inputs and v is not None}
        if member == "CachePolicyConfig":
            key = "parametersInCacheKeyAndForwardedToOrigin"
            given = _CACHE_DEFAULTS | given | {key: _KEY_DEFAULTS | given[key]}
        return {member: _mapped(_input(operation).members[member], given, c.type)}

    return Handler(
        type=type_,
        calls=(
            Call(
                operation=operation,
                inputs=frozenset(),
                parameters=parameters,
                consumes=inputs,
                simulated=False,
            ),
        ),
        id=_policy_id,
        outputs=lambda c: {
            "arn": c.arn("cloudfront", f"{resource}/{c.id}", region=""),
            "etag": made_up(f"{c.urn} etag", 13, string.ascii_uppercase + string.digits),
        },
        region_of_calls=GLOBAL_REGION,
    )


_HEADERS = frozenset(
    {
        "comment", "corsConfig", "customHeadersConfig", "name", "removeHeadersConfig", "securityHeadersConfig",
        "serverTimingHeadersConfig",
    }
)  # fmt: skip

HANDLERS = (
    _DISTRIBUTION,
    _ACCESS_CONTROL,
    _policy(
        "aws:cloudfront/cachePolicy:CachePolicy",
        "cloudfront:CreateCachePolicy",
        "CachePolicyConfig",
        "cache-policy",
        frozenset({"comment", "defaultTtl", "maxTtl", "minTtl", "name", "parametersInCacheKeyAndForwardedToOrigin"}),
    ),
    _policy(
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        "cloudfront:CreateResponseHeadersPolicy",
        "ResponseHeadersPolicyConfig",
        "response-headers-policy",
        _HEADERS,
    ),
)
