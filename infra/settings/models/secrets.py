"""Secrets of the stack's own."""

from typing import Annotated

from pydantic import Field, StringConstraints

from infra.settings.models._model import Model

FunctionArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?$")
]
ReaderArn = Annotated[str, StringConstraints(pattern=r"^arn:aws:iam::\d{12}:(role|user)/[\w+=,.@/*?-]+$")]


class Rotation(Model):
    """Who changes a secret, and when. Put a value in by hand before it is added."""

    function: str | None = Field(default=None, examples=["rotate-token"])
    """One of `functions`, which gets the permissions it needs; default none: `function_arn`."""
    function_arn: FunctionArn | None = None
    """Another Lambda function, in the secret's region, which has them; default none: `function`."""
    schedule: str = Field(default="rate(30 days)", max_length=256)
    """`rate(n hours|days)` or `cron(…)` in UTC, four hours apart at least; default rate(30 days)."""
    window_hours: int | None = Field(default=None, ge=1, le=24)
    """Hours from the scheduled time within which it happens, 1 to 24; default Secrets Manager's choice."""


class Secret(Model):
    """A secret with a copy in every region. Its value is put in by hand; no stack file holds it."""

    description: Annotated[str, StringConstraints(min_length=1, max_length=2048)] = Field(
        examples=["Token of the chat API"]
    )
    """What it is for; nothing secret."""
    readers: tuple[ReaderArn, ...] = Field(default=(), examples=[["arn:aws:iam::111122223333:role/support-*"]])
    """ARNs (* allowed) of roles and users that may read it besides the tasks and functions that name it; with any, all
    others are refused. Default none: whoever IAM lets."""
    rotation: Rotation | None = None
    """Default none."""
