"""The content delivery network: what is registered, what is refused."""

import json
from typing import Any

import pytest

from components._security_headers import SELF_ONLY
from components.alarms import AlarmTarget
from components.bucket import ServerAccessLogs
from components.cdn import Cdn, CdnArgs, CdnLogs, SecurityHeaders
from tests.support.data import ACCOUNT
from tests.support.recorder import Recording, record

CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/0a"
ACL = f"arn:aws:wafv2:us-east-1:{ACCOUNT}:global/webacl/site/0b"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-0c"
LOGS = CdnLogs(account_id=ACCOUNT, kms_key_arn=KEY)
TARGET = AlarmTarget(topic_arn=f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms", runbooks_url="https://example.org/runbooks")
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
CACHE = "aws:cloudfront/cachePolicy:CachePolicy"
HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
ACCESS = "aws:cloudfront/originAccessControl:OriginAccessControl"
BUCKET = "aws:s3/bucket:Bucket"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

pytestmark = pytest.mark.feature("L7")


def args(**changes: Any) -> CdnArgs:
    return CdnArgs(**{"domain_names": ["www.example.com"], "certificate_arn": CERTIFICATE, "alarms": None, **changes})


def recorded(**changes: Any) -> Recording:
    return record(lambda: Cdn("site", args(**changes)))


def distribution(**changes: Any) -> dict[str, Any]:
    return recorded(**changes).only(DISTRIBUTION).inputs


def headers(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = recorded(**changes).only(HEADERS).inputs["securityHeadersConfig"]
    return found


def test_everything_that_is_registered() -> None:
    recording = recorded(logs=LOGS)
    assert {(r.type.split(":")[-1], r.name) for r in recording.resources} == {
        ("Cdn", "site"),
        ("Distribution", "site"),
        ("OriginAccessControl", "site-access"),
        ("CachePolicy", "site-cache"),
        ("ResponseHeadersPolicy", "site-headers"),
        ("Bucket", "site-origin"),
        ("BucketPublicAccessBlock", "site-origin-public-access"),
        ("BucketOwnershipControls", "site-origin-ownership"),
        ("BucketServerSideEncryptionConfiguration", "site-origin-encryption"),
        ("BucketVersioning", "site-origin-versioning"),
        ("BucketLifecycleConfiguration", "site-origin-lifecycle"),
        ("BucketPolicy", "site-origin-policy"),
        ("LogGroup", "site-logs"),
        ("LogResourcePolicy", "site-logs-policy"),
        ("LogDeliverySource", "site-logs"),
        ("LogDeliveryDestination", "site-logs"),
        ("LogDelivery", "site-logs"),
    }
    component = recording.get("breakwater:cdn:Cdn", "site")
    assert all(r.parent == component.urn for r in recording.resources if r.custom)
    assert {r.urn for r in recording.resources} == {
        r.urn for r in record(lambda: Cdn("site", args(logs=LOGS)), preview=True).resources
    }
    assert set(recording.outputs[component.urn]) == {
        "arn",
        "distribution_id",
        "domain_name",
        "hosted_zone_id",
        "bucket_name",
        "bucket_arn",
    }


def test_distribution() -> None:
    found = distribution()
    assert found.pop("defaultCacheBehavior") == {
        "targetOriginId": "bucket",
        "allowedMethods": ["GET", "HEAD"],
        "cachedMethods": ["GET", "HEAD"],
        "viewerProtocolPolicy": "redirect-to-https",
        "compress": True,
        "cachePolicyId": "site-cache.id",
        "responseHeadersPolicyId": "site-headers.id",
    }
    assert found == {
        "comment": "site",
        "enabled": True,
        "isIpv6Enabled": True,
        "httpVersion": "http2and3",
        "priceClass": "PriceClass_100",
        "aliases": ["www.example.com"],
        "defaultRootObject": "index.html",
        "origins": [
            {
                "originId": "bucket",
                "domainName": "site-origin.bucketRegionalDomainName",
                "originAccessControlId": "site-access.id",
            }
        ],
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {
            "acmCertificateArn": CERTIFICATE,
            "minimumProtocolVersion": "TLSv1.2_2021",
            "sslSupportMethod": "sni-only",
        },
    }
    changed = distribution(
        web_acl_arn=ACL,
        default_root_object="home.html",
        fallback_path="/home.html",
        price_class="PriceClass_All",
        domain_names=["example.com", "*.example.com"],
    )
    assert (changed["webAclId"], changed["defaultRootObject"]) == (ACL, "home.html")
    assert changed["customErrorResponses"] == [
        {"errorCode": 403, "responseCode": 200, "responsePagePath": "/home.html"}
    ]
    assert (changed["priceClass"], changed["aliases"]) == ("PriceClass_All", ["example.com", "*.example.com"])


def test_only_this_distribution_reads_the_bucket() -> None:
    recording = recorded()
    assert recording.only(ACCESS).inputs == {
        "description": "Signs the requests of a distribution to its bucket",
        "originAccessControlOriginType": "s3",
        "signingBehavior": "always",
        "signingProtocol": "sigv4",
    }
    policy = recording.only("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"]
    reader, tls = json.loads(policy)["Statement"]
    assert reader == {
        "Sid": "Distribution",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": "site-origin.arn/*",
        "Condition": {"StringEquals": {"aws:SourceArn": "site.arn"}},
    }
    assert tls["Sid"] == "TlsOnly"


def test_cache_policy() -> None:
    found = recorded().only(CACHE).inputs
    assert (found["minTtl"], found["defaultTtl"], found["maxTtl"]) == (0, 86_400, 31_536_000)
    assert found["parametersInCacheKeyAndForwardedToOrigin"] == {
        "cookiesConfig": {"cookieBehavior": "none"},
        "headersConfig": {"headerBehavior": "none"},
        "queryStringsConfig": {"queryStringBehavior": "none"},
        "enableAcceptEncodingBrotli": True,
        "enableAcceptEncodingGzip": True,
    }
    assert recorded(default_ttl_seconds=60).only(CACHE).inputs["defaultTtl"] == 60


def test_security_headers() -> None:
    assert headers() == {
        "strictTransportSecurity": {
            "accessControlMaxAgeSec": 31_536_000,
            "includeSubdomains": True,
            "preload": False,
            "override": True,
        },
        "contentSecurityPolicy": {
            "contentSecurityPolicy": (SELF_ONLY),
            "override": True,
        },
        "contentTypeOptions": {"override": True},
        "frameOptions": {"frameOption": "DENY", "override": True},
        "referrerPolicy": {"referrerPolicy": "strict-origin-when-cross-origin", "override": True},
    }
    other = SecurityHeaders(
        frame_options="SAMEORIGIN", hsts_include_subdomains=False, content_security_policy="default-src https:"
    )
    changed = headers(headers=other)
    assert changed["frameOptions"]["frameOption"] == "SAMEORIGIN"
    assert changed["strictTransportSecurity"]["includeSubdomains"] is False
    assert changed["contentSecurityPolicy"]["contentSecurityPolicy"] == "default-src https:"
    assert "contentSecurityPolicy" not in headers(headers=SecurityHeaders(content_security_policy=None))


def test_access_logs_by_choice() -> None:
    recording = recorded(logs=LOGS)
    assert recording.only("aws:cloudwatch/logGroup:LogGroup").inputs == {"retentionInDays": 30, "kmsKeyId": KEY}
    policy = recording.only("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    assert policy.inputs["policyName"] == "test-unit-site-logs"
    (statement,) = json.loads(policy.inputs["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"] == "site-logs.arn:*"
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:*"},
    }
    source = recording.only("aws:cloudwatch/logDeliverySource:LogDeliverySource").inputs
    assert source == {"logType": "ACCESS_LOGS", "resourceArn": "site.arn"}
    destination = recording.only("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination").inputs
    assert destination == {
        "outputFormat": "json",
        "deliveryDestinationConfiguration": {"destinationResourceArn": "site-logs.arn"},
    }
    delivery = recording.only("aws:cloudwatch/logDelivery:LogDelivery")
    assert delivery.inputs["deliveryDestinationArn"] == "site-logs.arn"
    assert delivery.depends_on("site-logs-policy")
    assert len(delivery.inputs["recordFields"]) == 32
    assert "cs(Cookie)" not in delivery.inputs["recordFields"]
    kept = recorded(logs=CdnLogs(account_id=ACCOUNT, kms_key_arn=KEY, retention_days=90))
    assert kept.only("aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == 90
    assert not [r for r in recorded().resources if "logDelivery" in r.type or "logGroup" in r.type]


def test_alarms_on_server_errors_and_on_the_certificate() -> None:
    certificate, errors = sorted(recorded(alarms=TARGET).of(ALARM), key=lambda alarm: alarm.name)
    assert errors.name == "site-alarms-server-errors"
    assert errors.inputs["dimensions"] == {"DistributionId": "site.id", "Region": "Global"}
    assert (errors.inputs["metricName"], errors.inputs["statistic"]) == ("5xxErrorRate", "Average")
    assert (errors.inputs["threshold"], errors.inputs["period"], errors.inputs["evaluationPeriods"]) == (5, 60, 5)
    assert certificate.inputs["dimensions"] == {"CertificateArn": CERTIFICATE}
    assert not recorded().of(ALARM)


def test_the_bucket_and_its_protection() -> None:
    recording = recorded(
        server_access_logs=ServerAccessLogs(bucket="logs", prefix="site"), noncurrent_expiration_days=5
    )
    assert recording.only("aws:s3/bucketLogging:BucketLogging").inputs["targetPrefix"] == "site/"
    rules = recording.only("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    assert [r["noncurrentVersionExpiration"] for r in rules if "noncurrentVersionExpiration" in r] == [
        {"noncurrentDays": 5}
    ]
    assert recording.only(BUCKET).protect
    assert recording.only(DISTRIBUTION).protect
    scratch = recorded(protect=False, force_destroy=True)
    assert not scratch.only(BUCKET).protect
    assert not scratch.only(DISTRIBUTION).protect
    assert scratch.only(BUCKET).inputs == {"forceDestroy": True}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"domain_names": []}, "domain_names: at least one"),
        ({"domain_names": ["not a name"]}, "domain_names: "),
        ({"certificate_arn": CERTIFICATE.replace("us-east-1", "eu-west-1")}, "certificate_arn: .* no certificate in"),
        ({"web_acl_arn": ACL.replace("us-east-1", "eu-west-1")}, "web_acl_arn: .* no web ACL of scope CLOUDFRONT"),
        ({"web_acl_arn": ACL.replace("global", "regional")}, "web_acl_arn: .* no web ACL of scope CLOUDFRONT"),
        ({"default_root_object": "/index.html"}, "default_root_object: '/index.html'"),
        ({"fallback_path": "index.html"}, "fallback_path: 'index.html' must begin"),
        ({"default_ttl_seconds": 0}, "default_ttl_seconds: 0"),
        ({"default_ttl_seconds": 31_536_001}, "default_ttl_seconds: 31536001"),
        ({"price_class": "PriceClass_1"}, "price_class: 'PriceClass_1' is not one of"),
        ({"noncurrent_expiration_days": 0}, "noncurrent_expiration_days: 0 days"),
        ({"force_destroy": True}, "force_destroy: not together with protect"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)


def test_refused_retention() -> None:
    with pytest.raises(ValueError, match="retention_days: 8"):
        CdnLogs(account_id=ACCOUNT, kms_key_arn=KEY, retention_days=8)


def test_refused_names() -> None:
    with pytest.raises(ValueError, match="its bucket is named after it"):
        record(lambda: Cdn("x" * 49, args()))
    record(lambda: Cdn("x" * 47, args()))
    with pytest.raises(ValueError, match="its log delivery is named after it"):
        record(lambda: Cdn("x" * 48, args()))
