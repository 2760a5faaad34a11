"""The resource monitor that Pulumi's SDK talks to instead of the engine: it registers, names, tags and creates.

What the engine and the AWS provider do around a creation is done here: URNs, automatic names, default tags, the
region of the provider, secrets, and what depends on a failed resource is skipped.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from google.protobuf import empty_pb2
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2

from breakwater.graph import STACK_TYPE, Resource, SourceLine
from breakwater.project import Stack
from breakwater.simulator import naming, values
from breakwater.simulator.aws import AwsError, SimulatedAws
from breakwater.simulator.handler import Creation, Handler, MappingError
from breakwater.simulator.sdk_types import declared_outputs, matches
from breakwater.values import UNKNOWN, Secret, conceal, contains_unknown, reveal, secret_texts


@dataclass(frozen=True, slots=True)
class Failure:
    """A resource that could not be created, or was not tried because of another."""

    urn: str
    type: str
    name: str
    reason: str
    source: SourceLine | None = None
    callers: tuple[SourceLine, ...] = ()
    skipped: bool = False
    """Not tried: something that it depends on failed."""


class Observer(Protocol):
    """Who wants to know how a run goes on."""

    def registered(self, resource: Resource, seconds: float, failure: Failure | None) -> None:
        """A resource is done: how long it took, and what was wrong with it."""


@dataclass(slots=True)
class _Provider:
    region: str | None
    default_tags: Mapping[str, str]


_ELSEWHERE = _Provider("us-east-1", {})
"""Of resources that are in no region, such as images; their default providers are not disabled."""


@dataclass(slots=True)
class World:
    """What has come of a run so far."""

    resources: list[Resource] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    """URN → place in `resources`."""


class SimulatorMonitor(mocks.MockMonitor):
    """Answers the SDK; `aws` None is a preview, in which nothing is created and what is not an input is unknown."""

    def __init__(
        self,
        stack: Stack,
        aws: SimulatedAws | None,
        handlers: Mapping[str, Handler],
        invokes: Mapping[str, Callable[[Mapping[str, Any], str], Mapping[str, Any]]],
        observer: Observer | None = None,
    ) -> None:
        super().__init__(_NO_MOCKS)
        self.world = World()
        self._stack, self._aws, self._handlers, self._invokes, self._observer = stack, aws, handlers, invokes, observer
        self._providers: dict[str, _Provider] = {}
        self._broken: set[str] = set()
        self._root = f"{stack.root.as_uri()}/"

    # -- the SDK's side; the names are the protocol's

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        """Register one resource and answer with its id and outputs."""
        started = time.perf_counter()
        urn = self._urn(request.parent, request.type, request.name)
        inputs = values.from_struct(request.object)
        source, callers = self._position(request)
        failure = self._refusal(urn, request, inputs)
        answer = resource_pb2.RegisterResourceResponse(urn=urn)
        identity = ""
        outputs: Mapping[str, Any] = inputs
        if failure is None and request.custom:
            try:
                identity, outputs = self._create(urn, request, inputs)
            except (AwsError, MappingError, naming.NameTooLongError) as error:
                failure = str(error)
            except Exception as error:  # a fault of the simulator: reported like any other failure, with its kind
                failure = f"the simulator's handler failed: {type(error).__name__}: {error}"
        for text in secret_texts(inputs) if failure else ():
            failure = failure.replace(text, "[secret]") if failure else None
        skipped = failure is not None and failure.startswith(_SKIPPED)
        record = Failure(urn, request.type, request.name, failure, source, callers, skipped) if failure else None
        if failure:
            answer.result = resource_pb2.Result.FAIL
            self._broken.add(urn)
        else:
            self._fill(answer, request, identity, inputs, outputs)
        resource = Resource(
            urn=urn, type=request.type, name=request.name, custom=request.custom, id=identity, inputs=inputs,
            outputs=outputs, parent=request.parent, provider=request.provider,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={k: tuple(sorted(v.urns)) for k, v in sorted(request.propertyDependencies.items())},
            protect=request.protect, retain_on_delete=request.retainOnDelete,
            ignore_changes=tuple(request.ignoreChanges),
            aliases=tuple(self._alias(a, request) for a in request.aliases), source=source, callers=callers,
        )  # fmt: skip
        if urn not in self.world.index:
            self.world.index[urn] = len(self.world.resources)
            self.world.resources.append(resource)
        if record:
            self.world.failures.append(record)
        if self._observer:
            self._observer.registered(resource, time.perf_counter() - started, record)
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        """Keep what a component or the stack registers as its outputs."""
        index = self.world.index[request.urn]
        self.world.resources[index] = _with_outputs(self.world.resources[index], values.from_struct(request.outputs))
        return empty_pb2.Empty()

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Refuse: a fresh account holds nothing that a program could read."""
        raise MappingError(
            f"{request.type}::{request.name} reads the existing resource {request.id!r}; the simulated account is empty"
        )

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        """Answer a function of the provider."""
        function = self._invokes.get(request.tok)
        if function is None:
            known = ", ".join(sorted(self._invokes))
            raise MappingError(f"the simulator has no answer to the function {request.tok}; it has {known}")
        provider = self._provider_of(request.provider)
        region = provider.region if provider and provider.region else "us-east-1"
        response = resource_pb2.ResourceInvokeResponse()
        for key, value in function(reveal(values.from_struct(request.args)), region).items():
            values.set_field(getattr(response, "return"), key, value)
        return response

    # -- the engine's and the provider's side

    def _urn(self, parent: str, type_: str, name: str) -> str:
        """The identity as the engine makes it: the chain of all ancestors' types but the stack's."""
        ancestors = parent.split("::")[2] if parent else ""
        chain = f"{ancestors}$" if ancestors and ancestors != STACK_TYPE else ""
        return f"urn:pulumi:{self._stack.name}::{self._stack.project}::{chain}{type_}::{name}"

    def _alias(self, alias: Any, request: Any) -> str:
        """The URN that an alias means: what it does not say is as it is now."""
        if alias.urn:
            return str(alias.urn)
        spec = alias.spec
        parent = "" if spec.noParent else spec.parentUrn or request.parent
        urn = self._urn(parent, spec.type or request.type, spec.name or request.name)
        stack, project, rest = urn.removeprefix("urn:pulumi:").split("::", 2)
        return f"urn:pulumi:{spec.stack or stack}::{spec.project or project}::{rest}"

    def _position(self, request: Any) -> tuple[SourceLine | None, tuple[SourceLine, ...]]:
        """Where the program declared the resource, and who called that; only the project's own files count."""
        found: list[SourceLine] = []
        for frame in request.stackTrace.frames:
            uri = frame.pc.uri
            if uri.startswith(self._root) and "/.venv/" not in uri and "/breakwater/" not in uri[len(self._root) - 1 :]:
                line = SourceLine(uri[len(self._root) :], frame.pc.line)
                if not found or found[-1] != line:
                    found.append(line)
        return (found[0], tuple(found[1:])) if found else (None, ())

    def _refusal(self, urn: str, request: Any, inputs: Mapping[str, Any]) -> str | None:
        """Why the resource cannot be tried at all."""
        if urn in self.world.index:
            return "another resource of the program has the same type, name and parent: give one of them another name"
        needed = {
            *request.dependencies,
            request.parent,
            *(u for d in request.propertyDependencies.values() for u in d.urns),
        }
        if broken := sorted(needed & self._broken):
            return f"{_SKIPPED}: it depends on {', '.join(u.split('::', 3)[-1] for u in broken)}"
        if self._aws is None or not request.custom:
            return None
        if unknown := sorted(k for k, v in inputs.items() if contains_unknown(v)):
            sources = {k: [u.split("::")[-1] for u in request.propertyDependencies[k].urns] for k in unknown}
            listed = "; ".join(f"{k} (from {', '.join(s) or 'the program'})" for k, s in sources.items())
            return f"the simulator has no value for an output that these inputs need: {listed}"
        return None

    def _provider_of(self, reference: str) -> _Provider | None:
        return self._providers.get(reference.rpartition("::")[0])

    def _create(self, urn: str, request: Any, inputs: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        if request.type.startswith("pulumi:providers:"):
            self._providers[urn] = _provider(inputs)
            return f"{request.name}-id", inputs
        if not declared_outputs(request.type):
            raise MappingError(f"{request.type} is not a resource type of the pulumi-aws SDK")
        provider = self._provider_of(request.provider)
        if not request.type.startswith("aws:"):
            provider = _ELSEWHERE
        if provider is None:
            raise MappingError(
                "no explicit provider: default providers are disabled, pass the region's provider to the component"
            )
        plain = reveal(dict(inputs))
        region = plain.get("region") or provider.region
        if not region:
            raise MappingError("the provider has no region")
        completed = plain | naming.auto_name(request.type, request.name, urn, inputs)
        declared = declared_outputs(request.type)
        if "region" in declared:
            completed["region"] = region
        if "tagsAll" in declared:
            completed["tagsAll"] = dict(provider.default_tags) | (plain.get("tags") or {})
        handler = self._handlers.get(request.type)
        if handler is None:
            raise MappingError(
                f"the simulator has no handler for {request.type}: add one in breakwater/simulator/handlers"
            )
        if self._aws is None:
            return "", dict.fromkeys(declared, UNKNOWN) | completed | dict(inputs)
        creation = Creation(self._aws, request.type, request.name, urn, region, completed)
        handler.create(creation)
        for name, value in creation.outputs.items():
            if name not in declared:
                raise MappingError(
                    f"the simulator's handler gives {request.type} the output {name}, which it does not have"
                )
            if not matches(declared[name], value):
                raise MappingError(
                    f"the simulator's handler gives {request.type}.{name} {value!r}, not {declared[name]}"
                )
        # What the program gave stays as it gave it, secrets as secrets; wherever else they turn up, they are secrets
        # too.
        answered = conceal(creation.outputs | completed, secret_texts(dict(inputs)))
        outputs = answered | {name: _with_answer(value, creation.outputs.get(name)) for name, value in inputs.items()}
        for name in request.additionalSecretOutputs:
            if outputs.get(name) is not None and not isinstance(outputs[name], Secret):
                outputs[name] = Secret(outputs[name])
        return creation.id, dict(sorted(outputs.items()))

    def _fill(
        self, answer: Any, request: Any, identity: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
    ) -> None:
        answer.id = identity
        answer.object.CopyFrom(request.object)
        for key, value in outputs.items():
            if key not in inputs or value is not inputs[key]:
                values.set_field(answer.object, key, value)
        if self._aws is not None and request.custom:
            for key in declared_outputs(request.type):
                if key not in outputs and key != "id":
                    answer.object.fields[key].string_value = UNKNOWN


_SKIPPED = "skipped"


def _provider(inputs: Mapping[str, Any]) -> _Provider:
    region = inputs.get("region")
    # A provider's inputs are JSON strings where they are not strings.
    default_tags = json.loads(inputs["defaultTags"]) if "defaultTags" in inputs else {}
    return _Provider(region if isinstance(region, str) else None, default_tags.get("tags", {}))


def _with_answer(given: Any, answered: Any) -> Any:
    """An input as the program gave it, a block with what the answer has beyond it."""
    if isinstance(given, Mapping) and isinstance(answered, Mapping) and answered.keys() - given.keys():
        return {**answered, **given}
    return given


def _with_outputs(resource: Resource, outputs: Mapping[str, Any]) -> Resource:
    return Resource(**{f: getattr(resource, f) for f in Resource.__slots__} | {"outputs": outputs})


class _NoMocks(mocks.Mocks):
    """MockMonitor wants one; nothing of this monitor asks it."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(f"{args.token}: the monitor answers by itself")

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise AssertionError(f"{args.typ}: the monitor answers by itself")


_NO_MOCKS = _NoMocks()
__all__: Sequence[str] = ["Failure", "Observer", "SimulatorMonitor", "World"]
