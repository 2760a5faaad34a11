"""Certificates of Certificate Manager and their validation."""

from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._store import backend, made_up, refuse

_NEVER = "0001-01-01 00:00:00 +0000 UTC"
"""What the provider takes as the id of a validation: the time of issue that it read before it waited, so none."""


def _names(c: Creation) -> list[str]:
    """All names of a certificate, each once, in the order given."""
    return list(dict.fromkeys([c.inputs["domainName"], *(c.inputs.get("subjectAlternativeNames") or ())]))


def _is_imported(c: Creation) -> bool:
    return "certificateBody" in c.inputs


def _amend(c: Creation) -> None:
    """moto shuffles the alternative names."""
    if not _is_imported(c):
        backend(c, "acm")._certificates[c.id].sans = _names(c)


def _outputs(c: Creation) -> dict[str, Any]:
    found: dict[str, Any] = {"arn": c.id, "validationEmails": []}
    if _is_imported(c):
        return found | {"status": "ISSUED", "type": "IMPORTED"}
    described = c.call("acm:DescribeCertificate", {"CertificateArn": c.id})["Certificate"]
    records = {o["DomainName"]: o["ResourceRecord"] for o in described.get("DomainValidationOptions", [])}
    return found | {
        "domainValidationOptions": [
            {
                "domainName": name,
                "resourceRecordName": records[name]["Name"],
                "resourceRecordType": records[name]["Type"],
                "resourceRecordValue": records[name]["Value"],
            }
            for name in (_names(c) if c.inputs.get("validationMethod") == "DNS" else ())
        ],
        "status": described["Status"],
        "subjectAlternativeNames": _names(c),
        "type": described["Type"],
    }


_CERTIFICATE = Handler(
    type="aws:acm/certificate:Certificate",
    calls=(
        Call(
            operation="acm:RequestCertificate",
            rename={"validationOptions": "DomainValidationOptions"},
            parameters=lambda c: {"IdempotencyToken": "tf" + made_up(c.urn, 26, "0123456789")},
            when=lambda c: not _is_imported(c),
        ),
        Call(
            operation="acm:ImportCertificate",
            rename={"certificateBody": "Certificate"},
            when=_is_imported,
        ),
    ),
    id="CertificateArn",
    amend=_amend,
    outputs=_outputs,
    held={
        "earlyRenewalDuration": "the provider's own: when it renews certificates of a private authority",
        "privateKeyWoVersion": "the provider's own: tells it that the write-only key has changed",
    },
)


def _check_records(c: Creation) -> dict[str, Any]:
    """The provider waits for the records that ACM asks for, and says which are missing."""
    given = {name.removesuffix(".") for name in c.inputs.get("validationRecordFqdns") or ()}
    certificate = c.call("acm:DescribeCertificate", {"CertificateArn": c.inputs["certificateArn"]})["Certificate"]
    if certificate["Type"] != "AMAZON_ISSUED":
        message = f"ACM Certificate has type {certificate['Type']}, no validation necessary"
        raise refuse("acm:DescribeCertificate", "InvalidState", message)
    for option in certificate["DomainValidationOptions"] if given else ():
        record = option["ResourceRecord"]["Name"].removesuffix(".")
        if record not in given:
            message = f"missing {option['DomainName']} DNS validation record: {record}"
            raise refuse("acm:DescribeCertificate", "PENDING_VALIDATION", message)
    return {}


def _issue(c: Creation) -> None:
    """moto issues a certificate a minute after its request, AWS once it has found the records."""
    backend(c, "acm")._certificates[c.inputs["certificateArn"]].status = "ISSUED"


_VALIDATION = Handler(
    type="aws:acm/certificateValidation:CertificateValidation",
    calls=(
        Call(
            operation="acm:DescribeCertificate",
            parameters=_check_records,
            consumes=frozenset({"validationRecordFqdns"}),
        ),
    ),
    id=lambda _: _NEVER,
    amend=_issue,
)

HANDLERS = (_CERTIFICATE, _VALIDATION)
