"""The commands `review` and `digest`: what is compared, the files, the exit codes."""

import json
from pathlib import Path

import pytest

from breakwater import reviews
from breakwater.project import load_stack
from breakwater.review.model import Op, Review, Verdict
from tests.breakwater import previews
from tests.breakwater.conftest import Command, edit, program
from tests.breakwater.graphs import PREFIX, QUEUE
from tests.breakwater.test_comparison import git

VPC_CIDR = 'cidr_block="10.0.0.0/16"'


@pytest.fixture
def repository(project: Path) -> Path:
    """The project as a repository with one commit."""
    git(project, "init", "--initial-branch=main")
    git(project, "add", "-A")
    git(project, "commit", "-m", "one")
    return project


def of(project: Path, base: str = "main", stack: str = "dev") -> Review:
    """The review of the work tree."""
    return reviews.review_of_revision(stack, project, base)


CONFIG = "config = pulumi.Config()\n"
PROVIDER = 'provider = aws.Provider("us", region="us-east-1", default_tags={"tags": {"owner": "tests"}})\n'
OTHER_PROVIDER = 'provider = aws.Provider("us", default_tags={"tags": {"owner": "tests"}}, region="us-east-1")\n'
ID, CIDR = 'pulumi.export("subnet_id", net.subnet.id)\n', 'pulumi.export("cidr", net.subnet.cidr_block)\n'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import pulumi\n", "import pulumi\n\n# another line\n"),
        (CONFIG + PROVIDER, OTHER_PROVIDER + CONFIG),
        (ID + CIDR, CIDR + ID),
    ],
)
def test_another_form_or_order_of_the_program_changes_nothing(repository: Path, old: str, new: str) -> None:
    before = of(repository)
    edit(repository, old, new)
    found = of(repository)
    assert (found.verdict, found.reasons, found.steps, found.cost) == (Verdict.SAFE, (), (), None)
    assert found.digest == before.digest


def test_a_change_is_reviewed_with_its_cause(repository: Path) -> None:
    edit(repository, VPC_CIDR, 'cidr_block="10.0.0.0/20"')
    found = of(repository)
    assert [(s.op, s.resource.name) for s in found.steps] == [(Op.REPLACE, "net"), (Op.REPLACE, "net-a")]
    assert found.verdict is Verdict.APPROVAL
    assert str(found.reasons[0].source) == "infra/__main__.py:11"
    assert found.against.startswith("main (")
    assert not found.engine


def test_a_program_that_fails_is_a_review_with_the_line(repository: Path) -> None:
    program(repository, "import pulumi\n\nraise ValueError('broken')\n")
    found = of(repository)
    assert (found.verdict, found.error) == (Verdict.FAILED, "ValueError: broken")
    assert str(found.error_source) == "infra/__main__.py:3"
    assert found.steps == ()


def test_a_refused_configuration_names_the_line_of_the_stack_file(repository: Path) -> None:
    program(
        repository, "import pulumi\n\nraise pulumi.RunError('refused: 1 problem\\n\\nPulumi.dev.yaml:2: demo:cidr')\n"
    )
    found = of(repository)
    assert str(found.error_source) == "Pulumi.dev.yaml:2"
    assert found.reasons[0].text == "refused: 1 problem Pulumi.dev.yaml:2: demo:cidr"


def test_a_resource_that_fails_is_a_reason(repository: Path) -> None:
    edit(repository, VPC_CIDR, 'cidr_block="nonsense"')
    found = of(repository)
    assert found.verdict is Verdict.FAILED
    assert [r.rule for r in found.reasons if r.verdict is Verdict.FAILED] == ["resource-fails"]
    assert found.failures[0].text.startswith("aws:ec2/vpc:Vpc::net: ")


def test_a_base_that_does_not_run_is_a_review_too(repository: Path) -> None:
    text = (repository / "infra" / "__main__.py").read_text()
    program(repository, "raise ValueError('broken')")
    git(repository, "commit", "-a", "-m", "two")
    program(repository, text)
    found = of(repository, "HEAD")
    assert found.verdict is Verdict.FAILED
    assert found.error.endswith("does not run, so nothing can be compared: ValueError: broken (infra/__main__.py:1)")


def test_a_new_stack_and_one_that_is_removed(repository: Path) -> None:
    file = repository / "Pulumi.dev.yaml"
    (repository / "Pulumi.new.yaml").write_text(file.read_text())
    found = of(repository, stack="new")
    assert found.against.endswith(", which has no Pulumi.new.yaml")
    assert set(found.counts) == {Op.CREATE}
    file.unlink()
    gone = of(repository)
    assert (set(gone.counts), gone.verdict) == ({Op.DELETE}, Verdict.APPROVAL)


