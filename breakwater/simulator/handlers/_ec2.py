"""What the modules of EC2's handlers share."""

import zlib
from typing import Any

from breakwater.simulator.handler import Call


def tag_adopted() -> Call:
    """The call that tags what AWS has made itself, or what has no tags parameter of its own."""
    return Call(
        operation="ec2:CreateTags",
        parameters=lambda c: {"Resources": [c.id], "Tags": [{"Key": k, "Value": v} for k, v in c.tags.items()]},
        consumes=frozenset({"tags"}),
        when=lambda c: bool(c.tags),
    )


def hashcode(text: str) -> int:
    """The provider's hash in ids that it makes itself (create.StringHashcode)."""
    return zlib.crc32(text.encode())


def filtered(name: str, value: str) -> dict[str, Any]:
    """The Filters parameter with one filter."""
    return {"Filters": [{"Name": name, "Values": [value]}]}
