"""A Pulumi project on disk: Pulumi.yaml, and the stack files that belong to it."""

import contextlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

PROJECT_FILE = "Pulumi.yaml"

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # the C loader is missing where PyYAML was built without libyaml
    """YAML 1.2, as Pulumi reads it: `yes`, `on`, `12:30` and dates are text, unlike with PyYAML's own."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's own attribute)


_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", _FLOAT, "-+0123456789."),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))

_STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""What Pulumi allows (sdk/go/common/tokens/stack_name.go)."""


class ProjectError(Exception):
    """What was given cannot be used: a file or a revision; the message says which, why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack file and the project around it."""

    name: str
    file: Path
    project: str
    root: Path
    """The folder of Pulumi.yaml."""
    program: Path
    """The folder of the program, Pulumi.yaml's `main`."""
    config: Mapping[str, Any]
    """Values by full key such as breakwater:platform, as YAML has them; encrypted ones are in `encrypted`."""
    encrypted: Mapping[str, str]
    """The ciphertexts of the `secure:` values."""


def load_stack(name_or_path: str, directory: Path) -> Stack:
    """Find a stack: `prod` is Pulumi.prod.yaml of the project around `directory`; else the path of a stack file, or of
    the folder that holds just one."""
    root, file = _stack_file(name_or_path, directory.resolve())
    name = file.stem.removeprefix("Pulumi.")
    if not _STACK_NAME.fullmatch(name):
        raise ProjectError(f"{file}: {name!r} is no name of a stack; it may hold letters, digits, `.`, `_` and `-`")
    project = load_project(root)
    config, encrypted = _configuration(file, project)
    return Stack(
        name=name,
        file=file,
        project=project["name"],
        root=root,
        program=program_folder(root, project),
        config=config,
        encrypted=encrypted,
    )


def find_root(directory: Path) -> Path:
    """The folder of the project that `directory` is in; ProjectError where it is in none."""
    root = _project_root(directory)
    if root is None:
        raise ProjectError(f"{directory}: no {PROJECT_FILE} here or in a folder above; run this inside the project")
    return root


def load_project(root: Path) -> dict[str, Any]:
    """What Pulumi.yaml says; ProjectError where it is none."""
    project = _read_yaml(root / PROJECT_FILE)
    if not isinstance(project.get("name"), str):
        raise ProjectError(f"{root / PROJECT_FILE}: `name`, the project's name, is missing")
    return project


def program_folder(root: Path, project: Mapping[str, Any]) -> Path:
    """The folder (or file) that Pulumi runs; ProjectError where there is no Python program in it."""
    program = root / str(project.get("main") or ".")
    if not (program.is_file() or (program / "__main__.py").is_file()):
        raise ProjectError(f"{root / PROJECT_FILE}: `main` is {program}, which holds no __main__.py")
    return program


@contextlib.contextmanager
def project_modules(root: Path) -> Iterator[None]:
    """Within the block, the project's own modules are imported afresh, from its folder; after it, all is as it was."""
    own = {p.stem for p in root.iterdir() if p.is_dir() or p.suffix == ".py"} - {"breakwater", "tests"}

    def take() -> dict[str, ModuleType]:
        names = [name for name in sys.modules if name.partition(".")[0] in own]
        return {name: sys.modules.pop(name) for name in names}

    before, path = take(), sys.path[:]
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        take()
        sys.modules.update(before)
        sys.path[:] = path


def _stack_file(name_or_path: str, directory: Path) -> tuple[Path, Path]:
    """The project's folder and the stack's file."""
    around = _project_root(directory)
    if around and _STACK_NAME.fullmatch(name_or_path) and (around / f"Pulumi.{name_or_path}.yaml").is_file():
        return around, around / f"Pulumi.{name_or_path}.yaml"
    given = directory / name_or_path
    if name_or_path and given.is_dir():
        files = sorted(f for f in given.glob("Pulumi.*.yaml") if f.is_file())
        if len(files) != 1:
            listed = f": {', '.join(f.name for f in files)}" if files else ""
            raise ProjectError(f"{given}: holds {len(files)} stack files (Pulumi.<stack>.yaml), not one{listed}")
        given = files[0]
    elif given.suffix in (".yaml", ".yml") or "/" in name_or_path:
        if not given.is_file():
            raise ProjectError(f"{given}: there is no such file or folder")
    else:
        root = find_root(directory)
        known = ", ".join(sorted(f.stem.removeprefix("Pulumi.") for f in root.glob("Pulumi.*.yaml"))) or "none"
        raise ProjectError(
            f"there is no stack {name_or_path!r}: Pulumi.{name_or_path}.yaml is not in {root}; stacks there: {known}"
        )
    file = given.resolve()
    if file.name == PROJECT_FILE:
        raise ProjectError(f"{file}: this is the project's file; name a stack file (Pulumi.<stack>.yaml) or a stack")
    return _project_root(file.parent) or find_root(directory), file


def _project_root(directory: Path) -> Path | None:
    return next((d for d in (directory, *directory.parents) if (d / PROJECT_FILE).is_file()), None)


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a safe one)
    except OSError as error:
        raise ProjectError(f"{file}: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ProjectError(f"{file}: not valid YAML: {' '.join(str(error).split())}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ProjectError(f"{file}: a mapping is expected at the top")
    return document


def _configuration(file: Path, project: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values and the ciphertexts of a stack: its file's, else those that Pulumi.yaml has for all stacks."""
    config, defaults = _read_yaml(file).get("config") or {}, project.get("config") or {}
    if not isinstance(config, dict):
        raise ProjectError(f"{file}: `config` must be a mapping of keys such as {project['name']}:key")
    if not isinstance(defaults, dict):
        raise ProjectError(f"{PROJECT_FILE}: `config` must be a mapping of keys")
    values: dict[str, Any] = {}
    encrypted: dict[str, str] = {}
    for key, value in (_full_keys(project, _defaults(defaults)) | _full_keys(project, config)).items():
        if isinstance(value, dict) and set(value) == {"secure"}:
            encrypted[key] = str(value["secure"])
        else:
            values[key] = value
    return values, encrypted


def _defaults(declared: Mapping[Any, Any]) -> dict[Any, Any]:
    """Values of Pulumi.yaml's `config`: given as such, under `value` or `default`; a mere declaration has none."""
    found: dict[Any, Any] = {}
    for key, value in declared.items():
        if not isinstance(value, dict):
            found[key] = value
        elif "value" in value or "default" in value:
            found[key] = value.get("value", value.get("default"))
    return found


def _full_keys(project: Mapping[str, Any], values: Mapping[Any, Any]) -> dict[str, Any]:
    return {key if ":" in (key := str(k)) else f"{project['name']}:{key}": value for k, value in values.items()}
