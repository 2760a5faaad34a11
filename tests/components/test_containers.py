"""components._containers: definitions in ECS's own form, Fargate's sizes, images."""

import json
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._containers import (
    FARGATE_SIZES,
    Container,
    check_fargate_size,
    check_image,
    container_definitions,
    ecr_repository_arn,
)
from tests.support.recorder import record

DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/team/api@{DIGEST}"


def container(**changes: Any) -> Container:
    return Container(**{"name": "api", "image": IMAGE, "log_group": "api-logs", "region": "us-east-1", **changes})


def text(*containers: Container) -> str:
    recording = record(lambda: container_definitions(containers))
    return str(recording.value(recording.result))


@pytest.mark.feature("S5")
@pytest.mark.feature("S6")
@pytest.mark.feature("S9")
def test_a_full_definition_is_what_ecs_returns() -> None:
    full = container(
        command=["serve", "--port", "5555"],
        environment={"Z": "1", "A": pulumi.Output.from_input("2")},
        secrets={"TOKEN": "arn:t", "PASSWORD": "arn:p"},
        port=5555,
        health_command=["CMD", "check"],
        writable_volumes={"tmp": "/tmp", "cache": "/var/cache"},  # noqa: S108
        stop_timeout_seconds=90,
    )
    assert json.loads(text(full)) == [
        {
            "name": "api",
            "image": IMAGE,
            "command": ["serve", "--port", "5555"],
            "cpu": 0,
            "environment": [{"name": "A", "value": "2"}, {"name": "Z", "value": "1"}],
            "essential": True,
            "healthCheck": {
                "command": ["CMD", "check"],
                "interval": 10,
                "timeout": 5,
                "retries": 3,
                "startPeriod": 60,
            },
            "linuxParameters": {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True},
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "api-logs",
                    "awslogs-region": "us-east-1",
                    "awslogs-stream-prefix": "ecs",
                    "max-buffer-size": "25m",
                    "mode": "non-blocking",
                },
            },
            "mountPoints": [
                {"sourceVolume": "cache", "containerPath": "/var/cache", "readOnly": False},
                {"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False},  # noqa: S108
            ],
            "portMappings": [{"containerPort": 5555, "hostPort": 5555, "protocol": "tcp"}],
            "readonlyRootFilesystem": True,
            "secrets": [{"name": "PASSWORD", "valueFrom": "arn:p"}, {"name": "TOKEN", "valueFrom": "arn:t"}],
            "stopTimeout": 90,
            "systemControls": [],
            "user": "1000:1000",
            "volumesFrom": [],
        }
    ]


@pytest.mark.feature("S5")
@pytest.mark.feature("S9")
def test_a_bare_definition_has_empty_lists_where_ecs_has_them_and_no_others() -> None:
    definition = json.loads(text(container()))[0]
    empty = {key for key, value in definition.items() if value == []}
    assert empty == {"environment", "mountPoints", "portMappings", "systemControls", "volumesFrom"}
    assert not {"command", "secrets", "healthCheck"} & set(definition)
    assert definition["stopTimeout"] == 120


@pytest.mark.feature("S9")
def test_text_does_not_depend_on_the_order_of_anything() -> None:
    one = container(environment={"A": "1", "B": "2"}, secrets={"C": "c", "D": "d"})
    other = container(environment={"B": "2", "A": "1"}, secrets={"D": "d", "C": "c"})
    assert text(one, container(name="a")) == text(container(name="a"), other)
    names = [definition["name"] for definition in json.loads(text(container(name="b"), container(name="a")))]
    assert names == ["a", "b"]
    assert ": " not in text(one)


def test_a_task_without_containers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one container"):
        container_definitions([])


