"""Ways between a VPC and elsewhere: endpoints of services, peering; and flow logs."""

from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._ec2 import tag_adopted
from breakwater.simulator.handlers._store import backend, refuse
from breakwater.simulator.mapping import json_value


def _endpoint(c: Creation) -> dict[str, Any]:
    service = c.inputs.get("serviceName", "")
    region = service.split(".")[2] if service.startswith("com.amazonaws.") and service.count(".") > 2 else c.region
    if region != c.region and c.inputs.get("serviceRegion") != region and "-" in region:
        raise refuse(
            "ec2:CreateVpcEndpoint", "InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist"
        )
    if "policy" in c.inputs:
        json_value(c.inputs["policy"], "policy")
    return {
        "VpcEndpointType": c.inputs.get("vpcEndpointType", "Gateway"),
        "PrivateDnsEnabled": c.inputs.get("privateDnsEnabled", False),
    }


def _amend_endpoint(c: Creation) -> None:
    """moto names interface endpoints after the service's name; AWS turns its parts around, under vpce.amazonaws.com."""
    for entry in backend(c, "ec2").vpc_end_points[c.id].dns_entries:
        unique, _, service = entry["dns_name"].partition(".")
        entry["dns_name"] = ".".join([unique, *reversed(service.split(".")[3:]), c.region, "vpce.amazonaws.com"])


def _endpoint_outputs(c: Creation) -> dict[str, Any]:
    record = backend(c, "ec2").vpc_end_points[c.id]
    return {
        "arn": c.arn("ec2", f"vpc-endpoint/{c.id}"),
        "dnsEntries": [{"dnsName": e["dns_name"], "hostedZoneId": e["hosted_zone_id"]} for e in record.dns_entries],
        "policy": record.policy_document,
        "requesterManaged": False,
        "prefixListId": record.destination_prefix_list_id or "",
    }


_VPC_ENDPOINT = Handler(
    type="aws:ec2/vpcEndpoint:VpcEndpoint",
    calls=(Call(operation="ec2:CreateVpcEndpoint", rename={"policy": "PolicyDocument"}, parameters=_endpoint),),
    id="VpcEndpoint.VpcEndpointId",
    result="VpcEndpoint",
    amend=_amend_endpoint,
    outputs=_endpoint_outputs,
    held={"autoAccept": "accepts the connection at an endpoint service of the same account, which none here is"},
    tag_type="vpc-endpoint",
)

_FLOW_LOG_SUBJECTS = {
    "vpcId": "VPC",
    "subnetId": "Subnet",
    "eniId": "NetworkInterface",
    "transitGatewayId": "TransitGateway",
    "transitGatewayAttachmentId": "TransitGatewayAttachment",
    "regionalNatGatewayId": "RegionalNatGateway",
}


def _flow_log(c: Creation) -> dict[str, Any]:
    name, kind = next(((n, k) for n, k in _FLOW_LOG_SUBJECTS.items() if n in c.inputs), ("", ""))
    return {
        "ResourceIds": [c.inputs[name]] if name else [],
        "ResourceType": kind,
        "LogDestinationType": c.inputs.get("logDestinationType", "cloud-watch-logs"),
        "MaxAggregationInterval": c.inputs.get("maxAggregationInterval", 600),
    }


def _flow_log_id(c: Creation) -> str:
    for failed in c.answers[0].get("Unsuccessful", []):
        raise refuse("ec2:CreateFlowLogs", failed["Error"]["Code"], failed["Error"]["Message"])
    return str(c.answers[0]["FlowLogIds"][0])


def _amend_flow_log(c: Creation) -> None:
    """moto looks for the log group only by LogGroupName, and else says that delivery failed."""
    log = backend(c, "ec2").flow_logs[c.id]
    group = (log.log_destination or "").partition(":log-group:")[2].removesuffix(":*")
    if group in backend(c, "logs").groups:
        log.deliver_logs_status, log.deliver_logs_error_message = "SUCCESS", None


_FLOW_LOG = Handler(
    type="aws:ec2/flowLog:FlowLog",
    calls=(
        Call(
            operation="ec2:CreateFlowLogs",
            rename={"iamRoleArn": "DeliverLogsPermissionArn"},
            parameters=_flow_log,
            consumes=frozenset(_FLOW_LOG_SUBJECTS),
        ),
    ),
    id=_flow_log_id,
    amend=_amend_flow_log,
    outputs=lambda c: {"arn": c.arn("ec2", f"vpc-flow-log/{c.id}")},
    tag_type="vpc-flow-log",
)


# -- peering


def _peering(c: Creation, connection_id: str) -> dict[str, Any]:
    found: dict[str, Any] = c.call("ec2:DescribeVpcPeeringConnections", {"VpcPeeringConnectionIds": [connection_id]})
    connection: dict[str, Any] = found["VpcPeeringConnections"][0]
    return connection


