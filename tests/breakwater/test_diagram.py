"""The picture of a stack: what is in it, what leads where, and that it is the same for the same stack."""

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from breakwater.diagram import mermaid
from breakwater.graph import ResourceGraph
from breakwater.values import UNKNOWN, Secret
from tests.breakwater.conftest import Command, program
from tests.breakwater.graphs import PREFIX, QUEUE, graph, resource
from tests.support.stacks import deployed

REGION = resource("breakwater:region:Region", "us-east-1")
BALANCER = resource("breakwater:load_balancer:LoadBalancer", "us-east-1-balancer", parent=REGION.urn)
ALB = resource(
    "aws:lb/loadBalancer:LoadBalancer", "us-east-1-balancer", parent=BALANCER.urn, inputs={"subnets": ["subnet-a"]}
)
API = resource("breakwater:service:WebService", "us-east-1-api", parent=REGION.urn)
MAIL = resource("breakwater:queue:Queue", "us-east-1-mail", parent=REGION.urn)
MAIL_QUEUE = resource(QUEUE, "us-east-1-mail", parent=MAIL.urn, outputs={"arn": "arn:mail"})
GROUP, RULE = "aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
POLICY = "aws:iam/rolePolicy:RolePolicy"


def lines(*resources: Any, **outputs: Any) -> list[str]:
    """The drawing of the resources, line by line, without margins."""
    return [line.strip() for line in mermaid(graph(*resources, outputs=outputs)).splitlines()]


def edges(text: list[str]) -> list[str]:
    return [line for line in text if re.search(r" (-->|-\.->|==>)", line)]


# -- the stacks of this repository


@pytest.fixture(scope="module")
def prod() -> ResourceGraph:
    return deployed("prod").graph


def test_prod(prod: ResourceGraph) -> None:
    text = mermaid(prod)
    drawn = [line.strip() for line in text.splitlines()]
    assert drawn[0] == "flowchart LR"
    assert [line for line in drawn if line.startswith("subgraph")] == [
        'subgraph us_east_1["us-east-1, primary: 10.0.0.0/16"]',
        'subgraph eu_west_1["eu-west-1, standby: 10.1.0.0/16"]',
    ]
    assert {
        'names_1{{"prod.breakwater.example<br/>api.prod.breakwater.example"}}:::entry',
        'us_east_1_balancer(["balancer<br/>3 zones"]):::entry',
        'us_east_1_api["api<br/>3–24 tasks"]:::task',
        'eu_west_1_api["api<br/>2–24 tasks"]:::task',
        'us_east_1_deliver["deliver<br/>2–20 tasks"]:::task',
        'us_east_1_daily_report["daily-report<br/>cron(0 6 #42; #42; ? #42;)<br/>Europe/Dublin"]:::task',
        'eu_west_1_dispatch["dispatch<br/>rate(1 minute)<br/>off"]:::task',
        'us_east_1_deliveries[["deliveries"]]:::queue',
        'us_east_1_receipts[["receipts<br/>FIFO"]]:::queue',
        'us_east_1_database[("database<br/>db.r7g.large, Multi-AZ<br/>2 read replicas, proxy")]:::store',
        'eu_west_1_database[("database<br/>db.r7g.large<br/>read replica")]:::store',
        'us_east_1_cache[("cache<br/>3 × cache.r7g.large")]:::store',
    } <= set(drawn)
    inside = """
        schedules_{0} --> {0}_daily_report, schedules_{0} --> {0}_dispatch, schedules_{0} --> {0}_recovery,
        {0}_balancer --> {0}_api, {0}_balancer --> {0}_web,
        {0}_api --> {0}_cache, {0}_api --> {0}_database, {0}_web --> {0}_cache, {0}_daily_report --> {0}_database,
        {0}_dispatch --> {0}_cache, {0}_dispatch --> {0}_database, {0}_recovery --> {0}_cache,
        {0}_recovery --> {0}_database, {0}_deliver --> {0}_cache, {0}_deliver --> {0}_database,
        {0}_notify --> {0}_database, {0}_archive --> {0}_database,
        {0}_api -.-> {0}_deliveries, {0}_api -.-> {0}_notifications, {0}_api -.-> {0}_receipts,
        {0}_dispatch -.-> {0}_deliveries, {0}_recovery -.-> {0}_deliveries, {0}_recovery -.-> {0}_notifications,
        {0}_deliver -.-> {0}_receipts,
        {0}_deliveries -.-> {0}_deliver, {0}_notifications -.-> {0}_notify,
        {0}_receipts -.-> {0}_archive
    """
    expected = [
        "internet --> names_1",
        "names_1 --> us_east_1_balancer",
        'names_1 -->|"on failover"| eu_west_1_balancer',
        'us_east_1_database ==>|"replication"| eu_west_1_database',
        *(edge.strip() for region in ("us_east_1", "eu_west_1") for edge in inside.format(region).split(",")),
    ]
    assert sorted(edges(drawn)) == sorted(expected)
    assert len(text) < 10_000


