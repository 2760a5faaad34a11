"""The public entry of one region: an application load balancer that speaks TLS and nothing else.

Children: security group with its four ingress rules, load balancer, certificate, HTTPS listener (404 where no service's
rule matches, security headers on every answer), HTTP listener (redirect), alarms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import ec2, lb, vpc

from components._balancer_alarms import balancer_alarms, certificate_alarm
from components._names import check_auto_name
from components._security_headers import ALL_HEADERS
from components._security_headers import SecurityHeaders as SecurityHeaders
from components.alarms import Alarms, AlarmsArgs, AlarmTarget
from components.bucket import ACCESS_LOGS_PREFIX, CONNECTION_LOGS_PREFIX
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

# Requests that could smuggle another inside: defensive refuses the severe ones and closes the connection after the
# ambiguous ones, strictest refuses both and more. AWS's third mode, monitor, lets all of them through.
DESYNC_MODES = ("defensive", "strictest")


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
    """Seconds, 1 to 4000, after which a silent connection is closed, a WebSocket too; default 60."""
    desync_mitigation_mode: str = "defensive"
    """What happens to ambiguous requests: defensive or strictest; default defensive."""
    headers: SecurityHeaders | None = ALL_HEADERS
    """Security headers of every answer; default all of them. None: services send their own."""
    log_bucket: pulumi.Input[str] | None = None
    """`bucket_name` of an AccessLogBucket in the region, for access and connection logs; default none: no logs."""
    dual_stack: bool = False
    """Whether it has IPv6 addresses too, which its subnets must have; default no."""

    def __post_init__(self) -> None:
        if len(self.subnet_ids) < 2:
            zones = ", ".join(self.subnet_ids) or "none"
            raise ValueError(f"subnet_ids: a load balancer needs two zones, this one has {zones}; pin another zone")
        check_names(self.domain_name, self.subject_alternative_names)
        if not 1 <= self.idle_timeout_seconds <= 4000:
            raise ValueError(f"idle_timeout_seconds: {self.idle_timeout_seconds}; give 1 to 4000 seconds")
        if self.desync_mitigation_mode not in DESYNC_MODES:
            raise ValueError(
                f"desync_mitigation_mode: {self.desync_mitigation_mode!r} is not one of {', '.join(DESYNC_MODES)}"
            )


class LoadBalancer(pulumi.ComponentResource):
    """An internet-facing application load balancer.

    Leaves out the bucket of its logs and the web application firewall. USD 16.43 a month, USD 5.84 per capacity unit,
    and USD 3.65 per zone for its public address (us-east-1).
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
        https = self._create_https_listener(args.headers, balancer, certificate)
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
            ip_address_type="dualstack" if args.dual_stack else "ipv4",
            security_groups=[group.id],
            subnets=[args.subnet_ids[zone] for zone in sorted(args.subnet_ids)],
            drop_invalid_header_fields=True,
            desync_mitigation_mode=args.desync_mitigation_mode,
            enable_deletion_protection=args.protect,
            idle_timeout=args.idle_timeout_seconds,
            access_logs=None
            if args.log_bucket is None
            else lb.LoadBalancerAccessLogsArgs(bucket=args.log_bucket, prefix=ACCESS_LOGS_PREFIX, enabled=True),
            connection_logs=None
            if args.log_bucket is None
            else lb.LoadBalancerConnectionLogsArgs(bucket=args.log_bucket, prefix=CONNECTION_LOGS_PREFIX, enabled=True),
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

    def _create_https_listener(
        self, headers: SecurityHeaders | None, balancer: lb.LoadBalancer, certificate: Certificate
    ) -> lb.Listener:
        return lb.Listener(
            f"{self._prefix}-https",
            load_balancer_arn=balancer.arn,
            port=HTTPS_PORT,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate.arn,
            **_header_attributes(headers),
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
            routing_http_response_server_enabled=False,
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


def _header_attributes(headers: SecurityHeaders | None) -> dict[str, Any]:
    """Attributes of a listener; the header Server, which names AWS's software, is never sent."""
    attributes: dict[str, Any] = {"routing_http_response_server_enabled": False}
    if headers is not None:
        values = {
            "strict_transport_security": headers.strict_transport_security,
            "content_security_policy": headers.content_security_policy,
            "x_frame_options": headers.frame_options,
            "x_content_type_options": "nosniff",
        }
        attributes |= {f"routing_http_response_{header}_header_value": value for header, value in values.items()}
    return attributes
