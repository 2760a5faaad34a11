"""Ways from a VPC to AWS's APIs that cross neither NAT gateway nor internet.

Children: the gateway endpoints of S3 and DynamoDB; per chosen service an interface endpoint, all behind one security
group that takes port 443 from the VPC. Their policies let the account's own principals through, and nobody else's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components._iam import Statement, policy_document
from components.security import HTTPS_PORT, check_cidr

_SERVICE = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
# Their traffic goes through gateway endpoints, which are free and always there.
GATEWAY_SERVICES = ("s3", "dynamodb")
# Amazon ECS Developer Guide: endpoint policies are not supported for what its agent and API use.
_WITHOUT_POLICY = ("ecs", "ecs-agent", "ecs-telemetry")


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointsArgs:
    """Which APIs are reached from which subnets."""

    vpc_id: pulumi.Input[str]
    """VPC of the endpoints."""
    vpc_cidr: str
    """The VPC's addresses: who may use the interface endpoints."""
    region: str
    """Region of the VPC and of the services."""
    account_id: pulumi.Input[str]
    """Account whose principals may use the endpoints."""
    route_table_ids: Sequence[pulumi.Input[str]]
    """Route tables that send the traffic of S3 and DynamoDB to the gateway endpoints."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Zone -> subnet of the interface endpoints."""
    interface_services: Sequence[str] = ()
    """Services with an interface endpoint, such as ecr.api, ecr.dkr, logs, secretsmanager; default none."""

    def __post_init__(self) -> None:
        check_cidr("vpc_cidr", self.vpc_cidr)
        check_interface_services("interface_services", self.interface_services)


class Endpoints(pulumi.ComponentResource):
    """Endpoints of AWS services. Gateway endpoints are free; an interface endpoint is USD 7.30 a month and zone, and by
    traffic (us-east-1).

    The policies keep foreign credentials from carrying data out of the VPC. They grant nothing, and name no resources:
    what a task may do is its role's matter.
    """

    ids: list[pulumi.Output[str]]
    """Given out once they can be used."""

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:endpoints:Endpoints", name, None, opts)
        self.ids = [self._create_gateway(f"{name}-{service}", service, args).id for service in GATEWAY_SERVICES]
        if args.interface_services:
            group = self._create_security_group(name, args)
            for service in args.interface_services:
                self.ids.append(self._create_interface(f"{name}-{_child_name(service)}", service, args, group).id)
        self.register_outputs({})

    def _create_gateway(self, name: str, service: str, args: EndpointsArgs) -> ec2.VpcEndpoint:
        return ec2.VpcEndpoint(
            name,
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=args.route_table_ids,
            policy=_policy(service, args),
            tags={"Name": name},
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
            policy=None if service in _WITHOUT_POLICY else _policy(service, args),
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )


def _policy(service: str, args: EndpointsArgs) -> pulumi.Output[str]:
    """Who may send requests through an endpoint: the account, and AWS's services on its behalf."""

    def through(sid: str, conditions: Mapping[str, Mapping[str, pulumi.Input[str]]]) -> Statement:
        return Statement(actions=["*"], resources=["*"], principals={"*": "*"}, conditions=conditions, sid=sid)

    statements = [
        through("Account", {"StringEquals": {"aws:PrincipalAccount": args.account_id}}),
        through("AwsServices", {"Bool": {"aws:PrincipalIsAWSService": "true"}}),
    ]
    if service == "s3":
        # Image layers: ECR keeps them in a bucket of its own and signs the downloads as an account of its own.
        layers = f"arn:aws:s3:::prod-{args.region}-starport-layer-bucket/*"
        statements.append(
            Statement(actions=["s3:GetObject"], resources=[layers], principals={"*": "*"}, sid="ImageLayers")
        )
    return policy_document(statements)


def check_interface_services(field: str, services: Sequence[str]) -> None:
    """Refuse names of no service, services with a gateway endpoint, and duplicates."""
    for service in services:
        if service in GATEWAY_SERVICES:
            raise ValueError(f"{field}: {service} has a gateway endpoint, which is free; leave it out")
        if not _SERVICE.fullmatch(service):
            raise ValueError(f"{field}: {service!r} is no service's name; write it as ecr.api")
    if len({_child_name(service) for service in services}) < len(services):
        raise ValueError(f"{field}: {', '.join(services)} names a service twice; give each once")


def _child_name(service: str) -> str:
    return service.replace(".", "-")
