"""What the linters of workflows cannot know: versions that belong together, and one line of shell for each step."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from breakwater.cli import app

ROOT = Path(__file__).parent.parent
WORKFLOWS = {file.stem: yaml.safe_load(file.read_text()) for file in sorted(ROOT.glob(".github/workflows/*.yml"))}
ACTION = yaml.safe_load((ROOT / ".github/actions/setup/action.yml").read_text())
FILES = [*ROOT.glob(".github/workflows/*.yml"), ROOT / ".github/actions/setup/action.yml"]


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for workflow, document in WORKFLOWS.items():
        for name, job in document["jobs"].items():
            yield f"{workflow}/{name}", job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in jobs():
        for step in job.get("steps", ()):
            yield name, step
    for step in ACTION["runs"]["steps"]:
        yield "setup", step


def test_nothing_is_permitted_but_what_a_job_asks_for() -> None:
    assert {name: document["permissions"] for name, document in WORKFLOWS.items()} == {key: {} for key in WORKFLOWS}
    writes = {
        name: sorted(scope for scope, level in job["permissions"].items() if level == "write") for name, job in jobs()
    }
    assert {name: scopes for name, scopes in writes.items() if scopes} == {
        "deploy/dev": ["id-token"],
        "deploy/prod": ["id-token"],
        "deploy-stack/apply": ["id-token"],
        "deploy-stack/plan": ["id-token"],
        "drift/issue": ["issues"],
        "drift/look": ["id-token"],
        "review/comment": ["pull-requests"],
        "review/preview": ["id-token"],
    }


def test_pull_requests_run_on_pull_request_alone_and_the_writer_runs_the_base() -> None:
    triggers = {name: document[True] for name, document in WORKFLOWS.items()}  # YAML 1.1 reads `on` as true
    assert "pull_request_target" not in str(triggers)
    assert "workflow_run" not in str(triggers)
    checkout = WORKFLOWS["review"]["jobs"]["comment"]["steps"][0]
    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    for name, step in steps():
        if str(step.get("uses")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, name


def test_forks_get_no_role() -> None:
    condition = WORKFLOWS["review"]["jobs"]["preview"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition


def test_roles_go_with_environments() -> None:
    for name, job in jobs():
        role = next(
            (s["with"]["role-to-assume"] for s in job.get("steps", ()) if "role-to-assume" in s.get("with", {})), ""
        )
        if "deploy_role" in role:
            assert job["environment"] == "${{ inputs.stack }}", name
            assert job["concurrency"] == {"group": "stack-${{ inputs.stack }}", "cancel-in-progress": False}
        elif "preview_role" in role and name != "review/preview":
            assert job["environment"].endswith("-preview"), name


def test_nothing_ever_cancels_a_run() -> None:
    found = [
        part["concurrency"] for part in [*WORKFLOWS.values(), *(job for _, job in jobs())] if "concurrency" in part
    ]
    assert found
    assert [c for c in found if c["cancel-in-progress"] is not False] == []


def test_one_action_has_one_commit_and_says_its_version() -> None:
    pins: dict[str, set[str]] = {}
    for file in FILES:
        for name, rest in re.findall(r"uses: ([\w-]+/[\w-]+)@(.*)", file.read_text()):
            assert re.fullmatch(r"[0-9a-f]{40}  # v\d+\.\d+\.\d+", rest), (file.name, name)
            pins.setdefault(name, set()).add(rest)
    assert {name for name, found in pins.items() if len(found) > 1} == set()


def test_the_cli_has_the_version_of_the_sdk() -> None:
    (install,) = (s for s in ACTION["runs"]["steps"] if str(s.get("uses")).startswith("pulumi/actions@"))
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert f"pulumi=={install['with']['pulumi-version']}" in dependencies


def test_a_step_is_one_line_and_no_text_of_a_change_gets_into_it() -> None:
    for name, step in steps():
        run = step.get("run", "")
        assert "\n" not in run, name
        assert "${{" not in run, name


def command_lines() -> list[list[str]]:
    found = {match for _, step in steps() for match in re.findall(r"breakwater ([^|&>)]+)", step.get("run", ""))}
    return sorted(line.split() for line in found)


@pytest.mark.parametrize("line", command_lines(), ids=" ".join)
def test_the_commands_exist_with_their_options(line: list[str]) -> None:
    words = iter(line)
    command: Any = get_command(app)
    for word in words:
        command = command.commands[word]
        if not hasattr(command, "commands"):
            break
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options
