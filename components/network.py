"""The network of one region: a VPC with public, private and isolated subnets in pinned zones, and its ways out.

Children: VPC, emptied default security group, internet gateway; per zone three subnets with their associations and a
private route table; a public and an isolated route table; NAT gateways with addresses and routes; endpoints; flow log;
alarms of the NAT gateways.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi
from pulumi_aws import ec2

from components._cidr import ZoneSubnets, subnet_plan
from components._nat_alarms import nat_alarms
from components.alarms import Alarms, AlarmsArgs, AlarmTarget
from components.endpoints import Endpoints, EndpointsArgs, check_interface_services
from components.flow_log import FlowLog, FlowLogArgs, check_retention

ANYWHERE_IPV4 = "0.0.0.0/0"

_ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+[a-z]")


class Nat(StrEnum):
    """How tasks in private subnets reach the internet and those AWS APIs that have no endpoint in the VPC."""

    NONE = "none"
    """Not at all: interface endpoints must cover every API that tasks call, image pulls and logs included."""
    SINGLE = "single"
    """One gateway for all zones: cheap, but its zone's failure cuts off the others, and their traffic crosses zones."""
    PER_ZONE = "per-zone"
    """One gateway in each zone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkArgs:
    """Where the network is and how it reaches the outside."""

    cidr: str
    """The VPC's addresses, a private IPv4 CIDR of /16 to /21; a change replaces everything."""
    zones: Mapping[str, int]
    """Zone name -> slot 0 to 7 of the VPC's addresses; never give a used slot to another zone. A new zone gets a new,
    higher slot: the single NAT gateway lives in the zone of the lowest one."""
    nat: Nat
    """How private subnets get out: none, single, per-zone."""
    kms_key_arn: pulumi.Input[str]
    """Key of the region; encrypts the flow logs."""
    account_id: pulumi.Input[str]
    """Account of the network; only its flow logs may use the delivery role."""
    alarms: AlarmTarget | None
    """Where the NAT gateways' alarms go; none: no alarms."""
    flow_log_retention_days: int = 30
    """Days that flow logs are kept, one of CloudWatch's choices; default 30."""
    interface_endpoints: Sequence[str] = ()
    """Services with an endpoint inside the VPC, such as ecr.api, ecr.dkr, logs, secretsmanager; default none."""

    def __post_init__(self) -> None:
        subnet_plan(self.cidr, self.zones)
        self._check_zones()
        if self.nat not in list(Nat):
            raise ValueError(f"nat: {self.nat!r} is not one of {', '.join(Nat)}")
        check_retention("flow_log_retention_days", self.flow_log_retention_days)
        check_interface_services("interface_endpoints", self.interface_endpoints)

    def _check_zones(self) -> None:
        for zone in self.zones:
            if not _ZONE.fullmatch(zone):
                raise ValueError(f"zones: {zone!r} is no availability zone's name; write it as us-east-1a")
        regions = sorted({_region(zone) for zone in self.zones})
        if len(regions) > 1:
            raise ValueError(f"zones: they lie in {' and '.join(regions)}; make one network per region")


