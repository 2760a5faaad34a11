"""Why a resource waits, and what of it AWS requires: hand-made pairs of resources."""

import json
from importlib.resources import files
from typing import Any

import pytest

from breakwater.analysis.waits import Reason, Wait, waits
from breakwater.graph import Resource, ResourceGraph
from breakwater.values import UNKNOWN, Secret
from tests.breakwater.graphs import PREFIX, QUEUE, ROLE, SUBNET, VPC, graph, resource

POLICY, PROXY = "aws:iam/rolePolicy:RolePolicy", "aws:rds/proxy:Proxy"
ALARM, LOG_GROUP = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/logGroup:LogGroup"
FACTS: Any = json.loads(files("breakwater.analysis").joinpath("data/waits.json").read_text("utf-8"))


def made(type_: str, name: str, id_: str, **outputs: Any) -> Resource:
    """A resource that got an id, and a name that its program gave it."""
    return resource(type_, name, id=id_, inputs={"name": f"my-{name}"}, outputs={"name": f"my-{name}", **outputs})


def only(*resources: Resource) -> Wait:
    """The one wait of the last resource."""
    (found,) = waits(graph(*resources))[resources[-1].urn]
    return found


def using(type_: str, name: str, dependency: Resource, **inputs: Any) -> Resource:
    """A resource whose inputs all come from another."""
    return resource(type_, name, inputs=inputs, dependencies=(dependency.urn,),
                    property_dependencies=dict.fromkeys(inputs, (dependency.urn,)))  # fmt: skip


ROLE_MADE = made(ROLE, "role", "role-5f3a91", arn="arn:aws:iam::123456789012:role/my-role")
WRITER = made("aws:rds/instance:Instance", "db", "db-ABCD1234", arn="arn:aws:rds:us-east-1:123456789012:db:my-db",
              address="my-db.c9xk2q.us-east-1.rds.amazonaws.com")  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        "arn:aws:iam::123456789012:role/my-role",  # an output as it is
        '{"Resource": "arn:aws:iam::123456789012:role/my-role"}',  # inside a document
        ["x", {"deep": "5f3a91"}],  # a part of the id, anywhere
        f"${{{ROLE}::role.arn}}",  # in a graph file that a simulated run wrote
        Secret("role-5f3a91"),
        Secret("ciphertext", sealed=True),  # may be anything
        UNKNOWN,
    ],
)
def test_what_only_the_creation_gives_is_worth_waiting_for(value: Any) -> None:
    found = only(ROLE_MADE, using(POLICY, "p", ROLE_MADE, policy=value))
    assert (found.reason, found.properties, found.needed) == (Reason.VALUE, ("policy",), True)


def test_a_name_that_aws_looks_up_is_worth_waiting_for() -> None:
    found = only(WRITER, using("aws:rds/proxyTarget:ProxyTarget", "t", WRITER, dbInstanceIdentifier="my-db"))
    assert (found.reason, found.needed) == (Reason.NAME, True)


def test_a_name_that_nobody_looks_up_is_not() -> None:
    definition = using("aws:ecs/taskDefinition:TaskDefinition", "t", WRITER, containerDefinitions='[{"v": "my-db"}]')
    found = only(WRITER, definition)
    assert (found.reason, found.needed) == (Reason.NAME, False)
    assert found.remedy == "give containerDefinitions the name itself, not the output of db"


def test_of_a_name_that_the_provider_chose_nobody_knows_before() -> None:
    """Pulumi's state has automatic names among the inputs, and says so."""
    automatic = resource(QUEUE, "q", id="q", inputs={"name": "q-7a8b9c0", "__defaults": ["name"]},
                         outputs={"name": "q-7a8b9c0"})  # fmt: skip
    definition = using("aws:ecs/taskDefinition:TaskDefinition", "t", automatic, containerDefinitions="q-7a8b9c0")
    assert only(automatic, definition).reason is Reason.VALUE


