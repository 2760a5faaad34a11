"""Identifiers of databases, proxies and caches, and the room that auto-naming needs; checked before any resource.

The identifiers are fixed, because the names of log groups and metrics are made of them before the resource exists.
"""

import re

import pulumi

# Longest names, characters: RDS User Guide, quotas; ElastiCache and SQS APIs.
RDS_IDENTIFIER_MAX = 63
REPLICATION_GROUP_ID_MAX = 40
QUEUE_MAX = 80
# Pulumi's AWS provider appends a hyphen and seven hexadecimal digits.
AUTO_NAME_SUFFIX = 8

_HYPHENATED = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def identifier(given: str | None, name: str, longest: int, suffix: str = "") -> str:
    """The given identifier, or one made of project, stack and component; checked, with room for `suffix`."""
    if given is None:
        parts = f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}".lower()
        given = re.sub(r"[^a-z0-9]+", "-", parts).strip("-")
    check_identifier("identifier", given, longest, suffix)
    return given


def check_identifier(field: str, value: str, longest: int, suffix: str = "") -> None:
    """Refuse what RDS and ElastiCache refuse, with the longest suffix that will be appended counted in."""
    if not _HYPHENATED.fullmatch(value):
        raise ValueError(
            f"{field}: {value!r} must begin with a letter and hold lower-case letters, digits and single hyphens only"
        )
    if len(value) + len(suffix) > longest:
        raise ValueError(
            f"{field}: {value + suffix!r} has {len(value) + len(suffix)} characters and AWS takes {longest}; "
            f"give {field} with at most {longest - len(suffix)}"
        )


def check_queue_name(name: str, suffix: str) -> None:
    """Refuse a logical name too long for Pulumi to append its random part, and `suffix`, within SQS's limit."""
    room = QUEUE_MAX - AUTO_NAME_SUFFIX - len(suffix)
    if len(name) > room:
        raise ValueError(f"name: {name!r} has {len(name)} characters; SQS's limit leaves {room}, so shorten it")
