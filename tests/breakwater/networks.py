"""Networks made by hand: one VPC with a public and a private subnet, and what the tests put into it."""

from typing import Any

from breakwater.analysis.exposure import Direction, Exposure, exposure
from breakwater.graph import Resource
from tests.breakwater.graphs import graph, resource

GROUP, ACL = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/networkAcl:NetworkAcl"
TCP_ALL = {"protocol": "tcp", "from_port": 0, "to_port": 65535}


def made(type_: str, name: str, **inputs: Any) -> Resource:
    """A resource whose id is its name, with inputs as Python spells them."""
    kind = type_.rpartition(":")[2]
    return resource(type_, name, id=f"{kind}-{name}", inputs=camel(inputs), outputs={"region": "us-east-1"})


def camel(inputs: dict[str, Any]) -> dict[str, Any]:
    """Keys as the provider spells them."""

    def key(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(word.capitalize() for word in rest)

    return {key(name): value for name, value in inputs.items()}


def vpc(name: str = "net", cidr: str = "10.0.0.0/16") -> Resource:
    return made("aws:ec2/vpc:Vpc", name, cidr_block=cidr)


def subnet(name: str, cidr: str, network: str = "net", **more: Any) -> Resource:
    return made("aws:ec2/subnet:Subnet", name, vpc_id=f"Vpc-{network}", cidr_block=cidr, **more)


def table(name: str, *subnets: str, network: str = "net") -> list[Resource]:
    associations = [
        made(
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            subnet_name,
            subnet_id=f"Subnet-{subnet_name}",
            route_table_id=f"RouteTable-{name}",
        )
        for subnet_name in subnets
    ]
    return [made("aws:ec2/routeTable:RouteTable", name, vpc_id=f"Vpc-{network}"), *associations]


def route(name: str, table_name: str, to: str, **target: str) -> Resource:
    key = "destination_ipv6_cidr_block" if ":" in to else "destination_cidr_block"
    return made("aws:ec2/route:Route", name, route_table_id=f"RouteTable-{table_name}", **{key: to}, **target)


def group(name: str, network: str = "net", **inline: Any) -> Resource:
    return made(GROUP, name, vpc_id=f"Vpc-{network}", **inline)


def rule(name: str, of: str, ports: tuple[int, int] | int, *, out: bool = False, **peer: Any) -> Resource:
    """A rule for TCP: `group="x"`, or cidr_ipv4, cidr_ipv6, prefix_list_id."""
    first, last = ports if isinstance(ports, tuple) else (ports, ports)
    if "group" in peer:
        peer = {"referenced_security_group_id": f"SecurityGroup-{peer['group']}"}
    kind = "Egress" if out else "Ingress"
    return made(
        f"aws:vpc/securityGroup{kind}Rule:SecurityGroup{kind}Rule",
        name,
        security_group_id=f"SecurityGroup-{of}",
        ip_protocol="tcp",
        from_port=first,
        to_port=last,
        **peer,
    )


def acl(name: str, *subnets: str, network: str = "net") -> Resource:
    return made(ACL, name, vpc_id=f"Vpc-{network}", subnet_ids=[f"Subnet-{s}" for s in subnets])


def acl_rule(
    of: str, number: int, cidr: str, ports: tuple[int, int], *, out: bool = False, deny: bool = False
) -> Resource:
    return made(
        "aws:ec2/networkAclRule:NetworkAclRule",
        f"{of}-{'out' if out else 'in'}-{number}",
        network_acl_id=f"NetworkAcl-{of}",
        rule_number=number,
        egress=out,
        protocol="tcp",
        from_port=ports[0],
        to_port=ports[1],
        cidr_block=cidr,
        rule_action="deny" if deny else "allow",
    )


def instance(name: str, subnet_name: str, *groups: str, public: bool = False, **more: Any) -> Resource:
    return made(
        "aws:ec2/instance:Instance",
        name,
        subnet_id=f"Subnet-{subnet_name}",
        vpc_security_group_ids=[f"SecurityGroup-{g}" for g in groups],
        associate_public_ip_address=public,
        **more,
    )


PUBLIC, PRIVATE = "10.0.0.0/24", "10.0.1.0/24"
NETWORK = [
    vpc(),
    made("aws:ec2/internetGateway:InternetGateway", "gate", vpc_id="Vpc-net"),
    subnet("public", PUBLIC),
    subnet("private", PRIVATE),
    *table("public", "public"),
    *table("private", "private"),
    route("out", "public", "0.0.0.0/0", gateway_id="InternetGateway-gate"),
]
"""A subnet with a way to the internet and one without."""

PAIR = [
    *NETWORK,
    group("web"),
    group("store"),
    instance("web", "public", "web", public=True),
    instance("store", "private", "store"),
    rule("web-out", "web", 5432, out=True, group="store"),
    rule("store-in", "store", 5432, group="web"),
]
"""One in each, and an edge between their groups."""


def of(*resources: Resource) -> Exposure:
    """The exposure of a graph of these."""
    return exposure(graph(*resources))


def paths(*resources: Resource) -> set[tuple[str, str, str, tuple[str, ...]]]:
    """What is open for sure: source, target, ports, ranges."""
    return {(p.source, p.target, str(p.ports), p.ranges) for p in of(*resources).paths if not p.undecidable}


def inner(*resources: Resource) -> set[tuple[str, str, str]]:
    """What is open for sure between tiers: source, target, ports."""
    found = of(*resources).of(Direction.BETWEEN)
    return {(p.source, p.target, str(p.ports)) for p in found if not p.undecidable}


def perhaps(*resources: Resource) -> set[tuple[str, str, str, str]]:
    """What cannot be decided: source, target, ports, why."""
    return {(p.source, p.target, str(p.ports), p.undecidable) for p in of(*resources).paths if p.undecidable}


def without(resources: list[Resource], *names: str) -> list[Resource]:
    """All but those with these names or ids."""
    left = [r for r in resources if r.name not in names and r.id not in names]
    assert len(left) == len(resources) - len(names)
    return left


def why_dead(*resources: Resource) -> dict[str, str]:
    """Each rule without effect, and why."""
    return {remark.rule.name: remark.why for remark in of(*resources).remarks}