def test_an_alarm_waits_for_what_it_watches() -> None:
    found = only(WRITER, using(ALARM, "a", WRITER, dimensions={"DBInstanceIdentifier": "my-db"}))
    assert found.needed
    assert "missing data" in found.why


def test_depends_on_alone_needs_a_fact() -> None:
    policy = made(POLICY, "p", "role:p")
    found = only(policy, resource(PROXY, "proxy", inputs={"name": "proxy"}, dependencies=(policy.urn,)))
    assert (found.reason, found.properties, found.needed) == (Reason.ORDER, (), False)
    assert found.remedy == "take p out of depends_on"
    group = made(LOG_GROUP, "g", "/aws/rds/proxy/x")
    found = only(group, resource(PROXY, "proxy", inputs={"name": "proxy"}, dependencies=(group.urn,)))
    assert (found.reason, found.needed) == (Reason.ORDER, True)
    assert "make the group itself" in found.why


def test_an_output_that_was_made_to_wait_is_no_reason() -> None:
    """What an association has from the subnet is the subnet's, not its own."""
    subnet = made(SUBNET, "s", "subnet-0a1b2c3d4e")
    association = resource("aws:ec2/routeTableAssociation:RouteTableAssociation", "a", id="rtbassoc-0f9e8d7c",
                           inputs={"subnetId": subnet.id}, outputs={"subnetId": subnet.id},
                           property_dependencies={"subnetId": (subnet.urn,)})  # fmt: skip
    group = resource("aws:rds/subnetGroup:SubnetGroup", "g", inputs={"subnetIds": [subnet.id]},
                     property_dependencies={"subnetIds": (subnet.urn, association.urn)})  # fmt: skip
    value, order = waits(graph(subnet, association, group))[group.urn]
    assert (value.reason, value.needed) == (Reason.VALUE, True)
    assert (order.reason, order.needed) == (Reason.ORDER, False)
    assert order.remedy == "let subnetIds not wait for a, of which it uses nothing"


def test_providers_and_custom_parents_come_first_and_components_do_not() -> None:
    provider = resource("pulumi:providers:aws", "us-east-1")
    component = resource("demo:x:Component", "c")
    parent = resource(VPC, "v", parent=component.urn, provider=f"{provider.urn}::some-id")
    child = resource(SUBNET, "s", parent=parent.urn)
    found = waits(graph(provider, component, parent, child))
    assert [(w.dependency, w.reason, w.needed) for w in found[parent.urn]] == [(provider, Reason.PROVIDER, True)]
    assert [(w.dependency, w.reason, w.needed) for w in found[child.urn]] == [(parent, Reason.PARENT, True)]


def test_each_dependency_counts_once_and_what_is_not_in_the_graph_not_at_all() -> None:
    user = resource(POLICY, "p", inputs={"policy": ROLE_MADE.id, "role": ROLE_MADE.id},
                    dependencies=(ROLE_MADE.urn, f"{PREFIX}{VPC}::gone"),
                    property_dependencies={"policy": (ROLE_MADE.urn,), "role": (ROLE_MADE.urn,)})  # fmt: skip
    assert only(ROLE_MADE, user).properties == ("policy", "role")


def test_a_plan_says_nothing_and_is_believed() -> None:
    """Without ids and outputs nobody can tell what is used."""
    planned = resource(ROLE, "role")
    assert only(planned, using(POLICY, "p", planned, policy="x")).needed


def test_an_empty_graph_has_no_waits() -> None:
    assert waits(ResourceGraph(())) == {}


def test_every_fact_says_why_and_how_sure_it_is() -> None:
    for fact in [*FACTS["needed"], *FACTS["unchecked"]]:
        assert fact["why"], fact
        assert fact["date"], fact
        assert fact["status"] in FACTS["_meta"]["status"], fact
        assert (fact["status"] == "recalled") == fact["source"].startswith("recalled"), fact


def test_no_two_facts_are_about_the_same() -> None:
    pairs = [(fact["type"], fact["for"]) for fact in FACTS["needed"]]
    assert len(set(pairs)) == len(pairs)
