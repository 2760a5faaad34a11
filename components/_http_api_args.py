"""The arguments of HTTP APIs, and what API Gateway would refuse of them; makes no resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components._domains import check_domain
from components._http_routes import (
    TIMEOUT_MAX_SECONDS,
    Cors,
    HttpRoute,
    Jwt,
    check_routes,
    check_throttle,
    check_timeouts,
)
from components.alarms import AlarmTarget
from components.certificate import check_names
from components.flow_log import check_retention


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend:
    """A function that answers requests."""

    function_name: pulumi.Input[str]
    """Name of the function; the API gets the permission to invoke it."""
    invoke_arn: pulumi.Input[str]
    """ARN that API Gateway invokes it by."""
    timeout_seconds: int
    """Seconds until an execution is stopped; less than the API waits, so that the caller hears of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpApiArgs:
    """Under which names the API answers, and who answers what."""

    domain_names: Sequence[str]
    """Names it answers to, such as api.example.com; the first is the one that callers use."""
    zone_id: pulumi.Input[str]
    """Public zone of the names, where the certificate is validated."""
    functions: Mapping[str, Backend]
    """Key -> function; each must have a route."""
    routes: Mapping[str, HttpRoute]
    """`METHOD /path` -> where it goes. `{id}` stands for a part of the path, `{proxy+}` at its end for all the rest,
    ANY for every method; `$default` is what no other route matches."""
    logs_key_arn: pulumi.Input[str]
    """Key that encrypts the access log; its policy must let CloudWatch Logs use it."""
    alarms: AlarmTarget
    """Where its alarms go."""
    jwt: Jwt | None = None
    """Whose tokens are good for routes that are not public; default none: then all routes must be public."""
    cors: Cors | None = None
    """Other sites' pages that may call it; default none."""
    requests_per_second: float = 100.0
    """Requests a second of each route, of all callers together; default 100."""
    burst: int = 200
    """Requests at once above that rate; default 200."""
    timeout_seconds: int = TIMEOUT_MAX_SECONDS
    """Seconds that a request may take, 1 to 30; default 30."""
    log_retention_days: int = 30
    """Days the access log is kept; default 30."""
    error_percent: float = 5.0
    """Percent of requests answered with 5xx, above which an alarm rings; default 5."""
    latency_alarm_seconds: float = 2.5
    """Seconds that one request in ten may take before an alarm rings; default 2.5."""

    def __post_init__(self) -> None:
        self._check_names()
        check_routes(self.routes, self.functions, secured=self.jwt is not None)
        if not 1 <= self.timeout_seconds <= TIMEOUT_MAX_SECONDS:
            raise ValueError(f"timeout_seconds: {self.timeout_seconds} s; HTTP APIs take 1 to {TIMEOUT_MAX_SECONDS}")
        for key, backend in self.functions.items():
            check_timeouts(key, backend.timeout_seconds, self.timeout_seconds)
        check_throttle(self.requests_per_second, self.burst)
        if not 0 < self.error_percent < 100:
            raise ValueError(f"error_percent: {self.error_percent:g}; give more than 0 and less than 100")
        if not 0 < self.latency_alarm_seconds <= self.timeout_seconds:
            raise ValueError(f"latency_alarm_seconds: {self.latency_alarm_seconds:g} s; give up to timeout_seconds")
        check_retention("log_retention_days", self.log_retention_days)

    def _check_names(self) -> None:
        if isinstance(self.domain_names, str) or not self.domain_names:
            raise ValueError("domain_names: a list of one name at least is required: the API has no other address")
        for name in self.domain_names:
            check_domain("domain_names", name)
        check_names(self.domain_names[0], self.domain_names[1:])
