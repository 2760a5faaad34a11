"""Which messages and events are wanted: filter policies of SNS and patterns of EventBridge; pure, makes no resources.

Both are JSON objects of field → list of wanted values. What neither service would take, or what could never match, is
refused here, before anything is deployed.
"""

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

# SNS Developer Guide, filter policy constraints.
FILTER_KEYS_MAX = 5
FILTER_COMBINATIONS_MAX = 150
FILTER_BYTES_MAX = 256 * 1024
FILTER_NUMBER_MAX = 1_000_000_000
# EventBridge API, PutRule and CreateArchive.
PATTERN_CHARACTERS_MAX = 4_096

OR = "$or"
# EventBridge User Guide, event structure; replay-name is added to what an archive replays.
EVENT_FIELDS = (
    "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name"
)  # fmt: skip

_COMPARISONS = ("=", "<", "<=", ">", ">=")
_SHARED = ("anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix")
_FILTER_OPERATORS = frozenset(_SHARED)
_PATTERN_OPERATORS = frozenset({*_SHARED, "wildcard"})


class FilterScope(StrEnum):
    """What a subscription's filter looks at."""

    ATTRIBUTES = "MessageAttributes"
    """The attributes that a message is published with."""
    BODY = "MessageBody"
    """The message itself, which must be JSON."""


def filter_policy(policy: Mapping[str, Any], scope: FilterScope) -> str:
    """The filter as stable JSON; ValueError where SNS would refuse it."""
    _check_object("filter_policy", policy, "", _FILTER_OPERATORS)
    leaves = list(_leaves(policy))
    if scope is FilterScope.ATTRIBUTES and any(depth > 1 for _, _, depth in leaves):
        raise ValueError("filter_policy: attributes have no fields within fields; use the scope BODY, or flatten it")
    # AWS's guide has counted nested keys both ways; the last level holds as many as the first at least.
    if len(leaves) > FILTER_KEYS_MAX:
        raise ValueError(f"filter_policy: {len(leaves)} keys with values; SNS takes {FILTER_KEYS_MAX}")
    if (count := combinations(policy)) > FILTER_COMBINATIONS_MAX:
        raise ValueError(
            f"filter_policy: {count} combinations of values (their numbers multiplied, each times its depth); "
            f"SNS takes {FILTER_COMBINATIONS_MAX}: ask for fewer values, or split the subscription"
        )
    for path, values, _ in leaves:
        for number in _numbers(values):
            if abs(number) > FILTER_NUMBER_MAX:
                raise ValueError(f"filter_policy: {path}: {number} is outside -1e9 to 1e9, which SNS compares")
    text = _stable(policy)
    if (size := len(text.encode())) > FILTER_BYTES_MAX:
        raise ValueError(f"filter_policy: {size} bytes; SNS takes {FILTER_BYTES_MAX}")
    return text


def event_pattern(field: str, pattern: Mapping[str, Any]) -> str:
    """The pattern as stable JSON; ValueError, naming `field`, where EventBridge would refuse it or it could never
    match."""
    _check_object(field, pattern, "", _PATTERN_OPERATORS)
    for name in _top_level(pattern):
        if name not in EVENT_FIELDS:
            raise ValueError(
                f"{field}: an event has no {name!r}; it has {', '.join(EVENT_FIELDS[:-1])}, and what was sent is in "
                "detail"
            )
    text = _stable(pattern)
    if len(text) > PATTERN_CHARACTERS_MAX:
        raise ValueError(f"{field}: {len(text)} characters; EventBridge takes {PATTERN_CHARACTERS_MAX}")
    return text


def combinations(policy: Mapping[str, Any], depth: int = 1) -> int:
    """SNS's measure of a filter: the numbers of values multiplied, each times the depth of its key."""
    product = 1
    for key, value in policy.items():
        if isinstance(value, Mapping):
            product *= combinations(value, depth + 1)
        else:
            product *= len(value) * depth
            if key == OR:
                for alternative in value:
                    product *= combinations(alternative, depth + 1)
    return product


