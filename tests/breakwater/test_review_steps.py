"""What may happen to each resource, from code alone."""

import json
from dataclasses import replace
from importlib.resources import files

import pytest

from breakwater.review.model import Op
from breakwater.review.replacement import Holds, forcing, holds
from breakwater.review.steps import steps_between
from breakwater.review.values import Change
from breakwater.values import Secret
from tests.breakwater.graphs import ROLE, SUBNET, graph, resource
from tests.breakwater.reviews import DATABASE, LOGS, database, edited, network, queue
from tests.support.made_up import declared_outputs

TARGETS = "aws:lb/targetGroup:TargetGroup"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"


@pytest.mark.parametrize(
    ("inputs", "op"),
    [
        ({"storageEncrypted": True}, Op.REPLACE),
        ({"kmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}, Op.REPLACE),
        ({"username": "other"}, Op.REPLACE),
        ({"engine": "mysql"}, Op.REPLACE),
        ({"engineVersion": "17.2"}, Op.UPDATE),
        ({"instanceClass": "db.r7g.large"}, Op.UPDATE),
        ({"dbSubnetGroupName": "other"}, Op.UPDATE),
        ({"identifier": "other"}, Op.UPDATE),
        ({"multiAz": True}, Op.UPDATE),
    ],
)
def test_which_properties_of_a_database_force_a_replacement(inputs: dict[str, object], op: Op) -> None:
    (step,) = steps_between(graph(database()), graph(edited(database(), **inputs)))
    assert (step.op, step.certain) == (op, op is Op.UPDATE)
    assert step.forced_by == (tuple(inputs) if op is Op.REPLACE else ())


@pytest.mark.parametrize(
    ("version", "path", "before", "after", "forced"),
    [
        ("7.0", "transitEncryptionEnabled", False, True, True),
        ("7.1", "transitEncryptionEnabled", False, True, False),
        ("7.1", "engineVersion", "7.1", "7.0", True),
        ("7.1", "engineVersion", "7.1", "7.2", False),
        ("7.1", "numNodeGroups", 1, 2, False),
        ("7.1", "atRestEncryptionEnabled", False, True, True),
    ],
)
def test_conditions_of_a_cache(version: str, path: str, before: object, after: object, forced: bool) -> None:
    cache = resource(CACHE, "cache", inputs={"engineVersion": version})
    assert forcing(cache, [Change(path, before, after)]) == ((path,) if forced else ())


def test_nested_and_unknown_paths_are_judged_by_their_property() -> None:
    key = Change("encryptionConfigurations[0].kmsKey", "a", "b")
    assert forcing(resource("aws:ecr/repository:Repository", "r"), [key]) == ("encryptionConfigurations",)
    assert forcing(resource("other:x/y:Z", "r"), [key]) == ()
    assert forcing(database(), [Change("options.protect", True, False)]) == ()


def test_what_is_made_with_the_id_of_a_replaced_resource_is_replaced_too() -> None:
    steps = steps_between(graph(*network("10.0.0.0/16")), graph(*network("10.1.0.0/16")))
    assert [(step.op, step.resource.name, step.forced_by, step.certain) for step in steps] == [
        (Op.REPLACE, "net", ("cidrBlock",), False),
        (Op.REPLACE, "net-a", ("vpcId",), False),
    ]


def test_an_own_change_and_a_dragged_along_one_are_one_step() -> None:
    after = network("10.1.0.0/16", subnet="10.1.1.0/24")
    steps = steps_between(graph(*network("10.0.0.0/16")), graph(*after))
    assert [(step.op, step.forced_by) for step in steps] == [
        (Op.REPLACE, ("cidrBlock",)),
        (Op.REPLACE, ("cidrBlock", "vpcId")),
    ]


def test_a_property_from_a_replaced_resource_that_stays_the_same_forces_nothing() -> None:
    vpc, subnet = network("10.0.0.0/16")
    # The description is an input of the network: a new network has the same one.
    user = resource(
        "aws:ec2/securityGroup:SecurityGroup",
        "group",
        inputs={"description": "the network"},
        property_dependencies={"description": (vpc.urn,)},
    )
    other = network("10.1.0.0/16")
    steps = steps_between(graph(vpc, subnet, user), graph(*other, user))
    assert "group" not in {step.resource.name for step in steps}


def test_what_pulumi_is_told_to_ignore_does_not_happen() -> None:
    group = resource(TARGETS, "web", inputs={"port": 80, "tags": {"a": "1"}}, ignore_changes=("port", "tags.a"))
    assert steps_between(graph(group), graph(edited(group, port=8080, tags={"a": "2"}))) == ()
    (step,) = steps_between(graph(group), graph(edited(group, port=8080, tags={"a": "2", "b": "1"})))
    assert [change.path for change in step.changes] == ["tags.b"]
    (step,) = steps_between(graph(group), graph(edited(replace(group, ignore_changes=()), port=8080)))
    assert step.op is Op.REPLACE


def test_order_is_by_dependencies_and_deletions_come_last_and_backwards() -> None:
    before = graph(*network("10.0.0.0/16"))
    added = resource(LOGS, "logs")
    assert [s.resource.name for s in steps_between(graph(), before) if s.resource.custom] == ["net", "net-a"]
    steps = steps_between(before, graph(added))
    assert [(s.op, s.resource.name) for s in steps] == [
        (Op.CREATE, "logs"), (Op.DELETE, "net-a"), (Op.DELETE, "net"),
    ]  # fmt: skip


def test_a_rename_with_an_alias_does_nothing() -> None:
    old = queue("jobs")
    new = queue("tasks", aliases=(old.urn,))
    (step,) = steps_between(graph(old), graph(new))
    assert (step.op, step.before, step.after, step.changes) == (Op.RENAME, old, new, ())


def test_changed_secrets_are_named_and_not_shown() -> None:
    old, new = (resource(ROLE, "role", inputs={"description": Secret(text)}) for text in ("one", "two"))
    (step,) = steps_between(graph(old), graph(new))
    assert step.hidden == ("description",)
    assert "one" not in repr(step.changes)
    assert "two" not in repr(step.changes)


def test_a_replica_holds_a_copy() -> None:
    assert holds(database()) is Holds.DATA
    assert holds(database(inputs={"replicateSourceDb": "db"})) is Holds.COPY
    assert holds(resource(ROLE, "role")) is Holds.NOTHING


def test_each_fact_has_a_source_and_says_how_sure_it_is() -> None:
    document = json.loads(files("breakwater.review").joinpath("data/replacement.json").read_text("utf-8"))
    types = document["types"]
    assert list(types) == sorted(types)
    for type_, entry in types.items():
        assert entry["status"] in ("doc", "recalled"), type_
        assert entry["source"].endswith(".go"), type_
        assert entry["what"], type_
        assert (entry["status"] == "recalled") == entry["source"].startswith("main/"), type_
        assert set(entry.get("recalled", ())) <= set(entry["replaced_by"]), type_
        Holds(entry.get("holds", ""))
    assert {SUBNET, DATABASE, CACHE} <= {t for t, entry in types.items() if entry["status"] == "doc"}


def test_the_properties_of_the_facts_exist() -> None:
    document = json.loads(files("breakwater.review").joinpath("data/replacement.json").read_text("utf-8"))
    for type_, entry in document["types"].items():
        names = {*entry["replaced_by"], *(name.removeprefix("!") for name in entry.get("guards", {}))}
        names |= {*entry.get("replaced_by_below_version", {}), *entry.get("replaced_by_lower_version", ())}
        assert names <= declared_outputs(type_).keys(), (type_, names - declared_outputs(type_).keys())
