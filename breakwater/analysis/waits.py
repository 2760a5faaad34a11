"""Why a resource waits for another, and whether AWS requires it.

A wait is needed where the dependency's creation gives a value that the other is made from, where AWS must find the
thing that is named, and where `data/waits.json` says why. Any other costs time for nothing.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from breakwater.graph import Resource, ResourceGraph
from breakwater.values import Secret, contains_unknown

ANYTHING = "*"
"""In place of a dependency's type."""
_SHORTEST, _SHORTEST_WHOLE = 6, 12
"""Characters of a part, and of a whole text, that tell one resource from another; shorter ones are in unrelated text
too."""
_PART = re.compile(r"[A-Za-z0-9]+")
_ACCOUNT = re.compile(r"\d{12}")
_CHOSEN_BY_PROVIDER = "__defaults"
"""Under this key, Pulumi's state lists the inputs that the provider filled in, such as automatic names."""


class Reason(StrEnum):
    """What makes a resource wait."""

    PROVIDER = "provider"
    PARENT = "parent"
    VALUE = "value"
    """A value that is known only when the dependency is there."""
    NAME = "name"
    """A property that comes from the dependency, with a value that was known before."""
    ORDER = "order"
    """`depends_on`, or an output that was made to wait: nothing of the dependency is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One resource that waits for another."""

    resource: Resource
    dependency: Resource
    reason: Reason
    properties: tuple[str, ...] = ()
    """Inputs that the dependency's value is in, or that come from it; none for `depends_on`, provider and parent."""
    needed: bool
    why: str
    """In words: why it is needed, or that nothing says so."""
    status: str = "doc"
    """How sure that is."""

    @property
    def remedy(self) -> str:
        """What to change in the program where it is not needed."""
        if self.reason is Reason.NAME:
            return f"give {', '.join(self.properties)} the name itself, not the output of {self.dependency.name}"
        if self.properties:
            return f"let {', '.join(self.properties)} not wait for {self.dependency.name}, of which it uses nothing"
        return f"take {self.dependency.name} out of depends_on"


@cache
def _data() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(files("breakwater.analysis").joinpath("data/waits.json").read_text("utf-8"))
    return found


@cache
def _needed() -> Mapping[tuple[str, str], Mapping[str, str]]:
    return {(fact["type"], fact["for"]): fact for fact in _data()["needed"]}


def waits(graph: ResourceGraph) -> dict[str, tuple[Wait, ...]]:
    """URN → all that the resource waits for, in the order of registration; each dependency once."""
    order = {resource.urn: index for index, resource in enumerate(graph)}
    parts: dict[str, frozenset[str]] = {}

    def made_up(dependency: Resource) -> frozenset[str]:
        if dependency.urn not in parts:
            parts[dependency.urn] = frozenset(_made_up(dependency))
        return parts[dependency.urn]

    found: dict[str, tuple[Wait, ...]] = {}
    for resource in graph:
        dependencies = _dependencies(resource, graph)
        urns = sorted((urn for urn in dependencies if urn in order and urn != resource.urn), key=order.__getitem__)
        found[resource.urn] = tuple(_wait(resource, graph.by_urn[urn], dependencies[urn], made_up) for urn in urns)
    return found


def _dependencies(resource: Resource, graph: ResourceGraph) -> dict[str, tuple[Reason, tuple[str, ...]]]:
    """URN → the strongest reason, and the properties that come from it."""
    found: dict[str, tuple[Reason, tuple[str, ...]]] = dict.fromkeys(resource.dependencies, (Reason.ORDER, ()))
    for name, urns in sorted(resource.property_dependencies.items()):
        for urn in urns:
            found[urn] = (Reason.NAME, (*found.get(urn, (Reason.ORDER, ()))[1], name))
    # A component is there as soon as it is registered: its children wait for no one but what they use.
    if resource.parent in graph.by_urn and graph.by_urn[resource.parent].custom:
        found[resource.parent] = (Reason.PARENT, ())
    if resource.provider:
        found[resource.provider.rpartition("::")[0]] = (Reason.PROVIDER, ())
    return found


