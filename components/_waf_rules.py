"""Rules of a web ACL: AWS's groups and rates per class of paths, with their priorities and capacity; pure.

A rule's priority comes from what the rule is, never from its place in a list, so adding or removing one renumbers no
other.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from components._rate_limits import RateLimit, rate_limit
from components._waf_groups import ManagedGroup, visibility

if TYPE_CHECKING:
    from pulumi_aws import wafv2

# AWS WAF Developer Guide, WCUs of each rule statement and of each text transformation.
RATE_CAPACITY, CUSTOM_KEY_CAPACITY, PATH_CAPACITY, TRANSFORMATION_CAPACITY = 2, 30, 2, 10
# The same: up to here a web ACL and its requests have the basic price, and up to there WAF takes it at all.
CAPACITY_INCLUDED, CAPACITY_MAX = 1_500, 5_000

# WAFV2 API: a search string, bytes; the name of a header or cookie, characters.
PATH_MAX = 200
FIELD_MAX = 64
KEY_MAX = 64

# Rate rules come after the groups, each at a place drawn from its key.
RATE_PRIORITIES = range(1_000, 1_001_000)

REDACTED_HEADERS = ("authorization", "cookie")

# In this order: %2F and its like become characters, then /./, /../ and // become /. Without them a path that the
# application takes for the same one would not be counted.
_PATH_TRANSFORMATIONS = ("URL_DECODE", "NORMALIZE_PATH")

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

# As text, like every annotation with wafv2: loading it takes a second, which a stack without a web ACL need not pay.
_Scope: TypeAlias = "wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementArgsDict"
_Statement: TypeAlias = "wafv2.WebAclRuleStatementRateBasedStatementArgsDict"
_CustomKey: TypeAlias = "wafv2.WebAclRuleStatementRateBasedStatementCustomKeyArgsDict"


@dataclass(frozen=True, kw_only=True, slots=True)
class RateRule:
    """How many requests per second one client, or one tenant, may send to a class of paths; more are answered 429."""

    key: str
    """Name of the class, such as auth; the rule's identity."""
    requests_per_second: float
    """Requests per second, about 0.017 to 33,333,333; on average over the window."""
    paths: Sequence[str] = ()
    """The class: exact paths such as /login, and prefixes that end in * such as /v1/*; default every path."""
    tenant_header: str | None = None
    """Count per value of this header, which holds a tenant's id; requests without it are not counted, so keep a rule by
    address beside it. Default: count per address."""
    tenant_cookie: str | None = None
    """The same for a cookie. WAF writes the value to its log, so give neither a credential."""
    window_seconds: int | None = None
    """Seconds over which WAF counts: 60, 120, 300 or 600; default the shortest that can hold the rate."""
    count: bool = False
    """Count what is above the rate, and let it pass; default no."""
    priority: int | None = None
    """Place of the rule, 1,000 to 1,000,999; default drawn from the key. Only for two keys that draw the same."""

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key) or len(self.key) > KEY_MAX:
            raise ValueError(
                f"key: {self.key!r} may hold lower-case words joined by hyphens only, at most {KEY_MAX} characters"
            )
        rate_limit(self.requests_per_second, self.window_seconds)
        self._check_paths()
        self._check_tenant()
        if self.priority is not None and self.priority not in RATE_PRIORITIES:
            raise ValueError(
                f"priority: {self.priority}; give {RATE_PRIORITIES[0]} to {RATE_PRIORITIES[-1]}, or leave it out"
            )

    def _check_paths(self) -> None:
        if isinstance(self.paths, str):
            raise ValueError("paths: a list of paths is required, not a single string; write [path]")
        for path in self.paths:
            text = path.removesuffix("*")
            if not text.startswith("/") or "*" in text or "?" in text or "%" in text or "//" in text:
                raise ValueError(
                    f"paths: {path!r} must begin with / and be plain, with * at its end only; write /v1/* or /login"
                )
            if len(text.encode()) > PATH_MAX:
                raise ValueError(f"paths: {path!r} has more than {PATH_MAX} bytes; shorten it to a prefix with *")
        if len(set(self.paths)) < len(self.paths):
            raise ValueError(f"paths: {sorted(self.paths)} names a path twice; name each once")

    def _check_tenant(self) -> None:
        if self.tenant_header is not None and self.tenant_cookie is not None:
            raise ValueError(f"tenant_cookie: rule {self.key} counts per header already; make a rule for each")
        check_headers("tenant_header", [self.tenant_header] if self.tenant_header is not None else [])
        check_headers("tenant_cookie", [self.tenant_cookie] if self.tenant_cookie is not None else [])
        if self.tenant_header is not None and self.tenant_header.lower() in REDACTED_HEADERS:
            raise ValueError(
                f"tenant_header: {self.tenant_header!r} holds a credential and WAF would write its value to the log; "
                "give a header with the tenant's id, or tenant_cookie"
            )

    @property
    def name(self) -> str:
        """Name of the rule, and of its metric."""
        return f"rate-{self.key}"

    @property
    def rate(self) -> RateLimit:
        """The rate as WAF counts it."""
        return rate_limit(self.requests_per_second, self.window_seconds)

    @property
    def rule_priority(self) -> int:
        """Place of the rule. Their order matters to nobody: each rule counts on its own."""
        if self.priority is not None:
            return self.priority
        return RATE_PRIORITIES[zlib.crc32(self.key.encode()) % len(RATE_PRIORITIES)]

    @property
    def capacity(self) -> int:
        """WCUs of the rule."""
        path = PATH_CAPACITY + TRANSFORMATION_CAPACITY * len(_PATH_TRANSFORMATIONS)
        tenant = CUSTOM_KEY_CAPACITY if self.tenant_header or self.tenant_cookie else 0
        return RATE_CAPACITY + tenant + path * len(self.paths)

    def rendered(self, *, sampled: bool) -> "wafv2.WebAclRuleArgsDict":
        """The rule as WAF takes it."""
        return {
            "name": self.name,
            "priority": self.rule_priority,
            "action": {"count": {}} if self.count else {"block": {"custom_response": {"response_code": 429}}},
            "statement": {"rate_based_statement": self._statement()},
            "visibility_config": visibility(self.name, sampled=sampled),
        }

    def _statement(self) -> _Statement:
        statement: _Statement = {
            "limit": self.rate.limit,
            "evaluation_window_sec": self.rate.window_seconds,
            "aggregate_key_type": "IP",
        }
        if custom_key := self._custom_key():
            statement["aggregate_key_type"] = "CUSTOM_KEYS"
            statement["custom_keys"] = [custom_key]
        matches = [_match(path) for path in sorted(self.paths)]
        if matches:
            statement["scope_down_statement"] = (
                matches[0] if len(matches) == 1 else {"or_statement": {"statements": matches}}
            )
        return statement

    def _custom_key(self) -> "_CustomKey | None":
        if self.tenant_header is not None:
            # AWS answers with lower case: another spelling would differ in every preview.
            name = self.tenant_header.lower()
            return {"header": {"name": name, "text_transformations": [{"priority": 0, "type": "NONE"}]}}
        if self.tenant_cookie is not None:
            name = self.tenant_cookie
            return {"cookie": {"name": name, "text_transformations": [{"priority": 0, "type": "NONE"}]}}
        return None


