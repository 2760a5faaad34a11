"""How a resource type is created in the simulated AWS: the calls behind it, where each input goes, where the outputs
come from.

A `Handler` is a declaration. `Handler.create` runs it for one resource and refuses what it cannot account for: an
input that no parameter receives is an error unless `held` names it with the reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from breakwater.simulator._moto import ACCOUNT_ID
from breakwater.simulator.aws import AwsError, SimulatedAws
from breakwater.simulator.mapping import MappingError, at, plain, tags, to_outputs, to_parameters, without
from breakwater.simulator.naming import PREFIXES
from breakwater.simulator.service_model import operation_model


@dataclass(slots=True)
class Creation:
    """One resource while it is created."""

    aws: SimulatedAws
    type: str
    name: str
    """The logical name."""
    urn: str
    region: str
    inputs: Mapping[str, Any]
    """Without secrets' wrapping, with the automatic name and the region, `tagsAll` merged from the provider's default
    tags."""
    answers: list[dict[str, Any]] = field(default_factory=list)
    """What the calls so far answered; {} for those that are held by the overlay."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """What they were asked, also what was not sent to moto; {} for a call that was left out."""
    id: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)
    """From the answers so far."""

    @property
    def account(self) -> str:
        """The id of the simulated account."""
        return ACCOUNT_ID

    @property
    def tags(self) -> Mapping[str, str]:
        """All tags: the resource's own and the provider's defaults."""
        found: Mapping[str, str] = self.inputs.get("tagsAll", {})
        return found

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """An ARN in this account; region="" for a global service."""
        return f"arn:aws:{service}:{self.region if region is None else region}:{ACCOUNT_ID}:{resource}"

    def call(self, call: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call such as "ec2:DescribeVpcs" in the resource's region."""
        service, operation = call.split(":")
        return self.aws.call(service, operation, self.region, parameters)


