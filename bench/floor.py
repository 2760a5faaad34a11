"""The floor of a simulated run: the same program under Pulumi's stock mocks, which echo each resource's inputs.

It imports what the program imports and makes the SDK's and gRPC's objects, but has no AWS, no checks and no report.
Usage: python bench/floor.py STACK_FILE
"""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import set_all_config

from breakwater.project import load_stack

ACCOUNT = "123456789012"
_IN_TEXTS = ("arn", "arnSuffix", "arnWithoutRevision", "name", "resourceId")


class Echo(pulumi.runtime.Mocks):
    """Answers with what it is given."""

    def __init__(self) -> None:
        self.resources = 0

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """The inputs, and what the program puts into texts of other resources, which takes no None."""
        self.resources += bool(args.custom) and not args.typ.startswith("pulumi:")
        return f"{args.name}-id", dict.fromkeys(_IN_TEXTS, args.name) | args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The arguments, and the account."""
        return args.args | {"accountId": ACCOUNT}, []


def main() -> None:
    """Run one stack's program and print how many cloud resources it registered."""
    stack = load_stack(sys.argv[1], Path.cwd())
    sys.path.insert(0, str(stack.root))
    config = {key: value if isinstance(value, str) else json.dumps(value) for key, value in stack.config.items()}
    set_all_config(config | dict.fromkeys(stack.encrypted, "secret"), list(stack.encrypted))
    echo = Echo()
    pulumi.runtime.set_mocks(echo, project=stack.project, stack=stack.name, preview=False)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> None:
        runpy.run_path(str(stack.program), run_name="__main__")

    run()
    print(json.dumps({"resources": echo.resources}))


if __name__ == "__main__":
    main()
