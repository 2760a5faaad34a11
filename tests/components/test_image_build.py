"""Images that a development stack builds: what Docker is told, what tasks run; nothing in a preview."""

import json
from typing import Any

import pytest

from components.image import ImageRepository, ImageRepositoryArgs
from components.image_build import BUILD_TAGS, ImageBuild, ImageBuildArgs
from components.service import WebService
from tests.support.recorder import Recording, record
from tests.support.workloads import web_arguments

pytestmark = pytest.mark.feature("I2")

IMAGE = "docker:index/image:Image"
KEY = "arn:aws:kms:us-east-1:111122223333:key/mrk-1"
TOKEN = "aws:ecr/getAuthorizationToken:getAuthorizationToken"


def build(tags: tuple[str, ...] = (BUILD_TAGS,), **changes: Any) -> ImageBuild:
    repository = ImageRepository("api-images", ImageRepositoryArgs(kms_key_arn=KEY, mutable_tags=tags))
    return ImageBuild("api", ImageBuildArgs(**{"repository": repository, "context": "../services/api", **changes}))


def recorded(program: Any = build, preview: bool = False, **changes: Any) -> Recording:
    answer = {TOKEN: {"userName": "AWS", "password": "hidden"}}
    return record(lambda: program(**changes), preview=preview, invokes=answer)


def test_what_docker_is_told() -> None:
    recording = recorded(dockerfile="docker/Dockerfile", architecture="X86_64")
    image = recording.only(IMAGE)
    assert image.inputs == {
        "imageName": "api-images.repositoryUrl:build-api",
        "build": {
            "context": "../services/api",
            "dockerfile": "../services/api/docker/Dockerfile",
            "platform": "linux/amd64",
        },
        "buildOnPreview": False,
        "skipPush": False,
        "registry": {"server": "api-images.repositoryUrl", "username": "AWS", "password": "hidden"},
    }
    assert image.secret_inputs == {"registry"}
    assert "hidden" not in json.dumps(recording.outputs)


def test_a_preview_registers_the_same_and_builds_nothing() -> None:
    urns = [[r.urn for r in recorded(preview=preview).resources] for preview in (False, True)]
    assert urns[0] == urns[1]
    assert recorded(preview=True).only(IMAGE).inputs["buildOnPreview"] is False


def test_tasks_run_what_was_built_and_may_pull_from_its_repository_only() -> None:
    def program() -> None:
        WebService("api", web_arguments(image=build().image))

    recording = recorded(program)
    (container,) = json.loads(recording.only("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"])
    assert container["image"] == "api.repoDigest"
    document = json.loads(recording.get("aws:iam/rolePolicy:RolePolicy", "api-execution").inputs["policy"])
    pull = next(s for s in document["Statement"] if s.get("Sid") == "PullImage")
    assert pull["Resource"] == "api-images.arn"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"context": "/home/me/api"}, "context: an absolute path"),
        ({"dockerfile": "/Dockerfile"}, "context: an absolute path"),
        ({"architecture": "RISC"}, "architecture: "),
        ({"tags": ()}, "repository: its tags never move"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        recorded(**changes)
