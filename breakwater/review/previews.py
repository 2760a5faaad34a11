"""What `pulumi preview --json --show-sames` says, as steps and as the two graphs before and after.

Its form is PreviewDigest in Pulumi's pkg/display/json.go. All fields may be missing. What the new state has as outputs
depends on when the engine wrote the step down: where there are none, the old ones hold, or nothing is known of them.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from breakwater.graph import STACK_TYPE, Resource, ResourceGraph, SourceLine, resource_from_state
from breakwater.review.model import Op, Step
from breakwater.review.ordering import ordered
from breakwater.review.preview_changes import changes_of
from breakwater.review.steps import hidden_in, in_order
from breakwater.values import UNKNOWN, Secret

_SECRET = "[secret]"  # noqa: S105 (what Pulumi writes for one)
_NOTHING = {"same", "read", "read-replacement", "refresh", "discard", "discard-replaced", "remove-pending-replace"}
"""Nothing happens in the cloud."""
_OPS = {
    "create": Op.CREATE,
    "update": Op.UPDATE,
    "delete": Op.DELETE,
    "replace": Op.REPLACE,
    "create-replacement": Op.REPLACE,
    "delete-replaced": Op.DELETE,
    "import": Op.IMPORT,
    "import-replacement": Op.REPLACE,
}
_FRAME = re.compile(r'File "([^"]+)", line (\d+)')


class PreviewError(ValueError):
    """What was given is no preview; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the engine would do."""

    before: ResourceGraph
    after: ResourceGraph
    steps: tuple[Step, ...]
    diagnostics: tuple[tuple[str, str], ...]
    """Severity and text, as they came."""
    error: str
    """The first thing that made it fail; "" where it did not."""
    error_source: SourceLine | None


@dataclass(frozen=True, slots=True)
class _Raw:
    """One step as the engine gives it."""

    op: str
    old: Resource | None
    new: Resource | None
    keys: tuple[str, ...]
    forced: tuple[str, ...]


def read_preview(text: str, root: Path) -> Preview:
    """Read the JSON text; PreviewError for anything else. `root` is the project's folder, for lines of tracebacks."""
    document = _document(text)
    raws = [raw for step in _list(document, "steps") if (raw := _raw(step)) is not None]
    stack, project = _names(raws)
    kept = [raw for raw in raws if raw.op not in ("delete-replaced", "discard-replaced", "remove-pending-replace")]
    before = ordered(_before(kept), stack=stack, project=project)
    after = ordered(_after(kept), stack=stack, project=project)
    diagnostics = tuple(_diagnostics(document))
    errors = [message for severity, message in diagnostics if severity == "error"]
    error = _summary(errors[0]) if errors else ""
    if not error and not raws:
        error = "the preview has no steps: it did not run to its end"
    return Preview(
        before=before,
        after=after,
        steps=in_order(_steps(raws, before, after), before, after),
        diagnostics=diagnostics,
        error=error,
        error_source=next((line for message in errors if (line := _source(message, root))), None),
    )


def _document(text: str) -> Mapping[str, Any]:
    if not text.strip():
        raise PreviewError("the preview is empty: `pulumi preview --json` broke off before it wrote anything")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PreviewError(f"the preview is no JSON: {error}") from error
    known = {"config", "steps", "diagnostics", "duration", "changeSummary", "maybeCorrupt"}
    if not isinstance(document, dict) or not (known & document.keys() or not document):
        raise PreviewError("this is no output of `pulumi preview --json`: it has neither steps nor diagnostics")
    return document


