"""VPCs, subnets, gateways, addresses."""

import datetime
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._ec2 import filtered
from breakwater.simulator.handlers._store import backend, made_up, refuse, write


def _modify(operation: str, subject: str, attribute: str, name: str) -> Call:
    """A call that changes one boolean attribute, as the API demands, where the program gives it."""
    return Call(
        operation=operation,
        parameters=lambda c: {subject: c.id, attribute: {"Value": c.inputs[name]}},
        consumes=frozenset({name}),
        when=lambda c: name in c.inputs,
    )


def _vpc_outputs(c: Creation) -> dict[str, Any]:
    vpc = filtered("vpc-id", c.id)
    groups = c.call("ec2:DescribeSecurityGroups", vpc)["SecurityGroups"]
    tables = c.call("ec2:DescribeRouteTables", vpc)["RouteTables"]
    acls = c.call("ec2:DescribeNetworkAcls", vpc)["NetworkAcls"]
    ipv6 = c.answers[0]["Vpc"].get("Ipv6CidrBlockAssociationSet", [])
    return {
        "arn": c.arn("ec2", f"vpc/{c.id}"),
        "defaultSecurityGroupId": groups[0]["GroupId"],
        "defaultRouteTableId": tables[0]["RouteTableId"],
        "mainRouteTableId": tables[0]["RouteTableId"],
        "defaultNetworkAclId": acls[0]["NetworkAclId"],
    } | {
        name: block[member]
        for block in ipv6[:1]
        for name, member in (("ipv6AssociationId", "AssociationId"), ("ipv6CidrBlock", "Ipv6CidrBlock"))
    }


