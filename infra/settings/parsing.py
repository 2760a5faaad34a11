"""From a document to Settings, with every field that does not fit told at once.

Where fields do not fit, the rest is still wanted, so that rules between the other fields are checked in the same run:
what does not fit is replaced by its default or example, and no rule that rests on it is reported.
"""

import copy
import difflib
import json
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from infra.settings.models import Settings
from infra.settings.problems import Path, Problem, shown

# Each round mends what the one before uncovered; a document deeper than the models' nesting has none left.
_ROUNDS = 6

_NOT_A = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "tuple_type": "a list",
}


def parse(document: Any) -> tuple[Settings | None, list[Problem], list[Path]]:
    """The settings (mended where the document is broken, None where beyond mending), what is broken, and where."""
    problems: list[Problem] = []
    broken: list[Path] = []
    document = json.loads(json.dumps(document, default=str))
    # Pulumi's engine hands over mappings sorted, whatever their order in the file: nothing may depend on that order.
    document = json.loads(json.dumps(document, sort_keys=True))
    for _ in range(_ROUNDS):
        try:
            return Settings.model_validate_json(json.dumps(document)), problems, broken
        except ValidationError as error:
            errors = error.errors(include_url=False)
        if not problems:
            problems = _problems(errors)
        broken += [place for e in errors for place in _places(_path(e["loc"]), e["type"])]
        document = copy.deepcopy(document)
        for e in errors:
            document = _mended(document, _path(e["loc"]), e["type"])
    return None, problems, broken


def _problems(errors: list[Any]) -> list[Problem]:
    """One for each error that is not the mere consequence of another one."""
    located = [(_path(e["loc"]), e) for e in errors]
    meant = {place for path, e in located if e["type"] == "extra_forbidden" for place in _places(path, e["type"])}
    return [_problem(path, e) for path, e in located if not _follows(path, e["type"], meant, [p for p, _ in located])]


def _follows(path: Path, kind: str, meant: set[Path], others: list[Path]) -> bool:
    """A key is missing because it is misspelt; a list is too short because its items do not fit."""
    if kind == "missing":
        return path in meant
    return kind == "too_short" and any(other[: len(path)] == path and len(other) > len(path) for other in others)


def _path(location: Iterable[str | int]) -> Path:
    # pydantic marks a mapping's key that does not fit by a last part of its own.
    return tuple(part for part in location if part != "[key]")


def _problem(path: Path, error: Any) -> Problem:
    kind, value = error["type"], error["input"]
    _, field = _declared(path)
    allowed = (field.description if field else None) or "the settings, a mapping"
    example = shown(_item(_example(field), path)) if field else "{}"
    remedy = f"write for example {example}"
    if kind == "extra_forbidden":
        known = _known(path)
        nearest = _nearest(path)
        message, allowed = "this key is not known", "keys " + ", ".join(known)
        remedy = f"rename it to `{nearest}`" if nearest else "remove it"
    elif kind == "missing":
        message, remedy = "this key is missing", f"add `{path[-1]}: {example}`"
    elif kind == "literal_error":
        message = f"{shown(value)} is none of the values allowed"
        allowed = error["ctx"]["expected"].replace("'", "")
        words = allowed.replace(" or ", ", ").split(", ")
        close = difflib.get_close_matches(value, words, 1, 0.4) if isinstance(value, str) else []
        remedy = f"write {close[0]}" if close else f"write {allowed}" if len(words) == 1 else "write one of them"
    elif error["loc"][-1:] == ("[key]",):
        message, allowed = f"{path[-1]!r} is no name that can be used here", _name_rule(error)
        remedy = "rename it"
    elif kind in _NOT_A:
        message = f"{shown(value)} is not {_NOT_A[kind]}"
        if kind == "string_type" and isinstance(value, int | float):
            remedy = f'put it in quotes: "{shown(value)}"'
        elif value is None:
            remedy = f"give it a value, for example {example}, or remove the key"
        elif kind in ("int_type", "float_type") and isinstance(value, str) and value.strip().isdigit():
            remedy = f"remove the quotes: {value.strip()}"
    elif kind == "string_pattern_mismatch":
        message = f"{shown(value)} does not have the form that is needed"
    elif kind == "json_invalid":
        message, allowed, remedy = "the text holds characters that cannot be encoded", "Unicode text", "remove them"
    else:
        message = f"{shown(value)}: {error['msg'][0].lower()}{error['msg'][1:]}"
    return Problem(path=path, message=message, allowed=allowed, remedy=remedy)


