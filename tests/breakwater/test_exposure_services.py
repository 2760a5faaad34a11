"""Paths through balancers, APIs, distributions and policies, which forward or need no network."""

import json
from dataclasses import replace
from typing import Any

import pytest

from breakwater.analysis.exposure import Direction
from breakwater.graph import Resource
from breakwater.values import UNKNOWN
from tests.breakwater import networks
from tests.breakwater.networks import NETWORK, group, made, paths, perhaps, rule, why_dead, without

EVERYWHERE = ("0.0.0.0/0",)


def answered(given: Resource, **outputs: Any) -> Resource:
    """The resource with what the provider answered."""
    return replace(given, outputs=outputs)


BALANCER = [
    *NETWORK,
    group("door"),
    group("app"),
    made("aws:lb/loadBalancer:LoadBalancer", "door", subnets=["Subnet-public"], security_groups=["SecurityGroup-door"]),
    made("aws:lb/listener:Listener", "http", load_balancer_arn="LoadBalancer-door", port=80, protocol="HTTP",
         default_actions=[{"type": "redirect"}]),
    made("aws:lb/listener:Listener", "https", load_balancer_arn="LoadBalancer-door", port=443, protocol="HTTPS",
         default_actions=[{"type": "fixed-response"}]),
    made("aws:lb/listenerRule:ListenerRule", "to-app", listener_arn="Listener-https",
         actions=[{"type": "forward", "targetGroupArn": "TargetGroup-app"}]),
    made("aws:lb/targetGroup:TargetGroup", "app", target_type="ip", vpc_id="Vpc-net"),
    made("aws:ecs/service:Service", "app",
         load_balancers=[{"targetGroupArn": "TargetGroup-app", "containerPort": 8080}],
         network_configuration={"subnets": ["Subnet-private"], "securityGroups": ["SecurityGroup-app"],
                                "assignPublicIp": False}),
    *(rule(f"open-{port}", "door", port, cidr_ipv4="0.0.0.0/0") for port in (80, 443)),
    rule("on", "door", (1, 65535), out=True, group="app"),
    rule("app-in", "app", (1, 65535), group="door"),
]  # fmt: skip
THROUGH = {
    ("internet", "door", "tcp 80, 443", EVERYWHERE),
    ("internet", "app", "tcp 443", EVERYWHERE),
    ("door", "app", "tcp 8080", ()),
}


def test_a_balancer_passes_on_what_its_listeners_and_rules_say() -> None:
    assert paths(*BALANCER) == THROUGH
    (forwarded,) = (p for p in networks.of(*BALANCER).paths if (p.source, p.target) == ("internet", "app"))
    assert [step.name for step in forwarded.through] == ["door", "https", "to-app", "app"]


@pytest.mark.parametrize("missing", ["to-app", "on", "app-in", "TargetGroup-app"])
def test_without_a_part_of_the_way_it_passes_on_nothing(missing: str) -> None:
    assert paths(*without(BALANCER, missing)) == {("internet", "door", "tcp 80, 443", EVERYWHERE)}


def test_what_no_listener_takes_is_closed() -> None:
    found = why_dead(*BALANCER, rule("spare", "door", 8443, cidr_ipv4="0.0.0.0/0"))
    assert found == {"spare": "in, tcp 8443: door does not listen there"}
    assert paths(*without(BALANCER, "open-443")) == {
        ("internet", "door", "tcp 80", EVERYWHERE),
        ("door", "app", "tcp 8080", ()),
    }


def test_an_internal_balancer_is_not_reached() -> None:
    internal = made("aws:lb/loadBalancer:LoadBalancer", "door", internal=True, subnets=["Subnet-public"],
                    security_groups=["SecurityGroup-door"])  # fmt: skip
    assert paths(*without(BALANCER, "LoadBalancer-door"), internal) == {("door", "app", "tcp 8080", ())}


