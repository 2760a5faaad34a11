"""A network as its tests use it, and the types of its children."""

from typing import Any

from components.alarms import AlarmTarget
from components.network import Nat, Network, NetworkArgs
from tests.support.recorder import Recording, record

ACL = "aws:ec2/networkAcl:NetworkAcl"
ACL_ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
DEFAULT_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"
EGRESS_ONLY = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
EIP = "aws:ec2/eip:Eip"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
NAT = "aws:ec2/natGateway:NatGateway"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"

ZONES = {"us-east-1a": 0, "us-east-1b": 1, "us-east-1c": 2}
TARGET = AlarmTarget(topic_arn="arn:aws:sns:us-east-1:111122223333:alarms", runbooks_url="https://example.com/runbooks")


def args(**changes: Any) -> NetworkArgs:
    arguments: dict[str, Any] = {
        "cidr": "10.0.0.0/16",
        "zones": ZONES,
        "nat": Nat.PER_ZONE,
        "kms_key_arn": "arn:aws:kms:us-east-1:111122223333:key/mrk-1",
        "account_id": "111122223333",
        "alarms": None,
    }
    return NetworkArgs(**(arguments | changes))


def recorded(*, preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: Network("net", args(**changes)), preview=preview)


def identities(recording: Recording) -> dict[str, dict[str, Any]]:
    """URN -> inputs."""
    return {r.urn: r.inputs for r in recording.resources}


def names(urns: Any) -> list[str]:
    """The logical names in URNs, sorted."""
    return sorted(urn.rsplit("::", 1)[1] for urn in urns)
