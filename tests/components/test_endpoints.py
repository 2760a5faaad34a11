"""Endpoints: which there are, who reaches them, and who may use them."""

import json
from typing import Any

import pulumi
import pytest

from components.network import Nat
from tests.support.networks import ENDPOINT, GROUP, INGRESS, ZONES, args, recorded
from tests.support.recorder import Recording

pytestmark = pytest.mark.feature("N4")


def test_without_nat_private_subnets_are_given_out_when_the_endpoints_stand() -> None:
    recording = recorded(nat=Nat.NONE, interface_endpoints=["ecr.api", "logs"])

    def waited_for(id_: pulumi.Output[str]) -> list[str]:
        return sorted(type(r).__name__ for r in recording._loop.run_until_complete(id_.resources()))

    assert {zone: recording.value(id_) for zone, id_ in recording.result.private_subnet_ids.items()} == {
        zone: f"net-private-{zone[-1]}.id" for zone in ZONES
    }
    assert all("VpcEndpoint" not in waited_for(id_) for id_ in recording.result.isolated_subnet_ids.values())
    for id_ in recording.result.private_subnet_ids.values():
        assert waited_for(id_).count("VpcEndpoint") == 4


@pytest.mark.parametrize("nat", list(Nat))
@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_s3_and_dynamodb_are_always_reached_through_gateway_endpoints(service: str, nat: Nat) -> None:
    endpoint = recorded(nat=nat).get(ENDPOINT, f"net-endpoints-{service}").inputs
    assert {key: value for key, value in endpoint.items() if key != "policy"} == {
        "vpcId": "net.id",
        "serviceName": f"com.amazonaws.us-east-1.{service}",
        "vpcEndpointType": "Gateway",
        "routeTableIds": ["net-private-a.id", "net-private-b.id", "net-private-c.id"],
        "tags": {"Name": f"net-endpoints-{service}"},
    }


ACCOUNT_ONLY = [
    {
        "Sid": "Account",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}},
    },
    {
        "Sid": "AwsServices",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}},
    },
]
SERVICES = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "kms", "ssm", "sts", "monitoring"]


def statements(recording: Recording, service: str) -> list[dict[str, Any]]:
    policy = json.loads(recording.get(ENDPOINT, f"net-endpoints-{service.replace('.', '-')}").inputs["policy"])
    assert policy["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = policy["Statement"]
    return found


def test_only_the_accounts_principals_pass_an_endpoint() -> None:
    recording = recorded(interface_endpoints=SERVICES)
    for service in (*SERVICES, "dynamodb"):
        assert statements(recording, service) == ACCOUNT_ONLY


def test_image_layers_pass_s3s_endpoint() -> None:
    """ECR signs their downloads itself, so the account's own principals are not enough."""
    *account, layers = statements(recorded(), "s3")
    assert account == ACCOUNT_ONLY
    assert layers == {
        "Sid": "ImageLayers",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
    }


@pytest.mark.parametrize("service", ["ecs", "ecs-agent", "ecs-telemetry"])
def test_endpoints_of_ecs_take_no_policy(service: str) -> None:
    endpoint = recorded(interface_endpoints=[service]).get(ENDPOINT, f"net-endpoints-{service}")
    assert endpoint.inputs["serviceName"] == f"com.amazonaws.us-east-1.{service}"
    assert "policy" not in endpoint.inputs


def test_interface_endpoints_take_https_from_the_vpc_only() -> None:
    recording = recorded(interface_endpoints=["ecr.api", "logs"])
    inputs = dict(recording.get(ENDPOINT, "net-endpoints-ecr-api").inputs)
    assert inputs.pop("policy")
    assert inputs == {
        "vpcId": "net.id",
        "serviceName": "com.amazonaws.us-east-1.ecr.api",
        "vpcEndpointType": "Interface",
        "privateDnsEnabled": True,
        "subnetIds": ["net-private-a.id", "net-private-b.id", "net-private-c.id"],
        "securityGroupIds": ["net-endpoints.id"],
        "tags": {"Name": "net-endpoints-ecr-api"},
    }
    assert recording.get(ENDPOINT, "net-endpoints-logs").inputs["serviceName"] == "com.amazonaws.us-east-1.logs"
    assert recording.get(GROUP, "net-endpoints").inputs == {
        "vpcId": "net.id",
        "description": "AWS APIs inside the VPC",
        "tags": {"Name": "net-endpoints"},
    }
    assert recording.only(INGRESS).inputs == {
        "securityGroupId": "net-endpoints.id",
        "cidrIpv4": "10.0.0.0/16",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "description": "AWS APIs, from anywhere in the VPC",
    }


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_refuses_interface_endpoints_where_a_free_one_exists(service: str) -> None:
    with pytest.raises(ValueError, match=rf"^interface_endpoints: {service} has a gateway endpoint, .*leave it out"):
        args(interface_endpoints=[service])


def test_refuses_services_that_are_none() -> None:
    with pytest.raises(ValueError, match=r"^interface_endpoints: .*write it as ecr\.api"):
        args(interface_endpoints=["com.amazonaws.us-east-1.logs/"])


def test_refuses_a_service_twice() -> None:
    with pytest.raises(ValueError, match=r"^interface_endpoints: logs, logs names a service twice"):
        args(interface_endpoints=["logs", "logs"])
