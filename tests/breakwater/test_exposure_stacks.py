"""The paths of this repository's stacks, as their settings say and no others; and the command that lists them."""

import json
from dataclasses import replace

import pytest

from breakwater.analysis.exposure import Direction, Exposure, exposure, exposure_changes
from breakwater.analysis.exposure.model import hops
from breakwater.graph import Resource, ResourceGraph
from breakwater.tables.exposure import assess
from infra.settings import Settings, validate
from tests.breakwater.conftest import Command
from tests.breakwater.graphs import VPC, graph, resource
from tests.breakwater.networks import rule
from tests.stacks.conftest import settings_document
from tests.support.stacks import deployed, planned

Edge = tuple[str, str, str]


@pytest.fixture(scope="module")
def prod() -> ResourceGraph:
    return deployed("prod").graph


@pytest.fixture(scope="module")
def found(prod: ResourceGraph) -> Exposure:
    return exposure(prod)


def edges(found: Exposure, direction: Direction) -> set[Edge]:
    assert not any(path.undecidable for path in found.of(direction))
    return {(path.source, path.target, str(path.ports)) for path in found.of(direction)}


def test_from_the_internet_prod_is_reached_at_its_balancers_only(found: Exposure) -> None:
    expected = set()
    for region in ("us-east-1", "eu-west-1"):
        expected.add(("internet", f"{region}-balancer", "tcp 80, 443"))
        # The listener of port 80 redirects; that of 443 passes on by the name of the host.
        expected |= {("internet", f"{region}-{service}", "tcp 443") for service in ("api", "web")}
    assert edges(found, Direction.INWARD) == expected
    assert {path.ranges for path in found.of(Direction.INWARD)} == {("0.0.0.0/0",)}


def between(region: str, *, proxy: bool) -> set[Edge]:
    """Written by hand from Pulumi.prod.yaml: who is connected to what, in one region."""
    tasks = ["api", "web", "deliver", "notify", "archive", "daily-report", "dispatch", "recovery"]
    with_database = [task for task in tasks if task != "web"]
    with_cache = ["api", "web", "deliver", "dispatch", "recovery"]
    expected = {("balancer", "api", "tcp 5555"), ("balancer", "web", "tcp 8080")}
    expected |= {(task, "cache", "tcp 6379") for task in with_cache}
    # Past the proxy they reach the replicas, which have the database's security group.
    expected |= {(task, "database", "tcp 5433") for task in with_database}
    if proxy:
        expected |= {(task, "database-proxy", "tcp 5432") for task in with_database}
        expected.add(("database-proxy", "database", "tcp 5433"))
    # HTTPS to anywhere is HTTPS to whatever answers it in the network, too.
    inside = ["network-endpoints", "network-endpoints-s3", "network-endpoints-dynamodb", "balancer"]
    expected |= {(task, target, "tcp 443") for task in tasks for target in inside}
    return {(f"{region}-{source}", f"{region}-{target}", ports) for source, target, ports in expected}


def test_between_its_tiers_only_declared_connections_are_open(found: Exposure) -> None:
    expected = between("us-east-1", proxy=True) | between("eu-west-1", proxy=False)
    assert edges(found, Direction.BETWEEN) == expected


def test_to_the_internet_tasks_go_by_https_through_the_nat_gateways(found: Exposure) -> None:
    settings: Settings = validate(settings_document("prod"))
    names = [*settings.services, *settings.workers, *settings.jobs]
    expected = {(f"{region}-{name}", "internet", "tcp 443") for region in settings.regions for name in names}
    assert edges(found, Direction.OUTWARD) == expected
    api = next(path for path in found.of(Direction.OUTWARD) if path.source == "us-east-1-api")
    assert [step.name for step in api.through] == [
        *(f"us-east-1-network-nat-{zone}" for zone in "abc"),
        "us-east-1-api-https",
    ]


def test_rules_for_ipv6_without_ipv6_are_all_that_is_without_effect(found: Exposure) -> None:
    balancers = ("eu-west-1-balancer", "us-east-1-balancer")
    assert [(remark.rule.name, remark.why) for remark in found.remarks] == [
        (f"{balancer}-{scheme}-ipv6", f"in, tcp {port}: {balancer} has no IPv6 address")
        for balancer in balancers
        for scheme, port in (("http", 80), ("https", 443))
    ]


def test_stores_are_two_connections_away_from_the_internet(found: Exposure) -> None:
    distance = hops(found.paths)
    assert distance["us-east-1-balancer"] == distance["us-east-1-api"] == 1
    assert distance["us-east-1-database"] == distance["us-east-1-cache"] == 2
    assert "us-east-1-notify" not in distance


