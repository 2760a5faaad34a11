"""What happens to each resource, from code alone: a replacement is what may happen."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from breakwater.graph import Resource, ResourceGraph
from breakwater.review.diff import compare
from breakwater.review.model import Op, Step
from breakwater.review.ordering import depths
from breakwater.review.replacement import forcing, is_forcing, kind_of
from breakwater.review.values import Change
from breakwater.values import Secret, contains_unknown


def steps_between(before: ResourceGraph, after: ResourceGraph) -> tuple[Step, ...]:
    """What has to happen to make the one the other."""
    difference = compare(before, after)
    renamed = {new.urn for _, new in difference.renamed}
    found = [Step(op=Op.CREATE, certain=True, after=resource) for resource in difference.added]
    found += [Step(op=Op.DELETE, certain=True, before=resource) for resource in difference.removed]
    for changed in difference.changed:
        if changes := tuple(c for c in changed.changes if not is_ignored(c.path, changed.after)):
            found.append(_changed(changed.before, changed.after, changes))
            renamed.discard(changed.after.urn)
    found += [
        Step(op=Op.RENAME, certain=True, before=old, after=new) for old, new in difference.renamed if new.urn in renamed
    ]
    return in_order(_with_dragged_along(found, before, after), before, after)


def in_order(steps: Iterable[Step], before: ResourceGraph, after: ResourceGraph) -> tuple[Step, ...]:
    """By dependencies, then by URN; deletions come last, what needs others before them."""
    depth_before, depth_after = depths(before), depths(after)

    def key(step: Step) -> tuple[int, int, str]:
        urn = step.resource.urn
        if step.op is Op.DELETE:
            return 1, -depth_before.get(urn, 0), urn
        return 0, depth_after.get(urn, 0), urn

    return tuple(sorted(steps, key=key))


def is_ignored(path: str, resource: Resource) -> bool:
    """Whether Pulumi keeps what a property was, whatever the program says now."""
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in resource.ignore_changes)


def hidden_in(changes: Iterable[Change]) -> tuple[str, ...]:
    """Paths of changes whose values are secret."""
    return tuple(c.path for c in changes if isinstance(c.before, Secret) or isinstance(c.after, Secret))


def _changed(before: Resource, after: Resource, changes: tuple[Change, ...]) -> Step:
    forced = forcing(before, changes)
    return Step(
        op=Op.REPLACE if forced else Op.UPDATE,
        certain=not forced,
        before=before,
        after=after,
        changes=changes,
        forced_by=forced,
        hidden=hidden_in(changes),
    )


def _with_dragged_along(steps: list[Step], before: ResourceGraph, after: ResourceGraph) -> Iterable[Step]:
    """And those that are replaced only because they are made with the id of something that is replaced.

    Their properties read the same in both graphs: what changes is known after the deployment alone.
    """
    found = {step.resource.urn: step for step in steps}
    replaced = [step.after for step in steps if step.op is Op.REPLACE and step.after]
    users = _users(after)
    while replaced:
        source = replaced.pop(0)
        for user in users.get(source.urn, ()):
            step = found.get(user.urn)
            old = step.before if step else before.by_urn.get(user.urn)
            if old is None or not (names := tuple(_made_with(user, old, source, after))):
                continue
            if step is None or step.op is not Op.REPLACE:
                replaced.append(user)
            step = step or Step(op=Op.REPLACE, certain=False, before=old, after=user)
            forced = tuple(dict.fromkeys((*step.forced_by, *names)))
            found[user.urn] = replace(step, op=Op.REPLACE, certain=False, forced_by=forced)
    return found.values()


def _users(graph: ResourceGraph) -> Mapping[str, list[Resource]]:
    """Who has a property that comes from each resource."""
    found: dict[str, list[Resource]] = {}
    for resource in graph.cloud:
        for urn in dict.fromkeys(u for urns in resource.property_dependencies.values() for u in urns):
            found.setdefault(urn, []).append(resource)
    return found


def _made_with(user: Resource, old: Resource, source: Resource, graph: ResourceGraph) -> Iterator[str]:
    """The properties that force a replacement and hold something that a new `source` gets anew."""
    kind = kind_of(user)
    for name, urns in sorted(user.property_dependencies.items()):
        if source.urn in urns and is_forcing(kind, name, old) and not is_ignored(name, user):
            value = user.inputs.get(name)
            if contains_unknown(value) or f"${{{source.label}." in "\n".join(_texts(graph.normalise(value))):
                yield name


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Secret):
        yield from _texts(value.value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