_PEERING_SIDES = frozenset({"accepter", "requester"})
_ACCEPT = Call(
    operation="ec2:AcceptVpcPeeringConnection",
    parameters=lambda c: {"VpcPeeringConnectionId": c.id},
    consumes=frozenset({"autoAccept"}),
    when=lambda c: bool(c.inputs.get("autoAccept")),
)
_PEERING_OPTIONS = Call(
    operation="ec2:ModifyVpcPeeringConnectionOptions",
    inputs=_PEERING_SIDES,
    rename={
        "accepter": "AccepterPeeringConnectionOptions",
        "accepter.allowRemoteVpcDnsResolution": "AllowDnsResolutionFromRemoteVpc",
        "requester": "RequesterPeeringConnectionOptions",
        "requester.allowRemoteVpcDnsResolution": "AllowDnsResolutionFromRemoteVpc",
    },
    parameters=lambda c: {"VpcPeeringConnectionId": c.id},
    when=lambda c: bool(_PEERING_SIDES & c.inputs.keys()),
)


def _check_acceptance(c: Creation) -> None:
    """The provider refuses to accept for the other side what only that side's region or account can accept."""
    if c.inputs.get("autoAccept") and c.inputs.get("peerRegion", c.region) != c.region:
        raise refuse(
            "ec2:AcceptVpcPeeringConnection",
            "InvalidParameterCombination",
            "`peerRegion` cannot be set whilst `autoAccept` is `true`: accept it with a VpcPeeringConnectionAccepter",
        )


def _request(c: Creation) -> dict[str, Any]:
    _check_acceptance(c)
    return {}


_VPC_PEERING = Handler(
    type="aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    calls=(
        Call(
            operation="ec2:CreateVpcPeeringConnection",
            parameters=_request,
            consumes=_PEERING_SIDES | {"autoAccept"},
        ),
        _ACCEPT,
        _PEERING_OPTIONS,
    ),
    id="VpcPeeringConnection.VpcPeeringConnectionId",
    outputs=lambda c: {
        "acceptStatus": "active" if c.inputs.get("autoAccept") else "pending-acceptance",
        "peerOwnerId": c.answers[0]["VpcPeeringConnection"]["AccepterVpcInfo"]["OwnerId"],
        "peerRegion": c.answers[0]["VpcPeeringConnection"]["AccepterVpcInfo"]["Region"],
    },
    tag_type="vpc-peering-connection",
)


def _accepted(c: Creation) -> dict[str, Any]:
    connection = _peering(c, c.id)
    # Within one account the provider shows the connection as the requester sees it.
    return {
        "acceptStatus": connection["Status"]["Code"],
        "peerOwnerId": connection["AccepterVpcInfo"]["OwnerId"],
        "peerRegion": connection["AccepterVpcInfo"]["Region"],
        "peerVpcId": connection["AccepterVpcInfo"]["VpcId"],
        "vpcId": connection["RequesterVpcInfo"]["VpcId"],
    }


_VPC_PEERING_ACCEPTER = Handler(
    type="aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
    calls=(
        Call(
            operation="ec2:DescribeVpcPeeringConnections",
            inputs=frozenset({"vpcPeeringConnectionId"}),
            rename={"vpcPeeringConnectionId": "VpcPeeringConnectionIds"},
        ),
        _ACCEPT,
        _PEERING_OPTIONS,
        tag_adopted(),
    ),
    id=lambda c: str(c.inputs["vpcPeeringConnectionId"]),
    outputs=_accepted,
)


def _check_options(c: Creation) -> dict[str, Any]:
    """AWS takes options of a connection that stands, and of one's own side only where the other is in another region;
    moto takes any."""
    connection = _peering(c, c.inputs["vpcPeeringConnectionId"])
    operation = "ec2:ModifyVpcPeeringConnectionOptions"
    if connection["Status"]["Code"] != "active":
        message = f"Peering connection {c.inputs['vpcPeeringConnectionId']} is not active"
        raise refuse(operation, "OperationNotPermitted", message)
    for side, member in (("accepter", "AccepterVpcInfo"), ("requester", "RequesterVpcInfo")):
        if side in c.inputs and connection[member]["Region"] != c.region:
            message = f"the {side} is in {connection[member]['Region']}, which alone can set its options"
            raise refuse(operation, "OperationNotPermitted", message)
    return {}


_PEERING_CONNECTION_OPTIONS = Handler(
    type="aws:ec2/peeringConnectionOptions:PeeringConnectionOptions",
    calls=(
        Call(
            operation="ec2:ModifyVpcPeeringConnectionOptions",
            inputs=_PEERING_SIDES | {"vpcPeeringConnectionId"},
            rename=_PEERING_OPTIONS.rename,
            parameters=_check_options,
        ),
    ),
    id=lambda c: str(c.inputs["vpcPeeringConnectionId"]),
)

HANDLERS = (_VPC_ENDPOINT, _FLOW_LOG, _VPC_PEERING, _VPC_PEERING_ACCEPTER, _PEERING_CONNECTION_OPTIONS)