def test_a_task_with_a_public_address_is_reached_by_itself() -> None:
    task = made("aws:ecs/service:Service", "app", network_configuration={
        "subnets": ["Subnet-public"], "securityGroups": ["SecurityGroup-app"], "assignPublicIp": True})  # fmt: skip
    resources = [*NETWORK, group("app"), task, rule("anyone", "app", 8080, cidr_ipv4="0.0.0.0/0")]
    assert paths(*resources) == {("internet", "app", "tcp 8080", EVERYWHERE)}


@pytest.mark.parametrize(("public", "expected"), [(True, "internet"), (False, "")])
def test_a_database_is_reached_where_it_is_public(public: bool, expected: str) -> None:
    resources = [
        *NETWORK,
        group("data"),
        made("aws:rds/subnetGroup:SubnetGroup", "data", subnet_ids=["Subnet-public"]),
        made("aws:rds/instance:Instance", "data", db_subnet_group_name="SubnetGroup-data", port=5432,
             vpc_security_group_ids=["SecurityGroup-data"], publicly_accessible=public),
        rule("anyone", "data", (0, 65535), cidr_ipv4="0.0.0.0/0"),
    ]  # fmt: skip
    assert {(p[0], p[2]) for p in paths(*resources) if p[1] == "data"} == (
        {(expected, "tcp 5432")} if public else set()
    )


def test_a_replica_is_where_its_source_is() -> None:
    def database(name: str, **more: Any) -> Resource:
        groups = ["SecurityGroup-data"]
        return made("aws:rds/instance:Instance", name, port=5432, vpc_security_group_ids=groups, **more)

    resources = [
        *NETWORK,
        group("data"),
        made("aws:rds/subnetGroup:SubnetGroup", "data", subnet_ids=["Subnet-public"]),
        database("data", db_subnet_group_name="SubnetGroup-data"),
        database("copy", replicate_source_db="Instance-data", publicly_accessible=True),
        rule("anyone", "data", 5432, cidr_ipv4="0.0.0.0/0"),
    ]
    assert paths(*resources) == {("internet", "copy", "tcp 5432", EVERYWHERE)}
    assert perhaps(*resources) == set()


def test_an_unknown_address_leaves_it_undecidable() -> None:
    unknown = made("aws:rds/instance:Instance", "data", db_subnet_group_name="SubnetGroup-data", port=5432,
                   vpc_security_group_ids=["SecurityGroup-data"], publicly_accessible=UNKNOWN)  # fmt: skip
    resources = [
        *NETWORK,
        group("data"),
        made("aws:rds/subnetGroup:SubnetGroup", "data", subnet_ids=["Subnet-public"]),
        unknown,
        rule("anyone", "data", 5432, cidr_ipv4="0.0.0.0/0"),
    ]
    assert paths(*resources) == set()
    why = "whether data has a public address is not known"
    assert perhaps(*resources) == {("internet", "data", "tcp 5432", why)}


def policy(*, principal: Any = "*", condition: Any = None, effect: str = "Allow") -> str:
    """A policy of one statement."""
    statement = {"Effect": effect, "Principal": principal, "Action": "sqs:SendMessage", "Resource": "*"}
    return json.dumps({"Statement": [statement | ({"Condition": condition} if condition else {})]})


@pytest.mark.parametrize(
    ("document", "is_open"),
    [
        (policy(), True),
        (policy(principal={"AWS": ["arn:aws:iam::111122223333:root", "*"]}), True),
        (policy(condition={"Bool": {"aws:SecureTransport": "true"}}), True),
        (policy(condition={"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:t"}}), False),
        (policy(condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), False),
        (policy(principal={"Service": "*"}), False),
        (policy(principal={"AWS": "arn:aws:iam::111122223333:root"}), False),
        (policy(effect="Deny"), False),
    ],
)
def test_a_policy_lets_everybody_in_or_not(document: str, is_open: bool) -> None:
    resources = [
        made("aws:sqs/queue:Queue", "orders"),
        made("aws:sqs/queuePolicy:QueuePolicy", "orders-policy", queue_url="Queue-orders", policy=document),
    ]
    expected = {("internet", "orders", "tcp 443", ("0.0.0.0/0", "::/0"))}
    assert paths(*resources) == (expected if is_open else set())


