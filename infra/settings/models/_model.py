"""What all models of the settings have in common."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen, strict, and closed: a key that is not known is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, allow_inf_nan=False
    )
