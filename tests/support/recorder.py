"""Record what a component registers, without any cloud: types, names, inputs and options as the engine would get them.

    recording = record(lambda: Network("net", NetworkArgs(...)))
    vpc = recording.only("aws:ec2/vpc:Vpc")
    assert vpc.inputs["cidrBlock"] == "10.0.0.0/16" and vpc.protect
    assert recording.result.vpc_id == ...            # what the function returned; outputs: recording.value(output)

Every declared output that is not an input is answered with a made-up value: strings are "<name>.<property>", numbers 1,
booleans False. `record(..., preview=True)` answers them as unknown instead, as the engine does in a preview.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks, settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from breakwater.simulator._sdk import Inline, prepared_sdk
from tests.support.made_up import declared_outputs, made_up

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SECRET_KEY = "4dabf18193072939515e22adb298388d"


@dataclass(frozen=True)
class Registration:
    """One RegisterResource request; `inputs` has camelCase keys, secrets as plain values that `secret_inputs` lists."""

    type: str
    name: str
    urn: str
    parent: str
    custom: bool
    inputs: dict[str, Any]
    secret_inputs: frozenset[str]
    protect: bool
    provider: str
    dependencies: tuple[str, ...]
    property_dependencies: dict[str, tuple[str, ...]]
    ignore_changes: tuple[str, ...]
    additional_secret_outputs: tuple[str, ...]
    replace_on_changes: tuple[str, ...]
    delete_before_replace: bool
    retain_on_delete: bool
    aliases: tuple[Any, ...]
    timeouts: dict[str, str]
    """`create` and `update`, where set."""

    def depends_on(self, name: str) -> bool:
        """Whether a resource of this logical name is among the dependencies."""
        return any(urn.rsplit("::", 1)[1] == name for urn in self.dependencies)


@dataclass
class Recording:
    """All registrations in order, without the stack itself."""

    resources: list[Registration] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Registered outputs of each component, by URN."""
    result: Any = None
    _values: dict[int, Any] = field(default_factory=dict)

    def of(self, type_: str) -> list[Registration]:
        """All resources of a type token such as aws:ec2/vpc:Vpc."""
        return [r for r in self.resources if r.type == type_]

    def only(self, type_: str) -> Registration:
        """The one resource of a type; an assertion error where there is none or more than one."""
        found = self.of(type_)
        assert len(found) == 1, f"{len(found)} resources of type {type_}: {[r.name for r in found]}"
        return found[0]

    def get(self, type_: str, name: str) -> Registration:
        """The resource of this type and logical name."""
        found = [r for r in self.of(type_) if r.name == name]
        assert len(found) == 1, f"no {type_} named {name}; there are {[r.name for r in self.of(type_)]}"
        return found[0]

    def counts(self) -> dict[str, int]:
        """How many resources there are of each type, AWS's only."""
        return dict(Counter(r.type for r in self.resources if r.custom and not r.type.startswith("pulumi:")))

    def value(self, output: Any) -> Any:
        """The value of an Output that the recorded program made (None where unknown)."""
        return self._loop.run_until_complete(output.future()) if isinstance(output, pulumi.Output) else output

    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)


def _plain(value: Any) -> tuple[Any, bool]:
    """A protobuf value as plain Python, and whether a secret is in it."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if _SECRET_KEY in fields:
            return _plain(fields["value"])[0], True
        items = {k: _plain(v) for k, v in fields.items()}
        return {k: v for k, (v, _) in items.items()}, any(s for _, s in items.values())
    if kind == "list_value":
        values = [_plain(v) for v in value.list_value.values]
        return [v for v, _ in values], any(s for _, s in values)
    if kind == "number_value":
        number = value.number_value
        return (int(number) if number.is_integer() else number), False
    return (None if kind == "null_value" else getattr(value, kind)), False


class _RecordingMonitor(mocks.MockMonitor):
    def __init__(self, recording: Recording, preview: bool, invokes: dict[str, dict[str, Any]]) -> None:
        super().__init__(_NoMocks())
        self.recording, self.preview, self.invokes, self.urns = recording, preview, invokes, set[str]()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        prefix = f"{parent.split('::')[2]}$" if parent and "pulumi:pulumi:Stack" not in parent.split("::")[2] else ""
        return f"urn:pulumi:{settings.get_stack()}::{settings.get_project()}::{prefix}{type_}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=urn)
        assert urn not in self.urns, f"two resources with the identity {urn}"
        self.urns.add(urn)
        plain = {k: _plain(v) for k, v in request.object.fields.items()}
        inputs = {k: v for k, (v, _) in plain.items()}
        self.recording.resources.append(
            Registration(
                request.type, request.name, urn, request.parent, request.custom, inputs,
                frozenset(k for k, (_, secret) in plain.items() if secret), request.protect, request.provider,
                tuple(request.dependencies), {k: tuple(v.urns) for k, v in request.propertyDependencies.items()},
                tuple(request.ignoreChanges), tuple(request.additionalSecretOutputs), tuple(request.replaceOnChanges),
                request.deleteBeforeReplace, request.retainOnDelete, tuple(request.aliases),
                {k: v for k in ("create", "update") if (v := getattr(request.customTimeouts, k))},
            )
        )  # fmt: skip
        answer = struct_pb2.Struct()
        if request.custom and not request.type.startswith("pulumi:"):
            for key, kind in declared_outputs(request.type).items():
                if key not in inputs:
                    answer.update({key: UNKNOWN if self.preview else made_up(kind, f"{request.name}.{key}")})
        for key, value in request.object.fields.items():
            answer.fields[key].CopyFrom(value)
        identity = "" if self.preview and request.type.startswith("aws:") else f"{request.name}.id"
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identity if request.custom else "", object=answer)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        assert request.urn not in self.recording.outputs, f"register_outputs called twice for {request.urn}"
        self.recording.outputs[request.urn] = {k: _plain(v)[0] for k, v in request.outputs.fields.items()}
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        assert request.tok in self.invokes, (
            f"the component calls {request.tok}; give the answer with record(invokes=...)"
        )
        answer = struct_pb2.Struct()
        answer.update(self.invokes[request.tok])
        return resource_pb2.ResourceInvokeResponse(**{"return": answer})


class _NoMocks(mocks.Mocks):
    def call(self, args: Any) -> Any:
        raise AssertionError(args.token)

    def new_resource(self, args: Any) -> Any:
        raise AssertionError(args.typ)


def record(
    program: Callable[[], Any], *, preview: bool = False, invokes: dict[str, dict[str, Any]] | None = None
) -> Recording:
    """Run `program` in a stack and return all that it registered; its exceptions pass through."""
    recording = Recording()
    asyncio.set_event_loop(recording._loop)
    recording._loop.set_default_executor(Inline())
    settings.SETTINGS.outputs.clear()
    settings.SETTINGS.rpc_manager.clear()
    settings.set_root_resource(recording)  # type: ignore[arg-type]  # keeps set_mocks from registering a stack of its own
    monitor = _RecordingMonitor(recording, preview, invokes or {})
    mocks.set_mocks(_NoMocks(), project="test", stack="unit", preview=preview, monitor=monitor)
    settings.set_root_resource(None)  # type: ignore[arg-type]

    def body() -> None:
        recording.result = program()

    with prepared_sdk(Path(__file__).parents[2]):
        recording._loop.run_until_complete(asyncio.wait_for(run_in_stack(body), timeout=60))
    return recording
