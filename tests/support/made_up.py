"""Made-up values of the types that the pulumi-aws SDK declares, for outputs that no cloud has given."""

import collections.abc
import importlib
import keyword
import typing
from typing import Any

from pulumi import _types

IPV6_RANGE = "2600:1f18:abc:de00::/56"
"""What AWS gives a VPC, which programs compute with."""


def declared_outputs(token: str) -> dict[str, Any]:
    """Output names (camelCase) and types of a token such as aws:ec2/vpc:Vpc; empty for other packages than aws and
    docker, and unknown types."""
    package, module, name = token.split(":")
    if package not in ("aws", "docker"):
        return {}
    module = module.split("/")[0]
    if keyword.iskeyword(module):
        module = f"{module}_"
    try:
        cls = getattr(
            importlib.import_module(f"pulumi_{package}" if module == "index" else f"pulumi_{package}.{module}"), name
        )
    except (AttributeError, ImportError):
        return {}
    declared: dict[str, Any] = _types.resource_types(cls)
    return declared


def made_up(kind: Any, hint: str, depth: int = 0) -> Any:
    """A value of the declared type: strings are the hint, numbers 1, booleans False; IPv6 ranges are a VPC's."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if hint.endswith(".ipv6CidrBlock"):
        return IPV6_RANGE
    if kind is bool:
        return False
    if kind in (int, float):
        return 1
    if origin is typing.Union:
        return made_up(next(a for a in arguments if a is not type(None)), hint, depth)
    if origin in (list, collections.abc.Sequence):
        return [made_up(arguments[0], hint, depth + 1)] if depth < 3 else []
    if origin in (dict, collections.abc.Mapping):
        return {}
    if isinstance(kind, type) and kind is not str:
        try:
            nested = _types.output_type_types(kind)
        except AssertionError:
            return hint
        return {k: made_up(t, f"{hint}.{k}", depth + 1) for k, t in nested.items()}
    return hint