@pytest.mark.parametrize(("blocked", "expected"), [(True, "closed"), (False, "open"), (None, "perhaps")])
def test_an_open_bucket_is_so_without_its_block(blocked: bool | None, expected: str) -> None:
    resources = [
        made("aws:s3/bucket:Bucket", "files"),
        made("aws:s3/bucketPolicy:BucketPolicy", "policy", bucket="Bucket-files", policy=policy()),
    ]
    if blocked is not None:
        block = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
        resources.append(made(block, "block", bucket="Bucket-files", restrict_public_buckets=blocked))
    assert bool(paths(*resources)) == (expected == "open")
    assert bool(perhaps(*resources)) == (expected == "perhaps")


@pytest.mark.parametrize(("kind", "access"), [("NONE", ""), ("AWS_IAM", "AWS_IAM")])
def test_a_function_has_a_url(kind: str, access: str) -> None:
    resources = [
        made("aws:lambda/function:Function", "hook"),
        made("aws:lambda/functionUrl:FunctionUrl", "url", function_name="Function-hook", authorization_type=kind),
    ]
    (path,) = networks.of(*resources).of(Direction.INWARD)
    assert (path.target, str(path.ports), path.access) == ("hook", "tcp 443", access)
    assert not networks.of(resources[0]).of(Direction.INWARD)


API = [
    made("aws:lambda/function:Function", "hook"),
    made("aws:apigatewayv2/api:Api", "shop", protocol_type="HTTP"),
    made("aws:apigatewayv2/integration:Integration", "call", api_id="Api-shop", integration_uri="x:Function-hook/y"),
    made("aws:apigatewayv2/route:Route", "open", api_id="Api-shop", route_key="GET /", authorization_type="NONE",
         target="integrations/Integration-call"),
    made("aws:apigatewayv2/route:Route", "closed", api_id="Api-shop", route_key="POST /", authorization_type="JWT",
         target="integrations/Integration-call"),
]  # fmt: skip


def test_an_api_leads_to_its_functions_route_by_route() -> None:
    function = answered(API[0], arn="Function-hook")
    resources = [function, *API[1:]]
    inward = {(p.target, p.access) for p in networks.of(*resources).of(Direction.INWARD)}
    assert inward == {("shop", ""), ("hook", ""), ("hook", "JWT")}
    off = made("aws:apigatewayv2/api:Api", "shop", protocol_type="HTTP", disable_execute_api_endpoint=True)
    assert not networks.of(*without(resources, "shop"), off).of(Direction.INWARD)


def test_a_function_in_no_network_reaches_the_internet_and_one_inside_only_by_routes() -> None:
    assert paths(API[0]) == {("hook", "internet", "all", EVERYWHERE)}
    inside = made("aws:lambda/function:Function", "hook", vpc_config={
        "subnetIds": ["Subnet-private"], "securityGroupIds": ["SecurityGroup-hook"]})  # fmt: skip
    called = rule("in", "hook", 443, cidr_ipv4="10.0.0.0/16")
    assert why_dead(*NETWORK, group("hook"), inside, called) == {"in": "in, tcp 443: hook does not listen there"}
    assert paths(*NETWORK, group("hook"), inside, rule("https", "hook", 443, out=True, cidr_ipv4="0.0.0.0/0")) == set()


def test_a_distribution_is_public_and_leads_to_its_bucket() -> None:
    bucket = made("aws:s3/bucket:Bucket", "files")
    bucket = answered(bucket, bucketRegionalDomainName="f.s3")
    cdn = made("aws:cloudfront/distribution:Distribution", "cdn", enabled=True, origins=[{"domainName": "f.s3"}],
               default_cache_behavior={"viewerProtocolPolicy": "https-only"})  # fmt: skip
    assert {(p[0], p[1], p[2]) for p in paths(bucket, cdn)} == {
        ("internet", "cdn", "tcp 443"),
        ("internet", "files", "tcp 443"),
        ("cdn", "files", "tcp 443"),
    }