_VPC = Handler(
    type="aws:ec2/vpc:Vpc",
    calls=(
        Call(operation="ec2:CreateVpc", rename={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"}),
        _modify("ec2:ModifyVpcAttribute", "VpcId", "EnableDnsHostnames", "enableDnsHostnames"),
        _modify("ec2:ModifyVpcAttribute", "VpcId", "EnableDnsSupport", "enableDnsSupport"),
        _modify(
            "ec2:ModifyVpcAttribute", "VpcId", "EnableNetworkAddressUsageMetrics", "enableNetworkAddressUsageMetrics"
        ),
    ),
    id="Vpc.VpcId",
    result="Vpc",
    outputs=_vpc_outputs,
    tag_type="vpc",
)

_SUBNET_OPTIONS = {
    "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
    "enableDns64": "EnableDns64",
    "enableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecordOnLaunch",
    "enableResourceNameDnsAaaaRecordOnLaunch": "EnableResourceNameDnsAAAARecordOnLaunch",
    "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
}


def _subnet(c: Creation) -> dict[str, Any]:
    """moto takes any region's zones."""
    zones = [zone.name for zone in backend(c, "ec2").describe_availability_zones()]
    zone = c.inputs.get("availabilityZone")
    if zone is not None and zone not in zones:
        raise refuse(
            "ec2:CreateSubnet",
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
            f"following availability zones: {', '.join(zones)}.",
        )
    return {}


def _amend_subnet(c: Creation) -> None:
    """moto takes the first subnet of a zone for a default one, whose instances get public addresses."""
    backend(c, "ec2").get_subnet(c.id).map_public_ip_on_launch = c.inputs.get("mapPublicIpOnLaunch", False)


_SUBNET = Handler(
    type="aws:ec2/subnet:Subnet",
    calls=(
        Call(operation="ec2:CreateSubnet", parameters=_subnet),
        *(
            _modify("ec2:ModifySubnetAttribute", "SubnetId", attribute, name)
            for name, attribute in _SUBNET_OPTIONS.items()
        ),
        Call(
            operation="ec2:ModifySubnetAttribute",
            inputs=frozenset({"privateDnsHostnameTypeOnLaunch"}),
            parameters=lambda c: {"SubnetId": c.id},
            when=lambda c: "privateDnsHostnameTypeOnLaunch" in c.inputs,
        ),
    ),
    id="Subnet.SubnetId",
    result="Subnet",
    amend=_amend_subnet,
    outputs=lambda c: {
        "arn": c.arn("ec2", f"subnet/{c.id}"),
        "mapPublicIpOnLaunch": c.inputs.get("mapPublicIpOnLaunch", False),
    },
    tag_type="subnet",
)

_INTERNET_GATEWAY = Handler(
    type="aws:ec2/internetGateway:InternetGateway",
    calls=(
        Call(operation="ec2:CreateInternetGateway"),
        Call(
            operation="ec2:AttachInternetGateway",
            inputs=frozenset({"vpcId"}),
            parameters=lambda c: {"InternetGatewayId": c.id},
            when=lambda c: "vpcId" in c.inputs,
        ),
    ),
    id="InternetGateway.InternetGatewayId",
    result="InternetGateway",
    outputs=lambda c: {"arn": c.arn("ec2", f"internet-gateway/{c.id}")},
    tag_type="internet-gateway",
)

_EGRESS_ONLY_GATEWAY = Handler(
    type="aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
    calls=(Call(operation="ec2:CreateEgressOnlyInternetGateway"),),
    id="EgressOnlyInternetGateway.EgressOnlyInternetGatewayId",
    tag_type="egress-only-internet-gateway",
)


def _public_dns(address: str, region: str) -> str:
    suffix = "compute-1" if region == "us-east-1" else f"{region}.compute"
    return f"ec2-{address.replace('.', '-')}.{suffix}.amazonaws.com"


_EIP = Handler(
    type="aws:ec2/eip:Eip",
    calls=(
        Call(
            operation="ec2:AllocateAddress",
            parameters=lambda _: {"Domain": "vpc"},
            consumes=frozenset({"domain", "instance", "networkInterface", "associateWithPrivateIp"}),
        ),
        Call(
            operation="ec2:AssociateAddress",
            inputs=frozenset({"instance", "networkInterface", "associateWithPrivateIp"}),
            rename={
                "instance": "InstanceId",
                "networkInterface": "NetworkInterfaceId",
                "associateWithPrivateIp": "PrivateIpAddress",
            },
            parameters=lambda c: {"AllocationId": c.id},
            when=lambda c: "instance" in c.inputs or "networkInterface" in c.inputs,
        ),
    ),
    id="AllocationId",
    outputs=lambda c: {
        "allocationId": c.id,
        "arn": c.arn("ec2", f"elastic-ip/{c.id}"),
        "domain": "vpc",
        "publicIp": c.answers[0]["PublicIp"],
        "publicDns": _public_dns(c.answers[0]["PublicIp"], c.region),
        "associationId": c.answers[1].get("AssociationId", ""),
    },
    tag_type="elastic-ip",
)


def _is_zonal(c: Creation) -> bool:
    return bool(c.inputs.get("availabilityMode", "zonal") == "zonal")


def _nat_outputs(c: Creation) -> dict[str, Any]:
    if not _is_zonal(c):
        return {}
    address = c.answers[0]["NatGateway"]["NatGatewayAddresses"][0]
    return {
        "associationId": address.get("AssociationId", ""),
        "networkInterfaceId": address["NetworkInterfaceId"],
        "privateIp": address["PrivateIp"],
        "publicIp": address.get("PublicIp", ""),
    }


def _nat(c: Creation) -> dict[str, Any]:
    """What fails in AWS, and moto does not look at: a public gateway in a VPC without an internet gateway, and a
    regional one with what belongs to a zone's."""
    store, given = backend(c, "ec2"), c.inputs
    if not _is_zonal(c):
        wrong = [name for name in ("subnetId", "allocationId") if name in given]
        if wrong or "vpcId" not in given:
            raise refuse(
                "ec2:CreateNatGateway",
                "InvalidParameterCombination",
                f"a regional NAT gateway takes a VPC, and {' and '.join(wrong) or 'a subnet'} of a zonal one's only",
            )
    vpc = store.get_subnet(given["subnetId"]).vpc_id if "subnetId" in given else given.get("vpcId")
    public = given.get("connectivityType", "public") == "public"
    if public and not any(gateway.vpc and gateway.vpc.id == vpc for gateway in store.internet_gateways.values()):
        raise refuse("ec2:CreateNatGateway", "Gateway.NotAttached", f"Network {vpc} has no Internet gateway attached")
    return {}


def _amend_nat(c: Creation) -> None:
    """moto knows no gateway that spans the zones of a VPC: it is put in its store, so that routes can lead to it."""
    if _is_zonal(c):
        return
    from moto.ec2.models.nat_gateways import NatGateway

    store = backend(c, "ec2")
    gateway: Any = NatGateway.__new__(NatGateway)
    addresses = [
        {
            "AllocationId": allocation,
            "AvailabilityZone": zone.get("availabilityZone"),
            "PublicIp": store.address_by_allocation([allocation])[0].public_ip,
        }
        for zone in c.inputs.get("availabilityZoneAddresses", [])
        for allocation in zone["allocationIds"]
    ]
    manual = bool(addresses)
    write(
        gateway,
        id=c.id,
        ec2_backend=store,
        vpc_id=c.inputs["vpcId"],
        state="available",
        connectivity_type="public",
        availability_mode="regional",
        auto_provision_zones="disabled" if manual else "enabled",
        auto_scaling_ips="disabled" if manual else "enabled",
        address_set=addresses,
        _created_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    )
    gateway.add_tags(dict(c.tags))
    store.nat_gateways[c.id] = gateway


_NAT_GATEWAY = Handler(
    type="aws:ec2/natGateway:NatGateway",
    calls=(
        Call(
            operation="ec2:CreateNatGateway",
            rename={"privateIp": "PrivateIpAddress"},
            parameters=_nat,
            simulated=_is_zonal,
        ),
    ),
    id=lambda c: (
        c.answers[0]["NatGateway"]["NatGatewayId"] if _is_zonal(c) else "nat-" + made_up(c.urn, 17, "0123456789abcdef")
    ),
    amend=_amend_nat,
    outputs=_nat_outputs,
    tag_type="natgateway",
)


HANDLERS = (_VPC, _SUBNET, _INTERNET_GATEWAY, _EGRESS_ONLY_GATEWAY, _EIP, _NAT_GATEWAY)