def _wait(resource: Resource, dependency: Resource, given: tuple[Reason, tuple[str, ...]], made_up: Any) -> Wait:
    reason, properties = given

    def wait(reason: Reason, properties: tuple[str, ...], needed: bool, why: str, status: str = "doc") -> Wait:
        return Wait(
            resource=resource, dependency=dependency, reason=reason, properties=properties,
            needed=needed, why=why, status=status,
        )  # fmt: skip

    if reason in (Reason.PROVIDER, Reason.PARENT):
        return wait(reason, (), True, f"Pulumi creates a resource after its {reason}")
    if not dependency.custom:
        return wait(Reason.ORDER, properties, True, "a component is there at once")
    using = tuple(name for name in properties if _uses(resource.inputs.get(name), dependency, made_up(dependency)))
    if using:
        return wait(Reason.VALUE, using, True, "it is made from what only the creation gives")
    if fact := _needed().get((resource.type, dependency.type)) or _needed().get((resource.type, ANYTHING)):
        return wait(reason, properties, True, fact["why"], fact["status"])
    named = tuple(name for name in properties if _names(resource.inputs.get(name), dependency))
    looked_up = [name for name in named if not _unchecked(resource.type, name)]
    if looked_up:
        return wait(Reason.NAME, tuple(looked_up), True, "AWS must find what is named")
    nothing = "nothing says that AWS requires it"
    if named:
        return wait(Reason.NAME, named, False, f"{_why_unchecked(resource.type)}: {nothing}")
    return wait(Reason.ORDER, properties, False, nothing)


def _made_up(dependency: Resource) -> Iterator[str]:
    """What its creation gave and no input says: ids, addresses and the like, and their parts."""
    chosen = dependency.inputs.get(_CHOSEN_BY_PROVIDER, ())
    given = set(_texts({key: value for key, value in dependency.inputs.items() if key not in chosen}))
    known = {part for text in (dependency.name, *given) for part in _PART.findall(text)}
    for text in {dependency.id, *_texts(dependency.outputs)} - given:
        if len(text) >= _SHORTEST_WHOLE and any(c in text for c in ".:/"):
            yield text
        for part in _PART.findall(text):
            told = len(part) >= _SHORTEST and any(c.isdigit() for c in part) and not _ACCOUNT.fullmatch(part)
            if told and part not in known:
                yield part


def _uses(value: Any, dependency: Resource, made_up: frozenset[str]) -> bool:
    """Whether the input holds something that only the creation gave; what cannot be read may well do."""
    if _hidden(value) or not (dependency.outputs or dependency.id):
        return True
    # In a graph file that a simulated run wrote, what the provider makes up is told by where it comes from.
    own = f"${{{dependency.label}."
    return any(
        own in text or any(part in made_up for part in _PART.findall(text)) or any(whole in text for whole in made_up)
        for text in _texts(value)
    )


def _names(value: Any, dependency: Resource) -> bool:
    """Whether the input holds a text of the dependency's own: none that it has from others itself."""
    others = {name for name, urns in dependency.property_dependencies.items() if urns}
    foreign = set(_texts([value for name, value in dependency.inputs.items() if name in others]))
    texts = {dependency.id, *_texts(dependency.outputs), *_texts(dependency.inputs)}
    own = {text for text in texts - foreign if len(text) > 1}
    return any(name in text for text in _texts(value) for name in own)


def _hidden(value: Any) -> bool:
    if isinstance(value, Secret):
        return value.sealed or contains_unknown(value)
    if isinstance(value, Mapping):
        return any(map(_hidden, value.values()))
    return any(map(_hidden, value)) if isinstance(value, list) else contains_unknown(value)


def _texts(value: Any) -> Iterator[str]:
    """All strings in a value, also those inside secrets."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Secret):
        yield from _texts(value.value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _unchecked(type_: str, name: str) -> bool:
    return any(fact["type"] == type_ and fact.get("property", name) == name for fact in _data()["unchecked"])


def _why_unchecked(type_: str) -> str:
    return next(str(fact["why"]) for fact in _data()["unchecked"] if fact["type"] == type_)
