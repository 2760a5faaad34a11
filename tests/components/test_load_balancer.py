"""The public entry: TLS only, open on two ports only, and its certificate."""

import dataclasses
from typing import Any

import pytest

from components._security_headers import SELF_ONLY
from components.alarms import AlarmTarget
from components.certificate import validated_names, validation_record
from components.load_balancer import LoadBalancer, LoadBalancerArgs, SecurityHeaders
from tests.support.recorder import Recording, record

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
RECORD = "aws:route53/record:Record"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

TARGET = AlarmTarget(topic_arn="arn:aws:sns:us-east-1:111122223333:alarms", runbooks_url="https://example.com/runbooks")


def args(**changes: Any) -> LoadBalancerArgs:
    arguments: dict[str, Any] = {
        "vpc_id": "vpc-1",
        "subnet_ids": {"us-east-1b": "subnet-b", "us-east-1a": "subnet-a"},
        "domain_name": "api.example.com",
        "zone_id": "Z1",
        "alarms": TARGET,
    }
    return LoadBalancerArgs(**(arguments | changes))


def recorded(*, preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: LoadBalancer("entry", args(**changes)), preview=preview)


@pytest.mark.feature("L1")
def test_registers_exactly_this() -> None:
    assert recorded().counts() == {
        GROUP: 1,
        INGRESS: 4,
        BALANCER: 1,
        CERTIFICATE: 1,
        RECORD: 1,
        VALIDATION: 1,
        LISTENER: 2,
        ALARM: 4,
    }


def test_the_preview_registers_the_same_resources() -> None:
    names = ["us-east-1.api.example.com", "*.api.example.com"]
    planned = recorded(preview=True, subject_alternative_names=names)
    deployed = recorded(subject_alternative_names=names)
    assert [r.urn for r in planned.resources] == [r.urn for r in deployed.resources]


@pytest.mark.feature("L1", "L4")
def test_balancer() -> None:
    recording = recorded(idle_timeout_seconds=300)
    balancer = recording.get(BALANCER, "entry")
    assert balancer.inputs == {
        "loadBalancerType": "application",
        "internal": False,
        "ipAddressType": "ipv4",
        "securityGroups": ["entry.id"],
        "subnets": ["subnet-a", "subnet-b"],
        "dropInvalidHeaderFields": True,
        "desyncMitigationMode": "defensive",
        "enableDeletionProtection": True,
        "idleTimeout": 300,
        "tags": {"Name": "entry"},
    }
    assert balancer.protect
    component = recording.get("breakwater:load_balancer:LoadBalancer", "entry")
    assert set(recording.outputs[component.urn]) == {
        "arn",
        "arn_suffix",
        "dns_name",
        "zone_id",
        "https_listener_arn",
        "security_group_id",
        "certificate_arn",
    }
    assert recording.value(recording.result.arn_suffix) == "entry.arnSuffix"
    assert recording.value(recording.result.https_listener_arn) == "entry-https.arn"
    assert recording.value(recording.result.zone_id) == "entry.zoneId"
    assert recording.value(recording.result.dns_name) == "entry.dnsName"


@pytest.mark.feature("L1")
def test_an_unprotected_balancer_of_a_development_stack() -> None:
    balancer = recorded(protect=False).only(BALANCER)
    assert not balancer.protect
    assert balancer.inputs["enableDeletionProtection"] is False
    assert balancer.inputs["idleTimeout"] == 60


def test_open_on_443_and_80_only() -> None:
    recording = recorded()
    assert set(recording.get(GROUP, "entry").inputs) == {"vpcId", "description", "tags"}
    opened = {
        rule.name: (rule.inputs.get("cidrIpv4"), rule.inputs.get("cidrIpv6"), rule.inputs["fromPort"])
        for rule in recording.of(INGRESS)
    }
    assert opened == {
        "entry-https-ipv4": ("0.0.0.0/0", None, 443),
        "entry-https-ipv6": (None, "::/0", 443),
        "entry-http-ipv4": ("0.0.0.0/0", None, 80),
        "entry-http-ipv6": (None, "::/0", 80),
    }
    for rule in recording.of(INGRESS):
        assert rule.inputs["fromPort"] == rule.inputs["toPort"]
        assert rule.inputs["ipProtocol"] == "tcp"
        assert rule.inputs["securityGroupId"] == "entry.id"


@pytest.mark.feature("L1")
def test_https_listener_says_404_until_a_service_claims_a_path() -> None:
    recording = recorded(headers=None)
    assert recording.get(LISTENER, "entry-https").inputs == {
        "loadBalancerArn": "entry.arn",
        "port": 443,
        "protocol": "HTTPS",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "certificateArn": "entry-certificate.arn",
        "routingHttpResponseServerEnabled": False,
        "defaultActions": [
            {
                "type": "fixed-response",
                "fixedResponse": {"contentType": "text/plain", "messageBody": "Not found", "statusCode": "404"},
            }
        ],
    }
    issued = recording.get(VALIDATION, "entry-certificate")
    assert recording.get(LISTENER, "entry-https").property_dependencies["certificateArn"] == (issued.urn,)


