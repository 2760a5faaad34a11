"""Security groups and their rules."""

import re
from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._ec2 import filtered, tag_adopted
from breakwater.simulator.handlers._store import backend, refuse

# EC2's rule for descriptions of groups and rules, in the service model only as prose.
_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_NEED_PORTS = frozenset({"tcp", "udp", "icmp", "icmpv6", "6", "17", "1", "58"})
_ALL = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0}
_SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")


def _check_description(operation: str, description: str) -> None:
    if not _DESCRIPTION.fullmatch(description):
        raise refuse(
            operation,
            "InvalidParameterValue",
            f"Invalid description {description!r}. Valid descriptions are strings less than 256 characters from the "
            "following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
        )


def _check_ports(operation: str, protocol: str, low: Any, high: Any) -> None:
    if protocol in _NEED_PORTS and (low is None or high is None):
        raise refuse(
            operation,
            "InvalidParameterValue",
            f"Invalid value 'Must specify both from and to ports with {protocol.upper()}.' for portRange.",
        )
    if protocol in ("tcp", "udp", "6", "17") and not 0 <= low <= high <= 65535:
        raise refuse(operation, "InvalidParameterValue", f"Invalid value '{low}-{high}' for portRange.")


# -- inline rules


def _permission(c: Creation, operation: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    """A block of `ingress` or `egress` as the provider sends it."""
    protocol = str(rule["protocol"]).lower()
    protocol = "-1" if protocol == "all" else protocol
    _check_ports(operation, protocol, rule["fromPort"], rule["toPort"])
    _check_description(operation, rule.get("description") or "")
    described = {"Description": rule["description"]} if rule.get("description") else {}
    groups = [*(rule.get("securityGroups") or []), *([c.id] if rule.get("self") else [])]
    sources = {
        "IpRanges": [{"CidrIp": cidr} | described for cidr in rule.get("cidrBlocks") or []],
        "Ipv6Ranges": [{"CidrIpv6": cidr} | described for cidr in rule.get("ipv6CidrBlocks") or []],
        "PrefixListIds": [{"PrefixListId": prefix} | described for prefix in rule.get("prefixListIds") or []],
        "UserIdGroupPairs": [{"GroupId": group} | described for group in groups],
    }
    ports = {"IpProtocol": protocol, "FromPort": rule["fromPort"], "ToPort": rule["toPort"]}
    return ports | {k: v for k, v in sources.items() if v}


def _authorize(direction: str) -> Call:
    operation = f"ec2:AuthorizeSecurityGroup{direction.capitalize()}"
    return Call(
        operation=operation,
        each=lambda c: [
            {"GroupId": c.id, "IpPermissions": [_permission(c, operation, rule)]} for rule in c.inputs[direction]
        ],
        consumes=frozenset({direction}),
        when=lambda c: bool(c.inputs.get(direction)),
    )


def _has_ipv6(c: Creation) -> bool:
    vpc = backend(c, "ec2").vpcs.get(c.inputs.get("vpcId"))
    return vpc is not None and bool(vpc.get_cidr_block_association_set(ipv6=True))


def _open_egress(c: Creation) -> list[dict[str, Any]]:
    """What AWS gives each new group, and the provider takes away from it first."""
    ranges: list[dict[str, Any]] = [{"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    if _has_ipv6(c):
        ranges.append({"Ipv6Ranges": [{"CidrIpv6": "::/0"}]})
    return [{"GroupId": c.id, "IpPermissions": [_ALL | which]} for which in ranges]


def _group(c: Creation) -> dict[str, Any]:
    operation = "ec2:CreateSecurityGroup"
    name, description = c.inputs.get("name", ""), c.inputs.get("description", "Managed by Pulumi")
    _check_description(operation, description)
    if name.startswith("sg-"):
        raise refuse(
            operation,
            "InvalidParameterValue",
            f"invalid value for parameter groupName: {name}: must not begin with sg-",
        )
    if "vpcId" not in c.inputs:
        raise refuse(operation, "VPCIdNotSpecified", "No default VPC for this user")
    return {"GroupName": name, "Description": description}


def _group_arn(c: Creation) -> dict[str, Any]:
    return {"arn": c.arn("ec2", f"security-group/{c.id}"), "ownerId": c.account}


_HELD = {"revokeRulesOnDelete": "the provider's own: what it does when it deletes the group"}

_SECURITY_GROUP = Handler(
    type="aws:ec2/securityGroup:SecurityGroup",
    calls=(
        Call(
            operation="ec2:CreateSecurityGroup",
            parameters=_group,
            consumes=frozenset({"name", "description", "ingress", "egress"}),
        ),
        Call(operation="ec2:RevokeSecurityGroupEgress", each=_open_egress),
        _authorize("ingress"),
        _authorize("egress"),
    ),
    id="GroupId",
    outputs=lambda c: _group_arn(c) | {"description": c.inputs.get("description", "Managed by Pulumi")},
    held=_HELD,
    tag_type="security-group",
)


def _rules_of(c: Creation, direction: str) -> list[dict[str, Any]]:
    """The rules that AWS has given the default group, for their removal."""
    (group,) = c.answers[0]["SecurityGroups"]
    permissions = group["IpPermissions" if direction == "ingress" else "IpPermissionsEgress"]
    return [{"GroupId": c.id, "IpPermissions": [{k: v for k, v in p.items() if v != []}]} for p in permissions]


def _default_group_id(c: Creation) -> str:
    groups = c.answers[0]["SecurityGroups"]
    if not groups:
        raise refuse(
            "ec2:DescribeSecurityGroups", "InvalidGroup.NotFound", f"{c.inputs.get('vpcId')} has no default group"
        )
    return str(groups[0]["GroupId"])


_DEFAULT_SECURITY_GROUP = Handler(
    type="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    calls=(
        Call(
            operation="ec2:DescribeSecurityGroups",
            inputs=frozenset(),
            parameters=lambda c: {
                "Filters": filtered("group-name", "default")["Filters"]
                + filtered("vpc-id", c.inputs.get("vpcId", ""))["Filters"]
            },
            consumes=frozenset({"vpcId", "ingress", "egress"}),
        ),
        tag_adopted(),
        Call(operation="ec2:RevokeSecurityGroupIngress", each=lambda c: _rules_of(c, "ingress")),
        Call(operation="ec2:RevokeSecurityGroupEgress", each=lambda c: _rules_of(c, "egress")),
        _authorize("ingress"),
        _authorize("egress"),
    ),
    id=_default_group_id,
    outputs=lambda c: (
        _group_arn(c) | {"name": "default", "description": c.answers[0]["SecurityGroups"][0]["Description"]}
    ),
    held=_HELD,
)


# -- rules of their own


def _rule(direction: str) -> Handler:
    title = direction.capitalize()
    operation = f"ec2:AuthorizeSecurityGroup{title}"

    def parameters(c: Creation) -> dict[str, Any]:
        given = c.inputs
        description = given.get("description", "")
        _check_description(operation, description)
        sources = [name for name in _SOURCES if name in given]
        if len(sources) != 1:
            raise refuse(
                operation,
                "InvalidParameterCombination",
                f"exactly one of {', '.join(_SOURCES)} must be given, not {', '.join(sources) or 'none'}",
            )
        protocol = str(given["ipProtocol"]).lower()
        _check_ports(operation, protocol, given.get("fromPort"), given.get("toPort"))
        described = {"Description": description} if description else {}
        member, key, value = {
            "cidrIpv4": ("IpRanges", "CidrIp", given.get("cidrIpv4")),
            "cidrIpv6": ("Ipv6Ranges", "CidrIpv6", given.get("cidrIpv6")),
            "prefixListId": ("PrefixListIds", "PrefixListId", given.get("prefixListId")),
            "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId", given.get("referencedSecurityGroupId")),
        }[sources[0]]
        permission = {"IpProtocol": protocol, "FromPort": given.get("fromPort"), "ToPort": given.get("toPort")}
        permission = {k: v for k, v in permission.items() if v is not None}
        return {
            "GroupId": given["securityGroupId"],
            "IpPermissions": [permission | {member: [{key: value} | described]}],
        }

    def amend(c: Creation) -> None:
        """moto shows a rule's description only beside a CIDR."""
        group = backend(c, "ec2").get_security_group_from_id(c.inputs["securityGroupId"])
        rule = group.get_rule(c.id)
        if "description" in c.inputs and not rule.ip_range:
            rule.ip_range = {"Description": c.inputs["description"]}

    return Handler(
        type=f"aws:vpc/securityGroup{title}Rule:SecurityGroup{title}Rule",
        calls=(
            Call(
                operation=operation,
                inputs=frozenset(),
                parameters=parameters,
                consumes=frozenset({*_SOURCES, "securityGroupId", "ipProtocol", "fromPort", "toPort", "description"}),
            ),
        ),
        id="SecurityGroupRules.0.SecurityGroupRuleId",
        amend=amend,
        outputs=lambda c: {"arn": c.arn("ec2", f"security-group-rule/{c.id}"), "securityGroupRuleId": c.id},
        tag_type="security-group-rule",
    )


HANDLERS = (_SECURITY_GROUP, _DEFAULT_SECURITY_GROUP, _rule("ingress"), _rule("egress"))
