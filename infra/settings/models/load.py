"""What requests and messages take, how users behave, which connections tasks keep: capacity is told from these."""

from pydantic import Field

from infra.settings.models._model import Model


class Work(Model):
    """What an average request or message takes."""

    cpu_milliseconds: float = Field(gt=0, le=7_200_000, examples=[5])
    """Milliseconds of a vCPU that it takes, above 0 to 7200000, and no more than the task's vCPUs have in its time."""
    milliseconds: float = Field(gt=0, le=7_200_000, examples=[40])
    """Milliseconds from its beginning to its end, the mean, above 0 to 7200000."""
    transactions: float = Field(default=0, ge=0, le=10_000)
    """Database transactions that it takes, 0 to 10000, fractions too; default 0."""
    transaction_milliseconds: float | None = Field(default=None, gt=0, le=7_200_000, examples=[3])
    """Milliseconds for which one of them holds a connection, the mean, above 0 to 7200000; default none, for work
    without transactions."""


class Request(Work):
    """What an average request to a service takes."""

    kilobytes: float | None = Field(default=None, ge=0, le=10_000_000, examples=[8])
    """Kilobytes of the request and its answer together, 0 to 10000000; default not known."""


class Users(Model):
    """How those behave who use a service."""

    seconds_between_requests: float = Field(gt=0, le=86_400, examples=[20])
    """Seconds from one request of a user to the next, the mean, above 0 to 86400."""
    connections_per_task: int | None = Field(default=None, ge=1, le=65_535, examples=[2000])
    """Connections of clients that stay open, such as WebSockets, which one task may hold, 1 to 65535, Fargate's limit
    of open files; default none: users have no connection between their requests."""


class Message(Work):
    """What an average message takes of a worker."""

    kilobytes: float | None = Field(default=None, ge=0, le=1024, examples=[2])
    """Kilobytes of the message, 0 to 1024; default not known."""


class Pool(Model):
    """The connections to the database that a task keeps, which it is told in DATABASE_POOL_..."""

    connections: int = Field(default=10, ge=1, le=1000)
    """Connections that a task opens at most to the name for writing, and as many to the name for reading, 1 to 1000;
    default 10."""
    idle_seconds: int = Field(default=30, ge=1, le=3600)
    """Seconds after which an unused connection is closed, 1 to 3600, less than before the proxy does so; default 30."""
    connect_timeout_seconds: int = Field(default=2, ge=1, le=60)
    """Seconds after which an attempt to connect has failed, 1 to 60; default 2."""