def test_a_stack_file_that_cannot_be_read_is_a_failed_review(repository: Path) -> None:
    (repository / "Pulumi.dev.yaml").write_text("config: [")
    found = of(repository)
    assert found.verdict is Verdict.FAILED
    assert "not valid YAML" in found.error


@pytest.mark.usefixtures("repository")
def test_a_stack_that_never_was(command: Command) -> None:
    result = command("review", "nope", "--base", "main")
    assert result.exit_code == 2
    assert "there is no stack 'nope'" in result.stderr


def test_a_change_does_not_judge_itself(repository: Path) -> None:
    edit(repository, VPC_CIDR, 'cidr_block="10.0.0.0/20"')
    file = repository / "Pulumi.dev.yaml"
    file.write_text(file.read_text() + "  demo:review: {rules: {serving-replacement: {verdict: safe}}}\n")
    found = of(repository)
    assert [r.rule for r in found.reasons] == ["changed-rules", "serving-replacement"]
    git(repository, "commit", "-a", "-m", "two")
    edit(repository, 'cidr_block="10.0.0.0/20"', VPC_CIDR)
    assert of(repository, "HEAD").verdict is Verdict.SAFE


def test_rules_that_cannot_be_used_fail_the_review(repository: Path) -> None:
    file = repository / "Pulumi.dev.yaml"
    file.write_text(file.read_text() + "  demo:review: {rules: {nope: {}}}\n")
    found = of(repository)
    assert found.verdict is Verdict.FAILED
    assert "Pulumi.dev.yaml: demo:review.rules: there is no rule 'nope'" in found.error