@pytest.mark.feature("S5")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "has space"}, "^name: 'has space'"),
        ({"image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/api:1.2"}, "^image: .* not pinned by digest"),
        ({"environment": {"1X": "y"}}, "^environment: '1X' is no variable's name"),
        ({"environment": {"AWS_ACCESS_KEY_ID": "y"}}, "^environment: AWS_ACCESS_KEY_ID is not allowed"),
        ({"secrets": {"AWS_SECRET_ACCESS_KEY": "y"}}, "^secrets: AWS_SECRET_ACCESS_KEY is not allowed"),
        ({"environment": {"X": "y"}, "secrets": {"X": "z"}}, "^secrets: X is also in environment"),
        ({"port": 80}, "^port: 80; a program that is not root can listen on 1024 to 65535"),
        ({"port": 65536}, "^port: 65536; "),
        ({"health_command": ["check"]}, "^health_command: "),
        ({"health_command": ["CMD"]}, "^health_command: "),
        ({"health_command": "CMD-SHELL true"}, "^health_command: "),
        ({"health_command": ["CMD-SHELL", "a", "b"]}, "^health_command: CMD-SHELL takes one line"),
        ({"user": "root"}, "^user: 'root' is root"),
        ({"user": "0:1000"}, "^user: '0:1000' is root"),
        ({"user": "00"}, "^user: '00' is root"),
        ({"user": ""}, "^user: '' must be a user"),
        ({"writable_volumes": {"a b": "/x"}}, "^writable_volumes: 'a b'"),
        ({"writable_volumes": {"root": "/"}}, "^writable_volumes: '/' of root"),
        ({"writable_volumes": {"a": "/x", "b": "/x"}}, "^writable_volumes: two volumes"),
        ({"stop_timeout_seconds": 1}, "^stop_timeout_seconds: 1 s; Fargate allows 2 to 120 s"),
        ({"stop_timeout_seconds": 121}, "^stop_timeout_seconds: 121 s"),
    ],
)
def test_container_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        container(**changes)


@pytest.mark.parametrize(
    ("image", "arn"),
    [
        (IMAGE, "arn:aws:ecr:us-east-1:111122223333:repository/team/api"),
        (
            f"111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/api:v1@{DIGEST}",
            "arn:aws-cn:ecr:cn-north-1:111122223333:repository/api",
        ),
        (f"public.ecr.aws/nginx/nginx@{DIGEST}", None),
        (f"registry.example.com:5000/team/api@{DIGEST}", None),
        ("api:latest", None),
    ],
)
def test_repository_of_an_image(image: str, arn: str | None) -> None:
    assert ecr_repository_arn(image) == arn


@pytest.mark.feature("S8")
@pytest.mark.parametrize(
    "image", ["", "api", "api:latest", "api@sha256:abc", f"a b@{DIGEST}", f"@{DIGEST}", f"{IMAGE}0"]
)
def test_unpinned_images_are_refused(image: str) -> None:
    with pytest.raises(ValueError, match="not pinned by digest"):
        check_image(image)


@pytest.mark.parametrize(
    ("cpu", "smallest", "largest", "count"),
    [
        (256, 512, 2048, 3),
        (512, 1024, 4096, 4),
        (1024, 2048, 8192, 7),
        (2048, 4096, 16384, 13),
        (4096, 8192, 30720, 23),
        (8192, 16384, 61440, 12),
        (16384, 32768, 122880, 12),
    ],
)
def test_fargate_sizes(cpu: int, smallest: int, largest: int, count: int) -> None:
    sizes = FARGATE_SIZES[cpu]
    assert (sizes[0], sizes[-1], len(sizes)) == (smallest, largest, count)


@given(cpu=st.sampled_from([*FARGATE_SIZES, 0, 300, 32768]), memory=st.integers(0, 130_000))
def test_only_listed_pairs_pass(cpu: int, memory: int) -> None:
    if cpu not in FARGATE_SIZES:
        with pytest.raises(ValueError, match=f"^cpu: {cpu} units; Fargate has 256, 512"):
            check_fargate_size(cpu, memory)
    elif memory in FARGATE_SIZES[cpu]:
        check_fargate_size(cpu, memory)
    else:
        with pytest.raises(ValueError, match=rf"^memory: {memory} MiB .* use one of {FARGATE_SIZES[cpu][0]}, "):
            check_fargate_size(cpu, memory)
