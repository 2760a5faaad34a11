"""What services and workers may have beside their container: telemetry, and numbers of tasks by the clock."""

from pydantic import Field

from infra.settings.models._model import Model


class ScheduledTasks(Model):
    """Numbers of tasks from a time on, until the next such time."""

    schedule: str = Field(max_length=256, examples=["cron(0 7 ? * MON-FRI *)"])
    """`cron(minutes hours day-of-month month day-of-week year)`."""
    timezone: str = Field(default="UTC", max_length=50)
    """IANA time zone of the schedule, such as Europe/Dublin; default UTC."""
    min: int = Field(ge=1, le=5000, examples=[4])
    """Tasks that always run from then on, 1 to 5000."""
    max: int = Field(ge=1, le=5000, examples=[20])
    """Tasks that autoscaling may start from then on, `min` to 5000."""


class Telemetry(Model):
    """An OpenTelemetry collector beside each service and worker: traces to X-Ray, metrics to CloudWatch."""

    image: str = Field(examples=["public.ecr.aws/aws-observability/aws-otel-collector@sha256:" + "0" * 64])
    """AWS's distribution of the collector (ADOT), pinned by digest, for the architectures that tasks use."""
    sampling_percent: float = Field(default=5, ge=0, le=100)
    """Share of traces that are kept, decided where they begin, 0 to 100 percent; default 5."""
    cpu: int = Field(default=64, ge=1, le=8192)
    """CPU units of each task that the collector reserves, at most half of the task's; default 64."""
    memory: int = Field(default=256, ge=128, le=61440)
    """MiB of each task that the collector may use, 128 to half of the task's; default 256."""
