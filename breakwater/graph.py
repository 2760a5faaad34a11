"""The resources of one stack as plain data: what a simulated run, a preview or a `pulumi stack export` says about them.

A `ResourceGraph` is read-only. Its JSON form is that of `pulumi stack export` (version 3): analyses work on either.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from breakwater.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, Secret

STACK_TYPE = "pulumi:pulumi:Stack"

_PHYSICAL = re.compile(
    r"(?:Id|Arn|[aA]rnSuffix|Url|Endpoint|Address|Ip|[dD]nsName|[nN]ameServers|resourceRecord(?:Name|Value))$"
    r"|^(?:id|arn|url|name|identifier|endpoint|address)$"
)
"""Outputs that hold what the provider made up: two deployments of one program differ in them and in nothing else."""
_EC2_ID = re.compile(r"[a-z]+-([0-9a-f]{17})")
_ACCOUNT = re.compile(r"\d{12}")
_SHORTEST = 8
"""Shorter strings are no physical ids; replacing them would hit unrelated text."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A place in the program: path relative to the project, and the line, from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource as it was registered, with what the provider answered."""

    urn: str
    type: str
    name: str
    custom: bool
    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    source: SourceLine | None = None
    callers: tuple[SourceLine, ...] = ()
    """The calls that led to `source`, innermost first, in the project's own files only."""

    @property
    def is_provider(self) -> bool:
        """Whether this is a provider such as pulumi:providers:aws."""
        return self.type.startswith("pulumi:providers:")

    @property
    def is_cloud(self) -> bool:
        """Whether this is something in the cloud: neither a component nor a provider nor the stack."""
        return self.custom and not self.is_provider

    @property
    def label(self) -> str:
        """Type and name without the stack, as errors and reports show it."""
        return f"{self.type}::{self.name}"

    @property
    def region(self) -> str | None:
        """The AWS region that the resource is in, None for global ones and components."""
        region = self.outputs.get("region") or self.inputs.get("region")
        return region if isinstance(region, str) else None


