"""Where each kind of resource is in a network."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from breakwater.analysis.exposure.groups import GROUPS
from breakwater.analysis.exposure.hosts import BALANCERS, Place, in_subnets, own_address, security_groups
from breakwater.analysis.exposure.ports import EVERY, NOTHING, Ports, of
from breakwater.analysis.exposure.references import Named, References, is_unknown, listed, raw
from breakwater.analysis.properties import INSTANCE, items, known, known_at, plain, sources, text, whole
from breakwater.graph import Resource

SERVICE, FUNCTION = "aws:ecs/service:Service", "aws:lambda/function:Function"
LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
MACHINE, SCHEDULE = "aws:sfn/stateMachine:StateMachine", "aws:scheduler/schedule:Schedule"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
TASKS = (SERVICE, MACHINE, SCHEDULE, EVENT_TARGET)
"""What runs tasks of ECS."""
_CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
_NOT_HOSTS = frozenset(
    {
        *GROUPS,
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    }
)
_GROUP_KEYS = ("securityGroupIds", "securityGroups", "vpcSecurityGroupIds")
_SUBNET_KEYS = ("subnetIds", "subnets", "subnetId", "vpcSubnetIds", "clientSubnets", "vpcZoneIdentifiers")

Found = Iterator[Place]


def places(references: References) -> Iterator[tuple[Resource, Place]]:
    """Everything with an address in a network; one resource may stand for several."""
    for resource in references.graph.cloud:
        if resource.type not in _NOT_HOSTS:
            for place in _READERS.get(resource.type, _other)(resource, references):
                yield resource, place


def task_network(by: Resource, key: str, block: Mapping[str, Any], references: References) -> Place:
    """Of tasks, by their awsvpc configuration in either spelling."""
    assign = plain(block.get("assignPublicIp", block.get("AssignPublicIp")))
    public = None if is_unknown(block.get("assignPublicIp")) else assign in (True, "ENABLED", "true")
    return Place(
        subnets=in_subnets(references, by, key, block.get("subnets", block.get("Subnets"))),
        groups=security_groups(references, by, key, block.get("securityGroups", block.get("SecurityGroups"))),
        public=public,
    )


def _balancer(resource: Resource, references: References) -> Found:
    groups = security_groups(references, resource, "securityGroups", raw(resource, "securityGroups"))
    mappings = [block.get("subnetId") for block in items(resource.inputs.get("subnetMappings"))]
    key = "subnetMappings" if mappings else "subnets"
    internal, kind = raw(resource, "internal"), known(resource, "loadBalancerType")
    yield Place(
        subnets=in_subnets(references, resource, key, mappings or raw(resource, "subnets")),
        groups=groups,
        unfiltered=kind in ("network", "gateway") and groups == Named(),
        ports=_listening(resource, references),
        public=None if is_unknown(internal) else plain(internal) is not True,
        ipv6=_dual_stack(resource, "ipAddressType"),
    )


def _listening(balancer: Resource, references: References) -> Ports:
    found = NOTHING
    for listener in references.graph.of(*LISTENERS):
        if references.one(listener, "loadBalancerArn", *BALANCERS) is balancer:
            found |= listener_ports(listener)
    return found


def listener_ports(listener: Resource) -> Ports:
    """Where a listener of a balancer listens; any port where that is not known."""
    port, protocol = whole(known(listener, "port")), text(known(listener, "protocol")) or "HTTP"
    first, last = (port, port) if port is not None else (0, 65535)
    udp = of("udp", first, last) if "UDP" in protocol or protocol in ("QUIC", "TCP_QUIC") else NOTHING
    tcp = of("tcp", first, last) if protocol not in ("UDP", "QUIC") else NOTHING
    return tcp | udp


def _dual_stack(resource: Resource, key: str) -> bool | None:
    value = raw(resource, key)
    return None if is_unknown(value) else str(plain(value) or "").lower().replace("_", "").startswith(("dual", "ipv6"))


def _classic_balancer(resource: Resource, references: References) -> Found:
    ports = NOTHING
    for listener in items(known(resource, "listeners")):
        port = whole(listener.get("lbPort"))
        ports |= of("tcp", port, port) if port is not None else of("tcp", 0, 65535)
    yield Place(
        subnets=in_subnets(references, resource, "subnets", raw(resource, "subnets")),
        groups=security_groups(references, resource, "securityGroups", raw(resource, "securityGroups")),
        ports=ports,
        public=plain(raw(resource, "internal")) is not True,
        ipv6=False,
    )


def _service(resource: Resource, references: References) -> Found:
    for block in items(raw(resource, "networkConfiguration")):
        yield task_network(resource, "networkConfiguration", block, references)


def _machine(resource: Resource, references: References) -> Found:
    """Tasks that a state machine runs."""
    definition = raw(resource, "definition")
    if is_unknown(definition):
        key = "definition"
        if any(references.behind(resource, key, *GROUPS)):
            yield task_network(resource, key, {"subnets": definition, "securityGroups": definition}, references)
        return
    found: dict[str, Mapping[str, Any]] = {}
    try:
        _collect(json.loads(plain(definition)), found)
    except (TypeError, ValueError):
        return
    for _, block in sorted(found.items()):
        yield task_network(resource, "definition", block, references)


def _collect(value: Any, found: dict[str, Mapping[str, Any]]) -> None:
    """Every network configuration in the text of a state machine, each once."""
    if isinstance(value, dict):
        block = value.get("AwsvpcConfiguration")
        if isinstance(block, dict):
            found[json.dumps(block, sort_keys=True)] = block
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _collect(part, found)


def _schedule(resource: Resource, references: References) -> Found:
    for block in items(known(resource, "target", "ecsParameters", "networkConfiguration")):
        yield task_network(resource, "target", block, references)


def _event_target(resource: Resource, references: References) -> Found:
    for block in items(known(resource, "ecsTarget", "networkConfiguration")):
        yield task_network(resource, "ecsTarget", block, references)


def _function(resource: Resource, references: References) -> Found:
    for block in items(raw(resource, "vpcConfig")):
        subnets = in_subnets(references, resource, "vpcConfig", block.get("subnetIds"))
        if subnets != Named():
            yield Place(
                subnets=subnets,
                groups=security_groups(references, resource, "vpcConfig", block.get("securityGroupIds")),
                ports=NOTHING,  # it is called through Lambda, never at its address
                ipv6=plain(block.get("ipv6AllowedForDualStack")) is True,
            )


def _instance(resource: Resource, references: References) -> Found:
    subnets = in_subnets(references, resource, "subnetId", raw(resource, "subnetId"))
    asked = raw(resource, "associatePublicIpAddress")
    public: bool | None = plain(asked) is True
    if asked is None or is_unknown(asked):
        given = [plain(raw(s, "mapPublicIpOnLaunch")) for s in subnets.resources]
        public = True if True in given else None if is_unknown(asked) else False
    for type_, key in (("aws:ec2/eip:Eip", "instance"), ("aws:ec2/eipAssociation:EipAssociation", "instanceId")):
        owners = (references.one(address, key, resource.type) for address in references.graph.of(type_))
        public = public or any(owner is resource for owner in owners)
    yield Place(
        subnets=subnets,
        groups=security_groups(references, resource, "vpcSecurityGroupIds", raw(resource, "vpcSecurityGroupIds")),
        public=public,
        ipv6=True if plain(raw(resource, "ipv6Addresses")) or whole(known(resource, "ipv6AddressCount")) else None,
        address=own_address(resource),
    )


def _database(resource: Resource, references: References) -> Found:
    public = raw(resource, "publiclyAccessible")
    shared = plain(public) is True
    for member in references.graph.of(_CLUSTER_INSTANCE):
        if references.one(member, "clusterIdentifier", resource.type) is resource:
            shared |= plain(known(member, "publiclyAccessible")) is True
    yield Place(
        subnets=_database_subnets(resource, references),
        groups=security_groups(references, resource, "vpcSecurityGroupIds", raw(resource, "vpcSecurityGroupIds")),
        ports=_port(known(resource, "port")),
        public=None if is_unknown(public) else shared,
        ipv6=_dual_stack(resource, "networkType"),
    )


def _database_subnets(resource: Resource, references: References) -> Named:
    """Of its subnet group; a replica has its source's."""
    seen: set[str] = set()
    at: Resource | None = resource
    while at is not None and at.urn not in seen:
        found = _subnets_of_group(at, "dbSubnetGroupName", "aws:rds/subnetGroup:SubnetGroup", references)
        if found.resources:
            return found
        seen.add(at.urn)
        source = references.one(at, "replicateSourceDb", INSTANCE)
        at = source or next(sources(at, "replicateSourceDb", references.graph, INSTANCE), None)
    return Named()


