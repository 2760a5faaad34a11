"""The web application firewall: its rules, their places and capacity, its log, its alarm; what is refused."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._waf_rules import RATE_PRIORITIES, Rule
from components.waf import ManagedGroup, RateRule, RuleGroup, Scope, WebAcl, WebAclArgs
from tests.support.data import ACCOUNT, KEY, TARGET, alarms
from tests.support.recorder import Recording, record

ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
LOG_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

BALANCER = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/app/entry/0123456789abcdef"
NAME = "test-unit-web"
RATES = (
    RateRule(key="auth", requests_per_second=10, paths=["/auth/*", "/login"]),
    RateRule(key="webhook", requests_per_second=50, paths=["/webhooks/*"]),
    RateRule(key="api", requests_per_second=100, paths=["/api/*"]),
)
PRIORITIES = {"auth": 344_705, "webhook": 864_958, "api": 842_359}
KEYS = st.lists(st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,4})?", fullmatch=True), min_size=1, max_size=12, unique=True)
pytestmark = pytest.mark.feature("L6")
CLOUDFRONT: dict[str, Any] = {"scope": Scope.CLOUDFRONT, "load_balancer_arn": None}


def args(**changes: Any) -> WebAclArgs:
    given: dict[str, Any] = {
        "region": "us-east-1",
        "account_id": ACCOUNT,
        "kms_key_arn": KEY,
        "alarms": TARGET,
        "blocked_baseline": 500,
        "load_balancer_arn": BALANCER,
    }
    return WebAclArgs(**(given | changes))


def recorded(name: str = "web", *, preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: WebAcl(name, args(**changes)), preview=preview)


def rules(**changes: Any) -> dict[str, Any]:
    """The rules by name."""
    found = recorded(**changes).only(ACL).inputs["rules"]
    return {rule["name"]: rule for rule in found}


def rate_statement(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"key": "x", "requests_per_second": 10}
    statement: dict[str, Any] = rules(rate_rules=[RateRule(**(given | changes))])["rate-x"]["statement"]
    found: dict[str, Any] = statement["rateBasedStatement"]
    return found


def test_everything_that_is_registered() -> None:
    recording = recorded(rate_rules=RATES)
    assert {(r.type.split(":")[-1], r.name) for r in recording.resources} == {
        ("WebAcl", "web"),
        ("WebAclAssociation", "web-association"),
        ("LogGroup", "web-logs"),
        ("LogResourcePolicy", "web-logs-policy"),
        ("WebAclLoggingConfiguration", "web-logs"),
        ("Alarms", "web-alarms"),
        ("MetricAlarm", "web-alarms-blocked-requests"),
    }
    component = recording.get("breakwater:waf:WebAcl", "web")
    assert all(r.parent == component.urn for r in recording.resources if r.type not in (component.type, ALARM))
    assert {r.urn for r in recording.resources} == {r.urn for r in recorded(preview=True, rate_rules=RATES).resources}


def test_the_web_acl() -> None:
    acl = recorded(sample_requests=True).only(ACL)
    assert acl.inputs["name"] == NAME
    assert acl.inputs["scope"] == "REGIONAL"
    assert acl.inputs["defaultAction"] == {"allow": {}}
    assert acl.inputs["visibilityConfig"] == {
        "cloudwatchMetricsEnabled": True,
        "metricName": NAME,
        "sampledRequestsEnabled": True,
    }


def test_outputs() -> None:
    recording = recorded(rate_rules=RATES)
    acl = recording.result
    assert (acl.acl_name, acl.capacity) == (NAME, 1125 + (2 + 2 * 22) + 24 + 24)
    assert recording.value(acl.arn) == "web.arn"
    assert recording.value(acl.log_group_name) == f"aws-waf-logs-{NAME}"
    component = recording.get("breakwater:waf:WebAcl", "web")
    assert recording.outputs[component.urn] == {
        "arn": "web.arn",
        "acl_name": NAME,
        "log_group_name": f"aws-waf-logs-{NAME}",
        "capacity": 1219,
    }


def test_all_four_groups_by_default_in_this_order() -> None:
    acl = recorded().only(ACL)
    assert [(r["priority"], r["name"]) for r in acl.inputs["rules"]] == [
        (10, "AWSManagedRulesAmazonIpReputationList"),
        (20, "AWSManagedRulesCommonRuleSet"),
        (30, "AWSManagedRulesKnownBadInputsRuleSet"),
        (40, "AWSManagedRulesSQLiRuleSet"),
    ]
    assert acl.inputs["rules"][0] == {
        "name": "AWSManagedRulesAmazonIpReputationList",
        "priority": 10,
        "overrideAction": {"none": {}},
        "statement": {
            "managedRuleGroupStatement": {"vendorName": "AWS", "name": "AWSManagedRulesAmazonIpReputationList"}
        },
        "visibilityConfig": {
            "cloudwatchMetricsEnabled": True,
            "metricName": "AWSManagedRulesAmazonIpReputationList",
            "sampledRequestsEnabled": False,
        },
    }


def test_a_group_or_rules_of_it_only_count() -> None:
    found = rules(
        groups=[
            ManagedGroup(group=RuleGroup.SQL, count=True),
            ManagedGroup(group=RuleGroup.COMMON, count_rules=["SizeRestrictions_BODY", "NoUserAgent_HEADER"]),
        ]
    )
    assert list(found) == ["AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet"]
    assert found["AWSManagedRulesSQLiRuleSet"]["overrideAction"] == {"count": {}}
    common = found["AWSManagedRulesCommonRuleSet"]
    assert common["overrideAction"] == {"none": {}}
    assert common["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"] == [
        {"name": "NoUserAgent_HEADER", "actionToUse": {"count": {}}},
        {"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}},
    ]


def test_rates_per_class_of_paths() -> None:
    found = rules(rate_rules=RATES)
    limits = {
        name: (rate["limit"], rate["evaluationWindowSec"], rate["aggregateKeyType"])
        for name, rule in found.items()
        if (rate := rule["statement"].get("rateBasedStatement"))
    }
    assert limits == {
        "rate-auth": (600, 60, "IP"),
        "rate-webhook": (3_000, 60, "IP"),
        "rate-api": (6_000, 60, "IP"),
    }
    for key in ("auth", "webhook", "api"):
        assert found[f"rate-{key}"]["action"] == {"block": {"customResponse": {"responseCode": 429}}}
        assert found[f"rate-{key}"]["visibilityConfig"] == {
            "cloudwatchMetricsEnabled": True,
            "metricName": f"rate-{key}",
            "sampledRequestsEnabled": False,
        }


def match(text: str, constraint: str) -> dict[str, Any]:
    return {
        "byteMatchStatement": {
            "fieldToMatch": {"uriPath": {}},
            "positionalConstraint": constraint,
            "searchString": text,
            "textTransformations": [{"priority": 0, "type": "URL_DECODE"}, {"priority": 1, "type": "NORMALIZE_PATH"}],
        }
    }


def test_the_class_is_a_scope_down_by_path() -> None:
    assert "scopeDownStatement" not in rate_statement()
    assert rate_statement(paths=["/v1/*"])["scopeDownStatement"] == match("/v1/", "STARTS_WITH")
    assert rate_statement(paths=["/v1/*", "/login"])["scopeDownStatement"] == {
        "orStatement": {"statements": [match("/login", "EXACTLY"), match("/v1/", "STARTS_WITH")]}
    }


def test_the_order_of_paths_is_nothing() -> None:
    assert rate_statement(paths=["/a", "/b"]) == rate_statement(paths=["/b", "/a"])


def test_a_rate_per_tenant() -> None:
    plain = [{"priority": 0, "type": "NONE"}]
    by_header = rate_statement(tenant_header="X-Tenant", paths=["/v1/*"])
    assert by_header["aggregateKeyType"] == "CUSTOM_KEYS"
    assert by_header["customKeys"] == [{"header": {"name": "x-tenant", "textTransformations": plain}}]
    assert by_header["scopeDownStatement"] == match("/v1/", "STARTS_WITH")
    by_cookie = rate_statement(tenant_cookie="Tenant")
    assert by_cookie["aggregateKeyType"] == "CUSTOM_KEYS"
    assert by_cookie["customKeys"] == [{"cookie": {"name": "Tenant", "textTransformations": plain}}]
    assert "customKeys" not in rate_statement()


def test_a_rate_that_only_counts_and_a_window_of_ones_own() -> None:
    rule = RateRule(key="api", requests_per_second=100, window_seconds=300, count=True)
    found = rules(rate_rules=[rule])["rate-api"]
    assert found["action"] == {"count": {}}
    statement = found["statement"]["rateBasedStatement"]
    assert (statement["limit"], statement["evaluationWindowSec"]) == (30_000, 300)


@given(keys=KEYS, data=st.data())
def test_adding_or_removing_a_rule_renumbers_no_other(keys: list[str], data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(keys), unique=True))

    def priorities(names: list[str]) -> dict[str, int]:
        rates = [RateRule(key=name, requests_per_second=10) for name in names]
        found = args(rate_rules=rates, capacity_max=5_000)
        made: list[Rule] = [*found.groups, *found.rate_rules]
        return {rule.name: rule.rule_priority for rule in made}

    before, after = priorities(keys), priorities(kept)
    assert after.items() <= before.items()
    assert len(set(before.values())) == len(before)
    assert all(before[f"rate-{key}"] in RATE_PRIORITIES for key in keys)


def test_priorities_stay_what_they_are() -> None:
    """Another number would renumber the rules of every web ACL there is."""
    assert {rule.key: rule.rule_priority for rule in RATES} == PRIORITIES
    assert RateRule(key="auth", requests_per_second=1, priority=1_000).rule_priority == 1_000


def colliding() -> tuple[str, str]:
    """Two keys that draw the same priority."""
    seen: dict[int, str] = {}
    for number in itertools.count():
        rule = RateRule(key=f"k{number}", requests_per_second=1)
        if (other := seen.setdefault(rule.rule_priority, rule.key)) != rule.key:
            return other, rule.key
    raise AssertionError


def test_two_keys_with_one_priority_are_refused_and_the_remedy_works() -> None:
    first, second = colliding()
    older, newer = (RateRule(key=key, requests_per_second=1) for key in (first, second))
    with pytest.raises(ValueError, match=rf"^rate_rules: {first} and {second} have .* such as 1000$"):
        args(rate_rules=[older, newer])
    args(rate_rules=[older, RateRule(key=second, requests_per_second=1, priority=1_000)])


def test_association_with_the_balancer() -> None:
    association = recorded().only(ASSOCIATION)
    assert association.inputs == {"resourceArn": BALANCER, "webAclArn": "web.arn"}
    assert association.delete_before_replace


def test_the_log() -> None:
    recording = recorded(log_retention_days=365, redacted_headers=["X-Api-Key", "Cookie"])
    assert recording.only(LOG_GROUP).inputs == {
        "name": f"aws-waf-logs-{NAME}",
        "retentionInDays": 365,
        "kmsKeyId": KEY,
    }
    logging = recording.only(LOGGING)
    assert logging.inputs["resourceArn"] == "web.arn"
    assert logging.inputs["logDestinationConfigs"] == ["web-logs.arn"]
    assert logging.inputs["redactedFields"] == [
        {"singleHeader": {"name": name}} for name in ("authorization", "cookie", "x-api-key")
    ]
    assert logging.depends_on("web-logs-policy")
    assert logging.delete_before_replace


def test_authorization_and_cookie_are_always_redacted() -> None:
    assert recorded().only(LOGGING).inputs["redactedFields"] == [
        {"singleHeader": {"name": "authorization"}},
        {"singleHeader": {"name": "cookie"}},
    ]


def test_the_log_leaves_out_what_no_rule_has_matched() -> None:
    assert recorded().only(LOGGING).inputs["loggingFilter"] == {
        "defaultBehavior": "DROP",
        "filters": [
            {
                "behavior": "KEEP",
                "requirement": "MEETS_ANY",
                "conditions": [
                    {"actionCondition": {"action": action}}
                    for action in ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT", "CAPTCHA", "CHALLENGE")
                ],
            }
        ],
    }
    assert "loggingFilter" not in recorded(log_allowed=True).only(LOGGING).inputs


def test_only_waf_may_write_and_for_this_account_only() -> None:
    policy = recorded(region="eu-west-1").only(LOG_POLICY)
    assert policy.inputs["policyName"] == NAME
    assert json.loads(policy.inputs["policyDocument"])["Statement"] == [
        {
            "Sid": "Delivery",
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "web-logs.arn:*",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:*"},
            },
        }
    ]


def test_the_alarm() -> None:
    alarm = alarms(recorded(region="eu-west-1"))["web-alarms-blocked-requests"].inputs
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/WAFV2", "BlockedRequests")
    assert alarm["dimensions"] == {"WebACL": NAME, "Rule": "ALL", "Region": "eu-west-1"}
    assert (alarm["statistic"], alarm["comparisonOperator"], alarm["threshold"]) == ("Sum", "GreaterThanThreshold", 500)
    assert (alarm["period"], alarm["evaluationPeriods"], alarm["datapointsToAlarm"]) == (300, 1, 1)
    assert alarm["treatMissingData"] == "notBreaching"
    assert alarm["alarmDescription"].startswith("warning: ")
    assert alarm["alarmDescription"].endswith("/waf-blocked-requests.md")
    assert not recorded(alarms=None).of(ALARM)


def test_for_cloudfront() -> None:
    recording = recorded(**CLOUDFRONT)
    assert recording.only(ACL).inputs["scope"] == "CLOUDFRONT"
    assert not recording.of(ASSOCIATION)
    alarm = alarms(recording)["web-alarms-blocked-requests"].inputs
    assert alarm["dimensions"] == {"WebACL": NAME, "Rule": "ALL"}


@given(rates=st.lists(st.integers(0, 5), max_size=6), tenant=st.booleans())
def test_capacity(rates: list[int], tenant: bool) -> None:
    made = [
        RateRule(
            key=f"r{index}",
            requests_per_second=1,
            paths=[f"/{index}/{path}" for path in range(paths)],
            tenant_header="x-tenant" if tenant else None,
        )
        for index, paths in enumerate(rates)
    ]
    used = 1_125 + sum(2 + (30 if tenant else 0) + 22 * paths for paths in rates)
    if used <= 1_500:
        args(rate_rules=made)
    else:
        with pytest.raises(ValueError, match=rf"^capacity_max: the rules use {used} WCUs and 1500 are allowed"):
            args(rate_rules=made)
        args(rate_rules=made, capacity_max=used)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"load_balancer_arn": None}, r"^load_balancer_arn: a REGIONAL web ACL protects a balancer; give its ARN"),
        (
            {**CLOUDFRONT, "region": "eu-west-1"},
            r"^region: a CLOUDFRONT web ACL lives in us-east-1, not eu-west-1; mak",
        ),
        ({"scope": Scope.CLOUDFRONT}, r"^load_balancer_arn: a CLOUDFRONT web ACL protects distributions only; leave"),
        ({"blocked_baseline": -1}, r"^blocked_baseline: -1; give 0 or more"),
        ({"capacity_max": 0}, r"^capacity_max: 0 WCUs; give 1 to 5000"),
        ({"capacity_max": 5_001}, r"^capacity_max: 5001 WCUs; give 1 to 5000"),
        ({"groups": ()}, r"^groups: a web ACL without rules stops nothing"),
        ({"groups": [ManagedGroup(group=RuleGroup.SQL)] * 2}, r"^groups: AWSManagedRulesSQLiRuleSet is named twice"),
        ({"rate_rules": [RATES[0], RATES[0]]}, r"^rate_rules: two rules have the key auth; give each its own"),
        ({"log_retention_days": 31}, r"^log_retention_days: 31 days; CloudWatch takes"),
        ({"redacted_headers": "x-api-key"}, r"^redacted_headers: a list of headers is required"),
        ({"redacted_headers": ["x api key"]}, r"^redacted_headers: 'x api key' is no name"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^name: 'test-unit-w+' has more than 128 characters; shorten it"):
        recorded("w" * 120)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "Auth"}, r"^key: 'Auth' may hold"),
        ({"key": "a" * 65}, r"^key: 'a+' may hold .* at most 64"),
        ({"requests_per_second": 0.01}, r"^requests_per_second: 0\.01 is slower"),
        ({"window_seconds": 90}, r"^window_seconds: 90; WAF has"),
        ({"paths": "/v1/*"}, r"^paths: a list of paths is required"),
        ({"paths": ["v1/*"]}, r"^paths: 'v1/\*' must begin with /"),
        ({"paths": ["/*/users"]}, r"^paths: '/\*/users' must .* with \* at its end only"),
        ({"paths": ["/a?"]}, r"^paths: '/a\?' must .* be plain"),
        ({"paths": ["/a%2Fb"]}, r"^paths: '/a%2Fb' must .* be plain"),
        ({"paths": ["//a"]}, r"^paths: '//a' must .* be plain"),
        ({"paths": ["/" + "a" * 200]}, r"^paths: '/a+' has more than 200 bytes"),
        ({"paths": ["/a", "/a"]}, r"^paths: .* names a path twice"),
        ({"tenant_header": "x-tenant", "tenant_cookie": "t"}, r"^tenant_cookie: rule x counts per header already"),
        ({"tenant_header": "x tenant"}, r"^tenant_header: 'x tenant' is no name"),
        ({"tenant_cookie": ""}, r"^tenant_cookie: '' is no name"),
        ({"tenant_header": "Authorization"}, r"^tenant_header: 'Authorization' holds a credential"),
        ({"tenant_header": "cookie"}, r"^tenant_header: 'cookie' holds a credential"),
        ({"priority": 10}, r"^priority: 10; give 1000 to 1000999, or leave it out"),
    ],
)
def test_rate_rules_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RateRule(**{"key": "x", "requests_per_second": 10, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count_rules": "SizeRestrictions_BODY"}, r"^count_rules: a list of rule names is required"),
        ({"count_rules": ["size-restrictions"]}, r"^count_rules: 'size-restrictions' is no rule's name"),
        ({"count_rules": ["A", "A"]}, r"^count_rules: .* names a rule twice"),
        ({"count_rules": ["A"], "count": True}, r"^count_rules: the whole group counts already"),
    ],
)
def test_groups_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ManagedGroup(**{"group": RuleGroup.COMMON, **changes})
