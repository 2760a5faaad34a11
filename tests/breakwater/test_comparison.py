"""The command line's graphs and comparisons."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from breakwater.graph import ResourceGraph
from tests.breakwater.conftest import Command, edit, program


def test_the_graph_is_that_of_an_export_and_the_same_each_time(command: Command, project: Path) -> None:
    assert command("up", "dev", "--graph", "one.json").exit_code == 0
    assert command("up", "dev", "--graph", "two.json").exit_code == 0
    one, two = project / "one.json", project / "two.json"
    assert one.read_bytes() == two.read_bytes()
    document = json.loads(one.read_text())
    assert document["version"] == 3
    subnet = next(r for r in document["deployment"]["resources"] if r["type"] == "aws:ec2/subnet:Subnet")
    assert subnet["sourcePosition"] == "project:///infra/__main__.py#12"
    assert ResourceGraph.read(one).outputs["cidr"] == "10.0.1.0/24"
    assert {f.name for f in project.iterdir() if f.name.startswith(".")} == set()


def test_no_graph_of_half_a_stack(command: Command, project: Path) -> None:
    (project / "graph.json").write_text("before")
    edit(project, 'cidr_block="10.0.0.0/16"', 'cidr_block="nonsense"')
    result = command("up", "dev", "--graph", "graph.json")
    assert result.exit_code == 1
    assert "graph.json: not written" in result.stderr
    assert (project / "graph.json").read_text() == "before"


def test_preview_is_a_plan(command: Command) -> None:
    result = command("preview", "dev")
    assert result.exit_code == 0
    assert "  subnet_id  (known after deployment)\n" in result.stdout
    assert re.search(r"^dev: 2 resources planned in 1 region \(us-east-1\), [\d.]+ s$", result.stdout, re.MULTILINE)
    assert command("preview", "dev", "--json").json["totals"]["calls"] == 0


def test_no_change_prints_exactly_that(command: Command, project: Path) -> None:
    command("up", "dev", "--graph", "graph.json")
    edit(project, "import pulumi\n", "import pulumi\n\n# a line\n")
    result = command("preview", "dev", "--against", "graph.json")
    assert (result.exit_code, result.stdout) == (0, "No changes.\n")


def test_changes_are_no_failure(command: Command, project: Path) -> None:
    command("up", "dev", "--graph", "graph.json")
    edit(project, 'config.require("cidr")', '"10.0.2.0/24"')
    edit(project, "aws.ec2.Vpc(name", 'aws.ec2.Vpc(f"{name}-main"')
    result = command("preview", "dev", "--against", "graph.json")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Against graph.json: 1 added, 2 changed, 1 removed",
        "",
        "  + aws:ec2/vpc:Vpc  net-main  infra/__main__.py:11",
        "  ~ pulumi:pulumi:Stack  demo-dev",
        '      outputs.cidr: "10.0.1.0/24" → "10.0.2.0/24"',
        "  ~ aws:ec2/subnet:Subnet  net-a  infra/__main__.py:12",
        '      cidrBlock: "10.0.1.0/24" → "10.0.2.0/24"',
        '      vpcId: "${aws:ec2/vpc:Vpc::net.id}" → "${aws:ec2/vpc:Vpc::net-main.id}"',
        "  - aws:ec2/vpc:Vpc  net  infra/__main__.py:11",
        "",
    ]
    changes = command("preview", "dev", "--against", "graph.json", "--json").json["changes"]
    assert [r["name"] for r in changes["added"]] == ["net-main"]
    assert [r["name"] for r in changes["removed"]] == ["net"]
    assert changes["changed"][1]["properties"][0] == {
        "path": "cidrBlock", "before": "10.0.1.0/24", "after": "10.0.2.0/24"
    }  # fmt: skip


def test_a_changed_secret_is_shown_as_changed_and_never_its_value(command: Command, project: Path) -> None:
    command("up", "dev", "--graph", "graph.json")
    assert "v1:abc" not in (project / "graph.json").read_text()
    file = project / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("v1:abc", "v1:xyz"))
    result = command("preview", "dev", "--against", "graph.json")
    assert "outputs.password: changed, [secret]\n" in result.stdout
    assert "xyz" not in result.stdout


def test_the_graph_of_another_stack_cannot_be_compared_with(command: Command, project: Path) -> None:
    (project / "Pulumi.prod.yaml").write_text((project / "Pulumi.dev.yaml").read_text())
    command("up", "prod", "--graph", "graph.json")
    result = command("preview", "dev", "--against", "graph.json")
    assert result.exit_code == 2
    assert "graph.json holds the stack 'prod' of project 'demo', not 'dev'" in result.stderr


def git(project: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)


@pytest.fixture
def repository(project: Path) -> Path:
    """The project as a folder of a repository with one commit."""
    git(project.parent, "init", "--initial-branch=main")
    git(project.parent, "add", "-A")
    git(project.parent, "commit", "-m", "one")
    return project


def test_a_revision_is_compared_with(command: Command, repository: Path) -> None:
    assert command("preview", "dev", "--base", "main").stdout == "No changes.\n"
    file = repository / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("10.0.1.0/24", "10.0.2.0/24"))
    result = command("preview", "dev", "--base", "HEAD")
    assert re.match(r"Against HEAD \([0-9a-f]{10}\): 2 changed\n", result.stdout)
    assert '      cidrBlock: "10.0.1.0/24" → "10.0.2.0/24"\n' in result.stdout
    assert result.exit_code == 0


def test_a_new_stack_is_all_added(command: Command, repository: Path) -> None:
    (repository / "Pulumi.new.yaml").write_text((repository / "Pulumi.dev.yaml").read_text())
    result = command("preview", "new", "--base", "main")
    assert result.exit_code == 0
    assert ", which has no Pulumi.new.yaml: 5 added\n" in result.stdout


@pytest.mark.parametrize("name", ["nope", "--help", "HEAD:Pulumi.yaml"])
def test_an_unknown_revision(command: Command, repository: Path, name: str) -> None:
    result = command("preview", "dev", f"--base={name}")
    assert result.exit_code == 2
    assert f"{name!r} is no revision of the Git repository around {repository}" in result.stderr


def test_a_revision_that_does_not_run(command: Command, repository: Path) -> None:
    text = (repository / "infra" / "__main__.py").read_text()
    program(repository, "raise ValueError('broken')")
    git(repository, "commit", "-a", "-m", "two")
    program(repository, text)
    result = command("preview", "dev", "--base", "HEAD")
    assert result.exit_code == 2
    assert "does not run, so nothing can be compared: ValueError: broken (infra/__main__.py:1)" in result.stderr
