"""What the graph of an example shows: the facts with which the figures that it must carry are checked."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from breakwater.analysis import capacity, resilience
from breakwater.analysis.figures import Figure, Verdict
from breakwater.analysis.model import Platform, Workload
from breakwater.analysis.properties import environment
from breakwater.analysis.reading import read
from breakwater.graph import Resource, ResourceGraph

LISTENER, GROUP, ACL = "aws:lb/listener:Listener", "aws:lb/targetGroup:TargetGroup", "aws:wafv2/webAcl:WebAcl"
CACHE, INSTANCE, QUEUE = (
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:rds/instance:Instance",
    "aws:sqs/queue:Queue",
)
DEFINITION, ALARM, LOG_GROUP = (
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cloudwatch/logGroup:LogGroup",
)
MISSING = "not there"


@dataclass(frozen=True)
class Evidence:
    """A deployed example."""

    graph: ResourceGraph

    @cached_property
    def platform(self) -> Platform:
        """The model that the analyses read."""
        return read(self.graph)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """What the models of capacity and resilience say."""
        return (*capacity.capacity(self.platform), *resilience.assess(self.platform).figures)

    def of(self, type_: str) -> tuple[Mapping[str, Any], ...]:
        """Inputs of all resources of a type."""
        return tuple(r.inputs for r in self.graph.of(type_))

    def variables(self, program: str) -> Mapping[str, str]:
        """Environment of a program's container in the primary region."""
        region = self.graph.outputs["primary_region"]
        (definition,) = (r for r in self.graph.of(DEFINITION) if r.name == f"{region}-{program}")
        return environment(definition) or {}

    def workload(self, name: str) -> Workload:
        """A service or worker of the primary region."""
        assert self.platform.primary
        return next(w for w in self.platform.primary.workloads if w.name == name)

    def alarms(self, part: str) -> tuple[Mapping[str, Any], ...]:
        """The alarms whose name holds a text."""
        return tuple(r.inputs for r in self.graph.of(ALARM) if part in r.name)

    def judged(self, name: str) -> list[Figure]:
        """The figures of a name, or that begin with it, that are held against a target or a limit."""
        return [f for f in self.figures if f.verdict is not Verdict.NONE and f.name.startswith(name)]


Check = Callable[[Evidence], tuple[Any, bool]]
"""What was found, and whether it is what must be."""


@dataclass(frozen=True)
class Row:
    """One figure that an example must carry."""

    example: str
    figure: str
    check: Check = field(compare=False)

    def __str__(self) -> str:
        return f"{self.example}: {self.figure}"


def variables(program: str, **wanted: str) -> Check:
    """What a program is told by its environment."""

    def check(evidence: Evidence) -> tuple[Any, bool]:
        told = evidence.variables(program)
        found = {name: told.get(name, MISSING) for name in wanted}
        return found, found == wanted

    return check


def every(type_: str, key: str, wanted: Any) -> Check:
    """A property that all resources of a type have in common."""

    def check(evidence: Evidence) -> tuple[Any, bool]:
        found = [inputs.get(key, MISSING) for inputs in evidence.of(type_)]
        return sorted(set(map(str, found))), bool(found) and all(value == wanted for value in found)

    return check


def exists(type_: str, at_least: int = 1) -> Check:
    """So many resources of a type, or more."""

    def check(evidence: Evidence) -> tuple[Any, bool]:
        found = len(evidence.of(type_))
        return found, found >= at_least

    return check


def met(name: str) -> Check:
    """A target of the stack file that the models say is met, wherever it is asked."""
    return _all_met(lambda evidence: [f for f in evidence.judged(name) if f.target is not None])


def kept(name: str) -> Check:
    """A limit that follows from a target of the stack file, such as minutes for a backlog, and is kept."""
    return _all_met(lambda evidence: [f for f in evidence.judged(name) if f.limit is not None])


def _all_met(of: Callable[[Evidence], list[Figure]]) -> Check:
    def check(evidence: Evidence) -> tuple[Any, bool]:
        found = of(evidence)
        told = [f"{f.region} {f.part}: {f.name} {f.value:.6g} {f.unit}".strip() for f in found if f.value is not None]
        return told, bool(found) and all(f.verdict == Verdict.MET for f in found)

    return check


def holds(of: Callable[[Evidence], Any], wanted: Any = True) -> Check:
    """A fact of the graph and what it must be: a value, or a condition that it must meet."""

    def check(evidence: Evidence) -> tuple[Any, bool]:
        found = of(evidence)
        return found, wanted(found) if callable(wanted) else found == wanted

    return check


def rates(evidence: Evidence) -> dict[str, float]:
    """Requests per second of the firewall's rate rules, by their names."""
    found: dict[str, float] = {}
    for acl in evidence.of(ACL):
        for rule in acl["rules"]:
            if rate := rule["statement"].get("rateBasedStatement"):
                found[rule["name"]] = rate["limit"] / rate["evaluationWindowSec"]
    return found


def redirects(evidence: Evidence) -> bool:
    """Whether each listener on port 80 leads to HTTPS."""
    plain = [inputs for inputs in evidence.of(LISTENER) if inputs["port"] == 80]
    actions = [action for inputs in plain for action in inputs["defaultActions"]]
    return bool(actions) and all(action["redirect"]["protocol"] == "HTTPS" for action in actions)


def secure(evidence: Evidence) -> Iterator[Mapping[str, Any]]:
    """The listeners with TLS."""
    return (inputs for inputs in evidence.of(LISTENER) if inputs["protocol"] == "HTTPS")


def headers(evidence: Evidence) -> set[tuple[str, ...]]:
    """HSTS, CSP, frame and sniff headers of the listeners with TLS."""
    names = ("StrictTransportSecurity", "ContentSecurityPolicy", "XFrameOptions", "XContentTypeOptions")
    return {
        tuple(str(inputs.get(f"routingHttpResponse{name}HeaderValue", MISSING)) for name in names)
        for inputs in secure(evidence)
    }


def tls(evidence: Evidence) -> set[str]:
    """Policies of the listeners with TLS."""
    return {str(inputs["sslPolicy"]) for inputs in secure(evidence)}


def containers(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The containers of a task definition."""
    found: list[dict[str, Any]] = json.loads(definition["containerDefinitions"])
    return found


def named(graph: ResourceGraph, type_: str, part: str) -> list[Resource]:
    """The resources of a type whose name holds a text."""
    return [r for r in graph.of(type_) if part in r.name]
