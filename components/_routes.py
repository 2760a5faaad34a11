"""How requests are routed to a web service: conditions of listener rules and the health check of targets; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pulumi_aws import lb

from components._balancing import check_range
from components._priorities import derived_priority
from components._rule_limits import PATTERN_MAX, PRIORITY_MAX, VALUES_PER_CONDITION, VALUES_PER_RULE

# Elastic Load Balancing API reference, CreateTargetGroup.
INTERVAL_SECONDS = range(5, 301)
TIMEOUT_SECONDS = range(2, 121)
THRESHOLDS = range(2, 11)

_HOST = re.compile(r"[A-Za-z0-9.*?_-]*\.[A-Za-z*?]+")
_PATH = re.compile(r"/[A-Za-z0-9_.$/~\"'@:+&*?-]*|\*")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """Requests that a service gets: all conditions given must hold, and in each one pattern is enough."""

    priority: int | None = None
    """Order among all rules of the listener, 1 to 50000, each number once. Default: drawn from hosts and paths, the
    more specific first; where two rules draw the same, one of them must be written."""
    hosts: Sequence[str] = ()
    """Host patterns with * and ?, such as api.example.com; default any."""
    paths: Sequence[str] = ()
    """Path patterns with * and ?, such as /v1/*; default any."""
    key: str = "main"
    """Part of the rule's name; give each further route of a service its own. Default main."""

    def __post_init__(self) -> None:
        if self.priority is not None and not 1 <= self.priority <= PRIORITY_MAX:
            raise ValueError(f"priority: {self.priority}; a listener rule takes 1 to {PRIORITY_MAX}")
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"key: {self.key!r} may hold lower-case words joined by hyphens only")
        _check_patterns("hosts", self.hosts, _HOST, "letters, digits, - _ . * ? with a dot, such as *.example.com")
        _check_patterns("paths", self.paths, _PATH, "/ and letters, digits, _-.$/~\"'@:+& * ?, such as /v1/*")
        values = len(self.hosts) + len(self.paths)
        if values == 0:
            raise ValueError("hosts: a route needs a host or a path; for everything, give paths=['/*']")
        if values > VALUES_PER_RULE:
            raise ValueError(f"paths: {values} patterns; a rule takes {VALUES_PER_RULE} in all, use a second route")
        # Refuses hosts that have no place of their own.
        _ = self.effective_priority

    @property
    def effective_priority(self) -> int:
        """The priority that is written, or else drawn."""
        return self.priority if self.priority is not None else derived_priority(self.hosts, self.paths)

    def conditions(self) -> list[lb.ListenerRuleConditionArgs]:
        """The rule's conditions."""
        conditions = []
        if self.hosts:
            host = lb.ListenerRuleConditionHostHeaderArgs(values=sorted(self.hosts))
            conditions.append(lb.ListenerRuleConditionArgs(host_header=host))
        if self.paths:
            path = lb.ListenerRuleConditionPathPatternArgs(values=sorted(self.paths))
            conditions.append(lb.ListenerRuleConditionArgs(path_pattern=path))
        return conditions


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthCheck:
    """How the load balancer decides that a task may have requests."""

    path: str = "/health/ready"
    """Path that answers 200 when the task is ready; default /health/ready."""
    interval_seconds: int = 10
    """Seconds between checks, 5 to 300; default 10."""
    timeout_seconds: int = 5
    """Seconds to wait for an answer, 2 to 120, below the interval; default 5."""
    healthy_threshold: int = 2
    """Good answers until a task gets requests, 2 to 10; default 2."""
    unhealthy_threshold: int = 5
    """Bad answers until it gets no more, 2 to 10; default 5."""

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or len(self.path) > 1024:
            raise ValueError(f"health_path: {self.path!r} must begin with / and have at most 1024 characters")
        check_range("health_interval", self.interval_seconds, INTERVAL_SECONDS)
        check_range("health_timeout", self.timeout_seconds, TIMEOUT_SECONDS)
        check_range("healthy_threshold", self.healthy_threshold, THRESHOLDS)
        check_range("unhealthy_threshold", self.unhealthy_threshold, THRESHOLDS)
        if self.timeout_seconds >= self.interval_seconds:
            raise ValueError(
                f"health_timeout: {self.timeout_seconds} s is not below health_interval, {self.interval_seconds} s"
            )

    @property
    def unhealthy_seconds(self) -> int:
        """Seconds after which a task that does not answer gets none."""
        return self.unhealthy_threshold * self.interval_seconds + self.timeout_seconds

    def rendered(self) -> lb.TargetGroupHealthCheckArgs:
        """The target group's block."""
        return lb.TargetGroupHealthCheckArgs(
            enabled=True,
            protocol="HTTP",
            port="traffic-port",
            path=self.path,
            matcher="200",
            interval=self.interval_seconds,
            timeout=self.timeout_seconds,
            healthy_threshold=self.healthy_threshold,
            unhealthy_threshold=self.unhealthy_threshold,
        )


def check_routes(routes: Sequence[Route]) -> None:
    """Refuse a service that no request reaches, and rules that would take each other's name or priority."""
    if not routes:
        raise ValueError("routes: a web service needs at least one route, or no request reaches it")
    keys, priorities = ([route.key for route in routes], [route.effective_priority for route in routes])
    for field, values in (("key", keys), ("priority", priorities)):
        if len(set(values)) < len(values):
            raise ValueError(f"routes: two routes have the same {field}; give each its own, or write it on one of them")


def _check_patterns(field: str, patterns: Sequence[str], form: re.Pattern[str], hint: str) -> None:
    if isinstance(patterns, str):
        raise ValueError(f"{field}: a list of patterns is required, not a single string; write [{patterns!r}]")
    if len(patterns) > VALUES_PER_CONDITION:
        raise ValueError(
            f"{field}: {len(patterns)} patterns; a condition takes {VALUES_PER_CONDITION}, use a second route"
        )
    for pattern in patterns:
        if not form.fullmatch(pattern) or len(pattern) > PATTERN_MAX:
            raise ValueError(f"{field}: {pattern!r} must have at most {PATTERN_MAX} characters: {hint}")
