"""Endpoints of services, flow logs, peering."""

import json

from pulumi_aws import cloudwatch, ec2

from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, tags_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/delivery"


def _vpc(on: Where) -> ec2.Vpc:
    return ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us)


def test_a_gateway_endpoint(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        net = _vpc(on)
        table = ec2.RouteTable("private", vpc_id=net.id, opts=on.us)
        policy = json.dumps({"Version": "2012-10-17", "Statement": []})
        ec2.VpcEndpoint(
            "s3",
            vpc_id=net.id,
            service_name="com.amazonaws.us-east-1.s3",
            route_table_ids=[table.id],
            policy=policy,
            tags={"Name": "s3"},
            opts=on.us,
        )

    world = simulate(program)
    (endpoint,) = world.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    found = world.only("aws:ec2/vpcEndpoint:VpcEndpoint")
    assert (endpoint["VpcEndpointId"], endpoint["VpcEndpointType"]) == (found.id, "Gateway")
    assert endpoint["RouteTableIds"] == [world.only("aws:ec2/routeTable:RouteTable").id]
    assert json.loads(endpoint["PolicyDocument"])["Statement"] == []
    assert tags_of(endpoint["Tags"]) == {"Name": "s3", "owner": "tests"}
    assert found.outputs["prefixListId"].startswith("pl-")
    assert found.outputs["arn"] == f"arn:aws:ec2:{US}:{ACCOUNT}:vpc-endpoint/{found.id}"


def test_an_interface_endpoint(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        net = _vpc(on)
        subnet = ec2.Subnet("a", vpc_id=net.id, cidr_block="10.0.0.0/24", opts=on.us)
        group = ec2.SecurityGroup("logs", vpc_id=net.id, opts=on.us)
        for private in (True, False):
            ec2.VpcEndpoint(
                f"logs-{private}".lower(),
                vpc_id=net.id,
                service_name="com.amazonaws.us-east-1.logs",
                vpc_endpoint_type="Interface",
                private_dns_enabled=private or None,
                subnet_ids=[subnet.id],
                security_group_ids=[group.id],
                opts=on.us,
            )

    world = simulate(program)
    endpoints = {e["VpcEndpointId"]: e for e in world.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]}
    found = world.get("aws:ec2/vpcEndpoint:VpcEndpoint", "logs-true")
    endpoint = endpoints[found.id]
    assert endpoint["SubnetIds"] == [world.only("aws:ec2/subnet:Subnet").id]
    assert endpoint["Groups"][0]["GroupId"] == world.only("aws:ec2/securityGroup:SecurityGroup").id
    assert endpoint["PrivateDnsEnabled"] is True
    assert found.outputs["dnsEntries"][0]["dnsName"].endswith("logs.us-east-1.vpce.amazonaws.com")
    assert found.outputs["networkInterfaceIds"] == endpoint["NetworkInterfaceIds"]
    # The provider asks for no private name unless the program does.
    assert endpoints[world.get("aws:ec2/vpcEndpoint:VpcEndpoint", "logs-false").id]["PrivateDnsEnabled"] is False


def test_a_flow_log(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        group = cloudwatch.LogGroup("flows", opts=on.us)
        ec2.FlowLog(
            "flows",
            vpc_id=_vpc(on).id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=ROLE,
            max_aggregation_interval=60,
            opts=on.us,
        )

    world = simulate(program)
    (log,) = world.client("ec2").describe_flow_logs()["FlowLogs"]
    found = world.only("aws:ec2/flowLog:FlowLog")
    assert (log["FlowLogId"], log["ResourceId"]) == (found.id, world.only("aws:ec2/vpc:Vpc").id)
    assert log["LogDestination"] == world.only("aws:cloudwatch/logGroup:LogGroup").outputs["arn"]
    assert (log["TrafficType"], log["MaxAggregationInterval"]) == ("ALL", 60)
    assert (log["DeliverLogsPermissionArn"], log["DeliverLogsStatus"]) == (ROLE, "SUCCESS")
    assert found.outputs["arn"] == f"arn:aws:ec2:{US}:{ACCOUNT}:vpc-flow-log/{found.id}"


def test_peering_across_regions(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        here = _vpc(on)
        there = ec2.Vpc("there", cidr_block="10.1.0.0/16", opts=on.eu)
        peering = ec2.VpcPeeringConnection(
            "peering", vpc_id=here.id, peer_vpc_id=there.id, peer_region=EU, tags={"Name": "us"}, opts=on.us
        )
        ec2.VpcPeeringConnectionAccepter(
            "peering", vpc_peering_connection_id=peering.id, auto_accept=True, tags={"Name": "eu"}, opts=on.eu
        )
        table = ec2.RouteTable("private", vpc_id=here.id, opts=on.us)
        ec2.Route(
            "peering",
            route_table_id=table.id,
            destination_cidr_block="10.1.0.0/16",
            vpc_peering_connection_id=peering.id,
            opts=on.us,
        )

    world = simulate(program)
    (connection,) = world.client("ec2").describe_vpc_peering_connections()["VpcPeeringConnections"]
    found = world.only("aws:ec2/vpcPeeringConnection:VpcPeeringConnection")
    assert connection["VpcPeeringConnectionId"] == found.id
    assert connection["Status"]["Code"] == "active"
    assert connection["AccepterVpcInfo"]["Region"] == EU
    assert found.outputs["acceptStatus"] == "pending-acceptance"
    accepter = world.only("aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter")
    assert (accepter.id, accepter.outputs["acceptStatus"]) == (found.id, "active")


def test_peering_in_one_region(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        other = ec2.Vpc("other", cidr_block="10.1.0.0/16", opts=on.us)
        ec2.VpcPeeringConnection(
            "peering",
            vpc_id=_vpc(on).id,
            peer_vpc_id=other.id,
            auto_accept=True,
            accepter={"allow_remote_vpc_dns_resolution": True},
            opts=on.us,
        )

    world = simulate(program)
    (connection,) = world.client("ec2").describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert connection["Status"]["Code"] == "active"
    assert connection["AccepterVpcInfo"]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is True
    assert connection["RequesterVpcInfo"]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is False
    assert world.only("aws:ec2/vpcPeeringConnection:VpcPeeringConnection").outputs["acceptStatus"] == "active"


def test_what_is_refused(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        net = _vpc(on)
        ec2.VpcEndpoint("policy", vpc_id=net.id, service_name="com.amazonaws.us-east-1.s3", policy="{", opts=on.us)
        ec2.VpcEndpoint("elsewhere", vpc_id=net.id, service_name="com.amazonaws.eu-west-1.s3", opts=on.us)
        group = f"arn:aws:logs:{US}:{ACCOUNT}:log-group:flows"
        logs = {"vpc_id": net.id, "log_destination": group, "traffic_type": "ALL"}
        ec2.FlowLog("role", **logs, opts=on.us)
        ec2.FlowLog("interval", **logs, iam_role_arn=ROLE, max_aggregation_interval=300, opts=on.us)
        ec2.FlowLog("traffic", **(logs | {"traffic_type": "SOME"}), iam_role_arn=ROLE, opts=on.us)
        ec2.FlowLog("nothing", log_destination=group, iam_role_arn=ROLE, traffic_type="ALL", opts=on.us)
        there = ec2.Vpc("there", cidr_block="10.1.0.0/16", opts=on.eu)
        ec2.VpcPeeringConnection(
            "accept", vpc_id=net.id, peer_vpc_id=there.id, peer_region=EU, auto_accept=True, opts=on.us
        )

    simulate(program, fails=True).assert_refused(
        {
            "policy": "policy: not valid JSON",
            "elsewhere": "InvalidServiceName",
            "role": "DeliverLogsPermissionArn",
            "interval": "Flow Log Max Aggregation Interval",
            "traffic": "TrafficType: 'SOME' is not one of ACCEPT, REJECT, ALL",
            "nothing": "ResourceType: '' is not one of",
            "accept": "VpcPeeringConnectionAccepter",
        }
    )
