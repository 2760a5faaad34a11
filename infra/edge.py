"""From the settings to where requests come in: the load balancer with its certificate and logs, and its firewall."""

from typing import Any

import pulumi

from components.bucket import AccessLogBucket, AccessLogBucketArgs
from components.dns import regional_name
from components.load_balancer import LoadBalancer, LoadBalancerArgs, SecurityHeaders
from components.network import Network
from components.waf import WebAcl, WebAclArgs
from infra.place import Place
from infra.settings import Settings
from infra.settings.firewall import managed_groups, rate_rules
from infra.settings.models import SecurityHeaders as HeaderSettings
from infra.settings.models import Waf
from infra.settings.routing import hosts


def create_log_bucket(at: Place, opts: pulumi.ResourceOptions) -> AccessLogBucket | None:
    """Where the load balancer writes down requests and connections."""
    logs = at.settings.load_balancer.logs
    if logs is None:
        return None
    return AccessLogBucket(
        at.name("balancer-logs"),
        AccessLogBucketArgs(
            account_id=at.account_id,
            region=at.region,
            expiration_days=logs.retention_days,
            protect=at.settings.protect,
            force_destroy=not at.settings.protect,
        ),
        opts=opts,
    )


def create_load_balancer(
    at: Place, network: Network, logs: AccessLogBucket | None, opts: pulumi.ResourceOptions
) -> LoadBalancer:
    """The region's entry."""
    balancer = at.settings.load_balancer
    first, *further = certificate_names(at.settings, at.region)
    return LoadBalancer(
        at.name("balancer"),
        LoadBalancerArgs(
            vpc_id=network.vpc_id,
            subnet_ids=network.public_subnet_ids,
            domain_name=first,
            subject_alternative_names=further,
            zone_id=at.zone_id,
            alarms=at.alarms,
            protect=at.settings.protect,
            idle_timeout_seconds=balancer.idle_timeout_seconds,
            desync_mitigation_mode=balancer.desync_mitigation_mode,
            headers=security_headers(balancer.headers) if balancer.headers else None,
            log_bucket=logs.bucket_name if logs else None,
            dual_stack=network.ipv6,
        ),
        opts=opts,
    )


def create_web_acl(at: Place, balancer: LoadBalancer, opts: pulumi.ResourceOptions) -> WebAcl | None:
    """The firewall before the region's entry."""
    waf = at.settings.waf
    if waf is None:
        return None
    return WebAcl(
        at.name("waf"),
        WebAclArgs(
            **web_acl_arguments(waf, at.settings),
            region=at.region,
            account_id=at.account_id,
            kms_key_arn=at.keys.logs,
            alarms=at.alarms,
            load_balancer_arn=balancer.arn,
        ),
        opts=opts,
    )


def web_acl_arguments(waf: Waf, settings: Settings) -> dict[str, Any]:
    """What the firewalls before load balancers and before the CDN have in common."""
    return {
        "blocked_baseline": waf.blocked_baseline,
        "groups": managed_groups(waf),
        "rate_rules": rate_rules(waf),
        "capacity_max": waf.capacity_max,
        "log_retention_days": settings.log_retention_days,
        "log_allowed": waf.log_allowed,
        "redacted_headers": waf.redacted_headers,
    }


def security_headers(headers: HeaderSettings) -> SecurityHeaders:
    """The component's headers."""
    return SecurityHeaders(**headers.model_dump())


def certificate_names(settings: Settings, region: str) -> list[str]:
    """The names a region answers to: the domain, every host directly under it, and the hosts' names in the region."""
    domain = settings.domain.name
    return [
        domain,
        f"*.{domain}",
        *(regional_name(region, host) for host in hosts(settings) if host != domain),
    ]
