"""The public entry of one region: an application load balancer that speaks TLS and nothing else.

Children: security group with its four ingress rules, load balancer, certificate, HTTPS listener (404 where no service's
rule matches), HTTP listener (redirect), alarms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, lb, vpc

from components._alarm_definitions import AlarmDefinition, Severity
from components._names import check_auto_name
from components.alarms import Alarms, AlarmsArgs, AlarmTarget
from components.certificate import Certificate, CertificateArgs, check_names
from components.security import HTTPS_PORT

HTTP_PORT = 80

# TLS 1.3 and 1.2 with forward secrecy.
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"

# Longest physical name, characters: Elastic Load Balancing API.
NAME_MAX = 32

# The only ingress from anywhere in the platform.
_INGRESS = {
    f"{protocol}-{family}": (port, cidr)
    for protocol, port in (("https", HTTPS_PORT), ("http", HTTP_PORT))
    for family, cidr in (("ipv4", "0.0.0.0/0"), ("ipv6", "::/0"))
}

_NAMESPACE = "AWS/ApplicationELB"


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadBalancerArgs:
    """Where the balancer stands and which names it answers for."""

    vpc_id: pulumi.Input[str]
    """VPC of the balancer."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Zone -> public subnet; at least two zones."""
    domain_name: str
    """First name of the certificate, at most 64 characters."""
    zone_id: pulumi.Input[str]
    """Public zone of all the names; the certificate is validated there."""
    alarms: AlarmTarget | None
    """Where the balancer's alarms go; none: no alarms."""
    subject_alternative_names: Sequence[str] = ()
    """Further names of the certificate, at most 9; default none."""
    protect: bool = True
    """Whether AWS and Pulumi refuse to delete the balancer; default yes."""
    idle_timeout_seconds: int = 60
    """Seconds, 1 to 4000, after which a silent connection is closed; default 60."""

    def __post_init__(self) -> None:
        if len(self.subnet_ids) < 2:
            zones = ", ".join(self.subnet_ids) or "none"
            raise ValueError(f"subnet_ids: a load balancer needs two zones, this one has {zones}; pin another zone")
        check_names(self.domain_name, self.subject_alternative_names)
        if not 1 <= self.idle_timeout_seconds <= 4000:
            raise ValueError(f"idle_timeout_seconds: {self.idle_timeout_seconds}; give 1 to 4000 seconds")


