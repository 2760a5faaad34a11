"""What anyone on the internet calls by its name, not by an address in a network: APIs, distributions, function URLs,
and stores whose policies let everybody in.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from breakwater.analysis.exposure.hosts import BALANCERS
from breakwater.analysis.exposure.model import INTERNET, Direction, Path, steps
from breakwater.analysis.exposure.places import FUNCTION, LISTENERS
from breakwater.analysis.exposure.ports import Ports, of
from breakwater.analysis.exposure.ranges import EVERYWHERE
from breakwater.analysis.exposure.references import References, is_unknown, listed, raw
from breakwater.analysis.properties import items, known, known_at, plain, text
from breakwater.graph import Resource

_HTTP_API, _REST_API = "aws:apigatewayv2/api:Api", "aws:apigateway/restApi:RestApi"
_BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
_ALL = tuple(map(str, EVERYWHERE))
_HTTPS = of("tcp", 443, 443)

# Type of a policy → the property that names what it is of, and the types that it may be of.
_POLICIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "aws:s3/bucketPolicy:BucketPolicy": ("bucket", _BUCKETS),
    "aws:sqs/queuePolicy:QueuePolicy": ("queueUrl", ("aws:sqs/queue:Queue",)),
    "aws:sns/topicPolicy:TopicPolicy": ("arn", ("aws:sns/topic:Topic",)),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("secretArn", ("aws:secretsmanager/secret:Secret",)),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("repository", ("aws:ecr/repository:Repository",)),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": ("eventBusName", ("aws:cloudwatch/eventBus:EventBus",)),
}
_NARROWING = re.compile(
    r"aws:(Source|Principal|CalledVia|Vpc|ResourceOrg|userid|username|FederatedProvider)"
    r"|s3:DataAccessPoint|sns:Endpoint|lambda:FunctionUrlAuthType",
    re.IGNORECASE,
)
"""Conditions that let only some in."""


class Public:
    """The public names of a graph."""

    def __init__(self, references: References, label: Callable[[Resource], str]) -> None:
        self._references, self._graph, self._label = references, references.graph, label

    def paths(self) -> Iterator[Path]:
        """All of them."""
        for api in self._graph.of(_HTTP_API):
            yield from self._http_api(api)
        for api in self._graph.of(_REST_API):
            yield from self._rest_api(api)
        for distribution in self._graph.of("aws:cloudfront/distribution:Distribution"):
            yield from self._distribution(distribution)
        for url in self._graph.of("aws:lambda/functionUrl:FunctionUrl"):
            for function in self._references.named(url, "functionName", raw(url, "functionName"), FUNCTION).resources:
                access = text(known(url, "authorizationType"))
                yield self._open(self._label(function), (url,), access="" if access == "NONE" else access or "unknown")
        yield from self._by_policy()
        yield from self._by_permission()
        yield from self._by_bucket_acl()

    def _open(
        self,
        target: str,
        through: Iterable[Resource],
        *,
        source: str = INTERNET,
        ports: Ports = _HTTPS,
        access: str = "",
        undecidable: str = "",
        ranges: tuple[str, ...] = _ALL,
    ) -> Path:
        inward = source == INTERNET
        return Path(
            direction=Direction.INWARD if inward else Direction.BETWEEN,
            source=source,
            target=target,
            ports=ports,
            ranges=ranges if inward else (),
            access=access,
            through=steps(through),
            undecidable=undecidable,
        )

    def _http_api(self, api: Resource) -> Iterator[Path]:
        """By its domains, or by AWS's own where that is not turned off; then route by route to the integrations."""
        mappings = [m for m in self._graph.of("aws:apigatewayv2/apiMapping:ApiMapping") if self._of(m, "apiId", api)]
        closed = raw(api, "disableExecuteApiEndpoint")
        if plain(closed) is True and not mappings:
            return
        ranges = _ALL if known(api, "ipAddressType") == "dualstack" else _ALL[:1]
        yield self._open(api.name, (api, *mappings), ranges=ranges)
        integrations = {
            integration.urn: integration
            for integration in self._graph.of("aws:apigatewayv2/integration:Integration")
            if self._of(integration, "apiId", api)
        }
        for route in self._graph.of("aws:apigatewayv2/route:Route"):
            if not self._of(route, "apiId", api):
                continue
            told = text(known(route, "authorizationType")) or "NONE"
            for integration in self._integrations(route, integrations.values()):
                for target in self._behind(integration, "integrationUri"):
                    access = "" if told == "NONE" else told
                    yield self._open(target, (api, route, integration), access=access, ranges=ranges)
                    yield self._open(target, (integration,), source=api.name)

    def _rest_api(self, api: Resource) -> Iterator[Path]:
        private = [t for block in items(known(api, "endpointConfiguration")) for t in listed(block.get("types"))]
        if "PRIVATE" in private:
            return
        yield self._open(api.name, (api,))
        methods = self._graph.of("aws:apigateway/method:Method")
        for integration in self._graph.of("aws:apigateway/integration:Integration"):
            if self._of(integration, "restApi", api):
                same = [m for m in methods if self._of(m, "restApi", api) and _same_method(m, integration)]
                asked = {text(known(m, "authorization")) or "NONE" for m in same} or {"NONE"}
                for target in self._behind(integration, "uri"):
                    for access in sorted(asked):
                        yield self._open(target, (api, integration), access="" if access == "NONE" else access)

    def _distribution(self, distribution: Resource) -> Iterator[Path]:
        if plain(known(distribution, "enabled")) is False:
            return
        caches = [*items(known(distribution, "defaultCacheBehavior"))]
        caches += items(known(distribution, "orderedCacheBehaviors"))
        https = bool(caches) and all(plain(c.get("viewerProtocolPolicy")) == "https-only" for c in caches)
        ports = _HTTPS if https else _HTTPS | of("tcp", 80, 80)
        ranges = _ALL if plain(known(distribution, "isIpv6Enabled")) is True else _ALL[:1]
        yield self._open(distribution.name, (distribution,), ports=ports, ranges=ranges)
        hosts = {text(origin.get("domainName")) for origin in items(known(distribution, "origins"))}
        origins = {r.urn: r for r in self._references.behind(distribution, "origins", *_BUCKETS, *BALANCERS, _HTTP_API)}
        for type_, keys in ((_BUCKETS, ("bucketRegionalDomainName", "bucketDomainName")), (BALANCERS, ("dnsName",))):
            for resource in self._graph.of(*type_):
                if hosts & {text(resource.outputs.get(key)) for key in keys} - {None}:
                    origins[resource.urn] = resource
        for origin in origins.values():
            yield self._open(self._label(origin), (distribution,), source=distribution.name)
            if origin.type in _BUCKETS:
                yield self._open(self._label(origin), (distribution,), ports=ports, ranges=ranges)

    def _by_policy(self) -> Iterator[Path]:
        for type_, (key, owners) in _POLICIES.items():
            for policy in self._graph.of(type_):
                found = self._references.named(policy, key, raw(policy, key), *owners).resources
                for owner in found or tuple(self._references.behind(policy, key, *owners)):
                    open_ = _open_to_all(raw(policy, "policy"))
                    blocked = self._blocked(owner, "restrictPublicBuckets") if owner.type in _BUCKETS else False
                    if open_ is False or blocked is True:
                        continue
                    why = ""
                    if open_ is None:
                        why = f"the policy {policy.name} is not known"
                    elif blocked is None:
                        why = "whether the bucket's block of public access is on is not known"
                    if open_ or self._could_be(policy):
                        yield self._open(self._label(owner), (policy,), undecidable=why)

    def _could_be(self, policy: Resource) -> bool:
        return is_unknown(raw(policy, "policy"))

    def _by_permission(self) -> Iterator[Path]:
        """Functions that everybody may invoke."""
        for permission in self._graph.of("aws:lambda/permission:Permission"):
            narrow = ("sourceArn", "sourceAccount", "principalOrgId", "functionUrlAuthType")
            if plain(known(permission, "principal")) == "*" and not any(raw(permission, key) for key in narrow):
                found = self._references.named(permission, "function", raw(permission, "function"), FUNCTION)
                for function in found.resources:
                    yield self._open(self._label(function), (permission,))

    def _by_bucket_acl(self) -> Iterator[Path]:
        given = [(bucket, bucket) for bucket in self._graph.of(*_BUCKETS)]
        for acl in self._graph.of("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2"):
            given += [(acl, b) for b in self._references.named(acl, "bucket", raw(acl, "bucket"), *_BUCKETS).resources]
        for acl, bucket in given:
            if plain(acl.inputs.get("acl")) not in ("public-read", "public-read-write"):
                continue
            blocked = self._blocked(bucket, "ignorePublicAcls")
            if blocked is not True:
                why = "whether the bucket's block of public access is on is not known" if blocked is None else ""
                yield self._open(bucket.name, (acl,), undecidable=why)

    def _blocked(self, bucket: Resource, key: str) -> bool | None:
        """By the bucket's own block or the account's; without one AWS blocks new buckets, and older ones maybe not."""
        for account in self._graph.of("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"):
            if plain(raw(account, key)) is True:
                return True
        for block in self._graph.of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"):
            if self._of(block, "bucket", bucket):
                value = raw(block, key)
                return None if is_unknown(value) else plain(value) is True
        return None

    def _of(self, resource: Resource, key: str, owner: Resource) -> bool:
        found = self._references.named(resource, key, raw(resource, key), owner.type).resources
        return any(r is owner for r in found)

    def _integrations(self, route: Resource, integrations: Iterable[Resource]) -> Iterator[Resource]:
        target = text(known(route, "target"))
        behind = {r.urn for r in self._references.behind(route, "target", "aws:apigatewayv2/integration:Integration")}
        for integration in integrations:
            if integration.urn in behind or (target and target == f"integrations/{integration.id}"):
                yield integration

    def _behind(self, integration: Resource, key: str) -> Iterator[str]:
        """The function or balancer that an integration calls."""
        uri = text(known(integration, key)) or ""
        found = {r.urn: r for r in self._references.behind(integration, key, FUNCTION, *LISTENERS)}
        for resource in self._graph.of(FUNCTION, *LISTENERS):
            arn = resource.outputs.get("arn")
            if isinstance(arn, str) and arn and re.search(rf"{re.escape(arn)}(?![\w-])", uri):
                found[resource.urn] = resource
        for resource in found.values():
            balancer = self._references.one(resource, "loadBalancerArn", *BALANCERS)
            yield self._label(balancer if balancer is not None else resource)


def _same_method(method: Resource, integration: Resource) -> bool:
    keys = ("httpMethod", "resourceId")
    return all(known(method, key) == known(integration, key) for key in keys)


def _open_to_all(policy: Any) -> bool | None:
    """Whether a policy lets everybody in; None where it is not known."""
    if is_unknown(policy):
        return None
    document = plain(policy)
    try:
        document = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return None
    return any(_lets_all_in(statement) for statement in items(known_at(document, "Statement")))


def _lets_all_in(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    named = [p for value in principal.values() for p in listed(value)] if isinstance(principal, dict) else [principal]
    services_only = isinstance(principal, dict) and "AWS" not in principal
    if statement.get("Effect") != "Allow" or "*" not in named or services_only:
        return False
    conditions = statement.get("Condition")
    blocks = conditions.values() if isinstance(conditions, dict) else ()
    keys = [key for block in blocks if isinstance(block, dict) for key in block]
    return not any(_NARROWING.match(key) for key in keys)
