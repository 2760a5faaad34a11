"""Images that a deployment builds: a digest without Docker, the image in the repository."""

from typing import Any

import pulumi
import pulumi_docker as docker
import pytest

from breakwater.simulator.run import preview
from components.image import ImageRepository, ImageRepositoryArgs
from components.image_build import BUILD_TAGS, ImageBuild, ImageBuildArgs
from tests.simulator.support import ACCOUNT, EU, Simulate, Where

pytestmark = pytest.mark.feature("I2")

IMAGE = "docker:index/image:Image"


def program(on: Where, **changes: Any) -> None:
    key = f"arn:aws:kms:{EU}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"
    repository = ImageRepository("images", ImageRepositoryArgs(kms_key_arn=key, mutable_tags=[BUILD_TAGS]), opts=on.eu)
    given = {"repository": repository, "context": "../services/api", **changes}
    pulumi.export("image", ImageBuild("api", ImageBuildArgs(**given), opts=on.eu).image.reference)


def test_the_image_is_in_the_repository(simulate: Simulate) -> None:
    world = simulate(program)
    built = world.only(IMAGE)
    url = world.only("aws:ecr/repository:Repository").outputs["repositoryUrl"]
    (shown,) = world.client("ecr", EU).describe_images(repositoryName="demo-dev/images")["imageDetails"]
    assert shown["imageTags"] == ["build-api"]
    assert built.outputs["repoDigest"] == f"{url}@{shown['imageDigest']}"


def test_the_digest_is_the_same_in_every_run_and_another_for_another_build(simulate: Simulate) -> None:
    first, second = (simulate(program).only(IMAGE).outputs["repoDigest"] for _ in range(2))
    other = simulate(lambda on: program(on, architecture="X86_64")).only(IMAGE).outputs["repoDigest"]
    assert first == second != other


def test_what_would_build_in_a_preview_or_stay_on_the_machine(simulate: Simulate) -> None:
    def wrong(on: Where) -> None:
        del on
        name, build = f"{ACCOUNT}.dkr.ecr.{EU}.amazonaws.com/none:build-api", docker.DockerBuildArgs(context=".")
        docker.Image("eager", image_name=name, build=build, build_on_preview=True)
        docker.Image("local", image_name=name, build=build, skip_push=True)
        docker.Image("elsewhere", image_name="docker.io/library/none:1", build=build)

    simulate(wrong, fails=True).assert_refused(
        {"eager": "must not build anything", "local": "tasks pull from the repository", "elsewhere": "no repository"}
    )


def test_a_plan_knows_no_digest(function_project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.simulator.support._current", [program])
    outcome = preview(function_project)
    assert outcome.ok
    (image,) = outcome.graph.of(IMAGE)
    assert image.outputs["repoDigest"] != ""
    assert "sha256" not in str(image.outputs["repoDigest"])
