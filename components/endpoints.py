"""Ways from a VPC to AWS's APIs that cross neither NAT gateway nor internet.

Children: the gateway endpoint of S3; per chosen service an interface endpoint, all behind one security group that takes
port 443 from the VPC.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components.security import HTTPS_PORT, check_cidr

_SERVICE = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
# Their traffic goes through gateway endpoints, which are free; S3's is always there.
_GATEWAY_SERVICES = ("s3", "dynamodb")


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointsArgs:
    """Which APIs are reached from which subnets."""

    vpc_id: pulumi.Input[str]
    """VPC of the endpoints."""
    vpc_cidr: str
    """The VPC's addresses: who may use the interface endpoints."""
    region: str
    """Region of the VPC and of the services."""
    route_table_ids: Sequence[pulumi.Input[str]]
    """Route tables that send S3's traffic to its gateway endpoint."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Zone -> subnet of the interface endpoints."""
    interface_services: Sequence[str] = ()
    """Services with an interface endpoint, such as ecr.api, ecr.dkr, logs, secretsmanager; default none."""

    def __post_init__(self) -> None:
        check_cidr("vpc_cidr", self.vpc_cidr)
        check_interface_services("interface_services", self.interface_services)


class Endpoints(pulumi.ComponentResource):
    """Endpoints of AWS services. S3's is free, an interface endpoint USD 7.30 a month and zone, and by traffic."""

    ids: list[pulumi.Output[str]]
    """Given out once they can be used."""

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:endpoints:Endpoints", name, None, opts)
        self.ids = [self._create_s3(name, args).id]
        if args.interface_services:
            group = self._create_security_group(name, args)
            for service in args.interface_services:
                self.ids.append(self._create_interface(f"{name}-{_child_name(service)}", service, args, group).id)
        self.register_outputs({})

    def _create_s3(self, name: str, args: EndpointsArgs) -> ec2.VpcEndpoint:
        return ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=args.route_table_ids,
            tags={"Name": f"{name}-s3"},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_security_group(self, name: str, args: EndpointsArgs) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description="AWS APIs inside the VPC",
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        vpc.SecurityGroupIngressRule(
            f"{name}-https",
            security_group_id=group.id,
            cidr_ipv4=args.vpc_cidr,
            ip_protocol="tcp",
            from_port=HTTPS_PORT,
            to_port=HTTPS_PORT,
            description="AWS APIs, from anywhere in the VPC",
            opts=pulumi.ResourceOptions(parent=self),
        )
        return group

    def _create_interface(
        self, name: str, service: str, args: EndpointsArgs, group: ec2.SecurityGroup
    ) -> ec2.VpcEndpoint:
        return ec2.VpcEndpoint(
            name,
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.region}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=list(args.subnet_ids.values()),
            security_group_ids=[group.id],
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )


def check_interface_services(field: str, services: Sequence[str]) -> None:
    """Refuse names of no service, services with a gateway endpoint, and duplicates."""
    for service in services:
        if service in _GATEWAY_SERVICES:
            raise ValueError(f"{field}: {service} has a gateway endpoint, which is free; leave it out")
        if not _SERVICE.fullmatch(service):
            raise ValueError(f"{field}: {service!r} is no service's name; write it as ecr.api")
    if len({_child_name(service) for service in services}) < len(services):
        raise ValueError(f"{field}: {', '.join(services)} names a service twice; give each once")


def _child_name(service: str) -> str:
    return service.replace(".", "-")
