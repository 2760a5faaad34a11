"""What stands between a store and its loss, and which changes take it away."""

from collections.abc import Iterator, Mapping
from typing import Any

from breakwater.graph import Resource
from breakwater.review.model import Step
from breakwater.review.replacement import kind_of

_PULUMI_REFUSES = "protect: Pulumi refuses until it is taken off"
_KEPT = "retainOnDelete: it stays in the account"
_BACKUPS = ("backupRetentionPeriod", "snapshotRetentionLimit", "messageRetentionSeconds")
"""Numbers of which less keeps less."""
_VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"


def safeguards(resource: Resource) -> tuple[str, ...]:
    """What stands between a resource and its loss."""
    found = [_PULUMI_REFUSES] if resource.protect else []
    found += [_KEPT] if resource.retain_on_delete else []
    for name, does in kind_of(resource).guards.items():
        if _is_on(name, resource.inputs.get(name.removeprefix("!"))):
            found.append(f"{name.removeprefix('!')}: {does}")
    return tuple(found)


def weakened(step: Step) -> Iterator[str]:
    """Which safeguards a change takes away, in words."""
    before, after = step.before, step.after
    if before is None or after is None:
        return
    if before.type == _VERSIONING and _is_versioned(before) and not _is_versioned(after):
        yield "old versions of objects are no longer kept"
    kept = safeguards(after)
    for name in (text.partition(":")[0] for text in safeguards(before) if text not in kept):
        yield f"{name} is on now" if f"!{name}" in kind_of(before).guards else f"{name} is taken off"
    for name in _BACKUPS:
        old, new = _number(before.inputs.get(name)), _number(after.inputs.get(name))
        if old is not None and (new or 0) < old:
            yield f"{name} {old:g} → {(new or 0):g}"


def is_guard(resource: Resource) -> bool:
    """Whether the resource itself is what keeps data of another."""
    return resource.type == _VERSIONING


def _is_versioned(versioning: Resource) -> bool:
    found = versioning.inputs.get("versioningConfiguration")
    return isinstance(found, Mapping) and found.get("status") == "Enabled"


def _is_on(name: str, value: Any) -> bool:
    """Whether a guard holds; `!name` is one that holds unless the property is set."""
    return not value if name.startswith("!") else bool(value)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
