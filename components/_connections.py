"""What tasks and functions open connections to, and the rule that lets them out."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import vpc

from components.security import SecurityGroupEdge, SecurityGroupEdgeArgs, check_cidr, check_port


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """A resource that is connected to: by its security group, or in another region by its network's range."""

    port: int
    """TCP port, 1 to 65535."""
    security_group_id: pulumi.Input[str] | None = None
    """Security group that takes the connection; default none: `cidr_ipv4` says where it is."""
    cidr_ipv4: str | None = None
    """Range of a peered network: rules cannot name a security group of another region. Default none."""

    def __post_init__(self) -> None:
        check_port("port", self.port)
        if (self.security_group_id is None) == (self.cidr_ipv4 is None):
            raise ValueError("security_group_id: give either this or cidr_ipv4")
        if self.cidr_ipv4 is not None:
            check_cidr("cidr_ipv4", self.cidr_ipv4)


def create_connection(
    name: str,
    source_security_group_id: pulumi.Input[str],
    connection: Connection,
    description: str,
    opts: pulumi.ResourceOptions | None,
) -> pulumi.Resource:
    """Both halves of an edge between two groups; of one into another region the half that is here."""
    if connection.security_group_id is None:
        return vpc.SecurityGroupEgressRule(
            name,
            security_group_id=source_security_group_id,
            cidr_ipv4=connection.cidr_ipv4,
            ip_protocol="tcp",
            from_port=connection.port,
            to_port=connection.port,
            description=description,
            opts=opts,
        )
    return SecurityGroupEdge(
        name,
        SecurityGroupEdgeArgs(
            source_security_group_id=source_security_group_id,
            target_security_group_id=connection.security_group_id,
            port=connection.port,
            description=description,
        ),
        opts=opts,
    )
