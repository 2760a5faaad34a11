"""Physical names as pulumi-aws makes them: the logical name, a hyphen, seven hexadecimal digits.

The engine draws the digits at random; here they come from the URN, so that every run gives the same. Properties,
separators, transforms and most lengths are those of pulumi-aws (provider/resource_overrides.go, aliases.go and
autonaming.go: AutoName("name", 255, "-") for each type with an input `name`, but for the overrides). Where AWS allows
less than the provider, the length is AWS's.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.simulator.sdk_types import resource_class

_DIGITS = 7
_PREFIXED_DIGITS = 26
PREFIXES = frozenset({"bucketPrefix", "identifierPrefix", "keyNamePrefix", "namePrefix"})
"""Inputs that are part of a name made here; no API takes them."""


def _same(name: str) -> str:
    return name


@dataclass(frozen=True, slots=True)
class AutoName:
    """How the provider names one resource type."""

    property: str = "name"
    longest: int = 255
    transform: Callable[[str], str] = _same
    prefix: str = ""
    separator: str = "-"


_EXCEPTIONS: Mapping[str, AutoName] = {
    "aws:cloudwatch/eventArchive:EventArchive": AutoName(longest=48),  # provider: 255
    "aws:cloudwatch/eventRule:EventRule": AutoName(longest=64),
    "aws:cloudwatch/eventTarget:EventTarget": AutoName("targetId", 64),  # provider: 255
    "aws:elasticache/cluster:Cluster": AutoName("clusterId", 50, str.lower),
    "aws:elasticache/replicationGroup:ReplicationGroup": AutoName("replicationGroupId", 40, str.lower),
    "aws:iam/role:Role": AutoName(longest=64),
    "aws:kms/alias:Alias": AutoName(longest=238 + len("alias/"), prefix="alias/"),
    "aws:lambda/function:Function": AutoName(longest=64),
    "aws:lambda/permission:Permission": AutoName("statementId", 100),
    "aws:lb/loadBalancer:LoadBalancer": AutoName(longest=32),  # provider: 255
    "aws:lb/targetGroup:TargetGroup": AutoName(longest=32),
    "aws:msk/serverlessCluster:ServerlessCluster": AutoName("clusterName", 64),  # provider: 255
    "aws:rds/instance:Instance": AutoName("identifier", 63, separator=""),  # provider: 255; and no hyphen
    "aws:s3/bucket:Bucket": AutoName("bucket", 63, str.lower),
    "aws:sfn/stateMachine:StateMachine": AutoName(longest=80),  # provider: 255
    "aws:sns/topic:Topic": AutoName(longest=80),
    "aws:sqs/queue:Queue": AutoName(longest=80),
}
_NEVER = frozenset({"aws:route53/record:Record", "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup"})
"""Types whose `name` is no name of their own."""


class NameTooLongError(Exception):
    """A logical name that is too long for an automatic name."""


def auto_name(token: str, name: str, urn: str, inputs: Mapping[str, Any]) -> Mapping[str, str]:
    """The property that the provider fills in with a name, or nothing where the program has given one or there is
    none."""
    rule = _EXCEPTIONS.get(token) or AutoName()
    if token in _NEVER or rule.property in inputs or not _has(token, rule.property):
        return {}
    given = inputs.get(f"{rule.property}Prefix")
    if isinstance(given, str):
        # Terraform's own way: a time and a counter.
        return {rule.property: given + str(int(hashlib.sha256(urn.encode()).hexdigest(), 16))[:_PREFIXED_DIGITS]}
    digits = hashlib.sha256(urn.encode()).hexdigest()[:_DIGITS]
    suffix = ".fifo" if inputs.get("fifoQueue") or inputs.get("fifoTopic") else ""
    made = rule.prefix + rule.transform(name) + rule.separator + digits + suffix
    if len(made) > rule.longest:
        spare = rule.longest - _DIGITS - len(rule.separator) - len(rule.prefix) - len(suffix)
        raise NameTooLongError(
            f"the name {made!r} has {len(made)} characters, AWS allows {rule.longest}: shorten {name!r} to {spare}"
        )
    return {rule.property: made}


def _has(token: str, name: str) -> bool:
    """Whether the type takes the property; those with another one than `name` are in _EXCEPTIONS and do."""
    code = getattr(resource_class(token), "_internal_init").__code__  # noqa: B009 (not of the public class)
    return name != "name" or name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
