"""Who may do what on which resource under which conditions, and what a change does to that.

Read are the policies of roles, users and groups with their boundaries, trust policies, the policies of resources and
VPC endpoints. Not modelled: service control policies, session policies and ACLs.
"""

from collections.abc import Mapping

from breakwater.analysis.permissions.changes import (
    How,
    PermissionChange,
    PermissionDifference,
    UnreadChange,
    changes,
)
from breakwater.analysis.permissions.model import Grant, Kind, Permissions, Principal, Source, Unread, Who
from breakwater.analysis.permissions.reading import read
from breakwater.analysis.permissions.weights import Weighed, Weight, weigh, weigh_unread
from breakwater.graph import ResourceGraph

__all__ = [
    "Grant",
    "How",
    "Kind",
    "PermissionChange",
    "PermissionDifference",
    "Permissions",
    "Principal",
    "Source",
    "Unread",
    "UnreadChange",
    "Weighed",
    "Weight",
    "Who",
    "changes",
    "permission_changes",
    "read",
    "weigh",
    "weigh_unread",
]


def permission_changes(
    before: ResourceGraph, after: ResourceGraph, renamed: Mapping[str, str] | None = None
) -> PermissionDifference:
    """What a change does to what is allowed; `renamed` has labels before → now, of what only has another name."""
    return changes(read(before), read(after), renamed)
