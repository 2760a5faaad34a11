"""What a rule is and how it reads values. Nothing here knows Pulumi: pack, simulator and tests call the same rules.

A rule sees plain values only (`plain`): mappings, lists, text, numbers, booleans, None, and UNKNOWN for whatever is
known only after deployment. A rule never complains about UNKNOWN: it runs again when the value is there.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that a preview cannot know."""

# One sentinel for each kind of value: pulumi_policy/proxy.py, sdk/go/common/resource/plugin/rpc.go.
_SENTINELS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)

Properties: TypeAlias = Mapping[str, Any]
"""Inputs of one resource, camelCase, plain."""


class StackResource(Protocol):
    """What `evaluate` needs of a resource, however it was recorded."""

    @property
    def type(self) -> str:
        """Type token, such as aws:sqs/queue:Queue."""

    @property
    def urn(self) -> str:
        """Identity in the stack."""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Inputs by camelCase name; secrets may be wrapped in an object with a `value`."""

    @property
    def provider(self) -> str:
        """Reference of the provider, `<urn>::<id>`; empty where there is none."""

    @property
    def property_dependencies(self) -> Mapping[str, Sequence[str]]:
        """URNs that the value of each input came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource as rules see it."""

    type: str
    """Type token."""
    urn: str
    """Identity in the stack."""
    properties: Properties
    """Plain inputs, the provider's default tags among its `tags`."""
    references: Mapping[str, frozenset[str]]
    """URNs that each property's value came from: known in a preview too, when the value itself is not."""

    def refers(self, *names: str) -> frozenset[str]:
        """URNs that the values of these properties came from."""
        return frozenset[str]().union(*(self.references.get(name, frozenset()) for name in names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule about one resource at a time."""

    name: str
    """Identity in the pack: lower-case words joined by hyphens."""
    description: str
    """What must hold, one sentence."""
    remedy: str
    """What to change, one sentence."""
    controls: tuple[str, ...] = ()
    """Controls of AWS Foundational Security Best Practices that it serves; none where that standard has none."""
    types: frozenset[str]
    """Type tokens that it looks at."""
    check: Callable[[Properties], Iterable[str]]
    """Yields one message for each violation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRule:
    """A rule about how the resources of a stack stand to each other."""

    name: str
    """Identity in the pack."""
    description: str
    """What must hold, one sentence."""
    remedy: str
    """What to change, one sentence."""
    controls: tuple[str, ...] = ()
    """Controls that it serves."""
    check: Callable[[Sequence[Resource]], Iterable[tuple[str, str]]]
    """Yields URN and message of each violation."""


AnyRule: TypeAlias = Rule | StackRule


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule; all are mandatory."""

    rule: AnyRule
    """The rule, with its remedy."""
    urn: str
    """Resource that breaks it."""
    message: str
    """What is wrong with this resource."""


def plain(value: Any) -> Any:
    """The value without wrappers, every kind of unknown as UNKNOWN."""
    if isinstance(value, str):
        return UNKNOWN if value in _SENTINELS else value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    # A secret's wrapper: rules look inside, and their messages never show a value. Assets have none: opaque.
    return plain(getattr(value, "value", UNKNOWN))


def with_default_tags(properties: Properties, provider: Properties) -> Properties:
    """The inputs as the AWS provider completes them: its default tags below the resource's own."""
    defaults = provider.get("defaultTags")
    shared = block(document(defaults) if defaults != UNKNOWN else UNKNOWN, "tags") or {}
    own = properties.get("tags") or {}
    if UNKNOWN in (shared, own):
        return {**properties, "tags": UNKNOWN}
    return {**properties, "tags": {**shared, **own}}


def off(value: Any) -> bool:
    """Whether a switch is known not to be on."""
    return value not in (True, "true", UNKNOWN)


def absent(value: Any) -> bool:
    """Whether a value is known to be missing or empty."""
    return value is None or value in ("", [], {})


def items(value: Any) -> list[Any]:
    """One value or several as a list; empty where absent or unknown."""
    if absent(value) or value == UNKNOWN:
        return []
    return list(value) if isinstance(value, list) else [value]


def block(value: Any, *path: str) -> Any:
    """The value at a path of nested blocks: None where a block is missing, UNKNOWN below an unknown one."""
    for name in path:
        if value == UNKNOWN or not isinstance(value, Mapping):
            return UNKNOWN if value == UNKNOWN else None
        value = value.get(name)
    return value


def document(value: Any) -> Any:
    """JSON text, or a value given as such, parsed; None where absent, unknown or broken (AWS refuses broken JSON)."""
    if not isinstance(value, str):
        return value
    if value == UNKNOWN:
        return None
    try:
        return plain(json.loads(value))
    except ValueError:
        return None
