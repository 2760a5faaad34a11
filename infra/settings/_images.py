"""Rules about images: repositories, copies, builds."""

from collections.abc import Iterator

from components._images import check_prefix
from infra.settings._rules import component_rule, listed, nearest, problem
from infra.settings.models import Build, Container, Settings
from infra.settings.problems import Path, Problem


def image_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of these."""
    for path, container in containers(settings).items():
        yield from _one_image(path, container)
        if container.build is not None:
            yield from _build((*path, "build"), container.build, settings)
    for index, prefix in enumerate(settings.image_replication.further_prefixes if settings.image_replication else ()):
        where: Path = ("image_replication", "further_prefixes", index)
        yield from component_rule(where, "write it as names of repositories begin", check_prefix, prefix)


def containers(settings: Settings) -> dict[Path, Container]:
    """All that runs in containers, by its place."""
    return {
        **{("services", name): service for name, service in settings.services.items()},
        **{("workers", name): worker for name, worker in settings.workers.items()},
        **{("jobs", name): job for name, job in settings.jobs.items()},
    }


def _one_image(path: Path, container: Container) -> Iterator[Problem]:
    both: tuple[Path, Path] = ((*path, "image"), (*path, "build"))
    if container.image is None and container.build is None:
        remedy = "add `image: <repository>@sha256:<digest>`"
        yield problem(path, "there is no image to run", "an image, or in development a build", remedy, *both)
    if container.image is not None and container.build is not None:
        message = "an image that is named and one that is built cannot both run"
        yield problem((*path, "build"), message, "one of image and build", "remove one of the two", *both)


def _build(path: Path, build: Build, settings: Settings) -> Iterator[Problem]:
    if settings.stack_class != "development":
        yield problem(
            path,
            "what runs in production is built once, by CI, and not on the machine that deploys",
            "builds in stacks of class development",
            "write the digest of the image that CI has pushed as `image`",
            ("class",),
        )
    if build.repository not in settings.repositories:
        meant = nearest(build.repository, settings.repositories)
        remedy = f"write {meant}" if meant else f"add `repositories.{build.repository}`"
        message = f"the stack has no repository {build.repository}"
        involved: Path = ("repositories", build.repository)
        yield problem((*path, "repository"), message, listed(settings.repositories), remedy, involved)