class ResourceGraph:
    """All resources of a stack in the order of their registration."""

    def __init__(self, resources: Iterable[Resource], *, stack: str = "", project: str = "") -> None:
        self.resources: tuple[Resource, ...] = tuple(resources)
        self.stack, self.project = stack, project

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def __len__(self) -> int:
        return len(self.resources)

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """Each resource under its URN."""
        return {r.urn: r for r in self.resources}

    @cached_property
    def children(self) -> Mapping[str, tuple[Resource, ...]]:
        """The children of each resource under the parent's URN, in order; those without a parent are under ""."""
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.parent if resource.parent in self.by_urn else "", []).append(resource)
        return {urn: tuple(rs) for urn, rs in found.items()}

    @cached_property
    def cloud(self) -> tuple[Resource, ...]:
        """The resources that are in the cloud."""
        return tuple(r for r in self.resources if r.is_cloud)

    def of(self, *types: str) -> tuple[Resource, ...]:
        """All resources of these type tokens."""
        return tuple(r for r in self.resources if r.type in types)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs."""
        stacks = self.of(STACK_TYPE)
        return stacks[0].outputs if stacks else {}

    def to_export(self) -> dict[str, Any]:
        """The graph in the shape of `pulumi stack export`, version 3, without a manifest."""
        return {"version": 3, "deployment": {"resources": [_to_state(r, self.normalise) for r in self.resources]}}

    def to_json(self) -> str:
        """`to_export` as text, the same bytes for the same graph."""
        return json.dumps(self.to_export(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_export(cls, document: Mapping[str, Any]) -> "ResourceGraph":
        """Read what `to_export` or `pulumi stack export` wrote; ValueError for anything else."""
        try:
            states = document["deployment"]["resources"] or []
            if document["version"] != 3:
                raise ValueError(f"version {document['version']} of the state format; only 3 is known")
            resources = [resource_from_state(state) for state in states if not state.get("delete")]
            stack, project = _stack_and_project(resources)
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(f"not the output of `pulumi stack export`: {error!r}") from error
        return cls(resources, stack=stack, project=project)

    @classmethod
    def read(cls, file: Path) -> "ResourceGraph":
        """Read a graph file; ValueError names the file where it is none."""
        try:
            return cls.parse(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise ValueError(f"{file}: {error.strerror}") from error
        except ValueError as error:
            raise ValueError(f"{file}: {error}") from error

    @classmethod
    def parse(cls, text: str) -> "ResourceGraph":
        """Read the text of such a file; ValueError where it is none."""
        return cls.from_export(json.loads(text))

    @cached_property
    def _names_of_values(self) -> dict[str, str]:
        """What is written instead of each value that only the provider knows: ${type::name.property}."""
        found: dict[str, str] = {}
        for resource in self.cloud:
            if len(resource.id) >= _SHORTEST and resource.id not in resource.inputs.values():
                found.setdefault(resource.id, f"${{{resource.label}.id}}")
            for key in sorted(resource.outputs.keys() - resource.inputs.keys()):
                for path, value in _physical_values(key, key, resource.outputs[key]):
                    found.setdefault(value, f"${{{resource.label}.{path}}}")
        for resource in self.cloud:
            if made_up := _made_up_in_arn(resource):
                found.setdefault(made_up, f"${{{resource.label}.arn}}")
            if digits := _EC2_ID.fullmatch(resource.id):  # programs make names from what follows the prefix
                found.setdefault(digits[1], f"${{{resource.label}.id}}")
        # What the program wrote itself, such as a fixed name, is not made up, whichever output repeats it.
        for resource in self.cloud:
            for key, value in resource.inputs.items():
                if isinstance(value, str) and not resource.property_dependencies.get(key):
                    found.pop(value, None)
        return found

    @cached_property
    def _lengths_by_start(self) -> dict[str, tuple[int, ...]]:
        """First characters of the values to be replaced → their lengths, longest first.

        A regular expression of them all would try each at each place: seconds for a large stack.
        """
        found: dict[str, set[int]] = {}
        for value in self._names_of_values:
            found.setdefault(value[:_SHORTEST], set()).add(len(value))
        return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}

    def _normalise_text(self, text: str) -> str:
        names, lengths_by_start = self._names_of_values, self._lengths_by_start
        parts: list[str] = []
        done = at = 0
        while at <= len(text) - _SHORTEST:
            for length in lengths_by_start.get(text[at : at + _SHORTEST], ()):
                if name := names.get(text[at : at + length]):
                    parts += text[done:at], name
                    done = at = at + length
                    break
            else:
                at += 1
        return "".join((*parts, text[done:])) if parts else text

    def normalise(self, value: Any) -> Any:
        """The value with physical ids, ARNs and other provider-made strings replaced by ${type::name.property}."""
        if isinstance(value, str):
            return self._normalise_text(value)
        if isinstance(value, Secret):
            return value if value.sealed else Secret(self.normalise(value.value))
        if isinstance(value, Mapping):
            return {k: self.normalise(v) for k, v in value.items()}
        return [self.normalise(v) for v in value] if isinstance(value, list) else value


def _physical_values(path: str, key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Path and text of what the provider made up, anywhere in an output."""
    if isinstance(value, Mapping):
        for name in sorted(value):
            yield from _physical_values(f"{path}.{name}", name, value[name])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _physical_values(f"{path}[{index}]", key, item)
    elif isinstance(value, str) and _PHYSICAL.search(key) and _is_made_up(value):
        yield path, value


def _is_made_up(value: str) -> bool:
    return len(value) >= _SHORTEST and value != UNKNOWN and not _ACCOUNT.fullmatch(value)


def _made_up_in_arn(resource: Resource) -> str | None:
    """The end of the resource's ARN, where that is an id: RDS Proxy gives its own nowhere else."""
    arn = resource.outputs.get("arn")
    end = re.split("[:/]", arn)[-1] if isinstance(arn, str) and arn.startswith("arn:") else ""
    given = any(isinstance(value, str) and end in value for value in resource.inputs.values())
    return end if _is_made_up(end) and not given else None


