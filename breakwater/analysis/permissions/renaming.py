"""Permissions under other names, so that a rename is no difference."""

import re
from collections.abc import Mapping
from dataclasses import replace

from breakwater.analysis.permissions.conditions import Condition
from breakwater.analysis.permissions.model import Grant, Permissions, Principal, Unread
from breakwater.analysis.permissions.statements import IDENTITIES

_REFERENCE = re.compile(r"\$\{([^${}]+::[^${}]+?)\.(?=[\w.\[\]]+\})")
_TYPES = {who: type_ for type_, who in IDENTITIES.items()}


def with_names(permissions: Permissions, names: Mapping[str, str]) -> Permissions:
    """The same with resources, given as type and name, under the names that they have now."""
    new = _Renamed(names)
    return replace(
        permissions,
        grants=tuple(map(new.grant, permissions.grants)),
        denials=tuple(map(new.grant, permissions.denials)),
        unread=tuple(map(new.unread, permissions.unread)),
        owners=frozenset(map(new.label, permissions.owners)),
    )


class _Renamed:
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def label(self, label: str) -> str:
        return self._names.get(label, label)

    def _text(self, text: str) -> str:
        return _REFERENCE.sub(lambda match: f"${{{self.label(match[1])}.", text) if "${" in text else self.label(text)

    def _texts(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(map(self._text, texts)))

    def _principal(self, principal: Principal) -> Principal:
        label = f"{_TYPES.get(principal.kind, '')}::{principal.name}"
        if label in self._names:
            return Principal(principal.kind, self._names[label].partition("::")[2])
        return Principal(principal.kind, self._text(principal.name))

    def _condition(self, condition: Condition) -> Condition:
        return replace(condition, values=self._texts(condition.values))

    def grant(self, grant: Grant) -> Grant:
        return replace(
            grant,
            principal=self._principal(grant.principal),
            resource=self._text(grant.resource),
            excluded=self._texts(grant.excluded),
            conditions=tuple(sorted(map(self._condition, grant.conditions))),
            through=self.label(grant.through),
            owner=self.label(grant.owner),
        )

    def unread(self, unread: Unread) -> Unread:
        return replace(
            unread,
            principal=self._principal(unread.principal) if unread.principal else None,
            what=self._text(unread.what),
            fingerprint=None if unread.fingerprint is None else self._text(unread.fingerprint),
        )
