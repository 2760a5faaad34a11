"""How tasks are placed in a network: three services take it nested one level deeper than the SDK has it."""

from collections.abc import Mapping
from typing import Any


def awsvpc(block: Mapping[str, Any]) -> dict[str, Any]:
    """The SDK's networkConfiguration as the API's; assignPublicIp is a word there, and always sent by the provider."""
    public = "ENABLED" if block.get("assignPublicIp") else "DISABLED"
    return {"awsvpcConfiguration": dict(block) | {"assignPublicIp": public}}
