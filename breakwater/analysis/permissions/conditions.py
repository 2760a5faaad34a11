"""Conditions of statements in one form, and which of two lets more through.

AND between conditions; OR between the values of one, and NOR where its operator negates (IAM User Guide, "Conditions
with multiple context keys or values").
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from breakwater.analysis.permissions.patterns import covers, is_pattern

_OPERATORS = (
    "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
    "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
    "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan",
    "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress",
    "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null",
)  # fmt: skip
_SPELLED = {operator.lower(): operator for operator in _OPERATORS} | {
    # The two of each kind behave identically.
    "arnequals": "ArnLike",
    "arnnotequals": "ArnNotLike",
}
_IF_EXISTS, _FOR_ALL, _FOR_ANY = "IfExists", "ForAllValues:", "ForAnyValue:"


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """One test of a request."""

    operator: str
    """Without what precedes and follows it."""
    key: str
    """In lower letters: IAM does not tell them apart."""
    values: tuple[str, ...]
    """Sorted."""
    quantifier: str = ""
    """`ForAllValues:` or `ForAnyValue:`."""
    if_exists: bool = False
    """Whether a request without the key passes."""
    spelled: str = field(default="", compare=False)
    """The key as it is written."""

    @property
    def negates(self) -> bool:
        """Whether none of the values may match."""
        return "Not" in self.operator

    def __str__(self) -> str:
        suffix = _IF_EXISTS if self.if_exists else ""
        return f"{self.quantifier}{self.operator}{suffix} {self.spelled or self.key}: {', '.join(self.values)}"

    @property
    def short(self) -> str:
        """For people: `aws:SourceAccount = 123456789012`."""
        if self.quantifier or self.if_exists or self.operator not in _SIGNS:
            return str(self)
        return f"{self.spelled or self.key} {_SIGNS[self.operator]} {' or '.join(self.values)}"

    def implies(self, other: "Condition") -> bool:
        """Whether each request that passes this one passes the other; never true without being so."""
        if (self.key, self.quantifier) != (other.key, other.quantifier) or (self.if_exists and not other.if_exists):
            return False
        kind, kind_of_other = _kind(self.operator), _kind(other.operator)
        if kind != kind_of_other:
            return False
        if self.negates:
            return all(any(_within(o, other, v, self) for v in self.values) for o in other.values)
        return all(any(_within(v, self, o, other) for o in other.values) for v in self.values)


_SIGNS = {"StringEquals": "=", "StringLike": "like", "ArnLike": "like", "Bool": "=", "IpAddress": "in"}


def conditions(element: Any) -> tuple[Condition, ...]:
    """The conditions of a statement, sorted; ValueError where they are none."""
    if element is None:
        return ()
    if not isinstance(element, Mapping) or not all(isinstance(keys, Mapping) for keys in element.values()):
        raise ValueError("a Condition that is no object of objects")
    return tuple(sorted({_one(op, key, values) for op, keys in element.items() for key, values in keys.items()}))


def implies(some: tuple[Condition, ...], others: tuple[Condition, ...]) -> bool:
    """Whether each request that passes all of `some` passes all of the others."""
    return all(any(one.implies(other) for one in some) for other in others)


def _one(operator: str, key: str, values: Any) -> Condition:
    bare, quantifier = operator, ""
    for prefix in (_FOR_ALL, _FOR_ANY):
        if operator.lower().startswith(prefix.lower()):
            bare, quantifier = operator[len(prefix) :], prefix
    if_exists = bare.lower().endswith(_IF_EXISTS.lower())
    bare = bare[: -len(_IF_EXISTS)] if if_exists else bare
    listed = values if isinstance(values, list) else [values]
    texts = {str(value).lower() if isinstance(value, bool) else str(value) for value in listed}
    return Condition(
        operator=_SPELLED.get(bare.lower(), bare),
        key=key.lower(),
        values=tuple(sorted(texts)),
        quantifier=quantifier,
        if_exists=if_exists,
        spelled=key,
    )


def _kind(operator: str) -> str:
    """Operators of one kind and one sign can be compared."""
    if operator in ("StringEquals", "StringLike"):
        return "String"
    if operator in ("StringNotEquals", "StringNotLike"):
        return "StringNot"
    return operator


def _within(value: str, condition: Condition, wider: str, of: Condition) -> bool:
    """Whether all that matches one value of a condition matches a value of another of the same kind."""
    if value == wider and condition.operator == of.operator:
        return True
    if of.operator.endswith("Like"):
        return covers(wider, value)
    if of.operator in ("StringEquals", "StringNotEquals"):
        return value == wider and not is_pattern(value)
    return "IpAddress" in of.operator and _inside(value, wider)


def _inside(network: str, wider: str) -> bool:
    try:
        inner, outer = (ipaddress.ip_network(text, strict=False) for text in (network, wider))
    except ValueError:
        return False
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    return (
        isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network) and inner.subnet_of(outer)
    )
