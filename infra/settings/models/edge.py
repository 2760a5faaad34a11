"""The public name, who hears of alarms, and what stands before the services: load balancer, firewall, CDN."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from components._security_headers import SELF_ONLY
from infra.settings._types import Email, Hostname, Name, UrlPath
from infra.settings.models._model import Model


class Domain(Model):
    """The platform's public name."""

    name: Annotated[Hostname, StringConstraints(max_length=64)] = Field(examples=["prod.breakwater.example"])
    """DNS name under which everything is reached; hosts of routes are this name or names under it."""
    hosted_zone_id: Annotated[str, StringConstraints(pattern=r"^Z[A-Z0-9]{1,31}$")] | None = None
    """Id of the public hosted zone to use; default none: the stack makes one, and its parent zone must delegate to it
    before certificates can be issued."""


class AlarmRouting(Model):
    """Where alarms go and what they tell their readers."""

    emails: tuple[Email, ...] = Field(default=(), examples=[["oncall@example.com"]])
    """Addresses that get each alarm; default none. Each must confirm its subscription."""
    runbooks_url: Annotated[str, StringConstraints(pattern=r"^https://\S+[^/\s]$", max_length=512)] = Field(
        examples=["https://docs.breakwater.example/runbooks"]
    )
    """HTTPS address of the runbooks, without the last slash; alarms link to pages below it."""


class SecurityHeaders(Model):
    """Headers that are added to every answer, besides `X-Content-Type-Options: nosniff`."""

    content_security_policy: Annotated[str, StringConstraints(max_length=4096)] | None = Field(
        default=SELF_ONLY, examples=[SELF_ONLY]
    )
    """Content-Security-Policy, one line; default: everything from the site itself, nothing inline, in no frame. null:
    none is added, so services may send their own."""
    frame_options: Literal["DENY", "SAMEORIGIN"] = "DENY"
    """X-Frame-Options; default DENY. With SAMEORIGIN the policy above must say `frame-ancestors 'self'` too."""
    hsts_include_subdomains: bool = True
    """Whether browsers are to use HTTPS for the names below too; default true. HSTS itself is always sent, for a
    year."""


class AccessLogs(Model):
    """The load balancer's logs of requests and connections, in a bucket of each region."""

    retention_days: int = Field(default=90, ge=1, le=3650)
    """Days for which they are kept, 1 to 3650; default 90."""


class LoadBalancer(Model):
    """How the load balancer of each region treats connections and requests."""

    idle_timeout_seconds: int = Field(default=60, ge=1, le=4000)
    """Seconds after which a silent connection is closed, 1 to 4000; default 60. With WebSockets more than the time
    between two pings; services must keep idle connections open for longer."""
    desync_mitigation_mode: Literal["defensive", "strictest"] = "defensive"
    """Requests that could hide another: `defensive` refuses the severe ones and closes the connection after the
    ambiguous ones, `strictest` refuses all that break RFC 7230; default defensive."""
    headers: SecurityHeaders | None = SecurityHeaders()
    """Security headers of every answer; default all of them. null: services send their own."""
    logs: AccessLogs | None = AccessLogs()
    """Access and connection logs; default kept 90 days. null: none."""


class ManagedRules(Model):
    """What differs in one of AWS's rule groups."""

    count: bool = False
    """Whether the whole group only counts what it would block; default false."""
    count_rules: tuple[str, ...] = Field(default=(), examples=[["SizeRestrictions_BODY"]])
    """Rules of the group that only count, by AWS's names; default none."""


class RateRule(Model):
    """How many requests one address, or one tenant, may send; more are answered 429."""

    requests_per_second: float = Field(gt=0, examples=[10])
    """Requests per second, about 0.017 to 33,333,333, on average over the window."""
    paths: tuple[UrlPath, ...] = Field(default=(), examples=[["/login", "/v1/auth/*"]])
    """Paths that it counts, each exact or with * at its end; default all."""
    tenant_header: str | None = Field(default=None, examples=["x-tenant-id"])
    """Header that names the tenant to count for; default none: by address. Requests without it are not counted."""
    tenant_cookie: str | None = Field(default=None, examples=["tenant"])
    """The same for a cookie; default none. Its value goes to the log: name no credential."""
    window_seconds: Literal[60, 120, 300, 600] | None = None
    """Seconds over which WAF counts, 60, 120, 300 or 600; default the shortest that can hold the rate."""
    count: bool = False
    """Whether it only counts what is above the rate; default false."""


class Waf(Model):
    """A web application firewall: AWS's rule groups, and rates per class of paths."""

    blocked_baseline: int = Field(ge=0, examples=[500])
    """Requests blocked in five minutes that are normal; more raise an alarm."""
    groups: Mapping[Literal["reputation", "common", "known-bad-inputs", "sql"], ManagedRules | None] = Field(
        default_factory=dict, examples=[{"common": {"count_rules": ["SizeRestrictions_BODY"]}}]
    )
    """AWS's rule groups that differ from the default, which is all four, blocking. null: without that group."""
    rates: Mapping[Name, RateRule] = Field(
        default_factory=dict, examples=[{"auth": {"requests_per_second": 10, "paths": ["/login"]}}]
    )
    """Class of paths -> its rate; default none."""
    capacity_max: int = Field(default=1500, ge=1, le=5000)
    """Capacity units that the rules may use, 1 to 5000; default 1500, which the basic price includes."""
    log_allowed: bool = False
    """Whether requests that no rule has matched are logged too; default false."""
    redacted_headers: tuple[str, ...] = Field(default=(), examples=[["x-api-key"]])
    """Headers kept out of the log, besides authorization and cookie; default none."""


class Cdn(Model):
    """Files served by CloudFront from a bucket of its own, in us-east-1."""

    host: Hostname = Field(examples=["www.prod.breakwater.example"])
    """Name under which the files are served, directly under the domain; no route may use it."""
    fallback_path: UrlPath | None = Field(default=None, examples=["/index.html"])
    """Page that answers 200 for files that are not there, as single-page applications want it; default none: 403."""
    default_ttl_seconds: int = Field(default=86_400, ge=1, le=31_536_000)
    """Seconds for which a file is kept at the edge if it does not say, 1 to 31536000; default 86400 (a day)."""
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = "PriceClass_100"
    """How many of CloudFront's edge locations are used; default PriceClass_100, the cheapest."""
    headers: SecurityHeaders = SecurityHeaders()
    """Security headers of every answer; default all of them."""
    access_logs: bool = True
    """Whether requests are logged, for `log_retention_days`; default true."""
    waf: Waf | None = None
    """A firewall before it; default none."""
