"""components._telemetry: the collector beside a program, and what both are told."""

import json
from typing import Any

import pytest

from components.service import WebService, Worker
from components.service_options import Telemetry
from components.task import Task, TaskArgs
from tests.support.recorder import Recording, record
from tests.support.workloads import IMAGE, REGION, task_arguments, web_arguments, worker_arguments

pytestmark = pytest.mark.feature("S6")

DIGEST = IMAGE.partition("@")[2]
COLLECTOR = f"public.ecr.aws/aws-observability/aws-otel-collector@{DIGEST}"
DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"


def telemetry(**changes: Any) -> Telemetry:
    return Telemetry(**{"image": COLLECTOR, "service_name": "api", "namespace": "shop-prod", **changes})


def web(**changes: Any) -> Recording:
    return record(lambda: WebService("api", web_arguments(cpu=512, memory=1024, telemetry=telemetry(**changes))))


def containers(recording: Recording) -> dict[str, dict[str, Any]]:
    definitions = json.loads(recording.only(DEFINITION).inputs["containerDefinitions"])
    return {definition["name"]: definition for definition in definitions}


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container["environment"]}


def test_without_telemetry_there_is_no_collector_and_nothing_is_said_of_it() -> None:
    recording = record(lambda: WebService("api", web_arguments()))
    assert list(containers(recording)) == ["api"]
    assert not containers(recording)["api"]["environment"]
    assert not [group for group in recording.of("aws:cloudwatch/logGroup:LogGroup") if "metrics" in group.name]


@pytest.mark.feature("S9")
def test_the_collector_may_die_and_is_started_again_within_its_share_of_the_task() -> None:
    sidecar = containers(web())["collector"]
    environment = variables(sidecar)
    config = environment.pop("AOT_CONFIG_CONTENT")
    assert environment == {"GOMEMLIMIT": "204MiB"}
    assert json.loads(config)
    del sidecar["environment"]
    assert sidecar == {
        "name": "collector",
        "image": COLLECTOR,
        "essential": False,
        "restartPolicy": {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60},
        "cpu": 64,
        "memory": 256,
        "user": "1000:1000",
        "readonlyRootFilesystem": True,
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True},
        "healthCheck": {
            "command": ["CMD", "/healthcheck"], "interval": 10, "timeout": 5, "retries": 3, "startPeriod": 60,
        },
        "stopTimeout": 30,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "api-logs.name",
                "awslogs-region": REGION,
                "awslogs-stream-prefix": "ecs",
                "max-buffer-size": "25m",
                "mode": "non-blocking",
            },
        },
        "mountPoints": [],
        "portMappings": [],
        "systemControls": [],
        "volumesFrom": [],
    }  # fmt: skip


def test_the_program_waits_for_the_collector_and_keeps_the_rest_of_the_cpu() -> None:
    program = containers(web())["api"]
    assert program["dependsOn"] == [{"containerName": "collector", "condition": "START"}]
    assert (program["cpu"], program["essential"]) == (512 - 64, True)
    assert "memory" not in program
    assert "restartPolicy" not in program


def test_the_collector_takes_otlp_from_the_task_alone_and_limits_its_memory() -> None:
    config = json.loads(variables(containers(web())["collector"])["AOT_CONFIG_CONTENT"])
    assert config["receivers"]["otlp"]["protocols"] == {
        "grpc": {"endpoint": "127.0.0.1:4317"},
        "http": {"endpoint": "127.0.0.1:4318"},
    }
    # What the image's own /healthcheck asks.
    assert config["extensions"]["health_check"]["endpoint"] == "127.0.0.1:13133"
    assert config["service"]["extensions"] == ["health_check"]
    assert config["processors"]["memory_limiter"] == {"check_interval": "1s", "limit_mib": 204, "spike_limit_mib": 40}
    for pipeline in config["service"]["pipelines"].values():
        first, *_, last = pipeline["processors"]
        assert (first, last.partition("/")[0]) == ("memory_limiter", "batch")
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= set(config[kind])


def test_traces_go_to_x_ray_and_metrics_to_a_group_that_ends() -> None:
    recording = web()
    config = json.loads(variables(containers(recording)["collector"])["AOT_CONFIG_CONTENT"])
    assert config["service"]["pipelines"]["traces"]["exporters"] == ["awsxray"]
    assert config["service"]["pipelines"]["metrics"]["exporters"] == ["awsemf"]
    assert config["exporters"]["awsxray"]["region"] == REGION
    assert config["exporters"]["awsemf"]["log_group_name"] == "api-metrics.name"
    group = recording.get("aws:cloudwatch/logGroup:LogGroup", "api-metrics")
    assert group.inputs["retentionInDays"] == 30
    assert "kmsKeyId" in group.inputs


def test_the_task_role_may_send_and_nothing_else() -> None:
    policy = json.loads(web().get("aws:iam/rolePolicy:RolePolicy", "api-task").inputs["policy"])
    assert {s["Sid"]: (s["Action"], s["Resource"]) for s in policy["Statement"]} == {
        "SendTraces": ("xray:PutTraceSegments", "*"),
        "SendMetrics": (["logs:CreateLogStream", "logs:PutLogEvents"], "api-metrics.arn:*"),
    }


def test_sampling_comes_from_the_configuration_and_is_done_where_a_trace_begins() -> None:
    environment = variables(containers(web(sampling_percent=12.5))["api"])
    assert environment == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=shop-prod",
        "OTEL_SERVICE_NAME": "api",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.125",
    }


def test_workers_have_it_too() -> None:
    args = worker_arguments(memory=512, telemetry=telemetry())
    assert set(containers(record(lambda: Worker("mail", args)))) == {"collector", "mail"}


def test_a_collector_from_ecr_can_be_pulled() -> None:
    image = f"111122223333.dkr.ecr.{REGION}.amazonaws.com/mirror/collector@{DIGEST}"
    policy = json.loads(web(image=image).get("aws:iam/rolePolicy:RolePolicy", "api-execution").inputs["policy"])
    pull = next(s for s in policy["Statement"] if s["Sid"] == "PullImage")
    assert [arn.rpartition("/")[2] for arn in pull["Resource"]] == ["api", "collector"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": "public.ecr.aws/aws-observability/aws-otel-collector:latest"}, r"^image: .* not pinned by digest"),
        ({"sampling_percent": 101}, r"^sampling_percent: 101 %"),
        ({"sampling_percent": -1}, r"^sampling_percent: -1 %"),
        ({"cpu": 0}, r"^cpu: 0 units"),
        ({"memory": 64}, r"^memory: 64 MiB; a collector needs 128"),
        ({"namespace": "a,b"}, r"^namespace: 'a,b'"),
        ({"service_name": ""}, r"^service_name: ''"),
    ],
)
def test_telemetry_is_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        telemetry(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"memory": 300}, r"^telemetry: .*300 MiB are more than half"), ({"cpu": 129}, r"^telemetry: .*129 CPU units")],
)
def test_a_collector_that_would_crowd_out_the_program_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        web_arguments(cpu=256, memory=512, telemetry=telemetry(**changes))
    with pytest.raises(ValueError, match=message):
        record(lambda: Task("api", TaskArgs(**task_arguments()), telemetry=telemetry(**changes)))
