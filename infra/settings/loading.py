"""From a stack's configuration to Settings, or to one error that lists all that is wrong."""

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from infra.settings._edge import edge_problems
from infra.settings._functions import function_problems
from infra.settings._images import image_problems
from infra.settings._load import load_problems
from infra.settings._messaging import messaging_problems
from infra.settings._options import option_problems
from infra.settings._regions import region_problems
from infra.settings._secrets import secret_problems
from infra.settings._stores import store_problems
from infra.settings._targets import target_problems
from infra.settings._workloads import workload_problems
from infra.settings.deployments import deployment_problems
from infra.settings.models import Settings
from infra.settings.observability import observability_problems
from infra.settings.parsing import parse
from infra.settings.problems import KEY, ConfigurationError, Problem
from infra.settings.routing import routing_problems
from infra.settings.source import StackSource, secret_problem

STACK_FILE_VARIABLE = "BREAKWATER_STACK_FILE"
"""Environment variable naming the stack file, for messages; default Pulumi.<stack>.yaml beside Pulumi.yaml."""


def validate(document: Mapping[str, Any] | Any, *, source: StackSource | None = None) -> Settings:
    """The settings in a document; ConfigurationError with all problems otherwise. Needs neither Pulumi nor AWS.

    `source` is the stack file the document came from: problems are then told with file and line.
    """
    problems = list(source.problems()) if source else []
    settings, unfit, broken = parse(document)
    if settings is not None:
        rules = (
            *region_problems(settings),
            *workload_problems(settings),
            *load_problems(settings),
            *deployment_problems(settings),
            *option_problems(settings),
            *observability_problems(settings),
            *routing_problems(settings),
            *edge_problems(settings),
            *store_problems(settings),
            *messaging_problems(settings),
            *function_problems(settings),
            *image_problems(settings),
            *secret_problems(settings),
            *target_problems(settings),
        )
        unfit += [problem for problem in rules if not problem.rests_on(broken)]
    problems += [located(problem, source) for problem in unfit]
    if problems or settings is None:
        raise ConfigurationError(
            sorted(problems, key=lambda p: (p.line or 0, [str(part) for part in p.path], p.message))
        )
    return settings


def located(problem: Problem, source: StackSource | None) -> Problem:
    """The problem with its place in the stack file."""
    if source is None or problem.line is not None:
        return problem
    return dataclasses.replace(problem, file=source.file, line=source.line(problem.path))


def load() -> Settings:
    """The settings of the stack that Pulumi runs; ConfigurationError where they are refused."""
    # Imported here so that schema and validation work where no Pulumi program runs.
    import pulumi
    from pulumi.runtime import is_config_secret

    source = _source(pulumi.get_stack())
    text = pulumi.Config("breakwater").get("platform")
    if text is None:
        file = source.file if source else f"Pulumi.{pulumi.get_stack()}.yaml"
        raise ConfigurationError(
            [
                Problem(
                    path=(),
                    file=file,
                    message="the stack has no such configuration",
                    allowed="the settings of the stack",
                    remedy="write it into the stack file; Pulumi.dev.yaml shows a small one",
                )
            ]
        )
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        document = text
    if source is not None and not source.holds(document):
        source = None
    if is_config_secret(KEY) and not (source and any(source.problems())):
        raise ConfigurationError([secret_problem(())])
    return validate(document, source=source)


def _source(stack: str) -> StackSource | None:
    """The stack file, if it is where it usually is: messages are better with it, nothing else needs it."""
    import pulumi

    named = os.environ.get(STACK_FILE_VARIABLE)
    folder = pulumi.runtime.get_root_directory() or "."
    path = FilePath(named) if named else FilePath(folder, f"Pulumi.{stack}.yaml")
    try:
        return StackSource.read(path) if path.is_file() else None
    except ConfigurationError:
        return None


def stack_schema() -> dict[str, Any]:
    """The JSON schema of a whole stack file."""
    settings = _closed(Settings.model_json_schema(by_alias=True))
    definitions = settings.pop("$defs")
    definitions["Settings"] = settings
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack file of Breakwater",
        "description": "A Pulumi.<stack>.yaml; all in which environments differ is below config.breakwater:platform.",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "description": "The settings, and any other keys of Pulumi's; those may be encrypted (`secure:`).",
                "properties": {KEY: {"$ref": "#/$defs/Settings"}},
                "required": [KEY],
                "additionalProperties": True,
            }
        },
        "required": ["config"],
        "$defs": dict(sorted(definitions.items())),
    }


def _closed(schema: Any) -> Any:
    """Pydantic says which names a mapping's keys match, but not that there may be no others."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    return closed | {"additionalProperties": False} if "patternProperties" in closed else closed