def _subnets_of_group(resource: Resource, key: str, type_: str, references: References) -> Named:
    group = references.one(resource, key, type_)
    return Named() if group is None else in_subnets(references, group, "subnetIds", raw(group, "subnetIds"))


def _proxy(resource: Resource, references: References) -> Found:
    yield Place(
        subnets=in_subnets(references, resource, "vpcSubnetIds", raw(resource, "vpcSubnetIds")),
        groups=security_groups(references, resource, "vpcSecurityGroupIds", raw(resource, "vpcSecurityGroupIds")),
        ipv6=False,
    )


def _cache(resource: Resource, references: References) -> Found:
    group_type = "aws:elasticache/subnetGroup:SubnetGroup"
    if resource.type.endswith(":ServerlessCache"):
        subnets = in_subnets(references, resource, "subnetIds", raw(resource, "subnetIds"))
        ends = [*items(known(resource, "endpoints")), *items(known(resource, "readerEndpoints"))]
        ports = Ports()
        for end in ends:
            ports |= _port(end.get("port"))
        ports = ports or EVERY
    else:
        subnets = _subnets_of_group(resource, "subnetGroupName", group_type, references)
        ports = _port(known(resource, "port"))
    yield Place(
        subnets=subnets,
        groups=security_groups(references, resource, "securityGroupIds", raw(resource, "securityGroupIds")),
        ports=ports,
        ipv6=_dual_stack(resource, "networkType"),
        opens=False,
    )


