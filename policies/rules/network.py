"""Who may come in from the internet: a load balancer on 80 and 443, nobody else; every VPC is logged."""

from collections.abc import Iterable, Iterator, Sequence

from ._model import UNKNOWN, Properties, Resource, Rule, StackRule, block, items

_INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_VPC = "aws:ec2/vpc:Vpc"
_FLOW_LOG = "aws:ec2/flowLog:FlowLog"
_BALANCERS = frozenset({"aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"})

_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
_PUBLIC_PORTS = frozenset({80, 443})
# Properties by which everything but a balancer takes its security groups (RDS, proxy, ElastiCache and endpoints, ECS).
_WORKLOAD_GROUPS = ("vpcSecurityGroupIds", "securityGroupIds", "networkConfiguration")


def _openings(properties: Properties) -> Iterator[Properties]:
    """The ingress statements of a resource that are open to the world, whatever its type."""
    if properties.get("type") in ("egress", UNKNOWN):
        return
    for statement in (properties, *items(properties.get("ingress"))):
        ranges = [
            *items(block(statement, "cidrIpv4")),
            *items(block(statement, "cidrIpv6")),
            *items(block(statement, "cidrBlocks")),
            *items(block(statement, "ipv6CidrBlocks")),
        ]
        if _ANYWHERE.intersection(ranges):
            yield statement


def _open_ingress(properties: Properties) -> Iterable[str]:
    for statement in _openings(properties):
        protocol = statement.get("ipProtocol") or statement.get("protocol")
        first, last = statement.get("fromPort"), statement.get("toPort")
        if UNKNOWN in (protocol, first, last):
            continue
        if protocol not in ("tcp", "6") or first != last or first not in _PUBLIC_PORTS:
            ports = f"port {_port(first)}" if first == last else f"ports {_port(first)} to {_port(last)}"
            yield f"protocol {protocol}, {ports} is open to the whole internet"


def _port(value: float | None) -> str:
    return "any" if value is None else f"{value:g}"


def _public_subnet_addresses(properties: Properties) -> Iterable[str]:
    if properties.get("mapPublicIpOnLaunch") in (True, "true"):
        yield "mapPublicIpOnLaunch is true: whatever starts there gets a public address"


def _default_group(properties: Properties) -> Iterable[str]:
    for direction in ("ingress", "egress"):
        if items(properties.get(direction)):
            yield f"{direction} has rules"


def _open_only_on_balancers(resources: Sequence[Resource]) -> Iterable[tuple[str, str]]:
    on_balancers = frozenset[str]().union(*(r.refers("securityGroups") for r in resources if r.type in _BALANCERS))
    on_workloads = frozenset[str]().union(*(r.refers(*_WORKLOAD_GROUPS) for r in resources))
    for resource in resources:
        if resource.type == _GROUP:
            groups = frozenset({resource.urn})
        elif resource.type in (_INGRESS_RULE, _OLD_RULE):
            groups = resource.refers("securityGroupId")
        else:
            continue
        if not any(_openings(resource.properties)):
            continue
        if groups & on_workloads:
            yield resource.urn, "opens to the internet a security group that something other than a balancer uses"
        elif not groups & on_balancers:
            yield resource.urn, "opens to the internet a security group that no load balancer uses"


def _flow_logs(resources: Sequence[Resource]) -> Iterable[tuple[str, str]]:
    logged = frozenset[str]().union(
        *(
            r.refers("vpcId")
            for r in resources
            if r.type == _FLOW_LOG and r.properties.get("trafficType") in ("ALL", "REJECT", UNKNOWN)
        )
    )
    for resource in resources:
        if resource.type == _VPC and resource.urn not in logged:
            yield resource.urn, "no flow log records at least its rejected traffic"


def _default_groups_adopted(resources: Sequence[Resource]) -> Iterable[tuple[str, str]]:
    adopted = frozenset[str]().union(*(r.refers("vpcId") for r in resources if r.type == _DEFAULT_GROUP))
    for resource in resources:
        if resource.type == _VPC and resource.urn not in adopted:
            yield resource.urn, "its default security group is not adopted, so it keeps AWS's open rules"


RULES = (
    Rule(
        name="ingress-from-anywhere",
        description="Only TCP 80 and 443 are open to the whole internet.",
        remedy="Name the security group that may connect (SecurityGroupEdge) instead of 0.0.0.0/0 or ::/0.",
        controls=("EC2.18", "EC2.19"),
        types=frozenset({_INGRESS_RULE, _OLD_RULE, _GROUP, _DEFAULT_GROUP}),
        check=_open_ingress,
    ),
    StackRule(
        name="open-groups-on-balancers-only",
        description="A security group that is open to the internet belongs to a load balancer and to nothing else.",
        remedy="Put a load balancer in front, and admit its security group.",
        controls=("EC2.18",),
        check=_open_only_on_balancers,
    ),
    Rule(
        name="subnet-without-public-addresses",
        description="Subnets do not hand out public addresses, public subnets included.",
        remedy="Leave map_public_ip_on_launch off; balancers and NAT gateways bring their own addresses.",
        controls=("EC2.15",),
        types=frozenset({"aws:ec2/subnet:Subnet"}),
        check=_public_subnet_addresses,
    ),
    Rule(
        name="default-security-group-closed",
        description="The default security group of a VPC has no rules.",
        remedy="Adopt it without ingress and egress.",
        controls=("EC2.2",),
        types=frozenset({_DEFAULT_GROUP}),
        check=_default_group,
    ),
    StackRule(
        name="default-security-group-adopted",
        description="The default security group of every VPC is adopted, which empties it.",
        remedy="Declare ec2.DefaultSecurityGroup with the id of the VPC and no rules.",
        controls=("EC2.2",),
        check=_default_groups_adopted,
    ),
    StackRule(
        name="vpc-flow-logs",
        description="Every VPC has a flow log of at least the rejected traffic.",
        remedy="Declare ec2.FlowLog with the id of the VPC and traffic_type ALL.",
        controls=("EC2.6",),
        check=_flow_logs,
    ),
)
