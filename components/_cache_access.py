"""What a user of a cache may do, as an access string; pure.

ElastiCache gives a string back as it was sent, and the provider compares the two letter by letter: the parts stand in
the order of AWS's own examples (on, keys, channels, commands) and in one order each.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

# Everything but what harms or reveals the whole cache (FLUSHALL, KEYS, CONFIG and their like).
ORDINARY_ACCESS = "on ~* &* +@all -@dangerous"

# What every client sends on a connection, and what one of a sharded cache finds the shards with.
_CONNECTING = ("+@connection",)
_FINDING_SHARDS = ("+cluster|nodes", "+cluster|shards", "+cluster|slots")
# Scripts run with the user's own permissions: releasing a lock safely takes one.
_WRITING = ("+@write", "+@transaction", "+eval", "+evalsha", "+script|exists", "+script|load")

# A pattern character would widen the prefix, a space would end it.
_PREFIX = re.compile(r"[A-Za-z0-9:_./{}-]{1,128}")


class Commands(StrEnum):
    """Which commands a user may send; none of them may be dangerous to the whole cache."""

    READ_ONLY = "read-only"
    READ_WRITE = "read-write"


def access_string(commands: Commands, *, key_prefixes: Sequence[str] = (), channels: bool = False) -> str:
    """Access to the keys that begin with one of the prefixes, to all keys without any."""
    for prefix in key_prefixes:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(
                f"key_prefixes: {prefix!r}; use letters, digits and : _ . / {{ }} -, without the * that is added"
            )
    keys = [f"~{prefix}*" for prefix in sorted(set(key_prefixes))] or ["~*"]
    return " ".join(
        [
            "on",
            *keys,
            *(["&*"] if channels else []),
            "-@all",
            "+@read",
            *(_WRITING if commands is Commands.READ_WRITE else ()),
            *_CONNECTING,
            *(["+@pubsub"] if channels else []),
            "-@dangerous",
            *_FINDING_SHARDS,
        ]
    )
