"""mypy knows the types of all that is used of pulumi-aws."""

import ast
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pulumi_aws

ROOT = Path(__file__).parents[1]
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
SDK = Path(pulumi_aws.__path__[0])


def used(source: ast.Module) -> Iterator[str]:
    """The packages and modules that a module imports, or reaches through `import pulumi_aws as aws`."""
    for node in ast.walk(source):
        if isinstance(node, ast.ImportFrom) and node.module == "pulumi_aws":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pulumi_aws."):
            yield (node.module or "").split(".")[1]
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("aws", "pulumi_aws"):
            yield node.attr


def test_no_package_in_use_is_left_out() -> None:
    files = [file for package in CONFIGURATION["packages"] for file in (ROOT / package).rglob("*.py")]
    names = {name for file in files for name in used(ast.parse(file.read_text()))}
    packages = {name for name in names if (SDK / name).is_dir()}
    assert {"ec2", "scheduler"} <= packages
    (read,) = [o["module"] for o in CONFIGURATION["overrides"] if o.get("follow_imports") == "normal"]
    modules = {f"pulumi_aws.{file.stem}" for file in SDK.glob("*.py")} - {"pulumi_aws.__init__"}
    needed = modules | {f"pulumi_aws.{name}.module" for name in packages}
    assert [name for name in sorted(needed) if not any(fnmatch(name, pattern) for pattern in read)] == []
