"""What a change does to what is allowed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from breakwater.analysis.permissions import permission_changes
from breakwater.analysis.permissions.actions import expand
from breakwater.graph import ResourceGraph
from breakwater.values import UNKNOWN, Secret
from tests.breakwater.graphs import graph, resource
from tests.breakwater.policies import (
    ATTACHMENT,
    ROLE_POLICY,
    changed,
    document,
    may,
    queue,
    role,
    stack,
    statement,
    told,
)
from tests.support.stacks import deployed

X = "arn:aws:s3:::x/*"
TLS = statement("sqs:*", "*", Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})


def test_the_same_is_no_difference() -> None:
    before = [statement(["s3:GetObject", "s3:PutObject"], [X, "arn:aws:s3:::y/*"])]
    same = [statement("s3:PutObject", "arn:aws:s3:::y/*"), statement("s3:getobject", ["arn:aws:s3:::y/*"])]
    same += [statement(["s3:PutObject", "s3:GetObject"], X, Sid="X")]
    assert not changed(before, same)


def test_another_deployment_of_the_same_is_no_difference() -> None:
    def deployment(suffix: str) -> ResourceGraph:
        target = queue(suffix=suffix)
        return graph(role(), target, may(statement("sqs:SendMessage", target.outputs["arn"])))

    assert not permission_changes(deployment("aaaaaaa"), deployment("bbbbbbb"))


def test_a_wildcard_gives_only_what_is_new() -> None:
    difference = changed([statement(["sqs:SendMessage", "sqs:DeleteMessage"], "*")], [statement("sqs:*Message", "*")])
    assert [told(change) for change in difference.gained] == [("new", ["sqs:ReceiveMessage"], "*", "data")]
    assert not difference.lost


def test_spelling_a_wildcard_out_is_no_difference() -> None:
    assert not changed([statement("sqs:*", "*")], [statement(sorted(expand("sqs:*")), "*")])


def test_a_whole_service_is_told_with_its_weight() -> None:
    difference = changed([statement("s3:GetObject", X)], [statement("s3:GetObject", X), statement("s3:*", "*")])
    assert {change.how for change in difference.gained} == {"new", "resources"}
    assert difference.weight.label == "service"
    assert any("s3:* on *" in change.reasons for change in difference.gained)


def test_a_new_action_beside_a_wildcard_is_no_wildcard() -> None:
    before = statement("sqs:*", "arn:aws:sqs:*:*:a*")
    difference = changed([before], [before, statement("sns:Publish", "arn:aws:sqs:*:*:a*")])
    assert [told(change)[1:] for change in difference.gained] == [(["sns:Publish"], "arn:aws:sqs:*:*:a*", "write")]


def test_wider_resources_show_what_they_were() -> None:
    difference = changed([statement("s3:GetObject", "arn:aws:s3:::x/a/*")], [statement("s3:GetObject", X)])
    (change,) = difference.gained
    assert told(change) == ("resources", ["s3:GetObject"], X, "data")
    assert [other.resource for other in change.others] == ["arn:aws:s3:::x/a/*"]
    assert not difference.lost


def test_a_pattern_covers_what_the_deployment_calls_by_reference() -> None:
    every = may(statement("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:*"))
    one = may(statement("sqs:SendMessage", queue().outputs["arn"]))
    narrowed = permission_changes(graph(role(), queue(), every), graph(role(), queue(), one))
    assert not narrowed.gained
    assert [change.how for change in narrowed.lost] == ["resources"]


EQUALS = {"StringEquals": {"aws:SourceAccount": ["1", "2"]}}


@pytest.mark.parametrize(
    ("before", "after", "gains", "loses"),
    [
        (EQUALS, None, True, False),
        (None, EQUALS, False, True),
        (EQUALS, {"StringEquals": {"aws:SourceAccount": "1"}}, False, True),
        (EQUALS, {"StringEquals": {"aws:sourceaccount": ["2", "1"]}}, False, False),
        (EQUALS, {"StringEquals": {"aws:SourceAccount": ["1", "3"]}}, True, True),
        (EQUALS, EQUALS | {"Bool": {"aws:SecureTransport": True}}, False, True),
        (EQUALS, {"StringEqualsIfExists": {"aws:SourceAccount": ["1", "2"]}}, True, False),
        (EQUALS, {"StringLike": {"aws:SourceAccount": "*"}}, True, False),
        ({"ArnLike": {"aws:SourceArn": "arn:a:*"}}, {"ArnEquals": {"aws:SourceArn": "arn:a:b"}}, False, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/16"}}, {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True, False),
        # NOR: one value less lets more through.
        ({"StringNotEquals": {"a:b": ["1", "2"]}}, {"StringNotEquals": {"a:b": "1"}}, True, False),
        ({"StringNotLike": {"a:b": "1*"}}, {"StringNotEquals": {"a:b": "12"}}, True, False),
    ],
)  # fmt: skip
def test_conditions_are_compared_by_what_they_let_through(before: Any, after: Any, gains: bool, loses: bool) -> None:
    def with_condition(condition: Any) -> list[dict[str, Any]]:
        return [statement("s3:GetObject", X, **({} if condition is None else {"Condition": condition}))]

    difference = changed(with_condition(before), with_condition(after))
    assert (bool(difference.gained), bool(difference.lost)) == (gains, loses)
    for change in (*difference.gained, *difference.lost):
        assert change.how == "conditions"
        assert len(change.others) == 1


def test_a_lost_denial_is_a_gain() -> None:
    plain = statement("sqs:SendMessage", "*", Principal={"Service": "sns.amazonaws.com"})
    before, after = graph(queue(policy=document(plain, TLS))), graph(queue(policy=document(plain)))
    difference = permission_changes(before, after)
    assert [(c.how, c.weight >= 5, c.reasons[0]) for c in difference.gained] == [("denial", True, "a denial is gone")]
    assert [change.how for change in permission_changes(after, before).lost] == ["denial"]
    assert not permission_changes(after, before).gained


def test_a_denial_goes_with_what_it_guards() -> None:
    assert not permission_changes(graph(queue(policy=document(TLS))), graph()).gained
    assert not permission_changes(graph(), graph(queue(policy=document(TLS)))).lost


def test_what_a_denial_took_away_is_gained_with_its_end() -> None:
    allow, deny = statement("s3:*Object", X), statement("s3:PutObject", "*", Effect="Deny")
    difference = changed([allow, deny], [allow])
    assert {(change.how, *told(change)[1]) for change in difference.gained} == {
        ("new", "s3:PutObject"),
        ("denial", "s3:PutObject"),
    }


def test_wider_trust_is_gained() -> None:
    inside = statement("sts:AssumeRole", Principal={"Service": "ecs-tasks.amazonaws.com"})
    outside = statement("sts:AssumeRole", Principal={"AWS": "arn:aws:iam::999999999999:root"})
    difference = permission_changes(graph(role(trust=document(inside))), graph(role(trust=document(inside, outside))))
    (change,) = difference.gained
    assert told(change) == ("new", ["sts:AssumeRole"], "${aws:iam/role:Role::api.arn}", "external")
    assert str(change.grant.principal) == "account 999999999999"


def test_a_service_that_is_no_longer_tied_to_the_account_weighs_more() -> None:
    def trusting(**members: Any) -> ResourceGraph:
        ecs = {"Service": "ecs-tasks.amazonaws.com"}
        return graph(role(trust=document(statement("sts:AssumeRole", Principal=ecs, **members))))

    tied = trusting(Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}})
    (change,) = permission_changes(tied, trusting()).gained
    assert (change.weight.label, change.how) == ("permissions", "conditions")
    assert permission_changes(graph(), trusting()).weight.label == "write"


def test_public_covers_everybody() -> None:
    def of(principal: Any) -> ResourceGraph:
        return graph(queue(policy=document(statement("sqs:SendMessage", "*", Principal=principal))))

    assert permission_changes(of({"AWS": "123456789012"}), of("*")).weight.label == "public"
    assert not permission_changes(of("*"), of({"AWS": "123456789012"})).gained


def test_an_endpoint_that_loses_its_policy_is_open() -> None:
    def endpoint(**inputs: Any) -> ResourceGraph:
        inputs["serviceName"] = "com.amazonaws.us-east-1.s3"
        return graph(resource("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", inputs=inputs))

    mine = statement("*", "*", Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": "123456789012"}})
    difference = permission_changes(endpoint(policy=document(mine)), endpoint())
    assert [(change.how, change.weight.label) for change in difference.gained] == [("conditions", "permissions")]


def test_undecidable_policies_are_for_review() -> None:
    def of(policy: Any) -> ResourceGraph:
        return graph(role(), resource(ROLE_POLICY, "api", inputs={"role": role().id, "policy": policy}))

    for before, after, undecidable in (
        (document(), UNKNOWN, True),
        (UNKNOWN, UNKNOWN, True),
        (Secret("a"), Secret("a"), False),
        (Secret("a"), Secret("b"), True),
        (Secret("b"), document(), False),
    ):
        difference = permission_changes(of(before), of(after))
        assert bool(difference.undecidable) == undecidable
        assert difference.weight.label == ("review" if undecidable else "less")
    assert [unread.why for unread in permission_changes(of(Secret("b")), of(document())).no_longer] == ["secret"]


def test_a_policy_of_aws_is_told_when_it_is_attached() -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    attached = graph(role(), resource(ATTACHMENT, "admin", inputs={"role": role().id, "policyArn": arn}))
    assert permission_changes(graph(role()), attached).weight.label == "admin"
    assert not permission_changes(attached, attached)
    assert [unread.what for unread in permission_changes(attached, graph(role())).no_longer] == [arn]


def test_a_rename_is_no_difference() -> None:
    def named(name: str) -> ResourceGraph:
        target = queue(f"{name}-queue", policy=document(TLS))
        return graph(role(name), target, may(statement("sqs:SendMessage", target.outputs["arn"]), holder=role(name)))

    before, after = named("api"), named("web")
    renamed = {old.label: new.label for old, new in zip(before.cloud, after.cloud, strict=True)}
    assert permission_changes(before, after)
    assert not permission_changes(before, after, renamed)


def test_a_new_role_is_new_and_the_heaviest_comes_first() -> None:
    powers = [statement("sqs:SendMessage", "*"), statement("iam:PassRole", "*"), statement("*", "*", Effect="Allow")]
    difference = permission_changes(graph(), stack(*powers))
    assert [change.weight.label for change in difference.gained] == ["admin", "write"]
    assert {change.how for change in difference.gained} == {"new"}
    assert [change.weight.label for change in permission_changes(stack(*powers), graph()).lost] == ["less", "less"]


def test_a_changed_role_of_prod() -> None:
    before = deployed("prod").graph
    name = next(r.name for r in before.of(ROLE_POLICY) if r.name.endswith("api-task"))

    def edited(r: Any) -> Any:
        if r.type != ROLE_POLICY or r.name != name:
            return r
        policy = json.loads(r.inputs["policy"])
        policy = json.dumps(policy | {"Statement": [*policy["Statement"], statement("s3:*", "*")]})
        return replace(r, inputs={**r.inputs, "policy": policy})

    after = ResourceGraph(map(edited, before), stack=before.stack, project=before.project)
    difference = permission_changes(before, after)
    assert [(str(c.grant.principal), c.grant.resource, c.weight.label) for c in difference.gained] == [
        (f"role {name}", "*", "service")
    ]
    assert not difference.lost
    assert not permission_changes(before, before)
