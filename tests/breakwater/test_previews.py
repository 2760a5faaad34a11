"""What Pulumi's engine says, with the traps of its JSON."""

import json
from itertools import permutations
from pathlib import Path

import pytest

from breakwater.graph import SourceLine
from breakwater.review.digest import digest
from breakwater.review.model import Op
from breakwater.review.previews import PreviewError, read_preview
from breakwater.review.values import ABSENT
from breakwater.values import Secret
from tests.breakwater.graphs import PREFIX, QUEUE, SUBNET, VPC
from tests.breakwater.previews import ROOT, SAME_STACK, UNKNOWN, preview, state, step, text
from tests.breakwater.reviews import DATABASE

OLD, NEW = state(QUEUE, "q", {"delaySeconds": 1}), state(QUEUE, "q", {"delaySeconds": 2})


@pytest.mark.parametrize(
    ("op", "old", "new", "found"),
    [
        ("same", OLD, OLD, None),
        ("create", None, NEW, Op.CREATE),
        ("update", OLD, NEW, Op.UPDATE),
        ("delete", OLD, None, Op.DELETE),
        ("replace", OLD, NEW, Op.REPLACE),
        ("create-replacement", OLD, NEW, Op.REPLACE),
        ("read", None, NEW, None),
        ("read-replacement", OLD, NEW, None),
        ("refresh", OLD, NEW, None),
        ("discard", OLD, None, None),
        ("discard-replaced", OLD, None, None),
        ("remove-pending-replace", OLD, None, None),
        ("import", None, NEW, Op.IMPORT),
        ("import-replacement", OLD, NEW, Op.REPLACE),
    ],
)
def test_each_operation(
    op: str, old: dict[str, object] | None, new: dict[str, object] | None, found: Op | None
) -> None:
    read = preview(step(op, old, new))
    assert [s.op for s in read.steps] == ([found] if found else [])
    assert all(s.certain for s in read.steps)
    assert read.error == ""


def test_an_operation_of_the_future_is_an_error() -> None:
    with pytest.raises(PreviewError, match="the operation 'merge' of"):
        preview(step("merge", OLD, NEW))


def test_a_replacement_in_three_parts_is_one_step() -> None:
    more = {"replaceReasons": ["fifoQueue"], "diffReasons": ["fifoQueue"]}
    old, new = state(QUEUE, "q", {}), state(QUEUE, "q", {"fifoQueue": True})
    read = preview(
        step("create-replacement", old, new, **more),
        step("replace", old, new, **more),
        step("delete-replaced", old | {"delete": True}, None, **more),
    )
    (found,) = read.steps
    assert (found.op, found.forced_by) == (Op.REPLACE, ("fifoQueue",))
    assert [(c.path, c.before, c.after) for c in found.changes] == [("fifoQueue", ABSENT, True)]
    assert len(read.before) == len(read.after) == 2


def test_what_waits_for_its_deletion_since_an_earlier_run_is_a_deletion() -> None:
    read = preview(step("same", OLD, OLD), step("delete-replaced", OLD | {"delete": True, "id": "older"}, None))
    (found,) = read.steps
    assert found.op is Op.DELETE
    assert len(read.after) == 2


def test_forcing_properties_come_from_the_detailed_diff_too() -> None:
    old, new = state(DATABASE, "db", {"storageEncrypted": False}), state(DATABASE, "db", {"storageEncrypted": True})
    detailed = {"storageEncrypted": {"kind": "update-replace", "inputDiff": False}}
    (found,) = preview(step("replace", old, new, detailedDiff=detailed)).steps
    assert found.forced_by == ("storageEncrypted",)
    nested = {"nodes[0].size": {"kind": "add-replace", "inputDiff": True}, "tags.Name": {"kind": "update"}}
    (found,) = preview(step("replace", old, new, detailedDiff=nested)).steps
    assert found.forced_by == ("nodes",)


def test_without_reasons_the_inputs_are_compared() -> None:
    (found,) = preview(step("update", OLD, NEW)).steps
    assert [(c.path, c.before, c.after) for c in found.changes] == [("delaySeconds", 1, 2)]


def test_only_what_the_engine_names_is_told() -> None:
    old, new = state(QUEUE, "q", {"a": 1, "b": 1}), state(QUEUE, "q", {"a": 2, "b": 2})
    (found,) = preview(step("update", old, new, diffReasons=["b"])).steps
    assert [c.path for c in found.changes] == ["b"]


