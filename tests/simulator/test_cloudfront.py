"""CloudFront and the delivery of its logs, and the component Cdn whole."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_aws import acm, cloudfront, cloudwatch, wafv2

from components.alarms import AlarmTarget
from components.cdn import Cdn, CdnArgs, CdnLogs
from components.key import DataClass, Key, KeyArgs
from tests.simulator.support import ACCOUNT, Simulate, Where, tags_of

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
CACHE = "aws:cloudfront/cachePolicy:CachePolicy"
HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/0a"
BEHAVIOUR: dict[str, Any] = {
    "target_origin_id": "web",
    "allowed_methods": ["GET", "HEAD", "OPTIONS"],
    "cached_methods": ["GET", "HEAD"],
    "viewer_protocol_policy": "https-only",
}


def distribution(name: str, opts: pulumi.ResourceOptions, **changes: Any) -> cloudfront.Distribution:
    origin = {"origin_id": "web", "domain_name": "files.s3.us-east-1.amazonaws.com"}
    given: dict[str, Any] = {
        "enabled": True,
        "origins": [origin],
        "default_cache_behavior": BEHAVIOUR,
        "restrictions": {"geo_restriction": {"restriction_type": "none"}},
        "viewer_certificate": {"cloudfront_default_certificate": True},
    }
    return cloudfront.Distribution(name, **(given | changes), opts=opts)


def config(world: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = world.client("cloudfront").get_distribution_config(Id=world.get(DISTRIBUTION, name).id)
    shown: dict[str, Any] = found["DistributionConfig"]
    return shown


def test_a_distribution(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        policy = cloudfront.CachePolicy(
            "cache",
            default_ttl=60,
            parameters_in_cache_key_and_forwarded_to_origin={
                "cookies_config": {"cookie_behavior": "whitelist", "cookies": {"items": ["session"]}},
                "headers_config": {"header_behavior": "none"},
                "query_strings_config": {"query_string_behavior": "all"},
            },
            opts=on.eu,
        )
        custom = {
            "http_port": 80,
            "https_port": 443,
            "origin_protocol_policy": "https-only",
            "origin_ssl_protocols": ["TLSv1.2"],
        }
        api = {
            "origin_id": "api",
            "domain_name": "api.example.com",
            "custom_origin_config": custom,
            "custom_headers": [{"name": "X-From", "value": "edge"}],
        }
        web = {"origin_id": "web", "domain_name": "files.s3.us-east-1.amazonaws.com"}
        distribution(
            "site",
            on.eu,
            origins=[web, api],
            ordered_cache_behaviors=[
                BEHAVIOUR
                | {
                    "path_pattern": "/api/*",
                    "target_origin_id": "api",
                    "cache_policy_id": policy.id,
                    "trusted_key_groups": ["group"],
                }
            ],
            restrictions={"geo_restriction": {"restriction_type": "whitelist", "locations": ["DE", "FR"]}},
            tags={"Name": "site"},
            wait_for_deployment=False,
        )

    world = simulate(program)
    found = world.get(DISTRIBUTION, "site")
    assert found.outputs["arn"] == f"arn:aws:cloudfront::{ACCOUNT}:distribution/{found.id}"
    assert found.outputs["domainName"].endswith(".cloudfront.net")
    assert found.outputs["hostedZoneId"] == "Z2FDTNDATAQYW2"
    shown = config(world, "site")
    methods = shown["DefaultCacheBehavior"]["AllowedMethods"]
    assert methods["Items"] == ["GET", "HEAD", "OPTIONS"]
    assert methods["CachedMethods"]["Items"] == ["GET", "HEAD"]
    origins = {origin["Id"]: origin for origin in shown["Origins"]["Items"]}
    assert origins["api"]["CustomOriginConfig"]["OriginSslProtocols"] == {"Quantity": 1, "Items": ["TLSv1.2"]}
    assert origins["api"]["CustomHeaders"]["Items"] == [{"HeaderName": "X-From", "HeaderValue": "edge"}]
    (behaviour,) = shown["CacheBehaviors"]["Items"]
    assert (behaviour["PathPattern"], behaviour["CachePolicyId"]) == ("/api/*", world.only(CACHE).id)
    assert behaviour["TrustedKeyGroups"] == {"Enabled": True, "Quantity": 1, "Items": ["group"]}
    # What the provider sends where the program says nothing.
    assert (shown["IsIPV6Enabled"], shown["PriceClass"], behaviour["Compress"]) == (False, "PriceClass_All", False)
    assert shown["Restrictions"]["GeoRestriction"] == {
        "RestrictionType": "whitelist",
        "Quantity": 2,
        "Items": ["DE", "FR"],
    }
    tags = world.client("cloudfront").list_tags_for_resource(Resource=found.outputs["arn"])["Tags"]["Items"]
    assert tags_of(tags) == {"Name": "site", "owner": "tests"}


def test_refused(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        elsewhere = CERTIFICATE.replace("us-east-1", "eu-west-1")
        of_acm = {"acm_certificate_arn": CERTIFICATE, "ssl_support_method": "sni-only"}
        distribution("region", on.us, viewer_certificate=of_acm | {"acm_certificate_arn": elsewhere})
        distribution("alias", on.us, aliases=["www.example.com"])
        distribution("method", on.us, viewer_certificate={"acm_certificate_arn": CERTIFICATE})
        distribution("tls", on.us, viewer_certificate=of_acm | {"minimum_protocol_version": "TLSv9"})
        distribution("acl", on.us, web_acl_id=f"arn:aws:wafv2:eu-west-1:{ACCOUNT}:regional/webacl/a/b")
        unknown = {"origin_id": "web", "domain_name": "a.s3.amazonaws.com", "origin_access_control_id": "E1"}
        distribution("control", on.us, origins=[unknown])
        distribution("behaviour", on.us, default_cache_behavior=BEHAVIOUR | {"viewer_protocol_policy": "http"})
        signing = {"signing_behavior": "always", "signing_protocol": "sigv4"}
        cloudfront.OriginAccessControl("kind", origin_access_control_origin_type="ftp", **signing, opts=on.us)
        cloudfront.OriginAccessControl(
            "long", name="x" * 65, origin_access_control_origin_type="s3", **signing, opts=on.us
        )
        frame: Any = {"frame_options": {"frame_option": "NEVER", "override": True}}
        cloudfront.ResponseHeadersPolicy("frame", security_headers_config=frame, opts=on.us)
        cloudwatch.LogDeliverySource(
            "source",
            log_type="ACCESS_LOGS",
            resource_arn=f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1",
            opts=on.eu,
        )

    simulate(program, fails=True).assert_refused(
        {
            "region": "InvalidViewerCertificate",
            "alias": "InvalidViewerCertificate",
            "method": "SSLSupportMethod is required",
            "tls": "'TLSv9' is not one of",
            "acl": "InvalidWebACLId",
            "control": "NoSuchOriginAccessControl",
            "behaviour": "'http' is not one of",
            "kind": "'ftp' is not one of",
            "long": "AWS allows 64",
            "frame": "'NEVER' is not one of",
            "source": "delivered from us-east-1 only",
        }
    )


@pytest.mark.feature("L7")
def test_the_component(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        certificate = acm.Certificate("site", domain_name="www.example.com", validation_method="DNS", opts=on.us)
        acl = wafv2.WebAcl(
            "site",
            scope="CLOUDFRONT",
            default_action={"allow": {}},
            visibility_config={
                "cloudwatch_metrics_enabled": True,
                "metric_name": "site",
                "sampled_requests_enabled": True,
            },
            opts=on.us,
        )
        key = Key(
            "logs", KeyArgs(encrypts=DataClass.LOGS, description="Tests", account_id=ACCOUNT, region="us-east-1"), on.us
        )
        assert on.us.provider is not None
        Cdn(
            "site",
            CdnArgs(
                domain_names=["www.example.com"],
                certificate_arn=certificate.arn,
                web_acl_arn=acl.arn,
                fallback_path="/index.html",
                logs=CdnLogs(account_id=ACCOUNT, kms_key_arn=key.arn),
                alarms=AlarmTarget(
                    topic_arn=f"arn:aws:sns:us-east-1:{ACCOUNT}:a", runbooks_url="https://example.org/r"
                ),
            ),
            opts=pulumi.ResourceOptions(providers=[on.us.provider]),
        )

    world = simulate(program)
    shown = config(world, "site")
    assert shown["Aliases"]["Items"] == ["www.example.com"]
    assert shown["DefaultRootObject"] == "index.html"
    assert (shown["Enabled"], shown["IsIPV6Enabled"], shown["HttpVersion"]) == (True, True, "http2and3")
    assert shown["WebACLId"] == world.only("aws:wafv2/webAcl:WebAcl").outputs["arn"]
    assert shown["ViewerCertificate"]["ACMCertificateArn"] == world.only("aws:acm/certificate:Certificate").id
    assert shown["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert shown["ViewerCertificate"]["SSLSupportMethod"] == "sni-only"
    (page,) = shown["CustomErrorResponses"]["Items"]
    assert (page["ErrorCode"], page["ResponseCode"], page["ResponsePagePath"]) == (403, "200", "/index.html")
    behaviour = shown["DefaultCacheBehavior"]
    assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
    assert behaviour["CachePolicyId"] == world.only(CACHE).id
    assert behaviour["ResponseHeadersPolicyId"] == world.only(HEADERS).id
    (origin,) = shown["Origins"]["Items"]
    control = world.client("cloudfront").get_origin_access_control(Id=origin["OriginAccessControlId"])
    signing = control["OriginAccessControl"]["OriginAccessControlConfig"]
    assert (signing["SigningBehavior"], signing["OriginAccessControlOriginType"]) == ("always", "s3")
    bucket = world.only("aws:s3/bucket:Bucket").id
    assert origin["DomainName"] == f"{bucket}.s3.us-east-1.amazonaws.com"
    reader, tls = json.loads(world.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    arn = world.get(DISTRIBUTION, "site").outputs["arn"]
    assert reader["Condition"] == {"StringEquals": {"aws:SourceArn": arn}}
    assert tls["Effect"] == "Deny"
    logs = world.client("logs")
    (source,) = logs.describe_delivery_sources()["deliverySources"]
    assert (source["resourceArns"], source["logType"]) == ([arn], "ACCESS_LOGS")
    (destination,) = logs.describe_delivery_destinations()["deliveryDestinations"]
    assert destination["outputFormat"] == "json"
    (group,) = logs.describe_log_groups()["logGroups"]
    assert destination["deliveryDestinationConfiguration"]["destinationResourceArn"] == group["logGroupArn"]
    assert group["kmsKeyId"] == world.only("aws:kms/key:Key").outputs["arn"]
    (policy,) = logs.describe_resource_policies()["resourcePolicies"]
    assert json.loads(policy["policyDocument"])["Statement"][0]["Resource"] == group["arn"]
    alarms = world.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {alarm["MetricName"] for alarm in alarms} == {"5xxErrorRate", "DaysToExpiry"}
    (delivery,) = logs.describe_deliveries()["deliveries"]
    assert {"c-ip", "cs-uri-stem", "sc-status"} < set(delivery["recordFields"])
    assert (delivery["deliverySourceName"], delivery["deliveryDestinationArn"]) == (source["name"], destination["arn"])
