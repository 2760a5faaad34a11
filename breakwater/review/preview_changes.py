"""What differs in a resource for which Pulumi's engine says that something does."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from breakwater.graph import Resource, ResourceGraph
from breakwater.review.diff import option_changes
from breakwater.review.values import ABSENT, Change, differences
from breakwater.values import Secret


def changes_of(
    old: Resource,
    new: Resource,
    keys: Sequence[str],
    before: ResourceGraph,
    after: ResourceGraph,
    renamed: Mapping[str, str],
) -> Iterator[Change]:
    """The parts that differ: of the properties that the engine names, or of all inputs where it names none.

    A secret reads the same on both sides: one that the engine names has changed; where it names nothing and nothing
    else differs, all of them may have.
    """
    found = list(_named(old, new, keys, before, after) if keys else _inputs(old, new, before, after))
    found += option_changes(old, new, lambda urn: renamed.get(urn, urn))
    if not found and not keys:
        found = [
            Change(key, Secret(None), Secret(None)) for key, value in sorted(new.inputs.items()) if _holds_secret(value)
        ]
    yield from found


def _named(
    old: Resource, new: Resource, keys: Sequence[str], before: ResourceGraph, after: ResourceGraph
) -> Iterator[Change]:
    for key in sorted(keys):
        was, now = (g.normalise(r.inputs.get(key, ABSENT)) for g, r in ((before, old), (after, new)))
        found = list(differences(was, now, key, same_sources=False))
        if not found and (_holds_secret(was) or _holds_secret(now)):
            found = [Change(key, Secret(None), Secret(None))]
        if not found and key in old.outputs:  # it drifted: what is there is not what was asked for
            found = list(differences(before.normalise(old.outputs[key]), now, key, same_sources=False))
        yield from found or [Change(key, was, now)]


def _inputs(old: Resource, new: Resource, before: ResourceGraph, after: ResourceGraph) -> Iterator[Change]:
    for key in sorted(old.inputs.keys() | new.inputs.keys()):
        was, now = (g.normalise(r.inputs.get(key, ABSENT)) for g, r in ((before, old), (after, new)))
        if was != now:
            yield from differences(was, now, key, same_sources=False)


def _holds_secret(value: Any) -> bool:
    if isinstance(value, Secret):
        return True
    if isinstance(value, Mapping):
        return any(map(_holds_secret, value.values()))
    return isinstance(value, list) and any(map(_holds_secret, value))
