"""Security groups, their rules, network ACLs."""

from typing import Any

from pulumi_aws import ec2, vpc

from tests.simulator.support import ACCOUNT, US, Simulate, Where, tags_of


def _vpc(on: Where) -> ec2.Vpc:
    return ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us)


def _only(found: list[dict[str, Any]], key: str, value: Any) -> dict[str, Any]:
    (one,) = [item for item in found if item[key] == value]
    return one


def test_a_group_has_no_rules_of_its_own(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ec2.SecurityGroup("web", vpc_id=_vpc(on).id, tags={"Name": "web"}, opts=on.us)

    world = simulate(program)
    found = world.only("aws:ec2/securityGroup:SecurityGroup")
    group = _only(world.client("ec2").describe_security_groups()["SecurityGroups"], "GroupId", found.id)
    # AWS gives it an open egress rule, which the provider takes away.
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])
    assert group["Description"] == found.outputs["description"] == "Managed by Pulumi"
    assert group["GroupName"] == found.outputs["name"]
    assert found.outputs["name"].startswith("web-")
    assert tags_of(group["Tags"]) == {"Name": "web", "owner": "tests"}
    assert found.outputs["arn"] == f"arn:aws:ec2:{US}:{ACCOUNT}:security-group/{found.id}"


def test_rules_between_groups(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        net = _vpc(on)
        source = ec2.SecurityGroup("source", vpc_id=net.id, opts=on.us)
        target = ec2.SecurityGroup("target", vpc_id=net.id, opts=on.us)
        ports = {"ip_protocol": "tcp", "from_port": 5433, "to_port": 5433, "description": "to the database"}
        vpc.SecurityGroupEgressRule(
            "out", security_group_id=source.id, referenced_security_group_id=target.id, **ports, opts=on.us
        )
        vpc.SecurityGroupIngressRule(
            "in", security_group_id=target.id, referenced_security_group_id=source.id, **ports, opts=on.us
        )
        vpc.SecurityGroupEgressRule(
            "all", security_group_id=target.id, cidr_ipv4="0.0.0.0/0", ip_protocol="-1", opts=on.us
        )

    world = simulate(program)
    rules = world.client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    source = world.get("aws:ec2/securityGroup:SecurityGroup", "source").id
    target = world.get("aws:ec2/securityGroup:SecurityGroup", "target").id
    found = world.only("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    rule = _only(rules, "SecurityGroupRuleId", found.id)
    assert (rule["GroupId"], rule["IsEgress"]) == (target, False)
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 5433, 5433)
    assert rule["ReferencedGroupInfo"]["GroupId"] == source
    assert rule["Description"] == "to the database"
    assert tags_of(rule["Tags"]) == {"owner": "tests"}
    assert found.outputs["arn"] == f"arn:aws:ec2:{US}:{ACCOUNT}:security-group-rule/{found.id}"
    assert found.outputs["securityGroupRuleId"] == found.id
    out = _only(
        rules, "SecurityGroupRuleId", world.get("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "out").id
    )
    assert (out["GroupId"], out["IsEgress"], out["ReferencedGroupInfo"]["GroupId"]) == (source, True, target)
    group = _only(world.client("ec2").describe_security_groups()["SecurityGroups"], "GroupId", target)
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["Description"] == "to the database"
    assert [r["CidrIp"] for r in group["IpPermissionsEgress"][0]["IpRanges"]] == ["0.0.0.0/0"]


def test_inline_rules(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ports = {"protocol": "tcp", "from_port": 443, "to_port": 443}
        ec2.SecurityGroup(
            "web",
            vpc_id=_vpc(on).id,
            ingress=[ports | {"cidr_blocks": ["10.0.0.0/16"], "description": "inside"}, ports | {"self": True}],
            egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
            opts=on.us,
        )

    world = simulate(program)
    found = world.only("aws:ec2/securityGroup:SecurityGroup").id
    group = _only(world.client("ec2").describe_security_groups()["SecurityGroups"], "GroupId", found)
    (ingress,) = group["IpPermissions"]
    assert ingress["IpRanges"] == [{"CidrIp": "10.0.0.0/16", "Description": "inside"}]
    assert [pair["GroupId"] for pair in ingress["UserIdGroupPairs"]] == [found]
    assert [r["CidrIp"] for r in group["IpPermissionsEgress"][0]["IpRanges"]] == ["0.0.0.0/0"]


def test_the_default_group_is_adopted_and_emptied(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ec2.DefaultSecurityGroup("none", vpc_id=_vpc(on).id, ingress=[], egress=[], tags={"Name": "none"}, opts=on.us)

    world = simulate(program)
    (group,) = world.client("ec2").describe_security_groups()["SecurityGroups"]
    found = world.only("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert found.id == group["GroupId"] == world.only("aws:ec2/vpc:Vpc").outputs["defaultSecurityGroupId"]
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])
    assert tags_of(group["Tags"]) == {"Name": "none", "owner": "tests"}
    assert found.outputs["name"] == "default"


def test_refused_rules(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        group = ec2.SecurityGroup("web", vpc_id=_vpc(on).id, opts=on.us)
        given: dict[str, Any] = {"ip_protocol": "tcp", "from_port": 1, "to_port": 2, "cidr_ipv4": "10.0.0.0/8"}
        for name, wrong in {
            "cidr": {"cidr_ipv4": "10.0.0/8"},
            "two": {"cidr_ipv6": "::/0"},
            "ports": {"to_port": None},
            "order": {"from_port": 3},
            "text": {"description": "naïve"},
            "group": {"cidr_ipv4": None, "referenced_security_group_id": "sg-00000000000000000"},
        }.items():
            vpc.SecurityGroupIngressRule(name, security_group_id=group.id, **(given | wrong), opts=on.us)
        for name in ("once", "twice"):
            vpc.SecurityGroupIngressRule(name, security_group_id=group.id, **given, opts=on.us)
        ec2.SecurityGroup("nowhere", opts=on.us)
        ec2.SecurityGroup("name", name="sg-web", vpc_id=group.vpc_id, opts=on.us)

    simulate(program, fails=True).assert_refused(
        {
            "cidr": "10.0.0/8",
            "two": "exactly one of cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId",
            "ports": "Must specify both from and to ports with TCP",
            "order": "Invalid value '3-2' for portRange",
            "text": "Invalid description 'naïve'",
            "group": "InvalidGroup.NotFound",
            "twice": "InvalidPermission.Duplicate",
            "nowhere": "VPCIdNotSpecified",
            "name": "must not begin with sg-",
        }
    )


def test_network_acls(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        net = _vpc(on)
        subnets = [
            ec2.Subnet(name, vpc_id=net.id, cidr_block=f"10.0.{number}.0/24", opts=on.us)
            for number, name in enumerate(("a", "b"))
        ]
        inside = {"protocol": "tcp", "rule_no": 100, "action": "allow", "cidr_block": "10.0.0.0/16"}
        acl = ec2.NetworkAcl(
            "inside",
            vpc_id=net.id,
            subnet_ids=[subnets[0].id],
            ingress=[inside | {"from_port": 443, "to_port": 443}],
            opts=on.us,
        )
        ec2.NetworkAclRule(
            "ping",
            network_acl_id=acl.id,
            rule_number=200,
            egress=True,
            protocol="icmp",
            rule_action="deny",
            cidr_block="0.0.0.0/0",
            icmp_type=-1,
            icmp_code=-1,
            opts=on.us,
        )
        ec2.NetworkAclAssociation("b", network_acl_id=acl.id, subnet_id=subnets[1].id, opts=on.us)
        ec2.DefaultNetworkAcl("none", default_network_acl_id=net.default_network_acl_id, opts=on.us)

    world = simulate(program)
    acls = world.client("ec2").describe_network_acls()["NetworkAcls"]
    found = world.only("aws:ec2/networkAcl:NetworkAcl").id
    acl = _only(acls, "NetworkAclId", found)
    ingress = _only(acl["Entries"], "RuleNumber", 100)
    assert (ingress["Egress"], ingress["Protocol"], ingress["RuleAction"]) == (False, "6", "allow")
    assert (ingress["CidrBlock"], ingress["PortRange"]) == ("10.0.0.0/16", {"From": 443, "To": 443})
    egress = _only(acl["Entries"], "RuleNumber", 200)
    assert (egress["Egress"], egress["Protocol"], egress["RuleAction"]) == (True, "1", "deny")
    assert world.only("aws:ec2/networkAclRule:NetworkAclRule").id.startswith("nacl-")
    assert len(acl["Associations"]) == 2
    association = world.only("aws:ec2/networkAclAssociation:NetworkAclAssociation").id
    assert association in [a["NetworkAclAssociationId"] for a in acl["Associations"]]
    default = world.only("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
    emptied = _only(acls, "NetworkAclId", default.id)
    assert {entry["RuleNumber"] for entry in emptied["Entries"]} == {32767}
    assert default.outputs["vpcId"] == world.only("aws:ec2/vpc:Vpc").id
