"""What AWS's own service models (in botocore) demand of a request, checked in full.

botocore itself checks types and required members only; the same models also hold enumerations, patterns, lengths and
ranges, and a value outside them is refused by AWS. `violations` checks all of these.
"""

import datetime
import gzip
import json
import marshal
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

_LOADER = Loader()
_SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "boolean": (bool,),
    "timestamp": (str, int, float, datetime.datetime),
    "blob": (bytes, bytearray, str),
}


class _PackedShapes(dict[str, Any]):
    """The shapes of a model, each packed until it is asked for: of EC2's 4,000 a run needs a hundred, and as objects
    all models of a run take 80 MB."""

    def __init__(self, shapes: Mapping[str, Any]) -> None:
        super().__init__({name: marshal.dumps(shape) for name, shape in shapes.items()})

    def __getitem__(self, name: str) -> Any:
        shape = super().__getitem__(name)
        if isinstance(shape, bytes):
            shape = self[name] = marshal.loads(shape)  # noqa: S302 (written above)
        return shape

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401 (this is that method)

    def values(self) -> Any:
        return [self[name] for name in self]

    def items(self) -> Any:
        return [(name, self[name]) for name in self]


@cache
def service_description(service: str) -> dict[str, Any]:
    """The model of a service as plain data.

    The loader's own `load_service_model` lists all of botocore's folders each time: 5 to 30 ms a service.
    """
    version = _LOADER.determine_latest_version(service, "service-2")
    files = (Path(folder, service, version, "service-2.json.gz") for folder in _LOADER.search_paths)
    model: dict[str, Any] = json.loads(gzip.decompress(next(f for f in files if f.is_file()).read_bytes()))
    model["shapes"] = _PackedShapes(model["shapes"])
    return model


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service by botocore's name for it, such as `elbv2`."""
    return ServiceModel(service_description(service), service)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """The model of an operation such as ("ec2", "CreateVpc"); botocore's OperationNotFoundError where there is none."""
    return service_model(service).operation_model(operation)


def violations(shape: Shape | None, parameters: Mapping[str, Any]) -> list[str]:
    """What AWS would refuse in these parameters: one line each, beginning with the path of the parameter."""
    if shape is None:
        return [f"{name}: the operation takes no parameters" for name in parameters]
    return list(_structure(shape, parameters, ""))


def _check(shape: Shape, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        yield from _structure(shape, value, path)
    elif kind == "list":
        if not isinstance(value, list | tuple):
            yield f"{path}: a list is expected, not {value!r}"
            return
        yield from _size(shape, len(value), path, "entries")
        for index, item in enumerate(value):
            yield from _check(shape.member, item, f"{path}[{index}]")
    elif kind == "map":
        if not isinstance(value, Mapping):
            yield f"{path}: a mapping is expected, not {value!r}"
            return
        yield from _size(shape, len(value), path, "entries")
        for key, item in value.items():
            yield from _check(shape.key, key, f"{path}.{key} (key)")
            yield from _check(shape.value, item, f"{path}.{key}")
    else:
        yield from _scalar(shape, value, path)


def _structure(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path}: a structure is expected, not {value!r}"
        return
    prefix = f"{path}." if path else ""
    members = shape.members
    if not getattr(shape, "is_document_type", False):
        for name in shape.required_members:
            if name not in value:
                yield f"{prefix}{name}: required, but missing"
        for name, item in value.items():
            if name in members:
                yield from _check(members[name], item, prefix + name)
            else:
                yield f"{prefix}{name}: no such parameter; there are {', '.join(sorted(members))}"


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if not _is_a(kind, value):
        yield f"{path}: {kind} is expected, not {value!r}"
        return
    metadata = shape.metadata
    if not metadata:
        return
    if (allowed := metadata.get("enum")) and value not in allowed:
        yield f"{path}: {value!r} is not one of {', '.join(allowed)}"
    if kind in ("string", "blob"):
        yield from _size(shape, len(value), path, "characters")
        if (pattern := metadata.get("pattern")) and not _matches(pattern, value):
            yield f"{path}: {value!r} does not match {pattern}"
    elif kind in ("integer", "long", "float", "double"):
        if (least := metadata.get("min")) is not None and value < least:
            yield f"{path}: {value} is less than {least}"
        if (most := metadata.get("max")) is not None and value > most:
            yield f"{path}: {value} is more than {most}"


def _is_a(kind: str, value: Any) -> bool:
    return isinstance(value, _SCALARS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _size(shape: Shape, size: int, path: str, unit: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{path}: {size} {unit}, at least {least} are needed"
    if most is not None and size > most:
        yield f"{path}: {size} {unit}, at most {most} are allowed"


_ASTRAL = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
"""Java writes the planes above the first as pairs of surrogates."""


@cache
def _compiled(pattern: str) -> Any:
    """A pattern of the models, which are Java's and ECMAScript's, for Python; None where it cannot be read."""
    # A class such as [\w-_] has a hyphen that Python would take for a range.
    readable = re.sub(r"(\\[wds])-(?!\])", r"\1\\-", pattern.replace(*_ASTRAL))
    try:
        return re.compile(readable, re.DOTALL)
    except re.error:
        import regex  # knows properties such as \p{L}; only a few patterns have them

        try:
            return regex.compile(readable, regex.DOTALL)
        except regex.error:
            return None


def _matches(pattern: str, value: str | bytes) -> bool:
    compiled = _compiled(pattern)
    text = value if isinstance(value, str) else value.decode(errors="replace")
    # Smithy's rule is that a pattern may match anywhere; AWS's services hold the whole value against it.
    return compiled is None or compiled.fullmatch(text) is not None
