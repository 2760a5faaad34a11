"""Repositories of images, and images that development builds."""

from typing import Annotated

from pydantic import Field, StringConstraints

from infra.settings.models._model import Model

# Relative, downwards only: it must mean the same on every machine.
_PART = r"\.?[A-Za-z0-9_-][A-Za-z0-9_.-]*"
RelativePath = Annotated[str, StringConstraints(pattern=rf"^(\.|{_PART}(/{_PART})*)$", max_length=255)]


class Build(Model):
    """An image that `pulumi up` builds with Docker, in a stack of class development."""

    repository: str = Field(examples=["api"])
    """Repository of the stack that it is pushed to, one of `repositories`."""
    context: RelativePath = Field(examples=["services/api"])
    """Folder that is sent to Docker, relative to Pulumi.yaml's."""
    dockerfile: RelativePath = "Dockerfile"
    """Dockerfile, relative to the context; default Dockerfile."""


class Repository(Model):
    """A repository of images in every region, with tags that never move, scanned and encrypted."""

    keep_images: int = Field(default=100, ge=1)
    """Tagged images that stay, at least 1; default 100. Those that run or may be gone back to must be among them."""
    untagged_days: int = Field(default=14, ge=1)
    """Days after which an image without a tag goes, at least 1; default 14."""


class ImageReplication(Model):
    """Copying of images from one region to the others. The registry of an account has one such configuration."""

    further_prefixes: tuple[str, ...] = ()
    """Beginnings of the names of other stacks' repositories in this account that are to be copied too; default none."""