def test_an_unknown_value_is_a_change_where_the_engine_names_it() -> None:
    old, new = state(SUBNET, "s", {"vpcId": "vpc-1", "x": "y"}), state(SUBNET, "s", {"vpcId": UNKNOWN, "x": UNKNOWN})
    (found,) = preview(step("replace", old, new, diffReasons=["vpcId"], replaceReasons=["vpcId"])).steps
    assert [(c.path, c.before, c.after) for c in found.changes] == [("vpcId", "vpc-1", UNKNOWN)]


@pytest.mark.parametrize("reasons", [["description"], []])
def test_a_changed_secret_looks_the_same_and_is_told_as_changed(reasons: list[str]) -> None:
    same = state(DATABASE, "db", {"description": "[secret]", "engine": "postgres"})
    (found,) = preview(step("update", same, same, diffReasons=reasons)).steps
    assert found.hidden == ("description",)
    assert [c.path for c in found.changes] == ["description"]
    assert isinstance(found.changes[0].after, Secret)


def test_a_secret_beside_another_change_is_not_suspected() -> None:
    old, new = (state(DATABASE, "db", {"password": "[secret]", "allocatedStorage": n}) for n in (1, 2))
    (found,) = preview(step("update", old, new)).steps
    assert [c.path for c in found.changes] == ["allocatedStorage"]
    assert found.hidden == ()


def test_drift_is_told_against_what_is_there() -> None:
    same = state(QUEUE, "q", {"delaySeconds": 1})
    old = same | {"outputs": {"delaySeconds": 30}}
    detailed = {"delaySeconds": {"kind": "update", "inputDiff": False}}
    (found,) = preview(step("update", old, same, detailedDiff=detailed)).steps
    assert [(c.path, c.before, c.after) for c in found.changes] == [("delaySeconds", 30, 1)]


def test_what_the_provider_filled_in_is_not_the_programs() -> None:
    old = state(QUEUE, "q", {"__defaults": ["name"], "name": "q-1a2b3c4", "tags": {"__defaults": []}})
    read = preview(step("same", old, old))
    assert read.before.of(QUEUE)[0].inputs == {"tags": {}}


def test_new_states_keep_the_id_and_outputs_that_the_engine_leaves_out() -> None:
    old = OLD | {"outputs": {"delaySeconds": 1, "url": "https://sqs.example/q"}}
    read = preview(step("update", old, NEW))
    (queue,) = read.after.of(QUEUE)
    assert (queue.id, queue.outputs) == ("some-id", {"delaySeconds": 2, "url": "https://sqs.example/q"})
    (replaced,) = preview(step("replace", old, NEW)).after.of(QUEUE)
    assert (replaced.id, replaced.outputs) == ("", {"delaySeconds": 2, "url": UNKNOWN})


def test_an_alias_is_a_rename() -> None:
    (found,) = preview(step("same", OLD, state(QUEUE, "new", {"delaySeconds": 1}))).steps
    assert (found.op, found.before and found.before.name, found.resource.name) == (Op.RENAME, "q", "new")
    (found,) = preview(step("update", OLD, state(QUEUE, "new", {"delaySeconds": 2}))).steps
    assert (found.op, [c.path for c in found.changes]) == (Op.UPDATE, ["delaySeconds"])


def test_a_provider_with_another_id_is_the_same() -> None:
    old = OLD | {"provider": f"{PREFIX}pulumi:providers:aws::us::1-2-3"}
    new = NEW | {"provider": f"{PREFIX}pulumi:providers:aws::us::{UNKNOWN}"}
    (found,) = preview(step("update", old, new, diffReasons=["delaySeconds"])).steps
    assert [c.path for c in found.changes] == ["delaySeconds"]


def test_a_refused_deletion_is_told_with_its_step() -> None:
    message = 'unable to delete resource "urn:…::db"\nas it is currently marked for protection.'
    diagnostics = [
        {"urn": f"{PREFIX}{DATABASE}::db", "message": message, "severity": "error"},
        {"message": "using a plugin", "severity": "warning"},
        {"message": ""},
    ]
    old = state(DATABASE, "db", {}, protect=True)
    read = preview(step("delete", old, None), diagnostics=diagnostics)
    assert [s.op for s in read.steps] == [Op.DELETE]
    assert read.error.startswith("aws:rds/instance:Instance::db: unable to delete")
    assert [severity for severity, _ in read.diagnostics] == ["error", "warning"]


