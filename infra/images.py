"""From the settings to repositories of images, their copies in other regions, and the images that tasks run."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components._containers import Image
from components.alarms import AlarmTarget
from components.image import (
    ImageReplication,
    ImageReplicationArgs,
    ImageRepository,
    ImageRepositoryArgs,
    repository_prefix,
)
from components.key import Keys
from infra.environment import logical_name, regional_image
from infra.place import Place
from infra.providers import with_provider
from infra.settings import Settings
from infra.settings.models import Container

BUILD_TAGS = "build-*"
"""Pattern of the tags that builds move, components.image_build's."""
# Pulumi runs the program, and Docker, in the folder that Pulumi.yaml names as `main`, one below its own.
_ROOT = ".."

Repositories = Mapping[str, Mapping[str, ImageRepository]]
"""Region -> name -> repository."""


def create_repositories(
    settings: Settings,
    providers: Mapping[str, aws.Provider],
    keys: Mapping[str, Keys],
    alarms: Mapping[str, AlarmTarget],
    account_id: pulumi.Input[str],
) -> Repositories:
    """The same repositories in every region, before anything is pushed or copied."""
    repositories = {
        region: {
            key: _create_repository(key, region, settings, providers[region], keys[region], alarms[region], account_id)
            for key in settings.repositories
        }
        for region in settings.regions
    }
    others = [region for region in settings.regions if region != settings.home_region]
    replication = settings.image_replication
    if settings.repositories and others and replication is not None:
        _create_replication(replication.further_prefixes, settings, providers, repositories, others, account_id)
    return repositories


def _create_repository(
    key: str,
    region: str,
    settings: Settings,
    provider: aws.Provider,
    keys: Keys,
    alarms: AlarmTarget,
    account_id: pulumi.Input[str],
) -> ImageRepository:
    repository = settings.repositories[key]
    name = repository_prefix() + key
    built = any(container.build and container.build.repository == key for container in _containers(settings))
    return ImageRepository(
        logical_name(region, f"{key}-images"),
        ImageRepositoryArgs(
            kms_key_arn=keys.data,
            repository_name=name,
            keep_images=repository.keep_images,
            untagged_days=repository.untagged_days,
            mutable_tags=[BUILD_TAGS] if built else [],
            lambda_functions=[
                pulumi.Output.concat(
                    f"arn:aws:lambda:{region}:", account_id, f":function:{logical_name(region, function_key)}-*"
                )
                for function_key, function in settings.functions.items()
                if function.image is not None and f"/{name}@" in function.image
            ],
            replicated=region != settings.home_region and settings.image_replication is not None,
            alarms=alarms,
            protect=settings.protect,
        ),
        opts=with_provider(provider),
    )


def _create_replication(
    prefixes: Sequence[str],
    settings: Settings,
    providers: Mapping[str, aws.Provider],
    repositories: Repositories,
    others: list[str],
    account_id: pulumi.Input[str],
) -> None:
    ImageReplication(
        "image-replication",
        ImageReplicationArgs(
            account_id=account_id,
            region=settings.home_region,
            destinations=sorted(others),
            repository_prefixes=[repository_prefix(), *prefixes] if prefixes else [],
            repositories=[repository for made in repositories.values() for repository in made.values()],
            protect=settings.protect,
        ),
        opts=with_provider(providers[settings.home_region]),
    )


def container_image(key: str, container: Container, at: Place, opts: pulumi.ResourceOptions) -> Image:
    """What a container runs: the image that the settings name, or one that is built."""
    if container.build is None:
        return regional_image(str(container.image), at.region)
    # Only here, because few stacks build.
    from components.image_build import ImageBuild, ImageBuildArgs

    build = ImageBuildArgs(
        repository=at.repositories[container.build.repository],
        context=f"{_ROOT}/{container.build.context}",
        dockerfile=container.build.dockerfile,
        architecture=container.architecture,
    )
    return ImageBuild(at.name(key), build, opts=opts).image


def _containers(settings: Settings) -> list[Container]:
    return [*settings.services.values(), *settings.workers.values(), *settings.jobs.values()]
