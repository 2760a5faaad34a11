"""The network ACL of the isolated subnets: a second lock on databases and caches, whatever their security groups say.

An ACL keeps no state, so each range is admitted in both directions, with the ports that answers come back to. Rules are
resources of their own and numbered by what they admit: one that comes or goes renumbers no other.
"""

from collections.abc import Mapping

import pulumi
from pulumi_aws import ec2

from components._cidr import range_number

# All that listens or connects there does so above the well-known ports: databases, their proxies, caches, and the
# clients' own ends of connections. DNS needs no rule: ACLs do not see the VPC's resolver.
FIRST_PORT, LAST_PORT = 1024, 65535

_OWN_RANGE, _PATH_MTU = 100, 200
"""Rule numbers; those of other ranges begin at 1000, and EC2 takes none above 32766."""
_OTHER_RANGES = 1000


def create_data_acl(
    name: str,
    vpc_id: pulumi.Input[str],
    cidr: str,
    subnet_ids: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
) -> ec2.NetworkAcl:
    """The ACL with its rules, and the subnets (name of the association -> subnet) under it."""
    child = pulumi.ResourceOptions(parent=parent)
    acl = ec2.NetworkAcl(name, vpc_id=vpc_id, tags={"Name": name}, opts=child)
    rules = admit(name, acl.id, cidr, _OWN_RANGE, child)
    rules.append(
        ec2.NetworkAclRule(
            f"{name}-path-mtu",
            network_acl_id=acl.id,
            rule_number=_PATH_MTU,
            rule_action="allow",
            egress=False,
            protocol="icmp",
            icmp_type=3,
            icmp_code=4,
            # "Too large" comes from any router of the path; without it large answers over a peering are lost, because
            # it carries smaller packets than a VPC. It opens no connection.
            cidr_block="0.0.0.0/0",
            opts=child,
        )
    )
    # The rules first: an ACL without any lets nothing pass.
    joined = pulumi.ResourceOptions(parent=parent, depends_on=rules)
    for association, subnet_id in subnet_ids.items():
        ec2.NetworkAclAssociation(association, network_acl_id=acl.id, subnet_id=subnet_id, opts=joined)
    return acl


def admit_range(name: str, acl_id: pulumi.Input[str], cidr: str, opts: pulumi.ResourceOptions) -> None:
    """Lets another network's range in, such as a peered one's."""
    admit(name, acl_id, cidr, _OTHER_RANGES + range_number(cidr), opts)


def admit(
    name: str, acl_id: pulumi.Input[str], cidr: str, number: int, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Both directions of a range's TCP connections."""
    return [
        ec2.NetworkAclRule(
            f"{name}-{direction}",
            network_acl_id=acl_id,
            rule_number=number,
            rule_action="allow",
            egress=direction == "out",
            protocol="tcp",
            from_port=FIRST_PORT,
            to_port=LAST_PORT,
            cidr_block=cidr,
            opts=opts,
        )
        for direction in ("in", "out")
    ]