def _stable(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _top_level(pattern: Mapping[str, Any]) -> Iterator[str]:
    for name, value in pattern.items():
        if name == OR:
            for alternative in value:
                yield from _top_level(alternative)
        else:
            yield name


def _leaves(policy: Mapping[str, Any], path: str = "", depth: int = 1) -> Iterator[tuple[str, list[Any], int]]:
    """Path, values and depth of each key that has values; alternatives stand at the depth of their $or."""
    for key, value in policy.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{key}.", depth + 1)
        elif key == OR:
            for alternative in value:
                yield from _leaves(alternative, path, depth)
        else:
            yield f"{path}{key}", value, depth


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner)
    elif _is_number(value):
        yield value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_object(field: str, document: Any, path: str, operators: frozenset[str]) -> None:
    at = f"{field}: {path}" if path else field
    if not isinstance(document, Mapping) or not document:
        raise ValueError(f"{at}: a mapping of field to list of wanted values is required, and not an empty one")
    for key, value in document.items():
        if not isinstance(key, str) or not key:
            raise ValueError(f"{at}: {key!r} is no name of a field")
        here = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            _check_object(field, value, here, operators)
            continue
        if not isinstance(value, list) or not value:
            raise ValueError(f"{field}: {here}: a list of wanted values is required, such as ['a', 'b']")
        if key == OR:
            if len(value) < 2:
                raise ValueError(f"{field}: {here}: at least two alternatives are required; leave $or out instead")
            for alternative in value:
                _check_object(field, alternative, here, operators)
            continue
        for wanted in value:
            _check_value(f"{field}: {here}", wanted, operators)


def _check_value(at: str, wanted: Any, operators: frozenset[str]) -> None:
    if wanted is None or isinstance(wanted, str | bool) or _is_number(wanted):
        return
    if not isinstance(wanted, Mapping) or len(wanted) != 1:
        raise ValueError(f"{at}: {wanted!r} is no value and no single match such as {{'prefix': 'a'}}")
    ((operator, operand),) = wanted.items()
    if operator not in operators:
        raise ValueError(f"{at}: {operator!r} is none of {', '.join(sorted(operators))}")
    checks = {**_CHECKS, **_PATTERN_CHECKS} if operators is _PATTERN_OPERATORS else _CHECKS
    if not checks[operator](operand):
        raise ValueError(f"{at}: {operator} does not take {operand!r}")


def _is_text(operand: Any) -> bool:
    return isinstance(operand, str) and operand != ""


def _is_affix(operand: Any) -> bool:
    """Text, or text whatever its case."""
    if isinstance(operand, Mapping):
        return operand.keys() == {"equals-ignore-case"} and _is_text(operand["equals-ignore-case"])
    return _is_text(operand)


def _is_excluded(operand: Any) -> bool:
    """A value, several of one kind, or what a value must not begin or end with."""
    if isinstance(operand, Mapping):
        return len(operand) == 1 and all(key in ("prefix", "suffix") and _is_text(v) for key, v in operand.items())
    values = operand if isinstance(operand, list) else [operand]
    return bool(values) and (all(isinstance(v, str) for v in values) or all(_is_number(v) for v in values))


def _is_excluded_event(operand: Any) -> bool:
    """The same, by any text match and several texts."""
    if not isinstance(operand, Mapping):
        return _is_excluded(operand)
    texts = [text for value in operand.values() for text in (value if isinstance(value, list) else [value])]
    known = operand.keys() <= {"equals-ignore-case", "prefix", "suffix", "wildcard"}
    return known and len(operand) == 1 and bool(texts) and all(map(_is_text, texts))


def _is_range(operand: Any) -> bool:
    """["<", 5], or a lower and then an upper bound."""
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        return False
    signs, bounds = operand[::2], operand[1::2]
    if not all(sign in _COMPARISONS for sign in signs) or not all(_is_number(bound) for bound in bounds):
        return False
    return len(operand) == 2 or (signs[0] in (">", ">=") and signs[1] in ("<", "<=") and bounds[0] < bounds[1])


def _is_network(operand: Any) -> bool:
    try:
        ipaddress.ip_network(operand)
    except ValueError:
        return False
    return isinstance(operand, str)


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "anything-but": _is_excluded,
    "cidr": _is_network,
    "equals-ignore-case": _is_text,
    "exists": lambda operand: isinstance(operand, bool),
    "numeric": _is_range,
    "prefix": _is_text,
    "suffix": _is_text,
}
_PATTERN_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "anything-but": _is_excluded_event,
    "prefix": _is_affix,
    "suffix": _is_affix,
    # EventBridge refuses consecutive wildcards.
    "wildcard": lambda operand: _is_text(operand) and "**" not in operand,
}
