"""Web ACLs, what they protect, where they log."""

import json
from typing import Any

from pulumi_aws import cloudwatch, wafv2

from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, World, tags_of

ACL = "aws:wafv2/webAcl:WebAcl"
SEEN = {"cloudwatch_metrics_enabled": True, "metric_name": "web", "sampled_requests_enabled": True}


def _managed(priority: int, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {"managed_rule_group_statement": {"name": name, "vendor_name": "AWS"}},
        "visibility_config": SEEN | {"metric_name": name},
    }


def _rate(priority: int, **more: Any) -> dict[str, Any]:
    return {
        "name": "rate",
        "priority": priority,
        "action": {"block": {"custom_response": {"response_code": 429, "custom_response_body_key": "slow"}}},
        "statement": {"rate_based_statement": {"limit": 1000} | more},
        "visibility_config": SEEN | {"metric_name": "rate"},
    }


def _acl(name: str, on: Any, rules: list[dict[str, Any]], /, **more: Any) -> wafv2.WebAcl:
    given: dict[str, Any] = {"scope": "REGIONAL", "default_action": {"allow": {}}, "visibility_config": SEEN} | more
    return wafv2.WebAcl(name, rules=rules, opts=on, **given)


def _rules(world: World) -> dict[str, Any]:
    found = world.only(ACL)
    acl = world.client("wafv2").get_web_acl(Name=found.outputs["name"], Id=found.id, Scope="REGIONAL")["WebACL"]
    return {rule["Name"]: rule for rule in acl["Rules"]}


