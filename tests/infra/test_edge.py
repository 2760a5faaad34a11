"""What stands before the services of a stack: logs, headers, sessions, firewall, CDN; and doing without."""

import json
from typing import Any

import pytest

from tests.infra.platforms import SERVICES, STANDBY, built
from tests.infra.sample import SAMPLE, edited, settings_of
from tests.support.recorder import Recording

ACL = "aws:wafv2/webAcl:WebAcl"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
BUCKET = "aws:s3/bucket:Bucket"
CDN = "aws:cloudfront/distribution:Distribution"
LISTENER = "aws:lb/listener:Listener"
RECORD = "aws:route53/record:Record"
RULE = "aws:lb/listenerRule:ListenerRule"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
REGIONS = ("us-east-1", "eu-west-1")
SECTIONS = SAMPLE[SAMPLE.index("    load_balancer:\n") :]
# Without workers, jobs, queues and stores.
EDGE = SERVICES + SECTIONS


@pytest.fixture(scope="module")
def everything() -> Recording:
    return built(settings_of(SAMPLE))


@pytest.fixture(scope="module")
def nothing_said() -> Recording:
    return built(settings_of(SERVICES))


def changed(*changes: tuple[str, str], base: str = EDGE.replace(STANDBY, "")) -> Recording:
    """One region, where nothing else is said."""
    return built(settings_of(edited(*changes, base=base)))


def acl_rules(recording: Recording, name: str) -> dict[str, Any]:
    return {rule["name"]: rule for rule in recording.get(ACL, name).inputs["rules"]}


@pytest.mark.feature("L1")
def test_production_protects_its_balancers_in_two_zones(everything: Recording) -> None:
    for region in REGIONS:
        balancer = everything.get(BALANCER, f"{region}-balancer").inputs
        assert balancer["enableDeletionProtection"] is True
        assert len(balancer["subnets"]) == 2
        assert balancer["desyncMitigationMode"] == "defensive"
    strict = changed(("idle_timeout_seconds: 120", "desync_mitigation_mode: strictest"),
                     ("class: production", "class: development"))  # fmt: skip
    assert strict.only(BALANCER).inputs["desyncMitigationMode"] == "strictest"
    assert strict.only(BALANCER).inputs["enableDeletionProtection"] is False
    assert {bucket.inputs["forceDestroy"] for bucket in strict.of(BUCKET)} == {True}


@pytest.mark.feature("L2")
def test_each_balancer_writes_to_a_bucket_of_its_region(everything: Recording, nothing_said: Recording) -> None:
    lifecycle = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    for recording, days in ((everything, 30), (nothing_said, 90)):
        for region in REGIONS:
            balancer = recording.get(BALANCER, f"{region}-balancer")
            for logs, prefix in (("accessLogs", "access"), ("connectionLogs", "connections")):
                given = balancer.inputs[logs]
                assert (given["prefix"], given["enabled"]) == (prefix, True)
                assert given["bucket"] == recording.value(
                    recording.result["regions"][region]["load_balancer"]["log_bucket"]
                )
            assert balancer.depends_on(f"{region}-balancer-logs-policy"), "AWS tries to write before it takes a bucket"
            assert recording.get(BUCKET, f"{region}-balancer-logs").protect
            rules = {r["id"]: r for r in recording.get(lifecycle, f"{region}-balancer-logs-lifecycle").inputs["rules"]}
            assert rules["expiration"]["expiration"] == {"days": days}


@pytest.mark.feature("L2")
def test_a_stack_can_go_without_logs() -> None:
    without = changed(("logs: {retention_days: 30}", "logs: null"))
    assert [bucket.name for bucket in without.of(BUCKET)] == ["us-east-1-cdn-origin"]
    assert all("accessLogs" not in balancer.inputs for balancer in without.of(BALANCER))
    assert without.result["regions"]["us-east-1"]["load_balancer"]["log_bucket"] is None