def _name_rule(error: Any) -> str:
    if error["type"] == "string_too_long":
        return f"at most {error['ctx']['max_length']} characters"
    pattern = error.get("ctx", {}).get("pattern", "")
    if "_" in pattern:
        return "letters, digits and _, not beginning with a digit"
    return "lower-case letters, digits and single hyphens, beginning with a letter"


def _places(path: Path, kind: str) -> list[Path]:
    """What an error breaks: an unknown key breaks the one it was meant to be, an item its whole list."""
    if kind != "extra_forbidden":
        return [path[:-1] if path and isinstance(path[-1], int) else path]
    nearest = _nearest(path)
    return [(*path[:-1], nearest)] if nearest else []


def _known(path: Path) -> list[str]:
    model, _ = _declared(path[:-1])
    return [info.alias or name for name, info in model.model_fields.items()] if model else []


def _nearest(path: Path) -> str | None:
    close = difflib.get_close_matches(str(path[-1]), _known(path), 1, 0.5)
    return close[0] if close else None


def _declared(path: Path) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """The model a path leads to (if it is one), and the innermost field on the way to it."""
    current: Any = Settings
    field: FieldInfo | None = None
    for part in path:
        current = _plain(current)
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = next((f for n, f in current.model_fields.items() if part == (f.alias or n)), None)
            if field is None:
                return None, None
            current = field.annotation
        else:
            arguments = typing.get_args(current)
            current = arguments[-1] if typing.get_origin(current) is not tuple and arguments else (*arguments, None)[0]
    current = _plain(current)
    return (current if isinstance(current, type) and issubclass(current, BaseModel) else None), field


def _plain(annotation: Any) -> Any:
    """An annotation without Annotated[...] and without `| None`."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _plain(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return _plain(next(a for a in typing.get_args(annotation) if a is not type(None)))
    return annotation


def _example(field: FieldInfo) -> Any:
    if field.is_required() or field.examples:
        return field.examples[0] if field.examples else None
    default = field.get_default(call_default_factory=True)
    return default.model_dump(mode="json") if isinstance(default, BaseModel) else default


def _item(example: Any, path: Path) -> Any:
    """The part of a list's example that stands for one item."""
    return example[0] if isinstance(example, list | tuple) and example and isinstance(path[-1], int) else example


def _mended(document: Any, path: Path, kind: str) -> Any:
    """The document without the broken part: a key or entry is removed, a required field gets its example."""
    if not path or not isinstance(document, Mapping):
        return {}
    parent, steps = document, list(path[:-1])
    for depth, part in enumerate(steps):
        try:
            parent = parent[part]
        except (KeyError, IndexError, TypeError):
            return document  # an error around it was mended already
        if not isinstance(parent, dict | list):
            return _mended(document, path[: depth + 1], "entry")
    last = path[-1]
    if isinstance(parent, list):
        return _mended(document, path[:-1], "entry")
    if not isinstance(parent, dict):
        return document
    parent.pop(str(last), None)
    _, field = _declared(path)
    if kind != "extra_forbidden" and field is not None and field.is_required() and _is_field(path):
        parent[str(last)] = copy.deepcopy(_example(field))
    return document


def _is_field(path: Path) -> bool:
    """Whether the last part names a model's field rather than an entry of a mapping."""
    model, _ = _declared(path[:-1])
    return model is not None
