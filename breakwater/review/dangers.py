"""What holds data or serves requests and would be deleted or replaced, and what stands between."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from breakwater.graph import Resource, ResourceGraph
from breakwater.review.causes import Causes
from breakwater.review.model import Danger, Op, Step, Weight
from breakwater.review.replacement import Holds, holds, kind_of
from breakwater.review.safeguards import safeguards


def dangers(
    steps: Sequence[Step], before: ResourceGraph, after: ResourceGraph, *, production: bool
) -> tuple[Danger, ...]:
    """The heaviest first, then in the order of the steps."""
    causes = Causes(steps, before, after)
    found = [danger for step in steps for danger in _of(step, causes, production)]
    return tuple(sorted(_together(found, causes), key=lambda danger: -danger.weight))


def _together(found: Sequence[Danger], causes: Causes) -> Iterator[Danger]:
    """Each store by itself; what merely serves or records once for each cause."""
    groups: dict[tuple[str, ...], list[Danger]] = {}
    for danger in found:
        step = danger.step
        held = holds(step.before or step.resource)
        alone = held not in (Holds.SERVES, Holds.RECORDS)
        groups.setdefault((held, step.op, step.resource.urn if alone else causes.group(step)), []).append(danger)
    for first, *others in groups.values():
        if others:
            also = tuple(other.step.resource.label for other in others)
            yield replace(first, what=f"{first.what}; with it {len(also)} more", also=also)
        else:
            yield first


def _of(step: Step, causes: Causes, production: bool) -> Iterator[Danger]:
    if step.op not in (Op.DELETE, Op.REPLACE) or step.before is None:
        return
    held = holds(step.before)
    if held is Holds.NOTHING:
        return
    weight, what = _weight(step, step.before, held, production), _what(step, step.before, held)
    if strands := causes.strands(step):
        weight, what = Weight.BLOCK, f"{what}; {strands} cannot follow"
    yield Danger(
        step=step,
        weight=weight,
        what=what,
        safeguards=safeguards(step.before),
        cause=causes.of(step),
        touches=causes.touched(step),
        renamed_to=causes.successor(step) if held is Holds.DATA else "",
        source=causes.line(step),
    )


def _weight(step: Step, resource: Resource, held: Holds, production: bool) -> Weight:
    if held is not Holds.DATA:
        return Weight.APPROVAL
    if resource.retain_on_delete and step.op is Op.DELETE:
        return Weight.APPROVAL if production else Weight.NOTE
    return Weight.APPROVAL if safeguards(resource) and not production else Weight.BLOCK


def _what(step: Step, resource: Resource, held: Holds) -> str:
    may = "is" if step.certain else "may be"
    does = "deleted" if step.op is Op.DELETE else "replaced by a new, empty one" if held is Holds.DATA else "replaced"
    kept = resource.retain_on_delete
    kind = kind_of(resource)
    consequence = {
        Holds.DATA: "its data stays behind, unused" if kept else kind.loss or "its data is lost",
        Holds.COPY: "its data is elsewhere too; what it serves is not",
        Holds.RECORDS: "what it recorded is lost",
        Holds.SERVES: kind.loss or "what goes through it stops",
    }[held]
    if held is Holds.SERVES and step.op is Op.REPLACE and not kind.loss:
        consequence = "what goes through it moves to the new one, or stops meanwhile"
    return f"the {kind.what} {resource.name} {may} {does}: {consequence}"
