"""Between Pulumi's wire format (protobuf structs with special objects in them) and plain Python values."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from breakwater.values import SECRET_SIGNATURE, SIGNATURE_KEY, Secret

_RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e"
"""Marks a reference to a resource, under SIGNATURE_KEY."""


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The properties of a request: whole numbers become int, secrets `Secret`, references the resource's id or URN."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE_KEY in fields:
            signature = fields[SIGNATURE_KEY].string_value
            if signature == SECRET_SIGNATURE:
                return Secret(_from_value(fields["value"]))
            if signature == _RESOURCE_SIGNATURE:
                return (fields["id"] if "id" in fields else fields["urn"]).string_value
        return {key: _from_value(item) for key, item in fields.items()}
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    return None


def set_field(struct: struct_pb2.Struct, key: str, value: Any) -> None:
    """Write a plain Python value, with `Secret` anywhere in it, into a struct."""
    _to_value(struct.fields[key], value)


def _to_value(target: struct_pb2.Value, value: Any) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, Secret):
        target.struct_value.fields[SIGNATURE_KEY].string_value = SECRET_SIGNATURE
        _to_value(target.struct_value.fields["value"], value.value)
    elif isinstance(value, Mapping):
        target.struct_value.SetInParent()
        for key, item in value.items():
            _to_value(target.struct_value.fields[key], item)
    elif isinstance(value, list | tuple):
        target.list_value.SetInParent()
        for item in value:
            _to_value(target.list_value.values.add(), item)
    else:
        raise TypeError(f"{value!r} has no form on Pulumi's wire")
