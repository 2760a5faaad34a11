"""The packages of pulumi-aws whose modules are imported when they are needed, against those imported as usual."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi_aws
import pytest
from pulumi import _types

from breakwater.simulator import _lazy_aws

Import = Callable[[str], ModuleType]
# Classes, enums and types of their own; functions that have the name of their module.
PACKAGES = ("ec2", "secretsmanager")


@pytest.fixture
def import_anew(monkeypatch: pytest.MonkeyPatch) -> Import:
    """Imports a package as in a new process; afterwards the old one is back."""

    def run(package: str) -> ModuleType:
        name = f"pulumi_aws.{package}"
        monkeypatch.setattr(pulumi_aws, package, getattr(pulumi_aws, package))
        for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
            monkeypatch.delitem(sys.modules, module)
        return import_module(name)

    return run


@pytest.fixture
def lazy(import_anew: Import, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Imports a package as a simulation does."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    _lazy_aws.install()
    return import_anew


@pytest.fixture
def usual(import_anew: Import, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Imports a package as Python does."""

    def run(package: str) -> ModuleType:
        with monkeypatch.context() as patched:
            finders = [f for f in sys.meta_path if type(f).__module__ != _lazy_aws.__name__]
            patched.setattr(sys, "meta_path", finders)
            return import_anew(package)

    return run


def imported(package: str) -> set[str]:
    return {name.split(".")[2] for name in sys.modules if name.startswith(f"pulumi_aws.{package}.")}


def look(value: Any) -> Any:
    """What two imports of one thing have in common."""
    if isinstance(value, ModuleType):
        return value.__name__
    return value.__module__, value.__qualname__, type(value)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_what_it_has_when_it_is_imported_as_usual(usual: Import, lazy: Import, package: str) -> None:
    expected, found = usual(package), lazy(package)

    assert imported(package) == set()
    assert {"_inputs", "outputs"} < set(dir(found)) == set(dir(expected))
    names = [name for name in dir(expected) if not name.startswith("__")]
    assert {n: look(getattr(found, n)) for n in names} == {n: look(getattr(expected, n)) for n in names}
    assert found.__all__ == [name for name in names if not name.startswith("_")]
    assert [found.__name__, found.__file__, found.__doc__] == [expected.__name__, expected.__file__, expected.__doc__]


def test_only_what_is_asked_for_is_imported(lazy: Import) -> None:
    ec2 = lazy("ec2")

    assert ec2.Vpc is sys.modules["pulumi_aws.ec2.vpc"].Vpc
    assert ec2.Vpc is ec2.Vpc
    assert imported("ec2") == {"vpc"}
    assert _types.resource_types(ec2.RouteTable)["routes"].__args__[0] is ec2.outputs.RouteTableRoute
    assert imported("ec2") == {"vpc", "route_table", "outputs", "_inputs", "_enums"}


def test_a_function_is_not_hidden_by_its_module(lazy: Import) -> None:
    secretsmanager = lazy("secretsmanager")

    module = import_module("pulumi_aws.secretsmanager.get_secret_versions")

    assert secretsmanager.get_secret_versions is module.get_secret_versions
    assert secretsmanager.GetSecretVersionsResult is module.GetSecretVersionsResult


def test_names_can_be_set_and_are_missed_as_usual(usual: Import, lazy: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, found = usual("sqs"), lazy("sqs")
    monkeypatch.setattr(found, "Queue", None)

    assert found.Queue is None
    for package in (expected, found):
        with pytest.raises(AttributeError, match=r"^module 'pulumi_aws\.sqs' has no attribute 'Nothing'$"):
            package.Nothing  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Nothing'"):
        exec("from pulumi_aws.sqs import Nothing")  # noqa: S102
    names: dict[str, Any] = {}
    exec("from pulumi_aws.sqs import *", names)  # noqa: S102
    assert names.keys() - {"__builtins__"} == set(found.__all__)


@pytest.mark.parametrize(
    ("init", "module"),
    [
        ("import typing\nfrom .one import *\n", "__all__ = ['One']\n"),
        ("{}from .one import *\nprint('more')\n", "__all__ = ['One']\n"),
        ("{}from .one import *\n", "One = 1\n"),
        ("{}from .one import *\n", "__all__ = [*names()]\n"),
    ],
)
def test_a_package_that_is_written_otherwise_is_imported_as_usual(tmp_path: Path, init: str, module: str) -> None:
    header = "import builtins as _builtins\nfrom .. import _utilities\nimport typing\n"
    (tmp_path / "__init__.py").write_text(init.format(header))
    (tmp_path / "one.py").write_text(module)

    assert _lazy_aws.homes(tmp_path / "__init__.py") is None


def test_a_package_that_is_not_lazy_is_there(lazy: Import) -> None:
    assert type(lazy("config")).__name__ == "_ExportableConfig"
    assert _lazy_aws.homes(Path(str(pulumi_aws.config.__file__))) is None
