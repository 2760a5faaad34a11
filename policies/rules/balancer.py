"""Load balancers speak current TLS only; port 80 does nothing but redirect."""

import re
from collections.abc import Iterable
from typing import Any

from ._model import UNKNOWN, Properties, Rule, absent, block, items, off

_LISTENERS = frozenset({"aws:lb/listener:Listener", "aws:alb/listener:Listener"})

# By AWS's naming TLS 1.2 with forward secrecy, or 1.3: Ext adds ciphers without forward secrecy, 1-0 and 1-1 old TLS.
_CURRENT_TLS = re.compile(r"ELBSecurityPolicy-TLS13-1-[23]-(Res-)?(FIPS-)?(PQ-)?\d{4}-\d{2}")


def _tls_policy(properties: Properties) -> Iterable[str]:
    policy: Any = properties.get("sslPolicy")
    if properties.get("protocol") not in ("HTTPS", "TLS") or policy == UNKNOWN:
        return
    if absent(policy):
        yield "sslPolicy is not set, and AWS's default still speaks TLS 1.0"
    elif not _CURRENT_TLS.fullmatch(policy):
        yield f"sslPolicy is {policy}"


def _redirect(properties: Properties) -> Iterable[str]:
    if properties.get("protocol") != "HTTP":
        return
    for action in items(properties.get("defaultActions")):
        kind, protocol = block(action, "type"), block(action, "redirect", "protocol")
        if kind not in ("redirect", UNKNOWN):
            yield f"the default action is {kind}"
        elif kind == "redirect" and protocol not in ("HTTPS", UNKNOWN):
            yield "the redirect does not go to HTTPS"


def _headers(properties: Properties) -> Iterable[str]:
    if properties.get("loadBalancerType") in (None, "application") and off(properties.get("dropInvalidHeaderFields")):
        yield "dropInvalidHeaderFields is not true"


RULES = (
    Rule(
        name="listener-tls-policy",
        description="TLS listeners offer TLS 1.2 and 1.3 only.",
        remedy="Set ssl_policy to ELBSecurityPolicy-TLS13-1-2-2021-06 or a stricter one.",
        controls=("ELB.17",),
        types=_LISTENERS,
        check=_tls_policy,
    ),
    Rule(
        name="listener-redirects-http",
        description="HTTP listeners only redirect to HTTPS.",
        remedy="Make the default action a redirect to HTTPS, port 443, status HTTP_301.",
        controls=("ELB.1",),
        types=_LISTENERS,
        check=_redirect,
    ),
    Rule(
        name="balancer-drops-invalid-headers",
        description="Application load balancers drop invalid header fields.",
        remedy="Set drop_invalid_header_fields.",
        controls=("ELB.4",),
        types=frozenset({"aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"}),
        check=_headers,
    ),
)
