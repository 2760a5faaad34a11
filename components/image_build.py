"""An image that is built from a Dockerfile while a development stack deploys, and pushed to a repository of its own.

Children: the image. Importing this module imports pulumi-docker: do so only where something is built.
"""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_docker as docker
from pulumi_aws import ecr

from components._containers import BuiltImage
from components.image import ImageRepository

__all__ = ["BUILD_TAGS", "BuiltImage", "ImageBuild", "ImageBuildArgs"]

# Pattern of the tags that builds move; the repository must let them.
BUILD_TAGS = "build-*"
PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageBuildArgs:
    """What is built, and where it goes."""

    repository: ImageRepository
    """Repository it is pushed to; `build-*` must be among its mutable tags."""
    context: str
    """Folder that is sent to Docker, relative to the program's."""
    dockerfile: str = "Dockerfile"
    """Dockerfile, relative to the context; default Dockerfile."""
    architecture: Literal["ARM64", "X86_64"] = "ARM64"
    """CPU architecture it is built for; default ARM64. Another one than the machine's is emulated, slowly."""

    def __post_init__(self) -> None:
        if self.context.startswith("/") or self.dockerfile.startswith("/"):
            raise ValueError(
                "context: an absolute path is another one on the next machine; write context and dockerfile relative"
            )
        if self.architecture not in PLATFORMS:
            raise ValueError(f"architecture: {self.architecture!r} is not one of {', '.join(PLATFORMS)}")


class ImageBuild(pulumi.ComponentResource):
    """Built by the Docker of the machine that runs `pulumi up`, never in a preview, which shows only that it would be.

    For development: what runs elsewhere is built once, by CI, and named by its digest. Docker logs in with a token of
    ECR that lasts twelve hours and allows what the caller's own permissions do.
    """

    image: BuiltImage
    """What tasks run."""

    def __init__(self, name: str, args: ImageBuildArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if BUILD_TAGS not in args.repository.mutable_tags:
            raise ValueError(f"repository: its tags never move; give {args.repository.repository_name} {BUILD_TAGS}")
        super().__init__("breakwater:image_build:ImageBuild", name, None, opts)
        token = ecr.get_authorization_token_output(
            registry_id=args.repository.registry_id, opts=pulumi.InvokeOptions(parent=self)
        )
        built = docker.Image(
            name,
            image_name=pulumi.Output.concat(args.repository.repository_url, f":build-{name}"),
            build=docker.DockerBuildArgs(
                context=args.context,
                dockerfile=f"{args.context}/{args.dockerfile}",
                platform=PLATFORMS[args.architecture],
            ),
            build_on_preview=False,
            skip_push=False,
            registry=docker.RegistryArgs(
                server=args.repository.repository_url,
                username=token.user_name,
                password=pulumi.Output.secret(token.password),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.image = BuiltImage(reference=built.repo_digest, repository_arn=args.repository.arn)
        self.register_outputs({"reference": built.repo_digest})
