"""What policies of all kinds come to."""

from typing import Any

import pytest

from breakwater.analysis.permissions import Who
from breakwater.analysis.permissions.actions import Level, everything, expand, level, of_service
from breakwater.analysis.permissions.documents import endpoint_service
from breakwater.analysis.permissions.weights import weigh, weigh_unread
from breakwater.graph import Resource
from breakwater.values import UNKNOWN, Secret
from tests.breakwater.graphs import graph, resource
from tests.breakwater.policies import (
    ACCOUNT,
    ATTACHMENT,
    BUCKET,
    BUCKET_POLICY,
    ENDPOINT,
    KEY,
    POLICY,
    QUEUE_POLICY,
    ROLE_POLICY,
    allowed,
    document,
    may,
    of,
    only,
    queue,
    read,
    role,
    statement,
)
from tests.support.stacks import deployed, planned

X = "arn:aws:s3:::x/*"


def test_wildcards_are_expanded() -> None:
    assert allowed(statement("sqs:*Message", "*")) == {
        "*": {"sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"}
    }
    assert expand("KMS:generatedatakey") == {"kms:GenerateDataKey"}
    assert len(expand("s3:*")) > 150
    assert expand("s3:*") == of_service("s3")
    assert expand("*") == everything()
    assert len(everything()) > 20_000


def test_what_the_data_does_not_know_stays_as_it_is_written() -> None:
    assert expand("sqs:Teleport") == {"sqs:Teleport"}
    assert expand("nosuchservice:*") == {"nosuchservice:*"}
    assert level("nosuchservice:*") == Level.UNKNOWN


def test_levels_are_the_narrower_of_two() -> None:
    found = [
        level(f"s3:{name}") for name in ("ListBucket", "GetObject", "PutObject", "PutObjectTagging", "PutBucketPolicy")
    ]
    assert found == [Level.LIST, Level.READ, Level.WRITE, Level.TAGGING, Level.PERMISSIONS]


def test_not_action_allows_all_others() -> None:
    (actions,) = allowed(statement(on="*", NotAction=["iam:*", "organizations:*"])).values()
    assert actions == everything() - of_service("iam") - of_service("organizations")


def test_not_resource_excepts() -> None:
    grant = only(read(role(), may(statement("sqs:SendMessage", NotResource="arn:aws:sqs:*:*:b"))), "identity")
    assert (grant.resource, grant.excluded) == ("*", ("arn:aws:sqs:*:*:b",))


def test_statements_of_the_same_are_one_grant_with_both_sources() -> None:
    holder = role()
    more = may(statement("s3:PutObject", X), holder=holder, name="more")
    grant = only(read(holder, may(statement("s3:GetObject", X), holder=holder), more), "identity")
    assert grant.actions == {"s3:GetObject", "s3:PutObject"}
    assert [source.urn.rpartition("::")[2] for source in grant.sources] == ["api", "more"]
    assert grant.sources[0].line == "components/task.py:10"


@pytest.mark.parametrize(
    ("denial", "left"),
    [
        (statement("s3:Put*", X, Effect="Deny"), {"s3:GetObject"}),
        (statement("s3:PutObject", "*", Effect="Deny"), {"s3:GetObject"}),
        (statement("*", "*", Effect="Deny"), None),
        (statement(on="*", NotAction="s3:PutObject", Effect="Deny"), {"s3:PutObject"}),
        # On a part of it only, or only at times.
        (statement("s3:PutObject", "arn:aws:s3:::x/a", Effect="Deny"), {"s3:GetObject", "s3:PutObject"}),
        (statement("s3:*", "*", Effect="Deny", Condition={"Bool": {"a:b": "1"}}), {"s3:GetObject", "s3:PutObject"}),
        (statement("s3:*", Effect="Deny", NotResource="arn:aws:s3:::y/*"), None),
        (statement("s3:*", Effect="Deny", NotResource="arn:aws:s3:::x/a*"), {"s3:GetObject", "s3:PutObject"}),
    ],
)  # fmt: skip
def test_a_denial_takes_away_what_it_always_covers(denial: dict[str, Any], left: set[str] | None) -> None:
    found = allowed(statement(["s3:GetObject", "s3:PutObject"], X), denial)
    assert found == ({} if left is None else {X: left})


def test_a_denial_under_a_condition_takes_away_what_has_that_condition() -> None:
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    conditional = statement("s3:GetObject", X, Condition=insecure)
    assert allowed(conditional, statement("s3:*", "*", Effect="Deny", Condition=insecure)) == {}


def test_a_denial_of_a_bucket_counts_for_roles() -> None:
    bucket = resource(BUCKET, "files", id="files-1a2b3c4", outputs={"arn": "arn:aws:s3:::files-1a2b3c4"})
    policy = document(statement("s3:DeleteObject", "arn:aws:s3:::files-1a2b3c4/*", Principal="*", Effect="Deny"))
    denying = resource(BUCKET_POLICY, "files", inputs={"bucket": bucket.id, "policy": policy})
    role_policy = may(statement(["s3:DeleteObject", "s3:GetObject"], "arn:aws:s3:::files-1a2b3c4/*"))
    name = "${aws:s3/bucket:Bucket::files.arn}/*"
    assert of(read(role(), bucket, role_policy)) == {name: {"s3:DeleteObject", "s3:GetObject"}}
    assert of(read(role(), bucket, role_policy, denying)) == {name: {"s3:GetObject"}}


