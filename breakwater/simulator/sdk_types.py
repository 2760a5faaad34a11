"""What the SDKs of pulumi-aws and pulumi-docker declare about each resource type: its outputs and their types."""

import collections.abc
import importlib
import keyword
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any

from pulumi import _types

from breakwater.values import UNKNOWN, Secret

PACKAGES = ("aws", "docker")
"""The providers whose resources the simulator knows."""


def resource_class(token: str) -> type | None:
    """The SDK's class of a token such as aws:ec2/vpc:Vpc; None where there is none."""
    package, module, name = token.split(":")
    if package not in PACKAGES:
        return None
    module = module.split("/")[0]
    if keyword.iskeyword(module):
        module = f"{module}_"  # lambda
    try:
        found = getattr(
            importlib.import_module(f"pulumi_{package}" if module == "index" else f"pulumi_{package}.{module}"), name
        )
    except (AttributeError, ImportError):
        return None
    return found if isinstance(found, type) else None


@cache
def declared_outputs(token: str) -> Mapping[str, Any]:
    """Name (camelCase) and declared type of each output; empty for a type that the SDK does not have."""
    cls = resource_class(token)
    return _types.resource_types(cls) if cls else {}


@cache
def _plain_type(kind: Any) -> type | tuple[type, ...]:
    """What isinstance may check of a declared type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union:
        found: list[type] = []
        for argument in arguments:
            plain = _plain_type(argument)
            found.extend(plain if isinstance(plain, tuple) else (plain,))
        return tuple(found)
    if origin in (list, collections.abc.Sequence):
        return list
    if origin in (dict, collections.abc.Mapping):
        return dict
    if kind is float:
        return (int, float)
    if kind in (str, int, bool, type(None)):
        return typing.cast(type, kind)
    if isinstance(kind, type):
        return str if issubclass(kind, str) else dict
    return object


def matches(kind: Any, value: Any) -> bool:
    """Whether a value has the outermost shape of its declared type; unknown values have any."""
    if isinstance(value, Secret):
        return matches(kind, value.value)
    if value is None or (isinstance(value, str) and value == UNKNOWN):
        return True
    plain = _plain_type(kind)
    if isinstance(value, bool) and plain is not object:
        return plain is bool or (isinstance(plain, tuple) and bool in plain)
    return isinstance(value, plain)
