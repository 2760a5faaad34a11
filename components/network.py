"""The network of one region: a VPC with public, private and isolated subnets in pinned zones, and its ways out.

Children: VPC, emptied default security group and default route table, internet gateway; per zone three subnets with
their associations and a private route table; a public and an isolated route table; NAT gateways with addresses and
routes; with IPv6 an egress-only gateway and routes; the ACL of the isolated subnets; endpoints; flow log; alarms of the
NAT gateways.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components._cidr import Tier, subnet_plan
from components._data_acl import create_data_acl
from components._nat import Nat, NatGateways, create_nat_gateways
from components._nat_alarms import nat_alarms
from components._subnets import CreatedSubnet, SubnetPlace, create_subnet
from components.alarms import Alarms, AlarmsArgs, AlarmTarget
from components.endpoints import Endpoints, EndpointsArgs, check_interface_services
from components.flow_log import FlowLog, FlowLogArgs, check_retention

__all__ = ["Nat", "Network", "NetworkArgs"]

ANYWHERE_IPV4, ANYWHERE_IPV6 = "0.0.0.0/0", "::/0"

_ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+[a-z]")


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkArgs:
    """Where the network is and how it reaches the outside."""

    cidr: str
    """The VPC's addresses, a private IPv4 CIDR of /16 to /21; a change replaces everything."""
    zones: Mapping[str, int]
    """Zone name -> slot 0 to 7 of the VPC's addresses; never give a used slot to another zone. A new zone gets a new,
    higher slot: the single NAT gateway lives in the zone of the lowest one."""
    nat: Nat
    """How private subnets get out over IPv4: none, single, per-zone, regional."""
    kms_key_arn: pulumi.Input[str]
    """Key of the region; encrypts the flow logs."""
    account_id: pulumi.Input[str]
    """Account of the network: only its principals may use the endpoints, only its flow logs the delivery role."""
    alarms: AlarmTarget | None
    """Where the NAT gateways' alarms go; none: no alarms."""
    flow_log_retention_days: int = 30
    """Days that flow logs are kept, one of CloudWatch's choices; default 30."""
    interface_endpoints: Sequence[str] = ()
    """Services with an endpoint inside the VPC, such as ecr.api, ecr.dkr, logs, secretsmanager; default none."""
    ipv6: bool = False
    """Whether public and private subnets have IPv6 too, a /64 each of a /56 that AWS gives; default no. Tasks get an
    address only where the account's ECS setting dualStackIPv6 is on."""

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

    The VPC itself is free, and so are IPv6, the ACL and the gateway endpoints. A NAT gateway costs USD 36.50 a month
    with its address and USD 0.045 per GB (us-east-1), a regional one as much for each zone it stands in; for interface
    endpoints and the flow log see there.

    Leaves out ACLs of public and private subnets, where security groups decide, IPv6 in isolated ones, whose databases
    and caches speak IPv4, and peering, which is a component of its own.

    A subnet's id is given out when its routes are in place, so that what is started in it finds its way out at once;
    without NAT gateway a private one's when the endpoints are; an isolated one's, which has no way out, at once.
    """

    vpc: ec2.Vpc
    vpc_id: pulumi.Output[str]
    cidr: str
    region: str
    zones: tuple[str, ...]
    """In the order of their slots."""
    ipv6: bool
    """Whether public and private subnets have IPv6."""
    ipv6_cidr: pulumi.Output[str] | None
    """The /56 that AWS has given the VPC; none without IPv6."""
    public_subnet_ids: dict[str, pulumi.Output[str]]
    private_subnet_ids: dict[str, pulumi.Output[str]]
    isolated_subnet_ids: dict[str, pulumi.Output[str]]
    private_cidrs: dict[str, str]
    """Zone -> range in which its tasks have their addresses, for rules of other networks."""
    inner_route_table_ids: dict[str, pulumi.Output[str]]
    """`private-a`, …, `isolated` -> route table: where routes to other networks go."""
    isolated_acl_id: pulumi.Output[str]
    """Network ACL of the isolated subnets; it admits the VPC's own range only."""
    nat_public_ips: dict[str, pulumi.Output[str]]
    """Zone of the address -> address that partners see."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:network:Network", name, None, opts)
        self._prefix, self._args = name, args
        self._plan = subnet_plan(args.cidr, args.zones)
        self.cidr, self.zones, self.region = args.cidr, tuple(self._plan), _region(next(iter(self._plan)))
        self.ipv6 = args.ipv6
        self.private_cidrs = {zone: subnets.private for zone, subnets in self._plan.items()}
        self.vpc = self._create_vpc()
        self.vpc_id = self.vpc.id
        self.ipv6_cidr = self.vpc.ipv6_cidr_block if args.ipv6 else None
        gateway = self._create_internet_gateway()
        self.public_subnet_ids = self._create_public_subnets(gateway)
        nats = create_nat_gateways(name, args.nat, self.public_subnet_ids, gateway, self)
        self.nat_public_ips = nats.public_ips
        tables = {zone: self._create_route_table(f"private-{_letter(zone)}") for zone in self.zones}
        private = self._create_private_subnets(tables, nats)
        self.private_subnet_ids = _with_routes(private)
        isolated = self._create_route_table("isolated")
        self.isolated_subnet_ids = _ids(self._create_subnets(Tier.ISOLATED, dict.fromkeys(self.zones, isolated), {}))
        self.isolated_acl_id = self._create_isolated_acl()
        self.inner_route_table_ids = {f"private-{_letter(zone)}": table.id for zone, table in tables.items()}
        self.inner_route_table_ids["isolated"] = isolated.id
        endpoints = self._create_endpoints(tables, _ids(private))
        if not nats.gateways:
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
            assign_generated_ipv6_cidr_block=True if self.ipv6 else None,
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
        # The table of a subnet that nobody gave one: no route that is added to it by hand stays.
        ec2.DefaultRouteTable(
            f"{self._prefix}-default",
            default_route_table_id=network.default_route_table_id,
            routes=[],
            tags=self._tags("default"),
            opts=self._child(),
        )
        return network

    def _create_internet_gateway(self) -> ec2.InternetGateway:
        return ec2.InternetGateway(self._prefix, vpc_id=self.vpc_id, tags={"Name": self._prefix}, opts=self._child())

    def _create_public_subnets(self, gateway: ec2.InternetGateway) -> dict[str, pulumi.Output[str]]:
        table = self._create_route_table("public")
        routes = [self._create_route("public-internet", table, ANYWHERE_IPV4, gateway_id=gateway.id)]
        if self.ipv6:
            routes.append(self._create_route("public-internet-ipv6", table, ANYWHERE_IPV6, gateway_id=gateway.id))
        tables, ways = dict.fromkeys(self.zones, table), dict.fromkeys(self.zones, routes)
        return _with_routes(self._create_subnets(Tier.PUBLIC, tables, ways, ipv6=self.ipv6))

    def _create_private_subnets(
        self, tables: Mapping[str, ec2.RouteTable], nats: NatGateways
    ) -> dict[str, CreatedSubnet]:
        """A table per zone even with one NAT gateway or none: another NAT mode then changes routes, nothing else."""
        routes: dict[str, list[ec2.Route]] = {zone: [] for zone in self.zones}
        for zone, nat in nats.by_zone.items():
            role = f"private-{_letter(zone)}-nat"
            routes[zone].append(self._create_route(role, tables[zone], ANYWHERE_IPV4, nat_gateway_id=nat.id))
        if self.ipv6:
            out = ec2.EgressOnlyInternetGateway(
                self._prefix, vpc_id=self.vpc_id, tags={"Name": self._prefix}, opts=self._child()
            )
            for zone, table in tables.items():
                role = f"private-{_letter(zone)}-ipv6"
                routes[zone].append(self._create_route(role, table, ANYWHERE_IPV6, egress_only_gateway_id=out.id))
        return self._create_subnets(Tier.PRIVATE, tables, routes, ipv6=self.ipv6)

    def _create_route_table(self, role: str) -> ec2.RouteTable:
        return ec2.RouteTable(f"{self._prefix}-{role}", vpc_id=self.vpc_id, tags=self._tags(role), opts=self._child())

    def _create_route(
        self, role: str, table: ec2.RouteTable, destination: str, **target: pulumi.Input[str]
    ) -> ec2.Route:
        family = {"destination_ipv6_cidr_block" if ":" in destination else "destination_cidr_block": destination}
        return ec2.Route(f"{self._prefix}-{role}", route_table_id=table.id, **family, **target, opts=self._child())

    def _create_subnets(
        self,
        tier: Tier,
        tables: Mapping[str, ec2.RouteTable],
        routes: Mapping[str, Sequence[ec2.Route]],
        *,
        ipv6: bool = False,
    ) -> dict[str, CreatedSubnet]:
        found: dict[str, CreatedSubnet] = {}
        for zone, subnets in self._plan.items():
            place = SubnetPlace(tier=tier, zone=zone, slot=self._args.zones[zone], cidr=getattr(subnets, tier))
            name, ways = f"{self._prefix}-{place.role}", routes.get(zone, ())
            found[zone] = create_subnet(name, place, self.vpc, tables[zone], ways, self, ipv6=ipv6)
        return found

    def _create_isolated_acl(self) -> pulumi.Output[str]:
        subnets = {f"{self._prefix}-isolated-{_letter(zone)}": id_ for zone, id_ in self.isolated_subnet_ids.items()}
        return create_data_acl(f"{self._prefix}-isolated", self.vpc_id, self.cidr, subnets, self).id

    def _create_endpoints(
        self, tables: Mapping[str, ec2.RouteTable], subnet_ids: Mapping[str, pulumi.Output[str]]
    ) -> Endpoints:
        return Endpoints(
            f"{self._prefix}-endpoints",
            EndpointsArgs(
                vpc_id=self.vpc_id,
                vpc_cidr=self.cidr,
                region=self.region,
                account_id=self._args.account_id,
                # Not the isolated table: it stays without any route out.
                route_table_ids=[table.id for table in tables.values()],
                subnet_ids=subnet_ids,
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

    def _create_alarms(self, nats: NatGateways) -> None:
        if self._args.alarms is None or not nats.gateways:
            return
        definitions = [d for key, nat in nats.gateways.items() for d in nat_alarms(key, nat.id)]
        Alarms(
            f"{self._prefix}-alarms",
            AlarmsArgs(target=self._args.alarms, definitions=definitions),
            opts=self._child(),
        )


def _ids(subnets: Mapping[str, CreatedSubnet]) -> dict[str, pulumi.Output[str]]:
    return {zone: subnet.id for zone, subnet in subnets.items()}


def _with_routes(subnets: Mapping[str, CreatedSubnet]) -> dict[str, pulumi.Output[str]]:
    return {zone: subnet.id_with_routes for zone, subnet in subnets.items()}


def _after(subnet_id: pulumi.Output[str], endpoints: Endpoints) -> pulumi.Output[str]:
    return pulumi.Output.all(subnet_id, *endpoints.ids).apply(lambda ids: ids[0])


def _region(zone: str) -> str:
    return zone[:-1]


def _letter(zone: str) -> str:
    return zone[-1]