def test_policies_are_attached_listed_and_inline() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/send"
    policy = resource(
        POLICY, "send", id=arn, inputs={"policy": document(statement("sqs:SendMessage", "*"))}, outputs={"arn": arn}
    )
    attachment = resource(ATTACHMENT, "send", inputs={"role": role().id, "policyArn": arn})
    inline = [{"name": "a", "policy": document(statement("sqs:SendMessage", "*"))}]
    for holders in ([role(), attachment], [role(managedPolicyArns=[arn])], [role(inlinePolicies=inline)]):
        grant = only(read(policy, *holders), "identity")
        assert (str(grant.principal), grant.actions) == ("role api", {"sqs:SendMessage"})
    assert of(read(policy, role())) == {}


def test_policies_of_aws_are_named() -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    (unread,) = read(role(), resource(ATTACHMENT, "admin", inputs={"role": role().id, "policyArn": arn})).unread
    assert (unread.what, unread.why, str(unread.principal)) == (arn, "a policy of AWS, not expanded", "role api")
    assert weigh_unread(unread).weight.label == "admin"


def test_a_boundary_leaves_what_both_allow() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    limit = [
        statement("s3:*", X),
        statement("sqs:SendMessage", "*", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
    ]
    policy = resource(POLICY, "limit", id=arn, inputs={"policy": document(*limit)}, outputs={"arn": arn})
    holder = role(permissionsBoundary=arn)
    granted = [statement("s3:GetObject", "*"), statement("sqs:*", "arn:aws:sqs:*:*:a"), statement("iam:PassRole", "*")]
    found = read(holder, policy, may(*granted, holder=holder))
    assert of(found) == {X: {"s3:GetObject"}, "arn:aws:sqs:*:*:a": {"sqs:SendMessage"}}
    assert [[c.short for c in g.conditions] for g in found.grants if g.kind == "identity"] == [
        [],
        ["aws:SourceVpc = vpc-1"],
    ]
    elsewhere = read(holder, policy, may(statement("s3:GetObject", "arn:aws:s3:::y/*"), holder=holder))
    assert of(elsewhere) == {}
    without = read(role(permissionsBoundary="arn:aws:iam::999999999999:policy/limit"))
    assert [unread.why for unread in without.unread] == ["permissions boundary, a policy of another stack"]


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:iam/userGroupMembership:UserGroupMembership", {"user": "ann", "groups": ["admins"]}),
        ("aws:iam/groupMembership:GroupMembership", {"group": "admins", "users": ["ann"]}),
    ],
)
def test_users_have_what_their_groups_have(type_: str, inputs: dict[str, Any]) -> None:
    user, group = (resource(t, n, id=n) for t, n in (("aws:iam/user:User", "ann"), ("aws:iam/group:Group", "admins")))
    policy = document(statement("sqs:SendMessage", "*"))
    of_group = resource("aws:iam/groupPolicy:GroupPolicy", "admins", inputs={"group": "admins", "policy": policy})
    found = read(user, group, of_group, resource(type_, "m", inputs=inputs))
    assert {(str(grant.principal), *grant.actions) for grant in found.grants} == {
        ("group admins", "sqs:SendMessage"),
        ("user ann", "sqs:SendMessage"),
    }


def test_trust_says_who_may_assume() -> None:
    policy = document(
        statement("sts:AssumeRole", Principal=ECS_AND_MORE, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
    )
    found = read(role(trust=policy))
    assert {str(grant.principal) for grant in found.grants} == {
        "service ecs-tasks.amazonaws.com",
        "account 999999999999",
        "account 123456789012",
        "role arn:aws:iam::999999999999:role/ci",
    }
    assert {grant.resource for grant in found.grants} == {"${aws:iam/role:Role::api.arn}"}


ECS_AND_MORE = {
    "Service": ["ecs-tasks.amazonaws.com"],
    "AWS": ["999999999999", f"arn:aws:iam::{ACCOUNT}:root", "arn:aws:iam::999999999999:role/ci"],
}


def test_policies_of_queues_name_the_queue_however_they_call_it() -> None:
    policy = document(statement("sqs:SendMessage", "*", Principal={"Service": "sns.amazonaws.com"}))
    apart = resource(QUEUE_POLICY, "orders", inputs={"queueUrl": queue().id, "policy": policy})
    for resources in ([queue(policy=policy)], [queue(), apart]):
        grant = only(read(*resources), "resource")
        assert (grant.resource, grant.owner) == ("${aws:sqs/queue:Queue::orders.arn}", "aws:sqs/queue:Queue::orders")
        assert str(grant.principal) == "service sns.amazonaws.com"


def test_a_wildcard_in_the_policy_of_a_resource_means_its_service() -> None:
    policy = document(statement("*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/api-1a2b3c4"}))
    grant = only(read(role(), queue(policy=policy)), "resource")
    assert grant.actions == of_service("sqs")
    assert (grant.principal.kind, grant.principal.name) == (Who.ROLE, "api")


