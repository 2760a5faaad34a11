"""Small Pulumi projects for tests, written to a temporary folder."""

import textwrap
from pathlib import Path

from breakwater.project import Stack, load_stack

PREAMBLE = """\
import pulumi
import pulumi_aws as aws

region = aws.Provider("region", region="eu-west-1", default_tags={"tags": {"owner": "tests"}})
here = pulumi.ResourceOptions(provider=region)
"""


def write_project(folder: Path, program: str, config: str = "{}") -> Stack:
    """A project `demo` with a stack `dev`, whose program is PREAMBLE and `program`."""
    (folder / "infra").mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text("name: demo\nmain: infra\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(f"config: {config}\n")
    (folder / "infra" / "__main__.py").write_text(PREAMBLE + textwrap.dedent(program))
    return load_stack("dev", folder)
