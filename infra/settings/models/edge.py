"""The public name and who hears of alarms."""

from typing import Annotated

from pydantic import Field, StringConstraints

from infra.settings._types import Email, Hostname
from infra.settings.models._model import Model


class Domain(Model):
    """The platform's public name."""

    name: Annotated[Hostname, StringConstraints(max_length=64)] = Field(examples=["prod.breakwater.example"])
    """DNS name under which everything is reached; hosts of routes are this name or names under it."""
    hosted_zone_id: Annotated[str, StringConstraints(pattern=r"^Z[A-Z0-9]{1,31}$")] | None = None
    """Id of the public hosted zone to use; default none: the stack makes one, and its parent zone must delegate to it
    before certificates can be issued."""


class AlarmRouting(Model):
    """Where alarms go and what they tell their readers."""

    emails: tuple[Email, ...] = Field(default=(), examples=[["oncall@example.com"]])
    """Addresses that get each alarm; default none. Each must confirm its subscription."""
    runbooks_url: Annotated[str, StringConstraints(pattern=r"^https://\S+[^/\s]$", max_length=512)] = Field(
        examples=["https://docs.breakwater.example/runbooks"]
    )
    """HTTPS address of the runbooks, without the last slash; alarms link to pages below it."""
