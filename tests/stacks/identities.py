"""The identities of each stack's resources, as they are kept in the repository.

A resource that changes its type, name or parent is another one to Pulumi: what was there is deleted. The lists make
such a change visible in a pull request. After one that is meant (with aliases for what was renamed), write them anew:

    python -m tests.stacks.identities
"""

from pathlib import Path

from tests.support.stacks import STACKS, planned

LISTS = Path(__file__).parent / "identities"


def identities(stack: str) -> list[str]:
    """The stack's URNs without what they all begin with, sorted."""
    return sorted(resource.urn.split("::", 2)[2] for resource in planned(stack))


def kept(stack: str) -> list[str]:
    """The list in the repository."""
    return (LISTS / f"{stack}.txt").read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    LISTS.mkdir(exist_ok=True)
    for name in STACKS:
        (LISTS / f"{name}.txt").write_text("\n".join([*identities(name), ""]), encoding="utf-8")
