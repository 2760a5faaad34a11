"""What is different between two graphs of one stack: added, changed, renamed and removed resources.

A resource is the same one where its URN is, or where an alias says so: its own, or one inherited from its parents as in
Pulumi's engine. Values are compared with physical ids replaced by the resource they belong to: two deployments of one
program are equal, whatever ids they were given and in which order they were registered.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.graph import STACK_TYPE, Resource, ResourceGraph
from breakwater.review.values import ABSENT, Change, differences
from breakwater.values import UNKNOWN, Secret, contains_unknown


@dataclass(frozen=True, slots=True)
class ChangedResource:
    """A resource that both graphs have."""

    before: Resource
    after: Resource
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What has to happen to `before` to make it `after`; false where nothing has."""

    added: tuple[Resource, ...]
    changed: tuple[ChangedResource, ...]
    renamed: tuple[tuple[Resource, Resource], ...]
    """Before and after of each resource that was found by an alias; those that changed too are also in `changed`."""
    removed: tuple[Resource, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.renamed or self.removed)


def compare(before: ResourceGraph, after: ResourceGraph) -> Difference:
    """What is different."""
    matches = _matches(before, after)
    renamed = {old.urn: new for old, new in matches if old.urn != new.urn}
    sides = _Side(before, renamed), _Side(after, {})
    found = ((old, new, tuple(_changes(sides[0], old, sides[1], new))) for old, new in matches)
    changed = [ChangedResource(old, new, changes) for old, new, changes in found if changes]
    taken = {old.urn for old, _ in matches}
    kept = {new.urn for _, new in matches}
    return Difference(
        added=tuple(r for r in after if r.urn not in kept),
        changed=tuple(changed),
        renamed=tuple((old, new) for old, new in matches if old.urn != new.urn),
        removed=tuple(r for r in before if r.urn not in taken),
    )


def _matches(before: ResourceGraph, after: ResourceGraph) -> list[tuple[Resource, Resource]]:
    """The resources that both have, in the order of `after`; each is matched once, by URN before by alias."""
    free = {urn: r for urn, r in before.by_urn.items() if urn not in after.by_urn}
    former = _FormerUrns(after)
    found: list[tuple[Resource, Resource]] = []
    for new in after:
        old = before.by_urn.get(new.urn)
        if old is None and free:
            urn = next((u for u in former.of(new) if u in free), None)
            old = free.pop(urn) if urn else None
        if old is not None:
            found.append((old, new))
    return found


class _FormerUrns:
    """Under which URNs a resource may have been known before, as Pulumi's engine works it out."""

    def __init__(self, graph: ResourceGraph) -> None:
        self._graph = graph
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, resource: Resource) -> tuple[str, ...]:
        """The URNs without the present one: own aliases, then those that the parents' aliases imply."""
        if resource.urn not in self._known:
            own = [a if a.startswith("urn:pulumi:") else f"{_before_name(resource.urn)}::{a}" for a in resource.aliases]
            parent = self._graph.by_urn.get(resource.parent)
            inherited = [
                _as_child(urn, parent, former)
                for former in (self.of(parent) if parent else ())
                for urn in (resource.urn, *own)
                if parent
            ]
            self._known[resource.urn] = tuple(dict.fromkeys((*own, *inherited)))
        return self._known[resource.urn]


def _before_name(urn: str) -> str:
    return "::".join(urn.split("::", 3)[:3])


def _as_child(urn: str, parent: Resource, former_parent: str) -> str:
    """The URN of a child while its parent was `former_parent`; names that begin with the parent's follow it."""
    kinds, name = urn.split("::", 3)[2:]
    if name.startswith(parent.name):
        name = former_parent.split("::", 3)[3] + name.removeprefix(parent.name)
    return f"{_before_name(former_parent)}${kinds.split('$')[-1]}::{name}"


_REFERENCE = re.compile(r"\$\{([^${}]+::[^${}]+?)\.(?=[\w.\[\]]+\})")


class _Side:
    """One of the two graphs, with what was renamed since under its present name."""

    def __init__(self, graph: ResourceGraph, renamed: Mapping[str, Resource]) -> None:
        self._graph, self._renamed = graph, renamed
        self._labels = {graph.by_urn[urn].label: new.label for urn, new in renamed.items()}

    def urn(self, urn: str) -> str:
        """The present URN."""
        return self._renamed[urn].urn if urn in self._renamed else urn

    def value(self, value: Any) -> Any:
        """The value to compare: without physical ids, references under present names."""
        value = self._graph.normalise(value)
        return self._present(value) if self._labels else value

    def sources(self, resource: Resource, key: str) -> frozenset[str]:
        """From whose outputs the property comes."""
        return frozenset(map(self.urn, resource.property_dependencies.get(key, ())))

    def _present(self, value: Any) -> Any:
        if isinstance(value, str):
            return _REFERENCE.sub(lambda m: f"${{{self._labels.get(m[1], m[1])}.", value)
        if isinstance(value, Secret):
            return value if value.sealed else Secret(self._present(value.value))
        if isinstance(value, Mapping):
            return {key: self._present(item) for key, item in value.items()}
        return [self._present(item) for item in value] if isinstance(value, list) else value


def _changes(old_side: _Side, old: Resource, new_side: _Side, new: Resource) -> Iterator[Change]:
    before, after = _properties(old), _properties(new)
    for key in sorted(before.keys() | after.keys()):
        sources, new_sources = old_side.sources(old, key), new_side.sources(new, key)
        old_value, new_value = old_side.value(before.get(key, ABSENT)), new_side.value(after.get(key, ABSENT))
        if sources != new_sources:
            # Otherwise two unknown values would read the same.
            old_value, new_value = _with_sources(old_value, sources), _with_sources(new_value, new_sources)
        path = f"outputs.{key}" if new.type == STACK_TYPE else key
        yield from differences(old_value, new_value, path, same_sources=sources == new_sources)
    yield from option_changes(old, new, old_side.urn)


def option_changes(old: Resource, new: Resource, present: Callable[[str], str] = str) -> Iterator[Change]:
    """How the options differ that the engine acts on; `present` gives what a URN is now."""
    for name, option_before, option_after in (
        ("parent", present(old.parent), new.parent),
        ("provider", present(_provider(old)), _provider(new)),
        ("protect", old.protect, new.protect),
        ("retainOnDelete", old.retain_on_delete, new.retain_on_delete),
        ("ignoreChanges", sorted(old.ignore_changes), sorted(new.ignore_changes)),
    ):
        if option_before != option_after:
            yield Change(f"options.{name}", option_before, option_after)


def _properties(resource: Resource) -> Mapping[str, Any]:
    """What the program decides: the inputs; of the stack, its outputs."""
    return resource.outputs if resource.type == STACK_TYPE else resource.inputs


def _provider(resource: Resource) -> str:
    """The provider's URN: a reference ends with its id, which differs from run to run."""
    return resource.provider.rpartition("::")[0]


def _with_sources(value: Any, sources: frozenset[str]) -> Any:
    if value == UNKNOWN:
        names = ", ".join(sorted(urn.split("::", 3)[3] for urn in sources)) or "the program"
        return f"(known after deployment, from {names})"
    if isinstance(value, Secret):
        return Secret([_with_sources(value.value, sources)]) if contains_unknown(value) else value
    if isinstance(value, Mapping):
        return {key: _with_sources(item, sources) for key, item in value.items()}
    return [_with_sources(item, sources) for item in value] if isinstance(value, list) else value
