"""pulumi-aws, with the module of a class imported when the program first asks for the class.

A package of pulumi-aws imports all of its modules: 180 for ec2, of which a program uses two dozen. Here a package knows
the names of its modules, and imports one when its name is asked for. To the program the packages look the same, but for
vars(). A package whose __init__.py is not as the generator writes it is imported as usual.
"""

import contextlib
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

_PACKAGE = re.compile(r"pulumi_aws\.\w+")
_MODULE = re.compile(r"^from \.(?: import )?(\w+)(?: import \*)?\n", re.MULTILINE)
_ELSE = ["import builtins as _builtins", "from .. import _utilities", "import typing"]
"""What an __init__.py has besides the modules."""
_PUBLIC = re.compile(r"^__all__ = \[(['\w,\s]*)\]\n", re.MULTILINE)


def install() -> None:
    """From now on, import the packages of this process so; those that are imported stay as they are."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def homes(init: Path) -> dict[str, str] | None:
    """Each name that a package has by its modules, and which one has it; None where the package is another's work."""
    text = init.read_text("utf-8")
    rest = [line for line in _MODULE.sub("", text).splitlines() if line and not line.startswith("#")]
    if rest != _ELSE:
        return None
    found: dict[str, str] = {}
    for module in _MODULE.findall(text):
        file = init.with_name(f"{module}.py")
        public = _PUBLIC.search(_head(file)) if file.is_file() else None
        if not public:
            return None
        # In their order: each import binds the module, and then its names, over those that were there.
        found[module] = module
        if module != "outputs":
            found |= dict.fromkeys(re.findall(r"\w+", public[1]), module)
    return found


def _head(file: Path) -> str:
    """A module until its list of public names ends: some are megabytes."""
    lines = []
    with file.open(encoding="utf-8") as text:
        for line in text:
            lines.append(line)
            if line.endswith("]\n"):
                break
    return "".join(lines)


class _LazyPackage(ModuleType):
    """A package that imports a module when one of its names is asked for."""

    _homes: dict[str, str]

    def __getattr__(self, name: str) -> Any:
        if name in self._homes:
            import_module(f"{self.__name__}.{self._homes[name]}")
            with contextlib.suppress(KeyError):  # while the module is being imported, as it is without this class
                return vars(self)[name]
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        """Each module that has been imported is bound here by the import system; its names come with it."""
        bound = {name: value}
        if name in self._homes and isinstance(value, ModuleType) and value.__name__ == f"{self.__name__}.{name}":
            bound |= {public: getattr(value, public) for public in value.__all__}
            bound = {n: v for n, v in bound.items() if self._homes.get(n) == name}
        vars(self).update(bound)

    def __dir__(self) -> list[str]:
        return sorted((vars(self).keys() | self._homes.keys()) - {"_homes", "__all__"})


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        found = homes(Path(self.path))
        if found is None:
            super().exec_module(module)
            return
        exec("\n".join(_ELSE), vars(module))  # noqa: S102
        vars(module)["_homes"] = found
        module.__class__ = _LazyPackage
        vars(module)["__all__"] = [name for name in dir(module) if not name.startswith("_")]  # of import *


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if _PACKAGE.fullmatch(fullname) else None
        if spec and spec.submodule_search_locations and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec
