"""Buckets: files of the platform."""

from pydantic import Field

from infra.settings.models._model import Model


class Bucket(Model):
    """A private bucket in each region, encrypted with the key of the stack's data."""

    replicate: bool = False
    """Whether what is written in the primary region is copied to the other regions, and not back; default false.
    Objects that were there before are not copied."""
    noncurrent_expiration_days: int = Field(default=90, ge=1, le=3650)
    """Days for which what was overwritten or deleted is kept, 1 to 3650; default 90."""
    expiration_days: int | None = Field(default=None, ge=1, le=36500)
    """Days after which an object is deleted; default never."""
    infrequent_access_days: int | None = Field(default=None, ge=30, le=36500)
    """Days, 30 or more, after which an object moves to cheaper storage for what is rarely read; default never."""
