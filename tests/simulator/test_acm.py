"""Certificates and their validation."""

from typing import Any

from pulumi_aws import acm, route53

from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, tags_of

CERTIFICATE = "aws:acm/certificate:Certificate"


def test_a_certificate_validated_by_dns(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        zone = route53.Zone("zone", name="example.com", opts=on.us)
        certificate = acm.Certificate(
            "web",
            domain_name="example.com",
            subject_alternative_names=["*.example.com", "api.example.com"],
            validation_method="DNS",
            tags={"Name": "web"},
            opts=on.us,
        )
        records = [
            route53.Record(
                name,
                zone_id=zone.id,
                name=certificate.domain_validation_options[index].resource_record_name,
                type=certificate.domain_validation_options[index].resource_record_type,
                records=[certificate.domain_validation_options[index].resource_record_value],
                ttl=60,
                opts=on.us,
            )
            for index, name in ((0, "apex"), (2, "api"))
        ]
        fqdns = [record.fqdn for record in records]
        acm.CertificateValidation("web", certificate_arn=certificate.arn, validation_record_fqdns=fqdns, opts=on.us)

    world = simulate(program)
    found = world.only(CERTIFICATE)
    described = world.client("acm").describe_certificate(CertificateArn=found.id)["Certificate"]
    assert (described["DomainName"], described["Status"]) == ("example.com", "ISSUED")
    assert described["SubjectAlternativeNames"] == ["example.com", "*.example.com", "api.example.com"]
    tags = world.client("acm").list_tags_for_certificate(CertificateArn=found.id)["Tags"]
    assert tags_of(tags) == {"Name": "web", "owner": "tests"}
    assert found.outputs["arn"] == found.id
    assert found.outputs["status"] == "PENDING_VALIDATION"
    options = found.outputs["domainValidationOptions"]
    assert [option["domainName"] for option in options] == ["example.com", "*.example.com", "api.example.com"]
    # A wildcard is validated by its base's record.
    assert options[0] | {"domainName": ""} == options[1] | {"domainName": ""}
    assert options[2]["resourceRecordName"] != options[0]["resourceRecordName"]
    assert options[2]["resourceRecordName"].endswith(".api.example.com.")
    assert world.only("aws:acm/certificateValidation:CertificateValidation").id == "0001-01-01 00:00:00 +0000 UTC"


def test_the_order_is_the_same_in_every_run(simulate: Simulate) -> None:
    names = [f"{letter}.example.com" for letter in "hgfedcba"]

    def program(on: Where) -> None:
        acm.Certificate(
            "web", domain_name="example.com", subject_alternative_names=names, validation_method="DNS", opts=on.eu
        )

    options = simulate(program).only(CERTIFICATE).outputs["domainValidationOptions"]
    assert [option["domainName"] for option in options] == ["example.com", *names]


def test_what_is_refused(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        dns: dict[str, Any] = {"validation_method": "DNS", "opts": on.us}
        acm.Certificate("name", domain_name="example..com", **dns)
        acm.Certificate("method", domain_name="example.com", validation_method="PHONE", opts=on.us)
        acm.Certificate("algorithm", domain_name="example.com", key_algorithm="RSA_512", **dns)
        certificate = acm.Certificate("web", domain_name="example.com", **dns)
        acm.CertificateValidation(
            "records", certificate_arn=certificate.arn, validation_record_fqdns=["example.com"], opts=on.us
        )
        elsewhere = f"arn:aws:acm:{EU}:{ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555"
        acm.CertificateValidation("missing", certificate_arn=elsewhere.replace(EU, US), opts=on.us)

    simulate(program, fails=True).assert_refused(
        {
            "name": "DomainName: 'example..com' does not match",
            "method": "ValidationMethod: 'PHONE' is not one of EMAIL, DNS, HTTP",
            "algorithm": "KeyAlgorithm: 'RSA_512' is not one of",
            "records": "missing example.com DNS validation record: _",
            "missing": "ResourceNotFoundException",
        }
    )
