"""From Pulumi's inputs to the parameters of an API call, and from its answer to Pulumi's outputs.

The names differ in little but case (`cidrBlock`, `CidrBlock`), blocks are structures, maps of tags lists of keys and
values.
The service model says what is expected at each place, so most inputs need no code; those that do are named by the
handlers.
"""

import datetime
import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from botocore.model import Shape

from breakwater.simulator.sdk_types import declared_outputs, matches

_EPOCH = "2020-01-01T00:00:00Z"
"""Instead of every time in an answer: two runs must give the same bytes."""
_KEYS, _VALUES = ("Key", "key", "TagKey"), ("Value", "value", "TagValue")


class MappingError(Exception):
    """An input that has no place among the parameters, or not the right shape for its place."""


@cache
def _squash(name: str) -> str:
    return name.replace("_", "").lower()


@cache
def _members(shape: Shape) -> dict[str, str]:
    return {_squash(name): name for name in shape.members}


def member_for(shape: Shape, name: str) -> str | None:
    """The member of a structure that an input of this name goes to: the same but for case, or in the other number."""
    members = _members(shape)
    squashed = _squash(name)
    singular = f"{squashed[:-3]}y" if squashed.endswith("ies") else squashed.removesuffix("s")
    return members.get(squashed) or members.get(f"{squashed}s") or members.get(singular)


def to_parameters(
    shape: Shape | None, inputs: Mapping[str, Any], rename: Mapping[str, str], path: str = ""
) -> tuple[dict[str, Any], list[str]]:
    """The inputs as parameters of the structure, and the paths of those that found no place.

    `rename` gives the member for an input path such as `healthCheck.path`, relative to that path's structure.
    """
    parameters: dict[str, Any] = {}
    homeless: list[str] = []
    for key, value in inputs.items():
        if value is None:
            continue
        here = f"{path}{key}"
        member = None if shape is None else rename.get(here) or member_for(shape, key)
        if shape is None or member is None or member not in shape.members:
            homeless.append(here)
            continue
        parameters[member] = _convert(shape.members[member], value, rename, here, homeless)
    return parameters, homeless


def _convert(shape: Shape, value: Any, rename: Mapping[str, str], path: str, homeless: list[str]) -> Any:
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return json_value(value, path) if isinstance(value, str) else value
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, Mapping):
            raise MappingError(f"{path}: a block is expected, not {value!r}")
        nested, lost = to_parameters(shape, value, rename, f"{path}.")
        homeless.extend(lost)
        return nested
    if kind == "list":
        if isinstance(value, Mapping) and _is_pair(shape.member):
            return _pairs(shape.member, value)
        # A single block or value where the API has a list.
        if not isinstance(value, list):
            value = [value]
        return [_convert(shape.member, item, rename, path, homeless) for item in value]
    if kind == "map":
        if not isinstance(value, Mapping):
            raise MappingError(f"{path}: a mapping is expected, not {value!r}")
        return {k: _convert(shape.value, v, rename, f"{path}.{k}", homeless) for k, v in value.items()}
    return _scalar(kind, value, path)


def _scalar(kind: str, value: Any, path: str) -> Any:
    if kind == "string" and not isinstance(value, str):
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        raise MappingError(f"{path}: a string is expected, not {value!r}")
    if kind in ("integer", "long") and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if kind in ("float", "double") and isinstance(value, str):
        return float(value)
    if kind == "boolean" and value in ("true", "false", "enabled", "disabled"):
        return value in ("true", "enabled")
    return value


def _is_pair(shape: Shape) -> bool:
    members = shape.members if shape.type_name == "structure" else ()
    return any(k in members for k in _KEYS) and any(v in members for v in _VALUES)


def _pairs(shape: Shape, value: Mapping[str, Any]) -> list[dict[str, Any]]:
    key = next(k for k in _KEYS if k in shape.members)
    item = next(v for v in _VALUES if v in shape.members)
    return [{key: k, item: v} for k, v in value.items()]


def tags(value: Mapping[str, str], shape: Shape) -> Any:
    """A map of tags in the form that a member of an operation wants them."""
    return dict(value) if shape.type_name == "map" else _pairs(shape.member, value)


def to_outputs(token: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Those members of an answer that the SDK declares as outputs of the type and that have the declared type."""
    found: dict[str, Any] = {}
    squashed = {_squash(name): value for name, value in answer.items()}
    for name, kind in declared_outputs(token).items():
        value = plain(squashed.get(_squash(name)))
        if value is not None and value != "" and matches(kind, value) and not isinstance(value, dict):
            if isinstance(value, list) and any(isinstance(v, dict | list) for v in value):
                continue
            found[name] = value
    return found


def plain(value: Any) -> Any:
    """A part of an answer as plain data, with times replaced by a fixed one."""
    if isinstance(value, datetime.datetime):
        return _EPOCH
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value.decode() if isinstance(value, bytes) else value


def at(answer: Any, path: str) -> Any:
    """The part of an answer at a path such as `Vpc.VpcId` or `LoadBalancers.0.Arn`; KeyError where there is none."""
    for part in path.split("."):
        answer = answer[int(part)] if part.isdigit() else answer[part]
    return answer


def json_value(text: str, path: str) -> Any:
    """What a JSON string holds; MappingError where it is no JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise MappingError(f"{path}: not valid JSON: {error}") from error


def lower_first(value: Any) -> Any:
    """A structure of an answer with its names in camelCase, for nested outputs."""
    if isinstance(value, Mapping):
        return {k[:1].lower() + k[1:]: lower_first(v) for k, v in value.items()}
    return [lower_first(v) for v in value] if isinstance(value, list) else value


def without(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The values but those of these names."""
    dropped = set(names)
    return {k: v for k, v in values.items() if k not in dropped}