def test_a_path_names_the_lines_that_open_it(found: Exposure) -> None:
    path = next(p for p in found.paths if (p.source, p.target) == ("us-east-1-api", "us-east-1-cache"))
    for step in path.through:
        assert step.source.startswith("components/security.py:")
        assert any(caller.startswith("infra/") for caller in step.callers)


def test_a_group_that_is_opened_to_everybody_lets_nobody_into_isolated_subnets(prod: ResourceGraph) -> None:
    (cache,) = (r for r in prod if r.name == "us-east-1-cache" and r.type.endswith(":SecurityGroup"))
    open_ = rule("opened", "", 6379, cidr_ipv4="0.0.0.0/0")
    open_ = replace(open_, inputs={**open_.inputs, "securityGroupId": cache.id})
    changed = ResourceGraph([*prod, open_], stack=prod.stack, project=prod.project)
    assert exposure_changes(prod, changed) == ()
    remarks = {remark.rule.name: remark.why for remark in exposure(changed).remarks}
    assert remarks["opened"] == (
        "in, tcp 6379: from the internet nobody comes: us-east-1-cache has no public IPv4 address"
    )


def test_a_task_that_is_moved_into_public_subnets_is_reached_where_its_group_admits_it(prod: ResourceGraph) -> None:
    subnets = {r.name: r.id for r in prod.of("aws:ec2/subnet:Subnet")}

    def moved(service: Resource) -> Resource:
        if service.name != "us-east-1-web" or not service.type.endswith(":Service"):
            return service
        network = {**service.inputs["networkConfiguration"], "assignPublicIp": True}
        network["subnets"] = [subnets["us-east-1-network-public-a"]]
        return replace(service, inputs={**service.inputs, "networkConfiguration": network})

    changed = [moved(r) for r in prod]
    found = exposure_changes(prod, ResourceGraph(changed, stack=prod.stack, project=prod.project))
    # Its own way out, instead of the endpoints' and the NAT gateways'; nobody gets in: its group admits the balancer.
    gone = {f"us-east-1-network-endpoints-{service}" for service in ("s3", "dynamodb")}
    assert {(str(c.kind), c.path.source, c.path.target) for c in found} == {
        ("closed", "us-east-1-web", target) for target in gone
    }


def facts(found: Exposure) -> set[tuple[object, ...]]:
    return {(path.key, path.ports, path.ranges, path.undecidable) for path in found.paths}


def test_a_plan_has_the_same_paths_but_for_policies_that_are_not_known_yet(found: Exposure) -> None:
    plan = exposure(planned("prod"))
    more = [path for path in plan.paths if path.undecidable]
    assert facts(plan) - facts(found) == facts(Exposure(paths=tuple(more)))
    assert facts(found) <= facts(plan)
    assert all(path.undecidable.startswith("the policy ") for path in more)
    assert plan.remarks == found.remarks


def test_the_order_of_resources_changes_nothing(prod: ResourceGraph, found: Exposure) -> None:
    turned = ResourceGraph(reversed(prod.resources), stack=prod.stack, project=prod.project)
    assert facts(exposure(turned)) == facts(found)


def test_an_exported_graph_reads_the_same(prod: ResourceGraph, found: Exposure) -> None:
    assert exposure(ResourceGraph.parse(prod.to_json())) == found


def test_the_command_lists_them(
    command: Command, prod: ResourceGraph, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("graphs") / "prod.json"
    file.write_text(prod.to_json())
    result = command("exposure", str(file), "--json")
    assert result.exit_code == 0
    document = result.json
    assert document["problems"] == []
    assert document["hops"]["us-east-1-database"] == 2
    way = {"direction": "from the internet", "source": "internet", "target": "us-east-1-balancer"}
    (path,) = (p for p in document["paths"] if way.items() <= p.items())
    assert path["ports"] == [
        {"protocol": "tcp", "first": 80, "last": 80},
        {"protocol": "tcp", "first": 443, "last": 443},
    ]
    told = command("exposure", str(file)).stdout
    for title in ("From the internet", "Between tiers", "To the internet", "Rules that let nothing through"):
        assert title in told


def test_graphs_of_other_programs_are_no_failure(prod: ResourceGraph) -> None:
    assert assess(graph()).to_json() == {"paths": [], "hops": {}, "remarks": []}
    assert assess(graph(resource(VPC, "v"))).to_json()["paths"] == []
    bare = [resource(r.type, r.name) for r in prod if r.custom]
    json.dumps(assess(graph(*bare)).to_json())
    assess(graph(*bare)).render()
