"""The settings of a stack: read from its configuration, checked as a whole, typed.

`load` for the program, `validate` for a document at hand, `stack_schema` for editors.
"""

from infra.settings.loading import load, stack_schema, validate
from infra.settings.models import Settings
from infra.settings.problems import KEY, ConfigurationError, Problem
from infra.settings.source import StackSource

__all__ = ["KEY", "ConfigurationError", "Problem", "Settings", "StackSource", "load", "stack_schema", "validate"]
