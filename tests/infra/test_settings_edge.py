"""Rules about routes without priorities, headers, firewalls and the CDN."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components._routes import PRIORITY_MAX
from infra.settings import Settings
from infra.settings.routing import priority, rule_key, rules
from tests.infra.sample import Case, assert_only, edited, refusal, settings_of
from tests.support.configurations import DOMAIN, IMAGE

DRAWN = (
    "          - priority: 20\n            paths: [/api/*, /health/ready]",
    "          - paths: [/api/*, /health/ready]",
)

CASES = {
    "priority twice": Case(
        "priority: 20", "priority: 10", "services.api.routes[1].priority", "priority: 10\n            paths",
        "priority 10 belongs to a rule of api already", "write 20, or another",
    ),
    "priority that another draws": Case(
        "- priority: 20\n            paths: [/api/*, /health/ready]\n",
        "- paths: [/api/*, /health/ready]\n          - {priority: 0000, paths: [/other]}\n".replace("0000", "PLACE"),
        "services.api.routes[2].priority", "priority: PLACE",
        "belongs to a rule of api already", "write 20, or another",
    ),
    "the same requests": Case(
        "- priority: 30\n            host: test.breakwater.example",
        "- host: test.breakwater.example\n          - host: test.breakwater.example",
        "services.web.routes[1]", "- host: test.breakwater.example\n    workers",
        "a rule of web matches the same requests", "remove one of the two",
    ),
    "headers that contradict": Case(
        "      logs: {retention_days: 30}\n",
        "      headers: {frame_options: SAMEORIGIN}\n",
        "load_balancer.headers.content_security_policy", "headers: {frame_options",
        "SAMEORIGIN allows frames", "write one line, with frame-ancestors 'self'",
    ),
    "slow start of the wrong algorithm": Case(
        "port: 5555\n", "port: 5555\n        slow_start_seconds: 60\n",
        "services.api.slow_start_seconds", "slow_start_seconds", "full share at once", "`algorithm: round_robin`",
    ),
    "slow start too short": Case(
        "port: 5555\n", "port: 5555\n        slow_start_seconds: 29\n        algorithm: round_robin\n",
        "services.api.slow_start_seconds", "slow_start_seconds", "29", "write 30 to 900",
    ),
    "rate too slow": Case(
        "requests_per_second: 10,", "requests_per_second: 0.001,",
        "waf.rates.auth.requests_per_second", "requests_per_second: 0.001", "slower than WAF's slowest",
        "correct the rate",
    ),
    "path that WAF cannot match": Case(
        "paths: [/login]", "paths: [/a/*/b]", "waf.rates.auth.paths", "[/a/*/b]", "must begin with /",
        "correct the rate",
    ),
    "credential as a tenant": Case(
        "tenant_header: x-tenant-id", "tenant_header: authorization",
        "waf.rates.tenant.tenant_header", "tenant_header: auth", "holds a credential", "correct the rate",
    ),
    "count twice": Case(
        "{count_rules: [SizeRestrictions_BODY]}", "{count: true, count_rules: [SizeRestrictions_BODY]}",
        "waf.groups.common.count_rules", "common: {count: true", "counts already", "correct the rules",
    ),
    "no header's name": Case(
        "      blocked_baseline: 500\n", "      blocked_baseline: 500\n      redacted_headers: [a b]\n",
        "waf.redacted_headers", "redacted_headers", "no name of a header", "write names of headers",
    ),
    "too many rules": Case(
        "      blocked_baseline: 500\n", "      blocked_baseline: 500\n      capacity_max: 100\n",
        "waf.capacity_max", "capacity_max", "WCUs", "raise capacity_max",
    ),
    "firewall of the CDN": Case(
        "{blocked_baseline: 100}", "{blocked_baseline: 100, capacity_max: 1}",
        "cdn.waf.capacity_max", "capacity_max: 1", "WCUs", "raise capacity_max",
    ),
    "CDN on a service's host": Case(
        "host: www.test.", "host: api.test.", "cdn.host", "host: api.test.breakwater.example\n      fallback",
        "leads to the load balancers", "write for example www.test.breakwater.example",
    ),
    "CDN elsewhere": Case(
        "host: www.test.breakwater.example", "host: www.example.com", "cdn.host", "host: www.example.com",
        "not directly under the platform's domain", "write for example www.test.breakwater.example",
    ),
    "CDN on a region's name": Case(
        "host: www.test.", "host: us-east-1.test.", "cdn.host", "host: us-east-1", "the platform itself uses",
        "www.test.breakwater.example",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_refused(name: str) -> None:
    case = CASES[name]
    if "PLACE" in case.new:
        place = str(_effective(settings_of(edited(DRAWN)))["api", ("/api/*", "/health/ready")])
        case = Case(*(text.replace("PLACE", place) for text in vars_of(case)))
    assert_only(case)


def vars_of(case: Case) -> tuple[str, ...]:
    return case.old, case.new, case.path, case.at, case.message, case.remedy


def _effective(given_settings: Settings) -> dict[tuple[str, tuple[str, ...]], int]:
    return {(name, route.paths): priority(name, route) for name, _, route in rules(given_settings)}


def test_all_groups_null_and_no_rates_is_no_firewall() -> None:
    groups = "{reputation: null, common: null, known-bad-inputs: null, sql: null}"
    text = edited(("{blocked_baseline: 100}", f"{{blocked_baseline: 100, groups: {groups}}}"))
    (problem,) = refusal(text).problems
    assert problem.location.endswith("cdn.waf.groups")
    assert "stops nothing" in problem.message


WORD = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
PATH = st.lists(WORD, min_size=1, max_size=3).flatmap(
    lambda words: st.sampled_from(["/" + "/".join(words), "/" + "/".join(words) + "/*"])
)
ROUTES = st.lists(
    st.fixed_dictionaries({"host": st.sampled_from([f"a.{DOMAIN}", f"b.{DOMAIN}"]), "paths": st.tuples(PATH)}),
    min_size=2, max_size=6, unique_by=lambda route: (route["host"], route["paths"]),
)  # fmt: skip


def with_routes(routes: object) -> Settings:
    service = {"image": IMAGE, "cpu": 256, "memory": 512, "port": 8080, "tasks": {"min": 1, "max": 1},
               "health_command": ["CMD", "x"], "routes": routes}  # fmt: skip
    document = {
        "class": "development", "owner": "x", "domain": {"name": DOMAIN},
        "alarms": {"runbooks_url": "https://docs.breakwater.example/runbooks"},
        "regions": {"us-east-1": {"role": "primary", "cidr": "10.0.0.0/16", "zones": {"us-east-1a": 0}}},
        "services": {"alpha": service},
    }  # fmt: skip
    return Settings.model_validate(document, strict=False)


def places(routes: object) -> dict[tuple[str | None, tuple[str, ...]], tuple[int, str]]:
    """What a rule matches -> its priority and the last part of its resource's name."""
    return {
        (route.host, route.paths): (priority(name, route), rule_key(name, route))
        for name, _, route in rules(with_routes(routes))
    }


