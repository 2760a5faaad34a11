"""Network ACLs, their entries and associations."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._ec2 import filtered, hashcode, tag_adopted
from breakwater.simulator.handlers._store import refuse

_PROTOCOLS = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58", "icmp6": "58", "ipv6-icmp": "58"}
"""The API takes numbers (IANA's) only; the provider translates names."""
_LAST_OF_AWS = 32767
"""Number of the entry that refuses the rest (the next one for IPv6); nobody can remove them."""


def _entry(acl: str, number: Any, action: str, egress: bool, rule: Mapping[str, Any]) -> dict[str, Any]:
    name = str(rule["protocol"]).lower()
    protocol = _PROTOCOLS.get(name, name)
    entry: dict[str, Any] = {
        "NetworkAclId": acl,
        "RuleNumber": number,
        "Protocol": protocol,
        "RuleAction": action,
        "Egress": egress,
        "PortRange": {"From": rule.get("fromPort") or 0, "To": rule.get("toPort") or 0},
    }
    entry |= {key: rule[name] for key, name in _CIDRS.items() if rule.get(name)}
    if protocol in ("1", "58"):
        entry["IcmpTypeCode"] = {"Type": rule.get("icmpType") or 0, "Code": rule.get("icmpCode") or 0}
    return entry


_CIDRS = {"CidrBlock": "cidrBlock", "Ipv6CidrBlock": "ipv6CidrBlock"}


def _entries(direction: str) -> Call:
    return Call(
        operation="ec2:CreateNetworkAclEntry",
        each=lambda c: [
            _entry(c.id, rule["ruleNo"], rule["action"], direction == "egress", rule) for rule in c.inputs[direction]
        ],
        consumes=frozenset({direction}),
        when=lambda c: bool(c.inputs.get(direction)),
    )


def _association_of(c: Creation, subnet: str) -> str:
    found = c.call("ec2:DescribeNetworkAcls", filtered("association.subnet-id", subnet))["NetworkAcls"]
    for association in found[0]["Associations"] if found else ():
        if association["SubnetId"] == subnet:
            return str(association["NetworkAclAssociationId"])
    raise refuse(
        "ec2:ReplaceNetworkAclAssociation", "InvalidSubnetID.NotFound", f"The subnet ID '{subnet}' does not exist"
    )


_SUBNETS = Call(
    operation="ec2:ReplaceNetworkAclAssociation",
    each=lambda c: [
        {"AssociationId": _association_of(c, subnet), "NetworkAclId": c.id} for subnet in c.inputs["subnetIds"]
    ],
    consumes=frozenset({"subnetIds"}),
    when=lambda c: bool(c.inputs.get("subnetIds")),
)


def _outputs(c: Creation) -> dict[str, Any]:
    return {"arn": c.arn("ec2", f"network-acl/{c.id}"), "ownerId": c.account}


_NETWORK_ACL = Handler(
    type="aws:ec2/networkAcl:NetworkAcl",
    calls=(
        Call(operation="ec2:CreateNetworkAcl", consumes=frozenset({"ingress", "egress", "subnetIds"})),
        _entries("egress"),
        _entries("ingress"),
        _SUBNETS,
    ),
    id="NetworkAcl.NetworkAclId",
    outputs=_outputs,
    tag_type="network-acl",
)

_DEFAULT_NETWORK_ACL = Handler(
    type="aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
    calls=(
        Call(
            operation="ec2:DescribeNetworkAcls",
            inputs=frozenset(),
            parameters=lambda c: {"NetworkAclIds": [c.inputs["defaultNetworkAclId"]]},
            consumes=frozenset({"defaultNetworkAclId"}),
        ),
        Call(
            operation="ec2:DeleteNetworkAclEntry",
            each=lambda c: [
                {"NetworkAclId": c.id, "RuleNumber": entry["RuleNumber"], "Egress": entry["Egress"]}
                for entry in c.answers[0]["NetworkAcls"][0]["Entries"]
                if entry["RuleNumber"] < _LAST_OF_AWS
            ],
        ),
        _entries("egress"),
        _entries("ingress"),
        _SUBNETS,
        tag_adopted(),
    ),
    id="NetworkAcls.0.NetworkAclId",
    outputs=lambda c: _outputs(c) | {"vpcId": c.answers[0]["NetworkAcls"][0]["VpcId"]},
)


def _rule(c: Creation) -> dict[str, Any]:
    given = c.inputs
    return _entry(
        given["networkAclId"], given["ruleNumber"], given["ruleAction"], bool(given.get("egress", False)), given
    )


def _rule_id(c: Creation) -> str:
    given = c.inputs
    egress = "true" if given.get("egress") else "false"
    key = f"{given['networkAclId']}-{given['ruleNumber']}-{egress}-{given['protocol']}-"
    return f"nacl-{hashcode(key)}"


_NETWORK_ACL_RULE = Handler(
    type="aws:ec2/networkAclRule:NetworkAclRule",
    calls=(
        Call(
            operation="ec2:CreateNetworkAclEntry",
            inputs=frozenset(),
            parameters=_rule,
            consumes=frozenset(
                {"networkAclId", "ruleNumber", "ruleAction", "egress", "protocol", "fromPort", "toPort", "icmpType"}
                | {"icmpCode", "cidrBlock", "ipv6CidrBlock"}
            ),
        ),
    ),
    id=_rule_id,
)

_NETWORK_ACL_ASSOCIATION = Handler(
    type="aws:ec2/networkAclAssociation:NetworkAclAssociation",
    calls=(
        Call(
            operation="ec2:ReplaceNetworkAclAssociation",
            parameters=lambda c: {"AssociationId": _association_of(c, c.inputs["subnetId"])},
            consumes=frozenset({"subnetId"}),
        ),
    ),
    id="NewAssociationId",
)

HANDLERS = (_NETWORK_ACL, _DEFAULT_NETWORK_ACL, _NETWORK_ACL_RULE, _NETWORK_ACL_ASSOCIATION)
