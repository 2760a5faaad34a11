"""Queues."""

from pydantic import Field

from infra.settings.models._model import Model


class Queue(Model):
    """A queue with its dead-letter queue, in each region."""

    fifo: bool = False
    """Whether messages keep their order and are never delivered twice; default false."""
    visibility_timeout_seconds: int = Field(default=180, ge=1, le=43200)
    """Seconds for which a message that was read stays hidden, 1 to 43200; default 180."""
    retention_seconds: int = Field(default=345_600, ge=60, le=1_209_600)
    """Seconds for which an unread message is kept, 60 to 1209600; default 345600 (4 days)."""
    dead_letter_retention_seconds: int = Field(default=1_209_600, ge=60, le=1_209_600)
    """Seconds for which a dead letter is kept, longer than `retention_seconds`; default 1209600 (14 days)."""
    max_receive_count: int = Field(default=5, ge=1, le=1000)
    """Reads after which a message becomes a dead letter, 1 to 1000; default 5."""