Parameters = Callable[[Creation], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One API call of a handler."""

    operation: str
    """Service (botocore's name) and operation, such as "ec2:CreateVpc"."""
    inputs: frozenset[str] | None = None
    """The inputs that are mapped onto parameters by name; None: all, for the first call that is made only."""
    rename: Mapping[str, str] = field(default_factory=dict)
    """The member for an input (or nested path) whose name differs."""
    parameters: Parameters | None = None
    """Further parameters, which win over mapped ones."""
    each: Callable[[Creation], Iterable[Mapping[str, Any]]] | None = None
    """One call per set of parameters, in place of a single one; the last answer is kept."""
    consumes: frozenset[str] = frozenset()
    """The inputs that `parameters` or `each` has taken care of."""
    reshape: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """Changes the form of the mapped inputs first, where their blocks are nested otherwise than the API's."""
    withheld: frozenset[str] = frozenset()
    """Parameters that are checked but not sent, because moto fails on them; `amend` or a later call makes up for it."""
    when: Callable[[Creation], bool] | None = None
    """Whether to make the call at all; always if None."""
    simulated: bool | Callable[[Creation], bool] = True
    """False where moto lacks the operation: the request is checked against the service model, the overlay holds it."""
    region: Callable[[Creation], str] | None = None
    """Where to make the call, if not in the resource's region."""


@dataclass(frozen=True, kw_only=True)
class Handler:
    """All about one resource type."""

    type: str
    calls: tuple[Call, ...]
    id: str | Callable[[Creation], str]
    """The path of the id in the first answer, or how to make it."""
    result: str = ""
    """The path of the structure in the first answer whose members become outputs of the same name."""
    outputs: Callable[[Creation], Mapping[str, Any]] | None = None
    """Further outputs; those that the SDK does not declare are an error."""
    amend: Callable[[Creation], None] | None = None
    """Writes into moto's store what its API loses, so that boto3 sees it; after the calls, before `outputs`."""
    held: Mapping[str, str] = field(default_factory=dict)
    """Inputs that no API parameter receives, each with the reason."""
    tag_type: str = ""
    """EC2's name of the type in TagSpecifications."""
    region_of_calls: str = ""
    """A fixed region for the calls, for services that live in one."""

    @cached_property
    def tagged_by_call(self) -> bool:
        """Whether the first call takes the tags."""
        shape = self._shape(self.calls[0])
        return shape is not None and any(m in shape.members for m in ("Tags", "tags", "TagSpecifications", "TagList"))

    def create(self, creation: Creation) -> None:
        """Make the calls and fill in id and outputs; AwsError or MappingError where something is refused."""
        elsewhere = {"region", "tagsAll", *self.held, *PREFIXES}
        pending = {k for k, v in creation.inputs.items() if v is not None} - elsewhere
        if "tags" in pending and not any("tags" in call.consumes for call in self.calls) and self.tagged_by_call:
            pending.discard("tags")
        first = True
        for call in self.calls:
            if call.when is not None and not call.when(creation):
                pending -= call.consumes
                creation.answers.append({})
                creation.requests.append({})
                continue
            self._make(call, first, creation, pending)
            if first:
                self._identify(creation)
                first = False
        if pending:
            listed = ", ".join(sorted(pending))
            raise MappingError(f"the simulator gives these inputs to no API parameter of {self.type}: {listed}")
        if self.amend is not None:
            self.amend(creation)
        if self.outputs is not None:
            creation.outputs.update(self.outputs(creation))

    def _shape(self, call: Call) -> Any:
        service, operation = call.operation.split(":")
        return operation_model(service, operation).input_shape

    def _make(self, call: Call, first: bool, creation: Creation, pending: set[str]) -> None:
        shape = self._shape(call)
        if call.inputs is not None:
            names: Iterable[str] = call.inputs
        else:
            names = pending - call.consumes if first else ()
        mapped = {k: creation.inputs[k] for k in sorted(names) if creation.inputs.get(k) is not None}
        given = call.reshape(mapped) if call.reshape else mapped
        parameters, homeless = to_parameters(shape, given, call.rename)
        if nested := [path for path in homeless if ("." in path or path not in mapped) and path not in self.held]:
            raise MappingError(f"{call.operation} has no parameter for {', '.join(nested)} of {self.type}")
        pending -= (mapped.keys() - set(homeless)) | call.consumes
        if first and creation.tags and self.tagged_by_call:
            self._add_tags(shape, parameters, creation)
        if call.parameters is not None:
            parameters |= call.parameters(creation)
        answer: dict[str, Any] = {}
        request: dict[str, Any] = {}
        for one in [parameters] if call.each is None else call.each(creation):
            request = {k: v for k, v in one.items() if v is not None}
            answer = self._send(call, creation, request)
        creation.answers.append(answer)
        creation.requests.append(request)

    def _send(self, call: Call, creation: Creation, parameters: dict[str, Any]) -> dict[str, Any]:
        service, operation = call.operation.split(":")
        simulated = call.simulated(creation) if callable(call.simulated) else call.simulated
        if call.withheld or not simulated:
            creation.aws.check(service, operation, parameters)
        if not simulated:
            return {}
        region = call.region(creation) if call.region else self.region_of_calls or creation.region
        return creation.aws.call(service, operation, region, without(parameters, call.withheld))

    def _add_tags(self, shape: Any, parameters: dict[str, Any], creation: Creation) -> None:
        if self.tag_type:  # RDS has TagSpecifications too, but the provider sends it Tags
            pairs = [{"Key": k, "Value": v} for k, v in creation.tags.items()]
            parameters["TagSpecifications"] = [{"ResourceType": self.tag_type, "Tags": pairs}]
            return
        member = next(m for m in ("Tags", "tags", "TagList") if m in shape.members)
        parameters[member] = tags(creation.tags, shape.members[member])

    def _identify(self, creation: Creation) -> None:
        answer = creation.answers[-1]
        if self.result:
            creation.outputs.update(to_outputs(self.type, plain(at(answer, self.result))))
        creation.id = str(self.id(creation) if callable(self.id) else at(answer, self.id))


__all__ = ["AwsError", "Call", "Creation", "Handler", "MappingError"]
