"""The project as it was at a Git revision, in a temporary folder."""

import contextlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from breakwater.project import PROJECT_FILE, ProjectError, Stack, load_stack


@dataclass(frozen=True, slots=True)
class Revision:
    """One commit of the repository that a project is in."""

    name: str
    """As it was given, such as `main`."""
    commit: str

    def __str__(self) -> str:
        return self.name if self.commit.startswith(self.name) else f"{self.name} ({self.commit[:10]})"


def find_revision(root: Path, name: str) -> Revision:
    """The commit that a name means; ProjectError with the reason where it means none."""
    _git(root, "rev-parse", "--git-dir")
    found = _git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False)
    if not found or name.startswith("-"):
        raise ProjectError(f"{name!r} is no revision of the Git repository around {root}; fetch it, or name another")
    return Revision(name, found.decode().strip())


@contextlib.contextmanager
def stack_at(stack: Stack, revision: Revision) -> Iterator[Stack | None]:
    """The stack with program and stack file as they were; None where the revision has no such stack file.

    A stack file outside the project's folder belongs to no revision: it is used as it is.
    """
    with extracted(stack.root, revision) as root:
        inside = stack.file.is_relative_to(stack.root)
        file = root / stack.file.relative_to(stack.root) if inside else stack.file
        yield load_stack(str(file), root) if file.is_file() else None


@contextlib.contextmanager
def extracted(root: Path, revision: Revision) -> Iterator[Path]:
    """The project's folder as it was, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="breakwater-") as name:
        folder = Path(name).resolve()
        archive = _git(root, "archive", "--format=tar", revision.commit)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        if not (folder / PROJECT_FILE).is_file():
            raise ProjectError(f"revision {revision} has no {PROJECT_FILE} in this folder")
        yield folder


def changed_paths(root: Path, revision: Revision) -> tuple[str, ...]:
    """Files below the folder that are other than at the revision, also those that no commit has yet."""
    listed = _git(root, "diff", "--name-only", "--relative", "--no-renames", "-z", revision.commit, "--", ".")
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return tuple(sorted({path.decode(errors="replace") for path in (listed + new).split(b"\0") if path}))


def _git(root: Path, *arguments: str, check: bool = True) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise ProjectError("comparing with a revision needs the command `git`, which is not installed") from None
    if check and done.returncode:
        raise ProjectError(f"{root}: git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout if not done.returncode else b""
