"""What is told to be different between two graphs, and what is not."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.graph import Resource, ResourceGraph, SourceLine
from breakwater.project import Stack, load_stack
from breakwater.review.diff import compare
from breakwater.review.values import ABSENT, Change, differences
from breakwater.simulator import _moto
from breakwater.simulator.run import up
from breakwater.values import UNKNOWN, Secret
from tests.breakwater.graphs import PREFIX, QUEUE, ROLE, SUBNET, VPC, graph, resource
from tests.support.stacks import ROOT, deployed


def changes(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    return [(c.path, c.before, c.after) for c in differences(before, after, "p")]


def between(before: Resource, after: Resource) -> list[tuple[str, Any, Any]]:
    """The changes of the one resource that both graphs have."""
    found = compare(graph(before), graph(after))
    assert found.added == found.removed == ()
    return [(c.path, c.before, c.after) for changed in found.changed for c in changed.changes]


# -- values


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a", "a", []),
        ("a", "b", [("p", "a", "b")]),
        (1, 1.0, []),
        (1, True, [("p", 1, True)]),
        (0, False, [("p", 0, False)]),
        (1, "1", [("p", 1, "1")]),
        (None, "", [("p", None, "")]),
        ({"a": 1}, {"a": 1, "b": None}, [("p.b", ABSENT, None)]),
        ({"a": 1, "b": 2}, {"a": 1}, [("p.b", 2, ABSENT)]),
        ({"a.b": {"c": 1}}, {"a.b": {"c": 2}}, [('p["a.b"].c', 1, 2)]),
        (["a", "b"], ["b", "a"], [("p[0]", ABSENT, "b"), ("p[1]", "b", ABSENT)]),
        (["a", "b", "c"], ["a", "c"], [("p[1]", "b", ABSENT)]),
        (["a", "b"], ["a", "x"], [("p[1]", "b", "x")]),
        ([], ["x"], [("p[0]", ABSENT, "x")]),
        ([{"name": "a", "v": 1}, {"name": "b"}], [{"name": "b"}, {"name": "a", "v": 3}], [("p[a].v", 1, 3)]),
        ([{"name": "a"}], [{"name": "a"}, {"name": "b"}], [("p[b]", ABSENT, {"name": "b"})]),
        ([{"name": "a"}, {"name": "a"}], [{"name": "a"}], [("p[1]", {"name": "a"}, ABSENT)]),
        ("{not json", "{not json either", [("p", "{not json", "{not json either")]),
        ('{"a": 1}', "[1]", [("p", '{"a": 1}', "[1]")]),
        ('{"a": 1, "b": [2]}', '{ "b":[2],"a":1 }', []),
        ('{"a": {"b": 1}}', '{"a": {"b": 2}}', [("p.a.b", 1, 2)]),
        ('{"a": "{\\"b\\": 1}"}', '{"a": "{\\"b\\": 2}"}', [("p.a.b", 1, 2)]),
    ],
)  # fmt: skip
def test_values(before: Any, after: Any, expected: list[tuple[str, Any, Any]]) -> None:
    assert changes(before, after) == expected


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


READ = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*", "Principal": {"AWS": ["b", "a"]}}
SEND = {"Effect": "Allow", "Action": "sqs:Send", "Resource": ["q"], "Condition": {"StringEquals": {"k": ["y", "x"]}}}


@pytest.mark.parametrize(
    "same",
    [
        policy(SEND, READ),
        policy(READ | {"Action": ["s3:List*", "s3:Get*", "s3:Get*"]}, SEND),
        policy(
            READ | {"Resource": ["*"], "Principal": {"AWS": ["a", "b"]}},
            SEND | {"Action": ["sqs:Send"], "Resource": "q"},
        ),
        policy(READ, SEND | {"Condition": {"StringEquals": {"k": ["x", "y"]}}}),
    ],
)
def test_policies_that_mean_the_same(same: str) -> None:
    assert changes(policy(READ, SEND), same) == []


def test_a_single_statement_is_a_list_of_one() -> None:
    assert changes('{"Statement": {"Effect": "Deny"}}', '{"Statement": [{"Effect": "Deny"}]}') == []


def test_what_a_policy_allows_more() -> None:
    wider = policy(READ, SEND | {"Action": ["sqs:Receive", "sqs:Send"]})
    assert changes(policy(READ, SEND), wider) == [("p.Statement[1].Action[0]", ABSENT, "sqs:Receive")]
    named = [{"Sid": sid, "Effect": "Allow", "Action": "a:b", "Resource": "*"} for sid in ("one", "two")]
    changed = [named[1] | {"Resource": "x"}, named[0]]
    assert changes(policy(*named), policy(*changed)) == [("p.Statement[two].Resource[0]", "*", "x")]


def test_container_definitions() -> None:
    def definitions(level: str, *, turned: bool = False) -> str:
        environment = [{"name": "LOG_LEVEL", "value": level}, {"name": "PORT", "value": "80"}]
        return json.dumps([{"name": "api", "environment": environment[::-1] if turned else environment}])

    assert changes(definitions("info"), definitions("info", turned=True)) == []
    assert changes(definitions("info"), definitions("debug", turned=True)) == [
        ("p[api].environment[LOG_LEVEL].value", "info", "debug")
    ]


def test_the_order_of_a_command_counts() -> None:
    assert changes('[{"name": "api", "command": ["a", "b"]}]', '[{"name": "api", "command": ["b", "a"]}]')


def test_secrets() -> None:
    assert changes(Secret("a"), Secret("a")) == []
    assert changes(Secret("a"), Secret(Secret("a").digest, sealed=True)) == []
    for before, after in ((Secret("a"), Secret("b")), ("a", Secret("a")), (Secret("a"), "a")):
        (found,) = differences(before, after, "p")
        assert "a" not in (found.before, found.after)
        assert isinstance(found.before, Secret)
        assert found.before.value is None
    assert [c.path for c in differences({"l": [Secret("a"), 1]}, {"l": [Secret("b"), 1]}, "")] == ["l[0]"]
    assert list(differences(ABSENT, Secret("a"), "p")) == [Change("p", ABSENT, Secret(None))]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "name", "Sid"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(json_values, json_values)
def test_only_equal_values_have_no_differences(before: Any, after: Any) -> None:
    assert list(differences(before, before, "p")) == []
    as_text = [json.dumps(v) if isinstance(v, dict | list) else v for v in (before, after)]
    assert list(differences(as_text[0], json.loads(json.dumps(as_text[0])), "p")) == []
    there, back = list(differences(before, after, "p")), list(differences(after, before, "p"))
    assert bool(there) == bool(back)
    if json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True) and not isinstance(before, list | dict):
        assert there


# -- graphs


def world(number: int, *, protect: bool = True) -> list[Resource]:
    """The same program, deployed with other ids."""
    vpc = resource(VPC, "net", id=f"vpc-{number:08}", inputs={"cidrBlock": "10.0.0.0/16"}, protect=protect)
    arn = f"arn:aws:sqs:us-east-1:1:q-{number:07}"
    queue = resource(
        QUEUE, "q", id=f"https://sqs/q-{number:07}", outputs={"arn": arn}, source=SourceLine("a.py", number)
    )
    role = resource(ROLE, "role", id=f"role-{number:07}", inputs={"policy": policy(SEND | {"Resource": f"{arn}/*"})})
    provider = f"{PREFIX}pulumi:providers:aws::us::{number}"
    inputs = {"vpcId": vpc.id, "tags": {"q": f"to {queue.id}"}}
    sources = {"vpcId": (vpc.urn,), "tags": (queue.urn,)}
    subnet = resource(SUBNET, "a", inputs=inputs, property_dependencies=sources, provider=provider)
    return [vpc, queue, role, subnet]


def test_ids_lines_and_order_are_no_change() -> None:
    after = world(2)
    random.Random(1).shuffle(after)  # noqa: S311 (no secret)
    found = compare(graph(*world(1)), graph(*after, outputs={}))
    assert not found
    assert (found.added, found.changed, found.renamed, found.removed) == ((), (), (), ())


def test_added_and_removed() -> None:
    vpc, queue, role, subnet = world(1)
    found = compare(graph(vpc, queue, role), graph(vpc, queue, subnet))
    assert ([r.name for r in found.added], [r.name for r in found.removed], found.changed) == (["a"], ["role"], ())
    assert found


def test_another_target_is_a_change_though_ids_look_alike() -> None:
    vpcs = [resource(VPC, name, id=f"vpc-0000000{name}") for name in ("a", "b")]
    turned = [resource(VPC, name, id=f"vpc-0000000{other}") for name, other in (("a", "b"), ("b", "a"))]
    subnet = resource(SUBNET, "s", inputs={"vpcId": "vpc-0000000a"}, property_dependencies={"vpcId": (vpcs[0].urn,)})
    found = compare(graph(*vpcs, subnet), graph(*turned, subnet))
    assert [c.changes for c in found.changed] == [
        (Change("vpcId", "${aws:ec2/vpc:Vpc::a.id}", "${aws:ec2/vpc:Vpc::b.id}"),)
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"protect": True}, {}, ("options.protect", True, False)),
        ({}, {"retain_on_delete": True}, ("options.retainOnDelete", False, True)),
        ({"ignore_changes": ("b", "a")}, {"ignore_changes": ("a",)}, ("options.ignoreChanges", ["a", "b"], ["a"])),
        ({"provider": "urn:us::1"}, {"provider": "urn:eu::2"}, ("options.provider", "urn:us", "urn:eu")),
    ],
)
def test_options_count(before: dict[str, Any], after: dict[str, Any], expected: tuple[str, Any, Any]) -> None:
    assert between(resource(VPC, "net", **before), resource(VPC, "net", **after)) == [expected]


def test_options_that_say_the_same() -> None:
    before = resource(VPC, "net", ignore_changes=("b", "a"), provider="urn:us::1", dependencies=("x",))
    after = resource(VPC, "net", ignore_changes=("a", "b"), provider="urn:us::2", aliases=(f"{PREFIX}{VPC}::old",))
    assert between(before, after) == []


def test_outputs_of_the_stack_count_those_of_resources_do_not() -> None:
    vpc = resource(VPC, "net", outputs={"state": "one"})
    other = resource(VPC, "net", outputs={"state": "two"})
    found = compare(graph(vpc, outputs={"a": 1, "b": 2}), graph(other, outputs={"a": 1, "c": 3}))
    assert [c.changes for c in found.changed] == [(Change("outputs.b", 2, ABSENT), Change("outputs.c", ABSENT, 3))]


# -- aliases


def test_a_rename_with_an_alias() -> None:
    def pair(name: str, aliases: tuple[str, ...] = ()) -> list[Resource]:
        vpc = resource(VPC, name, id=f"vpc-{name:>08}", aliases=aliases)
        sources = {"vpcId": (vpc.urn,)}
        return [vpc, resource(SUBNET, "s", inputs={"vpcId": vpc.id}, property_dependencies=sources)]

    before = graph(*pair("old"))
    for alias in (f"{PREFIX}{VPC}::old", "old"):
        found = compare(before, graph(*pair("new", (alias,))))
        assert [(old.name, new.name) for old, new in found.renamed] == [("old", "new")]
        assert (found.added, found.changed, found.removed) == ((), (), ())
    without = compare(before, graph(*pair("new")))
    assert ([r.name for r in without.added], [r.name for r in without.removed]) == (["new"], ["old"])
    assert [c.after.name for c in without.changed] == ["s"]


def test_children_inherit_the_aliases_of_their_parents() -> None:
    def tree(name: str, kind: str, aliases: tuple[str, ...] = ()) -> list[Resource]:
        top = resource(kind, name, aliases=aliases)
        inner = resource("demo:x:Inner", f"{name}-inner", parent=top.urn)
        own = ("q",) if aliases else ()
        queue = resource(QUEUE, "queue" if aliases else "q", parent=inner.urn, aliases=own)
        return [top, inner, resource(VPC, f"{name}-inner-vpc", parent=inner.urn, inputs={"a": 1}), queue]

    before = tree("old", "demo:x:Was")
    after = tree("new", "demo:x:Is", (f"{PREFIX}demo:x:Was::old",))
    found = compare(graph(*before), graph(*after))
    assert [(old.urn, new.urn) for old, new in found.renamed] == [
        (old.urn, new.urn) for old, new in zip(before, after, strict=True)
    ]
    assert (found.added, found.changed, found.removed) == ((), (), ())


def test_a_move_to_another_parent_is_told() -> None:
    one, two = resource("demo:x:One", "one"), resource("demo:x:Two", "two")
    vpc = resource(VPC, "net", parent=one.urn)
    moved = resource(VPC, "net", parent=two.urn, aliases=(vpc.urn,))
    found = compare(graph(one, two, vpc), graph(one, two, moved))
    assert len(found.renamed) == 1
    assert [c.changes for c in found.changed] == [(Change("options.parent", one.urn, two.urn),)]


def test_an_alias_does_not_take_what_still_exists() -> None:
    old, new = resource(VPC, "old"), resource(VPC, "new", aliases=("old",))
    found = compare(graph(old), graph(old, new))
    assert ([r.name for r in found.added], found.renamed) == (["new"], ())


def test_an_alias_is_used_once() -> None:
    news = [resource(VPC, name, aliases=("old",)) for name in ("one", "two")]
    found = compare(graph(resource(VPC, "old")), graph(*news))
    assert ([new.name for _, new in found.renamed], [r.name for r in found.added]) == (["one"], ["two"])


# -- plans


def planned(vpc: str, **inputs: Any) -> list[Resource]:
    sources = dict.fromkeys(inputs, (f"{PREFIX}{VPC}::{vpc}",))
    return [resource(VPC, vpc), resource(SUBNET, "s", inputs=inputs, property_dependencies=sources)]


def test_an_unknown_value_of_the_same_source_is_no_change() -> None:
    known = planned("net", vpcId="vpc-1", tags={"a": "vpc-1", "b": "x"})
    unknown = planned("net", vpcId=UNKNOWN, tags={"a": UNKNOWN, "b": "x"})
    for before, after in ((known, unknown), (unknown, known), (unknown, unknown)):
        assert not compare(graph(*before), graph(*after))
    secret = planned("net", vpcId=Secret(UNKNOWN), tags={"a": UNKNOWN, "b": "x"})
    sealed = planned("net", vpcId=Secret("abc", sealed=True), tags={"a": UNKNOWN, "b": "x"})
    assert not compare(graph(*sealed), graph(*secret))


def test_an_unknown_value_of_another_source_is_a_change() -> None:
    found = compare(graph(*planned("one", vpcId=UNKNOWN)), graph(*planned("two", vpcId=UNKNOWN)))
    (changed,) = found.changed
    assert changed.changes == (
        Change("vpcId", "(known after deployment, from one)", "(known after deployment, from two)"),
    )
    assert compare(graph(*planned("one", vpcId=Secret(UNKNOWN))), graph(*planned("two", vpcId=Secret(UNKNOWN)))).changed


def test_known_parts_beside_unknown_ones_are_compared() -> None:
    found = compare(graph(*planned("net", t={"a": UNKNOWN, "b": 1})), graph(*planned("net", t={"a": UNKNOWN, "b": 2})))
    assert [c.changes for c in found.changed] == [(Change("t.b", 1, 2),)]


# -- worlds


def with_other_ids(first: ResourceGraph, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> ResourceGraph:
    monkeypatch.setattr(_moto, "_SEED", 4711)
    second = up(stack).graph
    assert first.of(VPC)[0].id != second.of(VPC)[0].id
    return second


def test_other_ids_in_a_deployment_are_no_change(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = load_stack("dev", project)
    first = up(stack).graph
    second = with_other_ids(first, stack, monkeypatch)
    assert not compare(first, second)
    assert not compare(ResourceGraph.from_export(json.loads(first.to_json())), second)


def test_other_ids_in_the_platform_are_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of resource, and every text that ids are put into."""
    first = deployed("dev").graph
    difference = compare(first, with_other_ids(first, load_stack("dev", ROOT), monkeypatch))
    assert [(c.after.label, c.changes) for c in difference.changed] == []
    assert not difference
