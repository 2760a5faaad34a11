"""The Pulumi program: load the settings, build the platform, export its outputs."""

import pulumi

from infra.outputs import stack_outputs
from infra.settings import ConfigurationError, load
from infra.stack import build

try:
    settings = load()
except ConfigurationError as error:
    # Pulumi shows this text alone; anything else would come with a traceback.
    raise pulumi.RunError(str(error)) from error

for name, value in stack_outputs(build(settings)).items():
    pulumi.export(name, value)