@pytest.mark.feature("L5")
@settings(max_examples=100, deadline=None)
@given(routes=ROUTES, data=st.data())
def test_adding_removing_and_reordering_routes_moves_no_other(routes: list[object], data: st.DataObject) -> None:
    before = places(routes)
    assert all(1 <= place <= PRIORITY_MAX and key.endswith(str(place)) for place, key in before.values())
    assert places(data.draw(st.permutations(routes))) == before
    kept = data.draw(st.lists(st.sampled_from(range(len(routes))), min_size=1, unique=True))
    after = places([routes[index] for index in kept])
    assert after.items() <= before.items()


@pytest.mark.feature("L5")
def test_names_of_rules_say_what_they_match() -> None:
    routes = [{"host": f"a.{DOMAIN}", "paths": ["/v1/*", "/v1"]}, {"paths": ["/*"]}, {"priority": 7, "paths": ["/x"]}]
    (first, second, third) = (key for _, key in places(routes).values())
    assert first.rpartition("-")[0] == "a-v1-v1"
    assert second.isdigit(), "nothing is left of /*"
    assert third == "7"


@pytest.mark.feature("L5")
def test_a_rule_with_a_path_comes_before_one_with_the_host_alone() -> None:
    text = edited(
        ("- priority: 10\n            host: api.", "- host: api."),
        ("- priority: 30\n", "- {host: api.test.breakwater.example, paths: [/web/*]}\n          - priority: 30\n"),
    )  # fmt: skip
    found = settings_of(text)
    ordered = sorted(
        (priority(name, route), name, route.paths) for name, _, route in rules(found) if not route.priority
    )
    assert ordered[0][1:] == ("web", ("/web/*",))
