"""The project's own policy rules over a graph: the same ones that its CrossGuard pack gives to Pulumi's engine."""

import importlib
import traceback
from dataclasses import dataclass

from breakwater.graph import ResourceGraph, SourceLine
from breakwater.project import Stack, project_modules

PACKAGE = "policies.rules"


@dataclass(frozen=True, slots=True)
class Violation:
    """A mandatory rule that a resource breaks."""

    rule: str
    urn: str
    type: str
    name: str
    message: str
    remedy: str
    source: SourceLine | None
    """Where the resource is declared."""


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """What the rules said."""

    rules: int
    """How many there are; 0 in a project without policies."""
    violations: tuple[Violation, ...]
    error: str = ""
    """Set where a rule itself failed: then nothing is known."""


def check(stack: Stack, graph: ResourceGraph) -> PolicyResult:
    """Run the rules of the stack's project; without `policies/rules` there are none."""
    if not stack.root.joinpath(*PACKAGE.split("."), "__init__.py").is_file():
        return PolicyResult(0, ())
    with project_modules(stack.root):
        try:
            rules = importlib.import_module(PACKAGE)
            found = [
                _violation(graph, v.rule.name, v.urn, v.message, v.rule.remedy) for v in rules.evaluate(list(graph))
            ]
            return PolicyResult(len(rules.ALL), tuple(found))
        except Exception as error:  # a fault of a rule, told like any other instead of a traceback
            frame = traceback.extract_tb(error.__traceback__)[-1]
            return PolicyResult(0, (), f"{type(error).__name__}: {error} ({frame.filename}:{frame.lineno})")


def _violation(graph: ResourceGraph, rule: str, urn: str, message: str, remedy: str) -> Violation:
    resource = graph.by_urn[urn]
    return Violation(rule, urn, resource.type, resource.name, message, remedy, resource.source)
