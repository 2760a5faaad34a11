"""The component WebAcl in the simulated AWS: what boto3 sees of it."""

import json
from typing import Any

import pytest
from pulumi_aws import ec2, kms, lb

from components.alarms import AlarmTarget
from components.key import DataClass, Key, KeyArgs
from components.waf import ManagedGroup, RateRule, RuleGroup, Scope, WebAcl, WebAclArgs
from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, World

RATES = (
    RateRule(key="auth", requests_per_second=10, paths=["/auth/*", "/login"]),
    RateRule(key="webhook", requests_per_second=50, paths=["/webhooks/*"], count=True),
    RateRule(key="api", requests_per_second=100, paths=["/api/*"]),
    RateRule(key="tenant", requests_per_second=0.1, tenant_header="X-Tenant"),
    RateRule(key="session", requests_per_second=20, tenant_cookie="tenant"),
)
pytestmark = pytest.mark.feature("L6")

TARGET = AlarmTarget(topic_arn=f"arn:aws:sns:{EU}:{ACCOUNT}:alarms", runbooks_url="https://example.org/runbooks")


def _args(region: str, **more: Any) -> WebAclArgs:
    given: dict[str, Any] = {"region": region, "account_id": ACCOUNT, "alarms": TARGET, "blocked_baseline": 500}
    return WebAclArgs(**(given | more))


def _regional(on: Where) -> None:
    key = Key("logs", KeyArgs(encrypts=DataClass.LOGS, description="Tests", account_id=ACCOUNT, region=EU), on.eu)
    vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.eu)
    subnets = [
        ec2.Subnet(zone, vpc_id=vpc.id, cidr_block=f"10.0.{place}.0/24", availability_zone=f"{EU}{zone}", opts=on.eu)
        for place, zone in enumerate("ab")
    ]
    balancer = lb.LoadBalancer("entry", internal=True, subnets=[subnet.id for subnet in subnets], opts=on.eu)
    groups = [ManagedGroup(group=group, count=group is RuleGroup.SQL) for group in RuleGroup]
    WebAcl(
        "web",
        _args(
            EU,
            kms_key_arn=key.arn,
            load_balancer_arn=balancer.arn,
            groups=groups,
            rate_rules=RATES,
            redacted_headers=["x-api-key"],
        ),
        on.eu,
    )


def _found(world: World, region: str, scope: str) -> dict[str, Any]:
    acl = world.only("aws:wafv2/webAcl:WebAcl")
    client = world.client("wafv2", region)
    got: dict[str, Any] = client.get_web_acl(Name="demo-dev-web", Id=acl.id, Scope=scope)["WebACL"]
    return got


def test_before_a_balancer(simulate: Simulate) -> None:
    world = simulate(_regional)
    acl = _found(world, EU, "REGIONAL")
    balancer = world.only("aws:lb/loadBalancer:LoadBalancer").outputs["arn"]
    waf = world.client("wafv2", EU)
    assert acl["DefaultAction"] == {"Allow": {}}
    assert acl["VisibilityConfig"]["MetricName"] == acl["Name"] == "demo-dev-web"
    association = world.only("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert association.id == f"{acl['ARN']},{balancer}"
    assert waf.get_web_acl_for_resource(ResourceArn=balancer)["WebACL"]["ARN"] == acl["ARN"]

    rules = {rule["Name"]: rule for rule in acl["Rules"]}
    assert [rule["Priority"] for rule in acl["Rules"]] == sorted(rule["Priority"] for rule in acl["Rules"])
    assert all(rule["VisibilityConfig"]["MetricName"] == name for name, rule in rules.items())
    assert all(rule["VisibilityConfig"]["CloudWatchMetricsEnabled"] for rule in acl["Rules"])
    assert {name: rule["OverrideAction"] for name, rule in rules.items() if "OverrideAction" in rule} == {
        "AWSManagedRulesAmazonIpReputationList": {"None": {}},
        "AWSManagedRulesCommonRuleSet": {"None": {}},
        "AWSManagedRulesKnownBadInputsRuleSet": {"None": {}},
        "AWSManagedRulesSQLiRuleSet": {"Count": {}},
    }
    rates = {name: rule["Statement"]["RateBasedStatement"] for name, rule in rules.items() if "Action" in rule}
    assert {name: (rate["Limit"], rate["EvaluationWindowSec"]) for name, rate in rates.items()} == {
        "rate-auth": (600, 60),
        "rate-webhook": (3_000, 60),
        "rate-api": (6_000, 60),
        "rate-tenant": (12, 120),
        "rate-session": (1_200, 60),
    }
    assert rules["rate-auth"]["Action"] == {"Block": {"CustomResponse": {"ResponseCode": 429}}}
    assert rules["rate-webhook"]["Action"] == {"Count": {}}
    login, prefix = rates["rate-auth"]["ScopeDownStatement"]["OrStatement"]["Statements"][::-1]
    assert (login["ByteMatchStatement"]["SearchString"], login["ByteMatchStatement"]["PositionalConstraint"]) == (
        b"/login",
        "EXACTLY",
    )
    assert prefix["ByteMatchStatement"]["SearchString"] == b"/auth/"
    assert rates["rate-tenant"]["AggregateKeyType"] == "CUSTOM_KEYS"
    assert rates["rate-tenant"]["CustomKeys"][0]["Header"]["Name"] == "x-tenant"
    assert rates["rate-session"]["CustomKeys"][0]["Cookie"]["Name"] == "tenant"


def test_its_log_and_alarm(simulate: Simulate) -> None:
    world = simulate(_regional)
    acl = _found(world, EU, "REGIONAL")
    logging = world.client("wafv2", EU).get_logging_configuration(ResourceArn=acl["ARN"])["LoggingConfiguration"]
    logs = world.client("logs", EU)
    (group,) = logs.describe_log_groups(logGroupNamePrefix="aws-waf-logs-")["logGroups"]
    key = world.only("aws:kms/key:Key").outputs["arn"]
    assert (group["logGroupName"], group["retentionInDays"], group["kmsKeyId"]) == (
        "aws-waf-logs-demo-dev-web",
        30,
        key,
    )
    assert logging["LogDestinationConfigs"] == [group["arn"].removesuffix(":*")]
    assert [field["SingleHeader"]["Name"] for field in logging["RedactedFields"]] == [
        "authorization",
        "cookie",
        "x-api-key",
    ]
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"
    (policy,) = logs.describe_resource_policies()["resourcePolicies"]
    (statement,) = json.loads(policy["policyDocument"])["Statement"]
    assert statement["Resource"] == f"{logging['LogDestinationConfigs'][0]}:*"
    (alarm,) = world.client("cloudwatch", EU).describe_alarms()["MetricAlarms"]
    assert {d["Name"]: d["Value"] for d in alarm["Dimensions"]} == {
        "WebACL": acl["VisibilityConfig"]["MetricName"],
        "Rule": "ALL",
        "Region": EU,
    }
    assert alarm["Threshold"] == 500


def test_for_cloudfront(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        key = kms.Key("data", opts=on.us)
        WebAcl("web", _args(US, kms_key_arn=key.arn, scope=Scope.CLOUDFRONT), on.us)

    world = simulate(program)
    acl = _found(world, US, "CLOUDFRONT")
    assert ":global/webacl/" in acl["ARN"]
    assert len(acl["Rules"]) == 4
    (alarm,) = world.client("cloudwatch", US).describe_alarms()["MetricAlarms"]
    assert {d["Name"] for d in alarm["Dimensions"]} == {"WebACL", "Rule"}