def test_a_key_without_a_policy_is_its_accounts() -> None:
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
    grant = only(read(resource(KEY, "data", id=arn[-36:], outputs={"arn": arn})), "resource")
    assert (str(grant.principal), grant.actions) == (f"account {ACCOUNT}", of_service("kms"))
    assert weigh(grant, {ACCOUNT}).weight.label == "write"


def test_permissions_of_functions_are_statements() -> None:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:thumbs-1a2b3c4"
    function = resource("aws:lambda/function:Function", "thumbs", id="thumbs-1a2b3c4", outputs={"arn": arn})
    inputs = {"action": "lambda:InvokeFunction", "function": "thumbs-1a2b3c4", "principal": "s3.amazonaws.com"}
    permission = resource("aws:lambda/permission:Permission", "s3", inputs=inputs | {"sourceArn": "arn:aws:s3:::x"})
    grant = only(read(function, permission), "resource")
    assert (str(grant.principal), grant.actions) == ("service s3.amazonaws.com", {"lambda:InvokeFunction"})
    assert grant.resource == "${aws:lambda/function:Function::thumbs.arn}"
    assert [condition.short for condition in grant.conditions] == ["aws:SourceArn like arn:aws:s3:::x"]
    unknown = resource("aws:lambda/permission:Permission", "s3", inputs=inputs | {"sourceArn": UNKNOWN})
    assert [unread.why for unread in read(function, unknown).unread] == ["known only after deployment"]


def test_endpoints_are_limits_of_their_own_service() -> None:
    def endpoint(name: str, service: str, **inputs: Any) -> Resource:
        return resource(ENDPOINT, name, inputs={"serviceName": f"com.amazonaws.us-east-1.{service}", **inputs})

    policy = document(statement("*", "*", Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}))
    found = read(endpoint("s3", "s3", policy=policy), endpoint("images", "ecr.dkr"))
    assert [(g.through.rpartition("::")[2], g.actions) for g in found.grants] == [
        ("images", of_service("ecr")),
        ("s3", of_service("s3")),
    ]
    assert [weigh(grant, ()).weight.label for grant in found.grants] == ["data", "write"]
    assert [grant.is_broad for grant in found.grants] == [True, False]


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("com.amazonaws.eu-west-1.monitoring", "cloudwatch"),
        ("com.amazonaws.eu-west-1.ecs-agent", "ecs"),
        ("com.amazonaws.eu-west-1.sqs", "sqs"),
        ("com.amazonaws.vpce.eu-west-1.vpce-svc-1", ""),
        ("", ""),
    ],
)
def test_endpoints_are_of_a_service(name: str, service: str) -> None:
    assert endpoint_service(name) == service


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (UNKNOWN, "known only after deployment"),
        (Secret("{}"), "secret"),
        (Secret("AAABAKx", sealed=True), "secret"),
        ("{", "not JSON"),
        ("[]", "not JSON"),
        ('{"Statement": ["s"]}', "a statement is no object"),
        (document(statement("s3:GetObject", "*", Effect="Perhaps")), "a statement neither allows nor denies"),
        (document(statement("s3:GetObject", "*", Condition=["c"])), "a Condition that is no object of objects"),
    ],
)
def test_what_nobody_can_say_is_undecidable(policy: Any, why: str) -> None:
    found = read(role(), resource(ROLE_POLICY, "api", inputs={"role": role().id, "policy": policy}))
    assert [(str(unread.principal), unread.why) for unread in found.unread] == [("role api", why)]


def test_policies_in_unforeseen_places_are_told() -> None:
    lattice = resource("aws:vpclattice/authPolicy:AuthPolicy", "a", inputs={"policy": document(statement("*", "*"))})
    (unread,) = read(lattice).unread
    assert (unread.what, unread.why) == (
        "aws:vpclattice/authPolicy:AuthPolicy::a.policy",
        "this kind of policy is not read",
    )


def test_the_prod_stack_is_read_whole() -> None:
    graph_ = deployed("prod").graph
    found = read(*graph_.resources)
    assert not found.unread
    assert {grant.kind for grant in found.grants} == {"identity", "resource", "trust", "endpoint"}
    roles = {r.name for r in graph_.of("aws:iam/role:Role")}
    assert {grant.principal.name for grant in found.grants if grant.kind == "identity"} == roles
    assert max(weigh(grant, found.accounts).weight for grant in found.grants).label == "permissions"


def test_a_plan_is_undecidable_and_no_failure() -> None:
    assert {unread.why for unread in read(*planned("dev").resources).unread} == {"known only after deployment"}
    assert read(*graph()).grants == ()