def _port(value: Any) -> Ports:
    port = whole(value)
    return EVERY if port is None else of("tcp", port, port)


def _endpoint(resource: Resource, references: References) -> Found:
    if known(resource, "vpcEndpointType") == "Interface":
        yield Place(
            subnets=in_subnets(references, resource, "subnetIds", raw(resource, "subnetIds")),
            groups=security_groups(references, resource, "securityGroupIds", raw(resource, "securityGroupIds")),
            ipv6=_dual_stack(resource, "ipAddressType"),
            opens=False,
        )


def _other(resource: Resource, references: References) -> Found:
    """Anything else that has security groups: an address like any other, whatever listens there."""
    for key, value in sorted(resource.inputs.items()):
        for block in [{key: value}, *items(value)]:
            names = [name for name in _GROUP_KEYS if block.get(name)]
            for name in names:
                groups = security_groups(references, resource, key, block[name])
                if not groups.resources:
                    continue
                subnets = next((b[n] for b in (block, resource.inputs) for n in _SUBNET_KEYS if b.get(n)), None)
                subnet_key = key if subnets is not None and any(block.get(n) for n in _SUBNET_KEYS) else ""
                yield Place(
                    subnets=_elsewhere(resource, subnet_key, subnets, references),
                    groups=groups,
                    public=known_at(resource.inputs, "publiclyAccessible") is True,
                )
                return


def _elsewhere(resource: Resource, key: str, value: Any, references: References) -> Named:
    keys = [key] if key else [k for k in _SUBNET_KEYS if k in resource.inputs]
    found = [in_subnets(references, resource, k, listed(value)) for k in keys]
    return found[0] if found else Named()


_READERS: Mapping[str, Callable[[Resource, References], Found]] = {
    **dict.fromkeys(BALANCERS, _balancer),
    "aws:elb/loadBalancer:LoadBalancer": _classic_balancer,
    SERVICE: _service,
    MACHINE: _machine,
    SCHEDULE: _schedule,
    EVENT_TARGET: _event_target,
    FUNCTION: _function,
    "aws:ec2/instance:Instance": _instance,
    INSTANCE: _database,
    "aws:rds/cluster:Cluster": _database,
    "aws:rds/proxy:Proxy": _proxy,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:elasticache/serverlessCache:ServerlessCache": _cache,
    "aws:elasticache/cluster:Cluster": _cache,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
}
