"""What users have by the groups that they are in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from breakwater.analysis.permissions.documents import GROUP, USER
from breakwater.analysis.permissions.model import Grant, Principal, Source
from breakwater.analysis.permissions.statements import Names, listed
from breakwater.analysis.properties import known, sources
from breakwater.graph import Resource

_OF_USER, _OF_GROUP = "aws:iam/userGroupMembership:UserGroupMembership", "aws:iam/groupMembership:GroupMembership"

Members = Mapping[Principal, tuple[tuple[Principal, Source], ...]]
"""The users of each group, with what says so."""


def members(names: Names) -> Members:
    """Of all groups that something is said of."""
    found: dict[Principal, list[tuple[Principal, Source]]] = {}
    for resource in names.graph.of(_OF_USER, _OF_GROUP):
        users = _identities(resource, "user" if resource.type == _OF_USER else "users", USER, names)
        groups = _identities(resource, "groups" if resource.type == _OF_USER else "group", GROUP, names)
        for group in groups:
            found.setdefault(group, []).extend((user, Source.of(resource)) for user in users)
    return {group: tuple(dict.fromkeys(users)) for group, users in found.items()}


def with_members(grants: Iterable[Grant], of: Members) -> Iterator[Grant]:
    """The grants, and those of groups once more for each of their users."""
    for grant in grants:
        yield grant
        for user, source in of.get(grant.principal, ()):
            yield replace(grant, principal=user, sources=(*grant.sources, source))


def _identities(resource: Resource, property_name: str, type_: str, names: Names) -> list[Principal]:
    texts = [name for name in listed(known(resource, property_name)) if isinstance(name, str)]
    if texts:
        return [names.identity(name, type_) for name in texts]
    return [names.principal(one) for one in sources(resource, property_name, names.graph, type_)]
