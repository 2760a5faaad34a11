"""What is lost, what stands between, why, and who notices."""

import pytest

from breakwater.graph import Resource
from breakwater.review.dangers import dangers
from breakwater.review.model import Danger, Op, Verdict, Weight
from breakwater.review.steps import steps_between
from tests.breakwater.graphs import QUEUE, graph, resource
from tests.breakwater.reviews import ALARM, BALANCER, BUCKET, LOGS, database, edited, network, queue, reviewed

PROTECTED = {"protect": True, "inputs": {"deletionProtection": True, "skipFinalSnapshot": False}}


def found(before: object, after: object, *, production: bool = True) -> tuple[Danger, ...]:
    sides = [graph(*side) for side in (before, after)]  # type: ignore[misc]
    return dangers(steps_between(*sides), *sides, production=production)


@pytest.mark.parametrize(
    ("fields", "production", "weight"),
    [
        ({}, True, Weight.BLOCK),
        ({}, False, Weight.BLOCK),
        (PROTECTED, True, Weight.BLOCK),
        (PROTECTED, False, Weight.APPROVAL),
        ({"protect": True}, False, Weight.APPROVAL),
        ({"inputs": {"skipFinalSnapshot": False}}, False, Weight.APPROVAL),
        ({"retain_on_delete": True}, True, Weight.APPROVAL),
        ({"retain_on_delete": True}, False, Weight.NOTE),
    ],
)
def test_deleting_a_store_weighs_by_its_safeguards_and_class(
    fields: dict[str, object], production: bool, weight: Weight
) -> None:
    (danger,) = found([database(**fields)], [], production=production)
    assert danger.weight is weight
    assert danger.step.op is Op.DELETE


def test_what_stands_between_is_told() -> None:
    (danger,) = found([database(**PROTECTED)], [])
    assert danger.safeguards == (
        "protect: Pulumi refuses until it is taken off",
        "deletionProtection: AWS refuses the deletion",
        "skipFinalSnapshot: a last snapshot is kept",
    )
    assert danger.what == "the database db is deleted: its data is lost"
    (danger,) = found([database(retain_on_delete=True)], [])
    assert danger.what == "the database db is deleted: its data stays behind, unused"
    (bucket,) = found([resource(BUCKET, "files", inputs={"forceDestroy": True})], [])
    assert bucket.safeguards == ()


def test_a_replacement_of_a_retained_store_leaves_an_empty_one() -> None:
    old = database(retain_on_delete=True)
    (danger,) = found([old], [edited(old, storageEncrypted=True)])
    assert danger.weight is Weight.BLOCK
    assert danger.what == (
        "the database db may be replaced by a new, empty one: its data stays behind, unused"
    )  # fmt: skip


def test_the_cause_is_the_first_changed_input_along_the_properties() -> None:
    def stack(cidr: str) -> list[object]:
        vpc, subnet = network(cidr)
        group = resource(
            "aws:elasticache/subnetGroup:SubnetGroup",
            "group",
            id="group-0123456",
            inputs={"subnetIds": [subnet.id]},
            property_dependencies={"subnetIds": (subnet.urn,)},
        )
        return [vpc, subnet, group]

    first, *others = found(stack("10.0.0.0/16"), stack("10.1.0.0/16"))
    assert others == []
    assert first.step.resource.name == "net"
    assert first.also == ("aws:ec2/subnet:Subnet::net-a",)
    assert first.cause == ("infra/__main__.py:1 aws:ec2/vpc:Vpc::net.cidrBlock",)
    assert first.touches == ("aws:ec2/subnet:Subnet::net-a",)
    assert str(first.source) == "infra/__main__.py:1"
    assert first.what.endswith("; with it 1 more")


def test_what_only_looks_on_is_not_touched() -> None:
    def stack(encrypted: bool) -> list[object]:
        one = database(inputs={"storageEncrypted": encrypted})
        uses = {"property_dependencies": {"dimensions": (one.urn,)}}
        return [one, resource(ALARM, "load", **uses), *(resource(QUEUE, f"q{n:02}", **uses) for n in range(25))]

    (danger,) = found(stack(False), stack(True))
    assert danger.touches == tuple(f"{QUEUE}::q{n:02}" for n in range(25))


def test_the_cause_of_a_dragged_along_store_is_what_drags_it() -> None:
    def stack(usage: str) -> list[object]:
        key = resource("aws:kms/key:Key", "key", inputs={"keyUsage": usage}, outputs={"arn": "arn:aws:kms:::key/0123"})
        arn = key.outputs["arn"]
        return [key, database(inputs={"kmsKeyId": arn}, property_dependencies={"kmsKeyId": (key.urn,)})]

    by_name = {d.step.resource.name: d for d in found(stack("ENCRYPT_DECRYPT"), stack("SIGN_VERIFY"))}
    assert by_name["db"].cause == (
        "aws:kms/key:Key::key.keyUsage",
        "infra/__main__.py:7 aws:rds/instance:Instance::db.kmsKeyId",
    )
    assert by_name["key"].touches == ("aws:rds/instance:Instance::db",)


