"""From a policy's document to grants and denials."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from breakwater.analysis.permissions.actions import everything, expand, of_service
from breakwater.analysis.permissions.conditions import conditions
from breakwater.analysis.permissions.documents import GROUP, ROLE, USER
from breakwater.analysis.permissions.model import Grant, Kind, Principal, Source, Who
from breakwater.graph import Resource, ResourceGraph
from breakwater.values import UNKNOWN, Secret

_ACCOUNT = re.compile(r"(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?")
IDENTITIES: Mapping[str, Who] = {ROLE: Who.ROLE, USER: Who.USER, GROUP: Who.GROUP}
_KINDS = {"Service": Who.SERVICE, "Federated": Who.FEDERATED, "CanonicalUser": Who.OTHER}

Granted = tuple[list[Grant], list[Grant]]
"""Grants and denials."""


class UndecidableError(Exception):
    """Nobody can say what a policy allows."""

    def __init__(self, why: str, fingerprint: str | None = None) -> None:
        super().__init__(why)
        self.why, self.fingerprint = why, fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One policy, and what its statements leave out because it is clear from where it stands."""

    kind: Kind
    value: Any
    """JSON text or object, perhaps secret or unknown."""
    owner: str
    """Type and name of what has it."""
    source: Source
    holder: Principal | None = None
    """Whose policy it is; None where its statements name principals."""
    target: str = ""
    """ARN of the resource or role that has it."""
    service: str = ""
    """Prefix of the service whose actions its wildcards mean; "" for all."""


class Names:
    """The resources of a graph by what policies and other resources call them."""

    def __init__(self, graph: ResourceGraph) -> None:
        self.graph = graph
        self._texts: dict[str, str] = {}

    @cached_property
    def _resources(self) -> Mapping[str, Resource]:
        found: dict[str, Resource] = {}
        for resource in self.graph.cloud:
            for text in (resource.id, resource.outputs.get("arn")):
                if isinstance(text, str) and text not in ("", UNKNOWN):
                    found.setdefault(text, resource)
        return found

    @cached_property
    def _typed(self) -> Mapping[tuple[str, str], Resource]:
        found: dict[tuple[str, str], Resource] = {}
        for resource in self.graph.cloud:
            for text in (resource.id, resource.outputs.get("arn"), resource.outputs.get("name")):
                if isinstance(text, str) and text not in ("", UNKNOWN):
                    found.setdefault((resource.type, text), resource)
        return found

    def find(self, text: str, type_: str = "") -> Resource | None:
        """The resource that has this id or ARN; of a type, also by its name."""
        return self._typed.get((type_, text)) if type_ else self._resources.get(text)

    def normalised(self, text: str) -> str:
        """The text with ids that AWS makes up replaced."""
        if text not in self._texts:
            self._texts[text] = self.graph.normalise(text)
        return self._texts[text]

    def identity(self, text: str, type_: str) -> Principal:
        """The role, user or group of this name or ARN."""
        found = self.find(text, type_)
        return self.principal(found) if found else Principal(IDENTITIES[type_], self.normalised(text))

    def principal(self, identity: Resource) -> Principal:
        """A role, user or group of the graph."""
        return Principal(IDENTITIES[identity.type], identity.name)


def granted(document: Document, names: Names) -> Granted:
    """What the document allows and denies; UndecidableError where nobody can say."""
    allowed: list[Grant] = []
    denied: list[Grant] = []
    for statement in _statements(document.value):
        into = {"Allow": allowed, "Deny": denied}.get(str(statement.get("Effect")))
        if into is None:
            raise UndecidableError("a statement neither allows nor denies")
        try:
            into += _grants(statement, document, names)
        except ValueError as error:
            raise UndecidableError(str(error)) from error
    return allowed, denied


def _statements(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Secret):
        raise UndecidableError("secret", value.digest)
    try:
        text = json.dumps(value) if isinstance(value, Mapping) else value
    except TypeError as error:  # a secret, or what else is no JSON, somewhere in it
        raise UndecidableError("secret in part") from error
    if not isinstance(text, str) or UNKNOWN in text:
        raise UndecidableError("known only after deployment")
    try:
        parsed = json.loads(text) if text else {}
    except ValueError:
        parsed = None
    if not isinstance(parsed, Mapping):
        raise UndecidableError("not JSON", text)
    for statement in listed(parsed.get("Statement")):
        if not isinstance(statement, Mapping):
            raise UndecidableError("a statement is no object", text)
        yield statement


def listed(value: Any) -> list[Any]:
    """The items of a list, or the one that stands in place of it."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _grants(statement: Mapping[str, Any], document: Document, names: Names) -> Iterator[Grant]:
    actions, written = _actions(statement, document.service)
    resources, excluded = _resources(statement, document)
    tested = conditions(statement.get("Condition"))
    if tested:
        tested = conditions(names.graph.normalise(statement["Condition"]))
    for principal in [document.holder] if document.holder else _principals(statement, names):
        for resource in resources:
            yield Grant(
                kind=document.kind,
                principal=principal,
                actions=actions,
                resource=names.normalised(resource),
                excluded=tuple(sorted(map(names.normalised, excluded))),
                conditions=tested,
                through=document.owner if document.kind == Kind.ENDPOINT else "",
                raw=resource,
                raw_excluded=excluded,
                owner=document.owner,
                written=written,
                sources=(document.source,),
            )


def _actions(statement: Mapping[str, Any], service: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Expanded, and as they are written."""
    given, but = _texts(statement, "Action"), _texts(statement, "NotAction")
    found = _union(expand, (f"{service}:*" if text == "*" and service else text for text in given))
    if "NotAction" in statement:
        found |= (of_service(service) if service else everything()) - _union(expand, but)
    return found, tuple(sorted({*given, *(f"not {text}" for text in but)}))


def _union(of: Callable[[str], frozenset[str]], texts: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*map(of, texts))


def _resources(statement: Mapping[str, Any], document: Document) -> tuple[list[str], tuple[str, ...]]:
    """Patterns, and what is excepted from them."""
    if "NotResource" in statement:
        return ["*"], tuple(sorted(set(_texts(statement, "NotResource"))))
    given = _texts(statement, "Resource") or ["*"]
    return [document.target if text == "*" and document.target else text for text in given], ()


def _texts(statement: Mapping[str, Any], key: str) -> list[str]:
    return [str(text) for text in listed(statement.get(key))]


def _principals(statement: Mapping[str, Any], names: Names) -> list[Principal]:
    if "NotPrincipal" in statement:
        others = sorted(map(str, _named(statement["NotPrincipal"], names)))
        return [Principal(Who.ALL_BUT, ", ".join(others))]
    found = list(dict.fromkeys(_named(statement.get("Principal"), names)))
    if not found:
        raise ValueError("a statement names no principal")
    return found


def _named(element: Any, names: Names) -> Iterator[Principal]:
    if isinstance(element, Mapping):
        for kind, values in element.items():
            for value in map(str, listed(values)):
                yield (
                    _aws(value, names)
                    if kind == "AWS"
                    else Principal(_KINDS.get(kind, Who.OTHER), names.normalised(value))
                )
    else:
        for value in map(str, listed(element)):
            yield _aws(value, names)


def _aws(value: str, names: Names) -> Principal:
    if value == "*":
        return Principal(Who.PUBLIC)
    if account := _ACCOUNT.fullmatch(value):
        return Principal(Who.ACCOUNT, account[1])
    for type_, part in ((ROLE, ":role/"), (USER, ":user/")):
        if part in value:
            return names.identity(value, type_)
    return Principal(Who.OTHER, names.normalised(value))
