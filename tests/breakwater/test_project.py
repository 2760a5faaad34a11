"""Projects and stack files as they are found and read."""

import importlib
import sys
from pathlib import Path

import pytest

from breakwater.project import ProjectError, find_root, load_project, load_stack, program_folder, project_modules


def test_a_stack_by_name(project: Path) -> None:
    stack = load_stack("dev", project / "infra")
    assert (stack.name, stack.project, stack.root) == ("dev", "demo", project)
    assert (stack.file, stack.program) == (project / "Pulumi.dev.yaml", project / "infra")
    assert stack.config == {"demo:cidr": "10.0.1.0/24"}
    assert stack.encrypted == {"demo:password": "v1:abc"}


def test_a_name_is_not_mistaken_for_a_folder(project: Path) -> None:
    (project / "dev").mkdir()
    assert load_stack("dev", project).file == project / "Pulumi.dev.yaml"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("x/Pulumi.small.yaml", "small"),
        ("x", "small"),
        ("x/", "small"),
        ("x/Pulumi.other.yml", "other"),
        ("./Pulumi.dev.yaml", "dev"),
    ],
)
def test_a_stack_by_path(project: Path, given: str, name: str) -> None:
    (project / "x").mkdir()
    (project / "x" / "Pulumi.small.yaml").write_text("config: {}\n")
    (project / "x" / "Pulumi.other.yml").touch()
    stack = load_stack(given, project)
    assert (stack.root, stack.name) == (project, name)
    assert load_stack(str(project / given), Path("/")).file == stack.file


def test_the_project_of_a_path_is_the_one_around_it(project: Path) -> None:
    other = project / "other"
    (other / "infra").mkdir(parents=True)
    (other / "infra" / "__main__.py").touch()
    (other / "Pulumi.yaml").write_text("name: other\nmain: infra\n")
    (other / "Pulumi.dev.yaml").touch()
    assert load_stack("other", project).project == "other"
    assert load_stack("other/Pulumi.dev.yaml", project).project == "other"
    assert load_stack("dev", project).project == "demo"


def test_a_file_outside_any_project_belongs_to_the_one_around_the_directory(project: Path, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.far.yaml").touch()
    assert load_stack(str(tmp_path / "Pulumi.far.yaml"), project).root == project
    with pytest.raises(ProjectError, match=r"no Pulumi\.yaml here or in a folder above"):
        load_stack(str(tmp_path / "Pulumi.far.yaml"), tmp_path)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("nope", r"there is no stack 'nope': Pulumi\.nope\.yaml is not in .*demo; stacks there: dev"),
        ("", "there is no stack ''"),
        ("no/such", "no/such: there is no such file or folder"),
        ("no.yaml", r"no\.yaml: there is no such file or folder"),
        ("infra", r"infra: holds 0 stack files \(Pulumi\.<stack>\.yaml\), not one"),
        ("two", r"two: holds 2 stack files .*, not one: Pulumi\.a\.yaml, Pulumi\.b\.yaml"),
        ("Pulumi.yaml", "this is the project's file"),
        ("two/Pulumi.a b.yaml", "'a b' is no name of a stack"),
    ],
)
def test_what_is_no_stack(project: Path, given: str, message: str) -> None:
    (project / "two").mkdir()
    for name in ("a", "b"):
        (project / "two" / f"Pulumi.{name}.yaml").touch()
    if " " in given:
        (project / given).touch()
    with pytest.raises(ProjectError, match=message):
        load_stack(given, project)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("Pulumi.yaml", "main: infra", r"Pulumi\.yaml: `name`, the project's name, is missing"),
        ("Pulumi.yaml", "name: 7\nmain: infra", "`name`"),
        ("Pulumi.yaml", "name: demo\nmain: nowhere", r"`main` is .*nowhere, which holds no __main__\.py"),
        ("Pulumi.yaml", "name: demo\nmain: infra\nconfig: 7", "`config` must be a mapping"),
        ("Pulumi.dev.yaml", "a: [", r"Pulumi\.dev\.yaml: not valid YAML"),
        ("Pulumi.dev.yaml", "- a", "a mapping is expected at the top"),
        ("Pulumi.dev.yaml", "config: [a]", "`config` must be a mapping of keys such as demo:key"),
        ("Pulumi.dev.yaml", "\x00", "not valid YAML"),
        ("Pulumi.dev.yaml", "a: &a [*a]\nb: !!python/object:os.system {}", "not valid YAML"),
    ],
)
def test_what_cannot_be_read(project: Path, file: str, text: str, message: str) -> None:
    (project / file).write_text(text)
    with pytest.raises(ProjectError, match=message):
        load_stack("dev", project)


def test_bytes_that_are_no_text(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_bytes(b"a: \xff")
    with pytest.raises(ProjectError, match="not valid YAML"):
        load_stack("dev", project)


@pytest.mark.parametrize("text", ["", "# nothing", "config:", "config: {}"])
def test_a_stack_without_configuration(project: Path, text: str) -> None:
    (project / "Pulumi.dev.yaml").write_text(text)
    assert load_stack("dev", project).config == {}


def test_values_are_read_as_pulumi_reads_them(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_text(
        "config:\n  aws:x: 1\n"
        "  a: {on: yes, time: 12:30, day: 2026-01-02, n: 7, f: 1.5, t: true, none: ~, text: 'true'}\n"
    )
    assert load_stack("dev", project).config == {
        "demo:a": {
            "on": "yes", "time": "12:30", "day": "2026-01-02", "n": 7, "f": 1.5, "t": True, "none": None, "text": "true"
        },
        "aws:x": 1,
    }  # fmt: skip


def test_the_projects_values_are_those_of_stacks_that_set_none(project: Path) -> None:
    (project / "Pulumi.yaml").write_text(
        "name: demo\nmain: infra\nconfig:\n  cidr: one\n  pulumi:disable-default-providers: [aws]\n"
        "  value: {value: 1}\n  default: {type: integer, default: 2}\n  declared: {type: string}\n"
    )
    assert load_stack("dev", project).config == {
        "demo:cidr": "10.0.1.0/24",
        "pulumi:disable-default-providers": ["aws"],
        "demo:value": 1,
        "demo:default": 2,
    }


def test_the_project_itself(project: Path) -> None:
    assert find_root(project / "infra") == project
    assert program_folder(project, load_project(project)) == project / "infra"
    (project / "__main__.py").touch()
    assert program_folder(project, {"name": "demo"}) == project / "."


def test_modules_of_the_project_are_imported_afresh_and_put_back(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "infra" / "__init__.py").touch()
    (project / "infra" / "marker.py").write_text("VALUE = 1")
    before, path = object(), list(sys.path)
    monkeypatch.setitem(sys.modules, "infra", before)
    monkeypatch.setitem(sys.modules, "infra.marker", before)
    with project_modules(project):
        assert importlib.import_module("infra.marker").VALUE == 1
    assert sys.modules["infra"] is before
    assert sys.modules["infra.marker"] is before
    assert sys.path == path