def test_both_sides_at_once_and_one_after_the_other_say_the_same(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(repository, VPC_CIDR, 'cidr_block="10.0.0.0/20"')
    monkeypatch.setattr("threading.active_count", lambda: 2)
    one = of(repository)
    monkeypatch.setattr("threading.active_count", lambda: 1)
    other = of(repository)
    assert (one.reasons, one.digest, one.counts) == (other.reasons, other.digest, other.counts)


def test_two_exports(project: Path, command: Command) -> None:
    command("up", "dev", "--graph", "before.json")
    edit(project, VPC_CIDR, 'cidr_block="10.0.0.0/20"')
    command("up", "dev", "--graph", "after.json")
    stack = load_stack("dev", project)
    found = reviews.review_of_exports(stack, project / "before.json", project / "after.json")
    assert (found.verdict, found.counts, found.against) == (Verdict.APPROVAL, {Op.REPLACE: 2}, "before.json")
    simulated = reviews.review_of_exports(stack, project / "before.json", None)
    assert simulated.counts == found.counts
    assert simulated.reasons == found.reasons


@pytest.mark.parametrize("content", ["{}", "nonsense"])
def test_an_export_that_is_none(project: Path, command: Command, content: str) -> None:
    (project / "state.json").write_text(content)
    result = command("review", "dev", "--against", "state.json")
    assert result.exit_code == 2
    assert "state.json" in result.stderr


def write_preview(project: Path, *steps: dict[str, object], **more: object) -> Path:
    file = project / "preview.json"
    file.write_text(previews.text(*steps, **more))
    return file


OLD, NEW = previews.state(QUEUE, "q", {}), previews.state(QUEUE, "q", {"delaySeconds": 2})


def test_a_preview(project: Path) -> None:
    file = write_preview(
        project, previews.step("update", OLD, NEW), previews.step("delete", OLD | {"urn": f"{PREFIX}{QUEUE}::r"}, None)
    )
    found = reviews.review_of_preview(load_stack("dev", project), file)
    assert found.engine
    assert found.counts == {Op.DELETE: 1, Op.UPDATE: 1}
    assert [r.text for r in found.reasons] == ["the queue r is deleted: the messages in it are lost"]


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_preview_that_broke_off_is_a_failed_review(project: Path, content: str) -> None:
    (project / "preview.json").write_text(content)
    found = reviews.review_of_preview(load_stack("dev", project), project / "preview.json")
    assert (found.verdict, found.steps) == (Verdict.FAILED, ())
    assert "preview" in found.error


def test_a_preview_with_an_error_is_failed_with_its_steps(project: Path) -> None:
    file = write_preview(
        project, previews.step("delete", OLD, None), diagnostics=[{"severity": "error", "message": "no"}]
    )
    found = reviews.review_of_preview(load_stack("dev", project), file)
    assert (found.verdict, found.error, found.counts) == (Verdict.FAILED, "no", {Op.DELETE: 1})
    assert found.dangers


def test_the_preview_of_another_stack(project: Path, command: Command) -> None:
    write_preview(project)
    (project / "Pulumi.prod.yaml").write_text((project / "Pulumi.dev.yaml").read_text())
    result = command("review", "prod", "--preview", "preview.json")
    assert result.exit_code == 2
    assert "previews the stack 'dev'" in result.stderr


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("dev",), "give one of --base, --preview and --against"),
        (("dev", "--base", "main", "--preview", "x"), "exclude each other"),
        (("dev", "--base", "main", "--state", "x"), "--state goes with --against"),
        (("dev", "--preview", "missing.json"), "missing.json"),
    ],
)
def test_usage(command: Command, arguments: tuple[str, ...], message: str) -> None:
    result = command("review", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_digest_of_a_preview(project: Path, command: Command) -> None:
    write_preview(project, previews.step("update", OLD, NEW))
    first = command("digest", "--preview", "preview.json")
    assert first.exit_code == 0
    assert first.stdout.startswith("sha256:")
    digest = first.stdout.strip()
    assert digest == reviews.review_of_preview(load_stack("dev", project), project / "preview.json").digest
    assert command("digest", "--preview", "preview.json", "--expect", digest).exit_code == 0
    write_preview(project, previews.step("same", OLD, OLD))
    other = command("digest", "--preview", "preview.json", "--expect", digest)
    assert other.exit_code == 1
    assert "not what was approved" in other.stderr


@pytest.mark.parametrize("more", [{}, {"diagnostics": [{"severity": "error", "message": "no"}]}])
def test_a_preview_that_failed_has_no_digest(project: Path, command: Command, more: dict[str, object]) -> None:
    (project / "preview.json").write_text(json.dumps(more))
    assert command("digest", "--preview", "preview.json").exit_code == 2


def test_which_stacks_a_change_touches(repository: Path, command: Command) -> None:
    def changed() -> object:
        return command("changed", "--base", "HEAD").json

    assert changed() == []
    (repository / "README.md").write_text("text")
    (repository / "docs").mkdir()
    (repository / "docs" / "x.py").write_text("1")
    assert changed() == []
    (repository / "Pulumi.new.yaml").write_text("config: {}\n")
    assert changed() == ["new"]
    example = repository / "examples" / "shop"
    example.mkdir(parents=True)
    (example / "Pulumi.shop.yaml").write_text("config: {}\n")
    assert changed() == ["examples/shop", "new"]
    assert command("changed", "--base", "HEAD", "--among", '{"new": {}, "prod": {}}').json == ["new"]
    assert command("changed", "--base", "HEAD", "--among", "").json == []
    assert "--among takes a JSON" in command("changed", "--base", "HEAD", "--among", "new").stderr
    git(repository, "add", "-A")
    git(repository, "commit", "-m", "two")
    assert changed() == []
    edit(repository, "import pulumi\n", "import pulumi  # more\n")
    assert changed() == ["dev", "examples/shop", "new"]
    git(repository, "checkout", ".")
    (repository / "uv.lock").write_text("")
    assert changed() == ["dev", "examples/shop", "new"]
    (repository / "uv.lock").unlink()
    (repository / "Pulumi.new.yaml").unlink()
    assert changed() == ["new"]


def test_the_files_and_the_exit_code(project: Path, command: Command) -> None:
    pytest.importorskip("breakwater.review.rendering.document")
    write_preview(project, previews.step("delete", OLD, None))
    result = command("review", "dev", "--preview", "preview.json", "--out", "report")
    assert result.exit_code == 4
    assert {file.name for file in (project / "report").iterdir()} == {
        "report.md", "report.html", "report.json", "annotations",
    }  # fmt: skip
    assert result.stdout == "dev: blocked\n  blocked: the queue q is deleted: the messages in it are lost\n"
    written = (project / "report" / "report.json").read_text()
    assert command("review", "dev", "--preview", "preview.json", "--json").stdout == written
    (project / "file").write_text("")
    assert command("review", "dev", "--preview", "preview.json", "--out", "file").exit_code == 2


def test_outputs_that_a_preview_leaves_out_come_from_a_plan(project: Path) -> None:
    old = previews.STACK_STATE | {"outputs": {"cidr": "10.9.0.0/24", "subnet_id": "subnet-1"}}
    (project / "preview.json").write_text(json.dumps({"steps": [previews.step("same", old, previews.STACK_STATE)]}))
    found = reviews.review_of_preview(load_stack("dev", project), project / "preview.json")
    assert found.before.outputs["cidr"] == "10.9.0.0/24"
    assert found.after.outputs["cidr"] == "10.0.1.0/24"
    assert found.after.outputs["subnet_id"] == "subnet-1"
