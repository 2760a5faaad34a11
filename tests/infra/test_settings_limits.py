"""The settings' limits are the components' own: most of these are also written into the schema, as plain numbers."""

from typing import Any, get_args

import pytest

from components import (
    _bucket_args,
    _cache_args,
    _containers,
    _database_limits,
    _database_settings,
    _routes,
    _scheduled_scaling,
    _service_core,
    _telemetry,
    job,
    queue,
)
from components._job_machine import Overlap
from components.endpoints import check_interface_services
from components.flow_log import RETENTION_DAYS
from infra.settings import _types, models
from tests.infra.sample import edited, refusal, settings_of
from tests.support.workloads import web_arguments


def bounds(model: type[models.Model], field: str) -> tuple[Any, Any]:
    """Least and most that a field takes."""
    metadata = model.model_fields[field].metadata
    return (
        next((m.ge for m in metadata if hasattr(m, "ge")), None),
        next((m.le for m in metadata if hasattr(m, "le")), None),
    )


@pytest.mark.parametrize(
    ("model", "field", "least", "most"),
    [
        (models.Queue, "visibility_timeout_seconds", 1, queue.VISIBILITY_MAX_SECONDS),
        (models.Queue, "retention_seconds", queue.RETENTION_MIN_SECONDS, queue.RETENTION_MAX_SECONDS),
        (models.Queue, "dead_letter_retention_seconds", queue.RETENTION_MIN_SECONDS, queue.RETENTION_MAX_SECONDS),
        (models.Queue, "max_receive_count", 1, queue.RECEIVE_COUNT_MAX),
        (models.Route, "priority", 1, _routes.PRIORITY_MAX),
        (models.Health, "interval_seconds", _routes.INTERVAL_SECONDS[0], _routes.INTERVAL_SECONDS[-1]),
        (models.Health, "timeout_seconds", _routes.TIMEOUT_SECONDS[0], _routes.TIMEOUT_SECONDS[-1]),
        (models.Health, "healthy_threshold", _routes.THRESHOLDS[0], _routes.THRESHOLDS[-1]),
        (models.Health, "unhealthy_threshold", _routes.THRESHOLDS[0], _routes.THRESHOLDS[-1]),
        (models.Storage, "initial_gib", _database_limits.STORAGE_MIN_GIB, _database_limits.STORAGE_MAX_GIB),
        (models.Storage, "iops", _database_limits.IOPS_MIN, _database_limits.IOPS_MAX),
        (
            models.Storage,
            "throughput_mibps",
            _database_limits.THROUGHPUT_MIN_MIBPS,
            _database_limits.THROUGHPUT_MAX_MIBPS,
        ),
        (models.Database, "backup_retention_days", 7, _database_limits.BACKUP_DAYS_MAX),
        (models.RemoteReplica, "backup_retention_days", 0, _database_limits.BACKUP_DAYS_MAX),
        (models.BackupCopy, "retention_days", 1, _database_limits.BACKUP_DAYS_MAX),
        (models.Proxy, "idle_client_timeout_seconds", 1, _database_limits.IDLE_CLIENT_MAX_SECONDS),
        (models.Proxy, "borrow_timeout_seconds", 0, _database_limits.BORROW_MAX_SECONDS),
        (models.Cache, "replicas", 0, _cache_args.REPLICAS_MAX),
        (models.Cache, "snapshot_retention_days", 0, _cache_args.SNAPSHOT_DAYS_MAX),
        (models.Tasks, "max", 1, _scheduled_scaling.TASKS_MAX),
        (models.ScheduledTasks, "max", 1, _scheduled_scaling.TASKS_MAX),
        (models.Container, "stop_timeout_seconds", _containers.STOP_TIMEOUT_MIN, _containers.STOP_TIMEOUT_MAX),
        (models.Bucket, "infrequent_access_days", _bucket_args.INFREQUENT_ACCESS_MIN_DAYS, 36500),
        (models.Serving, "spot_weight", 0, _service_core.WEIGHT_MAX),
        (models.Job, "retries", 0, job.RETRIES_MAX),
        (models.Job, "retry_window_seconds", job.EVENT_AGE_MIN, job.EVENT_AGE_MAX),
        (models.Job, "flexible_window_minutes", 0, job.WINDOW_MINUTES_MAX),
        (models.Job, "maximum_run_seconds", job.RUN_SECONDS_MIN, job.RUN_SECONDS_MAX),
    ],
)
def test_bounds(model: type[models.Model], field: str, least: int, most: int) -> None:
    assert bounds(model, field) == (least, most)


def test_constants() -> None:
    assert web_arguments().deregistration_delay_seconds == models.Service.model_fields["deregistration_seconds"].default
    assert bounds(models.Telemetry, "memory")[0] == _telemetry.MEMORY_MIN


def test_choices() -> None:
    interval = models.Database.model_fields["monitoring_interval_seconds"].annotation
    assert get_args(interval) == _database_limits.MONITORING_SECONDS
    insights = models.Database.model_fields["insights"].annotation
    assert get_args(insights) == tuple(_database_settings.INSIGHTS_RETENTION_DAYS)
    assert get_args(models.Job.model_fields["overlap"].annotation) == tuple(Overlap)
    assert get_args(_types.RetentionDays) == RETENTION_DAYS
    assert get_args(models.Cache.model_fields["eviction_policy"].annotation) == _cache_args.EVICTION_POLICIES


def test_a_rule_of_the_listener_has_room_for_a_host_its_name_in_the_region_and_all_paths() -> None:
    paths = next(m.max_length for m in models.Route.model_fields["paths"].metadata if hasattr(m, "max_length"))
    assert paths <= _routes.VALUES_PER_CONDITION
    assert 2 + paths <= _routes.VALUES_PER_RULE


@pytest.mark.parametrize("path", ["/", "/*", "*", "/a?b", "/v1/~x.y", "x", "?", "/a b", "/é", "/[a]", ""])
def test_paths_are_what_the_listener_takes(path: str) -> None:
    text = edited(("paths: [/api/*, /health/ready]", f'paths: ["{path}", /health/ready]'))
    try:
        _routes.Route(priority=1, paths=[path])
    except ValueError:
        assert refusal(text).problems
    else:
        settings_of(text)


@pytest.mark.parametrize(
    "services", [["ecr.api", "logs"], ["s3"], ["ECR"], ["logs", "logs"], ["a.b", "a-b"], ["", "x"]]
)
def test_interface_services_are_what_the_component_takes(services: list[str]) -> None:
    text = edited(("[logs]", str(services)))
    try:
        check_interface_services("interface_endpoints", services)
    except ValueError:
        assert refusal(text).problems
    else:
        settings_of(text)
