"""From the settings to the CDN: its certificate, firewall and names, all in us-east-1, as CloudFront wants them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import route53

from components.alarms import AlarmTarget
from components.certificate import Certificate, CertificateArgs
from components.waf import Scope, WebAcl, WebAclArgs
from infra.edge import security_headers, web_acl_arguments
from infra.environment import logical_name
from infra.providers import GLOBAL_REGION
from infra.settings import Settings
from infra.settings.models import Cdn as CdnSettings
from infra.settings.models import Waf

if TYPE_CHECKING:
    from components.cdn import Cdn


@dataclass(frozen=True, kw_only=True, slots=True)
class CdnPlace:
    """What the CDN shares with the rest of the stack."""

    settings: Settings
    """The stack's settings."""
    account_id: pulumi.Input[str]
    """Account of the stack."""
    zone_id: pulumi.Input[str]
    """The platform's public zone."""
    logs_key_arn: pulumi.Input[str]
    """Key of logs in us-east-1."""
    alarms: AlarmTarget
    """Where alarms of us-east-1 go."""


def create_cdn(cdn: CdnSettings, at: CdnPlace, opts: pulumi.ResourceOptions) -> "Cdn":
    """Files under the CDN's host; `opts` name the provider of us-east-1."""
    # Here, because loading CloudFront takes a while and few stacks need it.
    from components.cdn import Cdn, CdnArgs, CdnLogs

    name = logical_name(GLOBAL_REGION, "cdn")
    certificate = Certificate(
        f"{name}-certificate", CertificateArgs(domain_name=cdn.host, zone_id=at.zone_id), opts=opts
    )
    web_acl = _create_web_acl(f"{name}-waf", cdn.waf, at, opts) if cdn.waf is not None else None
    created = Cdn(
        name,
        CdnArgs(
            domain_names=[cdn.host],
            certificate_arn=certificate.arn,
            alarms=at.alarms,
            web_acl_arn=web_acl.arn if web_acl else None,
            fallback_path=cdn.fallback_path,
            default_ttl_seconds=cdn.default_ttl_seconds,
            headers=security_headers(cdn.headers),
            price_class=cdn.price_class,
            logs=CdnLogs(
                account_id=at.account_id,
                kms_key_arn=at.logs_key_arn,
                retention_days=at.settings.log_retention_days,
            )
            if cdn.access_logs
            else None,
            protect=at.settings.protect,
            force_destroy=not at.settings.protect,
        ),
        opts=opts,
    )
    _create_names(name, cdn.host, created, at.zone_id, opts)
    return created


def _create_web_acl(name: str, waf: Waf, at: CdnPlace, opts: pulumi.ResourceOptions) -> WebAcl:
    return WebAcl(
        name,
        WebAclArgs(
            **web_acl_arguments(waf, at.settings),
            region=GLOBAL_REGION,
            account_id=at.account_id,
            kms_key_arn=at.logs_key_arn,
            alarms=at.alarms,
            scope=Scope.CLOUDFRONT,
        ),
        opts=opts,
    )


def _create_names(name: str, host: str, cdn: "Cdn", zone_id: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
    """CloudFront answers on IPv4 and IPv6."""
    for kind in ("A", "AAAA"):
        route53.Record(
            f"{name}-{kind.lower()}",
            zone_id=zone_id,
            name=host,
            type=kind,
            aliases=[
                # CloudFront's health cannot be asked for.
                route53.RecordAliasArgs(name=cdn.domain_name, zone_id=cdn.hosted_zone_id, evaluate_target_health=False)
            ],
            opts=opts,
        )