class LoadBalancer(pulumi.ComponentResource):
    """An internet-facing application load balancer.

    Leaves out access logs and the web application firewall. USD 16.43 a month, USD 5.84 per capacity unit, and USD 3.65
    per zone for its public address (us-east-1).
    """

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    """`app/name/id`: the balancer's name in metrics."""
    dns_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]
    """AWS's zone for alias records, not the stack's."""
    https_listener_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    certificate_arn: pulumi.Output[str]
    alarms: Alarms | None

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_auto_name(name, NAME_MAX, "the load balancer")
        super().__init__("breakwater:load_balancer:LoadBalancer", name, None, opts)
        self._prefix, self._child = name, pulumi.ResourceOptions(parent=self)
        group = self._create_security_group(args)
        balancer = self._create_balancer(args, group)
        certificate = self._create_certificate(args)
        https = self._create_https_listener(balancer, certificate)
        self._create_http_listener(balancer)
        self.alarms = self._create_alarms(args.alarms, balancer, certificate)
        self.arn, self.arn_suffix = balancer.arn, balancer.arn_suffix
        self.dns_name, self.zone_id = balancer.dns_name, balancer.zone_id
        self.https_listener_arn = https.arn
        self.security_group_id = group.id
        self.certificate_arn = certificate.arn
        self.register_outputs(
            {
                "arn": self.arn,
                "arn_suffix": self.arn_suffix,
                "dns_name": self.dns_name,
                "zone_id": self.zone_id,
                "https_listener_arn": self.https_listener_arn,
                "security_group_id": self.security_group_id,
                "certificate_arn": self.certificate_arn,
            }
        )

    def _create_security_group(self, args: LoadBalancerArgs) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self._prefix,
            vpc_id=args.vpc_id,
            # AWS cannot change it: another text would replace the group.
            description="Public load balancer",
            tags={"Name": self._prefix},
            opts=self._child,
        )
        for role, (port, cidr) in _INGRESS.items():
            vpc.SecurityGroupIngressRule(
                f"{self._prefix}-{role}",
                security_group_id=group.id,
                cidr_ipv4=cidr if role.endswith("ipv4") else None,
                cidr_ipv6=cidr if role.endswith("ipv6") else None,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                description="HTTPS from anywhere" if port == HTTPS_PORT else "HTTP from anywhere, redirected to HTTPS",
                opts=self._child,
            )
        return group

    def _create_balancer(self, args: LoadBalancerArgs, group: ec2.SecurityGroup) -> lb.LoadBalancer:
        return lb.LoadBalancer(
            self._prefix,
            load_balancer_type="application",
            internal=False,
            ip_address_type="ipv4",
            security_groups=[group.id],
            subnets=[args.subnet_ids[zone] for zone in sorted(args.subnet_ids)],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=args.protect,
            idle_timeout=args.idle_timeout_seconds,
            tags={"Name": self._prefix},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

    def _create_certificate(self, args: LoadBalancerArgs) -> Certificate:
        return Certificate(
            f"{self._prefix}-certificate",
            CertificateArgs(
                domain_name=args.domain_name,
                subject_alternative_names=args.subject_alternative_names,
                zone_id=args.zone_id,
            ),
            opts=self._child,
        )

    def _create_https_listener(self, balancer: lb.LoadBalancer, certificate: Certificate) -> lb.Listener:
        return lb.Listener(
            f"{self._prefix}-https",
            load_balancer_arn=balancer.arn,
            port=HTTPS_PORT,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate.arn,
            # What no service's rule claims is nobody's.
            default_actions=[
                lb.ListenerDefaultActionArgs(
                    type="fixed-response",
                    fixed_response=lb.ListenerDefaultActionFixedResponseArgs(
                        content_type="text/plain", message_body="Not found", status_code="404"
                    ),
                )
            ],
            opts=self._child,
        )

    def _create_http_listener(self, balancer: lb.LoadBalancer) -> lb.Listener:
        return lb.Listener(
            f"{self._prefix}-http",
            load_balancer_arn=balancer.arn,
            port=HTTP_PORT,
            protocol="HTTP",
            default_actions=[
                lb.ListenerDefaultActionArgs(
                    type="redirect",
                    redirect=lb.ListenerDefaultActionRedirectArgs(
                        protocol="HTTPS", port=str(HTTPS_PORT), status_code="HTTP_301"
                    ),
                )
            ],
            opts=self._child,
        )

    def _create_alarms(
        self, target: AlarmTarget | None, balancer: lb.LoadBalancer, certificate: Certificate
    ) -> Alarms | None:
        if target is None:
            return None
        definitions = [*balancer_alarms(balancer.arn_suffix), certificate_alarm(certificate.arn)]
        return Alarms(f"{self._prefix}-alarms", AlarmsArgs(target=target, definitions=definitions), opts=self._child)


def balancer_alarms(arn_suffix: pulumi.Input[str]) -> list[AlarmDefinition]:
    """What the balancer itself gets wrong; targets' errors belong to their services. Counts of 0 are not sent."""

    def count(
        role: str, metric: str, summary: str, severity: Severity, *, threshold: int, period: int, periods: int
    ) -> AlarmDefinition:
        return AlarmDefinition(
            role=role,
            summary=summary,
            severity=severity,
            runbook=f"load-balancer-{role}",
            metric_name=metric,
            namespace=_NAMESPACE,
            dimensions={"LoadBalancer": arn_suffix},
            statistic="Sum",
            comparison="GreaterThanThreshold",
            threshold=threshold,
            period_seconds=period,
            datapoints=periods,
            periods=periods,
            missing="notBreaching",
        )

    return [
        count(
            "server-errors",
            "HTTPCode_ELB_5XX_Count",
            "The load balancer itself answers with 5xx: no healthy target, or targets that hang up or time out.",
            Severity.CRITICAL,
            # The threshold of cloudposse's alarms; a count, because the request count leaves out these requests.
            threshold=25,
            period=300,
            periods=1,
        ),
        count(
            "rejected-connections",
            "RejectedConnectionCount",
            "The load balancer turns connections away because it has reached its limit.",
            Severity.CRITICAL,
            threshold=0,
            period=60,
            periods=5,
        ),
        count(
            "target-connection-errors",
            "TargetConnectionErrorCount",
            "The load balancer cannot open connections to its targets.",
            Severity.CRITICAL,
            threshold=0,
            period=60,
            periods=5,
        ),
    ]


def certificate_alarm(certificate_arn: pulumi.Input[str]) -> AlarmDefinition:
    """At 30 days ACM's own renewal has failed for two weeks: it begins 45 days before the end, or 60 for certificates
    from before February 2026. The 44 days that CloudWatch recommends would ring while a renewal is under way."""
    return AlarmDefinition(
        role="certificate-expiry",
        summary="The certificate ends in 30 days or less and ACM has not renewed it.",
        severity=Severity.WARNING,
        runbook="certificate-expiry",
        metric_name="DaysToExpiry",
        namespace="AWS/CertificateManager",
        dimensions={"CertificateArn": certificate_arn},
        statistic="Minimum",
        comparison="LessThanOrEqualToThreshold",
        threshold=30,
        period_seconds=86_400,
        datapoints=1,
        periods=1,
        # A new certificate has no data for its first half day, which must not page; an old one that goes silent
        # stays in alarm.
        missing="ignore",
    )
