"""A public TLS certificate that renews itself.

Children: the certificate, one validation record per distinct name, the wait for its issue.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import acm, route53
from pulumi_aws.acm import outputs

from components._domains import check_domain

# Limits of ACM: the length of a certificate's first name, and names per certificate (a quota that can be raised).
_FIRST_NAME_MAX = 64
_NAMES_MAX = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateArgs:
    """What the certificate is for, and where control of the names is proven."""

    domain_name: str
    """First name, at most 64 characters; may start with `*.`."""
    zone_id: pulumi.Input[str]
    """Public zone that holds all the names; validation records go there."""
    subject_alternative_names: Sequence[str] = ()
    """Further names, at most 9; default none."""

    def __post_init__(self) -> None:
        check_names(self.domain_name, self.subject_alternative_names)


class Certificate(pulumi.ComponentResource):
    """A certificate of ACM, validated by DNS. Free."""

    arn: pulumi.Output[str]
    """Given out once the certificate is issued."""

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:certificate:Certificate", name, None, opts)
        certificate = acm.Certificate(
            name,
            domain_name=args.domain_name,
            subject_alternative_names=list(args.subject_alternative_names) or None,
            validation_method="DNS",
            opts=pulumi.ResourceOptions(parent=self),
        )
        records = [
            self._create_record(f"{name}-{base}", base, certificate, args.zone_id)
            for base in validated_names([args.domain_name, *args.subject_alternative_names])
        ]
        validation = acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in records],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = validation.certificate_arn
        self.register_outputs({"arn": self.arn})

    def _create_record(
        self, name: str, base: str, certificate: acm.Certificate, zone_id: pulumi.Input[str]
    ) -> route53.Record:
        answer = certificate.domain_validation_options.apply(lambda options: validation_record(options, base))
        return route53.Record(
            name,
            zone_id=zone_id,
            name=answer["name"],
            type=answer["type"],
            records=[answer["value"]],
            ttl=60,
            # Every certificate of the account for a name is validated by the same record: another region's may have
            # written it already, and deleting it with this one would stop the other's renewal.
            allow_overwrite=True,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )


def validated_names(names: Iterable[str]) -> list[str]:
    """The names that need a record each: a wildcard is validated by the record of the name it stands under."""
    return list(dict.fromkeys(name.removeprefix("*.") for name in names))


def validation_record(
    options: Sequence[outputs.CertificateDomainValidationOption] | None, base: str
) -> dict[str, str | None]:
    """The record that ACM asks for to validate one name; it lists them in no certain order.

    Empty where ACM asks for none: the record then fails for want of a name instead of taking another's.
    """
    for option in options or ():
        if option.domain_name and option.domain_name.removeprefix("*.") == base:
            return {
                "name": option.resource_record_name,
                "type": option.resource_record_type,
                "value": option.resource_record_value,
            }
    return {"name": None, "type": None, "value": None}


def check_names(domain_name: str, alternatives: Sequence[str]) -> None:
    """Refuse what ACM refuses."""
    for field, name in (("domain_name", domain_name), *(("subject_alternative_names", n) for n in alternatives)):
        check_domain(field, name, wildcard=True)
    if len(domain_name) > _FIRST_NAME_MAX:
        raise ValueError(
            f"domain_name: {domain_name} has {len(domain_name)} characters of {_FIRST_NAME_MAX}; "
            "put a shorter name first and this one among subject_alternative_names"
        )
    names = [domain_name, *alternatives]
    if len(set(names)) < len(names):
        raise ValueError(f"subject_alternative_names: {', '.join(names)} has a name twice; give each once")
    if len(names) > _NAMES_MAX:
        raise ValueError(
            f"subject_alternative_names: {len(names)} names of {_NAMES_MAX}; use a wildcard or a second one"
        )