Rule: TypeAlias = ManagedGroup | RateRule


def _match(path: str) -> _Scope:
    return {
        "byte_match_statement": {
            "field_to_match": {"uri_path": {}},
            "positional_constraint": "STARTS_WITH" if path.endswith("*") else "EXACTLY",
            "search_string": path.removesuffix("*"),
            "text_transformations": [
                {"priority": place, "type": kind} for place, kind in enumerate(_PATH_TRANSFORMATIONS)
            ],
        }
    }


def check_headers(field: str, names: Sequence[str]) -> None:
    """Refuse what is no name of a header or cookie."""
    for name in names:
        if not _TOKEN.fullmatch(name) or len(name) > FIELD_MAX:
            raise ValueError(
                f"{field}: {name!r} is no name of a header or cookie; give 1 to {FIELD_MAX} characters without spaces"
            )


def check_rules(groups: Sequence[ManagedGroup], rates: Sequence[RateRule], capacity_max: int) -> None:
    """Refuse what no web ACL can be."""
    if not groups and not rates:
        raise ValueError("groups: a web ACL without rules stops nothing; give groups or rate_rules, or leave it out")
    names = [group.name for group in groups]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"groups: {name} is named twice; name each group once")
    taken: dict[int, RateRule] = {}
    for rule in rates:
        if rule.key in (other.key for other in taken.values()):
            raise ValueError(f"rate_rules: two rules have the key {rule.key}; give each its own")
        other = taken.setdefault(rule.rule_priority, rule)
        if other is not rule:
            raise ValueError(
                f"rate_rules: {other.key} and {rule.key} have the same priority {rule.rule_priority}; "
                f"give the newer one a priority of its own, such as {_free(taken)}"
            )
    used = capacity([*groups, *rates])
    if used > capacity_max:
        raise ValueError(
            f"capacity_max: the rules use {used} WCUs and {capacity_max} are allowed; join paths by a prefix, leave "
            f"rules out, or raise capacity_max to at most {CAPACITY_MAX} (AWS charges more above {CAPACITY_INCLUDED})"
        )


def _free(taken: dict[int, RateRule]) -> int:
    return next(priority for priority in RATE_PRIORITIES if priority not in taken)


def capacity(rules: Sequence[Rule]) -> int:
    """WCUs of a web ACL with these rules."""
    return sum(rule.capacity for rule in rules)