class Network(pulumi.ComponentResource):
    """The VPC of one region.

    Leaves out network ACLs, IPv6 and peering. The VPC itself is free. A NAT gateway costs USD 36.50 a month with its
    address and USD 0.045 per GB (us-east-1); for endpoints and the flow log see there.

    A subnet's id is given out when its routes are in place, so that what is started in it finds its way out at once;
    without NAT gateway a private one's when the endpoints are.
    """

    vpc: ec2.Vpc
    vpc_id: pulumi.Output[str]
    cidr: str
    region: str
    zones: tuple[str, ...]
    """In the order of their slots."""
    public_subnet_ids: dict[str, pulumi.Output[str]]
    private_subnet_ids: dict[str, pulumi.Output[str]]
    isolated_subnet_ids: dict[str, pulumi.Output[str]]
    nat_public_ips: dict[str, pulumi.Output[str]]
    """Zone of the gateway -> the address that partners see."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:network:Network", name, None, opts)
        self._prefix, self._args = name, args
        plan = subnet_plan(args.cidr, args.zones)
        self.cidr, self.zones, self.region = args.cidr, tuple(plan), _region(next(iter(plan)))
        self.vpc = self._create_vpc()
        self.vpc_id = self.vpc.id
        gateway = self._create_internet_gateway()
        self.public_subnet_ids = self._create_public_subnets(plan, gateway)
        nats = self._create_nat_gateways(gateway)
        self.nat_public_ips = {zone: nat.public_ip for zone, nat in nats.items()}
        tables = {zone: self._create_route_table(f"private-{_letter(zone)}") for zone in plan}
        self.private_subnet_ids = self._create_private_subnets(plan, tables, nats)
        self.isolated_subnet_ids = self._create_isolated_subnets(plan)
        endpoints = self._create_endpoints(tables)
        if not nats:
            # The only ways out: what is started before they stand can neither pull its image nor write its log.
            self.private_subnet_ids = {zone: _after(id_, endpoints) for zone, id_ in self.private_subnet_ids.items()}
        self._create_flow_log()
        self._create_alarms(nats)
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "isolated_subnet_ids": self.isolated_subnet_ids,
                "nat_public_ips": self.nat_public_ips,
            }
        )

    def _child(self, depends_on: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on))

    def _tags(self, role: str) -> dict[str, str]:
        return {"Name": f"{self._prefix}-{role}"}

    def _create_vpc(self) -> ec2.Vpc:
        network = ec2.Vpc(
            self._prefix,
            cidr_block=self._args.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": self._prefix},
            opts=self._child(),
        )
        # AWS makes this group with rules that let its members reach each other and the world; adopting it with none
        # takes them away, so that whatever is started without a group of its own reaches nothing.
        ec2.DefaultSecurityGroup(
            f"{self._prefix}-default",
            vpc_id=network.id,
            ingress=[],
            egress=[],
            tags=self._tags("default"),
            opts=self._child(),
        )
        return network

    def _create_internet_gateway(self) -> ec2.InternetGateway:
        return ec2.InternetGateway(self._prefix, vpc_id=self.vpc_id, tags={"Name": self._prefix}, opts=self._child())

    def _create_public_subnets(
        self, plan: Mapping[str, ZoneSubnets], gateway: ec2.InternetGateway
    ) -> dict[str, pulumi.Output[str]]:
        table = self._create_route_table("public")
        route = ec2.Route(
            f"{self._prefix}-public-internet",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE_IPV4,
            gateway_id=gateway.id,
            opts=self._child(),
        )
        return {
            zone: self._create_subnet(f"public-{_letter(zone)}", zone, subnets.public, table, [route])
            for zone, subnets in plan.items()
        }

    def _create_nat_gateways(self, gateway: ec2.InternetGateway) -> dict[str, ec2.NatGateway]:
        return {zone: self._create_nat_gateway(zone, gateway) for zone in _nat_zones(self._args.nat, self.zones)}

    def _create_nat_gateway(self, zone: str, gateway: ec2.InternetGateway) -> ec2.NatGateway:
        role = f"nat-{_letter(zone)}"
        # Neither works before the VPC has its internet gateway, which nothing in their inputs says.
        opts = self._child(depends_on=[gateway])
        address = ec2.Eip(f"{self._prefix}-{role}", domain="vpc", tags=self._tags(role), opts=opts)
        return ec2.NatGateway(
            f"{self._prefix}-{role}",
            subnet_id=self.public_subnet_ids[zone],
            allocation_id=address.id,
            connectivity_type="public",
            tags=self._tags(role),
            opts=opts,
        )

    def _create_private_subnets(
        self,
        plan: Mapping[str, ZoneSubnets],
        tables: Mapping[str, ec2.RouteTable],
        nats: Mapping[str, ec2.NatGateway],
    ) -> dict[str, pulumi.Output[str]]:
        """A table per zone even with one NAT gateway or none: another NAT mode then changes routes, nothing else."""
        routes = self._create_nat_routes(tables, nats)
        return {
            zone: self._create_subnet(f"private-{_letter(zone)}", zone, subnets.private, tables[zone], routes[zone])
            for zone, subnets in plan.items()
        }

    def _create_nat_routes(
        self, tables: Mapping[str, ec2.RouteTable], nats: Mapping[str, ec2.NatGateway]
    ) -> dict[str, list[ec2.Route]]:
        routes: dict[str, list[ec2.Route]] = {zone: [] for zone in tables}
        for zone, table in tables.items() if nats else ():
            nat = nats[zone] if zone in nats else next(iter(nats.values()))
            route = ec2.Route(
                f"{self._prefix}-private-{_letter(zone)}-nat",
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE_IPV4,
                nat_gateway_id=nat.id,
                opts=self._child(),
            )
            routes[zone].append(route)
        return routes

    def _create_isolated_subnets(self, plan: Mapping[str, ZoneSubnets]) -> dict[str, pulumi.Output[str]]:
        table = self._create_route_table("isolated")
        return {
            zone: self._create_subnet(f"isolated-{_letter(zone)}", zone, subnets.isolated, table, [])
            for zone, subnets in plan.items()
        }

    def _create_route_table(self, role: str) -> ec2.RouteTable:
        return ec2.RouteTable(f"{self._prefix}-{role}", vpc_id=self.vpc_id, tags=self._tags(role), opts=self._child())

    def _create_subnet(
        self, role: str, zone: str, cidr: str, table: ec2.RouteTable, routes: Sequence[ec2.Route]
    ) -> pulumi.Output[str]:
        subnet = ec2.Subnet(
            f"{self._prefix}-{role}",
            vpc_id=self.vpc_id,
            availability_zone=zone,
            cidr_block=cidr,
            # Public subnets too: what needs a public address there (balancer, NAT gateway) gets it by itself.
            map_public_ip_on_launch=False,
            tags=self._tags(role),
            opts=self._child(),
        )
        association = ec2.RouteTableAssociation(
            f"{self._prefix}-{role}", subnet_id=subnet.id, route_table_id=table.id, opts=self._child(depends_on=routes)
        )
        return pulumi.Output.all(subnet.id, association.id).apply(lambda ids: ids[0])

    def _create_endpoints(self, tables: Mapping[str, ec2.RouteTable]) -> Endpoints:
        return Endpoints(
            f"{self._prefix}-endpoints",
            EndpointsArgs(
                vpc_id=self.vpc_id,
                vpc_cidr=self.cidr,
                region=self.region,
                # Not the isolated table: it stays without any route out.
                route_table_ids=[table.id for table in tables.values()],
                subnet_ids=self.private_subnet_ids,
                interface_services=self._args.interface_endpoints,
            ),
            opts=self._child(),
        )

    def _create_flow_log(self) -> None:
        FlowLog(
            f"{self._prefix}-flow-log",
            FlowLogArgs(
                vpc_id=self.vpc_id,
                region=self.region,
                account_id=self._args.account_id,
                kms_key_arn=self._args.kms_key_arn,
                retention_days=self._args.flow_log_retention_days,
            ),
            opts=self._child(),
        )

    def _create_alarms(self, nats: Mapping[str, ec2.NatGateway]) -> None:
        if self._args.alarms is None or not nats:
            return
        definitions = [d for zone, nat in nats.items() for d in nat_alarms(_letter(zone), nat.id)]
        Alarms(
            f"{self._prefix}-alarms",
            AlarmsArgs(target=self._args.alarms, definitions=definitions),
            opts=self._child(),
        )


def _after(subnet_id: pulumi.Output[str], endpoints: Endpoints) -> pulumi.Output[str]:
    return pulumi.Output.all(subnet_id, *endpoints.ids).apply(lambda ids: ids[0])


def _nat_zones(nat: Nat, zones: Sequence[str]) -> Sequence[str]:
    """The zones that get a gateway; `zones` is in the order of the slots."""
    return {Nat.NONE: (), Nat.SINGLE: zones[:1], Nat.PER_ZONE: zones}[nat]


def _region(zone: str) -> str:
    return zone[:-1]


def _letter(zone: str) -> str:
    return zone[-1]
