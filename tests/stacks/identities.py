"""The identities of each stack's resources, as they are kept in the repository.

A resource that changes its type, name or parent is another one to Pulumi: what was there is deleted. The lists make
such a change visible in a pull request. After one that is meant (with aliases for what was renamed), write them anew:

    python -m tests.stacks.identities
"""

from pathlib import Path

from breakwater.project import load_stack
from breakwater.simulator.run import preview

ROOT = Path(__file__).parents[2]
LISTS = Path(__file__).parent / "identities"


def identities(stack: str) -> list[str]:
    """The stack's URNs without what they all begin with, sorted."""
    outcome = preview(load_stack(stack, ROOT))
    assert outcome.ok, outcome.error
    return sorted(resource.urn.split("::", 2)[2] for resource in outcome.graph)


def kept(stack: str) -> list[str]:
    """The list in the repository."""
    return (LISTS / f"{stack}.txt").read_text(encoding="utf-8").splitlines()


def stacks() -> list[str]:
    """The stacks of this repository."""
    return sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml"))


if __name__ == "__main__":
    LISTS.mkdir(exist_ok=True)
    for name in stacks():
        (LISTS / f"{name}.txt").write_text("\n".join([*identities(name), ""]), encoding="utf-8")