@pytest.mark.feature("L3")
def test_security_headers_unless_the_services_send_their_own(nothing_said: Recording) -> None:
    prefix = "routingHttpResponse"
    for region in REGIONS:
        listener = nothing_said.get(LISTENER, f"{region}-balancer-https").inputs
        assert listener[f"{prefix}StrictTransportSecurityHeaderValue"] == "max-age=31536000; includeSubDomains"
        assert listener[f"{prefix}ContentSecurityPolicyHeaderValue"].startswith("default-src 'self';")
        assert listener[f"{prefix}ServerEnabled"] is False
    logs = "logs: {retention_days: 30}"
    other = changed((logs, "headers: {content_security_policy: null, frame_options: SAMEORIGIN}"))
    listener = other.get(LISTENER, "us-east-1-balancer-https").inputs
    assert listener[f"{prefix}XFrameOptionsHeaderValue"] == "SAMEORIGIN"
    assert f"{prefix}ContentSecurityPolicyHeaderValue" not in listener
    none = changed((logs, "headers: null")).get(LISTENER, "us-east-1-balancer-https").inputs
    assert not [name for name in none if name.endswith("HeaderValue")]


@pytest.mark.feature("L4")
def test_websockets_and_sessions(everything: Recording, nothing_said: Recording) -> None:
    assert everything.get(BALANCER, "us-east-1-balancer").inputs["idleTimeout"] == 120
    assert nothing_said.get(BALANCER, "us-east-1-balancer").inputs["idleTimeout"] == 60
    port = "        port: 5555\n"
    options = "        algorithm: round_robin\n        stickiness_seconds: 3600\n        slow_start_seconds: 30\n"
    group = changed((port, port + options)).get(TARGET_GROUP, "us-east-1-api").inputs
    assert group["loadBalancingAlgorithmType"] == "round_robin"
    assert group["stickiness"] == {"enabled": True, "type": "lb_cookie", "cookieDuration": 3600}
    assert group["slowStart"] == 30
    assert everything.get(TARGET_GROUP, "us-east-1-web").inputs["loadBalancingAlgorithmType"] == (
        "least_outstanding_requests"
    )


@pytest.mark.feature("L5")
def test_a_further_route_changes_no_other_rule() -> None:
    """Routes without a priority, in whatever order; in each region the same places."""
    drawn = [("- priority: 10\n            host", "- host"), ("- priority: 20\n            paths", "- paths")]
    before = changed(*drawn, base=EDGE)
    new = "- paths: [/v2/*]\n          - host: api"
    after = changed(*drawn, ("- host: api", new), base=EDGE)
    kept = {rule.urn: rule.inputs for rule in before.of(RULE)}
    added = {rule.urn for rule in after.of(RULE)} - set(kept)
    assert {rule.urn: rule.inputs for rule in after.of(RULE) if rule.urn not in added} == kept
    assert len(added) == len(REGIONS)
    by_name = {rule.name: rule.inputs["priority"] for rule in after.of(RULE)}
    for region in REGIONS:
        own = {name.removeprefix(f"{region}-"): place for name, place in by_name.items() if name.startswith(region)}
        assert own == {
            name.removeprefix("us-east-1-"): place for name, place in by_name.items() if name.startswith("us-east-1")
        }
        assert {name.rpartition("-")[0] for name in own} == {
            "api-route-api", "api-route-api-health-ready", "api-route-v2", "web-route",
        }  # fmt: skip