def test_a_web_acl(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        path = {"byte_match_statement": _path("/login")}
        both = {"and_statement": {"statements": [path, {"not_statement": {"statements": [_label("internal")]}}]}}
        _acl(
            "web",
            on.us,
            [
                _managed(0, "AWSManagedRulesAmazonIpReputationList"),
                _managed(1, "AWSManagedRulesCommonRuleSet"),
                _rate(2, evaluation_window_sec=60, scope_down_statement=both),
            ],
            custom_response_bodies=[{"key": "slow", "content": "Slow down", "content_type": "TEXT_PLAIN"}],
            tags={"Name": "web"},
        )

    world = simulate(program)
    found = world.only(ACL)
    client = world.client("wafv2")
    got = client.get_web_acl(Name=found.outputs["name"], Id=found.id, Scope="REGIONAL")["WebACL"]
    assert got["ARN"] == found.outputs["arn"]
    assert found.outputs["arn"] == f"arn:aws:wafv2:{US}:{ACCOUNT}:regional/webacl/{got['Name']}/{found.id}"
    assert got["DefaultAction"] == {"Allow": {}}
    assert got["CustomResponseBodies"] == {"slow": {"ContentType": "TEXT_PLAIN", "Content": "Slow down"}}
    tags = client.list_tags_for_resource(ResourceARN=got["ARN"])["TagInfoForResource"]["TagList"]
    assert tags_of(tags) == {"Name": "web", "owner": "tests"}
    rules = _rules(world)
    common = rules["AWSManagedRulesCommonRuleSet"]
    assert (common["Priority"], common["OverrideAction"]) == (1, {"None": {}})
    assert common["Statement"]["ManagedRuleGroupStatement"] == {
        "VendorName": "AWS",
        "Name": "AWSManagedRulesCommonRuleSet",
    }
    rate = rules["rate"]["Statement"]["RateBasedStatement"]
    assert (rate["Limit"], rate["EvaluationWindowSec"], rate["AggregateKeyType"]) == (1000, 60, "IP")
    matched, unlabelled = rate["ScopeDownStatement"]["AndStatement"]["Statements"]
    assert matched["ByteMatchStatement"]["SearchString"] == b"/login"
    assert matched["ByteMatchStatement"]["FieldToMatch"] == {"UriPath": {}}
    assert unlabelled["NotStatement"]["Statement"]["LabelMatchStatement"]["Key"] == "internal"
    assert rules["rate"]["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429


def _path(prefix: str) -> dict[str, Any]:
    return {
        "search_string": prefix,
        "positional_constraint": "STARTS_WITH",
        "field_to_match": {"uri_path": {}},
        "text_transformations": [{"priority": 0, "type": "NONE"}],
    }


def _label(key: str) -> dict[str, Any]:
    return {"label_match_statement": {"scope": "LABEL", "key": key}}


def test_what_it_protects_and_where_it_logs(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        acl = _acl("web", on.us, [])
        stage = f"arn:aws:apigateway:{US}::/restapis/api/stages/live"
        wafv2.WebAclAssociation("stage", web_acl_arn=acl.arn, resource_arn=stage, opts=on.us)
        group = cloudwatch.LogGroup("waf", name="aws-waf-logs-web", opts=on.us)
        wafv2.WebAclLoggingConfiguration(
            "waf",
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[{"single_header": {"name": "authorization"}}],
            opts=on.us,
        )

    world = simulate(program)
    found = world.only(ACL).outputs["arn"]
    association = world.only("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert association.id == f"{found},{association.inputs['resourceArn']}"
    logging = world.client("wafv2").get_logging_configuration(ResourceArn=found)["LoggingConfiguration"]
    assert logging["LogDestinationConfigs"] == [world.only("aws:cloudwatch/logGroup:LogGroup").outputs["arn"]]
    assert logging["RedactedFields"] == [{"SingleHeader": {"Name": "authorization"}}]
    assert world.only("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").id == found


def test_rules_as_json(simulate: Simulate) -> None:
    rule = {
        "Name": "geo",
        "Priority": 1,
        "Action": {"Block": {}},
        "Statement": {"GeoMatchStatement": {"CountryCodes": ["KP"]}},
        "VisibilityConfig": {"CloudWatchMetricsEnabled": True, "MetricName": "geo", "SampledRequestsEnabled": True},
    }

    def program(on: Where) -> None:
        wafv2.WebAcl(
            "web",
            scope="REGIONAL",
            default_action={"allow": {}},
            visibility_config=SEEN,
            rule_json=json.dumps([rule]),
            opts=on.us,
        )

    assert _rules(simulate(program))["geo"]["Statement"] == rule["Statement"]


def test_what_is_refused(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        _acl("limit", on.us, [_rate(0, limit=9)])
        _acl("window", on.us, [_rate(0, evaluation_window_sec=30)])
        _acl("priority", on.us, [_rate(0), _managed(0, "AWSManagedRulesCommonRuleSet")])
        _acl("action", on.us, [_managed(0, "x") | {"override_action": None, "action": {"block": {}}}])
        _acl("scope", on.eu, [], scope="CLOUDFRONT")
        _acl("name", on.us, [], name="web acl")
        acl = _acl("web", on.us, [])
        balancer = f"arn:aws:elasticloadbalancing:{US}:{ACCOUNT}:loadbalancer/app/web/0123456789abcdef"
        wafv2.WebAclAssociation("balancer", web_acl_arn=acl.arn, resource_arn=balancer, opts=on.us)
        wafv2.WebAclAssociation("region", web_acl_arn=acl.arn, resource_arn=balancer.replace(US, EU), opts=on.eu)
        group = f"arn:aws:logs:{US}:{ACCOUNT}:log-group:waf"
        wafv2.WebAclLoggingConfiguration("group", resource_arn=acl.arn, log_destination_configs=[group], opts=on.us)

    simulate(program, fails=True).assert_refused(
        {
            "limit": "Limit: 9 is less than 10",
            "window": "evaluationWindowSec 30 is not one of 60, 120, 300, 600",
            "priority": "two rules have the priority 0",
            "action": "a managedRuleGroupStatement needs overrideAction and takes no action",
            "scope": "CLOUDFRONT is for us-east-1 only",
            "name": "Name: 'web acl' does not match",
            "balancer": "WAFNonexistentItemException",
            "region": "WAFNonexistentItemException",
            "group": "must begin with aws-waf-logs-",
        }
    )
