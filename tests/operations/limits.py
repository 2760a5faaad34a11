"""What a stack's own roles do, held against what bootstrap lets them."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from breakwater.graph import ResourceGraph
from breakwater.operations import permissions
from breakwater.operations.identities import Owner, StackIdentity
from breakwater.values import reveal

KEY = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-1111-2222-333344445555"


def identity(name: str = "prod", regions: tuple[str, ...] = ("us-east-1", "eu-west-1")) -> StackIdentity:
    owner = Owner(
        project="breakwater",
        account="111122223333",
        partition="aws",
        region="us-east-1",
        bucket="breakwater-state-111122223333",
        repository="acme/platform",
    )
    return StackIdentity(owner=owner, name=name, regions=regions)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(document: permissions.Document) -> set[str]:
    return {a for s in document["Statement"] if s["Effect"] == "Allow" for a in listed(s["Action"])}


def covered(action: str, patterns: set[str]) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def assert_roles_fit(graph: ResourceGraph) -> None:
    """Every role has the boundary and a name that deployments may make, and needs no more than the boundary lets it."""
    regions = tuple(sorted({str(r.region) for r in graph if r.region}))
    stack = identity(graph.stack, regions)
    inside = allowed(permissions.boundary(stack))
    passed = set(permissions.facts()["passed_to"])
    roles = [r for r in graph if r.type == "aws:iam/role:Role"]
    assert roles
    for role in roles:
        assert any(role.name.startswith(f"{region}-") for region in regions), role.name
        trust = json.loads(reveal(role.inputs["assumeRolePolicy"]))
        trusted = {s for t in trust["Statement"] for s in listed(t["Principal"]["Service"])}
        assert trusted <= passed, role.name
    outside = {a for a in _granted(graph) if not covered(a, inside)}
    assert outside == set(), "breakwater/operations/data/permissions.json, `workloads`"


def _granted(graph: ResourceGraph) -> Iterator[str]:
    for resource in graph:
        if resource.type == "aws:iam/rolePolicy:RolePolicy":
            for statement in json.loads(reveal(resource.inputs["policy"]))["Statement"]:
                yield from listed(statement["Action"])
