"""The OpenTelemetry collector beside a program: its container, its configuration, what both need; pure.

The collector is AWS's distribution (ADOT): it takes OTLP on the task's own loopback address and sends traces to X-Ray
and metrics to CloudWatch, as log events in the embedded metric format.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components._containers import Container, check_image
from components._iam import Statement

COLLECTOR = "collector"
"""Name of the container."""
GRPC_PORT, HTTP_PORT = 4317, 4318
# The image's own /healthcheck asks this address and no other.
_HEALTH_ENDPOINT = "127.0.0.1:13133"

# Least memory, MiB, in which the limiter's share leaves room for the collector's own 60 to 100.
MEMORY_MIN = 128

# Seconds that the collector has to send what it holds, once the program has ended.
_STOP_SECONDS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Telemetry:
    """A collector beside the program, and how much the program tells it."""

    image: str
    """Image of AWS's distribution of the OpenTelemetry collector, pinned by digest."""
    service_name: str
    """Name of the program in traces and metrics."""
    namespace: str
    """What the program is part of; its metrics are in the CloudWatch namespace <namespace>/<service_name>."""
    sampling_percent: float = 5.0
    """Share of traces that begin here and are kept, 0 to 100 %; default 5. Traces begun elsewhere keep their fate."""
    cpu: int = 64
    """CPU units reserved of the task's, at most half; default 64."""
    memory: int = 256
    """MiB of the task's memory it may use, 128 to half; default 256."""

    def __post_init__(self) -> None:
        check_image(self.image)
        for field in ("service_name", "namespace"):
            if not getattr(self, field) or set(getattr(self, field)) & set(",="):
                raise ValueError(f"{field}: {getattr(self, field)!r} must be a name without comma and equals sign")
        if not 0 <= self.sampling_percent <= 100:
            raise ValueError(f"sampling_percent: {self.sampling_percent} %; give 0 (none) to 100 (all)")
        if self.cpu < 1:
            raise ValueError(f"cpu: {self.cpu} units; give the collector at least 1, such as 64")
        if self.memory < MEMORY_MIN:
            raise ValueError(f"memory: {self.memory} MiB; a collector needs {MEMORY_MIN} or more, such as 256")


def check_room(telemetry: Telemetry, cpu: int, memory: int) -> None:
    """Refuse a collector that would take more than half of its task."""
    if 2 * telemetry.cpu > cpu:
        raise ValueError(
            f"telemetry: the collector's {telemetry.cpu} CPU units are more than half of the task's {cpu}; "
            "give the task more, or the collector less"
        )
    if 2 * telemetry.memory > memory:
        raise ValueError(
            f"telemetry: the collector's {telemetry.memory} MiB are more than half of the task's {memory}; "
            "give the task more, or the collector less"
        )


def collector(
    telemetry: Telemetry, *, log_group: pulumi.Input[str], metrics_group: pulumi.Input[str], region: str
) -> Container:
    """The sidecar: when it dies, the program lives on and it is started again."""
    return Container(
        name=COLLECTOR,
        image=telemetry.image,
        log_group=log_group,
        region=region,
        environment={
            "AOT_CONFIG_CONTENT": pulumi.Output.json_dumps(
                collector_config(telemetry, metrics_group, region), sort_keys=True, separators=(",", ":")
            ),
            # Go's collector works harder from here on, before the limiter has to refuse data.
            "GOMEMLIMIT": f"{telemetry.memory * 8 // 10}MiB",
        },
        health_command=["CMD", "/healthcheck"],
        stop_timeout_seconds=_STOP_SECONDS,
        sidecar=True,
        cpu=telemetry.cpu,
        memory=telemetry.memory,
    )


def collector_config(telemetry: Telemetry, metrics_group: pulumi.Input[str], region: str) -> dict[str, Any]:
    """The collector's configuration; JSON is YAML."""
    limit = telemetry.memory * 8 // 10
    return {
        "extensions": {"health_check": {"endpoint": _HEALTH_ENDPOINT}},
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": f"127.0.0.1:{GRPC_PORT}"},
                    "http": {"endpoint": f"127.0.0.1:{HTTP_PORT}"},
                }
            }
        },
        "processors": {
            "memory_limiter": {"check_interval": "1s", "limit_mib": limit, "spike_limit_mib": limit // 5},
            # Names the task, which the metrics' log stream is named after.
            "resourcedetection": {"detectors": ["env", "ecs"], "timeout": "2s", "override": False},
            "batch/traces": {"timeout": "1s", "send_batch_size": 50},
            "batch/metrics": {"timeout": "60s"},
        },
        "exporters": {
            "awsxray": {"region": region},
            "awsemf": {
                "region": region,
                "log_group_name": metrics_group,
                "log_stream_name": "{TaskId}",
                # Each rollup of dimensions would be a metric of its own, and be billed as one.
                "dimension_rollup_option": "NoDimensionRollup",
            },
        },
        "service": {
            "extensions": ["health_check"],
            "pipelines": {
                "traces": {
                    "receivers": ["otlp"],
                    "processors": ["memory_limiter", "resourcedetection", "batch/traces"],
                    "exporters": ["awsxray"],
                },
                "metrics": {
                    "receivers": ["otlp"],
                    "processors": ["memory_limiter", "resourcedetection", "batch/metrics"],
                    "exporters": ["awsemf"],
                },
            },
        },
    }


PROGRAM_VARIABLES = frozenset(
    {
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_SERVICE_NAME",
        "OTEL_TRACES_SAMPLER",
        "OTEL_TRACES_SAMPLER_ARG",
    }
)
"""The variables that a program with a collector is given."""


def program_variables(telemetry: Telemetry) -> Mapping[str, str]:
    """What any OpenTelemetry SDK reads.

    Sampling is the program's: a span that is dropped where it begins costs nothing more, and its parent's verdict goes
    along with each call, so that a trace through several services is kept whole or not at all.
    """
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{HTTP_PORT}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_RESOURCE_ATTRIBUTES": f"service.namespace={telemetry.namespace}",
        "OTEL_SERVICE_NAME": telemetry.service_name,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": f"{telemetry.sampling_percent / 100:.6g}",
    }


def telemetry_statements(metrics_group_arn: pulumi.Output[str]) -> list[Statement]:
    """What the collector does with the task's role: nothing but send."""
    return [
        # X-Ray's permission to send knows no resource.
        Statement(sid="SendTraces", actions=["xray:PutTraceSegments"], resources=["*"]),
        Statement(
            sid="SendMetrics",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[pulumi.Output.concat(metrics_group_arn, ":*")],
        ),
    ]