def _list(document: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = document.get(key)
    return found if isinstance(found, list) else []


def _raw(step: Any) -> _Raw | None:
    if not isinstance(step, Mapping) or not isinstance(step.get("op"), str):
        return None
    try:
        old, new = (resource_from_state(s) if (s := step.get(k)) else None for k in ("oldState", "newState"))
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise PreviewError(f"the step {step.get('op')} of {step.get('urn')} cannot be read: {error!r}") from error
    old, new = (_with_secrets(r) if r else None for r in (old, new))
    forced = [str(key) for key in _list(step, "replaceReasons")]
    detailed = step.get("detailedDiff") or {}
    forced += [path for path, entry in detailed.items() if str(entry.get("kind", "")).endswith("-replace")]
    keys = [*map(str, _list(step, "diffReasons")), *map(_property, detailed), *map(_property, forced)]
    return _Raw(step["op"], old, new, tuple(dict.fromkeys(keys)), tuple(dict.fromkeys(map(_property, forced))))


def _property(path: str) -> str:
    return re.split(r"[.\[]", path.removeprefix('["').replace('"]', "", 1), maxsplit=1)[0]


def _with_secrets(resource: Resource) -> Resource:
    return replace(resource, inputs=_secrets(resource.inputs), outputs=_secrets(resource.outputs))


def _secrets(value: Any) -> Any:
    """The value with what Pulumi writes for secrets as such."""
    if value == _SECRET:
        return Secret(_SECRET, sealed=True)
    if isinstance(value, Mapping):
        return {key: _secrets(item) for key, item in value.items()}
    return [_secrets(item) for item in value] if isinstance(value, list) else value


def _names(raws: Sequence[_Raw]) -> tuple[str, str]:
    for raw in raws:
        resource = raw.new or raw.old
        if resource:
            parts = resource.urn.removeprefix("urn:pulumi:").split("::")
            return parts[0], parts[1]
    return "", ""


def _before(raws: Sequence[_Raw]) -> Iterator[Resource]:
    """Discarded reads and what is imported are not the stack's, and were not."""
    for raw in raws:
        if raw.old is not None and raw.op not in ("import",):
            yield raw.old


def _after(raws: Sequence[_Raw]) -> Iterator[Resource]:
    for raw in raws:
        if raw.op in ("delete", "discard", "discard-replaced", "remove-pending-replace"):
            continue
        if raw.new is not None:
            yield _completed(raw.new, raw)
        elif raw.old is not None and raw.op in ("same", "refresh"):
            yield raw.old


def _completed(new: Resource, raw: _Raw) -> Resource:
    """The new state with the id and the outputs that it keeps; unknown where it gets others."""
    old = raw.old
    if old is None:
        return new
    replaced = _OPS.get(raw.op) is Op.REPLACE
    if replaced:
        computed = dict.fromkeys(old.outputs.keys() - old.inputs.keys(), UNKNOWN)
        return replace(new, outputs={**computed, **new.inputs, **new.outputs})
    changed = {key: new.inputs[key] for key in new.inputs if new.inputs[key] != old.inputs.get(key)}
    if new.type == STACK_TYPE and new.outputs:
        return replace(new, id=new.id or old.id)
    return replace(new, id=new.id or old.id, outputs={**old.outputs, **changed, **new.outputs})


def _steps(raws: Sequence[_Raw], before: ResourceGraph, after: ResourceGraph) -> Iterator[Step]:
    """One for each resource to which something happens: a replacement may come in up to three parts."""
    replaced = {(raw.new or raw.old).urn for raw in raws if _OPS.get(raw.op) is Op.REPLACE}  # type: ignore[union-attr]
    renamed = {raw.old.urn: raw.new.urn for raw in raws if raw.old and raw.new and raw.old.urn != raw.new.urn}
    seen: set[tuple[Op, str]] = set()
    for raw in raws:
        resource = raw.new or raw.old
        if resource is None:
            continue
        op = _OPS.get(raw.op)
        if op is None and raw.op not in _NOTHING:
            raise PreviewError(f"the operation {raw.op!r} of {resource.urn} is not known")
        if op is None and raw.old and raw.new and raw.old.urn != raw.new.urn:
            op = Op.RENAME
        if op is None or (raw.op == "delete-replaced" and resource.urn in replaced) or (op, resource.urn) in seen:
            continue
        seen.add((op, resource.urn))
        yield _step(op, raw, before, after, renamed)


def _step(op: Op, raw: _Raw, before: ResourceGraph, after: ResourceGraph, renamed: Mapping[str, str]) -> Step:
    new = after.by_urn.get(raw.new.urn) if raw.new and op is not Op.DELETE else None
    old = before.by_urn.get(raw.old.urn, raw.old) if raw.old else before.by_urn.get(new.urn) if new else None
    if op in (Op.CREATE, Op.IMPORT):
        return Step(op=op, certain=True, after=new or raw.new)
    if op is Op.DELETE or old is None or new is None:
        return Step(op=op, certain=True, before=old, after=new)
    changes = tuple(changes_of(old, new, raw.keys, before, after, renamed))
    forced = raw.forced if op is Op.REPLACE else ()
    return Step(
        op=op, certain=True, before=old, after=new, changes=changes, forced_by=forced, hidden=hidden_in(changes)
    )


def _diagnostics(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in _list(document, "diagnostics"):
        if isinstance(one, Mapping) and (message := str(one.get("message") or "").strip()):
            about = str(one.get("urn") or "").split("::", 3)
            where = f"{about[2].rpartition('$')[2]}::{about[3]}: " if len(about) == 4 else ""
            yield str(one.get("severity") or "info"), where + message


def _summary(message: str) -> str:
    """The line of an error that says most: the last of a traceback, else the first."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return lines[-1] if any(line.startswith("Traceback") for line in lines) else " ".join(lines[:3])


def _source(message: str, root: Path) -> SourceLine | None:
    """The innermost line of the project in a traceback."""
    for file, line in reversed(_FRAME.findall(message)):
        path = Path(file)
        if path.is_relative_to(root) and ".venv" not in path.parts and "site-packages" not in path.parts:
            return SourceLine(path.relative_to(root).as_posix(), int(line))
    return None
