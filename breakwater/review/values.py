"""How two values differ: the smallest parts that do, each with its path; JSON text is compared by what it says."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import Any

from breakwater.values import UNKNOWN, Secret, contains_unknown


class Missing(Enum):
    """The one value for "not there", which None is not."""

    ABSENT = "absent"


ABSENT = Missing.ABSENT


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a resource that differs."""

    path: str
    """Such as `tags.Name` or `containerDefinitions[api].environment[LOG_LEVEL].value`."""
    before: Any
    """ABSENT where it was not there."""
    after: Any
    """ABSENT where it is no longer there."""


def differences(before: Any, after: Any, path: str, *, same_sources: bool = True) -> Iterator[Change]:
    """The parts that differ.

    `same_sources` says that both values come from outputs of the same resources: then an unknown part counts as equal.
    """
    if isinstance(before, Secret) or isinstance(after, Secret):
        if _secret_differs(before, after, same_sources):
            yield Change(path, _hidden(before), _hidden(after))
    elif before is ABSENT or after is ABSENT:
        if before is not after:
            yield Change(path, before, after)
    elif UNKNOWN in (before, after):
        if not same_sources:
            yield Change(path, before, after)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            inner = _join(path, key)
            yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), inner, same_sources=same_sources)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_differences(before, after, path, same_sources)
    elif isinstance(before, str) and isinstance(after, str):
        yield from _text_differences(before, after, path, same_sources)
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        yield Change(path, before, after)


def _secret_differs(before: Any, after: Any, same_sources: bool) -> bool:
    if not (isinstance(before, Secret) and isinstance(after, Secret)):
        return True
    if contains_unknown(before) or contains_unknown(after):
        return not same_sources
    return before.digest != after.digest


def _hidden(value: Any) -> Any:
    """Of a secret that was none before, or is none any more, neither side is shown: the two may be the same."""
    return value if value is ABSENT else Secret(None)


def _join(path: str, key: str) -> str:
    if not re.fullmatch(r"[\w-]+", key):
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key


def _text_differences(before: str, after: str, path: str, same_sources: bool) -> Iterator[Change]:
    if before == after:
        return
    old, new = _document(before), _document(after)
    if old is None or new is None or type(old) is not type(new):
        yield Change(path, before, after)
    else:
        yield from differences(_canonical(old), _canonical(new), path, same_sources=same_sources)


def _document(text: str) -> Any:
    """The object or list that a JSON text holds, else None."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


# What IAM reads as a set: one text is the same as a list of one, and order means nothing.
_SETS = ("Action", "NotAction", "Resource", "NotResource")
_MAPPINGS_OF_SETS = ("Principal", "NotPrincipal")


def _canonical(document: Any) -> Any:
    """A parsed document with the policies in it in one form, however they were written."""
    if isinstance(document, list):
        return [_canonical(item) for item in document]
    if not isinstance(document, dict):
        return document
    if "Statement" in document:
        statements = document["Statement"]
        listed = [_statement(s) for s in (statements if isinstance(statements, list) else [statements])]
        return document | {"Statement": sorted(listed, key=_sort_key)}
    return {key: _canonical(value) for key, value in document.items()}


def _statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    found = dict(statement)
    for key in _SETS:
        if key in found:
            found[key] = _set(found[key])
    for key in _MAPPINGS_OF_SETS:
        if isinstance(found.get(key), dict):
            found[key] = {kind: _set(principals) for kind, principals in found[key].items()}
    if isinstance(found.get("Condition"), dict):
        found["Condition"] = {
            operator: {key: _set(value) for key, value in keys.items()} if isinstance(keys, dict) else keys
            for operator, keys in found["Condition"].items()
        }
    return found


def _set(value: Any) -> list[Any]:
    items = value if isinstance(value, list) else [value]
    return [json.loads(text) for text in sorted({_sort_key(item) for item in items})]


def _sort_key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


_IDENTITIES = ("name", "Name", "Sid", "sid", "key", "Key", "id", "Id", "capacityProvider")
"""What tells the items of a list apart wherever they move: container definitions, environment variables, statements."""


def _list_differences(before: list[Any], after: list[Any], path: str, same_sources: bool) -> Iterator[Change]:
    if key := _identity(before, after):
        old, new = {item[key]: item for item in before}, {item[key]: item for item in after}
        for name in [*old, *(n for n in new if n not in old)]:
            inner = f"{path}[{name}]"
            yield from differences(old.get(name, ABSENT), new.get(name, ABSENT), inner, same_sources=same_sources)
        return
    keys_before, keys_after = [_sort_key(_comparable(i)) for i in before], [_sort_key(_comparable(i)) for i in after]
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, keys_before, keys_after, autojunk=False).get_opcodes():
        if kind == "replace" and i2 - i1 == j2 - j1:
            for old_item, new_item, index in zip(before[i1:i2], after[j1:j2], range(j1, j2), strict=True):
                yield from differences(old_item, new_item, f"{path}[{index}]", same_sources=same_sources)
        elif kind != "equal":
            for index in range(i1, i2):
                yield from differences(before[index], ABSENT, f"{path}[{index}]", same_sources=same_sources)
            for index in range(j1, j2):
                yield from differences(ABSENT, after[index], f"{path}[{index}]", same_sources=same_sources)


def _identity(before: Sequence[Any], after: Sequence[Any]) -> str | None:
    """The key by which the items of both lists are told apart, None where there is none."""
    if not before or not after or not all(isinstance(item, Mapping) for item in (*before, *after)):
        return None
    for key in _IDENTITIES:
        if all(_tells_apart(key, items) for items in (before, after)):
            return key
    return None


def _tells_apart(key: str, items: Sequence[Mapping[str, Any]]) -> bool:
    names = [item.get(key) for item in items]
    return all(isinstance(n, str) and n != UNKNOWN for n in names) and len(set(names)) == len(names)


def _comparable(value: Any) -> Any:
    """The value with secrets as their digests, for looking up equal items."""
    if isinstance(value, Secret):
        return {"secret": value.digest}
    if isinstance(value, Mapping):
        return {key: _comparable(item) for key, item in value.items()}
    return [_comparable(item) for item in value] if isinstance(value, list) else value
