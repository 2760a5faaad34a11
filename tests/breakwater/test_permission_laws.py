"""What holds for any policies."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from breakwater.analysis.permissions import permission_changes
from breakwater.analysis.permissions.actions import expand
from breakwater.analysis.permissions.documents import (
    ATTACHMENTS,
    ENDPOINT,
    ENDPOINT_POLICY,
    INLINE,
    RESOURCE_POLICIES,
    ROLE,
    USER,
)
from breakwater.analysis.permissions.grants_in_properties import GRANTS
from breakwater.analysis.permissions.patterns import covers, may_overlap
from breakwater.tables.permissions import assess
from breakwater.values import UNKNOWN, Secret
from tests.breakwater.graphs import graph, resource
from tests.breakwater.policies import ROLE_POLICY, allowed, changed, role, stack, statement

ACTIONS = st.sampled_from(
    ["sqs:*", "sqs:*Message", "sqs:SendMessage", "sqs:sendmessage", "sns:Publish", "sns:?ublish", "kms:*", "x:Y",
     "sqs:No*"]
)  # fmt: skip
ARNS = st.sampled_from(["*", "arn:a:*", "arn:a:b", "arn:a:b/*", "arn:a:c", "arn:?:b"])
CONDITIONS = st.sampled_from(
    [None, {"StringEquals": {"a:k": "1"}}, {"StringEquals": {"a:k": ["1", "2"]}}, {"StringLike": {"a:k": "*"}},
     {"StringNotEquals": {"a:k": ["1", "2"]}}, {"Bool": {"aws:SecureTransport": "true"}}]
)  # fmt: skip


@st.composite
def statements(draw: st.DrawFn, effects: tuple[str, ...] = ("Allow", "Deny")) -> dict[str, Any]:
    """A statement."""
    condition = draw(CONDITIONS)
    members = {} if condition is None else {"Condition": condition}
    actions, arns = draw(st.lists(ACTIONS, min_size=1, max_size=3)), draw(st.lists(ARNS, min_size=1, max_size=2))
    return statement(actions, arns, Effect=draw(st.sampled_from(effects)), **members)


POLICIES = st.lists(statements(), max_size=4)
TEXTS = st.text("ab*?", max_size=6)


@given(ACTIONS)
def test_expanding_is_idempotent(pattern: str) -> None:
    assert expand(pattern) == frozenset().union(*map(expand, expand(pattern)))


@given(TEXTS, TEXTS, st.text("ab", max_size=6))
def test_a_pattern_covers_no_more_than_it_matches(pattern: str, other: str, text: str) -> None:
    if covers(pattern, other) and covers(other, text):
        assert covers(pattern, text)
    if covers(pattern, text) and covers(other, text):
        assert may_overlap(pattern, other)


@given(POLICIES, statements(("Allow",)))
def test_another_allow_loses_nothing(policy: list[dict[str, Any]], more: dict[str, Any]) -> None:
    assert not changed(policy, [*policy, more]).lost


@given(POLICIES, statements(("Deny",)))
def test_another_denial_gains_nothing(policy: list[dict[str, Any]], more: dict[str, Any]) -> None:
    assert not changed(policy, [*policy, more]).gained


@given(POLICIES, st.randoms())
def test_order_and_form_are_no_difference(policy: list[dict[str, Any]], random: Any) -> None:
    shuffled = [dict(random.sample(sorted(one.items()), len(one))) for one in random.sample(policy, len(policy))]
    for one in shuffled:
        for key in ("Action", "Resource"):
            values = random.sample(one[key], len(one[key]))
            one[key] = values[0] if len(values) == 1 else values
    text = json.dumps({"Statement": shuffled}, indent=random.choice([None, 1, 4]))
    after = graph(role(), resource(ROLE_POLICY, "api", inputs={"role": role().id, "policy": text}))
    assert not permission_changes(stack(*policy), after)
    assert not permission_changes(after, stack(*policy))


@given(statements(("Allow",)))
def test_denying_everything_leaves_nothing(one: dict[str, Any]) -> None:
    assert allowed(one)
    assert allowed(one, statement(one["Action"], "*", Effect="Deny")) == {}


@given(POLICIES, POLICIES)
def test_what_one_way_gains_the_other_way_loses(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    there, back = changed(before, after), changed(after, before)
    assert [c.grant for c in sorted(there.gained, key=key)] == [c.grant for c in sorted(back.lost, key=key)]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "*", "{", UNKNOWN, "Statement", "api-1a2b3c4"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Statement", "Effect", "Principal", "AWS", "Condition", "policy"]), inner)
        | st.builds(Secret, inner)
    ),
    max_leaves=6,
)
TYPES = sorted({*INLINE, *ATTACHMENTS, *RESOURCE_POLICIES, *GRANTS, ENDPOINT, ENDPOINT_POLICY, ROLE, USER, "aws:x/y:Z"})
PROPERTIES = st.sampled_from(
    ["policy", "assumeRolePolicy", "inlinePolicies", "managedPolicyArns", "permissionsBoundary", "role", "roles",
     "user", "policyArn", "queueUrl", "serviceName", "constraints", "operations", "principal", "condition",
     "sourceArn", "arn"]
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(TYPES), st.dictionaries(PROPERTIES, JUNK, max_size=4)), max_size=4))
def test_no_graph_is_too_strange(found: list[tuple[str, dict[str, Any]]]) -> None:
    strange = graph(*(resource(type_, f"r{n}", inputs=inputs) for n, (type_, inputs) in enumerate(found)))
    permission_changes(strange, graph(role()))
    assess(strange).to_json()


def key(change: Any) -> tuple[Any, ...]:
    """By what is changed."""
    return (*change.grant.order, change.how, sorted(change.grant.actions))
