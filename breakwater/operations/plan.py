"""A plan: what is there, what differs, and how to make it so. Nothing in it deletes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Action = Literal["keep", "change", "create"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One resource as it was found."""

    kind: str
    """What it is, such as `S3 bucket`."""
    name: str
    action: Action
    details: Sequence[str] = ()
    """What will be set on it; of one that exists, each difference."""
    warnings: Sequence[str] = ()
    """What is on it that is not from here and stays."""
    apply: Callable[[], None] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The step under `--json`."""
        return {
            "kind": self.kind,
            "name": self.name,
            "action": self.action,
            "details": list(self.details),
            "warnings": list(self.warnings),
        }


class Resource(Protocol):
    """Something that has to exist."""

    def look(self) -> Step:
        """Compare it with what there is; reads only."""


def planned(resources: Sequence[Resource]) -> list[Step]:
    """What there is to do, in order."""
    return [resource.look() for resource in resources]


def carried_out(resources: Sequence[Resource], tell: Callable[[Step], None]) -> list[Step]:
    """Do it: each is looked at again first, as what came before it may have given it what it refers to."""
    done = []
    for resource in resources:
        step = resource.look()
        if step.action != "keep":
            step.apply()
            tell(step)
        done.append(step)
    return done


def nothing() -> None:
    """What a step that keeps a resource does."""


def settled(kind: str, name: str, differences: Sequence[str], apply: Callable[[], None], **more: Any) -> Step:
    """The step of a resource that exists."""
    action: Action = "change" if differences else "keep"
    return Step(kind=kind, name=name, action=action, details=differences, apply=apply, **more)
