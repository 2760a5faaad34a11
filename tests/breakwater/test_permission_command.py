"""`breakwater permissions`: the table and the JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from breakwater.analysis.permissions import permission_changes
from breakwater.cli import app
from breakwater.graph import ResourceGraph
from breakwater.tables.permissions import assess, difference_object, sentence
from breakwater.values import Secret
from tests.breakwater.graphs import graph, resource
from tests.breakwater.policies import ROLE_POLICY, document, may, queue, role, stack, statement
from tests.support.stacks import deployed


def shown(stack_: ResourceGraph) -> str:
    """The tables as text."""
    console = Console(width=200, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(assess(stack_).render())
    return capture.get()


def test_the_broad_comes_first_then_every_principal() -> None:
    text = shown(stack(statement("s3:*", "*"), statement("sqs:SendMessage", "arn:aws:sqs:us-east-1:1:a")))
    broad, _, rest = text.partition("\n\n")
    assert broad.startswith("Broad")
    assert "s3: all " in broad
    assert "sqs" not in broad
    assert "sqs: Write SendMessage" in rest
    assert "assumed by service ecs-tasks.amazonaws.com" in rest
    assert "components/task.py:10" in rest


def test_resources_are_named_and_denials_told() -> None:
    deny = statement("sqs:*", "*", Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    target = queue(policy=document(deny))
    text = shown(graph(role(), target, may(statement("sqs:SendMessage", target.outputs["arn"]))))
    assert "Queue orders" in text
    assert "aws:SecureTransport = false" in text.partition("Denied")[2]
    assert "5d6e7f8" not in text


def test_everything_is_one_word() -> None:
    assert "everything" in shown(stack(statement("*", "*")))


def test_an_empty_graph_is_told() -> None:
    assert "no policy" in shown(graph())


def test_nothing_is_refused_and_prod_has_all_its_roles() -> None:
    found = assess(deployed("prod").graph)
    assert found.problems == ()
    told = found.to_json()
    assert {grant["principal"]["kind"] for grant in told["grants"]} == {"role", "service", "account", "public"}
    assert json.dumps(told) == json.dumps(assess(deployed("prod").graph).to_json())
    assert "role us-east-1-api-task" in shown(deployed("prod").graph)


def test_the_command_prints_one_object(tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    file.write_text(stack(statement("sqs:*Message", "*")).to_json())
    result = CliRunner().invoke(app, ["permissions", str(file), "--json"])
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["command"], told["ok"], told["problems"]) == ("permissions", True, [])
    grant = told["grants"][0]
    assert grant["actions"] == {"sqs": {"Read": ["ReceiveMessage"], "Write": ["DeleteMessage", "SendMessage"]}}
    assert (grant["principal"], grant["weight"]) == ({"kind": "role", "name": "api"}, "data")
    assert grant["reasons"] == ["sqs:ReceiveMessage: reads messages"]
    assert grant["sources"][0]["source"] == "components/task.py:10"


def test_secrets_are_never_shown() -> None:
    hidden = Secret(document(statement("s3:GetObject", "arn:aws:s3:::hidden")))
    found = graph(role(), resource(ROLE_POLICY, "api", inputs={"role": role().id, "policy": hidden}))
    assert "hidden" not in shown(found) + json.dumps(assess(found).to_json())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            [],
            [statement("sqs:SendMessage", "*")],
            "role api: sqs: Write SendMessage on *",
        ),
        (
            [statement("s3:GetObject", "arn:aws:s3:::x/*")],
            [statement("s3:GetObject", "*")],
            "role api: s3: Read GetObject on * (before: arn:aws:s3:::x/*)",
        ),
        (
            [statement("s3:GetObject", "*", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})],
            [statement("s3:GetObject", "*")],
            "role api: s3: Read GetObject on * (before: aws:SourceVpc = vpc-1)",
        ),
        (
            [statement("s3:GetObject", "*", Effect="Deny")],
            [],
            "role api: no longer denied s3: Read GetObject on *",
        ),
    ],
)
def test_a_difference_is_sentences_and_an_object(before: list[Any], after: list[Any], expected: str) -> None:
    difference = permission_changes(stack(*before), stack(*after))
    assert [sentence(change) for change in difference.gained] == [expected]
    lost = permission_changes(stack(*after), stack(*before)).lost
    assert [sentence(change) for change in lost] == [expected.replace("before:", "now:")]
    told = difference_object(difference)
    assert json.loads(json.dumps(told))["gained"][0]["how"] in ("new", "resources", "conditions", "denial")
