"""Which stacks a change touches."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from breakwater.project import PROJECT_FILE

_ASIDE = {"breakwater", "tests", "bench", "docs", "examples"}
"""Folders with code that is no part of what the stacks are made from."""
_LOCKS = {PROJECT_FILE, "pyproject.toml", "uv.lock", "requirements.txt"}


def touched(root: Path, paths: Iterable[str]) -> list[str]:
    """What `breakwater review` takes, sorted: names of stacks, and folders of examples.

    A file of the program, of its policies or of its dependencies touches all; a stack file its own, also one that is
    gone.
    """
    changed = [PurePosixPath(path) for path in paths]
    there = {file.relative_to(root).as_posix() for file in (*root.glob("Pulumi.*.yaml"), *_examples(root))}
    own = {path.as_posix() for path in changed if path.match("Pulumi.*.yaml") and path.name != PROJECT_FILE}
    files = there if any(_is_program(root, path) for path in changed) else set()
    return sorted(_name(PurePosixPath(file)) for file in files | {file for file in own if _is_stack_file(file)})


def _examples(root: Path) -> Iterable[Path]:
    return root.glob("examples/*/Pulumi.*.yaml")


def _is_stack_file(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return len(parts) == 1 or (len(parts) == 3 and parts[0] == "examples")


def _is_program(root: Path, path: PurePosixPath) -> bool:
    top = path.parts[0]
    if len(path.parts) == 1:
        return path.name in _LOCKS or path.suffix == ".py"
    if top in _ASIDE or top.startswith("."):
        return False
    return path.suffix in (".py", ".json", ".yaml", ".yml", ".toml", ".txt") or (root / top / "__init__.py").exists()


def _name(file: PurePosixPath) -> str:
    return file.name.removeprefix("Pulumi.").removesuffix(".yaml") if len(file.parts) == 1 else str(file.parent)
