"""Values of a stack that are more than plain data: secrets, and what is known only after deployment."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What Pulumi writes for a value known after deployment: UnknownStringValue in sdk/go/common/resource/plugin/rpc.go."""
SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
"""The key that marks a special value in Pulumi's wire and state formats."""
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (a format's constant)
"""The signature of a secret, under SIGNATURE_KEY."""
MASK = "[secret]"
UNKNOWN_TEXT = "(known after deployment)"


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is never printed or written; its JSON form is a digest, so that a change is visible."""

    value: Any
    sealed: bool = False
    """`value` is only what a file has in its place: a digest, or the ciphertext of `pulumi stack export`."""

    @property
    def digest(self) -> str:
        """The first 16 hexadecimal digits of the value's SHA-256; of a sealed one, what the file has."""
        if self.sealed:
            return str(self.value)
        return hashlib.sha256(json.dumps(reveal(self.value), sort_keys=True).encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        return MASK


def reveal(value: Any) -> Any:
    """The value with each Secret in it replaced by what it holds."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {k: reveal(v) for k, v in value.items()}
    return [reveal(v) for v in value] if isinstance(value, list) else value


def secret_texts(value: Any) -> frozenset[str]:
    """All strings inside the secrets of a value."""
    if isinstance(value, Secret):
        return _texts(reveal(value.value))
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return frozenset().union(*map(secret_texts, parts))


def _texts(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset({value} - {""})
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return frozenset().union(*map(_texts, parts))


def conceal(value: Any, secrets: frozenset[str]) -> Any:
    """The value with each string that contains one of the secrets wrapped as a Secret."""
    if not secrets:
        return value
    if isinstance(value, str):
        return Secret(value) if any(text in value for text in secrets) else value
    if isinstance(value, dict):
        return {k: conceal(v, secrets) for k, v in value.items()}
    return [conceal(v, secrets) for v in value] if isinstance(value, list) else value


def contains_unknown(value: Any) -> bool:
    """Whether any part of the value is known only after deployment."""
    if isinstance(value, str):
        return value == UNKNOWN
    if isinstance(value, dict):
        return any(map(contains_unknown, value.values()))
    if isinstance(value, list):
        return any(map(contains_unknown, value))
    return isinstance(value, Secret) and contains_unknown(value.value)


def masked(value: Any) -> Any:
    """The value as it may be shown: without secrets, unknown parts said to be so."""
    if isinstance(value, Secret):
        return MASK
    if value == UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, Mapping):
        return {key: masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def printable(text: str) -> str:
    """The text without characters that would command the terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
