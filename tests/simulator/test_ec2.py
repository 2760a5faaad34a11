"""VPCs, subnets, gateways, addresses, routes."""

from typing import Any

from pulumi_aws import ec2

from tests.simulator.support import ACCOUNT, US, Simulate, Where, tags_of


def _vpc(on: Where, **more: Any) -> ec2.Vpc:
    return ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us, **more)


def _subnet(on: Where, vpc: ec2.Vpc, name: str = "a", cidr: str = "10.0.0.0/24", **more: Any) -> ec2.Subnet:
    return ec2.Subnet(name, vpc_id=vpc.id, cidr_block=cidr, availability_zone="us-east-1a", opts=on.us, **more)


def test_a_vpc(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        _vpc(on, enable_dns_hostnames=True, enable_dns_support=True, tags={"Name": "net"})

    world = simulate(program)
    found = world.only("aws:ec2/vpc:Vpc")
    client = world.client("ec2")
    (vpc,) = client.describe_vpcs()["Vpcs"]
    assert (vpc["VpcId"], vpc["CidrBlock"]) == (found.id, "10.0.0.0/16")
    assert tags_of(vpc["Tags"]) == {"Name": "net", "owner": "tests"}
    attribute = client.describe_vpc_attribute(VpcId=found.id, Attribute="enableDnsHostnames")
    assert attribute["EnableDnsHostnames"]["Value"] is True
    assert found.outputs["arn"] == f"arn:aws:ec2:{US}:{ACCOUNT}:vpc/{found.id}"
    groups = client.describe_security_groups()["SecurityGroups"]
    assert [g["GroupId"] for g in groups] == [found.outputs["defaultSecurityGroupId"]]
    tables = client.describe_route_tables()["RouteTables"]
    assert [t["RouteTableId"] for t in tables] == [found.outputs["mainRouteTableId"]]
    assert found.outputs["defaultNetworkAclId"].startswith("acl-")
    assert "ipv6CidrBlock" not in found.outputs


def test_a_vpc_with_ipv6_and_its_egress_only_gateway(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        vpc = _vpc(on, assign_generated_ipv6_cidr_block=True)
        gateway = ec2.EgressOnlyInternetGateway("out", vpc_id=vpc.id, opts=on.us)
        table = ec2.RouteTable("private", vpc_id=vpc.id, opts=on.us)
        ec2.Route(
            "out",
            route_table_id=table.id,
            destination_ipv6_cidr_block="::/0",
            egress_only_gateway_id=gateway.id,
            opts=on.us,
        )

    world = simulate(program)
    assert world.only("aws:ec2/vpc:Vpc").outputs["ipv6CidrBlock"].endswith("::/56")
    assert world.only("aws:ec2/vpc:Vpc").outputs["ipv6AssociationId"].startswith("vpc-cidr-assoc-")
    gateway = world.only("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway")
    assert gateway.id.startswith("eigw-")
    tables = world.client("ec2").describe_route_tables(RouteTableIds=[world.only("aws:ec2/routeTable:RouteTable").id])[
        "RouteTables"
    ]
    assert gateway.id in [r.get("EgressOnlyInternetGatewayId") for r in tables[0]["Routes"]]


def test_a_subnet(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        _subnet(on, _vpc(on), map_public_ip_on_launch=True, tags={"Name": "a"})

    world = simulate(program)
    (subnet,) = world.client("ec2").describe_subnets()["Subnets"]
    found = world.only("aws:ec2/subnet:Subnet")
    assert (subnet["SubnetId"], subnet["AvailabilityZone"]) == (found.id, "us-east-1a")
    assert subnet["MapPublicIpOnLaunch"] is True
    assert tags_of(subnet["Tags"]) == {"Name": "a", "owner": "tests"}
    assert found.outputs["arn"] == f"arn:aws:ec2:{US}:{ACCOUNT}:subnet/{found.id}"
    assert found.outputs["availabilityZoneId"].startswith("use1-az")


def test_a_way_out_over_nat(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        vpc = _vpc(on)
        gateway = ec2.InternetGateway("net", vpc_id=vpc.id, tags={"Name": "net"}, opts=on.us)
        public = _subnet(on, vpc)
        private = _subnet(on, vpc, "b", "10.0.1.0/24")
        address = ec2.Eip("nat", domain="vpc", opts=on.us)
        nat = ec2.NatGateway("nat", subnet_id=public.id, allocation_id=address.id, tags={"Name": "nat"}, opts=on.us)
        table = ec2.RouteTable("private", vpc_id=vpc.id, tags={"Name": "private"}, opts=on.us)
        everywhere = {"route_table_id": table.id, "destination_cidr_block": "0.0.0.0/0"}
        ec2.Route("private", **everywhere, nat_gateway_id=nat.id, opts=on.us)
        ec2.RouteTableAssociation("private", subnet_id=private.id, route_table_id=table.id, opts=on.us)
        outside = {"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}
        ec2.RouteTable("public", vpc_id=vpc.id, routes=[outside], opts=on.us)

    world = simulate(program)
    client = world.client("ec2")
    (gateway,) = client.describe_internet_gateways()["InternetGateways"]
    assert gateway["Attachments"][0]["VpcId"] == world.only("aws:ec2/vpc:Vpc").id
    (nat,) = client.describe_nat_gateways()["NatGateways"]
    found = world.only("aws:ec2/natGateway:NatGateway")
    assert nat["NatGatewayId"] == found.id
    assert nat["NatGatewayAddresses"][0]["AllocationId"] == world.only("aws:ec2/eip:Eip").id
    assert tags_of(nat["Tags"])["Name"] == "nat"
    address = world.only("aws:ec2/eip:Eip").outputs
    assert found.outputs["publicIp"] == address["publicIp"] == nat["NatGatewayAddresses"][0]["PublicIp"]
    assert address["publicDns"] == f"ec2-{address['publicIp'].replace('.', '-')}.compute-1.amazonaws.com"
    private, public = (
        world.get("aws:ec2/routeTable:RouteTable", "private"),
        world.get("aws:ec2/routeTable:RouteTable", "public"),
    )
    route = world.only("aws:ec2/route:Route")
    assert route.id == f"r-{private.id}1080289494"  # the provider's documented hash of 0.0.0.0/0
    assert (route.outputs["state"], route.outputs["origin"]) == ("active", "CreateRoute")
    tables = {t["RouteTableId"]: t for t in client.describe_route_tables()["RouteTables"]}
    assert [r["NatGatewayId"] for r in tables[private.id]["Routes"] if "NatGatewayId" in r] == [found.id]
    association = world.only("aws:ec2/routeTableAssociation:RouteTableAssociation")
    assert tables[private.id]["Associations"][0]["RouteTableAssociationId"] == association.id
    assert gateway["InternetGatewayId"] in [r.get("GatewayId") for r in tables[public.id]["Routes"]]


def test_a_nat_gateway_for_all_zones(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        vpc = _vpc(on)
        gateway = ec2.InternetGateway("net", vpc_id=vpc.id, opts=on.us)
        ec2.NatGateway("nat", vpc_id=vpc.id, availability_mode="regional", opts=on.after(on.us, gateway))

    assert simulate(program).only("aws:ec2/natGateway:NatGateway").id.startswith("nat-")


def test_the_default_route_table_is_adopted_and_emptied(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        vpc = _vpc(on)
        ec2.DefaultRouteTable(
            "main", default_route_table_id=vpc.default_route_table_id, tags={"Name": "main"}, opts=on.us
        )

    world = simulate(program)
    (table,) = world.client("ec2").describe_route_tables()["RouteTables"]
    found = world.only("aws:ec2/defaultRouteTable:DefaultRouteTable")
    assert found.id == table["RouteTableId"]
    assert found.outputs["vpcId"] == table["VpcId"]
    assert tags_of(table["Tags"]) == {"Name": "main", "owner": "tests"}


def test_a_subnet_has_one_route_table(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        vpc = _vpc(on)
        subnet = _subnet(on, vpc)
        for name in ("one", "two"):
            table = ec2.RouteTable(name, vpc_id=vpc.id, opts=on.us)
            ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id, opts=on.us)

    assert "Resource.AlreadyAssociated" in simulate(program, fails=True).reasons()["two"]


def test_what_is_refused(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        vpc = _vpc(on)
        opts = on.us
        ec2.Vpc("large", cidr_block="10.0.0.0/8", opts=opts)
        ec2.Vpc("tenancy", cidr_block="10.0.0.0/16", instance_tenancy="shared", opts=opts)
        ec2.Subnet("outside", vpc_id=vpc.id, cidr_block="10.1.0.0/24", opts=opts)
        ec2.Subnet("zone", vpc_id=vpc.id, cidr_block="10.0.9.0/24", availability_zone="eu-west-1a", opts=opts)
        address = ec2.Eip("address", domain="vpc", opts=opts)
        ec2.NatGateway("nat", subnet_id=_subnet(on, vpc).id, allocation_id=address.id, opts=opts)
        gateway = ec2.InternetGateway("gateway", opts=opts)
        everywhere = {"route_table_id": vpc.main_route_table_id, "destination_cidr_block": "0.0.0.0/0"}
        ec2.Route("elsewhere", **everywhere, gateway_id=gateway.id, opts=opts)
        ec2.Route("nowhere", **everywhere, nat_gateway_id="nat-00000000000000000", opts=opts)

    simulate(program, fails=True).assert_refused(
        {
            "large": "InvalidVpc.Range",
            "tenancy": "InstanceTenancy: 'shared' is not one of default, dedicated, host",
            "outside": "InvalidSubnet.Range",
            "zone": "Value (eu-west-1a) for parameter availabilityZone is invalid",
            "nat": "Gateway.NotAttached",
            "elsewhere": "belong to different networks",
            "nowhere": "InvalidNatGatewayID.NotFound",
        }
    )