def security_headers(**changes: Any) -> dict[str, Any]:
    listener = recorded(**changes).get(LISTENER, "entry-https").inputs
    prefix, suffix = "routingHttpResponse", "HeaderValue"
    return {k.removeprefix(prefix).removesuffix(suffix): v for k, v in listener.items() if k.endswith(suffix)}


@pytest.mark.feature("L3")
def test_every_answer_carries_security_headers() -> None:
    assert security_headers() == {
        "StrictTransportSecurity": "max-age=31536000; includeSubDomains",
        "ContentSecurityPolicy": SELF_ONLY,
        "XFrameOptions": "DENY",
        "XContentTypeOptions": "nosniff",
    }
    other = SecurityHeaders(content_security_policy=None, frame_options="SAMEORIGIN", hsts_include_subdomains=False)
    assert security_headers(headers=other) == {
        "StrictTransportSecurity": "max-age=31536000",
        "XFrameOptions": "SAMEORIGIN",
        "XContentTypeOptions": "nosniff",
    }
    assert security_headers(headers=None) == {}
    for listener in recorded().of(LISTENER):
        assert listener.inputs["routingHttpResponseServerEnabled"] is False


@pytest.mark.feature("L3")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"content_security_policy": " "}, r"^content_security_policy: it is empty"),
        (
            {"content_security_policy": "default-src 'self';\nobject-src 'none'"},
            "content_security_policy: .* one line",
        ),
        ({"frame_options": "NEVER"}, r"^frame_options: 'NEVER' is not one of DENY, SAMEORIGIN"),
        (
            {"frame_options": "SAMEORIGIN"},
            r"^frame_options: SAMEORIGIN allows .* write frame-ancestors 'self'",
        ),
    ],
)
def test_refuses_headers_that_cannot_be(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SecurityHeaders(**changes)


@pytest.mark.feature("L2")
def test_access_and_connection_logs_by_choice() -> None:
    balancer = recorded(log_bucket="logs").only(BALANCER).inputs
    assert balancer["accessLogs"] == {"bucket": "logs", "prefix": "access", "enabled": True}
    assert balancer["connectionLogs"] == {"bucket": "logs", "prefix": "connections", "enabled": True}
    assert not {"accessLogs", "connectionLogs"} & set(recorded().only(BALANCER).inputs)


@pytest.mark.feature("L1")
def test_desync_mitigation() -> None:
    assert recorded(desync_mitigation_mode="strictest").only(BALANCER).inputs["desyncMitigationMode"] == "strictest"
    with pytest.raises(ValueError, match=r"^desync_mitigation_mode: 'monitor' is not one of defensive, strictest"):
        args(desync_mitigation_mode="monitor")


@pytest.mark.feature("L1")
def test_http_listener_redirects_for_good() -> None:
    assert recorded().get(LISTENER, "entry-http").inputs == {
        "loadBalancerArn": "entry.arn",
        "port": 80,
        "protocol": "HTTP",
        "routingHttpResponseServerEnabled": False,
        "defaultActions": [
            {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
        ],
    }


@pytest.mark.feature("L1")
def test_certificate_is_validated_by_one_record_per_distinct_name() -> None:
    recording = recorded(subject_alternative_names=["us-east-1.api.example.com", "*.api.example.com"])
    assert recording.get(CERTIFICATE, "entry-certificate").inputs == {
        "domainName": "api.example.com",
        "subjectAlternativeNames": ["us-east-1.api.example.com", "*.api.example.com"],
        "validationMethod": "DNS",
    }
    assert [r.name for r in recording.of(RECORD)] == [
        "entry-certificate-api.example.com",
        "entry-certificate-us-east-1.api.example.com",
    ]
    for each in recording.of(RECORD):
        assert each.inputs["zoneId"] == "Z1"
        assert each.inputs["ttl"] == 60
        assert each.inputs["allowOverwrite"] is True
        assert each.retain_on_delete, "another region's certificate may still renew by it"
        assert each.depends_on("entry-certificate")
    validation = recording.get(VALIDATION, "entry-certificate").inputs
    assert validation["certificateArn"] == "entry-certificate.arn"
    assert validation["validationRecordFqdns"] == [f"{r.name}.fqdn" for r in recording.of(RECORD)]


def test_a_certificate_for_one_name_has_no_alternatives() -> None:
    assert "subjectAlternativeNames" not in recorded().only(CERTIFICATE).inputs


def test_wildcards_share_the_record_of_the_name_below() -> None:
    assert validated_names(["*.example.com", "example.com", "api.example.com", "*.api.example.com"]) == [
        "example.com",
        "api.example.com",
    ]


@dataclasses.dataclass
class Option:
    domain_name: str
    resource_record_name: str
    resource_record_type: str = "CNAME"
    resource_record_value: str = "_y.acm-validations.aws."


def test_the_record_of_a_name_is_found_wherever_acm_lists_it() -> None:
    options: Any = [
        Option("*.example.com", "_1.example.com."),
        Option("api.example.com", "_2.api.example.com.", "CNAME", "_z.acm-validations.aws."),
    ]
    expected = {"name": "_2.api.example.com.", "type": "CNAME", "value": "_z.acm-validations.aws."}
    assert validation_record(options, "api.example.com") == expected
    assert validation_record(options[::-1], "api.example.com") == expected
    assert validation_record(options, "example.com")["name"] == "_1.example.com."


@pytest.mark.parametrize("options", [None, [], [Option("other.example.com", "_1.other.example.com.")]])
def test_no_other_names_record_is_taken(options: Any) -> None:
    assert set(validation_record(options, "api.example.com").values()) == {None}


def test_alarms_of_the_balancer_and_its_certificate() -> None:
    recording = recorded()
    seen = {
        a.name.removeprefix("entry-alarms-"): (
            a.inputs["namespace"],
            a.inputs["metricName"],
            a.inputs["statistic"],
            a.inputs["comparisonOperator"],
            a.inputs["threshold"],
            a.inputs["period"],
            a.inputs["datapointsToAlarm"],
            a.inputs["evaluationPeriods"],
            a.inputs["treatMissingData"],
        )
        for a in recording.of(ALARM)
    }
    above, elb = "GreaterThanThreshold", "AWS/ApplicationELB"
    assert seen == {
        "server-errors": (elb, "HTTPCode_ELB_5XX_Count", "Sum", above, 25, 300, 1, 1, "notBreaching"),
        "rejected-connections": (elb, "RejectedConnectionCount", "Sum", above, 0, 60, 5, 5, "notBreaching"),
        "target-connection-errors": (elb, "TargetConnectionErrorCount", "Sum", above, 0, 60, 5, 5, "notBreaching"),
        "certificate-expiry": (
            "AWS/CertificateManager",
            "DaysToExpiry",
            "Minimum",
            "LessThanOrEqualToThreshold",
            30,
            86400,
            1,
            1,
            "ignore",
        ),
    }
    for each in recording.of(ALARM):
        if each.inputs["namespace"] == elb:
            assert each.inputs["dimensions"] == {"LoadBalancer": "entry.arnSuffix"}
        else:
            assert each.inputs["dimensions"] == {"CertificateArn": "entry-certificate.arn"}


def test_no_alarms_without_a_target() -> None:
    assert not recorded(alarms=None).of(ALARM)


@pytest.mark.feature("L1")
def test_refuses_a_single_zone() -> None:
    with pytest.raises(ValueError, match=r"^subnet_ids: a load balancer needs two zones, this one has us-east-1a; pin"):
        args(subnet_ids={"us-east-1a": "subnet-a"})


@pytest.mark.feature("L4")
@pytest.mark.parametrize("seconds", [0, 4001])
def test_refuses_idle_timeouts_that_aws_refuses(seconds: int) -> None:
    with pytest.raises(ValueError, match=rf"^idle_timeout_seconds: {seconds}; give 1 to 4000"):
        args(idle_timeout_seconds=seconds)


@pytest.mark.parametrize("name", ["", "localhost", "API.example.com", "api.example.com.", "a_b.example.com", "*."])
def test_refuses_what_is_no_domain(name: str) -> None:
    with pytest.raises(ValueError, match=r"^domain_name: .*write it as api\.example\.com"):
        args(domain_name=name)
    with pytest.raises(ValueError, match=r"^subject_alternative_names: .*write it as api\.example\.com"):
        args(subject_alternative_names=[name])


def test_refuses_a_first_name_too_long_for_a_certificate() -> None:
    with pytest.raises(ValueError, match=r"^domain_name: .* has 65 characters of 64; put a shorter name first"):
        args(domain_name=f"{'a' * 53}.example.com")


def test_refuses_a_name_twice() -> None:
    with pytest.raises(ValueError, match=r"^subject_alternative_names: .* a name twice"):
        args(subject_alternative_names=["api.example.com"])


def test_refuses_more_names_than_acm_takes() -> None:
    with pytest.raises(ValueError, match=r"^subject_alternative_names: 11 names of 10"):
        args(subject_alternative_names=[f"n{i}.example.com" for i in range(10)])


def test_refuses_names_too_long_for_a_balancer() -> None:
    with pytest.raises(ValueError, match=r"^name: .* has 25 characters; .* at most 24 "):
        record(lambda: LoadBalancer("x" * 25, args()))
