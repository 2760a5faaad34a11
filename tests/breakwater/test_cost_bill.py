"""The whole bill: sums, error ranges, the target; and what `breakwater cost` prints of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from breakwater.analysis.cost import bill, monthly_by_resource
from breakwater.analysis.cost.item import estimate
from breakwater.analysis.cost.kinds import unheard_of
from breakwater.analysis.figures import Verdict
from breakwater.analysis.judging import judged
from breakwater.analysis.prices import uncertainties
from breakwater.cli import app
from breakwater.graph import STACK_TYPE, Resource, ResourceGraph
from breakwater.rendering import make_console
from breakwater.tables.cost import assess
from breakwater.values import UNKNOWN, Secret
from tests.breakwater.bills import PROVIDER, graph, resource, urn
from tests.support.stacks import deployed

STACK = "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev"
KEY = resource("aws:kms/key:Key", "key")
ZONE = resource("aws:route53/zone:Zone", "zone")
TABLE = resource("aws:dynamodb/table:Table", "table", billingMode="PAY_PER_REQUEST")
NEWER = resource("aws:rds/instance:Instance", "db", instanceClass="db.z9.large", allocatedStorage=10)


def stack(*resources: Resource, usd: float | None = None) -> ResourceGraph:
    """A graph with a target."""
    outputs = {"targets": {"monthly_usd": usd}} if usd is not None else {}
    return ResourceGraph(
        [Resource(urn=STACK, type=STACK_TYPE, name="demo-dev", custom=False, outputs=outputs), *graph(*resources)],
        stack="dev", project="demo",
    )  # fmt: skip


def within(name: str) -> tuple[Resource, ...]:
    """Two gateways in a component of a region."""
    region = _below("breakwater:region:Region", "us-east-1", STACK)
    component = _below("breakwater:network:Network", f"us-east-1-{name}", region.urn)
    return region, component, *(_below("aws:ec2/natGateway:NatGateway", n, component.urn) for n in ("a", "b"))


def _below(type_: str, name: str, parent: str) -> Resource:
    custom = type_.startswith("aws:")
    provider = f"{PROVIDER}::id" if custom else ""
    return Resource(urn=urn(type_, name), type=type_, name=name, custom=custom, parent=parent, provider=provider)


def test_a_bill_by_hand() -> None:
    found = bill(stack(*within("network"), KEY, ZONE))
    sums = {(s.region, s.component): s.maximum for s in found.components}
    expected = {("us-east-1", "network"): 65.7, ("us-east-1", "key"): 1, ("global", "zone"): 0.5}
    assert {key: e.usd for key, e in sums.items()} == pytest.approx(expected)
    # Prices of lists may be 2 % off.
    assert {key: e.low for key, e in sums.items()} == pytest.approx({key: 0.98 * usd for key, usd in expected.items()})
    assert {key: e.high for key, e in sums.items()} == pytest.approx({key: 1.02 * usd for key, usd in expected.items()})
    assert found.total.maximum.usd == pytest.approx(67.2)
    assert [(s.region, s.maximum.usd) for s in found.regions] == [("global", 0.5), ("us-east-1", pytest.approx(66.7))]
    assert found.total.unpriced == 0


def test_what_has_no_price_is_counted_beside_the_total() -> None:
    found = bill(stack(NEWER))
    assert found.total.unpriced == 1
    assert [(item.service, item.name) for item in found.unpriced] == [("rds_postgres", "db.z9.large.single_az_hour")]
    assert found.total.maximum.usd == pytest.approx(1.15)


def test_types_that_nobody_knows_are_named() -> None:
    strange = resource("aws:quantum/oracle:Oracle", "o"), resource("gcp:compute/instance:Instance", "g")
    found = bill(stack(*strange, resource("random:index/randomId:RandomId", "r"), KEY))
    assert found.unheard_of == ("aws:quantum/oracle:Oracle", "gcp:compute/instance:Instance")


def test_what_is_billed_by_use_is_told_with_its_price() -> None:
    found = {(use.region, use.what): use for use in bill(stack(TABLE, TABLE, ZONE)).unmetered}
    writes = found["us-east-1", "million writes to tables"]
    assert (writes.resources, writes.price and writes.price.usd) == (2, 0.625)
    assert ("global", "million DNS queries") in found


@pytest.mark.parametrize(
    ("resources", "target", "verdict"),
    [
        (within("network"), 66, Verdict.MET),
        (within("network"), 65, Verdict.MISSED),
        ((NEWER,), 100, Verdict.UNKNOWN),
        ((NEWER,), 1, Verdict.MISSED),
        ((resource("aws:quantum/oracle:Oracle", "o"),), 100, Verdict.UNKNOWN),
    ],
)
def test_the_target_is_that_of_autoscalings_maximum(
    resources: tuple[Resource, ...], target: float, verdict: Verdict
) -> None:
    found = stack(*resources, usd=target)
    (figure,) = bill(found).figures
    assert (figure.verdict, figure.target) == (verdict, target)
    assert judged(found) == (figure,)


def test_without_a_target_nothing_is_refused() -> None:
    assert bill(stack(NEWER)).figures == judged(stack(NEWER)) == ()


@given(st.lists(st.tuples(st.none() | st.floats(0, 1e6), st.sampled_from(sorted(uncertainties())))))
def test_an_estimate_lies_between_its_ends(amounts: list[tuple[float | None, str]]) -> None:
    found = estimate(amounts)
    assert 0 <= found.low <= found.usd <= found.high
    assert found.usd == pytest.approx(sum(amount or 0 for amount, _ in amounts))


def test_less_sure_prices_have_wider_ranges() -> None:
    percents = [u.percent for u in uncertainties().values()]
    assert percents == sorted(percents)
    assert all(u.why for u in uncertainties().values())


def test_nothing_known_is_no_crash() -> None:
    values: tuple[Any, ...] = (None, UNKNOWN, Secret("x", sealed=True), [], {}, "text")
    types = ("aws:rds/instance:Instance", "aws:ecs/service:Service", "aws:lb/loadBalancer:LoadBalancer",
             "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:elasticache/replicationGroup:ReplicationGroup",
             "aws:elasticache/serverlessCache:ServerlessCache", "aws:scheduler/schedule:Schedule",
             "aws:wafv2/webAcl:WebAcl", "aws:ec2/vpcEndpoint:VpcEndpoint", "aws:secretsmanager/secret:Secret",
             "aws:route53/healthCheck:HealthCheck", "aws:lambda/function:Function")  # fmt: skip
    names = ("instanceClass", "allocatedStorage", "engine", "iops", "subnets", "subnetIds", "metricQueries", "period",
             "nodeType", "numNodeGroups", "cacheUsageLimits", "scheduleExpression", "rules", "replicas", "type",
             "desiredCount", "capacityProviderStrategies", "networkConfiguration", "architectures", "state",
             "vpcEndpointType")  # fmt: skip
    inputs: list[dict[str, Any]] = [dict.fromkeys(names, value) for value in values]
    resources = [resource(type_, f"r{i}", **given_) for type_ in types for i, given_ in enumerate(inputs)]
    found = assess(stack(*resources))
    assert json.dumps(found.to_json())
    assert found.problems == []
    make_console().print(found.render())


def test_an_empty_stack_costs_nothing() -> None:
    found = assess(ResourceGraph([]))
    assert found.to_json()["totals"]["maximum"]["usd"] == 0
    make_console().print(found.render())


def test_every_type_of_prod_is_known_and_all_of_it_has_a_price() -> None:
    found = bill(deployed("prod").graph)
    assert unheard_of(deployed("prod").graph) == []
    assert found.unpriced == []
    assert found.unread == ()
    assert all(0 <= item.minimum <= item.maximum for item in found.items)
    total = found.total
    for estimate_ in (total.minimum, total.maximum):
        assert 0 < estimate_.low < estimate_.usd < estimate_.high
    assert total.minimum.usd < total.maximum.usd
    assert sum(s.maximum.usd for s in found.components) == pytest.approx(total.maximum.usd)
    assert sum(s.maximum.usd for s in found.regions) == pytest.approx(total.maximum.usd)


def test_the_database_of_prod_by_hand() -> None:
    parts = {(s.region, s.component): s.maximum.usd for s in bill(deployed("prod").graph).components}
    instances = 730 * (0.478 + 2 * 0.239)  # the writer with its standby, two replicas
    storage = 400 * (0.23 + 2 * 0.115)
    proxy = 730 * 2 * 0.015
    alarms = parts["us-east-1", "database"] - instances - storage - proxy
    assert alarms == pytest.approx(round(alarms, 1))  # each costs ten cents
    assert 0 < alarms < 5


def test_amounts_by_resource_add_up_to_the_bill() -> None:
    found = deployed("prod").graph
    by_resource = monthly_by_resource(found)
    assert by_resource.keys() <= found.by_urn.keys()
    total = bill(found).total
    assert sum(s.minimum.usd for s in by_resource.values()) == pytest.approx(total.minimum.usd)
    assert sum(s.maximum.usd for s in by_resource.values()) == pytest.approx(total.maximum.usd)


def test_the_command_prints_tables_and_one_object(tmp_path: Path) -> None:
    file = tmp_path / "prod.json"
    file.write_text(deployed("prod").graph.to_json())
    printed = CliRunner().invoke(app, ["cost", str(file)])
    assert printed.exit_code == 0
    for part in ("USD a month", "The largest", "USD for each deployment", "million messages", "GB logged", "±25 %"):
        assert part in printed.output
    found = json.loads(CliRunner().invoke(app, ["cost", str(file), "--json"]).stdout)
    assert (found["command"], found["stack"], found["ok"], found["problems"]) == ("cost", "prod", True, [])
    item = next(
        i
        for i in found["items"]
        if i["item"] == "arm_vcpu_hour" and i["component"] == "api" and i["region"] == "us-east-1"
    )
    assert item["quantity"] == {"minimum": 2190, "maximum": 17520}
    assert item["usd"] == {"minimum": pytest.approx(2190 * 0.03238), "maximum": pytest.approx(17520 * 0.03238)}
    assert (item["status"], item["unit"]) == ("list", "vCPU-hour")
    assert item["source"]
    assert found["totals"]["unpriced"] == len(found["unpriced"]) == 0
    assert {rate["name"] for rate in found["usage"]} == {"api", "web", "deliveries", "notifications", "receipts"}
    assert {one["name"] for one in found["deployments"]} == {"api", "web", "deliver", "notify", "archive"}


def test_the_command_refuses_what_costs_more_than_its_target(tmp_path: Path) -> None:
    file = tmp_path / "dev.json"
    file.write_text(stack(*within("network"), usd=50).to_json())
    refused = CliRunner().invoke(app, ["cost", str(file), "--json"])
    assert refused.exit_code == 1
    (problem,) = json.loads(refused.stdout)["problems"]
    assert problem == (
        "cost: a month at autoscaling's maximum 65.7 USD, target 50 USD (network in us-east-1 USD 66): "
        "take smaller or fewer of the largest, or raise targets.monthly_usd"
    )
