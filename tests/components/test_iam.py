"""components._iam: policy documents."""

import json
from typing import Any

import pulumi
import pytest

from components._iam import Statement, policy_document, service_trust
from tests.support.recorder import record


def rendered(build: Any) -> Any:
    """The document an Output holds, as Python."""
    recording = record(build)
    return json.loads(recording.value(recording.result))


def test_document_sorts_actions_and_resolves_outputs() -> None:
    statement = Statement(
        actions=["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:SendMessage"],
        resources=[pulumi.Output.from_input("arn:aws:sqs:us-east-1:111122223333:a"), "arn:b"],
        conditions={"StringEquals": {"kms:ViaService": pulumi.Output.from_input("sqs.us-east-1.amazonaws.com")}},
        sid="Send",
    )
    assert rendered(lambda: policy_document([statement])) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Send",
                "Effect": "Allow",
                "Action": ["sqs:GetQueueUrl", "sqs:SendMessage"],
                "Resource": ["arn:aws:sqs:us-east-1:111122223333:a", "arn:b"],
                "Condition": {"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}},
            }
        ],
    }


def test_document_is_the_same_text_every_time() -> None:
    def text(*actions: str) -> str:
        recording = record(lambda: policy_document([Statement(actions, ["arn:x"])]))
        return str(recording.value(recording.result))

    assert text("a:B", "a:C") == text("a:C", "a:B")
    assert text("a:B").index('"Statement"') < text("a:B").index('"Version"')


def test_statements_keep_their_order() -> None:
    document = rendered(lambda: policy_document([Statement(["b:Z"], ["x"]), Statement(["a:A"], ["x"])]))
    assert [statement["Action"] for statement in document["Statement"]] == ["b:Z", "a:A"]


def test_a_list_of_one_is_written_as_the_value() -> None:
    statement = Statement(["a:B"], ["arn:x"], principals={"AWS": ["arn:r"]}, conditions={"StringEquals": {"k": ["v"]}})
    document = rendered(lambda: policy_document([statement]))["Statement"][0]
    assert document["Action"] == "a:B"
    assert document["Resource"] == "arn:x"
    assert document["Principal"] == {"AWS": "arn:r"}
    assert document["Condition"] == {"StringEquals": {"k": "v"}}


def test_everybody_is_written_as_a_star() -> None:
    deny = Statement(["sqs:*"], ["arn:x"], effect="Deny", principals={"*": "*"})
    assert rendered(lambda: policy_document([deny]))["Statement"][0]["Principal"] == "*"


def test_trust_is_bound_to_account_and_source() -> None:
    document = rendered(
        lambda: service_trust("ecs-tasks.amazonaws.com", source_account="111122223333", source_arn="arn:aws:ecs:*")
    )
    assert document["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "111122223333"},
                "ArnLike": {"aws:SourceArn": "arn:aws:ecs:*"},
            },
        }
    ]


def test_trust_without_a_source_has_no_condition() -> None:
    assert "Condition" not in rendered(lambda: service_trust("vpc-flow-logs.amazonaws.com"))["Statement"][0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"actions": []}, "actions: a non-empty list"),
        ({"actions": "sqs:SendMessage"}, "actions: a non-empty list"),
        ({"actions": ["SendMessage"]}, "'SendMessage' is not of the form service:Action"),
        ({"actions": ["*"]}, "grants a whole service"),
        ({"actions": ["sqs:*"]}, "grants a whole service"),
        ({"resources": "arn:x"}, "resources: a list of ARNs"),
        ({"resources": []}, "needs at least one ARN"),
        ({"effect": "allow"}, "not one of Allow, Deny"),
        ({"sid": "has space"}, "sid: 'has space'"),
    ],
)
def test_statement_refuses(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("*", r"\*")):
        Statement(**{"actions": ["sqs:SendMessage"], "resources": ["arn:x"], **arguments})


def test_a_resource_policy_may_name_a_whole_service() -> None:
    assert Statement(["kms:*"], ["*"], principals={"AWS": "arn:aws:iam::111122223333:root"}).actions == ["kms:*"]


def test_an_empty_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one statement"):
        policy_document([])