def test_a_traceback_is_told_by_its_last_line_and_the_projects() -> None:
    message = (
        "error: Program failed with an unhandled exception:\nTraceback (most recent call last):\n"
        f'  File "{ROOT}/infra/__main__.py", line 3, in <module>\n'
        f'  File "{ROOT}/.venv/lib/python3.11/site-packages/x.py", line 9, in y\n'
        "KeyError: 'cidr'\n"
    )
    read = read_preview(json.dumps({"diagnostics": [{"message": message, "severity": "error"}]}), ROOT)
    assert read.error == "KeyError: 'cidr'"
    assert read.error_source == SourceLine("infra/__main__.py", 3)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("", "the preview is empty"),
        (" \n", "the preview is empty"),
        ("error: no stack", "the preview is no JSON"),
        ('{"steps": [', "the preview is no JSON"),
        ("[]", "neither steps nor diagnostics"),
        ('{"deployment": {}}', "neither steps nor diagnostics"),
        ('{"steps": [{"op": "create", "newState": {"type": "x"}}]}', "cannot be read: KeyError"),
        ('{"steps": [{"op": "create", "newState": {"type": "x", "custom": true, "urn": "y"}}]}', "cannot be read"),
    ],
)
def test_what_is_no_preview(broken: str, message: str) -> None:
    with pytest.raises(PreviewError, match=message):
        read_preview(broken, ROOT)


@pytest.mark.parametrize("document", ["{}", '{"steps": null}', '{"steps": [], "diagnostics": null}', '{"duration": 1}'])
def test_a_preview_without_steps_did_not_run(document: str) -> None:
    read = read_preview(document, ROOT)
    assert read.error == "the preview has no steps: it did not run to its end"


def test_steps_without_states_and_of_other_forms_are_left_out() -> None:
    read = read_preview(json.dumps({"steps": [SAME_STACK, {"op": "create"}, "x", {"urn": "y"}]}), ROOT)
    assert read.steps == ()


def test_the_order_of_steps_changes_neither_graphs_nor_digest() -> None:
    vpc = state(VPC, "net", {"cidrBlock": "10.0.0.0/16"})
    subnet = state(SUBNET, "a", {"vpcId": "x"}, propertyDependencies={"vpcId": [vpc["urn"]]})
    steps = [step("create", None, subnet), step("update", OLD, NEW), step("create", None, vpc)]
    texts = []
    for seed, shuffled in enumerate(permutations(steps)):
        read = read_preview(text(*shuffled, duration=seed), ROOT)
        texts.append(digest(read.steps, read.before))
        assert [s.resource.name for s in read.steps] == ["net", "q", "a"]
        assert [r.name for r in read.after] == ["demo-dev", "net", "q", "a"]
    assert len(set(texts)) == 1


def test_the_digest_changes_with_steps_and_state_and_with_nothing_else() -> None:
    def of(*steps: dict[str, object]) -> str:
        read = preview(*steps)
        return digest(read.steps, read.before)

    first = of(step("update", OLD, NEW))
    moved = NEW | {"sourcePosition": "project:///infra/other.py#9", "modified": "2027-01-01T00:00:00Z"}
    assert of(step("update", OLD, moved)) == first
    assert of(step("update", OLD | {"outputs": {"url": "x"}}, NEW)) == first
    assert of(step("update", OLD, state(QUEUE, "q", {"delaySeconds": 3}))) != first
    assert of(step("update", OLD | {"id": "another"}, NEW)) != first
    assert of(step("update", OLD, NEW), step("same", state(VPC, "v", {}), state(VPC, "v", {}))) != first
    assert of(step("update", OLD, NEW | {"protect": True})) != first
    assert of(step("same", OLD, OLD)) != first


def test_a_preview_of_pulumi_itself() -> None:
    """Made by tests/engine, which holds it against the engine."""
    text_of_engine = (Path(__file__).parent / "data" / "preview.json").read_text(encoding="utf-8")
    read = read_preview(text_of_engine, ROOT)
    assert (read.error, read.before.stack, read.before.project) == ("", "dev", "breakwater")
    assert [(s.op, s.resource.name) for s in read.steps] == [
        (Op.UPDATE, "us-east-1-network"),
        (Op.UPDATE, "us-east-1-network-public-a"),
        (Op.UPDATE, "us-east-1-api"),
    ]
    assert [(c.path, c.before, c.after) for c in read.steps[0].changes] == [
        ("cidrBlock", "10.64.0.0/16", "10.99.0.0/16")
    ]
    (change,) = read.steps[2].changes
    assert change.path.endswith(".environment[LOG_LEVEL].value")
    assert all(resource.id for resource in read.after.cloud)
    assert read.after.of(DATABASE)[0].outputs == read.before.of(DATABASE)[0].outputs
