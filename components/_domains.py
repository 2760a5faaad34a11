"""Domain names: which texts are one; pure."""

import re

NAME_MAX = 253
"""Characters of a whole name; each label has 63 at most."""

ACTIVE_LABEL = "active"
"""Label before a name under which the latency records of its active regions are."""

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])")


def check_domain(field: str, name: str, *, wildcard: bool = False) -> None:
    """Refuse what is no name of two labels or more; `wildcard` lets it begin with `*.`."""
    plain = name.removeprefix("*.") if wildcard else name
    if len(name) > NAME_MAX or not _NAME.fullmatch(plain):
        raise ValueError(
            f"{field}: {name!r} is no domain name; write it as api.example.com, in lower case, without a dot at the end"
        )
