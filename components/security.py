"""Named edges between security groups: who may open a connection to whom, on which port.

Groups carry no inline rules; each rule is a resource of its own, so that two owners never fight over one list.

Children: SecurityGroupEdge: an egress rule on the source, an ingress rule on the target. HttpsEgress: one egress rule,
with `dual_stack` another for IPv6.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import vpc

# EC2's limit for the description of a rule: 255 characters of this set.
_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")

HTTPS_PORT = 443


@dataclass(frozen=True, kw_only=True, slots=True)
class SecurityGroupEdgeArgs:
    """What a SecurityGroupEdge joins."""

    source_security_group_id: pulumi.Input[str]
    """Security group that opens the connection."""
    target_security_group_id: pulumi.Input[str]
    """Security group that takes the connection."""
    port: int
    """TCP port, 1 to 65535."""
    description: str
    """Why the connection is needed; shown on both rules. At most 255 characters of the set EC2 allows."""

    def __post_init__(self) -> None:
        check_port("port", self.port)
        check_description("description", self.description)


class SecurityGroupEdge(pulumi.ComponentResource):
    """One permitted TCP connection from one security group to another: both halves of it. Costs nothing."""

    egress_rule_id: pulumi.Output[str]
    ingress_rule_id: pulumi.Output[str]

    def __init__(self, name: str, args: SecurityGroupEdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:security:SecurityGroupEdge", name, None, opts)
        # Another port is another rule: the old one must stay until the last that used it is gone.
        rule = pulumi.ResourceOptions(parent=self, replace_on_changes=["from_port", "to_port"])
        egress = vpc.SecurityGroupEgressRule(
            f"{name}-egress",
            security_group_id=args.source_security_group_id,
            referenced_security_group_id=args.target_security_group_id,
            ip_protocol="tcp",
            from_port=args.port,
            to_port=args.port,
            description=args.description,
            opts=rule,
        )
        ingress = vpc.SecurityGroupIngressRule(
            f"{name}-ingress",
            security_group_id=args.target_security_group_id,
            referenced_security_group_id=args.source_security_group_id,
            ip_protocol="tcp",
            from_port=args.port,
            to_port=args.port,
            description=args.description,
            opts=rule,
        )
        self.egress_rule_id = egress.security_group_rule_id
        self.ingress_rule_id = ingress.security_group_rule_id
        self.register_outputs({"egress_rule_id": self.egress_rule_id, "ingress_rule_id": self.ingress_rule_id})


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpsEgressArgs:
    """Where HttpsEgress lets a security group connect to."""

    security_group_id: pulumi.Input[str]
    """Security group that opens the connections."""
    cidr_ipv4: str = "0.0.0.0/0"
    """Destination, an IPv4 CIDR; default everywhere, because AWS's APIs have no fixed addresses."""
    description: str = "HTTPS to AWS APIs and the internet"
    """Shown on the rule. At most 255 characters of the set EC2 allows."""
    dual_stack: bool = False
    """Whether the group may connect to any IPv6 address too; default no."""

    def __post_init__(self) -> None:
        check_cidr("cidr_ipv4", self.cidr_ipv4)
        check_description("description", self.description)


class HttpsEgress(pulumi.ComponentResource):
    """Lets a security group connect to port 443: AWS's APIs, image pulls, partners' APIs. Costs nothing."""

    rule_id: pulumi.Output[str]

    def __init__(self, name: str, args: HttpsEgressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:security:HttpsEgress", name, None, opts)
        rule = vpc.SecurityGroupEgressRule(
            name,
            security_group_id=args.security_group_id,
            cidr_ipv4=args.cidr_ipv4,
            ip_protocol="tcp",
            from_port=HTTPS_PORT,
            to_port=HTTPS_PORT,
            description=args.description,
            opts=pulumi.ResourceOptions(parent=self),
        )
        if args.dual_stack:
            vpc.SecurityGroupEgressRule(
                f"{name}-ipv6",
                security_group_id=args.security_group_id,
                cidr_ipv6="::/0",
                ip_protocol="tcp",
                from_port=HTTPS_PORT,
                to_port=HTTPS_PORT,
                description=args.description,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.rule_id = rule.security_group_rule_id
        self.register_outputs({"rule_id": self.rule_id})


@dataclass(frozen=True, kw_only=True, slots=True)
class RangeIngressArgs:
    """Who of another network may open connections."""

    security_group_id: pulumi.Input[str]
    """Security group that takes the connections."""
    ranges: Mapping[str, str]
    """Key such as the zone -> private IPv4 CIDR of a peered network."""
    port: int
    """TCP port, 1 to 65535."""
    description: str
    """Why the connections are needed; shown on the rules. At most 255 characters of the set EC2 allows."""

    def __post_init__(self) -> None:
        check_port("port", self.port)
        check_description("description", self.description)
        for key, cidr in self.ranges.items():
            check_cidr("ranges", cidr)
            if not ipaddress.IPv4Network(cidr).is_private:
                raise ValueError(f"ranges: {cidr} of {key} is not private; only networks of one's own may connect")


class RangeIngress(pulumi.ComponentResource):
    """Connections from a network in another region, whose security groups rules here cannot name. Costs nothing."""

    rule_ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: RangeIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:security:RangeIngress", name, None, opts)
        self.rule_ids = {
            key: vpc.SecurityGroupIngressRule(
                f"{name}-{key}",
                security_group_id=args.security_group_id,
                cidr_ipv4=cidr,
                ip_protocol="tcp",
                from_port=args.port,
                to_port=args.port,
                description=args.description,
                opts=pulumi.ResourceOptions(parent=self),
            ).security_group_rule_id
            for key, cidr in args.ranges.items()
        }
        self.register_outputs({"rule_ids": self.rule_ids})


def check_port(field: str, port: int) -> None:
    """Refuse what is no TCP port."""
    if not 1 <= port <= 65535:
        raise ValueError(f"{field}: {port} is no TCP port; give a number from 1 to 65535")


def check_description(field: str, description: str) -> None:
    """Refuse what EC2 refuses as the description of a rule."""
    if not _DESCRIPTION.fullmatch(description):
        raise ValueError(
            f"{field}: {description!r} is no description that EC2 takes; "
            "use 1 to 255 letters, digits, spaces and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *"
        )


def check_cidr(field: str, cidr: str) -> None:
    """Refuse what is no IPv4 network in CIDR notation."""
    try:
        ipaddress.IPv4Network(cidr)
    except ValueError as error:
        raise ValueError(f"{field}: {cidr!r} is no IPv4 CIDR ({error}); write it as 10.0.0.0/16") from None
