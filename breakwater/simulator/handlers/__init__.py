"""One module per AWS service, or part of one: how each resource type is created there."""

import importlib
import pkgutil
from collections.abc import Mapping

from breakwater.simulator.handler import Handler

_MODULES = [
    importlib.import_module(f"{__name__}.{found.name}")
    for found in pkgutil.iter_modules(__path__)
    if not found.name.startswith("_")
]

HANDLERS: Mapping[str, Handler] = {handler.type: handler for module in _MODULES for handler in module.HANDLERS}
"""The handler of each resource type."""