def test_it_depends_on_the_resources_alone(prod: ResourceGraph) -> None:
    """Neither on the order of their registration, which varies, nor on the ids, which the JSON form replaces."""
    shuffled = list(prod)
    random.Random(1).shuffle(shuffled)  # noqa: S311 (no secret)
    read = ResourceGraph.from_export(json.loads(prod.to_json()))
    assert mermaid(ResourceGraph(shuffled)) == mermaid(prod) == mermaid(read)


def test_dev_has_one_region_and_its_names_have_no_standby() -> None:
    text = mermaid(deployed("dev").graph)
    assert text.count("subgraph") == 1
    assert "standby" not in text
    assert "failover" not in text
    assert 'us_east_1_database[("database<br/>db.t4g.micro")]:::store' in text
    assert 'us_east_1_cache[("cache<br/>1 × cache.t4g.micro")]:::store' in text


# -- what is drawn of a graph


def test_an_empty_stack_is_an_empty_picture() -> None:
    assert lines()[:2] == ["flowchart LR", 'internet(("internet")):::entry']
    assert edges(lines()) == []


def test_without_a_name_the_internet_reaches_the_balancer() -> None:
    text = lines(REGION, BALANCER, ALB)
    assert 'us_east_1_balancer(["balancer<br/>1 zone"]):::entry' in text
    assert edges(text) == ["internet --> us_east_1_balancer"]


def test_names_with_the_same_way_share_a_box_of_a_few() -> None:
    parts = []
    for number in range(6):
        name = resource("breakwater:dns:FailoverRecord", f"name-{number}", outputs={"fqdn": f"n{number}.example.com"})
        record = resource(
            "aws:route53/record:Record",
            f"name-{number}-us-east-1",
            parent=name.urn,
            property_dependencies={"aliases": (ALB.urn,)},
        )
        parts += [name, record]
    text = lines(REGION, BALANCER, ALB, *parts, primary_region="us-east-1")
    hosts = "<br/>".join(f"n{number}.example.com" for number in range(4))
    assert f'names_1{{{{"{hosts}<br/>and 2 more"}}}}:::entry' in text
    assert edges(text) == ["internet --> names_1", "names_1 --> us_east_1_balancer"]


def test_the_role_is_shown_where_the_outputs_tell_it() -> None:
    assert 'subgraph us_east_1["us-east-1"]' in lines(REGION)
    assert 'subgraph us_east_1["us-east-1, primary"]' in lines(REGION, primary_region="us-east-1")
    assert 'subgraph us_east_1["us-east-1, standby"]' in lines(REGION, primary_region="eu-west-1")


def test_traffic_is_what_a_rule_lets_out_to_another_component() -> None:
    mine = resource(GROUP, "us-east-1-api", parent=API.urn)
    other = resource(GROUP, "us-east-1-balancer", parent=BALANCER.urn)
    foreign = resource(GROUP, "elsewhere")

    def rule(source: str, target: str | None) -> list[str]:
        depends = {"securityGroupId": (source,)} | ({"referencedSecurityGroupId": (target,)} if target else {})
        return edges(
            lines(REGION, BALANCER, API, mine, other, foreign, resource(RULE, "r", property_dependencies=depends))
        )

    assert rule(other.urn, mine.urn) == ["us_east_1_balancer --> us_east_1_api"]
    assert rule(mine.urn, mine.urn) == []
    assert rule(mine.urn, None) == []
    assert rule(mine.urn, foreign.urn) == []
    assert rule(mine.urn, f"{PREFIX}{GROUP}::gone") == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": ["sqs:SendMessage"], "Resource": ["arn:mail"]}, ["us_east_1_api -.-> us_east_1_mail"]),
        ({"Action": "sqs:ReceiveMessage", "Resource": "arn:mail"}, ["us_east_1_mail -.-> us_east_1_api"]),
        (
            {"Action": ["sqs:ReceiveMessage", "sqs:SendMessage"], "Resource": ["arn:mail"]},
            ["us_east_1_api -.-> us_east_1_mail", "us_east_1_mail -.-> us_east_1_api"],
        ),
        ({"Action": ["sqs:GetQueueUrl"], "Resource": ["arn:mail"]}, []),
        ({"Action": ["sqs:SendMessage"], "Resource": ["arn:other"]}, []),
        ({"Effect": "Deny", "Action": ["sqs:SendMessage"], "Resource": ["arn:mail"]}, []),
    ],
)
def test_messages_go_where_a_role_may_send_or_receive(statement: dict[str, Any], expected: list[str]) -> None:
    document = json.dumps({"Statement": [{"Effect": "Allow"} | statement]})
    for text in (document, Secret(document)):
        policy = resource(POLICY, "us-east-1-api-task", parent=API.urn, inputs={"policy": text})
        assert edges(lines(REGION, API, MAIL, MAIL_QUEUE, policy)) == expected


@pytest.mark.parametrize("policy", [UNKNOWN, "1234", None, Secret("digest", sealed=True)])
def test_a_policy_that_is_not_known_tells_nothing(policy: Any) -> None:
    inputs = {} if policy is None else {"policy": policy}
    assert edges(lines(REGION, API, MAIL, MAIL_QUEUE, resource(POLICY, "p", parent=API.urn, inputs=inputs))) == []


def test_a_queue_that_jobs_keep_for_themselves_is_not_drawn() -> None:
    job = resource("breakwater:job:Job", "us-east-1-report", parent=REGION.urn)
    letters = resource(QUEUE, "us-east-1-report-dead-letters", parent=job.urn, outputs={"arn": "arn:letters"})
    document = {"Statement": [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["arn:letters"]}]}
    policy = resource(POLICY, "us-east-1-report", parent=job.urn, inputs={"policy": json.dumps(document)})
    text = lines(REGION, job, letters, policy)
    assert edges(text) == ["schedules_us_east_1 --> us_east_1_report"]
    assert not any("letters" in line for line in text)


def test_as_many_tasks_at_most_as_at_least() -> None:
    target = resource(
        "aws:appautoscaling/target:Target", "t", parent=API.urn, inputs={"minCapacity": 1.0, "maxCapacity": 1.0}
    )
    assert 'us_east_1_api["api<br/>1 task"]:::task' in lines(REGION, API, target)


def test_labels_cannot_break_the_picture() -> None:
    odd = resource("breakwater:queue:Queue", 'us-east-1-a"]; <b> & `*_#1`\n', parent=REGION.urn)
    (label,) = (line for line in lines(REGION, odd) if line.endswith(":::queue"))
    escaped = "a#34;]; #60;b#62; #38; #96;#42;#95;#35;1#96; "
    assert label == f'us_east_1_a_____b________1__[["{escaped}"]]:::queue'


# -- the command


def test_the_command_prints_the_picture_and_nothing_else(command: Command) -> None:
    result = command("diagram", "dev")
    assert result.exit_code == 0
    assert result.stdout.startswith('flowchart LR\n  internet(("internet")):::entry\n')
    assert result.stdout.endswith("\n")


@pytest.mark.parametrize(
    ("text", "exit_code", "message"),
    [
        ("1 / 0", 1, "the program failed: ZeroDivisionError"),
        ("import pulumi\nraise pulumi.RunError('set the domain')", 2, "set the domain"),
    ],
)
def test_no_picture_of_a_stack_that_fails(
    command: Command, project: Path, text: str, exit_code: int, message: str
) -> None:
    program(project, text)
    result = command("diagram", "dev")
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert message in result.stderr


def test_a_stack_that_is_not_there(command: Command) -> None:
    result = command("diagram", "nope")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no stack 'nope'" in result.stderr


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"numNodeGroups": 3, "replicasPerNodeGroup": 1, "nodeType": "cache.r7g.large"}, "6 × cache.r7g.large"),
        ({"numCacheClusters": 2, "nodeType": "cache.r7g.large"}, "2 × cache.r7g.large"),
        ({"globalReplicationGroupId": "abcde-shop", "numCacheClusters": 2}, "copy of the primary region's"),
    ],
)
def test_nodes_of_a_cache(inputs: dict[str, Any], expected: str) -> None:
    cache = resource("breakwater:cache:Cache", "us-east-1-cache", parent=REGION.urn)
    kind = "aws:elasticache/replicationGroup:ReplicationGroup"
    group = resource(kind, "us-east-1-cache", parent=cache.urn, inputs=inputs)
    assert f'us_east_1_cache[("cache<br/>{expected}")]:::store' in lines(REGION, cache, group)


def test_a_cache_without_nodes_has_limits() -> None:
    cache = resource("breakwater:serverless_cache:ServerlessCache", "us-east-1-cache", parent=REGION.urn)
    limits = {"cacheUsageLimits": {"dataStorage": {"maximum": 10, "unit": "GB"}}}
    own = resource("aws:elasticache/serverlessCache:ServerlessCache", "c", parent=cache.urn, inputs=limits)
    assert 'us_east_1_cache[("cache<br/>serverless, up to 10 GB")]:::store' in lines(REGION, cache, own)


def test_functions_files_buses_and_what_is_named_alike() -> None:
    saas = mermaid(deployed("examples/multi-tenant-saas").graph)
    for edge in (
        "internet --> us_east_1_cdn",
        "names_2 --> eu_west_1_public",
        "us_east_1_public --> us_east_1_uploads",
        "us_east_1_uploads -.-> us_east_1_imports",
        "us_east_1_api -.-> us_east_1_files_bucket",
        "us_east_1_files_bucket -.-> us_east_1_export",
    ):
        assert f"  {edge}\n" in saas
    assert "us_east_1_import -.-> us_east_1_files_bucket\n" in saas
    assert "us_east_1_files_bucket -.-> us_east_1_import\n" not in saas  # it writes only
    hooks = mermaid(deployed("examples/webhook-runner").graph)
    assert "  us_east_1_events -.-> us_east_1_audit_queue\n" in hooks
    assert "  us_east_1_audit_queue -.-> us_east_1_audit_worker\n" in hooks