def _stack_and_project(resources: list[Resource]) -> tuple[str, str]:
    parts = resources[0].urn.removeprefix("urn:pulumi:").split("::") if resources else ["", ""]
    return parts[0], parts[1]


Normaliser = Callable[[Any], Any]


def _to_json_value(value: Any, normalise: Normaliser) -> Any:
    if isinstance(value, Secret):
        # Of the normalised value: a secret that holds physical ids has the same digest in each deployment.
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": normalise(value).digest}
    if isinstance(value, Mapping):
        return {k: _to_json_value(v, normalise) for k, v in value.items()}
    return [_to_json_value(v, normalise) for v in value] if isinstance(value, list | tuple) else value


def _from_json_value(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            if "plaintext" in value:  # as JSON text, by `--show-secrets`
                return Secret(json.loads(value["plaintext"]))
            return Secret(value["ciphertext"], sealed=True)
        return {k: _from_json_value(v) for k, v in value.items()}
    return [_from_json_value(v) for v in value] if isinstance(value, list) else value


def _to_state(r: Resource, normalise: Normaliser) -> dict[str, Any]:
    state: dict[str, Any] = {"urn": r.urn, "custom": r.custom, "type": r.type}
    optional: dict[str, Any] = {
        "id": r.id,
        "inputs": _to_json_value(r.inputs, normalise),
        "outputs": _to_json_value(r.outputs, normalise),
        "parent": r.parent,
        "provider": r.provider,
        "dependencies": list(r.dependencies),
        "propertyDependencies": {k: list(v) for k, v in r.property_dependencies.items() if v},
        "protect": r.protect,
        "retainOnDelete": r.retain_on_delete,
        "ignoreChanges": list(r.ignore_changes),
        "aliases": list(r.aliases),
        "sourcePosition": f"project:///{r.source.path}#{r.source.line}" if r.source else "",
        "stackTrace": [{"sourcePosition": f"project:///{c.path}#{c.line}"} for c in r.callers],
    }
    return state | {k: v for k, v in optional.items() if v}


def _source_line(position: str) -> SourceLine | None:
    """The place, where it is inside the project: the engine names those of the SDK and of its own too, by `../`."""
    match = re.fullmatch(r"project:///(?!\.\./)([^#]+)#(\d+)(?:,\d+)?", position)
    return SourceLine(match[1], int(match[2])) if match else None


def _without_defaults(value: Any) -> Any:
    """Inputs without what the provider filled in: it keeps the names of those, also of objects within, beside them."""
    if isinstance(value, list):
        return [_without_defaults(item) for item in value]
    if not isinstance(value, dict):
        return value
    filled = value.get("__defaults")
    names = {"__defaults", *filled} if isinstance(filled, list) else set()
    return {key: _without_defaults(item) for key, item in value.items() if key not in names}


def resource_from_state(state: Mapping[str, Any]) -> Resource:
    """One resource of an export, or of a step of a preview; KeyError and the like where it is none."""
    urn: str = state["urn"]
    callers = (_source_line(frame.get("sourcePosition", "")) for frame in state.get("stackTrace") or ())
    return Resource(
        urn=urn,
        type=state["type"],
        name=urn.split("::", 3)[3],
        custom=state["custom"],
        id=state.get("id", ""),
        inputs=_from_json_value(_without_defaults(state.get("inputs") or {})),
        outputs=_from_json_value(state.get("outputs") or {}),
        parent=state.get("parent", ""),
        provider=state.get("provider", ""),
        dependencies=tuple(state.get("dependencies") or ()),
        property_dependencies={k: tuple(v or ()) for k, v in (state.get("propertyDependencies") or {}).items()},
        protect=state.get("protect", False),
        retain_on_delete=state.get("retainOnDelete", False),
        ignore_changes=tuple(state.get("ignoreChanges") or ()),
        aliases=tuple(state.get("aliases") or ()),
        source=_source_line(state.get("sourcePosition", "")),
        callers=tuple(c for c in callers if c),
    )