@pytest.mark.feature("L6")
def test_a_firewall_before_each_balancer(everything: Recording, nothing_said: Recording) -> None:
    for region in REGIONS:
        acl = everything.get(ACL, f"{region}-waf")
        assert acl.inputs["scope"] == "REGIONAL"
        rules = acl_rules(everything, f"{region}-waf")
        assert set(rules) == {
            "AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet", "rate-auth", "rate-tenant",
        }  # fmt: skip
        common = rules["AWSManagedRulesCommonRuleSet"]["statement"]["managedRuleGroupStatement"]
        assert common["ruleActionOverrides"][0]["name"] == "SizeRestrictions_BODY"
        auth = rules["rate-auth"]["statement"]["rateBasedStatement"]
        assert (auth["limit"], auth["evaluationWindowSec"]) == (600, 60)
        assert rules["rate-tenant"]["action"] == {"count": {}}
        association = everything.get("aws:wafv2/webAclAssociation:WebAclAssociation", f"{region}-waf-association")
        assert association.inputs["resourceArn"] == f"{region}-balancer.arn"
        logs = everything.get("aws:cloudwatch/logGroup:LogGroup", f"{region}-waf-logs").inputs
        assert logs["kmsKeyId"] == f"{region}-logs-key.arn"
        assert logs["retentionInDays"] == 30
        alarm = everything.get("aws:cloudwatch/metricAlarm:MetricAlarm", f"{region}-waf-alarms-blocked-requests")
        assert alarm.inputs["threshold"] == 500
        assert alarm.inputs["alarmActions"] == [f"{region}-alarms.arn"]
    assert not nothing_said.of(ACL)
    assert nothing_said.result["regions"]["us-east-1"]["load_balancer"]["web_acl"] is None


@pytest.mark.feature("L7")
def test_the_cdn_with_its_certificate_names_and_firewall(everything: Recording, nothing_said: Recording) -> None:
    distribution = everything.get(CDN, "us-east-1-cdn")
    assert distribution.inputs["aliases"] == ["www.test.breakwater.example"]
    assert distribution.inputs["webAclId"] == "us-east-1-cdn-waf.arn"
    assert distribution.inputs["viewerCertificate"]["acmCertificateArn"] == "us-east-1-cdn-certificate.arn"
    assert distribution.protect
    certificate = everything.get("aws:acm/certificate:Certificate", "us-east-1-cdn-certificate")
    assert certificate.inputs["domainName"] == "www.test.breakwater.example"
    assert acl_rules(everything, "us-east-1-cdn-waf").keys() >= {"AWSManagedRulesSQLiRuleSet"}
    assert everything.get(ACL, "us-east-1-cdn-waf").inputs["scope"] == "CLOUDFRONT"
    for kind in ("A", "AAAA"):
        name = everything.get(RECORD, f"us-east-1-cdn-{kind.lower()}").inputs
        assert (name["name"], name["type"]) == ("www.test.breakwater.example", kind)
        assert name["aliases"] == [
            {"name": "us-east-1-cdn.domainName", "zoneId": "us-east-1-cdn.hostedZoneId", "evaluateTargetHealth": False}
        ]
    logs = everything.get("aws:cloudwatch/logGroup:LogGroup", "us-east-1-cdn-logs").inputs
    assert logs == {"retentionInDays": 30, "kmsKeyId": "us-east-1-logs-key.arn"}
    assert everything.result["cdn"]["url"] == "https://www.test.breakwater.example"
    assert nothing_said.result["cdn"] is None
    assert not nothing_said.of(CDN)


@pytest.mark.feature("L7")
def test_a_stack_in_one_region_elsewhere_has_the_cdn_in_us_east_1() -> None:
    recording = built(settings_of(EDGE.replace(STANDBY, "").replace("us-east-1", "us-east-2")))
    edge = [r for r in recording.resources if r.name.startswith("us-east-1-cdn") and r.custom]
    assert {r.provider.split("::")[-2] for r in edge} == {"us-east-1"}
    keys = {r.name for r in recording.of("aws:kms/replicaKey:ReplicaKey")}
    assert keys == {"us-east-1-logs-key", "us-east-1-messages-key"}
    alarms = [r for r in recording.of("aws:cloudwatch/metricAlarm:MetricAlarm") if r.name.startswith("us-east-1-")]
    assert {alarm.name for alarm in alarms} == {
        "us-east-1-cdn-alarms-certificate-expiry",
        "us-east-1-cdn-alarms-server-errors",
        "us-east-1-cdn-waf-alarms-blocked-requests",
    }
    assert {json.dumps(alarm.inputs["alarmActions"]) for alarm in alarms} == {'["us-east-1-alarms.arn"]'}