def test_a_deletion_is_caused_by_the_largest_part_that_goes_and_may_be_a_rename() -> None:
    def stack(name: str) -> list[object]:
        part = resource("demo:jobs:Jobs", name)
        return [part, queue(name, parent=part.urn), queue(f"{name}-dead", parent=part.urn)]

    first, second = found(stack("jobs"), stack("tasks"))
    assert {d.step.resource.name for d in (first, second)} == {"jobs", "jobs-dead"}
    for danger in (first, second):
        assert danger.cause[0] == "demo:jobs:Jobs::jobs is no longer in the program"
        assert danger.renamed_to == "demo:jobs:Jobs::tasks"
    other = resource("demo:region:Region", "us")
    elsewhere = resource("demo:jobs:Jobs", "more", parent=other.urn)
    assert found([other, *stack("jobs")], [other, elsewhere, *stack("tasks")])[0].renamed_to == "demo:jobs:Jobs::tasks"
    (gone, _) = found(stack("jobs"), [])
    assert gone.renamed_to == ""


def test_what_only_serves_needs_approval_and_nothing_of_no_interest_is_told() -> None:
    (danger,) = found(
        [resource(BALANCER, "lb", inputs={"internal": False})], [resource(BALANCER, "lb", inputs={"internal": True})]
    )
    assert danger.weight is Weight.APPROVAL
    assert found([resource(LOGS, "logs")], [])[0].what == "the log group logs is deleted: what it recorded is lost"
    assert found([resource("aws:iam/role:Role", "role")], []) == ()


def test_deletions_that_merely_serve_are_one_danger_for_each_cause() -> None:
    region = resource("demo:region:Region", "us")
    before = [region, *(resource(BALANCER, name, parent=region.urn) for name in ("a", "b", "c"))]
    (danger,) = found(before, [])
    assert len(danger.also) == 2


def test_verdicts_and_remedies_of_dangers() -> None:
    old = database()
    replaced = reviewed([old], [edited(old, storageEncrypted=True)])
    assert replaced.verdict is Verdict.BLOCKED
    (reason,) = replaced.reasons
    assert (reason.rule, str(reason.source)) == ("data-replacement", "infra/__main__.py:7")
    assert reason.text == (
        "the database db may be replaced by a new, empty one: its data is lost, "
        "because of infra/__main__.py:7 aws:rds/instance:Instance::db.storageEncrypted"
    )
    assert "leave storageEncrypted as it is" in reason.remedy
    renamed = reviewed([queue("jobs")], [queue("tasks")])
    assert renamed.reasons[0].remedy == (
        "if this is a rename: give aws:sqs/queue:Queue::tasks an alias for its former name, and nothing is deleted"
    )
    assert reviewed([queue("jobs")], [queue("tasks", aliases=(queue("jobs").urn,))]).verdict is Verdict.SAFE


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"skipFinalSnapshot": True}, "skipFinalSnapshot is on now"),
        ({"deletionProtection": False}, "deletionProtection is taken off"),
        ({"backupRetentionPeriod": 1}, "backupRetentionPeriod 7 → 1"),
        ({"backupRetentionPeriod": None}, "backupRetentionPeriod 7 → 0"),
        ({"engineVersion": "17"}, "engineVersion 16 → 17, in place"),
    ],
)
def test_a_safeguard_that_is_taken_away_needs_approval(change: dict[str, object], text: str) -> None:
    kept = {"skipFinalSnapshot": False, "deletionProtection": True, "backupRetentionPeriod": 7, "engineVersion": "16"}
    old = database(inputs=kept)
    found = reviewed([old], [edited(old, **change)])
    assert found.verdict is Verdict.APPROVAL
    assert [reason.text for reason in found.reasons] == [f"database db: {text}"]


def test_versions_of_a_bucket() -> None:
    def versioning(status: str) -> list[object]:
        inputs = {"versioningConfiguration": {"status": status}}
        return [resource("aws:s3/bucketVersioning:BucketVersioning", "files", inputs=inputs)]

    found = reviewed(versioning("Enabled"), versioning("Suspended"))  # type: ignore[arg-type]
    assert [r.rule for r in found.reasons] == ["safeguard-removed"]
    assert reviewed(versioning("Suspended"), versioning("Enabled")).verdict is Verdict.SAFE  # type: ignore[arg-type]


def test_records_that_go_for_one_cause_are_one_danger() -> None:
    part = resource("demo:data:Data", "data")
    before = [part, *(resource(LOGS, name, parent=part.urn) for name in ("a", "b")), resource(LOGS, "c")]
    told = {d.step.resource.name: d.also for d in found(before, [part])}
    assert sorted(map(len, told.values())) == [0, 1]


def test_a_safeguard_that_many_lose_is_told_once() -> None:
    names = ("a", "b", "c")
    sides = [[queue(name, protect=protect) for name in names] for protect in (True, False)]
    (reason,) = reviewed(*sides).reasons
    assert (reason.rule, reason.text) == ("safeguard-removed", "queue a: protect is taken off; the same of 2 more")


@pytest.mark.parametrize(
    ("type_", "rule", "verdict"),
    [
        ("aws:rds/subnetGroup:SubnetGroup", "network-replacement", Verdict.BLOCKED),
        ("aws:elasticache/subnetGroup:SubnetGroup", "network-replacement", Verdict.BLOCKED),
        (BALANCER, "serving-replacement", Verdict.APPROVAL),
    ],
)
def test_a_network_that_stores_are_in_cannot_be_replaced(type_: str, rule: str, verdict: Verdict) -> None:
    def stack(cidr: str) -> list[Resource]:
        vpc, subnet = network(cidr)
        return [vpc, subnet, resource(type_, "user", property_dependencies={"subnetIds": (subnet.urn,)})]

    first = reviewed(stack("10.0.0.0/16"), stack("10.0.0.0/18")).reasons[0]
    assert (first.rule, first.verdict) == (rule, verdict)
    assert ("cannot follow" in first.text) is (rule == "network-replacement")
    assert ("leave cidrBlock as it is" in first.remedy) is (rule == "network-replacement")
